"""Demo: two networks, their layers as blocks to scale, and where the work and the parameters sit."""

import streamlit as st

from compute.lecture.networks import drawing
from compute.lecture.steps import Step
from compute.workloads.cnn import MODELS
from pages._lecture import _parts
from pages._lecture._demo import fragment

NAME = "networks"
SHOWN = ("baseline", "alexnet")
FIRST = "baseline"
_NETWORK = _parts.component("network")


@fragment
def draw(step: Step) -> None:
    """Choose a network; each layer says more about itself when it is pointed at."""
    st.html(_parts.CHOICES)
    first = step.options.get("model", FIRST)
    if first not in SHOWN:
        st.warning(f"The step asks for the model “{first}”; there are {', '.join(SHOWN)}. Here is {FIRST}.")
        first = FIRST
    st.session_state.setdefault(f"{NAME}-model", first)
    with st.container(key=f"{NAME}-choices"):
        model = _parts.one_of(
            "Network",
            SHOWN,
            format_func=lambda name: MODELS[name].title,
            key=f"{NAME}-model",
        )
    _NETWORK(key=f"{NAME}-drawing", data=drawing(model))
