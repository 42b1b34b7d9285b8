"""The planner as a slide: so many chips as a floor plan to scale, beside an apartment."""

from typing import TYPE_CHECKING

import streamlit as st

from compute.charts import floor_plan as plan_chart
from compute.lecture import on_stage
from compute.lecture.steps import Step
from compute.money import assumptions, floor_plan, room_answers, rooms
from compute.money.rooms import Room
from pages._lecture import _large
from pages._lecture._demo import fragment
from pages._shared import chart, offers
from pages._shared.text import plain

if TYPE_CHECKING:
    import plotly.graph_objects as go

CHIPS = ("t4", "rtx-4090", "h100-sxm", "h200", "b200", "tpu-v6e")
COUNTS = (1, 2, 4, 8, 16, 32, 64, 100, 256, 512, 1024, 4096, 16384)
HEIGHT_PX = 430


def draw(step: Step) -> None:
    """A chip, how many, the verdict and the plan; a change draws only these again."""
    fragment(_plan)()


def _plan() -> None:
    known = rooms.chips()
    with st.container(horizontal=True, vertical_alignment="bottom"):
        id = st.selectbox(
            "Chip", [id for id in CHIPS if id in known], index=2, format_func=lambda id: known[id].name,
            key="apartment-chip", width="stretch",
        )  # fmt: skip
        count = st.select_slider("How many", COUNTS, value=100, format_func="{:,}".format, key="apartment-count")
    picture, words = st.columns([5, 3], vertical_alignment="center")
    with words:
        _said(id, count)
    with picture, _large.room_for_chart("apartment-room", around=7, least=HEIGHT_PX):
        _drawn(id, count, chart.dark(), chart.phone())


# Whoever turns to this step does not wait until room, words and plan are made.
@st.cache_data(max_entries=16, ttl=offers.REREAD_S, show_spinner=False)
def _room(id: str, count: int) -> Room:
    return rooms.room(rooms.chips()[id], count, assumptions.load(), offers.load())


@st.cache_resource(max_entries=16, ttl=offers.REREAD_S, show_spinner=False)
def _said(id: str, count: int) -> None:
    """The verdict."""
    room = _room(id, count)
    st.markdown(f"**{room_answers.verdict(room)}**")
    st.markdown(plain(room_answers.of_what(room)))


@st.cache_resource(max_entries=16, ttl=offers.REREAD_S, show_spinner=False)
def _drawn(id: str, count: int, dark: bool, phone: bool) -> None:
    """The plan. On a phone it has no buttons."""
    drawn = floor_plan.table(_room(id, count))
    figure = _enlarged(plan_chart.build(drawn, dark=dark, phone=phone))
    chart.show(figure, plan_chart.describe(drawn), "apartment-plan", height="stretch")


def _enlarged(figure: "go.Figure") -> "go.Figure":
    """The plan for the last row, changed in place: without the names of furniture, which nobody could read there."""
    figure.layout.annotations = [one for one in figure.layout.annotations if one.font.size >= on_stage.TEXT_PX]
    figure.update_layout(height=None, legend_font_size=on_stage.TICK_PX, xaxis_tickfont_size=on_stage.TICK_PX)
    return figure
