"""Before it is measured: the guess of the room, or of the speaker."""

import streamlit as st

from compute import units

CHOICES = [factor * 10.0**power for power in range(7) for factor in (1, 2, 5)]


def guess(demo: str, question: str) -> float | None:
    """What was guessed, a number of times; None while nothing is."""
    return st.selectbox(
        question, CHOICES, index=None, format_func=_times, key=f"{demo}-guess", placeholder="Your guess",
        label_visibility="collapsed", width=220,
        persist_state="session",
    )  # fmt: skip


def _times(number: float) -> str:
    return f"{units.count(number)} times"
