"""Offers: things with a price per hour, read from `data/prices.csv`.

Every offer says where its price comes from and when it was read. A blank price is unknown and stays unknown; 0
is a price only where the hour really costs nothing more. A file that breaks these rules is not shown in part: a
wrong price on a page costs its reader money, so `load` names every problem instead, and `load_or_last_good` goes on
with the newest file that was good.

What is billed in units (Colab's compute units, Databricks' DBU) is kept in units. The price of a unit is an
assumption that a person can change; `usd_per_hour` of a loaded offer is the sum.
"""

from __future__ import annotations

import contextlib
import os
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import date
from pathlib import Path

import pandas as pd

from compute import hardware
from compute.money import assumptions as _assumptions
from compute.money import facts
from compute.money.facts import STALE_DAYS, Fault
from compute.money.facts import FactError as PriceError

__all__ = ["COLUMNS", "STALE_DAYS", "Loading", "PriceError", "current", "load", "load_or_last_good", "parse"]

ROOT = Path(__file__).resolve().parent.parent.parent
DATA = ROOT / "data" / "prices.csv"

NUMBERS = (
    "accelerator_count",
    "vcpus",
    "memory_gib",
    "gpu_memory_gib",
    "usd_per_hour",
    "usd_per_hour_spot",
    "units_per_hour",
    "usd_per_month",
    "session_hours",
    "week_hours",
)
COLUMNS = (
    "platform",
    "offer",
    "sku",
    "accelerator",
    "accelerator_count",
    "vcpus",
    "memory_gib",
    "gpu_memory_gib",
    "usd_per_hour",
    "usd_per_hour_spot",
    "unit",
    "units_per_hour",
    "usd_per_month",
    "billing",
    "session_hours",
    "week_hours",
    "limits",
    "region",
    "currency",
    "as_of",
    "source_url",
    "note",
    "status",
)
KEY = ("platform", "offer", "sku", "region")
BILLINGS = ("free", "subscription", "compute-units", "pay-as-you-go")
STATUSES = ("current", "retired", "restricted", "plan", "no-price")
CURRENCY = "USD"
UNITS = {"compute unit": "usd_per_compute_unit", "DBU": "usd_per_dbu"}
"""unit -> the assumption that holds its price."""

MOST_USD_PER_HOUR = 10_000
"""A dearer machine is a slip of the decimal point: a whole rack of the newest accelerators costs hundreds."""


def load(path: Path = DATA, today: date | None = None, assumptions: Mapping[str, float] | None = None) -> pd.DataFrame:
    """All offers of a file, one row each, in the order of the file. Raises PriceError.

    Columns are those of the file (text as str, "" for blank; numbers as float64, NaN for unknown) and then:

    - `usd_per_hour` is the whole price: the file's, and the units of an hour times the price of one from
      `assumptions` (default: as `data/assumptions.csv` has them). `usd_per_hour_listed` is the file's alone.
    - `usd_per_accelerator_hour` and `usd_per_vcpu_hour`: it divided by the accelerators, or the virtual CPUs, in the
      machine; NaN without any.
    - `free` (an hour costs nothing on top of what `billing` says), `age_days` (since `as_of`, up to `today`, which is
      the day of the call in UTC) and `stale` (older than STALE_DAYS).
    """
    return _offers(path.read_text(encoding="utf-8-sig"), path.name, today, assumptions)


@dataclass(frozen=True)
class Loading:
    """Offers to show, and what is wrong with the file that should have given them.

    `problems` is empty when the file itself was good. Else `kept_from` is the day and minute (UTC, ISO) at which the
    file that gave the offers was last good, "" when there was never a good one: then there are no offers.
    """

    offers: pd.DataFrame
    problems: tuple[str, ...] = ()
    kept_from: str = ""


def load_or_last_good(
    path: Path = DATA,
    shelf: Path | None = None,
    today: date | None = None,
    assumptions: Mapping[str, float] | None = None,
) -> Loading:
    """The offers of the file, or of the newest good one when the file is broken or gone. Raises nothing.

    A copy of every good file is put at `shelf` (default: in the folder of this machine's runs).
    """
    shelf = shelf or shelf_path()
    try:
        text = path.read_text(encoding="utf-8-sig")
        offers = _offers(text, path.name, today, assumptions)
    except PriceError as error:
        return _last_good(shelf, error.problems, today, assumptions)
    except (OSError, UnicodeDecodeError) as error:
        return _last_good(shelf, [f"{path.name} could not be read: {error}."], today, assumptions)
    _keep(text, shelf)
    return Loading(offers)


def shelf_path() -> Path:
    """Where the copy of the last good file is kept: beside this machine's runs."""
    state = os.environ.get("MANY_HANDS_STATE")
    return (Path(state) if state else ROOT / "data") / "runs" / "prices-last-good.csv"


def current(offers: pd.DataFrame) -> pd.DataFrame:
    """The offers that anybody can take today and whose price is known."""
    return offers[(offers["status"] == "current") & offers["usd_per_hour"].notna()].reset_index(drop=True)


def parse(text: str, name: str = "prices.csv", today: date | None = None) -> list[dict[str, str]]:
    """The rows of a price file as text, after every rule was checked. Raises PriceError.

    `name` is what the sentences call the file; row 1 is its header. No price may have been read after `today`
    (default: the day of the call in UTC).
    """

    def faults(row: facts.Cells) -> Iterator[Fault]:
        yield from _text_faults(row)
        yield from facts.unsourced(row, today)
        numbers = list(facts.not_numbers(row, *NUMBERS))
        yield from numbers
        if not numbers:  # the rules between numbers make sense only for numbers
            yield from _price_faults(row)
            yield from _unit_faults(row)
            yield from _accelerator_faults(row)

    return facts.read(text, name, COLUMNS, faults, KEY)


def _offers(text: str, name: str, today: date | None, assumptions: Mapping[str, float] | None) -> pd.DataFrame:
    now = today or facts.today()
    offers = pd.DataFrame(parse(text, name, now), columns=list(COLUMNS), dtype="str")
    offers[list(NUMBERS)] = offers[list(NUMBERS)].apply(pd.to_numeric).astype("float64")
    offers["usd_per_hour_listed"] = offers["usd_per_hour"]
    units = _usd_of_units(offers, assumptions)
    offers["usd_per_hour"] = (offers["usd_per_hour"].fillna(0) + units).where(units.notna(), offers["usd_per_hour"])
    for column, count in (("usd_per_accelerator_hour", "accelerator_count"), ("usd_per_vcpu_hour", "vcpus")):
        offers[column] = offers["usd_per_hour"] / offers[count].where(offers[count] > 0)
    offers["free"] = offers["usd_per_hour"] == 0
    ages = {day: facts.age_days(day, now) for day in offers["as_of"].unique()}
    offers["age_days"] = offers["as_of"].map(ages).astype("int64")
    offers["stale"] = offers["age_days"] > STALE_DAYS
    return offers


def _usd_of_units(offers: pd.DataFrame, assumptions: Mapping[str, float] | None) -> pd.Series:
    """What an hour's units cost; NaN where nothing is billed in units."""
    values = _assumptions.load() if assumptions is None else assumptions
    price = offers["unit"].map({unit: values[id] for unit, id in UNITS.items()}).astype("float64")
    # To the tenth decimal: 1.07 x 0.0999 is 0.106893, not 0.10689299999999999.
    return (offers["units_per_hour"] * price).round(10)


def _text_faults(row: facts.Cells) -> Iterator[Fault]:
    yield from facts.missing(row, "platform", "offer", "sku")
    yield from facts.not_one_of(row, "billing", BILLINGS)
    yield from facts.not_one_of(row, "status", STATUSES)
    if row["currency"] != CURRENCY:
        yield "currency", row["currency"], f"{CURRENCY} in every row; convert the price and say so in the note"


def _price_faults(row: facts.Cells) -> Iterator[Fault]:
    """A price of 0 is never used for unknown, none is absurd, and spot is never dearer than the plain price."""
    price, spot = row["usd_per_hour"], row["usd_per_hour_spot"]
    for column in ("usd_per_hour", "usd_per_hour_spot"):
        if row[column] and float(row[column]) > MOST_USD_PER_HOUR:
            yield column, row[column], f"at most {MOST_USD_PER_HOUR:,}: no machine costs more for an hour"
    if price and float(price) == 0 and row["billing"] not in ("free", "subscription"):
        yield "usd_per_hour", price, "a price above 0, or a blank if it is unknown"
    if spot and float(spot) == 0:
        yield "usd_per_hour_spot", spot, "a price above 0, or a blank if it is unknown"
    if spot and not price:
        yield "usd_per_hour_spot", spot, "a blank, because the plain price is unknown"
    if spot and price and float(spot) > float(price):
        yield "usd_per_hour_spot", spot, f"at most the plain price of {price}"
    if row["status"] == "current" and not price and not row["unit"]:
        yield "usd_per_hour", price, "a price, or the status no-price"
    if row["status"] in ("plan", "no-price") and price:
        yield "usd_per_hour", price, f"a blank, because the status is {row['status']}"


def _unit_faults(row: facts.Cells) -> Iterator[Fault]:
    """Units and their number come together, and a session has a length above 0."""
    yield from facts.not_one_of(row, "unit", ("", *UNITS))
    units = row["units_per_hour"]
    if bool(row["unit"]) != bool(units and float(units) > 0):
        yield "units_per_hour", units, "a number above 0" if row["unit"] else "a blank, as nothing is billed in units"
    for column in ("session_hours", "week_hours"):
        if row[column] and not 0 < float(row[column]) <= 168:
            yield column, row[column], "hours above 0 and up to the 168 of a week, or a blank for no limit"


def _accelerator_faults(row: facts.Cells) -> Iterator[Fault]:
    accelerator, count = row["accelerator"], row["accelerator_count"]
    if accelerator and hardware.chip(accelerator) is None:
        yield "accelerator", accelerator, "an id from hardware.csv, or a blank for none"
    if not count or (float(count) > 0) != bool(accelerator):
        yield "accelerator_count", count, "a number above 0" if accelerator else "0, as there is no accelerator"


def _last_good(
    shelf: Path, problems: list[str], today: date | None, assumptions: Mapping[str, float] | None
) -> Loading:
    try:
        offers = _offers(shelf.read_text(encoding="utf-8"), shelf.name, today, assumptions)
        kept = pd.Timestamp(shelf.stat().st_mtime, unit="s", tz="UTC")
    except (OSError, UnicodeDecodeError, PriceError):
        return Loading(_offers(",".join(COLUMNS), shelf.name, today, assumptions), tuple(problems))
    return Loading(offers, tuple(problems), f"{kept:%Y-%m-%dT%H:%MZ}")


def _keep(text: str, shelf: Path) -> None:
    """Put a copy on the shelf, whole or not at all. A folder that nobody may write to only costs us the copy."""
    fresh = shelf.with_name(f".{shelf.name}.{os.getpid()}")
    with contextlib.suppress(OSError):
        if shelf.exists() and shelf.read_text(encoding="utf-8") == text:
            return
        shelf.parent.mkdir(parents=True, exist_ok=True)
        fresh.write_text(text, encoding="utf-8", newline="")
        fresh.replace(shelf)
