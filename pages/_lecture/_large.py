"""Words and charts that are read from the last row."""

from collections.abc import Iterator
from contextlib import contextmanager
from html import escape

import streamlit as st

_WORDS = '<p style="font-size:var(--said,1.25rem);line-height:1.25;margin:0">{}</p>'
# What stands above and below a chart, the step's title and words among it, grows with the width of the wall.
_CHART = (
    "<style>.st-key-{key}{{flex:none;height:max({least}px,calc(100vh - 455px))}}"
    "@media (min-width:1200px){{.st-key-{key}{{height:max({least}px,calc(100vh - 205px - {around}vw))}}}}"
    ".st-key-{key} :is(.stElementContainer,.stFullScreenFrame,.stPlotlyChart){{height:100%}}"
    # Plotly draws its first chart 450 px high, for a frame: nothing may scroll because of that.
    ".st-key-{key} .stPlotlyChart{{overflow:clip}}</style>"
)


def words(text: str) -> str:
    """A sentence as HTML."""
    return _WORDS.format(escape(text))


@contextmanager
def room_for_chart(key: str, around: int = 15, least: int = 260) -> Iterator[None]:
    """A box that takes the height that a step leaves; a chart of height "stretch" fills it.

    `around` is the part of the width of the wall that the words around it are high, in per cent;
    `least` is how high the box is at least, in px.
    """
    st.html(_CHART.format(key=key, around=around, least=least))
    with st.container(key=key):
        yield
