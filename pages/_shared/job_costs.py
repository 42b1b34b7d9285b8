"""What a job costs on each offer, computed once for the same job, results, offers and assumptions."""

from typing import TYPE_CHECKING

import streamlit as st

from compute.money.jobs import Job
from pages._shared import data

if TYPE_CHECKING:
    import pandas as pd

    from compute.money.assumptions import Assumptions


def rows(job: Job, shown: "pd.DataFrame", every: "pd.DataFrame", assumptions: "Assumptions") -> "pd.DataFrame":
    """The `shown` offers with what the job takes on each: a frame of `compute.money.board.together`.

    `every` are all offers: the table is computed for them, so that a filter computes nothing anew.
    """
    from compute.money import board

    version = data.view_version()
    table = _table(version, job, every, dict(assumptions), _speaking(version, data.results_in_view()))
    return board.together(shown, table, job)


@st.cache_data(max_entries=4, show_spinner=False)
def _speaking(version: str, _results: "pd.DataFrame") -> "pd.DataFrame":
    from compute.money import rates

    return rates.speaking(_results)


@st.cache_data(max_entries=16, show_spinner=False)
def _table(
    version: str, job: Job, every: "pd.DataFrame", values: dict[str, float], _results: "pd.DataFrame"
) -> "pd.DataFrame":
    from compute.money import costs

    return costs.of_job(job, every, _results, values)


def forget() -> None:
    """Let every table be computed anew."""
    _table.clear()
