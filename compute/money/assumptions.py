"""What we assume where nobody measured: read from `data/assumptions.csv`, each with its source, each editable."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import date
from functools import cache
from pathlib import Path

from compute.money import facts

DATA = Path(__file__).resolve().parent.parent.parent / "data" / "assumptions.csv"
COLUMNS = ("id", "group", "name", "value", "unit", "low", "high", "as_of", "source_url", "note")
GROUPS = ("prices", "estimates", "rooms", "apartment", "energy")


class Impossible(ValueError):
    """A value outside of what its assumption allows; the message is a sentence for the person who typed it."""


@dataclass(frozen=True)
class Assumption:
    """One row of `data/assumptions.csv`. `value` lies in `low` to `high`, which bound what a person may put there."""

    id: str
    group: str
    name: str
    value: float
    unit: str
    low: float
    high: float
    as_of: str
    source_url: str
    note: str

    @property
    def whole(self) -> bool:
        """Whether it is counted in whole numbers: its three numbers are, and they are no share from 0 to 1."""
        return self.high > 1 and all(number.is_integer() for number in (self.value, self.low, self.high))


class Assumptions(Mapping[str, float]):
    """The values by id, some of them changed by a person.

    `rows` has every assumption as the file holds it, `changed` the ids whose value is another one here.
    """

    def __init__(self, rows: tuple[Assumption, ...], edits: Mapping[str, float] | None = None) -> None:
        """`edits` replaces values by id. Raises Impossible for an unknown id or a value out of its bounds."""
        self.rows = rows
        known = {row.id: row for row in rows}
        self._values = {row.id: row.value for row in rows}
        for id, value in (edits or {}).items():
            self._values[id] = _checked(known, id, value)
        self.changed = tuple(row.id for row in rows if self._values[row.id] != row.value)

    def __getitem__(self, id: str) -> float:
        return self._values[id]

    def __iter__(self) -> Iterator[str]:
        return iter(self._values)

    def __len__(self) -> int:
        return len(self._values)

    def edited(self, edits: Mapping[str, float]) -> Assumptions:
        """The same with other values. Raises Impossible."""
        return Assumptions(self.rows, {id: self[id] for id in self.changed} | dict(edits))


@cache
def load(path: Path = DATA) -> Assumptions:
    """The assumptions of a file, read once. Raises `facts.FactError`."""
    return Assumptions(parse(path.read_text(encoding="utf-8-sig"), path.name))


def parse(text: str, name: str = "assumptions.csv", now: date | None = None) -> tuple[Assumption, ...]:
    """Assumptions from CSV text. Raises `facts.FactError` with a sentence for each problem."""

    def faults(row: facts.Cells) -> Iterator[facts.Fault]:
        yield from facts.missing(row, "id", "name", "unit")
        yield from facts.not_one_of(row, "group", GROUPS)
        yield from facts.unsourced(row, now)
        if not all(facts.is_amount(row[column]) for column in ("value", "low", "high")):
            yield "value", row["value"], "numbers from 0 up in value, low and high"
        elif not float(row["low"]) <= float(row["value"]) <= float(row["high"]):
            yield "value", row["value"], f"a value from low {row['low']} to high {row['high']}"

    rows = facts.read(text, name, COLUMNS, faults, ("id",))
    numbers = ("value", "low", "high")
    return tuple(Assumption(**(row | {column: float(row[column]) for column in numbers})) for row in rows)  # type: ignore[arg-type]


def _checked(known: Mapping[str, Assumption], id: str, value: float) -> float:
    if id not in known:
        raise Impossible(f"There is no assumption {id!r}. Known are {', '.join(known)}.")
    row = known[id]
    if not row.low <= value <= row.high:
        raise Impossible(f"{row.name}: found {value:g}, expected {row.low:g} to {row.high:g} {row.unit}.")
    return value
