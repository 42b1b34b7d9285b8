"""One mistake of the wrong-way gallery: the wrong figure and the right one on a log axis, beside the line."""

import plotly.graph_objects as go

from compute.charts import _bars, _style
from compute.compare.pick import Interval
from compute.lecture import gallery
from compute.lecture.gallery import Record, Row

NOTHING = "Not made here yet"
AXES = {
    gallery.RATE: "FLOP per second",
    gallery.ERROR: "Error: less is better",
    gallery.UNITS: "Largest error: less is better",
}
# A mark for a figure of zero, which a log axis cannot show: so far below the line.
_NEXT_TO_NOTHING = 0.1


def build(record: Record, mistake: str, *, dark: bool = False) -> go.Figure:
    """Three bars: wrong, right, and the line, hatched where a data sheet says it. The thin lines are the intervals."""
    row = record.row(mistake)
    return _bars.chart(
        AXES[gallery.BY_ID[mistake].unit], _bars_of(record, row, dark) if row else [], nothing=NOTHING, dark=dark
    )


def _bars_of(record: Record, row: Row, dark: bool) -> list[_bars.Bar]:
    line, colours = record.line(row), _style.look(dark)
    if row.wrong is None or row.right is None or line is None:
        return []
    limit = Interval(line.value, line.value, line.value)
    source = "published" if line.source == "data sheet" else "measured here"
    return [
        _bars.Bar("✕ Wrong", gallery.words(row, row.wrong.middle), row.wrong, colours.bad, "measured here"),
        _bars.Bar(
            "● Right", gallery.words(row, row.right.middle), _drawn(row.right, line.value),
            _style.look(dark).kinds.get(record.kind, colours.kinds["other"])[0], "measured here",
        ),
        _bars.Bar(f"Line, {line.source}", gallery.words(row, line.value), limit, colours.accent, source),
    ]  # fmt: skip


def _drawn(figure: Interval, line: float) -> Interval:
    """The figure, or where it is zero a stub."""
    stub = _NEXT_TO_NOTHING * line
    return figure if figure.middle > 0 else Interval(stub, stub, stub)


def describe(record: Record, mistake: str) -> str:
    """The bars in words, and what the mistake did."""
    row = record.row(mistake)
    return f"{gallery.told(record, row)}." if row else f"{gallery.BY_ID[mistake].title}: {NOTHING.lower()}."
