"""The crossing: time of two ways against size, and the band in which the lead changes hands."""

from collections.abc import Sequence

import plotly.graph_objects as go

from compute import units
from compute.charts import _style
from compute.compare import crossings
from compute.compare.crossings import Point
from compute.compare.pick import Interval
from compute.measure import crossover
from compute.measure.crossover import FIRST, PLACES, Question, Record, Times

# place -> marker and dash: two ways on the same processor have its colour in two shades.
MARKS = {"first": ("circle", "solid"), "second": ("square", "dash")}


def build(record: Record, question: Question, *, dark: bool = False) -> go.Figure:
    """Seconds of a call against size, a line for each way; the band spans the last crossing."""
    points = crossings.points(record, question)
    fig = _style.figure("Time per call", height=480, dark=dark)
    if not points:
        return _style.note(fig, "Nothing measured yet", dark)
    for place in PLACES:
        fig.add_trace(_line(record, place, points, dark))
    sizes = [point.size for point in points]
    fig.update_xaxes(_style.log2_axis(sizes, _style.plain(crossings.size_name(record))))
    fig.update_yaxes(_style.log_axis([end for point in points for times in _both(point) for end in times], "s"))
    _mark(fig, record, question, dark)
    return _style.with_room_for_legend(fig)


def describe(record: Record, question: Question) -> str:
    """The curves' ends and the crossing in words."""
    points = crossings.points(record, question)
    if not points:
        return "A chart of the time of two ways against size: nothing is measured yet."
    first, second = (crossings.title(record, place) for place in PLACES)
    name = crossings.size_name(record)
    sentences = [f"Time per call of {crossings.job(record)} against {name}, {first} and {second}."]
    for point in points[:: max(len(points) - 1, 1)]:
        times = [units.seconds(times.middle) for times in _both(point)]
        sentences.append(f"At {name} = {point.size}: {times[0]} against {times[1]}.")
    return " ".join([*sentences, crossings.sentence(record, question)])


def _both(point: Point) -> tuple[Times, Times]:
    return point.first, point.second


def _colour(record: Record, place: str, dark: bool) -> str:
    """That of the kind of processor; the second way has another shade of it."""
    way = record.question.get(place)
    backend = way.get("backend") if isinstance(way, dict) else None
    shades = _style.look(dark).kinds.get(str(backend), _style.look(dark).kinds["other"])
    return shades[0 if place == FIRST else 1]


def _line(record: Record, place: str, points: Sequence[Point], dark: bool) -> go.Scatter:
    shape, dash = MARKS[place]
    colour, name = _colour(record, place, dark), _style.plain(crossings.title(record, place))
    drawn = [point.first if place == FIRST else point.second for point in points]
    size_name = _style.plain(crossings.size_name(record))
    return go.Scatter(
        x=[point.size for point in points],
        y=[times.middle for times in drawn],
        error_y=_style.error_bars([Interval(*times) for times in drawn], colour),
        mode="lines+markers",
        name=name,
        line={"color": colour, "dash": dash, "width": 3},
        marker={"symbol": shape, "size": 11, "color": colour},
        text=[
            f"<b>{units.seconds(times.middle)}</b> at {size_name} = {point.size}<br>"
            f"95 % interval {units.seconds(times.low)} to {units.seconds(times.high)}"
            for point, times in zip(points, drawn, strict=True)
        ],
        hovertemplate="%{text}<extra>" + name + "</extra>",
    )


def _mark(fig: go.Figure, record: Record, question: Question, dark: bool) -> None:
    found = crossover.answer(record.measured, question)
    if not found.changes or found.low is None or found.high is None:
        return
    colours = _style.look(dark)
    fig.add_vrect(x0=found.low, x1=found.high, fillcolor=colours.accent, opacity=0.22, line_width=0, layer="below")
    name = _style.plain(crossings.size_name(record))
    fig.add_annotation(
        x=0, xref="paper", xanchor="left", y=1, yref="paper", yanchor="top", showarrow=False, align="left",
        text=f"The lead changes between<br>{name} = {found.low} and {found.high} (shaded)",
        font={"size": _style.NOTE_PX, "color": colours.ink},
    )  # fmt: skip
