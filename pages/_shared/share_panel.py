"""Sharing a comparison by link: nothing is stored unless the person presses the button."""

from collections.abc import Sequence
from urllib.parse import urlencode

import streamlit as st

from compute.share import shelf
from pages._shared import data
from pages._shared.text import plain

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


def popover(run_ids: Sequence[str]) -> None:
    """What a link stores and until when, and the button that does it."""
    with st.popover("Share by link", icon=":material/share:", width="stretch"):
        if rows := data.rows_to_share(run_ids):
            count = len({row["run_id"] for row in rows})
            st.markdown(PROMISE.format(rows=len(rows), machines="1 machine" if count == 1 else f"{count} machines"))
            st.button("Store it and make the link", key="share", on_click=_keep, args=(run_ids,), type="primary")
        else:
            st.markdown(NOTHING)
    if trouble := st.session_state.pop("not shared", None):
        st.error(plain(trouble), icon=":material/error:")


def _keep(run_ids: Sequence[str]) -> None:
    try:
        kept = shelf.shelf().keep(data.rows_to_share(run_ids))
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
