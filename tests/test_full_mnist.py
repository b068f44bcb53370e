"""Short runs on the full MNIST at the published settings, against the published numbers; needs AELIB_MNIST."""

import json
import os

import keras
import pytest

from aelib import __main__, data, factories

pytestmark = [
    pytest.mark.full,
    pytest.mark.slow,
    pytest.mark.skipif(not os.environ.get("AELIB_MNIST"), reason="AELIB_MNIST names no copy of MNIST"),
]


@pytest.mark.parametrize(
    "name, loss, validation_loss",
    [("vanilla", 0.2462, 0.1704), ("sparse", 0.2467, 0.1715), ("convolutional", 0.2466, 0.1597)],
)
def test_the_first_epoch_lands_within_two_percent_of_the_published_one(name, loss, validation_loss):
    (x_train, _), (x_test, _) = data.mnist(flat=name != "convolutional")
    keras.utils.set_random_seed(0)
    _, _, auto = getattr(factories, name)(*factories.PUBLISHED[name])
    history = auto.fit(
        x_train, x_train, epochs=1, batch_size=256, shuffle=True, validation_data=(x_test, x_test), verbose=0
    ).history
    assert history["loss"][0] == pytest.approx(loss, rel=0.02)
    assert history["val_loss"][0] == pytest.approx(validation_loss, rel=0.02)


def test_aelib_reproduce_quick_ends_below_the_published_first_epochs(tmp_path, capsys):
    assert __main__.main(["reproduce", "--quick", "--out", str(tmp_path)]) == 0
    found = {path.name.split("-")[0]: json.loads(path.read_text()) for path in tmp_path.glob("*.json")}
    losses = {name: record["test_loss"] for name, record in found.items()}
    first = {"vanilla": 0.1704, "sparse": 0.1715, "convolutional": 0.1597, "variational": 175.389}  # published
    assert set(losses) == set(first) and all(losses[name] < first[name] for name in first), losses
    printed = capsys.readouterr().out
    assert printed.count("on the test images") == 4 and "| variational | 2 | 147.90 |" in printed
