"""The birth certificate of a result, opened by a click on its point or its row."""

from typing import TYPE_CHECKING, Any

import streamlit as st

from compute.compare import certificate
from compute.measure import verdict
from pages._shared.text import plain

if TYPE_CHECKING:
    import pandas as pd

CHOSEN = "certificate"
"""Where the session holds the (run, case, mode) that was clicked, until its certificate is open."""

NO_COMMAND = """
This version of Many Hands has no case of this name in any of its suites, so there is no command that would measure
exactly this.
"""


def chart_key(name: str) -> str:
    """The key of a chart or table whose points can be clicked. A new one after each click: nothing stays selected."""
    return f"{name} {st.session_state.get('clicks', 0)}"


def point_clicked(key: str) -> None:
    """A point of a chart was clicked; it carries the key of its result."""
    points = st.session_state[key].selection.points
    if points and all(points[0].get("customdata") or [""]):
        _choose(points[0]["customdata"])


def row_clicked(key: str, table: "pd.DataFrame") -> None:
    """A row of a table was clicked; the table has the columns run_id, case and mode."""
    if rows := st.session_state[key].selection.rows:
        line = table.iloc[rows[0]]
        _choose([line["run_id"], line["case"], line["mode"]])


def _choose(key: list[str]) -> None:
    st.session_state[CHOSEN] = tuple(key)
    st.session_state["clicks"] = st.session_state.get("clicks", 0) + 1


def open_chosen(frame: "pd.DataFrame") -> None:
    """Open the certificate that was asked for by the click before this run, if any."""
    chosen = st.session_state.pop(CHOSEN, None)
    if chosen is None:
        return
    run_id, case, mode = chosen
    rows = frame[frame["run_id"].eq(run_id) & frame["case"].eq(case) & frame["mode"].eq(mode)]
    if len(rows):
        _dialog({str(name): value for name, value in rows.iloc[0].to_dict().items()})


@st.dialog("Birth certificate", width="large")
def _dialog(row: dict[str, Any]) -> None:
    st.markdown(f"**{plain(row['machine'])}** · {plain(row['case'])}, mode {plain(row['mode'])}")
    left, right = st.columns(2, gap="medium")
    for place, (heading, facts) in enumerate(certificate.of(row).items()):
        with (left, right)[place % 2]:
            lines = [f"- {name}: **{plain(words)}**" for name, words in facts]
            st.markdown("\n".join([f"##### {heading}", *lines]))
    st.markdown("##### Why believe it?")
    st.markdown("\n".join(f"- {plain(sentence)}" for sentence in verdict.explain(row)))
    st.markdown("##### Measure exactly this again")
    if command := certificate.command(row):
        st.code(command, language="shell")
    else:
        st.caption(NO_COMMAND)
