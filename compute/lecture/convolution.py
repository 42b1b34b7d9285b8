"""A convolutional layer with one kernel: a 3 x 3 window slides over the picture, and each stop gives one number.

As in deep learning, the kernel is not turned round (a cross-correlation), and the window stays inside the picture, so
that the feature map loses a row and a column on each side.
"""

import math
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from compute.lecture.greys import Grid, Numbers, number

WINDOW = 3
LARGEST = 99
OWN = "Own"


@dataclass(frozen=True)
class Kernel:
    """Nine weights, and the number that the sum is divided by. `says` is what the kernel looks for."""

    weights: tuple[tuple[float, ...], ...]
    divisor: float = 1
    says: str = "Your own weights."


KERNELS = {
    "Identity": Kernel(((0, 0, 0), (0, 1, 0), (0, 0, 0)), says="Takes the pixel in the middle: nothing changes."),
    "Blur": Kernel(((1, 1, 1), (1, 1, 1), (1, 1, 1)), 9, says="The mean of nine neighbours: edges melt."),
    "Edges —": Kernel(((-1, -1, -1), (0, 0, 0), (1, 1, 1)), says="Below minus above: finds edges that lie."),
    "Edges |": Kernel(((-1, 0, 1), (-1, 0, 1), (-1, 0, 1)), says="Right minus left: finds edges that stand."),
    "Sharpen": Kernel(((0, -1, 0), (-1, 5, -1), (0, -1, 0)), says="Five times itself, less its neighbours: crisper."),
    "Emboss": Kernel(((-2, -1, 0), (-1, 1, 1), (0, 1, 2)), says="Light from one corner: the picture looks carved."),
}


class BadKernel(Exception):
    """Weights that cannot be used; the message says which, what was found and what was expected."""


@dataclass(frozen=True)
class Slide:
    """What is seen while the window slides: one sentence for each stop, row by row, and the map that comes out.

    `sums` are the stops' calculations, written out; `results` what each gives.
    """

    values: Numbers
    sums: tuple[str, ...]
    results: tuple[str, ...]


def parse(texts: Sequence[object]) -> Kernel:
    """The kernel of ten fields: nine weights, row by row, and the divisor.

    Raises BadKernel.
    """
    if len(texts) != WINDOW * WINDOW + 1:
        raise BadKernel(f"Found {len(texts)} numbers; expected nine weights and a divisor.")
    *weights, divisor = (_parse(text, place) for place, text in enumerate(texts))
    if divisor == 0:
        raise BadKernel("The divisor is 0, and nothing can be divided by 0. Take 1.")
    rows = tuple(tuple(weights[start : start + WINDOW]) for start in range(0, WINDOW * WINDOW, WINDOW))
    return Kernel(rows, divisor)


def named(kernel: Kernel) -> str:
    """The name of a kernel with these weights, or OWN."""
    same = (
        name for name, known in KERNELS.items() if (known.weights, known.divisor) == (kernel.weights, kernel.divisor)
    )
    return next(same, OWN)


def feature_map(picture: Grid | Numbers, kernel: Kernel) -> Numbers:
    """The feature map of a picture (height, width): (height - 2, width - 2) numbers.

    Raises ValueError for a picture smaller than the window.
    """
    height, width = (side - WINDOW + 1 for side in picture.shape)
    if height < 1 or width < 1:
        raise ValueError(f"a picture of {picture.shape} is smaller than the window of {WINDOW} x {WINDOW}")
    total = np.zeros((height, width))
    for down, row in enumerate(kernel.weights):
        for right, weight in enumerate(row):
            total += weight * picture[down : down + height, right : right + width]
    return total / kernel.divisor


def slide(picture: Grid, kernel: Kernel) -> Slide:
    """Every stop of the window with its arithmetic: nine products, their sum, and the division if there is one."""
    values = feature_map(picture, kernel)
    windows = np.lib.stride_tricks.sliding_window_view(picture, (WINDOW, WINDOW)).reshape(-1, WINDOW * WINDOW)
    products = windows * np.array(kernel.weights).ravel()
    results = tuple(map(number, values.ravel().tolist()))
    # The same few products come again and again.
    words = {value: number(value) for value in np.unique(products).tolist()}
    sums = tuple(_sum([words[value] for value in row], kernel.divisor) for row in products.tolist())
    return Slide(values, sums, results)


def _sum(products: Sequence[str], divisor: float) -> str:
    first, *rest = products
    total = first + "".join(f" − {text[1:]}" if text[0] == "−" else f" + {text}" for text in rest)
    return total if divisor == 1 else f"({total}) ÷ {number(divisor)}"


def _parse(text: object, place: int) -> float:
    what = "The divisor" if place == WINDOW * WINDOW else f"Row {place // WINDOW + 1}, column {place % WINDOW + 1}"
    found = str(text).strip()
    try:
        value = float(found.replace("−", "-").replace(",", "."))
    except ValueError:
        value = math.nan
    if not abs(value) <= LARGEST:
        raise BadKernel(
            f"{what}: found “{found[:12]}”; expected a number from −{LARGEST} to {LARGEST}, such as 1 or −0.5."
        )
    return round(value, 2)
