"""How the autoencoder learns: its optimizer, its loss and penalties, its progress; layers are judged elsewhere."""

import numpy as np

from aelib.grading import numpy_losses

CLOSED = ("mean^2", "exp(log_var)", "log_var", "1")  # the terms of the closed form of KL
PENALTIES = ("l1_activity", "l1_not_on_weights")


def training(judge, network, initial, optimizer):
    """Judge optimizer, loss, penalties and progress by training, step by step.

    Args:
        network: `numpy_layers.Network` that computes what the models compute; None where that is not known.
        initial: {"encoder": [array], "decoder": [array]}, the weights that the models came with.
        optimizer: Class names of the optimizer and its parents, empty without one; None if the models don't tell.

    Returns:
        The formula of the loss, {term: weight}, or None.
    """
    if optimizer == []:
        judge.wrong("optimizer", "The autoencoder is not compiled: expected auto.compile(optimizer=..., loss=...).")
        judge.stop("the autoencoder is not compiled")
    if "auto_io" in judge.failed:
        judge.stop("the autoencoder doesn't give back images")
    steps = network and two_steps(judge, network)
    if network and not steps:
        return None
    formula = None
    progress = train(judge, network, initial)  # while the optimizer remembers little
    if network and progress:
        formula = (variational_loss if judge.task == "variational" else plain_loss)(judge, network)
        judge_optimizer(judge, network, formula, steps, optimizer)
    judge_progress(judge, progress)
    return formula


def refill(judge, network):
    """Give both models new random weights, kernel by kernel of another size."""
    for part, arrays in network.weights.items():
        arrays = {i: judge.random(array) * judge.rng.uniform(0.6, 1.4) for i, array in enumerate(arrays)}
        if part == "decoder":
            last, _ = network.decoder.pairs[-1]
            arrays[last] *= 0.3  # no pixel near 0 or 1, where versions of Keras clip differently
        judge.put(network.weights, {part: arrays})


def two_steps(judge, network):
    """Train for two steps on two batches; return [(weights before, images, weights after)], or None."""
    refill(judge, network)
    if judge.task == "variational":
        mean, log_var = network.encoder.heads
        judge.set_head(network.weights, mean, 0.3 * judge.rng.normal(size=judge.code), 1.0)
        judge.set_head(network.weights, log_var, -20.0)
    steps = []
    for _ in range(2):
        images = judge.images(judge.batch)
        before = copied(network.weights)
        if judge.fit(images) is None:
            judge.blocked = judge.blocked or "auto.fit fails"
            return None
        judge.read(network.weights)
        steps.append((before, images, copied(network.weights)))
    return steps


def copied(weights):
    """Return weights as they are now; the arrays in them are never changed."""
    return {part: list(arrays) for part, arrays in weights.items()}


def terms(network, images):
    """Return the candidates for parts of the loss of a batch: reconstructions and penalties."""
    hidden = network.encoder.outputs(network.weights["encoder"], images)
    decoded = network.decoder.outputs(network.weights["decoder"], hidden[-1])
    activity = {"code": hidden[-1]}
    activity |= {f"encoder layer {number}": output for number, output in enumerate(hidden[:-1], 1)}
    activity |= {f"decoder layer {number}": output for number, output in enumerate(decoded[:-1], 1)}
    penalties = {}
    for name, array in activity.items():
        penalties[f"|{name}|"] = np.abs(array).sum() / len(images)
        penalties[f"{name}^2"] = (array**2).sum() / len(images)
    for part, layers in (("encoder", network.encoder), ("decoder", network.decoder)):
        for number, (i, _) in enumerate(layers.pairs, 1):
            kernel = network.weights[part][i]
            penalties[f"|weights of {part} layer {number}|"] = np.abs(kernel).sum(dtype="float64")
            penalties[f"weights^2 of {part} layer {number}"] = np.square(kernel).sum(dtype="float64")
    return numpy_losses.fidelities(images, decoded[-1]), penalties


def plain_loss(judge, network):
    """Judge the loss of the models without sampling; return {term: weight}, or None."""
    own = set(PENALTIES) if judge.task == "sparse" else set()
    judge.judged |= {"loss"} | own
    rows, losses = [], []
    weights = None
    for count, most in ((5, 1), (10, 3)) if judge.task == "sparse" else ((3, 0), (10, 3)):
        while len(rows) < count:
            refill(judge, network)
            images = (judge.images(judge.batch) ** judge.rng.uniform(0.5, 3)).astype("float32")
            loss = judge.fit(images)
            if loss is None:
                return None
            rows.append(terms(network, images))
            losses.append(loss[0])
        fidelities = {name: np.array([row[0][name] for row in rows]) for name in rows[0][0]}
        penalties = {name: np.array([row[1][name] for row in rows]) for name in rows[0][1]}
        weights = numpy_losses.composed(fidelities, penalties, np.array(losses), most)
        if weights:
            break
    if weights is None:
        judge.wrong(
            "loss", "The loss is not the binary cross-entropy of images and reconstructions, nor another usual one."
        )
        judge.left_open |= own
        return None
    kind, *added = weights
    if kind != "binary cross-entropy":
        judge.wrong("loss", f"The loss is the {kind}: expected the binary cross-entropy.")
    elif abs(weights[kind] - 1) > 0.01:
        judge.remarks.append(f"The cross-entropy is multiplied by {weights[kind]:.3g}; that is accepted.")
    added = [name for name in added if abs(weights[name]) > 1e-9]
    if judge.task == "sparse":
        judge_penalty(judge, weights, added)
    elif added:
        judge.wrong("loss", f"The loss adds {weights[added[0]]:.3g} times the sum of {added[0]}: expected no penalty.")
    return weights


def judge_penalty(judge, weights, added):
    """Judge what the sparse autoencoder's loss adds to the cross-entropy."""
    lambtha = judge.arguments[3]
    for name in added:
        if "weights" in name:
            judge.wrong(
                "l1_not_on_weights",
                f"The loss adds {weights[name]:.3g} times the sum of {name}: expected a penalty on the code alone.",
            )
        elif name != "|code|":
            judge.wrong(
                "l1_activity", f"The loss adds {weights[name]:.3g} times the sum of {name}: expected only |code|."
            )
    strength = weights.get("|code|", 0.0) / lambtha
    if abs(strength) < 1e-3:
        judge.wrong("l1_activity", "The loss has no penalty on the code: expected lambtha times its sum of |code|.")
    elif abs(strength - judge.batch) < 0.03 * judge.batch:
        judge.remarks.append(
            "The penalty is summed over the batch, so its strength depends on the batch size; that is accepted. "
            "Dividing it by the batch size makes it independent."
        )
    elif abs(strength - 1) > 0.03:
        judge.wrong("l1_activity", f"The penalty on the code is {strength:.2g} times lambtha: expected 1 times.")


def variational_loss(judge, network):
    """Judge the variational loss; return {"reconstruction", "kl"}: weights of the two sums, or None."""
    judge.judged |= {"loss", "kl", "kl_balance"}
    rows = []
    for count, forms in ((7, ("none", "closed")), (11, ("none", "closed", "swapped", "wider"))):
        rows += [variational_row(judge, network) for _ in range(count - len(rows))]
        if None in rows:
            judge.left_open |= {"loss", "kl", "kl_balance"}
            return None
        for kind in rows[0][1]:
            for form in forms:
                weights, left = fit_form(rows, kind, form)
                if left > 5e-5 or (form != "closed" and weights[kind] <= 0):
                    continue
                if form == "closed" and count < 11 and not _even(weights):
                    continue  # few rows fit many a wrong form by chance: more of them name the mistake
                return judge_variational(judge, kind, form, weights)
    judge.wrong("loss", "The loss is not a reconstruction's cross-entropy plus a divergence of mean and log variance.")
    judge.left_open |= {"kl", "kl_balance"}
    return None


def _even(weights):
    """Return whether the three terms of a KL divergence have the weights 1 : 1 : -1."""
    m, e, v = (weights.get(name, 0.0) for name in ("mean^2", "exp(log_var)", "log_var"))
    return m > 0 and abs(e - m) < 0.04 * m and abs(v + m) < 0.04 * m


def fit_form(rows, kind, form):
    """Return the weights of a reconstruction and of a form's terms of KL in the losses, and what they leave over."""
    names = {"none": (), "closed": CLOSED, "swapped": CLOSED, "wider": (*CLOSED, "exp(2 log_var)", "exp(log_var / 2)")}
    terms = [row[3] if form == "swapped" else row[2] for row in rows]
    columns = {name: np.array([term[name] for term in terms]) for name in names[form]}
    columns = {kind: np.array([row[1][kind] for row in rows]), **columns}
    return numpy_losses.fitted(columns, np.array([row[0] for row in rows]))


def variational_row(judge, network, eager=False):
    """Return the loss of one batch and its candidates, or None.

    The decoder ignores z, so no noise matters.
    """
    judge.read(network.weights)  # the step before has moved the hidden layers
    mean_head, log_var_head = network.encoder.heads
    judge.set_head(network.weights, mean_head, judge.rng.uniform(0.5, 2) * judge.rng.normal(size=judge.code), 0.5)
    judge.set_head(network.weights, log_var_head, judge.rng.uniform(0.3, 1.5) * judge.rng.normal(size=judge.code), 0.5)
    i, j = network.decoder.pairs[-1]
    bias = judge.rng.uniform(0.3, 2) * judge.rng.normal(size=judge.pixels)
    judge.put(network.weights, {"decoder": {i: np.zeros_like(network.weights["decoder"][i]), j: bias}})
    images = (judge.images(judge.batch) ** judge.rng.uniform(0.3, 3)).astype("float32")
    mean, log_var = network.encode(images)
    decoded = network.decode(np.zeros((len(images), *judge.code)))
    loss = judge.fit(images, eager=eager)
    if loss is None:
        return None
    fidelities = {name: value * judge.pixels[0] for name, value in numpy_losses.fidelities(images, decoded).items()}
    return loss[0], fidelities, numpy_losses.latent_terms(mean, log_var), numpy_losses.latent_terms(log_var, mean)


def judge_variational(judge, kind, form, weights):
    """Judge the weights of the terms in the variational loss; return those of the two sums, or None."""
    share = weights[kind]
    if share < 1e-6:
        judge.wrong("loss", "The loss has no reconstruction in it: expected the cross-entropy plus the KL divergence.")
        judge.left_open.add("kl_balance")
        return None
    if kind != "binary cross-entropy":
        judge.wrong("loss", f"The reconstruction is measured by the {kind}: expected the binary cross-entropy.")
    m, e, v, c = (weights.get(name, 0.0) for name in ("mean^2", "exp(log_var)", "log_var", "1"))
    size = max(abs(m), abs(e), abs(v))
    if form == "none" or size < 1e-7 * share:
        text = "The loss has no KL divergence. It trains, but it is not variational: codes may lie anywhere."
        judge.wrong("kl", text)
        judge.left_open.add("kl_balance")
        return None
    if form == "swapped":
        judge.wrong("kl", "The KL divergence takes the log variance for the mean and the mean for the log variance.")
        judge.left_open.add("kl_balance")
        return None
    if form == "wider" or not _even(weights):
        judge.wrong("kl", wrong_kl(form, weights, m, e, v))
        judge.left_open.add("kl_balance")
        return None
    if abs(c + m) > 0.06 * m:
        judge.wrong("kl", f"The KL divergence is off by a constant: the term that should be -1 is {c / m:.2g}.")
    beta = 2 * m / share
    if abs(beta - 1) > 0.05:
        judge.wrong("kl_balance", balance(judge, beta))
    elif abs(share - 1) > 0.01:
        judge.remarks.append(
            f"The loss is {share:.3g} times the negative ELBO; that is accepted, but it is not in nats per image."
        )
    return {"reconstruction": share, "kl": 2 * m}


def wrong_kl(form, weights, m, e, v):
    """Return what is wrong with the form of a KL divergence."""
    if form == "wider":
        twice, half = weights["exp(2 log_var)"], weights["exp(log_var / 2)"]
        if abs(twice) > 0.02 * abs(m):
            return "The KL divergence takes the log variance for the logarithm of the standard deviation."
        if abs(half) > 0.02 * abs(m):
            return "The KL divergence uses the standard deviation where the variance belongs."
    if m < 0:
        return "The KL divergence has the wrong sign, so training makes it larger."
    names = {"mean^2": m, "exp(log variance)": e, "-log variance": -v}
    missing = [name for name, value in names.items() if abs(value) < 0.02 * max(map(abs, names.values()))]
    if missing:
        return f"The KL divergence lacks the term in {missing[0]}."
    parts = ", ".join(f"{name} with {value / m:.2g}" for name, value in names.items())
    return f"The terms of the KL divergence have unequal weights ({parts}): expected 1 for each, times one half."


def balance(judge, beta):
    """Return what an effective beta says about the two sums."""
    pixels, latent = judge.pixels[0], judge.code[0]
    causes = (
        (pixels, f"the cross-entropy is averaged over the {pixels} pixels and KL is not"),
        (1 / latent, f"KL is averaged over the {latent} latent dimensions and not summed"),
        (pixels / latent, f"cross-entropy and KL are both averaged, over {pixels} pixels and {latent} dimensions"),
        (2, "KL counts twice, or lacks its factor one half"),
        (0.5, "KL counts half"),
        (judge.batch, "KL is summed over the batch and the cross-entropy averaged"),
        (1 / judge.batch, "KL is divided by the batch size once too often"),
        (pixels * judge.batch, "the cross-entropy is averaged over pixels, KL summed even over the batch"),
    )
    cause = next((text for value, text in causes if abs(beta / value - 1) < 0.05), None)
    effect = " KL then outweighs the reconstruction, and the codes collapse." if beta > 20 else ""
    return (
        f"The effective beta, KL's weight against the cross-entropy summed over pixels, is {beta:.3g}: expected 1."
        + (f" It looks as if {cause}." if cause else "")
        + effect
    )


def judge_optimizer(judge, network, formula, steps, optimizer):
    """Judge two steps of the optimizer against Adam's on the loss that was found."""
    judge.judged.add("optimizer")
    if optimizer and ("Adam" not in optimizer or optimizer[0] == "AdamW"):
        judge.wrong("optimizer", f"The optimizer is {optimizer[0]}: expected Adam.")
        return
    if formula is None or {"reparameterisation", "loss"} & set(judge.failed):
        return
    tried = places(judge, steps)
    gradients, moves = [], []
    for before, images, after in steps:
        gradients.append(gradient(judge.task, network._replace(weights=before), formula, tried, images))
        moves.append(np.array([float(after[p][n][i]) - float(before[p][n][i]) for p, n, i in tried]))
    moving = [step for step in (0, 1) if moves[step].any()]
    if not moving:
        judge.wrong("optimizer", "auto.fit does not change the weights.")
        return
    frozen = {f"the {p}" for (p, n, _), g in zip(tried, gradients[0]) if abs(g) > 1e-5 and still(steps, p, n)}
    if frozen:
        where = " and ".join(sorted(frozen))
        text = f"The loss depends on weights of {where} that auto.fit leaves as they are."
        judge.wrong("optimizer", f"{text} Is a layer frozen, or its gradient stopped?")
        return
    expected = numpy_losses.adam(gradients)
    shares, rates = [], []
    for step in moving:  # each with a rate of its own, which a schedule may change
        clear = (np.abs(gradients[0]) > 1e-6) & (np.abs(expected[step]) > 0.1)
        rates.append(float(np.median(moves[step][clear] / expected[step][clear])) if clear.any() else 0.0)
        shares.append(np.mean(np.abs(moves[step] - rates[-1] * expected[step])[clear] <= 0.08 * abs(rates[-1])))
    if min(rates) <= 0 or np.mean(shares) < 0.85:
        judge.wrong("optimizer", "The weights don't move as Adam moves them on this loss.")
    elif abs(rates[0] / 1e-3 - 1) > 0.05:
        judge.remarks.append(f"Adam's learning rate is {rates[0]:.2g}; the task leaves it at 0.001. That is accepted.")


def still(steps, part, number):
    """Return whether an array of weights stayed as it was in all steps."""
    return all(np.array_equal(before[part][number], after[part][number]) for before, _, after in steps)


def places(judge, steps):
    """Return some places [(part, number of the array, index)] of each array, where it moved if it did."""
    before, _, after = steps[-1]
    found = []
    for part in ("encoder", "decoder"):
        for number, (old, new) in enumerate(zip(before[part], after[part])):
            moved = np.argwhere(np.abs(new - old) > 1e-6)
            anywhere = np.argwhere(np.ones(old.shape, bool)) if not len(moved) else moved
            for index in judge.rng.permutation(anywhere)[: 2 if judge.task == "convolutional" else 4]:
                found.append((part, number, tuple(int(i) for i in index)))
    return found


def gradient(task, network, formula, places, images):
    """Return the derivative of the loss that was found, at some places."""
    split = len(network.weights["encoder"])

    def loss(arrays):
        weights = {"encoder": arrays[:split], "decoder": arrays[split:]}
        return total(task, network._replace(weights=weights), formula, images)

    arrays = [*network.weights["encoder"], *network.weights["decoder"]]
    return numpy_losses.slope(loss, arrays, [(n + (split if p == "decoder" else 0), i) for p, n, i in places])


def total(task, network, formula, images):
    """Return the loss of a batch by the formula that was found."""
    if task == "variational":
        mean, log_var = network.encode(images)
        kl = numpy_losses.kl(numpy_losses.latent_terms(mean, log_var))
        pixels = numpy_losses.cross_entropy(np.float64(images), network.decode(mean)).sum(axis=1).mean()
        return formula["reconstruction"] * pixels + formula["kl"] * kl
    if set(formula) == {"binary cross-entropy"}:
        return numpy_losses.cross_entropy(np.float64(images), network.decode(network.encode(images))).mean()
    fidelities, penalties = terms(network, images)
    return sum(weight * {**fidelities, **penalties}[name] for name, weight in formula.items())


def train(judge, network, initial):
    """Train from the model's own first weights; return the cross-entropy before and after, and the losses, or None."""
    weights = network.weights if network else copied(initial)
    judge.put(weights, {part: dict(enumerate(arrays)) for part, arrays in initial.items()})
    patterns = judge.rng.random((6, *judge.pixels)) < 0.15
    images = (patterns[judge.rng.integers(6, size=12 * judge.batch)] * 0.9 + 0.05).astype("float32")
    before = reconstructed(judge, network, images[:32])
    losses = judge.fit(images, epochs=2)
    if losses is None or before is None:
        judge.blocked = judge.blocked or "auto.fit fails"
        return None
    if network:
        judge.read(network.weights)
    after = reconstructed(judge, network, images[:32])
    if network:
        diagnose(judge, network, images)
    return before, after, losses


def judge_progress(judge, progress):
    """Judge whether the reconstructions improved; where optimizer or loss are wrong, whether anything did."""
    if not progress:
        return
    before, after, losses = progress
    judge.judged.add("trains")
    if after is None or not (after < before - 0.002 or (judge.failed and losses[-1] < losses[0] and after != before)):
        found = "another shape" if after is None else f"{after:.3f} nats per pixel and was {before:.3f}"
        judge.wrong("trains", f"After 24 steps the cross-entropy is {found}: expected a fall of 0.002 at least.")


def reconstructed(judge, network, images):
    """Return the cross-entropy of the reconstructions, in nats per pixel, or None."""
    if network and judge.task == "variational" and "reparameterisation" not in judge.failed:
        return sampled(judge, network, images)
    made = judge.outputs("auto", images, "trains")
    if not made or made[0].shape != images.shape:
        return None
    return float(numpy_losses.cross_entropy(np.float64(images), made[0]).mean())


def sampled(judge, network, images):
    """Return the cross-entropy of reconstructions from z, drawn here, in nats per pixel."""
    mean, log_var = network.encode(images)
    codes = mean + np.exp(np.clip(log_var, -50, 20) / 2) * judge.rng.normal(size=mean.shape)
    return float(numpy_losses.cross_entropy(np.float64(images), network.decode(codes)).mean())


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


def same_formula(judge, network, first, formula):
    """See whether the loss has the same form at another size and another batch size.

    Args:
        network: The `numpy_layers.Network` at this size.
        first: The judge at the textbook's size, with the formula of the loss that was found there.
    """
    if judge.task == "variational":
        same_variational(judge, network, first, formula)
        return
    refill(judge, network)
    images = judge.images(judge.batch)
    loss = judge.fit(images, eager=True)
    if loss is None:
        return
    fidelities, penalties = terms(network, images)
    cross = fidelities["binary cross-entropy"] * formula["binary cross-entropy"]
    strength = 0.0
    if judge.task == "sparse":
        summed = formula["|code|"] > 2 * first.arguments[3]
        strength = judge.arguments[3] * (judge.batch if summed else 1)
    pixels, batch = np.prod(judge.pixels) / np.prod(first.pixels), judge.batch / first.batch
    sums = (1.0, pixels, batch, pixels * batch)  # means, or sums over pixels or over the batch
    expected = [cross * scale + strength * penalties["|code|"] for scale in sums]
    if min(abs(loss[0] / value - 1) for value in expected) > 2e-4:
        text = f"the loss is {loss[0]:.5g}: expected {expected[0]:.5g}."
        judge.wrong("l1_activity" if judge.task == "sparse" else "loss", text)


def same_variational(judge, network, first, formula):
    """See whether the variational loss weighs both sums as it should at another size and batch size."""
    rows = [variational_row(judge, network, eager=True)]
    if None in rows:
        return
    columns = {"reconstruction": lambda row: row[1]["binary cross-entropy"], "kl": lambda row: numpy_losses.kl(row[2])}
    if abs(sum(formula[name] * column(rows[0]) for name, column in columns.items()) / rows[0][0] - 1) < 1e-4:
        return
    rows += [variational_row(judge, network, eager=True) for _ in range(3)]
    if None in rows:
        return
    found, left = numpy_losses.fitted(
        {name: np.array([column(row) for row in rows]) for name, column in columns.items()},
        np.array([row[0] for row in rows]),
    )
    beta = found["kl"] / found["reconstruction"] if found["reconstruction"] > 0 else np.inf
    if left > 1e-3:
        judge.wrong("loss", f"the loss has another form than with {first.shown}.")
    elif abs(beta - 1) > 0.05:
        judge.wrong("kl_balance", f"the effective beta is {beta:.3g}. Is a size written into the loss?")
