"""Makes the explorer of the site's front page: a digit that visitors draw, and models thin enough for a page."""

import numpy as np

RANK = 64  # of the matrices of the front page's model, which is otherwise too large for a page


def drawing():
    """Return the explorer of the front page as HTML: draw a digit for the variational model that comes with the course.

    Each of its two large matrices is replaced by a product of two small ones, those that keep most of what the
    matrix gives for the course's training images, so that a page can carry it.
    """
    from aelib import data, explorers, lesson, pretrained

    lesson.start()  # without what TensorFlow says when it starts
    import keras

    (x, _), (images, labels) = data.digits()
    encoder, decoder, _ = pretrained("variational")
    hidden, output = encoder.layers[1], decoder.layers[-1]
    image, code = keras.Input((784,)), keras.Input((2,))
    features = thin(hidden, x)(image)
    small_encoder = keras.Model(image, copied(dense(encoder)[1])(features))  # gives the mean, without noise
    first = copied(dense(decoder)[0])
    drawn = keras.Model(code, first(code))
    means = encoder.predict(x, verbose=0)[1]
    small_decoder = keras.Model(code, thin(output, drawn.predict(means, verbose=0))(first(code)))
    explorer = explorers.draw_a_digit({"the model": (small_encoder, small_decoder)}, images, labels, images[:10])
    return f'<div class="course-front">{explorer._repr_mimebundle_()["text/html"]}</div>'


def dense(model):
    """Return a model's dense layers."""
    return [layer for layer in model.layers if hasattr(layer, "kernel")]


def copied(layer):
    """Return a dense layer with the same weights, to be called on other inputs."""
    import keras

    weights = [keras.ops.convert_to_numpy(weight) for weight in (layer.kernel, layer.bias)]
    made = keras.layers.Dense(layer.units, layer.activation)
    made.build((None, len(weights[0])))
    made.set_weights(weights)
    return made


def thin(layer, inputs):
    """Return two dense layers, the first linear, that nearly give what one gives for some inputs."""
    import keras

    kernel, bias = (keras.ops.convert_to_numpy(weight) for weight in (layer.kernel, layer.bias))
    sums = inputs @ kernel
    mean = sums.mean(axis=0)
    kept = np.linalg.svd(sums - mean, full_matrices=False)[2][:RANK]
    narrow, wide = keras.layers.Dense(RANK), keras.layers.Dense(layer.units, layer.activation)
    narrow.build((None, kernel.shape[0]))
    wide.build((None, RANK))
    narrow.set_weights([kernel @ kept.T, np.zeros(RANK)])
    wide.set_weights([kept, bias + mean - mean @ kept.T @ kept])
    return keras.Sequential([narrow, wide])
