"""How a room follows: the code of the showing, its link as a QR code, and the speaker's own link."""

from urllib.parse import urlencode

import streamlit as st

from compute.share import invitation
from compute.share.board.codes import spoken
from pages._shared import reached
from pages._shared.text import plain

PAGE = "lecture"
SESSION, NOTES, FOLLOW = "session", "notes", "follow"
"""In the address: the speaker's code on the stage and in the second window, the room's code on a phone."""


def following() -> bool:
    """Whether this is a phone that follows. It shows what the room sees: only the stage measures."""
    return FOLLOW in st.query_params


def follow_link(code: str) -> str:
    """Where a phone follows."""
    return f"{reached.address(PAGE)}?{urlencode({FOLLOW: code})}"


def notes_link(speaker: str) -> str:
    """The speaker's second window, beside the page that asks."""
    return f"{PAGE}?{urlencode({NOTES: speaker})}"


def invite(code: str, width: int) -> None:
    """The QR code, and the code and the address for whoever types."""
    link = follow_link(code)
    picture, words = st.columns([width, width], vertical_alignment="center")
    with picture:
        reached.qr(link, width)
    with words, st.container(gap="small"):
        st.header(spoken(code), anchor=False)
        st.markdown(plain(link.partition("?")[0].partition("://")[2]))
        if lost(code):
            st.markdown(":orange[Phones cannot reach this address: give another one at the top right.]")


def lost(code: str) -> bool:
    """Whether phones would find themselves at that address."""
    return invitation.only_here(follow_link(code))
