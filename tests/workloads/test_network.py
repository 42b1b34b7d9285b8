"""The networks against a second, loop-based NumPy one, finite differences, and hand calculations."""

from typing import Any

import numpy as np
import pytest

from compute.measure import arithmetic
from compute.workloads import Case, _cnn_jax, _cnn_numpy, cnn
from compute.workloads.cnn import Layer, Model
from tests.measure import engine

# Each kind of layer once, with the numbers of both real networks in small: pooling 2x2 on even sides, and
# 3x3 stride 2 (overlapping) after a strided convolution.
TINY = {
    "like the baseline model": Model(
        "Tiny",
        (6, 6, 3),
        (("convolution", 4, 3, 1, 1), ("max-pooling", 0, 2, 2, 0), ("dense", 5, 0, 0, 0), ("dense", 4, 0, 0, 0)),
    ),
    "like AlexNet": Model(
        "Tiny",
        (11, 11, 3),
        (
            ("convolution", 3, 3, 2, 2),
            ("max-pooling", 0, 3, 2, 0),
            ("convolution", 4, 3, 1, 1),
            ("dense", 4, 0, 0, 0),
        ),
    ),
}
Weights = list[tuple[Any, Any]]


def draw(layers: list[Layer], seed: int = 0) -> Weights:
    """Weights as the engine draws them, with biases that are not zero."""
    generator = np.random.default_rng(seed)
    return [(w, generator.normal(0, 0.1, b.shape).astype(np.float32)) for w, b in _cnn_jax._weights(layers)]


def images_for(model: Model, batch: int, seed: int = 5) -> Any:
    return np.random.default_rng(seed).standard_normal((batch, *model.input_shape)).astype(np.float32)


def by_loops(layers: list[Layer], weights: Weights, images: Any) -> Any:
    """The forward pass, one output value at a time, in float64."""
    remaining = iter([(w.astype(np.float64), b.astype(np.float64)) for w, b in weights])
    values = images.astype(np.float64)
    for layer in layers:
        if layer.kind == "dense":
            weight, bias = next(remaining)
            flat = values.reshape(len(values), -1)
            values = np.stack([(flat * weight[:, unit]).sum(axis=1) + bias[unit] for unit in range(len(bias))], axis=1)
        else:
            values = _windows_by_loops(layer, values, None if layer.kind == "max-pooling" else next(remaining))
        if layer.kind != "max-pooling" and layer is not layers[-1]:
            values = np.where(values > 0, values, 0)
    return values


def _windows_by_loops(layer: Layer, values: Any, weights: tuple[Any, Any] | None) -> Any:
    batch, rows, columns, channels = values.shape
    edge = layer.padding
    padded = np.zeros((batch, rows + 2 * edge, columns + 2 * edge, channels))
    padded[:, edge : edge + rows, edge : edge + columns] = values
    result = np.zeros((batch, *layer.shape))
    for row in range(layer.shape[0]):
        for column in range(layer.shape[1]):
            top, left = row * layer.stride, column * layer.stride
            window = padded[:, top : top + layer.window, left : left + layer.window]
            for channel in range(layer.shape[2]):
                if weights is None:
                    result[:, row, column, channel] = window[..., channel].reshape(batch, -1).max(axis=1)
                else:
                    kernel = weights[0][..., channel]
                    result[:, row, column, channel] = (window * kernel).sum(axis=(1, 2, 3)) + weights[1][channel]
    return result


def cross_entropy(scores: Any, labels: Any) -> float:
    """Mean of -log of the softmax probability of the right class."""
    exponentials = np.exp(scores - scores.max(axis=1, keepdims=True))
    probabilities = exponentials / exponentials.sum(axis=1, keepdims=True)
    return float(np.mean([-np.log(probabilities[at, label]) for at, label in enumerate(labels)]))


def relative(got: Any, expected: Any) -> float:
    got, expected = np.asarray(got, np.float64), np.asarray(expected, np.float64)
    return float(np.linalg.norm(got - expected) / np.linalg.norm(expected))


MODELS = {**TINY, "baseline": cnn.MODELS["baseline"]}


@pytest.mark.parametrize("name", MODELS)
def test_the_numpy_network_is_what_loops_compute(name: str) -> None:
    layers = list(cnn._layers(MODELS[name]))
    weights, images = draw(layers), images_for(MODELS[name], 2)
    assert relative(_cnn_numpy.forward(layers, weights, images), by_loops(layers, weights, images)) < 1e-6


@pytest.mark.parametrize(("dtype", "limit"), [("fp32", 1e-6), ("bf16", 3e-2)])
@pytest.mark.parametrize("name", MODELS)
def test_the_jax_network_is_what_loops_compute(name: str, dtype: str, limit: float) -> None:
    jax = engine.device().jax
    layers, kind = list(cnn._layers(MODELS[name])), arithmetic.kind(dtype)
    weights = [(w.astype(kind.storage), b.astype(kind.storage)) for w, b in draw(layers)]
    images = images_for(MODELS[name], 2).astype(kind.storage)
    scores = jax.jit(lambda w, x: _cnn_jax.forward(layers, w, x, kind))(weights, images)
    assert scores.shape == (2, layers[-1].shape[0])
    assert scores.dtype == np.float32
    error = relative(scores, by_loops(layers, weights, images))
    assert error < limit
    assert _cnn_jax._arithmetic(error) == dtype


def small_training(model: Model, batch: int) -> tuple[list[Layer], Any, Any]:
    """Layers, the training program's step, and a batch of images and labels."""
    layers = list(cnn._layers(model))
    case = Case("cnn", "baseline training", "fp32", batch)
    step = _cnn_jax.training(layers, model.input_shape, case, "cpu", {}).step
    labels = np.arange(batch, dtype=np.int32) % layers[-1].shape[0]
    return layers, step, (images_for(model, batch), labels)


def start(weights: Weights) -> Any:
    return weights, [(np.zeros_like(w), np.zeros_like(b)) for w, b in weights], np.float32(0)


@pytest.mark.parametrize("name", TINY)
def test_gradient_of_a_training_step_against_finite_differences(name: str) -> None:
    """Every weight and bias moved a little both ways; the loss comes from the loops, in float64."""
    layers, step, batch = small_training(TINY[name], 2)
    weights = draw(layers)
    _, gradient, loss = engine.device().jax.jit(step)(batch, start(weights))
    moving = [(w.astype(np.float64), b.astype(np.float64)) for w, b in weights]
    assert float(loss) == pytest.approx(cross_entropy(by_loops(layers, moving, batch[0]), batch[1]), rel=1e-6)
    found, expected = [], []
    for (weight, bias), parts in zip(moving, gradient, strict=True):
        for values, part in zip((weight, bias), parts, strict=True):
            found.append(np.asarray(part).ravel())
            expected.append(_slopes(layers, moving, values.reshape(-1), batch))
    assert relative(np.concatenate(found), np.concatenate(expected)) < 1e-4


def _slopes(layers: list[Layer], weights: Weights, values: Any, batch: Any, by: float = 1e-6) -> Any:
    """(L(v + h) - L(v - h)) / 2h for every v in ``values``, a view into ``weights``."""
    slopes = []
    for at in range(len(values)):
        middle, losses = values[at], []
        for side in (middle + by, middle - by):
            values[at] = side
            losses.append(cross_entropy(by_loops(layers, weights, batch[0]), batch[1]))
        values[at] = middle
        slopes.append((losses[0] - losses[1]) / (2 * by))
    return np.array(slopes)


def test_momentum_by_hand(monkeypatch: pytest.MonkeyPatch) -> None:
    """v1 = g(w0), w1 = w0 - r v1; v2 = 0.9 v1 + g(w1), w2 = w1 - r v2."""
    monkeypatch.setattr(_cnn_jax, "LEARNING_RATE", 0.25)
    layers, step, batch = small_training(TINY["like the baseline model"], 3)
    jitted = engine.device().jax.jit(step)
    first = jitted(batch, start(draw(layers)))
    second = jitted(batch, first)
    fresh = jitted(batch, start(first[0]))  # velocity zero: its new velocity is the gradient at w1
    leaves = engine.device().jax.tree.leaves
    for w0, v1, w1 in zip(leaves(draw(layers)), leaves(first[1]), leaves(first[0]), strict=True):
        np.testing.assert_allclose(w1, w0 - 0.25 * np.asarray(v1), atol=1e-6)
    for v1, g1, v2 in zip(leaves(first[1]), leaves(fresh[1]), leaves(second[1]), strict=True):
        np.testing.assert_allclose(v2, 0.9 * np.asarray(v1) + np.asarray(g1), atol=1e-6)
    for w1, v2, w2 in zip(leaves(first[0]), leaves(second[1]), leaves(second[0]), strict=True):
        np.testing.assert_allclose(w2, np.asarray(w1) - 0.25 * np.asarray(v2), atol=1e-6)
    assert float(second[2]) < float(first[2])


def test_cross_entropy_by_hand() -> None:
    """Scores that are only the last bias, (ln 1, ln 2, ln 3, ln 4), give the probabilities 0.1, 0.2, 0.3, 0.4."""
    layers, step, (images, _) = small_training(TINY["like the baseline model"], 2)
    weights = [(np.zeros_like(w), np.zeros_like(b)) for w, b in draw(layers)]
    weights[-1] = (weights[-1][0], np.log(np.arange(1, 5)).astype(np.float32))
    _, gradient, loss = engine.device().jax.jit(step)((images, np.array([1, 3], np.int32)), start(weights))
    assert float(loss) == pytest.approx(-(np.log(0.2) + np.log(0.4)) / 2, rel=1e-6)
    # d loss / d score = (probability - 1 for the right class) / batch, summed over the batch
    np.testing.assert_allclose(gradient[-1][1], [0.1, (0.2 + 0.2 - 1) / 2, 0.3, (0.4 + 0.4 - 1) / 2], atol=1e-6)


POOLING = [((2, 6, 4, 3), 2, 2), ((2, 7, 7, 3), 2, 2), ((1, 13, 11, 2), 3, 2), ((2, 9, 9, 1), 3, 3)]


@pytest.mark.parametrize(("shape", "window", "stride"), POOLING)
def test_pooling_and_its_gradient_are_those_of_reduce_window(shape: tuple[int, ...], window: int, stride: int) -> None:
    jax = engine.device().jax
    generator = np.random.default_rng(3)
    values = generator.permutation(np.prod(shape)).reshape(shape).astype(np.float32)  # no ties

    def plain(x: Any) -> Any:
        return jax.lax.reduce_window(x, -np.inf, jax.lax.max, (1, window, window, 1), (1, stride, stride, 1), "VALID")

    upstream = generator.standard_normal(plain(values).shape).astype(np.float32)
    largest, gradient = pulled_back(lambda x: _cnn_jax.max_pool(x, window, stride), values, upstream)
    expected, expected_gradient = pulled_back(plain, values, upstream)
    np.testing.assert_array_equal(largest, expected)
    np.testing.assert_array_equal(largest, _cnn_numpy._windows(values, window, stride).max(axis=(3, 4)))
    np.testing.assert_allclose(gradient, expected_gradient, atol=1e-6)


def pulled_back(function: Any, values: Any, upstream: Any) -> tuple[Any, Any]:
    """The function's value, and the gradient that reaches ``values`` when ``upstream`` arrives at its output."""
    jax = engine.device().jax

    def both(x: Any, g: Any) -> Any:
        value, back = jax.vjp(function, x)
        return value, back(g)[0]

    return jax.jit(both)(values, upstream)


def test_pooling_hands_on_each_gradient_once_where_values_tie() -> None:
    for window, side in ((2, 4), (3, 7)):
        rows = (side - window) // 2 + 1
        ones = np.ones((1, side, side, 1), np.float32)
        _, gradient = pulled_back(lambda x, w=window: _cnn_jax.max_pool(x, w, 2), ones, ones[:, :rows, :rows])
        assert float(gradient.sum()) == pytest.approx(rows * rows)


def _smallest_of_each() -> list[Case]:
    return [
        *(Case("cnn", f"baseline {task}", dtype, 4) for task in cnn.TASKS for dtype in cnn.DTYPES),
        Case("cnn", "alexnet inference", "fp32", 1),
    ]


@pytest.mark.parametrize("case", _smallest_of_each(), ids=lambda case: case.id)
def test_a_step_can_be_repeated_and_its_check_passes(case: Case) -> None:
    jax = engine.device().jax
    program, compiled = engine.program(case), engine.compiled_loop(case, 1)
    fixed = program.fixed()
    check, state = program.check(compiled, fixed, program.state(fixed))
    shapes = jax.tree.map(lambda leaf: (leaf.shape, leaf.dtype), state)
    assert check.error <= check.limit
    assert check.arithmetic == case.dtype
    for _ in range(3):
        state = compiled(fixed, state)
        assert jax.tree.map(lambda leaf: (leaf.shape, leaf.dtype), state) == shapes
    assert all(np.isfinite(np.asarray(leaf, np.float32)).all() for leaf in jax.tree.leaves(state))


def test_inference_feeds_a_score_into_its_next_images() -> None:
    program = engine.program(Case("cnn", "baseline inference", "fp32", 2))
    fixed = program.fixed()
    images, scores = program.state(fixed)
    after, new_scores = program.step(fixed, (images, scores))
    assert float(after[0, 0, 0, 0]) == float(new_scores[0, 0])
    np.testing.assert_array_equal(np.asarray(after).ravel()[1:], np.asarray(images).ravel()[1:])


@pytest.mark.parametrize("variant", ["baseline inference", "baseline training"])
def test_the_check_finds_a_wrong_step(variant: str) -> None:
    """A step that answers with scores, or moves along gradients, half as large again as they should be."""
    jax = engine.device().jax
    case = Case("cnn", variant, "fp32", 4)
    program = engine.program(case)
    right = engine.compiled_loop(case, 1)

    def wrong(fixed: Any, state: Any) -> Any:
        after = right(fixed, state)
        return after[0], jax.tree.map(lambda leaf: 1.5 * leaf, after[1]), *after[2:]

    fixed = program.fixed()
    check, _ = program.check(wrong, fixed, program.state(fixed))
    assert check.error > check.limit
    assert check.arithmetic == "wrong"


def test_the_check_finds_a_loss_that_is_not_a_number() -> None:
    case = Case("cnn", "baseline training", "fp32", 4)
    program, right = engine.program(case), engine.compiled_loop(case, 1)
    fixed = program.fixed()
    check, _ = program.check(lambda f, s: (*right(f, s)[:2], np.float32(np.nan)), fixed, program.state(fixed))
    assert not check.error <= check.limit
