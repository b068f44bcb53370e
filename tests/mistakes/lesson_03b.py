"""What learners try at lesson 03b: starters, right answers and wrong ones; the judges are elsewhere."""

from mistakes.attempts import Attempts, Wrong

ATTEMPTS = {
    "03-entropy-bits": Attempts(
        starter="def entropy_bits(symbols):\n    ...\n",
        also_right=(
            """\
import numpy as np
from scipy.stats import entropy

def entropy_bits(symbols):
    return entropy(np.bincount(symbols - symbols.min()), base=2)
""",
            """\
import math
from collections import Counter

def entropy_bits(symbols):
    n = len(symbols)
    return sum(count / n * math.log2(n / count) for count in Counter(symbols.tolist()).values())
""",
        ),
        wrong=(
            Wrong("nats", ("np.log2", "np.log"), "four_alike", "expected bits"),
            Wrong("base 10", ("np.log2", "np.log10"), "four_alike", "base 10"),
            Wrong("sign", ("return -np.sum", "return np.sum"), "four_alike", "sign is turned"),
            Wrong(
                "all symbols", ("return -np.sum(", "return -len(symbols) * np.sum("), "four_alike", "bits per symbol"
            ),
            Wrong(
                "all equally frequent",
                "import numpy as np\n\ndef entropy_bits(symbols):\n    return np.log2(len(np.unique(symbols)))\n",
                "uneven",
                "all equally frequent",
            ),
            Wrong(
                "whole bits",
                "import math\n\ndef entropy_bits(symbols):\n"
                "    return math.ceil(math.log2(len(set(symbols.tolist()))))\n",
                "uneven",
                "whole number of bits",
            ),
            Wrong(
                "range",
                "import numpy as np\n\ndef entropy_bits(symbols):\n    return np.log2(np.ptp(symbols) + 1)\n",
                "uneven",
                "logarithm of the range",
            ),
            Wrong("unweighted", ("p * np.log2(p)", "np.log2(p)"), "uneven", "unweighted"),
            Wrong("averaged", ("np.sum(p * np.log2(p))", "np.mean(np.log2(p))"), "uneven", "must weigh more"),
            Wrong("counts", ("counts / counts.sum()", "counts"), "uneven", "divide them"),
            Wrong(
                "empty places",
                (
                    "_, counts = np.unique(symbols, return_counts=True)",
                    "counts = np.bincount(symbols - symbols.min())",
                ),
                "uneven",
                "frequency 0",
            ),
            Wrong(
                "negative symbols",
                ("_, counts = np.unique(symbols, return_counts=True)", "counts = np.bincount(symbols)"),
                "runs",
                "ValueError",
            ),
        ),
    ),
    "03b-prefix-words": Attempts(
        starter="def prefix_words(shares):\n    ...\n",
        also_right=(
            """\
import heapq

def prefix_words(shares):
    heap = [(p, i, {symbol: ""}) for i, (symbol, p) in enumerate(shares.items())]
    heapq.heapify(heap)
    while len(heap) > 1:
        p, _, first = heapq.heappop(heap)
        q, i, second = heapq.heappop(heap)
        both = {s: "0" + word for s, word in first.items()} | {s: "1" + word for s, word in second.items()}
        heapq.heappush(heap, (p + q, i, both))
    return heap[0][2]
""",
            """\
import math

def prefix_words(shares):
    words, below = {}, 0.0
    for symbol, p in sorted(shares.items(), key=lambda pair: -pair[1]):
        word, rest = "", below
        for _ in range(math.ceil(math.log2(1 / p))):
            rest *= 2
            word += str(int(rest))
            rest -= int(rest)
        words[symbol] = word
        below += p
    return words
""",
        ),
        wrong=(
            Wrong(
                "the better of two simple codes",
                """\
def prefix_words(shares):
    order = sorted(shares, key=shares.get, reverse=True)
    bits = max((len(order) - 1).bit_length(), 1)
    alike = {symbol: format(i, f"0{bits}b") for i, symbol in enumerate(order)}
    codes = [alike]
    for low in range(bits + 1):
        ends = [format(i % 2**low, f"0{low}b") if low else "" for i in range(len(order))]
        codes.append({s: "1" * (i >> low) + "0" + ends[i] for i, s in enumerate(order)})
    return min(codes, key=lambda words: sum(shares[s] * len(words[s]) for s in shares))
""",
                "any_shares",
                "your mean length is",
            ),
            Wrong(
                "all of one length",
                "def prefix_words(shares):\n    width = len(format(len(shares) - 1, 'b'))\n"
                "    return {symbol: format(i, f'0{width}b') for i, symbol in enumerate(shares)}\n",
                "uneven",
                "equally long",
            ),
            Wrong(
                "one bit more by rank",
                "def prefix_words(shares):\n    order = sorted(shares, key=shares.get, reverse=True)\n"
                "    return {symbol: '1' * i + '0' for i, symbol in enumerate(order)}\n",
                "all_alike",
                "longer than their probability asks for",
            ),
            Wrong(
                "one bit more in any order",
                "def prefix_words(shares):\n    return {symbol: '1' * i + '0' for i, symbol in enumerate(shares)}\n",
                "uneven",
                "A more frequent symbol has a longer word",
            ),
            Wrong(
                "the rank in binary",
                "def prefix_words(shares):\n    order = sorted(shares, key=shares.get, reverse=True)\n"
                "    return {symbol: format(i, 'b') for i, symbol in enumerate(order)}\n",
                "no_word_begins_another",
                "so nobody knows where it ends",
            ),
            Wrong("no leading zeros", ('f"0{length}b"', '"b"'), "no_word_begins_another", "begins"),
            Wrong(
                "the blocks of any order",
                ("sorted(shares, key=shares.get, reverse=True)", "shares"),
                "no_word_begins_another",
                "begins",
            ),
            Wrong(
                "one bit more than needed",
                ("math.ceil(-math.log2(shares[symbol]))", "math.ceil(-math.log2(shares[symbol])) + 1"),
                "any_shares",
                "one bit more than it needs",
            ),
            Wrong("rounded down", ("math.ceil", "math.floor"), "no_word_begins_another", "begins"),
            Wrong(
                "words without symbols",
                ("    return words", "    return list(words.values())"),
                "words",
                "Expected a dictionary",
            ),
            Wrong(
                "numbers",
                ('format(int(start * 2**length), f"0{length}b")', "int(start * 2**length)"),
                "words",
                "0 or 1",
            ),
            Wrong("lengths", ("    return words", "    return {s: len(words[s]) for s in words}"), "words", "0 or 1"),
            Wrong(
                "the most frequent is left out",
                ("    return words", "    return {s: words[s] for s in list(words)[1:]}"),
                "words",
                "Each symbol needs one",
            ),
        ),
    ),
    "03b-pays-from": Attempts(
        starter="def pays_from(fixed, each, rival_fixed, rival_each):\n    ...\n",
        also_right=(
            """\
def pays_from(fixed, each, rival_fixed, rival_each):
    if each > rival_each or each == rival_each and fixed >= rival_fixed:
        return None
    n = 0
    while fixed + n * each >= rival_fixed + n * rival_each:
        n += 1
    return n
""",
            """\
import math

def pays_from(fixed, each, rival_fixed, rival_each):
    if each < rival_each:
        return max(0, math.floor((fixed - rival_fixed) / (rival_each - each)) + 1)
    if each == rival_each and fixed < rival_fixed:
        return 0
""",
        ),
        wrong=(
            Wrong(
                "behind for ever",
                "def pays_from(fixed, each, rival_fixed, rival_each):\n"
                "    if each == rival_each:\n        return 0 if fixed < rival_fixed else None\n"
                "    if each > rival_each and fixed < rival_fixed:\n        return None\n"
                "    return max((fixed - rival_fixed) // (rival_each - each) + 1, 0)\n",
                "never",
                "Will it stay cheaper",
            ),
            Wrong(
                "a search that ends too early",
                "def pays_from(fixed, each, rival_fixed, rival_each):\n"
                "    behind = [n for n in range(1000) if fixed + n * each >= rival_fixed + n * rival_each]\n"
                "    return None if 999 in behind else max(behind, default=-1) + 1\n",
                "for_thousands_of_images",
                "you return None",
            ),
            Wrong(
                "rounded up", ("lead // gap + 1", "-(-lead // gap)"), "a_tie_is_no_gain", "One total equals the other"
            ),
            Wrong("one too few", ("lead // gap + 1", "lead // gap"), "first_gain", "One total equals the other"),
            Wrong("a fraction", ("max(lead // gap + 1, 0)", "lead / gap"), "both_have_a_table", "a whole number"),
            Wrong("less than none", ("max(lead // gap + 1, 0)", "lead // gap + 1"), "at_once", "never fewer than 0"),
            Wrong("one table", ("fixed - rival_fixed", "fixed"), "both_have_a_table", "something to send first, too"),
            Wrong(
                "both tables", ("fixed - rival_fixed", "fixed + rival_fixed"), "both_have_a_table", "as a cost of yours"
            ),
            Wrong("no case of equal rates", ("if gap > 0:", "if gap >= 0:"), "runs", "ZeroDivisionError"),
            Wrong(
                "cheaper for a few",
                ("0 if gap == 0 and lead < 0 else None", "0 if lead < 0 else None"),
                "only_for_a_few",
                "stay cheaper",
            ),
            Wrong(
                "None for equal rates",
                ("0 if gap == 0 and lead < 0 else None", "None"),
                "cheaper_by_the_table",
                "both totals",
            ),
            Wrong("equal for ever", ("lead < 0", "lead <= 0"), "equal_for_ever", "stay cheaper"),
            Wrong(
                "cut towards zero",
                ("lead // gap + 1", "int(lead / gap) + 1"),
                "ahead_by_less_than_one_image",
                "ahead before the first image",
            ),
            Wrong(
                "a tie taken for a lead",
                (
                    "    if gap > 0:",
                    "    if lead <= 0 and gap >= 0:\n        return 0 if gap or lead else None\n    if gap > 0:",
                ),
                "a_tie_before_the_first_image",
                "both totals are equal",
            ),
            Wrong("infinity", ("else None", "else float('inf')"), "the_same_rate", "Expected a whole number, or None"),
            Wrong("a sentence", ("else None", "else 'never'"), "the_same_rate", "Expected a whole number, or None"),
        ),
    ),
}
