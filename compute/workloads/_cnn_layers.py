"""The layers of the networks in JAX, some in several formulations: the same mathematics, written differently.

Which one is fast depends on the backend; ``_tuning`` says which one runs where. Images are NHWC and kernels HWIO,
XLA's fastest layout on CPUs and TPUs and cuDNN's on NVIDIA GPUs.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping
from functools import cache, reduce
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from compute.workloads.cnn import Layer

EPSILON = 1e-5  # added to a variance before its root is taken, as every framework does


def convolve(values: Any, kernel: Any, layer: Layer, precision: Any, how: Mapping[str, str]) -> Any:
    """Convolution of NHWC ``values`` with an HWIO ``kernel``, in the formulation that ``how`` names."""
    if values.shape[-1] == 3:
        form = STEM[how.get("stem", "plain")]
    elif layer.window == 1:
        form = POINTWISE[how.get("pointwise", "plain")]
    else:
        form = _plain
    return form(values, kernel, layer.stride, layer.padding, precision)


def _plain(values: Any, kernel: Any, stride: int, padding: int, precision: Any) -> Any:
    import jax

    return jax.lax.conv_general_dilated(
        values,
        kernel,
        (stride, stride),
        [(padding, padding)] * 2,
        dimension_numbers=("NHWC", "HWIO", "NHWC"),
        precision=precision,
    )


def _padded_to(channels: int) -> Callable[..., Any]:
    """Input channels filled up with zeros, because matrix units take channels in groups of four or eight."""

    def form(values: Any, kernel: Any, stride: int, padding: int, precision: Any) -> Any:
        import jax.numpy as jnp

        more = (0, channels - values.shape[-1])
        values = jnp.pad(values, ((0, 0), (0, 0), (0, 0), more))
        kernel = jnp.pad(kernel, ((0, 0), (0, 0), more, (0, 0)))
        return _plain(values, kernel, stride, padding, precision)

    return form


def _by_blocks(values: Any, kernel: Any, stride: int, padding: int, precision: Any) -> Any:
    """A strided convolution as one of stride 1 over s x s blocks of pixels, whose s^2 c values become channels.

    Tap k of output i reads pixel s i + k: tap k // s of block i, value k % s in it. A kernel that does not fill its
    last blocks is filled up with zeros ("space to depth"; MLPerf's ResNet-50 for TPUs).
    """
    import jax

    batch, side, _, channels = values.shape
    window, _, _, units = kernel.shape
    taps = -(-window // stride)
    blocks = (side + 2 * padding - window) // stride + taps
    edge = (padding, blocks * stride - side - padding, 0)
    values = jax.lax.pad(values, values.dtype.type(0), [(0, 0, 0), edge, edge, (0, 0, 0)])
    values = values.reshape(batch, blocks, stride, blocks, stride, channels).transpose(0, 1, 3, 2, 4, 5)
    values = values.reshape(batch, blocks, blocks, stride * stride * channels)
    fill = (0, taps * stride - window, 0)
    kernel = jax.lax.pad(kernel, kernel.dtype.type(0), [fill, fill, (0, 0, 0), (0, 0, 0)])
    kernel = kernel.reshape(taps, stride, taps, stride, channels, units).transpose(0, 2, 1, 3, 4, 5)
    kernel = kernel.reshape(taps, taps, stride * stride * channels, units)
    return _plain(values, kernel, 1, 0, precision)


def _as_product(values: Any, kernel: Any, stride: int, padding: int, precision: Any) -> Any:
    """A 1x1 convolution is a matrix product; with a stride, of every s-th pixel."""
    import jax

    if stride > 1:
        values = values[:, ::stride, ::stride]
    return jax.lax.dot_general(values, kernel[0, 0], (((3,), (0,)), ((), ())), precision=precision)


STEM: dict[str, Callable[..., Any]] = {
    "plain": _plain,
    "pad4": _padded_to(4),
    "pad8": _padded_to(8),
    "blocks": _by_blocks,
}
POINTWISE: dict[str, Callable[..., Any]] = {"plain": _plain, "product": _as_product}


def max_pool(values: Any, layer: Layer, how: Mapping[str, str]) -> Any:
    """Largest value of each window of NHWC ``values``, in the formulation that ``how`` names.

    The padding is never the largest. Where values tie, the formulations give the gradient to one or another of the
    tied taps; after ReLU ties are zeros, whose gradient ReLU drops anyway.
    """
    return POOL[how.get("pool", "plain")](values, layer.window, layer.stride, layer.padding)


def _pool_by_slices(values: Any, window: int, stride: int, padding: int) -> Any:
    """Rows, then columns; a 2x2 window in one go. The gradient of ``reduce_window`` takes a CPU 3 to 22 times as long.

    Source: reference measurements, CPU 4.
    """
    import jax
    import jax.numpy as jnp

    if window == stride == 2 and padding == values.shape[1] % 2 == values.shape[2] % 2 == 0:
        return _pool_2x2()(values)
    edge = (padding, padding, 0)
    lowest = jnp.array(-jnp.inf, values.dtype)
    values = jax.lax.pad(values, lowest, [(0, 0, 0), edge, edge, (0, 0, 0)])
    for axis in (1, 2):
        values = _largest_along(values, axis, window, stride)
    return values


def _largest_along(values: Any, axis: int, window: int, stride: int) -> Any:
    import jax

    last = (values.shape[axis] - window) // stride * stride + 1
    taps = [jax.lax.slice_in_dim(values, at, at + last, stride, axis) for at in range(window)]
    return reduce(_larger(), taps)


@cache
def _larger() -> Any:
    """The larger of two, which gets all of the gradient, the first where they tie; JAX's own maximum divides there."""
    import jax
    import jax.numpy as jnp

    @jax.custom_vjp
    def larger(first: Any, second: Any) -> Any:
        return jnp.maximum(first, second)

    def forward(first: Any, second: Any) -> Any:
        return larger(first, second), first >= second

    def backward(chosen: Any, gradient: Any) -> Any:
        return jnp.where(chosen, gradient, 0), jnp.where(chosen, 0, gradient)

    larger.defvjp(forward, backward)
    return larger


@cache
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


def _pool_by_window(values: Any, window: int, stride: int, padding: int) -> Any:
    """XLA's own operation, whose gradient is its select-and-scatter."""
    import jax

    edge = (padding, padding)
    lowest = values.dtype.type(-math.inf)  # not an array: only a constant is known to be the start of a maximum
    windows, strides, edges = (1, window, window, 1), (1, stride, stride, 1), ((0, 0), edge, edge, (0, 0))
    return jax.lax.reduce_window(values, lowest, jax.lax.max, windows, strides, edges)


POOL: dict[str, Callable[..., Any]] = {"plain": _pool_by_slices, "window": _pool_by_window}


def _sum_plainly(values: Any) -> Any:
    return values.sum(range(values.ndim - 1))


def _sum_by_halves(values: Any) -> Any:
    """One half on top of the other until few rows are left.

    XLA's CPU backend goes through the rows once for every channel: up to 25 times as long for ResNet-50's activations.
    """
    values = values.reshape(-1, values.shape[-1])
    while len(values) > _FEW_ROWS and len(values) % 2 == 0:
        middle = len(values) // 2
        values = values[:middle] + values[middle:]
    return values.sum(0)


_FEW_ROWS = 64
SUMS: dict[str, Callable[[Any], Any]] = {"plain": _sum_plainly, "halves": _sum_by_halves}
FORMULATIONS = {"stem": tuple(STEM), "pointwise": tuple(POINTWISE), "pool": tuple(POOL), "sums": tuple(SUMS)}
"""What a formulation may say: key -> its forms."""


def add_bias(values: Any, bias: Any, how: Mapping[str, str]) -> Any:
    """``values`` (…, channels) + ``bias`` (channels,); its gradient is a sum in the formulation that ``how`` names."""
    form = how.get("sums", "plain")
    return values + bias if form == "plain" else _biased(form)(values, bias)


@cache
def _biased(form: str) -> Any:
    import jax

    @jax.custom_vjp
    def biased(values: Any, bias: Any) -> Any:
        return values + bias

    biased.defvjp(lambda values, bias: (values + bias, None), lambda _, gradient: (gradient, SUMS[form](gradient)))
    return biased


def average_pool(values: Any) -> Any:
    """Mean over the whole picture, (batch, 1, 1, channels); summed in float32."""
    import jax.numpy as jnp

    return values.mean(axis=(1, 2), keepdims=True, dtype=jnp.float32).astype(values.dtype)


def normalise(values: Any, scale: Any, shift: Any, how: Mapping[str, str]) -> tuple[Any, Any, Any]:
    """Batch normalisation as in training: float32 ``values`` normalised, and the batch's mean and variance (channels,).

    Mean and mean of squares come from one pass over the values, in float32, and the gradient from one more: this
    layer moves much memory for little arithmetic. The variance is that of the batch (not n / (n - 1) times it).

    Args:
        values: (batch, height, width, channels), in any float type.
        scale: (channels,) float32.
        shift: (channels,) float32.
        how: names the formulation of the sums over the batch.
    """
    normalised, mean, variance = _normalising(how.get("sums", "plain"))(values, scale, shift)
    return normalised, mean, variance


@cache
def _normalising(form: str) -> Any:
    import jax
    import jax.numpy as jnp

    total = SUMS[form]

    @jax.custom_vjp
    def norm(values: Any, scale: Any, shift: Any) -> Any:
        return norm_forward(values, scale, shift)[0]

    def norm_forward(values: Any, scale: Any, shift: Any) -> Any:
        wide = values.astype(jnp.float32)
        count = values.size // values.shape[-1]
        mean = total(wide) / count
        variance = jnp.maximum(total(wide * wide) / count - mean * mean, 0)
        root = jax.lax.rsqrt(variance + EPSILON)
        normalised = wide * (scale * root) + (shift - mean * scale * root)
        return (normalised, mean, variance), (values, scale, mean, root)

    def norm_backward(saved: Any, gradients: Any) -> Any:
        values, scale, mean, root = saved
        gradient = gradients[0]  # nothing that is learnt depends on the other two
        count = values.size // values.shape[-1]
        standard = (values.astype(jnp.float32) - mean) * root
        shift_gradient = total(gradient)
        scale_gradient = total(gradient * standard)
        centred = gradient - (shift_gradient + standard * scale_gradient) / count
        return (scale * root * centred).astype(values.dtype), scale_gradient, shift_gradient

    norm.defvjp(norm_forward, norm_backward)
    return norm
