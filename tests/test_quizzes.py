"""The questions as files: the graders' key, and feedback for each choice."""

import json
import pathlib

import pytest

QUESTIONS = json.loads((pathlib.Path(__file__).parent.parent / "quizzes" / "graded.json").read_text())
KEY = {"Q0": {1, 2, 4}, "Q1": {4}, "Q2": {2, 3}, "Q3": {1, 3}, "Q4": {1, 3, 4}}


def test_the_key_is_the_graders_key():
    found = {q["id"]: {i for i, a in enumerate(q["answers"], 1) if a["correct"]} for q in QUESTIONS}
    assert found == KEY


@pytest.mark.parametrize("question", QUESTIONS, ids=lambda question: question["id"])
def test_a_question_teaches_with_every_choice(question):
    assert question["type"] == ("many_choice" if len(KEY[question["id"]]) > 1 else "multiple_choice")
    assert question["hints"] and question["explanation"] and question["objective"] and question["points"] == 1
    feedback = [answer["feedback"] for answer in question["answers"]]
    assert len(set(feedback)) == 4 and all(len(text.split()) >= 10 for text in feedback)
