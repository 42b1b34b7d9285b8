"""Priced calls or a machine of one's own: dollars a month against calls a month."""

from collections.abc import Sequence
from decimal import Decimal

import plotly.graph_objects as go

from compute import units
from compute.charts import _style
from compute.money.azure import Line, Service, compare

FEWEST, DECADES, STEPS = 1000.0, 5, 8
"""Calls a month that are drawn: from so many on, so many decades, each in so many steps."""


def build(
    service: Service, machine: str, usd_per_hour: float, hours_per_month: float, calls_per_hour: float | None,
    line: Line, kind: str = "cpu", *, dark: bool = False,
) -> go.Figure:  # fmt: skip
    """A curve for the calls and one for machines around the clock, on log axes; where they cross is marked.

    `machine` names the machine; `calls_per_hour` is what it can do, None when that is unknown; its `kind` gives
    the colour.
    """
    fig = _style.figure("Dollars a month", height=440, dark=dark)
    colours = _style.look(dark)
    points = compare(service, _calls(line), usd_per_hour, hours_per_month, calls_per_hour)
    ways = (
        ("service_usd", service.service, "solid", colours.accent),
        ("machines_usd", machine, "dash", colours.kinds.get(kind.lower(), colours.kinds["other"])[0]),
    )
    for column, name, dash, colour in ways:
        drawn = [(float(point["calls"] or 0), float(point[column] or 0)) for point in points]
        drawn = [(calls, usd) for calls, usd in drawn if usd > 0]  # a log axis has no place for what is free
        fig.add_trace(
            go.Scatter(
                x=[calls for calls, _ in drawn], y=[usd for _, usd in drawn], mode="lines",
                name=_style.legend_name(name, "priced calls" if column == "service_usd" else "around the clock"),
                line={"color": colour, "dash": dash, "width": 3},
                hovertemplate="%{x:,.0f} calls: $%{y:,.2f}<extra>%{fullData.name}</extra>",
            )
        )  # fmt: skip
    if line.calls is not None:
        fig.add_trace(
            go.Scatter(
                x=[float(line.calls)], y=[float(line.usd_per_month)], mode="markers", hoverinfo="skip",
                name=f"equally dear: {units.count(float(line.calls))} a month",
                marker={"symbol": "circle", "size": 14, "color": colours.accent},
            )
        )  # fmt: skip
    shown = [value for trace in fig.data for value in trace.y]
    calls = _style.log_axis([value for trace in fig.data for value in trace.x])
    fig.update_xaxes(calls | {"title": {"text": f"{service.plural} a month"}})
    fig.update_yaxes(_style.dollar_ticks(shown))
    return _style.with_room_for_legend(fig)


def describe(
    service: Service, machine: str, usd_per_hour: float, hours_per_month: float, calls_per_hour: float | None,
    line: Line,
) -> str:  # fmt: skip
    """What the fewest and the most drawn calls cost either way, and where both cost the same."""
    calls = _calls(line)
    ends = compare(service, [calls[0], calls[-1]], usd_per_hour, hours_per_month, calls_per_hour)
    words = [
        f"{units.count(number)} {service.plural} a month: {_usd(end['service_usd'])} as priced calls of "
        f"{service.service}, {_usd(end['machines_usd'])} on {machine} around the clock."
        for number, end in zip((calls[0], calls[-1]), ends, strict=True)
    ]
    if line.calls is None:
        return " ".join([*words, "The calls stay cheaper at any number."])
    return " ".join([*words, f"Equally dear at {units.count(float(line.calls))} a month."])


def _calls(line: Line) -> Sequence[float]:
    """Numbers of calls in even steps on a log axis, some of them beyond where both cost the same."""
    most = max(FEWEST * 10**DECADES, float(line.calls or 0) * 10)
    numbers, calls = [], FEWEST
    while calls <= most * 1.001:
        numbers.append(round(calls))
        calls *= 10 ** (1 / STEPS)
    return [float(number) for number in numbers]


def _usd(usd: Decimal | float | None) -> str:
    return units.UNKNOWN if usd is None else units.money(float(usd))
