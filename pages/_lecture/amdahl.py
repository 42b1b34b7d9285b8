"""Amdahl's law, with two sliders, and what all cores of a machine gained over one."""

import streamlit as st

from compute import units
from compute.charts import amdahl as law_chart
from compute.lecture import amdahl, live, on_stage, race
from compute.lecture.steps import Step
from pages._lecture import _label, _large
from pages._lecture._demo import fragment
from pages._shared import chart


def draw(step: Step) -> None:
    """Sliders, the sentence, the curve; a slider draws only these again."""
    fragment(_law)()


def _law() -> None:
    left, right = st.columns(2)
    share = left.select_slider(
        "So much of the work can be split", amdahl.SHARES, value=0.95, format_func=amdahl.percent, key="amdahl-share"
    )
    hands = right.select_slider("Hands", amdahl.HANDS, value=64, format_func=units.count, key="amdahl-hands")
    figure = live.figure(race.NAME)
    measured = amdahl.measured(figure)
    st.html(_large.words(amdahl.said(share, hands)))
    fig = law_chart.build(share, hands, measured, dark=chart.dark())
    with _large.room_for_chart("amdahl-chart"):
        chart.show(on_stage.enlarged(fig), law_chart.describe(share, hands, measured), "amdahl", height="stretch")
    if measured:
        _label.label(figure)
