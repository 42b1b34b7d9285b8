"""Makes a chart of the dashboard legible from the last row."""

import plotly.graph_objects as go

TICK_PX, TEXT_PX = 20, 22


def enlarged(fig: go.Figure, height: int | None = None) -> go.Figure:
    """The same figure, changed in place: `height` in px (None: that of its place), and every text of it large."""
    axis = {"tickfont": {"size": TICK_PX}, "title": {"font": {"size": TEXT_PX}}}
    fig.update_layout(
        height=height, font_size=TEXT_PX, title_font_size=TEXT_PX, xaxis=axis, yaxis=axis,
        legend_font_size=TEXT_PX, margin_t=50,
    )  # fmt: skip
    fig.update_annotations(font_size=TEXT_PX)
    return fig
