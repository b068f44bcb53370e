"""How the autoencoder learns: its optimizer's steps and its progress; what its loss consists of is judged elsewhere."""

from typing import NamedTuple

import numpy as np

from aelib.grading import judge_loss, judge_steps, numpy_layers, numpy_losses

LEFT_OVER = 0.06  # part of an array's way that Adam may leave unexplained: results/forgeries.md has both sides of it
LOOKED_AT = 3000  # weights of each array whose way is followed
FALL = 0.001  # nats per pixel in 24 steps at Adam's own rate


class Progress(NamedTuple):
    """What training achieved: {measure: value} before and after it, and with the first weights again; the losses.

    `moved`: whether weights moved.
    """

    before: dict
    after: dict
    again: dict
    losses: np.ndarray
    moved: bool


def training(judge, network, initial, optimizer, settings):
    """Judge optimizer, loss, penalties and progress by training, step by step.

    Args:
        network: `numpy_layers.Network` that computes what the models compute; None where that is not known.
        initial: {"encoder": [array], "decoder": [array]}, the weights that the models came with.
        optimizer: Class names of the optimizer and its parents, empty without one; None if the models don't tell.
        settings: {name: number}, what the models say of the optimizer's settings.

    Returns:
        The formula of the loss, {term: weight}, or None.
    """
    if optimizer == []:
        judge.wrong("optimizer", "The autoencoder is not compiled: expected auto.compile(optimizer=..., loss=...).")
        judge.stop("the autoencoder is not compiled")
    if "auto_io" in judge.failed:
        judge.stop("the autoencoder doesn't give back images")
    sampled = judge.task == "variational"
    steps = formula = rate = None
    if network:
        many = 6 if judge.task == "sparse" else 4
        steps = judge_steps.variational(judge, network, 2, 7) if sampled else judge_steps.plain(judge, network, many)
        if steps is None:
            return None
    progress = train(judge, network, initial)
    if network and progress:
        formula = (judge_loss.variational_loss if sampled else judge_loss.plain_loss)(judge, network, steps)
        rate = judge_optimizer(judge, network, formula, steps, optimizer, settings)
        if rate and sampled:
            judge_drawn_gradient(judge, network)
    judge_progress(judge, progress, rate, settings)
    return formula


# Optimizer


def judge_optimizer(judge, network, formula, steps, optimizer, settings):
    """Judge the steps of the optimizer against Adam's on the loss that was found; return its rate, None if unknown."""
    judge.judged.add("optimizer")
    if optimizer and ("Adam" not in optimizer or "AdamW" in optimizer):
        judge.wrong("optimizer", f"The optimizer is {optimizer[0]}: expected Adam.")
        return None
    if settings.get("weight_decay", 0) > 0:
        judge.wrong("optimizer", f"Adam with weight_decay={settings['weight_decay']:.3g} is AdamW: expected Adam.")
        return None
    if formula is None or {"reparameterisation", "loss", "kl", "kl_balance", *judge_loss.PENALTIES} & set(judge.failed):
        judge.left_open.add("optimizer")
        return None
    adam, clip = adam_settings(judge, settings)
    shapes = [array.shape for part in ("encoder", "decoder") for array in steps[0].before[part]]
    some = [judge.rng.permutation(int(np.prod(shape)))[:LOOKED_AT] for shape in shapes]
    gradients = []
    for step in steps:
        found = slopes(judge.task, network._replace(weights=step.before), formula, step)
        arrays = numpy_losses.clipped([*found["encoder"], *found["decoder"]], **clip)
        gradients.append([array.ravel()[look] for array, look in zip(arrays, some)])
    expected = []
    for array in zip(*gradients):
        clear = numpy_losses.told_apart(array)
        expected.append([np.where(*each, np.nan) for each in zip(clear, numpy_losses.adam(array, **adam))])
    expected = zip(*expected)
    before, after = (
        [
            [array.ravel()[look] for array, look in zip([*weights["encoder"], *weights["decoder"]], some)]
            for weights in each
        ]
        for each in zip(*((step.before, step.after) for step in steps))
    )
    moves = [[new.astype("float64") - old for old, new in zip(*pair)] for pair in zip(before, after)]
    rates, left = numpy_losses.followed(moves, list(expected), before)
    parts = ["encoder"] * len(steps[0].before["encoder"]) + ["decoder"] * len(steps[0].before["decoder"])
    if not any(move.any() for step in moves for move in step):
        judge.wrong("optimizer", "auto.fit does not change the weights.")
        return None
    ways = list(zip(parts, zip(*moves), left))
    still = {part for part, way, over in ways if over and not any(move.any() for move in way)}
    off = {part for part, _, over in ways if over and over > LEFT_OVER}
    where = " and ".join(f"the {part}" for part in ("encoder", "decoder") if part in (still or off))
    if still:
        text = f"The loss depends on weights of {where} that auto.fit leaves as they are."
        judge.wrong("optimizer", f"{text} Is a layer frozen, or its gradient stopped?")
    elif set(left) == {None}:
        judge.wrong(
            "optimizer", "auto.fit changes the weights by less than can be seen: expected Adam at its own rate."
        )
    elif min(rates) < 0 or all(over is None or over > LEFT_OVER for over in left):
        several = settings.get("gradient_accumulation_steps", 1)
        why = f" Its gradient_accumulation_steps={several:.0f} lets most steps move nothing." if several > 1 else ""
        judge.wrong("optimizer", f"The weights don't move as Adam moves them on this loss.{why}")
    elif off:
        text = f"Some weights of {where} don't move as Adam moves them on this loss, and others do."
        judge.wrong("optimizer", f"{text} Is a gradient stopped or changed?")
    else:
        rate = next(rate for rate in rates if rate)
        if abs(rate / 1e-3 - 1) > 0.02:
            judge.remarks.append(f"Adam's learning rate is {rate:.3g}; the task leaves it at 0.001. That is accepted.")
        return rate
    return None


def adam_settings(judge, settings):
    """Return Adam's and the clipping's arguments as the models tell them; what they say is held against the steps."""
    adam = dict(numpy_losses.ADAM)
    for name, usual in numpy_losses.ADAM.items():
        value = settings.get(name, usual)
        if 0 <= value <= 1 and abs(value - usual) > 1e-5 * usual:
            adam[name] = value
            judge.remarks.append(f"Adam's {name} is {value:.3g}; the task leaves it at {usual:g}. That is accepted.")
    adam["amsgrad"] = settings.get("amsgrad", 0) > 0
    clip = {name: settings.get(name, 0) for name in ("clipnorm", "global_clipnorm", "clipvalue")}
    return adam, {name: value for name, value in clip.items() if value > 0}


def slopes(task, network, formula, step):
    """Return the slopes of the loss that was found by each weight; not a number where they depend on noise."""
    images = np.asarray(step.images, "float64")
    encoder, decoder = (
        [
            stage._replace(kernel=weights[i], bias=weights[j])
            for weights in [network.weights[part]]
            for stage, (i, j) in zip(layers.stages, layers.pairs)
        ]
        for part, layers in (("encoder", network.encoder), ("decoder", network.decoder))
    )
    found = {part: [np.zeros(array.shape) for array in arrays] for part, arrays in network.weights.items()}
    hidden = [images, *numpy_layers.forward(encoder, images)][-1]
    heads = network.encode(images) if task == "variational" else [hidden]
    decoded = numpy_layers.forward(decoder, heads[0])[-1]
    inside = (decoded > 1e-7) & (decoded < 1 - 1e-7)
    clear = np.where(inside, decoded, 0.5)
    weight = formula.get("reconstruction", 0) / len(images) + formula.get("binary cross-entropy", 0) / images.size
    by_decoded = np.where(inside, weight * (clear - images) / (clear * (1 - clear)), 0)
    by_code, by_stage = numpy_layers.backward(decoder, heads[0], by_decoded)
    put(found["decoder"], network.decoder.pairs, by_stage)
    if step.deaf:
        found["decoder"][network.decoder.pairs[-1][0]][:] = np.nan
    if task == "sparse":
        by_code = by_code + formula.get("|code|", 0) * np.sign(hidden) / len(images)
    elif task == "variational":
        mean, log_var = heads
        share = formula["kl"] / len(images)
        by_heads, by_code = (by_code + share * mean, share * (np.exp(log_var) - 1) / 2), 0
        for head, slope in zip(network.encoder.heads, by_heads):
            found["encoder"][head.kernel][:, head.columns] += hidden.T @ slope
            found["encoder"][head.bias][head.columns] += slope.sum(axis=0)
            by_code = by_code + slope @ network.weights["encoder"][head.kernel][:, head.columns].T
    if encoder:
        put(found["encoder"], network.encoder.pairs, numpy_layers.backward(encoder, images, by_code)[1])
    return found


def put(arrays, pairs, by_stage):
    """Put the slopes by kernels and biases at the places that these have among the weights."""
    for places, values in zip(pairs, by_stage):
        for place, value in zip(places, values):
            arrays[place] = value


def judge_drawn_gradient(judge, network):
    """Judge whether the reconstruction is felt through the deviation, too, which no step without noise shows.

    The images are what the means decode to. So all noise makes them worse, and log variances of -2 must fall, though
    the divergence alone would have them rise to 0. After ten steps Adam has forgotten those before.
    """
    state = judge_steps.filled(judge, network)
    mean, log_var = network.encoder.heads
    judge_steps.headed(judge, state, mean, judge.rng.normal(size=judge.code))
    judge_steps.headed(judge, state, log_var, -2.0)
    state["decoder"][network.decoder.pairs[-1][0]] *= np.float32(3)
    judge.put(network.weights, {part: dict(enumerate(arrays)) for part, arrays in state.items()})
    images = network.decode(network.encode(judge.images(judge.batch))[0]).astype("float32")
    found = []
    for count in (10, 2):
        if judge.fit(np.concatenate([images] * count)) is None:
            return
        found.append(judge.read(network.weights)["encoder"][log_var.bias][log_var.columns])
    if (found[1] - found[0]).max() >= 0:
        judge.wrong(
            "reparameterisation",
            "The reconstruction does not move the log variance, as if noise had no cost: expected its gradient to pass "
            "through exp(log variance / 2).",
        )


# Progress


def train(judge, network, initial):
    """Train from the models' own first weights; return `Progress`, or None after noting a failure."""
    weights = network.weights if network else judge_steps.copied(initial)
    judge.put(weights, {part: dict(enumerate(arrays)) for part, arrays in initial.items()})
    patterns = judge.rng.random((6, *judge.pixels)) < 0.15
    images = (patterns[judge.rng.integers(6, size=12 * judge.batch)] * 0.9 + 0.05).astype("float32")
    noise = judge.rng.normal(size=(32, *judge.code))
    before = measures(judge, network, images[:32], noise)
    losses = judge.fit(images, epochs=2)
    if losses is None or before is None:
        judge.blocked = judge.blocked or "auto.fit fails"
        return None
    trained = judge.read(weights)
    moved = any(not np.array_equal(*pair) for part in initial for pair in zip(initial[part], trained[part]))
    weights.update(trained)
    after = again = measures(judge, network, images[:32], noise)
    if network:
        again = before
        diagnose(judge, network, images)
    elif after:  # the models' own outputs, which have to follow the weights
        judge.put(weights, {part: dict(enumerate(arrays)) for part, arrays in initial.items()})
        again = measures(judge, network, images[:32], noise)
    return Progress(before, after, again, losses, moved)


def judge_progress(judge, progress, rate, settings):
    """Judge whether the reconstructions improved; where something else is wrong, whether any usual measure did."""
    if not progress:
        return
    before, after, again, losses, moved = progress
    judge.judged.add("trains")
    if not after or not again:
        judge.wrong("trains", "After 24 steps the reconstructions have another shape.")
        return
    falls = {name: min(before[name], again[name]) - value for name, value in after.items()}
    name, needed = "binary cross-entropy", FALL * min(1.0, rate / 1e-3 if rate else 1.0)
    some = set(judge.failed) - {"loads"} and losses[-1] < losses[0]
    some = some and any(fall > 1e-4 * abs(after[measure]) for measure, fall in falls.items())
    if not moved:
        judge.wrong("trains", "auto.fit leaves the weights as they are, so nothing is learned.")
    elif not (falls[name] > needed or some):
        found = f"{after[name]:.4g} nats per pixel and was {min(before[name], again[name]):.4g}"
        why = " The optimizer's use_ema puts averages in the weights' place when auto.fit ends: leave it out."
        said = f"After 24 steps the cross-entropy is {found}: expected a fall of {needed:.2g} at least."
        judge.wrong("trains", said + why * (settings.get("use_ema", 0) > 0))


def measures(judge, network, images, noise):
    """Return {name: value} of how well images are reconstructed, from the weights where it is known how, or None."""
    if not network:
        made = judge.outputs("auto", images, "trains")
        return numpy_losses.fidelities(images, made[0]) if made and made[0].shape == images.shape else None
    codes = network.encode(images)
    found = {}
    if judge.task == "variational":
        mean, log_var = codes
        found["divergence"] = numpy_losses.kl(numpy_losses.latent_terms(mean, log_var))
        drawn = "reparameterisation" not in judge.failed
        codes = mean + drawn * np.exp(np.clip(log_var, -50, 20) / 2) * noise[: len(images)]
    return {**numpy_losses.fidelities(images, network.decode(codes)), **found}


def diagnose(judge, network, images):
    """Remark on parts of the code that the training left unused."""
    if judge.task == "variational":
        mean, log_var = network.encode(images)
        kl = 0.5 * (np.exp(log_var) + mean**2 - 1 - log_var).mean(axis=0)
        few = (kl < 0.01).sum()
        if few:
            judge.remarks.append(f"{few} of {len(kl)} latent dimensions carry under 0.01 nats: collapsed.")
    elif judge.task != "sparse":  # where the penalty that is tried is strong, and empties codes
        codes = network.encode(images).reshape(-1, judge.code[-1])
        dead = int((codes.max(axis=0) <= 0).sum())
        if dead > 0.9 * codes.shape[1]:
            judge.remarks.append(f"{dead} of {codes.shape[1]} units of the code are 0 for every image: dead.")
