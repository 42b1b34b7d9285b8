"""Our engine itself: its programs, options, batches and warm-up."""

from __future__ import annotations

from functools import cache
from random import Random
from statistics import median
from timeit import Timer
from typing import Any

from compute import machine
from compute.measure.device import Device, start_jax
from compute.measure.measurement import Measurement
from compute.measure.timing import Effort, effort
from compute.workloads import Case
from tests.peers.child import Subject

# The process that asks does the warming up and the calibrating, the same way for every contender.
_BRIEF = Effort(warm_s=0.0, batch_s=0.001, target=0.01, case_s=0.0)


@cache
def device() -> Device:
    """JAX and its device, started once."""
    return start_jax(machine.describe())


def prepare(case: Case, how: dict[str, Any]) -> Subject:
    """The case built, compiled and checked by the engine.

    Raises:
        ValueError: its answer is wrong.
    """
    measurement = Measurement(case, device(), _BRIEF)
    for _ in measurement.begin():
        pass
    check = measurement._check
    assert check
    if not check.error <= check.limit:
        raise ValueError(f"its {check.what} is off by {check.error:.1e}")
    compiled, fixed, state = measurement._compiled[measurement._fused_steps], measurement._fixed, measurement._state
    wait = device().jax.block_until_ready
    return Subject(
        measurement._batch, lambda: wait(compiled(fixed, state)), measurement._fused_steps, note=check.arithmetic
    )


def headline_s(case: list[Any]) -> float:
    """Median seconds of a step as the standard suite measures it: what a row of results says."""
    measurement = Measurement(Case(*case), device(), effort("standard", device().backend))
    for _ in measurement.begin():
        pass
    random = Random(0)
    while not measurement.stop:
        measurement.round(random)
    return median(measurement.samples.all)


def timeit_s(case: list[Any]) -> float:
    """Seconds of a step by a single timeit, which chooses itself how often to call, and that is at least 0.2 s."""
    measurement = Measurement(Case(*case), device(), _BRIEF)
    for _ in measurement.begin():
        pass
    compiled, fixed, state = measurement._compiled[measurement._fused_steps], measurement._fixed, measurement._state
    wait = device().jax.block_until_ready
    calls, seconds = Timer(lambda: wait(compiled(fixed, state))).autorange()
    return seconds / calls / measurement._fused_steps
