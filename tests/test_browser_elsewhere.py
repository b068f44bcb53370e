"""Lessons outside of JupyterLab: in Notebook 7, in a page walled in as VS Code's is, and as nbclient leaves them."""

import json
import os
import re

import nbclient
import pytest
import test_browser
from nbconvert import HTMLExporter
from test_browser import LESSONS, cells, keep, serve, type_and_run, wait_for_kernel
from test_browser_explorers import listen, moves_with_mouse_and_keys
from test_browser_lessons import QUIZZES, answer_by_keys, answer_by_mouse, explorers_in, plain, possible, says, tries
from test_browser_quiz import ALONE, connected, contrasts, form, score, told
from test_quiz import secrets

from aelib import explorers, quiz
from tools import notebooks

pytestmark = test_browser.pytestmark
browser = test_browser.browser

FIRST, STILL, LIVE = (
    next(name for name in LESSONS if name.startswith(number)) for number in ("00", "08", "07")
)  # executed by nbclient; read with its outputs; run


@pytest.fixture(scope="module")
def kept(tmp_path_factory):
    """The file of the learner's progress."""
    return tmp_path_factory.mktemp("learner") / "progress.json"


@pytest.fixture(scope="module")
def notebook7(tmp_path_factory, kept):
    """A Notebook 7 that keeps progress, as a learner's does."""
    pytest.importorskip("notebook", minversion="7", reason="Notebook 7 is not installed")
    environment = {name: value for name, value in os.environ.items() if name not in ("CI", "PYTEST_VERSION")}
    folder = tmp_path_factory.mktemp("course") / "notebooks"
    yield from serve(tmp_path_factory.mktemp("home"), folder, environment | {"AELIB_PROGRESS": str(kept)}, "notebook")


@pytest.fixture
def page(browser):
    """A page that may ask nothing of another machine, and whose scripts may not fail."""
    page = browser.new_page(viewport={"width": 1280, "height": 900})
    page.left, page.errors = [], []
    listen(page)
    yield page
    page.close()
    # Notebook 7 has a race at its start, https://github.com/jupyter/notebook/issues/7862, which loses nothing of ours.
    own = [error for error in page.errors if error != "Cannot read properties of undefined (reading 'schema')"]
    assert page.left == [] and own == []


def open_notebook(page, address, name):
    """Open a lesson in Notebook 7, and wait for its kernel."""
    page.goto(f"{address}/notebooks/{name}")
    wait_for_kernel(page)


def test_notebook_7_shows_questions_and_figures_and_when_trusted_they_answer(notebook7, page):
    open_notebook(page, notebook7[0], STILL)
    outputs = page.locator(".jp-OutputArea-output")
    outputs.filter(has_text="Run this cell to answer.").last.wait_for()
    figure = outputs.filter(has_text="Run this cell to move it.").locator("img")
    assert figure.count() == 1 and figure.evaluate("it => it.complete && it.naturalWidth > 100")
    assert page.locator(".jp-OutputArea-output script, .jp-OutputArea-output form").count() == 0
    page.get_by_role("button", name="Not Trusted").click()
    page.locator(".jp-Dialog").get_by_role("button", name="Trust").click()
    page.locator(".aelib-explorer form").wait_for()
    moves_with_mouse_and_keys(page, page.locator(".aelib-explorer"))
    keep(page, "notebook_7_explorer")
    question = QUIZZES[STILL][0]
    answer_by_mouse(page, question, 1, *tries(question)[0])
    answer_by_mouse(page, question, 2, *tries(question)[-1])
    assert score(page) == f"Score: {question['points'] / 2:g} of {possible(STILL)} points. {ALONE}"
    keep(page, "notebook_7_quiz")


def test_in_notebook_7_a_running_lesson_connects_its_quiz_and_keeps_progress(notebook7, page, kept):
    open_notebook(page, notebook7[0], LIVE)
    page.evaluate("() => window.jupyterapp.commands.execute('notebook:clear-all-cell-outputs')")
    sources = [cell["source"] for cell in cells(page)]
    moved = next(i for i, source in enumerate(sources) if source.startswith("explorers."))
    asked = sources.index(f'quiz("{LIVE[:2]}")')
    type_and_run(page, 0, sources[0])
    type_and_run(page, moved, sources[moved])
    type_and_run(page, asked, f'q = quiz("{LIVE[:2]}")\nq')
    connected(page)
    before = [(cell["source"], cell["execution_count"]) for cell in cells(page)]
    moves_with_mouse_and_keys(page, page.locator(".aelib-explorer"))
    first, second = QUIZZES[LIVE][:2]
    answer_by_mouse(page, first, 1, *tries(first)[0])
    form(page, second).locator("input, button").first.focus()
    given, *expected = tries(second)[-1]
    answer_by_keys(page, second, given)
    says(page, second, *expected, number=1)
    connected(page)
    assert score(page) == f"Score: {second['points']} of {possible(LIVE)} points."
    assert told(page, LIVE, "q.score") == f"({second['points']}, {possible(LIVE)})"
    assert [(cell["source"], cell["execution_count"]) for cell in cells(page)] == before, "no key reached the notebook"
    found = json.loads(kept.read_text("utf-8"))["question"]
    assert {name: entry["last"] for name, entry in found.items()} == {first["id"]: "wrong", second["id"]: "right"}
    keep(page, "notebook_7_live")


# VS Code puts the HTML of all outputs into one page, which may run scripts, and runs each script that it finds there by
# a copy that it takes away at once; see renderHTML in extensions/notebook-renderers/src/index.ts of its sources. That
# page has VS Code's colours, nothing of JupyterLab's, and walls. These are higher: nothing may be asked of any address.
WALLS = (
    "default-src 'none'; script-src 'unsafe-inline'; style-src 'unsafe-inline'; img-src data:; "
    "sandbox allow-scripts allow-same-origin allow-forms"
)
COLOURS = {"light": ("#3b3b3b", "#ffffff"), "dark": ("#cccccc", "#1f1f1f")}
RENDER = """all => {
    const refused = (window.refused = []);
    document.addEventListener("securitypolicyviolation", event => refused.push(event.violatedDirective));
    for (const html of all) {
        const output = document.createElement("div");
        output.innerHTML = html;
        document.body.append(output);
        for (const found of [...output.querySelectorAll("script")]) {
            const script = document.createElement("script");
            script.text = found.textContent;
            script.type = found.type;
            output.append(script);
            script.remove();
        }
    }
}"""


def shown(book):
    """Return the MIME bundles of the explorers and quizzes in a notebook's outputs."""
    bundles = [output.get("data", {}) for cell in book.cells for output in cell.get("outputs", [])]
    return [
        bundle for bundle in bundles if re.search('class="aelib-(explorer|quiz-page)"', bundle.get("text/html", ""))
    ]


def walled(page, theme):
    """Open an empty page behind those walls, in the colours of one of VS Code's themes."""
    colour, ground = COLOURS[theme]
    style = (
        f"<style>body {{ margin: 0; color: {colour}; background: {ground}; font: 13px system-ui, sans-serif }}</style>"
    )
    body = f'<!doctype html><html lang="en"><meta charset="utf-8"><title>outputs</title>{style}<body></body></html>'
    address = "http://127.0.0.1:9/"  # where nobody listens
    page.route(address, lambda route: route.fulfill(body=body, headers={"Content-Security-Policy": WALLS}))
    page.goto(address)


@pytest.mark.parametrize("name", [name for name in LESSONS if explorers_in(name)])
def test_behind_walls_as_vs_codes_explorers_move_and_quizzes_answer(page, name):
    bundles = shown(notebooks.read(notebooks.FOLDER / name))
    walled(page, "light")
    page.evaluate(RENDER, [bundle["text/html"] for bundle in bundles])
    page.locator(".aelib-quiz, .aelib-explorer form").nth(len(bundles) - 1).wait_for()
    for i in range(page.locator(".aelib-explorer").count()):
        moves_with_mouse_and_keys(page, page.locator(".aelib-explorer").nth(i))
    for question in QUIZZES[name]:
        answer_by_mouse(page, question, 1, *tries(question)[0])
    assert page.locator(".aelib-quiz > p").last.inner_text().endswith(ALONE)
    assert page.evaluate("window.refused") == []
    keep(page, f"walled_{name.partition('_')[0]}")


@pytest.mark.parametrize("theme", COLOURS)
def test_their_texts_can_be_read_on_the_ground_of_either_theme(page, theme):
    walled(page, theme)
    made = [explorers.two_gaussians(), *map(quiz.quiz, ("00", "07"))]  # as they are now: saved ones may be older
    page.evaluate(RENDER, [one._repr_mimebundle_()["text/html"] for one in made])
    page.locator(".aelib-quiz, .aelib-explorer form").nth(len(made) - 1).wait_for()
    for question in QUIZZES[LIVE]:
        answer_by_mouse(page, question, 1, *tries(question)[0])
    keep(page, f"walled_{theme}")
    assert contrasts(page) == contrasts(page, ".aelib-explorer") == []


@pytest.fixture(scope="module")
def executed():
    """The first lesson, executed by nbclient alone, as `jupyter execute` does."""
    book = notebooks.read(notebooks.FOLDER / FIRST)
    for cell in book.cells:
        if cell.cell_type == "code":
            cell.outputs, cell.execution_count = [], None
    environment = {name: value for name, value in os.environ.items() if name != "AELIB_MNIST"}
    nbclient.NotebookClient(book, timeout=300, resources={"metadata": {"path": notebooks.FOLDER}}).execute(
        env=environment
    )
    return book


def test_what_nbclient_leaves_can_be_read_where_no_script_runs(executed, browser, tmp_path):
    body, _ = HTMLExporter(mathjax_url="", require_js_url="", jquery_url="").from_notebook_node(executed)
    (tmp_path / "page.html").write_text(body, "utf-8")
    context = browser.new_context(java_script_enabled=False, viewport={"width": 1280, "height": 900})
    page = context.new_page()
    page.goto((tmp_path / "page.html").as_uri())
    asked = page.locator(".aelib-quiz-page")
    text, html = asked.inner_text(), asked.inner_html()
    for number, question in enumerate(QUIZZES[FIRST], 1):
        assert f"Question {number}: {plain(question['question'])}" in text
        for answer in question["answers"]:
            assert plain(answer.get("answer", "")) in text
    assert text.strip().endswith("Run this cell to answer.") and asked.locator("form").count() == 0
    assert not [secret for secret in secrets(QUIZZES[FIRST]) if secret in html]
    context.close()
