"""What learners try at the capstone: starters, right answers and wrong ones; the judges are elsewhere."""

from mistakes.attempts import Attempts, Wrong

_BY_PCA = """\
import numpy as np
from sklearn.decomposition import PCA


def capstone(train):
    shape, flat = train.shape[1:], train.reshape(len(train), -1)
    pca = PCA({size}, random_state=0).fit({fit})

    def encoder(x):
        return pca.transform(x.reshape(len(x), -1))

    def decoder(codes):
        return pca.inverse_transform(codes).reshape(-1, *shape)

    def auto(x):
        return decoder(encoder(x))

    part = {part}
    return encoder, decoder, auto, np.mean((part - auto(part)) ** 2)
"""


def _by_pca(size=12, fit="flat[:-300]", part="train[-300:]", change=("", "")):
    """Return the source of a project that uses PCA, with one change."""
    return (
        _BY_PCA.format(size=size, fit=fit, part=part).replace(*change)
        if change[0]
        else _BY_PCA.format(size=size, fit=fit, part=part)
    )


ATTEMPTS = {
    "10-capstone": Attempts(
        starter="def capstone(train):\n    ...\n",
        also_right=(
            _by_pca(),
            _by_pca(size=40, fit="flat[300:]", part="train[:300]"),
        ),
        wrong=(
            Wrong(
                "identity",
                "def capstone(train):\n    def same(x):\n        return x\n\n    return same, same, same, 0.0\n",
                "code",
                "at most a quarter",
            ),
            Wrong(
                "ignores its input",
                """\
import numpy as np

def capstone(train):
    mean = train[:-300].mean(axis=0)

    def encoder(x):
        return np.zeros((len(x), 4))

    def decoder(codes):
        return np.repeat(mean[None], len(codes), axis=0)

    def auto(x):
        return decoder(encoder(x))

    return encoder, decoder, auto, np.mean((train[-300:] - mean) ** 2)
""",
                "beats_the_mean",
                "the mean image",
            ),
            Wrong(
                "claims the training error",
                _by_pca(size=64, fit="flat[:80]", part="train[:80]"),
                "honest",
                "images that you never saw",
            ),
            Wrong(
                "looks images up",
                """\
import numpy as np

def capstone(train):
    rows = train.reshape(len(train), -1)

    def encoder(x):
        x = x.reshape(len(x), -1)
        far = (x**2).sum(1)[:, None] - 2 * x @ rows.T + (rows**2).sum(1)
        return far.argmin(axis=1)[:, None]

    def decoder(codes):
        return train[codes[:, 0].astype(int)]

    def auto(x):
        return decoder(encoder(x))

    return encoder, decoder, auto, np.mean((train - auto(train)) ** 2)
""",
                "honest",
                "You claim 0.",
            ),
            Wrong(
                "keeps the images aside",
                """\
import numpy as np

def capstone(train):
    seen = {}

    def encoder(x):
        keys = [float(hash(image.tobytes()) % 10**6) for image in x]
        seen.update(zip(keys, x))
        return np.array(keys)[:, None]

    def decoder(codes):
        return np.array([seen.get(float(key), train[0]) for key in codes[:, 0]])

    def auto(x):
        return decoder(encoder(x))

    return encoder, decoder, auto, 0.0
""",
                "steady",
                "such a code is a key",
            ),
            Wrong(
                "claims too little",
                _by_pca(change=("np.mean((part - auto(part)) ** 2)", "0.5 * np.mean((part - auto(part)) ** 2)")),
                "honest",
                "You claim",
            ),
            Wrong(
                "a claim in words",
                _by_pca(change=("np.mean((part - auto(part)) ** 2)", "'small'")),
                "honest",
                "expected one number",
            ),
            Wrong(
                "another decoder",
                _by_pca(change=("        return decoder(encoder(x))", "        return 0.5 * decoder(encoder(x))")),
                "auto",
                "belong together",
            ),
            Wrong(
                "looks at the neighbours",
                _by_pca(
                    change=(
                        "return pca.transform(x.reshape(len(x), -1))",
                        "return pca.transform(x.reshape(len(x), -1) - x.mean())",
                    )
                ),
                "each_alone",
                "must not depend on its neighbours",
            ),
            Wrong(
                "worse than PCA",
                _by_pca(
                    change=(
                        "return pca.transform(x.reshape(len(x), -1))",
                        "return pca.transform(x.reshape(len(x), -1)).round()",
                    )
                ),
                "level_with_pca",
                "PCA is an autoencoder",
            ),
            Wrong(
                "draws what was encoded last",
                """\
import numpy as np

def capstone(train):
    last = [train]

    def encoder(x):
        last[0] = x
        return np.zeros((len(x), 1))

    def decoder(codes):
        return last[0][: len(codes)]

    def auto(x):
        return x

    return encoder, decoder, auto, 0.0
""",
                "auto",
                "more than the code",
            ),
            Wrong(
                "finds what was encoded",
                _by_pca(
                    change=(
                        "        return pca.transform(x.reshape(len(x), -1))\n\n    def decoder(codes):\n"
                        "        return pca.inverse_transform(codes).reshape(-1, *shape)\n",
                        "        codes = pca.transform(x.reshape(len(x), -1))\n"
                        "        kept.extend(zip(codes, x))\n        return codes\n\n    kept = []\n\n"
                        "    def decoder(codes):\n        keys = np.array([key for key, _ in kept])\n"
                        "        return np.array([kept[((keys - code) ** 2).sum(axis=1).argmin()][1] "
                        "for code in codes])\n",
                    )
                ),
                "steady",
                "has kept the images",
            ),
            Wrong(
                "no numbers in the code",
                _by_pca(change=("return encoder, decoder,", "return lambda x: np.full((len(x), 8), np.nan), decoder,")),
                "code",
                "not finite",
            ),
            Wrong(
                "no encoder",
                _by_pca(change=("return encoder, decoder, auto,", "return None, decoder, auto,")),
                "returns",
                "Your encoder is None",
            ),
            Wrong("two models", "def capstone(train):\n    return len, len\n", "returns", "four things"),
        ),
    ),
}
