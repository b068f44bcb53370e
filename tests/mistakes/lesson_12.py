"""What learners try at lesson 12: starters, right answers and wrong ones; the judges are elsewhere."""

from mistakes.attempts import Attempts, Wrong

ATTEMPTS = {
    "12-straight-through": Attempts(
        starter="def straight_through(z, book):\n    ...\n",
        also_right=(
            """\
from keras import ops

def straight_through(z, book):
    far = ops.sum(book**2, axis=1) - 2 * ops.matmul(z, ops.transpose(book))
    chosen = ops.matmul(ops.one_hot(ops.argmin(far, axis=1), book.shape[0]), book)
    return z - ops.stop_gradient(z) + ops.stop_gradient(chosen)
""",
            """\
from keras import ops

def straight_through(z, book):
    rows = []
    for i in range(len(z)):
        k = ops.argmin(ops.sum((book - z[i]) ** 2, axis=1))
        rows.append(z[i] + ops.stop_gradient(book[k] - z[i]))
    return ops.stack(rows)
""",
        ),
        wrong=(
            Wrong("no gradient", ("z + ops.stop_gradient(chosen - z)", "chosen"), "gradient", "No gradient reaches z"),
            Wrong("z itself", ("z + ops.stop_gradient(chosen - z)", "z"), "values", "That is z itself"),
            Wrong(
                "wrong part",
                ("z + ops.stop_gradient(chosen - z)", "chosen + ops.stop_gradient(z - chosen)"),
                "values",
                "which part is held constant",
            ),
            Wrong(
                "all constant",
                ("z + ops.stop_gradient(chosen - z)", "ops.stop_gradient(chosen)"),
                "gradient",
                "No gradient reaches z",
            ),
            Wrong(
                "nothing constant",
                ("ops.stop_gradient(chosen - z)", "(chosen - z)"),
                "gradient",
                "No gradient reaches z",
            ),
            Wrong(
                "codebook pulled",
                ("ops.stop_gradient(chosen - z)", "chosen - ops.stop_gradient(z)"),
                "codebook",
                "pulls at the codebook",
            ),
            Wrong(
                "twice",
                ("z + ops.stop_gradient(chosen - z)", "2 * z + ops.stop_gradient(chosen - 2 * z)"),
                "gradient",
                "2 times the one that arrived",
            ),
            Wrong(
                "number by number",
                ("z + ops.stop_gradient(chosen - z)", "z**2 / 2 + ops.stop_gradient(chosen - z**2 / 2)"),
                "gradient",
                "differs from the one that arrived",
            ),
            Wrong(
                "a sum", ("ops.stop_gradient(chosen - z)", "ops.stop_gradient(chosen)"), "values", "taken away again"
            ),
            Wrong("farthest", ("argmin", "argmax"), "values", "farthest away"),
            Wrong(
                "city blocks",
                ("(ops.expand_dims(z, 1) - book) ** 2", "ops.abs(ops.expand_dims(z, 1) - book)"),
                "values",
                "smallest Euclidean distance",
            ),
            Wrong(
                "largest difference",
                (
                    "ops.sum((ops.expand_dims(z, 1) - book) ** 2, axis=-1)",
                    "ops.max(ops.abs(z[:, None] - book), axis=-1)",
                ),
                "values",
                "smallest Euclidean distance",
            ),
            Wrong(
                "without the first entry",
                ("    squared =", "    book = book[1:]\n    squared ="),
                "values",
                "smallest Euclidean distance",
            ),
            Wrong(
                "scalar product",
                ("ops.argmin(squared, axis=-1)", "ops.argmax(ops.matmul(z, ops.transpose(book)), axis=-1)"),
                "values",
                "largest scalar product",
            ),
            Wrong(
                "tokens",
                ("z + ops.stop_gradient(chosen - z)", "ops.argmin(squared, axis=-1)"),
                "values",
                "a vector for each row",
            ),
            Wrong(
                "one entry for all",
                ("axis=-1), axis=0)", "axis=-1)[:1], axis=0)"),
                "values",
                "smallest Euclidean distance",
            ),
            Wrong("nothing", ("return z", "z"), "values", "You return None"),
            Wrong("text", ("z + ops.stop_gradient(chosen - z)", "'z'"), "values", "You return"),
            Wrong("fails", ("chosen - z)", "entry - z)"), "runs", "NameError"),
        ),
    ),
    "12-perplexity": Attempts(
        starter="def perplexity(counts):\n    ...\n",
        also_right=(
            """\
from scipy import stats

def perplexity(counts):
    return 2 ** stats.entropy(counts, base=2)
""",
            """\
import math

def perplexity(counts):
    total, product = sum(counts), 1.0
    for count in counts:
        share = float(count) / float(total)
        product *= share ** -share if share else 1.0
    return product
""",
        ),
        wrong=(
            Wrong(
                "nats",
                ("np.exp(-np.sum(shares * np.log(shares)))", "-np.sum(shares * np.log(shares))"),
                "even",
                "in nats: one step is missing",
            ),
            Wrong(
                "bits",
                ("np.exp(-np.sum(shares * np.log(shares)))", "-np.sum(shares * np.log2(shares))"),
                "even",
                "in bits: one step is missing",
            ),
            Wrong(
                "two to the nats",
                ("np.exp(-np.sum(shares * np.log(shares)))", "2 ** -np.sum(shares * np.log(shares))"),
                "uneven",
                "nats belong to e",
            ),
            Wrong("e to the bits", ("np.log(", "np.log2("), "uneven", "Bits belong to 2"),
            Wrong("sign", ("np.exp(-", "np.exp("), "uneven", "wrong way round"),
            Wrong("zeros kept", ("counts[counts > 0]", "counts"), "unused", "what should an unused entry add"),
            Wrong(
                "in use",
                ("np.exp(-np.sum(shares * np.log(shares)))", "np.sum(counts > 0)"),
                "uneven",
                "in use, however rarely",
            ),
            Wrong(
                "size",
                ("np.exp(-np.sum(shares * np.log(shares)))", "len(counts)"),
                "unused",
                "the size of the codebook",
            ),
            Wrong(
                "one added",
                ("counts[counts > 0] / counts.sum()", "(counts + 1) / (counts + 1).sum()"),
                "unused",
                "added something to each count",
            ),
            Wrong(
                "squares",
                ("np.exp(-np.sum(shares * np.log(shares)))", "1 / np.sum(shares**2)"),
                "uneven",
                "1 over the sum of squared shares",
            ),
            Wrong(
                "average",
                ("-np.sum(shares * np.log(shares))", "-np.sum(shares * np.log(shares)) / len(counts)"),
                "uneven",
                "You average over the entries",
            ),
            Wrong("no shares", (" / counts.sum()", ""), "uneven", ""),
            Wrong(
                "shares alone",
                ("return np.exp(-np.sum(shares * np.log(shares)))", "return shares"),
                "even",
                "Expected one finite number",
            ),
            Wrong(
                "lists of two lengths",
                "def perplexity(counts):\n    return [[1], [1, 2]]\n",
                "even",
                "one finite number",
            ),
            Wrong("nothing", ("return np.exp(", "np.exp("), "even", "Expected one finite number"),
            Wrong("fails", ("np.exp(-", "np.power(-"), "runs", "TypeError"),
        ),
    ),
    "12-allocate-bits": Attempts(
        starter="def allocate_bits(variances, bits):\n    ...\n",
        also_right=(
            """\
import heapq

def allocate_bits(variances, bits):
    queue = [(-float(v), i) for i, v in enumerate(variances)]
    heapq.heapify(queue)
    given = [0] * len(queue)
    for _ in range(bits):
        left, i = heapq.heappop(queue)
        given[i] += 1
        heapq.heappush(queue, (left / 4, i))
    return given
""",
        ),
        wrong=(
            Wrong(
                "alike",
                """\
def allocate_bits(variances, bits):
    n = len(variances)
    return [bits // n + (i < bits % n) for i in range(n)]
""",
                "steep",
                "You give to all alike",
            ),
            Wrong("all to one", (" / 4.0**given", ""), "steep", "All bits go to the number that varies most"),
            Wrong("halved", ("4.0**given", "2.0**given"), "steep", "a bit halves the step"),
            Wrong("least first", ("np.argmax(variances", "np.argmax(-variances"), "steep", "varies least"),
            Wrong(
                "in proportion",
                "def allocate_bits(variances, bits):\n    return bits * variances / variances.sum()\n",
                "steep",
                "Expected whole numbers",
            ),
            Wrong(
                "rounded shares",
                """\
import numpy as np

def allocate_bits(variances, bits):
    return np.round(bits * variances / variances.sum()).astype(int)
""",
                "any",
                "",
            ),
            Wrong(
                "logarithms",
                """\
import numpy as np

def allocate_bits(variances, bits):
    logs = np.log2(variances) / 2
    return np.round(logs - logs.mean() + bits / len(logs)).astype(int)
""",
                "any",
                "none of them below 0",
            ),
            Wrong("too many", ("range(bits)", "range(bits + 1)"), "steep", "Expected all of them, and no more"),
            Wrong("too few", ("range(bits)", "range(bits - 1)"), "steep", "Expected all of them, and no more"),
            Wrong(
                "the error",
                ("return given", "return (variances / 4.0**given).sum()"),
                "steep",
                "a whole number of bits for each",
            ),
            Wrong("nothing", ("    return given", "    given"), "steep", "a whole number of bits for each"),
            Wrong("fails", ("4.0**given", "4.0**shares"), "runs", "NameError"),
        ),
    ),
}
