"""Training on several devices and in several processes through Keras on JAX: the losses of one device, and resuming.

What is trained is a stand-in for MNIST. On another backend these tests are skipped.
"""

import contextlib
import json
import os
import random
import signal
import socket
import subprocess
import sys
import time

import keras
import pytest

from aelib import __main__

pytestmark = pytest.mark.skipif(keras.backend.backend() != "jax", reason="Keras distributes training on JAX")
PROGRAM = """
import sys
import numpy as np
from aelib import __main__, data

rng = np.random.default_rng(0)
strokes = rng.random((12, 784)) < 0.1
def images(count):
    return np.where((rng.random((count, 12)) < 0.15) @ strokes > 0, 0.9, 0.1).astype("float32")
train, test = images(1920), images(320)

def mnist(flat=True, download=False):
    return (train, None), (test, None)

data.mnist = mnist
sys.exit(__main__.main(["reproduce", "--models", *sys.argv[2].split(), "--epochs", sys.argv[3], "--out", sys.argv[1]]))
"""


def start(out, models, epochs, **environment):
    environment = {**os.environ, "KERAS_BACKEND": "jax", **environment}
    call = [sys.executable, "-c", PROGRAM, str(out), models, str(epochs)]
    return subprocess.Popen(call, env=environment, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True)


def finish(process):
    printed, said = process.communicate(timeout=300)
    assert process.returncode == 0, said
    return printed


def record(out, name, epochs):
    return json.loads((out / f"{name}-{epochs}-0.json").read_text("utf-8"))


def free_port():
    """Return a port that is free, and that the system gives to nobody else in the meantime."""
    for port in random.sample(range(20_000, 30_000), 100):
        with contextlib.suppress(OSError), socket.socket() as tried:
            tried.bind(("", port))
            return port


def pair(out, models, epochs):
    """Start two processes on this machine that train together."""
    address = f"127.0.0.1:{free_port()}"
    shared = {"KERAS_DISTRIBUTION_JOB_ADDRESSES": address, "KERAS_DISTRIBUTION_NUM_PROCESSES": "2"}
    return [start(out, models, epochs, KERAS_DISTRIBUTION_PROCESS_ID=str(number), **shared) for number in range(2)]


@pytest.fixture(scope="module")
def alone(tmp_path_factory):
    """The folder of a run on one device."""
    out = tmp_path_factory.mktemp("alone")
    finish(start(out, "vanilla variational", 6))
    return out


def test_tensorflow_gives_nearly_the_same_losses(tmp_path):
    backends = ("jax", "tensorflow")
    for process in [start(tmp_path / one, "vanilla variational", 16, KERAS_BACKEND=one) for one in backends]:
        finish(process)
    for name, within in (("vanilla", 0.01), ("variational", 0.03)):
        here, there = (record(tmp_path / one, name, 16) for one in backends)
        assert (here["versions"]["backend"], there["versions"]["backend"]) == backends
        assert there["test_loss"] == pytest.approx(here["test_loss"], rel=within), "other random weights to begin with"


def test_two_devices_give_the_losses_of_one(alone, tmp_path):
    finish(start(tmp_path, "vanilla variational", 6, XLA_FLAGS="--xla_force_host_platform_device_count=2"))
    for name in ("vanilla", "variational"):
        one, two = record(alone, name, 6), record(tmp_path, name, 6)
        assert "devices" not in one["versions"] and two["versions"]["devices"] == 2
        losses, expected = two["history"]["loss"], one["history"]["loss"]
        assert losses[0] == pytest.approx(expected[0], rel=1e-4), name
        # Sums in another order differ in their last digits; noise and the highest rates make more of that.
        assert losses == pytest.approx(expected, rel=1e-4 if name == "vanilla" else 1e-2), name
        assert two["test_loss"] == pytest.approx(one["test_loss"], rel=5e-3), name
        assert one["history"]["loss"][-1] < 0.8 * one["history"]["loss"][0], "something was learned"


def test_a_number_of_devices_that_cannot_share_a_batch_is_refused_in_a_sentence(tmp_path):
    process = start(tmp_path, "vanilla", 1, XLA_FLAGS="--xla_force_host_platform_device_count=3")
    said = process.communicate()[1]
    assert process.returncode == 2 and "3 devices can't share a batch evenly: take 2, 4 or 8" in said
    assert "Traceback" not in said


@pytest.mark.parametrize("devices", [6, 16])
def test_so_are_other_numbers(devices, tmp_path, monkeypatch, capsys):
    monkeypatch.setattr(keras.distribution, "list_devices", lambda: [f"gpu:{number}" for number in range(devices)])
    assert __main__.main(["reproduce", "--quick", "--out", str(tmp_path)]) == 2
    assert f"{devices} devices can't share a batch evenly: take 2, 4 or 8" in capsys.readouterr().err


def test_two_processes_give_the_losses_of_one_and_go_on_when_one_was_killed(tmp_path):
    whole = tmp_path / "whole"
    first, second = pair(whole, "vanilla", 10)
    assert "vanilla, seed 0, 10 epochs" in finish(first) and "seed 0" not in finish(second)
    together = record(whole, "vanilla", 10)
    assert together["versions"]["devices"] == 2 and together["seconds"] is not None
    finish(start(tmp_path / "alone", "vanilla", 10))
    losses, expected = together["history"]["loss"], record(tmp_path / "alone", "vanilla", 10)["history"]["loss"]
    assert losses == pytest.approx(expected, rel=0.05), "each shuffles its own share, so the batches are others"

    out = tmp_path / "cut off"
    processes = pair(out, "vanilla", 10)
    checkpoint = out / "vanilla-10-0.npz"
    while not checkpoint.exists():
        assert all(process.poll() is None for process in processes), processes[0].communicate()
        time.sleep(0.02)
    processes[1].send_signal(signal.SIGKILL)
    time.sleep(1)
    assert not (out / "vanilla-10-0.json").exists(), "one process alone can't end the run"
    for process in processes:
        process.kill()
        process.communicate()
    assert checkpoint.exists()
    printed = [finish(process) for process in pair(out, "vanilla", 10)]
    assert "taken up again" in printed[0]
    resumed = record(out, "vanilla", 10)
    assert len(resumed["history"]["loss"]) == 10 and resumed["seconds"] is None
    assert resumed["history"]["loss"][-1] == pytest.approx(together["history"]["loss"][-1], rel=0.02)
    assert not checkpoint.exists()
