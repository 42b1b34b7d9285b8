"""What turns the steps of the lecture: keys, and the clock beside them. Both live in the browser."""

from pathlib import Path

import streamlit as st

from compute.lecture.steps import Lecture, Step

HERE = Path(__file__).resolve().parent
BACK, NEXT = "lecture-back", "lecture-next"
"""Keys of the two buttons that the arrow keys and a clicker press."""

_CLOCK_CSS = """
[role=timer] {
    font: 600 clamp(28px, 2.2vw, 42px)/1.2 var(--st-font);
    color: var(--st-text-color);
    font-variant-numeric: tabular-nums;
    white-space: nowrap;
}
.late { color: var(--st-orange-text-color); }
"""

_keys = st.components.v2.component("lecture_keys", js=(HERE / "_keys.js").read_text(encoding="utf-8"))
_clock = st.components.v2.component(
    "lecture_clock",
    html='<div role="timer"></div>',
    css=_CLOCK_CSS,
    js=(HERE / "_clock.js").read_text(encoding="utf-8"),
)


def keys() -> None:
    """Let the arrow keys, Page Up and Page Down press the buttons BACK and NEXT, and F fill the screen."""
    _keys(key="lecture-keys", width=1, height=1)


def clock(lecture: Lecture, step: Step, elapsed_s: float) -> None:
    """Minutes gone / minutes at which this step is planned to end."""
    until_min = lecture.until(step)
    data = {"elapsed_s": elapsed_s, "until_min": until_min, "minutes": lecture.minutes}
    _clock(key="lecture-clock", data=data, width="content", height="content")
