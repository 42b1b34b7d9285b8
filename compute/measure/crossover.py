"""Where one way of doing a job overtakes another: what two sets of samples say, and which size to measure next.

Nothing here measures: :mod:`compute.measure.contest` does, and asks this file after each size.
"""

from __future__ import annotations

import itertools
import math
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from statistics import median
from typing import Any, NamedTuple

from compute.measure.timing import median_interval

SCHEMA = "many-hands-crossover/1"
FIRST, SECOND = PLACES = ("first", "second")
# Sizes nearer to each other than this are not told apart.
TOLERANCE = 0.125
# More samples than these of a size would not decide what they have not decided.
ENOUGH_SAMPLES = 60
_SIGNIFICANT_BITS = 5


class Times(NamedTuple):
    """Seconds: the median, and the ends of its 95 % confidence interval."""

    middle: float
    low: float
    high: float

    def __add__(self, other: Times) -> Times:  # type: ignore[override]
        """The sum, in the widest interval that both allow."""
        return Times(self.middle + other.middle, self.low + other.low, self.high + other.high)


@dataclass
class Samples:
    """Seconds that one way took for one size.

    ``steady_s``: a call on data that is where it is needed. ``trip_s``: the same with the inputs brought there from the
    host and the answer brought back. ``once_s``: tracing, lowering and compiling; empty where nothing is compiled.
    """

    steady_s: list[float] = field(default_factory=list)
    trip_s: list[float] = field(default_factory=list)
    once_s: list[float] = field(default_factory=list)

    def add(self, told: Mapping[str, Any]) -> None:
        """Take the samples of an event; what is no time is left out."""
        for name in ("steady_s", "trip_s", "once_s"):
            values = told.get(name)
            getattr(self, name).extend(filter(_is_time, values if isinstance(values, list) else []))


@dataclass(frozen=True)
class Question:
    """Which of its costs a call is charged with."""

    transfer: bool
    compile: bool

    def cost(self, samples: Samples) -> Times | None:
        """Seconds of one call; None where that was not measured."""
        calls = samples.trip_s if self.transfer else samples.steady_s
        if not calls:
            return None
        return times(calls) + once(samples) if self.compile else times(calls)


QUESTIONS = tuple(Question(transfer, compile) for compile in (False, True) for transfer in (False, True))
STEADY = QUESTIONS[0]

# place -> size -> samples
Measured = Mapping[str, Mapping[int, Samples]]


@dataclass(frozen=True)
class Answer:
    """Who is faster from where on.

    ``winner`` is who is known to be faster at the largest size that decides, "" if no size decides. With a crossing,
    the other one was known to be faster at ``low``, and the winner is from ``high`` on; between them nobody can tell,
    because the intervals overlap at the sizes ``unclear``, or because nothing was measured there. Without one, both
    are the ends of what was decided. ``changes`` counts how often the lead changes: more than once is no single
    crossing. ``smallest`` and ``largest`` are the ends of what was measured; None if nothing was.
    """

    winner: str = ""
    low: int | None = None
    high: int | None = None
    changes: int = 0
    unclear: tuple[int, ...] = ()
    smallest: int | None = None
    largest: int | None = None


@dataclass(frozen=True)
class Paid:
    """After how many calls compiling has paid for itself, and between which numbers that lies (inf: no end to it)."""

    calls: float
    low: float
    high: float


@dataclass(frozen=True)
class Record:
    """A crossover as it was measured, here or on another machine."""

    question: Mapping[str, Any]
    machine: Mapping[str, Any]
    measured_at: str
    measured: Measured
    notes: tuple[str, ...] = ()

    @property
    def sizes(self) -> list[int]:
        """The sizes that both ways were measured at."""
        return sorted(set(self.measured[FIRST]) & set(self.measured[SECOND]))


def times(samples: Sequence[float]) -> Times:
    """The median of some samples and its interval."""
    return Times(median(samples), *median_interval(samples))


def once(samples: Samples) -> Times:
    """What compiling takes; nothing where nothing is compiled."""
    return times(samples.once_s) if samples.once_s else Times(0.0, 0.0, 0.0)


def faster(measured: Measured, size: int, question: Question) -> str | None:
    """Who is faster at a size: ``first``, ``second``, "" where the intervals overlap, None where not both are known."""
    sides = [measured[place].get(size) for place in PLACES]
    if sides[0] is None or sides[1] is None:
        return None
    first, second = (question.cost(side) for side in sides if side is not None)
    if first is None or second is None:
        return None
    if first.high < second.low:
        return FIRST
    return SECOND if second.high < first.low else ""


def answer(measured: Measured, question: Question) -> Answer:
    """What the samples say so far."""
    leads = {size: faster(measured, size, question) for size in sorted(measured[FIRST])}
    known = {size: lead for size, lead in leads.items() if lead is not None}
    if not known:
        return Answer()
    smallest, largest = min(known), max(known)
    decided = [(size, lead) for size, lead in known.items() if lead]
    if not decided:
        return Answer(unclear=tuple(known), smallest=smallest, largest=largest)
    turns = [(low, high) for low, high in itertools.pairwise(decided) if low[1] != high[1]]
    low, high = (turns[-1][0][0], turns[-1][1][0]) if turns else (decided[0][0], decided[-1][0])
    unclear = tuple(size for size, lead in known.items() if not lead and (not turns or low < size < high))
    return Answer(decided[-1][1], low, high, len(turns), unclear, smallest, largest)


def next_size(measured: Measured, question: Question, tolerance: float = TOLERANCE) -> int | None:
    """The size whose measurement says most about the crossing: in the widest gap around it; None if there is none.

    As long as the sizes decide, this is bisection on a logarithmic scale. Where they cannot, the gaps on both sides of
    them are halved, until what cannot be told is as narrow as it gets. Where nobody is known to lead before the one who
    does, or after, the gap to the nearest such size is halved in the same way.
    """
    places = _around(answer(measured, question))
    gaps = [(high / low, low, high) for low, high in itertools.pairwise(places) if high / low > 1 + tolerance]
    for _, low, high in sorted(gaps, reverse=True):
        if low < (middle := round_size(math.sqrt(low * high))) < high:
            return middle
    return None


def _around(found: Answer) -> list[int]:
    """The sizes between which the lead changes, or from which on it can be told who leads; empty where neither does."""
    if found.low is None or found.high is None:
        return []
    if found.changes:
        return [found.low, *found.unclear, found.high]
    if found.winner == SECOND:
        below = [size for size in found.unclear if size < found.low]
        return [below[-1], found.low] if below else []
    above = [size for size in found.unclear if size > found.high]
    return [found.high, above[0]] if above else []


def doubtful(measured: Measured, question: Question) -> list[int]:
    """Sizes at which more samples may decide, those with the fewest first."""
    unclear = answer(measured, question).unclear
    counts = {size: len(measured[FIRST][size].steady_s) for size in unclear}
    return sorted((size for size in unclear if counts[size] < ENOUGH_SAMPLES), key=lambda size: (counts[size], size))


def round_size(size: float) -> int:
    """The nearest size with five significant bits: odd sizes would measure how odd they are."""
    granule = 2 ** max(0, math.floor(math.log2(max(size, 1))) + 1 - _SIGNIFICANT_BITS)
    return max(1, round(size / granule) * granule)


def paid_after(measured: Measured, size: int, *, transfer: bool = False) -> Paid | None:
    """After how many calls at this size what the second way compiles has paid for itself; None if it never does.

    n calls cost c2 + n t2 against c1 + n t1, so n = (c2 - c1) / (t1 - t2). Its ends are those that the intervals allow.
    """
    first, second = (measured[place].get(size) for place in PLACES)
    if first is None or second is None:
        return None
    each = Question(transfer, compile=False)
    before, after = each.cost(first), each.cost(second)
    if before is None or after is None or after.middle >= before.middle:
        return None
    extra, saved = _less(once(second), once(first)), _less(before, after)
    return Paid(
        max(1.0, extra.middle / saved.middle),
        max(1.0, extra.low / saved.high),
        max(1.0, extra.high / saved.low) if saved.low > 0 else math.inf,
    )


def _less(one: Times, other: Times) -> Times:
    return Times(one.middle - other.middle, one.low - other.high, one.high - other.low)


# --- as it is kept ----------------------------------------------------------------------------------------------------


def record(
    question: Mapping[str, Any], machine: Mapping[str, Any], measured_at: str, told: Iterable[Mapping[str, Any]],
    notes: Sequence[str] = (),
) -> Record:  # fmt: skip
    """A record of what was told so far; what is no sample is left out."""
    measured: dict[str, dict[int, Samples]] = {place: {} for place in PLACES}
    for event in told:
        size, place = event.get("size"), event.get("place")
        if place in PLACES and isinstance(size, int) and not isinstance(size, bool) and 0 < size < 2**53:
            measured[place].setdefault(size, Samples()).add(event)
    return Record(question, machine, measured_at, measured, tuple(notes))


def to_json(kept: Record) -> dict[str, Any]:
    """The record as JSON holds it."""
    told = [
        {"place": place, "size": size, **vars(samples)}
        for place in PLACES
        for size, samples in sorted(kept.measured[place].items())
    ]
    return {
        "schema": SCHEMA,
        "measured_at": kept.measured_at,
        "question": dict(kept.question),
        "machine": dict(kept.machine),
        "notes": list(kept.notes),
        "times": told,
    }


def from_json(kept: Mapping[str, Any]) -> Record:
    """The record that `to_json` wrote.

    Raises:
        ValueError: it is something else, in a sentence.
    """
    if kept.get("schema") != SCHEMA:
        raise ValueError(f"Found the schema {kept.get('schema')!r}, expected {SCHEMA!r}.")
    try:
        return record(kept["question"], kept["machine"], kept["measured_at"], kept["times"], kept["notes"])
    except (KeyError, AttributeError, TypeError) as error:
        raise ValueError(f"A crossover needs question, machine, measured_at, times and notes: {error}.") from error


def _is_time(value: object) -> bool:
    return isinstance(value, int | float) and not isinstance(value, bool) and math.isfinite(value) and value > 0
