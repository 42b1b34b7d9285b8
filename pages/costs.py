"""Costs: every offer with its price, and what one dollar buys on the machines that have results."""

import streamlit as st

from compute.charts import dollar_buys
from compute.compare import pick
from compute.money import answers, prices
from pages._shared import answers as figures
from pages._shared import chart, hour_costs, offers

COLUMNS = (
    "platform",
    "offer",
    "kind",
    "usd_per_hour",
    "as_of",
    "usd_per_accelerator_hour",
    "usd_per_hour_spot",
    "gpu_memory_gib",
    "memory_gib",
    "vcpus",
    "billing",
    "age_days",
    "source_url",
    "limits",
    "status",
)
# Pixels: about twelve rows, so that the chart below is in reach.
TABLE_HEIGHT = 470
NOTHING_FITS = "No offer fits all of this. Take one of the filters back."
NO_RESULTS = """
There is no result yet of a machine that somebody rents out. Measure this machine, or bring a CSV from Colab or Kaggle
on the page Compare.
"""
HOW = """
**Price.** What the source said on the day in the column *Price of*; each row links to it. Taxes, storage and traffic
come on top. *Spot* machines are cheaper and may be taken away at any time.

**One dollar buys.** Measured rate × one hour ÷ price of the hour. A machine with several accelerators is divided by
their number first, because a result is the work of one. A CPU offer is priced with a measured CPU of as many cores: an
*estimate*, because its processor may be another one. Results that are invalid never become a cost.
"""

BOUGHT = {
    "Matrix product": ("matmul", "square", "flop"),
    "Matrix product, best shape": ("matmul", "peak", "flop"),
    "AlexNet inference": ("cnn", "alexnet inference", "items"),
    "AlexNet training": ("cnn", "alexnet training", "items"),
    "Baseline inference": ("cnn", "baseline inference", "items"),
    "Baseline training": ("cnn", "baseline training", "items"),
    "ResNet-50 inference": ("cnn", "resnet50 inference", "items"),
    "ResNet-50 training": ("cnn", "resnet50 training", "items"),
}

answer = st.container()
shown = offers.filtered(offers.load())
work = hour_costs.work()
work = work[work["sku"].isin(shown["sku"])]
with answer:
    figures.show(answers.answers(shown, work))

st.subheader(f"{len(shown)} offers", anchor=False)
if shown.empty:
    st.info(NOTHING_FITS, icon=":material/filter_alt_off:")
else:
    offers.table(shown, COLUMNS, key="offers", height=TABLE_HEIGHT)
    with st.container(horizontal=True, vertical_alignment="center"):
        st.download_button(
            "Download this table (CSV)",
            lambda: offers.to_csv(shown, COLUMNS),
            file_name="many-hands-prices.csv",
            mime="text/csv",
            on_click="ignore",
            icon=":material/download:",
            key="download",
        )
        st.caption(f"Amber: a price older than {prices.STALE_DAYS} days. Look at its source first.")

st.subheader("What one dollar buys", anchor=False)
if work.empty:
    st.info(NO_RESULTS, icon=":material/front_hand:")
else:
    with st.container(horizontal=True):
        bought = st.selectbox("Of what", list(BOUGHT), key="bought", bind="query-params", width=240)
        workload, variant, unit = BOUGHT[bought]
        chosen = work[(work["workload"] == workload) & (work["variant"] == variant)]
        dtypes = pick.in_order(chosen["dtype"])
        if dtypes:
            dtype = st.segmented_control(
                "dtype", dtypes, default=pick.usual(dtypes), required=True, key="dtype", bind="query-params"
            )
            chosen = chosen[chosen["dtype"] == dtype]
            unit = "op" if (dtype, unit) == ("int8", "flop") else unit
    chart.show(dollar_buys.build(chosen, unit, dark=chart.dark()), dollar_buys.describe(chosen, unit), "dollar-buys")
with st.expander("Where the numbers come from", icon=":material/fact_check:"):
    st.markdown(HOW)
