"""Dollars for a unit of work: a bar for each machine of each platform, the cheapest first."""

import pandas as pd
import plotly.graph_objects as go

from compute.charts import _bars, _style
from compute.compare.pick import Interval, Row
from compute.money import board
from compute.money.jobs import Job

MOST = 10
SOURCES = {"shipped": "shipped", "measured here": "measured here", "uploaded": "uploaded", "published": "published"}


def build(rows: pd.DataFrame, job: Job, *, most: int = MOST, wide: bool = False, dark: bool = False) -> go.Figure:
    """A bar for the cheapest paid offer of each machine and platform of `compute.money.board.together`, on a log axis.

    Published rates are hatched, estimates hatched and pale; both say so. Free offers have no bar. `wide` is for a wall
    and large letters: each name in one line, without the size of a chip's memory.
    """
    name = board.short_name if wide else board.name
    bars = [_bar(row, dark, name(row)) for row in _cheapest(rows)[:most]]
    fig = _bars.chart(_title(job), bars, nothing="No paid offer with a number for this job", dark=dark, wide=wide)
    if bars:
        low = min(bar.interval.middle for bar in bars) / 10
        fig.update_xaxes(_style.dollar_ticks([low, *(bar.interval.high for bar in bars)]))
    return fig


def describe(rows: pd.DataFrame, job: Job, *, most: int = MOST) -> str:
    """The bars in words, the cheapest first; what was not measured is called so."""
    cheapest = _cheapest(rows)
    if not cheapest:
        return f"{_title(job)}: no paid offer with a number for this job."
    words = [f"{bar.name} {bar.words}" for bar in (_bar(row, False, board.name(row)) for row in cheapest[:most])]
    left = len(cheapest) - most
    more = f" {_style.plural(left, 'machine')} more cost more." if left > 0 else ""
    return f"{_title(job)}: {'; '.join(words)}.{more}"


def _title(job: Job) -> str:
    return f"Dollars for {job.lot[1]}" if job.amount == "flops" else f"Dollars for a {job.lot[1]}"


def _cheapest(rows: pd.DataFrame) -> list[Row]:
    """One row for each machine of each platform, cheapest first; the price of a subscription is for no amount."""
    paid = rows[rows["usd"].gt(0) & rows["lane"].eq("paid")].sort_values("usd_per_lot", kind="stable")
    cheapest: dict[str, Row] = {}
    for row in paid.to_dict("records"):
        cheapest.setdefault(board.name(row), {str(name): value for name, value in row.items()})
    return list(cheapest.values())


def _bar(row: Row, dark: bool, name: str) -> _bars.Bar:
    kind = str(row["kind"]).lower()
    colours = _style.look(dark).kinds
    age = f" ({row['age_days']} days old)" if row["stale"] else ""
    return _bars.Bar(
        name=name,
        words=board.dollars(row, "usd_per_lot") + ("" if board.measured(row) else f" ({board.how_known(row)})"),
        interval=Interval(*(row[f"usd_per_lot{end}"] for end in ("", "_low", "_high"))),
        colour=colours.get(kind, colours["other"])[0],
        source=SOURCES.get(row["basis"], "estimated"),
        hover=f"{_style.plain(row['offer'])}<br>price of {row['as_of']}{age}<br>{_style.wrapped(row['how'])}",
    )
