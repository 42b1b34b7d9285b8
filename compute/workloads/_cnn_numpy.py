"""An independent forward pass in plain NumPy, slow and obvious: what the JAX networks are checked against."""

from __future__ import annotations

from collections.abc import Iterable
from typing import TYPE_CHECKING, Any

import numpy as np

if TYPE_CHECKING:
    from compute.workloads.cnn import Layer

EPSILON = 1e-5


def forward(layers: list[Layer], weights: Iterable[tuple[Any, ...]], statistics: Iterable[Any], images: Any) -> Any:
    """Scores (batch, classes) of images (batch, height, width, channels), in the images' dtype.

    Args:
        layers: the network.
        weights: one (kernel, bias) or, where batch normalisation follows, (kernel, scale, shift) for each layer that
            has weights, in order.
        statistics: one (mean, variance) for each batch normalisation, in order.
        images: any float type.
    """
    outputs: list[Any] = []
    remaining, normalising = iter(weights), iter(statistics)
    for layer in layers:
        values = images if layer.source < 0 else outputs[layer.source]
        if layer.kind == "max-pooling":
            values = _windows(_padded(values, layer.padding, -np.inf), layer.window, layer.stride).max(axis=(3, 4))
        elif layer.kind == "average-pooling":
            values = _windows(values, layer.window, layer.stride).mean(axis=(3, 4))
        else:
            weight, *rest = next(remaining)
            if layer.kind == "dense":
                values = values.reshape(len(values), -1) @ weight
            else:
                windows = _windows(_padded(values, layer.padding, 0), layer.window, layer.stride)
                values = np.tensordot(windows, weight, axes=3)
            if layer.normalised:
                mean, variance = next(normalising)
                scale, shift = rest
                values = (values - mean) / np.sqrt(variance + EPSILON) * scale + shift
            else:
                values = values + rest[0]
        if layer.adds is not None:
            values = values + outputs[layer.adds]
        if layer.relu:
            values = np.maximum(values, 0)
        outputs.append(values)
    return outputs[-1]


def _padded(values: Any, padding: int, filling: float) -> Any:
    edge = (padding, padding)
    return np.pad(values, ((0, 0), edge, edge, (0, 0)), constant_values=filling)


def _windows(values: Any, window: int, stride: int) -> Any:
    """View (batch, rows, columns, window, window, channels) of all windows of NHWC ``values``."""
    views = np.lib.stride_tricks.sliding_window_view(values, (window, window), axis=(1, 2))
    return np.moveaxis(views[:, ::stride, ::stride], 3, -1)
