"""This machine: what it is, how fast it is, and what an hour of another one costs."""

from typing import TYPE_CHECKING

import streamlit as st

from compute import results
from compute.compare import pick
from compute.measure import runner
from pages._shared import answers, data, elsewhere, hour_costs, machine_card, run_panel, telemetry

if TYPE_CHECKING:
    import pandas as pd

NOTHING_YET = """
Press **Measure this machine**. In about half a minute this page shows how fast it multiplies matrices, and how many
images a second a neural network takes on it. Each number is checked.
"""
FIRST_POINT = "The first result comes in a few seconds: JAX starts, and compiles the first program."
RECORDED = "These machines were **recorded elsewhere**. Press **Measure this machine** to see this one beside them."

run_panel.take_turn(runner.RUNNER.snapshot())
newest = runner.RUNNER.snapshot()
running = newest.state == "running"

machine_card.card()
run_panel.controls(newest)
now = st.container()
# While a run is measured, the curve that fills up comes first; afterwards the answer does.
above, (left, right), below = st.container(), st.columns([6, 5], gap="medium"), st.container()
answer = below if running else above


def live() -> None:
    """What changes while a run is measured; the whole page is drawn anew when one begins or ends, whoever's it is."""
    snapshot = runner.RUNNER.snapshot()
    if (snapshot.run_id, snapshot.state) != (newest.run_id, newest.state):
        st.rerun()
    with now:
        (run_panel.progress if running else run_panel.outcome)(snapshot)
    shown = snapshot if running else next(iter(data.recent_runs()), None)
    if shown and shown.rows:
        measured(shown)
    elif shown:
        answer.empty()  # keeps the place: a timer's beat may fill only what the whole page has begun
        left.info(FIRST_POINT, icon=":material/hourglass_top:")
    elif data.shipped():
        recorded()
    else:
        left.info(NOTHING_YET, title="Nothing is measured yet", icon=":material/front_hand:")


def measured(run: runner.Snapshot) -> None:
    """One run of this machine: the answer, the picture, the numbers to take home."""
    with answer:
        answers.of_machine(data.of_run(run))
    with left:
        beside = bool(data.shipped()) and st.toggle(
            "Recorded machines beside this one", key="beside", bind="query-params"
        )
        charts(data.of_run(run, recorded=beside), f"{data.version(run)} {beside}")
        telemetry.strips(run)
        st.download_button(
            "Download these results (CSV)",
            lambda: results.to_csv(run.rows),
            file_name=f"many-hands-{run.run_id}.csv",
            mime="text/csv",
            on_click="ignore",
            icon=":material/download:",
            key="download",
        )
        st.caption(run_panel.about(run))


def recorded() -> None:
    """While nothing is measured here, the recorded machines show what there is to see."""
    answer.info(RECORDED, icon=":material/history:")
    with left:
        charts(data.results_in_view(), data.view_version())


def charts(frame: "pd.DataFrame", version: str) -> None:
    """The matmul curve and the images per second of both networks."""
    from compute.charts import cnn_throughput, headline, matmul_curve
    from pages._shared import chart

    if frame["machine"].nunique() > 1:
        chart.draw(headline, frame, "headline", version, what="matmul")
    st.markdown("**Matrix product: rate against size**")
    chart.draw(matmul_curve, frame, "matmul", version, dtypes=pick.BEGIN_WITH, layouts=("NN",))
    st.markdown("**Baseline model: images per second**")
    chart.draw(cnn_throughput, frame, "baseline", version, model="baseline", dtypes=pick.BEGIN_WITH)
    st.markdown("**AlexNet: images per second**")
    chart.draw(cnn_throughput, frame, "alexnet", version, model="alexnet", dtypes=pick.BEGIN_WITH)


with right:
    hour_costs.table()
elsewhere.ways()
st.fragment(live, run_every=run_panel.POLL_S if running else run_panel.IDLE_POLL_S)()
