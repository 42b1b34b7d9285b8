"""Matrix products of other shapes than squares: those of layers, and the peaks that a search found. One bar each."""

from collections.abc import Sequence

import pandas as pd
import plotly.graph_objects as go

from compute import units
from compute.charts import _bars, _style
from compute.compare import pick
from compute.compare.pick import Interval, Row

NOTHING = {"layers": "No layer's shape measured for this choice", "peak": "No peak searched for, for this choice"}


def build(frame: pd.DataFrame, family: str, *, dtypes: Sequence[str] = (), dark: bool = False) -> go.Figure:
    """The rate of every usable case of a family, "layers" or "peak", in the mode stream.

    Machines in their order, then dtypes from wide to narrow, then shapes; `dtypes` says which, nothing is all of them.
    """
    rows = _rows(frame, family, dtypes)
    looks = _style.machine_looks([row for row, _ in rows], dark)
    bars = [
        _bars.Bar(
            name=_name(row, family, alone=len(looks) == 1),
            words=_words(row, rate),
            interval=rate,
            colour=looks[pick.owner(row)].colour,
            source=pick.owner(row).source,
            hover=_style.plain(f"{pick.owner(row)}: {row['case']}"),
        )
        for row, rate in rows
    ]
    return _bars.chart(_style.rate_title(row for row, _ in rows), bars, nothing=NOTHING[family], dark=dark)


def describe(frame: pd.DataFrame, family: str, *, dtypes: Sequence[str] = ()) -> str:
    """The bars in words."""
    words = [f"{_name(row, family, alone=False)} {_words(row, rate)}" for row, rate in _rows(frame, family, dtypes)]
    return f"Rate of matrix products: {'; '.join(words)}." if words else f"{NOTHING[family]}."


def _rows(frame: pd.DataFrame, family: str, dtypes: Sequence[str]) -> list[tuple[Row, Interval]]:
    rows = pick.select(frame, workload="matmul", mode="stream")
    wanted = [row for row in rows if pick.family(row) == family and (not dtypes or row["dtype"] in dtypes)]
    places = pick.in_order(row["dtype"] for row in wanted)
    owners = list(dict.fromkeys(map(pick.owner, wanted)))
    wanted.sort(
        key=lambda row: (owners.index(pick.owner(row)), places.index(row["dtype"]), row["variant"], row["size"])
    )
    return pick.rates(filter(pick.is_usable, wanted), "flops")


def _name(row: Row, family: str, *, alone: bool) -> str:
    case = row["dtype"] if family == "peak" else f"{pick.case_words(row)}, {row['dtype']}"
    return case if alone else f"{pick.owner(row)}, {case}"


def _words(row: Row, rate: Interval) -> str:
    words = units.si(rate.middle, pick.rate_unit(row["dtype"]))
    if peak := pick.number(row, "peak_flop_per_s"):
        words += f", {rate.middle / peak:.0%} of the data sheet"
    return f"{words} at {pick.case_words(row)}" if pick.family(row) == "peak" else words
