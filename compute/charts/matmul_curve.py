"""The matmul curve: rate against size, for each machine, dtype and layout."""

from collections.abc import Sequence

import pandas as pd
import plotly.graph_objects as go

from compute import units
from compute.charts import _curves, _style
from compute.compare import pick
from compute.compare.pick import Owner, Row

# Peaks that differ by less than this share stand at one height on a log axis.
_ONE_LABEL = 0.1


def build(
    frame: pd.DataFrame,
    *,
    mode: str = "stream",
    dtypes: Sequence[str] = (),
    layouts: Sequence[str] = (),
    log: bool = True,
    dark: bool = False,
) -> go.Figure:
    """Rate in FLOP/s of an n x n matmul against n, in one mode, with 95 % confidence intervals.

    `dtypes` and `layouts` ("NN", "NT") say what to show; nothing is everything. NT is dotted and pale. Thin lines mark
    the dense peak of the data sheet where it is known. Invalid points are red crosses off the line, their reason in the
    hover text; skipped and failed sizes have no point (`describe` counts them).
    """
    rows = _select(frame, mode, dtypes, layouts)
    fig = _style.figure(_style.rate_title(rows), height=480, dark=dark)
    if not pick.rates(rows, "flops"):
        return _style.note(fig, "No matmul measured in this mode", dark)
    looks = _style.machine_looks(rows, dark)
    usable = [row for row in rows if pick.is_usable(row)]
    for (owner, dtype, _), points in pick.groups(usable, "dtype", "params").items():
        shape, dash = _style.dtype_mark(dtype)
        nt = pick.layout(points[0]) == "NT"
        fig.add_trace(
            _curves.line(
                points, "flops", "FLOP/s", owner=owner, name=f"{dtype}, NT" if nt else dtype, look=looks[owner],
                shape=shape, dash=_style.NT_DASH if nt else dash, pale=nt,
            )
        )  # fmt: skip
    fig.add_traces(_curves.crosses(rows, "flops", "FLOP/s", dark=dark))
    sizes = [row["size"] for row, _ in pick.rates(rows, "flops")]
    peaks = _peaks(usable)
    written: list[float] = []
    for (owner, peak, unit), named in peaks.items():
        line = _peak_line(units.si(peak, unit), peak, named, looks[owner].colour, sizes)
        if any(abs(peak / other - 1) < _ONE_LABEL for other in written):
            line.update(mode="lines")  # its words would lie on the other's; the pointer still shows them
        written.append(peak)
        fig.add_trace(line)
    top = max((peak for _, peak, _ in peaks), default=0)
    _curves.set_axes(fig, rows, "flops", "n, the side of the matrices", log=log, top=top)
    return _style.with_room_for_legend(fig)


def describe(
    frame: pd.DataFrame, *, mode: str = "stream", dtypes: Sequence[str] = (), layouts: Sequence[str] = ()
) -> str:
    """The curve in words: best rate of each machine, dtype and layout, the peaks, and what was left out."""
    rows = _select(frame, mode, dtypes, layouts)
    if not rows:
        return f"No matmul measured in the mode {mode}."
    peaks = [
        f"Data sheet peak of {owner} in {' and '.join(named)}: {units.si(peak, unit)}."
        for (owner, peak, unit), named in _peaks([row for row in rows if pick.is_usable(row)]).items()
    ]
    return " ".join(
        [
            f"Rate of a matrix product against its size n, mode {mode}.",
            *_curves.words(rows, "flops", "FLOP/s", "n", "dtype", "params"),
            *peaks,
            *_style.left_out(rows),
        ]
    )


def _select(frame: pd.DataFrame, mode: str, dtypes: Sequence[str], layouts: Sequence[str]) -> list[Row]:
    rows = pick.select(frame, workload="matmul", variant="square", mode=mode)
    rows = [row for row in rows if not dtypes or row["dtype"] in dtypes]
    return [row for row in rows if not layouts or pick.layout(row) in layouts]


def _peaks(rows: list[Row]) -> dict[tuple[Owner, float, str], list[str]]:
    """Known dense peaks with their units, and the dtypes they belong to: bf16 and fp16 often share one."""
    peaks: dict[tuple[Owner, float, str], list[str]] = {}
    for row in rows:
        if peak := pick.number(row, "peak_flop_per_s"):
            dtypes = peaks.setdefault((pick.owner(row), peak, pick.rate_unit(row["dtype"])), [])
            if row["dtype"] not in dtypes:
                dtypes.append(row["dtype"])
    return peaks


def _peak_line(value: str, peak: float, dtypes: list[str], colour: str, sizes: list[int]) -> go.Scatter:
    words = f"peak {', '.join(map(_style.plain, dtypes))}: {value}"
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
