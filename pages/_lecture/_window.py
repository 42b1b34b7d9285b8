"""The player of a window that slides over a picture: Python computes every stop, the browser plays them."""

from collections.abc import Callable, Mapping
from typing import Any

import streamlit as st

from pages._lecture import _parts

_PLAYER = _parts.component("window")


def play(name: str, film: Mapping[str, Any], on_edited: Callable[[], None] | None = None) -> None:
    """Show a film of `compute.lecture.film`; `on_edited` is called when someone changes a weight in it."""
    st.html(_parts.CHOICES)
    _PLAYER(key=f"{name}-player", data=film, on_edited_change=on_edited or (lambda: None))


def edited(name: str) -> list[object]:
    """What stands in the fields for the weights, when `on_edited` is called."""
    found = st.session_state[f"{name}-player"].edited
    return list(found) if isinstance(found, list) else []
