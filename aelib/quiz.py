"""Quizzes in a notebook, from the files in `quizzes`; no question is written here, and answers are graded in quiz.js.

`quiz("01")` in a cell shows the quiz of that name. It is HTML that draws its own form. While the kernel that
showed it runs, the form is connected with it, and Python knows the answers; elsewhere the form works
alone, keeps nothing, and says so. Key and feedback lie there packed, so that nobody reads them
by chance; they are no secret.
"""

import collections
import functools
import html
import json
import math
import pathlib
import random
import re
import secrets
import string
import sys
import xml.etree.ElementTree

from aelib import files, ledger

FOLDER = files.course("quizzes")
SCHEMA = FOLDER / "schema.json"
SCRIPT = pathlib.Path(__file__).with_name("quiz.js")
LETTERS = string.ascii_uppercase + string.ascii_lowercase + string.digits + "_"
MARKED = re.compile(r"(`[^`]*`|\$[^$]*\$)")  # code, or a formula
PARTS = {"mfrac": 2, "mroot": 2, "msub": 2, "msup": 2, "munder": 2, "mover": 2, "msubsup": 3, "munderover": 3}


def quiz(name):
    """Return the quiz in the file quizzes/NAME.json, which a notebook shows.

    Args:
        name: e.g. "01".

    Raises:
        ValueError: if there is no such quiz, or its file has a mistake; with file, question and reason.
    """
    return Quiz(name, read(name))


class Quiz:
    """One quiz: shown as HTML and as text.

    `answers` holds, for each question that was checked, {id: {"given", "outcome", "points", "tries"}};
    the outcome is "right", "partly" or "wrong".
    """

    def __init__(self, name, questions):
        self.name, self.questions = name, questions
        self.answers = {}
        self._model = None

    @property
    def score(self):
        """The points so far and the points possible."""
        got = sum(answer["points"] for answer in self.answers.values())
        return got, sum(question["points"] for question in self.questions)

    def __repr__(self):
        lines = [f"Quiz {self.name}"]
        for number, question in enumerate(self.questions, 1):
            lines.append(f"\n{number}. {question['question']}")
            if "run_first" in question:
                lines.append(f"   Prediction. {question['run_first']}")
            lines += [f"   - {choice}" for choice in self._choices(question)]
        return "\n".join(lines)

    def _repr_mimebundle_(self, include=None, exclude=None):
        ipython = sys.modules.get("IPython")
        if ipython is not None and getattr(ipython.get_ipython(), "kernel", None) is not None:
            self._model = self._model or self._live()
        return {"text/plain": repr(self), "text/html": self._page()}

    def _choices(self, question):
        """Return the choices in the order in which they are shown; none for a number."""
        if question["type"] == "numeric":
            return []
        choices = [answer["answer"] for answer in question["answers"]]
        return [choices[i] for i in self._shown(question)] if question["type"] == "order" else choices

    def _shown(self, question):
        """Return in which order an order's steps are first shown: every time the same, and not the right one."""
        shown = list(range(len(question["answers"])))
        random.Random(f"{self.name}/{question['id']}").shuffle(shown)
        return shown if shown != sorted(shown) else shown[1:] + shown[:1]

    def _data(self):
        """Return what quiz.js draws, packed."""
        questions = [
            question | ({"shown": self._shown(question)} if question["type"] == "order" else {})
            for question in self.questions
        ]
        found = [part[1:-1] for question in self.questions for part in _parts(question) if part.startswith("$")]
        data = {"questions": questions, "formulas": {latex: _formula(latex) for latex in found}}
        return _packed(json.dumps(data, ensure_ascii=False, separators=(",", ":")))

    def _page(self):
        """Return the quiz as HTML: text that its script, where scripts run, turns into a form."""
        parts = []
        for number, question in enumerate(self.questions, 1):
            choices = "".join(f"<li>{_written(choice)}</li>" for choice in self._choices(question))
            first = (
                f"<p><strong>Prediction.</strong> {_written(question['run_first'])}</p>"
                if "run_first" in question
                else ""
            )
            parts.append(f"<p><strong>Question {number}:</strong> {_written(question['question'])}</p>{first}")
            parts.append(f"<ul>{choices}</ul>" if choices else "")
        model = f' data-model="{self._model.token}"' if self._model else ""
        return (
            f'<div class="aelib-quiz-page"{model}>{"".join(parts)}<p><em>Run this cell to answer.</em></p>\n'
            f'<script type="text/plain">{self._data()}</script>\n'
            f'<script type="module">{SCRIPT.read_text("utf-8")}mountAll();</script></div>'
        )

    def _live(self):
        """Return a widget without a view, which the form finds by its token; the answers come through it.

        `kept` counts the tries that have come: only so does the form know that Python has them.
        """
        import anywidget
        import traitlets

        class Model(anywidget.AnyWidget):
            _esm = SCRIPT.read_text("utf-8")
            token = traitlets.Unicode().tag(sync=True)
            answers = traitlets.Dict().tag(sync=True)
            kept = traitlets.Int().tag(sync=True)

        model = Model(token=secrets.token_hex(16))
        model.observe(self._answered, "answers")
        return model

    def _answered(self, change):
        """Take over the page's answers, and record those that were just checked."""
        for key, answer in change["new"].items():
            if answer != self.answers.get(key):
                ledger.record("question", key, answer["outcome"])
        self.answers = dict(change["new"])
        change["owner"].kept = sum(answer["tries"] for answer in self.answers.values())


def names():
    """Return the names of all quizzes, sorted."""
    return sorted(path.stem for path in FOLDER.glob("*.json") if path.stem != SCHEMA.stem)


def read(name):
    """Return the questions of a quiz, checked.

    Raises:
        ValueError: if there is no such quiz, or its file has a mistake; with file, question and reason.
    """
    if name not in names():
        raise ValueError(f"There is no quiz {name!r}. The quizzes are {', '.join(map(repr, names()))}.")
    file = f"{name}.json"
    try:
        questions = json.loads((FOLDER / file).read_text("utf-8"))
    except ValueError as error:
        raise ValueError(f"{file} is not JSON: {error}.") from None
    reason = _mistake_in_form(questions)
    if reason:
        raise ValueError(f"{file}, {reason}.")
    twice = _twice([question["id"] for question in questions])
    if twice:
        raise ValueError(f"{file}, question {twice}: the id stands twice. Give each question an id of its own.")
    for question in questions:
        reason = _mistake(question)
        if reason:
            raise ValueError(f"{file}, question {question['id']}: {reason}")
    return questions


def objectives():
    """Return all quizzes' questions by objective, {objective: [question id, ...]}.

    Raises:
        ValueError: if a file has a mistake, or a question's id stands in two quizzes.
    """
    found = collections.defaultdict(list)
    for name in names():
        for question in read(name):
            found[question["objective"]].append(question["id"])
    twice = _twice(sum(found.values(), []))
    if twice:
        raise ValueError(f"Question {twice} stands in two quizzes. Give each question an id of its own.")
    return dict(found)


@functools.cache
def _schema():
    """Return the function that checks the quizzes' format. (To import jsonschema itself can take seconds.)"""
    import fastjsonschema

    return fastjsonschema.compile(json.loads(SCHEMA.read_text("utf-8")))


def _mistake_in_form(questions):
    """Return the first place where a file breaks the schema, and how, or None."""
    try:
        _schema()(questions)
    except ValueError as error:  # fastjsonschema's, with the path as texts: "data", number of the question, key, ...
        reason = error.message.removeprefix(error.name).strip()
        if len(error.path) == 1:
            return f"all questions: the file {reason}"
        number, *keys = error.path[1:]
        question = questions[int(number)]
        named = isinstance(question, dict) and isinstance(question.get("id"), str)
        name = question["id"] if named else f"number {int(number) + 1}"
        return f"question {name}: {' '.join(filter(None, ['/'.join(keys), reason]))}"


def _twice(values):
    """Return the first value that comes again, or None."""
    return next((value for i, value in enumerate(values) if value in values[:i]), None)


def _mistake(question):
    """Return what is wrong with a question that the schema can't see, or None."""
    answers = question["answers"]
    for part in _parts(question):
        reason = _mistake_in_words(part)
        if reason:
            return f"{part[:60]!r} {reason}"
    if question["type"] == "numeric":
        return _mistake_in_numbers(answers)
    twice = _twice([answer["answer"] for answer in answers])
    if twice:
        return f"the answer {twice!r} stands twice."
    right = sum(answer.get("correct", True) for answer in answers)
    if question["type"] == "multiple_choice" and right != 1:
        return f"{right} answers are right; multiple_choice expects one. For several, type many_choice."
    if not right:
        return "no answer is right; many_choice expects one or more."
    return None


def _parts(question):
    """Return a question's texts, each cut into plain words, `code` and $formulas$."""
    texts = [question["question"], question["explanation"], question.get("run_first", ""), *question["hints"]]
    texts += [answer.get(key, "") for answer in question["answers"] for key in ("answer", "feedback")]
    texts += question.get("feedback", {}).values()
    return [part for text in texts for part in MARKED.split(text)]


def _mistake_in_words(part):
    """Return what is wrong with a part of a text, or None."""
    if part.startswith("$") and part.endswith("$") and len(part) > 1:
        try:
            _formula(part[1:-1])
        except ValueError as error:
            return f"is no formula that can be drawn: {error}."
    elif "$" in part:
        return "holds '$' outside a formula. Dollars enclose formulas, e.g. $x^2$; for the currency, write USD."
    elif part.count("`") == 1:
        return "holds a backtick without its partner."
    return None


@functools.cache
def _formula(latex):
    """Return a formula as MathML, which is named by its LaTeX.

    The converter lets pass what it can't draw, and leaves it to its caller to escape what it writes.

    Raises:
        ValueError: if the formula can't be drawn, with the reason.
    """
    import latex2mathml.converter

    if re.search(r"[\x00-\x1f]", latex):
        raise ValueError(r"it holds a control character; JSON takes \\theta, with two backslashes, for \theta")
    try:
        math = latex2mathml.converter.convert_to_element(latex)
    except Exception as error:  # the converter's errors have no class in common, and no words
        reason = f"latex2mathml says {type(error).__name__}" if latex.strip() else "it is empty"
        raise ValueError(reason) from None
    braces = re.findall(r"\\.|([{}])", latex)
    if braces.count("{") != braces.count("}"):
        raise ValueError("a brace has no partner")
    for node in math.iter():
        node.text = html.unescape(node.text or "")
        unknown = re.search(r"\\[A-Za-z]+", node.text)
        if unknown:
            raise ValueError(f"latex2mathml does not know {unknown[0]}")
        if len(node) != PARTS.get(node.tag, len(node)):
            raise ValueError("a part is missing, e.g. the lower one of a fraction")
        if node.tag == "mi" and len(node.text) > 1 and node.text.isalpha():  # a name as ln, which MathML gives no space
            node.tag, node.attrib = "mo", {"lspace": "0.167em", "rspace": "0.167em"}
    math.set("alttext", latex)
    return xml.etree.ElementTree.tostring(math, encoding="unicode")


def _mistake_in_numbers(answers):
    """Return what is wrong with the answers of a numeric question, or None."""
    spans = []
    for answer in answers:
        if answer["type"] == "value":
            spans.append((answer["value"] - answer["tolerance"], answer["value"] + answer["tolerance"], answer))
        elif answer["type"] == "range":
            low, high = answer["range"]
            if low >= high:
                return f"the range {low} to {high} is empty. Write the smaller number first."
            spans.append((low, math.nextafter(high, low), answer))
    if [answer["type"] for answer in answers].count("default") != 1 or answers[-1]["type"] != "default":
        return "the last answer, and no other, must have the type default, with feedback for all other numbers."
    if not any(answer.get("correct") for answer in answers):
        return "no number is right; expected an answer with correct: true."
    for i, (low, high, answer) in enumerate(spans):
        for other_low, other_high, other in spans[:i]:
            if low <= other_high and other_low <= high and answer["correct"] != other["correct"]:
                return f"the numbers from {max(low, other_low)} to {min(high, other_high)} are both right and wrong."
    return None


def _packed(text):
    """Return a text as letters, half as many as it has, which `unpack` in quiz.js turns back; on all machines the same.

    A program that looks for words in a published page, such as a timing, finds none in them.

    Source: Welch, "A technique for high-performance data compression", Computer 17(6), 1984.
    """
    codes = {bytes([byte]): byte for byte in range(256)}
    found, word = [], b""
    for byte in text.encode():
        longer = word + bytes([byte])
        if longer in codes:
            word = longer
            continue
        found.append(codes[word])
        if len(codes) < len(LETTERS) ** 2:
            codes[longer] = len(codes)
        word = bytes([byte])
    pairs = (divmod(code, len(LETTERS)) for code in [*found, codes[word]])
    return "".join(LETTERS[high] + LETTERS[low] for high, low in pairs) + "_"


def _written(text):
    """Return a text as HTML for where no script runs: `code` as code, and a formula's LaTeX, too.

    JupyterLab takes MathML out of what it does not trust, which would leave x2 of a square.
    """
    return MARKED.sub(lambda found: f"<code>{found[0][1:-1]}</code>", html.escape(text, quote=False))
