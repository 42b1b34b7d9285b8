"""How every chart looks: colours, marks, fonts, axes, legends.

One colour per kind of machine, everywhere: CPU orange, GPU green, TPU blue, IPU purple. Several machines of
one kind differ in lightness and in their marker. Marker and dash also say the dtype. Fill says where a
number comes from: measured here and recorded solid, uploaded outlined, published hatched, estimated hatched
and pale; all but "measured here" is written in words, too, so that colour never stands alone.
"""

import html
import math
import textwrap
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import plotly.graph_objects as go

from compute import units
from compute.compare import pick
from compute.compare.pick import Interval, Owner, Row

TICK_PX, TITLE_PX, NOTE_PX = 16, 18, 15

# So many letters of a legend are certain to fit a phone of 390 px.
PHONE_LETTERS = 40
FONT = '"Source Sans", "Source Sans Pro", system-ui, sans-serif'


@dataclass(frozen=True)
class Look:
    """The colours of one theme. Text reaches AA contrast (4.5 to 1) on the page, marks reach 3 to 1."""

    ink: str
    faint: str
    grid: str
    paper: str
    bad: str
    accent: str
    amber: str
    kinds: Mapping[str, Sequence[str]]  # kind of machine -> shades: first machine, second, third


LIGHT = Look(
    ink="#3b3b45", faint="#6b6b76", grid="#e3e3e8", paper="#ffffff", bad="#C62828", accent="#882255", amber="#8A5A00",
    kinds={
        "cpu": ("#CC7A00", "#7A4600", "#B8860B"),
        "gpu": ("#008F68", "#004D38", "#4B8B3B"),
        "tpu": ("#0072B2", "#003F63", "#3F8FBF"),
        "ipu": ("#AA4499", "#5E2154", "#B06FA8"),
        "other": ("#6b6b76", "#3b3b45", "#85858f"),
    },
)  # fmt: skip
DARK = Look(
    ink="#d9d9e0", faint="#a9a9b4", grid="#33363f", paper="#171614", bad="#FF6B6B", accent="#DDCC77", amber="#FFC857",
    kinds={
        "cpu": ("#F0A830", "#FFDFA0", "#C98A1B"),
        "gpu": ("#2BC79A", "#A9F0DB", "#4FA37F"),
        "tpu": ("#56B4E9", "#BFE3F8", "#3E8FC4"),
        "ipu": ("#CC79A7", "#EEC9DD", "#B4679A"),
        "other": ("#a9a9b4", "#e4e4ea", "#83838f"),
    },
)  # fmt: skip

# dtype -> marker and dash. Unknown dtypes share the last pair.
DTYPE_MARKS = {
    "fp32": ("circle", "solid"),
    "tf32": ("triangle-up", "dash"),
    "bf16": ("square", "dash"),
    "fp16": ("diamond", "dot"),
    "fp64": ("pentagon", "longdash"),
    "fp8_e4m3": ("triangle-down", "dashdot"),
    "fp8_e5m2": ("triangle-left", "dashdot"),
    "int8": ("hexagon", "longdashdot"),
    "uint32": ("hexagram", "dashdot"),
    "default": ("cross", "solid"),
}
OTHER_MARK = ("star", "solid")
# The second factor's layout: NN as the dtype says, NT dotted and pale.
NT_DASH, PALE = "dot", 0.6


def look(dark: bool) -> Look:
    """The colours of the dark or the light theme."""
    return DARK if dark else LIGHT


def kind(row: Mapping[str, Any]) -> str:
    """Kind of machine of a row: "cpu", "gpu", "tpu", "ipu" or "other"."""
    backend = pick.text(row, "backend").lower()
    if backend in ("cpu", "gpu", "tpu"):
        return backend
    return "ipu" if "ipu" in pick.text(row, "device_kind").lower() else "other"


@dataclass(frozen=True)
class MachineLook:
    """How one owner's numbers are drawn: its colour, and its place among the machines of its kind."""

    colour: str
    place: int


def machine_looks(rows: Iterable[Row], dark: bool) -> dict[Owner, MachineLook]:
    """A look for each owner: its kind's colour, in another lightness for each further machine of the kind."""
    looks: dict[Owner, MachineLook] = {}
    seen: dict[str, int] = {}
    for row in rows:
        if pick.owner(row) not in looks:
            place = seen.setdefault(kind(row), 0)
            shades = look(dark).kinds[kind(row)]
            looks[pick.owner(row)] = MachineLook(shades[place % len(shades)], place)
            seen[kind(row)] += 1
    return looks


def symbol(shape: str, place: int = 0, source: str = "measured here") -> str:
    """Marker name: the shape, with a dot or a cross for further machines of a kind, open when uploaded."""
    crossed = shape in ("circle", "square", "diamond")
    inner = ("", "-dot", "-x" if crossed else "-dot")[place % 3]
    if source != "uploaded":
        return shape + inner
    # plotly spells it "circle-open-dot", but "circle-x-open".
    return f"{shape}-open-dot" if inner == "-dot" else f"{shape}{inner}-open"


MACHINE_MARKS = (
    ("circle", "solid"),
    ("square", "dash"),
    ("diamond", "dot"),
    ("triangle-up", "dashdot"),
    ("pentagon", "longdash"),
    ("star", "longdashdot"),
)
"""Marker and dash of the machines in a chart that has one dtype: so many can be told apart."""


def machine_mark(place: int, source: str) -> tuple[str, str]:
    """Marker and dash of the machine that stands at a place of the legend; open when its results were uploaded."""
    shape, dash = MACHINE_MARKS[place % len(MACHINE_MARKS)]
    return f"{shape}-open" if source == "uploaded" else shape, dash


def row_key(row: Row) -> list[str]:
    """What a point carries, so that a click on it finds its result: run, case and mode."""
    return [str(row["run_id"]), str(row["case"]), str(row["mode"])]


def dtype_mark(dtype: str) -> tuple[str, str]:
    """Marker shape and line dash of a dtype."""
    return DTYPE_MARKS.get(dtype, OTHER_MARK)


def rate_title(rows: Iterable[Row]) -> str:
    """What the axis of rates says: operations on integers are no FLOP."""
    return "FLOP per second" + (" (int8: OP)" if any(row["dtype"] == "int8" for row in rows) else "")


def plain(words: str, limit: int = 60) -> str:
    """Text from outside, safe for plotly, which reads some HTML: one escaped line, cut at `limit`."""
    return html.escape(_cut(words, limit), quote=False)


def _cut(words: str, limit: int = 60) -> str:
    line = " ".join(words.split())
    return line if len(line) <= limit else line[: limit - 1] + "…"


def bar_fill(source: str, colour: str, dark: bool) -> dict[str, Any]:
    """The `marker` of a bar: its fill says where the number comes from."""
    edge = {"color": colour, "width": 2}
    if source == "uploaded":
        return {"color": "rgba(0,0,0,0)", "line": edge}
    if source in ("published", "estimated"):
        pattern = {"shape": "/", "fgcolor": colour, "bgcolor": look(dark).paper, "solidity": 0.35, "size": 9}
        return {
            "pattern": pattern,
            "color": colour,
            "line": edge,
            "opacity": 0.55 if source == "estimated" else 1,
        }
    return {"color": colour, "line": edge}


def figure(
    title: str, *, height: int = 460, dark: bool = False, traces: Sequence[Any] = (), **layout: Any
) -> go.Figure:
    """A figure in the house style: `title` stands over the y axis and says what it shows.

    Everything is said explicitly, and the template is plotly's empty one: a figure looks the same whichever
    default template is in force. `traces` and more of the `layout` may come along: plotly checks and copies what is
    there at each later change, which takes long in a figure of many parts.
    """
    colours = look(dark)
    axis = {
        "gridcolor": colours.grid,
        "linecolor": colours.faint,
        "zeroline": False,
        "tickfont": {"size": TICK_PX, "color": colours.ink},
        "title": {"font": {"size": TITLE_PX, "color": colours.ink}, "standoff": 8},
        "automargin": True,
        "fixedrange": False,
    }
    style: dict[str, Any] = {
        "template": "none",
        "height": height,
        "title": {
            "text": title,
            "font": {"size": TITLE_PX, "color": colours.ink},
            "x": 0,
            "xref": "container",
            "xanchor": "left",
            "y": 1,
            "yref": "container",
            "yanchor": "top",
            "pad": {"t": 6, "l": 4},
        },
        "font": {"family": FONT, "size": TICK_PX, "color": colours.ink},
        "paper_bgcolor": "rgba(0,0,0,0)",
        "plot_bgcolor": "rgba(0,0,0,0)",
        "margin": {"l": 8, "r": 16, "t": 44, "b": 8},
        "xaxis": axis,
        "yaxis": axis,
        "hovermode": "closest",
        "hoverlabel": {"font": {"size": NOTE_PX, "family": FONT}, "align": "left", "namelength": -1},
        "legend": legend_below(dark),
        "dragmode": "zoom",
    }
    return go.Figure(data=list(traces), layout=_over(style, layout))


def _over(below: Mapping[str, Any], above: Mapping[str, Any]) -> dict[str, Any]:
    """Both, those above in place of those below; of what is a mapping in both, both again."""
    merged = dict(below)
    for name, value in above.items():
        under = below.get(name)
        merged[name] = _over(under, value) if isinstance(under, dict) and isinstance(value, dict) else value
    return merged


def legend_below(dark: bool) -> dict[str, Any]:
    """A legend under the plot, in as many rows as it needs: it fits a phone and a projector."""
    return {
        "orientation": "h",
        "x": 0,
        "xanchor": "left",
        "xref": "container",
        "y": 0,
        "yref": "container",
        "yanchor": "bottom",
        "font": {"size": TICK_PX, "color": look(dark).ink},
        "bgcolor": "rgba(0,0,0,0)",
        "itemwidth": 42,
    }


def legend_name(first: str, rest: str) -> str:
    """A name for the legend from texts from outside, in lines that a phone does not cut off."""
    lines = textwrap.wrap(f"{_cut(first)}, {_cut(rest)}", PHONE_LETTERS)
    return "<br>".join(map(plain, lines))


def with_room_for_legend(fig: go.Figure) -> go.Figure:
    """The figure, as much taller as its legend takes on a wide screen, at most four lines."""
    names = [trace.name.split("<br>") for trace in fig.data if trace.showlegend is not False and trace.name]
    per_row = max(1, 110 // (max((len(line) for name in names for line in name), default=0) + 8))
    lines = math.ceil(len(names) / per_row) * max(map(len, names), default=0)
    fig.layout.height += 26 * min(lines, 4)
    return fig


def log2_axis(values: Iterable[float], title: str) -> dict[str, Any]:
    """A log axis with ticks at powers of two: at most six have a label, so that they fit a phone."""
    numbers = [value for value in values if value > 0]
    low, high = (math.floor(math.log2(min(numbers))), math.ceil(math.log2(max(numbers)))) if numbers else (6, 12)
    step = max(1, math.ceil((high - low) / 5))
    ticks = [2**power for power in range(low, high + 1, step)]
    return {
        "type": "log",
        "tickmode": "array",
        "tickvals": ticks,
        "ticktext": [f"{tick:g}" if tick < 1 else str(int(tick)) for tick in ticks],
        "minor": {"tickvals": [2**power for power in range(low, high + 1)], "ticks": "outside", "ticklen": 4},
        "range": [math.log10(2) * (low - 0.25), math.log10(2) * (high + 0.25)],
        "title": {"text": title},
    }


def log_axis(values: Iterable[float], unit: str = "") -> dict[str, Any]:
    """A log axis with a tick at each decade (1, 2 and 5 when it spans few), written with SI prefixes."""
    numbers = [value for value in values if value > 0] or [1.0, 10.0]
    low, high = math.log10(min(numbers)), math.log10(max(numbers))
    # At least 0.8 of a decade, so that there are always two ticks to read a value by.
    pad = max(0.06 * (high - low), (0.8 - (high - low)) / 2)
    low, high = low - pad, high + pad
    decades = range(math.floor(low), math.ceil(high) + 1)
    steps = (1,) if high - low >= 2 else (1, 2, 5)
    stride = max(1, math.ceil((high - low) / 7)) if steps == (1,) else 1
    ticks = [step * 10.0**decade for decade in decades if decade % stride == 0 for step in steps]
    ticks = [tick for tick in ticks if low <= math.log10(tick) <= high]
    return {
        "type": "log",
        "tickmode": "array",
        "tickvals": ticks,
        "ticktext": [tick_text(tick, unit) for tick in ticks],
        "range": [low, high],
    }


def linear_axis(values: Iterable[float], unit: str = "") -> dict[str, Any]:
    """A linear axis from zero with about five ticks, written with SI prefixes."""
    top = max((value for value in values if value > 0), default=1.0)
    rough = top / 5
    power = 10.0 ** math.floor(math.log10(rough))
    step = next(factor * power for factor in (1, 2, 5, 10) if factor * power >= rough * 0.999)
    ticks = [step * place for place in range(math.ceil(top / step) + 1)]
    return {
        "type": "linear",
        "tickmode": "array",
        "tickvals": ticks,
        "ticktext": [tick_text(tick, unit) for tick in ticks],
        "range": [0, max(ticks[-1], top * 1.05)],
    }


def tick_text(value: float, unit: str) -> str:
    """A round number with its SI prefix: 1e11 is "100 G"."""
    factor, symbol = units.prefix(value)
    return f"{value / factor:g} {symbol}{unit}".rstrip()


def error_bars(intervals: Sequence[Interval], colour: str) -> dict[str, Any]:
    """Error bars over each interval (middle, low, high)."""
    return {
        "type": "data",
        "symmetric": False,
        "array": [interval.high - interval.middle for interval in intervals],
        "arrayminus": [interval.middle - interval.low for interval in intervals],
        "color": colour,
        "thickness": 1.5,
        "width": 4,
    }


def note(figure_: go.Figure, words: str, dark: bool) -> go.Figure:
    """A figure that has nothing to show says so in its middle."""
    figure_.update_xaxes(visible=False)
    figure_.update_yaxes(visible=False)
    figure_.add_annotation(
        text=words,
        x=0.5,
        y=0.5,
        xref="paper",
        yref="paper",
        showarrow=False,
        font={"size": TITLE_PX, "color": look(dark).ink},
    )
    return figure_


def dollar_ticks(values: Iterable[float]) -> dict[str, Any]:
    """A log axis of dollars: "$0.01", "$1", "$1,000"."""
    axis = log_axis(values)
    return axis | {"ticktext": [dollar_tick(tick) for tick in axis["tickvals"]]}


def dollar_tick(usd: float) -> str:
    """A round number of dollars: "$0.002", "$1,000"."""
    return f"${usd:,.0f}" if usd >= 1 else f"${usd:.9f}".rstrip("0")


def plural(count: int, noun: str) -> str:
    """ "1 size", "3 sizes"."""
    return f"{count} {noun}" + ("" if count == 1 else "s")


def wrapped(words: str, width: int = 60) -> str:
    """Text from outside, made safe and broken into lines for a hover box."""
    return "<br>".join(plain(line, width) for line in textwrap.wrap(words, width)[:4])


def left_out(rows: Sequence[Row]) -> list[str]:
    """Sentences on what a chart does not show as a usable point: invalid, skipped and failed cases."""
    sentences = []
    invalid = sum(pick.is_invalid(row) for row in rows)
    if invalid:
        sentences.append(f"{plural(invalid, 'case')} invalid: shown as a red cross and not used.")
    for status in ("skipped", "failed"):
        missing = [row for row in rows if pick.text(row, "status") == status]
        if missing:
            reason = pick.text(missing[0], "reason") or "no reason given"
            sentences.append(f"{plural(len(missing), 'case')} {status}: {reason}")
    return sentences
