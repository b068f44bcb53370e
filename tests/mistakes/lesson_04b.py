"""What learners try at lesson 04b: starters, right answers and wrong ones; the judges are elsewhere."""

from mistakes.attempts import Attempts, Wrong

ATTEMPTS = {
    "04-share-of-zeros": Attempts(
        starter="def share_of_zeros(codes):\n    ...\n",
        also_right=(
            """\
def share_of_zeros(codes):
    zeros = total = 0
    for unit in codes.T:
        if any(number != 0 for number in unit):
            zeros += sum(number == 0 for number in unit)
            total += len(unit)
    return zeros / total
""",
            """\
import numpy as np

def share_of_zeros(codes):
    used = np.count_nonzero(codes, axis=0)
    return 1 - used.sum() / (len(codes) * np.count_nonzero(used))
""",
            """\
import numpy as np

def share_of_zeros(codes):
    kept = np.delete(codes, np.where(~codes.any(axis=0))[0], axis=1)
    return (kept == 0).sum() / kept.size
""",
        ),
        wrong=(
            Wrong(
                "alive in the first image",
                "import numpy as np\n\n\ndef share_of_zeros(codes):\n"
                "    live = codes[0] != 0\n    return np.mean(codes[:, live] == 0)\n",
                "a_constant_unit",
                "images",
            ),
            Wrong(
                "alive if it changes",
                "import numpy as np\n\n\ndef share_of_zeros(codes):\n"
                "    live = codes.std(axis=0) > 0\n    return np.mean(codes[:, live] == 0)\n",
                "a_constant_unit",
                "images",
            ),
            Wrong("dead units counted", ("codes[:, live] == 0", "codes == 0"), "dead_units", "Dead units are counted"),
            Wrong(
                "share of the others",
                ("codes[:, live] == 0", "codes[:, live] != 0"),
                "all_live",
                "are not 0",
            ),
            Wrong(
                "mean of the code",
                ("codes[:, live] == 0", "codes[:, live]"),
                "all_live",
                "says nothing about zeros",
            ),
            Wrong(
                "nearly zero",
                ("codes[:, live] == 0", "np.abs(codes[:, live]) < 0.01"),
                "small_numbers",
                "small and not 0",
            ),
            Wrong("positive is alive", ("codes != 0", "codes > 0"), "negative_numbers", "A negative number"),
            Wrong("negative is zero", ("codes[:, live] == 0", "codes[:, live] <= 0"), "negative_numbers", "no zero"),
            Wrong(
                "images left out",
                (
                    "    live = (codes != 0).any(axis=0)\n    return np.mean(codes[:, live] == 0)",
                    "    live = (codes != 0).any(axis=1)\n    return np.mean(codes[live] == 0)",
                ),
                "all_live",
                "left out images",
            ),
            Wrong(
                "only units that are never 0",
                (".any(axis=0)", ".all(axis=0)"),
                "all_live",
                "Which numbers do you count",
            ),
            Wrong(
                "a count",
                ("np.mean", "np.sum"),
                "all_live",
                "a count",
            ),
            Wrong(
                "per cent",
                ("return np", "return 100 * np"),
                "all_live",
                "per cent",
            ),
            Wrong(
                "divided by all",
                ("np.mean(codes[:, live] == 0)", "np.sum(codes[:, live] == 0) / codes.size"),
                "dead_units",
                "live units alone",
            ),
            Wrong("one number an image", ("== 0)", "== 0, axis=1)"), "number", "shape (9,)"),
            Wrong("returns text", ("return np", "return '%f' % np"), "number", "no number"),
            Wrong(
                "share of dead units",
                ("np.mean(codes[:, live] == 0)", "np.mean(~live)"),
                "dead_units",
                "share of dead units",
            ),
            Wrong(
                "rounded",
                ("np.mean(codes[:, live] == 0)", "round(np.mean(codes[:, live] == 0), 2)"),
                "all_live",
                "That is rounded",
            ),
        ),
    ),
}
