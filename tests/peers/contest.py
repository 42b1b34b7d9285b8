"""A contest: contenders that are sampled in turn, in a new random order every round, and what came of it."""

from __future__ import annotations

import contextlib
import time
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import astuple, dataclass, field
from random import Random
from statistics import median
from typing import Any

from compute.workloads import Case, workloads
from tests.peers.process import Failed, Process
from tests.peers.report import Finding, compared

PREPARE_S = 240.0  # torch.compile takes up to a minute for a network
SAMPLE_S = 60.0
OURS = "ours"


@dataclass(frozen=True)
class Entry:
    """Who takes part: a name, the module of ``tests.peers.subjects`` that prepares it, its case, and how.

    Every entry whose name begins with ``ours`` is our engine.
    """

    name: str
    module: str
    case: Case
    how: Mapping[str, Any] = field(default_factory=dict)

    @property
    def ours(self) -> bool:
        """Whether it is our engine."""
        return self.name.startswith(OURS)


@dataclass(frozen=True)
class Goal:
    """What ours must at least reach against the fastest of those whose names begin with one of ``against``."""

    against: tuple[str, ...]
    at_least: float


@dataclass(frozen=True)
class Contest:
    """One comparison. ``unit`` is ``GFLOP/s``, ``TFLOP/s``, ``GB/s``, or items such as ``images/s``."""

    what: str
    entries: tuple[Entry, ...]
    goals: tuple[Goal, ...]
    unit: str


@dataclass(frozen=True)
class Effort:
    """Seconds of one batch and of the warm-up, rounds, and seconds of rest between two contenders."""

    batch_s: float
    warm_s: float
    rounds: int
    rest_s: float


@dataclass(frozen=True)
class Item:
    """One line of the plan: its name, and its work, which gives findings in portions, each to be kept at once."""

    what: str
    work: Callable[[], Iterable[list[Finding]]]


_SCALE = {"GFLOP/s": 1e9, "TFLOP/s": 1e12}


def amount(case: Case, unit: str) -> float:
    """What one step of the case does, in the unit of the rate."""
    workload = workloads()[case.workload]
    if unit == "GB/s":
        return workload.bytes(case) / 1e9
    return workload.flops(case) / _SCALE[unit] if unit in _SCALE else workload.items(case)


class Arena:
    """Where contests are held: the contenders' processes and how hard to try.

    ``environment(module)`` are the variables of a process. With ``fresh`` every contest starts new processes, which
    costs the time to load the libraries and gives all memory back; without it a contender of the same name goes on.
    """

    def __init__(self, environment: Callable[[str], Mapping[str, str]], effort: Effort, fresh: bool) -> None:
        self._environment = environment
        self._effort = effort
        self._fresh = fresh
        self._processes: dict[str, Process] = {}

    def hold(self, contest: Contest, rounds: int | None = None) -> list[Finding]:
        """Prepare everybody, sample in turn, and say what came of it: a line for each contender and each goal."""
        if self._fresh:
            self.close()
        self._start(contest.entries)
        notes = {entry.name: self._prepared(entry) for entry in contest.entries}
        ready = {entry.name: entry for entry in contest.entries if entry.name in self._processes}

        def sample(name: str) -> float:
            time.sleep(self._effort.rest_s)  # the threads of the one before may spin for a moment before they sleep
            seconds: float = self._processes[name].ask("sample", SAMPLE_S)
            return amount(ready[name].case, contest.unit) / seconds

        rates, lost = take_turns(list(ready), sample, rounds or self._effort.rounds, Random(0))
        for name, why in lost.items():
            notes[name] = f"failed: {why}"
            self._drop(name)
        return judge(contest, rates, notes)

    def call(self, module: str, function: str, timeout_s: float, **arguments: Any) -> Any:
        """What a function of a module says in a process of its own. Raises Failed."""
        process = Process(module, self._environment(module))
        try:
            return process.ask("call", timeout_s, function=function, arguments=arguments)
        finally:
            process.close()

    def close(self) -> None:
        """End all processes."""
        for name in list(self._processes):
            self._drop(name)

    def _start(self, entries: Sequence[Entry]) -> None:
        """Start those that are not there, and wait: nobody prepares while others still load their libraries."""
        for entry in entries:
            if entry.name not in self._processes:
                self._processes[entry.name] = Process(entry.module, self._environment(entry.module))
        for entry in entries:
            with contextlib.suppress(Failed):  # it says so again when it is asked
                self._processes[entry.name].wait_until_ready()

    def _prepared(self, entry: Entry) -> str:
        """What there is to say about a contender once it is prepared; without a process when that failed."""
        seconds = {"batch_s": self._effort.batch_s, "warm_s": self._effort.warm_s}
        process = self._processes[entry.name]
        try:
            note: str = process.ask("prepare", PREPARE_S, case=astuple(entry.case), how=dict(entry.how), **seconds)
        except Failed as failed:
            self._drop(entry.name)
            return f"failed: {failed}"
        return note

    def _drop(self, name: str) -> None:
        self._processes.pop(name).close()


def take_turns(
    names: Sequence[str], sample: Callable[[str], float], rounds: int, random: Random
) -> tuple[dict[str, list[float]], dict[str, str]]:
    """One sample of each in every round, in a new random order; who fails once is out, with the reason.

    Returns:
        The samples of those who took part in every round, and why the others did not.
    """
    samples: dict[str, list[float]] = {name: [] for name in names}
    lost: dict[str, str] = {}
    for _ in range(rounds):
        still = [name for name in names if name not in lost]
        for name in random.sample(still, len(still)):
            try:
                samples[name].append(sample(name))
            except Failed as failed:
                lost[name] = str(failed)
    return {name: taken for name, taken in samples.items() if name not in lost}, lost


def judge(contest: Contest, rates: Mapping[str, Sequence[float]], notes: Mapping[str, str]) -> list[Finding]:
    """The lines of a contest. Of several ways of ours the one with the best median counts, in every line."""
    names = [entry.name for entry in contest.entries]
    ours = max((name for name in rates if name.startswith(OURS)), key=lambda name: median(rates[name]), default="")
    lines = [_line(contest, name, ours, rates, notes.get(name, "")) for name in names]
    return lines + [_goal_line(contest, goal, ours, rates) for goal in contest.goals]


def _line(contest: Contest, name: str, ours: str, rates: Mapping[str, Sequence[float]], note: str) -> Finding:
    if name not in rates:
        return Finding(contest.what, name, note=note)
    if name.startswith(OURS) or not ours:
        taken = rates[name]
        return Finding(contest.what, name, contest.unit, median(taken), max(taken), rounds=len(taken), note=note)
    return compared(contest.what, name, contest.unit, rates[ours], [rates[name]], note=note)


def _goal_line(contest: Contest, goal: Goal, ours: str, rates: Mapping[str, Sequence[float]]) -> Finding:
    rivals = [name for name in rates if name.startswith(goal.against)]
    name = f"best of {', '.join(goal.against)}" if len(rivals) > 1 else " or ".join(goal.against)
    if not ours or not rivals:
        return Finding(contest.what, name, target=goal.at_least, note=f"no rate of {name if ours else OURS}")
    best = max(rivals, key=lambda name: median(rates[name]))
    return compared(
        contest.what, name, contest.unit, rates[ours], [rates[rival] for rival in rivals],
        goal.at_least, f"{ours} against {best}",
    )  # fmt: skip


def held(arena: Arena, contest: Contest) -> Iterator[list[Finding]]:
    """The work of an item that is one contest."""
    yield arena.hold(contest)
