"""Chips with their headline figures to scale, and the visitor's own beside them."""

import streamlit as st

from compute import hardware
from compute.lecture import chips
from compute.lecture.steps import Step
from pages._lecture import _choose, _picture
from pages._lecture._demo import fragment
from pages._shared import chart


def draw(step: Step) -> None:
    """Draw the demo."""
    fragment(_drawn)()


def _drawn() -> None:
    names = {chip.id: chip.name for chip in hardware.chips()}
    with _choose.large("chips"):
        mine = st.selectbox(
            "Which chip is yours?", list(names), index=None, format_func=names.__getitem__, key="chips-mine",
            placeholder="Which chip is yours? Find it here", label_visibility="collapsed",
        )  # fmt: skip
    _picture.show("chips", chips.table(chips.shown(mine or ""), mine or "", chart.dark()))
