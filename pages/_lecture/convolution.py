"""Demo: a kernel slides over a picture, and the feature map appears."""

import streamlit as st

from compute.lecture import convolution as layer
from compute.lecture import film
from compute.lecture.convolution import KERNELS, OWN, Kernel
from compute.lecture.steps import Step
from pages._lecture import _parts, _pictures, _window
from pages._lecture._demo import fragment

NAME = "convolution"
_CHOSEN, _OWN, _PROBLEM = f"{NAME}-kernel", f"{NAME}-own", f"{NAME}-problem"
FIRST = "Edges |"


@fragment
def draw(step: Step) -> None:
    """Choose a picture and a kernel, change the weights, play."""
    st.session_state.setdefault(_CHOSEN, FIRST)
    st.session_state.setdefault(_OWN, Kernel(KERNELS["Identity"].weights))
    with st.container(horizontal=True, vertical_alignment="center", key=f"{NAME}-choices"):
        picture_name, picture = _pictures.choose(NAME, step)
        chosen = _parts.one_of("Kernel", [*KERNELS, OWN], _CHOSEN, on_change=_forgive)
    kernel = st.session_state[_OWN] if chosen == OWN else KERNELS[chosen]
    problem = st.session_state.get(_PROBLEM, "")
    _window.play(NAME, film.of_convolution(picture, kernel, picture_name, chosen, problem), on_edited=_edit)


def _edit() -> None:
    """Someone changed a weight: it is a kernel of their own, unless it is one of ours again."""
    try:
        kernel = layer.parse(_window.edited(NAME))
    except layer.BadKernel as bad:
        st.session_state[_PROBLEM] = str(bad)
        return
    _forgive()
    st.session_state[_OWN] = kernel
    st.session_state[_CHOSEN] = layer.named(kernel)


def _forgive() -> None:
    """Another kernel is chosen: what was wrong with the last one does not matter any more."""
    st.session_state.pop(_PROBLEM, None)
