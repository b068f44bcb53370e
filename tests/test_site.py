"""The site of the course as its readers get it: no network is needed, pages answer, no formula is left as TeX."""

import functools
import html.parser
import http.server
import importlib.util
import json
import os
import pathlib
import re
import shutil
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
from tools import book, front, notebooks, site

NEEDED = ("bs4", "furo", "myst_nb", "pikepdf", "pypdf", "sphinx", "ziamath")
MISSING = [name for name in NEEDED if importlib.util.find_spec(name) is None]
pytestmark = [
    *test_browser.pytestmark,
    pytest.mark.skipif(bool(MISSING), reason=f"not installed: {', '.join(MISSING)}; make site installs what it needs"),
]
browser = test_browser.browser
LESSONS = sorted(notebooks.FOLDER.glob("[0-9]*.ipynb"))
PHONE, DESK = {"width": 390, "height": 844}, {"width": 1280, "height": 900}
LIGHTHOUSE = os.environ.get("AELIB_LIGHTHOUSE")  # the folder of npm's package lighthouse
JUDGED = ("accessibility", "best-practices", "seo")  # not performance, which is a timing
MOST_MEGABYTES, MOST_PDF_MEGABYTES = 40, 25
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
def address(built):
    """Where a server of this machine serves the site."""
    handler = functools.partial(http.server.SimpleHTTPRequestHandler, directory=built)
    with http.server.ThreadingHTTPServer(("127.0.0.1", 0), handler) as server:
        threading.Thread(target=server.serve_forever, daemon=True).start()
        yield f"http://127.0.0.1:{server.server_port}"
        server.shutdown()


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
    first, *others = pages(built)
    page = visit(first.relative_to(built))
    for path in others:
        page.goto(path.as_uri())  # which waits until all is loaded


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
    start = visit("index.html")
    assert f"quiz: 1 of {possible}" in start.locator(".course-map").inner_text()
    page.get_by_role("button", name="Forget my answers").click()
    page.wait_for_function("() => !localStorage.length")
    page.locator(".aelib-quiz").wait_for()
    assert score() == f"Score: 0 of {possible} points."


@pytest.mark.parametrize(
    "name", ["index.html", "lessons/08_variational_autoencoders.html", "reference.html", "results/index.html"]
)
@pytest.mark.parametrize("theme", ["light", "dark"])
def test_a_phone_scrolls_no_page_sideways(visit, name, theme):
    page = visit(name, PHONE, theme)
    page.wait_for_load_state("load")
    wide = page.evaluate("() => [document.documentElement.scrollWidth, document.body.scrollWidth]")
    assert max(wide) <= PHONE["width"]
    test_browser.keep(page, f"site_{pathlib.Path(name).stem}_{theme}")


def test_a_wide_figure_keeps_its_letters_on_a_phone_and_scrolls_in_its_own_box(visit):
    page = visit("lessons/03b_compression_in_real_bits.html", PHONE)
    figures = page.locator(".course-figure")
    shown = figures.evaluate_all(
        "all => all.map(one => [one.querySelector('img').clientWidth, +one.querySelector('img').getAttribute('width'), "
        "one.scrollWidth, one.clientWidth, one.tabIndex])"
    )
    assert all(width >= 0.74 * full for width, full, *_ in shown)
    wide = [(scrolled, box, tab) for width, full, scrolled, box, tab in shown if 0.75 * full > PHONE["width"]]
    assert wide and all(scrolled > box and tab == 0 for scrolled, box, tab in wide)
    test_browser.keep(page, "site_figure_phone")


def test_the_front_page_does_not_jump_when_its_explorer_is_drawn(visit):
    for size in (PHONE, DESK):
        page = visit("index.html", size)
        page.wait_for_load_state("load")
        moved = page.evaluate(
            """() => new Promise(done => new PerformanceObserver(list => done(list.getEntries().reduce(
              (sum, entry) => sum + entry.value, 0))).observe({ type: "layout-shift", buffered: true })
              || setTimeout(() => done(0), 500))"""
        )
        assert moved < 0.1, "what web.dev calls good: a layout shift of at most 0.1"


@pytest.mark.parametrize("lesson", LESSONS, ids=lambda path: path.stem)
def test_a_lessons_slides_ask_each_of_its_predictions_before_they_show_the_figures(built, lesson):
    cells = notebooks.read(lesson).cells
    asked = [cell.source.count("> **Predict:**") for cell in cells if cell.cell_type == "markdown"]
    slides = (built / "slides" / f"{lesson.stem}.html").read_text("utf-8")
    assert slides.count('<div class="asked">') == sum(asked)
    page = (built / page_of(lesson)).read_text("utf-8")
    shown = re.compile(r'<strong>Predict:</strong>|src="../_static/figures/[\w.-]+')
    assert shown.findall(slides) == shown.findall(page)


def test_slides_fit_a_projector_and_keys_walk_through_them(built, visit):
    page = visit(f"slides/{LESSONS[0].stem}.html", {"width": 1280, "height": 720})
    for lesson in LESSONS:
        page.goto((built / "slides" / f"{lesson.stem}.html").as_uri())
        tall = page.evaluate(
            "() => [...document.querySelectorAll('section, section > *')].filter(one => one.scrollHeight > "
            "one.clientHeight + 1 && one.matches('section') || one.scrollWidth > one.clientWidth + 1)"
            ".map(one => one.ariaLabel ?? one.innerText)"
        )
        assert tall == [], lesson.stem
        if lesson == LESSONS[-1]:
            for key, place in (("ArrowRight", 1), (" ", 2), ("ArrowUp", 1), ("Home", 0)):
                page.keyboard.press(key)
                page.wait_for_function(f"() => Math.abs(scrollY - {place} * innerHeight) < 2")


def test_the_results_are_pages_with_the_files_that_they_name(built):
    text = (built / "results" / "index.html").read_text("utf-8")
    assert len(re.findall(r'href="\.\./_downloads/\w+/\w+\.json"', text)) >= 5
    assert "results-portrait.png" in text and "146.95" not in text
    for name in ("runs/index.html", "capstone.html", "forgeries.html"):
        assert f'href="{name}"' in text


def test_what_results_name_outside_of_their_folder_is_a_link_where_the_projects_address_is_known(tmp_path, monkeypatch):
    address = "https://github.com/someone/course"
    for repository, expected in (
        ("", "aelib/trained"),
        (address, f"[aelib/trained]({address}/blob/HEAD/aelib/trained)"),
    ):
        folder = tmp_path / str(bool(repository))
        (folder / "figures").mkdir(parents=True)
        monkeypatch.setattr(notebooks, "REPOSITORY", repository)
        site.results(folder / "results", folder / "figures")
        assert f"loads stand in {expected}, and" in (folder / "results" / "index.md").read_text("utf-8")
        assert not list(folder.rglob("README.md"))


def test_the_course_is_one_pdf_whose_contents_name_the_right_pages(built, tmp_path):
    import pypdf

    folder = tmp_path / "pages"
    shutil.copytree(built, folder)
    done = subprocess.run(
        [sys.executable, "-m", "tools.book", str(folder)], cwd=notebooks.FOLDER.parent, capture_output=True, text=True
    )
    assert done.returncode == 0, done.stdout + done.stderr
    pages = int(re.search(r"Printed (\d+) pages", done.stdout)[1])
    reader = pypdf.PdfReader(folder / "course.pdf")
    assert len(reader.pages) == pages and (folder / "course.pdf").stat().st_size < MOST_PDF_MEGABYTES * 1e6
    assert f"</a>: {pages} pages" in (folder / "index.html").read_text("utf-8")

    def words(number):
        return " ".join(reader.pages[number - 1].extract_text().split())

    titles = [cell.source.partition("\n")[0][2:] for path in LESSONS for cell in notebooks.read(path).cells[:1]]
    contents = " ".join(map(words, (2, 3, 4)))
    starts = {}
    for title in titles:
        starts[title], answers = map(int, re.findall(re.escape(title) + r" (\d+)", contents))
        assert words(starts[title]).startswith(title) and title in words(answers)
    explored, after = (next(n for title, n in starts.items() if title.startswith(key)) for key in ("08 ", "08b "))
    assert not re.search("Where scripts run|Run this cell", " ".join(map(words, range(explored, after))))
    notes = [note.get_object() for page in reader.pages for note in page.get("/Annots", ())]
    within = [note["/Dest"] for note in notes if note["/Subtype"] == "/Link" and "/Dest" in note]
    assert len(within) > 300 and set(within) <= reader.named_destinations.keys()


def test_without_chromium_or_a_site_the_pdf_says_what_to_do(tmp_path, monkeypatch, capsys):
    assert book.main([str(tmp_path)]) == 1
    assert "make pdf" in capsys.readouterr().out
    (tmp_path / "index.html").write_text("")
    monkeypatch.setattr(book.shutil, "which", lambda name: None)
    assert book.main([str(tmp_path)]) == 1
    assert "apt install chromium" in capsys.readouterr().out


def test_search_finds_a_word_and_shows_where_it_stands(address, visit):
    page = visit("index.html")
    page.goto(f"{address}/search.html?q=amortisation")
    page.locator("#search-results li p.context").first.wait_for()
    assert "08b" in page.locator("#search-results").inner_text()


def test_the_reference_card_is_one_page_of_paper(visit):
    printed = visit("reference.html").pdf(format="A4")
    assert len(re.findall(rb"/Type\s*/Page\b", printed)) == 1


@pytest.mark.skipif(not test_accessibility.AXE, reason="AELIB_AXE does not name a copy of axe.min.js")
@pytest.mark.parametrize(
    "name",
    [
        "index.html",
        "lessons/01_what_is_an_autoencoder.html",
        "results/index.html",
        "slides/08_variational_autoencoders.html",
        "teachers.html",
    ],
)
@pytest.mark.parametrize("theme", ["light", "dark"])
def test_nothing_violates_wcag_2_1_a_or_aa(visit, name, theme):
    page = visit(name, theme=theme)
    page.wait_for_load_state("load")
    page.evaluate("source => eval.call(window, source)", pathlib.Path(test_accessibility.AXE).read_text("utf-8"))
    found = page.evaluate("levels => axe.run(document, { runOnly: levels, preload: false })", test_accessibility.LEVELS)
    assert [(one["id"], [node["html"] for node in one["nodes"]]) for one in found["violations"]] == []


@pytest.mark.skipif(not LIGHTHOUSE, reason="AELIB_LIGHTHOUSE does not name the folder of npm's lighthouse")
@pytest.mark.parametrize("name", ["index.html", "lessons/08_variational_autoencoders.html", "glossary.html"])
def test_lighthouse_finds_nothing_to_mend_on_a_phone(address, name, tmp_path):
    program, found = pathlib.Path(LIGHTHOUSE, "cli", "index.js"), tmp_path / "found.json"
    command = ["node", str(program), f"{address}/{name}", "--quiet", "--output=json", f"--output-path={found}"]
    command += [f"--only-categories={','.join(JUDGED)}", "--chrome-flags=--headless=new --no-sandbox"]
    environment = {**os.environ, "CHROME_PATH": test_browser.CHROMIUM}
    subprocess.run(command, env=environment, check=True, capture_output=True, timeout=300)
    report = json.loads(found.read_text("utf-8"))
    failed = [
        (audit["id"], audit["title"])
        for category in report["categories"].values()
        for audit in (report["audits"][reference["id"]] for reference in category["auditRefs"] if reference["weight"])
        if audit["score"] is not None and audit["score"] < 1
    ]
    assert failed == [] and report["categories"].keys() == set(JUDGED)


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
    monkeypatch.setattr(front, "RANK", 4)
    np.testing.assert_allclose(front.thin(layer, inputs).predict(inputs, verbose=0), expected, atol=1e-4)
    monkeypatch.setattr(front, "RANK", 3)
    assert not np.allclose(front.thin(layer, inputs).predict(inputs, verbose=0), expected, atol=1e-2)
