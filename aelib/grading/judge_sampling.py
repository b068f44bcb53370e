"""How codes are sampled and what the autoencoder decodes: order of outputs, noise, composition; no loss is here."""

import numpy as np

from aelib.grading import numpy_layers, numpy_losses


def composition(judge, encoder, decoder, weights):
    """Judge whether the autoencoder is the decoder after the encoder.

    Args:
        encoder, decoder: `numpy_layers.Layers`; None for a part whose layers are not known.
        weights: {"encoder": [array], "decoder": [array]}, which the models have now; changed in place.

    Returns:
        `numpy_layers.Network`, with the heads of a variational encoder in the order mean, log variance; None where
        it is not known what the models compute.
    """
    variational = judge.task == "variational"
    if variational and encoder is not None:
        encoder = sampling(judge, encoder, weights)
    if encoder is None or decoder is None or "auto_io" in judge.failed:
        return None
    if any(head.activation != "linear" for head in encoder.heads):
        return None
    judge.judged.add("composition")
    network = numpy_layers.Network(encoder, decoder, weights)
    (decoded_sample if variational else decoded_code)(judge, network)
    noisy = encoder.noisy or decoder.noisy
    return None if noisy or {"composition", "auto_io"} & set(judge.failed) else network


def decoded_code(judge, network):
    """Judge an autoencoder without sampling by what it gives."""
    images = judge.images(4)
    auto = judge.outputs("auto", images, "auto_io")
    if auto and not numpy_layers.agree(auto[0], network.decode(network.encode(images))):
        judge.wrong(
            "composition",
            "auto(images) is not decoder(encoder(images)) after the weights of encoder and decoder were changed. "
            "Are the very same two models used in it?",
        )


def decoded_sample(judge, network):
    """Judge the variational autoencoder by what it gives without and with noise, and in training."""
    images, (mean_head, log_var_head) = judge.images(4), network.encoder.heads
    judge.set_head(network.weights, mean_head, judge.rng.normal(size=judge.code), 1.0)
    judge.set_head(network.weights, log_var_head, -20.0)
    quiet = judge.outputs("auto", images, "auto_io")
    judge.set_head(network.weights, log_var_head, 1.0 + 0.3 * judge.rng.random(judge.code), 0.3)
    loud, louder = judge.outputs("auto", images, "auto_io"), judge.outputs("auto", images, "auto_io", training=True)
    if not (quiet and loud and louder):
        return
    mean, log_var = network.encode(images)
    if numpy_layers.agree(loud[0], network.decode(log_var)):
        judge.wrong("composition", "auto decodes the log variance: expected z, the first output of the encoder.")
    elif numpy_layers.agree(loud[0], network.decode(mean)):
        if "reparameterisation" not in judge.failed:
            judge.wrong("composition", "auto decodes the mean, so nothing is sampled in it: expected z.")
    elif not numpy_layers.agree(quiet[0], network.decode(mean)) and "reparameterisation" not in judge.failed:
        text = "auto(images) is not decoder(z) with the encoder's z and the same weights."
        judge.set_head(network.weights, log_var_head, -20.0)
        told = judge.outputs("encoder", images, "encoder_io") or []
        if told and not any(numpy_layers.agree(output, np.full(output.shape, -20.0)) for output in told):
            text = "The log variance is another where its dense layer gives -20: expected it as it is, without limits."
        judge.wrong("composition", text)
    if numpy_layers.agree(louder[0], network.decode(mean)) and "composition" not in judge.failed:
        if "reparameterisation" not in judge.failed:
            judge.wrong("composition", "In training auto decodes the mean, so nothing is sampled in it: expected z.")


def sampling(judge, encoder, weights):
    """Judge the order of the variational encoder's outputs, and the noise in z.

    Returns:
        The encoder's layers with the head of the mean before that of the log variance; None if they can't be told.
    """
    judge.judged |= {"output_order", "reparameterisation"}
    size = judge.code[0]
    jitter = 0.2 * judge.rng.random((4, size))
    mu = [0.9 + 0.5 * np.arange(size) / size + jitter[0], 2.1 + 0.5 * np.arange(size) / size + jitter[1]]
    nu = [-1.6 + 0.3 * np.arange(size) + jitter[2], 0.5 + 0.2 * np.arange(size) + jitter[3]]
    # Both heads get a bias that could be a mean or a log variance; what z does tells which is which.
    biases = [mu[0], -nu[0]] if judge.textbook else [mu[0], nu[1]]
    for head, bias in zip(encoder.heads, biases):
        judge.set_head(weights, head, bias)
    values = [numpy_layers.ACTIVATIONS[head.activation](bias) for head, bias in zip(encoder.heads, biases)]
    image = judge.images(1)
    first = judge.outputs("encoder", image, "encoder_io", copies=2000)
    second = judge.outputs("encoder", image, "encoder_io", copies=2000)
    if not first or not second:
        return None
    if any(np.shape(output) != (2000, size) for output in (*first, *second)) or len(first) + len(second) != 6:
        judge.wrong("encoder_io", "The encoder gives other shapes for 2,000 images than for three.")
        return None
    constant = {}
    for k, output in enumerate(first):
        for h in (0, 1):
            if numpy_layers.agree(output, np.broadcast_to(values[h], output.shape)):
                constant[k] = h
    drawn = [k for k in range(3) if k not in constant]
    if not drawn:
        training = judge.outputs("encoder", image, "encoder_io", copies=50, training=True)
        moves = training and any(output.std(axis=0).max() > 1e-3 for output in training)
        judge.wrong(
            "reparameterisation",
            "z is sampled in training only: expected also when the encoder is called afterwards."
            if moves
            else f"Nothing is sampled: z is always the same as {'the mean' if constant.get(0) == 0 else 'a head'}.",
        )
        if len(set(constant.values())) == 2 and constant.get(1) != constant.get(2):
            return ordered(encoder, constant[1], constant[2])
        return encoder
    if len(drawn) > 1 or len(set(constant.values())) < 2:
        unfamiliar(judge, first, values, constant)
        return None
    z = first[drawn[0]]
    fits = []
    for mean, log_var in ((0, 1), (1, 0)):
        look = numpy_losses.noise(z, values[mean], values[log_var])
        fits.append((look["offset"], (mean, log_var), look))
    if look["rows"]:
        _, roles, look = min(fits, key=lambda fit: fit[0])
    else:  # one draw tells nothing of the distribution, so the order that was asked for is taken for granted
        roles = tuple(constant[k] for k in sorted(constant))
    order = ["z" if k == drawn[0] else ("mean", "log variance")[roles.index(constant[k])] for k in range(3)]
    if order != ["z", "mean", "log variance"]:
        judge.wrong("output_order", f"The encoder gives {', '.join(order)}: expected z, mean, log variance.")
    judge_noise(judge, look, second[drawn[0]], z, values[roles[1]])
    return ordered(encoder, *roles)


def ordered(encoder, mean, log_var):
    """Return the layers of an encoder with its two heads, given by their numbers, in this order."""
    return encoder._replace(heads=(encoder.heads[mean], encoder.heads[log_var]))


def judge_noise(judge, look, again, z, log_var):
    """Judge the noise in z."""
    ratio = look["ratio"]
    if look["rows"] and look["offset"] > 6:
        judge.wrong("reparameterisation", "z does not scatter around the mean: expected mean + deviation * noise.")
    elif not look["rows"]:
        judge.wrong("reparameterisation", "All images of a batch get the same noise: expected fresh noise for each.")
    elif not look["columns"]:
        judge.wrong("reparameterisation", "All latent dimensions get the same noise: expected fresh noise for each.")
    elif np.allclose(ratio, 1, atol=0.08):
        if not 0.03 < look["tails"] < 0.062:
            share = f"{100 * look['tails']:.1f} %"
            judge.wrong(
                "reparameterisation",
                f"The noise is not normal: {share} of it lie beyond two standard deviations, expected 4.6 %.",
            )
    elif np.allclose(ratio, np.exp(log_var / 2), rtol=0.08):
        judge.wrong(
            "reparameterisation",
            "The noise is multiplied by exp(log variance), which is the variance: expected the standard deviation.",
        )
    elif np.allclose(ratio * np.exp(log_var / 2), np.abs(log_var), rtol=0.08):
        judge.wrong(
            "reparameterisation",
            "The noise is multiplied by the log variance itself: expected the standard deviation.",
        )
    elif ratio.max() / ratio.min() < 1.15:
        judge.wrong(
            "reparameterisation",
            f"The noise has the standard deviation {_rounded(ratio.mean())}: expected unit noise, times the deviation.",
        )
    else:
        judge.wrong(
            "reparameterisation", "The spread of z is not the standard deviation that the log variance stands for."
        )
    if numpy_layers.agree(again, z) and look["rows"]:
        judge.wrong("reparameterisation", "Two calls draw the same noise: expected fresh noise at each call.")


def unfamiliar(judge, outputs, values, constant):
    """Explain outputs of the variational encoder that are neither z nor a head."""
    for k, output in enumerate(outputs):
        for value in values:
            for name, transformed in (("the standard deviation", value / 2), ("the variance", value)):
                if k not in constant and numpy_layers.agree(output, np.broadcast_to(np.exp(transformed), output.shape)):
                    judge.wrong("output_order", f"Output {k + 1} of the encoder is {name}: expected the log variance.")
    if "output_order" not in judge.failed:
        judge.wrong("output_order", "Mean and log variance are not among the encoder's outputs as its heads give them.")
    judge.left_open.add("reparameterisation")


def _rounded(value):
    """Return a measured standard deviation without the digits that change from draw to draw."""
    return f"{round(20 * value) / 20:g}" if value > 0.04 else f"{value:.0e}"
