"""How a page shows a chart."""

from collections.abc import Callable
from functools import partial
from types import ModuleType
from typing import TYPE_CHECKING, Any, Literal

import streamlit as st

if TYPE_CHECKING:
    import pandas as pd
    import plotly.graph_objects as go

    from compute.measure.crossover import Record


def dark() -> bool:
    """True when this visitor sees the dark theme."""
    return st.context.theme.type == "dark"


def phone() -> bool:
    """True when this visitor's browser says that it is on a phone."""
    return "Mobi" in st.context.headers.get("User-Agent", "")


def show(
    figure: "go.Figure",
    alt: str,
    name: str,
    key: str = "",
    on_select: Callable[[str], None] | None = None,
    height: Literal["content", "stretch"] = "content",
) -> None:
    """Draw a figure with the words that stand for it; `name` is that of the saved picture, and its key unless given.

    With `on_select`, a click on a point calls it with the key under which the session holds the selection.
    """
    key = key or name
    config = {
        "displaylogo": False,
        # A phone cannot hover: there the buttons would lie on the title for good.
        "displayModeBar": False if phone() else "hover",
        "modeBarButtonsToRemove": ["sendChartToCloud", "select2d", "lasso2d"],
        "toImageButtonOptions": {"format": "svg", "filename": name, "scale": 2},
    }
    if on_select is None:
        st.plotly_chart(figure, key=key, alt=alt, theme=None, config=config, height=height)
        return
    # The points that were not clicked do not fade.
    figure.update_traces(unselected={"marker": {"opacity": 1}}, selector={"type": "scatter"})
    st.plotly_chart(
        figure, key=key, alt=alt, theme=None, config=config, on_select=partial(on_select, key), selection_mode="points"
    )


def draw(chart: ModuleType, frame: "pd.DataFrame | Record", key: str, version: str, **options: Any) -> None:
    """Draw a chart of `compute.charts`, built again only when `version` says that the frame is another one.

    For charts that are looked at every second while a run is measured: a processor busy with building the same
    figure again would disturb what is being measured.
    """
    figure, alt = _built(chart.__name__, version, dark(), options, chart, frame)
    show(figure, alt, key)


# Not cache_data: its copy of a figure has its keys in another order, which a browser would draw again.
@st.cache_resource(max_entries=12, show_spinner=False)
def _built(
    name: str, version: str, dark: bool, options: dict[str, Any], _chart: ModuleType, _frame: "pd.DataFrame | Record"
) -> "tuple[go.Figure, str]":
    return _chart.build(_frame, dark=dark, **options), _chart.describe(_frame, **options)
