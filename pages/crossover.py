"""Crossover: from which size on one way of doing a job is faster than another, and when compiling has paid."""

import streamlit as st

from compute.charts import crossing
from compute.compare import crossings, recorded
from compute.measure import crossover, runner
from pages._shared import answers as figures
from pages._shared import chart, contest_panel, run_panel
from pages._shared.text import plain

WHY = """
A small job is done before many hands have been told what to do: the first way wins. A large one needs them. Between
lies a size from which on the second way is faster, and it moves when data must travel, or a program be compiled first.
"""
RECORDED = "No crossover was measured on this machine yet. What you see was **recorded** on {machine}, {date}."
EMPTY = "Choose two ways above and press **Find the crossover**: in half a minute both curves stand here."
HOW = """
- **Two processes**, one for each way, are asked in turn, three calls' worth at a time. While one works the other waits,
  so that whatever disturbs the machine disturbs both.
- **One core** is one logical processor: the process may use no other, so JAX starts a single thread. NumPy uses all
  cores through its BLAS.
- **A call** is timed from Python and waited for. *With transfer*, its inputs come from the host's memory and its answer
  goes back there; on a CPU that is a matter of Python more than of moving. *With compiling* is a single call that pays
  for tracing, lowering and compiling alone, with no cache on disk.
- **Sizes** grow until a call takes a sixtieth of the time. Then the gap around each crossing is halved again and again,
  down to an eighth. Where the 95 % intervals of the medians overlap, nobody is called faster: *cannot tell*.
- **Checked.** Each way's answer is compared with float64 at every size.
"""

run_panel.take_turn(runner.RUNNER.snapshot())
snapshot = runner.RUNNER.snapshot()
newest = contest_panel.newest()
contest_panel.controls(snapshot)


def live() -> None:
    """Progress and the curves so far; the page is drawn anew when the run begins or ends."""
    now = runner.RUNNER.snapshot()
    if (now.run_id, now.state) != (snapshot.run_id, snapshot.state):
        st.rerun()
    run_panel.progress(now)
    if now.times:
        drawn = contest_panel.calm(now)
        shown(drawn.crossover(), f"{drawn.run_id} {len(drawn.times)}")


def shown(record: crossover.Record, version: str) -> None:
    """The four answers, the two curves, the numbers."""
    st.markdown(f"**{plain(crossings.job(record))}**: " + plain(crossings.versus(record)))
    figures.show(crossings.answers(record), many=True)
    question = contest_panel.question()
    chart.draw(crossing, record, "crossing", f"{version} {question}", question=question)
    st.markdown(plain(crossings.sentence(record, question)))
    for note in record.notes:
        st.caption(plain(note))


def settled(record: crossover.Record, version: str) -> None:
    """A record that changes no more, with its numbers."""
    shown(record, version)
    st.subheader("The numbers", anchor=False)
    st.dataframe(crossings.table(record), hide_index=True)
    st.caption("Median and 95 % interval of each call.")


if snapshot.state == "running":
    st.fragment(live, run_every=run_panel.POLL_S)()
else:
    if snapshot.suite == "crossover":
        run_panel.outcome(snapshot)
    if newest is not None:
        settled(newest.crossover(), newest.run_id)
        st.caption(run_panel.about(newest))
    elif examples := recorded.crossovers():
        example = contest_panel.recorded(examples)
        said = RECORDED.format(machine=plain(crossings.where(example)), date=plain(example.measured_at[:10]))
        st.info(said, icon=":material/history:")
        settled(example, f"recorded {example.measured_at} {crossings.job(example)} {crossings.versus(example)}")
    else:
        st.info(EMPTY, title="Nothing is measured yet", icon=":material/swap_vert:")
st.markdown(WHY)
with st.expander("How it is measured", icon=":material/timer:"):
    st.markdown(HOW)
