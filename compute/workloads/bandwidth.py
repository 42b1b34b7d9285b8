"""STREAM: what memory delivers, and so the bound of everything that does little arithmetic on much data.

McCalpin 1995, "Memory bandwidth and machine balance in current high performance computers": copy, scale, add and triad.
The triad is the one that counts, and the one that is swept over sizes.
"""

from __future__ import annotations

import math
from collections.abc import Callable
from dataclasses import dataclass
from functools import partial
from typing import Any

import numpy as np

from compute.workloads import Case, Check, Program, Workload, _tuning, _versions

ITEM_BYTES = {"fp32": 4}
SCALE = 0.5  # x = b + x / 2 tends to 2 b: values stay of order one however long it runs


@dataclass(frozen=True)
class Kernel:
    """One of the four: what it does, and for each element how many arrays it reads and writes, and its FLOP."""

    title: str
    arrays: int
    flops: int


# Values must stay of order one here, too: so the sum has a minus before x, and the factor s is minus one.
KERNELS = {
    "triad": Kernel("x = b + s × x", arrays=3, flops=2),
    "add": Kernel("x = b − x", arrays=3, flops=1),
    "scale": Kernel("x = s × x", arrays=2, flops=1),
    "copy": Kernel("x = b", arrays=2, flops=0),
}
LIMIT = 1e-6
_AT_ONCE = 1 << 22

# Elements: from what a core's own cache holds to far beyond the last one.
SIZES = tuple(2**k for k in range(16, 28))
SIZES_ON_ACCELERATOR = tuple(2**k for k in range(22, 30))
QUICK = (2**24, 2**20)
QUICK_ON_ACCELERATOR = (2**28, 2**24)


def cases(suite: str, backend: str) -> list[Case]:
    """The largest arrays first, which are the memory's; the smaller ones show the caches. In quick only the triad."""
    sizes = SIZES if backend == "cpu" else SIZES_ON_ACCELERATOR
    quick = QUICK if backend == "cpu" else QUICK_ON_ACCELERATOR
    chosen = {"quick": quick, "standard": sizes[-2::-2], "full": sizes[::-1]}[suite]
    first, *smaller = [Case("bandwidth", "triad", "fp32", size) for size in chosen]
    others = [Case("bandwidth", name, "fp32", sizes[-2]) for name in KERNELS if name != "triad" and suite != "quick"]
    return [first, *others, *smaller]


def flops(case: Case) -> int:
    """Multiplications and additions of all elements."""
    return KERNELS[case.variant].flops * case.size


def moved_bytes(case: Case) -> int:
    """Arrays read and written, in bytes. But for the copy, what is written was read before and need not be fetched."""
    return KERNELS[case.variant].arrays * case.size * ITEM_BYTES[case.dtype]


def need_bytes(case: Case, backend: str) -> int:
    """One array or two; on a CPU also the originals that the check draws, and what it computes with."""
    arrays = (1 if case.variant == "scale" else 2) * case.size * ITEM_BYTES[case.dtype]
    return arrays if backend != "cpu" else 2 * arrays + 4 * 8 * _AT_ONCE


def build(case: Case, backend: str) -> Program:
    """``x`` becomes something else where it was: its buffer is handed to the step and takes the new x.

    A new array each time would measure how fast the system hands out pages. Never run in a fused loop: a compiler may
    do several of these steps in one pass over memory, and be right. A copy keeps the first element of x, so that it
    needs the step before it like the others, and x's buffer is written to.
    """
    import jax

    from compute.workloads import _random

    def draw(seed: int) -> Any:
        width = min(case.size, _AT_ONCE)
        rows = _random.rows((-(-case.size // width), width), seed)
        if backend == "cpu":
            return jax.device_put(rows.host().ravel()[: case.size])
        return rows.device(np.float32).ravel()[: case.size]

    def fixed() -> Any:
        return jax.device_put(np.full(1, -1, np.float32)) if case.variant == "scale" else draw(1)

    def step(b: Any, x: Any) -> Any:
        return x.at[1:].set(b[1:]) if case.variant == "copy" else computed(case.variant, b, x)

    def check(compiled: Any, b: Any, x: Any) -> tuple[Check, Any]:
        after = compiled(b, x)
        again = draw(2)  # the step has used up the buffer of x
        squares = _squares_on_device if backend == "gpu" else _squares_on_host
        wrong, total = squares(case.variant, after, b, again)
        return Check(math.sqrt(wrong / total), LIMIT), after

    return Program(
        step=step,
        fixed=fixed,
        state=lambda _: draw(2),
        check=check,
        donate=True,
        options=_tuning.find(case, backend).options,
    )


def computed(variant: str, b: Any, x: Any) -> Any:
    """The new x of a kernel, whichever library and type the arrays are of."""
    if variant == "copy":
        return b
    if variant == "scale":
        return b * x
    return b - x if variant == "add" else b + SCALE * x


def _squares_on_host(variant: str, after: Any, b: Any, x: Any) -> tuple[float, float]:
    """Sums of squares of the error and of what is expected, in float64, without float64 copies of whole arrays."""
    arrays = [np.broadcast_to(np.asarray(array), x.shape) for array in (after, b, x)]
    places = range(0, x.size, _AT_ONCE)
    pieces = [_squares(variant, *(array[at : at + _AT_ONCE] for array in arrays), first=not at) for at in places]
    wrong, total = (float(sum(part)) for part in zip(*pieces, strict=True))
    return wrong, total


def _squares_on_device(variant: str, after: Any, b: Any, x: Any) -> tuple[float, float]:
    """The same where the arrays lie: bringing them to the host takes seconds for each GiB."""
    import jax

    with _versions.types():
        wrong, total = jax.jit(partial(_squares, variant))(after, b, x)
    return float(wrong), float(total)


def _squares(variant: str, found: Any, b: Any, x: Any, *, first: bool = True) -> tuple[Any, Any]:
    """Of a piece of the arrays; ``first`` says that it is the one where a copy keeps an element."""
    expected = computed(variant, b.astype(np.float64), x.astype(np.float64))
    error = found.astype(np.float64) - expected
    if variant == "copy" and first:
        error = error[1:]
    return (error * error).sum(), (expected * expected).sum()


def in_numpy(case: Case) -> Callable[[Any, Any], Any]:
    """The same in NumPy, in place: one array operation after the other, so the triad goes twice over memory."""

    def step(b: Any, x: Any) -> Any:
        if case.variant == "copy":
            x[1:] = b[1:]
            return x
        if case.variant == "scale":
            return np.multiply(b, x, out=x)
        if case.variant == "add":
            return np.subtract(b, x, out=x)
        np.multiply(x, x.dtype.type(SCALE), out=x)
        return np.add(x, b, out=x)

    return step


WORKLOAD = Workload(
    name="bandwidth",
    title="Memory bandwidth",
    why="A step that does little with each number is as fast as memory brings numbers, however fast the arithmetic.",
    size_name="elements",
    item_name="element",
    variants={name: kernel.title for name, kernel in KERNELS.items()},
    dtypes=("fp32",),
    cases=cases,
    flops=flops,
    bytes=moved_bytes,
    items=lambda case: case.size,
    need_bytes=need_bytes,
    build=build,
    numpy=in_numpy,
)
