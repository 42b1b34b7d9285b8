"""The networks of ``cnn`` as JAX programs: forward pass, training step, inputs, and the check of both."""

from __future__ import annotations

import math
from collections.abc import Iterator, Mapping
from typing import TYPE_CHECKING, Any, NamedTuple

import numpy as np

from compute.workloads import Case, Check, Program, _cnn_layers, _cnn_numpy, _random, _versions

if TYPE_CHECKING:
    from compute.workloads._devices import Devices
    from compute.workloads._tuning import Entry
    from compute.workloads.cnn import Layer

LEARNING_RATE = 1e-5  # so small that the weights, and with them the work, stay as they were drawn
MOMENTUM = 0.9
RUNNING = 0.1  # share of a batch in the running statistics of batch normalisation
# fp16 ends at 6e-8: gradients are kept this much larger while they are in it (Micikevicius 2017, "loss scaling").
_LOSS_SCALE = {"fp16": 1024.0}
# A network adds the errors of its layers: the bands of a single product, widened. Normalising by the batch widens
# them further: ResNet-50 was seen at 9e-7 (fp32), 1.7e-3 (fp16) and 1.0e-2 (bf16), AlexNet at 7e-4 and 6e-3.
_BANDS = (("fp32", 2e-5), ("tf32", 2e-3), ("bf16", 8e-2))
_WIDER = 2
_GRADIENT_LIMIT = {"fp32": 0.05, "tf32": 0.1, "fp16": 0.1, "bf16": 0.25}
_RUNNING_LIMIT = 1e-2  # the same statistics twice, with at most the rounding of the activations between them
# Large against the rounding of the loss, small against the loss.
_LOSS_CHANGE = {"fp32": 0.02, "tf32": 0.05, "fp16": 0.05, "bf16": 0.2}


class Format(NamedTuple):
    """Type of images and activations, and JAX's precision of products and convolutions."""

    storage: Any
    precision: Any


def inference(layers: list[Layer], shape: tuple[int, int, int], case: Case, tuned: Entry) -> Program:
    """Classify a batch; one pixel of the next batch is an output of this one, so no call can be dropped."""
    import jax

    kind = number_format(case.dtype)

    def step(weights: Any, state: Any) -> Any:
        images, _ = state
        scores, _ = forward(layers, weights, images, kind, tuned.formulation)
        # A whole-array feedback would cost a pass over the images; one value is enough to need all of the step.
        return images.at[0, 0, 0, 0].set(scores[0, 0].astype(images.dtype)), scores

    def state(_: Any) -> Any:
        images = jax.device_put(_images(case.size, shape).astype(kind.storage))
        scores = jax.device_put(np.zeros((case.size, layers[-1].shape[0]), np.float32))
        return images, scores

    def check(compiled: Any, weights: Any, state: Any) -> tuple[Check, Any]:
        few = _few(case.size, shape)
        sample = np.array(state[0][:few], np.float32)
        state = compiled(weights, state)
        return _forward_check(layers, _statistics(layers), sample, state[1][:few], case), state

    def fixed() -> Any:
        return [jax.device_put(tuple(part.astype(kind.storage, copy=False) for part in p)) for p in _folded(layers)]

    return Program(
        step=step,
        fixed=fixed,
        state=state,
        check=check,
        donate=True,
        options=tuned.options,
        formulation=tuned.formulation,
    )


class _OneDevice:
    """Where arrays of a program on one device lie; :class:`compute.workloads._devices.Devices` spreads them."""

    def batch(self, values: Any) -> Any:
        import jax

        return jax.device_put(values)

    copies = batch

    def as_copies(self, tree: Any) -> Any:
        return tree

    def host(self, array: Any, few: int) -> Any:
        return np.asarray(array[:few])


def training(
    layers: list[Layer], shape: tuple[int, int, int], case: Case, tuned: Entry, devices: Devices | None = None
) -> Program:
    """Softmax cross-entropy, its gradient, and SGD with momentum; the weights are what each step hands on.

    Weights, gradients and statistics are float32 whatever the label; images, activations and the copies of the
    weights that they meet are in the label's type ("mixed precision"). Over several ``devices`` the batch is cut into
    equal parts, and each of them holds all weights.
    """
    import jax

    where = devices or _OneDevice()
    kind = number_format(case.dtype)
    enlarged = _LOSS_SCALE.get(case.dtype, 1.0)

    def loss(weights: Any, batch: Any) -> Any:
        """The loss, enlarged; with it the loss itself, the scores and the batch's statistics."""
        images, labels = batch
        scores, statistics = forward(layers, weights, images, kind, tuned.formulation)
        chosen = jax.numpy.take_along_axis(jax.nn.log_softmax(scores), labels[:, None], axis=1)
        value = -chosen.mean()
        return enlarged * value, (value, scores, statistics)

    def step(batch: Any, state: Any) -> Any:
        weights, velocity, running, _ = state
        (_, (value, _, statistics)), gradient = jax.value_and_grad(loss, has_aux=True)(weights, batch)
        velocity = jax.tree.map(lambda v, g: MOMENTUM * v + g / enlarged, velocity, gradient)
        weights = jax.tree.map(lambda w, v: w - LEARNING_RATE * v, weights, velocity)
        running = jax.tree.map(lambda old, new: old + RUNNING * (new - old), running, statistics)
        return where.as_copies((weights, velocity, running, value))

    def fixed() -> Any:
        labels = np.random.default_rng(2).integers(layers[-1].shape[0], size=case.size, dtype=np.int32)
        return where.batch(_images(case.size, shape).astype(kind.storage)), where.batch(labels)

    def state(_: Any) -> Any:
        weights = [tuple(map(where.copies, parts)) for parts in _weights(layers)]
        velocity = jax.tree.map(lambda w: where.copies(np.zeros(w.shape, np.float32)), weights)
        return weights, velocity, jax.tree.map(where.copies, _statistics(layers)), where.copies(np.float32(0))

    def check(compiled: Any, batch: Any, state: Any) -> tuple[Check, Any]:
        state = compiled(batch, state)
        evaluate = _compile(lambda weights, batch: loss(weights, batch)[1], tuned.options, state[0], batch)
        return _training_check(layers, evaluate, batch, state, case, where), state

    return Program(
        step=step,
        fixed=fixed,
        state=state,
        check=check,
        donate=True,
        options=tuned.options,
        formulation=tuned.formulation,
    )


def forward(layers: list[Layer], weights: Any, images: Any, kind: Format, how: Mapping[str, str]) -> tuple[Any, Any]:
    """Scores (batch, classes) in float32 of images (batch, height, width, channels).

    Activations are kept in ``kind.storage``. A layer whose weights are (kernel, scale, shift) normalises by the
    batch; one whose weights are (kernel, bias) adds the bias, also where :func:`_folded` made it.

    Returns:
        The scores, and (mean, variance) of each batch normalisation in order.
    """
    import jax
    import jax.numpy as jnp

    outputs: list[Any] = []
    statistics = []
    remaining = iter(weights)
    for layer in layers:
        values = images if layer.source < 0 else outputs[layer.source]
        if layer.kind == "max-pooling":
            values = _cnn_layers.max_pool(values, layer, how)
        elif layer.kind == "average-pooling":
            values = _cnn_layers.average_pool(values)
        else:
            kernel, *rest = next(remaining)
            kernel = kernel.astype(kind.storage)
            if layer.kind == "dense":
                values = jax.lax.dot(values.reshape(values.shape[0], -1), kernel, precision=kind.precision)
            else:
                values = _cnn_layers.convolve(values, kernel, layer, kind.precision, how)
            if len(rest) == 2:
                scale, shift = rest
                values, *moments = _cnn_layers.normalise(values, scale, shift, how)
                statistics.append(tuple(moments))
            else:
                values = _cnn_layers.add_bias(values, rest[0].astype(kind.storage), how)
        if layer.adds is not None:
            values = values + outputs[layer.adds]
        if layer.relu:
            values = jax.nn.relu(values)
        outputs.append(values.astype(kind.storage))
    return outputs[-1].astype(jnp.float32), statistics


def number_format(dtype: str) -> Format:
    """How a network computes under the label ``dtype``; fp32 without a precision is TF32 on NVIDIA's matrix units."""
    import jax
    import jax.numpy as jnp

    storage = {"bf16": jnp.bfloat16, "fp16": jnp.float16}.get(dtype, jnp.float32)
    return Format(storage, jax.lax.Precision.HIGHEST if dtype == "fp32" else jax.lax.Precision.DEFAULT)


def _images(batch: int, shape: tuple[int, int, int]) -> Any:
    return _random.normal((batch, *shape), seed=1)


def _weights(layers: list[Layer]) -> Iterator[tuple[Any, ...]]:
    """Float32 weights, scaled so that values keep their size from layer to layer (He 2015), and zero biases.

    Where batch normalisation follows, (kernel, scale, shift); the scale of what is added to a shortcut is one half, so
    that the sum grows slowly from block to block. A layer at a time, so that the host never holds all of them.
    """
    channels = {-1: 3}
    for number, layer in enumerate(layers):
        units = channels[number] = layer.shape[-1]
        if not layer.parameters:
            continue
        inputs = channels[layer.source]
        beside = 2 * units if layer.normalised else units
        fan_in = (layer.parameters - beside) // units
        dims = (fan_in, units) if layer.kind == "dense" else (layer.window, layer.window, inputs, units)
        kernel = _random.normal(dims, number, math.sqrt(2 / fan_in))
        if layer.normalised:
            scale = np.full(units, 1.0 if layer.adds is None else 0.25, np.float32)
            yield kernel, scale, _random.normal((units,), number, 0.1)
        else:
            yield kernel, np.zeros(units, np.float32)


def _statistics(layers: list[Layer]) -> list[tuple[Any, Any]]:
    """Running mean and variance of each batch normalisation, as training might have left them."""
    return [
        (_random.normal((layer.shape[-1],), number, 0.1), np.exp(_random.normal((layer.shape[-1],), number + 1, 0.2)))
        for number, layer in enumerate(layers)
        if layer.normalised
    ]


def _folded(layers: list[Layer]) -> Iterator[tuple[Any, Any]]:
    """Weights for inference, (kernel, bias): what normalises by fixed statistics is a factor and a bias.

    scale * (x - mean) / root + shift = x * (scale / root) + (shift - mean * scale / root).
    """
    statistics = iter(_statistics(layers))
    for kernel, *rest in _weights(layers):
        if len(rest) == 1:
            yield kernel, rest[0]
            continue
        (scale, shift), (mean, variance) = rest, next(statistics)
        factor = scale / np.sqrt(variance + np.float32(_cnn_layers.EPSILON))
        yield kernel * factor, shift - mean * factor


def _few(batch: int, shape: tuple[int, int, int]) -> int:
    """Images for the NumPy network: two small ones or one large one take it a tenth of a second."""
    return min(batch, 2 if shape[0] <= 64 else 1)


def _compile(function: Any, options: Any, *arguments: Any) -> Any:
    import jax

    return _versions.compile_with(jax.jit(function).lower(*arguments), options)[0]


def _forward_check(layers: list[Layer], statistics: Any, images: Any, scores: Any, case: Case) -> Check:
    expected = _cnn_numpy.forward(layers, _weights(layers), statistics, images)
    got = np.asarray(scores, np.float32)
    error = float(np.linalg.norm(got - expected) / np.linalg.norm(expected))
    by_batch = "training" in case.variant and any(layer.normalised for layer in layers)
    limit, name = _judged(error, case.dtype, _WIDER if by_batch else 1)
    return Check(error, limit, name, error)


def _judged(error: float, dtype: str, wider: float = 1) -> tuple[float, str]:
    """Limit of the error, and the arithmetic that it gives away; fp16 has as many significant bits as TF32."""
    bands = [("fp16" if (name, dtype) == ("tf32", "fp16") else name, wider * upper) for name, upper in _BANDS]
    return dict(bands)[dtype], next((name for name, upper in bands if error <= upper), "wrong")


def _training_check(
    layers: list[Layer], evaluate: Any, batch: Any, state: Any, case: Case, where: _OneDevice | Devices
) -> Check:
    """The step's gradient against a finite difference of its loss, and its scores against NumPy.

    The first step starts with velocity zero, so the velocity it hands on is the gradient g at the weights w0 it
    started from. Along g the loss must change at the rate |g|^2:
    (L(w0 + a g) - L(w0 - a g)) / 2a = |g|^2 + O(a^2).

    Batch normalisation ties every image to its batch: NumPy takes the batch's mean and variance as they were found,
    and the running statistics that the step hands on must be those found, mixed in.
    """
    import jax
    import jax.numpy as jnp

    weights, gradient, running, value = state
    shift = jax.jit(lambda w, g, by: jax.tree.map(lambda one, other: one + by * other, w, g))
    squares = jax.tree.map(lambda g: jnp.sum(jnp.square(g)), gradient)
    slope = float(sum(jax.tree.leaves(squares)))
    by = min(_LOSS_CHANGE[case.dtype] / slope, 0.05 / math.sqrt(slope)) if slope > 0 else 0.0
    change = 0.0
    for sign in (1, -1):
        moved = evaluate(shift(weights, gradient, LEARNING_RATE + sign * by), batch)
        change += sign * float(moved[0])
    _, scores, statistics = evaluate(shift(weights, gradient, LEARNING_RATE), batch)
    few = _few(case.size, batch[0].shape[1:])
    images, scores = where.host(batch[0], few).astype(np.float32), where.host(scores, few)
    forward_check = _forward_check(layers, jax.device_get(statistics), images, scores, case)
    error = abs(change / (2 * by * slope) - 1) if by > 0 and math.isfinite(float(value)) else math.inf
    limit = _GRADIENT_LIMIT[case.dtype]
    if error > limit:
        return Check(error, limit, "wrong", forward_check.fingerprint, "gradient")
    error = _running_error(_statistics(layers), statistics, running)
    if not error <= _RUNNING_LIMIT:
        return Check(error, _RUNNING_LIMIT, "wrong", forward_check.fingerprint, "running statistics")
    return forward_check


def _running_error(before: Any, batch: Any, after: Any) -> float:
    """Largest relative error of the running statistics that a step handed on, against (1 - r) before + r batch."""
    worst = 0.0
    for pairs in zip(before, batch, after, strict=True):
        for old, new, got in zip(*pairs, strict=True):
            expected = (1 - RUNNING) * old + RUNNING * np.asarray(new)
            worst = max(worst, float(np.linalg.norm(np.asarray(got) - expected) / np.linalg.norm(expected)))
    return worst
