"""The board: a room of machines on one screen. Open one, join it, watch it, moderate it."""

from collections.abc import Callable
from datetime import date, datetime, time, timedelta, timezone
from functools import partial

import streamlit as st

from compute.share import board, invitation
from compute.share.board.codes import spoken
from pages._shared import data, elsewhere, links, moderation, reached, room_view
from pages._shared.board_secret import configure_board
from pages._shared.text import plain

# Its address in the menu.
PAGE = "room"
# In the address: which board, and on which screen. (Other pages bind "view" to a widget, which then owns it.)
CODE, VIEW, PROJECTOR = "code", "screen", "projector"
REMEMBERED = "board"
# Under which the session holds what is open below the ranking.
MORE = "more"
LARGEST_MB = 1
USUAL = timedelta(days=7)
QR_PX = 160

WHAT = """
A board shows **a whole room of machines on one screen**: everyone measures what they have, a laptop, a server, a
notebook in Colab, and sends the CSV here. The wall shows at once what the room is together, who is fastest, and how
far equal machines differ.
"""
STORED = """
**What is stored**: the rows of the file in the columns of Many Hands: the result, the device, its driver, versions, and
a label if you gave one. No host name, user name, path or address is among them. Your own address is only counted in
memory against floods, never stored. **Who sees it**: everyone with the code. **Until when**: {ends}; then the board and
all that is on it is deleted. Its moderator can delete it earlier.
"""
COMMAND = "python many-hands.pyz run --board {origin} {code}"
TITLES = {404: "No such board", 410: "This board has ended", 503: "The boards cannot be reached"}


def door() -> None:
    """No code yet: what a board is, join one or open one."""
    st.markdown(WHAT)
    left, right = st.columns(2, gap="large")
    with left:
        st.subheader("Join a board", anchor=False)
        with st.form("join", border=False):
            st.text_input("Code", key="typed", placeholder="K7M 4X2", width=240)
            st.form_submit_button("Join", key="join-button", on_click=_join)
    with right:
        st.subheader("Open a board", anchor=False)
        with st.form("open", border=False):
            st.text_input("Name", key="name", max_chars=80, placeholder="Deep learning, lecture 5")
            with st.container(horizontal=True):
                st.text_input("PIN for moderating", key="new pin", type="password", autocomplete="off", width=190)
                today = _today()
                st.date_input("Ends after", today + USUAL, min_value=today, key="ends", width=180)
            st.form_submit_button("Open the board", type="primary", key="open-button", on_click=_open)
            st.caption("Whoever knows the PIN hides, deletes, closes and exports. It cannot be recovered.")
    if trouble := st.session_state.pop("not opened", ""):
        st.error(plain(trouble), icon=":material/error:")


def _join() -> None:
    if typed := st.session_state["typed"].strip():
        st.query_params[CODE] = typed


def _open() -> None:
    """Open a board and go to its wall. The PIN is compared once more, so that its owner may moderate at once."""
    pin = st.session_state["new pin"]
    ends = datetime.combine(st.session_state["ends"], time.max, _zone())
    try:
        opened = board.boards().open(st.session_state["name"], pin, ends, moderation.sender())
        moderation.admit(opened.code, pin, moderation.sender())
    except board.BoardProblem as problem:
        st.session_state["not opened"] = str(problem)
        return
    st.query_params.from_dict({CODE: opened.code, VIEW: PROJECTOR})


def leave() -> None:
    """Forget the board: the door is shown again."""
    st.session_state.pop(REMEMBERED, None)
    st.query_params.clear()


def trouble(problem: board.BoardProblem, code: str) -> None:
    """Why there is no board to see, and what to do."""
    title = TITLES.get(problem.status, "The board cannot be shown")
    st.error(plain(problem), title=title, icon=":material/error:")
    if problem.status == 503:
        st.caption("This page tries again every second.")
        room_view.watch(code, None)
    st.button("Another board", on_click=leave, key="leave")


def wall(seen: room_view.Room) -> None:
    """The projector's view: the invitation, the room in a sentence, strips and ranking, all on one screen."""
    found = seen.board
    link = invitation.link(reached.address(PAGE), found.code)
    picture, code, room = st.columns([2, 3, 6], vertical_alignment="center")
    with picture:
        reached.qr(link, QR_PX)
    with code, st.container(gap="xxsmall"):
        st.title(spoken(found.code), anchor=False)
        closed = " :orange[closed]" if found.closed else ""
        st.markdown(f":small[**{plain(found.name)}**{closed}]  \n:small[{plain(link.partition('?')[0])}]")
        reached.edit(PAGE)
    with room:
        room_view.sentence(seen)
    room_view.races(seen)
    room_view.basis(seen)


def take_part(seen: room_view.Room) -> None:
    """The view of a phone or laptop in the room: send results, then see the room."""
    found = seen.board
    st.subheader(f"{plain(found.name)} · {spoken(found.code)}", anchor=False)
    if found.closed:
        st.info("This board is closed: it takes no more results.", icon=":material/lock:")
    else:
        key = f"results {st.session_state.setdefault('board round', 0)}"
        st.file_uploader(
            "Send the CSV of your machine",
            type="csv",
            accept_multiple_files=True,
            max_upload_size=LARGEST_MB,
            key=key,
            on_change=_send,
            args=(key, found.code),
        )
        for name, sentence, arrived in st.session_state.get("receipts", []):
            (st.success if arrived else st.error)(f"**{plain(name)}**: {plain(sentence)}")
        st.markdown("Or measure and send in one step:")
        st.code(
            COMMAND.format(origin=invitation.origin(reached.address(PAGE)), code=found.code),
            language="shell",
            wrap_lines=True,
        )
        elsewhere.ways()
    room_view.sentence(seen)
    room_view.basis(seen)
    room_view.races(seen)


def more(seen: room_view.Room) -> None:
    """What few look at: each behind its name, and drawn for whoever chooses it. A wall is drawn often."""
    behind: dict[str, tuple[str, Callable[[], None]]] = {
        "how": (":material/balance: How machines are counted and ranked", room_view.how),
        "stored": (":material/shield: What is stored, and until when", partial(_stored, seen.board)),
        "moderate": (":material/admin_panel_settings: Moderate this board", partial(moderation.panel, seen.board)),
    }
    if count := len(seen.apart):
        title = f":material/block: {count} results stand apart, {seen.invalid} of them invalid"
        behind = {"apart": (title, partial(room_view.apart, seen)), **behind}
    elif st.session_state.get(MORE) == "apart":
        st.session_state.pop(MORE)
    chosen = st.pills(
        "More", list(behind), format_func=lambda name: behind[name][0], key=MORE, label_visibility="collapsed"
    )
    if chosen:
        with st.container(border=True):
            behind[chosen][1]()


def _stored(found: board.Board) -> None:
    """What a board keeps of whom, and until when."""
    st.markdown(STORED.format(ends=_ends(found)))


def ways_out(seen: room_view.Room, on_the_wall: bool) -> None:
    """The other view, the page Compare with these machines, and another board."""
    with st.container(horizontal=True):
        if on_the_wall:
            st.button("Send results", on_click=_show, args=("",), icon=":material/upload:", key="take part")
        else:
            st.button("Projector view", on_click=_show, args=(PROJECTOR,), icon=":material/present_to_all:", key="wall")
        if st.button("Compare these machines", icon=":material/compare_arrows:", key="compare"):
            code = seen.board.code
            data.bring(f"board {spoken(code)}", str(seen.revision), board.boards().rows(code))
            st.switch_page(links.COMPARE)
        st.button("Another board", on_click=leave, icon=":material/logout:", key="leave")


def _send(key: str, code: str) -> None:
    """Send what was dropped to the board; what became of each file stands under the empty uploader."""
    receipts = []
    for file in st.session_state[key]:
        try:
            receipt = board.boards().post(code, file.getvalue(), moderation.sender())
            receipts.append((file.name, receipt.sentence, True))
        except board.BoardProblem as problem:
            receipts.append((file.name, str(problem), False))
    room_view.turns.clear()
    st.session_state["receipts"] = receipts
    st.session_state["board round"] += 1


def _zone() -> timezone:
    return timezone(-timedelta(minutes=st.context.timezone_offset or 0))


def _today() -> date:
    return datetime.now(_zone()).date()


def _ends(found: board.Board) -> str:
    """When the board is deleted, on this visitor's clock."""
    ends = found.ends_at.astimezone(_zone())
    return f"{ends.day} {ends:%B %Y, %H:%M}"


def _show(view: str) -> None:
    if view:
        st.query_params[VIEW] = view
    else:
        st.query_params.pop(VIEW, None)


def main() -> None:
    """The board of the address, or the one that this visitor saw last; without one, the door."""
    configure_board()
    asked = {name: st.query_params[name] for name in (CODE, VIEW) if name in st.query_params}
    if CODE not in asked:
        asked = st.session_state.get(REMEMBERED, {})
    if not asked:
        door()
        return
    try:
        seen = room_view.see(asked[CODE], room_view.look(asked[CODE]))
    except board.BoardProblem as problem:
        trouble(problem, asked[CODE])
        return
    st.session_state[REMEMBERED] = asked | {CODE: seen.board.code}
    st.query_params.update(st.session_state[REMEMBERED])
    on_the_wall = asked.get(VIEW) == PROJECTOR
    (wall if on_the_wall else take_part)(seen)
    more(seen)
    ways_out(seen, on_the_wall)
    room_view.watch(seen.board.code, seen.revision)


main()
