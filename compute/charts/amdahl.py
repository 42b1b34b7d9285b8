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
    fig.update_yaxes(axis, range=[low - 0.4, high], title=None)  # room for the words under what was chosen
    fig.update_layout(showlegend=False)
    fig.add_trace(_line([float(count) for count in HANDS], colours.faint, "dot", "everything is split"))
    curve = [amdahl.speed_up(share, count) for count in HANDS]
    fig.add_trace(_line(curve, colours.kinds["gpu"][0], "solid", f"{percent(share)} is split", width=5))
    notes = []
    if most := amdahl.ceiling(share):
        fig.add_hline(y=most, line={"color": colours.accent, "dash": "dash", "width": 3})
        notes.append(_coloured(f"never more than {factor(most)} times", colours.accent))
    chosen = amdahl.speed_up(share, hands)
    fig.add_trace(_mark(hands, chosen, "circle", colours.kinds["gpu"][0], "chosen", f"<b>{factor(chosen)} times</b>"))
    if measured:
        colour = colours.kinds["cpu"][0]
        fig.add_trace(_mark(measured.hands, measured.speed_up, "diamond", colour, "measured"))
        words = f"<b>{factor(measured.speed_up)} times</b>, measured on {measured.hands:g} cores"
        # A little smaller: on a phone the line is as long as the chart is wide.
        notes.append(f'<span style="font-size:90%">{_coloured("◆", colour)} {words}</span>')
    if notes:
        _corner(fig, "<br>".join(notes), colours.paper)
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


def _mark(x: float, y: float, shape: str, colour: str, name: str, words: str = "") -> go.Scatter:
    return go.Scatter(
        x=[x], y=[y], mode="markers+text", name=name, text=[words],
        textposition="bottom right" if x < 512 else "bottom left",
        marker={"symbol": shape, "size": 18, "color": colour},
        hovertemplate="%{x} hands: %{y:.3g} times<extra>" + name + "</extra>", cliponaxis=False,
    )  # fmt: skip


def _coloured(words: str, colour: str) -> str:
    return f'<span style="color:{colour}">{words}</span>'


def _corner(fig: go.Figure, words: str, paper: str) -> None:
    """Words in the corner that no curve enters: beside its mark, one would lie on another at some place of a slider."""
    fig.add_annotation(
        text=words, x=0, xref="paper", xanchor="left", y=1, yref="paper", yanchor="top", align="left", bgcolor=paper,
        showarrow=False,
    )  # fmt: skip
