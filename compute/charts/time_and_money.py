"""Time against dollars: every offer for one job, the Pareto front, lines of equal price, free offers in a lane."""

import math
from collections import Counter
from collections.abc import Sequence
from typing import Any

import pandas as pd
import plotly.graph_objects as go

from compute.charts import _style
from compute.money import board, planner
from compute.money.answers import Limit
from compute.money.board import Row

# Parts of the height: the lane of the free offers, and the gap over it.
LANE, GAP = 0.13, 0.05
# Parts of the height between two words at the same end.
WORDS_APART = 0.08

# basis -> marker, opacity, name in the legend. Plotly hatches no markers: a crossed circle stands for it.
FILLS = {
    "measured here": ("circle", 1.0, "measured here"),
    "shipped": ("circle", 1.0, "measured, recorded"),
    "uploaded": ("circle-open", 1.0, "measured, uploaded"),
    "published": ("circle-x-open", 1.0, "published by others"),
    "estimate": ("circle-x-open", 0.55, "estimate, with its range"),
}
KINDS = {"cpu": "CPU", "gpu": "GPU", "tpu": "TPU", "ipu": "IPU", "other": "other"}
TICKS_S = {
    1e-3: "1 ms", 1e-2: "10 ms", 0.1: "0.1 s", 1: "1 s", 10: "10 s", 60: "1 min", 600: "10 min", 3600: "1 h",
    36e3: "10 h", 3 * 86400: "3 days", 30 * 86400: "30 days", 365 * 86400: "1 year", 3650 * 86400: "10 years",
}  # fmt: skip
MOST_TICKS = 6
# More markers are one stain, and each takes its time; the table has them all.
MOST_OFFERS = 1000
HOUR_S = 3600

Trace = dict[str, Any]
"""What plotly makes a trace of; only the figure makes it, so that it is checked and copied once."""
Note = dict[str, Any]
"""What plotly draws on a figure: an annotation or a shape."""


def build(
    rows: pd.DataFrame, limit: Limit | None = None, *, front: Sequence[Row] | None = None, dark: bool = False
) -> go.Figure:
    """A marker for each offer of `compute.money.board.together` that has a number, on log axes.

    Time is from start to end under the limits of the offer. The front (that of `board.front`, if it is known already)
    is numbered from the fastest on; an amber number has an old price.
    """
    drawn_rows, colours = _drawn(rows), _style.look(dark)
    title, height = _title(rows, drawn_rows), 560
    paid, free = _paid_and_free(drawn_rows)
    if not paid and not free:
        return _style.note(_style.figure(title, height=height, dark=dark), "No offer with a number for this job", dark)
    axes = _axes(paid, free, limit)
    span = (*axes["xaxis"]["range"], *axes["yaxis"]["range"])
    drawn = _price_lines(planner.price_lines(drawn_rows[["usd_per_hour"]]), span) if paid else []
    front = board.front(rows) if front is None else front
    fig = _style.figure(
        title,
        height=height,
        dark=dark,
        traces=[
            *_lines(drawn, colours),
            *_ranges(paid, colours),
            *_markers(paid, "y", colours),
            *_steps(front, colours),
            *_markers(free, "y2", colours),
            *_legend([*paid, *free], colours),
        ],
        annotations=[
            *_prices(_beside(drawn, limit, span), colours),
            *_numbers(front, colours),
            *_limit_words(limit, colours),
            *_lane_words(free, colours),
        ],
        shapes=[*_lane(free, colours), *_limit_line(limit, colours)],
        **axes,
    )
    return _style.with_room_for_legend(fig)


def describe(rows: pd.DataFrame, limit: Limit | None = None, *, front: Sequence[Row] | None = None) -> str:
    """How many offers are shown and how each is known; the front by name; the fastest free one."""
    shown = rows[rows["usd"].notna()]
    if shown.empty:
        return "Time against dollars: no offer with a number for this job."
    free = shown.loc[shown["usd"].eq(0), [*board.WORDS]].to_dict("records")
    counts = Counter(shown["basis"].tolist())
    known = [f"{counts[basis]} {words}" for basis, (_, _, words) in FILLS.items()]
    sentences = [f"Time against dollars for {_style.plural(len(shown), 'offer')}:"]
    sentences[0] += f" {', '.join(words for words in known if not words.startswith('0 '))}."
    ahead = [
        f"{board.name(row)}, {board.time(row)}, {board.dollars(row)}"
        for row in (board.front(rows) if front is None else front)
    ]
    if ahead:
        sentences.append(f"On the Pareto front, fastest first: {'; '.join(ahead)}.")
    if free:
        best = min(free, key=lambda row: row["calendar_hours"])
        sentences.append(f"Free: {len(free)} offers, the fastest {board.name(best)} in {board.time(best)}.")
    if limit is not None:
        sentences.append(f"A line marks the limit: {limit}.")
    return " ".join(sentences)


def _paid_and_free(rows: pd.DataFrame) -> tuple[list[Row], list[Row]]:
    """The offers with a number: those that cost something, and those that do not."""
    known = rows.loc[rows["usd"].notna(), [*board.WORDS]].to_dict("records")
    return [row for row in known if row["usd"] > 0], [row for row in known if row["usd"] == 0]


def _drawn(rows: pd.DataFrame) -> pd.DataFrame:
    """The offers with a number, or the cheapest of very many and those on the front."""
    known = rows[rows["usd"].notna()]
    return known[known["rank"].le(MOST_OFFERS) | known["front"].notna()]


def _title(rows: pd.DataFrame, drawn: pd.DataFrame) -> str:
    known = int(rows["usd"].notna().sum())
    few = "" if known == len(drawn) else f", the {MOST_OFFERS:,} cheapest of {known:,} offers and the front"
    return f"Dollars for the job{few}"


def _kind(row: Row) -> str:
    kind = str(row["kind"]).lower()
    return kind if kind in KINDS else "other"


def _axes(paid: Sequence[Row], free: Sequence[Row], limit: Limit | None) -> dict[str, Any]:
    """Decades of dollars over the lane; time in the units that people use."""
    hours = [row["calendar_hours"] for row in [*paid, *free]]
    dollars = [row["usd"] for row in paid] or [1.0]
    axes: dict[str, dict[str, Any]] = {
        "xaxis": _time_axis([*hours, *([limit.hours] if limit and limit.hours else [])]),
        "yaxis": _style.dollar_ticks([*dollars, *([limit.usd] if limit and limit.usd else [])]),
    }
    if free:
        axes["xaxis"]["anchor"] = "y2"
        axes["yaxis"]["domain"] = [LANE + GAP, 1]
        axes["yaxis2"] = {"domain": [0, LANE], "range": [-1, 1], "visible": False, "fixedrange": True}
    return axes


def _time_axis(hours: Sequence[float]) -> dict[str, object]:
    axis = _style.log_axis(hours)
    low, high = axis["range"]
    inside = {seconds: words for seconds, words in TICKS_S.items() if low <= math.log10(seconds / HOUR_S) <= high}
    ticks = list(inside)[:: math.ceil(len(inside) / MOST_TICKS) or 1]
    return axis | {
        "tickvals": [seconds / HOUR_S for seconds in ticks],
        "ticktext": [inside[seconds] for seconds in ticks],
        "tickangle": 0,
        "title": {"text": "time from start to end"},
    }


def _price_lines(
    prices: Sequence[float], span: tuple[float, float, float, float]
) -> list[tuple[float, tuple[float, float], tuple[float, float]]]:
    """Each price per hour with the ends of its line inside the picture, in logarithms; `span` is left, right, …"""
    left, right, bottom, top = span
    found = []
    for price in prices:
        shift = math.log10(price)  # log dollars = log hours + shift
        begin, end = max(left, bottom - shift), min(right, top - shift)
        if end - begin > 0.1 * (right - left):  # else a mere corner
            found.append((price, (begin, begin + shift), (end, end + shift)))
    return found


def _lines(
    drawn: Sequence[tuple[float, tuple[float, float], tuple[float, float]]], colours: _style.Look
) -> list[Trace]:
    if not drawn:
        return []
    ends = [end for _, first, last in drawn for end in (first, last, None)]
    return [
        _scatter(
            x=[end and 10 ** end[0] for end in ends], y=[end and 10 ** end[1] for end in ends], mode="lines",
            line={"dash": "dot", "width": 1, "color": colours.faint}, showlegend=False, hoverinfo="skip",
            name="equal price of an hour",
        )
    ]  # fmt: skip


def _beside(
    drawn: Sequence[tuple[float, tuple[float, float], tuple[float, float]]],
    limit: Limit | None,
    span: tuple[float, float, float, float],
) -> list[tuple[float, tuple[float, float], tuple[float, float]]]:
    """The lines whose name does not meet the words at the right end of the budget's line."""
    if not (limit and limit.usd):
        return list(drawn)
    _, right, bottom, top = span
    least = WORDS_APART * (top - bottom)
    return [line for line in drawn if line[2][0] < right or abs(line[2][1] - math.log10(limit.usd)) > least]


def _prices(
    drawn: Sequence[tuple[float, tuple[float, float], tuple[float, float]]], colours: _style.Look
) -> list[Note]:
    """The name of each line where it goes out."""
    return [
        _note(f"{_style.dollar_tick(price)}/h", colours, x=x, y=y, xanchor="right", yanchor="top")
        for price, _, (x, y) in drawn
    ]


def _ranges(rows: Sequence[Row], colours: _style.Look) -> list[Trace]:
    """From the least to the most that each rate allows: along a line of equal price, one trace for each kind."""
    traces: list[Trace] = []
    for kind in KINDS:
        ends = [row for row in rows if _kind(row) == kind and not board.measured(row)]
        if ends:
            traces.append(
                _scatter(
                    x=[end for row in ends for end in (_stretched(row, "low"), _stretched(row, "high"), None)],
                    y=[end for row in ends for end in (row["usd_low"], row["usd_high"], None)],
                    mode="lines", line={"width": 1.5, "color": colours.kinds[kind][0]}, opacity=0.18,
                    showlegend=False, hoverinfo="skip", name=f"range, {KINDS[kind]}",
                )
            )  # fmt: skip
    return traces


def _stretched(row: Row, end: str) -> float:
    """The calendar grows with the hours."""
    return float(row["calendar_hours"] * row[f"hours_{end}"] / row["hours"])


def _markers(rows: Sequence[Row], axis: str, colours: _style.Look) -> list[Trace]:
    """One trace for each kind of machine and each way to know its rate."""
    traces: list[Trace] = []
    for kind in KINDS:
        for basis, (symbol, opacity, words) in FILLS.items():
            own = [row for row in rows if _kind(row) == kind and row["basis"] == basis]
            if own:
                traces.append(
                    _scatter(
                        x=[row["calendar_hours"] for row in own],
                        y=[row["usd"] for row in own] if axis == "y" else [-0.2] * len(own),
                        yaxis=axis, mode="markers", showlegend=False, name=f"{KINDS[kind]}, {words}",
                        marker=_marker(symbol, colours.kinds[kind][0], opacity),
                        text=[_hover(row) for row in own],
                        hovertemplate="%{text}<extra>%{fullData.name}</extra>",
                    )
                )  # fmt: skip
    return traces


def _marker(symbol: str, colour: str, opacity: float) -> dict[str, object]:
    return {"symbol": symbol, "size": 12, "color": colour, "opacity": opacity, "line": {"width": 1.5}}


def _hover(row: Row) -> str:
    age = f" ({row['age_days']} days old)" if row["stale"] else ""
    lines = [
        f"<b>{_style.plain(board.name(row))}</b>",
        f"{board.time(row)}, {board.dollars(row)}",
        *([] if board.measured(row) or row["usd"] == 0 else [f"range {board.dollars_range(row)}"]),
        _style.plain(row["offer"]),
        f"price of {row['as_of']}{age}",
        _style.plain(f"{board.how_known(row)}, by {row['rate_of']}"),
    ]
    return "<br>".join(lines)


def _steps(front: Sequence[Row], colours: _style.Look) -> list[Trace]:
    """The front: steps from one to the next."""
    if not front:
        return []
    return [
        _scatter(
            x=[row["calendar_hours"] for row in front], y=[row["usd"] for row in front], mode="lines",
            line={"shape": "hv", "width": 3, "color": colours.accent}, hoverinfo="skip",
            name="Pareto front: none is both faster and cheaper",
        )
    ]  # fmt: skip


def _numbers(front: Sequence[Row], colours: _style.Look) -> list[Note]:
    """The number of each on the front, under and left of it, where no offer can be; amber with an old price."""
    return [
        {
            "text": f"<b>{row['front']:.0f}</b>", "showarrow": False,
            "x": math.log10(row["calendar_hours"]), "y": math.log10(row["usd"]),
            "xanchor": "right", "yanchor": "top", "xshift": -5, "yshift": -4,
            "font": {"size": _style.TITLE_PX, "color": colours.amber if row["stale"] else colours.accent},
        }
        for row in front
    ]  # fmt: skip


def _lane(free: Sequence[Row], colours: _style.Look) -> list[Note]:
    if not free:
        return []
    band = {"x0": 0, "x1": 1, "y0": 0, "y1": LANE, "xref": "paper", "yref": "paper", "layer": "below"}
    return [{"type": "rect", **band, "line": {"width": 0}, "fillcolor": colours.grid, "opacity": 0.5}]


def _lane_words(free: Sequence[Row], colours: _style.Look) -> list[Note]:
    place = {"x": 0.005, "y": LANE, "xref": "paper", "yref": "paper", "xanchor": "left", "yanchor": "top"}
    return [_note("<b>free</b>", colours, **place)] if free else []


def _limit_line(limit: Limit | None, colours: _style.Look) -> list[Note]:
    line = {"width": 2, "dash": "dash", "color": colours.ink}
    if limit and limit.usd:
        return [{"type": "line", "xref": "paper", "x0": 0, "x1": 1, "y0": limit.usd, "y1": limit.usd, "line": line}]
    if limit and limit.hours:
        return [{"type": "line", "yref": "paper", "x0": limit.hours, "x1": limit.hours, "y0": 0, "y1": 1, "line": line}]
    return []


def _limit_words(limit: Limit | None, colours: _style.Look) -> list[Note]:
    if limit and limit.usd:
        place = {"x": 1, "xref": "paper", "y": math.log10(limit.usd), "xanchor": "right", "yanchor": "bottom"}
        return [_note(f"<b>budget ${limit.usd:,.10g}</b>", colours, **place)]
    if limit and limit.hours:
        place = {"x": math.log10(limit.hours), "y": 0, "yref": "paper", "xanchor": "right", "yanchor": "bottom"}
        return [_note("<b>deadline</b>", colours, **place)]
    return []


def _legend(rows: Sequence[Row], colours: _style.Look) -> list[Trace]:
    """Colours and fills that are in the picture, each once."""
    kinds = [kind for kind in KINDS if any(_kind(row) == kind for row in rows)]
    fills = [basis for basis in FILLS if any(row["basis"] == basis for row in rows)]
    entries = [(KINDS[kind], _marker("square", colours.kinds[kind][0], 1)) for kind in kinds]
    entries += [(FILLS[basis][2], _marker(FILLS[basis][0], colours.ink, FILLS[basis][1])) for basis in fills]
    return [_scatter(x=[None], y=[None], mode="markers", name=name, marker=marker) for name, marker in entries]


def _scatter(**options: Any) -> Trace:
    return {"type": "scatter", **options}


def _note(words: str, colours: _style.Look, **place: Any) -> Note:
    return {"text": words, "showarrow": False, "font": {"size": _style.NOTE_PX, "color": colours.ink}, **place}
