"""The badge of a figure: LIVE with machine and time, or RECORDED with machine, date and why."""

from datetime import datetime, timedelta, timezone
from html import escape

import streamlit as st

from compute.lecture.live import Figure
from pages._shared import chart

# theme -> LIVE's ground and ink, RECORDED's ink. Both inks reach 4.5 to 1 on their ground.
_COLOURS = {False: ("#00684B", "#ffffff", "#3b3b45"), True: ("#2BC79A", "#171614", "#d9d9e0")}
_BADGE = (
    '<p class="figure-label" style="margin:0;font-size:max(1.1rem,calc(.75*var(--said,1rem)));line-height:1.35;'
    'overflow-wrap:anywhere">'
    '<strong style="{look};border-radius:.4em;padding:.1em .5em;margin-right:.4em;letter-spacing:.04em">{source}'
    "</strong>{words}</p>"
)


def label(figure: Figure) -> None:
    """Say where a figure comes from."""
    ground, ink, faint = _COLOURS[chart.dark()]
    look = f"background:{ground};color:{ink}" if figure.live else f"border:2px dashed {faint}"
    st.html(_BADGE.format(look=look, source=figure.source, words=escape(words(figure))))


def words(figure: Figure) -> str:
    """Machine and time, on the visitor's clock; of a recorded one the date and why it stands here."""
    zone = timezone(-timedelta(minutes=st.context.timezone_offset or 0))
    when = datetime.fromisoformat(figure.when).astimezone(zone)
    if figure.live:
        return f"{figure.machine}, {when:%H:%M}"
    said = f"{figure.machine}, {when.day} {when:%B %Y}"
    return f"{said}. {figure.why}" if figure.why else said
