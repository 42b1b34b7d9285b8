"""The child process that measures: the only place where JAX lives.

It prints one JSON object per line (see :class:`Reporter`) and needs the standard library, NumPy and JAX only, so
that a notebook can run it as it is. It ends when its standard input closes: its parent is gone then.
"""

from __future__ import annotations

import argparse
import json
import os
import random
import re
import sys
import threading
import time
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from compute import machine
from compute.measure import contest, telemetry, zeros
from compute.measure import suite as suites
from compute.measure.child import end_with_parent
from compute.measure.device import Device, first_line, start_jax
from compute.measure.measurement import Measurement
from compute.measure.privacy import anonymous
from compute.measure.timing import ENOUGH_FOR_INTERVAL, effort
from compute.measure.together import Parted, Place, gone
from compute.results import SCHEMA
from compute.workloads import MODES, Unsupported, workloads

# One heap that is kept: JAX on a CPU allocates every output anew, and without this most of a large product's time
# goes into page faults (reference measurements, CPU 2 and 8). Blocks over 128 MiB are given back all the same:
# keeping AlexNet's largest layer too made the worker 0.4 GiB larger and nothing faster.
_ALLOCATOR = ":".join(
    (
        "glibc.malloc.arena_max=1",
        "glibc.malloc.hugetlb=1",
        "glibc.malloc.mmap_threshold=134217728",
        "glibc.malloc.trim_threshold=1099511627776",
        "glibc.malloc.top_pad=67108864",
    )
)
# Programs whose inputs stay on the device between rounds may take this share of the memory.
_RESIDENT_SHARE = 0.6
_RESIDENT_LARGEST_ON_HOST = 900 * 2**20
# No case may take more than this share of a suite's time in the coarse pass: the others want their first point.
_LARGEST_SHARE = 0.4
# A case being refined is reported this often, so that little is lost when the run is cut short.
_REPORT_EVERY_S = 3.0


def environment(base: Mapping[str, str]) -> dict[str, str]:
    """The variables that the worker must find when it starts, on top of ``base``; what the user set stays."""
    return {"GLIBC_TUNABLES": _ALLOCATOR, "TF_CPP_MIN_LOG_LEVEL": "2", **base, "PYTHONUNBUFFERED": "1"}


def default_cache() -> str:
    """Folder of XLA's persistent compilation cache."""
    base = os.environ.get("XDG_CACHE_HOME") or str(Path.home() / ".cache")
    return str(Path(base) / "many-hands" / "xla")


class Reporter:
    """Prints the events: started, progress, result, failed, finished."""

    def __init__(self) -> None:
        self._begin = time.monotonic()
        self._printing = threading.Lock()

    @property
    def elapsed_s(self) -> float:
        """Seconds since the process was ready to report."""
        return time.monotonic() - self._begin

    def event(self, name: str, **fields: Any) -> None:
        """Print one event as a line of JSON; any thread may."""
        with self._printing:
            print(json.dumps({"event": name, "at": round(time.time(), 3), **fields}), flush=True)


class Run:
    """One suite, done once: a coarse pass over every case first, then rounds over all that are still open."""

    def __init__(self, device: Device, options: argparse.Namespace, reporter: Reporter) -> None:
        self._device = device
        self._team = device.team
        self._reporter = reporter
        self._effort = effort(options.suite, device.backend)
        budget = options.budget if options.budget is not None else suites.BUDGETS_S[options.suite]
        self._budget_s = budget
        cases = [suites.named(case, options.mode) for case in options.case]
        memory = -self._team.worst(-device.memory_free())  # the least of all processes
        plan = suites.plan(options.suite, device.backend, memory, tuple(options.workload), cases, device.counts)
        self._plan = plan if self._team.processes == 1 else suites.without_searches(plan)
        self._identity = {
            "schema": SCHEMA,
            "run_id": options.run_id,
            "suite": options.suite,
            "label": options.label or None,
            "machine_type": options.machine_type or None,
            **device.row_facts(),
        }
        self._done: list[Measurement] = []
        self._outcomes = {"measured": 0, "skipped": 0, "failed": 0}
        # Interleaving in random order keeps drift from favouring one case; the order itself need not vary by run.
        self._random = random.Random(0)

    def go(self) -> None:
        """Measure everything and report it."""
        every = [*self._plan.cases, *(case for case, _ in self._plan.skipped)] if self._team.index == 0 else []
        self._reporter.event(
            "started",
            run_id=self._identity["run_id"],
            suite=self._identity["suite"],
            machine=self._device.facts(),
            cases=[{"id": case.id, "mode": case.mode} for case in every],
            budget_s=self._budget_s,
        )
        for case, reason in self._plan.skipped:
            self._report(Measurement(case, self._device, self._effort), status="skipped", reason=reason)
        beside = telemetry.beside(self._device.gpu, self._device.backend, self._reporter.event)
        try:
            self._coarse_pass()
            self._refine()
        finally:
            took = beside.end()
        self._reporter.event("finished", elapsed_s=round(self._reporter.elapsed_s, 3), **self._outcomes, **took)

    def _coarse_pass(self) -> None:
        for number, case in enumerate(self._plan.cases):
            measurement = Measurement(case, self._device, self._effort)
            needed_s = measurement.shortest_s(self._done)
            if self._team.agree(needed_s > min(self._left_s(), _LARGEST_SHARE * (self._budget_s or float("inf")))):
                self._report(measurement, status="skipped", reason=self._no_time(needed_s))
                continue
            status, reason = "measured", ""
            try:
                self._make_room(measurement)
                for stage in measurement.begin():
                    self._progress(stage, measurement, number)
                measurement.round(self._random)
            except Parted:
                raise
            except Exception as error:  # whatever XLA raises for one case, the others go on
                status, reason = "skipped" if _unsupported(error) else "failed", _plain(error)
            if elsewhere := self._team.failure(reason):
                measurement.release()
                self._report(measurement, status if reason else "failed", elsewhere)
                continue
            self._done.append(measurement)
            self._report(measurement)

    def _refine(self) -> None:
        """Rounds over the open cases, in a new random order each time, until each has a reason to stop."""
        total = len(self._plan.cases)
        while open_cases := [m for m in self._done if not m.stop]:
            self._random.shuffle(open_cases)
            for measurement in open_cases:
                if self._team.agree(measurement.round_s() > self._left_s()):
                    measurement.stop = "budget"
                else:
                    closed = total - len([m for m in self._done if not m.stop])
                    self._progress("refining", measurement, closed)
                    self._rounds(measurement)
                if measurement.stop:
                    measurement.release()
                if measurement.stop or time.monotonic() - measurement.reported_at > _REPORT_EVERY_S:
                    self._report(measurement, again=True)

    def _rounds(self, measurement: Measurement) -> None:
        """One round; where its inputs had to be put back first, as many as give an interval at all."""
        wanted = 1 if measurement.resident else ENOUGH_FOR_INTERVAL // 2 - len(measurement.samples.single)
        self._make_room(measurement)
        measurement.round(self._random)
        for _ in range(wanted - 1):
            if not measurement.stop and self._team.agree(measurement.round_s() < self._left_s()):
                measurement.round(self._random)

    def _make_room(self, coming: Measurement) -> None:
        """Let go of the inputs used longest ago until the coming case's fit beside the rest."""
        limit = self._device.memory_free() * _RESIDENT_SHARE
        if self._device.backend == "cpu":
            limit = min(limit, _RESIDENT_LARGEST_ON_HOST)
        limit = self._team.agree(limit)
        resident = sorted((m for m in self._done if m.resident and m is not coming), key=lambda m: m.used_at)
        while resident and sum(m.need_bytes for m in resident) + coming.need_bytes > limit:
            resident.pop(0).release()

    def _left_s(self) -> float:
        return float("inf") if self._budget_s is None else self._budget_s - self._reporter.elapsed_s

    def _no_time(self, needed_s: float) -> str:
        needed = f"about {needed_s:.0f} s" if needed_s >= 1 else "up to a second"
        return (
            f"Skipped: it needs {needed}, too much of what this suite has. "
            "Choose a longer suite or a larger budget to measure it."
        )

    def _progress(self, stage: str, measurement: Measurement, done: int) -> None:
        left = self._left_s()
        self._reporter.event(
            "progress",
            stage=stage,
            case=measurement.case.id,
            mode=measurement.case.mode,
            done=done,
            total=len(self._plan.cases),
            elapsed_s=round(self._reporter.elapsed_s, 3),
            left_s=round(left, 1) if left < float("inf") else None,
        )

    def _report(
        self, measurement: Measurement, status: str = "measured", reason: str = "", again: bool = False
    ) -> None:
        if not again:
            self._outcomes[status] += 1
        measurement.reported_at = time.monotonic()
        if self._team.index:
            return  # process 0 writes the rows
        row = measurement.row(status, reason)
        row["reason"] = anonymous(row["reason"]) if row["reason"] else None
        self._reporter.event("result", row={**self._identity, **row})


def _unsupported(error: Exception) -> bool:
    """Whether the error says that this chip or backend cannot do it, rather than that something went wrong."""
    text = str(error)
    # A TypeError "unsupported operand" is a mistake in our own code.
    said = re.search(r"not supported|unsupported", text, re.IGNORECASE) and not isinstance(error, TypeError)
    return isinstance(error, Unsupported) or "UNIMPLEMENTED" in text or bool(said)


def _plain(error: Exception) -> str:
    """The first line of an XLA or JAX error as a sentence a person can act on."""
    if isinstance(error, Unsupported):
        return str(error)
    text = first_line(error) or type(error).__name__
    if "RESOURCE_EXHAUSTED" in text or isinstance(error, MemoryError):
        return f"Out of memory while running this case. JAX said: {text}"
    if _unsupported(error):
        return f"This device cannot run it. JAX said: {text}"
    return f"It failed. JAX said: {text}"


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(prog="python -m compute.measure.worker", description=__doc__)
    commands = parser.add_subparsers(dest="command", required=True)
    run = commands.add_parser("run", help="measure a suite and print events")
    run.add_argument("--suite", choices=list(suites.BUDGETS_S), default="quick")
    run.add_argument("--workload", action="append", default=[], choices=list(workloads()))
    run.add_argument("--case", action="append", default=[], help="only this case, in the mode of --mode")
    run.add_argument("--mode", choices=list(MODES), default="stream")
    run.add_argument("--budget", type=float, help="seconds; the suite's own if left out")
    run.add_argument("--run-id", required=True)
    run.add_argument("--label", default="")
    run.add_argument("--platform", default="")
    run.add_argument("--machine-type", default="")
    run.add_argument("--distributed", action="store_true", help="measure in step with other processes")
    run.add_argument("--coordinator", default="", help="HOST:PORT of process 0; found by JAX if left out")
    run.add_argument("--processes", type=int)
    run.add_argument("--process-id", type=int)
    run.add_argument("--cache", default=default_cache(), help="folder of compiled programs, or 'off'")
    crossing = commands.add_parser("crossover", help="find where one way of doing a workload overtakes another")
    for name in ("workload", "first", "second", "run-id"):
        crossing.add_argument(f"--{name}", required=True)
    crossing.add_argument("--variant", default="")
    crossing.add_argument("--dtype", default="fp32")
    crossing.add_argument("--seconds", type=float, default=30.0)
    zero = commands.add_parser("zeros", help="show the power of zeros against that of random numbers")
    zero.add_argument("--run-id", required=True)
    zero.add_argument("--seconds", type=float, default=24.0)
    commands.add_parser("devices", help="print what JAX finds as one JSON object")
    return parser


def main(arguments: list[str] | None = None) -> int:
    """Entry point; returns the exit status."""
    options = _parser().parse_args(arguments)
    if options.command == "devices":
        print(json.dumps(start_jax(machine.describe()).listing()), flush=True)
        return 0
    end_with_parent()
    reporter = Reporter()
    reporter.event("progress", stage="starting", case="", mode="", done=0, total=0, elapsed_s=0.0, left_s=None)
    if options.command == "crossover":
        return contest.run(options, reporter)
    if options.command == "zeros":
        return zeros.run(start_jax(machine.describe()), options.seconds, reporter)
    host = machine.describe(platform=options.platform)
    if not options.distributed:
        Run(start_jax(host, options.cache), options, reporter).go()
        return 0
    try:
        Run(start_jax(host, options.cache, _place(options), _asked(options)), options, reporter).go()
    except Exception as error:  # with a process gone, whatever XLA or the network raises
        reporter.event("failed", case=None, reason=str(error) if isinstance(error, Parted) else gone(error))
        sys.stdout.flush()
        os._exit(1)  # JAX would wait at its end for processes that may never come
    return 0


def _place(options: argparse.Namespace) -> Place:
    return Place(options.coordinator, options.processes, options.process_id)


def _asked(options: argparse.Namespace) -> dict[str, Any]:
    """What every process of a run must have been asked for, and the version of our own results."""
    words = {name: getattr(options, name) for name in ("suite", "workload", "case", "mode", "budget")}
    return {"Many Hands": SCHEMA, **words}


if __name__ == "__main__":
    sys.exit(main())
