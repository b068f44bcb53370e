"""The quizzes in a real JupyterLab and in a static page: by mouse, by keys, trusted or not, kernels new and old."""

import json
import re

import nbformat
import pytest
import test_browser
from nbconvert import HTMLExporter
from test_browser import cells, keep, open_notebook, type_and_run
from test_quiz import FORMULA, FORMULAS_IN_ORDER, LATEX, MANY, NUMBER, ONE, ORDER, PROBE, secrets

from aelib import quiz
from tools import notebooks

pytestmark = test_browser.pytestmark
lab, browser, page = test_browser.lab, test_browser.browser, test_browser.page


def book(folder, *sources, questions=PROBE):
    """Return a notebook that shows the quiz `probe` of a folder, and has cells after it."""
    (folder / "quizzes").mkdir(exist_ok=True)
    (folder / "quizzes" / "probe.json").write_text(json.dumps(questions), "utf-8")
    first = "import pathlib\nfrom aelib import quiz\nquiz.FOLDER = pathlib.Path('quizzes')\nq = quiz.quiz('probe')\nq"
    cells = [nbformat.v4.new_code_cell(source) for source in (first, *sources)]
    return nbformat.v4.new_notebook(cells=cells, metadata=notebooks.METADATA)


def saved(folder, monkeypatch, questions=PROBE):
    """Return the same notebook as the writer would save it: with the output, without a kernel."""
    made = book(folder, questions=questions)
    monkeypatch.setattr(quiz, "FOLDER", folder / "quizzes")
    bundle = quiz.quiz("probe")._repr_mimebundle_()
    made.cells[0].outputs = [nbformat.v4.new_output("execute_result", bundle, execution_count=1)]
    made.cells[0].execution_count = 1
    return made


def form(page, question):
    return page.locator(f".aelib-quiz form[data-question='{question['id']}']")


def press(page, question, name):
    form(page, question).get_by_role("button", name=name, exact=True).click()


def said(page, question):
    return form(page, question).locator(".aelib-quiz-said").inner_text()


def score(page):
    return page.locator(".aelib-quiz > p").last.inner_text().strip()


ALONE = "This page does not keep it; run the cell again to connect it to Python."


def connected(page):
    """Wait until the quiz is drawn and its kernel has all its answers."""
    page.locator(".aelib-quiz > p", has_text=re.compile(r"points\.\s*$")).last.wait_for(timeout=30_000)


def told(page, name, expression):
    """Return what the kernel of an open notebook says to an expression."""
    return page.evaluate(
        """async ([name, expression]) => {
            const panels = [...window.jupyterapp.shell.widgets("main")];
            const kernel = panels.find(panel => panel.context?.path === name).sessionContext.session.kernel;
            const asked = { code: "", user_expressions: { it: expression }, store_history: false };
            return (await kernel.requestExecute(asked).done).content.user_expressions.it.data["text/plain"];
        }""",
        [name, expression],
    )


def run_all(page):
    page.evaluate("() => window.jupyterapp.commands.execute('notebook:run-all-cells')")
    connected(page)


def save(page):
    page.evaluate("() => window.jupyterapp.commands.execute('docmanager:save')")


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
    run_all(page)
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
    assert sorted(kinds) == ["text/html", "text/plain"], "what is saved can be read without a kernel"

    save(page)
    open_notebook(page, address, "mouse.ipynb")
    form(page, MANY).get_by_text("Right. 0.5 of 1 point.").wait_for(timeout=30_000)
    assert form(page, NUMBER).get_by_label("Your number").input_value() == "-3", "the answers are still there"
    connected(page)
    assert score(page) == "Score: 2.5 of 5 points."
    press(page, NUMBER, "Try again")
    form(page, NUMBER).get_by_label("Your number").fill("0.693")
    press(page, NUMBER, "Check")
    assert type_and_run(page, 1, "q.score").strip().endswith("(3.0, 5)")


def answer_one(page):
    form(page, ONE).get_by_label("an image").click()
    press(page, ONE, "Check")


def test_with_a_new_kernel_the_form_works_alone_and_says_so_until_the_cell_runs_again(lab, page):
    address, folder = lab
    nbformat.write(book(folder, "0"), folder / "again.ipynb")
    open_notebook(page, address, "again.ipynb")
    run_all(page)
    answer_one(page)
    connected(page)
    assert told(page, "again.ipynb", "q.score") == "(2, 5)"
    save(page)
    page.evaluate("() => window.jupyterapp.shell.currentWidget.sessionContext.restartKernel()")
    page.get_by_text(f"Score: 2 of 5 points. {ALONE}").wait_for(timeout=30_000)
    keep(page, "quiz_restarted")

    open_notebook(page, address, "again.ipynb")
    page.get_by_text(f"Score: 0 of 5 points. {ALONE}").wait_for(timeout=30_000)
    answer_one(page)
    assert score(page) == f"Score: 2 of 5 points. {ALONE}" and "input and target" in said(page, ONE)
    assert not re.search("model not found|displaying widget", page.locator("body").text_content(), re.I)
    keep(page, "quiz_reopened")

    run_all(page)
    assert score(page) == "Score: 0 of 5 points.", "the cell makes a new quiz"
    answer_one(page)
    connected(page)
    assert told(page, "again.ipynb", "q.score") == "(2, 5)"


def test_with_another_kernel_the_form_says_that_an_answer_was_not_taken(lab, page):
    address, folder = lab
    nbformat.write(book(folder), folder / "other.ipynb")
    open_notebook(page, address, "other.ipynb")
    run_all(page)
    page.evaluate("() => window.jupyterapp.shell.currentWidget.sessionContext.changeKernel({name: 'python3'})")
    answer_one(page)
    assert score(page).startswith("Score: 2 of 5 points. Python has not taken the last answer yet;")


def test_two_notebooks_with_the_same_quiz_do_not_mix_and_two_cells_with_the_same_do(lab, page):
    address, folder = lab
    for name in ("first.ipynb", "second.ipynb"):
        nbformat.write(book(folder, "q"), folder / name)
    open_notebook(page, address, "first.ipynb")
    page.evaluate("() => window.jupyterapp.commands.execute('docmanager:open', {path: 'second.ipynb'})")
    for name, question, label in (("second", ONE, "an image"), ("first", MANY, "an encoder")):
        page.evaluate(f"() => window.jupyterapp.commands.execute('docmanager:open', {{path: '{name}.ipynb'}})")
        panel = page.locator(".jp-NotebookPanel:not(.lm-mod-hidden)")
        page.evaluate("() => window.jupyterapp.shell.currentWidget.sessionContext.ready")
        page.evaluate("() => window.jupyterapp.commands.execute('notebook:run-all-cells')")
        upper, lower = (panel.locator(".jp-CodeCell").nth(i) for i in (0, 1))
        for cell in (upper, lower):
            connected(cell)
            assert score(cell) == "Score: 0 of 5 points."
        form(lower, question).get_by_label(label).click()
        press(lower, question, "Check")
        connected(upper)
        assert said(upper, question) == said(lower, question) != "" and score(upper) == score(lower)
        assert form(upper, question).get_by_label(label).is_checked()
    assert told(page, "second.ipynb", "q.score, list(q.answers)") == "((2, 5), ['target'])"
    assert told(page, "first.ipynb", "q.score, list(q.answers)") == "((0, 5), ['parts'])"


def test_what_was_answered_before_the_model_came_counts_where_the_model_has_no_answer(page, tmp_path, monkeypatch):
    saved(tmp_path, monkeypatch)
    made = quiz.quiz("probe")
    html = made._page().replace('quiz-page">', 'quiz-page" data-model="ours">')
    (tmp_path / "page.html").write_text(f"<!doctype html><meta charset=utf-8>{html}", "utf-8")
    monkeypatch.setattr(test_browser, "leaves", lambda url: not url.startswith(("file:", "blob:")))
    page.goto((tmp_path / "page.html").as_uri())
    assert score(page) == f"Score: 0 of 5 points. {ALONE}"
    answer_one(page)
    form(page, NUMBER).get_by_label("Your number").fill("1")
    press(page, NUMBER, "Check")
    form(page, MANY).get_by_label("an image").click()
    page.evaluate(
        """async code => {
            const file = new Blob([code], { type: "text/javascript" });
            const { default: widget } = await import(URL.createObjectURL(file));
            const heard = {};
            const known = { given: ["0.693"], outcome: "right", points: 1, tries: 1 };
            const state = { token: "ours", kept: 1, answers: { loss: known } };
            window.model = {
                state, get: name => state[name], set: (name, value) => { state[name] = value; },
                save_changes() { state.kept = 2; heard.change(); },
                on: (name, call) => { heard[name] = call; }, off() {},
            };
            widget.initialize({ model: { ...window.model, get: name => name === "token" ? "theirs" : {} } });
            window.leave = widget.initialize({ model: window.model });
        }""",
        quiz.SCRIPT.read_text("utf-8"),
    )
    assert score(page) == "Score: 3 of 5 points."
    assert form(page, NUMBER).get_by_label("Your number").input_value() == "0.693" and "ln 2" in said(page, NUMBER)
    assert page.evaluate("Object.keys(window.model.state.answers).sort()") == ["loss", "target"]
    assert form(page, MANY).get_by_label("an image").is_checked(), "a form that is being filled in stays as it is"
    page.evaluate("window.leave()")
    assert score(page) == f"Score: 3 of 5 points. {ALONE}"


def contrasts(page, inside=".aelib-quiz"):
    """Return the texts in parts of a page whose contrast with their ground is below 4.5, WCAG's level AA."""
    return page.evaluate(
        """inside => {
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
        for (const node of document.querySelectorAll(`${inside} *`)) {
            const own = [...node.childNodes].some(n => n.nodeType === 3 && n.textContent.trim());
            if (!own && node.type !== 'text' || node.tagName === 'STYLE' || !node.offsetParent) continue;
            const under = ground(node), a = light(under), b = light(over(parse(getComputedStyle(node).color), under));
            const contrast = (Math.max(a, b) + 0.05) / (Math.min(a, b) + 0.05);
            if (contrast < 4.5) poor.push(`${node.tagName} ${node.textContent.slice(0, 30)} ${contrast}`);
        }
        return poor;
    }""",
        inside,
    )


def test_by_keyboard_alone_in_a_kernel(lab, page):
    address, folder = lab
    nbformat.write(book(folder, "0"), folder / "keys.ipynb")
    open_notebook(page, address, "keys.ipynb")
    run_all(page)
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
    assert score(page) == f"Score: 2.5 of 5 points. {ALONE}"
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


def drawn(place):
    """Return the formulas of a place in the page, {LaTeX: (width, height)}; a fraction lies over what divides it."""
    formulas = place.locator("math")
    for fraction in formulas.locator("mfrac").all():
        over, under = (fraction.locator("> *").nth(i).bounding_box() for i in (0, 1))
        assert over["y"] + over["height"] <= under["y"] and over["x"] < under["x"] + under["width"]
    boxes = {formula.get_attribute("alttext"): formula.bounding_box() for formula in formulas.all()}
    return {latex: (box["width"], box["height"]) for latex, box in boxes.items()}


def answer_with_formulas(page):
    """Answer both questions that hold formulas, and look at each formula as it comes."""
    assert page.locator(".aelib-quiz legend code").inner_text() == "x"
    assert sorted(drawn(page.locator(".aelib-quiz"))) == sorted([LATEX[i] for i in (0, 2, 4, 7, 8)])
    assert list(drawn(form(page, FORMULA).locator("legend"))) == LATEX[:1]
    assert list(drawn(form(page, FORMULA).locator("label"))) == LATEX[4:5]
    press(page, FORMULA, "Hint (1 left)")
    form(page, FORMULA).locator("label", has=page.locator("math")).click()
    press(page, FORMULA, "Check")
    assert "Right. 2 of 2 points." in said(page, FORMULA)
    assert list(drawn(form(page, FORMULA).locator(".aelib-quiz-said"))) == [LATEX[4], LATEX[5], LATEX[1]]

    form(page, FORMULAS_IN_ORDER).get_by_role("button", name=rf"Move up: {LATEX[7]} first", exact=True).click()
    assert form(page, FORMULAS_IN_ORDER).locator(".aelib-quiz-spoken").inner_text() == (
        rf"{LATEX[7]} first: place 1 of 2."
    )
    press(page, FORMULAS_IN_ORDER, "Check")
    assert list(drawn(form(page, FORMULAS_IN_ORDER).locator(".aelib-quiz-said"))) == LATEX[9:10]

    boxes = drawn(page.locator(".aelib-quiz"))
    assert set(boxes) == set(LATEX) - {LATEX[6], LATEX[10]}, "all but the feedback to other answers"
    assert all(4 < width < 200 and 8 < height < 60 for width, height in boxes.values()), boxes
    assert boxes[LATEX[5]][1] > 1.3 * boxes[LATEX[1]][1], "a fraction is higher than a line"
    assert "$" not in page.locator(".aelib-quiz").evaluate("it => it.innerText")
    assert page.locator(".aelib-quiz mjx-container").count() == 0, "MathJax has nothing to do"


def test_formulas_are_drawn_in_a_kernel_in_both_themes(lab, page):
    address, folder = lab
    nbformat.write(book(folder, questions=[FORMULA, FORMULAS_IN_ORDER]), folder / "formulas.ipynb")
    open_notebook(page, address, "formulas.ipynb")
    run_all(page)
    answer_with_formulas(page)
    assert told(page, "formulas.ipynb", "q.score") == "(3, 3)"
    for name in ("Light", "Dark"):
        theme(page, name)
        colour, around = (
            page.locator(f".aelib-quiz legend{inside}").first.evaluate("it => getComputedStyle(it).color")
            for inside in (" math", "")
        )
        assert colour == around
        keep(page, f"quiz_{name}_formulas")


def test_formulas_are_drawn_in_a_page_made_from_a_saved_notebook(tmp_path, page, monkeypatch):
    made = saved(tmp_path, monkeypatch, [FORMULA, FORMULAS_IN_ORDER])
    body, _ = HTMLExporter(mathjax_url="", require_js_url="", jquery_url="").from_notebook_node(made)
    (tmp_path / "static.html").write_text(body, "utf-8")
    monkeypatch.setattr(test_browser, "leaves", lambda url: not url.startswith(("file:", "data:")))
    page.goto((tmp_path / "static.html").as_uri())
    answer_with_formulas(page)
    keep(page, "quiz_static_formulas")


def test_where_no_script_runs_a_formula_is_shown_as_latex(lab, page, monkeypatch):
    address, folder = lab
    made = saved(folder, monkeypatch, [FORMULA, FORMULAS_IN_ORDER])
    nbformat.write(made, folder / "saved_formulas.ipynb")
    open_notebook(page, address, "saved_formulas.ipynb")
    shown = page.locator(".jp-OutputArea-output").first
    shown.get_by_text("Run this cell to answer.").wait_for(timeout=10_000)
    expected = ["x", LATEX[0], LATEX[2], LATEX[4], LATEX[8], LATEX[7]]
    assert shown.locator("code").all_inner_texts() == expected
    assert "$" not in shown.inner_text() and shown.locator("mjx-container").count() == 0
    assert rf"Is x small when {LATEX[0]}?" in shown.inner_text()
    keep(page, "quiz_untrusted_formulas")
