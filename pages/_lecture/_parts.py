"""What the demos of the warm-up are put together of."""

from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any, TypeVar

import streamlit as st

HERE = Path(__file__).resolve().parent
CHOICES = HERE / "_choices.css"
"""How large the letters are that one chooses from."""

Choice = TypeVar("Choice", str, int)


def component(name: str) -> Callable[..., Any]:
    """What runs in the browser, of the three files of that name."""
    html, css, js = ((HERE / f"_{name}.{kind}").read_text("utf-8") for kind in ("html", "css", "js"))
    return st.components.v2.component(f"many_hands_{name}", html=html, css=css, js=js)


def one_of(label: str, choices: Sequence[Choice], key: str, **more: Any) -> Choice:
    """One of a few, chosen by one click; which is chosen at first, the session says under the key."""
    chosen = st.segmented_control(
        label, choices, key=key, required=True, wrap=True, label_visibility="collapsed", **more
    )
    assert chosen is not None  # one is always chosen
    return chosen
