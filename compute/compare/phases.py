"""Zeros against random numbers, in words and as a table."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from statistics import median
from typing import Any

from compute import units
from compute.compare import pick
from compute.compare.answers import Answer

Phase = Mapping[str, Any]


def answers(phases: Iterable[Phase]) -> list[Answer]:
    """How much more power random numbers take, and how much faster zeros are; nothing before both were measured."""
    told = list(phases)
    found = []
    for column, label, unit, meaning in (
        ("power_w", "Power", "W", "Median of what the sensor said in the last two thirds of each phase."),
        ("flop_per_s", "Rate", "FLOP/s", "Median of the batches: a rate on zeros is not the rate of real work."),
        ("clock_mhz", "Clock", "Hz", "What the power limit leaves of the clock."),
    ):
        scale = 1e6 if column == "clock_mhz" else 1.0
        random, zeros = (_median(told, data, column) for data in ("random", "zeros"))
        if random and zeros:
            value = f"{zeros / random - 1:+.0%} on zeros"
            detail = f"{units.si(zeros * scale, unit)} on zeros, {units.si(random * scale, unit)} on random numbers"
            found.append(Answer(label, value, detail, meaning))
    return found


def table(phases: Iterable[Phase]) -> list[dict[str, str]]:
    """A line for each phase, in the order in which they ran."""
    return [
        {
            "data": pick.text(phase, "data"),
            "rate": units.si(pick.number(phase, "flop_per_s"), "FLOP/s"),
            "power": units.si(pick.number(phase, "power_w"), "W"),
            "clock": units.si(_hertz(phase), "Hz"),
            "energy": units.si(pick.number(phase, "energy_j"), "J"),
        }
        for phase in phases
    ]


def lines(phases: Sequence[Phase]) -> list[str]:
    """The summary for a terminal."""
    told = [", ".join(line.values()) for line in table(phases)]
    return [*told, "", *(f"{answer.label}: {answer.value} ({answer.detail})" for answer in answers(phases))]


def _hertz(phase: Phase) -> float | None:
    clock_mhz = pick.number(phase, "clock_mhz")
    return None if clock_mhz is None else clock_mhz * 1e6


def _median(phases: Sequence[Phase], data: str, column: str) -> float | None:
    """Over the phases with this data; None where none of them knows."""
    known = [value for phase in phases if phase.get("data") == data and (value := pick.number(phase, column))]
    return median(known) if known else None
