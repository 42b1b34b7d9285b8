"""What a credit buys: hours of each kind of machine, the most first."""

import pandas as pd
import plotly.graph_objects as go

from compute import units
from compute.charts import _bars, _style
from compute.compare.pick import Interval
from compute.money import board

MOST = 12
TITLE = "Hours that it buys"


def build(bought: pd.DataFrame, *, most: int = MOST, dark: bool = False) -> go.Figure:
    """A bar for each row of `compute.money.credits.for_each_machine`, at most `most`, on a log axis."""
    bars = [_bar(row, dark) for row in bought.head(most).to_dict("records")]
    fig = _bars.chart(TITLE, bars, nothing="Nothing that this buys", dark=dark)
    if bars:
        axis = fig.layout.xaxis
        axis.ticktext = [f"{tick:,.10g} h" for tick in axis.tickvals]
    return fig


def describe(bought: pd.DataFrame, *, most: int = MOST) -> str:
    """The bars in words, the most hours first."""
    bars = [_bar(row, False) for row in bought.head(most).to_dict("records")]
    if not bars:
        return f"{TITLE}: nothing."
    left = len(bought) - most
    more = f" {_style.plural(left, 'machine')} more, for fewer hours." if left > 0 else ""
    return f"{TITLE}: {'; '.join(f'{bar.name} {bar.words}' for bar in bars)}.{more}"


def _bar(row: board.Row, dark: bool) -> _bars.Bar:
    colours = _style.look(dark).kinds
    hours = float(row["hours"])
    age = f" ({row['age_days']} days old)" if row["stale"] else ""
    return _bars.Bar(
        name=f"{row['machine']}, {row['platform']}",
        words=f"{_hours(hours)}, {units.money(row['usd_per_hour'])}/h",
        interval=Interval(hours, hours, hours),
        colour=colours.get(str(row["kind"]).lower(), colours["other"])[0],
        source="measured here",  # a price is read, not estimated
        hover=f"{_style.plain(row['offer'])}<br>price of {row['as_of']}{age}",
    )


def _hours(hours: float) -> str:
    return f"{hours:,.0f} h" if hours >= 100 else f"{hours:.3g} h"
