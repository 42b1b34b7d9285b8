"""The costs as a slide: what a job costs where, and how long it takes there."""

import streamlit as st

from compute.charts import usd_per_unit
from compute.lecture import on_stage
from compute.lecture.steps import Step
from compute.money import answers, assumptions, jobs
from pages._lecture._demo import fragment
from pages._shared import chart, data, job_costs, offers
from pages._shared.text import plain

MOST_BARS = 3
HEIGHT_PX = 315
LIMIT_USD = 10.0


def draw(step: Step) -> None:
    """A job, the answers, the bars; another job draws only these again."""
    fragment(_costs)()


def _costs() -> None:
    ready = jobs.jobs()
    id = st.selectbox(
        "Job", list(ready), format_func=lambda id: ready[id].title, key="cloud-job", label_visibility="collapsed"
    )
    _drawn(data.view_version(), id, chart.dark(), chart.phone())


# Whoever turns to this step does not wait until all is computed and plotly has built it.
@st.cache_resource(max_entries=16, ttl=offers.REREAD_S, show_spinner=False)
def _drawn(version: str, id: str, dark: bool, phone: bool) -> None:
    """Draw the answers and the bars for the results of this version. On a phone the chart has no buttons."""
    job, every = jobs.jobs()[id], offers.load()
    current = offers.choose(every, [], [], 0, offers.PRICES["Any price"], current=True)
    rows = job_costs.rows(job, current, every, assumptions.load())
    found = answers.for_job(answers.choices(rows, answers.Limit(usd=LIMIT_USD)))
    st.markdown("\n".join(f"- {plain(one.label)}: **{plain(one.value)}**, {plain(one.detail)}" for one in found[1:]))
    figure = usd_per_unit.build(rows, job, most=MOST_BARS, wide=not phone, dark=dark)
    chart.show(
        figure if phone else on_stage.enlarged(figure, HEIGHT_PX),
        usd_per_unit.describe(rows, job, most=MOST_BARS),
        "cloud-bars",
    )
