"""The three modes of matmul: what a single call from Python costs beside the arithmetic itself."""

import math
from collections.abc import Sequence

import pandas as pd
import plotly.graph_objects as go

from compute import units
from compute.charts import _style
from compute.compare import pick
from compute.compare.pick import Owner, Row
from compute.workloads import MODES

# mode -> marker and dash, from the most Python to the least.
MARKS = {"call": ("circle-open", "dot"), "stream": ("circle", "solid"), "fused": ("star", "dash")}


def build(frame: pd.DataFrame, owner: Owner, dtype: str, *, dark: bool = False) -> go.Figure:
    """Seconds per n x n product against n, one line for each mode, for one machine and dtype.

    Sizes end where the modes call and fused end: beyond them a call costs little beside the product.
    """
    rows = _small([row for row in _select(frame, owner, dtype) if pick.is_usable(row)])
    fig = _style.figure("Time per product", height=440, dark=dark)
    if not rows:
        return _style.note(fig, "No modes measured for this choice", dark)
    colour = _style.machine_looks(rows, dark)[owner].colour
    for mode in MARKS:
        if points := [row for row in rows if row["mode"] == mode]:
            fig.add_trace(_line(points, mode, colour))
    fig.update_xaxes(_style.log2_axis([row["size"] for row in rows], "n, the side of the matrices"))
    fig.update_yaxes(_style.log_axis([end for row in rows for end in pick.seconds(row) or ()], "s"))
    return _style.with_room_for_legend(fig)


def describe(frame: pd.DataFrame, owner: Owner, dtype: str) -> str:
    """The modes in words: the time of each at its smallest and its largest size."""
    rows = _select(frame, owner, dtype)
    sentences = [f"Time per matrix product against its size n on {owner}, {dtype}."]
    for mode, title in MODES.items():
        points = [row for row in rows if row["mode"] == mode and pick.is_usable(row)]
        if points:
            ends = points[:: max(len(points) - 1, 1)]
            times = " and ".join(f"{units.seconds(row['median_s'])} at n = {row['size']}" for row in ends)
            sentences.append(f"{mode} ({title}): {times}.")
    if len(sentences) == 1:
        return f"No mode of matmul measured on {owner} in {dtype}."
    return " ".join(sentences + _style.left_out(rows))


def _select(frame: pd.DataFrame, owner: Owner, dtype: str) -> list[Row]:
    return pick.select(
        frame, workload="matmul", variant="square", dtype=dtype, machine=owner.machine, source=owner.source
    )


def _small(rows: list[Row]) -> list[Row]:
    last = max((row["size"] for row in rows if row["mode"] != "stream"), default=math.inf)
    return [row for row in rows if row["size"] <= last]


def _line(points: Sequence[Row], mode: str, colour: str) -> go.Scatter:
    shape, dash = MARKS[mode]
    drawn = [(row, times) for row in points if (times := pick.seconds(row))]
    return go.Scatter(
        x=[row["size"] for row, _ in drawn],
        y=[times.middle for _, times in drawn],
        error_y=_style.error_bars([times for _, times in drawn], colour),
        mode="lines+markers",
        name=f"{mode}: {MODES[mode]}",
        line={"color": colour, "dash": dash, "width": 2.5},
        marker={"symbol": shape, "size": 12, "color": colour, "line": {"color": colour, "width": 2}},
        text=[
            f"<b>{units.seconds(times.middle)}</b> per product at n = {row['size']}<br>"
            f"95 % interval {units.seconds(times.low)} to {units.seconds(times.high)}"
            for row, times in drawn
        ],
        hovertemplate="%{text}<extra>" + mode + "</extra>",
    )
