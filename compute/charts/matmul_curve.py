"""The matmul curve: rate against size, for each machine and dtype."""

import pandas as pd
import plotly.graph_objects as go

from compute import units
from compute.charts import _curves, _style
from compute.compare import pick
from compute.compare.pick import Owner, Row


def build(frame: pd.DataFrame, *, mode: str = "stream", log: bool = True, dark: bool = False) -> go.Figure:
    """Rate in FLOP/s of an n x n matmul against n, in one mode, with 95 % confidence intervals.

    Thin lines mark the dense peak of the data sheet where it is known. Invalid points are red crosses off the
    line, their reason in the hover text; skipped and failed sizes have no point (`describe` counts them).
    """
    rows = _select(frame, mode)
    fig = _style.figure("FLOP per second", height=480, dark=dark)
    if not pick.rates(rows, "flops"):
        return _style.note(fig, "No matmul measured in this mode", dark)
    looks = _style.machine_looks(rows, dark)
    usable = [row for row in rows if pick.is_usable(row)]
    for (owner, dtype), points in pick.groups(usable, "dtype").items():
        shape, dash = _style.dtype_mark(dtype)
        fig.add_trace(
            _curves.line(points, "flops", "FLOP/s", owner=owner, name=dtype, look=looks[owner], shape=shape, dash=dash)
        )
    fig.add_traces(_curves.crosses(rows, "flops", "FLOP/s", dark=dark))
    sizes = [row["size"] for row, _ in pick.rates(rows, "flops")]
    peaks = _peaks(usable)
    for (owner, peak), dtypes in peaks.items():
        fig.add_trace(_peak_line(peak, dtypes, looks[owner].colour, sizes))
    top = max((peak for _, peak in peaks), default=0)
    _curves.set_axes(fig, rows, "flops", "n, the side of the matrices", log=log, top=top)
    return _style.with_room_for_legend(fig)


def describe(frame: pd.DataFrame, *, mode: str = "stream") -> str:
    """The curve in words: best rate of each machine and dtype, the peaks, and what was left out."""
    rows = _select(frame, mode)
    if not rows:
        return f"No matmul measured in the mode {mode}."
    peaks = [
        f"Data sheet peak of {owner} in {' and '.join(dtypes)}: {units.si(peak, 'FLOP/s')}."
        for (owner, peak), dtypes in _peaks([row for row in rows if pick.is_usable(row)]).items()
    ]
    return " ".join(
        [
            f"Rate of a matrix product against its size n, mode {mode}.",
            *_curves.words(rows, "flops", "FLOP/s", "n", "dtype"),
            *peaks,
            *_style.left_out(rows),
        ]
    )


def _select(frame: pd.DataFrame, mode: str) -> list[Row]:
    return pick.select(frame, workload="matmul", variant="square", mode=mode)


def _peaks(rows: list[Row]) -> dict[tuple[Owner, float], list[str]]:
    """Known dense peaks and the dtypes they belong to: bf16 and fp16 often share one."""
    peaks: dict[tuple[Owner, float], list[str]] = {}
    for row in rows:
        if peak := pick.number(row, "peak_flop_per_s"):
            dtypes = peaks.setdefault((pick.owner(row), peak), [])
            if row["dtype"] not in dtypes:
                dtypes.append(row["dtype"])
    return peaks


def _peak_line(peak: float, dtypes: list[str], colour: str, sizes: list[int]) -> go.Scatter:
    words = f"peak {', '.join(map(_style.plain, dtypes))}: {units.si(peak, 'FLOP/s')}"
    return go.Scatter(
        x=[min(sizes), max(sizes)],
        y=[peak, peak],
        mode="lines+text",
        line={"color": colour, "dash": "longdash", "width": 1.5},
        text=[words, ""],
        textposition="top right",
        textfont={"size": _style.NOTE_PX, "color": colour},
        name=words,
        showlegend=False,
        hovertemplate=f"{words}<extra>dense, from the data sheet</extra>",
    )
