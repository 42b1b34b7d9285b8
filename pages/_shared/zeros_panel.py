"""Zeros against random numbers, live: only where the power of the device can be read."""

import streamlit as st

from compute.compare import phases
from compute.measure import runner
from pages._shared import answers as figures
from pages._shared import run_panel

WHY = """
The same product, the same instructions; only the numbers differ. A transistor takes energy when it switches, and
products of zeros switch almost nothing. So a GPU at its power limit is **faster on zeros**, and whoever measures with
zeros measures something else. This takes turns for 24 seconds: random, zeros, random, zeros.
"""
NO_POWER = """
Zeros against random numbers, a demonstration of power, needs a machine that tells its power: an NVIDIA GPU. Of this one
nobody knows it.
"""


def demo(snapshot: runner.Snapshot, *, measured_here: bool) -> None:
    """The button and what came of it; a line that says why not, where a machine was measured that tells no power."""
    runs = runner.RUNNER.runs()
    done = next((run for run in runs if run.phases), None)
    if not done and not any("power_w" in moment for run in runs for moment in run.telemetry):
        if measured_here:
            st.caption(NO_POWER)
        return
    with st.expander("Zeros against random numbers", icon=":material/bolt:"):
        st.markdown(WHY)
        run_panel.button(snapshot, "Show it", runner.Zeros(), disabled=False)
        if done:
            figures.show(phases.answers(done.phases))
            st.table(phases.table(done.phases))
