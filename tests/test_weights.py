"""The weights in the package: loaded as they were kept, refused when damaged, and as good as their own record says."""

import json
import re

import keras
import numpy as np
import pytest

import aelib
from aelib import data, factories, weights


@pytest.fixture
def folder(tmp_path, monkeypatch):
    """A folder with one model, which was never trained."""
    monkeypatch.setattr(weights, "FOLDER", tmp_path / "trained")
    keras.utils.set_random_seed(5)
    auto = factories.vanilla(*factories.PUBLISHED["vanilla"])[2]
    images = data.digits()[1][0][:50]
    exact = auto.predict(images, verbose=0)
    weights.install("vanilla", auto, lambda: float(auto.evaluate(images, images, verbose=0)), {"seed": 5})
    return tmp_path / "trained", images, exact


def test_what_was_kept_comes_back_but_for_the_rounding_to_float16(folder):
    place, images, exact = folder
    encoder, decoder, auto = aelib.pretrained("vanilla")
    assert np.abs(auto.predict(images, verbose=0) - exact).max() < 1e-3
    assert np.array_equal(
        decoder.predict(encoder.predict(images, verbose=0), verbose=0), auto.predict(images, verbose=0)
    )
    about = weights.about()["vanilla"]
    assert about["seed"] == 5 and about["test_loss"] == pytest.approx(about["test_loss_float16"], rel=1e-3)
    assert about["test_loss_float16"] == pytest.approx(float(auto.evaluate(images, images, verbose=0)), rel=1e-6)
    with np.load(place / "vanilla.npz", allow_pickle=False) as arrays:
        assert {arrays[name].dtype for name in arrays.files} == {np.dtype("float16")}


@pytest.mark.parametrize(
    "spoil, words",
    [
        (lambda place: (place / "vanilla.npz").write_bytes((place / "vanilla.npz").read_bytes()[:-1]), "damaged"),
        (lambda place: (place / "vanilla.npz").unlink(), "missing or damaged"),
        (lambda place: (place / "about.json").unlink(), "missing or damaged"),
        (lambda place: (place / "about.json").write_text("{"), "missing or damaged"),
        (lambda place: (place / "about.json").write_text(json.dumps({})), "missing or damaged"),
        (lambda place: (place / "about.json").write_text("[]"), "missing or damaged"),
    ],
)
def test_missing_or_damaged_weights_are_refused_with_what_to_type(folder, spoil, words):
    spoil(folder[0])
    with pytest.raises(ValueError, match=f"vanilla.npz.* {words}.*git checkout.*aelib reproduce --install"):
        aelib.pretrained("vanilla")


@pytest.mark.parametrize("content", ["{", "[]", None])
def test_installing_anew_is_a_cure_for_a_damaged_note(folder, content):
    note = folder[0] / "about.json"
    note.unlink() if content is None else note.write_text(content)
    auto = factories.vanilla(*factories.PUBLISHED["vanilla"])[2]
    weights.install("vanilla", auto, lambda: 0.1, {"seed": 6})
    assert weights.about()["vanilla"]["seed"] == 6 and aelib.pretrained("vanilla")


@pytest.mark.parametrize("name", ["vae", None, ["vanilla"]])
def test_another_name_is_refused_with_the_names(name):
    with pytest.raises(ValueError, match=re.escape(f"no model {name!r}. The models are 'vanilla', 'sparse', 'conv")):
        aelib.pretrained(name)


# The weights of the course


@pytest.mark.parametrize(
    "name, loss, within",
    [("vanilla", 0.0811, 2e-4), ("sparse", 0.0791, 2e-4), ("convolutional", 0.0853, 2e-4), ("variational", 141.3, 0.5)],
)
def test_the_courses_weights_have_this_loss_on_its_test_images(name, loss, within):
    _, (images, _) = data.digits(flat=name != "convolutional")
    auto = aelib.pretrained(name)[2]
    assert auto.evaluate(images, images, verbose=0, return_dict=True)["loss"] == pytest.approx(loss, abs=within)


def test_the_courses_weights_lose_nothing_by_rounding_and_take_at_most_8_mb():
    published = {"vanilla": 0.0842, "sparse": 0.0835, "convolutional": 0.0926, "variational": 147.903}
    assert set(weights.about()) == set(published)
    for name, facts in weights.about().items():
        assert facts["test_loss_float16"] == pytest.approx(facts["test_loss"], rel=1e-3), name
        assert facts["test_loss_float16"] < published[name], (
            "better than the published run, on all test images of MNIST"
        )
    assert sum(file.stat().st_size for file in weights.FOLDER.iterdir()) <= 8_000_000
