"""The child process that makes the eight mistakes on this device, and does each of them right as well.

It speaks as `compute.measure.worker` does, with two events of its own: "line", the fastest that arithmetic of a dtype
can be here, and "exhibit", a row of `compute.lecture.gallery`.
"""

from __future__ import annotations

import argparse
import contextlib
import statistics
import sys
import time
from collections.abc import Callable, Sequence
from itertools import chain
from typing import Any

import jax
import numpy as np

from compute import machine
from compute.lecture import wrong_ways
from compute.measure import arithmetic, proof
from compute.measure.child import end_with_parent
from compute.measure.device import Device, first_line, start_jax, utc_now
from compute.measure.timing import ENOUGH_FOR_INTERVAL, median_interval
from compute.measure.worker import Reporter
from compute.workloads import _random

Figure = tuple[float, float, float]
"""A value and the ends of its interval."""

# Rows of the matrices, on a CPU and on an accelerator: so many that the mistake is what one sees.
_SIZES = {
    "no_synchronisation": (1024, 8192),
    "compile_time_included": (256, 4096),
    "zeros_for_data": (512, 8192),
    "hoisted_loop": (512, 2048),
    "constants_folded": (512, 2048),
    "default_precision": (512, 1024),
    "one_sample": (512, 2048),
    "int8_overflow": (256, 1024),
}
# Where nobody says how fast the chip can be, the fastest of these is the line.
_LINE_SIZES = {"cpu": (512, 1024), "accelerator": (4096, 8192)}
_MOST_SAMPLES = 400
# Zeros and random numbers take so many turns each.
_TURNS = 4
# Before a call is waited for, so many of them must have been quick for the median to say so.
_UNWAITED = 5


class Lab:
    """The device, the products that are timed on it, and the lines that its arithmetic cannot pass.

    `seconds` is what one figure may take, beyond the few samples that it needs; all sizes are divided by `shrink`.
    """

    def __init__(self, device: Device, reporter: Reporter, seconds: float, shrink: int) -> None:
        self._device = device
        self._reporter = reporter
        self._seconds = seconds
        self._shrink = shrink
        self._place = "cpu" if device.backend == "cpu" else "accelerator"
        # What the device is made for: matrix units of GPUs before 2020 take fp16 alone, those of TPUs bf16.
        self.dtype = {"cpu": "fp32", "gpu": "fp16"}.get(device.backend, "bf16")
        self._lines: dict[str, tuple[float, str]] = {}

    def size(self, mistake: str) -> int:
        """Rows of the matrices of a mistake."""
        return self._shrunk(_SIZES[mistake][self._place != "cpu"])

    def _shrunk(self, size: int) -> int:
        return max(32, size // self._shrink)

    def inputs(self, n: int, dtype: str) -> tuple[Any, Any]:
        """Two n x n matrices of normal numbers on the device; a product by the second keeps the spread of the first."""
        storage = arithmetic.kind(dtype, self._device.backend).storage
        first, second = _random.normal((n, n), 1), _random.normal((n, n), 2, n**-0.5)
        return jax.device_put(first.astype(storage)), jax.device_put(second.astype(storage))

    def timed(self, call: Callable[[], float], share: float = 1.0) -> list[float]:
        """What the call says again and again, until the time is over, at least as often as an interval needs."""
        until = time.monotonic() + share * self._seconds
        told: list[float] = []
        while len(told) < ENOUGH_FOR_INTERVAL or (time.monotonic() < until and len(told) < _MOST_SAMPLES):
            told.append(call())
        return told

    def draw_line(self, dtype: str) -> None:
        """Say how fast products of a dtype can be: what the data sheet says, or else the fastest that is seen here."""
        if dtype in self._lines:
            return
        if peak := self._device.chip.peak(dtype) if self._device.chip else None:
            self._say_line(dtype, peak, "data sheet")
            return
        product = jax.jit(wrong_ways.multiply)
        for size in map(self._shrunk, _LINE_SIZES[self._place]):
            a, b = self.inputs(size, dtype)
            product(a, b).block_until_ready()
            self.seen(dtype, size, self.timed(lambda a=a, b=b: wrong_ways.several(product, a, b, 2)))  # type: ignore[misc]

    def seen(self, dtype: str, n: int, seconds: Sequence[float]) -> None:
        """An honest time above a line that was measured here moves it: what was done can be done."""
        fastest = flops(n) / min(seconds)
        line, source = self._lines.get(dtype, (0.0, "measured"))
        if source == "measured" and fastest > line:
            self._say_line(dtype, fastest, source)

    def _say_line(self, dtype: str, flop_per_s: float, source: str) -> None:
        self._lines[dtype] = flop_per_s, source
        self._reporter.event("line", dtype=dtype, flop_per_s=flop_per_s, source=source)


def flops(n: int) -> float:
    """FLOP of a product of n x n matrices: n^2 sums of n products each."""
    return 2.0 * n**3


def rate(n: int, seconds: Sequence[float], products: int = 1) -> Figure:
    """FLOP/s at the median time of so many products, and at the ends of its 95 % interval."""
    shortest, longest = median_interval(seconds)
    work = products * flops(n)
    return work / statistics.median(seconds), work / longest, work / shortest


def no_synchronisation(lab: Lab) -> dict[str, Any]:
    """Calls that are not waited for against calls that are."""
    n = lab.size("no_synchronisation")
    product, (a, b) = jax.jit(wrong_ways.multiply), lab.inputs(n, lab.dtype)
    wrong_ways.seconds_of(product, a, b)
    wrong = []
    for _ in range(_UNWAITED):
        wrong.append(wrong_ways.no_synchronisation(product, a, b))
        wrong_ways.seconds_of(product, a, b)  # the list of work is empty again
    right = lab.timed(lambda: wrong_ways.seconds_of(product, a, b))
    lab.seen(lab.dtype, n, right)
    return {"n": n, "dtype": lab.dtype, "wrong": rate(n, wrong), "right": rate(n, right)}


def compile_time_included(lab: Lab) -> dict[str, Any]:
    """The first call against those after it."""
    n = lab.size("compile_time_included")
    a, b = lab.inputs(n, lab.dtype)
    wrong = wrong_ways.compile_time_included(a, b)
    product = jax.jit(wrong_ways.multiply)
    wrong_ways.seconds_of(product, a, b)
    right = lab.timed(lambda: wrong_ways.seconds_of(product, a, b))
    lab.seen(lab.dtype, n, right)
    return {"n": n, "dtype": lab.dtype, "wrong": rate(n, [wrong]), "right": rate(n, right)}


def zeros_for_data(lab: Lab) -> dict[str, Any]:
    """Zeros against random numbers, in turns, so that heat disturbs both alike. The ends are those of the turns."""
    n = lab.size("zeros_for_data")
    product, (a, b) = jax.jit(wrong_ways.multiply), lab.inputs(n, lab.dtype)
    wrong_ways.seconds_of(product, a, b)
    wrong, right = [], []
    for _ in range(_TURNS):
        right.append(lab.timed(lambda: wrong_ways.several(product, a, b), 2 / _TURNS))
        wrong.append(lab.timed(lambda: wrong_ways.zeros_for_data(product, n, a.dtype), 2 / _TURNS))
    lab.seen(lab.dtype, n, list(chain(*right)))
    figures = {
        name: rate(n, [statistics.median(turn) for turn in turns])
        for name, turns in (("wrong", wrong), ("right", right))
    }
    return {"n": n, "dtype": lab.dtype, **figures}


def hoisted_loop(lab: Lab) -> dict[str, Any]:
    """A loop whose product never changes against one whose products need each other."""
    n = lab.size("hoisted_loop")
    a, b = lab.inputs(n, lab.dtype)
    seconds, left = {}, {}
    for way in (wrong_ways.hoisted_loop, wrong_ways.chained_loop):
        traced = jax.jit(way).trace(a, b)
        loop = traced.lower().compile()
        left[way] = proof.prove(traced.jaxpr, loop.as_text())
        wrong_ways.seconds_of(loop, a, b)
        seconds[way] = lab.timed(lambda loop=loop: wrong_ways.seconds_of(loop, a, b))  # type: ignore[misc]
    wrong, right = seconds[wrong_ways.hoisted_loop], seconds[wrong_ways.chained_loop]
    lab.seen(lab.dtype, n, [one / wrong_ways.REPEATS for one in right])
    found = left[wrong_ways.hoisted_loop]
    return {
        "n": n,
        "dtype": lab.dtype,
        "wrong": rate(n, wrong, wrong_ways.REPEATS),
        "right": rate(n, right, wrong_ways.REPEATS),
        "products": found.found,
        "expected": found.expected,
    }


def constants_folded(lab: Lab) -> dict[str, Any]:
    """A product of constants against one of arguments, both in real fp32, which every compiler can fold."""
    n = lab.size("constants_folded")
    a, b = lab.inputs(n, "fp32")
    folded = wrong_ways.constants_folded(a, b).lower().compile()
    product = jax.jit(wrong_ways.multiply)
    wrong_ways.seconds_of(product, a, b)
    wrong = lab.timed(lambda: wrong_ways.seconds_of(lambda a, b: folded(), a, b))
    right = lab.timed(lambda: wrong_ways.seconds_of(product, a, b))
    lab.seen("fp32", n, right)
    left = proof.optimised(folded.as_text()).products
    return {
        "n": n, "dtype": "fp32", "wrong": rate(n, wrong), "right": rate(n, right), "products": left, "expected": 1,
    }  # fmt: skip


def default_precision(lab: Lab) -> dict[str, Any]:
    """What is off in a product of fp32 numbers when nobody asks for fp32, and when somebody does."""
    n = lab.size("default_precision")
    a, b = lab.inputs(n, "fp32")
    with jax.default_matmul_precision("default"):
        wrong = arithmetic.product_error(np.asarray(a), np.asarray(b), wrong_ways.default_precision(a, b))
    right = arithmetic.product_error(np.asarray(a), np.asarray(b), wrong_ways.asked_for_fp32(a, b))
    ran = arithmetic.name_of(wrong, "fp32")
    return {"n": n, "dtype": "fp32", "wrong": (wrong,) * 3, "right": (right,) * 3, "arithmetic": ran}


def one_sample(lab: Lab) -> dict[str, Any]:
    """The first sample of many, with the fastest and the slowest that it might have been."""
    n = lab.size("one_sample")
    product, (a, b) = jax.jit(wrong_ways.multiply), lab.inputs(n, lab.dtype)
    wrong_ways.seconds_of(product, a, b)
    first = wrong_ways.one_sample(product, a, b)
    every = [first, *lab.timed(lambda: wrong_ways.seconds_of(product, a, b))]
    lab.seen(lab.dtype, n, every)
    wrong = flops(n) / first, flops(n) / max(every), flops(n) / min(every)
    return {"n": n, "dtype": lab.dtype, "wrong": wrong, "right": rate(n, every), "samples": len(every)}


def int8_overflow(lab: Lab) -> dict[str, Any]:
    """How far off the sums are when they are kept in int8, and when they are kept in int32: the largest difference."""
    n = lab.size("int8_overflow")
    drawn = np.random.default_rng(8).integers(-128, 128, (2, n, n))
    exact = drawn[0] @ drawn[1]
    a, b = (jax.device_put(factor.astype(np.int8)) for factor in drawn)
    wrong, right = (
        np.abs(np.asarray(way(a, b)).astype(np.int64) - exact)
        for way in (wrong_ways.int8_overflow, wrong_ways.summed_in_int32)
    )
    return {
        "n": n,
        "dtype": "int8",
        "wrong": (float(wrong.max()),) * 3,
        "right": (float(right.max()),) * 3,
        "share": float((wrong > 0).mean()),
    }


EXHIBITS: dict[str, tuple[Callable[[Lab], dict[str, Any]], bool]] = {
    function.__name__: (function, rated)
    for function, rated in (
        (no_synchronisation, True),
        (compile_time_included, True),
        (zeros_for_data, True),
        (hoisted_loop, True),
        (constants_folded, True),
        (default_precision, False),
        (one_sample, True),
        (int8_overflow, False),
    )
}
"""Each mistake in its order, and whether its figures are rates, which have a line."""


def show(device: Device, reporter: Reporter, seconds: float, shrink: int) -> None:
    """Make every mistake and report it; one that fails says why, and the others go on."""
    facts = {"measured_at": utc_now(), **device.facts()}
    reporter.event(
        "started", suite="gallery", machine=facts, cases=[{"id": name, "mode": "call"} for name in EXHIBITS],
        budget_s=None,
    )  # fmt: skip
    lab = Lab(device, reporter, seconds, shrink)
    with jax.default_matmul_precision("highest"):
        for done, (name, (exhibit, rated)) in enumerate(EXHIBITS.items()):
            reporter.event(
                "progress", stage="measuring", case=name, mode="call", done=done, total=len(EXHIBITS),
                elapsed_s=round(reporter.elapsed_s, 3), left_s=None,
            )  # fmt: skip
            try:
                if rated:
                    lab.draw_line("fp32" if name == "constants_folded" else lab.dtype)
                row = exhibit(lab)
            except Exception as error:  # whatever XLA raises for one of them
                row = {"reason": f"It failed. JAX said: {first_line(error) or type(error).__name__}"}
            reporter.event("exhibit", row={"mistake": name, **row})
    reporter.event("finished", elapsed_s=round(reporter.elapsed_s, 3))


def as_it_comes() -> Device:
    """The device with JAX as a beginner finds it.

    Our worker lets calls on a CPU wait for their work, which would hide the first mistake. JAX reads that option when
    it makes its client, so the client is made before. What goes wrong with it is noted by `start_jax`.
    """
    with contextlib.suppress(Exception):
        jax.devices()
    return start_jax(machine.describe())


def main(arguments: list[str] | None = None) -> int:
    """Entry point; returns the exit status."""
    parser = argparse.ArgumentParser(prog="python -m compute.lecture.gallery_worker", description=__doc__)
    commands = parser.add_subparsers(dest="command", required=True)
    run = commands.add_parser("run", help="make every mistake, and print events")
    run.add_argument("--run-id", required=True)
    run.add_argument("--seconds", type=float, required=True)
    run.add_argument("--shrink", type=int, required=True)
    options = parser.parse_args(arguments)
    end_with_parent()
    reporter = Reporter()
    reporter.event("progress", stage="starting", case="", mode="", done=0, total=0, elapsed_s=0.0, left_s=None)
    show(as_it_comes(), reporter, options.seconds, options.shrink)
    return 0


if __name__ == "__main__":
    sys.exit(main())
