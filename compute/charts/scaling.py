"""Scaling: how much of what each device could do alone is left when several work together."""

from collections.abc import Sequence

import pandas as pd
import plotly.graph_objects as go

from compute.charts import _style
from compute.compare import scaling
from compute.compare.answers import rate_words
from compute.compare.pick import Interval, Owner
from compute.compare.scaling import Curve, Point

MARKS = (("circle", "solid"), ("square", "dash"), ("diamond", "dot"), ("triangle-up", "dashdot"), ("star", "longdash"))
_MEANS = {"strong": "Strong: one job for all", "weak": "Weak: as much for each"}


def build(frame: pd.DataFrame, owner: Owner, kind: str, *, dark: bool = False) -> go.Figure:
    """Efficiency against the number of devices for one machine and one kind of scaling, with the ideal line."""
    rows = scaling.rows_of(frame, owner)
    curves = _drawn(scaling.curves(rows, kind))
    fig = _style.figure(_MEANS[kind], height=440, dark=dark)
    if not curves:
        return _style.note(fig, f"No {kind} scaling measured", dark)
    look, colour = _style.look(dark), _style.machine_looks(rows, dark)[owner].colour
    counts = sorted({point.devices for curve in curves for point in curve.points})
    fig.add_trace(
        go.Scatter(
            x=[counts[0], counts[-1]], y=[100, 100], mode="lines", name="ideal", hoverinfo="skip",
            line={"color": look.faint, "dash": "dash", "width": 2},
        )
    )  # fmt: skip
    for place, curve in enumerate(curves):
        fig.add_trace(_line(curve, *MARKS[place % len(MARKS)], colour, pale=place >= len(MARKS)))
    shares = [point.efficiency for curve in curves for point in curve.points if point.efficiency]
    axis = _style.linear_axis([100, *(100 * share.middle for share in shares)])
    top = max(axis["range"][1], 1.02 * 100 * max(share.high for share in shares))
    fig.update_xaxes(_style.log2_axis(counts, "devices"))
    fig.update_yaxes(axis, range=[0, top], ticktext=[f"{tick:g} %" for tick in axis["tickvals"]])
    return _style.with_room_for_legend(fig)


def describe(frame: pd.DataFrame, owner: Owner, kind: str) -> str:
    """The curves in words: the efficiency of each on the most devices."""
    curves = _drawn(scaling.curves(scaling.rows_of(frame, owner), kind))
    if not curves:
        return f"No {kind} scaling measured on {owner}."
    return " ".join([f"Efficiency of {kind} scaling against the number of devices on {owner}.", *map(_words, curves)])


def _drawn(curves: Sequence[Curve]) -> list[Curve]:
    """Those that were measured on one device, and on more."""
    return [curve for curve in curves if len(curve.points) > 1 and curve.last.efficiency]


def _words(curve: Curve) -> str:
    share = curve.last.efficiency
    assert share is not None  # `_drawn` has only those
    return f"{curve.name}: {share.middle:.0%} on {curve.last.devices} devices."


def _line(curve: Curve, shape: str, dash: str, colour: str, *, pale: bool) -> go.Scatter:
    points = [(point, point.efficiency) for point in curve.points if point.efficiency]
    shares = [Interval(*(100 * end for end in share)) for _, share in points]
    return go.Scatter(
        x=[point.devices for point, _ in points],
        y=[share.middle for share in shares],
        error_y=_style.error_bars(shares, colour),
        mode="lines+markers",
        opacity=_style.PALE if pale else 1,
        name=_style.plain(curve.name),
        line={"color": colour, "dash": dash, "width": 2.5},
        marker={"symbol": shape, "size": 11, "color": colour},
        text=[_hover(curve, point, share) for point, share in points],
        hovertemplate="%{text}<extra>%{fullData.name}</extra>",
    )


def _hover(curve: Curve, point: Point, share: Interval) -> str:
    lines = [
        f"<b>{share.middle:.0%}</b> on {_style.plural(point.devices, 'device')}",
        f"95 % interval {share.low:.0%} to {share.high:.0%}",
        f"{rate_words(point.rate.middle, curve.unit)}, {share.middle * point.devices:.3g} times one device",
        _style.plain(str(point.row["verdict"])),
    ]
    return "<br>".join(lines)
