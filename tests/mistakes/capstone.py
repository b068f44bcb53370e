"""What learners try at the capstone: starters, right answers and wrong ones; the judges are elsewhere."""

from mistakes.attempts import Attempts, Wrong

# PCA, and a correction of its reconstructions that bends: a network without a network, in a second.
_CORRECTED = """\
import numpy as np
from sklearn.decomposition import PCA
from sklearn.kernel_ridge import KernelRidge
from sklearn.linear_model import Ridge


def build(train, validation):
    shape, flat = train.shape[1:], train.reshape(len(train), -1)
    pca = PCA(5, random_state=0).fit(flat)
    left = flat - pca.inverse_transform(pca.transform(flat))
    bend = KernelRidge(alpha=0.3, kernel="rbf", gamma=0.1 / pca.transform(flat).var()).fit(pca.transform(flat), left)

    def encoder(x):
        return pca.transform(x.reshape(len(x), -1))

    def decoder(codes):
        drawn = pca.inverse_transform(codes) + bend.predict(codes)
        return np.clip(drawn, 0, 1).reshape(-1, *shape)

    def error(x, drawn):
        return np.mean((x - drawn) ** 2, axis=tuple(range(1, x.ndim)))

    claim = error(validation, decoder(encoder(validation))).mean()
    parts = {"encoder": encoder, "decoder": decoder, "claim": claim}
"""

_SCORE = """
    def score(x):
        return error(x, decoder(encoder(x)))

    def invariant(score):
        usual, upside_down = score(validation), score(1 - validation)
        alone = [score(validation[i : i + 1])[0] for i in range(3)]
        return bool(np.mean(upside_down > usual) > 0.9 and np.allclose(alone, usual[:3], rtol=1e-3))

    return parts | {"score": score, "invariant": invariant}
"""

_DENOISE = """
    noisy = np.clip(validation + np.random.default_rng(0).normal(0, 0.5, validation.shape), 0, 1)

    dirty = np.clip(train + np.random.default_rng(1).normal(0, 0.5, train.shape), 0, 1)
    line = Ridge(alpha=100).fit(dirty.reshape(len(train), -1), flat)

    def denoise(x):
        return np.clip(line.predict(x.reshape(len(x), -1)), 0, 1).reshape(-1, *shape)

    def invariant(denoise):
        clean = denoise(noisy)
        own, other = error(validation, clean), error(np.roll(validation, 1, axis=0), clean)
        assert np.mean(own) < 0.9 * np.mean(error(validation, noisy))
        assert np.mean(own < other) > 0.8
        return True

    return parts | {"denoise": denoise, "invariant": invariant}
"""

_SAMPLE = """
    codes = encoder(train)

    def sample(n, seed):
        rng = np.random.default_rng(seed)
        return decoder(rng.multivariate_normal(codes.mean(axis=0), np.cov(codes.T), n))

    def invariant(sample):
        first, again, other = (np.asarray(sample(20, seed=seed)) for seed in (1, 1, 2))
        if not np.allclose(first, again) or np.allclose(first, other):
            return False
        nearest = [error(train, one).min() for one in first]
        usual = np.median([error(train, one).min() for one in validation])
        return bool(min(nearest) > 1e-9 and np.median(nearest) < 3 * usual and first.std(axis=0).max() > 0.01)

    return parts | {"sample": sample, "invariant": invariant}
"""


def _corrected(*changes, use=_SCORE):
    """Return the source of a project, with texts replaced."""
    source = _CORRECTED + use
    for old, new in changes:
        assert source.count(old) == 1, old
        source = source.replace(old, new)
    return source


_ENCODED = "return pca.transform(x.reshape(len(x), -1))"
_DRAWN = "drawn = pca.inverse_transform(codes) + bend.predict(codes)"
_CLAIM = "claim = error(validation, decoder(encoder(validation))).mean()"
_HOLDS = "return bool(np.mean(upside_down > usual) > 0.9 and np.allclose(alone, usual[:3], rtol=1e-3))"
_DREW = "return decoder(rng.multivariate_normal(codes.mean(axis=0), np.cov(codes.T), n))"
_KNOWN = """\
from aelib.exercises import capstone

    train = capstone.shapes(2000, seed=2026)[0][::2]
    shape, flat = train.shape[1:], train.reshape(len(train), -1)"""
_CLEANED = "return np.clip(line.predict(x.reshape(len(x), -1)), 0, 1).reshape(-1, *shape)"
_ASKS_NOISE = """\
clean = denoise(noisy)
        own, other = error(validation, clean), error(np.roll(validation, 1, axis=0), clean)
        assert np.mean(own) < 0.9 * np.mean(error(validation, noisy))
        assert np.mean(own < other) > 0.8
        return True"""
_ASKS_NO_NOISE = """\
clean = denoise(validation[:10])
        alone = np.array([denoise(validation[i : i + 1])[0] for i in range(10)])
        changed = not np.allclose(clean, validation[:10])
        return bool(changed and clean.std(axis=0).max() > 0.01 and np.allclose(alone, clean, atol=1e-3))"""
_PCA_ALONE = (" + bend.predict(codes)", "")

ATTEMPTS = {
    "10-capstone": Attempts(
        starter="def build(train, validation):\n    ...\n",
        also_right=(_corrected(), _corrected(use=_DENOISE), _corrected(use=_SAMPLE)),
        wrong=(
            Wrong(
                "identity",
                _corrected((_ENCODED, "return x.reshape(len(x), -1)"), (_DRAWN, "drawn = codes")),
                "code",
                "expected at most 8",
            ),
            Wrong("PCA alone", _corrected(_PCA_ALONE), "beats_pca", "Expected 3 standard errors"),
            Wrong(
                "PCA that has seen the validation images, too",
                _corrected(
                    _PCA_ALONE, ("fit(flat)\n", "fit(np.concatenate([train, validation]).reshape(-1, flat.shape[1]))\n")
                ),
                "beats_pca",
                "PCA has",
            ),
            Wrong(
                "ignores its input",
                _corrected(
                    (
                        "return np.clip(drawn, 0, 1).reshape(-1, *shape)",
                        "return np.repeat(train.mean(axis=0)[None], len(codes), axis=0)",
                    )
                ),
                "beats_pca",
                "PCA has",
            ),
            Wrong(
                "claims the training error",
                _corrected(
                    ("alpha=0.3", "alpha=0.01"), (_CLAIM, "claim = error(train, decoder(encoder(train))).mean()")
                ),
                "honest",
                "the error on your training images",
            ),
            Wrong(
                "claims too little",
                _corrected(("decoder(encoder(validation))).mean()", "decoder(encoder(validation))).mean() / 2")),
                "honest",
                "You claim",
            ),
            Wrong(
                "knows the hidden images",
                _corrected(
                    ("shape, flat = train.shape[1:], train.reshape(len(train), -1)", _KNOWN),
                    ("PCA(5, random_state=0)", "PCA(8, random_state=0)"),
                    ("alpha=0.3", "alpha=0.01"),
                ),
                "unseen",
                "the other way up. Either your models met",
            ),
            Wrong("claims too much", _corrected(('"claim": claim', '"claim": 2 * claim')), "honest", "You claim"),
            Wrong(
                "a claim in words",
                _corrected(('"claim": claim', "\"claim\": 'small'")),
                "honest",
                "expected one number",
            ),
            Wrong(
                "looks images up",
                _corrected(
                    (
                        _ENCODED,
                        "x = x.reshape(len(x), -1)\n        far = (flat**2).sum(1) - 2 * x @ flat.T\n        "
                        "return far.argmin(axis=1)[:, None]",
                    ),
                    (_DRAWN, "drawn = flat[np.clip(np.round(codes[:, 0]).astype(int), 0, len(flat) - 1)]"),
                ),
                "steady",
                "such a code is a key",
            ),
            Wrong(
                "keeps the images aside",
                _corrected(
                    (
                        _ENCODED,
                        "keys = [float(hash(image.tobytes()) % 10**6) for image in x]\n        "
                        "seen.update(zip(keys, x))\n        return np.array(keys)[:, None]",
                    ),
                    ("    def encoder(x):", "    seen = {}\n\n    def encoder(x):"),
                    (_DRAWN, "drawn = np.array([seen.get(float(key), train[0]) for key in codes[:, 0]])"),
                ),
                "steady",
                "such a code is a key",
            ),
            Wrong(
                "packs two numbers into one",
                _corrected(
                    ("PCA(5, random_state=0)", "PCA(16, random_state=0)"),
                    (
                        "    bend =",
                        "    codes = pca.transform(flat)\n    low, step = codes.min(axis=0), np.ptp(codes, axis=0) / 31"
                        "\n    bend =",
                    ),
                    (
                        _ENCODED,
                        "whole = np.clip(np.round((pca.transform(x.reshape(len(x), -1)) - low) / step), 0, 31)\n"
                        "        return whole[:, :8] + 32 * whole[:, 8:]",
                    ),
                    (
                        _DRAWN,
                        "whole = np.round(codes)\n        both = np.concatenate([whole % 32, whole // 32], axis=1)\n"
                        "        drawn = pca.inverse_transform(both * step + low)",
                    ),
                ),
                "steady",
                "packed into one",
            ),
            Wrong(
                "finds what was encoded",
                _corrected(
                    (
                        _ENCODED,
                        "codes = pca.transform(x.reshape(len(x), -1))\n        kept.extend(zip(codes, x))\n        "
                        "return codes",
                    ),
                    ("    def encoder(x):", "    kept = []\n\n    def encoder(x):"),
                    (
                        _DRAWN,
                        "keys = np.array([key for key, _ in kept])\n        drawn = np.array("
                        "[kept[((keys - code) ** 2).sum(axis=1).argmin()][1] for code in codes])",
                    ),
                ),
                "steady",
                "has kept the images",
            ),
            Wrong(
                "draws what was encoded last",
                _corrected(
                    (_ENCODED, "last[0] = x\n        return np.zeros((len(x), 1))"),
                    ("    def encoder(x):", "    last = [train]\n\n    def encoder(x):"),
                    (_DRAWN, "drawn = np.resize(last[0], (len(codes), *shape))"),
                ),
                "decoder",
                "more than the code",
            ),
            Wrong(
                "looks at the neighbours",
                _corrected((_ENCODED, "return pca.transform(x.reshape(len(x), -1) - x.mean())")),
                "each_alone",
                "must not depend on its neighbours",
            ),
            Wrong(
                "draws its codes",
                _corrected((_ENCODED, _ENCODED + " + np.random.default_rng().normal(size=(len(x), 5))")),
                "each_alone",
                "nor on chance",
            ),
            Wrong(
                "no numbers in the code",
                _corrected((_ENCODED, "return np.full((len(x), 5), np.nan)"), (_CLAIM, "claim = 0.1")),
                "code",
                "not finite",
            ),
            Wrong(
                "a decoder of flat images",
                _corrected((".reshape(-1, *shape)\n\n    def error", "\n\n    def error"), (_CLAIM, "claim = 0.1")),
                "decoder",
                "expected (400, 16, 16)",
            ),
            Wrong(
                "no encoder", _corrected(('"encoder": encoder', '"encoder": None')), "returns", "Your encoder is None"
            ),
            Wrong("two models", "def build(train, validation):\n    return len, len\n", "returns", "expected a dict"),
            Wrong("no use", _corrected(('"score": score', '"scores": score')), "returns", "one of"),
            Wrong(
                "all scores alike",
                _corrected(("return error(x, decoder(encoder(x)))", "return np.ones(len(x))")),
                "score",
                "at least 90 %",
            ),
            Wrong(
                "brightness as a score",
                _corrected(("return error(x, decoder(encoder(x)))", "return x.reshape(len(x), -1).mean(axis=1)")),
                "score",
                "shuffled in",
            ),
            Wrong(
                "a denoiser that does nothing",
                _corrected(
                    (_CLEANED, "return x"),
                    use=_DENOISE,
                ),
                "denoise",
                "doing nothing",
            ),
            Wrong(
                "a denoiser that paints the mean",
                _corrected(
                    (
                        _CLEANED,
                        "return np.repeat(train.mean(axis=0)[None], len(x), axis=0)",
                    ),
                    use=_DENOISE,
                ),
                "denoise",
                "the mean image",
            ),
            Wrong(
                "a denoiser that blends with the mean",
                _corrected((_CLEANED, "return 0.2 * x + 0.8 * train.mean(axis=0)"), use=_DENOISE),
                "denoise",
                "the best blend",
            ),
            Wrong(
                "samples that are training images",
                _corrected((_DREW, "return train[rng.integers(len(train), size=n)]"), use=_SAMPLE),
                "sample",
                "are training or validation images",
            ),
            Wrong(
                "samples that are validation images",
                _corrected((_DREW, "return validation[rng.integers(len(validation), size=n)]"), use=_SAMPLE),
                "sample",
                "training or validation images",
            ),
            Wrong(
                "samples that are mirrored training images",
                _corrected((_DREW, "return train[rng.integers(len(train), size=n)][:, :, ::-1]"), use=_SAMPLE),
                "sample",
                "perhaps mirrored",
            ),
            Wrong(
                "samples of snow",
                _corrected((_DREW, "return rng.uniform(size=(n, *shape))"), use=_SAMPLE),
                "sample",
                "further from all training images",
            ),
            Wrong(
                "samples that differ each time",
                _corrected(
                    ("np.random.default_rng(seed)\n        return", "np.random.default_rng()\n        return"),
                    use=_SAMPLE,
                ),
                "sample",
                "The same seed",
            ),
            Wrong(
                "an invariant that is always true",
                _corrected((_HOLDS, "return True")),
                "invariant",
                "one gives all images one score",
            ),
            Wrong(
                "an invariant that asks for positive scores",
                _corrected((_HOLDS, "return bool(min(alone) > 0 and np.std(alone) > 0)")),
                "invariant",
                "refuses another right program",
            ),
            Wrong(
                "an invariant that asks nothing about noise",
                _corrected((_ASKS_NOISE, _ASKS_NO_NOISE), use=_DENOISE),
                "invariant",
                "gives the negative of what it gets",
            ),
            Wrong(
                "an invariant that asks whether scores differ",
                _corrected((_HOLDS, "return bool(np.std(usual) > 0 and np.allclose(alone, usual[:3], rtol=1e-3))")),
                "invariant",
                "scores usual images highest",
            ),
            Wrong(
                "an invariant that takes snow for samples",
                _corrected((" and np.median(nearest) < 3 * usual", ""), use=_SAMPLE),
                "invariant",
                "draws snow",
            ),
            Wrong(
                "an invariant that asks for one's own numbers",
                _corrected(
                    (_HOLDS, "return bool(np.allclose(usual, error(validation, decoder(encoder(validation)))))")
                ),
                "invariant",
                "refuses another right program",
            ),
            Wrong(
                "an invariant that scores all in one batch",
                _corrected(
                    (
                        "usual, upside_down = score(validation), score(1 - validation)",
                        "usual, upside_down = np.split(score(np.concatenate([validation, 1 - validation])), 2)",
                    ),
                    (" and np.allclose(alone, usual[:3], rtol=1e-3)", ""),
                ),
                "invariant",
                "one compares each image with the others in its batch",
            ),
            Wrong(
                "an invariant that answers with numbers",
                _corrected((_HOLDS, "return np.mean(upside_down > usual)")),
                "invariant",
                "expected True or False",
            ),
        ),
    ),
}
