"""The crossover as a slide: from which size on many hands are faster than one pair, and what a call pays for."""

from html import escape

import streamlit as st

from compute.charts import crossing
from compute.lecture import crossing as topic
from compute.lecture import on_stage
from compute.lecture.steps import Step
from compute.measure.crossover import Question
from pages._lecture import _label, _live
from pages._shared import chart

_SAID = '<p style="font-size:clamp(28px,2.2vw,42px);line-height:1.25;margin:0">{}</p>'


def draw(step: Step) -> None:
    """What a call pays for, the sentence, both curves; a click draws only these again."""
    st.fragment(_slide)()


def _slide() -> None:
    figure = _live.figure(topic.NAME)
    with st.container(horizontal=True, vertical_alignment="bottom"):
        transfer = st.toggle("with transfer", key="crossover-transfer")
        compiling = st.toggle("with compiling", key="crossover-compiling")
        _live.controls(topic.NAME)
    question = Question(transfer, compiling)
    assert figure.record
    record = topic.named(figure.record)
    st.html(_SAID.format(escape(topic.said(record, question))))
    fig = crossing.build(record, question, dark=chart.dark())
    chart.show(on_stage.enlarged(fig), crossing.describe(record, question), "crossover")
    _label.label(figure)
