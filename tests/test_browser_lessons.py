"""The lessons themselves in a real JupyterLab, from a fresh clone over each quiz and its feedback to the progress."""

import json
import os
import re

import nbformat
import pytest
import test_browser
from mistakes import ATTEMPTS
from nbconvert import HTMLExporter
from test_browser import LESSONS, cells, keep, open_notebook, serve, type_and_run
from test_browser_explorers import listen, moves_with_mouse_and_keys
from test_browser_quiz import ALONE, connected, form, press, save, score, told
from test_quiz import secrets

from aelib import exercises, quiz
from aelib.exercises import lesson_00
from tools import notebooks

pytestmark = test_browser.pytestmark
browser, page = test_browser.browser, test_browser.page

NUMBER = {name: name.partition("_")[0] for name in LESSONS}  # e.g. 03b
QUIZZES = {
    name: json.loads((quiz.FOLDER / f"{NUMBER[name]}.json").read_text("utf-8"))
    for name in LESSONS
    if NUMBER[name] in quiz.names()
}
# The lessons that are run, as a whole, and whose quiz is answered beside a kernel. nbval runs all of them, and all
# quizzes are answered in a page of their own, so here the quickest, whose quiz has a question of each kind, is enough
# unless somebody wants to look.
WHOLE = LESSONS if os.environ.get("AELIB_SCREENSHOTS") else [name for name in LESSONS if NUMBER[name] == "00"]
with_a_quiz = pytest.mark.parametrize("name", QUIZZES)
executed_with_a_quiz = pytest.mark.parametrize("executed", WHOLE, indirect=True)


@pytest.fixture(scope="module")
def kept(tmp_path_factory):
    """The file of the learner's progress."""
    return tmp_path_factory.mktemp("learner") / "progress.json"


@pytest.fixture(scope="module")
def lab(tmp_path_factory, kept):
    """A JupyterLab that keeps progress, as a learner's does."""
    environment = {name: value for name, value in os.environ.items() if name not in ("CI", "PYTEST_VERSION")}
    environment |= {"AELIB_PROGRESS": str(kept)}
    yield from serve(tmp_path_factory.mktemp("home"), tmp_path_factory.mktemp("course") / "notebooks", environment)


def watch(page):
    """Note the requests that leave this machine, and what scripts and the console complain about."""
    page.left, page.errors = [], []
    listen(page)
    page.on("console", lambda message: page.errors.append(message.text) if message.type == "error" else None)


@pytest.fixture(scope="module")
def executed(request, lab, browser):
    """The page of a lesson, of which all was run; `name`, its file, and `ran`, the cells then."""
    page = browser.new_page(viewport={"width": 1280, "height": 900})
    watch(page)
    page.name = request.param
    open_notebook(page, lab[0], page.name)
    page.evaluate("() => window.jupyterapp.commands.execute('notebook:run-all-cells')")
    page.ran = cells(page)
    yield page
    shut_down(page)
    page.close()


def shut_down(page):
    """End all kernels, so that a notebook that is opened again gets a new one."""
    page.evaluate("() => window.jupyterapp.serviceManager.sessions.shutdownAll()")


@executed_with_a_quiz
def test_run_all_ends_without_an_error(executed):
    expected = [cell for cell in notebooks.read(notebooks.FOLDER / executed.name).cells if cell.cell_type == "code"]
    assert [cell["execution_count"] for cell in executed.ran] == list(range(1, len(expected) + 1))
    assert not [output for cell in executed.ran for output in cell["outputs"] if output["output_type"] == "error"]
    for cell, saved in zip(executed.ran, expected, strict=True):
        printed = ["".join(output["text"]) for output in cell["outputs"] if output["output_type"] == "stream"]
        assert printed == [output.text for output in saved.outputs if output.output_type == "stream"]
    drawn = executed.locator(".jp-OutputArea-output img").count()
    assert drawn == sum("image/png" in output.get("data", {}) for cell in expected for output in cell.outputs) > 0
    first = executed.locator(".jp-OutputArea-output img").first
    executed.evaluate("() => document.querySelector('.jp-WindowedPanel-outer').scrollTo(0, 0)")
    assert first.bounding_box()["y"] + first.bounding_box()["height"] / 2 < 900, "half of a result in the first screen"
    keep(executed, executed.name)
    assert executed.locator(".aelib-progress").count() == 0
    assert executed.left == [] and executed.errors == []


def plain(text):
    """Return a text as the page shows it: what is code stands there without its backticks."""
    return text.replace("`", "")


def trace(text):
    """Return the longest part of a text that stands unchanged in any HTML that holds the text."""
    return max(re.split("""[`<>&"']""", text), key=len)


def central(answer):
    """Return a number that an answer of a numeric question is meant for."""
    return answer["value"] if answer["type"] == "value" else sum(answer.get("range", [1e9])) / 2


def fitting(question, number):
    """Return the first answer of a numeric question that a number fits."""
    for answer in question["answers"]:
        if answer["type"] == "value" and abs(number - answer["value"]) <= answer["tolerance"]:
            return answer
        if answer["type"] == "range" and answer["range"][0] <= number < answer["range"][1]:
            return answer
    return question["answers"][-1]


def tries(question):
    """Return wrong, partly right and right answers, each as (what is given, outcome, summary, lines of feedback)."""
    answers = question["answers"]
    if question["type"] == "numeric":
        made = []
        for number in map(central, answers):
            answer = fitting(question, number)
            right = answer.get("correct", False)
            summary = "Right." if right else "Not right yet."
            made.append(([str(number)], "right" if right else "wrong", summary, [answer["feedback"]]))
        return sorted(made, key=lambda one: one[1], reverse=True)
    if question["type"] == "order":
        steps, said = [answer["answer"] for answer in answers], question["feedback"]
        of = f"of {len(steps)} steps stand in their place."
        return [
            (steps[1:] + steps[:1], "wrong", f"0 {of}", [said["wrong"]]),
            (steps[:-2] + [steps[-1], steps[-2]], "partly", f"{len(steps) - 2} {of}", [said["wrong"]]),
            (steps, "right", "Right.", [said["right"]]),
        ]
    right = [answer["answer"] for answer in answers if answer["correct"]]
    wrong = [answer["answer"] for answer in answers if not answer["correct"]]
    if question["type"] == "multiple_choice":
        chosen = [([choice], "wrong", "Not right yet.") for choice in wrong]
    else:
        of = f"of {len(right)} right choices, 1 wrong chosen."
        chosen = [(wrong[:1], "wrong", f"0 {of}"), ([right[0], wrong[-1]], "partly", f"1 {of}")]
    made = []
    for given, outcome, summary in [*chosen, (right, "right", "Right.")]:
        lines = []
        for answer in answers:
            if answer["answer"] in given or answer["correct"]:
                mark = "✗ Wrong" if not answer["correct"] else "✓ Right"
                mark = mark if answer["answer"] in given else "– Not chosen, but right"
                lines.append(f"{mark}: {answer['answer'].rstrip('.')}. {answer['feedback']}")
        made.append((given, outcome, summary, lines))
    return made


def give_by_mouse(page, question, given):
    """Fill in an answer."""
    if question["type"] == "numeric":
        form(page, question).get_by_label("Your number").click()
        page.keyboard.press("Control+A")
        page.keyboard.type(given[0])
    elif question["type"] == "order":
        for place, step in enumerate(given):
            while form(page, question).locator("li[data-step]").nth(place).get_attribute("data-step") != step:
                press(page, question, f"Move up: {step}")
    else:
        for answer in question["answers"]:
            choice = form(page, question).get_by_label(plain(answer["answer"]), exact=True)
            if choice.is_checked() != (answer["answer"] in given):
                choice.click()


def hides(page, question, but=""):
    """Look for explanation, hints and feedback of a question anywhere in its form, but those in a text."""
    inside = form(page, question).evaluate("node => node.outerHTML")
    for text in secrets([question]):
        assert text in but or trace(text) not in inside, f"{question['id']}: {text}"


def says(page, question, outcome, summary, lines, number):
    """Compare what a form says after the given number of tries, to the letter."""
    points = 0 if outcome != "right" else question["points"] / (1 if number == 1 else 2)
    worth = f"{question['points']} point{'' if question['points'] == 1 else 's'}"
    expected = [f"{summary} {points:g} of {worth}.", *lines, f"Explanation: {question['explanation']}"]
    box = form(page, question).locator(".aelib-quiz-said")
    assert box.locator("p").all_text_contents() == [plain(line) for line in expected], question["id"]
    assert box.get_attribute("data-outcome") == outcome
    hides(page, question, but="\n".join(expected))


def answer_by_mouse(page, question, number, given, outcome, summary, lines):
    """Give an answer, which is the question's first, second, ... try, and check it."""
    if number > 1:
        press(page, question, "Try again")
    give_by_mouse(page, question, given)
    assert form(page, question).locator(".aelib-quiz-said").text_content() == ""
    hides(page, question)
    press(page, question, "Check")
    says(page, question, outcome, summary, lines, number)


def new_quiz(page, name):
    """Write into the lesson's last code cell what lets Python read the score, and run it; return the cell's number."""
    sources = [cell["source"] for cell in cells(page)]
    last = max(i for i, source in enumerate(sources) if f'quiz("{NUMBER[name]}")' in source)
    type_and_run(page, last, f'q = quiz("{NUMBER[name]}")\nq')
    page.get_by_text(f"Score: 0 of {possible(name)} points.").wait_for()
    connected(page)
    return last


def possible(name):
    return sum(question["points"] for question in QUIZZES[name])


@executed_with_a_quiz
def test_by_mouse_each_answer_gets_its_own_feedback_and_python_the_score(executed):
    questions, name = QUIZZES[executed.name], executed.name
    connected(executed)
    quiz_cell = new_quiz(executed, name)
    expected = {}
    for question in questions:
        made = tries(question)
        assert {"wrong", "right"} <= {outcome for _, outcome, *_ in made}
        for number, answer in enumerate(made, 1):
            answer_by_mouse(executed, question, number, *answer)
            if number == 1:
                keep(executed, f"lesson_{question['id']}_wrong")
        keep(executed, f"lesson_{question['id']}_right")
        expected[question["id"]] = ("right", question["points"] / 2, len(made))
    connected(executed)
    assert score(executed) == f"Score: {possible(name) / 2:g} of {possible(name)} points."
    executed.evaluate("() => window.jupyterapp.commands.execute('notebook:insert-cell-below')")
    found = "{k: (a['outcome'], a['points'], a['tries']) for k, a in q.answers.items()}"
    text = type_and_run(executed, quiz_cell + 1, f"print(q.score)\nprint({found})")
    assert text.strip() == f"({possible(name) / 2}, {possible(name)})\n{expected}"
    assert executed.left == [] and executed.errors == []


def tab_to(page, wanted):
    """Press Tab until what has the focus is wanted, which an expression of `it` says."""
    for _ in range(60):
        if page.evaluate(f"() => {{ const it = document.activeElement; return {wanted}; }}"):
            return
        page.keyboard.press("Tab")
    raise AssertionError(f"the focus never came to {wanted}")


def answer_by_keys(page, question, given):
    """Go on to a question and answer it, by keys alone."""
    keys = page.keyboard
    inside = f"it.closest('form')?.dataset.question === {json.dumps(question['id'])}"
    check = f"{inside} && it.textContent === 'Check'"
    tab_to(page, inside)
    if question["type"] == "numeric":
        keys.type(given[0])
        keys.press("Enter")
    elif question["type"] == "order":
        for place, step in enumerate(given):
            order = form(page, question).locator("li[data-step]").evaluate_all("all => all.map(it => it.dataset.step)")
            tab_to(page, f"it.ariaLabel === {json.dumps(f'Move up: {step}')}")
            for _ in range(order.index(step) - place):
                keys.press("Space")
        tab_to(page, check)
        keys.press("Space")
    elif question["type"] == "multiple_choice":
        choice = [answer["answer"] for answer in question["answers"]].index(given[0])
        for key in ["Space"] + choice * ["ArrowDown"]:
            keys.press(key)
        tab_to(page, check)
        keys.press("Space")
    else:
        for choice in given:
            tab_to(page, f"it.value === {json.dumps(choice)}")
            keys.press("Space")
        tab_to(page, check)
        keys.press("Enter")


@executed_with_a_quiz
def test_by_keyboard_alone_each_question_is_right_at_the_first_try(executed):
    questions, name = QUIZZES[executed.name], executed.name
    new_quiz(executed, name)
    before = [(cell["source"], cell["execution_count"]) for cell in cells(executed)]
    form(executed, questions[0]).locator("input, button").first.focus()
    for question in questions:
        given, *expected = tries(question)[-1]
        answer_by_keys(executed, question, given)
        says(executed, question, *expected, number=1)
    keep(executed, f"lesson_{NUMBER[name]}_keys")
    connected(executed)
    assert score(executed) == f"Score: {possible(name)} of {possible(name)} points."
    assert told(executed, name, "q.score") == f"({possible(name)}, {possible(name)})"
    after = [(cell["source"], cell["execution_count"]) for cell in cells(executed)]
    assert after == before, "no key reached JupyterLab"
    assert executed.left == [] and executed.errors == []


@with_a_quiz
def test_a_lesson_as_a_page_of_its_own_works_without_python(browser, page, tmp_path, monkeypatch, name):
    exporter = HTMLExporter(mathjax_url="", require_js_url="", jquery_url="")
    body, _ = exporter.from_filename(notebooks.FOLDER / name)
    (tmp_path / "static.html").write_text(body, "utf-8")
    page.on("console", lambda message: page.errors.append(message.text) if message.type == "error" else None)
    monkeypatch.setattr(test_browser, "leaves", lambda url: not url.startswith(("file:", "data:", "blob:")))
    page.goto((tmp_path / "static.html").as_uri())
    first, *others = QUIZZES[name]
    answer_by_mouse(page, first, 1, *tries(first)[-1])
    for question in others:
        answer_by_mouse(page, question, 1, *tries(question)[0])
        answer_by_mouse(page, question, 2, *tries(question)[-1])
    points = (first["points"] + possible(name)) / 2
    assert score(page) == f"Score: {points:g} of {possible(name)} points. {ALONE}"
    shown = page.locator(".aelib-explorer")
    assert shown.count() == explorers_in(name)
    for i in range(shown.count()):
        moves_with_mouse_and_keys(page, shown.nth(i))
    keep(page, f"lesson_{NUMBER[name]}_static")


def explorers_in(name):
    """Return how many cells of a lesson end with an explorer."""
    code = [cell.source for cell in notebooks.read(notebooks.FOLDER / name).cells if cell.cell_type == "code"]
    return sum(source.splitlines()[-1].startswith("explorers.") for source in code if source)


@pytest.fixture(scope="module")
def reader(lab, browser):
    """A page on which lessons are opened one after the other, as they come from a fresh clone, and none is run."""
    page = browser.new_page(viewport={"width": 1280, "height": 900})
    watch(page)
    page.goto(f"{lab[0]}/lab?reset")
    page.wait_for_function("window.jupyterapp !== undefined", timeout=60_000)
    page.evaluate("() => window.jupyterapp.started")
    yield page
    shut_down(page)
    page.close()


@with_a_quiz
def test_a_fresh_clone_shows_questions_and_figures_and_no_secret_before_it_runs(lab, reader, name):
    page, folder = reader, lab[1]
    book = notebooks.read(notebooks.FOLDER / name)
    nbformat.write(book, folder / f"clone_{name}")
    page.evaluate(
        "async path => (await window.jupyterapp.commands.execute('docmanager:open', { path })).revealed",
        f"clone_{name}",
    )
    outputs = page.locator(".jp-NotebookPanel:not(.lm-mod-hidden) .jp-OutputArea-output")
    quizzed = outputs.filter(has_text="Run this cell to answer.").last
    quizzed.wait_for(timeout=10_000)
    trusted = "() => [...window.jupyterapp.shell.currentWidget.content.model.cells].pop().trusted"
    assert page.evaluate(trusted) is False
    text = quizzed.text_content()
    for question in QUIZZES[name]:
        assert plain(question["question"]) in text and plain(question.get("run_first", "")) in text
        for answer in question["answers"]:
            assert plain(answer.get("answer", "")) in text
    html = "\n".join(outputs.evaluate_all("all => all.map(it => it.outerHTML)"))
    for secret in secrets(QUIZZES[name]):
        assert trace(secret) not in html
    assert not re.search("[A-Za-z0-9_]{60}", quizzed.evaluate("it => it.outerHTML")), "nor packed"
    assert outputs.locator("script, form").count() == 0 and "<script" not in html
    figures = outputs.locator("img")
    data = [output.get("data", {}) for cell in book.cells for output in cell.get("outputs", [])]
    assert figures.count() == sum("image/png" in kinds for kinds in data) + explorers_in(name) > 0
    for i in range(figures.count()):
        assert figures.nth(i).evaluate("it => it.complete && it.naturalWidth > 100"), "the figure is drawn"
    described = outputs.locator("img[alt]")  # JupyterLab takes no notice of a figure's description
    vectors = sum({"image/png", "text/html"} <= set(kinds) for kinds in data)  # figures that are shown as SVG
    assert outputs.get_by_text("Run this cell to move it.").count() == explorers_in(name)
    assert described.count() == explorers_in(name) + vectors
    assert all(len(figure.get_attribute("alt")) > 20 for figure in described.all())
    assert not re.search("model not found|displaying widget", page.locator("body").text_content(), re.I)
    quizzed.scroll_into_view_if_needed()
    keep(page, f"lesson_{NUMBER[name]}_clone")
    assert page.left == [] and page.errors == []


def set_up(page):
    """Take the outputs of the notebook away, and run its first cell."""
    page.evaluate("() => window.jupyterapp.commands.execute('notebook:clear-all-cell-outputs')")
    type_and_run(page, 0, cells(page)[0]["source"])


def row(page, objective):
    """Return what the overview of the progress says of an objective."""
    return page.locator("table tr", has=page.get_by_role("rowheader", name=objective, exact=True)).locator("td")


def test_progress_outlives_the_kernel_and_brings_a_missed_question_back(lab, page, kept):
    address, _ = lab
    first, second = list(QUIZZES)[:2]
    kept.unlink(missing_ok=True)
    open_notebook(page, address, first)
    set_up(page)
    sources = [cell["source"].strip() for cell in cells(page)]
    overview = sources.index("progress()")
    type_and_run(page, overview, "progress()")
    assert row(page, "the course").inner_text() == row(page, "autoencoder").inner_text() == "not begun"
    new_quiz(page, first)
    for question in QUIZZES[first]:
        answer_by_mouse(page, question, 1, *tries(question)[-1])
    connected(page)
    last_starter = max(i for i, source in enumerate(sources) if source == ATTEMPTS["00-squared-error"].starter.strip())
    type_and_run(page, last_starter, lesson_00.squared_error.answer)
    assert "how far apart: right" in type_and_run(page, last_starter + 1, sources[last_starter + 1])
    page.evaluate("() => window.jupyterapp.shell.currentWidget.sessionContext.restartKernel()")
    set_up(page)
    type_and_run(page, overview, "progress()")
    page.get_by_text("Objectives met: 1 of 9.").wait_for()
    assert row(page, "the course").inner_text() == "met"
    keep(page, "progress_met")
    save(page)

    open_notebook(page, address, second)
    set_up(page)
    new_quiz(page, second)
    missed = QUIZZES[second][0]
    answer_by_mouse(page, missed, 1, *tries(missed)[0])
    connected(page)
    save(page)
    shut_down(page)

    open_notebook(page, address, first)
    set_up(page)
    assert "Nothing to repeat now." in type_and_run(page, overview, "progress()")
    asked = [question["objective"] for name in quiz.names() for question in quiz.read(name)]
    of = [*asked, *(exercise.objective for exercise in exercises.every())].count(missed["objective"])
    assert row(page, missed["objective"]).inner_text() == f"0 of {of}"
    assert row(page, "the course").inner_text() == "met"
    text = type_and_run(page, overview, "import time\nprogress(now=time.time() + 2 * 86400)")
    assert "To repeat now:" in text
    [repeated] = text.split("To repeat now:")[1].split("Try again:")[0].strip().splitlines()
    assert repeated.startswith(f"Lesson {second[:2]}, question 1: {missed['question'][:50]}")
    keep(page, "progress_repeat")
