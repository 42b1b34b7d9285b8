"""One case being measured: compiled, checked, timed in rounds, and turned into a result row."""

from __future__ import annotations

import contextlib
import statistics
import sys
import time
from collections.abc import Iterator, Mapping
from dataclasses import replace
from random import Random
from typing import Any

from compute.measure import proof, timing, verdict
from compute.measure.conditions import Conditions
from compute.measure.device import Device, utc_now
from compute.measure.suite import GIB
from compute.workloads import Case, Check, Program, _versions, workloads

# A fused loop runs this many steps in one call, and twice that for the doubling test.
FUSED_STEPS = 64
# Written out in a row so many at a time. On an H200 no loop at all is a tenth faster than 8 at a time.
_UNROLL = {"cpu": 8}  # elsewhere all of them
# Waiting this often costs nothing there: 367 µs an all-reduce between eight devices, 352 when waiting after each.
_CPU_COLLECTIVES_IN_FLIGHT = 16
# A dispatch must not be a visible part of a batch.
_DISPATCHES_IN_BATCH = 50
# Compiling and checking, before anything is known: seconds.
_GUESS_COMPILE_S = 0.5
_GUESS_FLOP_PER_S = {"cpu": 2e10}  # elsewhere:
_GUESS_ON_ACCELERATOR = 1e12
_GUESS_SHARE_OF_PEAK = 0.25  # where the chip is known
_SHORTEST_ROUNDS = 2
# A search for the best case may take as long as so many cases, and tries each with a few short batches.
_SEARCH_CASES = 4
_TRIAL_BATCH_S = 0.02
_TRIAL_BATCHES = 3


class Measurement:
    """A case on its way from a name to a row. ``begin`` once, then ``round`` as often as it pays.

    ``case`` is what was asked for; ``found`` is what is measured, another one only where ``case`` asks for a search.
    """

    def __init__(self, case: Case, device: Device, effort: timing.Effort) -> None:
        self.case = self.found = case
        self.stop = ""
        self.used_at = 0.0
        self.reported_at = 0.0
        self.samples = timing.Samples()
        self._device = device
        self._team = device.team
        self._effort = effort
        self._workload = workloads()[case.workload]
        self.need_bytes = self._workload.need_bytes(case, device.backend)
        self._program: Program | None = None
        self._check: Check | None = None
        self._proof: proof.Proof | None = None
        self._conditions = Conditions(device.clocks)
        self._compiled: dict[int, Any] = {}
        self._compile_facts: dict[str, Any] = {}
        self._fixed: Any = None
        self._state: Any = None

    # -- the way of a case ------------------------------------------------------------------------------------

    def begin(self) -> Iterator[str]:
        """Search if that is asked for, build, compile, check and calibrate; yields each stage's name as it starts.

        Raises:
            Unsupported: this device cannot run the case.
            Exception: whatever else JAX raises for a case that it cannot compile or run.
        """
        if not self.case.size:
            yield "searching"
            self.found = self._best_case()
            self.need_bytes = self._workload.need_bytes(self.found, self._device.backend)
        yield "compiling"
        self._prepare()
        yield "checking"
        assert self._program is not None
        check, self._state = self._program.check(self._first_call, self._fixed, self._state)
        self._check = replace(check, error=self._team.worst(check.error)) if self._spans_processes else check
        if self.case.mode == "fused":  # only now: the check may have handed the inputs' buffers to its step
            self._compile_facts["first_call_s"] = self._batch(1)
            self._batch(1, doubled=True)  # its first call is no measurement either
        yield "measuring"
        shortest_s = max(self._effort.batch_s, _DISPATCHES_IN_BATCH * self._device.dispatch_s)
        agree = self._team.agree
        calls = timing.calibrate(lambda calls: float(agree(self._batch(calls))), agree(shortest_s))
        self.samples.steps = calls * self._fused_steps
        warm_until = time.monotonic() + self._effort.warm_s
        while agree(time.monotonic() < warm_until):
            self._batch(calls)

    def _prepare(self) -> None:
        """Build the program, put its inputs on the device, compile it."""
        self._program = self._workload.build(self.found, self._device.backend)
        self._load()
        self._compile()

    def _best_case(self) -> Case:
        """The best of the cases that the workload's search tries; it is measured afresh, like any other.

        The fastest of many short trials owes some of its speed to luck, so none of their times is reported.
        """
        assert self._workload.search is not None
        search = self._workload.search(self.case, self._device.backend)
        rates: dict[Case, float] = {}
        until = time.monotonic() + self._search_s
        candidate = next(search)
        with contextlib.suppress(StopIteration):
            while True:
                rates[candidate] = self._try(candidate, must=not rates)
                if time.monotonic() > until:
                    break
                candidate = search.send(rates[candidate])
        best = max(rates, key=rates.__getitem__)
        return replace(best, params=f"{best.params};tried={len(rates)}")

    def _try(self, candidate: Case, must: bool) -> float:
        """Its rate in FLOP/s in a few short batches, unchecked; 0 for one that fails, unless it ``must`` not."""
        trial = Measurement(candidate, self._device, self._effort)
        try:
            trial._prepare()
            calls = timing.calibrate(trial._batch, _TRIAL_BATCH_S)
            seconds = min(trial._batch(calls) for _ in range(_TRIAL_BATCHES)) / calls
        except Exception:  # whatever XLA raises for a shape that another one beside it does not
            if must:
                raise
            return 0.0
        return self._workload.flops(candidate) / seconds

    @property
    def _search_s(self) -> float:
        return 0.0 if self.case.size else _SEARCH_CASES * self._effort.case_s

    def round(self, random: Random) -> None:
        """Time one batch of K steps and one of 2K, in random order, and decide whether that was enough."""
        self._team.meet()
        if not self.resident:
            self._load()
            self._batch(1)  # the first step on new inputs pays for fresh pages
        seconds = {}
        for doubled in random.sample((False, True), 2):
            with self._conditions.watched():
                seconds[doubled] = self._batch(self.samples.steps // self._fused_steps, doubled)
        self.samples.add(seconds[False], seconds[True])
        self.stop = self._team.agree(timing.stop_reason(self.samples, self._effort))
        self.used_at = time.monotonic()

    def round_s(self) -> float:
        """Seconds that one more round is expected to take."""
        reload_s = 0.0 if self.resident else 1.5 * self._compile_facts.get("load_s", 0.0)
        return reload_s + 3.2 * self.samples.steps * statistics.median(self.samples.all)

    def shortest_s(self, done: list[Measurement]) -> float:
        """Seconds to expect for compiling, checking and the fewest rounds, judging by the cases before."""
        alike = [m for m in done if m.case.workload == self.case.workload]
        # The best rate of all: small cases, and what cannot fill the device, say little about large ones.
        guess = _GUESS_FLOP_PER_S.get(self._device.backend, _GUESS_ON_ACCELERATOR)
        rate = max([guess, _GUESS_SHARE_OF_PEAK * (self._peak(self.case.dtype) or 0), *(m.flop_per_s for m in done)])
        compile_s = statistics.median([sum(m.compile_seconds()) for m in alike] or [_GUESS_COMPILE_S])
        step_s = self._workload.flops(self.found) / rate
        return self._search_s + compile_s + 3 * step_s + 3 * _SHORTEST_ROUNDS * max(step_s, self._effort.batch_s)

    def _peak(self, dtype: str) -> float | None:
        """FLOP/s that the case's devices allow together; None where the chip or its peak is unknown."""
        peak = self._device.chip.peak(dtype) if self._device.chip else None
        if peak and self.case.devices > 1:  # a CPU's devices are threads of one chip
            on_cpu = self._device.backend == "cpu"
            peak *= (self._team.hosts if self._spans_processes else 1) if on_cpu else self.case.devices
        return peak

    @property
    def _spans_processes(self) -> bool:
        """Whether its devices belong to several processes."""
        return self.case.devices > self._device.jax.local_device_count()

    @property
    def resident(self) -> bool:
        """Whether its inputs are on the device."""
        return self._state is not None

    def release(self) -> None:
        """Free the inputs; a later round puts them back."""
        self._fixed = self._state = None

    # -- programs and batches ---------------------------------------------------------------------------------

    def _load(self) -> None:
        if self.resident or self._program is None:
            return
        seconds, _ = timing.timed(self._put_inputs)
        self._compile_facts.setdefault("load_s", seconds)

    def _put_inputs(self) -> None:
        assert self._program is not None
        self._fixed = self._program.fixed()
        self._state = self._program.state(self._fixed)
        self._device.jax.block_until_ready((self._fixed, self._state))

    @property
    def _fused_steps(self) -> int:
        return FUSED_STEPS if self.case.mode == "fused" else 1

    def _compile(self) -> None:
        """Compile the step, and for a fused case also the loops of L and 2L steps; keep the facts of the one timed."""
        for steps in (1, FUSED_STEPS, 2 * FUSED_STEPS) if self.case.mode == "fused" else (1,):
            self._compiled[steps], facts = self._compile_loop(steps)
            if steps == self._fused_steps:
                self._compile_facts |= facts

    def _compile_loop(self, steps: int) -> tuple[Any, dict[str, Any]]:
        """The program of so many steps, and the columns about it."""
        jax, program = self._device.jax, self._program
        assert program is not None
        if not program.compiled:
            return program.step, {"options": ""}

        def loop(fixed: Any, state: Any) -> Any:
            if program.start:
                state = program.start(state)
            if steps == 1:
                return program.step(fixed, state)
            # A static trip count: a traced one makes the GPU ask the host before every step.
            unroll = _UNROLL.get(self._device.backend, steps)
            return jax.lax.fori_loop(0, steps, lambda _, s: program.step(fixed, s), state, unroll=unroll)

        jitted = jax.jit(loop, donate_argnums=(1,) if program.donate else ())
        with _versions.types(program.wide):
            trace_s, traced = timing.timed(lambda: jitted.trace(self._fixed, self._state))
            lower_s, lowered = timing.timed(traced.lower)
            compiled = self._device.compile(lowered, program.options)
        if steps == self._fused_steps and (hlo := compiled.run.as_text()):  # not every backend shows it
            self._proof = proof.prove(traced.jaxpr, hlo, steps, program.collectives)
        times = {"trace_s": trace_s, "lower_s": lower_s, "compile_s": compiled.compile_s}
        return compiled.run, times | {"options": _pairs(compiled.options), "cache": compiled.cache}

    def _first_call(self, fixed: Any, state: Any) -> Any:
        """The compiled single step for the check, its first call timed."""
        seconds, after = timing.timed(lambda: self._device.jax.block_until_ready(self._compiled[1](fixed, state)))
        self._compile_facts.setdefault("first_call_s", seconds)
        return after

    def _batch(self, calls: int, doubled: bool = False) -> float:
        """Seconds for ``calls`` calls (twice the work when doubled), waiting as often as the mode says."""
        fused = self.case.mode == "fused"
        compiled = self._compiled[(2 if doubled and fused else 1) * self._fused_steps]
        calls = 2 * calls if doubled and not fused else calls
        wait = self._device.jax.block_until_ready
        fixed, state = self._fixed, self._state
        together = min(calls, self._calls_in_flight)
        begin = time.perf_counter()
        for done in range(0, calls, together):
            for _ in range(min(together, calls - done)):
                state = compiled(fixed, state)
            wait(state)
        seconds = time.perf_counter() - begin
        assert self._program is not None
        if self._program.donate:  # the old state's buffers are gone; otherwise every batch starts from the same one
            self._state = state
        return seconds

    @property
    def _calls_in_flight(self) -> int:
        """How many calls are handed over before one waits: one in mode call, otherwise all that there are.

        Devices of a CPU that wait for each other in a collective block for good once 32 calls are under way.
        """
        if self.case.mode == "call":
            return 1
        return _CPU_COLLECTIVES_IN_FLIGHT if self.case.devices > 1 and self._device.backend == "cpu" else sys.maxsize

    # -- the row ----------------------------------------------------------------------------------------------

    @property
    def flop_per_s(self) -> float:
        """Rate of the median batch so far."""
        return self._workload.flops(self.found) / statistics.median(self.samples.all)

    def compile_seconds(self) -> tuple[float, ...]:
        """Seconds to trace, lower, compile and call first."""
        names = ("trace_s", "lower_s", "compile_s", "first_call_s")
        return tuple(self._compile_facts.get(name, 0.0) for name in names)

    def row(self, status: str, reason: str) -> dict[str, Any]:
        """The columns of the result row that this case owns."""
        case = self.found
        row = {
            "measured_at": utc_now(),
            "case": self.case.id,
            "workload": case.workload,
            "variant": case.variant,
            "dtype": case.dtype,
            "size": case.size,
            "mode": case.mode,
            "params": case.params or None,
            "devices": case.devices,
            "hosts": self._team.hosts if self._spans_processes else 1,
            "host_processes": self._team.processes if self._spans_processes else 1,
            "flops": self._workload.flops(case),
            "bytes": self._workload.bytes(case),
            "items": self._workload.items(case),
            "need_gib": round(self.need_bytes / GIB, 6),
            "status": status,
            "reason": reason or None,
            "peak_memory_gib": _peak_memory_gib(),
        }
        return row | self._measured_columns() if status == "measured" else row

    def _measured_columns(self) -> dict[str, Any]:
        assert self._check is not None
        assert self._program is not None
        times = self.samples.all
        median = statistics.median(times)
        low, high = timing.median_interval(times)
        first, third = timing.quartiles(times)
        # What one gets by default has the peak of what ran.
        peak = self._peak(self._check.arithmetic if self.case.dtype == "default" else self.case.dtype)
        judged = verdict.judge(
            self.samples,
            self._check,
            self.flop_per_s,
            peak,
            shortcut=self._workload.shortcut,
            proof=self._proof,
            conditions=self._conditions,
        )
        facts = {name: value for name, value in self._compile_facts.items() if name != "load_s"}
        return facts | {
            "options": facts["options"] or None,
            "formulation": _pairs(self._program.formulation) or None,
            "processes": 1,
            "verdict": judged.name,
            "reason": judged.reason or None,
            "median_s": median,
            "ci_low_s": low,
            "ci_high_s": high,
            "q1_s": first,
            "q3_s": third,
            "min_s": min(times),
            "steps": self.samples.steps,
            "batches": len(times),
            "stop": self.stop or None,
            "drift": timing.drift(times),
            "doubling": timing.doubling(self.samples)[0],
            "steal": self._conditions.steal,
            "throttle": self._conditions.throttle,
            "flop_per_s": self.flop_per_s,
            "items_per_s": self._workload.items(self.found) / median,
            "arithmetic": self._check.arithmetic or None,
            "fingerprint": self._check.fingerprint,
            "check_error": self._check.error,
            "check_limit": self._check.limit,
            "products": self._proof.found if self._proof else None,
            "products_expected": self._proof.expected if self._proof else None,
            "collectives": self._proof.collectives if self._proof else None,
            "peak_flop_per_s": peak,
        }


def _pairs(values: Mapping[str, Any]) -> str:
    """``key=value;…``, as a cell of a row holds it."""
    return ";".join(f"{key}={value}" for key, value in values.items())


def _peak_memory_gib() -> float | None:
    try:
        import resource
    except ImportError:  # Windows
        return None
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    return round(peak * (1 if sys.platform == "darwin" else 1024) / GIB, 3)
