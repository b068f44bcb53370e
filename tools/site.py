"""Builds the course's site from the lessons as they are, with their outputs; no page is written here, no lesson run.

`python -m tools.site [FOLDER]` builds into `dist/site`, or into another folder. The pages' texts stand in `site` and in
`results`; what is made here is what they can't say themselves: the lessons as pages, and the map of them. Where
`pyproject.toml` names the project's repository on GitHub, there are links to run the lessons in the cloud.
"""

import base64
import hashlib
import html
import importlib.resources
import inspect
import json
import os
import pathlib
import re
import shutil
import sys
import tempfile
import time

import nbformat

from aelib import quiz
from tools import front, notebooks, slides

ROOT = pathlib.Path(__file__).parent.parent
TEXTS = ROOT / "site"
RESULTS = ROOT / "results"
PAGES = ROOT / "dist" / "site"
LIBRARY = ("data", "factories", "training", "plots", "drawings", "explorers", "entropy_coding")  # documented modules
SIGNS = (  # what formulas are made of: letters, Greek, primes, arrows, operators, brackets, and italics
    *((0x20, 0x7E), (0xA0, 0xFF), (0x300, 0x30F), (0x391, 0x3F5), (0x2010, 0x2063), (0x2102, 0x2135), (0x2190, 0x21FF)),
    *((0x2200, 0x22FF), (0x2308, 0x230B), (0x23DC, 0x23DF), (0x27E8, 0x27E9), (0x27F5, 0x27FA), (0x1D434, 0x1D467)),
    *((0x1D49C, 0x1D4CF), (0x1D538, 0x1D56B), (0x1D6E2, 0x1D71B)),
)
IMAGE = re.compile(r'^(<img [^>]*?)\bsrc="data:image/(png|svg\+xml);base64,([^"]+)">$')
WIDEST = 880  # pixels of a figure that states no width
CHECK = re.compile(r"^(lesson_\w+|graded|capstone)\.(\w+)\.check\(", re.M)


def build(folder=PAGES):
    """Write the site into a folder, instead of an earlier one; return Sphinx's exit code.

    Raises:
        ValueError: if the folder holds something else.
    """
    from sphinx.cmd import build as sphinx

    if folder.exists() and any(folder.iterdir()) and not (folder / "objects.inv").exists():
        raise ValueError(f"{folder} holds something that is no site. Name another folder, or empty it.")
    with tempfile.TemporaryDirectory() as work:
        source, kept = pathlib.Path(work, "source"), pathlib.Path(work, "kept")
        prepare(source)
        shutil.rmtree(folder, ignore_errors=True)
        failed = sphinx.main(["-b", "html", "-q", "-W", "--keep-going", "-d", str(kept), str(source), str(folder)])
    slides.write(folder)
    return failed


def prepare(source):
    """Write what Sphinx reads: the texts, the lessons as they are shown, and the figures in them."""
    shutil.copytree(TEXTS, source, ignore=shutil.ignore_patterns("__pycache__", "*.lock"))
    (source / "lessons").mkdir()
    (source / "static" / "figures").mkdir()
    lessons = [Lesson(path) for path in sorted(notebooks.FOLDER.glob("[0-9]*.ipynb"))]
    for lesson in lessons:
        nbformat.write(lesson.page(source / "static" / "figures"), source / "lessons" / lesson.path.name)
    results(source / "results", source / "static" / "figures")
    font(source / "static" / "math.woff")
    made = {name: f"```{{raw}} html\n{page}\n```" for name, page in pieces(lessons).items()}
    made["lessons"] = "\n".join(f"lessons/{lesson.path.stem}" for lesson in lessons)
    made["library"] = "\n\n".join(map(module, LIBRARY))
    made["timings"] = timings(lessons)
    made["pdf"] = "```{raw} html\n<!-- pdf -->\n```"  # where tools.book links what it has printed
    made["cloud"] = in_the_cloud()
    for path in source.glob("*.md"):
        text = path.read_text("utf-8")
        text = re.sub(r"<!-- minutes ([\w ]+) -->", lambda found: minutes(found[1].split(), lessons), text)
        text = re.sub(r"<!-- question ([\w-]+) -->", lambda found: question(found[1], lessons), text)
        path.write_text(re.sub(r"<!-- (\w+) -->", lambda found: made[found[1]], text), "utf-8")


def pieces(lessons):
    """Return what the front page shows besides text, as HTML."""
    return {"map": chart(lessons), "buttons": buttons(), "explorer": unscripted(front.drawing())}


def results(folder, figures):
    """Write the project's results as pages, each described by its first sentence."""
    shutil.copytree(RESULTS, folder, ignore=shutil.ignore_patterns("*.npz"))
    pages = sorted(folder.rglob("*.md"))
    for path in pages:
        up = "../" * len(path.relative_to(folder.parent).parent.parts)

        def picture(found, path=path, up=up):
            image = f'<img alt="{html.escape(found[1])}" '
            name = f"{path.parent.name}-{found[2]}"
            return "```{raw} html\n" + figure(name, image, (path.parent / found[2]).read_bytes(), figures, up) + "\n```"

        def link(found, path=path):
            place = pathlib.Path(os.path.normpath((RESULTS / path.relative_to(folder)).parent / found[2]))
            if RESULTS in place.parents:
                return found[0].replace("README.md", "index.md")
            elsewhere = f"{notebooks.REPOSITORY}/blob/HEAD/{place.relative_to(ROOT).as_posix()}"
            return f"[{found[1]}]({elsewhere})" if notebooks.REPOSITORY else found[1]

        text = path.read_text("utf-8")
        about = re.search(r"^\w.*?\.(?=\s)", text, re.M | re.S)[0].replace("\n", " ")
        text = re.sub(r"^!\[(.*)\]\((\S+\.png)\)$", picture, text, flags=re.M)
        text = re.sub(r"(?<!!)\[([^\]]+)\]\(([^)#:]+)\)", link, text)
        if path == folder / "README.md":
            names = [other.relative_to(folder).as_posix() for other in pages if other != path]
            names = "\n".join(names).replace("README.md", "index.md")
            text += f"\n```{{toctree}}\n:hidden:\n\n{names}\n```\n"
        path.write_text(f"---\nmyst:\n  html_meta:\n    description: {json.dumps(about)}\n---\n\n{text}", "utf-8")
    for path in pages:
        if path.name == "README.md":
            path.rename(path.with_name("index.md"))


def font(path):
    """Write the part of a font for mathematics, STIX Two Math, that formulas need; browsers have none that is sure."""
    from fontTools import subset, ttLib

    file = importlib.resources.files("ziamath.fonts") / "STIXTwoMath-Regular.ttf"
    with importlib.resources.as_file(file) as place, ttLib.TTFont(place) as whole:
        options = subset.Options(flavor="woff", name_IDs=["*"], layout_features=["ssty", "dtls", "flac"])
        part = subset.Subsetter(options)
        part.populate(unicodes=[code for low, high in SIGNS for code in range(low, high + 1)])
        part.subset(whole)
        whole.flavor = "woff"
        whole.save(path)


class Lesson:
    """A lesson: its notebook, what the map says of it, and its page."""

    def __init__(self, path):
        self.path, self.number, self.book = path, notebooks.number(path), notebooks.read(path)
        title, question, *_ = self.book.cells[0].source.split("\n\n")
        self.title, self.question = title.partition(" · ")[2], question.strip("*\n")
        goals = "\n".join(cell.source for cell in self.book.cells if cell.cell_type == "markdown")
        self.minutes = int(re.search(r"\*About (\d+) minutes", goals)[1])
        self.side = "This is a **side trip**" in goals

    def page(self, figures):
        """Return the notebook as the site shows it; its figures go into a folder."""
        about = html.escape(f"Lesson {self.number} of a free course on autoencoders: {self.question}")
        cells = []
        for cell in self.book.cells:
            cell = nbformat.from_dict(cell)
            cells.append(cell)
            if cell.cell_type == "code":
                cell.outputs = [self._shown(cell, i, output, figures) for i, output in enumerate(cell.outputs)]
                if cell.id == "set-up":
                    cell.metadata["tags"] = ["hide-input"]
            else:  # MyST takes a formula for a block only where it is a paragraph
                cell.source = re.sub(r"^(\$\$.+?\$\$)$", r"\n\1\n", cell.source, flags=re.M | re.S)
            if cell.id == "title":
                cell.source = notebooks.LAUNCH.sub("", cell.source)
                cells.append(nbformat.v4.new_markdown_cell(self._how_to_run(), id="how-to-run"))
        metadata = {**notebooks.METADATA, "myst": {"html_meta": {"description": about}}}
        return nbformat.from_dict({"cells": cells, "metadata": metadata, "nbformat": 4, "nbformat_minor": 5})

    def _how_to_run(self):
        """Return the line below a lesson's title."""
        links = [f'<a href="{address}">{place}</a>' for place, address in notebooks.places(self.path.name).items()]
        there = f", or without installing anything on {', '.join(links)}" if links else ""
        return (
            '<p class="course-run">Explorers and quizzes answer in this page. To run and change the code, '
            f'<a href="../run.html">open the lesson on your own computer</a>{there}.</p>'
        )

    def _shown(self, cell, i, output, figures):
        """Return an output as the site shows it."""
        data = output.get("data", {})
        if "image/png" in data and "text/html" not in data:
            about = output.metadata["image/png"]
            sizes = f'alt="{html.escape(about["alt"])}" width="{about["width"]}"'
            data["text/html"] = f'<img {sizes} src="data:image/png;base64,{data["image/png"]}">'
        page = data.get("text/html", "")
        if found := IMAGE.match(page.replace("\n", "").strip()):
            start, _, letters = found.groups()
            page = figure(f"{self.number}-{cell.id}-{i}", start, base64.b64decode(letters), figures, "../")
        elif '<div class="aelib-quiz-page">' in page:
            (name,) = re.findall(r'quiz\("(\w+)"\)', cell.source)
            version = hashlib.sha256(page.encode()).hexdigest()[:8]
            marks = f'data-model="{name}" data-version="{version}" data-points="{points(name)}"'
            page = page.replace('<div class="aelib-quiz-page">', f'<div class="aelib-quiz-page" {marks}>')
        elif (found := CHECK.search(cell.source)) and "not attempted yet" in page:
            page = exercise(getattr(importlib.import_module(f"aelib.exercises.{found[1]}"), found[2]))
        elif cell.source.strip() == "progress()":
            page = '<p class="course-scores">The overview of your progress stands here when you run the lesson.</p>'
        if page:
            output.data = {"text/html": unscripted(page)}
        return output


def figure(name, start, content, folder, up):
    """Write a picture into the folder of figures; return it as HTML, as a link to itself, for small screens.

    `start` is the tag's beginning, with the width if one is stated; `up` leads from the page to the site's root.
    """
    name += "" if "." in name else ".png" if content.startswith(b"\x89PNG") else ".svg"
    (folder / name).write_bytes(content)
    source = f"{up}_static/figures/{name}"
    width, height = size(content)
    stated = re.search(r' ?\bwidth="(\d+)"', start)
    shown = int(stated[1]) if stated else min(round(width), WIDEST)
    start = start.replace(stated[0], "") if stated else start
    sizes = f'width="{shown}" height="{round(height * shown / width)}" style="--width: {shown}px"'
    image = f'{start}{sizes} loading="lazy" src="{source}">'
    return f'<p class="course-figure"><a href="{source}">{image}</a></p>'


def unscripted(page):
    """Return HTML whose words for a page without scripts are those of a site, not of a notebook."""
    return re.sub(r"<em>Run this cell to (\w+( it)?)\.</em>", r"<em>Where scripts run, you can \1 here.</em>", page)


def size(content):
    """Return width and height of a PNG or an SVG, in units of its own."""
    if content.startswith(b"\x89PNG"):
        return int.from_bytes(content[16:20], "big"), int.from_bytes(content[20:24], "big")
    return tuple(float(number) for number in re.search(rb'viewBox="0 0 ([\d.]+) ([\d.]+)"', content).groups())


def points(name):
    """Return the points of a quiz."""
    return sum(question["points"] for question in quiz.read(name))


def exercise(task):
    """Return an exercise as the site shows it where a notebook shows its check: hints and one answer, folded."""
    parts = [
        f"<details><summary>Hint {i} of {len(task.hints)}</summary><p>{html.escape(hint)}</p></details>"
        for i, hint in enumerate(task.hints, 1)
    ]
    if task.title.startswith("Graded"):
        parts.append("<p>Some schools grade this exercise, so no answer stands here.</p>")
    else:
        code = html.escape(task.answer.strip("\n"))
        parts.append(f"<details><summary>One answer; there are others</summary><pre>{code}</pre></details>")
    return (
        f'<div class="course-exercise"><p><strong>{html.escape(task.title)}.</strong> The check tries your function '
        'where Python runs: <a href="../run.html#exercises">how to run an exercise</a>.</p>'
        f"{''.join(parts)}</div>"
    )


def in_the_cloud():
    """Return how to run the lessons without installing anything, or nothing where the repository is not known."""
    links = [f"[{place}]({address})" for place, address in notebooks.places("00_start_here.ipynb").items()]
    text = (
        "## In the cloud\n\nEach lesson's page has links that open it on Colab, Kaggle and Binder; for lesson 00 they "
        f"are {', '.join(links)}. Binder makes the course's own environment, which takes some minutes. On Colab and "
        "Kaggle, add a cell above all others and run this in it, on Kaggle after you have switched on the internet in "
        f"the notebook's settings:\n\n```text\n{notebooks.install()}\n```"
    )
    return text if links else ""


def buttons():
    """Return the front page's buttons: read, run here, run in the cloud."""
    there = '<a class="button" href="run.html#in-the-cloud">Run them in the cloud</a>' if notebooks.places("") else ""
    return (
        '<p class="course-buttons"><a class="button" href="lessons/00_start_here.html">Read the lessons</a> '
        f'<a class="button" href="run.html">Run them here</a> {there}</p>'
    )


def chart(lessons):
    """Return the map of the lessons as HTML: the core, one below the other, with the side trips that leave it."""
    rows = []
    for lesson in lessons:
        name = quiz.FOLDER / f"{lesson.number}.json"
        score = f'<span data-quiz="{lesson.number}"></span>' if name.exists() else ""
        text = (
            f'<a href="lessons/{lesson.path.stem}.html"><b>{lesson.number}</b> {html.escape(lesson.title)}</a> '
            f"<em>{html.escape(lesson.question)}</em> <small>{lesson.minutes} minutes{score}</small>"
        )
        if lesson.side:
            rows[-1] += f'<div class="course-side">{text}</div>'
        else:
            rows.append(f'<div class="course-core">{text}</div>')
    return f'<ol class="course-map" aria-label="The lessons">{"".join(f"<li>{row}</li>" for row in rows)}</ol>'


def timings(lessons):
    """Return a table of what a teacher plans with: minutes, exercises and what comes before each lesson."""
    rows = ["| Lesson | Minutes | Exercises | Questions | Before it | Slides |", "|---|---|---|---|---|---|"]
    for lesson in lessons:
        text = "\n".join(cell.source for cell in lesson.book.cells)
        tasks = set(CHECK.findall(text))
        graded = sum(module == "graded" for module, _ in tasks)
        before = re.search(r"\*About .*?Before this: (.*?)\.", text, re.S)[1].replace("\n", " ")
        hard = " (1 graded)" if graded else ""
        title = f"[{lesson.number} {lesson.title}](lessons/{lesson.path.name})"
        asked = len(quiz.read(lesson.number))
        name = f'aria-label="Slides of lesson {lesson.number}"'
        slides = f'<a href="slides/{lesson.path.stem}.html" {name}>slides</a>'
        rows.append(f"| {title} | {lesson.minutes} | {len(tasks)}{hard} | {asked} | {before} | {slides} |")
    return "\n".join(rows)


def module(name):
    """Return the part of the library's page on one module: its first sentence, and its functions for autodoc."""
    found = importlib.import_module(f"aelib.{name}")
    functions = {key: value for key, value in vars(found).items() if inspect.isfunction(value) and key[0] != "_"}
    if name == "explorers":  # some of which stand in rooms of their own
        names = [key for key, function in functions.items() if function.__doc__.startswith("Explore ")]
    else:
        own = [key for key, function in functions.items() if function.__module__ == found.__name__]
        names = getattr(found, "__all__", own)
    rows = "\n".join(f".. autofunction:: aelib.{name}.{key}" for key in names)
    about = found.__doc__.partition("\n")[0]
    return f"## aelib.{name}\n\n{about}\n\n```{{eval-rst}}\n{rows}\n```"


def minutes(numbers, lessons):
    """Return how long some lessons take together, in words."""
    return f"{sum(lesson.minutes for lesson in lessons if lesson.number in numbers)} minutes"


def question(key, lessons):
    """Return a link to a question of a quiz, which is named by its id."""
    for lesson in lessons:
        ids = [one["id"] for one in quiz.read(lesson.number)]
        if key in ids:
            return f"[{lesson.number}, question {ids.index(key) + 1}](lessons/{lesson.path.name}#quiz)"
    raise ValueError(f"No quiz of a lesson has the question {key!r}.")


def main(arguments):
    """Build the site, print how long it took and how large it is; return the exit code."""
    folder = pathlib.Path(arguments[0]) if arguments else PAGES
    start = time.monotonic()
    try:
        failed = build(folder)
    except ValueError as error:
        print(error)
        return 1
    except ModuleNotFoundError as error:
        print(f"The site needs {error.name}. Type: make site, or python -m pip install -r site/requirements.lock")
        return 1
    weight = sum(path.stat().st_size for path in folder.rglob("*") if path.is_file()) / 1e6
    print(f"Built in {time.monotonic() - start:.0f} seconds, {weight:.1f} MB: {folder / 'index.html'}")
    return failed


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
