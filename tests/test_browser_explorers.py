"""The explorers in Chromium, in a JupyterLab and a static page: moved by mouse and keys, drawn at once, offline."""

import statistics

import nbformat
import pytest
import test_browser
from nbconvert import HTMLExporter
from test_browser import cells, keep, open_notebook
from test_browser_quiz import theme

from tools import notebooks

pytestmark = test_browser.pytestmark
lab, browser, page = test_browser.lab, test_browser.browser, test_browser.page

MODELS = """
from aelib import lesson
lesson.start()
import keras
import numpy as np
from aelib import data, explorers, factories, training
keras.utils.set_random_seed(0)  # in some trained by chance, so few units are above 0 that more of them change nothing
(x, digits), (images, labels) = data.digits()
def trained(factory, *sizes):
    models = getattr(factories, factory)(784, *sizes)
    training.fit(models[2], x, epochs=1)
    return models
deep, plane = trained("vanilla", [128, 64], 32), trained("variational", [64], 2)
plain = trained("vanilla", [64], 2)
units = {"dense": trained("vanilla", [64], 32)[:2], "sparse": trained("sparse", [64], 32, 1e-3)[:2]}
betas = {beta: trained("variational", [size], 2)[:2] for beta, size in ((0.5, 64), (1, 48), (4, 32))}
few = images[:10]
sizes = {2: trained("vanilla", [16], 2)[:2], 8: trained("vanilla", [16], 8)[:2], 32: deep[:2]}
arrows = {density: np.random.default_rng(0).normal(size=(50, 5, 2)) * density for density in (1.0, 0.3, 0.1)}
conv = factories.convolutional((28, 28, 1), [8, 4, 4], (4, 4, 4))
both = {"dense": deep[2], "convolutional": conv[2]}
code, label = keras.Input((10,)), keras.Input((10,))
hidden = keras.layers.Dense(64, "relu")(keras.layers.Concatenate()([code, label]))
asked = keras.Model([code, label], keras.layers.Dense(784, "sigmoid")(hidden))
look = [keras.layers.Reshape((28, 28, 1)), keras.layers.Conv2D(8, 4, strides=4)]
tiles = [keras.layers.Reshape((7, 7, 4, 4)), keras.layers.Permute((1, 3, 2, 4)), keras.layers.Reshape((784,))]
drawing = [keras.layers.Conv2D(8, 3, padding="same"), keras.layers.Dense(16)]
square = keras.Sequential([keras.Input((784,)), *look]), keras.Sequential([keras.Input((7, 7, 8)), *drawing, *tiles])
book = 3 * np.random.default_rng(0).normal(size=(12, 8))
"""
SHOWN = {
    "numbers kept": "explorers.numbers_kept(*deep[:2], x, few)",
    "latent plane": "explorers.latent_plane(*deep[:2], images, labels)",
    "variational plane": "explorers.latent_plane(*plane[:2], images, labels)",
    "path": "explorers.path(*deep[:2], few)",
    "code units": "explorers.code_units(units, x, few)",
    "noise levels": "explorers.noise_levels(deep[2], few)",
    "shifts": "explorers.shifts(both, few)",
    "two Gaussians": "explorers.two_gaussians()",
    "betas": "explorers.betas(betas, images, labels, few)",
    "code sizes": "explorers.code_sizes(sizes, x, few)",
    "sliding window": "explorers.sliding_window(few, conv[0].get_weights()[0][:, :, 0, 0])",
    "features": "explorers.features(arrows)",
    "draw a digit": "explorers.draw_a_digit({'plain': plain[:2], 'variational': plane[:2]}, images, labels, few)",
    "reparameterisation": "explorers.reparameterisation(*plane[:2], images, labels, few)",
    "code by hand": "explorers.code_by_hand(*deep[:2], images, few)",
    "ask for a digit": "explorers.ask_for_a_digit(asked)",
    "swap a token": "explorers.swap_a_token(square[0], book, square[1], images, few)",
}


@pytest.fixture(scope="module")
def executed(lab, browser):
    """The page of a notebook that has run and shows all explorers, and what it noted."""
    address, folder = lab
    sources = [MODELS, *SHOWN.values()]
    book = nbformat.v4.new_notebook(
        cells=[nbformat.v4.new_code_cell(source) for source in sources], metadata=notebooks.METADATA
    )
    nbformat.write(book, folder / "explorers.ipynb")
    page = browser.new_page(viewport={"width": 1280, "height": 900})
    page.left, page.errors = [], []
    listen(page)
    open_notebook(page, address, "explorers.ipynb")
    page.evaluate("() => window.jupyterapp.commands.execute('notebook:run-all-cells')")
    page.locator(".aelib-explorer form").nth(len(SHOWN) - 1).wait_for(timeout=120_000)
    assert not [o for cell in cells(page) for o in cell["outputs"] if o["output_type"] == "error"]
    yield page
    page.close()


def listen(page):
    """Note the requests that leave this machine, and what scripts complain about."""
    page.on("request", lambda r: page.left.append(r.url) if test_browser.leaves(r.url) else None)
    page.on("pageerror", lambda error: page.errors.append(str(error)))


def drawn(explorer):
    """Return all that an explorer draws, as data URLs in one text."""
    return explorer.evaluate("node => [...node.querySelectorAll('figure canvas')].map(c => c.toDataURL()).join()")


def moves_with_mouse_and_keys(page, explorer):
    """Move every control of an explorer by mouse and then by an arrow key; each time the picture must change."""
    sliders, radios = explorer.locator("input[type=range]"), explorer.locator("fieldset")
    assert sliders.count() >= 1
    for i in range(sliders.count()):
        slider = sliders.nth(i)
        slider.scroll_into_view_if_needed()
        box = slider.bounding_box()
        seen = set()
        for share in (0.1, 0.95):
            across, down = (0.5, share) if box["height"] > box["width"] else (share, 0.5)  # some stand upright
            page.mouse.move(box["x"] + 0.5 * box["width"], box["y"] + box["height"] / 2)
            page.mouse.down()
            page.mouse.move(box["x"] + across * box["width"], box["y"] + down * box["height"], steps=3)
            page.mouse.up()
            seen.add(drawn(explorer))
        assert len(seen) == 2, f"slider {i} by mouse"
        slider.focus()
        before, value = drawn(explorer), slider.input_value()
        inwards = slider.evaluate("it => it.value * 2 > +it.min + +it.max ? 'ArrowLeft' : 'ArrowRight'")
        for _ in range(40):  # a unit that is 0 changes nothing when it is left out
            page.keyboard.press(inwards)
            if drawn(explorer) != before:
                break
        assert drawn(explorer) != before and slider.input_value() != value, f"slider {i} by key"
    for i in range(radios.count()):
        before = drawn(explorer)
        radios.nth(i).locator("label").nth(1).click()
        assert drawn(explorer) != before, f"choice {i} by mouse"
        before = drawn(explorer)
        page.keyboard.press("ArrowLeft")
        assert drawn(explorer) != before, f"choice {i} by key"


@pytest.mark.parametrize("name", SHOWN)
def test_each_control_moves_the_picture_by_mouse_and_by_arrow_keys_and_no_key_reaches_jupyterlab(executed, name):
    explorer = executed.locator(".aelib-explorer").nth(list(SHOWN).index(name))
    before = cells(executed)
    moves_with_mouse_and_keys(executed, explorer)
    assert [cell["source"] for cell in cells(executed)] == [cell["source"] for cell in before]
    assert executed.evaluate("() => document.activeElement.tagName") == "INPUT", "the focus stays on the control"
    assert executed.left == [] and executed.errors == []


@pytest.mark.parametrize("name", ["latent plane", "variational plane"])
def test_the_point_is_dragged_over_the_plane_and_moved_by_arrows_both_ways(executed, name):
    explorer = executed.locator(".aelib-explorer").nth(list(SHOWN).index(name))
    plot = explorer.locator("canvas:not(.aelib-explorer-picture)")
    plot.scroll_into_view_if_needed()
    box = plot.bounding_box()
    seen = set()
    executed.mouse.move(box["x"] + 200, box["y"] + 200)
    executed.mouse.down()
    for step in range(5):
        executed.mouse.move(box["x"] + 120 + 40 * step, box["y"] + 300 - 50 * step)
        seen.add(drawn(explorer))
    executed.mouse.up()
    assert len(seen) == 5
    across, up = (explorer.locator("input[type=range]").nth(i) for i in (0, 1))
    for key, changed, kept in (("ArrowLeft", across, up), ("ArrowUp", up, across)):
        before = changed.input_value(), kept.input_value(), drawn(explorer)
        executed.keyboard.press(key)
        assert changed.input_value() != before[0] and kept.input_value() == before[1], key
        assert drawn(explorer) != before[2]
    assert "The nearest code" in explorer.locator("[role=status]").inner_text()


@pytest.mark.parametrize("name", SHOWN)
def test_a_move_is_drawn_before_anything_else_can_happen(executed, name):
    """So it waits for no kernel. How long it takes is printed: 16 ms are a frame of the screen."""
    explorer = executed.locator(".aelib-explorer").nth(list(SHOWN).index(name))
    choices = explorer.locator("fieldset")
    for i in range(choices.count()):  # between two images that are the same no move changes anything
        choices.nth(i).locator("label").nth(i).click()
    moves = explorer.evaluate("""async node => {
        const slider = node.querySelector('input[type=range]'), settled = [], moves = [];
        const pictures = () => [...node.querySelectorAll('figure canvas')].map(it => it.toDataURL()).join();
        const move = place => {
            slider.value = Number(slider.min) + (slider.max - slider.min) * place / 2;
            slider.dispatchEvent(new Event('input'));
        };
        for (let i = 0; i < 6; i++) {  // twice: some plots keep what was tried
            move(i % 3);
            await new Promise(resolve => setTimeout(resolve, 100));
            settled[i % 3] = pictures();
        }
        for (let i = 0; i < 30; i++) {
            const start = performance.now();
            move(i % 3);
            for (const canvas of node.querySelectorAll('figure canvas'))
                canvas.getContext('2d').getImageData(0, 0, 1, 1);  // waits until it is drawn
            moves.push({ms: performance.now() - start, drawn: pictures() === settled[i % 3]});
        }
        return {moves, kinds: new Set(settled).size};
    }""")
    times = [move["ms"] for move in moves["moves"]]
    print(f"{name}: median {statistics.median(times):.1f} ms, slowest {max(times):.1f} ms")
    assert moves["kinds"] >= 2, "units of a relu that are 0 change nothing half of the way"
    assert all(move["drawn"] for move in moves["moves"]), "what is drawn at once is what is there a while later"


def test_they_look_right_in_both_themes(executed):
    """Leaves pictures for a person to look at; the contrast of the text is measured elsewhere."""
    for name in ("Light", "Dark"):
        theme(executed, name)
        for i, what in enumerate(SHOWN):
            explorer = executed.locator(".aelib-explorer").nth(i)
            explorer.scroll_into_view_if_needed()
            assert explorer.locator("figure canvas").first.is_visible()
            keep(executed, f"explorer_{what.replace(' ', '_')}_{name}")


def saved(executed):
    """Return the notebook as the writer saves it."""
    book = nbformat.from_dict(executed.evaluate("() => window.jupyterapp.shell.currentWidget.content.model.toJSON()"))
    return notebooks.normalised(book)


def test_what_is_saved_may_be_published(executed):
    assert notebooks.faults(saved(executed)) == []


def test_a_page_made_from_the_notebook_works_without_python(executed, tmp_path, page, monkeypatch):
    exporter = HTMLExporter(mathjax_url="", require_js_url="", jquery_url="")
    body, _ = exporter.from_notebook_node(saved(executed))
    (tmp_path / "static.html").write_text(body, "utf-8")
    complaints = []
    page.on("console", lambda message: complaints.append(message.text) if message.type == "error" else None)
    monkeypatch.setattr(test_browser, "leaves", lambda url: not url.startswith(("file:", "data:", "blob:")))
    page.goto((tmp_path / "static.html").as_uri())
    explorers = page.locator(".aelib-explorer")
    assert explorers.count() == len(SHOWN)
    for i in range(len(SHOWN)):
        moves_with_mouse_and_keys(page, explorers.nth(i))
    assert complaints == []


def test_an_untrusted_notebook_shows_question_and_figure(lab, executed, page):
    address, folder = lab
    book = saved(executed)
    nbformat.write(book, folder / "untrusted.ipynb")
    open_notebook(page, address, "untrusted.ipynb")
    pictures = page.locator(".jp-OutputArea-output img")
    pictures.nth(len(SHOWN) - 1).wait_for(timeout=10_000)
    assert pictures.count() == len(SHOWN)
    for i in range(len(SHOWN)):
        assert pictures.nth(i).evaluate("node => node.complete && node.naturalWidth > 100"), "the figure is drawn"
        assert len(pictures.nth(i).get_attribute("alt")) > 20
    text = page.locator(".jp-Notebook").inner_text()
    assert text.count("Run this cell to move it.") == len(SHOWN) and "kernel" not in text
    assert page.locator(".jp-OutputArea-output script, .aelib-explorer form").count() == 0
    keep(page, "explorers_untrusted")
