"""The headline: the best rate of every machine in view, one bar each."""

import pandas as pd
import plotly.graph_objects as go

from compute.charts import _bars, _style
from compute.compare import pick
from compute.compare.answers import rate_words
from compute.compare.pick import Interval, Row

# what -> title, column with the amount per step, unit, and the rows that count: one arithmetic for everyone.
QUANTITIES = {
    "matmul": ("Matrix product, fp32", "flops", "FLOP/s", {"workload": "matmul", "variant": "square"}),
    "alexnet": (
        "AlexNet inference, fp32",
        "items",
        "images/s",
        {"workload": "cnn", "variant": "alexnet inference"},
    ),
}


def build(frame: pd.DataFrame, what: str, *, dark: bool = False) -> go.Figure:
    """Best fp32 rate of every machine in the mode stream, fastest first; `what` is a key of QUANTITIES."""
    title, _, unit, _ = QUANTITIES[what]
    best = _best(frame, what)
    looks = _style.machine_looks([row for row, _ in sorted(best, key=_order)], dark)
    bars = [
        _bars.Bar(
            name=str(pick.owner(row)),
            words=rate_words(rate.middle, unit),
            interval=rate,
            colour=looks[pick.owner(row)].colour,
            source=pick.owner(row).source,
            hover=_hover(row, rate, unit),
        )
        for row, rate in best
    ]
    return _bars.chart(title, bars, nothing="Nothing measured yet", dark=dark)


def describe(frame: pd.DataFrame, what: str) -> str:
    """The bars in words, fastest first."""
    title, _, unit, _ = QUANTITIES[what]
    words = [f"{pick.owner(row)} {rate_words(rate.middle, unit)}" for row, rate in _best(frame, what)]
    return f"{title}: {'; '.join(words)}." if words else f"{title}: nothing measured yet."


def _best(frame: pd.DataFrame, what: str) -> list[tuple[Row, Interval]]:
    _, amount, _, wanted = QUANTITIES[what]
    rows = pick.select(frame, dtype="fp32", mode="stream", **wanted)
    found = [best for group in pick.groups(rows).values() if (best := pick.best(group, amount))]
    return sorted(found, key=lambda pair: -pair[1].middle)


def _hover(row: Row, rate: Interval, unit: str) -> str:
    return f"at size {row['size']}, 95 % interval {rate_words(rate.low, unit)} to {rate_words(rate.high, unit)}"


def _order(pair: tuple[Row, Interval]) -> int:
    return list(pick.SOURCES).index(pick.owner(pair[0]).source)
