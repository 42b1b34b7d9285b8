"""An independent forward pass in plain NumPy, slow and obvious: what the JAX networks are checked against."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np

if TYPE_CHECKING:
    from compute.workloads.cnn import Layer


def forward(layers: list[Layer], weights: list[tuple[Any, Any]], images: Any) -> Any:
    """Scores (batch, classes) of images (batch, height, width, channels), in the images' dtype."""
    values = images
    remaining = iter(weights)
    for layer in layers:
        if layer.kind == "max-pooling":
            values = _windows(values, layer.window, layer.stride).max(axis=(3, 4))
            continue
        weight, bias = next(remaining)
        if layer.kind == "dense":
            values = values.reshape(len(values), -1) @ weight + bias
        else:
            edge = (layer.padding, layer.padding)
            padded = np.pad(values, ((0, 0), edge, edge, (0, 0)))
            windows = _windows(padded, layer.window, layer.stride)
            values = np.tensordot(windows, weight, axes=3) + bias
        if layer is not layers[-1]:
            values = np.maximum(values, 0)
    return values


def _windows(values: Any, window: int, stride: int) -> Any:
    """View (batch, rows, columns, window, window, channels) of all windows of NHWC ``values``."""
    views = np.lib.stride_tricks.sliding_window_view(values, (window, window), axis=(1, 2))
    return np.moveaxis(views[:, ::stride, ::stride], 3, -1)
