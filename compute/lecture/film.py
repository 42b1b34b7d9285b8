"""What the browser plays while a window slides over a picture: every stop, with its colours, texts and result."""

from collections.abc import Sequence
from typing import Any

import numpy as np

from compute.lecture import convolution, pooling
from compute.lecture.convolution import Kernel
from compute.lecture.greys import BLACK, WHITE, Grid, Numbers, colours, map_colours, number

# Text on a pixel: white on dark ones, black on bright ones. From this grey on black has the better contrast.
BRIGHT = 4


def of_convolution(
    picture: Grid, kernel: Kernel, picture_name: str, kernel_name: str, problem: str = ""
) -> dict[str, Any]:
    """The film of a kernel: the weights are fields that one can change. `problem` stands in place of the sums."""
    slide = convolution.slide(picture, kernel)
    weights = [_plain(weight) for row in kernel.weights for weight in row]
    return {
        **_film(picture, picture_name, convolution.WINDOW, 1, slide.sums, slide.results),
        "start": _start(slide.values),
        "map": _map(slide.values, map_colours(slide.values), f"{kernel_name}: {kernel.says}"),
        "weights": [*weights, _plain(kernel.divisor)],
        "says": kernel.says,
        "problem": problem,
    }


def of_pooling(picture: Grid, window: int, stride: int, picture_name: str) -> dict[str, Any]:
    """The film of max-pooling: the largest number of each stop, and the pixels that were it at least once."""
    pooled = pooling.pool(picture, window, stride)
    results = [number(value) for value in pooled.values.ravel().tolist()]
    return {
        **_film(picture, picture_name, window, stride, pooling.sums(picture, window, stride), results),
        "start": _start(pooled.values),
        "map": _map(pooled.values, colours(pooled.values), "the largest number of each window"),
        "best": pooled.largest,
        "kept": pooled.kept.ravel().tolist(),
        "lost": pooling.losses(picture, pooled),
        "says": "Only the largest goes on; where it stood is forgotten.",
    }


def _plain(value: float) -> str:
    """A number as a field takes it: with the hyphen of the keyboard."""
    return number(value).replace("−", "-")


def _film(
    picture: Grid, name: str, window: int, stride: int, sums: Sequence[str], results: Sequence[str]
) -> dict[str, Any]:
    height, width = picture.shape
    return {
        "alt": f"{name}: a picture of {width} x {height} greys from {BLACK}, black, to {WHITE}, white.",
        "pixels": {
            "colours": colours(picture),
            "inks": np.where(picture >= BRIGHT, "#000000", "#ffffff").tolist(),
            "texts": [[number(value) for value in row] for row in picture.tolist()],
            "words": f"{name}, {width} × {height}",
        },
        "window": window,
        "stride": stride,
        "across": (width - window) // stride + 1,
        "sums": sums,
        "results": results,
    }


def _start(values: Grid | Numbers) -> float:
    """How far the window is, from 0 to 1, before anyone presses Play: half of the map is there, and the stop is one
    where there is something to see, the largest number of the middle row."""
    row = values.shape[0] // 2
    stop = row * values.shape[1] + int(np.abs(values[row]).argmax())
    return stop / max(values.size - 1, 1)


def _map(values: Grid | Numbers, shades: list[list[str]], about: str) -> dict[str, Any]:
    height, width = values.shape
    low, high = number(values.min()), number(values.max())
    return {
        "colours": shades,
        "alt": f"Feature map of {width} x {height} numbers from {low} to {high}. {about}",
        "words": f"Feature map, {width} × {height}",
    }
