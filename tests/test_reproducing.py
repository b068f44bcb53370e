"""The full-size runs' bookkeeping, on a stand-in for MNIST: what is kept, taken up again, refused and tabulated."""

import json
import os
import pathlib
import random
import re
import signal
import subprocess
import sys
import time

import numpy as np
import pytest

from aelib import __main__, data, reproducing, training, weights

ROOT = pathlib.Path(__file__).parent.parent


@pytest.fixture
def small(monkeypatch):
    """A hundredth of the images, and models that train in a moment."""
    (x_train, y_train), (x_test, y_test) = data.digits()

    def mnist(flat=True, download=False):
        shape = (-1, 784) if flat else (-1, 28, 28, 1)
        return (x_train[:600].reshape(shape), y_train[:600]), (x_test[:100].reshape(shape), y_test[:100])

    monkeypatch.setattr(data, "mnist", mnist)


def test_a_run_is_kept_with_its_settings_and_read_the_next_time(small, tmp_path, monkeypatch):
    record = reproducing.run("vanilla", 3, 2, tmp_path / "new")
    assert {path.name for path in (tmp_path / "new").iterdir()} == {"vanilla-2-3.json", "vanilla-2-3.weights.npz"}
    assert json.loads((tmp_path / "new" / "vanilla-2-3.json").read_text()) == record
    assert (record["model"], record["seed"], record["epochs"], record["plain"]) == ("vanilla", 3, 2, False)
    assert record["loss"] == record["history"]["loss"][-1] and len(record["history"]["val_loss"]) == 2
    assert record["test_loss"] == pytest.approx(record["history"]["val_loss"][-1], rel=1e-3)
    assert record["seconds"] > 0 and {"keras", "numpy", "python", "backend"} <= set(record["versions"])
    monkeypatch.setattr(training, "fit", None)
    assert reproducing.run("vanilla", 3, 2, tmp_path / "new") == record


def test_a_result_of_other_settings_is_refused_and_left_alone(small, tmp_path):
    reproducing.run("vanilla", 0, 1, tmp_path)
    file = tmp_path / "vanilla-1-0.json"
    changed = json.loads(file.read_text()) | {"peak": 1}
    file.write_text(json.dumps(changed))
    with pytest.raises(ValueError, match=r"vanilla-1-0\.json holds a run with other settings.*Move it away"):
        reproducing.run("vanilla", 0, 1, tmp_path)
    assert json.loads(file.read_text()) == changed


def test_plain_runs_are_keras_fit_and_stand_beside_ours(small, tmp_path):
    plain, ours = (reproducing.run("variational", 0, 2, tmp_path, plain=plain) for plain in (True, False))
    assert plain["batch_size"] == 256 and plain["peak"] is None and ours["peak"] == reproducing.RUNS["variational"].peak
    assert plain["history"] != ours["history"] and len(list(tmp_path.glob("*.json"))) == 2
    assert 200 < plain["test_loss"] < 560 and 200 < ours["test_loss"] < 560, "nats per image, below 784 ln 2 = 543"


def test_an_interrupt_keeps_the_whole_epochs_and_no_result(small, tmp_path, monkeypatch, capsys):
    fit = training.fit

    def interrupted(auto, *arguments, **settings):
        begin = training.Progress.on_train_batch_end

        def stop(self, batch, logs=None):
            if self.epoch == 2:
                signal.raise_signal(signal.SIGINT)
                monkeypatch.setattr(training.Progress, "on_train_batch_end", begin)
            begin(self, batch, logs)

        monkeypatch.setattr(training.Progress, "on_train_batch_end", stop)
        return fit(auto, *arguments, **settings)

    monkeypatch.setattr(training, "fit", interrupted)
    call = ["reproduce", "--models", "vanilla", "--epochs", "4", "--out", str(tmp_path)]
    assert __main__.main(call) == 130
    assert "repeat the call to go on" in capsys.readouterr().err
    assert [path.name for path in tmp_path.iterdir()] == ["vanilla-4-0.npz"]
    with np.load(tmp_path / "vanilla-4-0.npz") as kept:
        assert len(json.loads(str(kept["about"]))["history"]["loss"]) == 1, "one whole epoch"
    monkeypatch.setattr(training, "fit", fit)
    assert __main__.main(call) == 0
    record = json.loads((tmp_path / "vanilla-4-0.json").read_text())
    assert len(record["history"]["loss"]) == 4 and record["seconds"] is None
    assert "taken up again" in capsys.readouterr().out


def made(model, seed, loss, plain=False, seconds=10.0, epochs=50):
    curve = [loss] * epochs
    return {"model": model, "seed": seed, "epochs": epochs, "plain": plain, "test_loss": loss, "seconds": seconds,
            "history": {"val_loss": curve}}  # fmt: skip


def test_the_table_gives_mean_difference_spread_and_median_seconds():
    records = [
        made("vanilla", seed, loss, seconds=s) for seed, loss, s in ((0, 0.0832, 30), (1, 0.0838, 50), (2, 0.0836, 40))
    ]
    records += [made("variational", 0, 147.203, seconds=None), made("vanilla", 0, 0.0845, plain=True, seconds=120)]
    lines = reproducing.table(records).splitlines()
    assert lines[2] == "| vanilla | 50 | 0.0842 | 0.0835 | -0.0007 | 0.0006 | 3 | 40 | 0.0845 | 120 |"
    assert lines[3] == "| variational | 50 | 147.90 | 147.20 | -0.70 | 0.00 | 1 | - | - | - |"
    assert len(lines) == 4 and {line.count("|") for line in lines} == {11}


def test_the_command_prints_and_keeps_the_table_and_the_curves(small, tmp_path, capsys):
    call = [
        "reproduce",
        "--quick",
        "--models",
        "vanilla",
        "sparse",
        "--seeds",
        "0",
        "1",
        "--compare",
        "--out",
        str(tmp_path),
    ]
    assert __main__.main(call) == 0
    printed = capsys.readouterr().out
    assert printed.count("on the test images") == 6 and "| sparse | 2 | 0.0835 |" in printed
    kept = (tmp_path / "README.md").read_text()
    assert printed.split("\n\n", 1)[1] in kept and "seeds 0, 1 (python " in kept
    for name in ("vanilla", "sparse"):
        assert f"({name}.png)" in kept and (tmp_path / f"{name}.png").read_bytes().startswith(b"\x89PNG")
    assert len(list(tmp_path.glob("*.json"))) == 6 and len(list(tmp_path.glob("*.npz"))) == 4


def test_installing_puts_the_weights_of_the_first_seed_into_the_package(small, tmp_path, monkeypatch):
    monkeypatch.setattr(weights, "FOLDER", tmp_path / "trained")
    out = tmp_path / "out"
    call = ["reproduce", "--quick", "--models", "vanilla", "--seeds", "4", "5", "--install", "--out", str(out)]
    assert __main__.main(call) == 0
    about = weights.about()["vanilla"]
    record = json.loads((out / "vanilla-2-4.json").read_text())
    assert {key: about[key] for key in ("seed", "epochs", "versions")} == {
        k: record[k] for k in ("seed", "epochs", "versions")
    }
    assert about["test_loss"] == pytest.approx(record["test_loss"], rel=1e-6)
    _, (x_test, _) = data.mnist()
    loss = weights.pretrained("vanilla")[2].evaluate(x_test, x_test, verbose=0)
    assert loss == pytest.approx(about["test_loss_float16"], rel=1e-4)


def test_the_decoder_fed_the_log_variance_learns_and_samples_nothing(small):
    found = reproducing.convict(epochs=3)
    assert set(found) == {"loss", "test_loss", "kl", "means", "deviations"}
    means, deviations = np.array(found["means"]), np.array(found["deviations"])
    assert means.shape == deviations.shape == (10, 2) and found["test_loss"] < 543
    kl = 0.5 * (means**2 + deviations**2 - 1 - np.log(deviations**2)).sum(axis=1).mean()
    assert found["kl"] == pytest.approx(kl, rel=1e-4)


RUNS = pathlib.Path(__file__).parent.parent / "results" / "runs"


def committed(folder):
    return [json.loads(path.read_text("utf-8")) for path in sorted(folder.glob("*.json"))]


def test_the_committed_table_is_made_of_the_committed_runs_and_beats_what_was_published():
    records = committed(RUNS)
    assert reproducing.table(records) in (RUNS / "README.md").read_text("utf-8")
    for name, published in reproducing.RUNS.items():
        ours = [record for record in records if (record["model"], record["plain"]) == (name, False)]
        assert len({record["seed"] for record in ours}) == len(ours) >= 3
        for record in ours:
            how = (record["epochs"], record["batch_size"], record["peak"])
            assert how == (50, published.batch_size, published.peak)
            assert record["test_loss"] < published.loss


def test_the_weights_of_the_package_are_those_of_the_first_committed_run():
    for record in committed(RUNS):
        if (record["seed"], record["plain"]) == (0, False):
            kept = weights.about()[record["model"]]
            same = ("seed", "epochs", "batch_size", "peak")
            assert {key: kept[key] for key in same} == {key: record[key] for key in same}
            assert kept["test_loss"] == pytest.approx(record["test_loss"], rel=1e-3), "other draws of the codes"


BACKENDS = ("tensorflow", "jax", "torch")


def test_two_epochs_on_three_backends_are_in_the_page_and_give_the_same_losses_within_five_percent():
    page, found = (RUNS.parent / "README.md").read_text("utf-8"), {}
    for record in json.loads((RUNS.parent / "backends.json").read_text("utf-8")):
        published = reproducing.RUNS[record["model"]]
        how = (record["epochs"], record["batch_size"], record["peak"], record["plain"])
        assert how == (2, published.batch_size, published.peak, False)
        found.setdefault((record["model"], record["versions"]["backend"]), {})[record["seed"]] = record["test_loss"]
    assert set(found) == {(name, backend) for name in reproducing.RUNS for backend in BACKENDS}
    for name in reproducing.RUNS:
        digits, runs = 2 if name == "variational" else 4, [list(found[name, backend].values()) for backend in BACKENDS]
        means = [sum(losses) / len(losses) for losses in runs]
        cells = [
            f"{mean:.{digits}f} ({min(losses):.{digits}f} to {max(losses):.{digits}f})" if len(losses) > 1
            else f"{mean:.{digits}f}"
            for mean, losses in zip(means, runs)
        ]  # fmt: skip
        assert f"| {name} | {' | '.join(cells)} |" in page
        assert max(means) < 1.05 * min(means), name


def test_the_page_tells_what_the_runs_fed_the_log_variance_gave():
    page = (RUNS.parent / "README.md").read_text("utf-8")
    runs = json.loads((RUNS.parent / "convicted.json").read_text("utf-8"))
    assert len(runs) >= 3
    for seed, run in enumerate(runs):
        means, deviations = np.abs(run["means"]), np.array(run["deviations"])
        kl = (means**2 + deviations**2 - 1 - 2 * np.log(deviations)).sum(axis=1).mean() / 2
        assert run["kl"] == pytest.approx(kl, rel=1e-4)
        losses = f"{run['loss']:.1f} | {run['test_loss']:.1f}"
        row = f"| {losses} | {means.max():.4f} | {deviations.min():.2f} to {deviations.max():.2f} | {kl:.2f} |"
        assert f"| ours, seed {seed} {row}" in page
        assert means.max() < 0.1 and np.ptp(deviations) > 1, "the deviations carry the image, and the means nothing"
        assert kl < 2 and run["test_loss"] < 150, "so few nats, and yet the images are rebuilt"


def command(*arguments, **environment):
    environment = {**os.environ, "AELIB_MNIST": "", **environment}
    call = [sys.executable, "-m", "aelib", "reproduce", *arguments]
    return subprocess.run(call, env=environment, capture_output=True, text=True)


@pytest.mark.parametrize(
    "arguments, words",
    [
        (["--quick"], "full MNIST is not part of the course.*AELIB_MNIST"),
        (["--epochs", "0"], "--epochs is a whole number from 1"),
        (["--seeds", "-1"], "--seeds are whole numbers from 0"),
    ],
)
def test_what_cannot_start_is_told_in_a_sentence(arguments, words, tmp_path):
    done = command(*arguments, "--out", str(tmp_path / "out"))
    assert done.returncode == 2 and re.search(f"^aelib reproduce: .*{words}", done.stderr, re.S)
    assert "Traceback" not in done.stderr and not (tmp_path / "out").exists()


def test_a_folder_that_cannot_be_written_is_told_before_the_first_epoch(small, tmp_path, monkeypatch, capsys):
    (tmp_path / "file").write_text("no folder")
    monkeypatch.setattr(training, "fit", None)
    for folder in ("file", "file/inside"):
        call = ["reproduce", "--quick", "--models", "vanilla", "--out", str(tmp_path / folder)]
        assert __main__.main(call) == 2
        said = capsys.readouterr().err
        assert said.startswith("aelib reproduce: ") and str(tmp_path / "file") in said


def test_a_disk_that_is_full_at_the_end_costs_no_epoch(small, tmp_path, monkeypatch, capsys):
    call = ["reproduce", "--quick", "--models", "vanilla", "--out", str(tmp_path)]
    write = reproducing._write

    def full(path, content):
        raise OSError(28, "No space left on device", str(path))

    monkeypatch.setattr(reproducing, "_write", full)
    assert __main__.main(call) == 2
    assert re.match("aelib reproduce: .*No space left on device.*vanilla-2-0", capsys.readouterr().err)
    monkeypatch.setattr(reproducing, "_write", write)
    monkeypatch.setattr(training.Progress, "on_epoch_begin", None)  # calling it would fail
    assert __main__.main(call) == 0
    assert {path.suffix for path in tmp_path.glob("vanilla*")} == {".json", ".png", ".npz"}
    assert not (tmp_path / "vanilla-2-0.npz").exists() and (tmp_path / "vanilla-2-0.weights.npz").exists()


DOOMED = """
import sys
from aelib import lesson
lesson.start()
import keras
from aelib import data, factories, training
(x, _), _ = data.digits()
x = x[:1600]
keras.utils.set_random_seed(0)
auto = factories.vanilla(784, [64], 16)[2]
class Told(keras.callbacks.Callback):
    def on_epoch_begin(self, epoch, logs=None):
        print("begin", epoch, flush=True)
fit = auto.fit
auto.fit = lambda *a, callbacks, **k: fit(*a, callbacks=[*callbacks, Told()], **k)
history = training.fit(auto, x, epochs=40, batch_size=64, peak=5e-3, checkpoint=sys.argv[1] if sys.argv[1:] else None)
print("end", len(history["loss"]), history["loss"][-1], flush=True)
"""


@pytest.mark.slow
def test_a_run_killed_five_times_at_random_loses_at_most_an_epoch_each_time(tmp_path):
    whole = subprocess.run([sys.executable, "-c", DOOMED], capture_output=True, text=True).stdout.split()
    file, dice, begun = tmp_path / "run.npz", random.Random(0), []
    for _ in range(5):
        process = subprocess.Popen([sys.executable, "-c", DOOMED, str(file)], stdout=subprocess.PIPE, text=True)
        before = begun[-1] if begun else 0
        for line in process.stdout:
            begun.append(int(line.split()[1]))
            if begun[-1] >= before + 3:
                break
        assert begun[-1] < 35, "there is something left to kill"
        time.sleep(dice.uniform(0, 0.3))  # somewhere in an epoch, or while the checkpoint is written
        process.send_signal(signal.SIGKILL)
        begun += [int(line.split()[1]) for line in process.stdout]
        process.wait()
    last = subprocess.run([sys.executable, "-c", DOOMED, str(file)], capture_output=True, text=True).stdout
    begun += [int(epoch) for epoch in re.findall("begin ([0-9]+)", last)]
    steps = [after - now for now, after in zip(begun, begun[1:])]
    assert set(steps) <= {0, 1} and steps.count(0) <= 5, "an epoch that was cut off is done again, and no other"
    count, loss = last.split()[-2:]
    assert (count, begun[0], begun[-1]) == ("40", 0, 39)
    assert float(loss) == pytest.approx(float(whole[-1]), rel=0.02)
    assert list(tmp_path.iterdir()) == [file]
