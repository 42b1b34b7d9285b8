"""What an accelerator costs to buy: read from `data/purchases.csv`. A chip that is not there has no known price."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date
from functools import cache
from pathlib import Path

from compute import hardware
from compute.money import facts

DATA = Path(__file__).resolve().parent.parent.parent / "data" / "purchases.csv"
COLUMNS = ("accelerator", "usd", "as_of", "source_url", "note")


@dataclass(frozen=True)
class Purchase:
    """One accelerator's price, alone: without a machine around it."""

    accelerator: str
    usd: float
    as_of: str
    source_url: str
    note: str


@cache
def load(path: Path = DATA) -> dict[str, Purchase]:
    """The prices by the id of the chip, read once. Raises `facts.FactError`."""
    return {purchase.accelerator: purchase for purchase in parse(path.read_text(encoding="utf-8-sig"), path.name)}


def parse(text: str, name: str = "purchases.csv", now: date | None = None) -> tuple[Purchase, ...]:
    """Purchases from CSV text. Raises `facts.FactError` with a sentence for each problem."""

    def faults(row: facts.Cells) -> Iterator[facts.Fault]:
        yield from facts.unsourced(row, now)
        if not facts.is_amount(row["usd"]) or float(row["usd"]) == 0:
            yield "usd", row["usd"], "a price above 0"
        if hardware.chip(row["accelerator"]) is None:
            yield "accelerator", row["accelerator"], "an id from hardware.csv"

    rows = facts.read(text, name, COLUMNS, faults, ("accelerator",))
    return tuple(
        Purchase(row["accelerator"], float(row["usd"]), *(row[column] for column in COLUMNS[2:])) for row in rows
    )
