"""The form of what learners try at an exercise: a starter, right answers, named wrong ones; none is written here."""

import dataclasses


@dataclasses.dataclass(frozen=True)
class Wrong:
    """A wrong answer that learners give, and what the check must say to it.

    Args:
        name: The mistake in a few words.
        change: (old text, new text), one replacement in the exercise's answer, or a whole source text.
        criterion: A criterion that must fail; others may fail as a consequence.
        message: A part of the sentence that this criterion gets.
        also: In a graded exercise, where each criterion earns points: the others that fail, and no more may.
    """

    name: str
    change: tuple[str, str] | str
    criterion: str
    message: str
    also: tuple[str, ...] = ()

    def source(self, answer):
        """Return the wrong answer's source text.

        Raises:
            ValueError: if the old text does not stand in the answer exactly once.
        """
        if isinstance(self.change, str):
            return self.change
        old, new = self.change
        if answer.count(old) != 1:
            raise ValueError(f"{self.name}: {old!r} stands {answer.count(old)} times in the answer: expected once.")
        return answer.replace(old, new)


@dataclasses.dataclass(frozen=True)
class Attempts:
    """What learners try at one exercise.

    Args:
        starter: Source text that the lesson gives; it counts as not attempted.
        also_right: Source texts of right answers, other than the one that `solution` shows.
        wrong: Wrong answers with their messages.
    """

    starter: str
    also_right: tuple[str, ...]
    wrong: tuple[Wrong, ...]
