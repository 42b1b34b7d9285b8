"""The crossover as a figure: from which size on many hands are faster than one pair."""

from __future__ import annotations

from dataclasses import replace
from functools import cache

from compute.compare import crossings, recorded
from compute.lecture.live import RECORDED, Asked, Figure, machine_cores, machine_words
from compute.measure import crossover
from compute.measure.crossover import FIRST, QUESTIONS, SECOND, Question, Record
from compute.measure.runner import Crossing, Snapshot

NAME = "crossover"
SECONDS = 20.0
LIMIT_S = 45.0
LARGEST = "Largest size"
RECORDED_WAYS = ("jax-one-core", "gpu:0")
WANTED = Crossing("matmul", "jax-one-core", "jax", SECONDS)


def values(record: Record) -> dict[str, float]:
    """From which size on the second way is known to be faster, by what a call pays for; left out where it never is.

    And the largest size that was measured.
    """
    found = {question: crossover.answer(record.measured, question) for question in QUESTIONS}
    return {
        crossings.CHOICES[question]: float(answer.high if answer.changes else answer.low)
        for question, answer in found.items()
        if answer.winner == SECOND and answer.low and answer.high
    } | {LARGEST: float(max(record.sizes))}


def read(snapshot: Snapshot) -> dict[str, float]:
    """The values of a run. Raises ValueError where nothing was measured."""
    record = snapshot.crossover()
    if not record.sizes:
        raise ValueError("No size was measured in both ways.")
    return values(record)


@cache
def shipped() -> Figure:
    """The recorded crossover of one core and a GPU. Raises KeyError where the project has none."""
    for record in recorded.crossovers():
        if _ways(record) == RECORDED_WAYS:
            machine, cores = machine_words(record.machine), machine_cores(record.machine)
            return Figure(NAME, values(record), "", machine, cores, record.measured_at, RECORDED, record=record)
    raise KeyError(f"No crossover of {' and '.join(RECORDED_WAYS)} is recorded.")


def _ways(record: Record) -> tuple[str, ...]:
    return tuple(record.question[place]["way"] for place in (FIRST, SECOND))


ASKED = {
    NAME: Asked(
        "From which size on many hands are faster", "", LIMIT_S, lambda: WANTED, read, crossover=True, shipped=shipped
    )
}  # fmt: skip


def named(record: Record) -> Record:
    """The same with names for a room: "One core" against "All 2 cores" or "The GPU"."""
    ways = {place: dict(record.question[place]) for place in (FIRST, SECOND)}
    ways[FIRST]["title"] = "One core"
    second = ways[SECOND]
    cores = second.get("cores")
    backend = str(second.get("backend"))
    second["title"] = f"All {cores} cores" if backend == "cpu" else f"The {backend.upper()}"
    return replace(record, question={**record.question, **ways})


def said(record: Record, question: Question) -> str:
    """From which size on many hands are faster, as a sentence for a room."""
    found = crossover.answer(record.measured, question)
    one, many = (_inside(crossings.title(record, place)) for place in (FIRST, SECOND))
    if found.winner == SECOND and found.changes:
        before = f"Up to {found.low} x {found.low}, {one} wins: sharing out costs more than it saves."
        return f"{before} From {found.high} x {found.high} on, {many} {_win(many)}."
    if found.winner == SECOND:
        below = "" if found.low == found.smallest else " Below, nobody can tell: sharing out costs what it saves."
        return f"From matrices of {found.low} x {found.low} on, {many} {_win(many)}.{below}"
    if found.winner == FIRST:
        beyond = "" if found.high == found.largest else " Beyond, nobody can tell."
        return f"Up to {found.high} x {found.high}, {one} stays ahead: sharing out costs too much.{beyond}"
    return "Nobody can tell who is faster: the intervals of both overlap at every size."


def _inside(title: str) -> str:
    """A name in the middle of a sentence: "All 2 cores" gives "all 2 cores"."""
    return title[0].lower() + title[1:]


def _win(who: str) -> str:
    return "win" if who.endswith("cores") else "wins"
