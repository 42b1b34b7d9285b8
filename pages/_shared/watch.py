"""What a page of results says about this machine: a run is going on, it failed, or nothing was measured yet."""

import streamlit as st

from compute.measure import runner
from pages._shared import data, links, run_panel


def notice(*, measured_here: bool) -> None:
    """Progress while a run is measured (the page is drawn again with each new result), else how it ended.

    Without any result of this machine it offers the one next click.
    """
    run_panel.take_turn(runner.RUNNER.snapshot())
    snapshot = runner.RUNNER.snapshot()
    running = snapshot.state == "running"
    st.fragment(_beat, run_every=run_panel.POLL_S if running else None)(running, data.version(snapshot))
    if not running and not measured_here:
        with st.container(horizontal=True, vertical_alignment="center"):
            st.markdown("This machine is not measured yet. What you see was measured elsewhere.")
            st.page_link(links.HOME, label="Measure this machine", icon=":material/front_hand:")


def _beat(running: bool, version: str) -> None:
    snapshot = runner.RUNNER.snapshot()
    if not running:
        run_panel.outcome(snapshot)
        return
    if snapshot.state != "running" or data.version(snapshot) != version:
        st.rerun()
    run_panel.progress(snapshot)
