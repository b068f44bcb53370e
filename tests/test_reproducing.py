"""The full-size runs' bookkeeping, on a stand-in for MNIST: what is kept, taken up again, refused and tabulated."""

import contextlib
import io
import json
import os
import pathlib
import random
import re
import signal
import subprocess
import sys
import time
import warnings

import keras
import numpy as np
import pytest

from aelib import __main__, data, files, training, weights
from aelib.reproducing import portrait, report, runs

ROOT = pathlib.Path(__file__).parent.parent


def mnist(flat=True, download=False):
    """A hundredth of the images."""
    (x_train, y_train), (x_test, y_test) = data.digits()
    shape = (-1, 784) if flat else (-1, 28, 28, 1)
    return (x_train[:600].reshape(shape), y_train[:600]), (x_test[:100].reshape(shape), y_test[:100])


@pytest.fixture(scope="module", autouse=True)
def untraced():
    """Steps of a few images are taken as they are: TensorFlow's tracing would take longer than they do."""
    if keras.backend.backend() != "tensorflow":
        yield
        return
    import tensorflow as tf

    tf.config.run_functions_eagerly(True)
    with warnings.catch_warnings():
        warnings.filterwarnings("ignore", "Even though the `tf.config.experimental_run_functions_eagerly`")
        yield
    tf.config.run_functions_eagerly(False)


@pytest.fixture
def small(monkeypatch):
    monkeypatch.setattr(data, "mnist", mnist)


@pytest.fixture(scope="module")
def made(tmp_path_factory):
    """One call of the command: where its results are, what its runs returned, what it printed, what it installed."""
    place, returned, train = tmp_path_factory.mktemp("made"), [], runs.train

    def heard(*arguments):
        returned.append(train(*arguments))
        return returned[-1]

    call = ["--quick", "--models", "vanilla", "variational", "--seeds", "4", "5", "--compare", "--install"]
    with pytest.MonkeyPatch.context() as patch, contextlib.redirect_stdout(io.StringIO()) as printed:
        patch.setattr(data, "mnist", mnist)
        patch.setattr(runs, "train", heard)
        patch.setattr(weights, "FOLDER", place / "trained")
        assert __main__.main(["reproduce", *call, "--out", str(place / "out")]) == 0
    return place / "out", returned, printed.getvalue(), place / "trained"


def test_a_run_is_kept_with_its_settings_and_read_the_next_time(made, monkeypatch):
    out, records, _, _ = made
    record = records[0]
    assert json.loads((out / "vanilla-2-4.json").read_text()) == record
    assert (record["model"], record["seed"], record["epochs"], record["plain"]) == ("vanilla", 4, 2, False)
    assert record["loss"] == record["history"]["loss"][-1] and len(record["history"]["val_loss"]) == 2
    assert record["test_loss"] == pytest.approx(record["history"]["val_loss"][-1], rel=1e-3)
    assert record["seconds"] > 0 and {"keras", "numpy", "python", "backend"} <= set(record["versions"])
    monkeypatch.setattr(training, "fit", None)
    assert runs.train("vanilla", 4, 2, out) == record


def test_a_result_of_other_settings_is_refused_and_left_alone(made, tmp_path):
    changed = made[1][0] | {"peak": 1}
    file = tmp_path / "vanilla-2-4.json"
    file.write_text(json.dumps(changed))
    with pytest.raises(ValueError, match=r"vanilla-2-4\.json holds a run with other settings.*Move it away"):
        runs.train("vanilla", 4, 2, tmp_path)
    assert json.loads(file.read_text()) == changed


def test_plain_runs_are_keras_fit_and_stand_beside_ours(made):
    out, records, _, _ = made
    plain, ours = ([r for r in records if (r["model"], r["plain"]) == ("variational", how)][0] for how in (True, False))
    assert plain["batch_size"] == 256 and plain["peak"] is None and ours["peak"] == runs.RUNS["variational"].peak
    assert plain["seed"] == ours["seed"] == 4 and plain["history"] != ours["history"]
    assert (out / "variational-2-plain-4.json").exists() and (out / "variational-2-4.json").exists()
    assert 200 < plain["test_loss"] < 560 and 200 < ours["test_loss"] < 560, "nats per image, below 784 ln 2 = 543"


def test_the_command_prints_and_keeps_the_table_and_the_curves(made):
    out, records, printed, _ = made
    assert printed.count("on the test images") == 6 and "| variational | 2 | 147.90 |" in printed
    assert printed.split("\n\n", 1)[1] == report.table(records)
    kept = (out / "README.md").read_text()
    assert report.table(records) in kept and "seeds 4, 5 (python " in kept
    names = {"README.md"}
    for name in ("vanilla", "variational"):
        assert f"({name}.png)" in kept and (out / f"{name}.png").read_bytes().startswith(b"\x89PNG")
        names |= {f"{name}.png", f"{name}-2-plain-4.json"}
        names |= {f"{name}-2-{seed}.{kind}" for seed in (4, 5) for kind in ("json", "weights.npz")}
    assert {path.name for path in out.iterdir()} == names


def test_installing_puts_the_weights_of_the_first_seed_into_the_package(made, monkeypatch):
    monkeypatch.setattr(weights, "FOLDER", made[3])
    about, record = weights.about()["vanilla"], made[1][0]
    assert {key: about[key] for key in ("seed", "epochs", "versions")} == {
        key: record[key] for key in ("seed", "epochs", "versions")
    }
    assert about["test_loss"] == pytest.approx(record["test_loss"], rel=1e-6)
    _, (x_test, _) = mnist()
    loss = weights.pretrained("vanilla")[2].evaluate(x_test, x_test, verbose=0)
    assert loss == pytest.approx(about["test_loss_float16"], rel=1e-4)


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


def told(model, seed, loss, plain=False, seconds=10.0):
    return {"model": model, "seed": seed, "epochs": 50, "plain": plain, "test_loss": loss, "seconds": seconds}


def test_the_table_gives_mean_difference_spread_and_median_seconds():
    records = [
        told("vanilla", seed, loss, seconds=s) for seed, loss, s in ((0, 0.0832, 30), (1, 0.0838, 50), (2, 0.0836, 40))
    ]
    records += [told("variational", 0, 147.203, seconds=None), told("vanilla", 0, 0.0845, plain=True, seconds=120)]
    lines = report.table(records).splitlines()
    assert lines[2] == "| vanilla | 50 | 0.0842 | 0.0835 | -0.0007 | 0.0006 | 3 | 40 | 0.0845 | 120 |"
    assert lines[3] == "| variational | 50 | 147.90 | 147.20 | -0.70 | 0.00 | 1 | - | - | - |"
    assert len(lines) == 4 and {line.count("|") for line in lines} == {11}


def test_the_decoder_fed_the_log_variance_learns_and_samples_nothing(small):
    found = runs.convict(epochs=3)
    assert set(found) == {"loss", "test_loss", "kl", "means", "deviations"}
    means, deviations = np.array(found["means"]), np.array(found["deviations"])
    assert means.shape == deviations.shape == (10, 2) and found["test_loss"] < 543
    kl = 0.5 * (means**2 + deviations**2 - 1 - np.log(deviations**2)).sum(axis=1).mean()
    assert found["kl"] == pytest.approx(kl, rel=1e-4)


def test_a_dearer_code_says_less_and_costs_more_distortion(small):
    cheap, dear = (runs.price(beta, epochs=8) for beta in (0.1, 50))
    assert set(cheap) == {"beta", "seed", "kl", "reconstruction"} and dear["beta"] == 50
    assert dear["kl"] < 0.5 * cheap["kl"] and cheap["reconstruction"] < dear["reconstruction"] < 543


def test_the_number_of_a_centre_says_its_entropy_and_one_centre_is_the_mean_image(small):
    (x_train, _), (x_test, _) = data.mnist()
    one, eight = runs.price_of_centres(1), runs.price_of_centres(8)
    mean = x_train.mean(axis=0, dtype=float).clip(1e-7, 1 - 1e-7)
    cost = -(x_test * np.log(mean) + (1 - x_test) * np.log(1 - mean)).sum(axis=1).mean()
    assert one["kl"] == 0 and one["reconstruction"] == pytest.approx(cost, rel=1e-4)
    assert 0.5 * np.log(8) < eight["kl"] <= np.log(8) and eight["reconstruction"] < one["reconstruction"]


RESULTS = ROOT / "results"


def committed():
    return [json.loads(path.read_text("utf-8")) for path in sorted((RESULTS / "runs").glob("*.json"))]


def test_the_committed_table_is_made_of_the_committed_runs_and_beats_what_was_published():
    records = committed()
    assert report.table(records) in (RESULTS / "runs" / "README.md").read_text("utf-8")
    for name, published in runs.RUNS.items():
        ours = [record for record in records if (record["model"], record["plain"]) == (name, False)]
        assert len({record["seed"] for record in ours}) == len(ours) >= 3
        for record in ours:
            how = (record["epochs"], record["batch_size"], record["peak"])
            assert how == (50, published.batch_size, published.peak)
            assert record["test_loss"] < published.loss


def test_the_weights_of_the_package_are_those_of_the_first_committed_run():
    for record in committed():
        if (record["seed"], record["plain"]) == (0, False):
            kept = weights.about()[record["model"]]
            same = ("seed", "epochs", "batch_size", "peak")
            assert {key: kept[key] for key in same} == {key: record[key] for key in same}
            assert kept["test_loss"] == pytest.approx(record["test_loss"], rel=1e-3), "other draws of the codes"


def test_a_portrait_at_equal_bits_costs_no_more_and_nearly_all_of_them(small):
    figure, rows = portrait.portrait(bits=100, seconds={"vanilla": 60})
    assert [row["model"] for row in rows] == ["PCA", *runs.RUNS]
    assert [row["numbers"] for row in rows] == [64, 32, 32, 128, 2]
    variational = rows.pop()
    assert variational["bits"] < 90, "two numbers of at most 13 bits, and what coding 100 images costs"
    for row in rows:
        assert 90 < row["bits"] <= 100 and row["mse_unrounded"] < row["mse"], row
        assert f"{row['mse']:.4f}" in figure.alt and f"{row['bits']:.0f} bits" in figure.alt
    drawn = [image.get_array() for image in figure.axes[0].images]
    (_, _), (images, labels) = mnist()
    assert np.array_equal(drawn[7], images[labels == 7][0].reshape(28, 28)), "the first seven of the test images"


def test_the_portrait_on_the_page_is_that_of_its_file():
    page = (RESULTS / "README.md").read_text("utf-8")
    for row in json.loads((RESULTS / "portrait.json").read_text("utf-8")):
        assert f"{row['model']}: mean squared error {row['mse']:.4f}, {row['bits']:.0f} bits" in page


def test_the_page_names_each_file_beside_it_and_its_links_lead_somewhere():
    page = (RESULTS / "README.md").read_text("utf-8")
    titles = {
        re.sub("[^a-z0-9 ]", "", line.lower()).strip().replace(" ", "-") for line in re.findall("^#+ (.*)", page, re.M)
    }
    links = re.findall(r"\]\(([^)]+)\)", page)
    assert all(link[1:] in titles if link.startswith("#") else (RESULTS / link).exists() for link in links), links
    assert {path.name for path in RESULTS.iterdir()} - {"README.md"} <= {pathlib.Path(link).parts[0] for link in links}


BACKENDS = ("tensorflow", "jax", "torch")


def test_two_epochs_on_three_backends_are_in_the_page_and_give_the_same_losses_within_five_percent():
    page, found = (RESULTS / "README.md").read_text("utf-8"), {}
    for record in json.loads((RESULTS / "backends.json").read_text("utf-8")):
        published = runs.RUNS[record["model"]]
        how = (record["epochs"], record["batch_size"], record["peak"], record["plain"])
        assert how == (2, published.batch_size, published.peak, False)
        found.setdefault((record["model"], record["versions"]["backend"]), {})[record["seed"]] = record["test_loss"]
    assert set(found) == {(name, backend) for name in runs.RUNS for backend in BACKENDS}
    for name in runs.RUNS:
        digits = 2 if name == "variational" else 4
        seeds = [list(found[name, backend].values()) for backend in BACKENDS]
        means = [sum(losses) / len(losses) for losses in seeds]
        cells = [
            f"{mean:.{digits}f} ({min(losses):.{digits}f} to {max(losses):.{digits}f})" if len(losses) > 1
            else f"{mean:.{digits}f}"
            for mean, losses in zip(means, seeds)
        ]  # fmt: skip
        assert f"| {name} | {' | '.join(cells)} |" in page
        assert max(means) < 1.05 * min(means), name


def test_peaks_and_epochs_are_those_that_the_validation_images_choose():
    rows = [row for row in json.loads((RESULTS / "choices.json").read_text("utf-8")) if "chosen" not in row]
    for name in ("vanilla", "sparse", "variational"):
        ours, plain = {}, {}
        for row in rows:
            if row["model"] == name:
                where = plain if row["plain"] else ours.setdefault((row["peak"], row["epochs"]), {})
                where[row["seed"]] = row["validation_loss"]
        assert set(plain) == {0, 1}
        peak = min((key for key in ours if key[1] == 12), key=lambda key: sum(ours[key].values()))[0]
        good = {epochs: all(ours[peak, epochs][seed] <= plain[seed] for seed in plain) for _, epochs in ours}
        chosen = runs.RUNS[name].equal_epochs
        assert peak == runs.RUNS[name].peak and good[chosen] and not good[chosen - 1], name


def test_the_page_tells_what_other_codes_tell_and_leave():
    page, found = (RESULTS / "README.md").read_text("utf-8"), {}
    for row in json.loads((RESULTS / "prices.json").read_text("utf-8")):
        code = f"{row['centres']} centres" if "centres" in row else f"variational, beta {row['beta']}"
        found.setdefault(code, {})[row["seed"]] = row["kl"], row["reconstruction"]
        assert "beta" in row or row["kl"] <= np.log(row["centres"]) + 5e-4, "a number of n tells ln n nats at most"
    for code, seeds in found.items():
        assert set(seeds) == {0, 1, 2}
        kl, reconstruction = np.mean(list(seeds.values()), axis=0)
        assert f"| {code} | {kl:.2f} | {reconstruction:.1f} |" in page


def test_the_page_tells_what_the_runs_fed_the_log_variance_gave():
    page = (RESULTS / "README.md").read_text("utf-8")
    convicted = json.loads((RESULTS / "convicted.json").read_text("utf-8"))
    assert len(convicted) >= 3
    for seed, run in enumerate(convicted):
        means, deviations = np.abs(run["means"]), np.array(run["deviations"])
        kl = (means**2 + deviations**2 - 1 - 2 * np.log(deviations)).sum(axis=1).mean() / 2
        assert run["kl"] == pytest.approx(kl, rel=1e-4)
        losses = f"{run['loss']:.1f} | {run['test_loss']:.1f}"
        row = f"| {losses} | {means.max():.4f} | {deviations.min():.2f} to {deviations.max():.2f} | {kl:.2f} |"
        assert f"| ours, seed {seed} {row}" in page
        assert means.max() < 0.1 and np.ptp(deviations) > 1, "the deviations carry the image, and the means nothing"
        assert kl < 2 and run["test_loss"] < 150, "so few nats, and yet the images are rebuilt"


@pytest.mark.parametrize(
    "arguments, words",
    [
        (["--quick"], "full MNIST is not part of the course.*AELIB_MNIST"),
        (["--epochs", "0"], "--epochs is a whole number from 1"),
        (["--seeds", "-1"], "--seeds are whole numbers from 0"),
    ],
)
def test_what_cannot_start_is_told_in_a_sentence(arguments, words, tmp_path, monkeypatch, capsys):
    monkeypatch.setenv("AELIB_MNIST", "")
    assert __main__.main(["reproduce", *arguments, "--out", str(tmp_path / "out")]) == 2
    assert re.search(f"^aelib reproduce: .*{words}", capsys.readouterr().err, re.S)
    assert not (tmp_path / "out").exists()


def test_a_page_of_something_else_is_told_before_the_first_epoch_and_stays(small, tmp_path, monkeypatch, capsys):
    (tmp_path / "README.md").write_text("# My thesis")
    monkeypatch.setattr(training, "fit", None)
    assert __main__.main(["reproduce", "--quick", "--models", "vanilla", "--out", str(tmp_path)]) == 2
    assert "README.md is in the way: it is no earlier report." in capsys.readouterr().err
    assert (tmp_path / "README.md").read_text() == "# My thesis"


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
    write = files.write

    def full(path, content):
        if path.name != "vanilla-2-0.npz":  # the checkpoint was kept while there was room
            raise OSError(28, "No space left on device", str(path))
        write(path, content)

    monkeypatch.setattr(files, "write", full)
    assert __main__.main(call) == 2
    assert re.match("aelib reproduce: .*No space left on device.*vanilla-2-0", capsys.readouterr().err)
    monkeypatch.setattr(files, "write", write)
    monkeypatch.setattr(training.Progress, "on_epoch_begin", None)  # calling it would fail
    assert __main__.main(call) == 0
    assert {path.suffix for path in tmp_path.glob("vanilla*")} == {".json", ".png", ".npz"}
    assert not (tmp_path / "vanilla-2-0.npz").exists() and (tmp_path / "vanilla-2-0.weights.npz").exists()


FORKED = """
import os, sys
import keras, tensorflow
from aelib import data, factories, training
keras.Model, keras.layers.Dense  # loads the rest; an operation would start threads, and no thread survives a fork
x = data.digits()[0][0][:512]
for line in sys.stdin:
    process = os.fork()
    if process:
        print("process", process, flush=True)
        os.waitpid(process, 0)
        print("gone", 0, flush=True)
        continue
    keras.utils.set_random_seed(0)
    auto = factories.vanilla(784, [64], 16)[2]
    class Told(keras.callbacks.Callback):
        def on_epoch_begin(self, epoch, logs=None):
            print("begin", epoch, flush=True)
    fit = auto.fit
    auto.fit = lambda *a, callbacks, **k: fit(*a, callbacks=[*callbacks, Told()], **k)
    history = training.fit(auto, x, epochs=40, batch_size=64, peak=5e-3, checkpoint=line.strip() or None)
    print("epochs", len(history["loss"]))
    print("loss", history["loss"][-1], flush=True)
    os._exit(0)
"""


@pytest.mark.slow
@pytest.mark.skipif(not hasattr(os, "fork"), reason="this system forks no process")
def test_a_run_killed_five_times_at_random_loses_at_most_an_epoch_each_time(tmp_path):
    file, dice, begun = tmp_path / "run.npz", random.Random(0), []
    call = [sys.executable, "-c", FORKED]
    environment = os.environ | {"KERAS_BACKEND": "tensorflow", "OPENBLAS_NUM_THREADS": "1"}
    with subprocess.Popen(
        call, env=environment, stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, text=True
    ) as forking:  # each run is a process of its own, and TensorFlow is imported once

        def heard(checkpoint):
            forking.stdin.write(f"{checkpoint}\n")
            forking.stdin.flush()
            for line in forking.stdout:
                what, number = line.split()
                if what == "gone":
                    return
                yield what, float(number)
            raise AssertionError("the process that forks has ended")

        (whole,) = [number for what, number in heard("") if what == "loss"]
        for _ in range(5):
            before, process = begun[-1] if begun else 0, None
            for what, number in heard(file):
                process = int(number) if what == "process" else process
                begun += [number] * (what == "begin")
                if what == "begin" and process and number == before + 3:
                    assert number < 35, "there is something left to kill"
                    time.sleep(dice.uniform(0, 0.06))  # somewhere in an epoch, or while the checkpoint is written
                    os.kill(process, signal.SIGKILL)
        ended = list(heard(file))
        forking.stdin.close()
    begun += [number for what, number in ended if what == "begin"]
    steps = [after - now for now, after in zip(begun, begun[1:])]
    assert set(steps) <= {0, 1} and steps.count(0) <= 5, "an epoch that was cut off is done again, and no other"
    assert (begun[0], begun[-1]) == (0, 39) and ("epochs", 40) in ended
    (loss,) = [number for what, number in ended if what == "loss"]
    assert loss == pytest.approx(whole, rel=0.02)
    left = [path.name for path in tmp_path.iterdir() if not path.name.startswith(".aelib-")]
    assert left == ["run.npz"], "beside parts of a checkpoint that was being written"
