"""The first step: one large hand and many small ones, and the way for phones to follow."""

from pathlib import Path

import streamlit as st

from compute.lecture import showings
from compute.lecture.steps import Step
from pages._lecture import _share

HANDS = Path(__file__).resolve().parents[1] / "_shared" / "hands.svg"
QR_PX = 420
ALONE = "Press **Present** on the page Lecture: then a code stands here, and phones can follow."


def draw(step: Step) -> None:
    """On the stage the invitation; elsewhere what the stage would show."""
    left, right = st.columns([2, 6], vertical_alignment="center", gap="large")
    left.image(str(HANDS), width="stretch")
    with right:
        if speaker := st.query_params.get(_share.SESSION):
            _share.invite(showings.find(speaker).code, QR_PX)
        elif _share.FOLLOW in st.query_params:
            st.markdown("You follow: this screen turns by itself.")
        else:
            st.markdown(ALONE)
