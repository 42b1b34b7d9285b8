"""The crossover as a figure: from which size on many hands are faster than one pair."""

from __future__ import annotations

from dataclasses import replace

from compute.compare import crossings
from compute.lecture.live import Asked
from compute.measure import crossover
from compute.measure.crossover import FIRST, QUESTIONS, SECOND, Record
from compute.measure.runner import Crossing, Snapshot

NAME = "crossover"
SECONDS = 20.0
LIMIT_S = 45.0
WANTED = Crossing("matmul", "jax-one-core", "jax", SECONDS)


def values(record: Record) -> dict[str, float]:
    """From which size on the second way is known to be faster, by what a call pays for; left out where it never is."""
    found = {question: crossover.answer(record.measured, question) for question in QUESTIONS}
    return {
        crossings.CHOICES[question]: float(answer.high if answer.changes else answer.low)
        for question, answer in found.items()
        if answer.winner == SECOND and answer.low and answer.high
    }


def read(snapshot: Snapshot) -> dict[str, float]:
    """The values of a run. Raises ValueError where many hands were never faster, or nothing was measured."""
    record = snapshot.crossover()
    if not record.sizes:
        raise ValueError("No size was measured in both ways.")
    found = values(record)
    if not found:
        raise ValueError(f"Up to {max(record.sizes)} many hands were never faster here.")
    return found


ASKED = {NAME: Asked("From which size on many hands are faster", "", LIMIT_S, lambda: WANTED, read, crossover=True)}


def named(record: Record) -> Record:
    """The same with names for a room: "One core" against "All 2 cores", or against the accelerator's own name."""
    ways = {place: dict(record.question[place]) for place in (FIRST, SECOND)}
    ways[FIRST]["title"] = "One core"
    second = ways[SECOND]
    cores = second.get("cores")
    second["title"] = f"All {cores} cores" if second.get("backend") == "cpu" else str(second.get("device_kind"))
    return replace(record, question={**record.question, **ways})
