"""Pages of a cohort: what they say, to whom, that nothing a stranger wrote gets through, and which files are alike."""

import ast
import html.parser
import json
import os
import pathlib
import re
import shutil
import urllib.parse
import xml.etree.ElementTree

import pytest
import test_browser
import test_cohort
from hypothesis import given
from hypothesis import strategies as st
from test_cohort import grade_in

from aelib.exercises import graded
from aelib.grading import Verdict, cohort, judge, likeness, report, submissions

ROOT = pathlib.Path(__file__).parent.parent
SUBMISSIONS = ROOT / "tests" / "submissions"
AXE = os.environ.get("AELIB_AXE")  # as in test_accessibility.py
class_folder, judged, browser = test_cohort.class_folder, test_cohort.judged, test_browser.browser
EVIL = "<script>alert(1)</script><img src=x onerror=alert(1)>\"'>{{7*191}}--><!--&amp;</pre>"
SEEN = re.sub(" +", " ", EVIL)  # as a reader must see it


class Reader(html.parser.HTMLParser):
    """Reads a page into a tree, and fails where a tag is closed that is not open."""

    def __init__(self, text):
        super().__init__()
        self.tree, self.open = xml.etree.ElementTree.TreeBuilder(), []
        self.feed(text)
        self.close()
        self.root = self.tree.close()

    def handle_starttag(self, tag, attributes):
        self.tree.start(tag, {name: value or "" for name, value in attributes})
        if tag in ("meta", "br"):
            self.tree.end(tag)
        else:
            self.open.append(tag)

    def handle_endtag(self, tag):
        assert self.open.pop() == tag
        self.tree.end(tag)

    def handle_data(self, data):
        if self.open:
            self.tree.data(data)


def read(path):
    """A page as a tree."""
    return Reader(path.read_text("utf-8")).root


def text(node):
    """What a reader sees of a node, on one line."""
    return " ".join("".join(node.itertext()).split())


def table(page, after):
    """The cells of the first table after the heading with this id, row by row."""
    nodes = list(page.iter())
    place = next(i for i, node in enumerate(nodes) if node.get("id") == after)
    found = next(node for node in nodes[place:] if node.tag == "table")
    return [[text(cell) for cell in row] for row in found.iter("tr")]


def record(learner, task="vanilla", wrong=(), unjudged=(), keras=3, file="/nowhere/x.py", **more):
    """A record as the grader makes it, in which some criteria are wrong or were not judged."""
    names = (*judge.criteria(task), *cohort.FORM)
    criteria = {name: Verdict(True, f"{name} holds.") for name in names}
    criteria |= {name: Verdict(False, f"{name}: found 1, expected 2.") for name in wrong}
    criteria |= {name: Verdict(None, "Could not be judged: loads must be right first.") for name in unjudged}
    points = sum(all(criteria[name].ok for name in needed) for needed in cohort.points(task).values())
    plain = {"remarks": [], "left": [], "printed": "", "points": points, "of": 6}
    return {"learner": learner, "task": task, "file": str(file), "keras": keras, "criteria": criteria} | plain | more


def submission(learner, task, file):
    """A file as the grader reads it."""
    data = pathlib.Path(file).read_bytes()
    return submissions.Submission(learner, task, pathlib.Path(file), data, None, False, os.path.dirname(file))


def ungraded_file(learner, path, sentence):
    """A file that is not graded, as the grader names it."""
    return submissions.Ungraded(learner, "", pathlib.Path(path), sentence)


def written(folder, records, ungraded=()):
    """The pages of a report, {learner: tree}; the cohort's is under None."""
    report.prepare(folder, [], [])
    handed_in = [submission(r["learner"], r["task"], r["file"]) for r in records if os.path.exists(r["file"])]
    report.write(folder, records, graded.TASKS, [ungraded_file(*row) for row in ungraded], handed_in)
    learners = {r["learner"] for r in records} | {row[0] for row in ungraded if row[0]}
    return {None: read(folder / "cohort.html")} | {name: read(folder / report.page(name)) for name in learners}


# A learner's page


def test_a_learners_page_says_what_is_right_what_was_found_and_what_to_try(tmp_path):
    open_ = ("optimizer", "loss", "trains", "general")
    more = {"remarks": ["A name differs."], "left": ["1 process it had started was ended"], "printed": "hello\n"}
    page = written(tmp_path, [record("ada", wrong=("activations", "newline"), unjudged=open_, **more)])["ada"]
    assert table(page, "points") == [
        ["Exercise", "interface", "architecture", "objective", "general", "form", "trains", "points"],
        ["0 · vanilla", "✓ right", *["✗ not yet right", "– not judged", "– not judged"] * 1]
        + ["✗ not yet right", "– not judged", "1 of 6"],
    ]
    wrong = table(page, "wrong-1")
    assert [row[0] for row in wrong[1:]] == ["✗ activations", "✗ newline"]
    assert wrong[1][1] == "activations: found 1, expected 2.Read lesson 01, “Two functions”."
    seen = text(page)
    assert "optimizer, loss, trains, general: Could not be judged: loads must be right first." in seen
    assert "Begin with activations" in seen and "graded.vanilla.check(autoencoder)" in seen
    for words in ("A name differs.", "1 process it had started was ended.", "hello", "✓ loads loads holds."):
        assert words in seen
    assert [text(node) for node in page.iter("details")] == [
        f"Hint {n} of 4{hint}" for n, hint in enumerate(graded.vanilla.hints, 1)
    ]
    assert "Not handed in: 1-sparse.py (sparse), 2-convolutional.py (convolutional), 3-variational.py" in seen


def test_a_page_without_faults_has_no_advice_and_one_without_files_says_what_was_not_graded(tmp_path):
    right = [record("ada", task) for task in judge.NAMES]
    shabby = written(tmp_path / "shabby", [record("ada", wrong=("newline",))])["ada"].find(".//main")
    assert "Begin with newline" in text(shabby) and "hint" not in text(shabby) and ".check(" not in text(shabby)
    stray = ("", "/class/notes.txt", "It lies in nobody's folder.")
    pages = written(tmp_path, right, [("bob", "/class/of ada/bob/model.ipynb", "It is a notebook."), stray])
    assert "24 of 24 points" in text(pages["ada"]) and not pages["ada"].findall(".//details")
    assert "What to try" not in text(pages["ada"]) and "Not handed in" not in text(pages["ada"])
    assert "model.ipynb: It is a notebook." in text(pages["bob"]) and "0 of 24 points" in text(pages["bob"])
    assert "ada" not in text(pages["bob"]) and "/class/of ada/bob/model.ipynb" in text(pages[None])
    assert table(pages[None], "ungraded")[2] == ["nobody’s", *stray[1:]] and "2 learners" in text(pages[None])


def test_under_two_versions_of_keras_the_better_one_counts_and_differences_are_named(tmp_path):
    records = [
        record("ada", wrong=("returns",), keras=3),
        record("ada", keras=2),
        record("bob"),
        record("bob", keras=2),
    ]
    pages = written(tmp_path, records)
    assert "Keras 3: 5 points, Keras 2: 6 points; the better one counts" in text(pages["ada"])
    assert "Right in Keras 2 and broken in Keras 3." in text(pages["ada"])
    assert [row[0] for row in table(pages["ada"], "wrong-1")[1:]] == ["✗ returnsKeras 3"]
    assert table(pages["ada"], "points")[1][-1] == "6 of 6"
    assert "✓ returns, Keras 2: returns holds." in text(pages["ada"]) and "Hint 1 of 4" in text(pages["ada"])
    assert "aelib grade 0-vanilla.py --keras both: it" in text(pages["ada"])
    assert "ada, vanilla: Right in Keras 2 and broken in Keras 3." in text(pages[None])
    assert "broken" not in text(pages["bob"])
    assert table(pages[None], "learners")[1:] == [[n, "6", *["—not handed in"] * 3, "6"] for n in ("ada", "bob")]


def test_of_several_files_of_a_task_each_is_shown_and_the_best_counts(tmp_path):
    records = [record("ada", wrong=("loss",), file="/a/0-vanilla.py"), record("ada", file="/b/0-vanilla.py")]
    pages = written(tmp_path, records)
    assert "6 of 24 points" in text(pages["ada"])
    assert [row[0] for row in table(pages["ada"], "points")[1:]] == [
        "0 · vanilla, file 1 of 2",
        "0 · vanilla, file 2 of 2",
    ]


def test_no_learners_page_names_another(tmp_path):
    names = ["Lovelace", "Hopper", "group 7/Turing"]
    records = [record(name, wrong=("loss",), file=f"/class/{name}/0-vanilla.py") for name in names]
    pages = written(tmp_path, records, [(name, f"/class/{name}/x.zip", "It is an archive.") for name in names])
    for name in names:
        source = (tmp_path / report.page(name)).read_text("utf-8")
        assert name in text(pages[name]) and name in text(pages[None])
        assert not [other for other in names if other != name and other in source]
        assert "cohort.html" not in source


# The cohort's page


def test_the_cohorts_page_counts_points_faults_and_what_is_missing(tmp_path):
    records = [record(f"learner {n}", wrong=("loss",) if n < 7 else ()) for n in range(12)]
    records += [record(f"learner {n}", "variational", wrong=("kl",), unjudged=("kl_balance",)) for n in range(3)]
    records[0] = record("learner 0", wrong=("loss", "newline"))
    page = written(tmp_path, records)[None]
    rows = table(page, "learners")
    assert [row[0] for row in rows[1:]] == [f"learner {n}" for n in range(12)]
    assert rows[1] == ["learner 0", "4", "—not handed in", "—not handed in", "5", "9"]
    assert table(page, "spread")[1] == ["vanilla", "12", "5.3", "0", "0", "0", "0", "1", "6", "5"]
    assert table(page, "spread")[2] == ["sparse", "0", "—", *"0000000"]
    assert [row[:4] for row in table(page, "faults")[1:]] == [
        ["loss", "vanilla", "7 of 12", "0"],
        ["kl", "variational", "3 of 3", "0"],
        ["newline", "all", "1 of 15", "0"],
    ]
    assert table(page, "lessons")[1] == [
        "01 · What is an autoencoder?How wrong is a reconstruction?",
        "7 of 12",
        "loss 7",
    ]
    assert table(page, "lessons")[2][0].endswith("The closed form")
    missing = {row[0]: row[1] for row in table(page, "missing")[1:]}
    assert len(missing) == 12 and missing["learner 0"] == "sparse, convolutional"
    assert missing["learner 5"] == "sparse, convolutional, variational"


def test_a_cohort_of_nobody_and_one_that_has_no_fault_have_a_page(tmp_path):
    page = written(tmp_path / "nobody", [], [])[None]
    assert "0 learners, 0 files graded" in text(page) and "No file was graded." in text(page)
    page = written(tmp_path / "all", [record("ada", task) for task in judge.NAMES])[None]
    assert "1 learner, 4 files graded, 24.0 of 24 points on average" in text(page)
    assert "No fault was found." in text(page) and "Everybody here handed in all four." in text(page)


def test_what_is_to_read_again_stands_in_the_lessons():
    headings = {}
    for number in report.LESSONS:
        (lesson,) = (ROOT / "notebooks").glob(f"{number}_*.ipynb")
        lines = [
            line
            for cell in json.loads(lesson.read_text("utf-8"))["cells"]
            for line in "".join(cell["source"]).splitlines()
        ]
        headings[number] = {line.strip("# ") for line in lines if line.startswith("#")}
        assert f"{number} · {report.LESSONS[number]}" in headings[number]
    for task in judge.NAMES:
        places = {name: report._taught(task, name) for name in (*judge.criteria(task), *cohort.FORM)}
        assert all(heading in headings[lesson] for lesson, heading in places.values())
        lesson, heading = report.EXERCISES[task]
        assert heading.startswith(f"{graded.TASKS[task].title.partition(',')[0]} · ")


# Strangers


def test_nothing_that_strangers_wrote_becomes_markup_and_it_is_shown_as_they_wrote_it(tmp_path):
    criteria = {name: Verdict(ok, EVIL) for name, ok in zip(record("x")["criteria"], [True, False, None] * 9)}
    more = {"criteria": criteria, "remarks": [EVIL], "left": [EVIL], "printed": EVIL, "file": f"/{EVIL}"}
    pages = written(tmp_path, [record(EVIL, **more)], [(EVIL, pathlib.Path(EVIL + "\udcff"), EVIL)])
    plain = written(tmp_path / "plain", [record("x", **more)], [("x", "x", "x")])
    for name, page in pages.items():
        tags = {node.tag for node in page.iter()}
        assert tags <= {node.tag for tree in plain.values() for node in tree.iter()} and not tags & {"script", "img"}
        assert not [key for node in page.iter() for key in node.keys() if key.startswith("on")]
        assert SEEN in text(page.find(".//main")) and "1337" not in text(page.find(".//main")).replace("{{7*191}}", "")
        source = (tmp_path / (report.page(name) if name else "cohort.html")).read_text("utf-8")
        assert not re.search(r"(?:https?:)?//(?!w)[a-z]+\.|url\(|@import", source) and "<meta charset" in source
    assert text(pages[EVIL].find(".//h1")) == SEEN


@pytest.mark.parametrize(
    "name, seen",
    [
        ("a\x1b[31mb", "a\ufffd[31mb"),
        ("\u202eevil", "\ufffdevil"),
        ("\udcff", "\ufffd"),
        ("a\u00a0b", "a b"),
        ("نمی\u200cخواهم", "نمی\u200cخواهم"),
        ("\u200d", "(a name without letters)"),
        ("", "(a name without letters)"),
    ],
)
def test_characters_that_hide_or_turn_text_around_are_shown_and_do_nothing(tmp_path, name, seen):
    pages = written(tmp_path, [record(name, printed=name)])
    assert text(pages[name].find(".//h1/bdi")) == seen and seen in text(pages[None])


@given(st.lists(st.text(max_size=80), unique=True, max_size=4))
def test_a_page_has_a_safe_name_of_its_own_whatever_the_learner_is_called(names):
    pages = [report.page(name) for name in names]
    assert len({page.casefold() for page in pages}) == len(names)
    for page in pages:
        assert len(page.encode()) < 100 and re.fullmatch(r"learner-[\w-]+\.html", page)


def test_names_that_are_nearly_the_same_get_pages_of_their_own():
    names = [
        "..",
        ".",
        "",
        "CON",
        "con",
        "Ada",
        "ada",
        "ADA",
        "a/b",
        "a\\b",
        "a-b",
        "a b",
        "x" * 255,
        "x" * 256,
        "ß",
        "SS",
    ]
    names += ["é", "e\u0301", "\u202ea", "a", "\udcff", "\udcfe", "İ", "i", "%2e", "cohort"]
    names += [report.page(name)[len("learner-") : -len(".html")] for name in names]
    names = list(dict.fromkeys(names))
    assert len({report.page(name).casefold() for name in names}) == len(names)
    assert report.page("ada") == "learner-ada.html"


# The folder


@pytest.mark.parametrize(
    "place",
    ["class_folder", "class_folder/bob", "class_folder/group a", "class_folder/bob/new", "class_folder/pages", "link"],
)
def test_a_folder_that_is_handed_in_is_refused_before_anything_is_examined(
    class_folder, judged, tmp_path, capsys, place
):
    (tmp_path / "link").symlink_to(class_folder / "bob")
    assert grade_in(tmp_path, "class_folder", "--report", place) == 2
    said = capsys.readouterr().err
    assert "belongs to what is handed in" in said and f'--report "{class_folder}' in said and not judged
    assert not list(tmp_path.rglob("*.html")) and not (tmp_path / "grades.json").exists()
    cure = said.split("--report ")[1].strip().strip('"')
    assert grade_in(tmp_path, "class_folder", "--report", cure) == 1


def test_files_graded_by_name_keep_their_folder_to_themselves(class_folder, judged, tmp_path, capsys):
    assert grade_in(class_folder / "bob", "0-vanilla.py", "--report", ".") == 2
    assert "belongs to what is handed in" in capsys.readouterr().err and not judged
    assert not list(class_folder.rglob("*.html"))


@pytest.mark.parametrize("place", ["", "file", "file/below", "n" * 300])
def test_a_folder_that_cant_be_made_is_refused_before_anything_is_examined(
    class_folder, judged, tmp_path, capsys, place
):
    (tmp_path / "file").write_text("mine")
    assert grade_in(tmp_path, "class_folder", "--report", place) == 2
    said = capsys.readouterr().err
    assert "--report" in said and "Errno" not in said and "Traceback" not in said and not judged
    assert ("it is no folder" in said) == ("file" in place)
    assert (tmp_path / "file").read_text() == "mine"


def test_pages_of_an_earlier_call_are_written_anew_and_nothing_else_is_touched(class_folder, judged, tmp_path, capsys):
    pages = tmp_path / "pages"
    assert grade_in(tmp_path, "class_folder", "--report", "pages") == 1
    (pages / "notes.txt").write_text("mine")
    shutil.rmtree(class_folder / "bob")
    capsys.readouterr()
    assert grade_in(tmp_path, "class_folder", "--report", "pages") == 0
    assert "bob" not in (pages / "cohort.html").read_text("utf-8")
    assert (pages / "notes.txt").read_text() == "mine"
    assert "these pages are still there: learner-bob.html." in capsys.readouterr().out


@pytest.mark.parametrize(
    "name, kind",
    [("learner-bob.html", "changed")]
    + [("cohort.html", kind) for kind in ("changed", "cut off", "another file", "link", "folder")],
)
def test_what_is_no_page_of_an_earlier_call_is_in_the_way(class_folder, judged, tmp_path, capsys, name, kind):
    pages = tmp_path / "pages"
    written(pages, [record("bob")])
    page = pages / name
    before = page.read_bytes()
    if kind == "folder":
        page.unlink()
        page.mkdir()
    elif kind == "link":
        page.rename(tmp_path / "elsewhere")
        page.symlink_to(tmp_path / "elsewhere")
    else:
        page.write_bytes({"changed": before.replace(b"<h1>", b"<h1>!"), "cut off": before[:-9]}.get(kind, b"mine"))
    assert grade_in(tmp_path, "class_folder", "--report", "pages") == 2
    said = capsys.readouterr().err
    assert name in said and "is in the way" in said and "another folder" in said and not judged
    with pytest.raises(ValueError, match="in the way"):
        report.write(pages, [record("bob")])


# How it is drawn


def test_each_page_has_the_landmarks_headings_and_table_headers_that_readers_need(tmp_path):
    wrong = dict(wrong=("loss", "kl"), unjudged=("general",))
    pages = written(tmp_path, [record("ada", "variational", **wrong), record("ada", keras=2), record("bob")])
    for page in pages.values():
        assert page.get("lang") == "en" and text(page.find(".//title"))
        assert [node.tag for node in page.find("body")] == ["header", "main", "footer"]
        levels = [int(node.tag[1]) for node in page.iter() if re.fullmatch("h[1-6]", node.tag)]
        assert levels[0] == 1 and levels.count(1) == 1 and all(b - a <= 1 for a, b in zip(levels, levels[1:]))
        assert all(node.get("scope") in ("row", "col") for node in page.iter("th"))
        assert all(row[0].tag == "th" for row in page.iter("tr"))
        ids = [node.get("id") for node in page.iter() if node.get("id")]
        assert len(set(ids)) == len(ids)
        named = " ".join(node.get("aria-labelledby", "") for node in page.iter()).split()
        named += [node.get("href")[1:] for node in page.iter("a") if node.get("href").startswith("#")]
        assert set(named) <= set(ids)
    links = [node.get("href") for node in pages[None].iter("a") if not node.get("href").startswith("#")]
    assert links and all((tmp_path / urllib.parse.unquote(link)).is_file() for link in links)


@pytest.mark.slow
@pytest.mark.browser
@pytest.mark.skipif(test_browser.CHROMIUM is None, reason="Chromium is not installed")
def test_pages_open_offline_run_no_script_fit_a_phone_and_print_whole_rows(tmp_path, browser):
    written(
        tmp_path,
        [record(name, wrong=("loss",), printed="W" * 2000) for name in (EVIL, "W" * 255, "Z" + "\u0301\u0489" * 99)],
    )
    page = browser.new_page(viewport={"width": 390, "height": 800})
    asked = []
    page.on("request", lambda request: asked.append(request.url))
    for file in sorted(tmp_path.iterdir()):
        page.emulate_media(media="screen")
        page.goto(file.as_uri())
        assert asked.pop() == file.as_uri() and not asked
        assert page.evaluate("document.documentElement.scrollWidth") <= 390
        page.evaluate(
            "() => { const s = document.createElement('script'); s.textContent = 'window.ran = 1';"
            "document.body.append(s); }"
        )
        assert page.evaluate("window.ran === undefined"), "the page's policy forbids scripts"
        page.emulate_media(media="print")
        cut = "[...document.querySelectorAll('tr, li')].filter(n => getComputedStyle(n).breakInside != 'avoid')"
        assert page.evaluate(f"{cut}.length") == 0
    page.close()


@pytest.mark.slow
@pytest.mark.browser
@pytest.mark.skipif(test_browser.CHROMIUM is None or not AXE, reason="needs Chromium, and AELIB_AXE to name axe.min.js")
def test_axe_finds_nothing_in_either_theme(tmp_path, browser):
    found = dict(wrong=("loss", "kl", "newline"), unjudged=("general",), remarks=["A remark."], printed="x" * 300)
    written(
        tmp_path, [record(name, "variational", **found) for name in ("ada", "bob")], [("bob", "x.zip", "An archive.")]
    )
    for file in (tmp_path / "cohort.html", tmp_path / "learner-bob.html"):
        for scheme in ("light", "dark"):
            context = browser.new_context(color_scheme=scheme, bypass_csp=True)
            page = context.new_page()
            page.goto(file.as_uri())
            page.evaluate("source => eval.call(window, source)", pathlib.Path(AXE).read_text("utf-8"))
            checked, violations = page.evaluate(
                "async () => { const found = await axe.run(); return [found.passes.find(p => p.id == 'color-contrast')"
                ".nodes.length, found.violations.map(v => [v.id, v.nodes.map(n => n.html)])]; }"
            )
            assert checked > 50 and violations == []
            context.close()


# Files that are alike


def disguised(source):
    """The same program under other names, without comments, docstrings and blank lines."""
    for old, new in {"latent_dims": "n_code", "encoder": "enc_", "size": "s", "code": "h", "image": "inp"}.items():
        source = re.sub(rf"(?<![\w.'\"]){old}\b(?![\w'\"]|=\S)", new, source)
    tree = ast.parse(source)
    for node in ast.walk(tree):
        if isinstance(node, (ast.Module, ast.FunctionDef, ast.ClassDef)) and ast.get_docstring(node):
            node.body[0].value.value = "Another docstring."
    return f"#!/usr/bin/python\n# mine\n{ast.unparse(tree)}\n"


def compared(sources, given=()):
    """How alike texts are, each handed in by a learner of its name."""
    sources = {name: source if isinstance(source, bytes) else source.encode() for name, source in sources.items()}
    return likeness.compare(list(sources.items()), given)


@pytest.mark.parametrize("file", cohort.FILES)
def test_other_names_comments_and_layout_leave_the_shape_and_another_way_to_write_it_does_not(file):
    styles = {path.name: (path / file).read_text("utf-8") for path in SUBMISSIONS.iterdir() if (path / file).exists()}
    styles["ours"] = graded.TASKS[cohort.FILES[file]].answer
    copies = {f"{name} too": disguised(source) for name, source in styles.items()}
    assert all(copies[f"{name} too"] != source for name, source in styles.items())
    found = compared(styles | copies)
    assert found.compared == 2 * len(styles) and found.shapes == len(styles) and found.commonest == 2
    assert found.alike == [([name, f"{name} too"], "shape", 1.0, 0.0) for name in sorted(styles)]


def test_files_are_alike_only_if_they_are_more_like_each_other_than_like_the_courses_answer():
    answer = graded.vanilla.answer
    sgd, mse = answer.replace('"adam"', '"sgd"'), answer.replace('"binary_crossentropy"', '"mse"')
    both = sgd.replace('"binary_crossentropy"', '"mse"')
    sources = {"ada": sgd, "bob": mse, "cleo": answer, "dan": disguised(answer)}
    assert compared(sources, [answer]) == (2, 2, 1, 2, 0, 0, [])
    (row,) = compared({"ada": sgd, "bob": sgd, "cleo": answer}, [answer]).alike
    assert row[:3] == (["ada", "bob"], "to the byte", 1.0) and 0.8 < row[3] < 1
    longer = both + "\n\ndef helper(a, b):\n    return [a * b, a + b, a - b, a / b, a % b, a // b, a ** b, a @ b]\n"
    near = longer.replace("a ** b", "a ** 2")
    (row,) = compared({"ada": longer, "bob": near, "cleo": answer}, [answer]).alike
    assert row[:2] == (["ada", "bob"], "near") and row[3] < row[2] < 1


def test_files_that_tell_nothing_are_counted_and_not_compared():
    answer = graded.vanilla.answer
    sources = {
        "starter": "import keras\n\n\ndef autoencoder(a, b, c):\n    ...\n",
        "empty": b"",
        "no Python": "def f(:",
        "bytes": b"\xff\xfe\x00",
        "deep": "(" * 5000 + ")" * 5000,
        "deep sum": "x = 1" + " + 1" * 20000,
        "long": answer + "#" * likeness.LARGEST,
        "wordy": answer + "x = 1\n" * likeness.LONGEST,
        "number": "x = 0x" + "f" * 9000,
        "one": answer,
    }
    found = compared(sources)
    assert found.compared + found.short + found.unread == len(sources)
    assert (found.short, found.compared, found.alike) == (2, 1, [])


def test_an_owner_is_not_compared_with_himself():
    found = likeness.compare([("ada", graded.sparse.answer.encode())] * 2)
    assert (found.compared, found.commonest, found.alike) == (2, 2, [])


def test_the_cohorts_page_asks_about_files_that_are_alike_those_first_who_are_it_in_most_exercises(tmp_path):
    records = []
    for name, tasks in {"ada": "vs", "bob": "vs", "cleo": "s", "dan": "s"}.items():
        for task in (task for task in ("vanilla", "sparse") if task[0] in tasks):
            source = graded.TASKS[task].answer.replace('"adam"', '"sgd"')
            style = {"cleo": "subclassed", "dan": "subclassed"}.get(name)
            file = tmp_path / f"{name}-{task}.py"
            file.write_text((SUBMISSIONS / style / "1-sparse.py").read_text("utf-8") if style else source)
            records.append(record(name, task, file=file))
    page = written(tmp_path / "pages", records)[None]
    assert table(page, "alike")[1:3] == [
        ["vanilla", "2", "1", "2", "0", "0", "0"],
        ["sparse", "4", "2", "2", "0", "0", "0"],
    ]
    tables = list(page.iter("table"))
    rows = [[text(cell) for cell in row] for row in tables[-1].iter("tr")]
    assert [row[0] for row in rows[1:]] == ["ada · bob", "cleo · dan"]
    assert rows[1][1].startswith("vanilla: the same file (with the course's answer: 9")
    assert rows[2][1] == "sparse: the same file"
    assert "This is a question, and no verdict." in text(page) and "What this can't know" in text(page)
