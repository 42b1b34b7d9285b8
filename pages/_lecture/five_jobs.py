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
from pages._lecture._label import label
from pages._shared import chart

STYLE = """
<style>
.st-key-five_jobs [data-testid="stButtonGroup"] button p {font-size: 1.25rem}
.st-key-five_jobs .flipbook {display: block; width: 100%; max-height: 58vh}
.st-key-five_jobs .rate {margin: 0; font-size: 1.9rem; font-weight: 700; line-height: 1.2}
.st-key-five_jobs .rate small {font-size: 1.5rem; font-weight: 400}
</style>
"""
RATE = '<p class="rate">{number} <small>{rest}</small></p>'


@st.fragment
def draw(_: Step) -> None:
    """The jobs to choose from; the chosen one's picture, its sentence, and its speed."""
    with st.container(key="five_jobs", gap="small"):
        st.html(STYLE)
        name = st.segmented_control(
            "Job", NAMES, default=NAMES[0], required=True, format_func=lambda name: JOBS[name].title,
            key="five_jobs-job", label_visibility="collapsed",
        )  # fmt: skip
        left, right = st.columns(2, gap="medium", vertical_alignment="center")
        with left:
            st.html(job_pictures.of(name).markup(_style.look(chart.dark()).ink))
        with right:
            st.markdown(JOBS[name].why)
            _speeds(name)


def _speeds(name: str) -> None:
    """This machine's rate, and that of a GPU that was recorded."""
    here = _live.figure(figure_name(name))
    _rate(here)
    there = five_jobs.recorded(name, "gpu")
    _rate(there, five_jobs.times_as_fast(here, there))
    _live.controls(figure_name(name))


def _rate(figure: Figure, beside: str = "") -> None:
    number, _, unit = five_jobs.words(figure).partition(" ")
    st.html(RATE.format(number=escape(number), rest=escape(f"{unit}. {beside}" if beside else unit)))
    label(figure)
