"""Where a network's work and its weights are: each layer's share of the FLOP and of the parameters."""

from collections.abc import Sequence
from typing import TYPE_CHECKING

import plotly.graph_objects as go

from compute import units
from compute.charts import _style

if TYPE_CHECKING:
    from compute.workloads.cnn import Layer


def build(layers: Sequence["Layer"], *, dark: bool = False) -> go.Figure:
    """Two bars for each layer, per cent of the network: FLOP of a forward pass, parameters (hatched).

    Layers without either (max-pooling) keep their place, so that the picture reads like the network.
    """
    colours = _style.look(dark)
    names = [_style.plain(layer.name) for layer in layers]
    fig = _style.figure("Share of the network", height=120 + 48 * len(layers), dark=dark)
    flop_total = sum(layer.flops for layer in layers)
    parameter_total = sum(layer.parameters for layer in layers)
    fig.add_trace(
        _bars(
            names,
            [100 * layer.flops / flop_total for layer in layers],
            [units.si(layer.flops, "FLOP") for layer in layers],
            "FLOP per image",
            {"color": colours.accent, "line": {"width": 0}},
        )
    )
    pattern = {"shape": "/", "fgcolor": colours.faint, "bgcolor": colours.paper, "solidity": 0.3, "size": 8}
    fig.add_trace(
        _bars(
            names,
            [100 * layer.parameters / parameter_total for layer in layers],
            [f"{units.count(layer.parameters)} parameters" for layer in layers],
            "parameters",
            {"color": colours.faint, "line": {"width": 0}, "pattern": pattern},
        )
    )
    fig.update_layout(barmode="group", bargap=0.25, bargroupgap=0.08)
    ticks = list(range(0, 101, 20))
    fig.update_xaxes(range=[0, 112], tickvals=ticks, ticktext=[f"{tick} %" for tick in ticks])
    fig.update_yaxes(autorange="reversed", showgrid=False)
    return fig


def describe(layers: Sequence["Layer"]) -> str:
    """In words: the shares of the convolutions and of the dense layers, and the single busiest layer."""
    flop_total = sum(layer.flops for layer in layers)
    parameter_total = sum(layer.parameters for layer in layers)
    sentences = []
    for kind, name in (("convolution", "Convolutional layers"), ("dense", "Dense layers")):
        flops = sum(layer.flops for layer in layers if layer.kind == kind) / flop_total
        parameters = sum(layer.parameters for layer in layers if layer.kind == kind) / parameter_total
        sentences.append(f"{name} do {flops:.0%} of the FLOP and hold {parameters:.0%} of the parameters.")
    busiest = max(layers, key=lambda layer: layer.flops)
    heaviest = max(layers, key=lambda layer: layer.parameters)
    sentences.append(f"Most FLOP: {busiest.name} ({busiest.flops / flop_total:.0%}).")
    sentences.append(f"Most parameters: {heaviest.name} ({heaviest.parameters / parameter_total:.0%}).")
    return " ".join(sentences)


def _bars(names: list[str], shares: list[float], hover: list[str], name: str, marker: dict[str, object]) -> go.Bar:
    return go.Bar(
        orientation="h",
        y=names,
        x=shares,
        name=name,
        marker=marker,
        text=[f"{share:.0f} %" if share >= 0.5 else ("" if share == 0 else "<1 %") for share in shares],
        textposition="outside",
        constraintext="none",
        textfont={"size": _style.NOTE_PX},
        cliponaxis=False,
        customdata=hover,
        hovertemplate="%{y}: %{customdata}<extra>" + name + "</extra>",
    )
