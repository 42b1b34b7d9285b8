"""Ratios to a baseline: how many times as fast, with the interval, around a line at 1."""

import math
from typing import Any

import pandas as pd
import plotly.graph_objects as go

from compute.charts import _style
from compute.compare import pick
from compute.compare.pick import Row

ROW_PX = 44

# verdict -> marker and the sign before its word.
VERDICTS = {
    "faster": ("triangle-right", "▲"),
    "slower": ("triangle-left", "▼"),
    "same": ("circle", "="),
    "cannot tell": ("diamond-open", "?"),
}


def build(ratios: pd.DataFrame, *, by: str = "case", dark: bool = False) -> go.Figure:
    """A row for each line of `compute.compare.baselines.ratios`: the ratio of the rates and its interval.

    Right of the line at 1 is faster than the baseline. `by` says what names a row: "case" for many cases of one
    machine, "machine" for one case of many. The frame may carry `backend` and `device_kind` for the machine's colour.
    """
    rows = _rows(ratios)
    fig = _style.figure("Times as fast as the baseline", height=120 + ROW_PX * max(len(rows), 3), dark=dark)
    if not rows:
        return _style.note(fig, "No case in common with the baseline", dark)
    colours = _style.look(dark)
    fig.add_traces([_one(len(rows), colours), *(_point(row, place, colours) for place, row in enumerate(rows))])
    # All at once: plotly copies what is there with each one added.
    fig.update_layout(annotations=[_name(_label(row, by), place, colours) for place, row in enumerate(rows)])
    ends = [row[name] for row in rows for name in ("ratio", "ratio_low", "ratio_high")]
    axis = _style.log_axis([1.0, *(end for end in ends if math.isfinite(end))])
    axis["ticktext"] = [f"{tick:,.10g} ×" for tick in axis["tickvals"]]
    fig.update_xaxes(axis)
    fig.update_yaxes(range=[len(rows) - 0.5, -0.9], showticklabels=False, showgrid=False, fixedrange=True)
    return fig


def describe(ratios: pd.DataFrame) -> str:
    """The verdicts counted for each machine, and its greatest and smallest ratio."""
    rows = _rows(ratios)
    if not rows:
        return "No case in common with the baseline."
    sentences = ["Speed as a multiple of the baseline's."]
    for machine in dict.fromkeys(row["machine"] for row in rows):
        own = [row for row in rows if row["machine"] == machine]
        counts = {word: sum(row["verdict"] == word for row in own) for word in VERDICTS}
        verdicts = ", ".join(f"{word} in {count}" for word, count in counts.items() if count)
        least, most = min(row["ratio"] for row in own), max(row["ratio"] for row in own)
        sentences.append(f"{machine}: {verdicts}; from {_times(least)} to {_times(most)}.")
    return " ".join(sentences)


def _rows(ratios: pd.DataFrame) -> list[Row]:
    return [{str(name): value for name, value in row.items()} for row in ratios.to_dict("records")]


def _one(rows: int, colours: _style.Look) -> go.Scatter:
    """The line at 1, under the points."""
    return go.Scatter(
        x=[1, 1], y=[-0.9, rows - 0.5], mode="lines", line={"color": colours.ink, "width": 2}, showlegend=False,
        name="the baseline", hoverinfo="skip",
    )  # fmt: skip


def _point(row: Row, place: int, colours: _style.Look) -> go.Scatter:
    known = math.isfinite(row["ratio_low"]) and math.isfinite(row["ratio_high"])
    low, high = (row["ratio_low"], row["ratio_high"]) if known else (row["ratio"], row["ratio"])
    colour = colours.kinds[_style.kind(row)][0]
    words = f"{_times(low)} to {_times(high)}" if known else "interval unknown"
    note = f"<br>{_style.plain(row['note'])}" if pick.text(row, "note") else ""
    return go.Scatter(
        x=[row["ratio"]],
        y=[place],
        error_x=_style.error_bars([pick.Interval(row["ratio"], low, high)], colour),
        mode="markers",
        showlegend=False,
        name=_style.plain(row["machine"]),
        customdata=[_style.row_key(row)],
        marker={
            "symbol": VERDICTS[row["verdict"]][0],
            "size": 14,
            "color": colour,
            "line": {"color": colour, "width": 2},
        },
        hovertemplate=f"{_style.plain(row['case'])}<br>{words}{note}<extra>%{{fullData.name}}</extra>",
    )


def _name(words: str, place: int, colours: _style.Look) -> dict[str, Any]:
    """What a row is, over its left end."""
    return {
        "text": words,
        "x": 0,
        "xref": "paper",
        "xanchor": "left",
        "y": place - 0.14,
        "yanchor": "bottom",
        "showarrow": False,
        "font": {"size": _style.NOTE_PX, "color": colours.ink},
        "bgcolor": colours.paper,  # The line at 1 does not strike the words through.
        "borderpad": 0,
    }


def _label(row: Row, by: str) -> str:
    sign = VERDICTS[row["verdict"]][1]
    name = _style.plain(f"{row['case']} ({row['mode']})" if by == "case" else row["machine"], _style.PHONE_LETTERS)
    return f"{name}: <b>{sign} {row['verdict']}, {_times(row['ratio'])}</b>"


def _times(ratio: float) -> str:
    """ "0.970 ×", "12.3 ×", "1,230 ×"."""
    digits = max(0, 2 - math.floor(math.log10(ratio)))
    return f"{ratio:,.{digits}f} ×"
