"""The networks against a second, loop-based NumPy one, finite differences, and hand calculations."""

from collections.abc import Iterator, Mapping
from dataclasses import replace
from functools import cache
from typing import Any

import numpy as np
import pytest

from compute.workloads import Case, Unsupported, _cnn_jax, _cnn_layers, _cnn_numpy, _tuning, cnn
from compute.workloads._cnn_models import described
from compute.workloads.cnn import Layer, Model
from tests.measure import engine

# Each kind of layer once, with the numbers of both real networks in small: pooling 2x2 on even sides, and
# 3x3 stride 2 (overlapping) after a strided convolution; residual blocks with a shortcut of another shape, with one
# of another stride, and with none.
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
    "like ResNet": Model(
        "Tiny",
        (9, 9, 3),
        (
            ("convolution", 4, 3, 2, 1),
            ("max-pooling", 0, 3, 2, 1),
            ("bottleneck", 2, 3, 1, 1),
            ("bottleneck", 2, 3, 2, 1),
            ("bottleneck", 2, 3, 1, 1),
            ("average-pooling", 0, 2, 1, 0),
            ("dense", 4, 0, 0, 0),
        ),
        normalised=True,
    ),
}
Weights = list[tuple[Any, ...]]

SOME = 12
"""So many numbers of each array are moved: each of them takes two passes by loops."""


def jit(function: Any) -> Any:
    """For small networks, which take longer to compile than to run."""
    return engine.device().jax.jit(function, compiler_options=engine.LITTLE_EFFORT)


def draw(layers: list[Layer], seed: int = 0) -> Weights:
    """Weights as the engine draws them, with biases, scales and shifts that are neither zero nor one."""
    generator = np.random.default_rng(seed)

    def around(part: Any) -> Any:
        return (part + generator.normal(0, 0.1, part.shape)).astype(np.float32)

    return [(kernel, *map(around, rest)) for kernel, *rest in _cnn_jax._weights(layers)]


def images_for(model: Model, batch: int, seed: int = 5) -> Any:
    return np.random.default_rng(seed).standard_normal((batch, *model.input_shape)).astype(np.float32)


def by_loops(layers: list[Layer], weights: Weights, images: Any, statistics: Any = None) -> Any:
    """The forward pass, one output value at a time, in float64; normalises by the batch where nothing else is given."""
    remaining = iter([tuple(part.astype(np.float64) for part in parts) for parts in weights])
    given = iter(statistics or [])
    outputs: list[Any] = []
    for layer in layers:
        values = outputs[layer.source] if outputs else images.astype(np.float64)
        if layer.kind == "dense":
            weight, bias = next(remaining)
            flat = values.reshape(len(values), -1)
            values = np.stack([(flat * weight[:, unit]).sum(axis=1) + bias[unit] for unit in range(len(bias))], axis=1)
        elif layer.kind == "convolution":
            kernel, *rest = next(remaining)
            values = _windows_by_loops(layer, values, kernel)
            if len(rest) == 1:
                values = values + rest[0]
            else:
                values = _normalised_by_loops(values, rest[0], rest[1], next(given, None))
        else:
            values = _windows_by_loops(layer, values, None)
        if layer.adds is not None:
            values = values + outputs[layer.adds]
        outputs.append(np.where(values > 0, values, 0) if layer.relu else values)
    return outputs[-1]


def _normalised_by_loops(values: Any, scale: Any, shift: Any, statistics: Any) -> Any:
    result = np.zeros_like(values)
    for channel in range(values.shape[-1]):
        those = values[..., channel]
        mean, variance = (s[channel] for s in statistics) if statistics else (those.mean(), those.var())
        result[..., channel] = (those - mean) / np.sqrt(variance + 1e-5) * scale[channel] + shift[channel]
    return result


def _windows_by_loops(layer: Layer, values: Any, kernel: Any) -> Any:
    batch, rows, columns, channels = values.shape
    edge = layer.padding
    filling = -np.inf if layer.kind == "max-pooling" else 0.0
    padded = np.full((batch, rows + 2 * edge, columns + 2 * edge, channels), filling)
    padded[:, edge : edge + rows, edge : edge + columns] = values
    result = np.zeros((batch, *layer.shape))
    for row in range(layer.shape[0]):
        for column in range(layer.shape[1]):
            top, left = row * layer.stride, column * layer.stride
            window = padded[:, top : top + layer.window, left : left + layer.window]
            for channel in range(layer.shape[2]):
                if kernel is not None:
                    result[:, row, column, channel] = (window * kernel[..., channel]).sum(axis=(1, 2, 3))
                    continue
                those = window[..., channel].reshape(batch, -1)
                largest = layer.kind == "max-pooling"
                result[:, row, column, channel] = those.max(axis=1) if largest else those.mean(axis=1)
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


@cache
def trained_by_loops(name: str) -> Any:
    """The scores of two images, normalised by the batch."""
    layers = described(MODELS[name])
    return by_loops(layers, draw(layers), images_for(MODELS[name], 2))


@pytest.mark.parametrize("name", MODELS)
def test_the_numpy_network_is_what_loops_compute(name: str) -> None:
    layers = described(MODELS[name])
    weights, images, statistics = draw(layers), images_for(MODELS[name], 2), _cnn_jax._statistics(layers)
    got = _cnn_numpy.forward(layers, weights, statistics, images)
    assert relative(got, by_loops(layers, weights, images, statistics)) < 1e-6


@pytest.mark.parametrize(("dtype", "limit"), [("fp32", 1e-6), ("fp16", 2e-3), ("bf16", 3e-2)])
@pytest.mark.parametrize("name", MODELS)
def test_the_jax_network_is_what_loops_compute(name: str, dtype: str, limit: float) -> None:
    """As in training: a network that normalises does so by its batch."""
    layers, kind = described(MODELS[name]), _cnn_jax.number_format(dtype)
    weights, images = draw(layers), images_for(MODELS[name], 2)
    jitted = jit(lambda w, x: _cnn_jax.forward(layers, w, x, kind, {})[0])
    scores = jitted(weights, images.astype(kind.storage))
    assert scores.shape == (2, layers[-1].shape[0])
    assert scores.dtype == np.float32
    error = relative(scores, trained_by_loops(name))
    wider = 5 if name == "like ResNet" else 1  # few values to normalise by
    assert error < limit * wider
    assert _cnn_jax._judged(error, dtype, wider)[1] == dtype


def test_folding_batch_normalisation_keeps_the_answer() -> None:
    model = TINY["like ResNet"]
    layers, kind = described(model), _cnn_jax.number_format("fp32")
    folded, images = list(_cnn_jax._folded(layers)), images_for(model, 2)
    assert {len(parts) for parts in folded} == {2}
    scores, _ = jit(lambda w, x: _cnn_jax.forward(layers, w, x, kind, {}))(folded, images)
    expected = by_loops(layers, list(_cnn_jax._weights(layers)), images, _cnn_jax._statistics(layers))
    assert relative(scores, expected) < 1e-6


def test_statistics_of_a_batch_and_how_they_run_on() -> None:
    """Means and variances of what comes out of each convolution; a tenth of them enters the running ones."""
    model = TINY["like ResNet"]
    layers, step, batch = small_training(model, 3)
    weights, running = draw(layers), _cnn_jax._statistics(layers)
    after = jit(step)(batch, start(weights, running))[2]
    stem = _windows_by_loops(layers[0], batch[0].astype(np.float64), weights[0][0].astype(np.float64))
    for found, before, expected in zip(after[0], running[0], (stem.mean((0, 1, 2)), stem.var((0, 1, 2))), strict=True):
        np.testing.assert_allclose(found, 0.9 * before + 0.1 * expected, rtol=1e-5)
    # The others by the network itself: with the statistics of the batch given, it answers as if it took them.
    found = [
        tuple((new - 0.9 * old) / 0.1 for new, old in zip(*two, strict=True))
        for two in zip(after, running, strict=True)
    ]
    answer = _cnn_numpy.forward(layers, weights, found, batch[0])
    assert relative(answer, by_loops(layers, weights, batch[0])) < 1e-4


def small_training(
    model: Model, batch: int, dtype: str = "fp32", how: Mapping[str, str] | None = None
) -> tuple[list[Layer], Any, Any]:
    """Layers, the training program's step, and a batch of images and labels."""
    layers = described(model)
    case = Case("cnn", "baseline training", dtype, batch)
    entry = _tuning.Entry("cnn", "cpu", why="", formulation=how or {})
    step = _cnn_jax.training(layers, model.input_shape, case, entry).step
    return layers, step, small_batch(model, batch)


def small_batch(model: Model, size: int) -> tuple[Any, Any]:
    """Images, and a label for each."""
    return images_for(model, size), np.arange(size, dtype=np.int32) % described(model)[-1].shape[0]


def start(weights: Weights, running: Any = None) -> Any:
    """State before a first step: velocities zero; running statistics do not matter to it."""
    normalised = [parts for parts in weights if len(parts) == 3]
    running = running or [(np.zeros_like(scale), np.ones_like(scale)) for _, scale, _ in normalised]
    velocity = [tuple(map(np.zeros_like, parts)) for parts in weights]
    return weights, velocity, running, np.float32(0)


@cache
def by_differences(name: str) -> tuple[float, Any, Any]:
    """The loss of three images from the loops, in float64; places of some weights, and its slope at each of them."""
    layers = described(TINY[name])
    batch = small_batch(TINY[name], 3)
    moving = [tuple(part.astype(np.float64) for part in parts) for parts in draw(layers)]
    loss = cross_entropy(by_loops(layers, moving, batch[0]), batch[1])
    arrays = [part.reshape(-1) for parts in moving for part in parts]
    places = [np.unique(np.linspace(0, array.size - 1, SOME).astype(int)) for array in arrays]
    slopes = [_slopes(layers, moving, array, some, batch) for array, some in zip(arrays, places, strict=True)]
    return loss, places, np.concatenate(slopes)


@pytest.mark.parametrize("how", [{}, {"sums": "halves"}], ids=["plain", "sums by halves"])
@pytest.mark.parametrize("name", TINY)
def test_gradient_of_a_training_step_against_finite_differences(name: str, how: Mapping[str, str]) -> None:
    """Some of every kernel, bias, scale and shift moved a little both ways."""
    layers, step, batch = small_training(TINY[name], 3, how=how)
    _, gradient, _, loss = jit(step)(batch, start(draw(layers)))
    expected, places, slopes = by_differences(name)
    assert float(loss) == pytest.approx(expected, rel=1e-6)
    gradients = [np.asarray(part).ravel() for parts in gradient for part in parts]
    found = [part[some] for part, some in zip(gradients, places, strict=True)]
    assert relative(np.concatenate(found), slopes) < 1e-4


def _slopes(layers: list[Layer], weights: Weights, values: Any, some: Any, batch: Any, by: float = 1e-6) -> Any:
    """(L(v + h) - L(v - h)) / 2h for some v in ``values``, a view into ``weights``."""
    slopes = []
    for at in some:
        middle, losses = values[at], []
        for side in (middle + by, middle - by):
            values[at] = side
            losses.append(cross_entropy(by_loops(layers, weights, batch[0]), batch[1]))
        values[at] = middle
        slopes.append((losses[0] - losses[1]) / (2 * by))
    return np.array(slopes)


@cache
def exact_step(name: str) -> Any:
    """The state after a training step in fp32."""
    layers, step, batch = small_training(TINY[name], 8)
    return jit(step)(batch, start(draw(layers)))


@pytest.mark.parametrize("dtype", ["fp16", "bf16"])
@pytest.mark.parametrize("name", ["like the baseline model", "like ResNet"])
def test_mixed_precision_learns_the_same(name: str, dtype: str) -> None:
    """Weights and velocities stay float32, and the gradient is that of float32 but for rounding."""
    jax = engine.device().jax
    layers, step, (images, labels) = small_training(TINY[name], 8, dtype)
    weights = draw(layers)
    narrow = images.astype(_cnn_jax.number_format(dtype).storage)
    after = jit(step)((narrow, labels), start(weights))
    assert {leaf.dtype for leaf in jax.tree.leaves(after)} == {np.dtype(np.float32)}
    exact = exact_step(name)[1]
    flat = (np.concatenate([np.ravel(leaf) for leaf in jax.tree.leaves(tree)]) for tree in (after[1], exact))
    rough = dtype == "bf16" and name == "like ResNet"  # it divides by the spread of few values, each with 8 bits
    assert relative(*flat) < (0.15 if rough else 0.1)


def test_momentum_by_hand(monkeypatch: pytest.MonkeyPatch) -> None:
    """v1 = g(w0), w1 = w0 - r v1; v2 = 0.9 v1 + g(w1), w2 = w1 - r v2."""
    monkeypatch.setattr(_cnn_jax, "LEARNING_RATE", 0.25)
    layers, step, batch = small_training(TINY["like the baseline model"], 3)
    jitted = jit(step)
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
    assert float(second[3]) < float(first[3])


def test_cross_entropy_by_hand() -> None:
    """Scores that are only the last bias, (ln 1, ln 2, ln 3, ln 4), give the probabilities 0.1, 0.2, 0.3, 0.4."""
    layers, step, (images, _) = small_training(TINY["like the baseline model"], 2)
    weights = [(np.zeros_like(w), np.zeros_like(b)) for w, b in draw(layers)]
    weights[-1] = (weights[-1][0], np.log(np.arange(1, 5)).astype(np.float32))
    _, gradient, _, loss = jit(step)((images, np.array([1, 3], np.int32)), start(weights))
    assert float(loss) == pytest.approx(-(np.log(0.2) + np.log(0.4)) / 2, rel=1e-6)
    # d loss / d score = (probability - 1 for the right class) / batch, summed over the batch
    np.testing.assert_allclose(gradient[-1][1], [0.1, (0.2 + 0.2 - 1) / 2, 0.3, (0.4 + 0.4 - 1) / 2], atol=1e-6)


CONVOLUTIONS = [
    *(("stem", form, (2, side, side, 3), window, stride, padding)
      for form in _cnn_layers.STEM
      for side, window, stride, padding in ((24, 11, 4, 2), (16, 7, 2, 3), (8, 3, 1, 1), (13, 5, 3, 0))),
    *(("pointwise", form, (2, 7, 7, 6), 1, stride, 0) for form in _cnn_layers.POINTWISE for stride in (1, 2)),
]  # fmt: skip


@pytest.mark.parametrize(("key", "form", "shape", "window", "stride", "padding"), CONVOLUTIONS)
def test_every_formulation_of_a_convolution_is_the_plain_one(
    key: str, form: str, shape: tuple[int, ...], window: int, stride: int, padding: int
) -> None:
    """Its value, and both of its gradients."""
    jax = engine.device().jax
    generator = np.random.default_rng(4)
    layer = Layer("", "convolution", (), 0, 0, 0, window, stride, padding)
    values = generator.standard_normal(shape).astype(np.float32)
    kernel = generator.standard_normal((window, window, shape[-1], 5)).astype(np.float32)
    precision = jax.lax.Precision.HIGHEST

    def both(how: dict[str, str]) -> Any:
        def convolve(v: Any, k: Any) -> Any:
            return _cnn_layers.convolve(v, k, layer, precision, how)

        result, back = jax.vjp(convolve, values, kernel)
        return result, *back(np.random.default_rng(5).standard_normal(result.shape).astype(np.float32))

    for got, expected in zip(both({key: form}), both({}), strict=True):
        assert got.shape == expected.shape
        assert relative(got, expected) < 1e-6


@pytest.mark.parametrize("shape", [(3, 8, 8, 5), (1, 7, 7, 2), (2, 100, 3)])
@pytest.mark.parametrize("form", _cnn_layers.SUMS)
def test_sums_over_all_but_the_channels(form: str, shape: tuple[int, ...]) -> None:
    values = np.random.default_rng(8).integers(-9, 9, shape).astype(np.float32)
    expected = values.reshape(-1, shape[-1]).sum(0)
    np.testing.assert_array_equal(_cnn_layers.SUMS[form](engine.device().jax.numpy.array(values)), expected)


@pytest.mark.parametrize("form", _cnn_layers.SUMS)
def test_a_bias_gets_the_sum_of_what_comes_back(form: str) -> None:
    jax = engine.device().jax
    generator = np.random.default_rng(9)
    values, bias = generator.standard_normal((2, 9, 9, 4)), generator.standard_normal(4)
    upstream = generator.standard_normal(values.shape).astype(np.float32)
    added, back = jax.vjp(
        lambda v, b: _cnn_layers.add_bias(v, b, {"sums": form}), values.astype(np.float32), bias.astype(np.float32)
    )
    np.testing.assert_allclose(added, values + bias, atol=1e-6)
    of_values, of_bias = back(upstream)
    np.testing.assert_array_equal(of_values, upstream)
    np.testing.assert_allclose(of_bias, upstream.sum((0, 1, 2), dtype=np.float64), atol=1e-5)


POOLING = [
    *(((2, 6, 4, 3), 2, 2, 0), ((2, 7, 7, 3), 2, 2, 0), ((1, 13, 11, 2), 3, 2, 0), ((2, 9, 9, 1), 3, 3, 0)),
    *(((2, 8, 8, 3), 3, 2, 1), ((1, 5, 6, 2), 2, 2, 1)),
]


@pytest.mark.parametrize("form", _cnn_layers.POOL)
@pytest.mark.parametrize(("shape", "window", "stride", "padding"), POOLING)
def test_pooling_and_its_gradient_are_those_of_reduce_window(
    shape: tuple[int, ...], window: int, stride: int, padding: int, form: str
) -> None:
    jax = engine.device().jax
    generator = np.random.default_rng(3)
    values = generator.permutation(np.prod(shape)).reshape(shape).astype(np.float32)  # no ties

    def plain(x: Any) -> Any:
        edge = (padding, padding)
        edges = ((0, 0), edge, edge, (0, 0))
        return jax.lax.reduce_window(x, -np.inf, jax.lax.max, (1, window, window, 1), (1, stride, stride, 1), edges)

    upstream = generator.standard_normal(plain(values).shape).astype(np.float32)

    layer = Layer("", "max-pooling", (), 0, 0, 0, window, stride, padding)

    def ours(x: Any) -> Any:
        return _cnn_layers.max_pool(x, layer, {"pool": form})

    largest, gradient = pulled_back(ours, values, upstream)
    expected, expected_gradient = pulled_back(plain, values, upstream)
    np.testing.assert_array_equal(largest, expected)
    padded = _cnn_numpy._padded(values, padding, -np.inf)
    np.testing.assert_array_equal(largest, _cnn_numpy._windows(padded, window, stride).max(axis=(3, 4)))
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
        _, gradient = pulled_back(
            lambda x, w=window: _cnn_layers._pool_by_slices(x, w, 2, 0), ones, ones[:, :rows, :rows]
        )
        assert float(gradient.sum()) == pytest.approx(rows * rows)


def _smallest_of_each() -> list[Case]:
    return [
        *(Case("cnn", f"baseline {task}", dtype, 4) for task in cnn.TASKS for dtype in ("fp32", "bf16", "fp16")),
        Case("cnn", "alexnet inference", "fp32", 1),
        Case("cnn", "resnet50 inference", "fp32", 1),
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


@pytest.fixture
def with_little_effort() -> Iterator[None]:
    """Whatever is compiled in the test, also by a check, is compiled as by `engine.LITTLE_EFFORT`."""
    config = engine.device().jax.config
    config.update("jax_disable_most_optimizations", True)
    yield
    config.update("jax_disable_most_optimizations", False)


@pytest.mark.slow
@pytest.mark.usefixtures("with_little_effort")
def test_a_training_step_of_resnet_passes_its_check(monkeypatch: pytest.MonkeyPatch) -> None:
    """In bf16, the format with the most rounding; both kinds of statistics must be those of the batch.

    Each block that is not like another one once: all sixteen would take minutes to compile.
    """
    whole = cnn.MODELS["resnet50"]
    monkeypatch.setitem(cnn.MODELS, "resnet50", replace(whole, plan=tuple(dict.fromkeys(whole.plan))))
    case = Case("cnn", "resnet50 training", "bf16", 2)
    program, compiled = engine.program(case), engine.compiled_loop(case, 1)
    fixed = program.fixed()
    kept: dict[str, Any] = {}
    compile_ = _cnn_jax._compile
    # The loss is compiled by the first check and taken again by the second.
    monkeypatch.setattr(_cnn_jax, "_compile", lambda *of: kept.get("loss") or kept.setdefault("loss", compile_(*of)))
    check, _ = program.check(compiled, fixed, program.state(fixed))
    assert check.error <= check.limit
    assert check.arithmetic == "bf16"

    def wrong(fixed: Any, state: Any) -> Any:
        weights, velocity, running, loss = compiled(fixed, state)
        return weights, velocity, [(mean, 1.1 * variance) for mean, variance in running], loss

    check, _ = program.check(wrong, fixed, program.state(fixed))
    assert (check.arithmetic, check.what) == ("wrong", "running statistics")
    assert check.error > check.limit


def test_what_a_processor_does_not_have_is_said() -> None:
    with pytest.raises(Unsupported, match="TF32 is a number format of NVIDIA GPUs"):
        cnn.build(Case("cnn", "alexnet inference", "tf32", 1), "cpu")


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
    check, _ = program.check(lambda f, s: (*right(f, s)[:3], np.float32(np.nan)), fixed, program.state(fixed))
    assert not check.error <= check.limit
