"""The site of the course as its readers get it: no network is needed, pages answer, no formula is left as TeX."""

import functools
import html.parser
import http.server
import importlib.util
import os
import pathlib
import re
import subprocess
import sys
import threading
import urllib.parse

import numpy as np
import pytest
import test_accessibility
import test_browser
from test_browser_explorers import drawn

from aelib import quiz
from tools import notebooks, site

MISSING = [name for name in ("furo", "myst_nb", "sphinx", "ziamath") if importlib.util.find_spec(name) is None]
pytestmark = [
    *test_browser.pytestmark,
    pytest.mark.skipif(bool(MISSING), reason=f"not installed: {', '.join(MISSING)}; make site installs what it needs"),
]
browser = test_browser.browser
LESSONS = sorted(notebooks.FOLDER.glob("[0-9]*.ipynb"))
PHONE, DESK = {"width": 390, "height": 844}, {"width": 1280, "height": 900}
MOST_MEGABYTES = 40
FORMULA = re.compile(r"\$\$.+?\$\$|\$[^$]+?\$", re.S)


@pytest.fixture(scope="session")
def built(tmp_path_factory):
    """The folder of the site, built without a network."""
    folder = tmp_path_factory.mktemp("site") / "pages"
    command = [sys.executable, "-m", "tools.site", str(folder)]
    environment = {**os.environ, **notebooks.OFFLINE}
    done = subprocess.run(command, cwd=site.ROOT, env=environment, capture_output=True, text=True)
    assert done.returncode == 0 and "WARNING" not in done.stderr.replace("WARNING: All log messages", ""), done.stderr
    return folder


@pytest.fixture
def visit(built, browser):
    """A function that opens a page of the site in a browser of its own, where nothing may fail or ask elsewhere."""
    context = browser.new_context()
    left, errors = [], []

    def opened(name, size=DESK, theme="light"):
        page = context.new_page()
        page.on("request", lambda request: left.append(request.url) if leaves(request.url) else None)
        page.on("pageerror", lambda error: errors.append(str(error)))
        page.on("console", lambda message: errors.append(message.text) if message.type == "error" else None)
        page.set_viewport_size(size)
        page.emulate_media(color_scheme=theme)
        page.goto((built / name).as_uri())
        return page

    yield opened
    context.close()
    assert left == [] and errors == []


def leaves(url):
    return not url.startswith("file:") and test_browser.leaves(url)


class Read(html.parser.HTMLParser):
    """The links, ids and text of a page; text of scripts, code and MathML's own names for formulas is left out."""

    def __init__(self, path):
        super().__init__()
        self.links, self.ids, self.words, self.inside = [], set(), [], []
        self.feed(path.read_text("utf-8"))

    def handle_starttag(self, tag, attributes):
        attributes = dict(attributes)
        self.ids |= {attributes[name] for name in ("id", "name") if attributes.get(name)}
        self.links += [attributes[name] for name in ("href", "src") if attributes.get(name)]
        if tag in ("script", "style", "pre", "code"):
            self.inside.append(tag)

    def handle_endtag(self, tag):
        if self.inside and tag == self.inside[-1]:
            self.inside.pop()

    def handle_data(self, data):
        if not self.inside:
            self.words.append(data)


def page_of(lesson):
    return f"lessons/{lesson.stem}.html"


def pages(built):
    return sorted(built.rglob("*.html"))


def test_the_site_holds_every_lesson_and_is_small(built):
    assert {path.name for path in (built / "lessons").iterdir()} == {f"{lesson.stem}.html" for lesson in LESSONS}
    assert sum(path.stat().st_size for path in built.rglob("*") if path.is_file()) < MOST_MEGABYTES * 1e6


def test_every_link_within_the_site_leads_somewhere(built):
    ids = {path: Read(path).ids for path in pages(built)}
    for path in ids:
        for link in Read(path).links:
            parts = urllib.parse.urlsplit(link)
            if parts.scheme or parts.netloc:
                continue
            target = (path.parent / urllib.parse.unquote(parts.path)).resolve() if parts.path else path.resolve()
            assert target.is_file(), f"{path.name}: {link}"
            if parts.fragment and target.suffix == ".html":
                known = ids[next(other for other in ids if other.resolve() == target)]
                assert urllib.parse.unquote(parts.fragment) in known, f"{path.name}: {link}"


def test_every_page_says_what_it_is(built):
    described = [path for path in pages(built) if path.name not in ("search.html", "genindex.html")]
    found = {}
    for path in described:
        text = path.read_text("utf-8")
        title = re.search("<title>(.*?)</title>", text, re.S)[1]
        about = re.findall('<meta content="([^"]+)" name="description"', text)
        assert len(about) == 1 and 50 < len(about[0]) < 200, path.name
        assert all(re.search(r'\balt="[^"]+"', image) for image in re.findall("<img [^>]*>", text)), path.name
        found[title, about[0]] = path
    assert len(found) == len(described)


@pytest.mark.parametrize("lesson", LESSONS, ids=lambda path: path.stem)
def test_every_formula_is_drawn_and_none_is_left_as_tex(built, lesson):
    texts = [cell.source for cell in notebooks.read(lesson).cells if cell.cell_type == "markdown"]
    texts = [re.sub(r"```.*?```|`[^`]*`", "", text, flags=re.S) for text in texts]
    written = [found for text in texts for found in FORMULA.findall(text)]
    page = built / page_of(lesson)
    body = re.sub(r"<script.*?</script>", "", page.read_text("utf-8"), flags=re.S)
    shown = re.findall(r"<math .*?</math>", body, re.S)
    assert len(shown) == len(written)
    assert sum('display="block"' in math for math in shown) == sum(formula.startswith("$$") for formula in written)
    words = "".join(Read(page).words)
    assert not re.findall(r"\\[a-zA-Z]+|\$[^$\n]+\$", words)


@pytest.mark.parametrize("lesson", LESSONS, ids=lambda path: path.stem)
def test_each_exercise_says_how_to_run_it_and_has_its_hints_folded(built, lesson):
    text = (built / page_of(lesson)).read_text("utf-8")
    sources = "\n".join(cell.source for cell in notebooks.read(lesson).cells if cell.cell_type == "code")
    asked = set(re.findall(r"^(?:lesson_\w+|graded|capstone)\.(?!map)\w+(?=\.check\()", sources, re.M))
    assert text.count('<div class="course-exercise">') == len(asked)
    assert text.count("run.html#exercises") == len(asked)
    answers = len(re.findall("<summary>One answer", text))
    assert answers == len([name for name in asked if not name.startswith("graded.")])
    assert ": not attempted yet" not in text


def test_no_page_asks_for_anything_from_elsewhere_or_complains(built, visit):
    for path in pages(built):
        page = visit(path.relative_to(built))
        page.wait_for_load_state("load")
        page.close()


def test_the_front_page_answers_to_the_first_stroke(visit):
    page = visit("index.html")
    explorer = page.locator(".course-front .aelib-explorer")
    before = drawn(explorer)
    box = explorer.locator("canvas[role=application]").bounding_box()
    assert box["y"] + box["height"] < DESK["height"], "all of it in the first screen"
    page.mouse.move(box["x"] + 0.5 * box["width"], box["y"] + 0.2 * box["height"])
    page.mouse.down()
    page.mouse.move(box["x"] + 0.5 * box["width"], box["y"] + 0.8 * box["height"], steps=5)
    page.mouse.up()
    assert drawn(explorer) != before
    assert re.search(r"cross-entropy \d+ nats per image", explorer.locator("[role=status]").inner_text())
    links = page.locator(".course-map a").evaluate_all("links => links.map(link => link.getAttribute('href'))")
    assert links == [page_of(lesson) for lesson in LESSONS]


def test_an_explorer_moves_on_a_lessons_page(visit):
    page = visit("lessons/08_variational_autoencoders.html")
    explorer = page.locator(".aelib-explorer")
    before = drawn(explorer)
    slider = explorer.locator("input[type=range]").first
    slider.focus()
    page.keyboard.press("ArrowRight")
    assert drawn(explorer) != before


def test_a_quiz_keeps_its_score_in_the_browser_until_it_is_told_to_forget(visit):
    question = quiz.read("01")[0]
    right = [answer["answer"] for answer in question["answers"] if answer["correct"]]
    page = visit("lessons/01_what_is_an_autoencoder.html")

    def score():
        return page.locator(".aelib-quiz > p").last.inner_text().strip()

    form = page.locator(f".aelib-quiz form[data-question='{question['id']}']")
    possible = sum(one["points"] for one in quiz.read("01"))
    assert score() == f"Score: 0 of {possible} points."
    for label in form.locator("label").all():
        if label.inner_text().strip() in [answer.replace("`", "") for answer in right]:
            label.click()
    form.get_by_role("button", name="Check", exact=True).click()
    assert form.locator(".aelib-quiz-said").get_attribute("data-outcome") == "right"
    assert score() == f"Score: 1 of {possible} points."
    page.reload()
    assert score() == f"Score: 1 of {possible} points."
    front = visit("index.html")
    assert f"quiz: 1 of {possible}" in front.locator(".course-map").inner_text()
    page.get_by_role("button", name="Forget my answers").click()
    page.wait_for_function("() => !localStorage.length")
    page.locator(".aelib-quiz").wait_for()
    assert score() == f"Score: 0 of {possible} points."


@pytest.mark.parametrize("name", ["index.html", "lessons/08_variational_autoencoders.html", "reference.html"])
@pytest.mark.parametrize("theme", ["light", "dark"])
def test_a_phone_scrolls_no_page_sideways(visit, name, theme):
    page = visit(name, PHONE, theme)
    page.wait_for_load_state("load")
    wide = page.evaluate("() => [document.documentElement.scrollWidth, document.body.scrollWidth]")
    assert max(wide) <= PHONE["width"]
    test_browser.keep(page, f"site_{pathlib.Path(name).stem}_{theme}")


def test_search_finds_a_word_and_shows_where_it_stands(built, visit):
    handler = functools.partial(http.server.SimpleHTTPRequestHandler, directory=built)
    with http.server.ThreadingHTTPServer(("127.0.0.1", 0), handler) as server:
        threading.Thread(target=server.serve_forever, daemon=True).start()
        page = visit("index.html")
        page.goto(f"http://127.0.0.1:{server.server_port}/search.html?q=amortisation")
        page.locator("#search-results li p.context").first.wait_for()
        assert "08b" in page.locator("#search-results").inner_text()
        server.shutdown()


def test_the_reference_card_is_one_page_of_paper(visit):
    printed = visit("reference.html").pdf(format="A4")
    assert len(re.findall(rb"/Type\s*/Page\b", printed)) == 1


@pytest.mark.skipif(not test_accessibility.AXE, reason="AELIB_AXE does not name a copy of axe.min.js")
@pytest.mark.parametrize("name", ["index.html", "lessons/01_what_is_an_autoencoder.html", "teachers.html"])
@pytest.mark.parametrize("theme", ["light", "dark"])
def test_nothing_violates_wcag_2_1_a_or_aa(visit, name, theme):
    page = visit(name, theme=theme)
    page.wait_for_load_state("load")
    page.evaluate("source => eval.call(window, source)", pathlib.Path(test_accessibility.AXE).read_text("utf-8"))
    found = page.evaluate("levels => axe.run(document, { runOnly: levels, preload: false })", test_accessibility.LEVELS)
    assert [(one["id"], [node["html"] for node in one["nodes"]]) for one in found["violations"]] == []


def test_nothing_but_an_earlier_site_is_written_over(tmp_path, capsys):
    (tmp_path / "thesis.txt").write_text("years")
    assert site.main([str(tmp_path)]) == 1
    assert "no site" in capsys.readouterr().out
    assert (tmp_path / "thesis.txt").read_text() == "years"


def test_the_cloud_is_offered_only_where_the_projects_address_is_known(monkeypatch, tmp_path):
    def shown():
        lesson = site.Lesson(LESSONS[1])
        return lesson._how_to_run(), site.buttons(), site.in_the_cloud()

    monkeypatch.setattr(notebooks, "REPOSITORY", "")
    below, front, page = shown()
    assert "http" not in below and "cloud" not in front and page == ""
    monkeypatch.setattr(notebooks, "REPOSITORY", "https://github.com/someone/course")
    below, front, page = shown()
    places = notebooks.places(LESSONS[1].name)
    assert [place for place, url in places.items() if f'<a href="{url}">{place}</a>' in below] == list(places)
    assert 'href="run.html#in-the-cloud"' in front and page.startswith("## In the cloud\n")
    assert notebooks.install() in page and list(notebooks.places(LESSONS[0].name).values())[0] in page
    launched = site.Lesson(LESSONS[1])
    launched.book = notebooks.launched(launched.book, LESSONS[1].name)
    assert launched.book.cells[0].source != notebooks.read(LESSONS[1]).cells[0].source
    figures = tmp_path / "figures"
    figures.mkdir()
    assert launched.page(figures).cells[0].source == notebooks.read(LESSONS[1]).cells[0].source


def test_two_thin_layers_give_what_one_gives_where_its_inputs_span_few_directions(monkeypatch):
    keras = pytest.importorskip("keras")
    rng = np.random.default_rng(0)
    inputs = (rng.normal(size=(50, 4)) @ rng.normal(size=(4, 30))).astype("float32")
    layer = keras.layers.Dense(20, "relu", bias_initializer="normal")
    expected = keras.ops.convert_to_numpy(layer(inputs))
    monkeypatch.setattr(site, "RANK", 4)
    np.testing.assert_allclose(site.thin(layer, inputs).predict(inputs, verbose=0), expected, atol=1e-4)
    monkeypatch.setattr(site, "RANK", 3)
    assert not np.allclose(site.thin(layer, inputs).predict(inputs, verbose=0), expected, atol=1e-2)
