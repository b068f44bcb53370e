"""The three exercises of lesson 13, a distance for tables, hidden letters and codecs compared; no model is here."""

import numpy as np

from aelib.exercise import Exercise
from aelib.exercises.judging import cause, finite_number, number, numbers, same, short


def _distances(attempt):
    """Judge the Mahalanobis distance with a ridge."""
    rng = np.random.default_rng(0)
    mixed = rng.normal(size=(60, 4)) @ rng.normal(size=(4, 4)) + [5.0, -2.0, 0.0, 1.0]
    scaled = rng.normal(size=(50, 3)) * [100.0, 1.0, 0.01]
    few = rng.normal(size=(6, 9))
    found = {}
    for name, train, rows, ridge in (
        ("distances", mixed, mixed[:7] + rng.normal(size=(7, 4)), 0.0),
        ("scales", scaled, 2 * scaled[:5] + [3.0, 0.5, 0.02], 0.0),
        ("ridge", mixed, mixed[:5] - rng.normal(size=(5, 4)), 2.0),
        ("few_rows", few, rng.normal(size=(8, 9)), 0.5),
        ("one_row", mixed, rng.normal(size=(1, 4)), 0.1),
    ):
        given = train.copy(), rows.copy()
        got = numbers(attempt(*given, ridge))
        found[name] = _judged_distances(train, rows, ridge, got)
        if name == "distances":
            kept = np.array_equal(given[0], train) and np.array_equal(given[1], rows)
            found["input"] = kept, "Both tables are as they were." if kept else "You change a table itself: copy it."
    return found, []


def _judged_distances(train, rows, ridge, got):
    """Return the verdict on one pair of tables, and what wrong distances suggest."""
    task = f"{len(train)} training rows and {len(rows)} others of {train.shape[1]} numbers, ridge {ridge:g}: "
    mean, unit = train.mean(axis=0), np.eye(train.shape[1])
    covariance = np.cov(train, rowvar=False)
    away = rows - mean

    def by(matrix, offsets=away):
        return np.array([row @ np.linalg.pinv(matrix) @ row for row in offsets])

    expected = np.sqrt(by(covariance + ridge * unit))
    if got is None:
        return False, f"{task}you don't return numbers. Expected an array with a distance for each row."
    if same(got, expected):
        return True, f"{task}right."
    if got.shape != expected.shape:
        pairs = got.shape == (len(rows), len(rows)) and len(rows) > 1
        advice = "Of all pairs of rows you need only a row with itself." if pairs else "One distance for each row."
        return False, f"{task}your result has the shape {got.shape}, expected {expected.shape}. {advice}"
    spread = train.std(axis=0, ddof=1)
    with np.errstate(all="ignore"):
        causes = {
            "That is the squared distance.": expected**2,
            "That is the Euclidean distance to the mean, whatever the covariance is.": np.linalg.norm(away, axis=1),
            "You use each column's variance, but not how the columns vary together.": np.linalg.norm(
                away / np.sqrt(spread**2 + ridge), axis=1
            ),
            "You multiply by the covariance: expected its inverse.": np.sqrt(
                np.einsum("ij,jk,ik->i", away, covariance + ridge * unit, away)
            ),
            "You leave the ridge out.": np.sqrt(by(covariance)),
            "You add the ridge to all entries of the covariance: expected the diagonal only.": np.sqrt(
                np.abs(by(covariance + ridge))
            ),
            "You divide by the number of rows: expected one less, as np.cov has it.": np.sqrt(
                by(np.cov(train, rowvar=False, bias=True) + ridge * unit)
            ),
            "Take the training rows' mean away first.": np.sqrt(by(covariance + ridge * unit, rows)),
            "Mean and covariance come from the training rows alone.": np.sqrt(
                by(covariance + ridge * unit, rows - rows.mean(axis=0))
            ),
        }
        i = int(np.argmin(np.isclose(got, expected, rtol=1e-5, atol=1e-7)))
        said = cause(got, causes, "Which matrix stands between the row and itself?")
    return False, f"{task}distance {i} is {got[i]:.4g}, expected another. {said}"


mahalanobis = Exercise(
    name="mahalanobis",
    key="13-mahalanobis",
    objective="autoencoder",
    title="Exercise 1, how far from the usual rows",
    hints=(
        "What is the covariance of the training rows, and what does adding a ridge to its diagonal change?",
        "For one row d, less the mean, the squared distance is d @ inverse @ d. Loop over the rows, or use np.einsum.",
        "np.linalg.inv(np.cov(train, rowvar=False) + ridge * np.eye(columns)) is the matrix in the middle.",
    ),
    answer="""\
import numpy as np


def mahalanobis(train, rows, ridge):
    covariance = np.cov(train, rowvar=False) + ridge * np.eye(train.shape[1])
    away = rows - train.mean(axis=0)
    return np.sqrt(np.sum(away @ np.linalg.inv(covariance) * away, axis=1))
""",
    judge=_distances,
)


START, UNKNOWN = 27, 28


def _hiding(attempt):
    """Judge word dropout on letters."""
    rng = np.random.default_rng(1)
    lengths = rng.integers(3, 11, 600)
    words = np.where(np.arange(12) <= lengths[:, None], rng.integers(1, 27, (600, 12)), 0)
    words[:, 0] = START
    letters = (words > 0) & (words < START)
    given = words.copy()
    asked = ((given, 0.3, 5), (words.copy(), 0.3, 5), (words.copy(), 0.3, 6), (words.copy(), 0.0, 5))
    results = [numbers(attempt(*arguments)) for arguments in (*asked, (words.copy(), 1.0, 5))]
    for result in results:
        if result is None or result.shape != words.shape:
            what = "no array of numbers" if result is None else f"an array of shape {result.shape}"
            return {"shape": (False, f"You return {what}: expected whole numbers of shape {words.shape}.")}, []
    first, again, other, none, every = results
    hidden = first != words
    found = {"shape": (True, f"Numbers of shape {words.shape}.")}
    kept = np.array_equal(given, words)
    said = "The words are as they were." if kept else "You change the words themselves, which are the target."
    found["input"] = kept, said
    found["marks"] = _judged_marks(words, letters, hidden)
    new = np.unique(first[hidden & letters])
    only = new.tolist() in ([], [UNKNOWN])
    said = f"Only {UNKNOWN} is new." if only else f"Letters turn into {short(new.tolist())}: expected {UNKNOWN}."
    found["unknown"] = only, said
    found["share"] = _judged_share(letters, [first != words, none != words, every != words])
    found["each_letter"] = _judged_chance(letters, hidden)
    exact = [abs(np.sum((result != words) & letters) - 0.3 * letters.sum()) <= 1 for result in (first, other)]
    if found["each_letter"][0] and all(exact):
        found["each_letter"] = False, "Each seed hides the same number of letters: expected a draw for each letter."
    good = np.array_equal(first, again) and not np.array_equal(first, other)
    rule = "The same seed must hide the same letters, and another seed others"
    found["seed"] = good, f"{rule}." if good else f"{rule}: draw from np.random.default_rng(seed)."
    return found, []


def _judged_marks(words, letters, hidden):
    """Return whether start and end were left alone."""
    if (hidden & (words == START)).any():
        return False, f"You hide {START}, the mark before a word: it is no letter."
    if (hidden & (words == 0)).any():
        return False, "You hide zeros, which stand after the last letter: they tell where a word ends."
    return True, f"All {np.sum(~letters)} marks are as they were."


def _judged_share(letters, hidden):
    """Return whether the share of hidden letters is what was asked for, for 0.3, 0 and 1."""
    shares = [np.mean(which[letters]) for which in hidden]
    if abs(shares[0] - 0.3) < 0.03 and shares[1:] == [0, 1]:
        return True, f"{shares[0]:.2f} of the letters for a share of 0.3, none for 0 and all for 1."
    told = f"For the shares 0.3, 0 and 1 you hide {', '.join(f'{share:.2f}' for share in shares)} of the letters."
    if abs(shares[0] - 0.7) < 0.03:
        return False, f"{told} You keep that share: expected to hide it."
    if shares[0] == shares[1] == shares[2]:
        return False, f"{told} Yours doesn't depend on the share."
    return False, f"{told} Expected the shares that were asked for."


def _judged_chance(letters, hidden):
    """Return whether each letter is hidden by a draw of its own."""
    counts, lengths = (hidden & letters).sum(axis=1), letters.sum(axis=1)
    full = np.mean((counts == 0) | (counts == lengths))
    if full > 0.9:
        return False, "You hide whole words or none of their letters: expected a draw for each letter."
    used = letters.sum(axis=0) > 0
    by_place = (hidden & letters).sum(axis=0)[used] / letters.sum(axis=0)[used]
    if np.ptp(by_place) > 0.5:
        return False, "You hide the same places in all words: expected a draw for each letter of each word."
    variance = np.mean((counts - 0.3 * lengths) ** 2)
    if variance < 0.6 * np.mean(0.21 * lengths):
        return False, "You hide nearly the same number in each word: expected a draw for each letter."
    return True, "The number of hidden letters varies from word to word as it should."


hide_letters = Exercise(
    name="hide_letters",
    key="13-hide-letters",
    objective="variational autoencoder",
    title="Exercise 2, word dropout",
    hints=(
        "Which entries are letters? Neither 27 nor 0 is one.",
        "np.random.default_rng(seed).random(words.shape) gives each entry a number from 0 to 1. Compare it with share.",
        "np.where(mask, 28, words) makes a new array. The mask needs two conditions at once.",
    ),
    answer="""\
import numpy as np


def hide_letters(words, share, seed):
    is_letter = (words > 0) & (words < 27)
    chosen = np.random.default_rng(seed).random(words.shape) < share
    return np.where(is_letter & chosen, 28, words)
""",
    judge=_hiding,
)


CODECS = {
    "same_rates": ([0.2, 0.4, 0.8], [30.0, 33.0, 36.0], [0.2, 0.4, 0.8], [29.0, 33.5, 35.0]),
    "other_rates": ([0.1, 0.35, 0.9, 1.6], [27.0, 31.5, 36.0, 39.0], [0.25, 0.6, 1.2], [30.6, 34.9, 38.2]),
    "any_order": ([0.9, 0.1, 0.5], [35.0, 26.0, 32.0], [0.3, 1.4, 0.7, 0.15], [30.5, 34.0, 37.0, 28.0]),
    "short_overlap": ([0.1, 0.2, 0.5], [25.0, 28.0, 31.0], [0.4, 1.0, 2.0], [33.0, 36.0, 41.0]),
}


def _gains(attempt):
    """Judge the gain of a codec at equal rates."""
    found = {}
    for name, curves in CODECS.items():
        got = attempt(*(list(values) for values in curves))
        found[name] = _judged_gain(*(np.array(values) for values in curves), got)
    for name, ours, rival in (
        ("no_overlap", [0.1, 0.3], [0.5, 0.9]),
        ("rival_below", [0.5, 0.9], [0.1, 0.3]),
        ("one_rate", [0.1, 0.5], [0.5, 0.9]),
    ):
        got = attempt(list(ours), [26.0, 30.0], list(rival), [33.0, 36.0])
        said = f"Rates {ours} beside {rival} have no stretch in common, and you return {short(got)}. Expected None."
        found[name] = got is None, "No stretch of rates that both reach: None." if got is None else said
    return found, []


def _exact(rates, qualities, rival_rates, rival_qualities, ends=None):
    """Return the mean difference of two broken lines over the rates that both reach, or between two ends."""
    pairs = (rates, qualities), (rival_rates, rival_qualities)
    ours, rival = ((x[np.argsort(x)], y[np.argsort(x)]) for x, y in pairs)
    low, high = ends or (max(ours[0][0], rival[0][0]), min(ours[0][-1], rival[0][-1]))
    knots = np.unique(np.clip([low, high, *rates, *rival_rates], low, high))
    apart = np.interp(knots, *ours) - np.interp(knots, *rival)
    return np.sum((apart[1:] + apart[:-1]) / 2 * np.diff(knots)) / (high - low)


def _judged_gain(rates, qualities, rival_rates, rival_qualities, given):
    """Return the verdict on one pair of curves, and what a wrong gain suggests."""
    curves = rates, qualities, rival_rates, rival_qualities
    low, high = max(rates.min(), rival_rates.min()), min(rates.max(), rival_rates.max())
    expected, got = _exact(*curves), finite_number(given)
    task = f"Rates {short(rates.tolist())} beside {short(rival_rates.tolist())}: "
    if got is None:
        same_number = number(given) is not None
        return False, f"{task}you return {short(given)}. Expected {'a finite' if same_number else 'one'} number of dB."
    if abs(got - expected) <= 0.03:
        return True, f"{task}{expected:.2f} dB."
    inside = (rates >= low) & (rates <= high)
    rival_inside = (rival_rates >= low) & (rival_rates <= high)
    order, rival_order = np.argsort(rates), np.argsort(rival_rates)
    shared = min(len(rates), len(rival_rates))
    grid = np.linspace(low, high, 1001)
    at_ours = qualities[inside] - np.interp(rates[inside], rival_rates[rival_order], rival_qualities[rival_order])
    at_theirs = np.interp(rival_rates[rival_inside], rates[order], qualities[order]) - rival_qualities[rival_inside]
    union = min(rates.min(), rival_rates.min()), max(rates.max(), rival_rates.max())
    top, bottom = min(qualities.max(), rival_qualities.max()), max(qualities.min(), rival_qualities.min())
    causes = {
        "The sign is turned: above 0 means that the first codec is better.": -expected,
        "That compares the averages of all points, whatever their rates are.": (
            qualities.mean() - rival_qualities.mean()
        ),
        "That subtracts point from point, though their rates differ.": np.mean(
            qualities[:shared] - rival_qualities[:shared]
        ),
        "You average over all rates that either reaches, where np.interp repeats the last value.": _exact(
            *curves, ends=union
        ),
        "You average over the first codec's points: they needn't lie evenly along the rates.": (
            at_ours.mean() if len(at_ours) else np.inf
        ),
        "You average over the rival's points: they needn't lie evenly along the rates.": (
            at_theirs.mean() if len(at_theirs) else np.inf
        ),
        "np.interp wants rates that rise: sort the points first.": np.mean(
            np.interp(grid, rates, qualities) - np.interp(grid, rival_rates, rival_qualities)
        ),
        "That is the integral over the rates: divide it by their range.": expected * (high - low),
        "That is the largest difference: expected the average.": np.max(
            np.interp(grid, rates[order], qualities[order])
            - np.interp(grid, rival_rates[rival_order], rival_qualities[rival_order])
        ),
        "That is a difference in rate, at equal quality: expected one in dB, at equal rate.": (
            _exact(qualities, rates, rival_qualities, rival_rates) if top > bottom else np.inf
        ),
    }
    said = next((text for text, value in causes.items() if abs(got - value) <= 2e-3 * max(abs(value), 1)), "")
    return False, f"{task}you find {got:.3g} dB, expected another number. {said}".rstrip()


gain = Exercise(
    name="gain",
    key="13-gain",
    objective="autoencoder",
    title="Exercise 3, better at equal rates",
    hints=(
        "Over which rates can you compare two curves without guessing?",
        "From the larger of the two lowest rates to the smaller of the two highest. What if that range is empty?",
        "Sort each curve by its rates, take many rates between the two ends, and read off both curves with np.interp.",
    ),
    answer="""\
import numpy as np


def gain(rates, qualities, rival_rates, rival_qualities):
    ours = np.array(sorted(zip(rates, qualities))).T
    rival = np.array(sorted(zip(rival_rates, rival_qualities))).T
    low, high = max(ours[0][0], rival[0][0]), min(ours[0][-1], rival[0][-1])
    if low >= high:
        return None
    between = np.linspace(low, high, 2001)
    return np.mean(np.interp(between, *ours) - np.interp(between, *rival))
""",
    judge=_gains,
)
