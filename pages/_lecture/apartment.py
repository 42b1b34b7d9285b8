"""The planner as a slide: so many chips as a floor plan to scale, beside an apartment."""

import streamlit as st

from compute.charts import floor_plan as plan_chart
from compute.lecture.steps import Step
from compute.money import assumptions, floor_plan, room_answers, rooms
from pages._lecture import _demo
from pages._shared import chart, offers
from pages._shared.text import plain

CHIPS = ("t4", "rtx-4090", "h100-sxm", "h200", "b200", "tpu-v6e")
COUNTS = (1, 2, 4, 8, 16, 32, 64, 100, 256, 512, 1024, 4096, 16384)
HEIGHT_PX = 385


def draw(step: Step) -> None:
    """A chip, how many, the verdict and the plan; a change draws only these again."""
    _demo.part(step, _plan)


def _plan() -> None:
    known = rooms.chips()
    with st.container(horizontal=True, vertical_alignment="bottom"):
        id = st.selectbox(
            "Chip", [id for id in CHIPS if id in known], index=2, format_func=lambda id: known[id].name,
            key="apartment-chip", width=440,
        )  # fmt: skip
        count = st.select_slider("How many", COUNTS, value=100, format_func="{:,}".format, key="apartment-count")
    room = rooms.room(known[id], count, assumptions.load(), offers.load())
    st.markdown(f"**{room_answers.verdict(room)}** {plain(room_answers.of_what(room))}")
    drawn = floor_plan.table(room)
    figure = plan_chart.build(drawn, dark=chart.dark(), phone=chart.phone())
    figure.update_layout(height=HEIGHT_PX)
    chart.show(figure, plan_chart.describe(drawn), "apartment-plan")
