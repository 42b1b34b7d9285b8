"""The crossover as a slide: from which size on many hands are faster than one pair, and what a call pays for."""

import streamlit as st

from compute.charts import crossing
from compute.lecture import crossing as topic
from compute.lecture import on_stage
from compute.lecture.steps import Step
from compute.measure.crossover import Question
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
    question = Question(transfer, compiling)
    assert figure.record
    record = topic.named(figure.record)
    st.html(_large.words(topic.said(record, question)))
    fig = crossing.build(record, question, dark=chart.dark())
    with _large.room_for_chart("crossover-chart"):
        chart.show(on_stage.enlarged(fig), crossing.describe(record, question), "crossover", height="stretch")
    _label.label(figure)
