"""Sharing a comparison by link: nothing is stored unless the person presses the button."""

from collections.abc import Sequence
from typing import TYPE_CHECKING
from urllib.parse import urlencode

import streamlit as st

from compute.share import shelf
from pages._shared import data
from pages._shared.text import plain

if TYPE_CHECKING:
    import pandas as pd

# In the address of a shared comparison.
SHARED = "shared"
NOTHING = "Every result here comes with the project, so the address of this page is the link already."
PROMISE = (
    "Pressing the button stores {rows:,} results of {machines} on this server: what *as one CSV* holds of them, with "
    "device names, versions and labels, no host or user names. Whoever has the link can read them. After "
    f"{shelf.KEPT_DAYS} days they are deleted."
)
KEPT = (
    "Stored on this server until **{day}**, then deleted. Whoever has this link sees the comparison as you see it now."
)


def open_link() -> None:
    """Take the comparison that the address names into view, and say what is stored until when, or why there is none."""
    shelf.shelf().sweep()  # what is over goes even when nobody asks for it
    if not (hash := st.query_params.get(SHARED)):
        return
    try:
        kept = data.open_shared(hash)
    except shelf.ShelfError as error:
        # What came from the address stands between backticks.
        st.error(str(error), title="This comparison cannot be shown", icon=":material/link_off:")
        return
    if st.session_state.get("kept") != hash:
        st.caption(f":material/link: A shared comparison, stored on this server until {kept.day}.")
        return
    with st.container(border=True):
        st.markdown(KEPT.format(day=kept.day))
        st.code(_link(), language=None, wrap_lines=True)


def popover(frame: "pd.DataFrame") -> None:
    """What a link to these results stores and until when, and the button that does it."""
    needed = data.to_share(frame)
    with st.popover("Share by link", icon=":material/share:", width="stretch"):
        if needed.empty:
            st.markdown(NOTHING)
        else:
            count = needed["run_id"].nunique()
            machines = "1 machine" if count == 1 else f"{count} machines"
            st.markdown(PROMISE.format(rows=len(needed), machines=machines))
            run_ids = list(needed["run_id"].unique())
            st.button("Store it and make the link", key="share", on_click=_keep, args=(run_ids,), type="primary")
    if trouble := st.session_state.pop("not shared", None):
        st.error(plain(trouble), icon=":material/error:")


def _keep(run_ids: Sequence[str]) -> None:
    wanted = set(run_ids)
    try:
        kept = shelf.shelf().keep(row for row in data.merged().rows if row["run_id"] in wanted)
    except shelf.ShelfError as error:
        st.session_state["not shared"] = str(error)
        return
    st.session_state["kept"] = kept.hash
    st.session_state.setdefault("opened", set()).add(kept.hash)  # they are in view here already
    st.query_params[SHARED] = kept.hash


def _link() -> str:
    """This page's address with what is chosen on it."""
    address = (st.context.url or "").partition("?")[0]
    return f"{address}?{urlencode(st.query_params.to_dict())}"
