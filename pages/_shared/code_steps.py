"""Code beside its explanation, a few lines at a time."""

import streamlit as st

from compute.cuda import listing, programs
from compute.cuda.listing import PAGE, Window
from compute.cuda.programs import BY_ID, SHOWN, Kernel

TITLES = {
    "vector_add": "Vector sum",
    "matmul_naive": "Product, naive",
    "matmul_tiled": "Product, tiled",
    "pallas": "Product in Pallas",
}


def choose(prefix: str = "") -> Kernel:
    """The program to look at. Keys of widgets begin with `prefix`, here as below."""
    name = st.segmented_control(
        "Program", list(SHOWN), default="vector_add", required=True, format_func=TITLES.__getitem__,
        key=f"{prefix}program", bind="query-params", label_visibility="collapsed",
    )  # fmt: skip
    return BY_ID[name]


@st.fragment
def walk(kernel: Kernel, prefix: str = "", window: Window = PAGE, first: int = 1) -> None:
    """Step through a program, from the step `first` on: where one is, and what it does."""
    steps = [step for step in programs.explained(kernel) if step.words]
    key = f"{prefix}step-{kernel.id}"
    number = st.session_state.setdefault(key, first)
    with st.container(horizontal=True, vertical_alignment="center"):
        for label, icon, by in (("Back", "arrow_back", -1), ("Next", "arrow_forward", 1)):
            st.button(
                label, key=f"{prefix}{label}-{kernel.id}", icon=f":material/{icon}:", on_click=_move, args=(key, by),
                disabled=not 1 <= number + by <= len(steps), type="primary" if by > 0 else "secondary",
            )  # fmt: skip
        number = st.slider("Step", 1, len(steps), key=key, label_visibility="collapsed")
    st.html(listing.markup(kernel.source, steps[number - 1], window))


def whole(kernel: Kernel) -> None:
    """All of a program, for whoever wants to copy it."""
    with st.expander("The whole program", icon=":material/code:"):
        st.code(kernel.source, language="cpp" if kernel.cuda else "python")


def _move(key: str, by: int) -> None:
    st.session_state[key] += by
