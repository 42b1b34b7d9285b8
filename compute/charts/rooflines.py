"""The roofs of many machines over each other, with the measured cases of a few under them."""

import math
from collections.abc import Mapping, Sequence

import plotly.graph_objects as go

from compute.charts import _style
from compute.compare import pick, roofline
from compute.compare.answers import bandwidth_words, intensity_words, rate_words
from compute.compare.pick import Row
from compute.compare.roofline import Point, Roof


def build(runs: Mapping[str, list[Row]], focus: Sequence[str], dtype: str, *, dark: bool = False) -> go.Figure:
    """FLOP/s against FLOP per byte of every run that has a roof in `dtype`, on log axes; `focus` are run_ids in colour.

    `runs` are the rows of each run as `compute.compare.roofline.runs` gives them. A roof is solid where both its
    ceilings were measured, dashed where one is the data sheet's. Every point carries its run, case and mode.
    """
    fig = _style.figure(f"{pick.rate_unit(dtype)[:-2]} per second in {_style.plain(dtype)}", height=540, dark=dark)
    roofs = _roofs(runs, dtype)
    if not roofs:
        return _style.note(fig, f"No machine whose memory and {_style.plain(dtype)} were both measured", dark)
    chosen = [run_id for run_id in focus if run_id in roofs]
    points = {run_id: roofline.cases(roofline.points(runs[run_id], roofs[run_id])) for run_id in chosen}
    span = _span([point for found in points.values() for point in found], list(roofs.values()))
    fig.add_traces(_grey([roof for run_id, roof in roofs.items() if run_id not in chosen], span, dark))
    looks = _style.machine_looks([runs[run_id][0] for run_id in chosen], dark)
    for place, run_id in enumerate(chosen):
        owner = pick.owner(runs[run_id][0])
        symbol, _ = _style.machine_mark(place, owner.source)
        fig.add_trace(_roof(roofs[run_id], run_id, span, looks[owner].colour))
        name = str(owner) if _is_measured(roofs[run_id]) else f"{owner}, roof partly from the data sheet"
        fig.add_trace(_cases(points[run_id], name, run_id, looks[owner].colour, symbol))
    rates = [point.rate.middle for found in points.values() for point in found]
    _set_axes(fig, span, [*rates, *(roof.peak.value or 1.0 for roof in roofs.values())])
    return _style.with_room_for_legend(fig)


def describe(runs: Mapping[str, list[Row]], focus: Sequence[str], dtype: str) -> str:
    """How many machines have a roof, and the ceilings of those in colour."""
    sentences = []
    roofs = _roofs(runs, dtype)
    for run_id in focus:
        if run_id in roofs:
            sentences.append(f"{pick.owner(runs[run_id][0])}: {_ceilings(roofs[run_id])}.")
    return " ".join([f"Roofs of {_style.plural(len(roofs), 'machine')} in {dtype}.", *sentences])


def without_roof(runs: Mapping[str, list[Row]], focus: Sequence[str], dtype: str) -> list[str]:
    """The run_ids in colour that have no roof in this arithmetic, because one of its ceilings is not known."""
    roofs = _roofs(runs, dtype)
    return [run_id for run_id in focus if run_id not in roofs]


def _roofs(runs: Mapping[str, list[Row]], dtype: str) -> dict[str, Roof]:
    return {run_id: roof for run_id, rows in runs.items() if (roof := roofline.roof(rows, dtype)).ridge}


def _ceilings(roof: Roof) -> str:
    memory, peak, ridge = roof.bandwidth.value or 0.0, roof.peak.value or 0.0, roof.ridge or 0.0
    rate = rate_words(peak, pick.rate_unit(roof.dtype))
    return f"memory {bandwidth_words(memory)}, {rate}, ridge {intensity_words(ridge)}"


def _span(points: Sequence[Point], roofs: Sequence[Roof]) -> tuple[float, float]:
    """Lowest and highest intensity: all points and ridges with some of both their sides."""
    places = [point.intensity for point in points] + [roof.ridge for roof in roofs if roof.ridge]
    low, high = math.log10(min(places)), math.log10(max(places))
    pad = max(0.06 * (high - low), 0.3)
    return 10 ** (low - pad), 10 ** (high + pad)


def _corners(roof: Roof, span: tuple[float, float]) -> tuple[list[float], list[float]]:
    """The three corners of a roof: where it begins, its ridge, where it ends."""
    assert roof.ridge
    places = [span[0], roof.ridge, span[1]]
    return places, [roof.attainable(place) or 0.0 for place in places]


def _grey(roofs: Sequence[Roof], span: tuple[float, float], dark: bool) -> list[go.Scatter]:
    if not roofs:
        return []
    x: list[float | None] = []
    y: list[float | None] = []
    for roof in roofs:
        places, rates = _corners(roof, span)
        x += [*places, None]
        y += [*rates, None]
    trace = go.Scatter(
        x=x, y=y, mode="lines", connectgaps=False, opacity=0.45, line={"color": _style.look(dark).faint, "width": 1},
        name=_style.plural(len(roofs), "other roof"), hoverinfo="skip",
    )  # fmt: skip
    return [trace]


def _is_measured(roof: Roof) -> bool:
    return roof.bandwidth.measured is not None and roof.peak.measured is not None


def _roof(roof: Roof, run_id: str, span: tuple[float, float], colour: str) -> go.Scatter:
    x, y = _corners(roof, span)
    return go.Scatter(
        x=x, y=y, mode="lines", legendgroup=run_id, showlegend=False, hoverinfo="skip",
        line={"color": colour, "width": 3, "dash": "solid" if _is_measured(roof) else "dash"},
    )  # fmt: skip


def _cases(points: Sequence[Point], name: str, run_id: str, colour: str, symbol: str) -> go.Scatter:
    return go.Scatter(
        x=[point.intensity for point in points],
        y=[point.rate.middle for point in points],
        mode="markers",
        name=_style.wrapped(name, _style.PHONE_LETTERS),
        legendgroup=run_id,
        marker={"symbol": symbol, "size": 10, "color": colour, "line": {"width": 2, "color": colour}},
        customdata=[_style.row_key(point.row) for point in points],
        text=[_hover(point) for point in points],
        hovertemplate="%{text}<extra>%{fullData.name}</extra>",
    )


def _hover(point: Point) -> str:
    row, unit = point.row, pick.rate_unit(point.row["dtype"])
    lines = [
        f"<b>{_style.plain(row['workload'])} {_style.plain(pick.case_words(row))}</b>",
        f"{rate_words(point.rate.middle, unit)} at {intensity_words(point.intensity)}",
    ]
    if point.share:
        lines.append(f"{point.share:.0%} of what this intensity allows")
    return "<br>".join([*lines, "click: its birth certificate"])


def _set_axes(fig: go.Figure, span: tuple[float, float], rates: Sequence[float]) -> None:
    low, high = map(math.log10, span)
    decades = range(math.ceil(low), math.floor(high) + 1)
    ticks = {"tickvals": [10.0**power for power in decades], "ticktext": [f"{10.0**power:,g}" for power in decades]}
    fig.update_xaxes(_style.log_axis(span) | ticks | {"range": [low, high], "title": {"text": "FLOP per byte moved"}})
    fig.update_yaxes(_style.log_axis(rates))
