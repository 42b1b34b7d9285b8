"""Offers: things with a price per hour, read from `data/prices.csv`.

Every offer says where its price comes from and when it was read. A blank price is unknown and stays unknown; 0
is a price only where the hour really costs nothing more. A file that breaks these rules is not shown in part: a
wrong price on a page costs its reader money, so `load` names every problem instead.
"""

import csv
import io
import math
from collections.abc import Iterator
from datetime import UTC, date, datetime
from pathlib import Path
from urllib.parse import urlsplit

import pandas as pd

from compute import hardware

DATA = Path(__file__).resolve().parent.parent.parent / "data" / "prices.csv"

STALE_DAYS = 90
"""A price older than this many days is shown in amber."""

NUMBERS = (
    "accelerator_count",
    "vcpus",
    "memory_gib",
    "gpu_memory_gib",
    "usd_per_hour",
    "usd_per_hour_spot",
)
COLUMNS = (
    "platform",
    "offer",
    "sku",
    "accelerator",
    *NUMBERS,
    "billing",
    "limits",
    "region",
    "as_of",
    "source_url",
    "note",
    "status",
)
BILLINGS = ("free", "subscription", "compute-units", "pay-as-you-go")
STATUSES = ("current", "retired", "restricted", "plan", "no-price")


class PriceError(ValueError):
    """A price file broke a rule; `problems` has one sentence for each, with its row and column."""

    def __init__(self, problems: list[str]) -> None:
        super().__init__("\n".join(problems))
        self.problems = problems


def load(path: Path = DATA, today: date | None = None) -> pd.DataFrame:
    """All offers of a file, one row each, in the order of the file. Raises PriceError.

    Columns are those of the file (text as str, "" for blank; numbers as float64, NaN for unknown) and then:
    `usd_per_accelerator_hour` (the price divided by the accelerators in the machine; NaN without any),
    `free` (an hour costs nothing on top of what `billing` says), `age_days` (since `as_of`, up to `today`, which
    is the day of the call in UTC) and `stale` (older than STALE_DAYS).
    """
    rows = parse(path.read_text(encoding="utf-8-sig"), path.name)
    offers = pd.DataFrame(rows, columns=list(COLUMNS), dtype="str")
    offers[list(NUMBERS)] = offers[list(NUMBERS)].apply(pd.to_numeric).astype("float64")
    count = offers["accelerator_count"]
    offers["usd_per_accelerator_hour"] = offers["usd_per_hour"] / count.where(count > 0)
    offers["free"] = offers["usd_per_hour"] == 0
    today = today or datetime.now(UTC).date()
    ages = [(today - date.fromisoformat(day)).days for day in offers["as_of"]]
    offers["age_days"] = pd.Series(ages, dtype="int64").clip(lower=0)  # no negative age when the clock is slow
    offers["stale"] = offers["age_days"] > STALE_DAYS
    return offers


def current(offers: pd.DataFrame) -> pd.DataFrame:
    """The offers that anybody can take today and whose price is known."""
    return offers[(offers["status"] == "current") & offers["usd_per_hour"].notna()].reset_index(drop=True)


def parse(text: str, name: str = "prices.csv") -> list[dict[str, str]]:
    """The rows of a price file as text, after every rule was checked. Raises PriceError.

    `name` is what the sentences call the file; row 1 is its header.
    """
    reader = csv.DictReader(io.StringIO(text, newline=""), restkey="", restval="")
    header = tuple(reader.fieldnames or ())
    if header != COLUMNS:
        raise PriceError([_header_sentence(name, header)])
    rows = list(reader)
    problems = [
        f"{name}, row {number}, column {column}: found {found!r}, expected {expected}."
        for number, row in enumerate(rows, start=2)
        for column, found, expected in _faults(row)
    ]
    problems += _duplicates(name, rows)
    if problems:
        raise PriceError(problems)
    return rows


Fault = tuple[str, str, str]
"""A column, what was found in it and what was expected."""


def _header_sentence(name: str, header: tuple[str, ...]) -> str:
    missing = [column for column in COLUMNS if column not in header]
    extra = [column for column in header if column not in COLUMNS]
    details = [f"missing {', '.join(missing)}"] * bool(missing) + [f"unknown {', '.join(extra)}"] * bool(extra)
    return f"{name}, row 1: expected the columns {', '.join(COLUMNS)}; {' and '.join(details) or 'wrong order'}."


def _faults(row: dict[str, str]) -> Iterator[Fault]:
    """All that is wrong with a row."""
    if "" in row:
        yield "the last", str(row[""]), "no cell beyond the header's"
    yield from _text_faults(row)
    numbers = list(_number_faults(row))
    yield from numbers
    if not numbers:  # the rules between numbers make sense only for numbers
        yield from _price_faults(row)
        yield from _accelerator_faults(row)


def _text_faults(row: dict[str, str]) -> Iterator[Fault]:
    for column in ("platform", "offer", "sku"):
        if not row[column].strip():
            yield column, row[column], "a name"
    if row["billing"] not in BILLINGS:
        yield "billing", row["billing"], f"one of {', '.join(BILLINGS)}"
    if row["status"] not in STATUSES:
        yield "status", row["status"], f"one of {', '.join(STATUSES)}"
    if not _is_date(row["as_of"]):
        yield "as_of", row["as_of"], "the day the price was read, such as 2026-11-22"
    if not _is_link(row["source_url"]):
        yield "source_url", row["source_url"], "the https address where the price can be checked"


def _number_faults(row: dict[str, str]) -> Iterator[Fault]:
    for column in NUMBERS:
        if row[column] and not _is_amount(row[column]):
            yield column, row[column], "a number from 0 up with a decimal point, or a blank for unknown"


def _price_faults(row: dict[str, str]) -> Iterator[Fault]:
    """A price of 0 is never used for unknown, and spot is never dearer than the plain price."""
    price, spot = row["usd_per_hour"], row["usd_per_hour_spot"]
    if price and float(price) == 0 and row["billing"] not in ("free", "subscription"):
        yield "usd_per_hour", price, "a price above 0, or a blank if it is unknown"
    if spot and float(spot) == 0:
        yield "usd_per_hour_spot", spot, "a price above 0, or a blank if it is unknown"
    if spot and not price:
        yield "usd_per_hour_spot", spot, "a blank, because the plain price is unknown"
    if spot and price and float(spot) > float(price):
        yield "usd_per_hour_spot", spot, f"at most the plain price of {price}"
    if row["status"] == "current" and not price:
        yield "usd_per_hour", price, "a price, or the status no-price"
    if row["status"] in ("plan", "no-price") and price:
        yield "usd_per_hour", price, f"a blank, because the status is {row['status']}"


def _accelerator_faults(row: dict[str, str]) -> Iterator[Fault]:
    accelerator, count = row["accelerator"], row["accelerator_count"]
    if accelerator and hardware.chip(accelerator) is None:
        yield "accelerator", accelerator, "an id from hardware.csv, or a blank for none"
    if not count or (float(count) > 0) != bool(accelerator):
        yield "accelerator_count", count, "a number above 0" if accelerator else "0, as there is no accelerator"


def _duplicates(name: str, rows: list[dict[str, str]]) -> Iterator[str]:
    seen: dict[tuple[str, ...], int] = {}
    for number, row in enumerate(rows, start=2):
        key = tuple(row[column] for column in ("platform", "offer", "sku", "region"))
        if key in seen:
            yield f"{name}, row {number}: the same platform, offer, sku and region as row {seen[key]}; keep one."
        seen.setdefault(key, number)


def _is_amount(text: str) -> bool:
    try:
        number = float(text)
    except ValueError:
        return False
    return math.isfinite(number) and number >= 0


def _is_date(text: str) -> bool:
    try:
        return date.fromisoformat(text).isoformat() == text
    except ValueError:
        return False


def _is_link(text: str) -> bool:
    try:
        parts = urlsplit(text)
    except ValueError:
        return False
    return parts.scheme == "https" and bool(parts.netloc)
