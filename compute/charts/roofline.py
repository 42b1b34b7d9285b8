"""The roofline chart: rate against intensity, under what memory and arithmetic allow."""

import math
from collections.abc import Sequence

import pandas as pd
import plotly.graph_objects as go

from compute import units
from compute.charts import _style
from compute.compare import pick, roofline
from compute.compare.answers import bandwidth_words, intensity_words, rate_words
from compute.compare.pick import Owner, Row
from compute.compare.roofline import Point, Roof

# Family of cases -> its name in the legend. Only what is swept over a batch is joined by lines.
FAMILIES = {
    "square": "square matrix products",
    "layers": "layers as matrix products",
    "networks": "whole networks",
    "triad": "triad, nothing but memory",
}
LABELLED = "alexnet dense1"
"""The layer whose points say their batch: the one that shows best what a batch is good for."""

# Place on the slope of what is written at it, from its lower end (0) to the ridge (1).
ON_THE_SLOPE = 0.72


def build(frame: pd.DataFrame, owner: Owner, dtypes: Sequence[str], *, dark: bool = False) -> go.Figure:
    """FLOP/s of one machine's cases against their FLOP per byte, on log axes, with the roof of each dtype.

    Measured ceilings are solid, those of the data sheet dashed. Invalid cases are red crosses.
    """
    rows = roofline.rows_of(frame, owner)
    roofs = [roofline.roof(rows, dtype) for dtype in dtypes]
    points = {roof.dtype: roofline.points(rows, roof) for roof in roofs}
    fig = _style.figure("FLOP per second", height=540, dark=dark)
    drawn = [point for found in points.values() for point in found]
    if not drawn:
        return _style.note(fig, "No case measured that has a place here", dark)
    look = _style.machine_looks([point.row for point in drawn], dark)[owner]
    span = _span(drawn, roofs)
    for roof in roofs:
        fig.add_traces(_ceilings(roof, span, look.colour, dark))
    for roof in roofs:
        fig.add_traces(_families(points[roof.dtype], roof, look, owner, dark))
    fig.add_traces(_crosses(rows, dtypes, dark))
    x_axis = _style.log_axis(span)
    x_axis["range"] = [math.log10(end) for end in span]
    fig.update_xaxes(x_axis | {"title": {"text": "FLOP per byte moved"}})
    tops = [value for roof in roofs for value in (roof.peak.measured, roof.peak.sheet) if value]
    y_axis = _style.log_axis([*(point.rate.middle for point in drawn), *tops])
    y_axis["range"][1] += 0.25  # room for the words over the roof
    fig.update_yaxes(y_axis)
    _name_the_sides(fig, roofs[0], y_axis["range"][0], dark)
    return _style.with_room_for_legend(fig)


def describe(frame: pd.DataFrame, owner: Owner, dtypes: Sequence[str]) -> str:
    """The roofs in words, how many cases stand on which side of the ridge, and how near they come."""
    rows = roofline.rows_of(frame, owner)
    sentences = [f"Rate against FLOP per byte on {owner}."]
    for dtype in dtypes:
        roof = roofline.roof(rows, dtype)
        sentences += _roof_words(roof) + _side_words(roofline.points(rows, roof), dtype)
    return " ".join(sentences + _style.left_out(_of(rows, dtypes)))


def _roof_words(roof: Roof) -> list[str]:
    words = []
    for source in ("measured", "data sheet"):
        bandwidth, peak = _values(roof, source)
        known = [f"memory {bandwidth_words(bandwidth)}"] if bandwidth else []
        known += [f"{roof.dtype} {rate_words(peak, pick.rate_unit(roof.dtype))}"] if peak else []
        if known:
            words.append(f"{source.capitalize()}: {' and '.join(known)}.")
    return words + ([f"Ridge at {intensity_words(roof.ridge)}."] if roof.ridge else [])


def _side_words(points: Sequence[Point], dtype: str) -> list[str]:
    bounds = [point.bound for point in points if point.bound]
    if not bounds:
        return [f"{_style.plural(len(points), 'case')} in {dtype}, and no bandwidth to hold them against."]
    shares = [point.share for point in points if point.share]
    near = f"the best reaches {max(shares):.0%} of what its intensity allows"
    return [f"{bounds.count('memory')} of {_style.plural(len(points), 'case')} in {dtype} bound by memory; {near}."]


def _of(rows: Sequence[Row], dtypes: Sequence[str]) -> list[Row]:
    return [row for row in rows if row["workload"] == "bandwidth" or roofline.arithmetic(row) in dtypes]


def _values(roof: Roof, source: str) -> tuple[float | None, float | None]:
    """Bandwidth and peak as measured, or of the data sheet."""
    if source == "measured":
        return roof.bandwidth.measured, roof.peak.measured
    return roof.bandwidth.sheet, roof.peak.sheet


def _span(points: Sequence[Point], roofs: Sequence[Roof]) -> tuple[float, float]:
    """Lowest and highest intensity to show: all points, and the ridges with some of both their sides."""
    ridges = [ridge for roof in roofs for source in ("measured", "data sheet") if (ridge := _ridge(roof, source))]
    places = [point.intensity for point in points] + ridges
    low, high = math.log10(min(places)), math.log10(max(places))
    pad = 0.06 * max(high - low, 1)
    return 10 ** (low - pad), 10 ** (high + pad)


def _ridge(roof: Roof, source: str) -> float | None:
    return roofline.ridge(*_values(roof, source))


# --- the roof -----------------------------------------------------------------------------------------------


def _ceilings(roof: Roof, span: tuple[float, float], colour: str, dark: bool) -> list[go.Scatter]:
    """A line for each known ceiling; where only one of a source's two is known, it meets the other source's."""
    traces = []
    for source in ("data sheet", "measured"):
        bandwidth, peak = _values(roof, source)
        dashed = source == "data sheet"
        line = {"dash": "dash" if dashed else "solid", "width": 2 if dashed else 3, "color": colour}
        ridge = roofline.ridge(bandwidth or roof.bandwidth.value, peak or roof.peak.value)
        if bandwidth:
            end = min(ridge or span[1], span[1])
            above = dashed or roof.bandwidth.sheet is None
            words = f"memory {bandwidth_words(bandwidth)}, {source}"
            traces.append(_slope(bandwidth, (span[0], end), words, line, above, dark))
        if peak:
            begin = max(ridge or span[0], span[0])
            above = dashed or roof.peak.sheet is None
            words = f"{_style.plain(roof.dtype)} {rate_words(peak, pick.rate_unit(roof.dtype))}, {source}"
            traces.append(_level(peak, (begin, span[1]), words, line, above, dark))
    return traces


def _slope(
    bandwidth: float, ends: tuple[float, float], words: str, line: dict[str, object], above: bool, dark: bool
) -> go.Scatter:
    at = ends[0] * (ends[1] / ends[0]) ** ON_THE_SLOPE
    places = [ends[0], at, ends[1]]
    return _line(places, [bandwidth * place for place in places], ["", words, ""], line, above, dark)


def _level(
    peak: float, ends: tuple[float, float], words: str, line: dict[str, object], above: bool, dark: bool
) -> go.Scatter:
    return _line(list(ends), [peak, peak], ["", words], line, above, dark, left=True)


def _line(
    x: list[float], y: list[float], text: list[str], line: dict[str, object], above: bool, dark: bool,
    left: bool = False,
) -> go.Scatter:  # fmt: skip
    words = next(filter(None, text))
    side = "left" if above or left else "right"
    return go.Scatter(
        x=x,
        y=y,
        mode="lines+text",
        line=line,
        text=text,
        textposition=f"{'top' if above else 'bottom'} {side}",
        textfont={"size": _style.TICK_PX, "color": _style.look(dark).ink},
        name=words,
        showlegend=False,
        hoverinfo="skip",
    )


def _name_the_sides(fig: go.Figure, roof: Roof, floor: float, dark: bool) -> None:
    """A dotted line down from the ridge, and which side of it is bound by what."""
    if roof.ridge is None or roof.peak.value is None:
        return
    ink = _style.look(dark).faint
    fig.add_shape(
        type="line", x0=roof.ridge, x1=roof.ridge, y0=10**floor, y1=roof.peak.value,
        line={"color": ink, "width": 1.5, "dash": "dot"}, layer="below",
    )  # fmt: skip
    for words, side, shift in (
        (f"ridge {intensity_words(roof.ridge)}", "left", 24),
        ("memory-bound ◂", "right", 2),
        ("▸ compute-bound", "left", 2),
    ):
        fig.add_annotation(
            text=words, x=math.log10(roof.ridge), y=floor, xanchor=side, yanchor="bottom", yshift=shift,
            showarrow=False, font={"size": _style.NOTE_PX, "color": ink}, bgcolor=_style.look(dark).paper,
        )  # fmt: skip


# --- the points ---------------------------------------------------------------------------------------------


def _family(row: Row) -> str:
    if row["workload"] == "matmul":
        return "square" if row["variant"] in ("square", "peak") else "layers"
    return "networks" if row["workload"] == "cnn" else "triad"


def _families(
    points: Sequence[Point], roof: Roof, look: _style.MachineLook, owner: Owner, dark: bool
) -> list[go.Scatter]:
    """One trace for each family of cases: its marker is the dtype's, and bold edges mark whole networks."""
    traces = []
    for family, name in FAMILIES.items():
        members = [point for point in points if _family(point.row) == family]
        if members:
            drawn = _joined(members) if family in ("layers", "networks") else members
            traces.append(_scatter(drawn, family, f"{name}, {roof.dtype}", roof.dtype, look, owner, dark))
    return traces


def _joined(points: Sequence[Point]) -> list[Point | None]:
    """The points variant by variant, in the order of their size, with a gap between one variant and the next."""
    swept: dict[tuple[str, str], list[Point]] = {}
    for point in points:
        key = (pick.text(point.row, "variant"), pick.layout(point.row))
        swept.setdefault(key, []).append(point)
    joined: list[Point | None] = []
    for sweep in swept.values():
        joined += [*sorted(sweep, key=lambda point: int(point.row["size"])), None]
    return joined[:-1]


def _scatter(
    points: Sequence[Point | None], family: str, name: str, dtype: str, look: _style.MachineLook, owner: Owner,
    dark: bool,
) -> go.Scatter:  # fmt: skip
    shape, dash = ("star", "solid") if family == "triad" else _style.dtype_mark(dtype)
    colours = _style.look(dark)
    network = family == "networks"
    return go.Scatter(
        x=[point and point.intensity for point in points],
        y=[point and point.rate.middle for point in points],
        mode="markers" if family in ("square", "triad") else "lines+markers+text",
        connectgaps=False,
        name=_style.plain(name),
        line={"color": colours.faint, "width": 1.2, "dash": dash},
        marker={
            "symbol": _style.symbol(shape, look.place, owner.source),
            "size": 13 if network else 15 if family == "triad" else 10,
            "color": look.colour,
            "line": {"color": colours.ink, "width": 2 if network else 0},
        },
        text=[_label(point, points) for point in points],
        textposition="bottom right",
        textfont={"size": _style.NOTE_PX, "color": colours.ink},
        customdata=[_hover(point) if point else "" for point in points],
        hovertemplate="%{customdata}<extra></extra>",
    )


def _label(point: Point | None, points: Sequence[Point | None]) -> str:
    """The batch beside each point of the labelled layer, with its name at the first of them."""
    if point is None or pick.text(point.row, "variant") != LABELLED or pick.layout(point.row) == "NT":
        return ""
    first = next(other for other in points if other and pick.text(other.row, "variant") == LABELLED)
    return f"{LABELLED}, batch {point.row['size']}" if point is first else str(point.row["size"])


def _hover(point: Point) -> str:
    row, unit = point.row, pick.rate_unit(point.row["dtype"])
    lines = [
        f"<b>{_style.plain(row['workload'])} {_style.plain(pick.case_words(row))}</b>, {_style.plain(row['dtype'])}",
        f"{rate_words(point.rate.middle, unit)} at {intensity_words(point.intensity)}",
    ]
    if point.attainable and point.share:
        lines.append(f"{point.share:.0%} of the {rate_words(point.attainable, unit)} that this intensity allows")
    if point.bound:
        lines.append(BOUNDS[point.bound])
    return "<br>".join([*lines, _style.plain(pick.text(row, "verdict") or "no verdict")])


BOUNDS = {
    "memory": "memory sets the pace",
    "arithmetic": "arithmetic sets the pace",
    "cache": "faster than main memory could feed it: it lives in the cache",
}


def _crosses(rows: Sequence[Row], dtypes: Sequence[str], dark: bool) -> list[go.Scatter]:
    """The invalid cases as one trace of red crosses; none when there are none."""
    drawn = [
        (row, at, rate)
        for row, rate in pick.rates(filter(pick.is_invalid, _of(rows, dtypes)), "flops")
        if (at := roofline.intensity(row)) is not None
    ]
    if not drawn:
        return []
    trace = go.Scatter(
        x=[at for _, at, _ in drawn],
        y=[rate.middle for _, _, rate in drawn],
        mode="markers",
        name="invalid, not used",
        marker={"symbol": "x", "size": 13, "color": _style.look(dark).bad},
        text=[
            f"<b>{_style.plain(row['case'])}</b><br>{units.si(rate.middle, pick.rate_unit(row['dtype']))}"
            f"<br>{_style.wrapped(pick.text(row, 'reason'))}"
            for row, _, rate in drawn
        ],
        hovertemplate="%{text}<extra>invalid</extra>",
    )
    return [trace]
