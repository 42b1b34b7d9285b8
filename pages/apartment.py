"""Apartment: how much floor, power and money so many chips need, drawn to scale beside an apartment."""

from typing import TYPE_CHECKING

import streamlit as st

from compute.charts import floor_plan as plan_chart
from compute.money import assumptions, floor_plan, jobs, rates, room_answers, rooms
from pages._shared import answers as figures
from pages._shared import assumption_panel, chart, data, offers
from pages._shared.text import plain

if TYPE_CHECKING:
    import pandas as pd

NUMBER, JOB = "A number", "A job and a deadline"
TOO_MANY = """
That takes {count} of them, and this page draws at most {most}. Allow more time, or take a faster chip.
"""
NO_SPEED = """
Nobody measured how fast {chip} does this, nothing is published, and there is no measured chip of its kind to estimate
it from. Measure one (page *This machine*, or `python -m compute run` on a machine that has it), or choose another chip.
"""
HOW = """
- **Machines.** As many cards as fit into a desktop stand under a desk. More, and modules (SXM, OAM, TPU), need servers
  in racks. Everything is rounded up to whole machines and whole racks.
- **Floor.** Rows of racks, front to front over a cold aisle and back to back over a hot one, in as many rows as make
  the room most like a square. Doors, corridors, transformers, batteries and the machines of the cooling are left out.
- **Power.** The design power of the chips, times what a server needs around them, times what the cooling needs on top.
  A desktop adds its own parts once and cools itself.
- **Fuse.** What the main fuse of the apartment carries: phases × volts × amperes. Whoever cooks besides has less.
- **Heat.** All that the machines draw becomes heat: a household heater of as many watts warms as much.
- **Job.** The work ÷ the speed of one chip ÷ the deadline, if they share the work without loss. They never do.
- **Cloud.** The cheapest offer by the hour today, for all hours of a month. Page *Costs* has all offers.
"""


@st.cache_data(max_entries=8, show_spinner=False)
def speeds(version: str, job_id: str, _results: "pd.DataFrame") -> "pd.DataFrame":
    """How fast each chip does a job, once for the same results."""
    return rates.table(jobs.jobs()[job_id], _results, assumptions.load())


chips = rooms.chips()
all_jobs = jobs.jobs()
rows = rooms.assumed(assumptions.load())
apartment = next(row for row in rows if row.id == "apartment_m2")

with st.container(horizontal=True, vertical_alignment="bottom"):
    id = st.selectbox(
        "Chip", list(chips), index=list(chips).index("h100-sxm"), format_func=lambda id: chips[id].name,
        key="chip", bind="query-params", width=250,
    )  # fmt: skip
    by = st.segmented_control("Given", [NUMBER, JOB], default=NUMBER, required=True, key="given", bind="query-params")
    if by == NUMBER:
        count = st.number_input("How many", 1, rooms.MOST, 100, key="number", bind="query-params", width=140)
    else:
        job = all_jobs[
            st.selectbox(
                "Job", list(all_jobs), format_func=lambda id: all_jobs[id].title, key="job", bind="query-params",
                width=330,
            )
        ]  # fmt: skip
        deadline = st.number_input(
            "Deadline, hours", 0.01, 10000.0, 1.0, step=1.0, format="%g", key="deadline", bind="query-params", width=150
        )
    own_m2 = assumption_panel.field(apartment, "Apartment, m²", width=140)
answer = st.container()
st.subheader("What this rests on", anchor=False)
st.markdown("Change any of it: the answer above follows, and the address of this page keeps it.")
others = [row for row in rows if row is not apartment]
edits = assumption_panel.panel(others) | {apartment.id: own_m2}
values = assumptions.load().edited(edits)
assumption_panel.put_back(rows, disabled=not values.changed)

with answer:
    if by == JOB:
        team = rooms.team(job, chips[id], deadline, speeds(data.view_version(), job.id, data.results_in_view()))
        if team is None:
            st.info(NO_SPEED.format(chip=plain(chips[id].name)), icon=":material/speed:")
            st.stop()
        if team.accelerators > rooms.MOST:
            st.info(TOO_MANY.format(count=f"{team.accelerators:,}", most=f"{rooms.MOST:,}"), icon=":material/groups:")
            st.stop()
        st.caption(plain(room_answers.of_team(team, job, chips[id].name, deadline)))
        count = team.accelerators
    room = rooms.room(chips[id], count, values, offers.load())
    with st.container(gap="xxsmall"):
        st.subheader(room_answers.verdict(room), anchor=False)
        st.markdown(plain(room_answers.of_what(room)))
    drawn = floor_plan.table(room)
    picture, beside = st.columns([5, 2], gap="small")
    with picture:
        figure = plan_chart.build(drawn, dark=chart.dark(), phone=chart.phone())
        chart.show(figure, plan_chart.describe(drawn), "floor-plan")
    with beside:
        figures.show(room_answers.figures(room), beside=True)
    figures.show(room_answers.money(room))
    links = (f"[{plain(words)}]({url})" for words, url in room_answers.sources(room))
    st.caption(f"Sources: {' · '.join(links)}")
    for sentence in room_answers.missing(room):
        st.info(sentence, icon=":material/help:")
    st.subheader("How it is computed", anchor=False)
    st.table(
        [{"What": what, "How": how, "Result": result} for what, how, result in room_answers.steps_of(room, values)]
    )
    with st.expander("What is counted, and what is left out", icon=":material/straighten:"):
        st.markdown(HOW)
