"""Zeros against random numbers: the same product, the same instructions, another power.

A transistor takes energy when it switches. Products of zeros switch almost nothing, so a GPU that its power limit holds
back runs faster on them: 20 % on an H200 in bf16. Whoever measures with zeros measures something else.
"""

from __future__ import annotations

import statistics
import time
from typing import TYPE_CHECKING, Any

from compute.measure.timing import calibrate
from compute.workloads import Case, workloads

if TYPE_CHECKING:
    from compute.measure.contest import Reporter
    from compute.measure.device import Device

CASE = Case("matmul", "square", "bf16", 8192)
PHASES = ("random", "zeros", "random", "zeros")
_BATCH_S = 0.1
# The sensor averages over up to a second: what it says of the beginning of a phase is of the one before.
_SETTLED = 1 / 3
NO_POWER = (
    "Nothing here tells how much power the device draws, so zeros cannot be shown against random numbers: that needs "
    "an NVIDIA GPU whose driver answers."
)


def run(device: Device, seconds: float, reporter: Reporter, case: Case = CASE) -> int:
    """Take turns, and report each phase: rate, power, clock, energy. Returns the exit status."""
    gpu = device.gpu
    if gpu is None or gpu.power_w() is None:
        reporter.event("failed", case=None, reason=NO_POWER)
        return 1
    reporter.event("started", suite="zeros", machine=device.facts(), cases=[], budget_s=seconds)
    inputs, step = _prepare(device, case)
    flops = workloads()[case.workload].flops(case)
    for number, data in enumerate(PHASES):
        reporter.event(
            "progress", stage="measuring", case=f"{case.id}, {data}", mode="stream", done=number, total=len(PHASES),
            elapsed_s=round(reporter.elapsed_s, 3), left_s=round(seconds * (1 - number / len(PHASES)), 1),
        )  # fmt: skip
        told = _phase(device, gpu, step, inputs[data], seconds / len(PHASES))
        rate = flops * told.pop("calls_per_s")
        reporter.event("phase", data=data, case=case.id, flop_per_s=rate, **told)
    reporter.event("finished", elapsed_s=round(reporter.elapsed_s, 3), measured=0, skipped=0, failed=0)
    return 0


def _prepare(device: Device, case: Case) -> tuple[dict[str, tuple[Any, Any]], Any]:
    """The inputs of both kinds, and the compiled step."""
    jax = device.jax
    program = workloads()[case.workload].build(case, device.backend)
    fixed = program.fixed()
    random = (fixed, program.state(fixed))
    zeros = jax.tree.map(lambda array: array * 0, random)
    return {"random": random, "zeros": zeros}, jax.jit(program.step).lower(*random).compile()


def _phase(device: Device, gpu: Any, step: Any, inputs: tuple[Any, Any], seconds: float) -> dict[str, Any]:
    """Calls for so many seconds: their rate, and what the GPU says of itself; what it does not say is left out."""
    fixed, state = inputs

    def batch(calls: int) -> float:
        nonlocal state
        begin = time.perf_counter()
        for _ in range(calls):
            state = step(fixed, state)
        device.jax.block_until_ready(state)
        return time.perf_counter() - begin

    calls = calibrate(batch, _BATCH_S)
    before, began = gpu.energy_j(), time.monotonic()
    paces: list[float] = []
    powers: list[float | None] = []
    clocks: list[float | None] = []
    while (passed := time.monotonic() - began) < seconds or not powers:
        paces.append(calls / batch(calls))
        if passed >= _SETTLED * seconds:
            powers.append(gpu.power_w())
            clocks.append(gpu.clock_mhz())
    after = gpu.energy_j()
    told: dict[str, Any] = {"calls_per_s": statistics.median(paces), "seconds": round(time.monotonic() - began, 3)}
    for name, values in (("power_w", powers), ("clock_mhz", clocks)):
        if known := [value for value in values if value is not None]:
            told[name] = statistics.median(known)
    if before is not None and after is not None and after > before:
        told["energy_j"] = round(after - before, 1)
    return told
