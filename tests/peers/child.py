"""A contender's own process, seen from the inside: `python -m tests.peers.child MODULE`.

A module of ``tests.peers.subjects`` offers ``prepare(case, how)``, which returns a :class:`Subject`, or functions to
``call``. Whatever it prints goes to standard error, so that standard output holds the answers alone.
"""

from __future__ import annotations

import json
import os
import sys
import time
from collections.abc import Callable
from dataclasses import dataclass
from importlib import import_module
from typing import Any

from compute.measure.device import first_line
from compute.measure.timing import calibrate
from compute.workloads import Case


def _nothing() -> None:
    pass


@dataclass(frozen=True)
class Subject:
    """Work made ready: ``batch(k)`` calls it k times, waits for the end, and returns the seconds that this took.

    One call does ``per_call`` steps of the case. ``calls`` is how many make a batch; None lets the engine's own
    calibration find it. ``call`` is a single call, for clocks other than ours. ``note`` says what there is
    to know about how it runs.
    """

    batch: Callable[[int], float]
    call: Callable[[], Any] = _nothing
    per_call: int = 1
    calls: int | None = None
    note: str = ""


def repeated(
    call: Callable[[], Any],
    wait: Callable[[], Any] = _nothing,
    before: Callable[[], Any] = _nothing,
    per_call: int = 1,
) -> Subject:
    """A subject that calls, and waits once at the end of a batch; ``before`` puts inputs back, unclocked."""

    def batch(calls: int) -> float:
        before()
        wait()
        begin = time.perf_counter()
        for _ in range(calls):
            call()
        wait()
        return time.perf_counter() - begin

    return Subject(batch, call, per_call)


class Contender:
    """One subject at a time, prepared and then sampled."""

    def __init__(self, module: str) -> None:
        self._module = import_module(f"tests.peers.subjects.{module}")
        self._subject: Subject | None = None
        self._calls = 1

    def prepare(self, case: list[Any], how: dict[str, Any], batch_s: float, warm_s: float) -> str:
        """Make it ready, find out how many calls make a batch, and warm it up by time; returns its note."""
        self._subject = None
        if hasattr(self._module, "release"):
            self._module.release()
        self._subject = self._module.prepare(Case(*case), how)
        batch = self._subject.batch
        batch(1)
        self._calls = self._subject.calls or calibrate(batch, batch_s)
        until = time.monotonic() + warm_s
        while time.monotonic() < until:
            batch(self._calls)
        return self._subject.note

    def sample(self) -> float:
        """Seconds for one step, from one batch."""
        assert self._subject
        return self._subject.batch(self._calls) / (self._calls * self._subject.per_call)

    def call(self, function: str, arguments: dict[str, Any]) -> Any:
        """Whatever else the module can do."""
        return getattr(self._module, function)(**arguments)


def main() -> None:
    """Answer order after order until standard input ends: the one who asked is gone then."""
    answers = os.fdopen(os.dup(1), "w")
    os.dup2(2, 1)

    def answer(said: dict[str, Any]) -> None:
        print(json.dumps(said), file=answers, flush=True)

    try:
        contender = Contender(sys.argv[1])
    except Exception as error:  # a library that is missing or broken
        answer(_failed(error))
        return
    answer({"value": None})
    for line in sys.stdin:
        order = json.loads(line)
        try:
            value = getattr(contender, order.pop("order"))(**order)
        except Exception as error:  # whatever a library raises is this contender's failure and nobody else's
            answer(_failed(error))
        else:
            answer({"value": value})


def _failed(error: Exception) -> dict[str, Any]:
    return {"failed": f"{type(error).__name__}: {first_line(error)}"}


if __name__ == "__main__":
    main()
