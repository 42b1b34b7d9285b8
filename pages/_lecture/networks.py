"""Demo: two networks, their layers as blocks to scale, and where the work and the parameters sit."""

from pathlib import Path

import streamlit as st

from compute.lecture.networks import MODELS, drawing
from compute.lecture.steps import Step

NAME = "networks"
HERE = Path(__file__).resolve().parent
SHOWN = ("baseline", "alexnet")
FIRST = "baseline"
_NETWORK = st.components.v2.component(
    "many_hands_network", **{kind: (HERE / f"_network.{kind}").read_text("utf-8") for kind in ("html", "css", "js")}
)


@st.fragment
def draw(step: Step) -> None:
    """Choose a network; each layer says more about itself when it is pointed at."""
    st.html(HERE / "_choices.css")
    first = step.options.get("model", FIRST)
    if first not in SHOWN:
        st.warning(f"The step asks for the model “{first}”; there are {', '.join(SHOWN)}. Here is {FIRST}.")
        first = FIRST
    st.session_state.setdefault(f"{NAME}-model", first)
    with st.container(key=f"{NAME}-choices"):
        model = st.segmented_control(
            "Network",
            SHOWN,
            format_func=lambda name: MODELS[name].title,
            key=f"{NAME}-model",
            required=True,
            label_visibility="collapsed",
        )
    _NETWORK(key=f"{NAME}-drawing", data=drawing(model))
