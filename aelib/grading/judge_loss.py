"""What the loss of the autoencoder consists of, judged from its values; how it is learned from is judged elsewhere."""

import itertools

import numpy as np

from aelib.grading import judge_steps, numpy_losses

CLOSED = ("mean^2", "exp(log_var)", "log_var", "1")  # the terms of the closed form of KL
PENALTIES = ("l1_activity", "l1_not_on_weights")


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


def plain_loss(judge, network, steps):
    """Judge the loss of the models without sampling from steps of training; return {term: weight}, or None."""
    own = set(PENALTIES) if judge.task == "sparse" else set()
    judge.judged |= {"loss"} | own
    for most in (1 if own else 0, 3):
        if most == 3:  # more rows tell more terms apart
            more = judge_steps.plain(judge, network, 10 - len(steps))
            if more is None:
                return None
            steps = [*steps, *more]
        rows = [terms(network._replace(weights=step.before), step.images) for step in steps]
        fidelities = {name: np.array([row[0][name] for row in rows]) for name in rows[0][0]}
        penalties = {name: np.array([row[1][name] for row in rows]) for name in rows[0][1]}
        weights = numpy_losses.composed(fidelities, penalties, np.array([step.loss for step in steps]), most)
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


def variational_loss(judge, network, steps):
    """Judge the variational loss from steps of training; return the weights of "reconstruction" and "kl", or None."""
    judge.judged |= {"loss", "kl", "kl_balance"}
    rows = [variational_row(judge, network, step) for step in steps if step.deaf]
    for forms in (("none", "closed"), ("none", "closed", "swapped", "wider")):
        if len(forms) > 2:
            more = judge_steps.variational(judge, network, quiet=0, deaf=4)
            if more is None:
                judge.left_open |= {"loss", "kl", "kl_balance"}
                return None
            rows += [variational_row(judge, network, step) for step in more]
        for kind, form in itertools.product(rows[0][1], forms):
            weights, left = fit_form(rows, kind, form)
            if left > 5e-5 or (form != "closed" and weights[kind] <= 0):
                continue
            if form == "closed" and len(forms) == 2 and not _even(weights):
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


def variational_row(judge, network, step):
    """Return the loss of a step whose decoder ignored the codes, and its candidates."""
    network = network._replace(weights=step.before)
    mean, log_var = network.encode(step.images)
    decoded = network.decode(np.zeros((len(step.images), *judge.code)))
    fidelities = numpy_losses.fidelities(step.images, decoded)
    fidelities = {name: value * judge.pixels[0] for name, value in fidelities.items()}
    return step.loss, fidelities, numpy_losses.latent_terms(mean, log_var), numpy_losses.latent_terms(log_var, mean)


def judge_variational(judge, kind, form, weights):
    """Judge the weights of the terms in the variational loss; return those of the two sums, or None."""
    share = weights[kind]
    size = max(abs(weights.get(name, 0.0)) for name in CLOSED)
    if share < 1e-6 * size:
        judge.wrong("loss", "The loss has no reconstruction in it: expected the cross-entropy plus the KL divergence.")
        judge.left_open.add("kl_balance")
        return None
    if kind != "binary cross-entropy":
        judge.wrong("loss", f"The reconstruction is measured by the {kind}: expected the binary cross-entropy.")
    m, e, v, c = (weights.get(name, 0.0) for name in ("mean^2", "exp(log_var)", "log_var", "1"))
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


def same_formula(judge, network, first, formula):
    """See whether the loss has the same form at another size and another batch size.

    Args:
        network: The `numpy_layers.Network` at this size.
        first: The judge at the textbook's size, with the formula of the loss that was found there.
    """
    if judge.task == "variational":
        same_variational(judge, network, first, formula)
        return
    step = judge_steps.eager(judge, network, judge_steps.filled(judge, network))
    if step is None:
        return
    fidelities, penalties = terms(network._replace(weights=step.before), step.images)
    cross = fidelities["binary cross-entropy"] * formula["binary cross-entropy"]
    strength = 0.0
    if judge.task == "sparse":
        summed = formula["|code|"] > 2 * first.arguments[3]
        strength = judge.arguments[3] * (judge.batch if summed else 1)
    axes = np.array([judge.batch, *judge.pixels]) / [first.batch, *first.pixels]
    sums = itertools.product(*((1.0, ratio) for ratio in axes))  # over each axis a mean or a sum
    expected = [cross * np.prod(scale) + strength * penalties["|code|"] for scale in sums]
    if min(abs(step.loss / value - 1) for value in expected) > 2e-4:
        text = f"the loss is {step.loss:.5g}: expected {expected[0]:.5g}."
        judge.wrong("l1_activity" if judge.task == "sparse" else "loss", text)


def same_variational(judge, network, first, formula):
    """See whether the variational loss weighs both sums as it should at another size and batch size."""
    rows = deaf_rows(judge, network, 1)
    if not rows:
        return
    columns = {"reconstruction": lambda row: row[1]["binary cross-entropy"], "kl": lambda row: numpy_losses.kl(row[2])}
    if abs(sum(formula[name] * column(rows[0]) for name, column in columns.items()) / rows[0][0] - 1) < 1e-4:
        return
    rows += deaf_rows(judge, network, 3)
    if len(rows) < 4:
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


def deaf_rows(judge, network, count):
    """Return `variational_row` of as many eager steps as can be taken."""
    base = judge_steps.filled(judge, network)
    states = [judge_steps.deaf_state(judge, network, base) for _ in range(count)]
    steps = [judge_steps.eager(judge, network, state) for state in states]
    return [variational_row(judge, network, step) for step in steps if step]
