"""What every view of a board draws: the room in a sentence, its strips, its ranking, its lesson in noise.

A whole class looks at once, so each thing is made once for each revision of a board, whoever asks first; what takes
long to draw is drawn once, and Streamlit plays it again for the others.
"""

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Literal

import streamlit as st

from compute.charts import room_strip
from compute.compare import pick, room
from compute.share import board
from pages._shared import chart
from pages._shared.text import plain

if TYPE_CHECKING:
    import pandas as pd

# Every view asks this often for the board's revision, and is drawn again only when that has changed.
POLL_S = 1.0
# What the database said is believed for so long: many results in one second are drawn twice, and not each for itself.
FRESH_S = 0.3
# Boards that are looked at at one time, and what is looked at on them.
ROOMS, RACES = 4, 32
# Pixels: as high as the strips of a full room.
TABLE_HEIGHT = 350
ANY_SIZE = "Each at its best size"
COLUMNS: dict[str, Any] = {
    "Place": st.column_config.NumberColumn(width=50),
    "Rate": st.column_config.TextColumn(width=115),
    "Who": st.column_config.TextColumn(width=150),
    "Verdict": st.column_config.TextColumn(width=75),
}

NOBODY = """
Nobody has sent results yet. They appear here by themselves: point a phone at the code, or run the command that the page
behind it shows.
"""
HOW = """
**Together**: one rate for each machine, its best matrix product, all in one arithmetic. Only what ran in the arithmetic
that it is labelled with counts. A machine without such a result counts as a machine and not in the sum.

**One machine**: a run. Runs that carry the same label and come from the same kind of machine are one machine, so give
yours a label if you measure again. A board knows no more than that about whose a result is.

**Places**: the rate from the median time, in the mode *stream*. Where the 95 % intervals of two places touch, their
order is chance; the page Compare says which they are.

**Never ranked**: what is invalid, was skipped or failed. It is listed apart with its reason.
"""


@dataclass(frozen=True)
class Room:
    """A board at one revision, in words and as machines."""

    machines: list[room.Machine]
    sentence: str
    basis: str
    races: dict[str, room.Race]


@st.cache_data(ttl=FRESH_S, max_entries=100, show_spinner=False)
def look(code: str) -> tuple[board.Board, int]:
    """The board with this code and its revision. Raises BoardProblem. After a change of one's own: `look.clear()`."""
    boards = board.boards()
    found = boards.find(code)
    return found, boards.revision(found.code)


def watch(code: str, revision: int | None) -> None:
    """Draw the page again as soon as the board is another one than at `revision`; None = it was not seen yet."""
    st.fragment(_beat, run_every=POLL_S)(code, revision)


def _beat(code: str, revision: int | None) -> None:
    try:
        changed = look(code)[1] != revision
    except board.BoardProblem as problem:
        away = problem.status == 503
        if away and revision is not None:
            st.warning(f"{plain(problem)} What you see is from before.", icon=":material/cloud_off:")
        changed = not away
    if changed:
        st.rerun()


def sentence(code: str, revision: int) -> None:
    """What the room is together, in large letters."""
    seen = _room(code, revision)
    if not seen.machines:
        st.info(NOBODY, title="An empty room", icon=":material/groups:")
    else:
        st.subheader(plain(seen.sentence), anchor=False)


def basis(code: str, revision: int) -> None:
    """On what the sentence rests."""
    if words := _room(code, revision).basis:
        st.caption(plain(words))


def races(code: str, revision: int) -> None:
    """Who is how fast in what: the strips, the ranking, and how far equal machines differ."""
    seen = _room(code, revision)
    if not seen.races:
        return
    with st.container(horizontal=True, vertical_alignment="bottom"):
        name = st.selectbox(
            "Fastest in", list(seen.races), key="race", bind="query-params", label_visibility="collapsed", width=400
        )
        chosen = seen.races[name]
        sizes = [ANY_SIZE, *map(str, _sizes(code, revision, chosen))]
        if st.session_state.get("size") not in sizes:
            st.session_state.pop("size", None)
        size = st.selectbox("Size", sizes, key="size", bind="query-params", label_visibility="collapsed", width=220)
    _ranked(code, revision, chosen, None if size == ANY_SIZE else int(size), chart.dark(), chart.phone())


def apart(code: str, revision: int) -> None:
    """What is never ranked, each with its reason."""
    title, rows = _apart(code, revision)
    if len(rows):
        with st.expander(title, icon=":material/block:"):
            st.dataframe(rows, hide_index=True, key="apart")


def how() -> None:
    """How a room is summed up and ranked."""
    with st.expander("How machines are counted and ranked", icon=":material/balance:"):
        st.markdown(HOW)


@st.cache_resource(max_entries=ROOMS, show_spinner=False)
def _room(code: str, revision: int) -> Room:
    latest = _latest(code)
    latest[:] = machines = room.machines(board.boards().rows(code), tuple(latest))
    together = room.together(machines)
    races = {str(race): race for race in room.races(machines)}
    return Room(machines, room.sentence(together), room.basis(together), races)


@st.cache_resource(max_entries=ROOMS, show_spinner=False)
def _latest(code: str) -> list[room.Machine]:
    """The machines as they were seen last: only those that changed are looked at again."""
    return []


@st.cache_resource(max_entries=RACES, show_spinner=False)
def _sizes(code: str, revision: int, race: room.Race) -> list[int]:
    return room.sizes(_room(code, revision).machines, race)


@st.cache_resource(max_entries=RACES, show_spinner=False)
def _ranked(code: str, revision: int, race: room.Race, size: int | None, dark: bool, phone: bool) -> None:
    """Draw the strips, the ranking, and how far equal machines differ. On a phone the chart has no buttons."""
    ranking = room.ranking(_room(code, revision).machines, race, size)
    left, right = st.columns([11, 10])
    with left:
        figure = room_strip.build(ranking, unit=race.unit, dark=dark)
        chart.show(figure, room_strip.describe(ranking, unit=race.unit), "room")
    with right:
        height: Literal["content"] | int = TABLE_HEIGHT if len(ranking) > 9 else "content"
        places = room.places(ranking, race)
        st.dataframe(places, column_config=COLUMNS, hide_index=True, height=height, key="places")
    st.subheader("The spread is a lesson", anchor=False)
    st.markdown(plain(room.noise(room.spread(ranking))))


@st.cache_resource(max_entries=ROOMS, show_spinner=False)
def _apart(code: str, revision: int) -> "tuple[str, pd.DataFrame]":
    rows = board.boards().apart(code)
    invalid = sum(pick.is_invalid(row) for row, _ in rows)
    return f"{len(rows)} results stand apart, {invalid} of them invalid", room.apart(rows)
