"""The three exercises of lesson 03b: entropy, a prefix code, when a decoder pays; no graded one is here."""

import math

import numpy as np

from aelib.exercise import Exercise
from aelib.exercises.judging import cause, finite_number, short


def _bits(attempt):
    """Judge the entropy of a list of symbols."""
    rng = np.random.default_rng(0)
    uneven = rng.permutation(np.repeat([-7, -1, 0, 1, 4], [3, 20, 50, 17, 10]))
    found = {}
    for name, symbols in (
        ("four_alike", np.array([0, 1, 2, 3] * 5)),
        ("uneven", uneven),
        ("one_symbol", np.full(30, 4)),
        ("any_symbols", np.round(3 * rng.normal(size=200)).astype(int)),
    ):
        got = attempt(symbols.copy())
        expected = _entropy(symbols)
        close = finite_number(got) is not None and math.isclose(float(got), expected, rel_tol=1e-6, abs_tol=1e-6)
        found[name] = (close, _surprised(symbols, got, expected))
    return found, []


def _entropy(symbols):
    """Return the entropy in bits per symbol, one symbol at a time: the oracle of the check."""
    values = symbols.tolist()
    return abs(sum(-math.log2(values.count(value) / len(values)) for value in values) / len(values))


def _surprised(symbols, got, expected):
    """Return what a wrong entropy suggests."""
    values, counts = np.unique(symbols, return_counts=True)
    task = f"{len(symbols)} symbols, {len(values)} different: "
    if isinstance(got, (float, np.floating)) and np.isnan(got):
        return f"{task}your result is not a number. Is there a symbol with the frequency 0 in your sum?"
    if finite_number(got) is None:
        return f"{task}you return {short(got, 80)}. Expected one finite number."
    if math.isclose(float(got), expected, rel_tol=1e-6, abs_tol=1e-6):
        return f"{task}{expected:.3f} bits per symbol."
    shares = counts / len(symbols)
    causes = {
        "Your logarithm is natural, so the unit is nats: expected bits.": expected * math.log(2),
        "Your logarithm has base 10: for bits it has base 2.": expected * math.log10(2),
        "Your sign is turned: bits are positive.": -expected,
        "That is the number of bits for all symbols together: expected bits per symbol.": expected * len(symbols),
        "That is what symbols cost that are all equally frequent. Use how often each one comes.": math.log2(
            len(values)
        ),
        "That is the cost with a whole number of bits for each symbol. Frequent symbols can cost less than one bit.": (
            math.ceil(math.log2(len(values)))
        ),
        "That is the logarithm of the range, from the lowest symbol to the highest.": math.log2(np.ptp(symbols) + 1),
        "Each logarithm is to be weighted by the share of its symbol: you added them up unweighted.": (
            -np.log2(shares).sum()
        ),
        "You took the average over the different symbols: a frequent one must weigh more.": -np.log2(shares).mean(),
        "You used the counts: divide them by the number of symbols first.": -np.sum(counts * np.log2(counts)),
    }
    return f"{task}found {float(got):.4g}, expected another value. {cause(float(got), causes)}".rstrip()


entropy_bits = Exercise(
    name="entropy_bits",
    key="03-entropy-bits",
    objective="bottleneck",
    title="Exercise 1, how few bits",
    hints=(
        "Count how often each symbol comes: np.unique(symbols, return_counts=True).",
        "Divide the counts by their sum. These shares p are what the formula needs.",
        "Weight the logarithm of each share by the share: -np.sum(p * np.log2(p)).",
    ),
    answer="""\
import numpy as np


def entropy_bits(symbols):
    _, counts = np.unique(symbols, return_counts=True)
    p = counts / counts.sum()
    return -np.sum(p * np.log2(p))
""",
    judge=_bits,
)


UNEVEN = {-2: 0.02, -1: 0.04, 0: 0.9, 1: 0.03, 2: 0.01}
ALIKE = {symbol: 1 / 8 for symbol in "abcdefgh"}
HALVES = {"a": 0.5, "b": 0.25, "c": 0.125, "d": 0.125}


def _words(attempt):
    """Judge a prefix code: each symbol's word, that no word begins another, and the mean length."""
    rng = np.random.default_rng(0)
    drawn = [dict(enumerate(rng.dirichlet(np.full(size, 0.5)).tolist())) for size in rng.integers(2, 20, 30)]
    drawn = [shares for shares in drawn if min(shares.values()) > 1e-9] + [{"rare": 0.01, "often": 0.99}]
    drawn.append(dict.fromkeys(range(255), 0.5 / 255) | {"often": 0.5})
    found = {"words": (True, "Each symbol has a word of 0 and 1.")}
    given = []
    for shares in (HALVES, UNEVEN, ALIKE, *drawn):
        got = attempt(dict(shares))
        if fault := _no_words(shares, got):
            found["words"] = (False, fault)
            return found, []
        given.append((shares, got))
    faults = list(filter(None, (_begun(got) for _, got in given)))
    found["no_word_begins_another"] = (not faults, (faults or ["A reader always knows where a word ends."])[0])
    for name, cases in (("uneven", given[1:2]), ("all_alike", given[2:3]), ("any_shares", given[:1] + given[3:])):
        faults = list(filter(None, (_too_long(*case) for case in cases)))
        found[name] = (not faults, (faults or ["The mean length is less than the entropy plus 1 bit."])[0])
    return found, []


def _no_words(shares, got):
    """Return what keeps a result from being a word for each symbol, or None."""
    symbols = ", ".join(map(str, shares))
    if not isinstance(got, dict):
        return f"You return {short(got, 60)}. Expected a dictionary: the word of each symbol."
    if set(got) != set(shares):
        return f"Symbols {short(symbols, 60)}: you have words for {short(list(got), 60)}. Each symbol needs one."
    for symbol, word in got.items():
        if not isinstance(word, str) or not word or set(word) - set("01"):
            return f"The word of {symbol!r} is {short(word)}. Expected a text of at least one 0 or 1."
    return None


def _begun(words):
    """Return which word of a code begins another one, or None."""
    for symbol, word in words.items():
        for other, longer in words.items():
            if symbol != other and longer.startswith(word):
                return f"The word {word} of {symbol!r} begins {longer} of {other!r}, so nobody knows where it ends."
    return None


def _too_long(shares, words):
    """Return what is wrong with the mean length of a code's words, or None."""
    entropy = -sum(p * math.log2(p) for p in shares.values())
    mean = sum(p * len(words[symbol]) for symbol, p in shares.items())
    if mean < entropy + 1:
        return None
    lengths = [len(words[symbol]) for symbol in sorted(shares, key=shares.get, reverse=True)]
    reason = "Some words are longer than their probability asks for. How long may a word be at most?"
    if len(set(lengths)) == 1:
        reason = "All words are equally long, whatever the probabilities are."
    elif lengths != sorted(lengths):
        reason = "A more frequent symbol has a longer word than a rarer one."
    elif all(len(words[symbol]) == math.ceil(-math.log2(p)) + 1 for symbol, p in shares.items()):
        reason = "Each word has one bit more than it needs, if you go through the symbols in another order."
    return f"{len(shares)} symbols of entropy {entropy:.3f} bits: your mean length is {mean:.3f}. {reason}"


prefix_words = Exercise(
    name="prefix_words",
    key="03b-prefix-words",
    objective="bottleneck",
    title="Exercise 2, a code of your own",
    hints=(
        "In the drawing a word of l bits is a block of height 1 / 2**l, and blocks must not overlap. How long must a "
        "word be for its block to be no taller than the symbol's probability?",
        "math.ceil(-math.log2(p)) bits are enough. Stack the blocks from the most frequent symbol to the rarest: "
        "each begins where the ones before it end.",
        "The word is the block's beginning in binary: format(int(start * 2**length), f'0{length}b'). Then add "
        "2.0**-length to start. (Huffman's way is another one: merge the two rarest again and again, with heapq.)",
    ),
    answer="""\
import math


def prefix_words(shares):
    words, start = {}, 0
    for symbol in sorted(shares, key=shares.get, reverse=True):
        length = math.ceil(-math.log2(shares[symbol]))
        words[symbol] = format(int(start * 2**length), f"0{length}b")
        start += 2.0**-length
    return words
""",
    judge=_words,
)

ACCOUNTS = {
    "first_gain": (1000, 10, 0, 30),
    "a_tie_is_no_gain": (100, 10, 0, 30),
    "both_have_a_table": (5000, 12, 2000, 19),
    "at_once": (500, 10, 800, 30),
    "the_same_rate": (400, 10, 0, 10),
    "only_for_a_few": (0, 30, 1000, 10),
    "cheaper_by_the_table": (300, 10, 400, 10),
    "equal_for_ever": (400, 10, 400, 10),
    "ahead_by_less_than_one_image": (490, 10, 500, 30),
    "a_tie_before_the_first_image": (100, 10, 100, 30),
    "never": (1000, 30, 0, 10),
    "dearer_from_a_tie_on": (100, 30, 100, 10),
    "for_thousands_of_images": (54_406_000, 21_280, 0, 29_710),
}
ENOUGH = 10_000  # images, more than any of these accounts needs


def _pays(attempt):
    """Judge from how many images on one codec is cheaper than another."""
    found = {}
    for name, account in ACCOUNTS.items():
        got, expected = attempt(*account), _first(*account)
        number = finite_number(got)
        right = got is None if expected is None else number is not None and number == expected
        found[name] = (right, _accounted(account, got, number, expected))
    return found, []


def _first(fixed, each, rival_fixed, rival_each):
    """Return the least number of images from which on the first codec stays cheaper, one by one: the oracle."""
    cheaper = [fixed + n * each < rival_fixed + n * rival_each for n in range(ENOUGH)]
    return None if not cheaper[-1] else len(cheaper) - cheaper[::-1].index(False) if False in cheaper else 0


def _accounted(account, got, number, expected):
    """Return what a wrong number of images suggests."""
    fixed, each, rival_fixed, rival_each = account
    task = f"{fixed} bytes + {each} per image against {rival_fixed} + {rival_each} per image: "
    if number == expected and (got is None) == (expected is None):
        return f"{task}right."
    if got is not None and number is None:
        return f"{task}you return {short(got)}. Expected a whole number, or None."
    if expected is None:
        return f"{task}you return {short(got)}. Will it stay cheaper, however many images follow?"
    if got is None:
        return f"{task}you return None. Write down both totals for a few numbers of images."
    gap = rival_each - each
    if expected == 0 < number:
        return f"{task}found {short(got)}, expected another number. Who is ahead before the first image?"
    if number == 0 and fixed == rival_fixed:
        return (
            f"{task}found {short(got)}, expected another number. For 0 images neither is ahead: both totals are equal."
        )
    hints = {"One total equals the other there: the first gain comes later.": expected - 1}
    if gap:
        hints |= {
            "The rival has something to send first, too.": fixed // gap + 1,
            "You took the rival's table as a cost of yours.": (fixed + rival_fixed) // gap + 1,
            "How many images is a whole number.": (fixed - rival_fixed) / gap,
        }
    if number < 0:
        return f"{task}you return {short(got)}. There are never fewer than 0 images."
    return f"{task}found {short(got)}, expected another number. {cause(np.asarray(number), hints)}".rstrip()


pays_from = Exercise(
    name="pays_from",
    key="03b-pays-from",
    objective="bottleneck",
    title="Exercise 3, when does it pay",
    hints=(
        "Each total is a straight line in the number of images. Draw two such lines: which cases are there?",
        "If your line rises less steeply, it is lower from some number on. If it rises more steeply, it never stays "
        "lower. And if both rise alike?",
        "Where you save gap bytes per image, the rival's lead of fixed - rival_fixed bytes is made up after lead / gap "
        "images, and you are cheaper from lead // gap + 1 on, but never from fewer than 0.",
    ),
    answer="""\
def pays_from(fixed, each, rival_fixed, rival_each):
    lead, gap = fixed - rival_fixed, rival_each - each
    if gap > 0:
        return max(lead // gap + 1, 0)
    return 0 if gap == 0 and lead < 0 else None
""",
    judge=_pays,
)
