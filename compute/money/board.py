"""What a page about costs shows: offers and what a job takes on each, in one frame for picture, table and CSV."""

from __future__ import annotations

import re
from collections.abc import Hashable, Mapping
from typing import Any

import numpy as np
import pandas as pd

from compute import units
from compute.money import costs, planner, prices
from compute.money.jobs import Job
from compute.money.rates import MEASURED

Row = Mapping[Hashable, Any]

OFFER_COLUMNS = ("chip", "kind", "device_memory_gib", "jax")
"""Columns that an offer needs here besides those of `prices.load`."""

_MAKER = re.compile(r"\b(NVIDIA|Google|AMD Instinct|AWS|Graphcore|GeForce|Tesla|Quadro) | Server Edition")
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
    - `front` numbers the offers on the Pareto front of time and dollars, the fastest 1 (0: not on it). Free offers
      are looked at apart and are not on it.
    - `known` says in words where the rate comes from,
    - `usd_per_lot`, `usd_per_lot_low` and `usd_per_lot_high` are for the job's lot (a million images).
    """
    keys = list(prices.KEY)
    rows = offers.merge(table[[*keys, *_JOB_COLUMNS]], on=keys, how="left", validate="one_to_one")
    rows["missing"] = rows["missing"].fillna(rows["status"].map(_NOT_TO_RENT))
    text = [column for column in _JOB_COLUMNS if rows[column].dtype.kind not in "fbi"]
    rows[text] = rows[text].fillna("")
    rows = rows.sort_values(["usd", "calendar_hours"], kind="stable", ignore_index=True)
    rows["rank"] = np.where(rows["usd"].notna(), np.arange(1.0, len(rows) + 1), np.nan)
    front = planner.pareto(rows[rows["usd"] > 0]).reindex(rows.index, fill_value=False)
    order = rows.loc[front, "calendar_hours"].rank(method="dense").astype("int64")
    rows["known"] = [how_known(row) for row in rows.to_dict("records")]
    for end in ("", "_low", "_high"):
        rows[f"usd_per_lot{end}"] = rows[f"usd{end}"] / job.quantity * job.lot[0]
    rows["front"] = order.reindex(rows.index, fill_value=0)
    return rows


def front(rows: pd.DataFrame) -> pd.DataFrame:
    """The offers on the Pareto front, the fastest first; of equal ones the first."""
    return rows[rows["front"] > 0].sort_values("front", kind="stable").drop_duplicates("front")


def measured(row: Row) -> bool:
    """True where the rate was measured; False for a published or estimated one, which is always said beside it."""
    return row["basis"] in MEASURED


def name(row: Row) -> str:
    """The machine in short, and whose it is: "8 × H100 SXM, Lambda", "CPU with 4 vCPUs, Azure"."""
    return f"{machine(row)}, {row['platform']}"


def machine(row: Row) -> str:
    """The machine in short: "8 × H100 SXM"."""
    if not row["chip"]:
        return "CPU" if pd.isna(row["vcpus"]) else f"CPU with {row['vcpus']:g} vCPUs"
    chip = _MAKER.sub("", row["chip"].partition(" (")[0])
    count = row["accelerator_count"]
    return chip if count == 1 else f"{count:.2g} × {chip}"


def how_known(row: Row) -> str:
    """Where the rate comes from, as the table says it: "measured here", …, "estimate"."""
    if row["basis"] in ("estimate", "published"):
        return "estimate" if row["basis"] == "estimate" else "published by others"
    return {"shipped": "measured, recorded", "uploaded": "measured, uploaded"}.get(row["basis"], row["basis"])


# --- numbers in words; what was not measured is "about" so much, with as many digits as it deserves ---


def dollars(row: Row, column: str = "usd") -> str:
    """What it costs: "$1.53", "about $1.5"."""
    if row[column] == 0:
        return "free"
    if measured(row):
        return units.money(costs.cents(row[column])) if row[column] >= 1 else units.money(row[column])
    return f"about {rough_dollars(row[column])}"


def dollars_range(row: Row) -> str:
    """ "$0.31 to $1.5"."""
    return f"{rough_dollars(row['usd_low'])} to {rough_dollars(row['usd_high'])}"


def time(row: Row) -> str:
    """From the start to the end: "1 h 52 min", "about 1.9 h"; with the sessions where there are several."""
    hours = row["calendar_hours"]
    words = units.seconds(hours * 3600) if measured(row) else f"about {rough_hours(hours)}"
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
