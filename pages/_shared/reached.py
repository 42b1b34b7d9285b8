"""The address under which others reach this server: what this browser uses, or what somebody typed."""

import streamlit as st

from compute.share import invitation

TYPED = "typed address"
# Under which the session holds whether the popover is open; its content is drawn for whoever opens it.
EDITING = "address"
LOCAL = "On a phone this address means the phone itself. Give the one under which others reach this machine."


def address(page: str) -> str:
    """The address of a page (as in the menu's links) as others reach it."""
    typed: str = st.session_state.get(TYPED, "")
    known = typed if invitation.is_address(typed) else st.context.url or "http://localhost:8501/"
    return f"{invitation.origin(known)}/{page}"


def edit(page: str) -> None:
    """A popover to type another address, in orange where phones cannot reach the present one."""
    lost = invitation.only_here(address(page))
    label = ":orange[Phones cannot reach this]" if lost else "Address"
    with st.popover(label, type="tertiary", key=EDITING, on_change="rerun") as opened:
        if opened.open:
            fields(page)


def fields(page: str) -> None:
    """Type another address, or take the one that this machine has in its network."""
    now = address(page)
    lost = invitation.only_here(now)
    if lost:
        st.markdown(LOCAL)
    typed = st.text_input(
        "The address of this page as others reach it", placeholder=now, key=TYPED, persist_state="session", width=420
    )
    if typed and not invitation.is_address(typed):
        st.error("This is no address: it begins with http:// or https:// and a name.")
    suggested = invitation.in_the_network(now) if lost else None
    if suggested:
        st.button(f"Use {suggested}", on_click=_use, args=(suggested,), key="use network")


def qr(link: str, width: int) -> None:
    """A link as a QR code, so many pixels wide."""
    st.image(_qr(link), width=width, alt=f"QR code of {link}")


@st.cache_data(max_entries=100, show_spinner=False)
def _qr(link: str) -> str:
    return invitation.qr(link)


def _use(suggested: str) -> None:
    st.session_state[TYPED] = suggested
