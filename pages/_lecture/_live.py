"""Measure a figure here, now: the button, how far it is, and the figure that there is."""

import streamlit as st

from compute.lecture import live
from compute.lecture.live import Attempt, Figure, Waiting
from pages._shared import run_panel
from pages._shared.text import plain


def figure(name: str) -> Figure:
    """What there is to show: what came of this visitor's newest attempt, or else the newest that anybody made."""
    attempt = _attempt(name)
    found = live.look(attempt) if attempt else live.figure(name)
    return live.figure(name) if isinstance(found, Waiting) else found


def controls(name: str, words: str = "Measure now") -> None:
    """The button that fits the moment. While it measures, how far it is; the page is drawn again at the end."""
    attempt = _attempt(name)
    if attempt and isinstance(live.look(attempt), Waiting):
        st.button("Cancel", key=f"{name}-cancel", on_click=live.cancel, args=(attempt,))
        st.fragment(_beat, run_every=run_panel.POLL_S)(attempt)
    else:
        st.button(words, key=f"{name}-measure", type="primary", icon=":material/timer:", on_click=_begin, args=(name,))


def _attempt(name: str) -> Attempt | None:
    attempt: Attempt | None = st.session_state.get(_place(name))
    return attempt


def _place(name: str) -> str:
    return f"lecture attempt {name}"


def _begin(name: str) -> None:
    st.session_state[_place(name)] = live.begin(name)


def _beat(attempt: Attempt) -> None:
    now = live.look(attempt)
    if not isinstance(now, Waiting):
        st.rerun()
    st.progress(now.share, text=plain(now.words))
