"""What every view of a board draws: the room in a sentence, its strips, its ranking, its lesson in noise.

Looked at by a whole class at once, so each thing is made once for each revision of a board, whoever asks first.
"""

from typing import TYPE_CHECKING, Any

import streamlit as st

from compute.charts import room_strip
from compute.compare import headlines, pick, room
from compute.share import board
from pages._shared import chart
from pages._shared.text import plain

if TYPE_CHECKING:
    import pandas as pd

    from compute.results import Row

# Every view asks this often for the board's revision, and is drawn again only when that has changed.
POLL_S = 1.0
# Boards, races and sizes that are looked at in one hour.
KEPT = 32
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


def watch(code: str, revision: int) -> None:
    """Draw the page again as soon as the board is another one than at `revision`."""
    st.fragment(_beat, run_every=POLL_S)(code, revision)


def _beat(code: str, revision: int) -> None:
    try:
        changed = board.boards().revision(code) != revision
    except board.BoardProblem as problem:
        if problem.status == 503 and revision >= 0:
            st.warning(f"{plain(problem)} What you see is from before.", icon=":material/cloud_off:")
            return
        changed = problem.status != 503
    if changed:
        st.rerun()


def sentence(code: str, revision: int) -> None:
    """What the room is together, in large letters."""
    machines = _machines(code, revision)
    if not machines:
        st.info(NOBODY, title="An empty room", icon=":material/groups:")
        return
    st.subheader(plain(room.sentence(room.together(machines))), anchor=False)


def basis(code: str, revision: int) -> None:
    """On what the sentence rests."""
    if words := room.basis(room.together(_machines(code, revision))):
        st.caption(plain(words))


def races(code: str, revision: int) -> None:
    """Who is how fast in what: the strips, the ranking, and how far equal machines differ."""
    machines = _machines(code, revision)
    names = {str(race): race for race in room.races(machines)}
    if not names:
        return
    with st.container(horizontal=True, vertical_alignment="bottom"):
        name = st.selectbox(
            "Fastest in", list(names), key="race", bind="query-params", label_visibility="collapsed", width=400
        )
        race = names[name]
        choices = [ANY_SIZE, *map(str, room.sizes(machines, race))]
        if st.session_state.get("size") not in choices:
            st.session_state.pop("size", None)
        size = st.selectbox("Size", choices, key="size", bind="query-params", label_visibility="collapsed", width=220)
    ranking = _ranking(code, revision, race, None if size == ANY_SIZE else int(size))
    left, right = st.columns([11, 10])
    with left:
        chart.draw(room_strip, ranking, "room", f"{code} {revision} {name} {size}", unit=race.unit)
    with right:
        _places(ranking, race.unit)
    st.subheader("The spread is a lesson", anchor=False)
    st.markdown(plain(room.noise(room.spread(ranking))))


def apart(code: str) -> None:
    """What is never ranked, each with its reason."""
    rows = board.boards().apart(code)
    if not rows:
        return
    invalid = sum(pick.is_invalid(row) for row, _ in rows)
    title = f"{len(rows)} results stand apart, {invalid} of them invalid"
    with st.expander(title, icon=":material/block:"):
        st.dataframe([_line(row, reason) for row, reason in rows], hide_index=True, key="apart")


def how() -> None:
    """How a room is summed up and ranked."""
    with st.expander("How machines are counted and ranked", icon=":material/balance:"):
        st.markdown(HOW)


def _line(row: "Row", reason: str) -> dict[str, str]:
    return {
        "Machine": headlines.machine_name({**row, "label": None}),
        "Label": pick.text(row, "label"),
        "Case": f"{row['case']}, {row['mode']}",
        "Why": reason,
    }


def _places(ranking: "pd.DataFrame", unit: str) -> None:
    """The ranking as a table."""
    lines = [
        {
            "Place": row["place"],
            "Rate": room.words(row["rate"], unit),
            "Who": row["label"] or row["device"],
            "Verdict": row["verdict"],
            "Machine": row["device"],
        }
        for row in ranking.to_dict("records")
    ]
    height = TABLE_HEIGHT if len(lines) > 9 else "content"
    st.dataframe(lines, column_config=COLUMNS, hide_index=True, height=height, key="places")


@st.cache_resource(max_entries=KEPT, show_spinner=False)
def _machines(code: str, revision: int) -> list[room.Machine]:
    return room.machines(board.boards().rows(code))


@st.cache_resource(max_entries=KEPT, show_spinner=False)
def _ranking(code: str, revision: int, race: room.Race, size: int | None) -> "pd.DataFrame":
    return room.ranking(_machines(code, revision), race, size)
