"""Frames for the tests of charts: the sample rows with the two columns that pages add."""

from collections.abc import Sequence

import pandas as pd

from compute import results
from compute.compare.headlines import machine_name
from compute.compare.pick import Owner
from compute.results import Row
from tests.samples import sample_rows

CPU = Owner("Example CPU, 2 cores (test data)", "measured here")
GPU = Owner("Example GPU (test data)", "shipped")


def frame(rows: Sequence[Row] | None = None, *, source: str = "") -> pd.DataFrame:
    """The rows (all sample rows unless given); CPU rows count as measured here, GPU rows as shipped."""
    rows = sample_rows() if rows is None else rows
    sources = [source or ("measured here" if row["backend"] == "cpu" else "shipped") for row in rows]
    return results.frame(rows).assign(source=sources, machine=[machine_name(row) for row in rows])
