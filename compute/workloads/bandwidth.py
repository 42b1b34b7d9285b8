"""STREAM triad: what memory delivers, and so the bound of everything that does little arithmetic on much data."""

from __future__ import annotations

import math
from collections.abc import Callable
from typing import Any

import numpy as np

from compute.workloads import Case, Check, Program, Workload, _tuning, _versions

ITEM_BYTES = {"fp32": 4}
SCALE = 0.5  # x = b + x / 2 tends to 2 b: values stay of order one however long it runs
LIMIT = 1e-6
_AT_ONCE = 1 << 22

# Elements: from what a core's own cache holds to far beyond the last one.
SIZES = tuple(2**k for k in range(16, 28))
SIZES_ON_ACCELERATOR = tuple(2**k for k in range(22, 30))
QUICK = (2**24, 2**20)
QUICK_ON_ACCELERATOR = (2**28, 2**24)


def cases(suite: str, backend: str) -> list[Case]:
    """The largest arrays first, which are the memory's; the smaller ones show the caches."""
    sizes = SIZES if backend == "cpu" else SIZES_ON_ACCELERATOR
    quick = QUICK if backend == "cpu" else QUICK_ON_ACCELERATOR
    chosen = {"quick": quick, "standard": sizes[-2::-2], "full": sizes[::-1]}[suite]
    return [Case("bandwidth", "triad", "fp32", size) for size in chosen]


def flops(case: Case) -> int:
    """A multiplication and an addition for each element."""
    return 2 * case.size


def moved_bytes(case: Case) -> int:
    """Two arrays read and one written, in bytes. The one written was read before, so no line is fetched for it."""
    return 3 * case.size * ITEM_BYTES[case.dtype]


def need_bytes(case: Case, backend: str) -> int:
    """Two arrays; on a CPU also the originals that the check draws, and what it computes with."""
    arrays = 2 * case.size * ITEM_BYTES[case.dtype]
    return arrays if backend != "cpu" else 2 * arrays + 4 * 8 * _AT_ONCE


def build(case: Case, backend: str) -> Program:
    """``x = b + s x`` with x where it was: its buffer is handed to the step and takes the new x.

    A new array each time would measure how fast the system hands out pages. Never run in a fused loop: a compiler may
    do several of these steps in one pass over memory, and be right.

    McCalpin 1995, "Memory bandwidth and machine balance in current high performance computers", with one array the
    result and an operand.
    """
    import jax

    from compute.workloads import _random

    def draw(seed: int) -> Any:
        width = min(case.size, _AT_ONCE)
        rows = _random.rows((-(-case.size // width), width), seed)
        if backend == "cpu":
            return jax.device_put(rows.host().ravel()[: case.size])
        return rows.device(np.float32).ravel()[: case.size]

    def step(b: Any, x: Any) -> Any:
        return b + SCALE * x

    def check(compiled: Any, b: Any, x: Any) -> tuple[Check, Any]:
        after = compiled(b, x)
        again = draw(2)  # the step has used up the buffer of x
        squares = _squares_on_device if backend == "gpu" else _squares_on_host
        wrong, total = squares(after, b, again)
        return Check(math.sqrt(wrong / total), LIMIT), after

    return Program(
        step=step,
        fixed=lambda: draw(1),
        state=lambda _: draw(2),
        check=check,
        donate=True,
        options=_tuning.find(case, backend).options,
    )


def _squares_on_host(after: Any, b: Any, x: Any) -> tuple[float, float]:
    """Sums of squares of the error and of what is expected, in float64, without float64 copies of whole arrays."""
    arrays = [np.asarray(array) for array in (after, b, x)]
    pieces = [_squares(*(array[at : at + _AT_ONCE] for array in arrays)) for at in range(0, len(arrays[0]), _AT_ONCE)]
    wrong, total = (float(sum(part)) for part in zip(*pieces, strict=True))
    return wrong, total


def _squares_on_device(after: Any, b: Any, x: Any) -> tuple[float, float]:
    """The same where the arrays lie: bringing them to the host takes seconds for each GiB."""
    import jax

    with _versions.types():
        wrong, total = jax.jit(_squares)(after, b, x)
    return float(wrong), float(total)


def _squares(found: Any, b: Any, x: Any) -> tuple[Any, Any]:
    expected = b.astype(np.float64) + SCALE * x.astype(np.float64)
    error = found.astype(np.float64) - expected
    return (error * error).sum(), (expected * expected).sum()


def in_numpy(case: Case) -> Callable[[Any, Any], Any]:
    """The triad as NumPy does it, in place: an array operation for each of the two, so twice over memory."""

    def step(b: Any, x: Any) -> Any:
        np.multiply(x, x.dtype.type(SCALE), out=x)
        return np.add(x, b, out=x)

    return step


WORKLOAD = Workload(
    name="bandwidth",
    title="Memory bandwidth",
    why="A step that does little with each number is as fast as memory brings numbers, however fast the arithmetic.",
    size_name="elements",
    item_name="element",
    variants={"triad": "x = b + s × x"},
    dtypes=("fp32",),
    cases=cases,
    flops=flops,
    bytes=moved_bytes,
    items=lambda case: case.size,
    need_bytes=need_bytes,
    build=build,
    numpy=in_numpy,
)
