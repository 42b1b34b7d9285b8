"""Switches, gates, a half adder, a full adder: press a bit and see what comes out."""

import streamlit as st

from compute.lecture import gates_drawing, svg
from compute.lecture.steps import Step
from pages._lecture import _choose, _picture
from pages._lecture._demo import fragment
from pages._shared import chart

VIEWS = ("Switches", "Gates", "Half adder", "Full adder")
HINTS = {
    "Switches": "Press A or B. When is the lamp on?",
    "Gates": "A gate answers one question about two bits. Press a bit.",
    "Half adder": "Two gates add two bits: XOR gives the sum, AND the carry.",
    "Full adder": "Two half adders and an OR add three bits: 5 gates.",
}


def draw(step: Step) -> None:
    """Draw the demo."""
    fragment(_drawn)()


def _drawn() -> None:
    with _choose.large("gates"):
        view = _choose.one_of("gates", "What to look at", VIEWS)
    dark = chart.dark()
    a, b, c = (st.session_state.setdefault(f"gates-{name}", 0) for name in "abc")
    drawing = {
        "Switches": lambda: gates_drawing.switches(a, b, dark),
        "Gates": lambda: gates_drawing.four_gates(a, b, dark),
        "Half adder": lambda: gates_drawing.half_adder(a, b, dark),
        "Full adder": lambda: gates_drawing.full_adder(a, b, c, dark),
    }[view]
    _picture.show("gates", drawing() + svg.said(HINTS[view]), _press)


def _press(name: str) -> None:
    st.session_state[f"gates-{name}"] = 1 - st.session_state[f"gates-{name}"]
