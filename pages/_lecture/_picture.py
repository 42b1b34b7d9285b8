"""How a demo shows a drawing of `compute.lecture`, in which something may be pressed."""

from collections.abc import Callable
from pathlib import Path

import streamlit as st

HERE = Path(__file__).resolve().parent
_PICTURE = st.components.v2.component(
    "many_hands_picture",
    html='<div class="drawing"></div>',
    css=(HERE / "_picture.css").read_text("utf-8"),
    js=(HERE / "_picture.js").read_text("utf-8"),
)


def show(name: str, markup: str, on_press: Callable[[str], None] | None = None) -> None:
    """Draw markup that `compute.lecture` made; `on_press` gets the name of what was pressed in it."""
    key = f"{name}-picture"

    def pressed() -> None:
        if on_press and (what := st.session_state[key].get("pressed")):
            on_press(what)

    _PICTURE(key=key, data=markup, on_pressed_change=pressed)
