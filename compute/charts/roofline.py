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
    "jobs": "other jobs",
    "stream": "STREAM, nothing but memory",
}
LABELLED = "alexnet dense1"
"""The layer whose points say their batch: the one that shows best what a batch is good for."""

# Place on the slope of what is written at it, from its lower end (0) to the ridge (1).
ON_THE_SLOPE = 0.65
SOURCES = ("data sheet", "measured")
# Room over the roof for its names, and under the points for the names of its two sides: parts of the axis.
ATTIC, CELLAR = 0.14, 0.12


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
    _draw_roofs(fig, roofs, span, look.colour, dark)
    for roof in roofs:
        fig.add_traces(_families(points[roof.dtype], roof, look, owner, dark))
    fig.add_traces(_crosses(rows, dtypes, dark))
    _set_axes(fig, span, [point.rate.middle for point in drawn], roofs)
    _name_the_sides(fig, roofs[0], dark)
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
    for source in SOURCES:
        bandwidth, peak = _values(roof, source)
        known = [f"memory {bandwidth_words(bandwidth)}"] if bandwidth else []
        known += [f"{roof.dtype} {rate_words(peak, pick.rate_unit(roof.dtype))}"] if peak else []
        if known:
            words.append(f"{source.capitalize()}: {' and '.join(known)}.")
    return words + ([f"Ridge at {intensity_words(roof.ridge)}."] if roof.ridge else [])


def _side_words(points: Sequence[Point], dtype: str) -> list[str]:
    cases = roofline.cases(points)
    many = f"{_style.plural(len(cases), 'case')} in {dtype}"
    shares = [point.share for point in cases if point.share]
    if not shares:
        return [f"{many}, and no bandwidth to hold them against."]
    held = sum(point.bound == "memory" for point in cases)
    return [f"{held} of {many} bound by memory; the best reaches {max(shares):.0%} of what its intensity allows."]


def _of(rows: Sequence[Row], dtypes: Sequence[str]) -> list[Row]:
    return [row for row in rows if row["workload"] == "bandwidth" or roofline.arithmetic(row) in dtypes]


def _values(roof: Roof, source: str) -> tuple[float | None, float | None]:
    """Bandwidth and peak as measured, or of the data sheet."""
    if source == "measured":
        return roof.bandwidth.measured, roof.peak.measured
    return roof.bandwidth.sheet, roof.peak.sheet


def _span(points: Sequence[Point], roofs: Sequence[Roof]) -> tuple[float, float]:
    """Lowest and highest intensity to show: all points, and the ridges with some of both their sides."""
    ridges = [ridge for roof in roofs for source in SOURCES if (ridge := _ridge(roof, source))]
    places = [point.intensity for point in points] + ridges
    low, high = math.log10(min(places)), math.log10(max(places))
    pad = 0.06 * max(high - low, 1)
    return 10 ** (low - pad), 10 ** (high + pad)


def _ridge(roof: Roof, source: str) -> float | None:
    return roofline.ridge(*_values(roof, source))


def _set_axes(fig: go.Figure, span: tuple[float, float], rates: list[float], roofs: Sequence[Roof]) -> None:
    """Decades on both axes, with room for what is written over and under the points."""
    low, high = map(math.log10, span)
    decades = range(math.ceil(low), math.floor(high) + 1)
    ticks = {"tickvals": [10.0**power for power in decades], "ticktext": [f"{10.0**power:,g}" for power in decades]}
    fig.update_xaxes(_style.log_axis(span) | ticks | {"range": [low, high], "title": {"text": "FLOP per byte moved"}})
    tops = [value for roof in roofs for value in (roof.peak.measured, roof.peak.sheet) if value]
    axis = _style.log_axis([*rates, *tops])
    low, high = axis["range"]
    axis["range"] = [low - CELLAR * (high - low), high + ATTIC * (high - low)]
    fig.update_yaxes(axis)


# --- the roof -----------------------------------------------------------------------------------------------


def _draw_roofs(fig: go.Figure, roofs: Sequence[Roof], span: tuple[float, float], colour: str, dark: bool) -> None:
    """A level line for each peak and one slope for the memory that they share; each ceiling says what it is."""
    highest = max(roofs, key=lambda roof: roof.peak.value or 0)
    for source in SOURCES:
        bandwidth, peak = _values(highest, source)
        if bandwidth:
            end = min(roofline.ridge(bandwidth, peak or highest.peak.value) or span[1], span[1])
            fig.add_trace(_line(source, (span[0], end), (bandwidth * span[0], bandwidth * end), colour))
        for roof in roofs:
            bandwidth, peak = _values(roof, source)
            if peak:
                begin = max(roofline.ridge(bandwidth or roof.bandwidth.value, peak) or span[0], span[0])
                fig.add_trace(_line(source, (begin, span[1]), (peak, peak), colour))
    for roof in roofs:
        if roof.peak.value:
            unit = pick.rate_unit(roof.dtype)
            named = [f"<b>{_style.plain(roof.dtype)}</b> {words}" for words in _limits(roof.peak, unit)]
            top = max(filter(None, (roof.peak.measured, roof.peak.sheet)))
            _write(fig, "<br>".join(named), span[1], top, dark)
    memory = highest.bandwidth
    if memory.value and highest.ridge:
        top_slope = max(filter(None, (memory.measured, memory.sheet)))
        at = span[0] * (min(highest.ridge, span[1]) / span[0]) ** ON_THE_SLOPE
        words = "<br>".join(words.replace(", ", "<br>") for words in _limits(memory, "B/s"))
        _write(fig, f"<b>memory</b><br>{words}", at, top_slope * at, dark)


def _limits(ceiling: roofline.Ceiling, unit: str) -> list[str]:
    """ "66.9 TFLOP/s, data sheet" and "51.5 TFLOP/s, measured", as far as known."""
    known = zip(SOURCES, (ceiling.sheet, ceiling.measured), strict=True)
    return [
        f"{bandwidth_words(value) if unit == 'B/s' else rate_words(value, unit)}, {source}"
        for source, value in known
        if value
    ]


def _line(source: str, x: tuple[float, float], y: tuple[float, float], colour: str) -> go.Scatter:
    measured = source == "measured"
    return go.Scatter(
        x=x,
        y=y,
        mode="lines",
        line={"dash": "solid" if measured else "dash", "width": 3 if measured else 2, "color": colour},
        name=f"roof, {source}",
        showlegend=False,
        hoverinfo="skip",
    )


def _write(fig: go.Figure, words: str, x: float, y: float, dark: bool) -> None:
    """Words left of and over a place: nothing usual lies there."""
    fig.add_annotation(
        text=words, x=math.log10(x), y=math.log10(y), xanchor="right", yanchor="bottom", align="right", yshift=6,
        showarrow=False, font={"size": _style.TICK_PX, "color": _style.look(dark).ink},
    )  # fmt: skip


def _name_the_sides(fig: go.Figure, roof: Roof, dark: bool) -> None:
    """A dotted line down from the ridge, and which side of it is bound by what."""
    if roof.ridge is None or roof.peak.value is None:
        return
    ink, floor = _style.look(dark).faint, fig.layout.yaxis.range[0]
    fig.add_shape(
        type="line", x0=roof.ridge, x1=roof.ridge, y0=10**floor, y1=roof.peak.value,
        line={"color": ink, "width": 1.5, "dash": "dot"}, layer="below",
    )  # fmt: skip
    for words, side, shift in (
        (f"ridge {intensity_words(roof.ridge)}", "left", 22),
        ("memory-bound ◂", "right", 2),
        ("▸ compute-bound", "left", 2),
    ):
        fig.add_annotation(
            text=words, x=math.log10(roof.ridge), y=floor, xanchor=side, yanchor="bottom", yshift=shift,
            showarrow=False, font={"size": _style.NOTE_PX, "color": ink},
        )  # fmt: skip


# --- the points ---------------------------------------------------------------------------------------------


def _family(row: Row) -> str:
    if row["workload"] == "matmul":
        return "layers" if pick.family(row) == "layers" else "square"
    return {"cnn": "networks", "bandwidth": "stream"}.get(row["workload"], "jobs")


def _families(
    points: Sequence[Point], roof: Roof, look: _style.MachineLook, owner: Owner, dark: bool
) -> list[go.Scatter]:
    """One trace for each family of cases: its marker is the dtype's, and a letter in it names a whole network."""
    traces = []
    for family, name in FAMILIES.items():
        members = [point for point in points if _family(point.row) == family]
        if members:
            drawn = _joined(members) if family in ("layers", "networks") else members
            names = f"{name}, {_style.plain(roof.dtype)}{_models(members) if family == 'networks' else ''}"
            traces.append(_scatter(drawn, family, names, roof.dtype, look, owner, dark))
    return traces


def _models(points: Sequence[Point]) -> str:
    """A second line for the legend: which letter is which network."""
    models = dict.fromkeys(_model(point.row) for point in points)
    return "<br>" + _style.plain(", ".join(f"{model[:1].upper()} {model}" for model in models), _style.PHONE_LETTERS)


def _model(row: Row) -> str:
    return pick.text(row, "variant").partition(" ")[0]


def _joined(points: Sequence[Point]) -> list[Point | None]:
    """The points variant by variant, in the order of their size, with a gap between one variant and the next."""
    swept: dict[tuple[str, str], list[Point]] = {}
    for point in points:
        key = (pick.text(point.row, "variant"), pick.text(point.row, "params"))
        swept.setdefault(key, []).append(point)
    joined: list[Point | None] = []
    for sweep in swept.values():
        joined += [*sorted(sweep, key=lambda point: int(point.row["size"])), None]
    return joined[:-1]


def _scatter(
    points: Sequence[Point | None], family: str, name: str, dtype: str, look: _style.MachineLook, owner: Owner,
    dark: bool,
) -> go.Scatter:  # fmt: skip
    shape, dash = ("star", "solid") if family == "stream" else _style.dtype_mark(dtype)
    colours = _style.look(dark)
    network = family == "networks"
    return go.Scatter(
        x=[point and point.intensity for point in points],
        y=[point and point.rate.middle for point in points],
        mode="markers" if family in ("square", "jobs", "stream") else "lines+markers+text",
        connectgaps=False,
        name=name,
        line={"color": colours.faint, "width": 1.2, "dash": dash},
        marker={
            # A network's marker is hollow for its letter, wherever the number comes from.
            "symbol": shape if network else _style.symbol(shape, look.place, owner.source),
            "size": 19 if network else 15 if family == "stream" else 10,
            "color": colours.paper if network else look.colour,
            "line": {"color": look.colour, "width": 2 if network else 0},
        },
        text=[_letter(point) if network else _label(point, points) for point in points],
        textposition="middle center" if network else "bottom right",
        textfont={"size": 12 if network else _style.NOTE_PX, "color": colours.ink},
        customdata=[_hover(point) if point else "" for point in points],
        hovertemplate="%{customdata}<extra></extra>",
    )


def _letter(point: Point | None) -> str:
    return _style.plain(_model(point.row)[:1].upper()) if point else ""


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
