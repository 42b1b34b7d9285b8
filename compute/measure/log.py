"""The log of a run: one JSON event a line, written by the one who started the run, read by everybody.

A `Log` remembers how far it has read and folds each new event into the state of the run, so that asking every
second costs what is new and no more. Whatever bytes the file holds, reading it never raises.
"""

import json
import math
import sys
import threading
import time
from dataclasses import dataclass, field
from datetime import UTC, datetime
from pathlib import Path
from typing import Any, Literal

from compute.measure.crossover import Record, record
from compute.measure.repeat import merge
from compute.results import Row, key

State = Literal["idle", "running", "finished", "failed", "cancelled", "interrupted"]
Event = dict[str, Any]

INTERRUPTED = "The program that started this run was closed before the end. What was measured until then is kept."


@dataclass(frozen=True)
class Snapshot:
    """What is known about a run at one moment. Times are Unix seconds, durations are seconds.

    `rows` holds the latest row of each case and mode, merged over the processes of the run: `process` of `processes`
    measures now. `planned` is the number of cases announced at the start, `done` of `total` the progress as the
    workers count it, over all processes. `left_s` None is unknown. `version` grows with each event of the run: together
    with `run_id` it says whether anything is new. A crossover has no rows: `question` says what is compared, `times`
    holds the samples as they were told, `notes` what else was said. `telemetry` holds moments, each with what the
    machine told then, and `energy_j` what all of it took, in joules; None where no counter says. `phases` are those
    of zeros against random numbers.
    """

    run_id: str = ""
    state: State = "idle"
    owner: str = ""
    suite: str = ""
    label: str = ""
    started_at: float = 0.0
    rows: tuple[Row, ...] = ()
    stage: str = ""
    case: str = ""
    mode: str = ""
    done: int = 0
    total: int = 0
    planned: int = 0
    process: int = 1
    processes: int = 1
    elapsed_s: float = 0.0
    left_s: float | None = None
    machine: dict[str, Any] = field(default_factory=dict)
    error: str = ""
    version: int = 0
    question: dict[str, Any] = field(default_factory=dict)
    times: tuple[Event, ...] = ()
    notes: tuple[str, ...] = ()
    telemetry: tuple[Event, ...] = ()
    energy_j: float | None = None
    phases: tuple[Event, ...] = ()

    @property
    def began(self) -> str:
        """When it was started, UTC: "2026-11-25T20:00:00Z"."""
        return datetime.fromtimestamp(self.started_at, UTC).strftime("%Y-%m-%dT%H:%M:%SZ")

    def crossover(self) -> Record:
        """What a crossover has found so far."""
        return record(self.question, self.machine, self.began, self.times, self.notes)


def parse(line: bytes) -> Event | None:
    """The event in one line, or None where the line is anything else."""
    try:
        event = json.loads(line.decode("utf-8", "replace"), parse_constant=lambda _: None)
    except (ValueError, RecursionError):
        return None
    return event if isinstance(event, dict) and isinstance(event.get("event"), str) else None


class Writer:
    """Appends events to a new log, whole lines only. Raises OSError, also when the disk is full."""

    def __init__(self, path: Path) -> None:
        self._file = path.open("xb", buffering=0)
        self._lock = threading.Lock()

    def append(self, event: Event) -> None:
        line = json.dumps(event).encode() + b"\n"
        with self._lock:
            if self._file.closed:
                return
            whole = self._file.tell()
            try:
                while line:
                    line = line[self._file.write(line) :]
            except OSError:
                self._file.truncate(whole)
                self._file.seek(whole)
                raise

    def close(self) -> None:
        with self._lock:
            self._file.close()


class Log:
    """The events of one log file, folded. Not thread-safe: its runner holds a lock around it."""

    def __init__(self, path: Path) -> None:
        self.path = path
        self._forget()

    def _forget(self) -> None:
        self._offset = 0
        self._events = 0
        self._process = 1
        self._by_process: dict[tuple[Any, ...], dict[int, Row]] = {}
        self._rows: dict[tuple[Any, ...], Row] = {}
        self._launch: Event = {}
        self._started: Event = {}
        self._progress: Event = {}
        self._times: list[Event] = []
        self._notes: list[str] = []
        self._telemetry: list[Event] = []
        self._phases: list[Event] = []
        self._energy_j: float | None = None
        self._end: Event | None = None
        self._first_at = 0.0
        self._last_at = 0.0

    @property
    def ended(self) -> bool:
        """Whether the log itself says how the run ended."""
        return self._end is not None

    def refresh(self) -> None:
        """Read the complete lines that were added since the last time."""
        try:
            with self.path.open("rb") as file:
                if file.seek(0, 2) < self._offset:
                    self._forget()  # another file took this place
                file.seek(self._offset)
                new = file.read()
        except OSError:
            return
        complete = new[: new.rfind(b"\n") + 1]
        self._offset += len(complete)
        for line in complete.split(b"\n"):
            if (event := parse(line)) is not None:
                self._take(event)

    def _take(self, event: Event) -> None:
        self._events += 1
        self._last_at = _number(event.get("at")) or self._last_at
        self._first_at = self._first_at or self._last_at
        name = event["event"]
        self._process = max(1, _count(event.get("process")) or self._process)
        if name == "finished" and (took := _number(event.get("energy_j"))) is not None:
            self._energy_j = (self._energy_j or 0.0) + took
        if name == "launched":
            self._launch = event
        elif name == "started":
            self._started = event
        elif name == "progress":
            self._progress = event
        elif name == "result":
            self._take_row(event.get("row"))
        elif name == "times":
            self._times.append(event)
        elif name == "telemetry":
            self._telemetry.append(event)
        elif name == "phase":
            self._phases.append(event)
        elif name == "note":
            self._notes.append(_text(event.get("text")))
        elif name == "finished" and self._process < self._processes:
            self._progress = {}  # the next process begins anew
        elif name in ("finished", "cancelled") or (name == "failed" and event.get("case") is None):
            self._end = self._end or event  # what is said first counts

    def _take_row(self, row: object) -> None:
        if isinstance(row, dict) and all(isinstance(row.get(name), str) for name in ("run_id", "case", "mode")):
            clean = {_word(name): _cell(value) for name, value in row.items()}
            by_process = self._by_process.setdefault(key(clean), {})
            by_process[self._process] = clean
            merged = clean if len(by_process) == 1 else merge([*by_process.values()])
            self._rows[key(clean)] = {name: _cell(value) for name, value in merged.items()}

    @property
    def _processes(self) -> int:
        return max(1, _count(self._launch.get("repeat")))

    def _left_s(self) -> float | None:
        """Seconds until the end as the process at work saw it last, and the budgets of those that follow."""
        left_s, budget_s = _number(self._progress.get("left_s")), _number(self._started.get("budget_s"))
        coming = self._processes - self._process
        if left_s is None or not coming:
            return left_s
        return None if budget_s is None else left_s + coming * budget_s

    def snapshot(self, running: bool) -> Snapshot:
        """The state of the run; `running` says whether its process is known to be alive."""
        state, error = self._state(running)
        now = time.time()
        left_s = self._left_s()
        if state == "running":
            elapsed_s = now - self._first_at if self._first_at else 0.0
            told_at = _number(self._progress.get("at")) or now
            left_s = None if left_s is None else max(0.0, left_s - max(0.0, now - told_at))
        else:
            elapsed_s, left_s = self._last_at - self._first_at, None
        planned = self._started.get("cases")
        planned = len(planned) if isinstance(planned, list) else 0
        machine = self._started.get("machine")
        question = self._started.get("question")
        total = _count(self._progress.get("total")) or planned
        return Snapshot(
            run_id=self.path.stem,
            state=state,
            owner=_text(self._launch.get("owner")),
            suite=_text(self._started.get("suite")) or _text(self._launch.get("suite")),
            label=_text(self._launch.get("label")),
            started_at=self._first_at,
            rows=tuple(self._rows.values()),
            stage=_text(self._progress.get("stage")) or "starting",
            case=_text(self._progress.get("case")),
            mode=_text(self._progress.get("mode")),
            done=_count(self._progress.get("done")) + (self._process - 1) * total,
            total=self._processes * total,
            planned=planned,
            process=min(self._process, self._processes),
            processes=self._processes,
            elapsed_s=max(0.0, elapsed_s),
            left_s=left_s,
            machine={_word(name): _cell(value) for name, value in machine.items()} if isinstance(machine, dict) else {},
            error=error,
            version=self._events + (state == "interrupted"),
            question=question if isinstance(question, dict) else {},
            times=tuple(self._times),
            notes=tuple(self._notes),
            telemetry=tuple(self._telemetry),
            energy_j=self._energy_j,
            phases=tuple(self._phases),
        )

    def _state(self, running: bool) -> tuple[State, str]:
        if self._end is None:
            return ("running", "") if running else ("interrupted", INTERRUPTED)
        name = self._end["event"]
        if name == "failed":
            return "failed", _text(self._end.get("reason")) or "The run failed and did not say why."
        return ("finished" if name == "finished" else "cancelled"), ""


def _number(value: object) -> float | None:
    """A finite number as float, or None for anything else."""
    if isinstance(value, bool) or not isinstance(value, int | float):
        return None
    try:
        number = float(value)
    except OverflowError:
        return None
    return number if math.isfinite(number) else None


def _count(value: object) -> int:
    return max(0, int(_number(value) or 0))


def _text(value: object) -> str:
    """Text that can be encoded: a lone surrogate becomes a question mark."""
    return value.encode("utf-8", "replace").decode() if isinstance(value, str) else ""


def _word(value: str) -> str:
    """Text of which there are many equal ones (column names, machine names): kept once in memory."""
    return sys.intern(_text(value))


def _cell(value: object) -> Any:
    """A value of a row: text, integer, finite number, or None for anything else."""
    if isinstance(value, str):
        return _word(value)
    number = _number(value)
    if isinstance(value, int) and number is not None and abs(number) >= 2**63:
        return None
    return None if number is None else value
