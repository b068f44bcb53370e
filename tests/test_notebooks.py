"""The lessons as files: published state, anatomy, and that the comparison of their outputs can fail."""

import base64
import copy
import http.server
import json
import os
import pathlib
import re
import subprocess
import sys
import threading
import tomllib

import nbformat
import pytest

from aelib import ledger, quiz
from aelib.exercises import graded
from tools import evidence, notebooks

SANITIZE = pathlib.Path(__file__).with_name("nbval.cfg")
LESSONS = sorted(notebooks.FOLDER.glob("*.ipynb"))
number = notebooks.number
lessons = pytest.mark.parametrize("path", LESSONS, ids=lambda path: path.stem)
MOST_MINUTES = {"00": 25, "12": 75, "13": 75}  # of a core lesson 65, of a side trip, lettered or from 12 on, 75


def lines(source):
    return [line for line in source.splitlines() if line.strip()]


# The state that the only writer leaves


@lessons
def test_a_lesson_is_as_the_writer_leaves_it(path):
    assert notebooks.faults(notebooks.read(path)) == []
    assert path.stat().st_size < 1_000_000


@lessons
def test_a_lessons_pictures_have_a_palette(path):
    outputs = [output for cell in notebooks.read(path).cells for output in cell.get("outputs", [])]
    pictures = [output.data["image/png"] for output in outputs if "image/png" in output.get("data", {})]
    assert pictures and {base64.b64decode(png)[25] for png in pictures} == {3}  # the header's kind of colour


@lessons
def test_a_lessons_file_is_byte_for_byte_what_nbformat_writes(path):
    assert nbformat.writes(notebooks.read(path)) + "\n" == path.read_text("utf-8")


def test_pictures_are_the_first_figures_of_their_lessons():
    pictures = list((notebooks.FOLDER / "pictures").iterdir())
    assert pictures
    for picture in pictures:
        book = notebooks.read(notebooks.FOLDER / f"{picture.stem}.ipynb")
        assert picture.read_bytes() == notebooks.first_picture(book)


def test_a_lesson_without_a_figure_is_not_written_where_the_site_shows_one():
    book = nbformat.v4.new_notebook(cells=[nbformat.v4.new_code_cell("1")])
    with pytest.raises(ValueError, match="no figure"):
        notebooks.first_picture(book)


def sound():
    output = nbformat.v4.new_output("stream", name="stdout", text="loss: 0.114\n")
    code = nbformat.v4.new_code_cell("print('loss: 0.114')", id="loss", execution_count=1, outputs=[output])
    return notebooks.normalised(
        nbformat.v4.new_notebook(cells=[nbformat.v4.new_markdown_cell("Text", id="text"), code])
    )


def spoil(change):
    book = copy.deepcopy(sound())
    change(book, book.cells[1])
    return book


def display(**data):
    return nbformat.v4.new_output("display_data", data=data)


def stream(text, name="stdout"):
    return nbformat.v4.new_output("stream", name=name, text=text)


@pytest.mark.parametrize(
    "change, words",
    [
        (lambda book, cell: cell.update(execution_count=None), "was not executed"),
        (lambda book, cell: cell.update(execution_count=7), "not as 'make notebooks' writes it"),
        (lambda book, cell: book.metadata.update(widgets={"state": {}}), "not as 'make notebooks' writes it"),
        (lambda book, cell: book.metadata.language_info.update(version="3.11.7"), "not as 'make notebooks' writes it"),
        (lambda book, cell: cell.metadata.update(execution={"iopub": "time"}), "not as 'make notebooks' writes it"),
        (lambda book, cell: cell.outputs.append(stream("more\n")), "not as 'make notebooks' writes it"),
        (lambda book, cell: cell.update(id="text"), "without an id of their own"),
        (lambda book, cell: cell.outputs.append(stream("careful", "stderr")), "standard error"),
        (lambda book, cell: cell.outputs[0].update(text="/home/ada/course/x.py:3"), "a machine path: /home/a"),
        (lambda book, cell: cell.outputs[0].update(text=r"C:\Users\ada"), "a machine path"),
        (lambda book, cell: cell.outputs[0].update(text="<Dense at 0x7f01aa22>"), "an object's address"),
        (lambda book, cell: cell.outputs[0].update(text="/var/folders/x"), "a machine path"),
        (lambda book, cell: cell.outputs[0].update(text="63/63 - 12ms/step"), "a timing"),
        (lambda book, cell: cell.outputs[0].update(text="took 3.21 seconds"), "a timing"),
        (lambda book, cell: cell.outputs.append(display(**{"text/html": "<p>/tmp/x"})), "a machine path"),
        (
            lambda book, cell: cell.outputs.append(display(**{"text/html": '<p data-model="9f86d081">'})),
            "not as 'make notebooks' writes it",
        ),
        (
            lambda book, cell: cell.outputs.append(display(**{"application/vnd.jupyter.widget-view+json": {}})),
            "a widget",
        ),
        (
            lambda book, cell: cell.outputs.append(
                nbformat.v4.new_output("error", ename="KeyError", evalue="'a'", traceback=[])
            ),
            "ends in KeyError",
        ),
    ],
)
def test_a_notebook_in_any_other_state_is_refused(change, words):
    assert notebooks.faults(sound()) == []
    assert any(words in fault for fault in notebooks.faults(spoil(change)))


def test_normalising_twice_changes_nothing_more():
    book = spoil(lambda book, cell: cell.outputs.append(stream("more\n")))
    once = notebooks.normalised(book)
    assert once == notebooks.normalised(once) and once.cells[1].outputs == [stream("loss: 0.114\nmore\n")]


def test_normalising_takes_the_name_of_a_quizs_model_away_and_leaves_all_other_html():
    book = spoil(lambda book, cell: cell.outputs.append(display(**{"text/html": '<p id="a" data-model="9f86">b</p>'})))
    assert notebooks.normalised(book).cells[1].outputs[1].data == {"text/html": '<p id="a">b</p>'}
    assert "9f86" in str(book), "the notebook that was given is left as it was"


def test_the_writer_executes_offline_and_leaves_a_failing_notebook_alone(tmp_path, capsys, monkeypatch):
    monkeypatch.setenv("AELIB_MNIST", "somewhere")
    monkeypatch.setenv("AELIB_PROGRESS", "progress.json")
    monkeypatch.setenv("no_proxy", "*")
    server = http.server.HTTPServer(("127.0.0.1", 0), http.server.SimpleHTTPRequestHandler)
    threading.Thread(target=server.serve_forever, daemon=True).start()
    program = f"""
import os, urllib.request
print("AELIB_MNIST" in os.environ, os.environ["AELIB_PROGRESS"])
try:
    print(urllib.request.urlopen("http://127.0.0.1:{server.server_port}", timeout=5).status)
except OSError as error:
    print("offline")
"""
    good, bad = tmp_path / "good.ipynb", tmp_path / "bad.ipynb"
    nbformat.write(nbformat.v4.new_notebook(cells=[nbformat.v4.new_code_cell(program)]), good)
    nbformat.write(nbformat.v4.new_notebook(cells=[nbformat.v4.new_code_cell("print(1 / 0)")]), bad)
    before = bad.read_bytes()
    assert notebooks.main([str(good), str(bad)]) == 1
    assert notebooks.read(good).cells[0].outputs == [stream("False off\noffline\n")]
    assert bad.read_bytes() == before
    said = capsys.readouterr().out
    assert "good.ipynb: " in said and "bad.ipynb was not written" in said and "ZeroDivisionError" in said
    monkeypatch.setattr(notebooks, "OFFLINE", {})
    assert notebooks.main([str(good)]) == 0
    assert notebooks.read(good).cells[0].outputs == [stream("False off\n200\n")], "the test itself can tell"
    server.shutdown()


def test_an_older_notebook_is_upgraded_and_keeps_its_attachments(tmp_path):
    cell = nbformat.v4.new_markdown_cell("![](attachment:a.png)", attachments={"a.png": {"image/png": "AAAA"}})
    del cell["id"]
    book = nbformat.v4.new_notebook(cells=[cell])
    book.nbformat_minor = 4
    nbformat.write(book, tmp_path / "old.ipynb")
    upgraded = notebooks.normalised(notebooks.read(tmp_path / "old.ipynb"))
    assert notebooks.faults(upgraded) == [] and upgraded.cells[0].attachments == cell.attachments


# Places in the cloud


@lessons
def test_a_lesson_leads_to_the_cloud_if_the_projects_address_is_known(path):
    book = notebooks.read(path)
    assert notebooks.launched(book, path.name) == book


def test_the_address_is_one_setting_that_makes_links_for_each_place_and_the_line_that_installs(monkeypatch):
    cells = [nbformat.v4.new_markdown_cell("# 01 · Title\n\n*Question?*\n\nText.", id="title"), *sound().cells]
    cells[1].id = "first"
    book = notebooks.normalised(nbformat.v4.new_notebook(cells=cells))
    monkeypatch.setattr(notebooks, "REPOSITORY", "")
    launched = notebooks.launched(book, "01_a.ipynb")
    assert launched == book
    for owner in ("someone", "other"):
        monkeypatch.setattr(notebooks, "REPOSITORY", f"https://github.com/{owner}/course")
        launched = notebooks.launched(launched, "01_a.ipynb")
        line = launched.cells[0].source.split("\n\n")[-1]
        assert launched.cells[0].source == f"# 01 · Title\n\n*Question?*\n\nText.\n\n{line}"
        assert launched.cells[1:] == book.cells[1:] and notebooks.normalised(launched) == launched
        assert re.findall(r"\]\((.*?)\)", line) == [
            f"https://colab.research.google.com/github/{owner}/course/blob/main/notebooks/01_a.ipynb",
            f"https://kaggle.com/kernels/welcome?src=https://github.com/{owner}/course/blob/main/notebooks/01_a.ipynb",
            f"https://mybinder.org/v2/gh/{owner}/course/HEAD?urlpath=lab%2Ftree%2Fnotebooks%2F01_a.ipynb",
        ]
        assert line.endswith(f'`%pip install -q "aelib @ git+https://github.com/{owner}/course"`')
    monkeypatch.setattr(notebooks, "REPOSITORY", "https://elsewhere.example/course")
    assert notebooks.launched(launched, "01_a.ipynb") == book, "other hosts are not known to these places"


# The comparison


@pytest.mark.slow
def test_nbval_passes_all_of_a_lesson_but_the_cell_in_which_a_printed_word_is_changed(tmp_path):
    text = LESSONS[0].read_text("utf-8")
    printed = '"packages: ready\\n'
    assert text.count(printed) == 1
    (tmp_path / "changed.ipynb").write_text(text.replace(printed, printed.replace("ready", "missing")), "utf-8")
    failed, said = compare(tmp_path)
    assert failed == ["changed.ipynb"] and "packages: missing" in said and re.search(r"\b1 failed, \d\d passed", said)


@pytest.mark.slow
def test_nbval_passes_a_quiz_as_the_writer_leaves_it_and_fails_when_its_text_is_changed(tmp_path):
    written = tmp_path / "as_it_is.ipynb"
    cell = nbformat.v4.new_code_cell("from aelib import quiz\nquiz.quiz('01')")
    nbformat.write(nbformat.v4.new_notebook(cells=[cell]), written)
    notebooks.execute(written)
    text = written.read_text("utf-8")
    assert "aelib-quiz-page" in text and "data-model=" not in text and "<strong>Question 1:</strong>" in text
    live = text.replace('quiz-page\\">', 'quiz-page\\" data-model=\\"9f86d081\\">')
    (tmp_path / "live.ipynb").write_text(live, "utf-8")
    assert notebooks.faults(notebooks.read(tmp_path / "live.ipynb")) == ["is not as 'make notebooks' writes it"]
    changed = text.replace("<strong>Question 1:</strong>", "<strong>Question 0:</strong>")
    (tmp_path / "changed.ipynb").write_text(changed, "utf-8")
    failed, said = compare(tmp_path)
    assert failed == ["changed.ipynb"] and "Question 0:" in said
    failed, _ = compare(tmp_path, sanitize=False)
    assert failed == ["as_it_is.ipynb", "changed.ipynb", "live.ipynb"], "the test itself can tell"


def compare(folder, sanitize=True):
    """Run nbval in a folder; return the names of the notebooks that fail, and what it says."""
    (folder / "pytest.ini").write_text("[pytest]\n")
    command = [sys.executable, "-m", "pytest", "--nbval", "--nbval-current-env", "-q", "--color=no", "."]
    command += [f"--nbval-sanitize-with={SANITIZE}"] if sanitize else []
    done = subprocess.run(command, cwd=folder, env=os.environ, capture_output=True, text=True)
    failed = re.findall(r"^FAILED (\S+)", done.stdout, flags=re.M)
    assert done.returncode == bool(failed), done.stdout
    return sorted(name.split("::")[0] for name in failed), done.stdout


def test_pytest_compares_with_the_same_file():
    project = tomllib.loads((SANITIZE.parent.parent / "pyproject.toml").read_text("utf-8"))
    assert "--nbval-sanitize-with=tests/nbval.cfg" in project["tool"]["pytest"]["ini_options"]["addopts"]


# Anatomy


@lessons
def test_a_lesson_has_its_parts(path):
    cells = notebooks.read(path).cells
    prose = [cell.source for cell in cells if cell.cell_type == "markdown"]
    code = [cell.source for cell in cells if cell.cell_type == "code"]
    assert re.match(rf"# {number(path)} · ", prose[0]), "the title carries the lesson's number"
    assert "**You will**" in "\n".join(prose[:3]) and prose[-2].startswith("## What you can do now")
    assert prose[-1].startswith("## Quiz") and cells[-1].source == f'quiz("{number(path)}")', "the quiz is last"
    goals = next(text for text in prose if "**You will**" in text)
    assert 3 <= goals.count("\n- ") <= 4
    assert goals.count("\n- ") == prose[-2].count("\n- "), "the goals return at the close"
    assert re.search(r"About \d+ minutes\. Before this: ", goals)
    assert sum("> **Predict:**" in text for text in prose) >= 3
    for part in ("Source", "What changed since Keras 2:"):
        assert any(part in text for text in prose), part
    assert re.search(rf"lesson\.start\((\"{number(path)}\")?\)", code[0]) and len(lines(code[0])) <= 10
    assert cells[2].cell_type == "code" and any("image/png" in output.get("data", {}) for output in cells[2].outputs)


@lessons
def test_a_lesson_has_short_cells_and_much_prose(path):
    cells = notebooks.read(path).cells
    code = [lines(cell.source) for cell in cells if cell.cell_type == "code"]
    words = sum(len(cell.source.split()) for cell in cells if cell.cell_type == "markdown")
    assert max(map(len, code)) <= 15
    assert words >= 15 * sum(map(len, code))


@lessons
def test_each_cell_draws_at_most_one_figure_and_describes_it(path):
    for cell in notebooks.read(path).cells:
        figures = [output for output in cell.get("outputs", []) if "image/png" in output.get("data", {})]
        assert len(figures) <= 1
        for figure in figures:
            assert figure.metadata["image/png"]["alt"] == figure.data["text/plain"] != ""


@lessons
def test_links_lead_somewhere(path):
    for cell in notebooks.read(path).cells:
        if cell.cell_type == "markdown":
            for target in re.findall(r"\]\(([^)#]+)\)", notebooks.LAUNCH.sub("", cell.source)):
                assert (path.parent / target).exists(), target


@lessons
def test_the_words_are_those_of_the_style(path):
    for cell in notebooks.read(path).cells:
        if cell.cell_type == "markdown":
            prose = re.sub(r"`[^`]*`|\$[^$]*\$", "", cell.source)
            assert not re.search(r"\b(simply|just|obviously)\b|!(?!\[)", prose, flags=re.I), cell.source[:80]


# Length and time


def checks(book):
    """The exercises that a lesson asks for: {the text of its check's cell up to the bracket}."""
    found = [cell.source for cell in book.cells if cell.cell_type == "code"]
    return {match[1] for source in found for match in re.finditer(r"^(\w+\.\w+)\.check\(", source, flags=re.M)}


def predictions(book):
    return sum(cell.source.count("> **Predict:**") for cell in book.cells if cell.cell_type == "markdown")


def minutes(path):
    """How long a reader takes: 200 words a minute, a minute for each cell, and what thinking takes.

    The cells of exercises, checks and quiz are not counted by themselves, as their minutes hold them.
    """
    book = notebooks.read(path)
    texts = [notebooks.LAUNCH.sub("", cell.source) for cell in book.cells if cell.cell_type == "markdown"]
    words = sum(len(text.split()) for text in texts)
    cells = sum(not cell["defines"] for cell in evidence.cells(book))
    asked = checks(book)
    hard = sum(name in [*(f"graded.{task}" for task in graded.TASKS), "capstone.project"] for name in asked)
    questions = len(json.loads((quiz.FOLDER / f"{number(path)}.json").read_text("utf-8")))
    return words / 200 + cells + 0.7 * predictions(book) + 7 * (len(asked) - hard) + 15 * hard + 0.8 * questions


def too_long(path):
    """What keeps a lesson from being as short as it should be, and as long as it says."""
    book = notebooks.read(path)
    takes = 5 * round(minutes(path) / 5)
    said = int(re.search(r"About (\d+) minutes", "\n".join(cell.source for cell in book.cells))[1])
    most = MOST_MINUTES.get(number(path), 65 if number(path).isdigit() else 75)
    code = next(cell.source for cell in book.cells if cell.cell_type == "code")
    found = [f"it says {said} minutes and takes {minutes(path):.1f}"] * (said != takes)
    found += [f"it takes {minutes(path):.1f} minutes, of at most {most}"] * (takes > most)
    found += [f"it asks for {predictions(book)} predictions, of at most 8"] * (predictions(book) > 8)
    found += [f"its set-up has {len(lines(code))} lines, of at most 10"] * (len(lines(code)) > 10)
    other = [line for line in lines(code) if not SET_UP.match(line)]
    return found + [f"its set-up does something else: {line}" for line in other]


SET_UP = re.compile(
    r"(from|import) |try:$|except ModuleNotFoundError:$|    (from aelib import lesson|raise SystemExit\(.*)$"
    r"|(seed = )?lesson\.start\(|\(x_train, y_train\), \(x_test, y_test\) = data\.\w+\("
)


@lessons
def test_a_lesson_takes_the_minutes_that_it_says_and_not_too_many(path):
    assert too_long(path) == []


def test_the_minutes_are_those_of_the_formula(tmp_path, monkeypatch):
    path = tmp_path / "99_made_up.ipynb"
    prose = "word " * 400 + "\n\n> **Predict:** x?\n\n> **Predict:** y?"
    sources = ["from aelib import lesson", "def f(x):\n    ...", "lesson_99.f.check(f)", "def g(x):\n    ...", "x = 1"]
    sources += ["graded.sparse.check(g)", "lesson_99.f.check(f)", 'quiz("99")']
    cells = [nbformat.v4.new_markdown_cell(prose), *map(nbformat.v4.new_code_cell, sources)]
    nbformat.write(nbformat.v4.new_notebook(cells=cells), path)
    monkeypatch.setattr(quiz, "FOLDER", tmp_path)
    (tmp_path / "99.json").write_text("[1, 2, 3]")
    assert minutes(path) == pytest.approx((400 + 6) / 200 + 2 + 2 * 0.7 + 7 + 15 + 3 * 0.8)


def test_a_side_trip_says_that_it_is_one_and_that_no_core_lesson_needs_it():
    trips = [path for path in LESSONS if not number(path).isdigit() or int(number(path)) >= 12]
    assert {number(path) for path in trips} > {"03b", "12", "13"}
    for path in trips:
        goals = next(cell.source for cell in notebooks.read(path).cells if "**You will**" in cell.source)
        assert re.search(r"\*\*side trip\*\*[^.]*\bno core lesson needs\b", " ".join(goals.split())), path.name


# The map and the index


def test_the_map_of_lesson_00_leads_to_all_other_lessons():
    cells = notebooks.read(LESSONS[0]).cells
    rows = [line for cell in cells for line in cell.source.splitlines() if line.startswith("| [")]
    assert [re.match(r"\| \[(\w+) .+?\]\((.+?)\) \|", row).groups() for row in rows] == [
        (number(path), path.name) for path in LESSONS[1:]
    ]
    named = re.findall(r"\*\*(.+?)\*\*", "\n".join(rows))
    assert sorted(named) == sorted(name for name in ledger.OBJECTIVES if name != "the course")


def promised():
    """The eight terms, nine variants and seven uses of an autoencoder that the course promises."""
    terms = [name for name in ledger.OBJECTIVES if name != "the course"]
    variants = ["vanilla", "stacked", "denoising", "sparse", "convolutional", "variational", "disentangled"]
    variants += ["vector-quantised", "conditional"]
    uses = ["dimensionality reduction beside PCA", "compression", "denoising", "anomaly detection"]
    uses += ["features for a classifier", "image generation", "smooth interpolation"]
    return [*(("term", name) for name in terms), *(("variant", name) for name in variants), *(("use", u) for u in uses)]


def index():
    """The rows of the index in CONTRIBUTING.md, each a list of its cells' texts."""
    table = (notebooks.FOLDER.parent / "CONTRIBUTING.md").read_text("utf-8").split("## Where each thing is shown")[1]
    rows = [line.strip("| ").split(" | ") for line in table.split("\n## ")[0].splitlines() if line.startswith("| ")]
    return rows[1:]


def test_the_index_names_each_term_variant_and_use_once():
    assert sorted((kind, name) for kind, name, *_ in index()) == sorted(promised())


@pytest.mark.parametrize("row", index(), ids=lambda row: f"{row[0]} {row[1]}")
def test_the_index_leads_to_a_cell_that_shows_something(row):
    _, _, link, heading, cell_id = row
    name, file = re.fullmatch(r"\[(\w+)\]\(notebooks/(.+\.ipynb)\)", link).groups()
    assert file.startswith(f"{name}_")
    last = None
    for cell in notebooks.read(notebooks.FOLDER / file).cells:
        if cell.cell_type == "markdown":
            last = ([line.lstrip("# ") for line in cell.source.splitlines() if re.match("#{1,3} ", line)] or [last])[-1]
        elif f"`{cell.id}`" == cell_id:
            assert last == heading and cell.outputs
            return
    raise AssertionError(f"{file} has no cell {cell_id}")
