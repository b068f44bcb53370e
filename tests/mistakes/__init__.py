"""What learners try at each exercise, by the exercise's key, from all modules of this folder; none is written here."""

from mistakes import (
    capstone,
    graded,
    lesson_00,
    lesson_01,
    lesson_02,
    lesson_03,
    lesson_03b,
    lesson_04,
    lesson_04b,
    lesson_05,
    lesson_06,
    lesson_06b,
    lesson_07,
    lesson_08,
    lesson_09,
    lesson_10,
)

ATTEMPTS = {
    **lesson_00.ATTEMPTS,
    **lesson_01.ATTEMPTS,
    **lesson_02.ATTEMPTS,
    **lesson_03.ATTEMPTS,
    **lesson_03b.ATTEMPTS,
    **lesson_04.ATTEMPTS,
    **lesson_04b.ATTEMPTS,
    **lesson_05.ATTEMPTS,
    **lesson_06.ATTEMPTS,
    **lesson_06b.ATTEMPTS,
    **lesson_07.ATTEMPTS,
    **lesson_08.ATTEMPTS,
    **lesson_09.ATTEMPTS,
    **lesson_10.ATTEMPTS,
    **capstone.ATTEMPTS,
    **graded.ATTEMPTS,
}
