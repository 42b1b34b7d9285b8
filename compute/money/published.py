"""Rates that others published: read from `data/published.csv`, each with its software, source and day."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date
from functools import cache
from pathlib import Path

import pandas as pd

from compute import hardware
from compute.money import facts

DATA = Path(__file__).resolve().parent.parent.parent / "data" / "published.csv"
COLUMNS = (
    "chip",
    "device",
    "workload",
    "variant",
    "dtype",
    "value",
    "unit",
    "usd",
    "software",
    "as_of",
    "source_url",
    "note",
)
UNITS = {"TFLOP/s": ("flop_per_s", 1e12), "images/s": ("items_per_s", 1.0), "h": ("hours", 1.0)}
"""unit in the file -> the column that it becomes, and the factor."""


@cache
def load(path: Path = DATA) -> pd.DataFrame:
    """The figures of a file, read once; only ever read from. Raises `facts.FactError`.

    One row each, with text columns as in the file and, as float64 and NaN where they do not apply, `flop_per_s` and
    `items_per_s` (of one whole chip), and `hours` and `usd` (of a whole job). `chip` is "" where the device is not in
    `data/hardware.csv`.
    """
    rows = parse(path.read_text(encoding="utf-8-sig"), path.name)
    frame = pd.DataFrame(rows, columns=list(COLUMNS), dtype="str")
    value = pd.to_numeric(frame["value"]).astype("float64")
    frame["usd"] = pd.to_numeric(frame["usd"]).astype("float64")
    for unit, (column, factor) in UNITS.items():
        frame[column] = (value * factor).where(frame["unit"].eq(unit))
    return frame.drop(columns=["value", "unit"])


def bills() -> pd.DataFrame:
    """Whole jobs with the hours and dollars they took, dearest first: the same model on a CPU and on a GPU."""
    frame = load()
    return frame[frame["hours"].notna()].sort_values("usd", ascending=False, ignore_index=True)


def parse(text: str, name: str = "published.csv", now: date | None = None) -> list[dict[str, str]]:
    """The rows as text, checked. Raises `facts.FactError` with a sentence for each problem."""

    def faults(row: facts.Cells) -> Iterator[facts.Fault]:
        yield from facts.missing(row, "device", "workload", "variant", "dtype", "software")
        yield from facts.not_one_of(row, "unit", tuple(UNITS))
        yield from facts.not_numbers(row, "usd")
        yield from facts.unsourced(row, now)
        if not facts.is_amount(row["value"]) or float(row["value"]) == 0:
            yield "value", row["value"], "a number above 0"
        if row["chip"] and hardware.chip(row["chip"]) is None:
            yield "chip", row["chip"], "an id from hardware.csv, or a blank for a chip that is not there"

    return facts.read(text, name, COLUMNS, faults, ("device", "workload", "variant", "dtype"))
