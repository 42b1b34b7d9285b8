"""What an hour costs at the lecture's platforms, in short."""

from typing import TYPE_CHECKING

import streamlit as st

from pages._shared import data, links, offers

if TYPE_CHECKING:
    import pandas as pd

COLUMNS = ("machine", "usd_per_hour", "pflop_per_usd", "platform", "as_of")
HEIGHT = 560


def table() -> None:
    """The cheapest offer of each platform and accelerator, with what a dollar buys there."""
    from compute.money import answers

    st.markdown("**What an hour costs**")
    offers.notice(offers.loading())
    everything = offers.load()
    lecture = everything[everything["platform"].isin(offers.LECTURE)]
    offers.amber(answers.short_list(lecture, work()), COLUMNS, height=HEIGHT, key="hour-costs")
    st.page_link(links.COSTS, label="All prices, with limits and sources", icon=":material/payments:")


def work() -> "pd.DataFrame":
    """What one dollar buys in matrix products, on every offer that a result in view speaks for."""
    return _work(data.view_version(), data.results_in_view(), offers.load())


@st.cache_data(max_entries=2, show_spinner=False)
def _work(version: str, _results: "pd.DataFrame", _offers: "pd.DataFrame") -> "pd.DataFrame":
    from compute.compare import baselines
    from compute.money import answers, costs

    return costs.per_dollar(answers.fastest_products(baselines.best(_results)), _offers)
