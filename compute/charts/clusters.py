"""What k-means finds: points coloured and marked by the centre that they belong to, and the centres."""

from collections.abc import Sequence
from typing import Any

import numpy as np
import plotly.graph_objects as go

from compute.charts import _style

_SHAPES = ("circle", "square", "diamond", "triangle-up", "triangle-down", "pentagon", "hexagon", "star")
_SHADES = ("#CC7A00", "#008F68", "#0072B2", "#AA4499", "#7A7A85", "#B8860B", "#3F8FBF", "#4B8B3B")


def build(points: Any, labels: Any, centres: Any, *, dark: bool = False) -> go.Figure:
    """The first two of the measurements of (dimensions, n) points with the labels of (clusters, dimensions) centres."""
    fig = _style.figure("Second measurement", height=380, dark=dark)
    for number in range(len(centres)):
        own = points[:2, labels == number]
        fig.add_trace(
            go.Scatter(
                x=_rounded(own[0]),
                y=_rounded(own[1]),
                mode="markers",
                name=f"cluster {number + 1}",
                showlegend=False,
                marker={"symbol": _SHAPES[number], "size": 6, "color": _SHADES[number], "opacity": 0.75},
            )
        )
    fig.add_trace(
        go.Scatter(
            x=_rounded(centres[:, 0]),
            y=_rounded(centres[:, 1]),
            mode="markers",
            name="centres",
            marker={"symbol": "x", "size": 13, "color": _style.look(dark).ink},
        )
    )
    fig.update_xaxes(title={"text": "first measurement"})
    return _style.with_room_for_legend(fig)


def _rounded(values: Any) -> Sequence[float]:
    rounded: list[float] = np.round(values.astype(float), 2).tolist()
    return rounded


def describe(labels: Any, centres: Any) -> str:
    """How many points each centre has."""
    counts = np.bincount(labels, minlength=len(centres))
    return (
        f"{len(labels)} points in {len(centres)} clusters that k-means found, of "
        f"{', '.join(map(str, counts))} points; the centres are crosses."
    )
