"""Amdahl's law: how many times faster more hands are, and the ceiling that the rest sets."""

import plotly.graph_objects as go

from compute.charts import _style
from compute.lecture import amdahl
from compute.lecture.amdahl import HANDS, Measured, factor, percent


def build(share: float, hands: float, measured: Measured | None = None, *, dark: bool = False) -> go.Figure:
    """Speed-up against hands, both logarithmic: the law at this `share`, all split, the ceiling, what was measured."""
    colours = _style.look(dark)
    fig = _style.figure("Times faster", dark=dark)
    fig.update_xaxes(_style.log2_axis(HANDS, "hands"))
    reached = [measured.speed_up] if measured else []
    axis = _style.log2_axis([*HANDS, *reached], "")
    low, high = axis["range"]
    fig.update_yaxes(axis, range=[low - 0.4, high], title=None)  # room for the words under what was measured
    fig.update_layout(showlegend=False)
    fig.add_trace(_line([float(count) for count in HANDS], colours.faint, "dot", "everything is split"))
    curve = [amdahl.speed_up(share, count) for count in HANDS]
    fig.add_trace(_line(curve, colours.kinds["gpu"][0], "solid", f"{percent(share)} is split", width=5))
    if most := amdahl.ceiling(share):
        _ceiling(fig, most, colours)
    fig.add_trace(_mark(hands, amdahl.speed_up(share, hands), "circle", colours.kinds["gpu"][0], "chosen"))
    if measured:
        fig.add_trace(_mark(measured.hands, measured.speed_up, "diamond", colours.kinds["cpu"][0], "measured"))
    return fig


def describe(share: float, hands: float, measured: Measured | None = None) -> str:
    """The chart in words."""
    words = f"How many times faster more hands are where {percent(share)} of the work can be split. "
    words += amdahl.said(share, hands)
    if measured:
        words += f" Measured: {factor(measured.speed_up)} times with {measured.hands:g} cores."
    return words


def _line(values: list[float], colour: str, dash: str, name: str, width: int = 3) -> go.Scatter:
    return go.Scatter(
        x=HANDS, y=values, mode="lines", name=name, line={"color": colour, "dash": dash, "width": width},
        hovertemplate="%{x} hands: %{y:.3g} times<extra>" + name + "</extra>",
    )  # fmt: skip


def _mark(x: float, y: float, shape: str, colour: str, name: str) -> go.Scatter:
    words = f"<b>{factor(y)} times</b>" + (f", measured on {x:g} cores" if name == "measured" else "")
    return go.Scatter(
        x=[x], y=[y], mode="markers+text", name=name, text=[words],
        textposition="bottom right" if name == "measured" or x < 64 else "bottom center",
        marker={"symbol": shape, "size": 18, "color": colour},
        hovertemplate="%{x} hands: %{y:.3g} times<extra>" + name + "</extra>", cliponaxis=False,
    )  # fmt: skip


def _ceiling(fig: go.Figure, most: float, colours: _style.Look) -> None:
    fig.add_hline(y=most, line={"color": colours.accent, "dash": "dash", "width": 3})
    fig.add_annotation(
        x=0, xref="paper", xanchor="left", y=1.0, yref="paper", yanchor="top", showarrow=False,
        text=f"never more than {factor(most)} times", font={"color": colours.accent},
    )  # fmt: skip
