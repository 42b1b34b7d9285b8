"""What every view of a board draws: the room in a sentence, its strips, its ranking, its lesson in noise.

A whole class looks at once, so each thing is made once for each revision of a board, whoever asks first; what takes
long to draw is drawn once, and Streamlit plays it again for the others.
"""

import math
import time
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
# A revision is shown for at least so long: many results in one second are drawn three times, and not each for itself.
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
    """A board at one revision: its machines, what they are together, their races and what stands apart."""

    board: board.Board
    revision: int
    machines: list[room.Machine]
    sentence: str
    basis: str
    races: dict[str, room.Race]
    sizes: dict[str, list[str]]
    apart: "pd.DataFrame"
    invalid: int


def look(code: str) -> int:
    """The revision to show of the board with this code. Raises BoardProblem.

    One that comes sooner than FRESH_S after the one before waits for its turn.
    """
    now, newest = time.monotonic(), board.boards().revision(code)
    turn = turns(code)
    if newest != turn.revision and now - turn.since_s >= FRESH_S:
        turn.revision, turn.since_s = newest, now
    return turn.revision


@dataclass
class Turn:
    """The revision of a board that is shown, and since when."""

    revision: int = -1
    since_s: float = -math.inf


@st.cache_resource(max_entries=100, show_spinner=False)
def turns(code: str) -> Turn:
    """For all who look. After a change of one's own, `turns.clear()` shows it at once."""
    return Turn()


def watch(code: str, revision: int | None) -> None:
    """Draw the page again as soon as the board is another one than at `revision`; None = it was not seen yet."""
    st.fragment(_beat, run_every=POLL_S)(code, revision)


def _beat(code: str, revision: int | None) -> None:
    try:
        changed = look(code) != revision
    except board.BoardProblem as problem:
        away = problem.status == 503
        if away and revision is not None:
            st.warning(f"{plain(problem)} What you see is from before.", icon=":material/cloud_off:")
        changed = not away
    if changed:
        st.rerun()


# One look-up a view: the caches of Streamlit take longer to find something than most of this takes to draw.
@st.cache_resource(max_entries=ROOMS, show_spinner=False)
def see(code: str, revision: int) -> Room:
    """The board with this code at this revision. Raises BoardProblem."""
    boards = board.boards()
    found = boards.find(code)
    latest = _latest(code)
    latest[:] = machines = room.machines(boards.rows(code), tuple(latest))
    together = room.together(machines)
    races = {str(race): race for race in room.races(machines)}
    left_out = boards.apart(code)
    return Room(
        found,
        revision,
        machines,
        room.sentence(together),
        room.basis(together),
        races,
        {name: [str(size) for size in room.sizes(machines, race)] for name, race in races.items()},
        room.apart(left_out),
        sum(pick.is_invalid(row) for row, _ in left_out),
    )


@st.cache_resource(max_entries=ROOMS, show_spinner=False)
def _latest(code: str) -> list[room.Machine]:
    """The machines as they were seen last: only those that changed are looked at again."""
    return []


def sentence(seen: Room) -> None:
    """What the room is together, in large letters."""
    if not seen.machines:
        st.info(NOBODY, title="An empty room", icon=":material/groups:")
    else:
        st.subheader(plain(seen.sentence), anchor=False)


def basis(seen: Room) -> None:
    """On what the sentence rests."""
    if seen.basis:
        st.caption(plain(seen.basis))


def races(seen: Room) -> None:
    """Who is how fast in what: the strips, the ranking, and how far equal machines differ."""
    if not seen.races:
        return
    with st.container(horizontal=True, vertical_alignment="bottom"):
        name = st.selectbox(
            "Fastest in", list(seen.races), key="race", bind="query-params", label_visibility="collapsed", width=400
        )
        sizes = [ANY_SIZE, *seen.sizes[name]]
        if st.session_state.get("size") not in sizes:
            st.session_state.pop("size", None)
        size = st.selectbox("Size", sizes, key="size", bind="query-params", label_visibility="collapsed", width=220)
    _ranked(seen.board.code, seen.revision, name, size, chart.dark(), chart.phone(), seen)


@st.cache_resource(max_entries=RACES, show_spinner=False)
def _ranked(code: str, revision: int, race: str, size: str, dark: bool, phone: bool, _seen: Room) -> None:
    """Draw the strips, the ranking, and how far equal machines differ. On a phone the chart has no buttons."""
    asked = _seen.races[race]
    ranking = room.ranking(_seen.machines, asked, None if size == ANY_SIZE else int(size))
    left, right = st.columns([11, 10])
    with left:
        figure = room_strip.build(ranking, unit=asked.unit, dark=dark)
        chart.show(figure, room_strip.describe(ranking, unit=asked.unit), "room")
    with right:
        height: Literal["content"] | int = TABLE_HEIGHT if len(ranking) > 9 else "content"
        places = room.places(ranking, asked)
        st.dataframe(places, column_config=COLUMNS, hide_index=True, height=height, key="places")
    st.subheader("The spread is a lesson", anchor=False)
    st.markdown(plain(room.noise(room.spread(ranking))))


def apart(seen: Room) -> None:
    """What is never ranked, each with its reason."""
    st.dataframe(seen.apart, hide_index=True, key="apart")


def how() -> None:
    """How a room is summed up and ranked."""
    st.markdown(HOW)
