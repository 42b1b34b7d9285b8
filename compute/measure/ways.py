"""One way of doing a case, in a process of its own that answers how long a size takes.

It reads a JSON object a line, ``{"size": 512, "samples": 3}``, and writes one: the samples, or why there are none. It
ends when its standard input closes. A process is one way for good, because how many cores JAX and NumPy use is decided
when they start.
"""

from __future__ import annotations

import argparse
import json
import os
import sys
import time
from collections import OrderedDict
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any

from compute.workloads import Case, Program, _versions, workloads

if TYPE_CHECKING:
    from compute.measure.device import Device

# name -> title. An accelerator is named as JAX counts it: gpu:0, tpu:3.
WAYS = {
    "numpy": "NumPy on all cores",
    "jax-one-core": "JAX on one core",
    "jax-all-cores": "JAX on all cores",
    "jax": "JAX on its first device",
}
ACCELERATORS = ("gpu", "tpu")
# What JAX calls a platform -> what we do.
KINDS = {"gpu": "gpu", "cuda": "gpu", "rocm": "gpu", "tpu": "tpu"}
BATCH_S = 0.003
COMPILES, COMPILE_S = 3, 1.0
# A case may take this share of what is free: the other way needs as much.
_MEMORY_SHARE = 0.35
_KEPT = 3


def title(way: str) -> str:
    """The name of a way for people.

    Raises:
        ValueError: there is no such way.
    """
    kind, _, number = way.partition(":")
    if kind in ACCELERATORS and number.isdecimal():
        return f"JAX on {kind.upper()} {number}"
    if way not in WAYS:
        names = ", ".join([*WAYS, "gpu:0", "tpu:0"])
        raise ValueError(f"There is no way {way!r}: choose {names} (or the number of another accelerator).")
    return WAYS[way]


def choices(accelerators: Sequence[str] = ()) -> list[str]:
    """The ways that a machine with these accelerators has: those of the CPU first."""
    return ["numpy", "jax-one-core", "jax-all-cores", *accelerators]


def environment(way: str) -> dict[str, str]:
    """What the process of this way must find in its environment: an accelerator that nobody asks for stays asleep."""
    return {"JAX_PLATFORMS": "cpu"} if way in ("numpy", "jax-one-core", "jax-all-cores") else {}


class Unavailable(Exception):
    """This machine does not have this way; the message is a sentence."""


def take_cores(way: str) -> int | None:
    """Keep this process on one core if the way asks for that; returns how many it has, None if the system is silent.

    One core is one logical processor, the last that this process may use: the first has the interrupts to serve. The
    threads that JAX starts later inherit it.
    """
    if not hasattr(os, "sched_setaffinity"):
        if way == "jax-one-core":
            raise Unavailable("This system cannot keep a process on one core, so JAX on one core is not measured here.")
        return os.cpu_count()
    if way == "jax-one-core":
        os.sched_setaffinity(0, {max(os.sched_getaffinity(0))})
    return len(os.sched_getaffinity(0))


@dataclass
class _Made:
    """A size made ready."""

    call: Callable[[Any, Any], Any]
    program: Program
    fixed: Any
    state: Any
    calls: int = 0
    trips: int = 0


class Way:
    """A case, done one way, at any size."""

    def __init__(self, way: str, device: Device, case: Case) -> None:
        self._device = device
        self._case = case
        self._workload = workloads()[case.workload]
        self._on_host = way == "numpy"
        self._made: OrderedDict[int, _Made] = OrderedDict()
        self._compiled: dict[int, Callable[[Any, Any], Any]] = {}

    def answer(self, size: int, samples: int) -> dict[str, Any]:
        """So many samples of a size, in seconds a call. Raises Unavailable, or whatever XLA raises."""
        told: dict[str, Any] = {"once_s": []}
        if size not in self._made:
            self._make(size, told["once_s"])
        made = self._made[size]
        self._made.move_to_end(size)
        told["steady_s"] = [self._steady(made) for _ in range(samples)]
        # The host's own arrays are where they are needed.
        told["trip_s"] = told["steady_s"] if self._on_host else [self._trip(made) for _ in range(samples)]
        return told

    def _make(self, size: int, once_s: list[float]) -> None:
        case = replace(self._case, size=size)
        need = self._workload.need_bytes(case, self._device.backend)
        if need > _MEMORY_SHARE * self._device.memory_free():
            raise Unavailable(f"Size {size} needs {need / 2**30:.2f} GiB of memory, more than there is for it.")
        while len(self._made) >= _KEPT:
            self._made.popitem(last=False)
        program = self._workload.build(case, self._device.backend)
        fixed = program.fixed()
        state = program.state(fixed)
        self._device.jax.block_until_ready((fixed, state))
        if self._on_host:
            assert self._workload.numpy is not None
            call, fixed, state = self._workload.numpy(case), self._to_host(fixed), self._to_host(state)
        else:
            call = self._compile(size, program, fixed, state, once_s)
        check, state = program.check(call, fixed, state)
        if not check.error <= check.limit:
            raise Unavailable(f"The answer at size {size} is off by {check.error:.1e}; {check.limit:.1e} is allowed.")
        made = self._made[size] = _Made(call, program, fixed, state)
        made.calls = self._enough(self._calls, made)
        made.trips = 0 if self._on_host else self._enough(self._trips, made)

    def _compile(
        self, size: int, program: Program, fixed: Any, state: Any, once_s: list[float]
    ) -> Callable[[Any, Any], Any]:
        """The compiled step; each time that it is compiled takes its seconds down, the cache on disk being off."""
        if size in self._compiled:
            return self._compiled[size]
        jax = self._device.jax
        begun = time.perf_counter()
        while len(once_s) < 2 or (len(once_s) < COMPILES and time.perf_counter() - begun < COMPILE_S):
            begin = time.perf_counter()

            def step(fixed: Any, state: Any) -> Any:  # a new function each time: JAX remembers what it has traced
                return program.step(fixed, state)

            jitted = jax.jit(step, donate_argnums=(1,) if program.donate else ())
            with _versions.types(program.wide):
                lowered = jitted.lower(fixed, state)
                self._compiled[size], _ = _versions.compile_with(lowered, program.options)
            once_s.append(time.perf_counter() - begin)
        wait = jax.block_until_ready
        run = self._compiled[size]
        self._compiled[size] = lambda fixed, state: wait(run(fixed, state))
        return self._compiled[size]

    def _to_host(self, tree: Any) -> Any:
        import numpy as np

        return self._device.jax.tree.map(np.array, tree)

    def _enough(self, batch: Callable[[_Made, int], float], made: _Made) -> int:
        """Calls in a batch that the clock can tell."""
        from compute.measure.timing import calibrate

        batch(made, 1)
        return calibrate(lambda calls: batch(made, calls), BATCH_S)

    def _steady(self, made: _Made) -> float:
        return self._calls(made, made.calls) / made.calls

    def _trip(self, made: _Made) -> float:
        return self._trips(made, made.trips) / made.trips

    def _calls(self, made: _Made, calls: int) -> float:
        """Seconds of so many calls, each waited for: what somebody at a prompt feels."""
        call, fixed, state = made.call, made.fixed, made.state
        begin = time.perf_counter()
        for _ in range(calls):
            state = call(fixed, state)
        seconds = time.perf_counter() - begin
        if made.program.donate:  # the old state's buffers are gone, or hold the new one
            made.state = state
        return seconds

    def _trips(self, made: _Made, calls: int) -> float:
        """The same with everything brought from the host and back, for each call anew."""
        import numpy as np

        jax, call = self._device.jax, made.call
        fixed, state = self._to_host(made.fixed), self._to_host(made.state)
        with _versions.types(made.program.wide):
            begin = time.perf_counter()
            for _ in range(calls):
                there = call(jax.device_put(fixed), jax.device_put(state))
                jax.tree.map(np.asarray, there)
            return time.perf_counter() - begin


def start(way: str) -> Device:
    """Start JAX for this way. Raises Unavailable where it finds no such device."""
    from compute import machine
    from compute.measure.device import start_jax

    device = start_jax(machine.describe())
    kind, _, number = way.partition(":")
    if kind in ACCELERATORS:
        if device.backend != kind or int(number) >= len(device.devices):
            raise Unavailable(f"JAX finds no {title(way).removeprefix('JAX on ')} here. {device.note}".rstrip())
        device.first = device.devices[int(number)]
        device.jax.config.update("jax_default_device", device.first)
    return device


def answers(way: str, case: Case, cores: int | None) -> Iterator[dict[str, Any]]:
    """What to print: who this is, then an answer for each line of standard input."""
    from compute.measure.device import first_line

    device = start(way)
    yield {"way": way, "title": title(way), "cores": cores, **device.row_facts()}
    doing = Way(way, device, case)
    for line in sys.stdin:
        asked = json.loads(line)
        try:
            yield doing.answer(asked["size"], asked["samples"])
        except Exception as error:  # whatever XLA raises for a size that it cannot do: smaller ones go on
            yield {"error": first_line(error) or type(error).__name__}


def tell(way: str, answers: Callable[[int | None], Iterator[dict[str, Any]]]) -> int:
    """Take the way's cores, before JAX starts its threads, and print its answers; returns the exit status."""
    try:
        for told in answers(take_cores(way)):
            print(json.dumps(told), flush=True)
    except Unavailable as error:
        print(json.dumps({"error": str(error)}), flush=True)
        return 1
    return 0


def main(arguments: list[str] | None = None) -> int:
    """Entry point; returns the exit status."""
    parser = argparse.ArgumentParser(prog="python -m compute.measure.ways", description=__doc__)
    for name in ("way", "workload", "variant", "dtype"):
        parser.add_argument(f"--{name}", required=True)
    options = parser.parse_args(arguments)
    case = Case(options.workload, options.variant, options.dtype, 1)
    return tell(options.way, lambda cores: answers(options.way, case, cores))


if __name__ == "__main__":
    sys.exit(main())
