"""Horizontal bars on a log axis, name and value written above each: readable on a phone and in a hall."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import plotly.graph_objects as go

from compute.charts import _style
from compute.compare.pick import Interval

# A bar with its label of one line, or of two where a phone's 390 px do not hold one.
ROW_PX, TALL_ROW_PX, BAR_PX = 58, 82, 22
PHONE_CHARACTERS = 42


@dataclass(frozen=True)
class Bar:
    """One bar: the name and value above it, its length with an interval, and where its number comes from."""

    name: str
    words: str
    interval: Interval
    colour: str
    source: str
    hover: str = ""


def chart(title: str, bars: Sequence[Bar], *, nothing: str, dark: bool, wide: bool = False) -> go.Figure:
    """The bars from top to bottom; without any, a figure that says `nothing`.

    A log axis has no zero: it begins at a tenth of the smallest value. Where there is always room enough (`wide`), each
    label is one line.
    """
    row_px = TALL_ROW_PX if any(map(_is_long, bars)) and not wide else ROW_PX
    rows = max(len(bars), 2)
    fig = _style.figure(title, height=90 + row_px * rows, dark=dark)
    if not bars:
        return _style.note(fig, nothing, dark)
    half_bar = BAR_PX / row_px / 2
    fig.add_traces([_bar(bar, place, 2 * half_bar, dark) for place, bar in enumerate(bars)])
    # All at once: plotly copies what is there with each one added.
    fig.update_layout(annotations=[_label(bar, place - half_bar, dark, wide) for place, bar in enumerate(bars)])
    values = [bar.interval.middle for bar in bars]
    fig.update_xaxes(_style.log_axis([*values, min(values) / 10]))
    top = half_bar - 1 + 8 / row_px
    fig.update_yaxes(range=[rows + top, top], showticklabels=False, showgrid=False, fixedrange=True)
    return fig


def _label(bar: Bar, y: float, dark: bool, wide: bool) -> dict[str, Any]:
    """Name and value over the bar's left end."""
    between = "<br>" if _is_long(bar) and not wide else ": "
    return {
        "text": f"{_style.plain(bar.name)}{between}<b>{_style.plain(bar.words)}</b>",
        "align": "left",
        "x": 0,
        "xref": "paper",
        "xanchor": "left",
        "y": y,
        "yanchor": "bottom",
        "showarrow": False,
        "font": {"size": _style.TICK_PX, "color": _style.look(dark).ink},
    }


def _is_long(bar: Bar) -> bool:
    return len(bar.name) + len(bar.words) > PHONE_CHARACTERS


def _bar(bar: Bar, place: int, width: float, dark: bool) -> go.Bar:
    return go.Bar(
        orientation="h",
        x=[bar.interval.middle],
        y=[place],
        width=width,
        marker=_style.bar_fill(bar.source, bar.colour, dark),
        error_x=_style.error_bars([bar.interval], _style.look(dark).ink)
        if bar.interval.high > bar.interval.low
        else None,
        showlegend=False,
        name=_style.plain(bar.name),
        hovertemplate=f"<b>{_style.plain(bar.words)}</b><br>{bar.hover}<extra>%{{fullData.name}}</extra>",
    )
