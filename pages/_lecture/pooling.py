"""Demo: of each window only the largest number goes on."""

import streamlit as st

from compute.lecture import film
from compute.lecture import pooling as layer
from compute.lecture.steps import Step
from pages._lecture import _parts, _pictures, _window
from pages._lecture._demo import fragment

NAME = "pooling"


@fragment
def draw(step: Step) -> None:
    """Choose a picture, a window and a stride, play, and look at what is lost."""
    with st.container(horizontal=True, vertical_alignment="center", key=f"{NAME}-choices"):
        picture_name, picture = _pictures.choose(NAME, step)
        window = _one_of("Window", layer.WINDOWS, 2)
        stride = _one_of("Stride", layer.STRIDES, 2)
    _window.play(NAME, film.of_pooling(picture, window, stride, picture_name))


def _one_of(label: str, choices: tuple[int, ...], first: int) -> int:
    key = f"{NAME}-{label.lower()}"
    st.session_state.setdefault(key, first)
    with st.container(horizontal=True, vertical_alignment="center", width="content"):
        st.markdown(label, width="content")
        return _parts.one_of(label, choices, key)
