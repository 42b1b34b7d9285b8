"""Measure a figure here, now: the button, how far it is, and the figure that there is."""

import streamlit as st

from compute.lecture import live
from compute.lecture.live import Attempt, Figure, Waiting
from pages._lecture import _share
from pages._lecture._demo import fragment
from pages._shared import run_panel
from pages._shared.kept import kept
from pages._shared.text import plain


def figure(name: str) -> Figure:
    """What there is to show: what came of this visitor's newest attempt, or else the newest that anybody made."""
    attempt = _attempt(name)
    if attempt and isinstance(found := live.look(attempt), Figure):
        st.session_state[_SHOWN + name] = attempt
        return found
    return live.figure(name)


def controls(name: str, words: str = "Measure now") -> None:
    """The button that fits the moment, below the `figure`. While it measures, how far it is.

    The page is drawn again at the end. Whether that has come is what `figure` saw: an attempt may end between the two.
    A phone that follows has no button: one room measures once.
    """
    if _share.following():
        return
    attempt = _attempt(name)
    if attempt and st.session_state.get(_SHOWN + name) != attempt:
        st.button("Cancel", key=f"{name}-cancel", on_click=live.cancel, args=(attempt,))
        fragment(_beat, run_every=run_panel.POLL_S)(attempt)
    else:
        st.button(words, key=f"{name}-measure", type="primary", icon=":material/timer:", on_click=_begin, args=(name,))


# In the session: the newest attempt at each figure; and, before the name of a figure, the attempt whose outcome is on
# the page.
_ATTEMPTS, _SHOWN = "lecture attempts", "lecture shown "


def _attempts() -> dict[str, Attempt]:
    return kept(_ATTEMPTS)


def _attempt(name: str) -> Attempt | None:
    return _attempts().get(name)


def _begin(name: str) -> None:
    attempts = _attempts()  # before it begins: the attempt must not be lost
    attempts[name] = live.begin(name)


def _beat(attempt: Attempt) -> None:
    now = live.look(attempt)
    if not isinstance(now, Waiting):
        st.rerun()
    st.progress(now.share, text=plain(now.words))
