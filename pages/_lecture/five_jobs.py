"""Five jobs, each at work: why a GPU is good for it, and how fast this machine and a GPU are in it."""

from html import escape

import streamlit as st

from compute.charts import _style
from compute.compare.jobs import JOBS
from compute.lecture import five_jobs, job_pictures
from compute.lecture.five_jobs import NAMES, figure_name
from compute.lecture.live import Figure
from compute.lecture.steps import Step
from pages._lecture import _live
from pages._lecture._demo import fragment
from pages._lecture._label import label
from pages._shared import chart

STYLE = """
<style>
.st-key-five_jobs [data-testid="stButtonGroup"] button p {font-size: clamp(20px, 1.6vw, 30px)}
.st-key-five_jobs .flipbook {display: block; width: 100%; max-height: 58vh}
.st-key-five_jobs .rate {margin: 0; font-size: clamp(30px, 2.4vw, 46px); font-weight: 700; line-height: 1.2}
.st-key-five_jobs .rate small {font-size: .8em; font-weight: 400}
</style>
"""
RATE = '<p class="rate">{number} <small>{rest}</small></p>'


@fragment
def draw(_: Step) -> None:
    """The jobs to choose from; the chosen one's picture, its sentence, and its speed."""
    with st.container(key="five_jobs", gap="small"):
        st.html(STYLE)
        name = st.segmented_control(
            "Job", NAMES, default=NAMES[0], required=True, format_func=lambda name: JOBS[name].title,
            key="five_jobs-job", label_visibility="collapsed",
        )  # fmt: skip
        left, right = st.columns(2, gap="medium", vertical_alignment="center")
        here = _live.figure(figure_name(name))
        with left:
            st.html(job_pictures.of(name).markup(_style.look(chart.dark()).ink))
            _live.controls(here.name)
        with right:
            st.markdown(JOBS[name].why)
            _rate(here, five_jobs.words(here))
            there = five_jobs.recorded(name, "gpu")
            _rate(there, five_jobs.compared(here, there))


def _rate(figure: Figure, words: str) -> None:
    number, _, rest = words.partition(" ")
    st.html(RATE.format(number=escape(number), rest=escape(rest)))
    label(figure)
