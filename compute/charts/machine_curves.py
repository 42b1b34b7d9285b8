"""The same curve of many machines over each other: a few in colour, the others behind them in grey."""

from collections.abc import Sequence

import pandas as pd
import plotly.graph_objects as go

from compute import units
from compute.charts import _curves, _style
from compute.compare import pick
from compute.compare.answers import rate_words
from compute.compare.pick import Interval, Row


def build(curve: pd.DataFrame, focus: Sequence[str], *, dark: bool = False) -> go.Figure:
    """Rate against size of each run in `curve`, one of `compute.compare.curves.curves`; `focus` are run_ids in colour.

    Every point carries its run, case and mode.
    """
    rows = pick.select(curve)
    amount, unit, title, size_title = _axes(rows)
    fig = _style.figure(title, height=500, dark=dark)
    runs = _runs(rows, amount)
    if not runs:
        return _style.note(fig, "Nothing measured that has a curve", dark)
    chosen = [run_id for run_id in focus if run_id in runs]
    fig.add_traces(_grey([run for run_id, run in runs.items() if run_id not in chosen], dark))
    looks = _style.machine_looks([runs[run_id][0][0] for run_id in chosen], dark)
    for place, run_id in enumerate(chosen):
        owner = pick.owner(runs[run_id][0][0])
        fig.add_trace(_line(runs[run_id], unit, looks[owner].colour, *_style.machine_mark(place, owner.source)))
    _curves.set_axes(fig, rows, amount, size_title, log=True)
    return _style.with_room_for_legend(fig)


def describe(curve: pd.DataFrame, focus: Sequence[str]) -> str:
    """The fastest of all, and the best rate of each machine in colour."""
    rows = pick.select(curve)
    amount, unit, title, _ = _axes(rows)
    runs = _runs(rows, amount)
    if not runs:
        return "Nothing measured that has a curve."
    best = {run_id: max(run, key=lambda pair: pair[1].middle) for run_id, run in runs.items()}
    ranked = sorted(best, key=lambda run_id: -best[run_id][1].middle)
    words = [_best_words(*best[run_id], unit) for run_id in ranked if run_id in focus]
    fastest = _best_words(*best[ranked[0]], unit)
    first = f"{title} of {_style.plural(len(runs), 'machine')} against size. Fastest: {fastest}."
    return " ".join([first, *(f"{word}." for word in words)])


def _best_words(row: Row, rate: Interval, unit: str) -> str:
    return f"{pick.owner(row)}, {rate_words(rate.middle, unit)} at {row['size']}"


def _axes(rows: Sequence[Row]) -> tuple[str, str, str, str]:
    """Column with the amount per step, unit, what is drawn, and what the sizes are."""
    if rows and rows[0]["workload"] == "cnn":
        return "items", "images/s", "Images per second", "images per batch"
    unit = pick.rate_unit(rows[0]["dtype"]) if rows else "FLOP/s"
    return "flops", unit, _style.rate_title(rows), "n, the side of the matrices"


def _runs(rows: Sequence[Row], amount: str) -> dict[str, list[tuple[Row, Interval]]]:
    runs: dict[str, list[tuple[Row, Interval]]] = {}
    for row, rate in pick.rates(rows, amount):
        runs.setdefault(row["run_id"], []).append((row, rate))
    return runs


def _grey(runs: Sequence[Sequence[tuple[Row, Interval]]], dark: bool) -> list[go.Scatter]:
    """All machines without a colour as one trace, with a gap after each."""
    if not runs:
        return []
    points = [point for run in runs for point in [*run, None]]
    colour = _style.look(dark).faint
    trace = go.Scatter(
        x=[point and point[0]["size"] for point in points],
        y=[point and point[1].middle for point in points],
        mode="lines+markers",
        connectgaps=False,
        opacity=0.45,
        name=f"{_style.plural(len(runs), 'other machine')}",
        line={"color": colour, "width": 1},
        marker={"color": colour, "size": 6},
        customdata=[_style.row_key(point[0]) if point else ["", "", ""] for point in points],
        text=[
            f"{_style.plain(str(pick.owner(point[0])))}<br>at {point[0]['size']}" if point else "" for point in points
        ],
        hovertemplate="%{text}<extra></extra>",
    )
    return [trace]


def _line(run: Sequence[tuple[Row, Interval]], unit: str, colour: str, symbol: str, dash: str) -> go.Scatter:
    return go.Scatter(
        x=[row["size"] for row, _ in run],
        y=[rate.middle for _, rate in run],
        error_y=_style.error_bars([rate for _, rate in run], colour),
        mode="lines+markers",
        name=_style.wrapped(str(pick.owner(run[0][0])), _style.PHONE_LETTERS),
        line={"color": colour, "dash": dash, "width": 2.5},
        marker={"symbol": symbol, "size": 11, "color": colour, "line": {"width": 2, "color": colour}},
        customdata=[_style.row_key(row) for row, _ in run],
        text=[_hover(row, rate, unit) for row, rate in run],
        hovertemplate="%{text}<extra>%{fullData.name}</extra>",
    )


def _hover(row: Row, rate: Interval, unit: str) -> str:
    lines = [
        f"<b>{rate_words(rate.middle, unit)}</b> at {row['size']}",
        f"{units.seconds(row['median_s'])} per step, {_style.plain(pick.text(row, 'verdict'))}",
        "click: its birth certificate",
    ]
    return "<br>".join(lines)
