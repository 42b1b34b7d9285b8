"""A room as strips: one dot for each machine along a log axis of rates, one strip for each name of a machine."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import pandas as pd
import plotly.graph_objects as go

from compute.charts import _style
from compute.compare import room

ROW_PX = 50
MOST_STRIPS = 6
"""More would not fit a projector; the rarest names share a strip for their kind of machine."""

SHAPES = {"cpu": "circle", "gpu": "diamond", "tpu": "square", "ipu": "triangle-up", "other": "cross"}
OTHERS = {"cpu": "other processors", "gpu": "other GPUs", "tpu": "other TPUs", "ipu": "other IPUs", "other": "others"}

# So many letters over a strip fit a phone of 390 px.
PHONE_LETTERS = 46
# In strips of more machines than these the dots are smaller.
CROWD = 30
# Dots keep to this much of a strip's height; the name of the strip stands above them.
JITTER, MIDDLE = 0.34, 0.16
GOLDEN = 0.618034
"""Multiples of the golden ratio, without their whole part, are spread evenly however many there are."""


@dataclass(frozen=True)
class Strip:
    """The machines of one strip, fastest first."""

    name: str
    kind: str
    rows: Sequence[dict[str, Any]]
    median: float


def build(ranking: pd.DataFrame, *, unit: str, dark: bool = False) -> go.Figure:
    """A strip for each device of a `compute.compare.room.ranking`, the fastest median on top; `unit` is the rate's."""
    strips = _strips(ranking)
    fig = _style.figure(_title(unit), height=76 + ROW_PX * max(len(strips), 3), dark=dark)
    if not strips:
        return _style.note(fig, "No machine has a result here yet", dark)
    colours = _style.look(dark)
    fig.add_traces([_dots(strip, place, unit, colours) for place, strip in enumerate(strips)])
    fig.update_layout(
        annotations=[_label(strip, place, unit, colours) for place, strip in enumerate(strips)],
        shapes=[_median(strip, place, colours) for place, strip in enumerate(strips)],
    )
    fig.update_xaxes(_style.log_axis(ranking["rate"]))
    fig.update_yaxes(range=[len(strips) - 0.5, -0.62], showticklabels=False, showgrid=False, fixedrange=True)
    return fig


def describe(ranking: pd.DataFrame, *, unit: str) -> str:
    """Each strip in words: how many machines, their median, the slowest and the fastest."""
    strips = _strips(ranking)
    if not strips:
        return "No machine has a result here yet."
    return f"{_style.plural(len(ranking), 'machine')}, {unit}. " + " ".join(_in_words(strip, unit) for strip in strips)


def _in_words(strip: Strip, unit: str) -> str:
    if len(strip.rows) == 1:
        return f"{strip.name}: {room.words(strip.median, unit)}."
    fastest, slowest = (room.words(strip.rows[end]["rate"], unit) for end in (0, -1))
    many = _style.plural(len(strip.rows), "machine")
    return f"{strip.name}: {many}, median {room.words(strip.median, unit)}, from {slowest} to {fastest}."


def _strips(ranking: pd.DataFrame) -> list[Strip]:
    rows = [{str(name): value for name, value in row.items()} for row in ranking.to_dict("records")]
    named = _group(rows, "device")
    if len(named) > MOST_STRIPS:
        room_for = MOST_STRIPS - len({_style.kind(row) for row in rows})
        common = sorted((name for name in named if len(named[name]) > 1), key=lambda name: -len(named[name]))
        kept = set(common[:room_for])
        named = _group(
            [row if row["device"] in kept else row | {"device": OTHERS[_style.kind(row)]} for row in rows], "device"
        )
    return sorted((_strip(name, own) for name, own in named.items()), key=lambda strip: -strip.median)


def _group(rows: Sequence[dict[str, Any]], column: str) -> dict[str, list[dict[str, Any]]]:
    groups: dict[str, list[dict[str, Any]]] = {}
    for row in rows:
        groups.setdefault(row[column], []).append(row)
    return groups


def _strip(name: str, rows: Sequence[dict[str, Any]]) -> Strip:
    median = float(pd.Series([row["rate"] for row in rows]).median())
    return Strip(name, _style.kind(rows[0]), rows, median)


def _dots(strip: Strip, place: int, unit: str, colours: _style.Look) -> go.Scatter:
    colour = colours.kinds[strip.kind][0]
    alone = len(strip.rows) == 1
    size = 11 if len(strip.rows) <= CROWD else 7
    off = [0.0 if alone else (number * GOLDEN % 1 - 0.5) * JITTER for number in range(1, len(strip.rows) + 1)]
    return go.Scatter(
        x=[row["rate"] for row in strip.rows],
        y=[place + MIDDLE + jitter for jitter in off],
        mode="markers",
        name=_style.plain(strip.name),
        showlegend=False,
        marker={"symbol": f"{SHAPES[strip.kind]}-open", "size": size, "color": colour, "line": {"width": size / 5}},
        customdata=[_hover(row, unit) for row in strip.rows],
        hovertemplate="%{customdata}<extra></extra>",
    )


def _hover(row: dict[str, Any], unit: str) -> str:
    who = _style.plain(row["label"] or row["device"])
    low, high = room.words(row["low"], unit), room.words(row["high"], unit)
    lines = [f"<b>{row['place']}. {who}</b>", f"{room.words(row['rate'], unit)}, {_style.plain(row['case'])}"]
    return "<br>".join([*lines, f"95 % interval {low} to {high}", _style.plain(row["verdict"])])


def _median(strip: Strip, place: int, colours: _style.Look) -> dict[str, Any]:
    """A line through the strip at its median; a machine alone is its own median."""
    return {
        "type": "line",
        "x0": strip.median,
        "x1": strip.median,
        "y0": place + MIDDLE - 0.28,
        "y1": place + MIDDLE + 0.28,
        "line": {"color": colours.ink, "width": 3},
        "visible": len(strip.rows) > 1,
    }


def _label(strip: Strip, place: int, unit: str, colours: _style.Look) -> dict[str, Any]:
    """The strip's name over its left end, with the median."""
    several = len(strip.rows) > 1
    many = f"{len(strip.rows)} × " if several else ""
    middle = ("median " if several else "") + room.words(strip.median, unit)
    name = _style.plain(strip.name, PHONE_LETTERS - len(many) - len(middle))
    return {
        "text": f"{many}{name}: <b>{middle}</b>",
        "x": 0,
        "xref": "paper",
        "xanchor": "left",
        "y": place - 0.32,
        "yanchor": "middle",
        "showarrow": False,
        "font": {"size": _style.NOTE_PX, "color": colours.ink},
    }


def _title(unit: str) -> str:
    return {"FLOP/s": "FLOP per second", "OP/s": "OP per second", "B/s": "Bytes per second"}.get(unit, unit)
