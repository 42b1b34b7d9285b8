"""Words and charts that are read from the last row."""

from collections.abc import Iterator
from contextlib import contextmanager
from html import escape

import streamlit as st

_WORDS = '<p style="font-size:clamp(22px,2.2vw,42px);line-height:1.25;margin:0">{}</p>'
# What stands above and below a chart: the step's title and text, the controls and words of the demo, its badge.
_CHART = (
    "<style>.st-key-{key}{{flex:none;height:max(260px,calc(100vh - {px}px))}}"
    ".st-key-{key} :is(.stElementContainer,.stFullScreenFrame,.stPlotlyChart){{height:100%}}</style>"
)


def words(text: str) -> str:
    """A sentence as HTML."""
    return _WORDS.format(escape(text))


@contextmanager
def room_for_chart(key: str, px: int = 440) -> Iterator[None]:
    """A box that takes the height of the screen but for so many px; a chart of height "stretch" fills it."""
    st.html(_CHART.format(key=key, px=px))
    with st.container(key=key):
        yield
