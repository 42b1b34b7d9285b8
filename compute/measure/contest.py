"""Finds where one way of doing a workload overtakes another: two processes, one for each way, asked in turn.

This process conducts. It asks both for a size a few samples at a time, so that whatever disturbs the machine disturbs
both; while one works the other waits for its input. What they say goes out as events, like the worker's.
"""

from __future__ import annotations

import argparse
import json
import os
import subprocess
import sys
import time
from collections.abc import Callable, Mapping, Sequence
from typing import Any, Protocol

from compute.measure import crossover
from compute.measure.crossover import PLACES, QUESTIONS, Samples
from compute.measure.ways import environment, title
from compute.workloads import Case, Workload, workloads

SMALLEST = 16
# A call that takes longer than this share of the time leaves too little for the rest.
_LONGEST_SHARE = 1 / 60
# From one size to the next, the work grows by about this.
_WORK_STEP = 8
_ROUNDS, _SAMPLES = 3, 3
# Threads of a BLAS look for more work for a while before they sleep: the other way must not be timed against them.
_REST_S = 0.03
# What a new size costs beside its calls: compiling, checking.
_GUESS_NEW_S = 0.4


class NoContest(Exception):
    """It cannot be measured; the message is a sentence that says why."""


class Reporter(Protocol):
    """Says what happens."""

    @property
    def elapsed_s(self) -> float:
        """Seconds since it began."""

    def event(self, name: str, **fields: Any) -> None:
        """Say one event."""


class Contender:
    """The process of one way, which `words` start: a module and its options."""

    def __init__(self, name: str, words: Sequence[str], variables: Mapping[str, str]) -> None:
        self._process = subprocess.Popen(
            [sys.executable, "-P", "-m", *words],
            stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True, env={**os.environ, **variables},
        )  # fmt: skip
        self._title = name

    def hello(self) -> dict[str, Any]:
        """Who it is. Raises NoContest if it cannot be."""
        told = self._read()
        if "error" in told:
            raise NoContest(told["error"])
        return told

    def ask(self, size: int, samples: int) -> dict[str, Any]:
        """Its samples of a size, or the error why there are none. Raises NoContest when the process is gone."""
        assert self._process.stdin
        try:
            self._process.stdin.write(json.dumps({"size": size, "samples": samples}) + "\n")
            self._process.stdin.flush()
        except OSError as error:
            raise self._lost() from error
        return self._read()

    def _read(self) -> dict[str, Any]:
        assert self._process.stdout
        for line in self._process.stdout:
            if line.startswith("{"):  # a library may print, too
                told: dict[str, Any] = json.loads(line)
                return told
        raise self._lost()

    def _lost(self) -> NoContest:
        from compute.measure.child import explain

        return NoContest(f"{self._title}: {explain(self._process.wait(), ())}")

    def end(self) -> None:
        """Let it go, at once."""
        self._process.kill()
        self._process.wait()


def contender(way: str, case: Case) -> Contender:
    """The process that does a case this way."""
    words = [f"--way={way}", f"--workload={case.workload}", f"--variant={case.variant}", f"--dtype={case.dtype}"]
    return Contender(title(way), ["compute.measure.ways", *words], environment(way))


def able() -> list[str]:
    """The workloads that have a version in NumPy."""
    return [name for name, workload in workloads().items() if workload.numpy]


def parse_case(workload: str, variant: str = "", dtype: str = "fp32") -> Case:
    """What is to be done, without a size: the workload's first variant unless another is named.

    Raises:
        ValueError: there is none of this name, or it has no NumPy version or not this dtype.
    """
    if workload not in able():
        raise ValueError(f"{workload!r} has no version in NumPy to compare with: choose {', '.join(able())}.")
    known = workloads()[workload]
    variant = variant or next(iter(known.variants))
    if variant not in known.variants:
        raise ValueError(f"There is no {workload} {variant!r}: choose {', '.join(known.variants)}.")
    if dtype not in ("fp32", "fp64") or dtype not in known.dtypes:
        raise ValueError(f"NumPy and JAX are compared in fp32 or fp64, where {workload} has them; found {dtype!r}.")
    return Case(workload, variant, dtype, 0)


def check_ways(first: str, second: str) -> None:
    """Raises ValueError, with a sentence, for a way that does not exist or the same one twice."""
    title(first), title(second)
    if first == second:
        raise ValueError(f"Both ways are {title(first)}: choose two different ones.")


class Contest:
    """A coarse pass over the sizes, then the sizes around the crossings, then more samples where they cannot decide."""

    def __init__(
        self, case: Case, contenders: dict[str, Any], seconds: float, reporter: Reporter,
        rest: Callable[[float], None] = time.sleep,
    ) -> None:  # fmt: skip
        self._workload: Workload = workloads()[case.workload]
        self._case = case
        self._contenders = contenders
        self._until_s = reporter.elapsed_s + seconds  # what starting the processes took is no time to measure
        self._seconds = seconds
        self._reporter = reporter
        self._rest = rest
        self._measured: dict[str, dict[int, Samples]] = {place: {} for place in PLACES}

    def go(self) -> None:
        """Measure until everything is told apart that can be, or the time is up."""
        size = SMALLEST
        while self._time_for(size) and self._visit(size):
            size = self._larger(size)
        turn = 0
        while (size := self._next(turn)) and self._time_for(size) and self._visit(size):
            turn += 1

    def _larger(self, size: int) -> int:
        """The next size of the coarse pass: about eight times the work."""
        work = self._work(size)
        while self._work(size := 2 * size) < 0.9 * _WORK_STEP * work:
            pass
        return size

    def _work(self, size: int) -> int:
        from dataclasses import replace

        return self._workload.flops(replace(self._case, size=size))

    def _next(self, turn: int) -> int:
        """The questions take turns; 0 when none has anything left to ask."""
        for place in range(len(QUESTIONS)):
            if size := crossover.next_size(self._measured, QUESTIONS[(turn + place) % len(QUESTIONS)]):
                return size
        doubtful = [size for question in QUESTIONS for size in crossover.doubtful(self._measured, question)]
        return min(doubtful, key=lambda size: len(self._measured["first"][size].steady_s), default=0)

    def _time_for(self, size: int) -> bool:
        """Whether there is time for the size, judging by the nearest one that is known."""
        left_s = self._until_s - self._reporter.elapsed_s
        calls = [self._call_s(place, size) for place in PLACES]
        if max(calls) > _LONGEST_SHARE * self._seconds:
            return False
        known = size in self._measured["first"]
        return sum(calls) * 2 * _ROUNDS * _SAMPLES * 1.5 + (0 if known else _GUESS_NEW_S) < left_s

    def _call_s(self, place: str, size: int) -> float:
        """Seconds of a call that are to be expected."""
        known = self._measured[place]
        if not known:
            return 0.0
        nearest = min(known, key=lambda other: abs(other - size))
        cost = crossover.times(known[nearest].trip_s).middle
        return cost * max(1.0, self._work(size) / self._work(nearest))

    def _visit(self, size: int) -> bool:
        """Samples of both ways in turns; False where one of them cannot do the size."""
        for _ in range(_ROUNDS):
            for place in PLACES:
                self._progress(size)
                told = self._contenders[place].ask(size, _SAMPLES)
                if "error" in told:
                    self._reporter.event("note", text=f"Sizes end below {size}. {told['error']}")
                    for other in self._measured.values():
                        other.pop(size, None)
                    return False
                self._measured[place].setdefault(size, Samples()).add(told)
                self._reporter.event("times", place=place, size=size, **told)
                self._rest(_REST_S)
        return True

    def _progress(self, size: int) -> None:
        elapsed_s = self._reporter.elapsed_s
        self._reporter.event(
            "progress", stage="measuring", case=f"{self._workload.size_name} = {size}", mode="call",
            done=len(self._measured["first"]), total=0, elapsed_s=round(elapsed_s, 3),
            left_s=round(max(0.0, self._until_s - elapsed_s), 1),
        )  # fmt: skip


def run(options: argparse.Namespace, reporter: Reporter) -> int:
    """Measure what the command line asks for; returns the exit status."""
    case = parse_case(options.workload, options.variant, options.dtype)
    ways = dict(zip(PLACES, (options.first, options.second), strict=True))
    contenders = {place: contender(way, case) for place, way in ways.items()}
    try:
        facts = {place: one.hello() for place, one in contenders.items()}
        workload = workloads()[case.workload]
        question = {
            "workload": case.workload, "variant": case.variant, "dtype": case.dtype, "seconds": options.seconds,
            "title": workload.title, "size_name": workload.size_name,
            **{place: {name: facts[place].get(name) for name in _OF_A_WAY} for place in PLACES},
        }  # fmt: skip
        machine = {name: value for name, value in facts["second"].items() if name not in ("way", "title", "cores")}
        machine["cpu_count"] = max(told["cpu_count"] for told in facts.values())  # one way may have only one core
        reporter.event(
            "started", run_id=options.run_id, suite="crossover", machine=machine, cases=[],
            budget_s=options.seconds, question=question,
        )  # fmt: skip
        Contest(case, contenders, options.seconds, reporter).go()
        reporter.event("finished", elapsed_s=round(reporter.elapsed_s, 3), measured=0, skipped=0, failed=0)
    except NoContest as error:
        reporter.event("failed", case=None, reason=str(error))
        return 1
    finally:
        for one in contenders.values():
            one.end()
    return 0


_OF_A_WAY = ("way", "title", "cores", "backend", "device_kind")
