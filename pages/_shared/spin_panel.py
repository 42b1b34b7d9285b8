"""Compile and run the CUDA programs here: the button, how far it is, how it ended, and what a compiler said."""

from collections.abc import Sequence

import streamlit as st

from compute.cuda import programs, toolkit
from compute.cuda import runs as cuda
from compute.cuda.record import Row
from compute.measure import runner
from pages._shared import run_panel
from pages._shared.text import plain


@st.cache_resource(ttl=60, max_entries=1, show_spinner="Looking for nvcc and a GPU")
def tools() -> toolkit.Toolkit:
    """What there is to compile and run with; asked once a minute at most, because asking starts programs."""
    return toolkit.look()


def controls(snapshot: runner.Snapshot) -> None:
    """The button that fits the moment, and in a sentence what there is here."""
    here = tools()
    label = "Run Pallas here, interpreted" if here.problem else "Compile and run here"
    with st.container(horizontal=True, vertical_alignment="center"):
        run_panel.button(snapshot, label, cuda.Kernels(), quiet=bool(here.problem))
        if here.problem:
            st.markdown(plain(here.problem))
        elif here.gpu and here.compiler:
            st.markdown(plain(f"{here.gpu.name}, nvcc {here.compiler.version}. {here.gpu.busy}"))
    run_panel.not_started()


def progress(snapshot: runner.Snapshot) -> None:
    """While something runs: how far it is, drawn again every second; the page is drawn again with each result."""
    if snapshot.state == "running":
        st.fragment(_beat, run_every=run_panel.POLL_S)(snapshot.run_id, snapshot.done)


def outcome(snapshot: runner.Snapshot) -> None:
    """How the newest run ended where it did not end well."""
    if snapshot.state == "failed":
        st.error(f"{plain(snapshot.error)} You can run it again.", title="The run failed")
    elif snapshot.state == "cancelled":
        st.warning("Run it again for the rest.", title="The run was cancelled")
    elif snapshot.state == "interrupted":
        st.warning(f"{plain(snapshot.error)} Run it again for the rest.", title="The run was interrupted")


def troubles(rows: Sequence[Row]) -> None:
    """Each program that could not be compiled or run, or was wrong, with the compiler's own text."""
    for row in rows:
        title = f"{row.about.title} ({row.about.dtype})"
        if row.status == "failed":
            st.error(plain(row.reason), title=title, icon=":material/error:")
            if row.said:
                st.code(row.said, language=None, wrap_lines=True)
        elif row.status == "invalid":
            st.warning(plain(row.reason), title=f"{title} does not count", icon=":material/warning:")


def elsewhere(kernel: programs.Kernel) -> None:
    """The cell that does it on a machine with a GPU."""
    st.markdown(
        "On a machine with an NVIDIA GPU, such as Colab with the runtime **T4 GPU**, this cell compiles and runs it:"
    )
    st.code(programs.colab_cell(kernel), language="bash", height=260)


def _beat(run_id: str, told: int) -> None:
    snapshot = cuda.RUNNER.snapshot()
    if snapshot.state != "running" or snapshot.run_id != run_id or snapshot.done != told:
        st.rerun()
    run_panel.someone_else(snapshot)
    stage = run_panel.STAGES.get(snapshot.stage, plain(snapshot.stage))
    share = snapshot.done / snapshot.total if snapshot.total else 0.0
    st.progress(share, text=f"{stage} · {plain(snapshot.case)} · {snapshot.done} of {snapshot.total} done")
