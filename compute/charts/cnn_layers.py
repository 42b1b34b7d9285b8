"""Where a network's work and its weights are: each layer's share of the FLOP and of the parameters."""

from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

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
    pattern = {"shape": "/", "fgcolor": colours.faint, "bgcolor": colours.paper, "solidity": 0.3, "size": 8}
    flops = [100 * layer.flops / flop_total for layer in layers]
    hover = [units.si(layer.flops, "FLOP") for layer in layers]
    fig.add_trace(_bars(names, flops, hover, "FLOP per image", colours.accent))
    parameters = [100 * layer.parameters / parameter_total for layer in layers]
    hover = [f"{units.count(layer.parameters)} parameters" for layer in layers]
    fig.add_trace(_bars(names, parameters, hover, "parameters", colours.faint, pattern))
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


def _bars(
    names: list[str],
    shares: list[float],
    hover: list[str],
    name: str,
    colour: str,
    pattern: dict[str, Any] | None = None,
) -> go.Bar:
    # A bar of no length has no outline either, which would look like a little.
    outline = {"color": colour, "width": [2 if share else 0 for share in shares]}
    return go.Bar(
        orientation="h",
        y=names,
        x=shares,
        name=name,
        marker={"color": colour, "line": outline, "pattern": pattern},
        text=[_share_words(share) for share in shares],
        textposition="outside",
        constraintext="none",
        textfont={"size": _style.NOTE_PX},
        cliponaxis=False,
        customdata=hover,
        hovertemplate="%{y}: %{customdata}<extra>" + name + "</extra>",
    )


def _share_words(share: float) -> str:
    if share == 0:
        return ""
    return f"{share:.0f} %" if share >= 0.5 else "&lt;1 %"
