"""The counter-example: a chain in which every number needs the one before it, so that a second hand has nothing to do.

x becomes x (2x + 1), turned by five bits: the mixing step of RC6 (Rivest, Robshaw, Sidney, Yin 1998, "The RC6 block
cipher") on 32 bits. Nobody knows a way to the millionth number but through the others. On a GPU one of thousands of
hands works, and it is slower than a CPU's.
"""

from __future__ import annotations

from typing import Any

import numpy as np

from compute.workloads import Case, Check, Program, Workload

_FIRST = 2_463_534_242
# So many in one turn of the loop: a GPU is told of every turn, which takes longer than a few numbers.
_WRITTEN_OUT = 64

SIZES = (2**12, 2**15, 2**18)


def cases(suite: str, backend: str) -> list[Case]:
    """The same chains everywhere."""
    chosen = {"quick": SIZES[1:2], "standard": SIZES[:0:-1], "full": SIZES[::-1]}[suite]
    return [Case("serial", "chain", "uint32", size) for size in chosen]


def operations(case: Case) -> int:
    """32-bit integer operations: twice x is one, and one more, their product, and the rotation are three."""
    return 4 * case.size


def build(case: Case, backend: str) -> Program:
    """A step goes on with the last number of the one before it."""
    import jax

    def step(_: Any, number: Any) -> Any:
        return jax.lax.fori_loop(0, case.size, lambda _, x: following(x), number, unroll=_WRITTEN_OUT)

    def check(compiled: Any, _: Any, number: Any) -> tuple[Check, Any]:
        after = compiled(_, number)
        return Check(float(int(after) != walked(int(number), case.size)), 0.0, what="last number"), after

    return Program(
        step=step,
        fixed=lambda: jax.device_put(np.uint32(0)),
        state=lambda _: jax.device_put(np.uint32(_FIRST)),
        check=check,
    )


def following(x: Any) -> Any:
    """The number behind x, of type uint32."""
    mixed = x * (2 * x + 1)
    return (mixed << 5) | (mixed >> 27)


def walked(x: int, steps: int) -> int:
    """The number that is so many steps behind x, in Python's own integers."""
    for _ in range(steps):
        mixed = x * (2 * x + 1) & 0xFFFFFFFF
        x = (mixed << 5 & 0xFFFFFFFF) | (mixed >> 27)
    return x


WORKLOAD = Workload(
    name="serial",
    title="Serial chain",
    why="Every number needs the one before it, so one hand does all the work: here a CPU's, which is quicker, wins.",
    size_name="numbers",
    item_name="number",
    variants={"chain": "Serial: a chain of numbers"},
    dtypes=("uint32",),
    cases=cases,
    flops=operations,
    bytes=lambda case: 2 * 4,
    items=lambda case: case.size,
    need_bytes=lambda case, backend: 4 * 4,
    build=build,
)
