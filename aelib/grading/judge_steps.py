"""Steps of training from weights of the judge's choice, where all that matters is known; nothing is judged here."""

from typing import NamedTuple

import numpy as np


class Step(NamedTuple):
    """One step of training: the batch, its loss, and all weights, {"encoder": [array], "decoder": [array]}.

    `deaf`: the decoder ignored the codes, so that their noise did not matter.
    """

    before: dict
    images: np.ndarray
    loss: float
    after: dict
    deaf: bool


def plain(judge, network, count):
    """Take steps of a model without sampling; return [Step], or None after noting a failure."""
    steps, stretch = [], 1.0
    for number in (2, count - 2) if judge.task == "sparse" else (count,):
        batches = [images(judge) for _ in range(number)]
        taken = take(judge, [filled(judge, network, stretch) for _ in batches], batches)
        if taken is None:
            return None
        steps += taken
        if judge.task == "sparse":  # codes so large that their penalty can be seen beside any loss
            first = network._replace(weights=steps[0].before)
            penalty = judge.arguments[3] * np.abs(first.encode(steps[0].images)).sum() / judge.batch
            stretch = float(np.clip(steps[0].loss / max(penalty, 1e-9), 1, 1e7))
    return steps


def variational(judge, network, quiet, deaf):
    """Take steps of a variational model, some almost without noise, then some deaf ones; return as `plain`."""
    states = [quiet_state(judge, network) for _ in range(quiet)]
    base = filled(judge, network)
    states += [deaf_state(judge, network, base) for _ in range(deaf)]
    return take(judge, states, [images(judge) for _ in states], quiet)


def take(judge, states, batches, quiet=None):
    """Have the models take one step from each state, the first `quiet` ones not deaf; return as `plain`."""
    changes = [{part: dict(enumerate(arrays)) for part, arrays in state.items()} for state in states]
    answer = judge.answered("trains", "steps", images=np.concatenate(batches), states=changes)
    losses = None if answer is None else judge.finite(answer.get("losses", [np.nan]))
    if losses is None:
        judge.blocked = judge.blocked or "auto.fit fails"
        return None
    after = [judge.same_shapes(state, found) for state, found in zip(states, answer.get("weights", []))]
    if not len(losses) == len(after) == len(states):
        judge.stop("the weights can't be read after training")
    deaf = [quiet is not None and number >= quiet for number in range(len(states))]
    return [Step(*each) for each in zip(states, batches, losses, after, deaf)]


def eager(judge, network, state):
    """Have the models take one step on a batch without compiling it; return a `Step`, or None."""
    judge.put(network.weights, {part: dict(enumerate(arrays)) for part, arrays in state.items()})
    batch = images(judge)
    loss = judge.fit(batch, eager=True)
    return None if loss is None else Step(state, batch, loss[0], {}, judge.task == "variational")


def images(judge):
    """Return a batch of random images, darker or brighter from batch to batch."""
    return (judge.images(judge.batch) ** judge.rng.uniform(0.5, 3)).astype("float32")


def filled(judge, network, stretch=1.0):
    """Return new random weights of both models, kernel by kernel of another size.

    Pixels lie away from one half, where losses differ in their slopes, and from 0 and 1, where versions of Keras clip
    differently. `stretch` makes the codes of relu units larger and leaves the reconstructions as they are.
    """
    weights = {
        part: [judge.random(array) * np.float32(judge.rng.uniform(0.6, 1.4)) for array in arrays]
        for part, arrays in network.weights.items()
    }
    (first, _), (last, shift) = network.decoder.pairs[0], network.decoder.pairs[-1]
    spread = 1.0 if judge.task == "convolutional" else 2.0
    weights["decoder"][shift] = judge.rng.uniform(-spread, spread, weights["decoder"][shift].shape).astype("float32")
    linear = [*network.decoder.stages[:-1], network.decoder.stages[-1]._replace(activation="linear")]
    made = network.decoder._replace(stages=linear).outputs(weights["decoder"], codes(judge, network, weights))[-1]
    made = made - weights["decoder"][shift]
    weights["decoder"][last] /= np.float32(max(made.std(), np.abs(made).max() / 4, 1e-3))
    if stretch != 1:
        for place in network.encoder.pairs[-1]:
            weights["encoder"][place] *= np.float32(stretch)
        weights["decoder"][first] /= np.float32(stretch)
    return weights


def codes(judge, network, weights):
    """Return codes as the decoder gets them."""
    if judge.task == "variational":
        return judge.codes(8)
    return network._replace(weights=weights).encode(judge.images(8))


def quiet_state(judge, network):
    """Return weights with which the noise in codes is almost 0."""
    state, (mean, log_var) = filled(judge, network), network.encoder.heads
    headed(judge, state, mean, 0.3 * judge.rng.normal(size=judge.code), 1.0)
    return headed(judge, state, log_var, -20.0)


def deaf_state(judge, network, base):
    """Return weights with which the decoder ignores the codes, and so their noise; but for that they are `base`."""
    state, (mean, log_var) = copied(base), network.encoder.heads
    headed(judge, state, mean, judge.rng.uniform(0.5, 2) * judge.rng.normal(size=judge.code), 0.5)
    headed(judge, state, log_var, judge.rng.uniform(0.3, 1.5) * judge.rng.normal(size=judge.code), 0.5)
    last, shift = network.decoder.pairs[-1]
    bias = judge.rng.uniform(0.3, 2) * judge.rng.normal(size=judge.pixels)
    state["decoder"][last] = np.zeros_like(state["decoder"][last])
    state["decoder"][shift] = bias.astype("float32")
    return state


def headed(judge, state, head, bias, scale=0.0):
    """Give a head of the encoder a bias and a random kernel of some scale, in weights that are returned."""
    for place, array in judge.headed(state, head, bias, scale).items():
        state["encoder"][place] = array
    return state


def copied(weights):
    """Return weights as they are now; the arrays in them are never changed."""
    return {part: list(arrays) for part, arrays in weights.items()}
