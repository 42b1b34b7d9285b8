"""Azure: the ladder from a machine to a finished model, and from how many calls a month a machine is cheaper."""

from typing import TYPE_CHECKING, Any

import streamlit as st

from compute.charts import priced_calls
from compute.money import answers, assumptions, azure, board, facts, jobs
from pages._shared import answers as figures
from pages._shared import assumption_panel, chart, job_costs, links, offers
from pages._shared.text import plain

if TYPE_CHECKING:
    import pandas as pd

NO_PRICES = "No price of an Azure machine is on file. See the page Costs for what is wrong with the price file."
NO_RATE = """
Nothing of ours does the same, or no machine like it was measured: one machine is **taken to be enough** for all calls.
"""
HOW = """
A machine that is rented around the clock costs the same whether it is asked or not; a priced call costs nothing while
nobody calls. So calls are cheaper for few, the machine for many. Where we have a model that does about the same
(AlexNet for *what is in an image*), the number of machines grows with the calls; its answers are worse than those of
the finished model, and the work of running it is not counted. Prices get lower by steps; what is free in a month is
taken off first.
"""
SERVICE_COLUMNS: dict[str, Any] = {
    "service": "Service",
    "what": "What for",
    "price": "Price",
    "free": "Free each month",
    "as_of": "Price of",
    "source_url": st.column_config.LinkColumn("Source", display_text="open"),
    "note": "Note",
}
_dollars = st.column_config.NumberColumn
MACHINE_COLUMNS: dict[str, Any] = {
    "sku": "Machine",
    "usd_bare": _dollars("Machine, $/h", format="$%.3f"),
    "usd_ml": _dollars("Azure ML, $/h", format="$%.3f"),
    "databricks_usd": _dollars("Databricks: machine", format="$%.3f"),
    "dbu": _dollars("+ DBU an hour", format="%.2f"),
    "usd_per_dbu": _dollars("× $ per DBU", format="$%.3f"),
    "usd_databricks": _dollars("= Databricks, $/h", format="$%.3f"),
    "as_of": "Price of",
    "age_days": _dollars("Age, days", format="%d"),
    "source_url": st.column_config.LinkColumn("Source", display_text="open"),
}


def rung(words: str, services: "list[azure.Service]") -> None:
    """One step of the ladder: what is left to do, what is done, what is billed."""
    first = services[0]
    with st.container(border=True, height="stretch"):
        st.markdown(f"**{plain(words)}**")
        st.caption(plain(", ".join(service.service for service in services)))
        for title, icon, texts in (
            ("You manage", "front_hand", [first.you_manage]),
            ("They manage", "cloud", [first.they_manage]),
            ("Billed", "receipt_long", list(dict.fromkeys(service.billed for service in services))),
        ):
            st.markdown(f":material/{icon}: **{title}**: {plain('; '.join(texts))}")


def same_machine(every: "pd.DataFrame", usd_per_dbu: float) -> None:
    """The same machine on the first two rungs, with the arithmetic of a Databricks hour."""
    st.subheader("The same machine, bare and managed", anchor=False)
    table = azure.same_machine(every, usd_per_dbu)
    st.dataframe(
        offers.aged(table, list(MACHINE_COLUMNS)), hide_index=True, column_config=MACHINE_COLUMNS, placeholder=""
    )
    st.caption(
        "Blank: not offered, or no price found. Azure ML adds nothing to the machine; Databricks adds its units."
    )


def choose(every: "pd.DataFrame", hours_per_month: float) -> None:
    """A priced service and a machine: the answer, the picture, and what is behind them."""
    priced = {f"{service.service}: {service.what}": service for service in azure.load() if service.steps}
    rented = azure.machines(every)
    names = [f"{row['sku']}: {board.machine(row)}" for row in rented.to_dict("records")]
    whole = next((place for place, count in enumerate(rented["accelerator_count"]) if count >= 1), 0)
    with st.container(horizontal=True, vertical_alignment="bottom"):
        service = priced[st.selectbox("Finished model", list(priced), key="service", bind="query-params", width=430)]
        name = st.selectbox("Or a machine", names, index=whole, key="machine", bind="query-params", width=330)
    offer = rented.iloc[names.index(name)]
    row = None
    if service.variant:
        job = jobs.own("cnn", service.variant, 1.0)
        rows = job_costs.rows(job, rented.iloc[[names.index(name)]], every, values)
        row = rows.iloc[0].to_dict()
    calls = azure.calls_per_hour(row)
    price = float(offer["usd_per_hour"])
    line = azure.own_machine_line(service, price, hours_per_month, calls)
    machine = board.machine(offer.to_dict())
    figures.show(answers.azure_ladder(service, machine, price, calls, line))
    if row is not None and calls is not None:
        rough = "" if board.measured(row) else ":material/warning: "
        st.markdown(f"{rough}How fast the machine is, {plain(row['how'])}.")
    else:
        st.markdown(NO_RATE)
    given = (service, machine, price, hours_per_month, calls, line)
    chart.show(
        priced_calls.build(*given, offer["kind"], dark=chart.dark()), priced_calls.describe(*given), "priced-calls"
    )
    age = f" :orange[({offer['age_days']} days old)]" if offer["stale"] else ""
    read = f"[{service.service}]({service.source_url}), {service.as_of}"
    st.markdown(f":small[Prices: {read}; [{plain(offer['offer'])}]({offer['source_url']}), {offer['as_of']}{age}.]")


loading = offers.loading()
offers.notice(loading)
known = assumptions.load()
top, ladder = st.container(), st.container()
with st.expander("Assumptions: price of a DBU, hours in a month", icon=":material/tune:"):
    changed = assumption_panel.panel([row for row in known.rows if row.id in ("usd_per_dbu", "hours_per_month")])
values = known.edited(changed)
every = offers.load(tuple((id, values[id]) for id in values.changed))
with top:
    if azure.machines(every).empty:
        st.info(NO_PRICES, icon=":material/report:")
        st.page_link(links.COSTS, label="Costs", icon=":material/payments:")
    else:
        choose(every, values["hours_per_month"])
with ladder:
    st.subheader("The ladder: the higher, the less is left to do", anchor=False)
    for column, (words, services) in zip(st.columns(3), azure.ladder().items(), strict=True):
        with column:
            rung(words, services)
    same_machine(every, values["usd_per_dbu"])
    st.subheader("Finished models and their prices", anchor=False)
    st.dataframe(
        offers.aged(azure.price_list(facts.today()), list(SERVICE_COLUMNS)), hide_index=True,
        column_config=SERVICE_COLUMNS, placeholder="",
    )  # fmt: skip
    st.caption("Blank: no price was found in the sources that were read.")
with st.expander("How it is computed", icon=":material/fact_check:"):
    st.markdown(HOW)
