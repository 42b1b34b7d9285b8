"""A picture of a run as SVG, made of text alone: for a notebook, which may have no library that draws.

It is the dashboard's matmul curve in small: rate against size, both axes logarithmic, the colour for the kind of
machine, marker and dash for the dtype, whiskers for the 95 % interval, a cross for what is invalid.
"""

from __future__ import annotations

import html
import math
from collections.abc import Iterable, Iterator, Sequence
from typing import NamedTuple

from compute import units
from compute.compare import pick
from compute.results import Row

WIDTH, HEIGHT = 820, 430
_LEFT, _RIGHT, _TOP, _BOTTOM = 116, 590, 20, 366
_LEGEND = 616
_INK, _GRID, _PAPER, BAD = "#3b3b45", "#e3e3e8", "#ffffff", "#C62828"

COLOURS = {"cpu": "#CC7A00", "gpu": "#008F68", "tpu": "#0072B2", "other": "#6b6b76"}
"""Kind of machine -> colour, as everywhere in the dashboard (light theme)."""

# dtype -> corners of its marker (0: a circle), by how much it is turned in degrees, dashes of its line
_MARKS = {
    "fp32": (0, 0, ""),
    "tf32": (3, 0, "8 5"),
    "bf16": (4, 45, "8 5"),
    "fp16": (4, 0, "2 4"),
    "fp64": (5, 0, "14 6"),
    "fp8_e4m3": (3, 180, "8 4 2 4"),
    "fp8_e5m2": (3, 270, "8 4 2 4"),
    "default": (6, 0, ""),
}


class Point(NamedTuple):
    """A measured size: its rate and the ends of the interval, in FLOP/s."""

    size: int
    rate: pick.Interval
    invalid: bool


class _Axis(NamedTuple):
    """A logarithmic axis from `low` to `high`, drawn from one pixel to another."""

    low: float
    high: float
    begin: float
    end: float

    def at(self, value: float) -> float:
        share = math.log(value / self.low) / math.log(self.high / self.low)
        return self.begin + share * (self.end - self.begin)


def curves(rows: Iterable[Row]) -> dict[str, list[Point]]:
    """The square products of a run, many calls and one wait: dtype -> points by size. int8 makes no FLOP."""
    found: dict[str, list[Point]] = {}
    for row in rows:
        wanted = (row.get("workload"), row.get("variant"), row.get("mode")) == ("matmul", "square", "stream")
        rate = pick.rate(row, "flops") if wanted and not row.get("params") and row.get("dtype") != "int8" else None
        if rate and rate.low > 0 and row.get("size"):
            found.setdefault(row["dtype"], []).append(Point(row["size"], rate, pick.is_invalid(row)))
    return {dtype: sorted(found[dtype]) for dtype in pick.in_order(found)}


def describe(rows: Sequence[Row]) -> str:
    """What the picture shows, in words, for those who do not see it."""
    best = [
        f"{dtype} reaches {units.si(top.rate.middle, 'FLOP/s')} at n = {top.size:,}"
        for dtype, points in curves(rows).items()
        if (valid := [point for point in points if not point.invalid])
        for top in [max(valid, key=lambda point: point.rate.middle)]
    ]
    if not best:
        return "No matrix product is measured yet."
    return f"Matrix products of n × n numbers, rate against n: {'; '.join(best)}."


def draw(rows: Sequence[Row]) -> str:
    """The picture as an SVG element; "" while there is nothing to draw."""
    found = curves(rows)
    if not found:
        return ""
    colour = COLOURS.get(str(rows[0].get("backend")), COLOURS["other"])
    points = [point for series in found.values() for point in series]
    x = _axis([point.size for point in points], 2, _LEFT, _RIGHT)
    y = _axis([end for point in points for end in point.rate], 10, _BOTTOM, _TOP)
    parts = [*_frame(x, y)]
    for place, (dtype, series) in enumerate(found.items()):
        parts += _curve(dtype, series, x, y, colour)
        parts += _entry(dtype, series, place, colour)
    words = html.escape(describe(rows))
    return (
        f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {WIDTH} {HEIGHT}" role="img" aria-label="{words}" '
        f'style="max-width:{WIDTH}px;width:100%" font-family="system-ui, sans-serif" font-size="15" fill="{_INK}">'
        f"<title>{words}</title>"
        f'<rect width="{WIDTH}" height="{HEIGHT}" fill="{_PAPER}"/>{"".join(parts)}</svg>'
    )


def _axis(values: Sequence[float], base: int, begin: float, end: float) -> _Axis:
    """From the power of the base at or below all values to the one at or above them."""
    low = math.floor(math.log(min(values), base) + 1e-9)
    high = max(low + 1, math.ceil(math.log(max(values), base) - 1e-9))
    return _Axis(float(base) ** low, float(base) ** high, begin, end)


def _ticks(axis: _Axis, base: int) -> list[float]:
    """The powers of the base, every second or third where there are many; 2 and 5 between few powers of ten."""
    count = round(math.log(axis.high / axis.low, base))
    ticks = [axis.low * float(base) ** at for at in range(0, count + 1, 1 + count // 10)]
    between = [tick * part for tick in ticks[:-1] for part in (2, 5)] if base == 10 and count <= 2 else []
    return sorted(ticks + between)


def _frame(x: _Axis, y: _Axis) -> Iterator[str]:
    for value in _ticks(y, 10):
        yield _line([(_LEFT, y.at(value)), (_RIGHT, y.at(value))], _GRID)
        yield _text(_LEFT - 8, y.at(value) + 5, units.si(value, "FLOP/s", 1), "end")
    for value in _ticks(x, 2):
        yield _line([(x.at(value), _TOP), (x.at(value), _BOTTOM)], _GRID)
        yield _text(x.at(value), _BOTTOM + 22, f"{value:,.0f}", "middle")
    yield _text((_LEFT + _RIGHT) / 2, _BOTTOM + 48, "n: n × n times n × n", "middle")


def _curve(dtype: str, series: Sequence[Point], x: _Axis, y: _Axis, colour: str) -> Iterator[str]:
    _, _, dashes = _MARKS.get(dtype, _MARKS["default"])
    yield _line([(x.at(p.size), y.at(p.rate.middle)) for p in series if not p.invalid], colour, 2, dashes)
    for point in series:
        at = x.at(point.size)
        if point.invalid:
            yield _cross(at, y.at(point.rate.middle))
        else:
            yield _line([(at, y.at(point.rate.low)), (at, y.at(point.rate.high))], colour, 2)
            yield _marker(dtype, at, y.at(point.rate.middle), colour)


def _entry(dtype: str, series: Sequence[Point], place: int, colour: str) -> Iterator[str]:
    """A line of the legend: how the dtype is drawn, and its best rate."""
    height = _TOP + 14 + 42 * place
    _, _, dashes = _MARKS.get(dtype, _MARKS["default"])
    yield _line([(_LEGEND, height), (_LEGEND + 36, height)], colour, 2, dashes)
    yield _marker(dtype, _LEGEND + 18, height, colour)
    yield _text(_LEGEND + 46, height + 5, dtype, "start")
    rates = [point.rate.middle for point in series if not point.invalid]
    best = f"up to {units.si(max(rates), 'FLOP/s')}" if rates else "invalid (crosses)"
    yield _text(_LEGEND + 46, height + 23, best, "start")


def _line(points: Sequence[tuple[float, float]], colour: str, width: float = 1, dashes: str = "") -> str:
    path = " ".join(f"{x:.1f},{y:.1f}" for x, y in points)
    dashed = f' stroke-dasharray="{dashes}"' if dashes else ""
    return f'<polyline points="{path}" fill="none" stroke="{colour}" stroke-width="{width}"{dashed}/>'


def _marker(dtype: str, x: float, y: float, colour: str) -> str:
    corners, turn, _ = _MARKS.get(dtype, _MARKS["default"])
    if not corners:
        return f'<circle cx="{x:.1f}" cy="{y:.1f}" r="5" fill="{colour}"/>'
    angles = [math.radians(turn - 90 + 360 * corner / corners) for corner in range(corners)]
    path = " ".join(f"{x + 6 * math.cos(angle):.1f},{y + 6 * math.sin(angle):.1f}" for angle in angles)
    return f'<polygon points="{path}" fill="{colour}"/>'


def _cross(x: float, y: float) -> str:
    return _line([(x - 6, y - 6), (x + 6, y + 6)], BAD, 2) + _line([(x - 6, y + 6), (x + 6, y - 6)], BAD, 2)


def _text(x: float, y: float, words: str, anchor: str) -> str:
    return f'<text x="{x:.1f}" y="{y:.1f}" text-anchor="{anchor}">{html.escape(words)}</text>'
