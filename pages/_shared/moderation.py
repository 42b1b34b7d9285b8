"""Moderating a board: the PIN opens it; hide, show and delete posts, close, take all home, clear."""

from collections.abc import Callable
from typing import TYPE_CHECKING

import streamlit as st

from compute.share import board
from pages._shared import room_view
from pages._shared.text import plain

if TYPE_CHECKING:
    from compute.share.board.store import Moderator

MODERATOR = "moderator"
PIN, WRONG = "pin", "wrong pin"
CHOSEN = "chosen posts"
TABLE_HEIGHT = 300


def panel(found: board.Board) -> None:
    """The PIN, and then what it allows."""
    moderator = _moderator(found.code)
    if moderator is None:
        _ask(found.code)
    else:
        _tools(found, moderator)


def admit(code: str, pin: str, sender: str) -> None:
    """Remember for this visitor that they know the PIN; the PIN itself is not kept. Raises BoardProblem."""
    st.session_state[MODERATOR] = code, board.boards().moderator(code, pin, sender)


def sender() -> str:
    """This visitor's address, for the limits on how often something may be tried; it is not stored."""
    return st.context.ip_address or "this machine"


def _moderator(code: str) -> "Moderator | None":
    known, moderator = st.session_state.get(MODERATOR, (None, None))
    return moderator if known == code else None


def _ask(code: str) -> None:
    with st.form("moderate", border=False, clear_on_submit=True):
        st.text_input("PIN", type="password", key=PIN, width=240, autocomplete="off")
        st.form_submit_button("Moderate", on_click=_enter, args=(code,), key="moderate-button")
    if wrong := st.session_state.pop(WRONG, ""):
        st.error(plain(wrong), icon=":material/lock:")


def _enter(code: str) -> None:
    try:
        admit(code, st.session_state[PIN], sender())
    except board.BoardProblem as problem:
        st.session_state[WRONG] = str(problem)


def _tools(found: board.Board, moderator: "Moderator") -> None:
    posts = {post.id: post for post in board.boards().posts(found.code)}
    if posts:
        st.dataframe(
            [_line(post) for post in posts.values()],
            hide_index=True,
            height=TABLE_HEIGHT if len(posts) > 7 else "content",
            key="posts",
        )
        st.multiselect(
            "Posts", list(posts), format_func=lambda id: _name(posts[id]), key=CHOSEN, placeholder="Choose some of them"
        )
    with st.container(horizontal=True):
        if posts:
            _button("Hide", moderator.hide, "visibility_off")
            _button("Show again", moderator.show, "visibility")
            _button("Delete", moderator.delete, "delete")
        st.download_button(
            "Export all (CSV)",
            moderator.export,
            file_name=f"many-hands-board-{found.code}.csv",
            mime="text/csv",
            on_click="ignore",
            icon=":material/download:",
            key="export",
        )
        if not found.closed and st.button("Close the board", icon=":material/lock:", key="close"):
            _confirm("Close the board?", CLOSING, "Close it", moderator.close)
        if posts and st.button("Clear the board", icon=":material/delete_sweep:", key="clear"):
            _confirm("Clear the board?", f"{len(posts)} posts {CLEARING}", "Delete everything", moderator.clear)
    if trouble := st.session_state.pop("moderating failed", ""):
        st.error(plain(trouble), icon=":material/error:")


CLOSING = "It takes no more results. What is there can be seen until the board ends. It cannot be opened again."
CLEARING = "and all of their results are deleted for good. Export them first if you want to keep them."


def _confirm(title: str, words: str, button: str, action: Callable[[], None]) -> None:
    """Ask before something that cannot be taken back."""

    @st.dialog(title)
    def ask() -> None:
        st.markdown(words)
        with st.container(horizontal=True):
            done = st.button(button, type="primary", key="confirmed", on_click=_do, args=(action,))
            if st.button("Keep it", key="kept") or done:
                st.rerun()

    ask()


def _button(label: str, action: Callable[[int], None], icon: str) -> None:
    st.button(
        label,
        icon=f":material/{icon}:",
        key=label,
        disabled=not st.session_state.get(CHOSEN),
        on_click=_do_for_chosen,
        args=(action,),
    )


def _do_for_chosen(action: Callable[[int], None]) -> None:
    for id in st.session_state[CHOSEN]:
        _do(action, id)
    st.session_state[CHOSEN] = []


def _do(action: Callable[..., None], *what: int) -> None:
    try:
        action(*what)
    except board.BoardProblem as problem:
        st.session_state["moderating failed"] = str(problem)
    room_view.turns.clear()


def _name(post: board.Post) -> str:
    return f"{post.id}: {' '.join(filter(None, [post.label, post.machine]))}" + (", hidden" if post.hidden else "")


def _line(post: board.Post) -> dict[str, object]:
    return {
        "Post": post.id,
        "Came at (UTC)": f"{post.received_at:%d %b, %H:%M:%S}",
        "Label": post.label or "",
        "Machine": post.machine,
        "Results": post.rows,
        "Hidden": post.hidden,
        "Apart because": post.reason or "",
    }
