"""What one chooses from above a drawing, large enough for the last row."""

from collections.abc import Sequence

import streamlit as st

from pages._lecture import _parts

LARGE = """
<style>
[class*="st-key-"][class*="-large"] :is(button, label, input, textarea) p,
[class*="st-key-"][class*="-large"] :is(input, textarea, [data-testid="stSelectbox"] div) {
  font-size: clamp(18px, .5vw + 16px, 32px) !important; line-height: 1.2
}
[class*="st-key-"][class*="-large"] textarea {font-family: ui-monospace, "Source Code Pro", monospace}
</style>
"""


def large(name: str) -> "st.delta_generator.DeltaGenerator":
    """A row for widgets with large words."""
    st.html(LARGE)
    return st.container(key=f"{name}-large", horizontal=True, vertical_alignment="center", gap="small")


def one_of(name: str, label: str, options: Sequence[str]) -> str:
    """One of a few words; the first one at first."""
    return _parts.one_of(label, options, f"{name}-view", default=options[0])
