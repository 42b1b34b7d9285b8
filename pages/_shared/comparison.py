"""What the page Compare computes, once for the same results: pages only ever read from it.

Not cache_data: a copy of tens of thousands of rows for each rerun takes longer than the page itself.
"""

from typing import TYPE_CHECKING

import streamlit as st

from pages._shared import data

if TYPE_CHECKING:
    import pandas as pd

    from compute.compare.pick import Row


def results() -> "pd.DataFrame":
    """The results in view, each run with a name of its own."""
    return _results(data.view_version(), data.results_in_view())


def names() -> dict[str, str]:
    """run_id -> the name of its machine, as in `results`."""
    first = results().drop_duplicates("run_id")
    return dict(zip(first["run_id"], first["machine"], strict=True))


def machines() -> "pd.DataFrame":
    """One line for each run: `compute.compare.tables.machines`."""
    return _machines(data.view_version(), results(), odd())


def odd() -> "pd.DataFrame":
    """What is odd about the results: `compute.compare.outliers.outliers`."""
    return _odd(data.view_version(), results())


def ratios(baseline: str, other: str = "") -> "pd.DataFrame":
    """The other run, or every other, against the baseline, with the colour of its kind.

    A frame of `compute.compare.baselines.ratios`.
    """
    frame = results()
    wanted = frame[frame["run_id"].isin([baseline, other])] if other else frame
    return _ratios(data.view_version(), baseline, other, wanted)


def curves() -> "dict[str, pd.DataFrame]":
    """The curves that can be laid over each other: `compute.compare.curves.curves`."""
    return _curves(data.view_version(), results())


def roofs(dtype: str) -> "dict[str, list[Row]]":
    """What each run's roof in an arithmetic is made of: `compute.compare.roofline.runs`."""
    return _roofs(data.view_version(), dtype, results())


@st.cache_resource(max_entries=3, show_spinner=False)
def _results(version: str, _frame: "pd.DataFrame") -> "pd.DataFrame":
    from compute.compare.curves import each_run

    return each_run(_frame)


@st.cache_resource(max_entries=3, show_spinner=False)
def _machines(version: str, _frame: "pd.DataFrame", _odd: "pd.DataFrame") -> "pd.DataFrame":
    from compute.compare import tables

    return tables.machines(_frame, _odd)


@st.cache_resource(max_entries=3, show_spinner=False)
def _odd(version: str, _frame: "pd.DataFrame") -> "pd.DataFrame":
    from compute.compare.outliers import outliers

    return outliers(_frame)


@st.cache_resource(max_entries=6, show_spinner=False)
def _ratios(version: str, baseline: str, other: str, _frame: "pd.DataFrame") -> "pd.DataFrame":
    from compute.compare import baselines

    kinds = _frame.drop_duplicates("run_id")[["run_id", "backend", "device_kind"]]
    return baselines.ratios(_frame, baseline).merge(kinds, on="run_id")


@st.cache_resource(max_entries=3, show_spinner=False)
def _curves(version: str, _frame: "pd.DataFrame") -> "dict[str, pd.DataFrame]":
    from compute.compare.curves import curves

    return curves(_frame)


@st.cache_resource(max_entries=6, show_spinner=False)
def _roofs(version: str, dtype: str, _frame: "pd.DataFrame") -> "dict[str, list[Row]]":
    from compute.compare.roofline import runs

    return runs(_frame, dtype)
