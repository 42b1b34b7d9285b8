"""Amdahl's law: what cannot be split keeps its time, however many hands there are.

Source: Gene Amdahl, "Validity of the single processor approach to achieving large scale computing capabilities", AFIPS
Spring Joint Computer Conference, 1967.
"""

from __future__ import annotations

from dataclasses import dataclass

from compute import units
from compute.lecture.live import Figure

HANDS = tuple(2**power for power in range(13))
# Shares of the work that can be split.
SHARES = (0.5, 0.75, 0.9, 0.95, 0.99, 0.999, 1.0)
_ONE, _ALL = "jax-one-core", "jax-all-cores"


def speed_up(share: float, hands: float) -> float:
    """How many times faster so many hands are, where a `share` (0 to 1) of the work can be split among them."""
    return 1 / time(share, hands)


def time(share: float, hands: float) -> float:
    """What is left of the time, 0 to 1."""
    return (1 - share) + share / hands


def ceiling(share: float) -> float | None:
    """What no number of hands gets beyond; None where all can be split."""
    return 1 / (1 - share) if share < 1 else None


def share_of(speed_up: float, hands: float) -> float:
    """The share that was split, from a measured speed-up: the law turned round (Karp and Flatt 1990), 0 to 1."""
    return min(1.0, max(0.0, (1 - 1 / speed_up) / (1 - 1 / hands)))


def said(share: float, hands: float) -> str:
    """The law for these numbers, in words."""
    gained = f"{units.count(hands)} hands: {factor(speed_up(share, hands))} times faster"
    most = ceiling(share)
    return f"{gained}, and never more than {factor(most)}." if most else f"{gained}: each further hand helps."


def factor(value: float) -> str:
    """A number of times: "1.9", "15.4", "1,024"."""
    return f"{value:.3g}" if value < 1000 else units.count(value)


def percent(share: float) -> str:
    """ "95 %", "99.9 %"."""
    return f"{100 * share:.3g} %"


@dataclass(frozen=True)
class Measured:
    """A speed-up that was measured, with so many cores."""

    hands: float
    speed_up: float
    figure: Figure


def measured(race: Figure) -> Measured | None:
    """What all cores gained over one in the race; None where one of them did not run, or there is only one core."""
    if race.cores <= 1 or not {_ONE, _ALL} <= set(race.values):
        return None
    return Measured(race.cores, race.values[_ONE] / race.values[_ALL], race)
