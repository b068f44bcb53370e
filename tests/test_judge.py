"""The judge of the graded exercises: right answers in every style, named mistakes, and what its NumPy computes."""

import linecache
import pathlib
import types

import keras
import numpy as np
import pytest
from mistakes import ATTEMPTS

from aelib import exercise, factories
from aelib.exercises import graded
from aelib.grading import (
    child,
    judge,
    judge_loss,
    judge_steps,
    judge_training,
    numpy_layers,
    numpy_losses,
    variants,
)

SUBMISSIONS = pathlib.Path(__file__).parent / "submissions"
FILES = {task: f"{number}-{task}.py" for number, task in enumerate(judge.NAMES)}


def defined(source, name):
    """What a notebook's cell with this source defines; its lines can be quoted, as in a notebook."""
    linecache.cache[name] = (len(source), None, source.splitlines(keepends=True), name)
    space = {}
    exec(compile(source, name, "exec"), space)
    return space["autoencoder"]


def all_right(verdicts):
    return [f"{name}: {text}" for name, (ok, text) in verdicts.items() if ok is not True] == []


# Right answers


@pytest.mark.slow
@pytest.mark.parametrize("task", judge.NAMES)
def test_the_courses_own_factory_is_right(task):
    report = graded.TASKS[task].check(getattr(factories, task))
    assert report.right and list(report.criteria) == list(judge.criteria(task)), str(report)


@pytest.mark.slow
@pytest.mark.skipif(keras.backend.backend() != "tensorflow", reason="these answers are written for TensorFlow")
@pytest.mark.parametrize("task", judge.NAMES)
@pytest.mark.parametrize("style", ["solutions", "sequential", "subclassed", "lambdas"])
def test_answers_in_several_styles_are_right(task, style, capsys):
    folder = graded.SOLUTIONS if style == "solutions" else SUBMISSIONS / style
    answer = child.Child(path=str(folder / FILES[task])).answer
    verdicts, _ = judge.judge(task, answer, seed=1, function="autoencoder")
    assert all_right(verdicts), verdicts


@pytest.mark.slow
@pytest.mark.skipif(keras.backend.backend() != "tensorflow", reason="this answer is written for TensorFlow")
def test_a_file_with_a_byte_order_mark_and_another_name_loses_the_interface_alone(tmp_path):
    source = (graded.SOLUTIONS / FILES["vanilla"]).read_bytes().replace(b"def autoencoder(", b"def vanilla(")
    (tmp_path / "0-vanilla.py").write_bytes(b"\xef\xbb\xbf" + source)
    verdicts, _ = judge.judge("vanilla", child.Child(path=str(tmp_path / "0-vanilla.py")).answer, 0, "autoencoder")
    assert [name for name, (ok, _) in verdicts.items() if not ok] == ["loads"]
    assert "`vanilla` is judged in its place: call it `autoencoder`" in verdicts["loads"][1]
    assert verdicts["general"][1].count("autoencoder(") == 2, "it names the sizes that were drawn"


@pytest.mark.slow
@pytest.mark.parametrize("task", judge.NAMES)
def test_the_notebooks_other_right_answers_are_right_on_any_backend(task):
    for source in ATTEMPTS[graded.TASKS[task].key].also_right:
        if "keras.backend" in source and keras.backend.backend() != "tensorflow":
            continue  # what was Keras 2's lives on there alone
        report = graded.TASKS[task].check(defined(source, f"right-{task}"))
        assert report.right, str(report)


# Mistakes


@pytest.mark.slow
@pytest.mark.skipif(keras.backend.backend() != "tensorflow", reason="the messages are TensorFlow's")
@pytest.mark.parametrize(
    "task, mistake",
    [
        pytest.param(task, mistake, id=f"{task}-{mistake.name}")
        for task, graded_exercise in graded.TASKS.items()
        for mistake in ATTEMPTS[graded_exercise.key].wrong
    ],
)
def test_a_mistake_is_caught_by_the_criterion_it_violates_and_by_no_other(task, mistake):
    source = mistake.source(graded.TASKS[task].answer)
    report = graded.TASKS[task].check(defined(source, f"{task}-{mistake.name}"))
    failed = {name for name, (ok, _) in report.criteria.items() if ok is False}
    assert failed == {mistake.criterion, *mistake.also}, str(report)
    assert mistake.message in report.criteria[mistake.criterion][1], str(report)


def test_at_least_thirty_mistakes_are_planted_and_every_criterion_has_one():
    mistakes = [
        (task, m) for task, graded_exercise in graded.TASKS.items() for m in ATTEMPTS[graded_exercise.key].wrong
    ]
    assert len(mistakes) >= 30
    for task in judge.NAMES:
        caught = {name for t, m in mistakes for name in (m.criterion, *m.also) if t == task}
        own = set(judge.OWN[task]) | (set(judge.judge_layers.CONVOLUTIONS) if task == "convolutional" else set())
        assert own <= caught
    assert set(judge.criteria("vanilla")) - {"loads"} <= {name for _, m in mistakes for name in (m.criterion, *m.also)}


@pytest.mark.parametrize("task", judge.NAMES)
def test_a_starter_is_not_attempted_and_hints_do_not_give_the_answer_away_at_once(task):
    report = graded.TASKS[task].check(defined(ATTEMPTS[graded.TASKS[task].key].starter, f"starter-{task}"))
    assert not report.attempted
    assert len(graded.TASKS[task].hints) >= 3 and len(set(graded.TASKS[task].hints)) == len(graded.TASKS[task].hints)
    assert isinstance(graded.TASKS[task].solution(), exercise.Note)


@pytest.mark.parametrize(
    "source, criterion, words",
    [
        ("def sparse(a): pass", "loads", "no function `autoencoder` (functions found: sparse). `sparse` is judged in"),
        ("def sparse(a): pass", "signature", "takes 1 arguments"),
        ("def f(a, b, c): pass\ndef g(a): pass", "returns", "returned None"),
        ("def f(a, b, c): pass\ndef g(a, b, c=1): pass", "loads", "it is not clear which one is meant"),
        ("def f(a): pass\ndef g(): pass", "loads", "(functions found: f, g), and it is not clear"),
        ("from inspect import cleandoc\ndef _f(a, b, c): pass", "loads", "(functions found: none)."),
        ("def autoencoder(:", "loads", "SyntaxError in line 1"),
        ("raise SystemExit", "loads", "SystemExit"),
        ("exit()", "loads", "must not end Python. Put what tries"),
        ("raise EOFError", "loads", "to answer an input(). Put what tries"),
        ("open('mnist.npz')", "loads", "in an empty folder. Put what tries"),
        ("import nowhere", "loads", "No module named 'nowhere'. Nothing else may be imported"),
        ("raise Exception('URL fetch failure on https://')", "loads", "no network here. Put what tries"),
        ("autoencoder = 3", "loads", "no function"),
        (
            "def autoencoder(a, b, c): return a, b, c",
            "returns",
            "three Keras models; the function returned int, list, int",
        ),
        ("def autoencoder(*_): return 1, 2", "returns", "2 values (int, int)"),
        ("def autoencoder(a, b, c): return 5", "returns", "returned int."),
    ],
)
def test_a_file_without_usable_models_is_told_so(tmp_path, source, criterion, words):
    path = tmp_path / "0-vanilla.py"
    path.write_text(source)
    verdicts, _ = judge.judge("vanilla", child.Child(path=str(path)).answer, 0, "autoencoder")
    assert verdicts[criterion][0] is False and words in verdicts[criterion][1], verdicts
    later = list(verdicts)[list(verdicts).index(criterion) + 1 :]
    assert all(ok is not True for name, (ok, _) in verdicts.items() if name in later and name != "signature")


def test_arguments_without_names_are_said_to_have_none(tmp_path):
    (tmp_path / "0-vanilla.py").write_text("def autoencoder(*_): return 1")
    learner = child.Child(path=str(tmp_path / "0-vanilla.py"))
    assert judge.judge("vanilla", learner.answer, 0, "autoencoder")[1][0].startswith("The arguments have no names: exp")


@pytest.mark.parametrize(
    "source",
    [
        b"\xef\xbb\xbfdef autoencoder(): 'caf\xc3\xa9'",
        b"# -*- coding: latin-1 -*-\ndef autoencoder(): 'caf\xe9'",
        b"#!/usr/bin/env python3\r\n# coding: cp1252\r\ndef autoencoder():\r\n    'caf\xe9'\r\n",
    ],
)
def test_a_file_is_decoded_as_python_decodes_it(tmp_path, source):
    (tmp_path / "0-vanilla.py").write_bytes(source)
    learner = child.Child(path=str(tmp_path / "0-vanilla.py"))
    assert learner.answer("load", function="autoencoder")["found"] and learner.factory.__doc__ == "caf\xe9"


@pytest.mark.parametrize("source", [b"x = '\xe9'", "x = 1".encode("utf-16")])
def test_a_file_that_python_can_not_decode_is_told_so(tmp_path, source):
    (tmp_path / "0-vanilla.py").write_bytes(source)
    learner = child.Child(path=str(tmp_path / "0-vanilla.py"))
    with pytest.raises((SyntaxError, ValueError)) as refused:  # NUL bytes are a ValueError in Python 3.11.2
        compile(source, "0-vanilla.py", "exec")
    assert learner.answer("load", function="f")["error"]["type"] == refused.typename
    assert judge.judge("vanilla", learner.answer, 0, "f")[0]["loads"].text.endswith("Save the file as plain UTF-8.")


# What is too much


def test_layers_that_fit_in_very_many_orders_are_matched_in_a_bounded_number_of_attempts():
    kernels = [np.zeros((before, after)) for before in range(1, 7) for after in range(1, 7)] + [np.zeros((9, 9))]
    pairs, rest = numpy_layers.chain(kernels, 1, 2)
    order = [kernels[i].shape for i, _ in pairs]
    assert len(pairs) + len(rest) == 37 and rest[-1] == (36, None)
    assert all(one[1] == next_one[0] for one, next_one in zip(order, order[1:])) and order[0][0] == 1


@pytest.mark.parametrize(
    "shapes, words",
    [
        (
            [(3, 3, 1, 2000), (3, 3, 2000, 2000), (5, 5, 1, 1)],
            "3 arrays of weights with 36,018,025 numbers",
        ),
        ([(64, 64, 1, 1)], "among them one of 64x64x1x1: expected 1,612 numbers for autoencoder((28, 28, 1)"),
        ([(1, 1)] * 41, "41 arrays of weights"),
        ([(3, 3, 1, 30_000)], "one of 3x3x1x30000"),
    ],
)
def test_weights_far_from_those_of_the_task_are_refused_before_anything_is_computed(shapes, words):
    arrays = [np.broadcast_to(np.float32(0), shape) for shape in shapes]
    answers = {"weights": {"encoder": arrays, "decoder": []}}
    first = judge.Judge("convolutional", lambda command: answers[command], None, variants.SIZES["convolutional"], True)
    with first.until_stopped():
        first.initial()
    assert words in first.failed["encoder_layers"][0] and "far from those of the task" in first.blocked


@pytest.mark.parametrize("task", judge.NAMES)
def test_other_sizes_are_drawn_anew_and_tell_mistakes_apart(task):
    drawn = [judge.other_sizes(task, np.random.default_rng(seed)) for seed in range(50)]
    assert len({str(sizes) for sizes in drawn}) == 50
    for few, many in drawn:
        assert len(many[1]) > len(few[1]) and not {type(size) for size in (*few[1], *many[1])} - {int}
        units = [*few[1], few[2], few[0]] if task != "convolutional" else few[1]
        assert len(set(units)) == len(units), "a reversal shows"
        if task == "convolutional":
            assert few[0][0] != few[0][1] and few[0][2] > 1
            for (height, width, _), filters, code in (few, many):  # the code's sides, and what comes back from them
                sides = [-(-side // 2 ** len(filters)) for side in (height, width)]
                assert code == (*sides, filters[-1])
                assert [2 * (side * 2 ** (len(filters) - 1) - 2) for side in sides] == [height, width]


# What the judge recomputes, against Keras and closed forms


@pytest.mark.parametrize("task", ["vanilla", "convolutional"])
def test_a_chain_of_stages_gives_what_keras_gives(task):
    keras.utils.set_random_seed(1)  # some weights let tanh and relu give the same
    sizes = judge.other_sizes(task, np.random.default_rng(0))[0]
    encoder, decoder, _ = getattr(factories, task)(*sizes)
    rng = np.random.default_rng(0)
    shape = sizes[0] if task == "convolutional" else (sizes[0],)
    images = rng.random((3, *shape), "float32")
    for model, start, inputs in ((encoder, shape[-1], images), (decoder, encoder(images).shape[-1], encoder(images))):
        weights = model.get_weights()
        turned, rest = numpy_layers.chain(weights[::-1], start, weights[0].ndim)
        assert rest == [] and [weights[::-1][i].shape for i, _ in turned] == [w.shape for w in weights if w.ndim > 1]
        pairs, _ = numpy_layers.chain(weights, start, weights[0].ndim)
        stages = [numpy_layers.Stage(weights[i], weights[j]) for i, j in pairs]
        if model is decoder:
            stages[-1] = stages[-1]._replace(activation="sigmoid")
        if task == "convolutional":
            stages = [stage._replace(after="pool" if model is encoder else "up") for stage in stages]
            if model is decoder:
                stages[-1] = stages[-1]._replace(after="")
                stages[-2] = stages[-2]._replace(padding="valid")
        expected = keras.ops.convert_to_numpy(model(inputs))
        assert numpy_layers.agree(expected, numpy_layers.forward(stages, np.asarray(inputs))[-1])
        assert numpy_layers.explained(stages, np.asarray(inputs), expected) == []
        stages[0] = stages[0]._replace(activation="tanh")
        assert numpy_layers.explained(stages, np.asarray(inputs), expected) == [(0, "activation", "relu")]
        assert numpy_layers.explained(stages, np.asarray(inputs), expected + 0.1) is None


@pytest.mark.parametrize("name", [name for name in numpy_layers.ACTIVATIONS if "(" not in name])
def test_the_activations_are_those_of_keras(name):
    x = np.linspace(-3, 3, 13).reshape(1, 13).astype("float32")
    function = keras.activations.get(name)
    np.testing.assert_allclose(numpy_layers.ACTIVATIONS[name](x), keras.ops.convert_to_numpy(function(x)), atol=1e-5)


@pytest.mark.parametrize("kind, padding", [("pool", "same"), ("pool valid", "valid"), ("average", "same")])
@pytest.mark.parametrize("side", [6, 7])
def test_pooling_is_that_of_keras(kind, padding, side):
    x = np.random.default_rng(0).normal(size=(2, side, side + 1, 3)).astype("float32")
    layer = keras.layers.AveragePooling2D if kind == "average" else keras.layers.MaxPooling2D
    expected = keras.ops.convert_to_numpy(layer(2, padding=padding)(x))
    np.testing.assert_allclose(numpy_layers.pool(x, 2, padding, kind == "average"), expected, rtol=1e-5, atol=1e-6)
    one = numpy_layers.Stage(np.zeros((3, 3, 3, 3)), None, after=kind)
    assert numpy_layers.shape([one], (side, side + 1)) == expected.shape[1:3]


@pytest.mark.parametrize(
    "settings",
    [{}, {"beta_1": 0.5, "beta_2": 0.9, "epsilon": 1e-3}, {"amsgrad": True}, {"clipnorm": 0.3}, {"clipvalue": 0.2}],
)
def test_adam_steps_as_keras_steps(settings):
    gradients = [np.array([1.0, -0.2, 3e-4]), np.array([-0.5, -0.3, 2e-4]), np.array([0.1, 0.0, -1e-3])]
    variable = keras.Variable(np.zeros(3))
    optimizer = keras.optimizers.Adam(0.01, **settings)
    before = np.zeros(3)
    clip = {name: settings[name] for name in settings if "clip" in name}
    adam = {name: settings[name] for name in settings if "clip" not in name}
    clipped = [numpy_losses.clipped([gradient], **clip)[0] for gradient in gradients]
    for gradient, step in zip(gradients, numpy_losses.adam(clipped, 0.01, **adam)):
        optimizer.apply([keras.ops.convert_to_tensor(gradient, "float32")], [variable])
        after = keras.ops.convert_to_numpy(variable.value)
        np.testing.assert_allclose(after - before, step, rtol=1e-3, atol=1e-7)
        before = after


@pytest.mark.parametrize("scale", [1e-3, 1.0, 1e4])
def test_the_way_of_weights_is_adams_at_any_scale_of_the_loss_and_no_other_optimizers(scale):
    rng = np.random.default_rng(0)
    gradients = [[scale * 1e-3 * rng.normal(size=2000) for _ in range(4)] for _ in range(3)]
    weights = [[rng.normal(size=2000).astype("float32") for _ in range(4)] for _ in gradients]
    adams = list(zip(*(numpy_losses.adam(array, 1.0) for array in zip(*gradients))))
    ways = {
        "adam": [[0.02 * step for step in steps] for steps in adams],
        "a frozen array": [[*(0.02 * step for step in steps[:3]), 0 * steps[3]] for steps in adams],
        "sgd": [[-0.02 / scale * gradient for gradient in each] for each in gradients],
        "rmsprop": [[-0.02 * g / np.sqrt(1e-14 + g**2) for g in each] for each in gradients],
    }
    left = {}
    for name, way in ways.items():
        moves = [[np.float64((w + m).astype("float32")) - w for w, m in zip(*each)] for each in zip(weights, way)]
        rates, left[name] = numpy_losses.followed(moves, adams, weights)
        if name == "adam":
            np.testing.assert_allclose(rates, 0.02, rtol=0.01)
    assert max(left["adam"]) < judge_training.LEFT_OVER / 3
    assert left["a frozen array"][3] > 0.9 and max(left["a frozen array"][:3]) < judge_training.LEFT_OVER
    assert min(*left["rmsprop"], *left["sgd"]) > 2 * judge_training.LEFT_OVER


def test_small_slopes_are_not_held_against_the_optimizer_until_the_weight_has_had_a_larger_one():
    gradients = [np.array([1.0, 0.01, -0.5]), np.array([0.2, -1.0, np.nan]), np.array([0.0, 0.0, 0.0])]
    clear = [list(each) for each in numpy_losses.told_apart(gradients)]
    assert clear == [[True, False, True], [True, True, True], [True, True, True]]


@pytest.mark.parametrize(
    "kinds, settings, words",
    [
        (["AdamW", "Adam", "Optimizer"], {}, "The optimizer is AdamW: expected Adam."),
        (["Nadam", "Optimizer"], {}, "The optimizer is Nadam: expected Adam."),
        (["RMSprop", "Optimizer"], {}, "The optimizer is RMSprop: expected Adam."),
        (["SGD", "Optimizer"], {}, "The optimizer is SGD: expected Adam."),
        (["Mine", "AdamW", "Adam"], {}, "The optimizer is Mine: expected Adam."),
        (["Adam", "Optimizer"], {"weight_decay": 0.004}, "Adam with weight_decay=0.004 is AdamW: expected Adam."),
    ],
)
def test_another_optimizer_is_named_as_what_it_is(kinds, settings, words):
    first = judge.Judge("vanilla", None, None, variants.SIZES["vanilla"], textbook=True)
    assert judge_training.judge_optimizer(first, None, {}, [], kinds, settings) is None
    assert first.failed == {"optimizer": [words]}


@pytest.mark.parametrize("activation", numpy_layers.ACTIVATIONS)
def test_slopes_of_dense_layers_are_those_of_small_differences(activation):
    rng = np.random.default_rng(0)
    stages = [
        numpy_layers.Stage(rng.normal(size=shape), rng.normal(size=shape[1]), activation) for shape in ((5, 4), (4, 3))
    ]
    assert difference(stages, rng.normal(size=(6, 5))) < 1e-6


@pytest.mark.parametrize("after", ["", "pool", "pool valid", "average", "up", "up first"])
@pytest.mark.parametrize("padding", ["same", "valid"])
def test_slopes_of_convolutions_are_those_of_small_differences(after, padding):
    rng = np.random.default_rng(0)
    for side, kernel in ((7, (3, 3)), (8, (2, 3)), (7, (4, 5))):
        kernel = rng.normal(size=(*kernel, 2, 3))
        stage = numpy_layers.Stage(kernel, rng.normal(size=3), "tanh", padding, after)
        assert difference([stage], rng.normal(size=(2, side, side + 1, 2))) < 1e-6


def difference(stages, inputs):
    """How far the slopes along random directions are from what small steps along them show."""
    rng = np.random.default_rng(1)
    weight = rng.normal(size=numpy_layers.forward(stages, inputs)[-1].shape)
    by_inputs, by_stage = numpy_layers.backward(stages, inputs, weight)
    found = []
    for number in range(-1, len(stages)):
        for place, field in enumerate(("kernel", "bias") if number >= 0 else ("",)):
            array = getattr(stages[number], field) if field else inputs
            way, ends = rng.normal(size=array.shape), []
            for moved in (array + 1e-6 * way, array - 1e-6 * way):
                stepped = list(stages)
                if field:
                    stepped[number] = stages[number]._replace(**{field: moved})
                ends.append((numpy_layers.forward(stepped, inputs if field else moved)[-1] * weight).sum())
            slope = ((by_stage[number][place] if field else by_inputs) * way).sum()
            found.append(abs((ends[0] - ends[1]) / 2e-6 - slope) / max(1, abs(slope)))
    return max(found)


@pytest.mark.parametrize(
    "name, loss",
    [
        ("binary cross-entropy", "binary_crossentropy"),
        ("mean squared error", "mse"),
        ("mean absolute error", "mae"),
        ("Poisson loss", "poisson"),
        ("log-cosh loss", "log_cosh"),
        ("mean squared logarithmic error", "msle"),
        ("Huber loss", "huber"),
    ],
)
def test_reconstructions_are_measured_as_keras_measures_them(name, loss):
    rng = np.random.default_rng(0)
    x, r = rng.random((4, 7)).astype("float32"), rng.random((4, 7)).astype("float32")
    expected = float(keras.ops.mean(keras.losses.get(loss)(x, r)))
    assert numpy_losses.fidelities(x, r)[name] == pytest.approx(expected, rel=1e-4)


def test_a_loss_is_taken_apart_into_the_terms_it_was_made_of():
    rng = np.random.default_rng(0)
    columns = {name: rng.random(10) for name in ("right", "other", "a", "b", "c")}
    losses = 2 * columns["right"] + 0.5 * columns["b"]
    reconstructions = {name: columns[name] for name in ("right", "other")}
    penalties = {name: columns[name] for name in ("a", "b", "c")}
    found = numpy_losses.composed(reconstructions, penalties, losses)
    assert found == pytest.approx({"right": 2, "b": 0.5})
    assert numpy_losses.composed(reconstructions, penalties, rng.random(10)) is None


def test_the_divergence_is_the_closed_form_of_the_factories():
    rng = np.random.default_rng(0)
    mean, log_var = rng.normal(size=(2, 6, 3))
    expected = np.mean(keras.ops.convert_to_numpy(factories.kl_divergence(mean, log_var)))
    assert numpy_losses.kl(numpy_losses.latent_terms(mean, log_var)) == pytest.approx(expected, rel=1e-5)
    assert numpy_losses.kl(numpy_losses.latent_terms(np.zeros((1, 2)), np.zeros((1, 2)))) == 0


def test_noise_is_described_as_it_was_drawn():
    rng = np.random.default_rng(0)
    mean, log_var = np.array([1.0, -2.0]), np.array([0.5, -1.0])
    deviation = np.exp(log_var / 2)
    look = numpy_losses.noise(mean + deviation * rng.normal(size=(4000, 2)), mean, log_var)
    np.testing.assert_allclose(look["ratio"], 1, atol=0.05)
    assert look["offset"] < 5 and 0.035 < look["tails"] < 0.056 and look["rows"] and look["columns"]
    assert not numpy_losses.noise(np.broadcast_to(mean + deviation, (4000, 2)), mean, log_var)["rows"]
    same = mean + deviation * rng.normal(size=(4000, 1))
    assert not numpy_losses.noise(same, mean, log_var)["columns"]
    assert numpy_losses.noise(mean + 1 + deviation * rng.normal(size=(4000, 2)), mean, log_var)["offset"] > 20


# Plain data


def test_questions_and_answers_survive_the_wire_and_nothing_else_does():
    sent = {
        "a": [1, (2, [3.5, None])],
        "b": np.arange(6, dtype="float32").reshape(2, 3),
        "c": {"d": np.ones(2, "float32")},
    }
    came = child.unpacked(child.packed(sent))
    assert came["a"] == [1, (2, [3.5, None])]
    np.testing.assert_array_equal(came["b"], sent["b"])
    np.testing.assert_array_equal(came["c"]["d"], [1, 1])
    for text in (b"", b"{", b'{"array": 0, "shape": [2]}', b"[" * 100_000, b'{"array": "0", "shape": [1]}', b"\xff"):
        for length in (len(text), 0, 2**60):
            with pytest.raises(ValueError):
                child.unpacked(length.to_bytes(8, "big") + text)
    for begin, shape in (
        (0, [-1]),
        (0, [2**70]),
        (0, [0.5]),
        (0, "x"),
        (0, None),
        (0, [True, -4]),
        (2**70, [1]),
        (-90, [1]),
    ):
        with pytest.raises(ValueError):
            child.unpacked(child.packed({"array": begin, "shape": shape}))


def test_a_mistaken_kl_that_few_batches_cannot_tell_from_another_is_named_after_more(monkeypatch):
    dice, rows = np.random.default_rng(0), []
    for i in range(11):  # with log variances this small, exp(2 x) is nearly a sum of exp(x), x and 1
        mean, log_var = dice.normal(size=(2, 20, 3)) * ([[[1.0]], [[0.03]]] if i < 7 else 1.0)
        terms = numpy_losses.latent_terms(mean, log_var)
        fidelity = 540 * dice.uniform(0.5, 2)
        kl = 0.5 * (terms["mean^2"] + terms["exp(2 log_var)"] - 2 * terms["log_var"] - terms["1"])
        rows.append(
            (fidelity + kl, {"binary cross-entropy": fidelity}, terms, numpy_losses.latent_terms(log_var, mean))
        )
    _, left = judge_loss.fit_form(rows[:7], "binary cross-entropy", "closed")
    assert left < 5e-5, "the first batches alone fit another form"
    said = {}
    asks_nothing = types.SimpleNamespace(judged=set(), left_open=set(), wrong=said.__setitem__)
    steps = [types.SimpleNamespace(deaf=True, row=row) for row in rows]
    monkeypatch.setattr(judge_loss, "variational_row", lambda judge, network, step: step.row)
    monkeypatch.setattr(judge_steps, "variational", lambda judge, network, quiet, deaf: steps[7:][:deaf])
    assert judge_loss.variational_loss(asks_nothing, None, steps[:7]) is None
    assert said == {"kl": "The KL divergence takes the log variance for the logarithm of the standard deviation."}


def test_progress_is_measured_from_the_weights_that_training_starts_with():
    answer = child.Child(factories.variational).answer
    first = judge.Judge("variational", answer, np.random.default_rng(0), [36, [9], 2])
    network, initial, *_ = first.find()
    initial["decoder"][-1] = np.full(36, 3, "float32")  # the bias of the pixels, so that nearly all are white at first
    judge_steps.variational(first, network, 1, 0)
    before = judge_training.train(first, network, initial).before["binary cross-entropy"]
    white = numpy_losses.cross_entropy(0.185, 1 / (1 + np.exp(-3)))  # 0.185 is the mean of the images
    assert before == pytest.approx(white, abs=0.3) and white > 2
