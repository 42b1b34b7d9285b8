"""How much faster than one core of a CPU a machine does each job; the serial chain is where one core wins."""

import pandas as pd
import plotly.graph_objects as go

from compute.charts import _bars, _style
from compute.compare import jobs
from compute.compare.jobs import Standing
from compute.compare.pick import Interval, Owner

NOTHING = "No run on one core in view"


def build(frame: pd.DataFrame, owner: Owner, *, dark: bool = False) -> go.Figure:
    """A bar for each job that one core was measured in as well, on a log axis."""
    found = _speed_ups(frame, owner)
    looks = _style.machine_looks([own.row for own, _ in found], dark)
    bars = [
        _bars.Bar(own.job.title, _words(faster), faster, looks[owner].colour, owner.source, "operations per second")
        for own, faster in found
    ]
    fig = _bars.chart("Times as fast as one core", bars, nothing=NOTHING, dark=dark)
    if bars:  # a ratio has no SI prefix
        fig.layout.xaxis.ticktext = [f"{tick:,g}×" for tick in fig.layout.xaxis.tickvals]
    return fig


def describe(frame: pd.DataFrame, owner: Owner) -> str:
    """The jobs in words."""
    found = _speed_ups(frame, owner)
    if not found:
        return f"{NOTHING}, so that nothing of {owner} can be held against one."
    return f"{owner}, times as fast as one core: " + "; ".join(
        f"{own.job.title} {_words(faster)}" for own, faster in found
    )


def _words(faster: Interval) -> str:
    return f"{float(f'{faster.middle:.3g}'):,g}×"


def _speed_ups(frame: pd.DataFrame, owner: Owner) -> list[tuple[Standing, Interval]]:
    pairs = ((own, jobs.speed_up(frame, own)) for own in jobs.standings(frame, owner))
    return [(own, faster) for own, faster in pairs if faster]
