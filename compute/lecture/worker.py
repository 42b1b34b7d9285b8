"""The child process that measures for the lecture: the race, and whatever else `compute.measure.worker` can.

It speaks as that does. The race asks one process for each way, in turn; while one works the others wait for their
input.
"""

from __future__ import annotations

import argparse
import sys
from collections.abc import Iterator
from typing import Any

from compute.lecture.hands import LOOP, title
from compute.measure import worker
from compute.measure.child import end_with_parent
from compute.measure.contest import Contender, NoContest
from compute.measure.ways import KINDS, environment
from compute.measure.worker import Reporter

SAMPLES = 9


def contender(way: str) -> Contender:
    """The process of one way."""
    return Contender(title(way), ["compute.lecture.hands", f"--way={way}"], environment(way))


class Race:
    """One product, done in every way that this machine has."""

    def __init__(self, size: int, reporter: Reporter) -> None:
        self._size = size
        self._reporter = reporter
        self._running: dict[str, Contender] = {}
        self._facts: dict[str, dict[str, Any]] = {}

    def go(self) -> None:
        """Start all ways at once, then let one after the other work. Raises NoContest where one is lost."""
        try:
            self._start()
            self._reporter.event(
                "started", suite="race", machine=self._machine(), cases=[], budget_s=None,
                question={"size": self._size},
            )  # fmt: skip
            for done, way in enumerate(self._order()):
                self._measure(way, done)
            self._reporter.event("finished", elapsed_s=round(self._reporter.elapsed_s, 3), measured=len(self._facts))
        finally:
            for one in self._running.values():
                one.end()

    def _start(self) -> None:
        """Every way says who it is. JAX's first device is asked for, and may turn out to be the cores."""
        for way in (LOOP, "numpy", "jax-one-core", "jax"):
            self._running[way] = contender(way)
        for way in list(self._running):
            self._meet(way)
        if "jax" in self._facts:
            kind = KINDS.get(str(self._facts["jax"]["backend"]), "")
            self._rename("jax", f"{kind}:0" if kind else "jax-all-cores")
            if kind:
                self._running["jax-all-cores"] = contender("jax-all-cores")
                self._meet("jax-all-cores")

    def _meet(self, way: str) -> None:
        """A way that this machine does not have is a note, and no lane."""
        try:
            self._facts[way] = self._running[way].hello()
        except NoContest as absent:
            self._reporter.event("note", text=str(absent))
            self._running.pop(way).end()

    def _rename(self, old: str, new: str) -> None:
        self._running[new] = self._running.pop(old)
        self._facts[new] = self._facts.pop(old)

    def _order(self) -> Iterator[str]:
        """From one hand to many: those of the CPU first."""
        cpu = (LOOP, "numpy", "jax-one-core", "jax-all-cores")
        yield from (way for way in cpu if way in self._facts)
        yield from (way for way in self._facts if way not in cpu)

    def _machine(self) -> dict[str, Any]:
        """The facts of the machine; those of its accelerator where there is one."""
        facts = dict(self._facts.get([*self._order()][-1], {})) if self._facts else {}
        counts = [told["cpu_count"] for told in self._facts.values()]
        own = ("way", "title", "cores")
        return {name: value for name, value in facts.items() if name not in own} | {"cpu_count": max(counts, default=0)}

    def _measure(self, way: str, done: int) -> None:
        self._reporter.event(
            "progress", stage="measuring", case=title(way), mode="call", done=done, total=len(self._facts),
            elapsed_s=round(self._reporter.elapsed_s, 3), left_s=None,
        )  # fmt: skip
        told = self._running[way].ask(self._size, SAMPLES)
        if "error" in told:
            raise NoContest(told["error"])
        self._reporter.event("times", way=way, title=title(way), **told)


def main(arguments: list[str] | None = None) -> int:
    """Entry point; returns the exit status."""
    words = sys.argv[1:] if arguments is None else arguments
    if words[:1] != ["race"]:
        return worker.main(words)
    parser = argparse.ArgumentParser(prog="python -m compute.lecture.worker race", description=__doc__)
    parser.add_argument("--run-id", required=True)
    parser.add_argument("--size", type=int, required=True)
    options = parser.parse_args(words[1:])
    end_with_parent()
    reporter = Reporter()
    reporter.event("progress", stage="starting", case="", mode="", done=0, total=0, elapsed_s=0.0, left_s=None)
    try:
        Race(options.size, reporter).go()
    except NoContest as problem:
        reporter.event("failed", case=None, reason=str(problem))
        return 1
    return 0


if __name__ == "__main__":
    sys.exit(main())
