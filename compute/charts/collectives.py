"""Collectives: bandwidth between devices against the size of the message."""

from collections.abc import Sequence

import pandas as pd
import plotly.graph_objects as go

from compute import units
from compute.charts import _style
from compute.compare import pick, scaling
from compute.compare.answers import bandwidth_words
from compute.compare.pick import Owner, Row

MARKS = {
    "all-reduce": ("circle", "solid"),
    "all-gather": ("square", "dash"),
    "reduce-scatter": ("diamond", "dot"),
    "all-to-all": ("triangle-up", "dashdot"),
}


def build(frame: pd.DataFrame, owner: Owner, devices: int, bandwidth: str = "bus", *, dark: bool = False) -> go.Figure:
    """Bus or algorithm bandwidth of each kind of collective between so many devices of one machine."""
    rows = scaling.rows_of(frame, owner)
    found = scaling.messages(rows, devices)
    fig = _style.figure(f"{bandwidth.capitalize()} bandwidth", height=440, dark=dark)
    if not found:
        return _style.note(fig, "No collective measured", dark)
    colour = _style.machine_looks(rows, dark)[owner].colour
    for kind, messages in found.items():
        fig.add_trace(_line(kind, messages, scaling.BANDWIDTHS[bandwidth], colour))
    drawn = [row for messages in found.values() for row in messages]
    axis = _style.log2_axis([row["size"] for row in drawn], "message")
    fig.update_xaxes(axis, ticktext=[scaling.message_words(tick) for tick in axis["tickvals"]])
    rates = pick.rates(drawn, scaling.BANDWIDTHS[bandwidth])
    fig.update_yaxes(_style.log_axis([end for _, rate in rates for end in rate], "B/s"))
    return _style.with_room_for_legend(fig)


def describe(frame: pd.DataFrame, owner: Owner, devices: int, bandwidth: str = "bus") -> str:
    """The curves in words: the best bandwidth of each kind and its message."""
    found = scaling.messages(scaling.rows_of(frame, owner), devices)
    if not found:
        return f"No collective measured on {owner}."
    title = f"{bandwidth.capitalize()} bandwidth of collectives between {devices} devices on {owner}."
    return " ".join([title, *(_words(kind, rows, scaling.BANDWIDTHS[bandwidth]) for kind, rows in found.items())])


def _words(kind: str, rows: Sequence[Row], amount: str) -> str:
    best = pick.best(rows, amount)
    if best is None:
        return f"{kind}: no bandwidth."
    return f"{kind}: best {bandwidth_words(best[1].middle)} with {scaling.message_words(best[0]['size'])}."


def _line(kind: str, rows: Sequence[Row], amount: str, colour: str) -> go.Scatter:
    shape, dash = MARKS.get(kind, _style.OTHER_MARK)
    drawn = pick.rates(rows, amount)
    return go.Scatter(
        x=[row["size"] for row, _ in drawn],
        y=[rate.middle for _, rate in drawn],
        error_y=_style.error_bars([rate for _, rate in drawn], colour),
        mode="lines+markers",
        name=_style.plain(kind),
        line={"color": colour, "dash": dash, "width": 2.5},
        marker={"symbol": shape, "size": 11, "color": colour},
        text=[
            f"<b>{bandwidth_words(rate.middle)}</b> with {scaling.message_words(row['size'])}<br>"
            f"95 % interval {bandwidth_words(rate.low)} to {bandwidth_words(rate.high)}<br>"
            f"{units.seconds(row['median_s'])} each"
            for row, rate in drawn
        ],
        hovertemplate="%{text}<extra>%{fullData.name}</extra>",
    )
