"""How codes are sampled and what the autoencoder decodes: order of outputs, noise, composition; no loss is here."""

import numpy as np

from aelib.grading import numpy_layers, numpy_losses


def composition(exam):
    """Judge whether the autoencoder is the decoder after the encoder."""
    if exam.task == "variational" and "encoder" in exam.stages:
        sampling(exam)
    if "auto_io" in exam.failed:
        return
    if set(exam.stages) != {"encoder", "decoder"} or (exam.task == "variational" and exam.roles is None):
        return
    if exam.task == "variational" and exam.head_activations != ["linear", "linear"]:
        exam.noisy = True
        return
    exam.judged.add("composition")
    images = exam.images(4)
    if exam.task != "variational":
        auto = exam.outputs("auto", images, "auto_io")
        if auto and not numpy_layers.agree(auto[0], exam.decode(exam.encode(images))):
            exam.wrong(
                "composition",
                "auto(images) is not decoder(encoder(images)) after the weights of encoder and decoder were changed. "
                "Are the very same two models used in it?",
            )
        return
    exam.set_head(0, exam.rng.normal(size=exam.code), 1.0)
    exam.set_head(1, -20.0)
    quiet = exam.outputs("auto", images, "auto_io")
    exam.set_head(1, 1.0 + 0.3 * exam.rng.random(exam.code), 0.3)
    loud, louder = exam.outputs("auto", images, "auto_io"), exam.outputs("auto", images, "auto_io", training=True)
    if not (quiet and loud and louder):
        return
    mean, log_var = exam.encode(images)
    if numpy_layers.agree(loud[0], exam.decode(log_var)):
        exam.wrong("composition", "auto decodes the log variance: expected z, the first output of the encoder.")
    elif numpy_layers.agree(loud[0], exam.decode(mean)):
        if "reparameterisation" not in exam.failed:
            exam.wrong("composition", "auto decodes the mean, so nothing is sampled in it: expected z.")
    elif not numpy_layers.agree(quiet[0], exam.decode(mean)) and "reparameterisation" not in exam.failed:
        exam.wrong("composition", "auto(images) is not decoder(z) with the encoder's z and the same weights.")
    if numpy_layers.agree(louder[0], exam.decode(mean)) and "composition" not in exam.failed:
        if "reparameterisation" not in exam.failed:
            exam.wrong("composition", "In training auto decodes the mean, so nothing is sampled in it: expected z.")


def sampling(exam):
    """Judge the order of the variational encoder's outputs, and the noise in z."""
    exam.judged |= {"output_order", "reparameterisation"}
    size = exam.code[0]
    jitter = 0.2 * exam.rng.random((4, size))
    mu = [0.9 + 0.5 * np.arange(size) / size + jitter[0], 2.1 + 0.5 * np.arange(size) / size + jitter[1]]
    nu = [-1.6 + 0.3 * np.arange(size) + jitter[2], 0.5 + 0.2 * np.arange(size) + jitter[3]]
    # Both heads get a bias that could be a mean or a log variance; what z does tells which is which.
    biases = [mu[0], -nu[0]] if exam.first is None else [mu[0], nu[1]]
    exam.roles = (0, 1)
    for role in (0, 1):
        exam.set_head(role, biases[role])
    values = [numpy_layers.ACTIVATIONS[exam.head_activations[h]](biases[h].astype("float64")) for h in (0, 1)]
    image = exam.images(1)
    first = exam.outputs("encoder", image, "encoder_io", copies=2000)
    second = exam.outputs("encoder", image, "encoder_io", copies=2000)
    if not first or not second:
        exam.roles = None
        return
    constant = {}
    for k, output in enumerate(first):
        for h in (0, 1):
            if numpy_layers.agree(output, np.broadcast_to(values[h], output.shape)):
                constant[k] = h
    drawn = [k for k in range(3) if k not in constant]
    if not drawn:
        training = exam.outputs("encoder", image, "encoder_io", copies=50, training=True)
        moves = training and any(output.std(axis=0).max() > 1e-3 for output in training)
        exam.wrong(
            "reparameterisation",
            "z is sampled in training only: expected also when the encoder is called afterwards."
            if moves
            else f"Nothing is sampled: z is always the same as {'the mean' if constant.get(0) == 0 else 'a head'}.",
        )
        if len(set(constant.values())) == 2 and constant.get(1) != constant.get(2):
            exam.roles = (constant[1], constant[2])
        return
    if len(drawn) > 1 or len(set(constant.values())) < 2:
        unfamiliar(exam, first, values, constant)
        return
    z = first[drawn[0]]
    fits = []
    for mean, log_var in ((0, 1), (1, 0)):
        look = numpy_losses.noise(z, values[mean], values[log_var])
        fits.append((look["offset"], (mean, log_var), look))
    if look["rows"]:
        _, exam.roles, look = min(fits, key=lambda fit: fit[0])
    else:  # one draw tells nothing of the distribution, so the order that was asked for is taken for granted
        exam.roles = tuple(constant[k] for k in sorted(constant))
    order = ["z" if k == drawn[0] else ("mean", "log variance")[exam.roles.index(constant[k])] for k in range(3)]
    if order != ["z", "mean", "log variance"]:
        exam.wrong("output_order", f"The encoder gives {', '.join(order)}: expected z, mean, log variance.")
    judge_noise(exam, look, second[drawn[0]], z, values[exam.roles[1]])


def judge_noise(exam, look, again, z, log_var):
    """Judge the noise in z."""
    ratio = look["ratio"]
    if look["rows"] and look["offset"] > 6:
        exam.wrong("reparameterisation", "z does not scatter around the mean: expected mean + deviation * noise.")
    elif not look["rows"]:
        exam.wrong("reparameterisation", "All images of a batch get the same noise: expected fresh noise for each.")
    elif not look["columns"]:
        exam.wrong("reparameterisation", "All latent dimensions get the same noise: expected fresh noise for each.")
    elif np.allclose(ratio, 1, atol=0.08):
        if not 0.03 < look["tails"] < 0.062:
            share = f"{100 * look['tails']:.1f} %"
            exam.wrong(
                "reparameterisation",
                f"The noise is not normal: {share} of it lie beyond two standard deviations, expected 4.6 %.",
            )
    elif np.allclose(ratio, np.exp(log_var / 2), rtol=0.08):
        exam.wrong(
            "reparameterisation",
            "The noise is multiplied by exp(log variance), which is the variance: expected the standard deviation.",
        )
    elif np.allclose(ratio * np.exp(log_var / 2), np.abs(log_var), rtol=0.08):
        exam.wrong(
            "reparameterisation",
            "The noise is multiplied by the log variance itself: expected the standard deviation.",
        )
    elif ratio.max() / ratio.min() < 1.15:
        exam.wrong(
            "reparameterisation",
            f"The noise has the standard deviation {_rounded(ratio.mean())}: expected unit noise, times the deviation.",
        )
    else:
        exam.wrong(
            "reparameterisation", "The spread of z is not the standard deviation that the log variance stands for."
        )
    if numpy_layers.agree(again, z) and look["rows"]:
        exam.wrong("reparameterisation", "Two calls draw the same noise: expected fresh noise at each call.")


def unfamiliar(exam, outputs, values, constant):
    """Explain outputs of the variational encoder that are neither z nor a head."""
    for k, output in enumerate(outputs):
        for value in values:
            for name, transformed in (("the standard deviation", value / 2), ("the variance", value)):
                if k not in constant and numpy_layers.agree(output, np.broadcast_to(np.exp(transformed), output.shape)):
                    exam.wrong("output_order", f"Output {k + 1} of the encoder is {name}: expected the log variance.")
    if "output_order" not in exam.failed:
        exam.wrong("output_order", "Mean and log variance are not among the encoder's outputs as its heads give them.")
    exam.judged.discard("reparameterisation")
    exam.roles = None


def _rounded(value):
    """Return a measured standard deviation without the digits that change from draw to draw."""
    return f"{round(20 * value) / 20:g}" if value > 0.04 else f"{value:.0e}"
