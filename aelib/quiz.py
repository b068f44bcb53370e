"""Quizzes in a notebook, from the files in `quizzes`; no question is written here, and answers are graded in quiz.js.

`quiz("01")` in a cell shows the quiz of that name. It is HTML that draws its own form. While the kernel that showed it
runs, the form is connected with it, and Python knows the answers; elsewhere the form works alone, keeps nothing, and
says so. Key and feedback lie there compressed, so that nobody reads them by chance; they are no secret.
"""

import functools
import html
import json
import random
import re
import secrets
import string
import sys
import xml.etree.ElementTree

from aelib import files, ledger

FOLDER = files.course("quizzes")
SCRIPT = files.PACKAGE / "quiz.js"
LETTERS = string.ascii_uppercase + string.ascii_lowercase + string.digits + "_"
MARKED = re.compile(r"(`[^`]*`|\$[^$]*\$)")  # code, or a formula


def quiz(name):
    """Return the quiz in the file quizzes/NAME.json, which a notebook shows.

    Args:
        name: e.g. "01".

    Raises:
        ValueError: if there is no such quiz, or its file has a mistake that lets nothing be shown.
    """
    made = Quiz(name, read(name))
    try:
        made._page(), repr(made), made.score  # which show and score what the notebook asks for later
    except Exception as error:
        raise ValueError(_mistake(name, f"can't be shown ({type(error).__name__}: {error})")) from error
    return made


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
        """Return what quiz.js draws, compressed."""
        questions = [q | ({"shown": self._shown(q)} if q["type"] == "order" else {}) for q in self.questions]
        formulas = [part[1:-1] for question in self.questions for part in parts(question) if part.startswith("$")]
        data = {"questions": questions, "formulas": {latex: mathml(latex) for latex in formulas}}
        return _compressed(json.dumps(data, ensure_ascii=False, separators=(",", ":")))

    def _page(self):
        """Return the quiz as HTML: text that its script, where scripts run, turns into a form."""
        texts = []
        for number, question in enumerate(self.questions, 1):
            texts.append(f"<p><strong>Question {number}:</strong> {_written(question['question'])}</p>")
            if "run_first" in question:
                texts.append(f"<p><strong>Prediction.</strong> {_written(question['run_first'])}</p>")
            choices = "".join(f"<li>{_written(choice)}</li>" for choice in self._choices(question))
            texts.append(f"<ul>{choices}</ul>" if choices else "")
        model = f' data-model="{self._model.token}"' if self._model else ""
        return (
            f'<div class="aelib-quiz-page"{model}>{"".join(texts)}<p><em>Run this cell to answer.</em></p>\n'
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
    return sorted(path.stem for path in FOLDER.glob("[!.]*.json") if path.stem != "schema" and path.is_file())


def read(name):
    """Return the questions of a quiz; `tools/quizzes.py` looks for mistakes in them.

    Raises:
        ValueError: if there is no such quiz, or its file does not hold a list of questions.
    """
    if name not in names():
        raise ValueError(f"There is no quiz {name!r}. The quizzes are {', '.join(map(repr, names()))}.")
    try:
        questions = json.loads((FOLDER / f"{name}.json").read_text("utf-8"))
    except (OSError, ValueError, RecursionError) as error:
        raise ValueError(_mistake(name, f"is not JSON: {error}")) from None
    keys = ("id", "objective", "question")  # by which a question is kept and listed
    listed = isinstance(questions, list) and all(isinstance(question, dict) for question in questions)
    if not listed or any(not isinstance(question.get(key), str) for question in questions for key in keys):
        raise ValueError(_mistake(name, f"is no list of questions with the texts {', '.join(keys)}"))
    return questions


def _mistake(name, what):
    """Return a sentence on a quiz file, with what to type."""
    return f'{name}.json {what}. In the course\'s folder, type: python -m tools.quizzes "{FOLDER / name}.json"'


def parts(question):
    """Return a question's texts, each cut into plain words, `code` and $formulas$."""
    texts = [question["question"], question["explanation"], question.get("run_first", ""), *question["hints"]]
    texts += [answer.get(key, "") for answer in question["answers"] for key in ("answer", "feedback")]
    texts += question.get("feedback", {}).values()
    return [part for text in texts for part in MARKED.split(text)]


@functools.cache
def mathml(latex):
    """Return a formula as MathML, which is named by its LaTeX."""
    import latex2mathml.converter

    math = latex2mathml.converter.convert_to_element(latex)  # which leaves it to its caller to escape what it writes
    for node in math.iter():
        node.text = html.unescape(node.text or "")
        if node.tag == "mi" and len(node.text) > 1 and node.text.isalpha():  # a name as ln, which MathML gives no space
            node.tag, node.attrib = "mo", {"lspace": "0.167em", "rspace": "0.167em"}
    math.set("alttext", latex)
    return xml.etree.ElementTree.tostring(math, encoding="unicode")


def _compressed(text):
    """Return a text as letters, half as many as it has, the same on all machines; quiz.js turns them back.

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
