"""What one dollar buys: work per dollar for each offer, the most first."""

import math

import pandas as pd
import plotly.graph_objects as go

from compute import units
from compute.charts import _bars, _style
from compute.compare.pick import Interval, Row

MOST = 12

# what -> title, column with the amount per dollar, unit
QUANTITIES = {
    "flop": ("FLOP for one dollar", "flop_per_usd", "FLOP"),
    "op": ("Operations on int8 for one dollar", "flop_per_usd", "OP"),
    "items": ("Images for one dollar", "items_per_usd", "images"),
}


def build(costs: pd.DataFrame, what: str = "flop", *, most: int = MOST, dark: bool = False) -> go.Figure:
    """A bar for each row of `compute.money.costs.per_dollar`, at most `most`, on a log axis.

    Rows measured on the same chip are solid; estimates (another machine of the same size, a part of a machine)
    are hatched and pale. Free offers have no bar: a dollar would buy without end. An offer that several regions
    sell has one bar, for the cheapest.
    """
    rows = _priced(costs, what)
    title, column, unit = QUANTITIES[what]
    bars = [_bar(row, column, unit, dark) for row in rows[:most]]
    return _bars.chart(title, bars, nothing="No priced offer with a result", dark=dark)


def describe(costs: pd.DataFrame, what: str = "flop", *, most: int = MOST) -> str:
    """The bars in words, the most for a dollar first; estimates are called so."""
    rows = _priced(costs, what)
    title, column, unit = QUANTITIES[what]
    if not rows:
        return f"{title}: no priced offer with a result."
    words = [f"{bar.name} {bar.words}" for bar in (_bar(row, column, unit, False) for row in rows[:most])]
    left = len(rows) - most
    more = f" {_style.plural(left, 'more offer')} buy less." if left > 0 else ""
    return f"{title}: {'; '.join(words)}.{more}"


def _priced(costs: pd.DataFrame, what: str) -> list[Row]:
    column = QUANTITIES[what][1]
    rows = [{str(name): value for name, value in row.items()} for row in costs.to_dict("records")]
    priced = [row for row in rows if math.isfinite(row[column])]
    most_first = sorted(priced, key=lambda row: (-row[column], str(row["offer"]), str(row["region"])))
    cheapest: dict[str, Row] = {}
    for row in most_first:
        cheapest.setdefault(_name(row), row)
    return list(cheapest.values())


def _bar(row: Row, column: str, unit: str, dark: bool) -> _bars.Bar:
    return _bars.Bar(
        name=_name(row),
        words=_amount(row[column], unit) + (" (estimate)" if row["basis"] == "estimate" else ""),
        interval=Interval(row[column], row[f"{column}_low"], row[f"{column}_high"]),
        colour=_style.look(dark).kinds[_style.kind(row)][0],
        source="estimated" if row["basis"] == "estimate" else "shipped",
        hover="<br>".join(
            (
                f"{units.money(row['usd_per_device_hour'])} an hour, price of {row['as_of']}",
                f"measured on {_style.plain(row['measured_on'])}",
                _style.plain(f"{row['case']}, {row['mode']}"),
            )
        ),
    )


def _name(row: Row) -> str:
    """The offer's name, behind its platform's where it does not say it already."""
    said = set(row["platform"].split()) & set(row["offer"].split())
    return str(row["offer"]) if said else f"{row['platform']} {row['offer']}"


def _amount(value: float, unit: str) -> str:
    return units.si(value, unit) if unit in ("FLOP", "OP") else f"{units.count(float(f'{value:.3g}'))} {unit}"
