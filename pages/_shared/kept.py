"""What a callback keeps of something that it begins."""

from typing import Any

import streamlit as st


def kept(name: str) -> dict[str, Any]:
    """This visitor's own mapping with this name, to be taken before something begins.

    Streamlit ends a callback wherever it uses the session while the page is asked for again, as by the second click of
    a double one. What is put into the mapping afterwards is kept all the same.
    """
    found: dict[str, Any] = st.session_state.setdefault(name, {})
    return found
