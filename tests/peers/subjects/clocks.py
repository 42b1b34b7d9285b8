"""Our clock against the peers' clocks, on the same function in the same process, in turns."""

from __future__ import annotations

from collections.abc import Callable
from functools import partial
from random import Random
from statistics import median
from typing import Any

from torch.utils.benchmark import Timer

from compute import machine
from compute.measure.timing import calibrate, effort
from compute.workloads import Case
from tests.peers.child import Subject, repeated
from tests.peers.subjects import ours, torch_products, torch_setup

_BATCH_S = effort("standard", "cpu").batch_s
_RUN_S = 0.5


def torch_product(case: list[Any], rounds: int, backend: str, layout: str = "nn") -> dict[str, list[float]]:
    """Seconds of PyTorch's product by every clock, one value a round."""
    subject = torch_products.prepare(Case(*case), {"backend": backend, "layout": layout})
    # Without putting the first matrix back before a batch, which the other clocks do not do either.
    clocks = _ours_and_torchs(repeated(subject.call, partial(torch_setup.wait, torch_setup.start(backend))))
    if backend == "gpu":
        from triton.testing import do_bench

        clocks["triton do_bench"] = lambda: do_bench(subject.call, return_mode="median") / 1e3
    return _in_turns(clocks, rounds, subject.per_call)


def jax_product(case: list[Any], rounds: int) -> dict[str, list[float]]:
    """Seconds of our compiled product by every clock, waiting after every call, one value a round.

    The engine's own batch hands each product on to the next; here every clock repeats the first one, because the
    other clocks cannot do otherwise.
    """
    subject = ours.prepare(Case(*case), {})
    return _in_turns(_ours_and_torchs(repeated(subject.call)), rounds, subject.per_call)


def _ours_and_torchs(subject: Subject) -> dict[str, Callable[[], float]]:
    calls = calibrate(subject.batch, _BATCH_S)
    threads = max(1, int(machine.describe().cpu_count))  # the timer sets one thread unless it is told
    timer = Timer("call()", globals={"call": subject.call}, num_threads=threads)
    return {
        "ours": lambda: subject.batch(calls) / calls,
        "torch blocked_autorange": lambda: timer.blocked_autorange(min_run_time=_RUN_S).median,
        "torch adaptive_autorange": lambda: timer.adaptive_autorange(min_run_time=_RUN_S, max_run_time=1.0).median,
    }


def _in_turns(clocks: dict[str, Callable[[], float]], rounds: int, per_call: int) -> dict[str, list[float]]:
    """Ours is sampled as often as it fits into the time that one of theirs takes, and its median counts."""
    random = Random(0)
    seconds: dict[str, list[float]] = {name: [] for name in clocks}
    for _ in range(rounds):
        for name in random.sample(list(clocks), len(clocks)):
            taken = [clocks[name]() for _ in range(round(_RUN_S / _BATCH_S) if name == "ours" else 1)]
            seconds[name].append(median(taken) / per_call)
    return seconds
