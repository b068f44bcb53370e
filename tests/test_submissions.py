"""What was handed in: names, learners, archives, notebooks and odd things, each graded as a plain file is, or named."""

import contextlib
import io
import json
import os
import pathlib
import random
import socket
import stat
import sys
import tarfile
import zipfile

import pytest

from aelib.grading import containers, naming, submissions

NAMES = naming.NAMES
A, B = b"#!/usr/bin/env python3\n'''A.'''\n", b"#!/usr/bin/env python3\n'''B.'''\n"


def put(folder, files):
    """Write files, and the folders that they need."""
    for name, data in files.items():
        (folder / name).parent.mkdir(parents=True, exist_ok=True)
        (folder / name).write_bytes(data)
    return folder


def zipped(files, **change):
    """The bytes of a .zip."""
    stream = io.BytesIO()
    with zipfile.ZipFile(stream, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, data in files.items():
            entry = zipfile.ZipInfo(name)
            entry.compress_type, entry.create_system, entry.external_attr = zipfile.ZIP_DEFLATED, 3, 0o100755 << 16
            for field, value in change.items():
                setattr(entry, field, value)
            archive.writestr(entry, data)
    return stream.getvalue()


def tarred(files, kind=tarfile.REGTYPE, mode="w:gz"):
    """The bytes of a .tar.gz."""
    stream = io.BytesIO()
    with tarfile.open(fileobj=stream, mode=mode) as archive:
        for name, data in files.items():
            entry = tarfile.TarInfo(name)
            entry.type, entry.linkname, entry.mode = kind, "/etc/passwd", 0o755
            entry.size = len(data) if kind == tarfile.REGTYPE else 0
            archive.addfile(entry, io.BytesIO(data))
    return stream.getvalue()


def notebook(*cells):
    """The bytes of a notebook with these code cells."""
    return json.dumps({"cells": [{"cell_type": "code", "source": cell} for cell in cells]}).encode()


def graded(*paths):
    """{(learner, task): bytes} of what is graded."""
    return {(one.learner, one.task): one.data for one in submissions.find(paths)[0]}


def ungraded(*paths):
    """{(learner, name): sentence} of what is not."""
    return {(one.learner, one.path.name): one.text for one in submissions.find(paths)[1]}


# Names


@pytest.mark.parametrize(
    "names",
    [
        "0-vanilla-1.py/0-vanilla(2).py/0_vanilla.py/0-Vanilla.PY/vanilla.py/0-vanilla.py.txt/0-vanilla.py.1",
        "0-vanilla (1).py/Copy of 0-vanilla.py/0-vanilla - Copy (2).py/Copy of Copy of 0-vanilla.py/0vanilla.py.py",
        "0-vanilla_v2.py/0-vanilla-final.py/0-vanilla-autoencoder.py/\uff10-vanilla.py/0\u2013vanilla.py/0.vanilla.py",
        "Kopie von 0-vanilla.py/Co\u0301pia de 0-vanilla.py/0%20-%20vanilla.py/0-vanilla copy 2.py/0-vanilla-1 (1).py",
        "0-vanilla (copy).py/0-vanilla (another copy).py/0-vanilla (Kopie 2).py/0-vanilla_2026_11_20.py",
    ],
)
def test_what_platforms_browsers_and_learners_make_of_a_name_is_graded_with_a_remark(tmp_path, names):
    names = names.split("/")
    put(tmp_path, {f"{number}/{name}": A for number, name in enumerate(names)})
    found, rest = submissions.find([tmp_path])
    assert not rest and [one.task for one in found] == ["vanilla"] * len(names)
    for one in found:
        assert one.remarks == (f"{one.path.name} is graded as 0-vanilla.py, which should be its name.",)
    put(tmp_path / "exact", {name: A for name in naming.FILES})
    assert [one.remarks for one in submissions.find([tmp_path / "exact"])[0]] == [()] * 4


def test_what_is_named_otherwise_is_not_graded_and_told_its_right_name(tmp_path):
    about = {
        "my_vanilla.py": "name it 0-vanilla.py",
        "1-vanilla.py": "name it 0-vanilla.py",
        "sparse.pdf": "1-sparse.py",
        "0-vanila.py": "name it 0-vanilla.py",
        "2-convolutionnal.py": "name it 2-convolutional.py",
        "0-vanilla.pyc": "name it 0-vanilla.py.",
        "Ann Lee - 1-sparse.py": "name it 1-sparse.py, in a folder of its learner.",
    }
    about |= {
        "a.rar": "or a .zip",
        "b.7z": "or a .zip",
        "c.tar.xz": "or a .zip",
        "d.py": "expected one of 0-vanilla.py",
    }
    put(tmp_path / "ann", {name: A for name in about})
    found = ungraded(tmp_path)
    assert {name for _, name in found} == set(about) and not graded(tmp_path)
    assert all(words in found["ann", name] for name, words in about.items())


def test_litter_is_not_named_but_a_learner_with_nothing_else_is(tmp_path):
    litter = ["__MACOSX/ann/._0-vanilla.py", "ann/._0-vanilla.py", "ann/.DS_Store", "ann/__pycache__/0-vanilla.pyc"]
    litter += ["ann/.git/HEAD", "ann/.ipynb_checkpoints/0-vanilla-checkpoint.ipynb", "bob/.DS_Store", "ann/Thumbs.db"]
    put(tmp_path, {"ann/0-vanilla.py": A, **dict.fromkeys(litter, b"x")})
    (tmp_path / "cyd" / "empty").mkdir(parents=True)
    (tmp_path / "ann" / "empty").mkdir()
    assert graded(tmp_path) == {("ann", "vanilla"): A}
    assert list(ungraded(tmp_path)) == [("bob", "bob"), ("cyd", "cyd")]
    assert all("holds no submission: expected" in text for text in ungraded(tmp_path).values())


def test_of_two_files_for_a_task_the_exact_name_or_the_highest_number_counts_and_the_others_are_named(tmp_path):
    put(tmp_path, {"ann/0-vanilla.py": A, "ann/0-vanilla (9).py": B, "bob/0-vanilla-9.py": B, "bob/0-vanilla-10.py": A})
    put(tmp_path, {"cyd/0-vanilla.ipynb": notebook("def autoencoder(): pass"), "cyd/vanilla.py": A})
    put(tmp_path, {"eve/0-vanilla.py": A, "eve/0-vanilla-1.py": A})
    for name, data in {"fay.zip": B, "fay (10).zip": A, "fay (9).zip": B}.items():
        put(tmp_path, {place + name: zipped({"0-vanilla.py": data}) for place in ("", "gus/")})
    found, rest = submissions.find([tmp_path])
    assert {one.learner: one.data for one in found} == dict.fromkeys(["ann", "bob", "cyd", "eve", "fay", "gus"], A)
    others = {
        "ann": "0-vanilla (9).py",
        "bob": "0-vanilla-9.py",
        "cyd": "0-vanilla.ipynb",
        "fay": "fay.zip/0-vanilla.py",
    }
    others |= {"gus": "gus/fay.zip/0-vanilla.py"}
    named = {learner: " ".join(one.path.as_posix() for one in rest if one.learner == learner) for learner in others}
    assert all(name in named[learner] for learner, name in others.items())
    assert {one.learner for one in rest} == set(others), "eve's two files hold the same"
    remarks = {one.learner: " ".join(one.remarks).replace("\\", "/") for one in found}
    assert all(name in remarks[learner] for learner, name in {**others, "eve": "0-vanilla-1.py"}.items())


# Learners


def test_downloads_of_moodle_canvas_and_blackboard_name_their_learners(tmp_path):
    put(
        tmp_path,
        {"m/Ann Lee_12345_assignsubmission_file_/0-vanilla.py": A, "m/Bo_2_assignsubmission_file_/x/vanilla.py": B},
    )
    assert graded(tmp_path / "m") == {("Ann Lee_12345", "vanilla"): A, ("Bo_2", "vanilla"): B}
    canvas = {
        "leeann_12345_67890_0-vanilla-2.py": A,
        "leeann_12345_67891_1-sparse.py": B,
        "bo_LATE_2_3_0-vanilla.py": B,
    }
    put(tmp_path / "c", {**canvas, "eve_4_5_all.zip": zipped({"x/0-vanilla.py": A}), "mia_6_7_thesis.pdf": b""})
    expected = {("leeann_12345", "vanilla"): A, ("leeann_12345", "sparse"): B, ("bo_2", "vanilla"): B}
    assert graded(tmp_path / "c") == {**expected, ("eve_4", "vanilla"): A}
    assert list(ungraded(tmp_path / "c")) == [("mia_6", "mia_6_7_thesis.pdf")]
    first, last = "Exercise 0_annlee_attempt_2026-01-30-23-59-00", "Exercise 0_annlee_attempt_2026-01-31-23-59-00"
    board = {f"{first}_0-vanilla.py": B, f"{last}_0-vanilla-1.py": A, f"{first}.txt": b"", f"{last}.txt": b""}
    put(tmp_path / "b", {**board, "Exercise 0_bo_attempt_2026-01-31-23-59-00.txt": b""})
    assert graded(tmp_path / "b") == {("annlee", "vanilla"): A}
    ((one,), _) = submissions.find([tmp_path / "b"])
    assert "the last attempt counts" in "".join(one.remarks)
    told = [f"{first}.txt", f"{first}_0-vanilla.py", f"{last}.txt"]
    assert sorted(name for learner, name in ungraded(tmp_path / "b") if learner == "annlee") == told
    assert [learner for learner, _ in ungraded(tmp_path / "b") if learner != "annlee"] == ["bo"]


def test_a_date_in_a_name_is_no_platforms_number(tmp_path):
    put(tmp_path, {"ann/0-vanilla_2026_11_20.py": A, "bob/sparse_1_2_3.py": B})
    assert graded(tmp_path) == {("ann", "vanilla"): A, ("bob", "sparse"): B} and not ungraded(tmp_path)


def test_learners_are_told_apart_from_their_common_folder_up_and_a_file_named_twice_is_one(tmp_path):
    put(tmp_path, {"x/a/ann/0-vanilla.py": A, "x/b/ann/0-vanilla.py": B, "x/b/bob/0-vanilla.py": A})
    a, b = tmp_path / "x" / "a" / "ann", tmp_path / "x" / "b" / "ann"
    assert graded(a, b, a) == {("a/ann", "vanilla"): A, ("b/ann", "vanilla"): B}
    assert graded(a / "0-vanilla.py", b / "0-vanilla.py", b) == graded(a, b)
    assert graded(a.parent, b.parent) == {**graded(a, b), ("bob", "vanilla"): A}
    assert graded(tmp_path, a, tmp_path / "x" / ".." / "x") == graded(tmp_path)
    put(tmp_path, {"y/a/ann/0-vanilla.py": B})
    assert set(graded(a, tmp_path / "y" / "a" / "ann")) == {("x/a/ann", "vanilla"), ("y/a/ann", "vanilla")}


def test_one_path_that_is_no_submission_does_not_stop_the_others(tmp_path):
    put(tmp_path, {"ann/0-vanilla.py": A, "notes.txt": b"", "bad.zip": b"PK"})
    (tmp_path / "bob").mkdir()
    paths = sorted(tmp_path.iterdir())
    assert graded(*paths) == {("ann", "vanilla"): A}
    assert {name for _, name in ungraded(*paths)} == {"notes.txt", "bad.zip", "bob"}
    with pytest.raises(ValueError, match="notes.txt is not named .* expected one of 0-vanilla.py"):
        submissions.find([tmp_path / "notes.txt", tmp_path / "bob"])
    with pytest.raises(ValueError, match="nowhere does not exist: expected"):
        submissions.find([tmp_path / "ann", tmp_path / "nowhere"])


# Archives


@pytest.mark.parametrize("pack, ending", [(zipped, ".zip"), (tarred, ".tar.gz"), (tarred, ".TGZ")])
def test_an_archive_is_read_as_the_folder_that_it_was_and_nothing_is_written(tmp_path, pack, ending):
    one = pack({"0-vanilla.py": A, "w/1-sparse.py": B, "__MACOSX/._0-vanilla.py": b"", "w/note": b""})
    put(tmp_path, {f"class/ann/hand-in{ending}": one, f"class/bob{ending}": pack({"bob/0-vanilla.py": B})})
    put(tmp_path, {f"class{ending}": pack({"ann/0-vanilla.py": A, f"bob{ending}": pack({"0-vanilla.py": B})})})
    before = sorted(tmp_path.rglob("*"))
    expected = {("ann", "vanilla"): A, ("bob", "vanilla"): B}
    assert graded(tmp_path / "class") == {**expected, ("ann", "sparse"): B}
    assert list(ungraded(tmp_path / "class")) == [("ann", "note")]
    assert graded(tmp_path / f"class{ending}") == expected
    found, _ = submissions.find([tmp_path / "class"])
    assert {one.mode & 0o777 for one in found} == {0o755}
    folders = {os.path.realpath(tmp_path / "class" / "ann"), os.path.realpath(tmp_path / "class")}
    assert {one.folder for one in found} == folders
    assert sorted(tmp_path.rglob("*")) == before


def test_the_archives_of_one_folder_are_one_learners_parts_or_several_learners(tmp_path):
    parts = {"ann/part 1.zip": zipped({"0-vanilla.py": A}), "ann/part 2.zip": zipped({"1-sparse.py": A})}
    put(tmp_path, {**parts, "group/bob.zip": zipped({"0-vanilla.py": A}), "group/cyd.zip": zipped({"0-vanilla.py": B})})
    put(tmp_path, {"group 2/all.zip": zipped({"eve/0-vanilla.py": A, "fay/0-vanilla.py": B, "gus/thesis.pdf": A})})
    learners = {"group/bob": A, "group/cyd": B, "eve": A, "fay": B}
    expected = {(learner, "vanilla"): data for learner, data in learners.items()}
    assert graded(tmp_path) == {**expected, ("ann", "vanilla"): A, ("ann", "sparse"): A}
    assert list(ungraded(tmp_path)) == [("gus", "thesis.pdf")]
    one, two = tmp_path / "group" / "bob.zip", put(tmp_path, {"eve.zip": zipped({"x/y/0-vanilla.py": B})}) / "eve.zip"
    assert graded(one, two) == {("bob", "vanilla"): A, ("eve", "vanilla"): B}


BIG = zipped({"0-vanilla.py": bytes(2**21)})
LOCKED = bytearray(zipped({"0-vanilla.py": A}))
for place in (6, LOCKED.find(b"PK\1\2") + 8):
    LOCKED[place] |= 1
ODD = {
    "a bomb": (BIG, "0-vanilla.py has more than 1,048,576 bytes"),
    "a password": (bytes(LOCKED), "0-vanilla.py is encrypted: pack it without"),
    "a link": (zipped({"0-vanilla.py": b"/etc/passwd"}, external_attr=(stat.S_IFLNK | 0o777) << 16), "is a link: pack"),
    "a way out": (zipped({"../0-vanilla.py": A}), "leads out of the archive"),
    "a way out on Windows": (zipped({"..\\0-vanilla.py": A}), "leads out of the archive"),
    "an absolute name": (zipped({"/tmp/0-vanilla.py": A}), "leads out of the archive"),
    "a drive": (zipped({"C:/0-vanilla.py": A}), "leads out of the archive"),
    "LZMA": (zipped({"0-vanilla.py": A}, compress_type=zipfile.ZIP_LZMA), "in an unusual way"),
    "a cut": (zipped({"0-vanilla.py": A})[:-30], "x.zip is damaged"),
    "nothing": (b"", "x.zip is damaged"),
    "no file": (zipped({}), "x.zip holds no submission: expected"),
    "crowds": (zipped({f"{number}": b"" for number in range(101)}), "holds more than 100 files"),
    "archives in archives": (
        zipped({"a.zip": zipped({"b.zip": zipped({"0-vanilla.py": A})})}),
        "b.zip is an archive in 2 others",
    ),
    "no notebook": (zipped({"0-vanilla.ipynb": b"[" * 100_000}), "0-vanilla.ipynb is damaged: open it in Jupyter"),
}


@pytest.mark.parametrize("name", ODD)
def test_an_odd_zip_is_named_and_stops_nobody(tmp_path, name, monkeypatch):
    monkeypatch.setattr(containers, "MEMBERS", 100)
    data, words = ODD[name]
    put(tmp_path, {"ann/x.zip": data, "bob/0-vanilla.py": A})
    assert graded(tmp_path) == {("bob", "vanilla"): A}
    ((learner, _), text), *more = ungraded(tmp_path).items()
    assert learner == "ann" and words in text and not more


def test_an_odd_tar_is_named_and_stops_nobody(tmp_path, monkeypatch):
    monkeypatch.setattr(containers, "UNPACKED", 2**20)
    files = {
        "ann/x.tar.gz": tarred({"0-vanilla.py": b""}, kind=tarfile.SYMTYPE),
        "bob/x.tgz": tarred({"../vanilla.py": A}),
    }
    files |= {
        "cyd/x.tar.gz": tarred({"big": bytes(2**21)}),
        "eve/x.tar": tarred({"0-vanilla.py": A})[:-9],
        "mia/x.tgz": b"x",
    }
    put(tmp_path, {**files, "zoe/x.tar": tarred({"0-vanilla.py": A}, mode="w")})
    assert graded(tmp_path) == {("zoe", "vanilla"): A}
    words = {"ann": "a link", "bob": "leads out", "cyd": "1 MiB that are unpacked", "eve": "damaged", "mia": "damaged"}
    found = {learner: text for (learner, _), text in ungraded(tmp_path).items()}
    assert set(found) == set(words) and all(words[learner] in text for learner, text in found.items())


def test_what_is_unpacked_of_one_archive_is_bounded_together_with_the_archives_in_it(tmp_path, monkeypatch):
    monkeypatch.setattr(containers, "UNPACKED", 3000)
    inner = zipped({f"{number}/0-vanilla.py": b"#" * 999 for number in range(4)})
    put(tmp_path, {"class/all.zip": zipped({"in.zip": inner, "eve/0-vanilla.py": b"#" * 999})})
    found, rest = submissions.find([tmp_path])
    assert len(found) == 1 + (3000 - 999 - len(inner)) // 999 and len(found) + len(rest) == 5
    assert all("beyond" in one.text for one in rest)


def test_what_is_listed_of_one_archive_is_bounded_together_with_the_archives_in_it(tmp_path, monkeypatch):
    monkeypatch.setattr(containers, "LISTED", 25)
    inner = zipped({f"{number}/0-vanilla.py": A for number in range(9)})
    in_tar = tarred({f"{number}/0-vanilla.py": A for number in range(9)})
    put(tmp_path, {"class/all.zip": zipped({"a.zip": inner, "b.tgz": in_tar, "c.zip": inner})})
    found, rest = submissions.find([tmp_path])
    assert len(found) == 18 and [one.path.name for one in rest] == ["c.zip"] and "the 25 things" in rest[0].text


def test_the_table_of_contents_of_a_zip_is_bounded_and_what_it_holds_is_not_by_the_same_number(tmp_path, monkeypatch):
    monkeypatch.setattr(containers, "INDEX", 200)
    many, large = {f"{number}.txt": b"" for number in range(10)}, random.Random(0).randbytes(5000)
    inner = zipped({"0-vanilla.py": A, "x": large})
    put(
        tmp_path,
        {"ann/x.zip": zipped({**many, "0-vanilla.py": A}), "bob/x.zip": zipped({"in.zip": inner}, compress_type=0)},
    )
    assert graded(tmp_path) == {("bob", "vanilla"): A} and len(inner) > 5000
    assert "a table of contents of more than" in ungraded(tmp_path)["ann", "x.zip"]


def test_names_in_a_zip_are_read_as_utf_8_also_where_nothing_says_so(tmp_path):
    put(
        tmp_path,
        {
            "ann.zip": zipped({"Zo\u00eb/0-vanilla.py": A}),
            "bob.zip": zipped({"a/0-vanilla.py": A, "Zo__/0-vanilla.py": B}),
        },
    )
    unmarked = (tmp_path / "bob.zip").read_bytes().replace(b"Zo__", "Zo\u00eb".encode())
    put(tmp_path, {"bob.zip": unmarked.replace("Zo\u00eb/0-".encode(), b"Z\xc3\xb6e/0-")})
    assert ("Z\u00f6e", "vanilla") in graded(tmp_path / "bob.zip")
    assert "Zo\u00eb" in str(submissions.find([tmp_path / "ann.zip"])[0][0].path)


def test_no_damage_to_an_archive_is_an_error_of_the_grader(tmp_path):
    rng = random.Random(0)
    for pack, name in ((zipped, "x.zip"), (tarred, "x.tar.gz"), (lambda files: tarred(files, mode="w"), "x.tar")):
        whole = pack({"0-vanilla.py": A, "in.zip": zipped({"1-sparse.py": B})})
        for _ in range(40):
            data = bytearray(whole)
            for _ in range(rng.choice([1, 1, 3])):
                data[rng.randrange(len(data))] = rng.randrange(256)
            put(tmp_path / "ann", {name: bytes(data[: rng.choice([len(data), rng.randrange(len(data))])])})
            with contextlib.suppress(ValueError):  # a lone archive in which nothing is left
                found, rest = submissions.find([tmp_path])
                assert found or rest
        os.unlink(tmp_path / "ann" / name)


# Notebooks


def test_of_a_notebook_the_function_is_graded_with_what_it_needs_and_nothing_else(tmp_path):
    cells = [
        "%matplotlib inline\nimport math, os\n!pip install \\\n  something\nfrom string import *",
        "images = 1 / 0\nprint(images)",
        "SIZE = 3\n\ndef helper(n):\n    '''%not magic\n!no magic'''\n    return n * SIZE",
        "%%time\ndef autoencoder(a, b, c):\n    images = helper(a)\n    return images, math.sqrt(b), Code(), digits",
        "class Code(dict):\n    size = SIZE\nimages, b, c, d = autoencoder(1, 4, 3)\nraise SystemExit",
        "%%bash\nexit 1",
        "files = !ls\nautoencoder?",
        "def autoencoder2(:",
    ]
    put(tmp_path, {"ann/0-vanilla.ipynb": notebook(*cells)})
    ((one,), rest) = submissions.find([tmp_path])
    space = {}
    exec(one.data, space)
    assert space["autoencoder"](2, 9, 0) == (6, 3.0, {}, "0123456789") and space["Code"].size == 3
    assert "images" not in space and "os" in space and not rest
    assert one.notebook and "is a notebook" in one.remarks[0] and one.task == "vanilla"


def test_a_notebook_that_writes_the_file_is_graded_by_that_and_others_are_told_what_to_hand_in(tmp_path):
    files = {"ann/lesson.ipynb": notebook("%%writefile 0-vanilla.py\n" + A.decode(), "def autoencoder(): 1 / 0")}
    files |= {"bob/homework.ipynb": notebook("def autoencoder(): pass"), "cyd/1-sparse.ipynb": notebook("x = 1")}
    files |= {
        "eve/vanilla.ipynb": notebook("def autoencoder(:"),
        "fay/vanilla.ipynb": b"{}",
        "gus/vanilla.ipynb": b"\xff",
    }
    files |= {"ida/vanilla.ipynb": notebook("x = 1", "def build(): pass")}
    put(tmp_path, files)
    assert graded(tmp_path) == {("ann", "vanilla"): A, ("ida", "vanilla"): b"def build(): pass\n"}
    words = {"bob": "not named", "cyd": "defines no function autoencoder: hand", "eve": "can't read its code cell 1"}
    found = {learner: text for (learner, _), text in ungraded(tmp_path).items()}
    assert all(text in found[learner] for learner, text in {**words, "fay": "damaged", "gus": "damaged"}.items())


@pytest.mark.parametrize(
    "cell",
    ["def f(a, a): pass", "nonlocal x", "def f():\n    x = 1\n    global x", "def f():\n    from math import *"]
    + ["[x := 1 for x in y]", "return 5", "await x", "yield"],
)
def test_no_cell_that_python_refuses_stops_the_others(tmp_path, cell):
    good = "def autoencoder(): pass"
    put(tmp_path, {"ann/vanilla.ipynb": notebook(cell, good), "bob/vanilla.ipynb": notebook(cell, "x = 1")})
    assert graded(tmp_path) == {("ann", "vanilla"): f"{good}\n".encode()}
    assert [learner for learner, _ in ungraded(tmp_path)] == ["bob"]


def test_a_cell_that_adds_to_a_file_adds_to_it_and_one_that_writes_it_writes_it_anew(tmp_path):
    cells = ["%%writefile 0-vanilla.py\nx", "%%writefile 0-vanilla.py\na\n", "%%writefile -a 0-vanilla.py\nb"]
    put(tmp_path, {"ann/all.ipynb": notebook(*cells, "%%file --append 0-vanilla.py\nc")})
    assert graded(tmp_path) == {("ann", "vanilla"): b"a\nb\nc\n"}


# Odd things on the disk


@pytest.mark.skipif(os.name == "nt", reason="Windows has none of them")
def test_what_is_no_ordinary_file_is_named_and_others_are_graded(tmp_path, monkeypatch):
    put(tmp_path, {"ann/0-vanilla.py": A, "big/0-vanilla.py": bytes(2**20 + 1), "folder/0-vanilla.py/x": b""})
    for name in ("pipe", "socket", "link", "closed"):
        (tmp_path / name).mkdir()
    os.mkfifo(tmp_path / "pipe" / "0-vanilla.py")
    with socket.socket(socket.AF_UNIX) as channel, monkeypatch.context() as here:
        here.chdir(tmp_path / "socket")
        channel.bind("0-vanilla.py")
    (tmp_path / "link" / "0-vanilla.py").symlink_to(tmp_path / "ann" / "0-vanilla.py")
    (tmp_path / "loop").symlink_to(tmp_path)
    (tmp_path / "dangling").symlink_to(tmp_path / "nowhere")
    (tmp_path / "itself").symlink_to(tmp_path / "itself")
    scandir = os.scandir

    def refusing(path):
        if os.path.basename(path) == "closed":
            raise PermissionError(13, "Permission denied")
        return scandir(path)

    monkeypatch.setattr(os, "scandir", refusing)
    assert graded(tmp_path) == {("ann", "vanilla"): A}
    found = {name if learner in ("", "loop") else learner: text for (learner, name), text in ungraded(tmp_path).items()}
    words = {
        "pipe": "no ordinary file",
        "socket": "no ordinary file",
        "link": "is a link:",
        "loop": "is a link to a folder",
    }
    words |= {
        "dangling": "is a link:",
        "itself": "is a link:",
        "closed": "can't be read (Permission denied)",
        "folder": "is a folder",
    }
    words |= {"big": "more than 1,048,576 bytes"}
    assert set(found) == set(words) and all(words[name] in text for name, text in found.items())
    assert graded(tmp_path / "ann", tmp_path / "loop" / "ann") == {("ann", "vanilla"): A}


@pytest.mark.skipif(os.name == "nt", reason="Windows allows no such depth")
def test_folders_without_end_are_named_and_others_are_graded(tmp_path):
    put(tmp_path, {"bob/0-vanilla.py": A})
    (tmp_path / "ann").mkdir()
    here = os.open(tmp_path / "ann", os.O_RDONLY)
    for _ in range(210):  # beyond the 4,096 bytes of the longest path
        os.mkdir("a" * 20, dir_fd=here)
        here, above = os.open("a" * 20, os.O_RDONLY, dir_fd=here), here
        os.close(above)
    os.close(here)
    assert graded(tmp_path) == {("bob", "vanilla"): A}
    assert "ann holds more than 100 folders in each other" in ungraded(tmp_path)["ann", "ann"]


@pytest.mark.skipif(os.name == "nt" or sys.platform == "darwin", reason="file names are Unicode there")
def test_names_that_are_no_utf_8_are_texts_in_every_report(tmp_path):
    folder = pathlib.Path(os.fsdecode(os.fsencode(tmp_path) + b"/\xe9"))
    put(folder, {"0-vanilla.py": A, os.fsdecode(b"\xff.txt"): b""})
    (one,), (other,) = submissions.find([tmp_path])
    assert (one.learner, other.learner) == ("\\udce9", "\\udce9") and one.data == A
    assert "\\udcff.txt is not named" in other.text and other.text.encode()


def test_of_a_thousand_things_a_hundred_are_named_and_the_rest_is_counted(tmp_path):
    put(tmp_path / "ann", {f"{number}.txt": b"" for number in range(300)})
    _, rest = submissions.find([tmp_path])
    assert len(rest) == 101 and rest[-1].text.startswith("200 more were found beside ")


def heap(files):
    """Files with archives for the folders that are named like some."""
    whole, packed = {}, {}
    for name, data in files.items():
        before, ending, inside = name.partition(".zip/")
        if ending:
            packed.setdefault(f"{before}.zip", {})[inside] = data
        else:
            whole[name] = data
    return whole | {name: zipped(heap(inside)) for name, inside in packed.items()}


def test_in_any_heap_of_folders_and_archives_each_file_is_graded_or_named(tmp_path):
    folders = [
        "ann",
        "bob",
        "Ann_1_assignsubmission_file_",
        "0-vanilla",
        "h.zip",
        "ann.zip",
        "ann (1).zip",
        "x_1_2_h.zip",
    ]
    names = ["0-vanilla.py", "vanilla (1).py", "1-sparse.py", "x_1_2_0-vanilla.py", "notes.txt", "a.rar"]
    rng = random.Random(0)
    for number in range(50):
        files = {}
        for _ in range(rng.randrange(1, 12)):
            inside = rng.choices(folders, k=rng.randrange(4))
            files["/".join([*inside, rng.choice(names)])] = b"%d" % len(files)
        here = put(tmp_path / str(number), heap(files))
        paths = [here] if rng.random() < 0.5 else sorted(here.iterdir())
        if all(path.name in ("notes.txt",) for path in paths):
            continue
        found, rest = submissions.find(paths)
        told = [one.path for one in found + rest]
        nested = {name[: name.rindex(".zip/") + 4] for name in files if name.count(".zip/") > submissions.NESTED}
        expected = {here / name for name in files if name.count(".zip/") <= submissions.NESTED}
        assert {*told} >= expected and {*told} - expected <= {here / name for name in nested}
        assert len(set(told)) == len(told) == len({(one.learner, one.task) for one in found}) + len(rest)
