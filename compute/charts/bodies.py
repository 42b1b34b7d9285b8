"""The world of bodies from above, and the way that each of them has just come."""

from typing import Any

import numpy as np
import plotly.graph_objects as go

from compute.charts import _style


def build(before: Any, after: Any, *, dark: bool = False) -> go.Figure:
    """(n, 3) places of bodies some steps ago and now."""
    colours = _style.look(dark)
    fig = _style.figure("The world from above", height=420, dark=dark)
    ways = np.stack([before[:, :2], after[:, :2], np.full((len(after), 2), np.nan)], axis=1).reshape(-1, 2)
    x, y = ([None if value != value else value for value in np.round(ways[:, axis], 3).tolist()] for axis in (0, 1))
    fig.add_trace(
        go.Scatter(
            x=x, y=y, mode="lines", name="the way so far", line={"color": colours.faint, "width": 1}, hoverinfo="skip"
        )
    )
    fig.add_trace(
        go.Scatter(
            x=np.round(after[:, 0], 3).tolist(),
            y=np.round(after[:, 1], 3).tolist(),
            mode="markers",
            name="a body",
            marker={"size": 5, "color": colours.accent},
            hoverinfo="skip",
        )
    )
    fig.update_xaxes(range=[-1.35, 1.35], constrain="domain", showgrid=False)
    fig.update_yaxes(range=[-1.35, 1.35], scaleanchor="x", showgrid=False)
    return _style.with_room_for_legend(fig)


def describe(before: Any, after: Any) -> str:
    """How many bodies, and how far they have come."""
    way = float(np.median(np.linalg.norm(after - before, axis=1)))
    return f"{len(after)} bodies that attract each other circle around their middle; the median one has come {way:.2f}."
