"""The quizzes in a real JupyterLab in Chromium and in a static page: by mouse, by keyboard, trusted and untrusted."""

import json
import re

import nbformat
import pytest
import test_browser
from nbconvert import HTMLExporter
from test_browser import cells, keep, open_notebook, type_and_run
from test_quiz import MANY, NUMBER, ONE, ORDER, PROBE, secrets

from aelib import notebooks, quiz

pytestmark = test_browser.pytestmark
lab, browser, page = test_browser.lab, test_browser.browser, test_browser.page


def book(folder, *sources):
    """Return a notebook that shows the quiz `probe` of a folder, and has cells after it."""
    (folder / "quizzes").mkdir(exist_ok=True)
    (folder / "quizzes" / "probe.json").write_text(json.dumps(PROBE), "utf-8")
    first = "import pathlib\nfrom aelib import quiz\nquiz.FOLDER = pathlib.Path('quizzes')\nq = quiz.quiz('probe')\nq"
    cells = [nbformat.v4.new_code_cell(source) for source in (first, *sources)]
    return nbformat.v4.new_notebook(cells=cells, metadata=notebooks.METADATA)


def saved(folder, monkeypatch):
    """Return the same notebook as the writer would save it: with the output, without a widget."""
    made = book(folder)
    monkeypatch.setattr(quiz, "FOLDER", folder / "quizzes")
    bundle = quiz.quiz("probe")._repr_mimebundle_()
    made.cells[0].outputs = [nbformat.v4.new_output("execute_result", bundle, execution_count=1)]
    made.cells[0].execution_count = 1
    return made


def form(page, question):
    return page.locator(f".aelib-quiz form[data-question={question['id']}]")


def press(page, question, name):
    form(page, question).get_by_role("button", name=name, exact=True).click()


def said(page, question):
    return form(page, question).locator(".aelib-quiz-said").inner_text()


def theme(page, name):
    page.evaluate(f"() => window.jupyterapp.commands.execute('apputils:change-theme', {{theme: 'JupyterLab {name}'}})")
    page.wait_for_function(f"() => document.body.dataset.jpThemeName === 'JupyterLab {name}'")
    page.locator("#jupyterlab-splash").wait_for(state="detached")


def answer_all_by_mouse(page):
    """Answer each question: partly right and then right; right; with mistakes; in order."""
    press(page, MANY, "Check")
    assert "Choose at least one answer" in said(page, MANY)
    for name in ("an encoder", "an image"):
        form(page, MANY).get_by_label(name).click()
    assert said(page, MANY) == "" or "Choose" in said(page, MANY), "no feedback before the check"
    press(page, MANY, "Check")
    text = said(page, MANY)
    assert "2 of 3 right choices, nothing wrong chosen. 0 of 1 point." in text and MANY["explanation"] in text
    assert "✓ Right: an encoder. It makes the code" in text
    assert "Not chosen, but right: a decoder. It draws" in text and "No label is used" not in text
    press(page, MANY, "Try again")
    assert said(page, MANY) == ""
    form(page, MANY).get_by_label("a decoder").click()
    press(page, MANY, "Check")
    assert "Right. 0.5 of 1 point." in said(page, MANY)

    form(page, ONE).get_by_label("an image").click()
    press(page, ONE, "Check")
    assert "Right. 2 of 2 points." in said(page, ONE) and "input and target" in said(page, ONE)

    press(page, NUMBER, "Hint (2 left)")
    assert "A first nudge." in form(page, NUMBER).inner_text()
    assert "A second nudge." not in form(page, NUMBER).inner_text()
    form(page, NUMBER).get_by_label("Your number").fill("two")
    press(page, NUMBER, "Check")
    assert "Type a number" in said(page, NUMBER)
    form(page, NUMBER).get_by_label("Your number").fill("-3")
    press(page, NUMBER, "Check")
    assert "It is never negative." in said(page, NUMBER) and "Not right yet. 0 of 1 point." in said(page, NUMBER)


EXPECTED = {"parts": ("right", 0.5, 2), "target": ("right", 2, 1), "loss": ("wrong", 0, 1)}


def test_by_mouse_in_a_kernel_and_python_reads_the_score(lab, page):
    address, folder = lab
    nbformat.write(book(folder, "0"), folder / "mouse.ipynb")
    open_notebook(page, address, "mouse.ipynb")
    page.evaluate("() => window.jupyterapp.commands.execute('notebook:run-all-cells')")
    page.locator(".aelib-quiz").wait_for(timeout=30_000)
    keep(page, "quiz_Light_start")
    answer_all_by_mouse(page)
    for name in ("Light", "Dark"):
        theme(page, name)
        for number, question in enumerate((MANY, NUMBER, ORDER)):
            form(page, question).scroll_into_view_if_needed()
            keep(page, f"quiz_{name}_{number}")
        assert contrasts(page) == []
    text = type_and_run(page, 1, "print(q.score)\nprint({k: (a['outcome'], a['points'], a['tries']) for k, a in "
                        "q.answers.items()})")  # fmt: skip
    assert text.strip() == f"(2.5, 5)\n{EXPECTED}"
    kinds = cells(page)[0]["outputs"][0]["data"]
    assert "text/html" in kinds and "text/plain" in kinds, "what is saved can be read without a kernel"

    page.evaluate("() => window.jupyterapp.commands.execute('docmanager:save')")
    open_notebook(page, address, "mouse.ipynb")
    form(page, MANY).get_by_text("Right. 0.5 of 1 point.").wait_for(timeout=30_000)
    assert form(page, NUMBER).get_by_label("Your number").input_value() == "-3", "the answers are still there"
    press(page, NUMBER, "Try again")
    form(page, NUMBER).get_by_label("Your number").fill("0.693")
    press(page, NUMBER, "Check")
    assert type_and_run(page, 1, "q.score").strip().endswith("(3.0, 5)")


def contrasts(page):
    """Return the texts of the quiz whose contrast with their ground is below 4.5, WCAG's level AA."""
    return page.evaluate(
        """() => {
        const parse = text => { const [r, g, b, a = 1] = text.match(/[\\d.]+/g).map(Number); return [r, g, b, a]; };
        const over = (top, under) => top.slice(0, 3).map((v, i) => v * top[3] + under[i] * (1 - top[3]));
        const ground = node => {
            if (!node) return [255, 255, 255];
            return over(parse(getComputedStyle(node).backgroundColor), ground(node.parentElement));
        };
        const light = colour => colour.map(v => v / 255)
            .map(v => v <= 0.04045 ? v / 12.92 : ((v + 0.055) / 1.055) ** 2.4)
            .reduce((sum, v, i) => sum + v * [0.2126, 0.7152, 0.0722][i], 0);
        const poor = [];
        for (const node of document.querySelectorAll('.aelib-quiz *')) {
            const own = [...node.childNodes].some(n => n.nodeType === 3 && n.textContent.trim());
            if (!own || node.tagName === 'STYLE' || !node.offsetParent) continue;
            const under = ground(node), a = light(under), b = light(over(parse(getComputedStyle(node).color), under));
            const contrast = (Math.max(a, b) + 0.05) / (Math.min(a, b) + 0.05);
            if (contrast < 4.5) poor.push(`${node.tagName} ${node.textContent.slice(0, 30)} ${contrast}`);
        }
        return poor;
    }"""
    )


def test_by_keyboard_alone_in_a_kernel(lab, page):
    address, folder = lab
    nbformat.write(book(folder, "0"), folder / "keys.ipynb")
    open_notebook(page, address, "keys.ipynb")
    page.evaluate("() => window.jupyterapp.commands.execute('notebook:run-all-cells')")
    page.locator(".aelib-quiz").wait_for(timeout=30_000)
    count = len(cells(page))

    def keys(*names):
        for name in names:
            page.keyboard.press(name)

    form(page, MANY).locator("input").first.focus()
    keys("Space", "Tab", "Space", "Tab", "Tab", "Space", "Tab")
    assert page.evaluate("document.activeElement.textContent") == "Check"
    keys("Enter")
    assert page.evaluate("document.activeElement.className") == "aelib-quiz-said"
    assert page.evaluate("document.activeElement.getAttribute('role')") == "status"
    assert "Right. 1 of 1 point." in said(page, MANY)

    keys("Tab")
    assert page.evaluate("document.activeElement.type") == "radio"
    keys("Space", "ArrowDown", "ArrowUp")
    assert page.evaluate("document.activeElement.value") == "a label <b>", "arrows move within the choices"
    keys("Tab", "Space")
    assert "Not right yet. 0 of 2 points." in said(page, ONE) and "No label is used" in said(page, ONE)
    keys("Shift+Tab", "Shift+Tab")
    assert page.evaluate("document.activeElement.textContent") == "Try again"
    keys("Enter", "ArrowDown", "Tab", "Enter")
    assert "Right. 1 of 2 points." in said(page, ONE)

    keys("Tab")
    page.keyboard.type("0.693")
    keys("Enter")
    assert "That is ln 2, in nats." in said(page, NUMBER)

    steps = [answer["answer"] for answer in ORDER["answers"]]
    for place, step in enumerate(steps):
        while form(page, ORDER).locator("li[data-step]").nth(place).get_attribute("data-step") != step:
            form(page, ORDER).get_by_role("button", name=f"Move up: {step}").focus()
            keys("Space")
            assert page.evaluate("document.activeElement.ariaLabel") == f"Move up: {step}", "the focus stays"
            assert f"{step}: place" in form(page, ORDER).locator(".aelib-quiz-spoken").inner_text()
    form(page, ORDER).get_by_role("button", name="Check").focus()
    outline = page.evaluate("getComputedStyle(document.activeElement).outline")
    assert "solid 3px" in outline, "the focus is seen"
    keep(page, "quiz_focus")
    keys("Enter")
    assert "That is the way of an image." in said(page, ORDER)
    assert len(cells(page)) == count, "no key reached JupyterLab"
    assert type_and_run(page, 1, "q.score").strip().endswith("(4, 5)")


def test_a_page_made_from_a_saved_notebook_works_without_python(tmp_path, browser, page, monkeypatch):
    made = saved(tmp_path, monkeypatch)
    assert len(json.dumps(made.cells[0].outputs)) < 60_000 and not notebooks.faults(made)
    exporter = HTMLExporter(mathjax_url="", require_js_url="", jquery_url="")
    body, _ = exporter.from_notebook_node(made)
    (tmp_path / "static.html").write_text(body, "utf-8")
    errors = []
    page.on("console", lambda message: errors.append(message.text) if message.type == "error" else None)
    monkeypatch.setattr(test_browser, "leaves", lambda url: not url.startswith(("file:", "data:")))
    page.goto((tmp_path / "static.html").as_uri())
    page.locator(".aelib-quiz").wait_for()
    answer_all_by_mouse(page)
    assert "Score: 2.5 of 5 points. This page does not keep it." in page.locator(".aelib-quiz").inner_text()
    assert "Run this cell" not in page.locator(".aelib-quiz").inner_text()
    assert contrasts(page) == [] and errors == []
    keep(page, "quiz_static")


@pytest.mark.parametrize("trusted", [False, True])
def test_a_saved_notebook_shows_the_questions_and_no_secret_before_it_runs(lab, page, monkeypatch, trusted):
    address, folder = lab
    made = saved(folder, monkeypatch)
    made.cells[0].metadata.trusted = trusted
    name = f"saved_{trusted}.ipynb"
    nbformat.write(made, folder / name)
    open_notebook(page, address, name)
    if trusted:
        trust = "for (const cell of window.jupyterapp.shell.currentWidget.content.model.cells) cell.trusted = true"
        page.evaluate(f"() => {{ {trust} }}")
        page.locator(".aelib-quiz").wait_for(timeout=10_000)
        answer_all_by_mouse(page)
        keep(page, "quiz_trusted")
        return
    shown = page.locator(".jp-OutputArea-output").first
    shown.get_by_text("Run this cell to answer.").wait_for(timeout=10_000)
    inside = shown.evaluate("node => node.outerHTML")
    for text in secrets(PROBE):
        assert text not in inside
    assert "<script" not in inside and "const CSS" not in inside and not re.search("[A-Za-z0-9_]{60}", inside)
    for question in PROBE:
        assert question["question"].replace("`", "") in shown.inner_text()
    for name in ("Light", "Dark"):
        theme(page, name)
        keep(page, f"quiz_{name}_untrusted")
