"""Live figures of the lecture: asked for by name, measured on this machine, with a recorded one behind each.

A figure is measured by an attempt: a run of its own, started through `compute.measure.runner` like every other, and
ended when its time is up. Whatever comes of it, there is a figure: the measured one, or the recorded one and the
sentence that says why. Nothing here raises for a run that fails or is refused.
"""

from __future__ import annotations

import csv
import io
import sys
import threading
import time
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime
from functools import cache
from typing import Any, Literal

from compute import units
from compute.measure.crossover import Record
from compute.measure.runner import ROOT, NotStarted, Runner, Snapshot, Spec, Ticket, Wanted

LIVE: Literal["LIVE"] = "LIVE"
RECORDED: Literal["RECORDED"] = "RECORDED"

FOLDER = ROOT / "data" / "lecture"
FILE = FOLDER / "recorded.csv"
COLUMNS = ("figure", "name", "value", "unit", "machine", "cores", "measured_at")

WORKER = (sys.executable, "-P", "-m", "compute.lecture.worker")
RUNNER = Runner(command=WORKER, shelf="lecture")


@dataclass(frozen=True)
class Figure:
    """What was measured: `values` by name, all in `unit`; on which `machine`, and `when` (UTC, ISO 8601).

    `cores` are those that the processor of the machine lets a process use, and may be a fraction.

    A recorded one says in `why` what became of the attempt to measure it here; "" if there was none. A crossover has
    its samples in `record`.
    """

    name: str
    values: Mapping[str, float]
    unit: str
    machine: str
    cores: float
    when: str
    source: Literal["LIVE", "RECORDED"]
    why: str = ""
    record: Record | None = None

    @property
    def live(self) -> bool:
        """Whether it was measured on this machine just now."""
        return self.source == LIVE


@dataclass(frozen=True)
class Asked:
    """How a figure is measured: `wanted` gives the run, `read` its values (raises ValueError, with a sentence).

    `limit_s` is the longest that a room waits for it, starting the processes included. `shipped` gives the recorded
    figure where the project has it in another file than that of the lecture; `by` is who runs it.
    """

    title: str
    unit: str
    limit_s: float
    wanted: Callable[[], Wanted]
    read: Callable[[Snapshot], dict[str, float]]
    crossover: bool = False
    shipped: Callable[[], Figure] | None = None
    by: Callable[[], Runner] = field(default=lambda: RUNNER)


@dataclass(frozen=True)
class Attempt:
    """One try to measure a figure here. Without a ticket it was refused, and `why` says so."""

    name: str
    ticket: Ticket | None = None
    why: str = ""
    began: float = field(default_factory=time.monotonic)


@dataclass(frozen=True)
class Waiting:
    """An attempt that goes on: how much of its time is over (0 to 1), and what it does."""

    share: float
    words: str


# name -> the newest that was measured since this process started, for whoever looks next.
_NEWEST: dict[str, Figure] = {}


@cache
def asked() -> Mapping[str, Asked]:
    """Every figure by its name, in the order of the lecture. Topics are imported late, because they need this file."""
    from compute.lecture import crossing, cuda, five_jobs, race

    return race.ASKED | crossing.ASKED | five_jobs.ASKED | cuda.ASKED


# --- what there is to show --------------------------------------------------------------------------------------------


def figure(name: str) -> Figure:
    """What there is now: the newest that was measured here, or else the recorded one."""
    return _NEWEST.get(name) or recorded(name)


def recorded(name: str, why: str = "") -> Figure:
    """The figure that comes with the project. Raises KeyError if none does, ValueError if its file is damaged."""
    elsewhere = asked()[name].shipped
    return replace(elsewhere() if elsewhere else _shipped()[name], why=why)


@cache
def _shipped() -> dict[str, Figure]:
    return read(FILE.read_text(encoding="utf-8"))


# --- measuring --------------------------------------------------------------------------------------------------------


def begin(name: str, owner: str = "lecture") -> Attempt:
    """Start to measure a figure, and see to it that it ends in time. A refused attempt says why."""
    wanted = asked()[name]
    try:
        ticket = wanted.by().start(wanted.wanted(), owner)
    except NotStarted as refused:
        return Attempt(name, why=str(refused))
    late = threading.Timer(wanted.limit_s, wanted.by().cancel, (ticket,))
    late.daemon = True
    late.start()
    return Attempt(name, ticket)


def look(attempt: Attempt) -> Figure | Waiting:
    """What became of an attempt: it goes on, or there is a figure. Raises as `recorded`."""
    found = outcome(attempt)
    return recorded(attempt.name, found) if isinstance(found, str) else found


def outcome(attempt: Attempt) -> Figure | Waiting | str:
    """The same without a recorded figure: why there is no live one."""
    if attempt.ticket is None:
        return attempt.why
    wanted = asked()[attempt.name]
    snapshot = wanted.by().snapshot(attempt.ticket.run_id)
    took_s = time.monotonic() - attempt.began
    if snapshot.state == "running":
        return Waiting(min(took_s / wanted.limit_s, 1.0), snapshot.case or "Getting ready")
    if snapshot.state != "finished":
        return _why(snapshot, wanted)
    try:
        values = wanted.read(snapshot)
    except ValueError as incomplete:
        return str(incomplete)
    record = snapshot.crossover() if wanted.crossover else None
    machine, cores = machine_words(snapshot.machine), machine_cores(snapshot.machine)
    found = Figure(attempt.name, values, wanted.unit, machine, cores, snapshot.began, LIVE, record=record)
    _NEWEST[attempt.name] = found
    return found


def cancel(attempt: Attempt) -> None:
    """End an attempt that goes on."""
    if attempt.ticket:
        asked()[attempt.name].by().cancel(attempt.ticket)


def stop() -> None:
    """End whatever this process has started, for the lecture or not, because it is closing."""
    from compute.cuda import runs
    from compute.lecture import gallery

    runs.stop()
    RUNNER.stop()
    gallery.RUNNER.stop()


def _why(snapshot: Snapshot, wanted: Asked) -> str:
    """Why a run that ended has no figure."""
    if snapshot.state != "cancelled":
        return snapshot.error or "The run ended and did not say why."
    if snapshot.elapsed_s >= 0.9 * wanted.limit_s:
        return f"It took longer than the {units.duration(wanted.limit_s)} that it has here."
    return "It was cancelled."


def machine_words(facts: Mapping[str, Any]) -> str:
    """The machine in a few words: "NVIDIA H200", "AMD EPYC, 2 cores"."""
    if gpu := facts.get("gpu"):  # as the CUDA programs say it
        return str(gpu)
    if facts.get("backend") not in (None, "cpu"):
        return str(facts.get("device_kind") or "an accelerator")
    cores = machine_cores(facts)
    model = str(facts.get("cpu_model") or "a processor that does not say its name")
    return f"{model}, {cores:g} core" + ("" if cores == 1 else "s")


def machine_cores(facts: Mapping[str, Any]) -> float:
    """How many cores a process may use there; 1 where nobody says so, which is never too many."""
    return float(facts.get("cpu_count") or 1)


# --- figures that are cases of the workloads --------------------------------------------------------------------------


def of_cases(
    title: str, unit: str, cases: Mapping[str, str], column: str, *, limit_s: float, mode: str = "stream",
    budget_s: float = 10.0,
) -> Asked:  # fmt: skip
    """A figure whose values are a `column` of results, such as items_per_s: its `cases` are by the values' names."""

    def values(snapshot: Snapshot) -> dict[str, float]:
        rows = {row["case"]: row for row in snapshot.rows}
        return {name: _cell(rows.get(case), case, column) for name, case in cases.items()}

    spec = Spec(cases=tuple(cases.values()), mode=mode, budget_s=budget_s)
    return Asked(title, unit, limit_s, lambda: spec, values)


def _cell(row: Mapping[str, Any] | None, case: str, column: str) -> float:
    if row is None:
        raise ValueError(f"{case} has no result.")
    value = row.get(column)
    if row.get("status") != "measured" or row.get("verdict") == "invalid" or not value:
        raise ValueError(str(row.get("reason") or f"{case} was not measured right."))
    return float(value)


# --- the file ---------------------------------------------------------------------------------------------------------


def write(figures: Iterable[Figure]) -> str:
    """The text of the file of recorded figures."""
    text = io.StringIO()
    table = csv.writer(text, lineterminator="\n")
    table.writerow(COLUMNS)
    for one in figures:
        for name, value in one.values.items():
            table.writerow([one.name, name, f"{value:.6g}", one.unit, one.machine, f"{one.cores:g}", one.when])
    return text.getvalue()


def read(text: str) -> dict[str, Figure]:
    """The figures in the text of such a file, by name.

    Raises:
        ValueError: something in it is not as expected, in a sentence that names the line.
    """
    lines = csv.DictReader(io.StringIO(text), restkey=_MORE)
    found: dict[str, list[dict[str, str]]] = {}
    try:
        if tuple(lines.fieldnames or ()) != COLUMNS:
            expected = ", ".join(COLUMNS)
            raise ValueError(f"{FILE.name}, line 1: expected the columns {expected}, found {lines.fieldnames}.")
        for line in lines:
            _check(line, lines.line_num, found.get(line["figure"], []))
            found.setdefault(line["figure"], []).append(line)
    except csv.Error as error:
        raise ValueError(f"{FILE.name}, line {lines.line_num}: this is no CSV: {error}.") from error
    return {name: _figure(name, told) for name, told in found.items()}


def _figure(name: str, told: Sequence[Mapping[str, str]]) -> Figure:
    first = told[0]
    values = {line["name"]: float(line["value"]) for line in told}
    machine, cores, when = first["machine"], float(first["cores"]), first["measured_at"]
    return Figure(name, values, first["unit"], machine, cores, when, RECORDED)


_MORE = "more"


def _check(line: Mapping[str, Any], number: int, before: Sequence[Mapping[str, str]]) -> None:
    where = f"{FILE.name}, line {number}"
    if more := line.get(_MORE):
        raise ValueError(f"{where}: found {len(COLUMNS) + len(more)} cells, expected {len(COLUMNS)}.")
    for column in COLUMNS:
        if not line.get(column) and column != "unit":
            raise ValueError(f"{where}, {column}: found nothing, expected a value.")
    for column, expected, good in _FORMS:
        if not good(line[column]):
            raise ValueError(f"{where}, {column}: found {line[column]!r}, expected {expected}.")
    if any(line["name"] == other["name"] for other in before):
        raise ValueError(f"{where}, name: found {line['name']!r} a second time, expected each value of a figure once.")
    for column in COLUMNS[3:]:
        if before and line[column] != before[0][column]:
            raise ValueError(
                f"{where}, {column}: found {line[column]!r}, expected {before[0][column]!r} as in the other lines of "
                f"{line['figure']}."
            )


def _is_number(text: str) -> bool:
    try:
        return 0 < float(text) < float("inf")
    except ValueError:
        return False


def _is_time(text: str) -> bool:
    try:
        return bool(datetime.strptime(text, "%Y-%m-%dT%H:%M:%SZ").replace(tzinfo=UTC))
    except ValueError:
        return False


_FORMS: tuple[tuple[str, str, Callable[[str], bool]], ...] = (
    ("value", "a number above 0", _is_number),
    ("cores", "a number above 0", _is_number),
    ("measured_at", "a time such as 2026-11-25T20:00:00Z", _is_time),
)
