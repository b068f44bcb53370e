"""Mistakes in quiz files, for teachers: breaks of `quizzes/schema.json` and what no schema sees; no quiz is shown here.

`python -m tools.quizzes [FILE ...]` prints a line for each mistake, with file, question and reason; without
a file it looks at all of the course's quizzes. The exit code is 1 if there is any mistake.
"""

import functools
import json
import math
import pathlib
import re
import sys
import xml.etree.ElementTree

import fastjsonschema

from aelib import quiz

SCHEMA = quiz.FOLDER / "schema.json"
PARTS = {"mfrac": 2, "mroot": 2, "msub": 2, "msup": 2, "munder": 2, "mover": 2, "msubsup": 3, "munderover": 3}


def main(paths):
    """Print all mistakes in some files, or in all quizzes of the course; return 1 if there are any."""
    found = mistakes(paths or [quiz.FOLDER / f"{name}.json" for name in quiz.names()])
    print(*found or ["No mistakes."], sep="\n")
    return 1 if found else 0


def mistakes(paths):
    """Return a sentence for each mistake in some files, with file, question and reason.

    Args:
        paths: The files. An id that stands in two of them is a mistake, too.
    """
    found, places = [], {}
    for path in map(pathlib.Path, paths):
        try:
            questions = json.loads(path.read_text("utf-8"), parse_constant=_refused, parse_float=_finite)
        except (OSError, ValueError, RecursionError) as error:
            found.append(f"{path.name or path} can't be read as JSON: {error}.")
            continue
        if not isinstance(questions, list) or not questions:
            found.append(f"{path.name}, all questions: the file {_break_of_schema(questions)}.")
            continue
        for number, question in enumerate(questions, 1):
            named = isinstance(question, dict) and isinstance(question.get("id"), str)
            name = question["id"] if named else f"number {number}"
            broken = _break_of_schema([question])
            reasons = [f"{broken}."] if broken else [*_mistakes(question)]
            if named and name in places:
                where = "twice" if places[name] == path else f"in {places[name].name}, too"
                reasons.append(f"the id stands {where}. Give each question an id of its own.")
            places.setdefault(name, path)
            found += [f"{path.name}, question {name}: {reason}" for reason in reasons]
    return found


def _refused(name):
    """Refuse NaN and Infinity, which Python takes for JSON and a page does not."""
    raise ValueError(f"{name} is no JSON")


def _finite(digits):
    """Return a number that a page can hold, too."""
    return float(digits) if math.isfinite(float(digits)) else _refused(digits)


@functools.cache
def _schema():
    """Return the function that checks the form of a quiz. (To import jsonschema itself can take seconds.)"""
    return fastjsonschema.compile(json.loads(SCHEMA.read_text("utf-8")))


def _break_of_schema(questions):
    """Return the first place in a quiz, of one question if it has any, that breaks the schema, and how, or None."""
    try:
        _schema()(questions)
    except fastjsonschema.JsonSchemaValueException as error:
        keys = error.path[2:]  # without "data" and the number of the question
        return " ".join(filter(None, ["/".join(keys), error.message.removeprefix(error.name).strip()]))


def _mistakes(question):
    """Yield what is wrong with a question that the schema can't see."""
    answers = question["answers"]
    for part in quiz.parts(question):
        reason = _mistake_in_words(part)
        if reason:
            yield f"{part[:60]!r} {reason}"
    if question["type"] == "numeric":
        yield from _mistakes_in_numbers(answers)
        return
    texts = [answer["answer"] for answer in answers]
    yield from (f"the answer {text!r} stands twice." for i, text in enumerate(texts) if text in texts[:i])
    right = sum(answer.get("correct", True) for answer in answers)
    if question["type"] == "multiple_choice" and right != 1:
        yield f"{right} answers are right; multiple_choice expects one. For several, type many_choice."
    elif not right:
        yield "no answer is right; many_choice expects one or more."


def _mistake_in_words(part):
    """Return what is wrong with a part of a text, or None."""
    if part.startswith("$") and part.endswith("$") and len(part) > 1:
        reason = _mistake_in_formula(part[1:-1])
        return reason and f"is no formula that can be drawn: {reason}."
    if "$" in part:
        return "holds '$' outside a formula. Dollars enclose formulas, e.g. $x^2$; for the currency, write USD."
    if part.count("`") == 1:
        return "holds a backtick without its partner."
    return None


def _mistake_in_formula(latex):
    """Return why a formula can't be drawn, or None. (The converter lets pass what it can't draw.)"""
    if re.search(r"[\x00-\x1f]", latex):
        return r"it holds a control character; JSON takes \\theta, with two backslashes, for \theta"
    try:
        drawn = xml.etree.ElementTree.fromstring(quiz.mathml(latex))
    except Exception as error:  # the converter's errors have no class in common, and no words
        return f"latex2mathml says {type(error).__name__}" if latex.strip() else "it is empty"
    braces = re.findall(r"\\.|([{}])", latex)
    if braces.count("{") != braces.count("}"):
        return "a brace has no partner"
    for node in drawn.iter():
        unknown = re.search(r"\\[A-Za-z]+", node.text or "")
        if unknown:
            return f"latex2mathml does not know {unknown[0]}"
        tag = node.tag.split("}")[1]
        if len(node) != PARTS.get(tag, len(node)):
            return "a part is missing, e.g. the lower one of a fraction"
    return None


def _mistakes_in_numbers(answers):
    """Yield what is wrong with the answers of a numeric question."""
    spans = []
    for answer in answers:
        if answer["type"] == "value":
            spans.append((answer["value"] - answer["tolerance"], answer["value"] + answer["tolerance"], answer))
        elif answer["type"] == "range":
            low, high = answer["range"]
            if low >= high:
                yield f"the range {low} to {high} is empty. Write the smaller number first."
            spans.append((low, math.nextafter(high, low), answer))
    if [answer["type"] for answer in answers].count("default") != 1 or answers[-1]["type"] != "default":
        yield "the last answer, and no other, must have the type default, with feedback for all other numbers."
    if not any(answer.get("correct") for answer in answers):
        yield "no number is right; expected an answer with correct: true."
    for i, (low, high, answer) in enumerate(spans):
        for other_low, other_high, other in spans[:i]:
            if low <= other_high and other_low <= high and answer["correct"] != other["correct"]:
                yield f"the numbers from {max(low, other_low)} to {min(high, other_high)} are both right and wrong."


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
