"""Where each job stands under the roof of a machine: by how much it does with each byte that it must move."""

import math

import pandas as pd
import plotly.graph_objects as go

from compute.charts import _style
from compute.compare import jobs, pick
from compute.compare.answers import intensity_words, rate_words
from compute.compare.pick import Owner
from compute.compare.roofline import Point, Roof

NOTHING = "No job measured that has a place here"
# Names over their points; every other one under it, so that two neighbours do not meet.
_SIDES = ("top center", "bottom center")


def build(frame: pd.DataFrame, owner: Owner, *, dark: bool = False) -> go.Figure:
    """Operations per second against operations per byte on log axes, and the roof in fp32 as far as it is known."""
    roof, points = jobs.under_the_roof(frame, owner)
    fig = _style.figure("Operations per second", height=460, dark=dark)
    if not points:
        return _style.note(fig, NOTHING, dark)
    colour = _style.machine_looks([point.row for point in points.values()], dark)[owner].colour
    ends = _ends(points, roof)
    if line := _roof(roof, *ends):
        fig.add_trace(line)
        fig.data[0].line.color = colour
    order = sorted(points.items(), key=lambda pair: pair[1].intensity)
    for place, (name, point) in enumerate(order):
        fig.add_trace(_marker(name, point, _SIDES[place % 2], owner, colour, dark))
    decades = range(math.floor(math.log10(ends[0])), math.ceil(math.log10(ends[1])) + 1)
    fig.update_xaxes(
        type="log",
        tickvals=[10.0**power for power in decades],
        ticktext=[f"{10.0**power:,g}" for power in decades],
        range=[math.log10(end) for end in ends],
        title={"text": "operations per byte moved"},
    )
    rates = [point.rate.middle for point in points.values()]
    axis = _style.log_axis([*rates, *([roof.peak.value] if roof.peak.value else [])])
    low, high = axis["range"]
    fig.update_yaxes(axis | {"range": [low - 0.08 * (high - low), high + 0.08 * (high - low)]})
    return _style.with_room_for_legend(fig)


def describe(frame: pd.DataFrame, owner: Owner) -> str:
    """Each job and its place in words."""
    roof, points = jobs.under_the_roof(frame, owner)
    if not points:
        return f"{NOTHING}: {owner}."
    places = (f"{jobs.JOBS[name].title}, {jobs.place_words(point, roof)}" for name, point in points.items())
    return f"Jobs under the roof of {owner}. " + " ".join(places)


def _ends(points: dict[str, Point], roof: Roof) -> tuple[float, float]:
    """The intensities to show: all points and the ridge, with room for names on both sides."""
    at = [point.intensity for point in points.values()] + ([roof.ridge] if roof.ridge else [])
    return min(at) / 8, max(at) * 16


def _roof(roof: Roof, first: float, last: float) -> go.Scatter | None:
    """The two ceilings as one line; None while one of them is unknown."""
    if roof.ridge is None or roof.peak.value is None:
        return None
    ridge = min(max(roof.ridge, first), last)
    return go.Scatter(
        x=[first, ridge, last],
        y=[roof.attainable(first), roof.attainable(ridge), roof.attainable(last)],
        mode="lines",
        name="what memory and fp32 arithmetic allow",
        line={"width": 3},
        hoverinfo="skip",
    )


def _marker(name: str, point: Point, side: str, owner: Owner, colour: str, dark: bool) -> go.Scatter:
    dtype = point.row["dtype"]
    unit = pick.rate_unit(dtype)
    words = f"{jobs.JOBS[name].title}{', integers' if dtype in pick.INTEGERS else ''}"
    return go.Scatter(
        x=[point.intensity],
        y=[point.rate.middle],
        mode="markers+text",
        name=words,
        showlegend=False,
        marker={"symbol": _style.symbol(_style.dtype_mark(dtype)[0], 0, owner.source), "size": 14, "color": colour},
        text=[words],
        textposition=side,
        textfont={"size": _style.NOTE_PX, "color": _style.look(dark).ink},
        hovertemplate=f"<b>{rate_words(point.rate.middle, unit)}</b> at "
        f"{intensity_words(point.intensity)}<br>{_style.plain(pick.case_words(point.row))}<extra>{words}</extra>",
    )
