"""The panel of the crossover: choose a job, two ways and a time, start, cancel."""

import time

import streamlit as st

from compute.compare import crossings
from compute.measure import contest, crossover, runner, ways
from compute.workloads import workloads
from pages._shared import run_panel

SECONDS = {15.0: "15 s", 30.0: "30 s", 60.0: "1 min", 180.0: "3 min"}
# A chart that is drawn again cannot be read for a moment.
REDRAW_S = 3.0
SAME = "Both ways are the same: choose two different ones."


def controls(snapshot: runner.Snapshot) -> None:
    """What to compare, and the one button that fits the moment."""
    names = ways.choices(_accelerators())
    with st.container(horizontal=True, vertical_alignment="bottom"):
        able = contest.able()
        job = st.selectbox(
            "Job", able, format_func=lambda name: workloads()[name].title, key="job", bind="query-params",
            index=able.index("matmul"),
        )  # fmt: skip
        first = st.selectbox("First way", names, format_func=ways.title, key="first", bind="query-params")
        second = st.selectbox(
            "Second way", names, index=len(names) - 1, format_func=ways.title, key="second", bind="query-params"
        )
        seconds = st.selectbox(
            "Time", list(SECONDS), index=1, format_func=SECONDS.__getitem__, key="seconds", bind="query-params"
        )
        wanted = runner.Crossing(job, first, second, seconds)
        run_panel.button(snapshot, "Find the crossover", wanted, disabled=first == second)
    if first == second:
        st.caption(SAME)
    run_panel.not_started()


def question() -> crossover.Question:
    """Which costs the curves are charged with, as the visitor chose."""
    names = {words: question for question, words in crossings.CHOICES.items()}
    chosen = st.segmented_control(
        "The curves show", list(names), default=next(iter(names)), required=True, key="costs", bind="query-params"
    )
    return names[chosen]


def calm(now: runner.Snapshot) -> runner.Snapshot:
    """A run as it is drawn: as it was drawn last, until both ways have a new size or `REDRAW_S` have passed."""
    drawn, drawn_at = st.session_state.get("crossing_drawn", (None, 0.0))
    moment = time.monotonic()
    same = drawn and drawn.run_id == now.run_id and drawn.crossover().sizes == now.crossover().sizes
    if same and moment < drawn_at + REDRAW_S:
        shown: runner.Snapshot = drawn
        return shown
    st.session_state["crossing_drawn"] = (now, moment)
    return now


def recorded(records: list[crossover.Record]) -> crossover.Record:
    """The recorded crossover that the visitor chose."""
    names = {f"{crossings.job(record)}: {crossings.versus(record)}": record for record in records}
    if len(names) == 1:
        return records[0]
    return names[st.selectbox("Recorded", list(names), key="recorded", bind="query-params")]


def newest() -> runner.Snapshot | None:
    """This machine's newest crossover that has samples of both ways; None if there is none."""
    runs = (run for run in runner.RUNNER.runs() if run.times)
    return next((run for run in runs if run.crossover().sizes), None)


def _accelerators() -> list[str]:
    """The accelerators that JAX finds, as the ways name them; none while that is not known."""
    found = (runner.RUNNER.devices() or {}).get("devices") or []
    kinds = [ways.KINDS.get(str(device.get("platform")), "") for device in found]
    return [f"{kind}:{number}" for number, kind in enumerate(kinds) if kind]
