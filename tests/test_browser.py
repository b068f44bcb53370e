"""A real JupyterLab in Chromium, for other tests too: long runs, the stop button, and the way through an exercise."""

import json
import os
import pathlib
import shutil
import socket
import subprocess
import sys
import time
import urllib.request

import nbformat
import pytest
from mistakes import ATTEMPTS

from aelib.exercises import graded
from tools import notebooks

CHROMIUM = shutil.which("chromium") or shutil.which("google-chrome")
pytestmark = [
    pytest.mark.browser,
    pytest.mark.slow,
    pytest.mark.skipif(CHROMIUM is None, reason="Chromium is not installed"),
]
LESSONS = sorted(path.name for path in notebooks.FOLDER.glob("*.ipynb"))


@pytest.fixture(scope="module")
def lab(tmp_path_factory):
    """A JupyterLab over a copy of the lessons; its address and the folder it serves."""
    yield from serve(tmp_path_factory.mktemp("home"), tmp_path_factory.mktemp("course") / "notebooks", os.environ)


def serve(home, folder, environment, program="jupyterlab"):
    """Yield the address of a server over a new copy of the lessons, and the folder; then end it."""
    shutil.copytree(notebooks.FOLDER, folder, ignore=shutil.ignore_patterns(".ipynb_checkpoints"))
    settings = home / "settings" / "@jupyterlab" / "notebook-extension"
    settings.mkdir(parents=True)  # draw all cells, not only those on the screen
    (settings / "tracker.jupyterlab-settings").write_text(json.dumps({"windowingMode": "none"}))
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    command = [sys.executable, "-m", program, "--no-browser", "--allow-root", "--ip=127.0.0.1", f"--port={port}"]
    command += ["--ServerApp.token=", "--expose-app-in-browser", f"--ServerApp.root_dir={folder}"]
    environment = {name: value for name, value in environment.items() if name != "AELIB_MNIST"}
    environment |= {"HOME": str(home), "JUPYTERLAB_SETTINGS_DIR": str(home / "settings")}
    with open(home / "log", "w") as log:
        server = subprocess.Popen(command, cwd=folder, env=environment, stdout=log, stderr=log)
    address = f"http://127.0.0.1:{port}"
    for _ in range(120):
        try:
            urllib.request.urlopen(f"{address}/api", timeout=1)
            break
        except OSError:
            assert server.poll() is None, (home / "log").read_text()
            time.sleep(0.5)
    yield address, folder
    server.terminate()
    server.wait(30)


@pytest.fixture(scope="module")
def browser():
    sync_api = pytest.importorskip("playwright.sync_api")
    with sync_api.sync_playwright() as playwright:
        arguments = ["--no-sandbox", "--disable-dev-shm-usage", "--disable-background-networking"]
        browser = playwright.chromium.launch(executable_path=CHROMIUM, args=arguments)
        yield browser
        browser.close()


@pytest.fixture
def page(browser):
    """A page that notes the requests that leave this machine and the errors that scripts raise."""
    page = browser.new_page(viewport={"width": 1280, "height": 900})
    page.left, page.errors = [], []
    page.on("request", lambda request: page.left.append(request.url) if leaves(request.url) else None)
    page.on("pageerror", lambda error: page.errors.append(str(error)))
    yield page
    page.close()
    assert page.left == [] and page.errors == []


def leaves(url):
    return not url.startswith(("http://127.0.0.1", "ws://127.0.0.1", "data:", "blob:"))


def open_notebook(page, address, name):
    page.goto(f"{address}/lab/tree/{name}?reset")
    wait_for_kernel(page)


def wait_for_kernel(page):
    """Wait until the notebook on a page, of JupyterLab or Notebook 7, has a kernel that waits for work."""
    page.wait_for_function("window.jupyterapp !== undefined", timeout=60_000)
    page.evaluate("() => window.jupyterapp.started")
    page.wait_for_function(
        "() => window.jupyterapp.shell.currentWidget?.sessionContext?.session?.kernel?.status === 'idle'",
        timeout=60_000,
    )


def run(page, lab, name, program):
    """Open a new notebook with one cell and start it, without waiting for its end."""
    address, folder = lab
    cell = nbformat.v4.new_code_cell(program)
    nbformat.write(nbformat.v4.new_notebook(cells=[cell], metadata=notebooks.METADATA), folder / name)
    open_notebook(page, address, name)
    page.evaluate("() => { window.jupyterapp.commands.execute('notebook:run-all-cells'); }")


def cells(page):
    """The code cells' counts and outputs, as JupyterLab would save them."""
    book = page.evaluate("() => window.jupyterapp.shell.currentWidget.content.model.toJSON()")
    return [cell for cell in book["cells"] if cell["cell_type"] == "code"]


def keep(page, name):
    """Leave a screenshot where AELIB_SCREENSHOTS says, for a person to look at."""
    if os.environ.get("AELIB_SCREENSHOTS"):
        page.screenshot(path=pathlib.Path(os.environ["AELIB_SCREENSHOTS"]) / f"{name}.png")


def test_a_long_run_shows_a_box_with_the_time_left_and_saves_nothing(lab, page):
    program = """
import numpy as np
from aelib import factories, training
training.QUIET_SECONDS = 0.5
images = np.random.default_rng(0).random((2000, 12))
history = training.fit(factories.vanilla(12, [8], 2)[2], images, epochs=40, batch_size=16)
print(len(history["loss"]), "epochs")
"""
    run(page, lab, "long.ipynb", program)
    box = page.locator(".aelib-progress")
    box.wait_for(timeout=60_000)
    page.wait_for_function(
        "() => / of 40, loss 0\\.\\d+, \\d+ s left$/.test(document.querySelector('.aelib-progress').textContent)"
    )
    assert box.get_attribute("role") == "progressbar" and 0 <= int(box.get_attribute("aria-valuenow")) <= 100
    keep(page, "progress")
    box.wait_for(state="detached", timeout=60_000)
    page.wait_for_function("() => document.body.textContent.includes('40 epochs')")
    page.evaluate("() => window.jupyterapp.commands.execute('docmanager:save')")
    saved = nbformat.read(lab[1] / "long.ipynb", as_version=4)
    assert [(output.output_type, output.name) for output in saved.cells[0].outputs] == [("stream", "stdout")]
    assert not saved.metadata.get("widgets", {}).get("application/vnd.jupyter.widget-state+json", {}).get("state")


def test_the_stop_button_ends_a_run_and_keeps_the_model(lab, page):
    program = """
import numpy as np
from aelib import factories, training
images = np.random.default_rng(0).random((2000, 12))
encoder, decoder, auto = factories.vanilla(12, [8], 2)
print("training")
history = training.fit(auto, images, epochs=100_000)
print(len(history["loss"]) < 100_000, np.isfinite(auto.predict(images, verbose=0)).all())
"""
    run(page, lab, "stop.ipynb", program)
    page.locator(".aelib-progress").wait_for(timeout=60_000)
    page.evaluate("() => window.jupyterapp.commands.execute('notebook:interrupt-kernel')")
    page.wait_for_function("() => document.body.textContent.includes('True True')", timeout=30_000)
    printed = "".join("".join(output["text"]) for output in cells(page)[0]["outputs"])
    assert printed == "training\nStopped. The model keeps what it has learned so far.\nTrue True\n"
    page.locator(".aelib-progress").wait_for(state="detached", timeout=10_000)


def type_and_run(page, number, source):
    """Replace what stands in a code cell, as a learner does, run it, and return the text that it shows."""
    page.locator(".jp-CodeCell .cm-content").nth(number).click()
    page.keyboard.press("Control+A")
    page.keyboard.insert_text(source)
    before = cells(page)[number]["execution_count"]
    page.keyboard.press("Control+Enter")
    page.wait_for_function(
        """([number, before]) => {
            const cells = window.jupyterapp.shell.currentWidget.content.model.toJSON().cells;
            const count = cells.filter(cell => cell.cell_type === 'code')[number].execution_count;
            return count !== null && count !== before;
        }""",
        arg=[number, before],
        timeout=60_000,
    )
    page.wait_for_function(
        "() => window.jupyterapp.shell.currentWidget.sessionContext.session.kernel.status === 'idle'", timeout=60_000
    )
    return page.locator(".jp-CodeCell").nth(number).locator(".jp-OutputArea").inner_text()


@pytest.mark.parametrize("theme", ["Light", "Dark"])
def test_a_learner_goes_from_the_starter_over_a_mistake_and_a_hint_to_the_right_answer(lab, page, theme):
    address, folder = lab
    name = f"exercise_{theme}.ipynb"
    exercise = graded.vanilla
    start = "from aelib import lesson\nlesson.start()\nfrom aelib.exercises import graded"
    sources = [start, ATTEMPTS[exercise.key].starter, "0"]
    book = [nbformat.v4.new_code_cell(source) for source in sources]
    nbformat.write(nbformat.v4.new_notebook(cells=book, metadata=notebooks.METADATA), folder / name)
    open_notebook(page, address, name)
    page.evaluate(f"() => window.jupyterapp.commands.execute('apputils:change-theme', {{theme: 'JupyterLab {theme}'}})")
    page.evaluate("() => window.jupyterapp.commands.execute('notebook:run-all-cells')")
    assert "not attempted yet" in type_and_run(page, 2, "graded.vanilla.check(autoencoder)")
    keep(page, f"exercise_{theme}_starter")

    mistake = next(wrong for wrong in ATTEMPTS[exercise.key].wrong if wrong.name == "decoder not reversed")
    type_and_run(page, 1, mistake.source(exercise.answer))
    said = type_and_run(page, 2, "graded.vanilla.check(autoencoder)")
    assert "not yet right" in said and mistake.message in said and "✓" in said and "✗" in said
    assert "reversed(hidden_layers)" not in said, "a check says what is wrong, not what to write"
    keep(page, f"exercise_{theme}_wrong")

    said = type_and_run(page, 2, "graded.vanilla.hint()")
    assert "Hint 1 of 4" in said and exercise.hints[0] in said
    assert "Hint 2 of 4" in type_and_run(page, 2, "graded.vanilla.hint()")
    keep(page, f"exercise_{theme}_hint")

    type_and_run(page, 1, "def autoencoder(input_dims, hidden_layers, latent_dims):\n    return 1 / 0")
    said = type_and_run(page, 2, "graded.vanilla.check(autoencoder)")
    assert "ZeroDivisionError in line 2, return 1 / 0" in said.replace("`", "")

    type_and_run(page, 1, exercise.solution().text)
    said = type_and_run(page, 2, "graded.vanilla.check(autoencoder)")
    assert "vanilla autoencoder: right" in said and "✗" not in said
    keep(page, f"exercise_{theme}_right")


SHOWN = """() => [...document.querySelectorAll('.jp-OutputArea-output img')].map(
    image => [image.alt, image.src.split(';')[0], image.complete && image.naturalWidth > 0, image.width])"""


def test_a_vector_figure_shows_with_its_words_as_a_cell_draws_it_and_in_a_notebook_that_nobody_trusts(lab, page):
    program = """
from aelib import plots
figure = plots.lines([1, 2], {"a": [1, 2]}, "x", "y")
figure.vector = True
figure
"""
    expected = [["Lines of y against x: a.", "data:image/svg+xml", True, 704]]
    run(page, lab, "vector.ipynb", program)
    page.locator(".jp-OutputArea-output img").wait_for(timeout=60_000)
    page.wait_for_function(f"() => ({SHOWN})()[0][2]")
    assert page.evaluate(SHOWN) == expected
    address, folder = lab
    output = nbformat.from_dict(cells(page)[0]["outputs"][0])
    cell = nbformat.v4.new_code_cell(program, outputs=[output], execution_count=1)
    book = nbformat.v4.new_notebook(cells=[cell], metadata=notebooks.METADATA)
    nbformat.write(book, folder / "unsigned.ipynb")
    open_notebook(page, address, "unsigned.ipynb")
    trusted = "() => window.jupyterapp.shell.currentWidget.content.model.cells.get(0).trusted"
    assert not page.evaluate(trusted)
    page.locator(".jp-OutputArea-output img").wait_for(timeout=60_000)
    page.wait_for_function(f"() => ({SHOWN})()[0][2]")
    assert page.evaluate(SHOWN) == expected
    keep(page, "vector")
