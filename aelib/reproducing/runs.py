"""The full-size runs: trained or taken up again, kept in files, put into the package; no table is made here.

How models are trained belongs to `training`, and what they are to `factories`. A run leaves a JSON file of its own,
so a call that was cut off goes on where it stopped.
"""

import dataclasses
import importlib.metadata
import io
import json
import os
import pathlib
import platform
import statistics
import tempfile
import time

import keras
import numpy as np

from aelib import data, factories, files, training, weights


@dataclasses.dataclass(frozen=True)
class Published:
    """A published run of `factories.PUBLISHED`, 50 epochs in batches of 256, and how we train the same model.

    `loss` is the published loss on the test images after 50 epochs, in `unit`. `batch_size` and `peak` go to
    `training.fit`. The benchmark of training gives our run `equal_epochs` for the loss of 50 plain ones, and prints
    both losses. All of them were chosen on 10,000 of the training images, never on the test images.
    """

    loss: float
    unit: str
    batch_size: int
    peak: float
    equal_epochs: int


RUNS = {
    "vanilla": Published(0.0842, "nats per pixel", 128, 1.5e-2, 13),
    "sparse": Published(0.0835, "nats per pixel", 128, 1e-2, 13),
    "convolutional": Published(0.0926, "nats per pixel", 64, 5e-3, 8),
    "variational": Published(147.903, "nats per image", 128, 1e-2, 8),
}
JAX = "type 'python -m pip install jax' once, and set KERAS_BACKEND=jax."
DRAWS = 10  # evaluations of a variational model, whose loss depends on the codes that it draws


def join():
    """Join the processes that Keras's variables KERAS_DISTRIBUTION_... name, and let all devices share each batch.

    Call it before anything is computed. Each process trains on a share of the images, and the first one keeps the
    results. With one process and one device nothing happens.

    Raises:
        ValueError: if the backend can't, or the devices can't share the batches evenly.
    """
    _, processes = training.process()
    if processes > 1 and keras.backend.backend() != "jax":
        raise ValueError(f"Several processes need JAX, and the backend is {keras.backend.backend()}: {JAX}")
    if processes > 1:
        keras.distribution.initialize()
    if keras.backend.backend() == "jax" and (devices := len(keras.distribution.list_devices())) > 1:
        if devices not in (2, 4, 8):
            raise ValueError(f"{devices} devices can't share a batch evenly: take 2, 4 or 8, by CUDA_VISIBLE_DEVICES.")
        keras.distribution.set_distribution(keras.distribution.DataParallel(auto_shard_dataset=False))


def train(name, seed, epochs, folder, download=False, plain=False):
    """Train one of the four models and keep the result in a JSON file; read the file if it is there already.

    Args:
        name: Key of `RUNS`.
        seed: Whole number for the weights, the order of the images and the noise.
        epochs: Passes through the 60,000 training images.
        folder: Where the result, and while the run lasts its checkpoint, are kept.
        download: Lets Keras fetch MNIST if AELIB_MNIST names no copy.
        plain: True for `auto.fit` with the optimizer's own rate and batches of 256, which keeps no checkpoint.

    Returns:
        A dict: the settings, "loss" on the training and "test_loss" on the test images, "seconds" of the training
        with compiling and with the test after each epoch (None if it was cut off and taken up again), and "history".

    Raises:
        FileNotFoundError, ConnectionError, ValueError: from `data.mnist`, if there are no images.
        OSError: if the result can't be written.
    """
    published, (process, processes) = RUNS[name], training.process()
    settings = {"model": name, "seed": seed, "epochs": epochs, "plain": plain, "versions": versions()}
    settings |= (
        {"batch_size": 256, "peak": None} if plain else {"batch_size": published.batch_size, "peak": published.peak}
    )
    path = pathlib.Path(folder) / f"{name}-{epochs}-{'plain-' if plain else ''}{seed}.json"
    if path.exists():
        record = json.loads(path.read_text("utf-8"))
        if {key: record.get(key) for key in settings} == settings:
            return record
        raise ValueError(f"{path} holds a run with other settings or versions. Move it away, or choose another folder.")

    (x_train, _), (x_test, _) = data.mnist(flat=name != "convolutional", download=download)
    x_train, x_test = x_train[process::processes], x_test[process::processes]
    keras.utils.set_random_seed(seed)
    _, _, auto = getattr(factories, name)(*factories.PUBLISHED[name])
    path.parent.mkdir(parents=True, exist_ok=True)
    tempfile.TemporaryFile(dir=path.parent).close()  # where nothing can be kept, say so before the first epoch
    checkpoint = path.with_suffix(".npz")
    resumed = checkpoint.exists()
    began = time.monotonic()
    if plain:
        keras.utils.set_random_seed(seed)
        how = {"epochs": epochs, "batch_size": 256 // processes, "shuffle": True, "verbose": 0}
        history = auto.fit(x_train, x_train, validation_data=(x_test, x_test), **how).history
    else:
        how = {"epochs": epochs, "batch_size": published.batch_size // processes, "peak": published.peak}
        history = training.fit(auto, x_train, x_test, seed=seed, checkpoint=checkpoint, **how)
    seconds = time.monotonic() - began
    if len(history["loss"]) < epochs or auto.stop_training:
        raise KeyboardInterrupt  # `training.fit` has ended the run after a batch, and kept its last whole epoch
    record = settings | {
        "loss": history["loss"][-1],
        "test_loss": _test_loss(name, auto, x_test),
        "seconds": None if resumed else round(seconds, 1),
        "history": history,
    }
    if process:
        return record  # the first process keeps it
    if not plain:
        content = io.BytesIO()
        np.savez(content, *auto.get_weights())
        files.write(path.with_suffix(".weights.npz"), content.getvalue())
    files.write(path, json.dumps(record, indent=1))
    checkpoint.unlink(missing_ok=True)  # only now: a disk that was full costs no epoch
    return record


def install(record, folder, download=False):
    """Put the weights of a run that `train` has kept in a folder into the package, for `aelib.pretrained`."""
    name, kept = record["model"], ("seed", "epochs", "batch_size", "peak", "versions")
    _, (x_test, _) = data.mnist(flat=name != "convolutional", download=download)
    _, _, auto = getattr(factories, name)(*factories.PUBLISHED[name])
    with np.load(pathlib.Path(folder) / f"{name}-{record['epochs']}-{record['seed']}.weights.npz") as arrays:
        auto.set_weights(list(arrays.values()))
    weights.install(name, auto, lambda: _test_loss(name, auto, x_test), {key: record[key] for key in kept})


def convict(seed=0, epochs=50, download=False):
    """Train the published variational model with the decoder fed the log variance instead of z.

    The published run prints, for ten test images, means of about 1e-4 to 1e-3 and deviations from 0.19 to 3.0,
    beside a loss of 143.394 on the training and 147.903 on the test images. This is what gives such numbers.

    Returns:
        A dict: "loss" and "test_loss" in nats per image, "kl" of the ten images in nats, and their
            "means" and "deviations", lists of ten pairs.
    """
    (x_train, _), (x_test, _) = data.mnist(download=download)
    keras.utils.set_random_seed(seed)
    encoder, decoder, _ = factories.variational(*factories.PUBLISHED["variational"])
    auto = factories.VariationalAutoencoder(encoder.input, decoder(encoder(encoder.input)[2]))
    auto.compile(optimizer="adam", loss=factories.reconstruction)
    history = training.fit(auto, x_train, x_test, epochs=epochs, batch_size=256, seed=seed)
    _, mean, log_var = encoder.predict(x_test[:10], verbose=0)
    return {
        "loss": history["loss"][-1],
        "test_loss": history["val_loss"][-1],
        "kl": float(np.mean(keras.ops.convert_to_numpy(factories.kl_divergence(mean, log_var)))),
        "means": mean.tolist(),
        "deviations": np.exp(log_var / 2).tolist(),
    }


def price(beta, seed=0, epochs=50, download=False):
    """Train the published variational model with KL multiplied by beta, which buys less code for more distortion.

    Returns:
        A dict: "beta", "seed", and on the test images "kl" and "reconstruction", in nats per image.

    Source: Higgins et al., "beta-VAE", ICLR 2017, equation 4. The reconstruction is divided by beta instead, which has
        the same minimum, and for Adam nearly the same steps.
    """
    (x_train, _), (x_test, _) = data.mnist(download=download)
    keras.utils.set_random_seed(seed)
    encoder, decoder, auto = factories.variational(*factories.PUBLISHED["variational"])
    auto.compile(optimizer="adam", loss=lambda image, decoded: factories.reconstruction(image, decoded) / beta)
    how = {"batch_size": RUNS["variational"].batch_size, "peak": RUNS["variational"].peak}
    training.fit(auto, x_train, epochs=epochs, seed=seed, **how)
    z, mean, log_var = encoder.predict(x_test, batch_size=1000, verbose=0)
    kl = keras.ops.convert_to_numpy(factories.kl_divergence(mean, log_var)).mean()
    distortion = _cross_entropy(x_test, decoder.predict(z, batch_size=1000, verbose=0))
    return {"beta": beta, "seed": seed, "kl": round(float(kl), 3), "reconstruction": round(distortion, 2)}


def price_of_centres(count, seed=0, download=False):
    """Code each image by the nearest of `count` k-means centres, the mean of its training images.

    Returns:
        A dict: "centres", "seed", and on the test images "kl", the entropy of the centre's number, which is what it
            tells about the image, and "reconstruction", in nats per image.
    """
    from sklearn.cluster import KMeans

    (x_train, _), (x_test, _) = data.mnist(download=download)
    found = KMeans(count, n_init=3, random_state=seed).fit(x_train)
    nearest = found.predict(x_test)
    shares = np.bincount(nearest, minlength=count) / len(nearest)
    entropy = -sum(share * np.log(share) for share in shares if share)
    distortion = _cross_entropy(x_test, found.cluster_centers_[nearest])
    return {"centres": count, "seed": seed, "kl": round(float(entropy), 3), "reconstruction": round(distortion, 2)}


def versions():
    """Return what a result depends on beside the settings."""
    shared = keras.distribution.distribution()
    found = {"python": platform.python_version(), "backend": keras.backend.backend(), "processors": os.cpu_count()}
    found |= {} if shared is None else {"devices": int(shared.device_mesh.devices.size)}
    return found | {name: importlib.metadata.version(name) for name in ("keras", "numpy", keras.backend.backend())}


def _cross_entropy(images, decoded):
    """Return the mean binary cross-entropy of (n, pixels) images, summed over the pixels, in nats per image."""
    decoded = np.clip(np.asarray(decoded, "float64"), 1e-7, 1 - 1e-7)
    return float(-(images * np.log(decoded) + (1 - images) * np.log(1 - decoded)).sum(axis=1).mean())


def _test_loss(name, auto, x_test):
    """Return the loss on the test images; of a variational model the mean over some draws of the codes."""
    draws = DRAWS if name == "variational" else 1
    losses = [auto.evaluate(x_test, x_test, batch_size=1000, verbose=0, return_dict=True)["loss"] for _ in range(draws)]
    return statistics.fmean(losses)
