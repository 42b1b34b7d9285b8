"""The wall of the gallery: every mistake in a row, its wrong and its right figure on one log axis, beside the line.

All rows share the axis, because each figure is drawn as so many times its own line.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from html import escape

from compute.charts._style import look
from compute.compare.pick import Interval
from compute.lecture import gallery
from compute.lecture.gallery import MISTAKES, Mistake, Record, Row

WRONG, RIGHT = "✕", "●"
# The axis reaches at least so many decades below and above the line, and a little beyond what is there.
_LEAST, _MARGIN = 1.0, 0.4
_MOST_TICKS = 6
# Share of the axis at either end that has no tick, so that its words stay beside their neighbours'.
_ROOM = 0.06

_STYLE = """
<style>
.wall{{display:grid;grid-template-columns:max-content 1fr max-content;column-gap:.9em;row-gap:.2em;align-items:center;
font-size:clamp(26px,2.05vw,40px);line-height:1.25;font-variant-numeric:tabular-nums}}
.wall .title span{{opacity:.75;margin-right:.5em}}
.wall .strip{{position:relative;height:1.3em;border-radius:.2em;background:{grid};overflow:hidden}}
.wall .axis{{background:none;overflow:visible;font-size:.75em}}
.wall .strip i,.wall .strip b{{position:absolute;top:50%;transform:translate(-50%,-50%);font-style:normal;
line-height:1;white-space:nowrap;font-weight:400}}
.wall .strip .exact{{transform:translate(0,-50%)}}
.wall .line{{position:absolute;top:0;bottom:0;border-left:3px dashed {accent}}}
.wall .wrong{{color:{bad};font-weight:700}}
.wall .right{{color:{ink}}}
.wall .bar{{position:absolute;top:50%;transform:translateY(-50%)}}
.wall .join{{border-top:2px solid {faint}}}
.wall .range{{height:.5em;background:{bad};opacity:.4}}
.wall .key{{font-size:.75em}}
.wall .short{{grid-column:2/4;opacity:.85}}
@media (max-width:900px){{.wall{{grid-template-columns:1fr;font-size:20px;row-gap:.1em}}
.wall .short{{grid-column:1}}.wall .verdict,.wall .short{{margin-bottom:.6em}}}}
</style>
"""


def draw(record: Record | None, *, dark: bool = False) -> str:
    """The rows that there are, and the names of those that are not there yet; without a record, what each is about."""
    colours = look(dark)
    style = _STYLE.format(
        grid=colours.grid, accent=colours.accent, bad=colours.bad, ink=colours.ink, faint=colours.faint
    )
    if record is None:
        rows = "".join(
            f'<div class="title">{_title(mistake)}</div><div class="short">{escape(mistake.short)}</div>'
            for mistake in MISTAKES
        )
        return f'<div class="wall">{rows}</div>{style}'
    low, high = ends(record)
    rows = "".join(_row(record, mistake, low, high) for mistake in MISTAKES)
    return f'<div class="wall" role="img" aria-label="{escape(describe(record))}">{_head(low, high)}{rows}</div>{style}'


def describe(record: Record) -> str:
    """Each mistake that was made, with its figures and its line."""
    told = "; ".join(gallery.told(record, row) for row in record.rows) or "none is measured yet"
    return f"Eight mistakes of benchmarking, made on {record.device}: {told}."


def ends(record: Record) -> tuple[float, float]:
    """The ends of the axis, as powers of ten of the line."""
    powers = [math.log10(value) for row in record.rows for place in _places(record, row) for value in place if value]
    return min([-_LEAST, *powers]) - _MARGIN, max([_LEAST, *powers]) + _MARGIN


def _places(record: Record, row: Row) -> Sequence[Interval]:
    """Where the wrong and the right figure stand against the line; none without figures."""
    line = record.line(row)
    if row.wrong is None or row.right is None or line is None:
        return ()
    return gallery.places(row.wrong, line), gallery.places(row.right, line)


def _head(low: float, high: float) -> str:
    """What the marks mean, and the axis."""
    step = max(1, math.ceil((high - low) / _MOST_TICKS))
    room = _ROOM * (high - low)
    powers = [power for power in range(math.ceil(low + room), math.floor(high - room) + 1) if power % step == 0]
    ticks = "".join(f'<i style="left:{_percent(power, low, high)}">{_tick(power)}</i>' for power in powers)
    key = f'<span class="wrong">{WRONG}</span> wrong &nbsp;<span class="right">{RIGHT}</span> right'
    line = "1 = what is possible"
    return f'<div class="key">{key}</div><div class="strip axis">{ticks}</div><div class="key">{line}</div>'


def _percent(power: float, low: float, high: float) -> str:
    return f"{100 * (power - low) / (high - low):.2f}%"


def _tick(power: int) -> str:
    """A power of ten as people write it: "1", "1,000", "1/100"."""
    return f"{10**power:,}" if power >= 0 else f"1/{10**-power:,}"


def _title(mistake: Mistake) -> str:
    return f"<span>{MISTAKES.index(mistake) + 1}</span>{escape(mistake.title)}"


def _row(record: Record, mistake: Mistake, low: float, high: float) -> str:
    row = record.row(mistake.id)
    line = f'<div class="line" style="left:{_percent(0, low, high)}"></div>'
    marks = _marks(_places(record, row), low, high) if row else ""
    verdict = gallery.verdict(record, row) if row else "…"
    return (
        f'<div class="title">{_title(mistake)}</div><div class="strip">{line}{marks}</div>'
        f'<div class="verdict">{escape(verdict)}</div>'
    )


def _marks(places: Sequence[Interval], low: float, high: float) -> str:
    """Both marks, what joins them, and how far each might be off."""
    if not places:
        return ""
    wrong, right = places
    return (
        _bar("join", wrong.middle, right.middle, low, high)
        + _bar("range", wrong.low, wrong.high, low, high)
        + _mark("wrong", WRONG, wrong.middle, low, high)
        + _mark("right", RIGHT, right.middle, low, high)
    )


def _mark(name: str, mark: str, place: float, low: float, high: float) -> str:
    """An exact answer stands at the left end: no logarithm reaches it."""
    at, exact = _power(place, low), "" if place else " exact"
    return f'<b class="{name}{exact}" style="left:{_percent(at, low, high)}">{mark}</b>'


def _bar(name: str, one: float, other: float, low: float, high: float) -> str:
    left, right = sorted((_power(one, low), _power(other, low)))
    width = f"{100 * (right - left) / (high - low):.2f}%"
    return f'<div class="bar {name}" style="left:{_percent(left, low, high)};width:{width}"></div>'


def _power(place: float, low: float) -> float:
    return math.log10(place) if place else low
