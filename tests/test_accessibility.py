"""What axe-core, the accessibility checker, finds in quizzes, explorers, check reports and progress, in both themes."""

import os
import pathlib

import nbformat
import pytest
import test_browser
from test_browser import cells, open_notebook
from test_browser_quiz import theme

from tools import notebooks

AXE = os.environ.get("AELIB_AXE")  # the path of axe.min.js, from npm's package axe-core
pytestmark = [
    *test_browser.pytestmark,
    pytest.mark.skipif(not AXE, reason="AELIB_AXE does not name a copy of axe.min.js"),
]
lab, browser, page = test_browser.lab, test_browser.browser, test_browser.page

PREPARE = """
import os, time
os.environ.pop("CI", None), os.environ.pop("PYTEST_VERSION", None)
os.environ["AELIB_PROGRESS"] = "progress.json"
from aelib import ledger, lesson, progress
lesson.start()
import keras
import numpy as np
from aelib import data, explorers, factories
from aelib.exercises import lesson_00
from aelib.quiz import quiz
(x, digits), (images, labels) = data.digits()
deep, plane = factories.vanilla(784, [32], 8), factories.variational(784, [32], 2)
few = images[:10]
code, label = keras.Input((2,)), keras.Input((10,))
hidden = keras.layers.Dense(8, "relu")(keras.layers.Concatenate()([code, label]))
asked = keras.Model([code, label], keras.layers.Dense(784, "sigmoid")(hidden))
look = [keras.layers.Reshape((28, 28, 1)), keras.layers.Conv2D(2, 7, strides=7)]
square = keras.Sequential([keras.Input((784,)), *look])
drawing = keras.Sequential([keras.Input((4, 4, 2)), keras.layers.Flatten(), keras.layers.Dense(784)])
ledger.record("question", "00-loss", "wrong", now=0)
"""
SHOWN = [
    "quiz('00')",
    "quiz('01')",
    "quiz('graded')",
    "explorers.numbers_kept(*deep[:2], x, few)",
    "explorers.latent_plane(*plane[:2], images, labels)",
    "explorers.path(*deep[:2], few)",
    "explorers.code_units({'one': deep[:2], 'other': deep[:2]}, x, few)",
    "explorers.noise_levels(deep[2], few)",
    "explorers.shifts({'dense': deep[2]}, few)",
    "explorers.two_gaussians()",
    "explorers.betas({1: plane[:2], 2: plane[:2]}, images, labels, few)",
    "explorers.code_sizes({2: factories.vanilla(784, [8], 2)[:2], 8: deep[:2]}, x, few)",
    "explorers.sliding_window(few)",
    "explorers.features({1.0: x[:60].reshape(-1, 5, 2)[:50], 0.1: x[:60].reshape(-1, 5, 2)[50:100]})",
    "explorers.draw_a_digit({'variational': plane[:2]}, images, labels, few)",
    "explorers.reparameterisation(*plane[:2], images, labels, few)",
    "explorers.code_by_hand(*deep[:2], images, few)",
    "explorers.ask_for_a_digit(asked)",
    "explorers.swap_a_token(square, np.eye(8, 2), drawing, images, few)",
    "lesson_00.squared_error.check()",
    "lesson_00.squared_error.check(lambda images, redrawn: (images - redrawn).mean())",
    "lesson_00.squared_error.check(lambda images, redrawn: ((images - redrawn) ** 2).mean())",
    "lesson_00.squared_error.hint()",
    "lesson_00.squared_error.solution()",
    "progress()",
]
LEVELS = ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa"]


@pytest.fixture
def shown(lab, page):
    """A notebook's page that shows everything, with some questions answered in each way."""
    address, folder = lab
    book = nbformat.v4.new_notebook(
        cells=[nbformat.v4.new_code_cell(source) for source in [PREPARE, *SHOWN]], metadata=notebooks.METADATA
    )
    nbformat.write(book, folder / "accessible.ipynb")
    open_notebook(page, address, "accessible.ipynb")
    page.evaluate("() => window.jupyterapp.commands.execute('notebook:run-all-cells')")
    page.locator(".jp-CodeCell").last.get_by_text("Objectives met").wait_for(timeout=240_000)
    assert not [o for cell in cells(page) for o in cell["outputs"] if o["output_type"] == "error"]
    for form in page.locator(".aelib-quiz form").all():  # right, wrong, partly right and empty, as it comes
        if form.locator("label input[type=text]").count():
            form.locator("input").fill("1")
        elif form.locator("label").count():
            form.locator("label").first.click()
        hint = form.get_by_role("button", name="Hint")
        if hint.count():
            hint.click()
        form.get_by_role("button", name="Check", exact=True).click()
    for field in page.locator(".aelib-explorer input[type=text]").all()[:3]:  # with answers to what is no number
        field.fill("ten")
        field.press("Enter")
    return page


def violations(page):
    """What axe-core finds in the outputs: rule, help and places."""
    # It measures the contrast of what is in view only, and takes JupyterLab's body, which has no height, for a screen.
    page.add_style_tag(content="html, body { height: 100vh }")
    height = page.evaluate("() => document.querySelector('.jp-WindowedPanel-inner').scrollHeight")
    page.set_viewport_size({"width": 1280, "height": height + 500})
    page.evaluate("() => document.querySelector('.jp-WindowedPanel-outer').scrollTo(0, 0)")
    page.evaluate("source => { window.axe || eval.call(window, source); }", pathlib.Path(AXE).read_text("utf-8"))
    found = page.evaluate(
        """async levels => {
            const outputs = [...document.querySelectorAll('.jp-OutputArea-output')];
            const found = await axe.run(outputs, { runOnly: levels });
            const contrasts = found.passes.find(({ id }) => id === 'color-contrast');
            const all = outputs.flatMap(output => [...output.querySelectorAll(':not(option, svg *, :disabled)')]);
            const texts = all.filter(element => element.checkVisibility() && [...element.childNodes].some(
                node => node.nodeType === Node.TEXT_NODE && node.data.trim().length > 1));
            const violations = found.violations.map(v => [v.id, v.help, v.nodes.map(n => n.html)]);
            return [contrasts.nodes.length, texts.length, violations];
        }""",
        LEVELS,
    )
    seen, texts, broken = found
    assert seen > 0.95 * texts > 0, f"axe-core has seen {seen} of {texts} texts"
    return broken


@pytest.mark.parametrize("name", ["Light", "Dark"])
def test_nothing_violates_wcag_2_1_a_or_aa(shown, name):
    theme(shown, name)
    outcomes = {node.get_attribute("data-outcome") for node in shown.locator(".aelib-quiz-said").all()}
    assert {"right", "wrong", "partly"} <= outcomes
    assert violations(shown) == []


def test_the_checker_finds_what_is_planted(shown):
    shown.evaluate(
        "() => document.querySelector('.aelib-explorer form').insertAdjacentHTML('beforeend',"
        "'<p style=\"color:#999;background:#fff\">pale</p><input type=range>')"
    )
    assert {"color-contrast", "label"} <= {violation[0] for violation in violations(shown)}
