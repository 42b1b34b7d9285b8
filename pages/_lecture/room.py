"""The board as a slide: the way onto an open board and what it says, or how to open one."""

import streamlit as st

from compute.lecture.steps import Step
from compute.share import board, invitation
from compute.share.board.codes import spoken
from pages._lecture._demo import fragment
from pages._shared import links, reached, room_view
from pages._shared.board_secret import configure_board
from pages._shared.text import plain

PAGE = "room"
QR_PX = 250
POLL_S = 2.0
HOW = """
1. Open a board on the page **Board**: a name, a PIN, an end date.
2. Type its code here. The room scans what appears.
"""


def draw(step: Step) -> None:
    """The code of a board, and what is on it; it looks for news by itself."""
    configure_board()
    fragment(_board, run_every=POLL_S)()


def _board() -> None:
    typed = st.text_input(
        "Code of the board", key="room-code", placeholder="K7M 4X2", width=300, persist_state="session"
    )
    if not typed.strip():
        st.markdown(HOW)
        st.page_link(links.BOARD, label="Open a board", icon=":material/groups:")
        return
    try:
        seen = room_view.see(typed, room_view.look(typed))
    except board.BoardProblem as problem:
        st.error(plain(problem), icon=":material/error:")
        return
    found = seen.board
    link = invitation.link(reached.address(PAGE), found.code)
    with st.container(horizontal=True, vertical_alignment="center", gap="large"):
        reached.qr(link, QR_PX)
        with st.container(width=700):
            st.markdown(f"**{plain(found.name)}**")
            st.markdown(f"Code **{spoken(found.code)}** at {plain(link.partition('?')[0].partition('://')[2])}")
            room_view.sentence(seen)
