"""The quizzes: what a saved notebook holds of them, how answers are graded, and how they reach Python."""

import html.parser
import importlib
import json
import random
import re
import types
import xml.etree.ElementTree

import nbformat
import pytest
from test_browser import CHROMIUM

from aelib import quiz
from tools import notebooks

CHOICES = [
    {"answer": "an encoder", "correct": True, "feedback": "It makes the code, said first."},
    {"answer": "a `decoder`", "correct": True, "feedback": "It draws the image, said second."},
    {"answer": "a label <b>", "correct": False, "feedback": "No label is used, said third."},
    {"answer": "an image", "correct": True, "feedback": "It is input and target, said fourth."},
]
COMMON = {"objective": "autoencoder", "hints": ["A first nudge.", "A second nudge."], "points": 1}
MANY = COMMON | {
    "id": "parts",
    "question": "What does an autoencoder need?",
    "type": "many_choice",
    "answers": CHOICES,
    "explanation": "Both halves learn from images alone.",
}
ONE = COMMON | {
    "id": "target",
    "question": "Which `target` has the training?",
    "type": "multiple_choice",
    "answers": [CHOICES[2], CHOICES[3]],
    "points": 2,
    "explanation": "The image is asked back.",
}
NUMBER = COMMON | {
    "id": "loss",
    "question": "The cross-entropy of one half?",
    "type": "numeric",
    "answers": [
        {"type": "value", "value": 0.693, "tolerance": 0.002, "correct": True, "feedback": "That is ln 2, in nats."},
        {"type": "value", "value": 1, "tolerance": 0, "correct": False, "feedback": "That is in bits."},
        {"type": "range", "range": [-1000, 0], "correct": False, "feedback": "It is never negative."},
        {"type": "default", "feedback": "Take the logarithm again."},
    ],
    "run_first": "Answer first, then run the cell that prints `loss`",
    "explanation": "The logarithm of two, 0.693 nats.",
}
MANY_PARAMETERS = NUMBER | {
    "id": "parameters",
    "answers": [
        {"type": "value", "value": 222384, "tolerance": 0, "correct": True, "feedback": "All weights and biases."},
        {"type": "default", "feedback": "Count again."},
    ],
}
GROUPED = ("222384", "222,384", "222 384", "222\u00a0384", "+222,384", " 222,384 ", "222,384.0", "222,384.")
UNGROUPED = "0,25|1,5|0,693|0,250|22,2384|222,38|222,,384|222, 384|222384,|,384|0222,384|2223,840".split("|")
UNGROUPED += "1.222,384|1,222.384,0|1,222 384|- 222,384|2,2e3|Infinity".split("|")
ORDER = COMMON | {
    "id": "steps",
    "question": "What happens first?",
    "type": "order",
    "answers": [{"answer": "encode"}, {"answer": "draw a code"}, {"answer": "decode"}],
    "feedback": {"right": "That is the way of an image.", "wrong": "Follow one image on its way."},
    "explanation": "The decoder comes last of all.",
}
PROBE = [MANY, ONE, NUMBER, ORDER]
FORMULA = ONE | {
    "id": "formula",
    "question": r"Is `x` small when $\frac{1}{2} < x^2$?",
    "answers": [
        {"answer": r"no, $x \ge \frac{1}{3}$", "correct": True, "feedback": r"Here $\frac{1}{4}$ is `x`."},
        {"answer": "yes", "correct": False, "feedback": r"Take $x = 2$."},
    ],
    "hints": [r"What is $\sqrt{x}$?"],
    "run_first": r"Print $\mathrm{KL}(q \| p)$.",
    "explanation": r"So says $-x \ln x$.",
}
FORMULAS_IN_ORDER = ORDER | {
    "id": "squares",
    "answers": [{"answer": r"$\frac{1}{5}$ first"}, {"answer": r"then $\frac{1}{6}$"}],
    "feedback": {"right": r"Yes, $\frac{1}{7}$.", "wrong": r"No, $\frac{1}{8}$."},
}
LATEX = [r"\frac{1}{2} < x^2", r"-x \ln x", r"\mathrm{KL}(q \| p)", r"\sqrt{x}", r"x \ge \frac{1}{3}"]
LATEX += [r"\frac{1}{4}", "x = 2", *(rf"\frac{{1}}{{{n}}}" for n in (5, 6, 7, 8))]


def secrets(questions):
    """The texts that nobody may read before answering."""
    for question in questions:
        yield question["explanation"]
        yield from question["hints"]
        yield from (answer["feedback"] for answer in question["answers"] if "feedback" in answer)
        yield from question.get("feedback", {}).values()


@pytest.fixture
def folder(tmp_path, monkeypatch):
    monkeypatch.setattr(quiz, "FOLDER", tmp_path)
    (tmp_path / "probe.json").write_text(json.dumps(PROBE), "utf-8")
    return tmp_path


def test_each_quiz_of_the_course_can_be_shown():
    lessons = {path.stem.partition("_")[0] for path in (quiz.FOLDER.parent / "notebooks").glob("*.ipynb")}
    assert set(quiz.names()) == lessons | {"graded"}
    for name in quiz.names():
        made = quiz.quiz(name)
        assert made.score == (0, sum(question["points"] for question in made.questions)) and made.answers == {}


WITHOUT = {key: value for key, value in MANY.items() if key != "explanation"}
MISTAKES = [  # a file, and what is said of it
    (b"[", "is not JSON"),
    (b"\xff\xfe[]", "is not JSON"),
    (b"[" * 100_000, "is not JSON"),
    (b"{}", "is no list of questions"),
    (b"[1, 2]", "is no list of questions"),
    (json.dumps([MANY | {"id": 7}]).encode(), "is no list of questions with the texts id, objective, question"),
    (json.dumps([MANY | {"objective": None}]).encode(), "is no list of questions"),
    (json.dumps([WITHOUT]).encode(), "can't be shown (KeyError: 'explanation')"),
    (json.dumps([MANY | {"points": "one"}]).encode(), "can't be shown (TypeError"),
    (json.dumps([MANY | {"question": "$\\frac$"}]).encode(), "can't be shown (NoAvailableTokensError"),
]


@pytest.mark.parametrize("content, words", MISTAKES)
def test_a_file_with_a_mistake_is_refused_in_one_sentence_that_says_who_names_it(folder, content, words):
    (folder / "a.json").write_bytes(content)
    with pytest.raises(ValueError) as caught:
        quiz.quiz("a")
    assert f"a.json {words}" in str(caught.value) and "\n" not in str(caught.value)
    assert str(caught.value).endswith(f'type: python -m tools.quizzes "{folder / "a.json"}"')


def test_a_missing_quiz_names_those_that_exist(folder):
    with pytest.raises(ValueError, match="no quiz '7'. The quizzes are 'probe'."):
        quiz.quiz("7")
    with pytest.raises(ValueError, match="no quiz"):
        quiz.quiz("../probe")


def test_what_an_operating_system_leaves_among_the_quizzes_is_none(folder):
    (folder / "._probe.json").write_bytes(b"\0\5\26\7")
    (folder / "folder.json").mkdir()
    assert quiz.names() == ["probe"]


def test_a_saved_notebook_can_be_published_and_holds_questions_but_neither_key_nor_feedback(folder):
    bundle = quiz.quiz("probe")._repr_mimebundle_()
    assert sorted(bundle) == ["text/html", "text/plain"], "nothing that only a kernel can draw"
    assert "data-model=" not in bundle["text/html"]
    assert "What does an autoencoder need?" in bundle["text/html"]
    assert "a <code>decoder</code>" in bundle["text/html"] and "a label &lt;b&gt;" in bundle["text/html"]
    assert "a `decoder`" in bundle["text/plain"] and "Prediction. Answer first" in bundle["text/plain"]
    assert "0.693" not in str(bundle) and '"correct"' not in str(bundle)
    for text in secrets(PROBE):
        assert text not in str(bundle)
        assert not [word for word in text.split() if len(word) > 7 and word in bundle["text/plain"]]
    for pattern in notebooks.UNPUBLISHABLE.values():
        assert not pattern.search("\n".join(bundle.values()))


def test_the_data_block_holds_the_questions_in_letters_alone(folder):
    quizzes = [
        quiz.Quiz(
            f"{i}",
            [
                MANY
                | {
                    "explanation": "é>?~" * i,
                }
            ],
        )
        for i in range(1, 40)
    ]
    for made in quizzes:
        block = re.search(r'<script type="text/plain">(.*?)</script>', made._page()).group(1)
        assert re.fullmatch(r"[A-Za-z0-9_]+_", block)


@pytest.mark.parametrize("name", quiz.names())
def test_a_quiz_of_the_course_is_the_same_each_time_and_adds_at_most_60_kb(name):
    bundle = quiz.quiz(name)._repr_mimebundle_()
    assert bundle == quiz.quiz(name)._repr_mimebundle_()
    assert len(json.dumps(bundle)) <= 60_000
    for text in secrets(quiz.read(name)):
        assert text not in str(bundle)


def test_a_formula_becomes_mathml_whose_words_are_escaped_and_whose_name_is_its_latex():
    shapes = {
        "x^2": ["math", "mrow", "msup", "mi", "mn"],
        r"\frac{1}{2}": ["math", "mrow", "mfrac", "mrow", "mn", "mrow", "mn"],
        r"x \ln x": ["math", "mrow", "mi", "mo", "mi"],
        r"a < b \& \text{<b>&amp;}": ["math", "mrow", "mi", "mo", "mi", "mi", "mtext"],
        'x & "': ["math", "mrow", "mi", "mi", "mi"],
    }
    words = dict(zip(shapes, ["x2", "12", "xlnx", "a<b&<b>&", 'x&"'], strict=True))
    for latex, shape in shapes.items():
        tree = xml.etree.ElementTree.fromstring(quiz.mathml(latex))
        assert [node.tag.split("}")[1] for node in tree.iter()] == shape
        assert "".join(tree.itertext()) == words[latex] and tree.get("alttext") == latex


class Words(html.parser.HTMLParser):
    """The words of a page that MathJax looks at: those outside scripts and code."""

    def __init__(self, page):
        super().__init__()
        self.found, self.within = {None: "", "script": "", "code": ""}, None
        self.feed(page)

    def handle_starttag(self, tag, attrs):
        self.within = tag if tag in self.found else self.within

    def handle_endtag(self, tag):
        self.within = None if tag == self.within else self.within

    def handle_data(self, data):
        self.found[self.within] += data


def test_no_dollar_is_left_in_the_page_for_mathjax_and_formulas_stand_there_as_latex(folder, monkeypatch):
    (folder / "formulas.json").write_text(json.dumps([FORMULA, FORMULAS_IN_ORDER]), "utf-8")
    found = Words(quiz.quiz("formulas")._page()).found
    assert "$" not in found[None] + found["code"]
    for latex in (LATEX[0], LATEX[2], LATEX[4], LATEX[7], LATEX[8]):
        assert latex in found["code"] and latex not in found[None]
    for text in (*LATEX[1:2], *LATEX[3:4], *LATEX[5:7], *LATEX[9:]):
        assert text not in found["code"] + found[None], "feedback, hints and explanation wait for the answer"
    monkeypatch.undo()
    for name in quiz.names():
        assert "$" not in Words(quiz.quiz(name)._page()).found[None]


def test_the_steps_of_an_order_are_never_shown_in_the_right_order():
    for number in range(50):
        made = quiz.Quiz(f"{number}", [ORDER])
        steps = [line[5:] for line in repr(made).splitlines() if line.startswith("   - ")]
        assert sorted(steps) == ["decode", "draw a code", "encode"] and steps != ["encode", "draw a code", "decode"]
        assert repr(made) == repr(quiz.Quiz(f"{number}", [ORDER]))


def test_in_a_kernel_each_quiz_names_a_model_of_its_own_and_names_the_same_each_time(folder, monkeypatch):
    importlib.import_module("ipywidgets")  # version 7 asks the kernel for more than a name when it is imported
    monkeypatch.setattr("IPython.get_ipython", lambda: types.SimpleNamespace(kernel="here"))
    one, other = quiz.quiz("probe"), quiz.quiz("probe")
    random.seed(0)
    first = one._repr_mimebundle_()
    random.seed(0)  # as the set-up cell of each lesson does
    shown = [first, one._repr_mimebundle_(), other._repr_mimebundle_()]
    assert all(sorted(bundle) == ["text/html", "text/plain"] for bundle in shown)
    tokens = [re.findall('^<div class="aelib-quiz-page" data-model="(.*?)">', bundle["text/html"]) for bundle in shown]
    assert tokens[0] == tokens[1] != tokens[2] and tokens[0] == [one._model.token] and len(tokens[0][0]) == 32
    (output,) = notebooks._outputs([nbformat.v4.new_output("execute_result", first)], 1)
    assert output["data"]["text/html"] == quiz.quiz("probe")._page(), "the writer takes the name away, and nothing else"


def test_answers_from_the_page_reach_score_and_progress_once(folder, monkeypatch):
    kept = []
    monkeypatch.setattr("aelib.ledger.record", lambda *what: kept.append(what))
    made = quiz.quiz("probe")
    view = made._live()
    wrong = {"given": ["an image"], "outcome": "partly", "points": 0, "tries": 1}
    view.answers = {"parts": wrong}
    assert view.kept == 1
    view.answers = {"parts": wrong, "target": wrong | {"outcome": "right", "points": 2}}
    assert made.score == (2, 5) and made.answers["parts"]["given"] == ["an image"]
    view.answers = {**view.answers, "parts": wrong | {"outcome": "right", "points": 0.5, "tries": 2}}
    assert made.score == (2.5, 5) and view.kept == 3, "the page learns how many tries have come"
    assert kept == [
        ("question", "parts", "partly"),
        ("question", "target", "right"),
        ("question", "parts", "right"),
    ]


@pytest.fixture(scope="module")
def browser():
    sync_api = pytest.importorskip("playwright.sync_api")
    with sync_api.sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=CHROMIUM, args=["--no-sandbox"])
        yield browser
        browser.close()


@pytest.fixture(scope="module")
def script(browser):
    """Call a function of quiz.js in Chromium."""
    page = browser.new_page()
    page.set_content("<p>")
    exposed = "window.quiz = {grade, points, decompressed}; window.ready = true;"
    page.add_script_tag(content=quiz.SCRIPT.read_text("utf-8") + exposed, type="module")
    page.wait_for_function("window.ready")
    return lambda name, *given: page.evaluate(f"given => window.quiz.{name}(...given)", list(given))


in_chromium = [pytest.mark.browser, pytest.mark.skipif(CHROMIUM is None, reason="Chromium is not installed")]


def in_browser(test):
    for mark in in_chromium:
        test = mark(test)
    return test


GRADED = [  # question, given, outcome, part of the summary, feedback
    (MANY, ["an encoder", "a `decoder`", "an image"], "right", "Right.", [0, 1, 3]),
    (MANY, ["an encoder", "an image"], "partly", "2 of 3 right choices, nothing wrong chosen.", [0, 1, 3]),
    (MANY, ["an encoder", "a label <b>"], "partly", "1 of 3 right choices, 1 wrong chosen.", [0, 1, 2, 3]),
    (MANY, [answer["answer"] for answer in CHOICES], "partly", "3 of 3 right choices, 1 wrong", [0, 1, 2, 3]),
    (MANY, ["a label <b>"], "wrong", "0 of 3 right choices, 1 wrong chosen.", [0, 1, 2, 3]),
    (ONE, ["an image"], "right", "Right.", [1]),
    (ONE, ["a label <b>"], "wrong", "Not right yet.", [0, 1]),
    *[(NUMBER, [text], "right", "Right.", [0]) for text in ("0.693", "0.691", " 0.695 ", "6.93e-1")],
    *[(NUMBER, [text], "wrong", "Not right yet.", [3]) for text in ("0.6909", "0.6951", "0", "1.0001")],
    (NUMBER, ["1"], "wrong", "Not right yet.", [1]),
    (NUMBER, ["-0.693"], "wrong", "Not right yet.", [2]),
    (NUMBER, ["-1,000.0"], "wrong", "Not right yet.", [2]),
    (NUMBER, ["-1,001"], "wrong", "Not right yet.", [3]),
    *[(MANY_PARAMETERS, [text], "right", "Right.", [0]) for text in GROUPED],
    *[(MANY_PARAMETERS, [text], "wrong", "Not right yet.", [1]) for text in ("222,385", "-222,384", "222,384.5")],
]


@in_browser
def test_choices_and_numbers_are_graded_with_their_feedback(script):
    for question, given, outcome, summary, spoken in GRADED:
        graded = script("grade", question, given)
        assert graded["outcome"] == outcome and summary in graded["summary"], given
        assert [line[2] for line in graded["lines"]] == [question["answers"][i]["feedback"] for i in spoken], given
    marks = [line[0] for line in script("grade", MANY, ["an encoder", "a label <b>"])["lines"]]
    assert marks == ["✓ Right", "– Not chosen, but right", "✗ Wrong", "– Not chosen, but right"]


@in_browser
def test_orders_are_graded_by_the_steps_in_their_place(script):
    right = [answer["answer"] for answer in ORDER["answers"]]
    cases = [([0, 1, 2], "right", "Right."), ([1, 0, 2], "partly", "1 of 3"), ([1, 2, 0], "wrong", "0 of 3")]
    for places, outcome, summary in cases:
        graded = script("grade", ORDER, [right[i] for i in places])
        assert graded["outcome"] == outcome and summary in graded["summary"]
        assert graded["lines"][0][2] == ORDER["feedback"]["right" if outcome == "right" else "wrong"]


@in_browser
def test_what_is_no_answer_is_not_graded(script):
    for question, given in [(MANY, []), (ONE, []), (NUMBER, [""]), (NUMBER, ["two"])]:
        assert script("grade", question, given) is None
    for text in UNGROUPED:
        assert script("grade", MANY_PARAMETERS, [text]) is None, text


@in_browser
def test_points_are_full_then_half_and_none_while_it_is_not_right(script):
    cases = [("right", 1, 2), ("right", 2, 1), ("right", 5, 1), ("wrong", 1, 0), ("partly", 2, 0)]
    for outcome, tries, expected in cases:
        assert script("points", ONE, outcome, tries) == expected


@in_browser
def test_the_page_decompresses_what_python_compressed(script):
    for number in (1, 2, 3, 50, 900):
        made = quiz.Quiz(
            "x",
            [
                MANY
                | {"explanation": "μ + σ ⊙ ε ≥ 😀?>~" * number + "x" * number + "".join(map(str, range(number * 3)))},
                ORDER,
            ],
        )
        found = script("decompressed", made._data())
        assert found["formulas"] == {}
        found = found["questions"]
        assert found[0] == made.questions[0] and found[1].pop("shown") and found[1] == ORDER
    found = script("decompressed", quiz.Quiz("x", [FORMULA, FORMULAS_IN_ORDER])._data())
    assert found["formulas"] == {latex: quiz.mathml(latex) for latex in LATEX}
    assert found["questions"][0] == FORMULA, "the texts themselves stay as they are"


BROKEN = [  # questions whose files have mistakes that Python passes, and what the page says of each
    (ONE | {"id": "parts"}, "the id parts stands twice"),
    (NUMBER | {"answers": NUMBER["answers"][:1]}, "mistake here"),
    (ONE | {"id": "mute", "answers": [{"answer": "yes", "correct": True}, {"answer": "no"}]}, "mistake here"),
    (ORDER | {"id": "disordered", "feedback": {"right": "So it is."}}, "mistake here"),
]


@in_browser
def test_a_question_with_a_mistake_says_so_in_the_page_gives_no_key_away_and_the_others_work(browser):
    page, errors = browser.new_page(), []
    page.on("pageerror", lambda error: errors.append(error))
    page.set_content(quiz.Quiz("x", [MANY, *(question for question, _ in BROKEN), ORDER])._page())
    page.locator("form[data-question=steps]").wait_for()
    places = page.locator(".aelib-quiz > form, .aelib-quiz > [role=alert]").all()
    assert len(places) == 6
    for place, (question, words) in zip(places[1:5], BROKEN, strict=True):
        if place.get_by_role("button", name="Check").count():
            assert "mistake" not in place.inner_text()
            if question["type"] == "numeric":
                place.locator("input").fill("1")
            elif question["type"] == "multiple_choice":
                place.locator("input").last.check()
            place.get_by_role("button", name="Check").click()
        assert words in place.inner_text() and "python -m tools.quizzes" in place.inner_text()
    places[0].get_by_label("an encoder").check()
    places[0].get_by_role("button", name="Check").click()
    assert "1 of 3 right choices" in places[0].inner_text() and ONE["explanation"] not in page.inner_text("body")
    assert errors == []


@in_browser
def test_a_quiz_that_cannot_be_drawn_says_so_below_its_text(browser):
    page = browser.new_page()
    page.set_content(re.sub(r'(<script type="text/plain">)[^<]*', r"\1AAAA_", quiz.Quiz("x", [MANY])._page()))
    page.get_by_role("alert").wait_for()
    assert "python -m tools.quizzes" in page.inner_text("body") and MANY["question"] in page.inner_text("body")
