"""A systolic array to step through, a large one in figures, and memory beside each core."""

import streamlit as st

from compute.lecture import systolic, systolic_drawing
from compute.lecture.steps import Step
from pages._lecture import _choose, _picture
from pages._lecture._demo import fragment
from pages._shared import chart

STEP, LARGE, NEAR = VIEWS = ("Step by step", "Full size", "IPU")
SIZES = (4, 8, 16, 32, 64, 128, 256)
LAST = len(systolic.beats(systolic.EXAMPLE_X, systolic.EXAMPLE_W)) - 1


def draw(step: Step) -> None:
    """Draw the demo."""
    fragment(_drawn)()


def _drawn() -> None:
    place = st.session_state.setdefault("systolic-place", 0)
    dark = chart.dark()
    with _choose.large("systolic"):
        view = _choose.one_of("systolic", "What to look at", VIEWS)
        if view == STEP:
            _steps(place)
        elif view == LARGE:
            size = st.segmented_control(
                "Hands along one side", SIZES, default=128, required=True, key="systolic-size",
                label_visibility="collapsed",
            )  # fmt: skip
    if view == STEP:
        drawing = systolic_drawing.array(systolic.EXAMPLE_X, systolic.EXAMPLE_W, place, dark)
    elif view == LARGE:
        drawing = systolic_drawing.large(size, dark)
    else:
        drawing = systolic_drawing.near_memory(dark)
    _picture.show("systolic", drawing)


def _steps(place: int) -> None:
    for label, icon, to in (
        ("Start over", "first_page", 0),
        ("Back", "arrow_back", place - 1),
        ("Step", "arrow_forward", place + 1),
        ("To the end", "last_page", LAST),
    ):
        st.button(
            label, key=f"systolic-{label}", icon=f":material/{icon}:", on_click=_go, args=(to,),
            disabled=not 0 <= to <= LAST or to == place, type="primary" if label == "Step" else "secondary",
        )  # fmt: skip


def _go(place: int) -> None:
    st.session_state["systolic-place"] = place
