"""A class's bundle and the variants: no graded answer is in it, its package works, the judge asks for the variant."""

import ast
import csv
import io
import json
import os
import pathlib
import re
import subprocess
import sys
import zipfile

import pytest
import test_wheel
from mistakes import ATTEMPTS

from aelib import __main__ as command
from aelib.classroom import bundle
from aelib.exercises import graded
from aelib.grading import child, cohort, containers, file_style, judge, likeness, naming, variants
from tools import notebooks

ROOT = pathlib.Path(__file__).parent.parent
NUMBERS = range(1, 41)
tasks = pytest.mark.parametrize("task", naming.NAMES)


@pytest.fixture(scope="module")
def plain():
    return bundle.contents()


@pytest.fixture(scope="module")
def seven():
    return bundle.contents(7)


def texts(name, content):
    """All texts in a file of a bundle, {where: text}: an archive's members, a notebook's cells and their outputs."""
    if name.endswith((".whl", ".npz")):
        with zipfile.ZipFile(io.BytesIO(content)) as archive:
            members = {inner: archive.read(inner) for inner in archive.namelist()}
        return {
            f"{name}/{where}": text for inner, part in members.items() for where, text in texts(inner, part).items()
        }
    if not name.endswith(".ipynb"):
        return {name: content.decode("utf-8", "replace")}
    found = {}
    for cell in json.loads(content)["cells"]:
        found[f"{name}#{cell['id']}"] = "".join(cell["source"])
        found[f"{name}#{cell['id']} output"] = "\n".join(all_strings(cell.get("outputs", [])))
    return found


def all_strings(value):
    """The strings in a value as JSON has it, those of a list of lines joined."""
    if isinstance(value, str):
        return [value]
    if isinstance(value, list) and all(isinstance(line, str) for line in value):
        return ["".join(value)]
    inner = value.values() if isinstance(value, dict) else value if isinstance(value, list) else ()
    return [text for one in inner for text in all_strings(one)]


def lines(text):
    return [line.strip() for line in text.splitlines() if line.strip()]


def shared(answer, text):
    """The most lines in a row, blank ones aside, that an answer and a text have in common."""
    ours, theirs, longest = lines(answer), lines(text), 0
    places = {}
    for at, line in enumerate(theirs):
        places.setdefault(line, []).append(at)
    for first, line in enumerate(ours):
        for at in places.get(line, ()):
            run = 1
            while first + run < len(ours) and ours[first + run] == "".join(theirs[at + run : at + run + 1]):
                run += 1
            longest = max(longest, run)
    return longest


def answers(*numbers):
    return [exercise.answer for number in numbers for exercise in graded.tasks(number).values()]


# What a class gets


@pytest.mark.parametrize("number", [None, 7])
def test_no_graded_answer_is_in_a_bundle_and_the_search_finds_one_that_is(number, plain, seven):
    contents = plain if number is None else seven
    found = {where: text for name, content in contents.items() for where, text in texts(name, content).items()}
    assert len(found) > 1000 and any("/aelib/grading/judge.py" in where for where in found)
    for answer in answers(None, 7):
        assert max(shared(answer, text) for text in found.values()) <= 2, "one line, and the return after it"
        assert not any(answer in text for text in found.values())
    assert not [where for where in found if "solutions" in where]
    planted = json.loads(contents["01_what_is_an_autoencoder.ipynb"])
    planted["cells"][9]["outputs"] = [{"data": {"text/plain": answers(number)[0].splitlines(keepends=True)}}]
    assert max(shared(answers(number)[0], text) for text in texts("x.ipynb", json.dumps(planted)).values()) > 20
    whole = {path.name: path.read_text("utf-8") for path in graded.SOLUTIONS.glob("*.py")}
    assert len(whole) == 4 and shared(answers(None)[0], whole["0-vanilla.py"]) > 20


def test_a_classs_package_is_the_wheel_without_the_answers_and_with_the_classs_number(plain, seven, tmp_path):
    expected = test_wheel.carried(test_wheel.build(tmp_path))
    left_out = {name for name in expected if "/solutions/" in name}
    assert len(left_out) == 4
    for contents, number in ((plain, None), (seven, 7)):
        (name,) = [name for name in contents if name.endswith(".whl")]
        version = re.fullmatch(r"aelib-(\d+\.\d+\.\d+\+class(?:\.7)?)-py3-none-any\.whl", name)[1]
        path = tmp_path / name
        path.write_bytes(contents[name])
        found = test_wheel.carried(path)
        assert json.loads(found.pop("aelib/grading/class.json")) == {"variant": number}
        plainly = {re.sub(r"^aelib-[^/]*\.data/", "data/", name): found[name] for name in found}
        wanted = {re.sub(r"^aelib-[^/]*\.data/", "data/", name): expected[name] for name in set(expected) - left_out}
        assert set(plainly) == set(wanted)
        changed = {name[len("aelib/notebooks/") :][:2] for name in wanted if wanted[name] != plainly[name]}
        assert changed == (set() if number is None else {"01", "04", "05", "08"})
        with zipfile.ZipFile(path) as archive:
            about = archive.read(f"aelib-{version}.dist-info/METADATA").decode()
        assert f"\nVersion: {version}\n" in about


def test_the_same_bundle_is_made_each_time_and_lessons_change_only_where_the_variant_is_asked_for(plain, seven):
    assert bundle.contents(7) == seven
    original = {path.name: path.read_bytes() for path in notebooks.FOLDER.glob("*.ipynb")}
    assert {name: content for name, content in plain.items() if name.endswith(".ipynb")} == original
    changed = {}
    for name, content in original.items():
        before, after = json.loads(content)["cells"], json.loads(seven[name])["cells"]
        assert len(before) == len(after)
        pairs = zip(before, after)
        if cells := [new for old, new in pairs if old != new]:
            changed[name[:2]] = ["".join(cell["source"]) for cell in cells]
        assert all(old | {"source": 0} == new | {"source": 0} for old, new in zip(before, after))
    assert {number: len(cells) for number, cells in changed.items()} == {"01": 3, "04": 3, "05": 3, "08": 3}
    for task, number in zip(naming.NAMES, sorted(changed)):
        asked, starter, check = changed[number]
        variant = variants.variant(task, 7)
        signature = f"{variant.function}({', '.join(variant.names)})"
        assert f"`{signature}`" in asked and "variant 7" in asked and "some schools" not in asked
        assert starter == f"def {signature}:\n    ..."
        assert check == f"graded.{task}.check({variant.function})"
        assert not re.search(
            r"\b(autoencoder\(|input_dims|hidden_layers|latent_dims|`filters`)", "".join(changed[number])
        )


def test_the_readme_says_what_to_type_and_what_is_asked(seven):
    said = seven["README.txt"].decode()
    (wheel,) = [name for name in seven if name.endswith(".whl")]
    assert f"pip install ./{wheel} jupyterlab" in said
    assert "00_start_here.ipynb" in seven and "00_start_here.ipynb" in said
    for file, task in naming.FILES.items():
        assert f"{file} " in said and f"{variants.variant(task, 7).function}(" in said


@pytest.mark.slow
def test_a_learner_installs_the_package_and_is_asked_for_the_variant_and_told_no_answer(tmp_path, seven):
    (name,) = [name for name in seven if name.endswith(".whl")]
    (tmp_path / name).write_bytes(seven[name])
    learner = test_wheel.Learner(tmp_path / "learner", tmp_path / name)
    program = """
from aelib.exercises import graded
from aelib.grading import variants
print(graded.vanilla.solution())
print(graded.vanilla.name, graded.vanilla.answer == "", variants.of_class())
print(graded.vanilla.hints[1])
def autoencoder(input_dims, hidden_layers, latent_dims):
    return 1
print(graded.vanilla.check(autoencoder))
"""
    said = learner.types("python", "-c", program)
    assert "Your teacher keeps it back" in said and "build_models True 7" in said and "keras.Input((in_dims,))" in said
    assert "your class has variant 7, expected build_models(code_size, in_dims, widths)." in said
    learner.types("aelib", "course", "mine")
    copied = learner.folder / "mine" / "01_what_is_an_autoencoder.ipynb"
    assert copied.read_bytes() == seven["01_what_is_an_autoencoder.ipynb"]


@pytest.mark.slow
def test_a_teacher_without_a_checkout_hands_out_the_same(tmp_path, seven):
    teacher = test_wheel.Learner(tmp_path / "teacher", test_wheel.build(tmp_path))
    teacher.types("aelib", "course", "class", "--for-class", "--variant", "7")
    found = {path.name: path.read_bytes() for path in (teacher.folder / "class").iterdir()}
    (name,) = [name for name in seven if name.endswith(".whl")]
    assert set(found) == set(seven)
    assert all(found[other] == seven[other] for other in seven if other != name)
    (tmp_path / "ours").mkdir()
    for folder, content in ((teacher.folder / "class", found[name]), (tmp_path / "ours", seven[name])):
        (folder / name).write_bytes(content)
    assert test_wheel.carried(teacher.folder / "class" / name) == test_wheel.carried(tmp_path / "ours" / name)


# The command


def test_the_command_writes_all_into_a_new_folder_and_says_what_to_type(tmp_path, capsys, seven):
    folder = tmp_path / "klasse ü" / "7b"
    assert command.main(["course", str(folder), "--for-class", "--variant", "7"]) == 0
    assert {path.name: path.read_bytes() for path in folder.iterdir()} == seven
    said = capsys.readouterr().out
    assert (
        str(folder) in said and "aelib grade SUBMISSIONS --variant 7 " in said and f"{len(seven) - 2} lessons" in said
    )
    assert os.listdir(folder.parent) == ["7b"]


@pytest.mark.parametrize("there", ["folder", "file", "link"])
def test_a_folder_that_is_there_is_refused_and_stays(tmp_path, capsys, there):
    folder = tmp_path / "class"
    {"folder": folder.mkdir, "file": folder.touch, "link": lambda: folder.symlink_to("nowhere")}[there]()
    assert command.main(["course", str(folder), "--for-class"]) == 2
    assert f"{folder} is there already" in capsys.readouterr().err and os.listdir(tmp_path) == ["class"]


def test_a_disk_that_is_full_leaves_nothing_behind(tmp_path, monkeypatch, capsys):
    write = bundle.files.write

    def full(path, content):
        if path.name == "README.txt":
            raise OSError(28, "No space left on device", str(path))
        write(path, content)

    monkeypatch.setattr(bundle.files, "write", full)
    assert command.main(["course", str(tmp_path / "class"), "--for-class"]) == 2
    assert "No space left on device" in capsys.readouterr().err and os.listdir(tmp_path) == []


def test_whoever_stops_it_finds_nothing_half_written(tmp_path, monkeypatch, capsys):
    def stopped(*_):
        raise KeyboardInterrupt

    monkeypatch.setattr(bundle.files, "patiently", stopped)
    assert command.main(["course", str(tmp_path / "class"), "--for-class"]) == 130
    assert os.listdir(tmp_path) == [] and "repeat the call" in capsys.readouterr().err


@pytest.mark.parametrize("number", ["x", "", "0", "-7", "7.5", "1e3", "1000000", "٧", "７", "7 8"])
@pytest.mark.parametrize("call", [["course", "class", "--for-class"], ["grade", "class"]], ids=["course", "grade"])
def test_what_is_no_number_of_a_variant_is_refused_in_one_sentence(tmp_path, monkeypatch, capsys, call, number):
    monkeypatch.chdir(tmp_path)
    with pytest.raises(SystemExit) as left:
        command.main([*call, f"--variant={number}"])
    assert left.value.code == 2 and os.listdir(tmp_path) == []
    assert "is no number of a variant: expected a whole number from 1 to 999999, e.g. 7" in capsys.readouterr().err


def test_a_variant_without_a_class_is_refused(tmp_path, capsys):
    assert command.main(["course", str(tmp_path / "mine"), "--variant", "7"]) == 2
    assert "type --for-class, too" in capsys.readouterr().err and os.listdir(tmp_path) == []


def test_a_classs_own_package_hands_out_no_bundle(tmp_path, monkeypatch, capsys):
    monkeypatch.setattr(variants, "CLASS", tmp_path / "class.json")
    (tmp_path / "class.json").write_text('{"variant": null}')
    assert command.main(["course", str(tmp_path / "class"), "--for-class"]) == 2
    assert "This is a package for a class" in capsys.readouterr().err


# The variants


@tasks
def test_a_variant_is_always_the_same_and_never_the_courses_own(task):
    own, seen = variants.variant(task), set()
    assert own.function == "autoencoder" and own.names == variants.NAMES[task] and own.sizes == variants.SIZES[task]
    assert own.ordered([1, 2, 3]) == [1, 2, 3] if task != "sparse" else True
    for number in NUMBERS:
        variant = variants.variant(task, number)
        assert variant == variants.variant(task, number)
        assert variant.function != own.function and sorted(variant.order) == sorted(own.order) != list(variant.order)
        assert set(variant.names) & set(own.names) <= {"lambtha"} and len(set(variant.names)) == len(own.names)
        assert variant.sizes != own.sizes and variant.sizes[0] == own.sizes[0]
        seen.add(str(variant[1:]))
    assert len(seen) > 35, "classes get exercises of their own"


def test_number_seven_is_the_same_with_every_python():
    calls = {task: variants.variant(task, 7).call([*variants.variant(task, 7).sizes, 0.001]) for task in naming.NAMES}
    assert calls == {
        "vanilla": "build_models(40, 784, [136, 56])",
        "sparse": "build_models(0.001, 36, [112, 80], 784)",
        "convolutional": "new_networks((28, 28, 1), (4, 4, 4), [20, 7, 4])",
        "variational": "three_models(3, [496], 784)",
    }


@tasks
def test_answers_in_a_variants_words_are_well_formed_programs(task):
    for number in NUMBERS:
        variant, answer = variants.variant(task, number), graded.tasks(number)[task].answer
        form = file_style.judged(answer.encode(), 0o755, naming.NAMES[task])
        assert all(verdict.ok for verdict in form.values()), form
        assert f"def {variant.function}({', '.join(variant.names)}):" in answer


def judged(source, task, number, folder):
    """What the judge of a variant says of a file with this text."""
    path = folder / naming.NAMES[task]
    path.write_text(source)
    answer = child.Child(path=str(path)).answer
    return judge.judge(task, answer, 3, variants.variant(task, number).function, number)


@pytest.mark.slow
@pytest.mark.parametrize("number", [7, 8, 2026])
@tasks
def test_a_right_answer_to_the_variant_is_right(tmp_path, task, number):
    verdicts, remarks = judged(graded.tasks(number)[task].answer, task, number, tmp_path)
    assert all(verdict.ok for verdict in verdicts.values()), verdicts
    assert remarks == []


@pytest.mark.slow
@pytest.mark.parametrize("style", ["sequential", "subclassed", "lambdas"])
@tasks
def test_right_answers_in_other_styles_are_right_too(tmp_path, task, style):
    source = (ROOT / "tests" / "submissions" / style / naming.NAMES[task]).read_text("utf-8")
    verdicts, _ = judged(variants.worded(source, task, 7), task, 7, tmp_path)
    assert all(verdict.ok for verdict in verdicts.values()), verdicts


@pytest.mark.parametrize("rename", [False, True], ids=["as it stands", "under the new name"])
@tasks
def test_the_courses_own_answer_is_refused_and_told_why(tmp_path, task, rename):
    variant = variants.variant(task, 7)
    source = graded.tasks()[task].answer
    source = source.replace("def autoencoder(", f"def {variant.function}(") if rename else source
    verdicts, _ = judged(source, task, 7, tmp_path)
    assert ("variant 7" in verdicts["loads"].text) is not rename
    assert verdicts["signature"].text.endswith(f"expected {variant.function}({', '.join(variant.names)}).")
    assert "variant 7" in verdicts["signature"].text
    assert {name for name, verdict in verdicts.items() if verdict.ok} == {"loads"} & ({"loads"} if rename else set())


def test_another_variants_answer_and_the_right_names_in_another_order_are_told_what_is_expected(tmp_path):
    source = "def build_models(widths, in_dims, code_size):\n    return 1\n"
    verdicts, _ = judged(source, "vanilla", 7, tmp_path)
    assert "come in the order widths, in_dims, code_size: expected build_models(code_size, in_dims, widths)." in (
        verdicts["signature"].text
    )
    verdicts, remarks = judged("def make_models(n_pixels, bottleneck, hidden):\n    return 1\n", "vanilla", 7, tmp_path)
    assert (
        "call it `build_models`" in verdicts["loads"].text and "are called n_pixels, bottleneck, hidden" in remarks[0]
    )


@pytest.mark.slow
def test_named_mistakes_are_caught_by_the_same_criteria_in_a_variant(tmp_path):
    for task in ("vanilla", "variational"):
        for mistake in [one for one in ATTEMPTS[graded.TASKS[task].key].wrong if not isinstance(one.change, str)][::9]:
            source = variants.worded(mistake.source(graded.tasks()[task].answer), task, 7)
            verdicts, _ = judged(source, task, 7, tmp_path)
            assert verdicts[mistake.criterion].ok is False, (task, mistake.name, verdicts)


# What the course has to give away


def test_a_file_that_holds_a_factory_is_told_from_all_others():
    text = (ROOT / "aelib" / "factories.py").read_text("utf-8")
    parts = {getattr(node, "name", ""): ast.get_source_segment(text, node) for node in ast.parse(text).body}
    helpers = {"convolutional": ["_joined"], "sparse": ["SparseDense", "_hidden_layers", "_dense_decoder", "_joined"]}
    helpers["variational"] = ["Sampling", "reconstruction", "kl_divergence", "_hidden_layers", "_dense_decoder"]
    for task in naming.NAMES:
        taken = "\n\n".join(parts[name] for name in [task, *helpers.get(task, helpers["sparse"])])
        renamed = taken.replace(f"def {task}(", "def autoencoder(")
        assert len(cohort._borrowed(renamed.encode())) == 1
    (remark,) = cohort._borrowed((text + "\nautoencoder = vanilla\n").encode())
    assert re.fullmatch(r"Of (\d+) lines .*, (\d+) stand in the course's own aelib/factories.py, too\.", remark)
    others = [path.read_bytes() for path in (ROOT / "tests" / "submissions").rglob("*.py")]
    for exercise in graded.TASKS.values():
        attempts = ATTEMPTS[exercise.key]
        sources = [exercise.answer, *attempts.also_right, *(one.source(exercise.answer) for one in attempts.wrong)]
        others += [source.encode() for source in sources]
    assert len(others) > 100 and not any(map(cohort._borrowed, others))


@tasks
def test_a_translated_copy_of_the_courses_answer_is_counted_as_one(task):
    answer = graded.tasks(7)[task].answer
    copy = re.sub(r"\b(image|code|reconstruction)\b", r"my_\1", answer).replace("Build the three models.", "Mine.")
    found = likeness.compare([("ada", copy.encode())], [answer])
    assert copy != answer and (found.given, found.compared) == (1, 0)


# Grading a class


def test_a_record_belongs_to_one_variant():
    keys = {cohort.key(b"x", "vanilla", 3, number) for number in (None, 7, 8)}
    assert len(keys) == 3 and all(cohort.KEY.fullmatch(key) for key in keys)


def test_a_notebook_is_graded_by_the_function_of_its_variant():
    cells = ["import keras", "def helper():\n    return keras", "def build_models(a, b, c):\n    return helper()"]
    book = {"cells": [{"cell_type": "code", "source": source} for source in [*cells, "def other(): pass"]]}
    (program,) = containers.programs(json.dumps(book).encode()).values()
    assert b"def build_models" in program and b"def helper" in program and b"def other" not in program


@pytest.mark.slow
@pytest.mark.skipif(sys.platform != "linux", reason="submissions run shut in on Linux")
def test_a_class_is_graded_by_its_number(tmp_path):
    for learner, number in (("ada", 7), ("bob", None)):
        (tmp_path / "in" / learner).mkdir(parents=True)
        path = tmp_path / "in" / learner / "0-vanilla.py"
        path.write_text(graded.tasks(number)["vanilla"].answer)
        path.chmod(0o755)
    call = [sys.executable, "-m", "aelib", "grade", "in", "--variant", "7", "--csv", "grades.csv", "--report", "pages"]
    environment = {**os.environ, "PYTHONPATH": str(ROOT)}
    done = subprocess.run([*call, "--unsafe"], cwd=tmp_path, env=environment, capture_output=True, text=True)
    assert done.returncode == 1, done.stderr
    assert "Graded as the class's variant 7." in done.stdout
    rows = {
        row["learner"]: row for row in csv.DictReader(io.StringIO((tmp_path / "grades.csv").read_text("utf-8-sig")))
    }
    assert (rows["ada"]["points"], rows["bob"]["points"]) == ("6", "1")
    assert "your class has variant 7" in rows["bob"]["first_fault"]
    page = (tmp_path / "pages" / "learner-bob.html").read_text("utf-8")
    assert "graded.vanilla.check(build_models)" in page and "in_dims" in page
