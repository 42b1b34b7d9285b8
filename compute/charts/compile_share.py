"""What happens once before a program runs fast: trace, lower, compile, first call; beside its steady time."""

from collections.abc import Sequence

import pandas as pd
import plotly.graph_objects as go

from compute import units
from compute.charts import _style
from compute.compare import answers, pick
from compute.compare.pick import Owner, Row

# column -> name, marker and dash. What happens once is grey; only the steady time has the machine's colour.
STAGES = {
    "trace_s": ("trace, once", "triangle-up", "dot"),
    "lower_s": ("lower, once", "triangle-down", "dashdot"),
    "compile_s": ("compile, once", "square", "dash"),
    "first_call_s": ("first call, once", "diamond", "longdash"),
}


def build(
    frame: pd.DataFrame, owner: Owner, *, workload: str, variant: str, dtype: str, dark: bool = False
) -> go.Figure:
    """Seconds against size: what each stage takes once, and what each step takes ever after."""
    rows = _select(frame, owner, workload, variant, dtype)
    fig = _style.figure("Time", height=440, dark=dark)
    if not rows:
        return _style.note(fig, "No compile time known for this choice", dark)
    faint = _style.look(dark).faint
    for column, (name, shape, dash) in STAGES.items():
        if known := [row for row in rows if pick.number(row, column)]:
            fig.add_trace(_line(known, column, name, shape, dash, faint))
    colour = _style.machine_looks(rows, dark)[owner].colour
    steady = _line(rows, "median_s", "each step after that", "circle", "solid", colour)
    steady.text = [f"{text}<br>{_paid(row)}" for text, row in zip(steady.text, rows, strict=True)]
    fig.add_trace(steady)
    title = "n, the side of the matrices" if workload == "matmul" else "images per batch"
    fig.update_xaxes(_style.log2_axis([row["size"] for row in rows], title))
    fig.update_yaxes(_style.log_axis([value for trace in fig.data for value in trace.y], "s"))
    return _style.with_room_for_legend(fig)


def describe(frame: pd.DataFrame, owner: Owner, *, workload: str, variant: str, dtype: str) -> str:
    """At the smallest and the largest size: compile time, and what all preparation costs in steps."""
    rows = _select(frame, owner, workload, variant, dtype)
    if not rows:
        return f"No compile time known for {workload} {variant} in {dtype} on {owner}."
    ends = rows[:: max(len(rows) - 1, 1)]
    sentences = [f"Time before the first result of {workload} {variant} in {dtype} on {owner}."]
    return " ".join(sentences + [f"At size {row['size']}, {_compiled(row)}; {_paid(row)}." for row in ends])


def _select(frame: pd.DataFrame, owner: Owner, workload: str, variant: str, dtype: str) -> list[Row]:
    rows = pick.select(
        frame, workload=workload, variant=variant, dtype=dtype, mode="stream",
        machine=owner.machine, source=owner.source,
    )  # fmt: skip
    return [row for row in rows if pick.is_usable(row) and any(pick.number(row, name) for name in STAGES)]


def _compiled(row: Row) -> str:
    seconds = pick.number(row, "compile_s")
    words = f"compiling took {units.seconds(seconds)}" if seconds is not None else "the compile time is unknown"
    return words + (" with a warm compilation cache" if pick.text(row, "cache") == "warm" else "")


def _paid(row: Row) -> str:
    steps = pick.steps_to_pay(row)
    if steps is None:
        return "the preparation is not fully known"
    return f"all that is done once takes as long as {answers.steps_words(steps)}"


def _line(rows: Sequence[Row], column: str, name: str, shape: str, dash: str, colour: str) -> go.Scatter:
    return go.Scatter(
        x=[row["size"] for row in rows],
        y=[row[column] for row in rows],
        mode="lines+markers",
        name=name,
        line={"color": colour, "dash": dash, "width": 3 if dash == "solid" else 1.8},
        marker={"symbol": shape, "size": 10, "color": colour},
        text=[f"<b>{units.seconds(row[column])}</b> at size {row['size']}" for row in rows],
        hovertemplate="%{text}<extra>" + name + "</extra>",
    )
