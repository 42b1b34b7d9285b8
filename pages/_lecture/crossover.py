"""The crossover as a slide: from which size on many hands are faster than one pair, and what a call pays for."""

import streamlit as st

from compute.charts import crossing
from compute.lecture import crossing as topic
from compute.lecture import on_stage
from compute.lecture.steps import Step
from compute.measure.crossover import Question, Record
from pages._lecture import _label, _large, _live
from pages._lecture._demo import fragment
from pages._shared import chart


def draw(step: Step) -> None:
    """What a call pays for, the sentence, both curves; a click draws only these again."""
    fragment(_slide)()


def _slide() -> None:
    figure = _live.figure(topic.NAME)
    with st.container(horizontal=True, vertical_alignment="bottom"):
        transfer = st.toggle("with transfer", key="crossover-transfer")
        compiling = st.toggle("with compiling", key="crossover-compiling")
        _live.controls(topic.NAME)
    assert figure.record
    record, question = topic.named(figure.record), Question(transfer, compiling)
    st.html(_large.words(topic.said(record, question)))
    with _large.room_for_chart("crossover-chart", around=14):
        _curves(f"{figure.source} {figure.when}", transfer, compiling, chart.dark(), chart.phone(), record)
    _label.label(figure)


# Whoever turns to this step does not wait until plotly has built it.
@st.cache_resource(max_entries=16, show_spinner=False)
def _curves(version: str, transfer: bool, compiling: bool, dark: bool, phone: bool, _record: Record) -> None:
    """Draw both curves. On a phone the chart has no buttons."""
    question = Question(transfer, compiling)
    figure = on_stage.enlarged(crossing.build(_record, question, dark=dark))
    chart.show(figure, crossing.describe(_record, question), "crossover", height="stretch")
