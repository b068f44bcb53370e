"""The questions as files: the graders' key, feedback that teaches with every choice, and numbers computed anew."""

import json
import math
import pathlib
import re

import numpy as np
import pytest

from aelib import data

FILES = {
    path.stem: json.loads(path.read_text("utf-8"))
    for path in sorted((pathlib.Path(__file__).parent.parent / "quizzes").glob("*.json"))
    if path.stem != "schema"
}
QUESTIONS = {f"{file}/{question['id']}": question for file, questions in FILES.items() for question in questions}
OBJECTIVES = {
    *("autoencoder", "latent space", "bottleneck", "sparse autoencoder", "convolutional autoencoder"),
    *("generative model", "variational autoencoder", "Kullback-Leibler divergence", "the course"),
}
TYPES = {"many_choice", "multiple_choice", "numeric", "order"}
LOSSES = ["mean squared error", "l2 normalisation", "cross-entropy", "kullback-leibler divergence"]
GRADED = {  # the graded questions' choices in their order, and the places of those that graders count as right
    "Q0": (["compression", "encoder and a decoder", "generative", "latent space representation"], {1, 2, 4}),
    "Q1": (
        ["no longer be trained", "latent space", "compressed input", "smaller than the layers before and after"],
        {4},
    ),
    "Q2": (["adversarial", "generative", "encoder and a decoder", "compression"], {2, 3}),
    "Q3": (LOSSES, {1, 3}),
    "Q4": (LOSSES, {1, 3, 4}),
}
LESSONS = [name for name in FILES if name != "graded"]
each = pytest.mark.parametrize("question", QUESTIONS.values(), ids=QUESTIONS)


def texts(value):
    """All strings in a question."""
    if isinstance(value, str):
        return [value]
    parts = value.values() if isinstance(value, dict) else value if isinstance(value, list) else ()
    return [text for part in parts for text in texts(part)]


def spans(question):
    """The (low, high, correct) of a numeric question's answers that name a number."""
    for answer in question["answers"]:
        if answer["type"] == "value":
            yield answer["value"] - answer["tolerance"], answer["value"] + answer["tolerance"], answer["correct"]
        elif answer["type"] == "range":
            yield *answer["range"], answer["correct"]


def test_the_key_is_the_graders_key():
    assert [question["id"] for question in FILES["graded"]] == list(GRADED)
    for question in FILES["graded"]:
        choices, key = GRADED[question["id"]]
        assert {i for i, answer in enumerate(question["answers"], 1) if answer["correct"]} == key
        assert question["type"] == ("many_choice" if len(key) > 1 else "multiple_choice")
        for answer, choice in zip(question["answers"], choices, strict=True):
            assert choice in answer["answer"].lower()


def test_ids_are_unique_over_all_files_and_each_lesson_has_enough_questions():
    ids = [question["id"] for questions in FILES.values() for question in questions]
    assert len(ids) == len(set(ids))
    for lesson in LESSONS:
        assert len(FILES[lesson]) >= 8, lesson
        assert all(question["id"].startswith(f"{lesson}-") for question in FILES[lesson])
        assert {question["type"] for question in FILES[lesson]} == TYPES
        assert any("run_first" in question for question in FILES[lesson])


@each
def test_a_question_teaches_with_every_choice(question):
    assert question["hints"] and question["points"] == 1 and question["objective"] in OBJECTIVES
    assert len(question["explanation"].split()) >= 12
    if question["type"] == "order":
        feedback = list(question["feedback"].values())
    else:
        feedback = [answer["feedback"] for answer in question["answers"]]
    assert len(set(feedback)) == len(feedback)
    assert all(len(text.split()) >= 6 for text in feedback)


@each
def test_a_question_can_be_answered_rightly_and_wrongly(question):
    answers = question["answers"]
    if question["type"] == "order":
        assert len({answer["answer"] for answer in answers}) == len(answers) >= 3
        return
    right = [answer.get("correct", False) for answer in answers]
    assert any(right) and not all(right)
    if question["type"] == "multiple_choice":
        assert sum(right) == 1
    if question["type"] == "numeric":
        assert [answer["type"] for answer in answers].index("default") == len(answers) - 1
        numbers = sorted(spans(question))
        assert len(numbers) >= 3 and all(a[1] < b[0] for a, b in zip(numbers, numbers[1:])), "no two claim one number"


@pytest.mark.parametrize("lesson", LESSONS)
def test_place_and_length_do_not_give_the_right_answer_away(lesson):
    choices = [question["answers"] for question in FILES[lesson] if question["type"] == "multiple_choice"]
    places = [[answer["correct"] for answer in answers].index(True) for answers in choices]
    longest = [max(answers, key=lambda answer: len(answer["answer"]))["correct"] for answers in choices]
    assert set(places) >= {0, 1, 2, 3} and max(map(places.count, places)) <= len(places) / 2
    assert sum(longest) <= len(longest) / 2


@each
def test_the_words_are_the_courses(question):
    for text in texts(question):
        assert "!" not in text, text
        assert not re.search(r"\b(simply|just|obviously)\b", text, re.I), text
        assert text.count("`") % 2 == 0, text
    for answer in question["answers"]:
        spoken = answer.get("feedback", "")
        assert not re.search(r"\b(answer|choice|option) ([A-E]|[1-5])\b|\b(above|first|last) (answer|choice)\b", spoken)


def weights(*sizes):
    return sum(a * b + b for a, b in zip(sizes, sizes[1:]))


def entropy(x, r):
    """The cross-entropy of one pixel in nats."""
    return -x * math.log(r) - (1 - x) * math.log(1 - r)


COMPUTED = {  # question: (the right number, then the wrong ones that a known mistake gives)
    "00/00-numbers": (4000 * 28 * 28, 4000, 28 * 28, 5000 * 784, 1000 * 784, 4000 * 28),
    "01/01-weights": (
        weights(784, 64, 16),
        784 * 64 + 64 * 16,  # no biases
        weights(784, 64),  # first layer only
        weights(784, 64, 16) + 784,  # biases for the input, too
        784 * 64 + 784 + 64 * 16 + 64,  # a bias for each number that comes in
        784 * 64 + 1 + 64 * 16 + 1,  # one bias a layer
        weights(784, 64, 16, 64, 784),  # the whole autoencoder
    ),
    "01/01-untrained": (entropy(0.3, 0.5), 0.5, 0.5**2, entropy(0.3, 0.5) / math.log(2), 1024 * math.log(2), 0),
    "01/01-white": (
        entropy(1, 0.001),
        (1 - 0.001) ** 2,
        entropy(1, 0.01),
        10 * entropy(1, 0.01),
        -math.log10(0.001),
        -math.log2(0.001),
        entropy(0, 0.001),
    ),
    "01/01-grey": (
        entropy(0.3, 0.3),
        (0.3 - 0.3) ** 2,
        -0.3 * math.log(0.3),
        -0.7 * math.log(0.7),
        entropy(1, 0.3),
        entropy(0.3, 0.3) / math.log(2),
    ),
    "01/01-above": (0.0980 - 0.0591, 0.0980, 0.0591, 0.114 - 0.098, 0.114 - 0.0591, (0.098 - 0.0591) / 0.098),
    "01/01-bytes": (784 / (64 * 4), 784 / 64, 784 / 32, 784 / (32 * 4), 64 * 4 / 784, 784 * 8 / 64),
    "02/02-quarter": (
        0.75 * 6 + 0.25 * 2,
        0.25 * 6 + 0.75 * 2,  # from b to a
        0.5 * 6 + 0.5 * 2,  # half way
        6 + 0.25 * 2,  # never arrives
        0.75 * 2 + 0.25 * 0,  # the first number
        0.75 * 0 + 0.25 * 4,  # the second number
    ),
    "02/02-itself": ((10 * 0.82 - 1) / 9, 0.82, (10 * 0.82 - 1) / 10, 10 * 0.82 / 9, (10 * 0.82 + 1) / 10),
    "03/03-singular": (
        (2**2 + 1**2 + 0**2) / (10 * 5),
        (2 + 1 + 0) / (10 * 5),  # not squared
        (6**2 + 4**2) / (10 * 5),  # what is kept
        2**2 + 1**2,  # the sum
        (2**2 + 1**2) / 10,  # of one image
        (2**2 + 1**2) / 5,  # over the pixels only
        (4**2 + 2**2 + 1**2) / (10 * 5),  # a code of 1 number
        2**2 / (10 * 5),  # the next direction only
    ),
    "03/03-bits": (8 * 3 / 784, 8 * 3, 3, 8 * 3 / 8 / 784, 784 / (8 * 3), 8 / 784, 8 * 32 / 784),
    "03/03-entropy": (
        1 / 2 * 1 + 1 / 4 * 2 + 2 * (1 / 8 * 3),
        math.log2(4),
        (1 / 2 * 1 + 1 / 4 * 2 + 2 * (1 / 8 * 3)) * math.log(2),
        (1 + 2 + 3 + 3) / 4,
        1 + 2 + 3 + 3,
        (1 / 2 * 1 + 1 / 4 * 2 + 2 * (1 / 8 * 3)) * math.log10(2),
        1 / 2 * 1 + 1 / 4 * 2 + 1 / 8 * 3,
    ),
    "04/04-soft": (0.8 - 0.3, 0.8, 0, 0.8 / (1 + 0.3), 0.8 + 0.3, 0.8 - 0.3 / 2, min(0.8, 0.3)),
    "04/04-count": (5 / 8, 9 / 12, 3 / 8, 5 / 12, 6 / 12, 6 / 9),
    "04/04-equivalent": (10e-6 * 128, 1e-6 * 128, 10e-6, 10e-6 / 128, 10e-6 * 256),
    "04/04-wider": (2 * 20 + 1, 2 * 10 + 1, 2 * 21, 2 * 20, 2 * 20 - 1, 81, 1),
    "05/05-side": (32 - 5 + 1, 32 - 5, 32, 32 - 3 + 1, 32 / 2, 32 + 5),
    "05/05-weights": ((9 * 8 + 1) * 16, 9 * 8 * 16, (9 + 1) * 16, 9 * 8 * 16 + 8, 9 * 8 * 16 + 1, 9 * 16),
    "05/05-thirty": (2 * (4 * 4 - 2), 30, 2 * (3 * 4 - 2), 2 * 4 * 4, 4 * 4 - 2, 30 - 4),
    "05/05-see": (2 * 3 + 2, 3, 3 + 2, 2 * 3, 3 * 3, 2 * 3 + 1),
    "05/05-lays": (2 * 2, 2, 9, 1, 3, 9 / 4),
}


def test_numeric_answers_are_what_the_formulas_give():
    assert set(COMPUTED) == {name for name, question in QUESTIONS.items() if question["type"] == "numeric"}
    for name, (right, *wrong) in COMPUTED.items():
        expected = [(right, True), *((number, False) for number in wrong)]
        for (low, high, correct), (number, truth) in zip(spans(QUESTIONS[name]), expected, strict=True):
            assert correct == truth and low <= number <= high, (name, number)
            assert not correct or (high - low) / 2 <= 0.02 * number, (name, number)


def test_what_the_questions_say_of_the_images_is_so():
    (x_train, _), (x_test, _) = data.digits()
    assert x_train.size == 3_136_000 and x_test.size == 784_000
    average = float(x_train.mean())
    assert round(average, 4) == 0.1311 and abs(average - 0.13) < 0.005 < abs(average - 0.20) < 0.1
    x = np.clip(x_test.astype("float64"), 1e-12, 1 - 1e-12)
    assert round(float(np.mean(-x * np.log(x) - (1 - x) * np.log(1 - x))), 4) == 0.0591


def test_pca_loses_what_the_question_says():
    from sklearn.decomposition import PCA

    (x_train, _), (x_test, _) = data.digits()
    for size, expected in ((32, 0.0171), (64, 0.0094), (128, 0.0045)):
        pca = PCA(size, svd_solver="full").fit(x_train)
        error = float(np.mean((x_test - pca.inverse_transform(pca.transform(x_test))) ** 2))
        assert abs(error - expected) < 0.0001
        assert f"{expected:.4f}" in " ".join(texts(QUESTIONS["01/01-pca-64"]))


def test_what_lesson_04_asks_about_penalties_is_so():
    a, z = np.linspace(-2, 2, 81), np.linspace(-2, 2, 4001)[:, None]
    for strength, expected in ((0.5, 21), (1.0, 41)):
        best = z[np.argmin((z - a) ** 2 / 2 + strength * np.abs(z), axis=0), 0]
        assert np.sum(np.abs(best) < 1e-9) == expected
    codes = np.array([(0, 0, 3), (0, 0, 0), (0, 0, 1), (2, 0, 0)])
    assert np.mean(codes[:, codes.any(axis=0)] == 0) == 5 / 8 and np.mean(codes == 0) == 9 / 12
    assert np.mean(codes[codes.any(axis=1)] == 0) == 6 / 9 and codes.mean() == 6 / 12
    prices = [
        float(strength) * (int(batch) if how == "summed" else 1)
        for answer in QUESTIONS["04/04-strengths"]["answers"]
        for strength, how, batch in re.findall(r"(\S+), (\w+) over batches of (\d+)", answer["answer"])
    ]
    assert len(prices) == 6 and prices == sorted(prices)


def test_the_sizes_that_lesson_05_asks_for_come_back_as_it_says():
    back = {side: 2 * (4 * math.ceil(side / 8) - 2) for side in range(17, 70)}
    for answer in QUESTIONS["05/05-works"]["answers"]:
        side = int(answer["answer"].split(" x ")[0])
        assert (back[side] == side) == answer["correct"]
    assert {side for side, size in back.items() if size == 28} == set(range(25, 33)) and back[64] == 60


def test_what_lesson_03_asks_about_chains_and_steps_is_so():
    for answer in QUESTIONS["03/03-chains"]["answers"]:
        sizes = [int(size.replace(",", "")) for size in answer["answer"].split(" → ")]
        assert answer["correct"] == any(a > b < c for a, b, c in zip(sizes, sizes[1:], sizes[2:]))
    x = np.random.default_rng(0).normal(0, 7, 100_000)
    bits = []
    for step in (5.0, 2.5):
        shares = np.unique(np.round(x / step), return_counts=True)[1] / len(x)
        bits.append(float(-np.sum(shares * np.log2(shares))))
    assert 0.9 < bits[1] - bits[0] <= 1


def test_pca_searches_as_the_questions_say():
    from sklearn.decomposition import PCA
    from sklearn.neighbors import NearestNeighbors

    (x_train, _), (x_test, y_test) = data.digits()
    components = PCA(128, svd_solver="full").fit(x_train).transform(x_test)
    for size, expected in ((2, "0.39"), (8, "0.734"), (32, "0.805"), (128, "0.79")):
        nearest = NearestNeighbors(n_neighbors=10).fit(components[:, :size]).kneighbors(return_distance=False)
        precision = float(np.mean(y_test[nearest] == y_test[:, None]))
        assert abs(precision - float(expected)) < 0.006
        assert expected in " ".join(texts(QUESTIONS["02/02-pca-8"]))
