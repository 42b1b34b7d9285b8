"""What somebody wants done, and for how much or until when: the inputs, which stand in the URL."""

from typing import TYPE_CHECKING

import streamlit as st

from compute.compare import pick
from compute.money import jobs

if TYPE_CHECKING:
    from compute.money.answers import Limit

OWN = "own"
FASTEST = "the fastest there"
BUDGET, DEADLINE = "Budget", "Deadline"


def choose() -> "tuple[jobs.Job, Limit]":
    """The chosen job and limit; they are remembered where a view does not draw them."""
    with st.container(horizontal=True, vertical_alignment="bottom"):
        job = _job()
        limit = _limit()
    return job, limit


def _job() -> jobs.Job:
    ready = jobs.jobs()
    names = {job.title: id for id, job in ready.items()} | {"A job of your own": OWN}
    id = names[st.selectbox("Job", list(names), key="job", bind="query-params", persist_state="page", width=370)]
    variant = ""
    if id == OWN:
        variants = jobs.own_variants()
        variant = st.selectbox(
            "Of what", list(variants), key="own", bind="query-params", persist_state="page", width=280
        )
    dtype = st.selectbox(
        "Arithmetic", [FASTEST, *pick.DTYPES[:-1]], key="dtype", bind="query-params", persist_state="page", width=160,
        help="Fewer bits are faster and less exact.",
    )  # fmt: skip
    dtype = "" if dtype == FASTEST else dtype
    if id != OWN:
        return ready[id].in_dtype(dtype)
    workload, form = jobs.own_variants()[variant]
    flops = workload == "matmul"
    quantity = st.number_input(
        "How many FLOP" if flops else "How many images",
        min_value=1.0, max_value=1e30, value=1e18 if flops else 1e6, format="%.4g",
        key="flops" if flops else "items", bind="query-params", persist_state="page", width=170,
    )  # fmt: skip
    return jobs.own(workload, form, quantity, dtype)


def _limit() -> "Limit":
    from compute.money.answers import Limit

    kind = st.segmented_control(
        "You have a",
        [BUDGET, DEADLINE],
        default=BUDGET,
        required=True,
        key="limit",
        bind="query-params",
        persist_state="page",
    )
    if kind == BUDGET:
        return Limit(
            usd=st.number_input(
                "Dollars", 0.0, 1e9, 1.0, 1.0, "%.10g", key="usd", bind="query-params", persist_state="page", width=130
            )
        )
    return Limit(
        hours=st.number_input(
            "Hours", 0.001, 1e6, 1.0, 1.0, "%.10g", key="hours", bind="query-params", persist_state="page", width=130
        )
    )
