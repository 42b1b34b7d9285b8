"""JAX on the CPU, for tests that run the engine's programs in their own process."""

import os
from dataclasses import replace
from functools import cache
from typing import Any

# Read when JAX first looks for devices, which no other test does in this process. With JAX_PLATFORMS=cuda,cpu the
# traps of XLA are set on the GPU as well.
os.environ.setdefault("JAX_PLATFORMS", "cpu")

from compute import machine
from compute.measure.device import Device, start_jax
from compute.measure.measurement import Measurement
from compute.measure.timing import Effort
from compute.workloads import Case, Program, workloads

PLATFORMS = tuple(os.environ["JAX_PLATFORMS"].split(","))
LITTLE_EFFORT: dict[str, Any] = {"xla_backend_optimization_level": 0, "xla_llvm_disable_expensive_passes": True}
"""For programs on the CPU that nobody measures: LLVM takes much of the time of a compilation, and changes no result."""
BRIEF = Effort(warm_s=0.0, batch_s=0.002, target=0.03, case_s=0.05)


@cache
def device() -> Device:
    """The CPU, started once."""
    return start_jax(machine.describe())


def program(case: Case) -> Program:
    """The case's program, with JAX started."""
    return workloads()[case.workload].build(case, device().backend)


@cache
def compiled_loop(case: Case, steps: int) -> Any:
    """What the engine compiles to do this many steps in one call; a donated state is gone after a call."""
    return _compiled(case, program(case), steps)


@cache
def outlined_loop(case: Case, steps: int) -> Any:
    """The same sooner, to look at and not to run: XLA's operations and memory, on the CPU without LLVM's polish."""
    built = program(case)
    effort = LITTLE_EFFORT if PLATFORMS == ("cpu",) else {}
    return _compiled(case, replace(built, options=dict(built.options) | effort), steps)


def _compiled(case: Case, program: Program, steps: int) -> Any:
    measurement = Measurement(case, device(), BRIEF)
    measurement._program = program
    measurement._load()
    return measurement._compile_loop(steps)[0]
