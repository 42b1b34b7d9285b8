"""Costs: a job and a budget or a deadline; which offer does it, when, for how much, and how we know."""

from typing import TYPE_CHECKING, Any

import streamlit as st

from compute.charts import buy_or_rent, credit_hours, time_and_money, usd_per_unit
from compute.money import answers, assumptions, board, buying, credits, published, purchases, reasons
from pages._shared import answers as figures
from pages._shared import assumption_panel, chart, job_costs, job_panel, links, offers
from pages._shared.text import plain

if TYPE_CHECKING:
    import pandas as pd

    from compute.money.jobs import Job

PRICE_COLUMNS = (
    "usd_per_hour", "usd_per_accelerator_hour", "usd_per_vcpu_hour", "usd_per_hour_spot", "units_per_hour", "as_of",
    "age_days", "old", "source_url",
)  # fmt: skip
JOB_COLUMNS = (
    "rank", "front", "platform", "offer", "kind", "known", "usd", "usd_low", "usd_high", "hours", "calendar_hours",
    "sessions", "usd_per_lot", "usd_spot", "kwh", *PRICE_COLUMNS, "region", "currency", "accelerator_count", "vcpus",
    "memory_gib", "gpu_memory_gib", "jax", "billing", "limits", "status", "missing", "rate_source_url",
)  # fmt: skip
CREDIT_COLUMNS = (
    "platform", "offer", "kind", "hours", "hours_spot", "jobs", "known", *PRICE_COLUMNS, "region", "limits",
)  # fmt: skip
# Pixels: about ten rows.
TABLE_HEIGHT = 400
PICTURE, BARS, CREDIT, BUY = "Time and dollars", "Dollars per unit", "What a credit buys", "Buy or rent"
KEEP_MONTHS = 36.0

NOTHING_FITS = "No offer fits all of the filters. Take one of them back."
NO_NUMBERS = """
None of these offers has a number for this job: no machine like them was measured, nobody's figure is on file, and an
estimate needs a result of another machine of the same kind. Run the suite on one of them, and bring the CSV to the page
Compare:
"""
HOW = """
**Hours** = work ÷ rate. The rate is the first of these that is there: measured on this machine, an uploaded result, a
recorded one, a figure that others published (±15 %), or an *estimate*: what the roofline of the chip allows, times the
share of it that was measured on the nearest chip of its kind. Several accelerators are taken to share the work without
loss. Invalid results never become a cost.

**Dollars** = hours × price of an hour, and each month begun of a subscription. **Time from start to end** also has the
waits that the limits of an offer make: a longest session, so many hours a week.

**The Pareto front**: no other offer is both faster and cheaper. **Dotted lines** join what costs the same for an hour:
along them twice the time is twice the dollars.
"""
BILL = """
The machine whose hour is dearer may be the one whose job is cheaper. These two whole trainings were published; nothing
is estimated.
"""
HOW_CREDIT = """
Hours = credit ÷ price of an hour. A credit holds on its own platforms only; Azure for Students comes with no GPU quota
until one is granted. Hours behind a monthly subscription are not bought, so they are left out.
"""
HOW_BUY = """
One accelerator alone. Left out: the machine around it, room, repair, interest, and what it can be sold for later. Rent:
the cheapest hour of a whole one among the offers, unless you type another. Electricity: watts ÷ 1000 × price of a kWh.
"""


def sure(front: "list[board.Row]", found: answers.Choices) -> None:
    """What has to be said about the answers: what is no measurement, and which prices are old."""
    words = [plain(caution) for caution in answers.cautions(found)]
    if old := answers.old_prices(front):
        words.append(f":orange[:material/schedule: {plain(old)}]")
    if words:
        st.markdown(f":small[:material/warning: {' '.join(words)}]")


def numbers(rows: "pd.DataFrame", job: "Job", values: assumptions.Assumptions) -> None:
    """The table, its CSV, and the path to each of its numbers."""
    names = [
        f"{offer}, {platform} {region}".strip()
        for offer, platform, region in zip(*(rows[of].tolist() for of in ("offer", "platform", "region")), strict=True)
    ]
    st.subheader(f"{len(rows)} offers", anchor=False)
    offers.table(
        rows, JOB_COLUMNS, {"usd_per_lot": f"$ per {job.lot[1]}"}, key="table", height=TABLE_HEIGHT,
        selection_mode="single-row", on_select=lambda: picked(names),
    )  # fmt: skip
    offers.download(rows, JOB_COLUMNS, f"many-hands-costs-{job.id}.csv")
    with st.container(border=True):
        chosen = st.selectbox(
            "The path to a number: click a row, or choose here", names, key="path", bind="query-params"
        )
        row = rows.iloc[names.index(chosen)].to_dict()
        st.markdown("\n".join(f"- {plain(words)}" for words in reasons.path(job, row, values)))
    lacking = rows.loc[rows["usd"].isna(), "missing"]
    if len(lacking):
        with st.expander(f"{len(lacking)} offers without a number, and what to run", icon=":material/block:"):
            st.markdown("\n".join(f"- {plain(words)}" for words in dict.fromkeys(lacking)))


def picked(names: list[str]) -> None:
    """A row was clicked: its path is shown."""
    if rows := st.session_state["table"].selection.rows:
        st.session_state["path"] = names[rows[0]]


def of_job(rows: "pd.DataFrame", job: "Job", limit: answers.Limit, view: str, values: assumptions.Assumptions) -> None:
    """The answers, the picture and the numbers of a job."""
    found, front = answers.choices(rows, limit), board.front(rows)
    with answer:
        figures.show(answers.for_job(found))
        sure(front, found)
    if rows["usd"].isna().all():
        st.info(NO_NUMBERS, title="No number without a measurement", icon=":material/front_hand:")
        st.code(f"python -m compute run --workload {job.workload}", language="shell")
        st.page_link(links.HOME, label="Measure this machine", icon=":material/front_hand:")
    elif view == PICTURE:
        figure = time_and_money.build(rows, limit, front=front, dark=chart.dark())
        chart.show(figure, time_and_money.describe(rows, limit, front=front), "time-and-dollars")
        st.markdown("\n".join(f"{place}. {plain(words)}" for place, words in enumerate(answers.on_the_front(front), 1)))
    else:
        chart.show(
            usd_per_unit.build(rows, job, dark=chart.dark()), usd_per_unit.describe(rows, job), "dollars-per-unit"
        )
    st.caption(f"Counted: {plain(job.counts)}. Left out: {plain(job.leaves_out)}.")
    numbers(rows, job, values)
    with st.expander("Where the numbers come from", icon=":material/fact_check:"):
        st.markdown(HOW)
    with st.expander("The bill, not the rate: the same model on a CPU and on a K80", icon=":material/receipt_long:"):
        st.markdown(BILL)
        st.dataframe(published.bills(), column_order=list(BILL_COLUMNS), column_config=BILL_COLUMNS, hide_index=True)


def credit(rows: "pd.DataFrame", limit: answers.Limit, values: assumptions.Assumptions) -> None:
    """The hours that so many dollars buy."""
    with st.container(horizontal=True, vertical_alignment="bottom"):
        own = limit.usd or 10.0
        known = credits.credits(values, own)
        title = st.selectbox("Credit", list(known), key="credit", bind="query-params", width=280)
        if title == list(known)[-1]:
            own = st.number_input(
                "My dollars", 0.01, 1e9, own, 1.0, "%.10g", key="credit_usd", bind="query-params", width=150
            )
    bought = credits.hours(credits.credits(values, own)[title], rows)
    machines = credits.for_each_machine(bought)
    if bought.empty:
        st.info(NOTHING_FITS, icon=":material/filter_alt_off:")
        return
    with answer:
        figures.show(answers.of_credit(machines, credits.credits(values, own)[title]))
    chart.show(credit_hours.build(machines, dark=chart.dark()), credit_hours.describe(machines), "credit-hours")
    offers.table(bought, CREDIT_COLUMNS, key="credit-table", height=TABLE_HEIGHT)
    offers.download(bought, CREDIT_COLUMNS, "many-hands-credit.csv")
    with st.expander("How it is computed", icon=":material/fact_check:"):
        st.markdown(HOW_CREDIT)


def buy(every: "pd.DataFrame", values: assumptions.Assumptions) -> None:
    """How many hours a month until buying beats renting."""
    from compute import hardware

    rented = buying.rentals(every).set_index("chip")
    if rented.empty:
        st.info(NOTHING_FITS, icon=":material/filter_alt_off:")
        return
    prices = purchases.load()
    first = next((place for place, id in enumerate(rented["accelerator"]) if id in prices), 0)
    name = st.selectbox("Accelerator", list(rented.index), index=first, key="chip", bind="query-params", width=420)
    offer = rented.loc[name]
    chip, price = hardware.chip(offer["accelerator"]), prices.get(offer["accelerator"])
    watts = chip.tdp_watts if chip else None
    with st.container(horizontal=True, vertical_alignment="bottom"):
        id = offer["accelerator"]
        paid = number("Purchase price, $", price.usd if price else None, f"buy_{id}", 1e7)
        drawn = number("Watts", watts, f"watts_{id}", 1e5)
        kwh = number("$ per kWh", values["usd_per_kwh"], "kwh", 10.0)
        rent = number("Rent, $ per hour", float(offer["usd_per_accelerator_hour"]), f"rent_{id}", 1e5)
        months = number("Kept for, months", KEEP_MONTHS, "months", 240.0)
    found = f"price of {price.as_of}, [source]({price.source_url})" if price else "no price on file"
    age = f" :orange[({offer['age_days']} days old)]" if offer["stale"] else ""
    rented_at = f"{plain(offer['offer'])}, price of {offer['as_of']}{age}, [source]({offer['source_url']})"
    st.markdown(f":small[Purchase: {found}. Rent: {rented_at}.]")
    if not (paid and drawn and kwh and rent and months):
        st.info("Type what is blank: it is not on file.", icon=":material/edit:")
        return
    plan = buying.Plan(paid, drawn, rent, kwh, months)
    with answer:
        figures.show(answers.buy_or_rent(plan))
    chart.show(buy_or_rent.build(plan, offer["kind"], dark=chart.dark()), buy_or_rent.describe(plan), "buy-or-rent")
    st.dataframe(plan.table(), hide_index=True, column_config=BUY_COLUMNS)
    with st.expander("How it is computed", icon=":material/fact_check:"):
        st.markdown(HOW_BUY)


def number(label: str, value: float | None, key: str, most: float) -> float | None:
    """An input that may be blank, because a blank is unknown."""
    found: float | None = st.number_input(
        label, 0.0, most, value, format="%.10g", key=key, bind="query-params", width=160, placeholder="unknown"
    )
    return found


_dollars = st.column_config.NumberColumn
BILL_COLUMNS: dict[str, Any] = {
    "device": "Machine",
    "variant": "Job",
    "hours": _dollars("Hours", format="%.2f"),
    "usd": _dollars("$ for the job", format="$%.2f"),
    "as_of": "As of",
    "source_url": st.column_config.LinkColumn("Source", display_text="open"),
    "note": "Note",
}
BUY_COLUMNS: dict[str, Any] = {
    "hours_a_month": _dollars("Hours a month", format="%.0f"),
    "buying_usd": _dollars("Buying, $ in all", format="$%.2f"),
    "renting_usd": _dollars("Renting, $ in all", format="$%.2f"),
    "cheaper": "Cheaper",
}

view = st.segmented_control(
    "View", [PICTURE, BARS, CREDIT, BUY], default=PICTURE, required=True, key="view", bind="query-params",
    label_visibility="collapsed",
)  # fmt: skip
job, limit = job_panel.choose() if view != BUY else (None, None)
answer = st.container()
known = assumptions.load()
with st.container(horizontal=True):
    filters = st.popover("Filters", icon=":material/filter_alt:")
    with st.popover("Assumptions: Colab unit, DBU, estimates", icon=":material/tune:"):
        changed = assumption_panel.panel([row for row in known.rows if row.group in ("prices", "estimates")])
values = known.edited(changed)
loading = offers.loading(tuple((id, values[id]) for id in values.changed))
with filters:
    shown = offers.filtered(loading.offers)
with answer:
    offers.notice(loading)
if shown.empty:
    st.info(NOTHING_FITS, icon=":material/filter_alt_off:")
elif job is None or limit is None:
    buy(shown, values)
else:
    rows = job_costs.rows(job, shown, loading.offers, values)
    if view == CREDIT:
        credit(rows, limit, values)
    else:
        of_job(rows, job, limit, view, values)
