"""Dispatch: what it takes to ask for anything at all from Python, the "Python tax" of every call."""

from __future__ import annotations

from typing import Any

import numpy as np

from compute.workloads import Case, Check, Program, Workload


def cases(suite: str, backend: str) -> list[Case]:
    """One number: waiting for every call, and only for the last of many."""
    modes = ("call",) if suite == "quick" else ("call", "stream")
    return [Case("dispatch", "one number", "fp32", 1, mode) for mode in modes]


def build(case: Case, backend: str) -> Program:
    """The number changes its sign and one is added: it stays small however often that is done."""
    import jax

    def step(one: Any, numbers: Any) -> Any:
        return one - numbers

    def check(compiled: Any, one: Any, numbers: Any) -> tuple[Check, Any]:
        expected = 1 - np.asarray(numbers)
        after = compiled(one, numbers)
        return Check(float(np.abs(np.asarray(after) - expected).max()), 0.0), after

    return Program(
        step=step,
        fixed=lambda: jax.device_put(np.float32(1)),
        state=lambda _: jax.device_put(np.full(case.size, 0.25, np.float32)),
        check=check,
    )


WORKLOAD = Workload(
    name="dispatch",
    title="Dispatch",
    why="Work that is shorter than the time to ask for it leaves a fast device waiting for Python.",
    size_name="numbers",
    item_name="call",
    variants={"one number": "Dispatch: a call that does next to nothing"},
    dtypes=("fp32",),
    cases=cases,
    flops=lambda case: 0,  # the call is what is measured, not the arithmetic
    bytes=lambda case: 2 * 4 * case.size,
    items=lambda case: 1,
    need_bytes=lambda case, backend: 2 * 4 * case.size,
    build=build,
)
