"""How many hashes begin with how many zero bits: each further one is half as likely."""

from collections.abc import Mapping

import plotly.graph_objects as go

from compute.charts import _style


def build(counts: Mapping[int, int], *, dark: bool = False) -> go.Figure:
    """Bars of how many hashes have at least so many leading zero bits, on a log axis, and what chance expects."""
    colours = _style.look(dark)
    fig = _style.figure("Hashes of this sweep", height=380, dark=dark)
    bits = sorted(counts)
    fig.add_trace(
        go.Bar(x=bits, y=[counts[bit] for bit in bits], name="found", marker={"color": colours.accent}, width=0.7)
    )
    fig.add_trace(
        go.Scatter(
            x=bits,
            y=[counts[bits[0]] / 2 ** (bit - bits[0]) for bit in bits],
            mode="lines",
            name="expected by chance",
            line={"color": colours.ink, "dash": "dot", "width": 2},
        )
    )
    fig.update_xaxes(title={"text": "zero bits at the beginning, at least"}, dtick=4 if len(bits) > 14 else 1)
    fig.update_yaxes(_style.log_axis([max(count, 0.5) for count in counts.values()]))
    return _style.with_room_for_legend(fig)


def describe(counts: Mapping[int, int]) -> str:
    """The ends of the row in words."""
    bits = sorted(counts)
    return (
        f"Of {counts[bits[0]]:,} hashes {counts[bits[-1]]} began with at least {bits[-1]} zero bits; "
        "each further bit is half as likely."
    )
