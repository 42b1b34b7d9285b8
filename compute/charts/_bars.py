"""Horizontal bars on a log axis, name and value written above each: readable on a phone and in a hall."""

from collections.abc import Sequence
from dataclasses import dataclass

import plotly.graph_objects as go

from compute.charts import _style
from compute.compare.pick import Interval

ROW_PX = 58


@dataclass(frozen=True)
class Bar:
    """One bar: the name and value above it, its length with an interval, and where its number comes from."""

    name: str
    words: str
    interval: Interval
    colour: str
    source: str
    hover: str = ""


def height(count: int) -> int:
    """Pixels for so many bars."""
    return 110 + ROW_PX * max(count, 2)


def draw(fig: go.Figure, bars: Sequence[Bar], *, dark: bool, unit: str = "") -> go.Figure:
    """The bars from top to bottom. A log axis has no zero: it begins well below the smallest value."""
    axis = _style.log_axis(
        [bar.interval.middle for bar in bars] + [min(bar.interval.middle for bar in bars) / 10], unit
    )
    for place, bar in enumerate(bars):
        fig.add_trace(
            go.Bar(
                orientation="h",
                x=[bar.interval.middle],
                y=[place],
                width=0.4,
                marker=_style.bar_fill(bar.source, bar.colour, dark),
                error_x=_style.error_bars([bar.interval], _style.look(dark).ink),
                showlegend=False,
                name=_style.plain(bar.name),
                hovertemplate=f"<b>{_style.plain(bar.words)}</b><br>{bar.hover}<extra>%{{fullData.name}}</extra>",
            )
        )
        fig.add_annotation(
            text=f"{_style.plain(bar.name)}: <b>{_style.plain(bar.words)}</b>",
            x=0,
            xref="paper",
            xanchor="left",
            y=place - 0.22,
            yanchor="bottom",
            showarrow=False,
            font={"size": _style.TICK_PX, "color": _style.look(dark).ink},
        )
    fig.update_xaxes(axis)
    fig.update_yaxes(range=[max(len(bars), 2) - 0.6, -0.8], showticklabels=False, showgrid=False, fixedrange=True)
    return fig
