"""The lessons' evidence: how numbers are printed beside earlier runs, and that text, code and evidence agree."""

import json
import pathlib
import re
import statistics
import types

import nbval.plugin
import numpy as np
import pytest
import scipy.stats

from aelib import evidence
from tools import evidence as writer
from tools import notebooks

SANITIZE = pathlib.Path(__file__).with_name("nbval.cfg")
EXACT = (["0.00781"], ["2.24"], ["0.70", "1.40"])  # no training: a part of the unit interval, sums and a gradient
LESSONS = sorted(notebooks.FOLDER.glob("*.ipynb"))
MOVED = [path for path in LESSONS if writer.uses_it(notebooks.read(path))]
moved = pytest.mark.parametrize("path", MOVED, ids=notebooks.number)


@pytest.fixture
def runs(tmp_path, monkeypatch):
    """A lesson whose eight runs gave what the test says: `runs(measured={...}, claims={...}, cells=[...])`."""
    monkeypatch.setattr(evidence, "FOLDER", tmp_path)
    monkeypatch.delenv("AELIB_SEED_SHIFT", raising=False)

    def write(measured=None, claims=None, cells=()):
        measured = {name: {"unit": "", "values": list(values)} for name, values in (measured or {}).items()}
        found = {"measured": measured, "claims": claims or {}, "cells": list(cells)}
        (tmp_path / "99.json").write_text(json.dumps(found))
        evidence.begin("99")

    monkeypatch.setitem(evidence._lesson, "name", None)
    return write


LOSSES = [0.1172, 0.1143, 0.1164, 0.1158, 0.1181, 0.1169, 0.1150, 0.1161]


def test_a_number_is_printed_as_measured_with_its_unit_beside_the_least_and_the_most_of_the_runs(runs, capsys):
    runs({"loss": LOSSES})
    evidence.measured("loss", 0.11666, "nats per pixel")
    assert capsys.readouterr().out == "loss: 0.117 nats per pixel (8 runs: 0.114 to 0.118)\n"
    evidence.measured("loss", 0.1152, "nats per pixel")
    assert capsys.readouterr().out == "loss: 0.115 nats per pixel (8 runs: 0.114 to 0.118)\n", (
        "other digits, no complaint"
    )


@pytest.mark.parametrize(
    "values, value, text",
    [
        ([3, 5, 4, 6, 5, 2, 5, 4], 4, "4 (8 runs: 2 to 6)"),
        ([0.0171234] * 8, 0.0171234, "0.0171 (8 runs: 0.0171)"),
        ([543.4, 544.9, 543.8, 544.1, 543.6, 545.0, 544.2, 543.9], 544.26, "544.3 (8 runs: 543.4 to 545.0)"),
        (
            [31_000, 35_210, 34_807, 32_222, 33_018, 36_500, 34_114, 33_333.5],
            34_200.4,
            "34200 (8 runs: 31000 to 36500)",
        ),
        ([-0.4, -0.1, 0.2, 0.3, -0.2, 0.1, 0.0, 0.15], 0.04, "0.0 (8 runs: -0.4 to 0.3)"),
        ([0] * 8, 0, "0 (8 runs: 0)"),
    ],
)
def test_the_last_digit_stands_where_the_runs_begin_to_differ(values, value, text, runs, capsys):
    runs({"it": values})
    evidence.measured("it", value)
    assert capsys.readouterr().out == f"it: {text}\n"


def test_a_table_has_a_row_for_each_name_and_the_runs_in_brackets(runs, capsys, monkeypatch, tmp_path):
    zeros = [0.1, 0.11, 0.12, 0.1, 0.11, 0.12, 0.1, 0.11]
    runs({"at 8 epochs, weak, zeros": zeros, "at 8 epochs, weak, dead": [0] * 8})
    monkeypatch.setenv("AELIB_EVIDENCE", str(tmp_path / "collected"))
    evidence.table("at 8 epochs", {"weak": {"zeros": 0.111, "dead": np.int64(3)}})
    printed = capsys.readouterr().out.splitlines()
    assert printed[:3] == [
        "at 8 epochs  zeros                dead", "weak         0.111 (0.100-0.120)  3 (0)", "(in brackets: 8 runs)"
    ]  # fmt: skip
    assert printed[3].startswith("at 8 epochs, weak, dead: All other runs gave 0. The reason can be")
    kept = [json.loads(line) for line in (tmp_path / "collected").read_text("utf-8").splitlines()]
    assert [(entry["measured"], entry["value"]) for entry in kept] == [
        ("at 8 epochs, weak, zeros", 0.111), ("at 8 epochs, weak, dead", 3)
    ]  # fmt: skip
    evidence.table("new", {"a": {"b": 0.5}})
    assert capsys.readouterr().out == "new  b\na    0.5\n(in brackets: no earlier runs)\n"
    with pytest.raises(TypeError):
        evidence.table("new", {"a": {"b": [1, 2]}})


def test_one_normal_run_in_a_thousand_is_outside_of_what_is_expected():
    rng = np.random.default_rng(0)
    draws = rng.normal(3, 2, (40_000, evidence.RUNS + 1))
    ranges = np.array([evidence.expected(list(row)) for row in draws[:, :-1]])
    outside = np.mean((draws[:, -1] < ranges[:, 0]) | (draws[:, -1] > ranges[:, 1]))
    assert 0.0004 < outside < 0.0016
    assert evidence.STUDENT == pytest.approx(scipy.stats.t.ppf(0.9995, evidence.RUNS - 1), abs=5e-4)
    least, most = evidence.expected(LOSSES)
    reach = scipy.stats.t.ppf(0.9995, 7) * statistics.stdev(LOSSES) * (9 / 8) ** 0.5
    assert (most - least) / 2 == pytest.approx(reach, rel=1e-3)


def test_a_number_outside_of_the_expected_gets_a_sentence_and_no_exception(runs, capsys):
    runs({"loss": LOSSES})
    for value in (0.2, float("nan"), float("inf"), -1):
        evidence.measured("loss", value)
        first, second, _ = capsys.readouterr().out.split("\n")
        assert first.startswith("loss: ") and "(8 runs: 0.114 to 0.118)" in first
        assert "outside of what the runs let expect, 0.109 to 0.123" in second


def test_what_no_run_varies_may_be_rounded_otherwise_but_whole_numbers_agree(runs, capsys):
    runs({"loss": [0.0536] * 8, "weights": [101_770] * 8})
    for name, value, said in (
        ("loss", 0.05361, 0),
        ("loss", 0.0537, 1),
        ("weights", 101_770, 0),
        ("weights", 101_771, 1),
    ):
        evidence.measured(name, value)
        assert capsys.readouterr().out.count("All other runs gave") == said


def compared(text):
    """A cell's text as nbval compares it, with another machine's."""
    for pattern, replacement in nbval.plugin.get_sanitize_patterns(SANITIZE.read_text("utf-8")):
        text = re.sub(pattern, replacement, text)
    return text


@pytest.mark.parametrize(
    "values", [LOSSES, [98.2, 99.1, 101.3, 97.9, 99.4, 100.2, 98.8, 99.9], [-3, -2, -1, 1, 2, 0, 1, 3]]
)
def test_another_machine_s_number_is_let_pass_unless_it_is_far_outside(values, runs, capsys):
    runs({"a: 4 pixels add": values, "found, a, loss": values, "found, long name, loss": values})

    def printed(off):
        least, most = evidence.expected(values)
        value = (least + most) / 2 + off * (most - least) / 2
        evidence.measured("a: 4 pixels add", value, "nats per image")
        evidence.table("found", {"a": {"loss": value}, "long name": {"loss": values[0]}})
        return compared(capsys.readouterr().out)

    inside, *others, far = map(printed, (0, -0.9, 0.9, 1.5, -1.9, 2.1))
    assert others == [inside] * 4 and "long name|measured (" in inside and "add: measured nats per image (8" in inside
    assert far != inside and far.count("far outside of what the runs let expect") == 2


def test_what_is_compared_keeps_words_claims_of_all_runs_and_numbers_that_no_run_varies(runs, capsys):
    runs(claims={"a < b": [True] * 8, "c < d": [True] * 6 + [False] * 2})
    for text, other in (
        ("shape (4000, 784)", "shape (4000, 785)"),
        ("noise from 0.2 to 0.3", "noise from 0.2 to 0.4"),
        ("closed form: 0.8181 nats", "closed form: 0.8182 nats"),
        ("right: 3 of 4", "right: 4 of 4"),
        ("(8 runs: 0.114 to 0.118)", "(8 runs: 0.114 to 0.119)"),
        ("Bars of MSE: 1, 4, 20.", "Bars of MSE: 1, 4, 21."),
    ):
        assert compared(text) != compared(other)
    for holds in (True, False):
        evidence.claim("a < b", holds)
        evidence.claim("c < d", holds)
    first, second, third, _, fourth = compared(capsys.readouterr().out).splitlines()
    assert first != third and second == fourth


def test_no_figure_s_description_compares_a_number_that_training_gave():
    seen = 0
    for path in LESSONS:
        typed = ""
        for cell in json.loads(path.read_text("utf-8"))["cells"]:
            typed += "".join(cell["source"]) if cell["cell_type"] == "code" else ""
            for output in cell.get("outputs", []):
                if "image/png" in output.get("data", {}):
                    said = "".join(output["data"]["text/plain"])
                    seen += bool(re.search(r"\d\.\d", said))
                    left = re.findall(r"(?<![\w.])\d+\.\d+", compared(said))
                    assert [number for number in left if number not in typed] in ([], *EXACT), (path.name, cell["id"])
    assert seen > 20


def test_a_claim_says_whether_it_holds_here_and_in_how_many_runs_it_held(runs, capsys):
    runs(claims={"a < b": [True] * 8, "c < d": [True] * 6 + [False] * 2})
    evidence.claim("a < b", np.bool_(True))
    evidence.claim("c < d", True)
    assert capsys.readouterr().out == "a < b: yes (yes in 8 of 8 runs)\nc < d: yes (yes in 6 of 8 runs)\n"
    evidence.claim("a < b", False)
    assert capsys.readouterr().out.startswith("a < b: no (yes in 8 of 8 runs)\n  All other runs say yes. ")
    evidence.claim("c < d", False)
    assert capsys.readouterr().out == "c < d: no (yes in 6 of 8 runs)\n", "as in two others"


def test_what_no_run_measured_is_printed_and_said_to_be_new(runs, capsys):
    runs()
    evidence.measured("my own", 0.123456, "nats")
    evidence.claim("mine", True)
    evidence.begin("98")
    evidence.measured("without a file", 12)
    printed = capsys.readouterr().out.splitlines()
    assert printed == [
        "my own: 0.123 nats (no earlier runs)", "mine: yes (no earlier runs)", "without a file: 12 (no earlier runs)"
    ]  # fmt: skip


CELLS = ["x = 1", "def f(x):\n    ...", "y = x + 1  # a remark", "print(y)"]


@pytest.mark.parametrize(
    "history, own",
    [
        (CELLS, False),
        (["x = 1", "def f(x):\n    return 2 * x", "lesson_99.f.check(f)", "f.hint()", "y = x + 1", "print(y)"], False),
        (["x = 1", "y = x + 1  # another remark", "print(y)", "quiz('99')"], False),
        (["x = 2", *CELLS[1:]], True),
        ([*CELLS[:2], "x = 3", *CELLS[2:]], True),
        (["x = 1", "print(y)"], True),
    ],
)
def test_the_sentence_says_whether_the_learners_own_code_can_be_the_reason(history, own, runs, monkeypatch, capsys):
    book = notebooks.nbformat.v4.new_notebook(cells=[notebooks.nbformat.v4.new_code_cell(cell) for cell in CELLS])
    runs({"loss": LOSSES}, cells=writer.cells(book))
    shell = types.SimpleNamespace(history_manager=types.SimpleNamespace(input_hist_raw=["", *history]))
    monkeypatch.setitem(evidence.sys.modules, "IPython", types.SimpleNamespace(get_ipython=lambda: shell))
    evidence.measured("loss", 0.2)
    assert ("then this is your own result" in capsys.readouterr().out) == own


def test_the_seed_of_a_lesson_is_shifted_by_the_environment(monkeypatch):
    assert evidence.begin(None, 3) == 3
    monkeypatch.setenv("AELIB_SEED_SHIFT", "200")
    assert evidence.begin(None, 3) == 203


def lesson(*sources):
    return notebooks.nbformat.v4.new_notebook(cells=[notebooks.nbformat.v4.new_code_cell(text) for text in sources])


def test_the_writer_collects_each_run_with_seeds_of_its_own(tmp_path, monkeypatch):
    start = 'from aelib.evidence import begin, claim, measured\nseed = begin("99")'
    path = tmp_path / "99_made_up.ipynb"
    notebooks.nbformat.write(lesson(start, 'measured("seed", seed, "steps")\nclaim("early", seed < 50)'), path)
    before = path.read_bytes()
    found = writer.collect(path, runs=2)
    assert found["measured"] == {"seed": {"unit": "steps", "values": [0, 100]}}
    assert found["claims"] == {"early": [True, False]} and len(found["cells"]) == 2
    assert path.read_bytes() == before and {"keras", "numpy", "python"} <= set(found["versions"])


# The lessons themselves


@moved
def test_the_evidence_belongs_to_the_code_that_the_lesson_has_now(path):
    kept = json.loads((evidence.FOLDER / f"{notebooks.number(path)}.json").read_text("utf-8"))
    assert kept["cells"] == writer.cells(notebooks.read(path)), "make evidence"
    counts = {len(entry["values"]) for entry in kept["measured"].values()} | {len(c) for c in kept["claims"].values()}
    assert counts == {evidence.RUNS}


@moved
def test_each_random_draw_of_a_lesson_starts_from_its_seed(path):
    for source in writer.code(notebooks.read(path)):
        typed = re.search(r"(set_random_seed|default_rng|SeedGenerator)\(\d|(seed|random_state)=\d", source)
        assert not typed or "# fixed" in source, source
        for call in re.findall(r"training\.fit\(.*\)", source):
            assert "seed=seed" in call, call


def cells_after(book):
    """Pairs of a code cell and the prose that follows it."""
    for i, cell in enumerate(book.cells):
        if cell.cell_type == "code":
            prose = []
            for other in book.cells[i + 1 :]:
                if other.cell_type == "code":
                    break
                prose.append(other.source)
            yield cell, "\n".join(prose)


WORDS = ("none", "one", "two", "three", "four", "five", "six", "seven", "eight")


@moved
def test_a_claim_that_failed_in_a_run_is_told_with_how_often_it_held(path):
    claims = json.loads((evidence.FOLDER / f"{notebooks.number(path)}.json").read_text("utf-8"))["claims"]
    for cell, prose in cells_after(notebooks.read(path)):
        printed = "".join(output.get("text", "") for output in cell.get("outputs", []))
        for text, held in claims.items():
            if f"{text}: " in printed and not all(held):
                assert f"{WORDS[sum(held)]} of eight runs" in " ".join(prose.split()), text


COMPARED = re.compile(
    r"\b(more|less|fewer|better|worse|closer|nearer|smaller|larger|lower|higher|ahead|behind|beats?|wins?|ties?)\b",
    re.I,
)


@moved
def test_a_gap_between_numbers_whose_ranges_overlap_is_a_claim_of_its_own(path):
    kept = json.loads((evidence.FOLDER / f"{notebooks.number(path)}.json").read_text("utf-8"))["measured"]
    for cell, prose in cells_after(notebooks.read(path)):
        printed = "".join(output.get("text", "") for output in cell.get("outputs", []))
        values = [(entry["unit"], entry["values"]) for name, entry in kept.items() if f"{name}: " in printed]
        overlap = any(
            unit == other and min(ours) <= max(theirs) and min(theirs) <= max(ours)
            for i, (unit, ours) in enumerate(values)
            for other, theirs in values[:i]
        )
        if overlap and COMPARED.search(prose):
            assert "claim(" in cell.source, cell.source


FORMULA = re.compile(r"\$[^$]+\$|```.*?```|`[^`]+`", re.DOTALL)
NUMBER = re.compile(r"(?<![\w.])-?\d{1,3}(?:,\d{3})*\.\d+|(?<![\w.])-?\d+(?:\.\d+)?(?= ?(?:%|per cent|times\b))")


def printed_numbers(book):
    """All numbers that a lesson's outputs, code and formulas hold."""
    texts = []
    for cell in book.cells:
        if cell.cell_type == "code":
            shown = [text for output in cell.get("outputs", []) for text in notebooks._texts(output)]
            texts += [cell.source, *(re.sub("<[^>]+>", " ", text) for text in shown)]
        else:
            texts += re.findall(FORMULA, cell.source)
    numbers = re.findall(r"-?\d[\d,]*\.?\d*(?:e-?\d+)?", "\n".join(texts))
    return [float(number.replace(",", "")) for number in numbers]


@moved
def test_a_number_in_the_prose_is_one_that_the_lesson_prints_or_has_its_source_beside_it(path):
    book = notebooks.read(path)
    printed, wrong = printed_numbers(book), []
    for cell in book.cells:
        if cell.cell_type == "code":
            continue
        for paragraph in re.split(r"\n\s*\n", re.sub(FORMULA, " ", cell.source)):
            if paragraph.startswith((">", "*Source", "#")) or re.search(r"\bpublish|\(\d{4}\)", paragraph):
                continue
            for text in NUMBER.findall(paragraph):
                value, digits = float(text.replace(",", "")), len(text.partition(".")[2])
                near = [number for number in printed if round(number, digits) == value]
                if not near:
                    wrong.append(f"{text} in: {paragraph}")
    assert not wrong, "\n\n".join(wrong)


@pytest.mark.parametrize(
    "content",
    [b"", b"[]", b"\xff\xfe", b'{"measured": {"loss": {"values": [1.0]}}, "claims": {}, "cells": []}']
    + [b'{"measured": {}, "claims": {"less": 5}, "cells": []}', b'{"measured": {}, "claims": {}, "cells": [{}]}'],
)
def test_a_damaged_file_of_earlier_runs_is_named_and_costs_no_number(content, runs, tmp_path, capsys):
    runs()
    (tmp_path / "99.json").write_bytes(content)
    evidence.measured("loss", 0.5)
    evidence.claim("less", True)
    said = capsys.readouterr().out
    assert "99.json, can't be read" in said
    assert said.endswith("loss: 0.5 (no earlier runs)\nless: yes (no earlier runs)\n")


def test_one_number_may_come_in_an_array_and_what_is_no_number_is_named(runs, capsys):
    runs()
    evidence.measured("loss", np.array([[0.5]]))
    evidence.claim("less", np.array([True]))
    assert capsys.readouterr().out == "loss: 0.5 (no earlier runs)\nless: yes (no earlier runs)\n"
    for value in (np.ones(3), None, "much", 10**400, [0.5]):
        with pytest.raises(TypeError, match="loss: a value of type .*expected one number"):
            evidence.measured("loss", value)
    with pytest.raises(TypeError, match=r"less: a value of type ndarray of shape \(2,\): expected True or False"):
        evidence.claim("less", np.array([True, False]))


@pytest.mark.parametrize("shift, seed", [("abc", 0), ("-5", 0), ("1.5", 0), (str(2**32), 0), ("", -1), ("", "x")])
def test_a_seed_that_cannot_be_is_refused_with_what_to_write(shift, seed, monkeypatch):
    monkeypatch.setenv("AELIB_SEED_SHIFT", shift)
    with pytest.raises(ValueError, match="seed=.*expected a whole number from 0.*Write for example seed=0") as caught:
        evidence.begin(None, seed)
    assert ("unset AELIB_SEED_SHIFT" in str(caught.value)) == bool(shift)


def test_an_empty_shift_is_none(monkeypatch):
    monkeypatch.setenv("AELIB_SEED_SHIFT", "")
    assert evidence.begin(None, 3) == 3
