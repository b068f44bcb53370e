"""What a loss is made of, how an optimizer steps and how noise is spread, told from numbers alone; no model is here.

All functions are NumPy and closed forms. Losses are in nats; `mean over the batch of a sum` is
the unit of every penalty.
"""

import itertools

import numpy as np

ADAM = {"beta_1": 0.9, "beta_2": 0.999, "epsilon": 1e-7}  # Kingma and Ba, "Adam", ICLR 2015; epsilon is Keras's


def cross_entropy(images, decoded):
    """Return the binary cross-entropy (n, ...) of each pixel, with the decoded pixels clipped as Keras does."""
    r = np.clip(decoded, 1e-7, float(np.float32(1 - 1e-7)))
    return -images * np.log(r) - (1 - images) * np.log(1 - r)


@np.errstate(all="ignore")  # where a measure is not defined for these pixels, it is not the one that was used
def fidelities(images, decoded):
    """Return {name: loss} of the usual measures of a reconstruction, averaged over pixels and batch."""
    x, r = np.asarray(images, "float64"), np.asarray(decoded, "float64")
    clipped = np.clip(r, 1e-7, 1)
    spread = np.clip(r / np.sum(r, axis=-1, keepdims=True), 1e-7, 1)
    return {
        "binary cross-entropy": cross_entropy(x, r).mean(),
        "mean squared error": np.mean((x - r) ** 2),
        "mean absolute error": np.mean(np.abs(x - r)),
        "binary cross-entropy of values taken for logits": np.mean(np.logaddexp(0, r) - x * r),
        "Kullback-Leibler divergence of the pixels": np.mean(
            np.clip(x, 1e-7, 1) * np.log(np.clip(x, 1e-7, 1) / clipped)
        ),
        "categorical cross-entropy": np.mean(-np.sum(x * np.log(spread), axis=-1)) / x.shape[-1],
        "Poisson loss": np.mean(r - x * np.log(clipped)),
        "log-cosh loss": np.mean(np.logaddexp(x - r, r - x) - np.log(2)),
        "mean squared logarithmic error": np.mean((np.log1p(x) - np.log1p(r)) ** 2),
        "Huber loss": np.mean(np.where(np.abs(x - r) <= 1, 0.5 * (x - r) ** 2, np.abs(x - r) - 0.5)),
    }


def fitted(columns, losses):
    """Return the weights with which columns add up to the losses, and the share of the losses they leave over.

    Args:
        columns: {name: values (k,)}.
        losses: (k,).
    """
    matrix = np.stack(list(columns.values()), axis=1)
    if not np.isfinite(matrix).all():
        return dict.fromkeys(columns, 0.0), np.inf
    scale = np.abs(matrix).max(axis=0)
    scale[scale == 0] = 1
    solution, *_ = np.linalg.lstsq(matrix / scale, losses, rcond=None)
    left = np.abs(matrix / scale @ solution - losses).max() / max(np.abs(losses).max(), 1e-12)
    return dict(zip(columns, solution / scale)), left


def composed(reconstructions, penalties, losses, most=2, within=5e-6):
    """Return the fewest terms whose weighted sum is the losses: one reconstruction and some penalties.

    Args:
        reconstructions: {name: values (k,)}, the likeliest first; beside two penalties only that one is tried.
        penalties: {name: values (k,)}.
        losses: (k,) with k > most + 1.

    Returns:
        {name: weight}, the reconstruction first, or None when no such sum explains each loss to its own precision.
    """
    size = np.maximum(np.abs(losses), 1e-3 * np.abs(losses).max(initial=1e-30))
    for count in range(most + 1):
        for name, values in list(reconstructions.items())[: None if count < 2 else 1]:
            for chosen in itertools.combinations(penalties, count):
                columns = {name: values, **{key: penalties[key] for key in chosen}}
                weights, left = fitted({key: column / size for key, column in columns.items()}, losses / size)
                if left < within and weights[name] > 0:
                    return weights
    return None


def latent_terms(mean, log_var):
    """Return the four terms of a KL divergence (and others found in mistaken ones), averaged over the batch."""
    sums = {
        "mean^2": mean**2,
        "exp(log_var)": np.exp(log_var),
        "log_var": log_var,
        "1": np.ones_like(mean),
        "exp(2 log_var)": np.exp(2 * log_var),
        "exp(log_var / 2)": np.exp(log_var / 2),
        "log_var^2": log_var**2,
        "mean": mean,
    }
    return {name: values.sum(axis=1).mean() for name, values in sums.items()}


def kl(terms):
    """Return the KL divergence to N(0, I) that four latent terms add up to, in nats."""
    return 0.5 * (terms["mean^2"] + terms["exp(log_var)"] - terms["log_var"] - terms["1"])


def adam(gradients, rate=1.0, beta_1=0.9, beta_2=0.999, epsilon=1e-7, amsgrad=False):
    """Return the steps that Adam takes for a sequence of gradients, each an array of the same shape."""
    m = v = largest = 0.0
    steps = []
    for t, gradient in enumerate(gradients, 1):
        m = beta_1 * m + (1 - beta_1) * gradient
        v = beta_2 * v + (1 - beta_2) * gradient**2
        largest = np.maximum(largest, v) if amsgrad else v
        corrected = rate * np.sqrt(1 - beta_2**t) / (1 - beta_1**t)
        steps.append(-corrected * m / (np.sqrt(largest) + epsilon))
    return steps


def clipped(gradients, clipnorm=None, global_clipnorm=None, clipvalue=None):
    """Return gradients, a list of arrays, as Keras clips them before a step."""
    if clipnorm:
        return [g * min(1.0, clipnorm / max(np.linalg.norm(g), 1e-300)) for g in gradients]
    if global_clipnorm:
        norm = np.sqrt(sum((g**2).sum() for g in gradients))
        return [g * min(1.0, global_clipnorm / max(norm, 1e-300)) for g in gradients]
    return [np.clip(g, -clipvalue, clipvalue) for g in gradients] if clipvalue else gradients


def told_apart(gradients, least=0.03):
    """Return for each of a sequence of gradients of one array where it or one before is among the larger ones.

    Small ones can be those of a unit that answers to a single image, from the edge of its relu: float32 may see none.
    """
    largest, found = 0.0, []
    for gradient in gradients:
        largest = np.fmax(largest, np.abs(gradient))
        found.append(largest > least * np.nan_to_num(largest).max(initial=0))
    return found


def followed(moves, steps, weights):
    """Return how far weights are from having moved as an optimizer moves them.

    Args:
        moves: [[array]], how each array of weights moved, step by step.
        steps: [[array]], how it moves at a learning rate of 1; not a number where that is not known.
        weights: [[array]] before the moves, which tell what float32 can resolve.

    Returns:
        The learning rate of each step, 0 where nothing moved; and for each array the part of its way that is left
        over, 0 where all is explained and about 1 where it stood still, or None where there is nothing to see. In 50
        numbers one may go astray: those of a unit so near the kink of its relu that float32 has it on the other side.
    """
    rates, left = [], np.zeros((len(moves[0]), 2))
    for moved, stepped, before in zip(moves, steps, weights):
        fine = [16 * np.spacing(np.abs(array, dtype="float32")).astype("float64") for array in before]
        seen = [_seen(step) for step in stepped]
        went = [look & (move != 0) for look, move in zip(seen, moved)]
        ratios = np.concatenate([move[look] / step[look] for move, step, look in zip(moved, stepped, went)])
        rates.append(float(np.median(ratios)) if len(ratios) else 0.0)
        for number, (move, step, look, grain) in enumerate(zip(moved, stepped, seen, fine)):
            expected = rates[-1] * step[look]
            clear = np.abs(expected) > grain[look]
            astray = np.sort((move[look] - expected)[clear] ** 2)
            left[number] += astray[: len(astray) - len(astray) // 50].sum(), (expected[clear] ** 2).sum()
    return rates, [float(np.sqrt(part / whole)) if whole > 0 else None for part, whole in left]


def _seen(step):
    """Return where a step of an array is known and among its larger ones."""
    size = np.abs(np.nan_to_num(step))
    return np.isfinite(step) & (size > 0.1 * size.max(initial=0))


def noise(drawn, mean, log_var):
    """Return what the noise in codes that were drawn for one distribution looks like.

    Args:
        drawn: (n, latent_dims), n in the thousands.
        mean, log_var: (latent_dims,).

    Returns:
        Dictionary of `offset` (largest deviation from the mean, in its standard errors), `ratio`
        (latent_dims,): the standard deviation found, in units of exp(log_var / 2); `tails`: share
        beyond 2 standard deviations, 0.0455 for a normal distribution; `rows` and `columns`:
        whether images, and dimensions, get noise of their own.
    """
    centred = drawn - mean
    deviation = drawn.std(axis=0)
    safe = np.maximum(deviation, 1e-12)
    offset = np.abs(centred.mean(axis=0)) / (np.maximum(deviation, np.exp(log_var / 2) * 1e-3) / np.sqrt(len(drawn)))
    standard = (drawn - drawn.mean(axis=0)) / safe
    related = (
        np.corrcoef(standard.T) - np.eye(drawn.shape[1]) if deviation.min() > 1e-9 and drawn.shape[1] > 1 else None
    )
    return {
        "offset": float(offset.max()),
        "ratio": deviation / np.exp(log_var / 2),
        "tails": float(np.mean(np.abs(standard) > 2)),
        "rows": bool(deviation.max() > 1e-6 * np.exp(log_var / 2).max()),
        "columns": related is None or bool(np.abs(related).max() < 0.2),
    }
