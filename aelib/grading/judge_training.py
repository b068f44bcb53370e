"""How the autoencoder learns: its optimizer, its loss and penalties, its progress; layers are judged elsewhere."""

import numpy as np

from aelib.grading import numpy_layers, numpy_losses

CLOSED = ("mean^2", "exp(log_var)", "log_var", "1")  # the terms of the closed form of KL
PENALTIES = ("l1_activity", "l1_not_on_weights")


def training(exam):
    """Judge optimizer, loss and penalties by training, step by step."""
    known = set(exam.stages) == {"encoder", "decoder"} and not exam.noisy
    known = known and not {"composition", "auto_io"} & set(exam.failed)
    known = known and (exam.task != "variational" or exam.roles is not None)
    if exam.described and not exam.described.get("optimizer"):
        exam.wrong("optimizer", "The autoencoder is not compiled: expected auto.compile(optimizer=..., loss=...).")
        exam.stop("the autoencoder is not compiled")
    if "auto_io" in exam.failed:
        exam.stop("the autoencoder doesn't give back images")
    steps = two_steps(exam) if known else None
    if known and steps is None:
        return
    progress = train(exam, known)  # while the optimizer remembers little
    if known and progress:
        exam.formula = variational_loss(exam) if exam.task == "variational" else plain_loss(exam)
        judge_optimizer(exam, steps)
    judge_progress(exam, progress)


def refill(exam):
    """Give both models new random weights, kernel by kernel of another size."""
    for part in ("encoder", "decoder"):
        arrays = {i: exam.random(a) * exam.rng.uniform(0.6, 1.4) for i, a in enumerate(exam.weights[part])}
        if part == "decoder":
            arrays[exam.order(part)[-1][0]] *= 0.3  # no pixel near 0 or 1, where versions of Keras clip differently
        exam.put(part, arrays)


def two_steps(exam):
    """Train for two steps on two batches; return [(weights before, images, weights after)]."""
    refill(exam)
    if exam.task == "variational":
        exam.set_head(0, 0.3 * exam.rng.normal(size=exam.code), 1.0)
        exam.set_head(1, -20.0)
    steps = []
    for _ in range(2):
        images = exam.images(exam.batch)
        before = {part: list(arrays) for part, arrays in exam.weights.items()}
        if exam.fit(images) is None:
            exam.blocked = exam.blocked or "auto.fit fails"
            return None
        exam.read()
        steps.append((before, images, {part: list(arrays) for part, arrays in exam.weights.items()}))
    return steps


def terms(exam, images):
    """Return the candidates for parts of the loss of a batch: reconstructions and penalties."""
    hidden = numpy_layers.forward(exam.stages["encoder"], images)
    decoded = numpy_layers.forward(exam.stages["decoder"], hidden[-1])
    activity = {"code": hidden[-1]}
    activity |= {f"encoder layer {number}": output for number, output in enumerate(hidden[:-1], 1)}
    activity |= {f"decoder layer {number}": output for number, output in enumerate(decoded[:-1], 1)}
    penalties = {}
    for name, array in activity.items():
        penalties[f"|{name}|"] = np.abs(array).sum() / len(images)
        penalties[f"{name}^2"] = (array**2).sum() / len(images)
    for part in ("encoder", "decoder"):
        for number, stage in enumerate(exam.stages[part], 1):
            penalties[f"|weights of {part} layer {number}|"] = np.abs(stage.kernel).sum(dtype="float64")
            penalties[f"weights^2 of {part} layer {number}"] = np.square(stage.kernel).sum(dtype="float64")
    return numpy_losses.fidelities(images, decoded[-1]), penalties


def plain_loss(exam):
    """Judge the loss of the models without sampling; return {term: weight}, or None."""
    own = set(PENALTIES) if exam.task == "sparse" else set()
    exam.judged |= {"loss"} | own
    rows, losses = [], []
    weights = None
    for count, most in ((5, 1), (10, 3)) if exam.task == "sparse" else ((3, 0), (10, 3)):
        while len(rows) < count:
            refill(exam)
            images = (exam.images(exam.batch) ** exam.rng.uniform(0.5, 3)).astype("float32")
            loss = exam.fit(images)
            if loss is None:
                return None
            rows.append(terms(exam, images))
            losses.append(loss[0])
        fidelities = {name: np.array([row[0][name] for row in rows]) for name in rows[0][0]}
        penalties = {name: np.array([row[1][name] for row in rows]) for name in rows[0][1]}
        weights = numpy_losses.composed(fidelities, penalties, np.array(losses), most)
        if weights:
            break
    if weights is None:
        exam.wrong(
            "loss", "The loss is not the binary cross-entropy of images and reconstructions, nor another usual one."
        )
        exam.judged -= own - set(exam.failed)
        return None
    kind, *added = weights
    if kind != "binary cross-entropy":
        exam.wrong("loss", f"The loss is the {kind}: expected the binary cross-entropy.")
    elif abs(weights[kind] - 1) > 0.01:
        exam.remarks.append(f"The cross-entropy is multiplied by {weights[kind]:.3g}; that is accepted.")
    added = [name for name in added if abs(weights[name]) > 1e-9]
    if exam.task == "sparse":
        judge_penalty(exam, weights, added)
    elif added:
        exam.wrong("loss", f"The loss adds {weights[added[0]]:.3g} times the sum of {added[0]}: expected no penalty.")
    return weights


def judge_penalty(exam, weights, added):
    """Judge what the sparse autoencoder's loss adds to the cross-entropy."""
    lambtha = exam.arguments[3]
    for name in added:
        if "weights" in name:
            exam.wrong(
                "l1_not_on_weights",
                f"The loss adds {weights[name]:.3g} times the sum of {name}: expected a penalty on the code alone.",
            )
        elif name != "|code|":
            exam.wrong(
                "l1_activity", f"The loss adds {weights[name]:.3g} times the sum of {name}: expected only |code|."
            )
    strength = weights.get("|code|", 0.0) / lambtha
    if abs(strength) < 1e-3:
        exam.wrong("l1_activity", "The loss has no penalty on the code: expected lambtha times its sum of |code|.")
    elif abs(strength - exam.batch) < 0.03 * exam.batch:
        exam.remarks.append(
            "The penalty is summed over the batch, so its strength depends on the batch size; that is accepted. "
            "Dividing it by the batch size makes it independent."
        )
    elif abs(strength - 1) > 0.03:
        exam.wrong("l1_activity", f"The penalty on the code is {strength:.2g} times lambtha: expected 1 times.")


def variational_loss(exam):
    """Judge the variational loss; return {"reconstruction", "kl"}: weights of the two sums, or None."""
    exam.judged |= {"loss", "kl", "kl_balance"}
    rows = []
    for count, forms in ((7, ("none", "closed")), (11, ("none", "closed", "swapped", "wider"))):
        rows += [variational_row(exam) for _ in range(count - len(rows))]
        if None in rows:
            exam.judged -= {"loss", "kl", "kl_balance"} - set(exam.failed)
            return None
        for kind in rows[0][1]:
            for form in forms:
                weights, left = fit_form(rows, kind, form)
                if left > 5e-5 or (form != "closed" and weights[kind] <= 0):
                    continue
                if form == "closed" and count < 11 and not _even(weights):
                    continue  # few rows fit many a wrong form by chance: more of them name the mistake
                return judge_variational(exam, kind, form, weights)
    exam.wrong("loss", "The loss is not a reconstruction's cross-entropy plus a divergence of mean and log variance.")
    exam.judged -= {"kl", "kl_balance"}
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


def variational_row(exam):
    """Return the loss of one batch and its candidates.

    The decoder ignores z, so no noise matters.
    """
    exam.read()  # the step before has moved the hidden layers
    exam.set_head(0, exam.rng.uniform(0.5, 2) * exam.rng.normal(size=exam.code), 0.5)
    exam.set_head(1, exam.rng.uniform(0.3, 1.5) * exam.rng.normal(size=exam.code), 0.5)
    i, j = exam.order("decoder")[-1]
    bias = exam.rng.uniform(0.3, 2) * exam.rng.normal(size=exam.pixels)
    exam.put("decoder", {i: np.zeros_like(exam.weights["decoder"][i]), j: bias})
    images = (exam.images(exam.batch) ** exam.rng.uniform(0.3, 3)).astype("float32")
    mean, log_var = exam.encode(images)
    decoded = exam.decode(np.zeros((len(images), *exam.code)))
    loss = exam.fit(images)
    if loss is None:
        return None
    fidelities = {name: value * exam.pixels[0] for name, value in numpy_losses.fidelities(images, decoded).items()}
    return loss[0], fidelities, numpy_losses.latent_terms(mean, log_var), numpy_losses.latent_terms(log_var, mean)


def judge_variational(exam, kind, form, weights):
    """Judge the weights of the terms in the variational loss."""
    share = weights[kind]
    if share < 1e-6:
        exam.wrong("loss", "The loss has no reconstruction in it: expected the cross-entropy plus the KL divergence.")
        exam.judged -= {"kl_balance"}
        return None
    if kind != "binary cross-entropy":
        exam.wrong("loss", f"The reconstruction is measured by the {kind}: expected the binary cross-entropy.")
    m, e, v, c = (weights.get(name, 0.0) for name in ("mean^2", "exp(log_var)", "log_var", "1"))
    size = max(abs(m), abs(e), abs(v))
    if form == "none" or size < 1e-7 * share:
        exam.wrong("kl", "The loss has no KL divergence. It trains, but it is not variational: codes may lie anywhere.")
        exam.judged.discard("kl_balance")
        return None
    if form == "swapped":
        exam.wrong("kl", "The KL divergence takes the log variance for the mean and the mean for the log variance.")
        exam.judged.discard("kl_balance")
        return None
    if form == "wider" or not _even(weights):
        exam.wrong("kl", wrong_kl(exam, form, weights, m, e, v))
        exam.judged.discard("kl_balance")
        return None
    if abs(c + m) > 0.06 * m:
        exam.wrong("kl", f"The KL divergence is off by a constant: the term that should be -1 is {c / m:.2g}.")
    beta = 2 * m / share
    if abs(beta - 1) > 0.05:
        exam.wrong("kl_balance", balance(exam, beta))
    elif abs(share - 1) > 0.01:
        exam.remarks.append(
            f"The loss is {share:.3g} times the negative ELBO; that is accepted, but it is not in nats per image."
        )
    return {"reconstruction": share, "kl": 2 * m}


def wrong_kl(exam, form, weights, m, e, v):
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


def balance(exam, beta):
    """Return what an effective beta says about the two sums."""
    pixels, latent = exam.pixels[0], exam.code[0]
    causes = (
        (pixels, f"the cross-entropy is averaged over the {pixels} pixels and KL is not"),
        (1 / latent, f"KL is averaged over the {latent} latent dimensions and not summed"),
        (pixels / latent, f"cross-entropy and KL are both averaged, over {pixels} pixels and {latent} dimensions"),
        (2, "KL counts twice, or lacks its factor one half"),
        (0.5, "KL counts half"),
        (exam.batch, "KL is summed over the batch and the cross-entropy averaged"),
        (1 / exam.batch, "KL is divided by the batch size once too often"),
        (pixels * exam.batch, "the cross-entropy is averaged over pixels, KL summed even over the batch"),
    )
    cause = next((text for value, text in causes if abs(beta / value - 1) < 0.05), None)
    effect = " KL then outweighs the reconstruction, and the codes collapse." if beta > 20 else ""
    return (
        f"The effective beta, KL's weight against the cross-entropy summed over pixels, is {beta:.3g}: expected 1."
        + (f" It looks as if {cause}." if cause else "")
        + effect
    )


def judge_optimizer(exam, steps):
    """Judge two steps of the optimizer against Adam's on the loss that was found."""
    exam.judged.add("optimizer")
    names = [str(name) for name in exam.described.get("optimizer") or []]
    if names and ("Adam" not in names or names[0] == "AdamW"):
        exam.wrong("optimizer", f"The optimizer is {names[0]}: expected Adam.")
        return
    if exam.formula is None or {"reparameterisation", "loss"} & set(exam.failed):
        return
    tried = places(exam, steps)
    gradients, moves = [], []
    for before, images, after in steps:
        for part in ("encoder", "decoder"):
            exam.weights[part] = list(before[part])
        gradients.append(gradient(exam, tried, images))
        moves.append(np.array([float(after[p][n][i]) - float(before[p][n][i]) for p, n, i in tried]))
    moving = [step for step in (0, 1) if moves[step].any()]
    if not moving:
        exam.wrong("optimizer", "auto.fit does not change the weights.")
        return
    frozen = {f"the {p}" for (p, n, _), g in zip(tried, gradients[0]) if abs(g) > 1e-5 and still(steps, p, n)}
    if frozen:
        where = " and ".join(sorted(frozen))
        text = f"The loss depends on weights of {where} that auto.fit leaves as they are."
        exam.wrong("optimizer", f"{text} Is a layer frozen, or its gradient stopped?")
        return
    expected = numpy_losses.adam(gradients)
    shares, rates = [], []
    for step in moving:  # each with a rate of its own, which a schedule may change
        clear = (np.abs(gradients[0]) > 1e-6) & (np.abs(expected[step]) > 0.1)
        rates.append(float(np.median(moves[step][clear] / expected[step][clear])) if clear.any() else 0.0)
        shares.append(np.mean(np.abs(moves[step] - rates[-1] * expected[step])[clear] <= 0.08 * abs(rates[-1])))
    if min(rates) <= 0 or np.mean(shares) < 0.85:
        exam.wrong("optimizer", "The weights don't move as Adam moves them on this loss.")
    elif abs(rates[0] / 1e-3 - 1) > 0.05:
        exam.remarks.append(f"Adam's learning rate is {rates[0]:.2g}; the task leaves it at 0.001. That is accepted.")


def still(steps, part, number):
    """Return whether an array of weights stayed as it was in all steps."""
    return all(np.array_equal(before[part][number], after[part][number]) for before, _, after in steps)


def places(exam, steps):
    """Return some places [(part, number of the array, index)] of each array, where it moved if it did."""
    before, _, after = steps[-1]
    found = []
    for part in ("encoder", "decoder"):
        for number, (old, new) in enumerate(zip(before[part], after[part])):
            moved = np.argwhere(np.abs(new - old) > 1e-6)
            anywhere = np.argwhere(np.ones(old.shape, bool)) if not len(moved) else moved
            for index in exam.rng.permutation(anywhere)[: 2 if exam.task == "convolutional" else 4]:
                found.append((part, number, tuple(int(i) for i in index)))
    return found


def gradient(exam, places, images):
    """Return the derivative of the loss that was found, at some places."""

    def loss(arrays):
        split = len(exam.weights["encoder"])
        kept = exam.weights
        exam.weights = {"encoder": arrays[:split], "decoder": arrays[split:]}
        for part in ("encoder", "decoder"):
            exam.restage(part)
        value = total(exam, images)
        exam.weights = kept
        return value

    split = len(exam.weights["encoder"])
    arrays = [*exam.weights["encoder"], *exam.weights["decoder"]]
    return numpy_losses.slope(loss, arrays, [(n + (split if p == "decoder" else 0), i) for p, n, i in places])


def total(exam, images):
    """Return the loss of a batch by the formula that was found."""
    if exam.task == "variational":
        mean, log_var = exam.encode(images)
        kl = numpy_losses.kl(numpy_losses.latent_terms(mean, log_var))
        pixels = numpy_losses.cross_entropy(np.float64(images), exam.decode(mean)).sum(axis=1).mean()
        return exam.formula["reconstruction"] * pixels + exam.formula["kl"] * kl
    if set(exam.formula) == {"binary cross-entropy"}:
        return numpy_losses.cross_entropy(np.float64(images), exam.decode(exam.encode(images))).mean()
    fidelities, penalties = terms(exam, images)
    return sum(weight * {**fidelities, **penalties}[name] for name, weight in exam.formula.items())


def train(exam, known):
    """Train from the model's own first weights; return the cross-entropy before and after, and the losses, or None."""
    exam.assign({part: dict(enumerate(arrays)) for part, arrays in exam.natural.items()})
    patterns = exam.rng.random((6, *exam.pixels)) < 0.15
    images = (patterns[exam.rng.integers(6, size=12 * exam.batch)] * 0.9 + 0.05).astype("float32")
    before = reconstructed(exam, images[:32], known)
    losses = exam.fit(images, epochs=2)
    if losses is None or before is None:
        exam.blocked = exam.blocked or "auto.fit fails"
        return None
    if known:
        exam.read()
    after = reconstructed(exam, images[:32], known)
    diagnose(exam, images, known)
    return before, after, losses


def judge_progress(exam, progress):
    """Judge whether the reconstructions improved; where optimizer or loss are wrong, whether anything did."""
    if not progress:
        return
    before, after, losses = progress
    exam.judged.add("trains")
    if after is None or not (after < before - 0.002 or (exam.failed and losses[-1] < losses[0] and after != before)):
        found = "another shape" if after is None else f"{after:.3f} nats per pixel and was {before:.3f}"
        exam.wrong("trains", f"After 24 steps the cross-entropy is {found}: expected a fall of 0.002 at least.")


def reconstructed(exam, images, known):
    """Return the cross-entropy of the reconstructions, in nats per pixel."""
    if known and exam.task == "variational" and "reparameterisation" not in exam.failed:
        return sampled(exam, images)
    made = exam.outputs("auto", images, "trains")
    if not made or made[0].shape != images.shape:
        return None
    return float(numpy_losses.cross_entropy(np.float64(images), made[0]).mean())


def sampled(exam, images):
    """Return the cross-entropy of reconstructions from z, drawn here, in nats per pixel."""
    mean, log_var = exam.encode(images)
    codes = mean + np.exp(np.clip(log_var, -50, 20) / 2) * exam.rng.normal(size=mean.shape)
    return float(numpy_losses.cross_entropy(np.float64(images), exam.decode(codes)).mean())


def diagnose(exam, images, known):
    """Remark on parts of the code that the training left unused."""
    if not known or exam.task == "sparse":  # the penalty that is tried here is strong, and empties codes
        return
    if exam.task == "variational":
        mean, log_var = exam.encode(images)
        kl = 0.5 * (np.exp(log_var) + mean**2 - 1 - log_var).mean(axis=0)
        if (kl < 0.01).any():
            exam.remarks.append(f"{(kl < 0.01).sum()} of {len(kl)} latent dimensions carry under 0.01 nats: collapsed.")
    else:
        codes = exam.encode(images).reshape(-1, exam.code[-1])
        dead = int((codes.max(axis=0) <= 0).sum())
        if dead > 0.9 * codes.shape[1]:
            exam.remarks.append(f"{dead} of {codes.shape[1]} units of the code are 0 for every image: dead.")


def same_formula(exam):
    """See whether the loss has the same form at another size and another batch size."""
    if exam.task == "variational":
        same_variational(exam)
    else:
        refill(exam)
        images = exam.images(exam.batch)
        exam.eager = True
        loss = exam.fit(images)
        if loss is None:
            return
        fidelities, penalties = terms(exam, images)
        cross = fidelities["binary cross-entropy"] * exam.first.formula["binary cross-entropy"]
        strength = 0.0
        if exam.task == "sparse":
            summed = exam.first.formula["|code|"] > 2 * exam.first.arguments[3]
            strength = exam.arguments[3] * (exam.batch if summed else 1)
        pixels, batch = np.prod(exam.pixels) / np.prod(exam.first.pixels), exam.batch / exam.first.batch
        sums = (1.0, pixels, batch, pixels * batch)  # means, or sums over pixels or over the batch
        expected = [cross * scale + strength * penalties["|code|"] for scale in sums]
        if min(abs(loss[0] / value - 1) for value in expected) > 2e-4:
            text = f"the loss is {loss[0]:.5g}: expected {expected[0]:.5g}."
            exam.wrong("l1_activity" if exam.task == "sparse" else "loss", text)


def same_variational(exam):
    """See whether the variational loss weighs both sums as it should at another size and batch size."""
    exam.eager = True
    rows = [variational_row(exam)]
    if None in rows:
        return
    columns = {"reconstruction": lambda row: row[1]["binary cross-entropy"], "kl": lambda row: numpy_losses.kl(row[2])}
    if abs(sum(exam.first.formula[name] * column(rows[0]) for name, column in columns.items()) / rows[0][0] - 1) < 1e-4:
        return
    rows += [variational_row(exam) for _ in range(3)]
    if None in rows:
        return
    found, left = numpy_losses.fitted(
        {name: np.array([column(row) for row in rows]) for name, column in columns.items()},
        np.array([row[0] for row in rows]),
    )
    beta = found["kl"] / found["reconstruction"] if found["reconstruction"] > 0 else np.inf
    if left > 1e-3:
        exam.wrong("loss", f"the loss has another form than with {exam.first.shown}.")
    elif abs(beta - 1) > 0.05:
        exam.wrong("kl_balance", f"the effective beta is {beta:.3g}. Is a size written into the loss?")
