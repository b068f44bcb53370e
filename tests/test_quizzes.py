"""The questions as files: the graders' key, feedback that teaches, numbers computed anew, and no mistake in them."""

import copy
import functools
import json
import math
import pathlib
import re

import numpy as np
import pytest
from test_quiz import CHOICES, NUMBER, PROBE

from aelib import data
from tools import quizzes

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
        assert len(FILES[lesson]) >= 7, lesson
        assert all(question["id"].startswith((f"{lesson}-", f"{lesson[:2]}-")) for question in FILES[lesson])
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


def marks(answers):
    """Which options have each of three marks that must not betray the right one: {mark: [whether an option has it]}."""
    lengths = [len(answer["answer"]) for answer in answers]
    return {
        "the shortest": [n == min(lengths) and lengths.count(n) == 1 for n in lengths],
        "the longest": [n == max(lengths) and lengths.count(n) == 1 for n in lengths],
        "with a reason": [bool(re.search(r"\b(because|since|so)\b", answer["answer"], re.I)) for answer in answers],
    }


def chances(shares):
    """The probabilities of 0, 1, ... hits among draws that hit with the given probabilities each."""
    found = np.ones(1)
    for share in shares:
        found = np.convolve(found, [1 - share, share])
    return found


@pytest.mark.parametrize("lessons", [[name] for name in LESSONS] + [LESSONS], ids=lambda lessons: " ".join(lessons))
@pytest.mark.parametrize("mark", ["the shortest", "the longest", "with a reason"])
def test_the_right_option_has_each_mark_as_often_as_chance_would_give_it(mark, lessons):
    questions = [question for name in lessons for question in FILES[name] if question["type"] == "multiple_choice"]
    hits, shares = 0, []
    for question in questions:
        has = marks(question["answers"])[mark]
        shares.append(sum(has) / len(has))
        hits += has[[answer["correct"] for answer in question["answers"]].index(True)]
    probability = chances(shares)
    assert probability[: hits + 1].sum() > 0.05 and probability[hits:].sum() > 0.05, f"{hits} of {sum(shares):.1f}"


def test_the_test_of_marks_can_fail():
    found = chances([0.25] * 8)
    assert np.isclose(found.sum(), 1) and np.isclose(found[0], 0.75**8) and found[6:].sum() < 0.05 < found[4:].sum()
    answers = [{"answer": text} for text in ("Yes, because of it", "No", "Perhaps", "Because")]
    assert marks(answers) == {
        "the shortest": [False, True, False, False],
        "the longest": [True, False, False, False],
        "with a reason": [True, False, False, True],
    }


COUNTS = re.compile(
    r"\b(none|one|two|three|four|five|all|both|[1-5])\b[^.?]*\b(of|are|is|do|does|options|answers|sentences)\b", re.I
)


@pytest.mark.parametrize("lesson", LESSONS)
def test_no_hint_tells_how_many_options_are_right(lesson):
    assert all(
        COUNTS.search(text) for text in ("Three of these are true.", "Two of them do.", "There are three answers.")
    )
    for question in FILES[lesson]:
        if question["type"] == "many_choice":
            statements = [text for hint in question["hints"] for text in re.findall(r"[^.?]+[.]", hint)]
            assert not any(COUNTS.search(text) for text in statements), question["id"]


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
    "00/00-codes": (1000 * 32, 1000 * 784, 32, 1000 * (784 + 32), 1000 * 784 / 32),
    "01/01-weights": (
        weights(784, 64, 16),
        784 * 64 + 64 * 16,  # no biases
        weights(784, 64),  # first layer only
        weights(784, 64, 16) + 784,  # biases for the input, too
        784 * 64 + 784 + 64 * 16 + 64,  # a bias for each number that comes in
        784 * 64 + 1 + 64 * 16 + 1,  # one bias a layer
        weights(784, 64, 16, 64, 784),  # the whole autoencoder
    ),
    "01/01-above": (
        0.1150 - 0.0593,
        0.1150,  # down to 0
        0.0593,  # the floor
        0.1150 + 0.0593,
        math.log(2) - 0.1150,  # what is gained already
        (0.1150 - 0.0593) / 0.1150,  # a share
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
    "03b/03-bits": (8 * 3 / 784, 8 * 3, 3, 8 * 3 / 8 / 784, 784 / (8 * 3), 8 / 784, 8 * 32 / 784),
    "03b/03-entropy": (
        1 / 2 * 1 + 1 / 4 * 2 + 2 * (1 / 8 * 3),
        math.log2(4),
        (1 / 2 * 1 + 1 / 4 * 2 + 2 * (1 / 8 * 3)) * math.log(2),
        (1 + 2 + 3 + 3) / 4,
        1 + 2 + 3 + 3,
        (1 / 2 * 1 + 1 / 4 * 2 + 2 * (1 / 8 * 3)) * math.log10(2),
        1 / 2 * 1 + 1 / 4 * 2 + 1 / 8 * 3,
    ),
    "04/04-count": (5 / 8, 9 / 12, 3 / 8, 5 / 12, 6 / 12, 6 / 9),
    "04b/04b-interference": (
        0.8 * math.cos(math.pi / 3) - 0.1,
        0.8 * math.cos(math.pi / 3),  # without the bias
        0,
        0.8 - 0.1,  # feature 1
        0.8 * math.sin(math.pi / 3) - 0.1,
        math.cos(math.pi / 3),
    ),
    "05/05-weights": ((9 * 8 + 1) * 16, 9 * 8 * 16, (9 + 1) * 16, 9 * 8 * 16 + 8, 9 * 8 * 16 + 1, 9 * 16),
    "06/06-tweedie": (
        8 + (3 - 8) / (2**2 + 1**2),
        8 + (3 - 8) / 2**2,  # the clean density
        (1 * 8 + 4 * 3) / 5,  # the weights changed places
        3,
        8,
        8 - (3 - 8) / (2**2 + 1**2),  # the sign turned
        8 + (3 - 8) / (2 + 1),  # deviations for variances
        (8 + 3) / 2,
    ),
    "06/06-all-out": (100 - 80.7, 100, 80.7, 20, 0.2 * (100 - 80.7)),
    "07/07-overpaid": (
        0.5 * math.log2(0.5 / 0.25) + 0.5 * math.log2(0.5 / 0.75),
        0.25 * math.log2(0.25 / 0.5) + 0.75 * math.log2(0.75 / 0.5),  # the other way round
        0.5 * math.log(0.5 / 0.25) + 0.5 * math.log(0.5 / 0.75),  # nats
        -0.5 * math.log2(0.25) - 0.5 * math.log2(0.75),  # the cross-entropy
        math.log2(2),  # the entropy
        0.5 * abs(math.log2(0.5 / 0.25)) + 0.5 * abs(math.log2(0.5 / 0.75)),  # sizes
        math.log2(0.5 / 0.25) + math.log2(0.5 / 0.75),  # unweighted
    ),
    "06b/06-precision": (
        0.76 * 50 / (0.76 * 50 + 0.04 * 950),
        0.76,
        1 - 0.04,
        0.96 * 950 / (0.96 * 950 + 0.24 * 50),  # normal as the positive class
        0.76 / (0.76 + 0.04),  # as if both were equally many
        50 / 1000,
        (0.76 * 50 + 0.04 * 950) / 1000,
    ),
    "06b/06-noise-of-threshold": (
        100 * math.sqrt(0.05 * 0.95 / 100),
        100 * math.sqrt(0.05 * 0.95) / 100,
        100 * 0.05 * 0.95 / 100,
        5,
        100 / math.sqrt(100),
        100 * math.sqrt(0.05 * 0.95 / 1000),
    ),
    "08/08-gap": (
        0.5 * math.log(0.5 / 0.8) + 0.5 * math.log(0.5 / 0.2),
        -0.5 * math.log(0.8) - 0.5 * math.log(0.2),  # the negative ELBO
        -math.log(0.5 * 0.8 + 0.5 * 0.2),  # -ln p(x)
        0.8 * math.log(0.8 / 0.5) + 0.2 * math.log(0.2 / 0.5),  # from the posterior to q
        0.5 * math.log2(0.5 / 0.8) + 0.5 * math.log2(0.5 / 0.2),  # bits
        0.5 * math.log(0.5 / 0.5) + 0.5 * math.log(0.5 / 0.5),  # to the prior
    ),
    "08/08-fresh": (16 * 16 * math.log(2), 784 * math.log(2), math.log(2), 16 * 16, 16 * 16 / 2, 16 * math.log(2)),
    "08b/08b-share": (
        100 * (128 - 122) / (128 - 120),
        100 * (122 - 120) / (128 - 120),  # the approximation gap's
        128 - 122,
        128 - 120,
        122 - 120,
        100 * (128 - 122) / (122 - 120),
    ),
    "08b/08b-two-draws": (
        math.log((1 + 3) / 2) - math.log(3) / 2,
        math.log((1 + 3) / 2),
        math.log(3) / 2,
        math.log(1 + 3) - math.log(3) / 2,  # the sum
        math.log(3) / 2 - math.log((1 + 3) / 2),
        math.log((1 + 3) / 2) - math.log(3 / 2),
    ),
    "10/10-beta": (1 / 8, 8, 1, 784 / 8, 784, 1 / 784),
    "10/10-variance": (
        math.exp(2) ** 2,
        math.exp(2),  # what the KL is charged for
        math.exp(1),  # the deviation of a right draw
        2**2,
        2,
        2 * math.exp(2),  # a factor doubled, not squared
    ),
    "11/11-standard-error": (0.012 / math.sqrt(64), 0.012, 0.012 / 64, 0.020 / math.sqrt(64)),
    "13/13-quadratic": (
        3.6 / 0.36,
        1 + 1,  # Euclidean
        2 - 2 * 0.8,  # by the covariance itself
        math.sqrt(3.6 / 0.36),
        0.4 / 0.36,  # the row (1, 1)
        2 + 2 * 0.8,  # no determinant
    ),
    "13/13-no-context": (
        19.06,  # what by_counts(0) of the lesson gives
        6.51 * math.log(27),  # equally frequent symbols
        17.08,  # by_counts(1)
        16.61,  # by_counts(2)
        19.06 / 6.51,  # a symbol
        19.06 / math.log(2),  # bits
    ),
    "09/09-effective": (1024 / 16, 1024, 16, 1 / 16, 784 / 16, 1024 * 16, 16 / 1024, 1),
    "09/09-longer": (1 / (2 * 20), 1 / 20, 1 / 4, 1 / 2, 2 * 20, 784 / (2 * 20)),
    "09/09-active": (1, 2, 3, 4, 0),
    "09b/09b-gap": (
        ((0.8 - 0.3) + (0.5 - 0.4)) / 2,
        (0.8 - 0.3) + (0.5 - 0.4),  # the sum
        (0.8 + 0.5) / 2,  # what the best tell
        0.8 - 0.3,
        0.5 - 0.4,
        ((0.8 - 0.2) + (0.5 - 0.3) + (0.4 - 0.1)) / 3,  # within a dimension
        ((0.8 - (0.3 + 0.1) / 2) + (0.5 - (0.2 + 0.4) / 2)) / 2,  # against the average of the others
    ),
    "09b/09b-twice": ((0 + 1 + 1) / 3, 1, 3 / 4, 1 / 3, 0, 1 / 2),
    "12/12-perplexity": (
        2**1.75,
        4,
        16,
        1.75,  # bits
        1.75 * math.log(2),  # nats
        2 ** (1.75 * math.log(2)),
        math.exp(1.75),
    ),
    "12/12-descent": (1.5, 1.2, 1, 0.5, 2),
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
    assert x_train.shape == (4000, 784) and x_test.shape == (1000, 784)
    x = np.clip(x_train[3500:].astype("float64"), 1e-12, 1 - 1e-12)  # the validation images
    assert round(float(np.mean(-x * np.log(x) - (1 - x) * np.log(1 - x))), 4) == 0.0593


@pytest.mark.slow
def test_turned_digits_cost_the_network_more_than_digits_and_much_less_than_shuffled_ones():
    import aelib

    _, (x_test, _) = data.digits()
    auto = aelib.pretrained("vanilla")[2]
    order = np.random.default_rng(0).permutation(784)
    upright, turned, shuffled = (auto.evaluate(x, x, verbose=0) for x in (x_test, x_test[:, ::-1], x_test[:, order]))
    assert 1.1 * upright < turned < shuffled / 2 and shuffled > 10 * upright


@functools.cache
def pca():
    """PCA of the training images, its directions sorted; the first k of them are PCA's with k numbers."""
    from sklearn.decomposition import PCA

    return PCA(128, svd_solver="covariance_eigh").fit(data.digits()[0][0].astype("float64"))


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


def test_what_lesson_05_asks_about_pooling_and_dilation_is_so():
    from keras import layers

    pool, dilated = layers.MaxPooling2D(2, padding="same"), layers.Conv2D(1, 3, dilation_rate=2)
    for name, layer, side in (("05/05-pool", pool, 9), ("05/05-dilated", dilated, 7)):
        (right,) = [answer["answer"] for answer in QUESTIONS[name]["answers"] if answer["correct"]]
        assert layer.compute_output_shape((None, side, side, 1))[1] == int(right[0])


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
    components = PCA(32, svd_solver="full").fit(x_train[:3500]).transform(x_test)
    for size, expected in ((8, "0.74"), (32, "0.81")):
        nearest = NearestNeighbors(n_neighbors=10).fit(components[:, :size]).kneighbors(return_distance=False)
        precision = float(np.mean(y_test[nearest] == y_test[:, None]))
        assert f"{precision:.2f}" == expected
        assert expected in " ".join(texts(QUESTIONS["02/02-first-eight"]))


def test_what_lesson_08_asks_about_gradients_and_decoders_is_so():
    eps, share = np.polynomial.hermite_e.hermegauss(20)  # exact for polynomials
    for constant, expected in ((0, (4, 87)), (10, (4, 327))):
        f = (1 + eps - 3) ** 2 + constant
        for draws, variance in zip((2 * (1 + eps - 3), f * eps), expected):
            mean = np.average(draws, weights=share)
            assert np.isclose(mean, -4) and np.isclose(np.average((draws - mean) ** 2, weights=share), variance)


def test_the_fits_and_prices_that_lesson_07_asks_about_are_so():
    from scipy import optimize, stats

    x = np.linspace(-12, 12, 2401)

    def reverse(place, start):
        bumps = np.log(0.6) + stats.norm.logpdf(x, -place, 0.6), np.log(0.4) + stats.norm.logpdf(x, place, 0.8)

        def cost(parts):
            log_q = stats.norm.logpdf(x, parts[0], np.exp(parts[1]))
            return np.sum(np.exp(log_q) * (log_q - np.logaddexp(*bumps)))

        return optimize.minimize(cost, [start, 0], method="Nelder-Mead").x

    for place, apart in ((2, True), (0.7, False)):
        left, right = reverse(place, -3), reverse(place, 3)
        assert np.allclose(left, right, atol=0.01) != apart and (right[0] - left[0] > 3) == apart
    assert stats.entropy([1, 0], [0.5, 0.5], base=2) == 1 and np.isinf(stats.entropy([0.5, 0.5], [1, 0]))
    steps = [divergence(stats.norm(a), stats.norm(b)) for a, b in ((0, 1), (1, 2), (0, 2))]
    assert np.allclose(steps, [0.5, 0.5, 2])


def divergence(p, q):
    """The divergence between two normal distributions of SciPy, by an integral."""
    from scipy import integrate

    return integrate.quad(lambda x: p.pdf(x) * (p.logpdf(x) - q.logpdf(x)), -10, 10)[0]


def test_what_lesson_10_asks_about_untrained_losses_is_so():
    terms = {
        "Averaged over pixels and images": 1,
        "Averaged over pixels, summed over images": 100,
        "Summed over pixels, averaged over images": 784,
        "Summed over pixels and images": 784 * 100,
    }
    question = QUESTIONS["10/10-untrained"]
    assert [answer["answer"] for answer in question["answers"]] == sorted(terms, key=terms.get)
    first, second, third, fourth = (n * math.log(2) for n in terms.values())
    assert f"{first:.2f}, {second:.0f}, {third:.0f} and {round(fourth, -2):,.0f} nats" in question["feedback"]["right"]


def test_what_lesson_09_asks_about_betas_and_units_is_so():
    means = np.array([(1.0, 0.05, 2.0), (-1.0, -0.05, 2.0), (0.5, 0.05, 2.0), (-0.5, -0.05, 2.0)])
    rows = ", ".join(str(tuple(row)) for row in means.tolist()).replace("-", "−")
    assert rows in QUESTIONS["09/09-active"]["question"]
    assert np.allclose(means.var(axis=0), [0.625, 0.0025, 0])
    betas = [
        (784 if words.startswith("mean") else 1)
        * float((re.findall(r"([\d.]+) ·", words) or [1])[0])
        / (2 if "mean of KL" in words else 1)
        for words in (answer["answer"] for answer in QUESTIONS["09/09-order"]["answers"])
    ]
    assert betas == sorted(betas) and np.allclose(betas, [0.392, 0.5, 1, 4, 392, 784])
    (x_train, _), (x_test, _) = data.digits()
    average = np.clip(x_train.mean(axis=0), 1e-7, 1 - 1e-7)
    fixed = float(np.mean(-x_test * np.log(average) - (1 - x_test) * np.log(1 - average)))
    assert abs(fixed - 0.264) < 0.0005
    charged, used = ((0.7**2 + math.exp(v) - 1 - v) / 2 for v in (-1.2, -2.4))
    assert (round(charged, 3), round(used, 3)) == (0.496, 0.990)


def test_the_scores_that_lesson_09b_asks_about_are_so():
    from sklearn.metrics import mutual_info_score

    def gap(codes):
        bins = [np.digitize(code, np.histogram_bin_edges(code, 20)[1:-1]) for code in codes.T]
        shares = [sorted(mutual_info_score(factor, b) / math.log(10) for b in bins) for factor in factors.T]
        return np.mean([best - second for *_, second, best in shares])

    rng = np.random.default_rng(0)
    factors = np.array([(x, y, size) for x in range(10) for y in range(10) for size in range(10)])
    turns = np.linalg.qr(rng.normal(size=(100, 3, 3)))[0]
    cos, sin = math.cos(math.pi / 6), math.sin(math.pi / 6)
    third = np.array([[cos, -sin, 0], [sin, cos, 0], [0, 0, 1]])
    codes = rng.permutation(factors), factors @ third, factors * (1, 7, 0.1)
    scores = [gap(codes[0]), np.mean([gap(factors @ turn) for turn in turns]), *map(gap, codes[1:])]
    assert np.allclose(scores, [0, 0.23, 0.41, 1], atol=0.02)
    for score in ("0.23", "0.41"):
        assert score in QUESTIONS["09b/09b-order"]["feedback"]["right"]
    assert np.isclose(gap(np.hstack([factors, factors[:, :1]])), 2 / 3)


def test_what_lesson_06_asks_about_masking_and_perfect_denoisers_is_so():
    _, (x_test, _) = data.digits()
    assert round(100 * float(np.mean(x_test > 0)), 1) == 19.3
    assert round(100 * float(np.mean(data.masking(x_test, 0.2, seed=0) != x_test)), 1) == 3.9
    clean = np.random.default_rng(0).standard_normal(4_000_000)
    noise = np.random.default_rng(1).standard_normal(4_000_000)
    means = []
    for answer in QUESTIONS["06/06-pull"]["answers"]:
        x, sigma = map(float, re.findall(r"-?[\d.]+", answer["answer"].replace("\N{MINUS SIGN}", "-")))
        means.append(clean[np.abs(clean + sigma * noise - x) < 0.05].mean())
        assert abs(means[-1] - x / (1 + sigma**2)) < 0.03
    assert means == sorted(means, reverse=True)


# Mistakes in a file

MISTAKES = {  # what is changed: (question, path, value; ... takes away), and what the refusal says
    "no id": (0, ["id"], ..., ["number 1: must contain ['id']"]),
    "an id twice": (1, ["id"], "parts", ["question parts", "twice"]),
    "an id with a space": (0, ["id"], "a b", ["question a b: id must match"]),
    "another type": (0, ["type"], "essay", ["question parts: type must be one of", "'many_choice'"]),
    "another key": (0, ["colour"], "red", ["question parts: must not contain {'colour'}"]),
    "no explanation": (0, ["explanation"], ..., ["question parts", "'explanation'"]),
    "an empty explanation": (0, ["explanation"], " ", ["question parts", "explanation"]),
    "no objective": (1, ["objective"], ..., ["question target", "'objective'"]),
    "no points": (1, ["points"], 0, ["question target", "points"]),
    "no feedback": (0, ["answers", 2, "feedback"], ..., ["question parts", "answers/2", "'feedback'"]),
    "empty feedback": (0, ["answers", 2, "feedback"], "", ["question parts", "answers/2/feedback"]),
    "correct is a word": (0, ["answers", 2, "correct"], "no", ["question parts", "answers/2/correct must be boolean"]),
    "one answer": (0, ["answers"], CHOICES[:1], ["question parts", "answers"]),
    "an answer twice": (0, ["answers"], CHOICES + CHOICES[:1], ["question parts", "'an encoder' stands twice"]),
    "nothing right": (0, ["answers"], [CHOICES[2], CHOICES[2] | {"answer": "x"}], ["question parts", "no answer is"]),
    "two right of one": (1, ["answers"], CHOICES[:2], ["question target", "2 answers are right", "many_choice"]),
    "none right of one": (1, ["answers", 1, "correct"], False, ["question target", "0 answers are right"]),
    "half a formula": (0, ["explanation"], "It costs $5.", ["question parts", "'It costs $5.'", "for the currency"]),
    "a dollar in code": (0, ["hints", 0], "Type `$x$`.", ["question parts", "'`$x$`' holds '$' outside a formula"]),
    "no formula": (2, ["run_first"], "Run $$.", ["question loss", "'$$' is no formula", "it is empty"]),
    "a space as a formula": (0, ["question"], "Run $ $.", ["question parts", "it is empty"]),
    "no exponent": (0, ["answers", 1, "answer"], "$x^$", ["question parts", "latex2mathml says MissingSuper"]),
    "no argument": (0, ["answers", 1, "answer"], r"$\text$", ["question parts", "latex2mathml says"]),
    "half a fraction": (3, ["feedback", "wrong"], r"$\frac{1}$", ["question steps", "a part is missing"]),
    "half a brace": (0, ["answers", 2, "feedback"], r"$\frac{1}{2$", ["question parts", "a brace has no partner"]),
    "an unknown command": (0, ["explanation"], r"$\foo{x}$", ["question parts", r"does not know \foo"]),
    "one backslash": (0, ["explanation"], "$\theta$", ["question parts", r"\\theta, with two backslashes"]),
    "half a code": (0, ["hints", 0], "Look at `x.", ["question parts", "backtick"]),
    "no tolerance": (2, ["answers", 0, "tolerance"], ..., ["question loss", "answers/0", "'tolerance'"]),
    "an empty range": (2, ["answers", 2, "range"], [1, 1], ["question loss", "range 1 to 1 is empty"]),
    "no default": (2, ["answers"], NUMBER["answers"][:3], ["question loss", "default"]),
    "no right number": (2, ["answers", 0, "correct"], False, ["question loss", "no number is right"]),
    "right and wrong": (2, ["answers", 1, "value"], 0.695, ["question loss", "both right and wrong"]),
    "an order without feedback": (3, ["feedback"], ..., ["question steps", "'feedback'"]),
    "an order's step twice": (3, ["answers", 1, "answer"], "encode", ["question steps", "'encode' stands twice"]),
}


@pytest.mark.parametrize("mistake", MISTAKES)
def test_a_mistake_in_a_file_is_reported_with_file_question_and_reason(tmp_path, mistake):
    number, path, value, said = MISTAKES[mistake]
    questions = copy.deepcopy(PROBE)
    place = questions[number]
    for step in path[:-1]:
        place = place[step]
    if value is ...:
        del place[path[-1]]
    else:
        place[path[-1]] = value
    (tmp_path / "probe.json").write_text(json.dumps(questions), "utf-8")
    sentence = quizzes.mistakes([tmp_path / "probe.json"])[0]
    for text in ["probe.json", *said]:
        assert text in sentence


@pytest.mark.parametrize("number", ["Infinity", "-Infinity", "NaN", "1e999"])
def test_a_number_that_no_page_can_hold_is_reported(tmp_path, number):
    (tmp_path / "a.json").write_text(f'[{{"points": {number}}}]')
    (said,) = quizzes.mistakes([tmp_path / "a.json"])
    assert said == f"a.json can't be read as JSON: {number} is no JSON."


def test_a_file_that_is_nested_too_deeply_is_reported(tmp_path):
    (tmp_path / "a.json").write_text("[" * 100_000)
    assert quizzes.mistakes([tmp_path / "a.json"])[0].startswith("a.json can't be read as JSON: ")


def test_a_file_that_is_no_quiz_is_reported(tmp_path):
    for name, text in (("a", "["), ("b", "{}"), ("c", "[]"), ("d", "[3]")):
        (tmp_path / f"{name}.json").write_text(text)
    found = quizzes.mistakes([tmp_path / f"{name}.json" for name in "abcde"])
    said = ["a.json can't be read as JSON", "b.json, all questions: the file must be array.", "c.json, all questions: "]
    said += ["d.json, question number 1: must be object.", "e.json can't be read"]
    assert len(found) == 5 and all(map(str.startswith, found, said))


def test_an_id_in_two_quizzes_is_reported(tmp_path):
    for name in ("first", "other"):
        (tmp_path / f"{name}.json").write_text(json.dumps(PROBE[:1]), "utf-8")
    (sentence,) = quizzes.mistakes([tmp_path / "first.json", tmp_path / "other.json"])
    assert sentence.startswith("other.json, question parts: the id stands in first.json, too.")


def test_the_teachers_command_prints_every_mistake_and_finds_none_in_the_course(tmp_path, capsys):
    assert quizzes.main([]) == 0 and capsys.readouterr().out == "No mistakes.\n"
    spoilt = [
        PROBE[0] | {"explanation": "`x costs $5."},
        PROBE[1] | {"hints": ["Half a `code", "It costs $5."]},
        PROBE[2],
    ]
    (tmp_path / "probe.json").write_text(json.dumps(spoilt), "utf-8")
    assert quizzes.main([str(tmp_path / "probe.json")]) == 1
    lines = capsys.readouterr().out.splitlines()
    assert [re.findall("question (\\w+)", line) for line in lines] == [["parts"], ["target"], ["target"]]
