"""The networks of ``cnn`` in JAX: forward pass, training step, inputs, and the check of both.

Images are NHWC and kernels HWIO, XLA's fastest layout on CPUs and TPUs and cuDNN's on NVIDIA GPUs.
"""

from __future__ import annotations

import math
from collections.abc import Iterator
from typing import TYPE_CHECKING, Any

import numpy as np

from compute.workloads import Case, Check, Program, _cnn_numpy, _random

if TYPE_CHECKING:
    from compute.workloads.cnn import Layer

LEARNING_RATE = 1e-5  # so small that the weights, and with them the work, stay as they were drawn
MOMENTUM = 0.9
# A network adds the errors of its layers: the bands of a single product, widened.
_FORWARD_LIMIT = {"fp32": 2e-5, "bf16": 8e-2}
_GRADIENT_LIMIT = {"fp32": 0.05, "bf16": 0.25}
_LOSS_CHANGE = {"fp32": 0.02, "bf16": 0.2}  # large against the rounding of the loss, small against the loss


def inference(layers: list[Layer], shape: tuple[int, int, int], case: Case, backend: str, options: Any) -> Program:
    """Classify a batch; one pixel of the next batch is an output of this one, so no call can be dropped."""
    import jax

    kind = _kind(case.dtype)

    def step(weights: Any, state: Any) -> Any:
        images, _ = state
        scores = forward(layers, weights, images, kind)
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
        return _forward_check(layers, weights, sample, state[1][:few], case.dtype), state

    return Program(
        step=step,
        fixed=lambda: _on_device(layers, kind.storage),
        state=state,
        check=check,
        donate=True,
        options=options,
    )


def training(layers: list[Layer], shape: tuple[int, int, int], case: Case, backend: str, options: Any) -> Program:
    """Softmax cross-entropy, its gradient, and SGD with momentum; the weights are what each step hands on."""
    import jax

    kind = _kind(case.dtype)

    def loss(weights: Any, batch: Any) -> Any:
        images, labels = batch
        scores = forward(layers, weights, images, kind)
        chosen = jax.numpy.take_along_axis(jax.nn.log_softmax(scores), labels[:, None], axis=1)
        return -chosen.mean(), scores

    def step(batch: Any, state: Any) -> Any:
        weights, velocity, _ = state
        (value, _), gradient = jax.value_and_grad(loss, has_aux=True)(weights, batch)
        velocity = jax.tree.map(lambda v, g: MOMENTUM * v + g, velocity, gradient)
        weights = jax.tree.map(lambda w, v: w - LEARNING_RATE * v, weights, velocity)
        return weights, velocity, value

    def fixed() -> Any:
        labels = np.random.default_rng(2).integers(layers[-1].shape[0], size=case.size, dtype=np.int32)
        return jax.device_put((_images(case.size, shape).astype(kind.storage), labels))

    def state(_: Any) -> Any:
        weights = _on_device(layers, np.float32)
        velocity = jax.tree.map(lambda w: jax.device_put(np.zeros(w.shape, np.float32)), weights)
        return weights, velocity, jax.device_put(np.float32(0))

    def check(compiled: Any, batch: Any, state: Any) -> tuple[Check, Any]:
        state = compiled(batch, state)
        evaluate = _compile(loss, options, state[0], batch)
        return _training_check(layers, evaluate, batch, state, case), state

    return Program(
        step=step,
        fixed=fixed,
        state=state,
        check=check,
        donate=True,
        options=options,
    )


def forward(layers: list[Layer], weights: Any, images: Any, kind: Any) -> Any:
    """Scores (batch, classes) in float32 of images (batch, height, width, channels).

    ReLU follows every layer with weights but the last. Activations are kept in ``kind.storage``.
    """
    import jax
    import jax.numpy as jnp

    values = images
    remaining = iter(weights)
    for layer in layers:
        if layer.kind == "max-pooling":
            values = max_pool(values, layer.window, layer.stride)
            continue
        weight, bias = (part.astype(kind.storage) for part in next(remaining))
        if layer.kind == "dense":
            values = values.reshape(values.shape[0], -1)
            values = jax.lax.dot(values, weight, precision=kind.precision)
        else:
            values = jax.lax.conv_general_dilated(
                values,
                weight,
                (layer.stride, layer.stride),
                [(layer.padding, layer.padding)] * 2,
                dimension_numbers=("NHWC", "HWIO", "NHWC"),
                precision=kind.precision,
            )
        values = values + bias
        if layer is not layers[-1]:
            values = jnp.maximum(values, 0)
    return values.astype(jnp.float32)


def max_pool(values: Any, window: int, stride: int) -> Any:
    """Largest value of each window of NHWC ``values``.

    ``reduce_window`` would be the plain spelling, but its gradient costs 3 to 22 times these (reference
    measurements, CPU 4). Where values tie, these share or choose among the tied taps; after ReLU ties are zeros,
    whose gradient ReLU drops anyway.
    """
    if window == stride == 2 and values.shape[1] % 2 == values.shape[2] % 2 == 0:
        return _pool_2x2()(values)
    for axis in (1, 2):
        values = _largest_along(values, axis, window, stride)
    return values


def _largest_along(values: Any, axis: int, window: int, stride: int) -> Any:
    import jax
    import jax.numpy as jnp

    last = (values.shape[axis] - window) // stride * stride + 1
    taps = [jax.lax.slice_in_dim(values, at, at + last, stride, axis) for at in range(window)]
    largest = taps[0]
    for tap in taps[1:]:
        largest = jnp.maximum(largest, tap)
    return largest


def _pool_2x2() -> Any:
    """2x2 max-pooling whose gradient goes to the first of the largest taps, built from the four phases."""
    import jax
    import jax.numpy as jnp

    phases = [(row, column) for row in (0, 1) for column in (0, 1)]

    def taps(values: Any) -> list[Any]:
        return [values[:, row::2, column::2] for row, column in phases]

    @jax.custom_vjp
    def pool(values: Any) -> Any:
        first, second, third, fourth = taps(values)
        return jnp.maximum(jnp.maximum(first, second), jnp.maximum(third, fourth))

    def pool_forward(values: Any) -> Any:
        largest = pool(values)
        return largest, (values, largest)

    def pool_backward(saved: Any, gradient: Any) -> Any:
        values, largest = saved
        free = jnp.ones(largest.shape, bool)
        parts = []
        for tap in taps(values):
            chosen = free & (tap == largest)
            free = free & ~chosen
            parts.append(jnp.where(chosen, gradient, 0))
        batch, height, width, channels = largest.shape
        rows = [jnp.stack(parts[at : at + 2], axis=3) for at in (0, 2)]
        return (jnp.stack(rows, axis=2).reshape(batch, 2 * height, 2 * width, channels),)

    pool.defvjp(pool_forward, pool_backward)
    return pool


def _kind(dtype: str) -> Any:
    from compute.measure import arithmetic

    return arithmetic.kind(dtype)


def _images(batch: int, shape: tuple[int, int, int]) -> Any:
    return _random.normal((batch, *shape), seed=1)


def _on_device(layers: list[Layer], dtype: Any) -> Any:
    """The weights on the device, a layer at a time, so that the host never holds all of them."""
    import jax

    return [jax.device_put((w.astype(dtype, copy=False), b.astype(dtype, copy=False))) for w, b in _weights(layers)]


def _weights(layers: list[Layer]) -> Iterator[tuple[Any, Any]]:
    """Float32 weights and zero biases, scaled so that values keep their size from layer to layer (He 2015)."""
    inputs = 3
    for number, layer in enumerate(layers):
        if layer.parameters:
            units = layer.shape[-1]
            fan_in = (layer.parameters - units) // units
            square = layer.kind == "convolution"
            dims = (layer.window, layer.window, inputs, units) if square else (fan_in, units)
            yield _random.normal(dims, number, math.sqrt(2 / fan_in)), np.zeros(units, np.float32)
            inputs = units


def _few(batch: int, shape: tuple[int, int, int]) -> int:
    """Images for the NumPy network: two small ones or one large one take it a tenth of a second."""
    return min(batch, 2 if shape[0] <= 64 else 1)


def _compile(function: Any, options: Any, *arguments: Any) -> Any:
    import jax

    return jax.jit(function).lower(*arguments).compile(compiler_options=dict(options))


def _forward_check(layers: list[Layer], weights: Any, images: Any, scores: Any, dtype: str) -> Check:
    host = [(np.asarray(w, np.float32), np.asarray(b, np.float32)) for w, b in weights]
    expected = _cnn_numpy.forward(layers, host, images)
    got = np.asarray(scores, np.float32)
    error = float(np.linalg.norm(got - expected) / np.linalg.norm(expected))
    return Check(error, _FORWARD_LIMIT[dtype], _arithmetic(error), error)


def _arithmetic(error: float) -> str:
    """Like ``arithmetic.name_of``, with the bands as wide as a network needs."""
    bands = (("fp32", _FORWARD_LIMIT["fp32"]), ("tf32", 2e-3), ("bf16", _FORWARD_LIMIT["bf16"]))
    return next((name for name, upper in bands if error <= upper), "wrong")


def _training_check(layers: list[Layer], evaluate: Any, batch: Any, state: Any, case: Case) -> Check:
    """The step's gradient against a finite difference of its loss, and its scores against NumPy.

    The first step starts with velocity zero, so the velocity it hands on is the gradient g at the weights w0 it
    started from. Along g the loss must change at the rate |g|^2:
    (L(w0 + a g) - L(w0 - a g)) / 2a = |g|^2 + O(a^2).
    """
    import jax
    import jax.numpy as jnp

    weights, gradient, value = state
    shift = jax.jit(lambda w, g, by: jax.tree.map(lambda one, other: one + by * other, w, g))
    squares = jax.tree.map(lambda g: jnp.sum(jnp.square(g)), gradient)
    slope = float(sum(jax.tree.leaves(squares)))
    by = min(_LOSS_CHANGE[case.dtype] / slope, 0.05 / math.sqrt(slope)) if slope > 0 else 0.0
    change = 0.0
    for sign in (1, -1):
        moved = evaluate(shift(weights, gradient, LEARNING_RATE + sign * by), batch)
        change += sign * float(moved[0])
    start = shift(weights, gradient, LEARNING_RATE)
    few = _few(case.size, batch[0].shape[1:])
    scores = evaluate(start, batch)[1]
    forward_check = _forward_check(layers, start, np.asarray(batch[0][:few], np.float32), scores[:few], case.dtype)
    error = abs(change / (2 * by * slope) - 1) if by > 0 and math.isfinite(float(value)) else math.inf
    limit = _GRADIENT_LIMIT[case.dtype]
    if error > limit:
        return Check(error, limit, "wrong", forward_check.fingerprint, "gradient")
    return forward_check
