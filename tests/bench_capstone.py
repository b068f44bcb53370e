"""How often the capstone passes honest projects and cheats, by simulation; its numbers stand in results/capstone.md.

    .venv/bin/python tests/bench_capstone.py [WORLD ... | margins]

An honest author trains a small network, keeps the state with the lowest error on the validation images, and claims that
error. For each world and number of images some networks are trained, and for each of them validation and test images
are drawn 2,000 times from a large pool. A cheat does what its name says.
"""

import itertools
import sys
import warnings

import numpy as np
import sklearn.datasets
import sklearn.neural_network
from sklearn.decomposition import PCA

from aelib import data
from aelib.exercises import capstone

SIZES = (200, 300, 500, 1000, 4000)
DRAWS, NETWORKS, VISITS = 2000, 2, 30_000


def stripes(n, rng, shape=(28, 28)):
    """Discs with stripes: place, radius, direction and phase vary, in colour also the colour."""
    (y, x), (column, row) = np.mgrid[: shape[0], : shape[1]], rng.uniform(0.4, 0.6, (2, n, 1, 1))
    radius, turn, phase = (rng.uniform(0, 1, (n, 1, 1)) for _ in range(3))
    x, y = x - column * shape[1], y - row * shape[0]
    wave = np.sin(0.7 * (x * np.cos(np.pi * turn) + y * np.sin(np.pi * turn)) + 2 * np.pi * phase)
    images = np.clip(7 + 4 * radius - np.hypot(x, y) + 0.5, 0, 1) * (0.5 + 0.5 * wave)
    return images if len(shape) == 2 else images[..., None] * rng.uniform(0.3, 1, (n, 1, 1, shape[2]))


def from_all(images):
    """A world of limited size: images drawn without replacement."""
    return lambda n, rng: images[rng.permutation(len(images))[:n]]


def patches():
    """Small pieces of scikit-learn's two photographs, in half their size."""
    found = []
    for photo in sklearn.datasets.load_sample_images().images:
        for y, x in np.ndindex(30, 46):
            piece = photo[13 * y : 13 * y + 32, 13 * x : 13 * x + 32] / 255
            found.append(piece.reshape(16, 2, 16, 2, 3).mean(axis=(1, 3)))
    return np.array(found)


WORLDS = {
    "digits of scikit-learn, 8 x 8": from_all(sklearn.datasets.load_digits().images / 16),
    "shapes, 16 x 16": lambda n, rng: capstone.shapes(n, rng.integers(2**32))[0],
    "stripes in discs, 28 x 28": stripes,
    "stripes in discs, 28 x 28 x 3": lambda n, rng: stripes(n, rng, (28, 28, 3)),
    "patches of two photographs, 16 x 16 x 3": from_all(patches()),
    "MNIST, 28 x 28": from_all(np.concatenate([x for x, _ in data.digits()]).reshape(-1, 28, 28)),
}


def states(train, seed):
    """Train a network with a code of 8 numbers; return functions that rebuild rows of pixels, at 12 stages."""
    network = sklearn.neural_network.MLPRegressor(
        hidden_layer_sizes=(64, 8, 64),
        activation="tanh",
        learning_rate_init=2e-3,
        batch_size=min(32, len(train)),
        random_state=seed,
    )
    epochs, found = max(VISITS // len(train), 24), []
    for epoch in range(epochs):
        network.partial_fit(train, train)
        if (epoch + 1) % (epochs // 12) == 0:
            weights = [*map(np.copy, network.coefs_)], [*map(np.copy, network.intercepts_)]
            found.append(lambda x, weights=weights: rebuilt(x, *weights))
    return found


def rebuilt(x, coefs, intercepts):
    """What a network gives, clipped to [0, 1]."""
    for i, (weights, shift) in enumerate(zip(coefs, intercepts)):
        x = x @ weights + shift
        x = np.tanh(x) if i < len(coefs) - 1 else np.clip(x, 0, 1)
    return x


def errors(model, images):
    """Mean squared errors, one per image."""
    return np.mean((model(images) - images) ** 2, axis=1)


def passes(claim, tested, validated, training):
    """Whether the judge calls a claim honest."""
    return capstone._honest(claim, tested, validated, [training])[0]


def honest_and_flattering(world, n, rng):
    """Shares of passes: the honest claim, and the training error after long training, exact and in three digits."""
    train, validation, test = capstone.split(world(n, rng).reshape(n, -1))
    pool = world(len(train) + 4000, rng)
    train, turned = pool[: len(train)].reshape(train.shape), pool[len(train) :, ::-1, ::-1].reshape(-1, train.shape[1])
    pool = pool[len(train) :].reshape(turned.shape)
    found = states(train, int(rng.integers(2**31)))
    at_pool, at_turned = (np.array([errors(state, x) for state in found]) for x in (pool, turned))
    training = errors(found[-1], train).mean()
    counts, flattering = np.zeros(3), (training, float(f"{training:.3g}"))
    for _ in range(DRAWS):
        validated, tested = np.split(rng.permutation(len(pool))[: len(validation) + len(test)], [len(validation)])
        best = at_pool[:, validated].mean(axis=1).argmin()
        claim, new = (
            at_pool[best, validated].mean(),
            capstone._unseen(at_pool[best, tested], at_turned[best, tested])[0],
        )
        counts += [
            new and passes(claim, at_pool[best, tested], at_pool[best, validated], training),
            *(passes(claim, at_pool[-1, tested], at_pool[-1, validated], training) for claim in flattering),
        ]
    return counts / DRAWS


def leak(world, n, rng):
    """Whether a network passes that was trained on all images and claims its error there, and how far off that is."""
    images = world(n, rng)
    turned = capstone.split(images[:, ::-1, ::-1].reshape(n, -1))
    model = states(images.reshape(n, -1), int(rng.integers(2**31)))[-1]
    claim, tested = errors(model, images.reshape(n, -1)).mean(), errors(model, turned[2])
    rival = np.mean((capstone._pca(8, *turned) - turned[2]) ** 2, axis=1)
    shape = (-1, *images.shape[1:])
    upright = errors(model, turned[2].reshape(shape)[:, ::-1, ::-1].reshape(turned[2].shape))
    good = passes(claim, tested, errors(model, turned[1]), 0) and capstone.ahead(tested, rival)[0]
    good = good and capstone._unseen(tested, upright)[0]
    return good, 100 * (claim / tested.mean() - 1)


def by_pca(world, n, rng, size):
    """Whether PCA passes alone, fitted on any of the images at hand, with its values cut to [0, 1] or not."""
    train, validation, test = capstone.split(world(n, rng).reshape(n, -1))
    rival = capstone._pca(size, train, validation, test)
    found = []
    for fitted in (train, np.concatenate([train, validation]), np.concatenate([train, train[::2]]), validation):
        pca = PCA(size).fit(fitted)
        raw = pca.inverse_transform(pca.transform(test))
        for drawn in (raw, np.clip(raw, 0, 1)):
            found.append(capstone.ahead(np.mean((drawn - test) ** 2, axis=1), np.mean((rival - test) ** 2, axis=1))[0])
    return any(found)


def keeps(world, n, rng, digits):
    """Whether a decoder passes that looks up the image whose number is the code; or its number in `digits` parts."""
    train, validation, test = (x.astype("float32") for x in capstone.split(world(n, rng)))
    known, flat = np.concatenate([train, test]), test.reshape(len(test), -1)
    rows = train.reshape(len(train), -1)
    nearest = ((rows**2).sum(axis=1) - 2 * flat @ rows.T).argmin(axis=1)
    codes = np.stack([nearest // 10**i % 10 for i in range(digits)], axis=1) if digits else nearest[:, None]

    def decoder(codes):
        number = np.round(codes) @ 10 ** np.arange(digits) if digits else np.round(codes[:, 0])
        return train[np.clip(number.astype(int), 0, len(train) - 1)]

    return capstone._steady(decoder, codes.astype(float), decoder(codes), known)[0]


def margins(world, n, rng):
    """How far an honest network stays from two limits.

    Returns:
        Change of its pictures, as a share of the images' variance, when its codes move by the largest step; and
        the share of images whose error rises when their pixels are shuffled.
    """
    train, _, test = capstone.split(world(n, rng).reshape(n, -1))
    network = sklearn.neural_network.MLPRegressor(
        hidden_layer_sizes=(64, 8, 64),
        activation="tanh",
        learning_rate_init=2e-3,
        batch_size=min(32, n // 2),
        random_state=1,
    )
    for _ in range(min(VISITS // len(train), 300)):
        network.partial_fit(train, train)
    weights, shifts = network.coefs_, network.intercepts_
    codes = np.tanh(np.tanh(test @ weights[0] + shifts[0]) @ weights[1] + shifts[1])
    step, _ = capstone.SHAKEN[-1]
    moved = codes + rng.choice([-step, step], codes.shape) * codes.std(axis=0)
    drawn, other = (rebuilt(x, weights[2:], shifts[2:]) for x in (codes, moved))
    shuffled = rng.permuted(test, axis=1)
    rises = errors(network.predict, shuffled) > errors(network.predict, test)
    return np.mean((other - drawn) ** 2) / test.var(axis=0).mean(), rises.mean()


def main(names):
    """Print a table for each world; or, asked for "margins", how far honest networks stay from two limits."""
    if names == ["margins"]:
        warnings.filterwarnings("ignore")
        for name, n in itertools.product(WORLDS, (200, 1000)):
            change, rises = margins(WORLDS[name], n, np.random.default_rng(n))
            print(f"{name}, {n} images: {100 * change:.2f} % and {100 * rises:.0f} %", flush=True)
        return
    warnings.filterwarnings("ignore")
    for name in names or WORLDS:
        print(f"\n{name}\n")
        print("| images | honest | training error | rounded | all images seen | PCA alone | keeps images |")
        print("|---|---|---|---|---|---|---|")
        for n in SIZES:
            rng, world = np.random.default_rng(n), WORLDS[name]
            if len(world(n, rng)) < n:
                continue
            shares = np.mean([honest_and_flattering(world, n, rng) for _ in range(NETWORKS)], axis=0)
            leaks = [leak(world, n, rng) for _ in range(NETWORKS)]
            leaked = f"{sum(good for good, _ in leaks)} of {NETWORKS} ({min(off for _, off in leaks):+.0f} %)"
            pca = [by_pca(world, n, rng, size) for size in (1, 2, 4, 8) for _ in range(25 if n < 1000 else 5)]
            kept = [keeps(world, n, rng, digits) for digits in (0, 4) for _ in range(10)]
            counted = [f"{sum(x)} of {len(x)}" for x in (pca, kept)]
            row = [f"{n}", *(f"{100 * share:.1f} %" for share in shares), leaked, *counted]
            print("| " + " | ".join(row) + " |", flush=True)


if __name__ == "__main__":
    main(sys.argv[1:])
