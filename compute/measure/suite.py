"""Which cases a suite measures, in which order, and what the machine has no room for."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass
from functools import lru_cache
from itertools import product

from compute.workloads import MODES, SUITES, Case, workloads

BUDGETS_S: dict[str, float | None] = {"quick": 27.0, "standard": 295.0, "full": None}
# The interpreter, JAX and its compiler, before any array: what a worker needs beside a case's own memory.
PROCESS_BYTES = 320 * 2**20
BACKENDS = ("cpu", "gpu", "tpu")
GIB = 2**30


@dataclass(frozen=True)
class Plan:
    """The cases to measure in this order, and the others with the reason why not."""

    cases: tuple[Case, ...]
    skipped: tuple[tuple[Case, str], ...]


def named(id: str, mode: str = "stream") -> Case:
    """The case that some suite has under this id, as the column ``case`` of the results names it.

    Raises:
        ValueError: no suite has it in this mode.
    """
    asked = re.search(r"\bdevices=(\d{1,6})\b", id)
    known = _by_name(int(asked[1]) if asked else 1)
    if (id, mode) in known:
        return known[id, mode]
    others = [other for other in MODES if (id, other) in known]
    if others:
        raise ValueError(f"The case {id!r} is not measured in the mode {mode}, only in {', '.join(others)}.")
    raise ValueError(
        f"There is no case {id!r}: name it as the column `case` of a CSV does, such as 'matmul square fp32 1024'."
    )


@lru_cache(maxsize=1)
def _by_name(devices: int) -> dict[tuple[str, str], Case]:
    """Every case of every suite on every backend, also over so many devices, by its id and mode."""
    chosen = []
    for workload in workloads().values():
        for suite, backend in product(SUITES, BACKENDS):
            chosen.append(workload.cases(suite, backend))
            if workload.spread:
                chosen.append(workload.spread(suite, backend, (1, devices)))
    return {(case.id, case.mode): case for cases in chosen for case in cases}


def plan(
    suite: str,
    backend: str,
    memory_bytes: float,
    only: tuple[str, ...] = (),
    cases: Sequence[Case] = (),
    counts: tuple[int, ...] = (1,),
) -> Plan:
    """Plan a suite, or the given cases instead of its own.

    Args:
        suite: ``quick``, ``standard`` or ``full``.
        backend: what JAX runs on: ``cpu``, ``gpu`` or ``tpu``.
        memory_bytes: what there is for arrays: device memory, or the host's without the process itself.
        only: names of the workloads wanted; empty for all.
        cases: what to measure instead of what the suite holds; empty for the suite.
        counts: numbers of devices to spread over, smallest first; more than one adds what runs on several.

    Raises:
        ValueError: unknown suite or workload, with the names that exist.
    """
    if suite not in BUDGETS_S:
        raise ValueError(f"There is no suite {suite!r}: choose {', '.join(BUDGETS_S)}.")
    known = workloads()
    for name in only:
        if name not in known:
            raise ValueError(f"There is no workload {name!r}: choose {', '.join(known)}.")
    chosen = [workload for name, workload in known.items() if not only or name in only]
    lists = [workload.cases(suite, backend) for workload in chosen]
    if len(counts) > 1:
        lists += [workload.spread(suite, backend, counts) for workload in chosen if workload.spread]
    wanted = list(cases) or _merged(lists)
    fitting, skipped = [], []
    for case in wanted:
        need = known[case.workload].need_bytes(case, backend)
        if need <= memory_bytes:
            fitting.append(case)
        else:
            skipped.append((case, _too_large(need, memory_bytes)))
    return Plan(tuple(fitting), tuple(skipped))


def without_searches(plan: Plan) -> Plan:
    """The plan for several processes in step: each would find other shapes on its way to the best one."""
    reason = "Skipped: a search is not done by several processes in step. Measure it without --distributed."
    searches = [(case, reason) for case in plan.cases if not case.size]
    return Plan(tuple(case for case in plan.cases if case.size), (*plan.skipped, *searches))


def counts(here: int, everywhere: int) -> tuple[int, ...]:
    """How many devices to spread over: 1, 2, 4, … of one process, all of them, and all of all processes."""
    powers = [2**k for k in range(here.bit_length()) if 2**k <= here]
    return tuple(dict.fromkeys([*powers, here, everywhere]))


def _merged(lists: list[list[Case]]) -> list[Case]:
    """One list in which every workload advances at the same pace, so that each has points early."""
    placed = [(position / len(cases), -len(cases), case) for cases in lists for position, case in enumerate(cases)]
    return [case for _, _, case in sorted(placed, key=lambda place: place[:2])]


def _too_large(need: float, available: float) -> str:
    there_is = f"{max(available, 0) / GIB:.2f} GiB are free beside the process itself"
    return f"Skipped: it needs {need / GIB:.2f} GiB of memory and {there_is}."
