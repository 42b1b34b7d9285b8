"""What a page about costs shows: offers and what a job takes on each, in one frame for picture, table and CSV."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from typing import Any

import numpy as np
import pandas as pd

from compute import units
from compute.money import costs, planner, prices
from compute.money.jobs import Job
from compute.money.rates import MEASURED

Row = Mapping[Any, Any]

OFFER_COLUMNS = ("chip", "kind", "device_memory_gib", "jax")
"""Columns that an offer needs here besides those of `prices.load`."""

KNOWN = {
    "measured here": "measured here",
    "uploaded": "measured, uploaded",
    "shipped": "measured, recorded",
    "published": "published by others",
    "estimate": "estimate",
    "": "",
}
"""basis -> where a rate comes from, in words."""

_MAKER = re.compile(r"\b(NVIDIA|Google|AMD Instinct|AWS|Graphcore|GeForce|Tesla|Quadro) | Server Edition")
_MEMORY = re.compile(r" \d+ ?GB\b")
WORDS = (
    "platform", "offer", "sku", "chip", "vcpus", "accelerator_count", "kind", "basis", "rate_of", "as_of", "age_days",
    "stale", "hours", "hours_low", "hours_high", "calendar_hours", "sessions", "usd", "usd_low", "usd_high", "front",
)  # fmt: skip
"""Columns that name an offer and say what it takes: a frame of these alone is much quicker to choose from."""

_JOB_COLUMNS = (*costs.JOB_RATE_COLUMNS, *costs.JOB_COST_COLUMNS)
_NOT_TO_RENT = {
    "current": "Its price is unknown.",
    "retired": "It is no longer offered.",
    "restricted": "It is not for everybody.",
    "plan": "It is a subscription: there is no hour to buy.",
    "no-price": "Its price is not public.",
}


def together(offers: pd.DataFrame, table: pd.DataFrame, job: Job) -> pd.DataFrame:
    """The offers with what the job takes on each: the cheapest first, then the fastest; without a number last.

    `offers` is a frame of `prices.load` with OFFER_COLUMNS, or some of its rows; `table` one of `costs.of_job`. Has the
    columns of both and these:

    - `rank` by dollars from 1 (NaN without a number; free offers count),
    - `front` numbers the offers on the Pareto front of time and dollars, the fastest 1 (NaN: not on it). Free offers
      are looked at apart and are not on it,
    - `known` says in words where the rate comes from,
    - `usd_per_lot`, `usd_per_lot_low` and `usd_per_lot_high` are for the job's lot (a million images).
    """
    at = {key: place for place, key in enumerate(_keys(table))}
    places = [at.get(key, -1) for key in _keys(offers)]
    found = table[list(_JOB_COLUMNS)].reindex(places).set_axis(offers.index)  # -1, for none, is no label of the table
    found["missing"] = found["missing"].fillna(offers["status"].map(_NOT_TO_RENT))
    found["basis"] = found["basis"].fillna("")
    found["known"] = [KNOWN[basis] for basis in found["basis"].tolist()]
    for end in ("", "_low", "_high"):
        found[f"usd_per_lot{end}"] = found[f"usd{end}"] / job.quantity * job.lot[0]
    found = found.sort_values(["usd", "calendar_hours"], kind="stable")
    found["rank"] = np.where(found["usd"].notna(), np.arange(1.0, len(found) + 1), np.nan)
    best = planner.pareto(found.assign(usd=found["usd"].where(found["usd"] > 0)))
    found["front"] = found["calendar_hours"].where(best).rank(method="dense")
    return offers.loc[found.index].join(found).reset_index(drop=True)


def _keys(offers: pd.DataFrame) -> Iterable[tuple[str, ...]]:
    return zip(*(offers[name].tolist() for name in prices.KEY), strict=True)


def front(rows: pd.DataFrame) -> list[Row]:
    """The offers on the Pareto front, the fastest first, each with WORDS; of equal ones the first."""
    numbers = rows["front"].to_numpy("float64")
    _, first = np.unique(numbers, return_index=True)
    places = first[: len(first) - int(np.isnan(numbers).any())]
    return list(rows[[*WORDS]].iloc[places].to_dict("records"))


def measured(row: Row) -> bool:
    """True where the rate was measured; False for a published or estimated one, which is always said beside it."""
    return row["basis"] in MEASURED


def name(row: Row) -> str:
    """The machine in short, and whose it is: "8 × H100 SXM, Lambda", "CPU with 4 vCPUs, Azure"."""
    return f"{machine(row)}, {row['platform']}"


def short_name(row: Row) -> str:
    """The same without the size of its memory, for a narrow place: "8 × H100 SXM5, Lambda"."""
    return f"{_MEMORY.sub('', machine(row))}, {row['platform']}"


def machine(row: Row) -> str:
    """The machine in short: "8 × H100 SXM"."""
    if not row["chip"]:
        return "CPU" if pd.isna(row["vcpus"]) else f"CPU with {row['vcpus']:g} vCPUs"
    chip = _MAKER.sub("", row["chip"].partition(" (")[0])
    count = row["accelerator_count"]
    return chip if count == 1 else f"{count:.2g} × {chip}"


def how_known(row: Row) -> str:
    """Where the rate comes from, in words: "measured here", …, "estimate"; "" where there is none."""
    return KNOWN[row["basis"]]


# --- numbers in words; what was not measured is "about" (or "≈") so much, in two digits ---


def dollars(row: Row, column: str = "usd", about: str = "about") -> str:
    """What it costs: "$1.53", "about $1.5"."""
    if row[column] == 0:
        return "free"
    if measured(row):
        return units.money(row[column])
    return f"{about} {rough_dollars(row[column])}"


def dollars_range(row: Row) -> str:
    """ "$0.31 to $1.5"."""
    return f"{rough_dollars(row['usd_low'])} to {rough_dollars(row['usd_high'])}"


def time(row: Row, about: str = "about") -> str:
    """From the start to the end: "1 h 52 min", "about 1.9 h"; with the sessions where there are several."""
    hours = row["calendar_hours"]
    words = units.seconds(hours * 3600) if measured(row) else f"{about} {rough_hours(hours)}"
    if row["sessions"] > 1:
        return f"{words}, {row['sessions']:,.0f} sessions"
    return words


def rough_dollars(usd: float) -> str:
    """Two significant digits: "$0.67", "$1.1", "$120"; 0 is "free"."""
    if not np.isfinite(usd):
        return units.UNKNOWN
    if usd == 0:
        return "free"
    return f"${_two_digits(usd)}"


def rough_hours(hours: float) -> str:
    """Two significant digits in the unit that suits: "24 s", "35 min", "1.9 h", "2.6 days"."""
    if not np.isfinite(hours):
        return units.UNKNOWN
    for limit, factor, unit in ((1 / 60, 3600, "s"), (1, 60, "min"), (48, 1, "h")):
        if float(f"{hours:.2g}") < limit:
            return f"{_two_digits(hours * factor)} {unit}"
    return f"{_two_digits(hours / 24)} days"


def _two_digits(value: float) -> str:
    exponent = int(f"{value:.1e}".partition("e")[2])
    return f"{float(f'{value:.1e}'):,.{max(1 - exponent, 0)}f}"
