"""Max-pooling: of each window only the largest number goes on. No weights, nothing to learn."""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from compute import units
from compute.lecture.greys import Grid, number

WINDOWS = (2, 3, 4)
STRIDES = (1, 2, 3, 4)


@dataclass(frozen=True)
class Pooled:
    """What comes out, and what it took.

    `values` is the pooled map. `largest` has, for each stop row by row, the place of the (first) largest number in
    its window, counted row by row. `kept` marks the pixels that were the largest somewhere; the others are lost.
    """

    values: Grid
    largest: tuple[int, ...]
    kept: NDArray[np.bool_]


def pool(picture: Grid, window: int, stride: int) -> Pooled:
    """Max-pooling of a picture (height, width) without padding: ((height - window) // stride + 1, …) numbers.

    Raises ValueError for a window or stride below 1, or a window larger than the picture.
    """
    if window < 1 or stride < 1 or window > min(picture.shape):
        raise ValueError(f"a window of {window} with stride {stride} does not fit a picture of {picture.shape}")
    windows = np.lib.stride_tricks.sliding_window_view(picture, (window, window))[::stride, ::stride]
    flat = windows.reshape(*windows.shape[:2], window * window)
    largest = flat.argmax(axis=-1)
    kept = np.zeros(picture.shape, dtype=bool)
    row, column = np.mgrid[: largest.shape[0], : largest.shape[1]] * stride
    kept[row + largest // window, column + largest % window] = True
    return Pooled(flat.max(axis=-1), tuple(largest.ravel().tolist()), kept)


def sums(picture: Grid, window: int, stride: int) -> tuple[str, ...]:
    """Each stop's calculation, written out."""
    windows = np.lib.stride_tricks.sliding_window_view(picture, (window, window))[::stride, ::stride]
    return tuple(
        f"largest of {', '.join(map(number, values))}" for values in windows.reshape(-1, window * window).tolist()
    )


def losses(picture: Grid, pooled: Pooled) -> str:
    """What is lost, in one sentence."""
    before, after, kept = picture.size, pooled.values.size, int(pooled.kept.sum())
    lost = f"{1 - kept / before:.0%}".replace("%", " %")
    return f"{units.count(before)} numbers become {units.count(after)}. {lost} of the pixels (red) leave no trace."
