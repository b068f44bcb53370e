"""What learners try at lesson 04: starters, right answers and wrong ones; the judges are elsewhere."""

from mistakes.attempts import Attempts, Wrong

ATTEMPTS = {
    "04-soft-threshold": Attempts(
        starter="def soft_threshold(a, strength):\n    ...\n",
        also_right=(
            """\
import numpy as np

def soft_threshold(a, strength):
    return np.where(a > strength, a - strength, np.where(a < -strength, a + strength, 0))
""",
            """\
import numpy as np

def soft_threshold(a, strength):
    return a - np.clip(a, -strength, strength)
""",
            """\
import math

def soft_threshold(a, strength):
    return [[math.copysign(max(abs(number) - strength, 0), number) for number in row] for row in a]
""",
            """\
import keras

def soft_threshold(a, strength):
    a = keras.ops.convert_to_tensor(a, dtype="float64")
    return keras.ops.relu(a - strength) - keras.ops.relu(-a - strength)
""",
        ),
        wrong=(
            Wrong("relu", ("np.sign(a) * np.maximum(np.abs(a)", "np.maximum(a"), "negative", "distance from 0"),
            Wrong("sign lost", ("np.sign(a) * ", ""), "negative", "the sign is lost"),
            Wrong(
                "hard threshold",
                ("np.sign(a) * np.maximum(np.abs(a) - strength, 0)", "np.where(np.abs(a) > strength, a, 0)"),
                "large",
                "as if there were no penalty",
            ),
            Wrong(
                "squared penalty",
                ("np.sign(a) * np.maximum(np.abs(a) - strength, 0)", "a / (1 + strength)"),
                "small",
                "shrinks in proportion",
            ),
            Wrong(
                "past 0", ("np.maximum(np.abs(a) - strength, 0)", "(np.abs(a) - strength)"), "small", "other side of 0"
            ),
            Wrong(
                "what is taken away",
                ("np.sign(a) * np.maximum(np.abs(a) - strength, 0)", "np.clip(a, -strength, strength)"),
                "large",
                "takes away",
            ),
            Wrong(
                "0.5 whatever the strength",
                ("np.abs(a) - strength", "np.abs(a) - 0.5"),
                "large",
                "may be another number",
            ),
            Wrong(
                "away from 0",
                (
                    "np.sign(a) * np.maximum(np.abs(a) - strength, 0)",
                    "np.where(abs(a) > strength, a + strength * np.sign(a), 0)",
                ),
                "large",
                "pulls towards 0",
            ),
            Wrong(
                "found by search",
                "import numpy as np\n\ndef soft_threshold(a, strength):\n    z = np.linspace(-3, 3, 601)\n"
                "    return z[np.argmin((z - a[..., None]) ** 2 / 2 + strength * np.abs(z), axis=-1)]\n",
                "large",
                "no search is needed",
            ),
            Wrong(
                "half the strength",
                ("np.abs(a) - strength", "np.abs(a) - strength / 2"),
                "large",
                "half the strength",
            ),
            Wrong(
                "in place",
                "import numpy as np\n\ndef soft_threshold(a, strength):\n    a -= np.clip(a, -strength, strength)\n"
                "    return a\n",
                "input",
                "changes the array",
            ),
            Wrong(
                "one number in all",
                ("return np.sign(a) * np.maximum(np.abs(a) - strength, 0)", "return np.abs(a).max() - strength"),
                "shape",
                "expected (5, 13)",
            ),
            Wrong("nothing returned", ("return np.sign", "z = np.sign"), "shape", "no numbers"),
            Wrong(
                "made for one number",
                "def soft_threshold(a, strength):\n    if a > strength:\n        return a - strength\n    return 0\n",
                "runs",
                "ValueError",
            ),
        ),
    ),
    "04-batch-size": Attempts(
        starter="def depends_on_batch_size(penalty, codes):\n    ...\n",
        also_right=(
            """\
def depends_on_batch_size(penalty, codes):
    small = penalty(codes)
    large = penalty(codes.repeat(3, axis=0))
    return abs(large - small) > 1e-4 * abs(small)
""",
            """\
import math
import numpy as np

def depends_on_batch_size(penalty, codes):
    values = [penalty(np.tile(codes, (times, 1))) for times in (1, 2, 10)]
    return any(not math.isclose(value, values[0], rel_tol=1e-5) for value in values)
""",
        ),
        wrong=(
            Wrong(
                "two halves",
                """\
import numpy as np

def depends_on_batch_size(penalty, codes):
    half = len(codes) // 2
    parts = (penalty(codes[:half]) + penalty(codes[half : 2 * half])) / 2
    return not np.allclose(parts, penalty(codes[: 2 * half]), atol=0)
""",
                "squared_mean",
                "your test says True",
            ),
            Wrong(
                "against the images one by one",
                "import numpy as np\n\n\ndef depends_on_batch_size(penalty, codes):\n"
                "    alone = [penalty(codes[i : i + 1]) for i in range(len(codes))]\n"
                "    return not np.isclose(penalty(codes), np.mean(alone), rtol=1e-5, atol=0)\n",
                "squared_mean",
                "your test says True",
            ),
            Wrong(
                "other images",
                ("np.concatenate([codes, codes])", "codes[: len(codes) // 2]"),
                "mean_over_images",
                "the same images",
            ),
            Wrong(
                "more units",
                ("np.concatenate([codes, codes])", "np.concatenate([codes, codes], axis=1)"),
                "mean_over_images",
                "number of units",
            ),
            Wrong(
                "no tolerance",
                (
                    "not np.isclose(penalty(codes), penalty(twice), rtol=1e-5, atol=0)",
                    "penalty(codes) != penalty(twice)",
                ),
                "rounding",
                "allow for rounding",
            ),
            Wrong(
                "absolute tolerance",
                (
                    "not np.isclose(penalty(codes), penalty(twice), rtol=1e-5, atol=0)",
                    "abs(penalty(codes) - penalty(twice)) > 1e-2",
                ),
                "weak_penalty",
                "own size",
            ),
            Wrong(
                "rounded to three decimals",
                (
                    "not np.isclose(penalty(codes), penalty(twice), rtol=1e-5, atol=0)",
                    "round(penalty(codes), 3) != round(penalty(twice), 3)",
                ),
                "weak_penalty",
                "own size",
            ),
            Wrong(
                "asks for a doubling",
                (
                    "not np.isclose(penalty(codes), penalty(twice), rtol=1e-5, atol=0)",
                    "bool(np.isclose(penalty(twice), 2 * penalty(codes)))",
                ),
                "nearly_right",
                "fourth digit counts",
            ),
            Wrong(
                "a loose tolerance",
                ("rtol=1e-5", "rtol=0.2"),
                "nearly_right",
                "tolerance small enough",
            ),
            Wrong("one per cent", ("rtol=1e-5", "rtol=0.01"), "guarded_divisor", "fourth digit counts"),
            Wrong("isclose as it comes", (", rtol=1e-5, atol=0", ""), "tiny_penalty", "atol=0"),
            Wrong(
                "turned round",
                ("return not np", "return np"),
                "mean_over_images",
                "your test says True",
            ),
            Wrong(
                "one batch",
                ("np.isclose(penalty(codes), penalty(twice), rtol=1e-5, atol=0)", "penalty(codes)"),
                "sum_over_batch",
                "called the penalty once",
            ),
            Wrong(
                "larger numbers",
                ("np.concatenate([codes, codes])", "2 * codes"),
                "mean_over_images",
                "different sizes",
            ),
            Wrong(
                "always",
                "def depends_on_batch_size(penalty, codes):\n    return True\n",
                "mean_over_images",
                "not once",
            ),
            Wrong(
                "the difference",
                (
                    "not np.isclose(penalty(codes), penalty(twice), rtol=1e-5, atol=0)",
                    "penalty(twice) - penalty(codes)",
                ),
                "returns",
                "expected True or False",
            ),
            Wrong("fails", ("penalty(twice)", "penalty.predict(twice)"), "runs", "AttributeError"),
        ),
    ),
}
