"""The same matrix product written in several ways, side by side, below the chip's peak."""

import pandas as pd
import plotly.graph_objects as go

from compute.charts import _bars, _style
from compute.compare.pick import Interval

NOTHING = "No product on a GPU yet"
ARITHMETIC = {"fp32": "fp32", "tf32": "TF32, tensor cores"}


def build(rungs: pd.DataFrame, *, dark: bool = False, brief: bool = False) -> go.Figure:
    """A bar for each row of `compute.cuda.ladder.rungs`; the thin lines reach from the slowest run to the fastest.

    `brief` leaves out which arithmetic it is and where it is from, for a page that says so beside the chart.
    """
    colour = _style.look(dark).kinds["gpu"][0]
    bars = [
        _bars.Bar(
            row["name"] if brief else _name(row),
            row["words"],
            Interval(row["flop_per_s"], row["low"], row["high"]),
            colour,
            row["source"],
        )
        for row in rungs.to_dict("records")
    ]
    return _bars.chart("The same product, FLOP/s", bars, nothing=NOTHING, dark=dark)


def describe(rungs: pd.DataFrame) -> str:
    """Each rung with its rate, in the order of the bars."""
    if rungs.empty:
        return f"{NOTHING}."
    told = "; ".join(f"{_name(row)}: {row['words']}" for row in rungs.to_dict("records"))
    return f"The same matrix product in several ways. {told}."


def _name(row: dict) -> str:
    """The way and its arithmetic; a recorded or published number says so, because colour never stands alone."""
    recorded = ", recorded" if row["source"] == "shipped" else ""
    return f"{row['name']} ({ARITHMETIC[row['dtype']]}{recorded})"
