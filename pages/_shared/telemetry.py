"""How the machine was while it was measured: the strips under the rate."""

from typing import TYPE_CHECKING

import streamlit as st

from compute.compare import moments
from pages._shared import chart, data

if TYPE_CHECKING:
    from compute.measure.runner import Snapshot

HOW = """
Read ten times a second beside the measurement on a GPU (NVIDIA's library answers), once a second on a CPU (where the
system tells), and shown once a second. Nothing is ever set. What the machine does not tell is not drawn. The clock of a
virtual machine's CPU is often only its nominal one.
"""


def strips(run: "Snapshot") -> None:
    """Clock, power, temperature and use during a run, behind a click; nothing where the machine told nothing."""
    told = moments.frame(run.telemetry, run.started_at)
    if not moments.channels(told):
        return
    said = moments.sentences(told, run.energy_j, run.elapsed_s)
    if (told["others"] > 0).any():
        st.warning(said.pop(0), icon=":material/group:")
    with st.expander("Clock, power and temperature during the run", icon=":material/thermometer:"):
        from compute.charts import strip

        for sentence in said:
            st.markdown(sentence)
        chart.draw(strip, told, "telemetry", data.version(run))
        st.caption(HOW)
