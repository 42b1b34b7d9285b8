"""Curves of a rate against a size: the line with its error bars, and the red crosses beside it."""

from collections.abc import Sequence

import plotly.graph_objects as go

from compute import units
from compute.charts import _style
from compute.compare import pick
from compute.compare.answers import rate_words
from compute.compare.pick import Interval, Owner, Row


def line(
    points: Sequence[Row], amount: str, unit: str, *, owner: Owner, name: str, look: _style.MachineLook,
    shape: str, dash: str, pale: bool = False,
) -> go.Scatter:  # fmt: skip
    """Rate (amount per second) against size; `name` follows the owner's in the legend."""
    drawn = pick.rates(points, amount)
    return go.Scatter(
        x=[row["size"] for row, _ in drawn],
        y=[rate.middle for _, rate in drawn],
        error_y=_style.error_bars([rate for _, rate in drawn], look.colour),
        mode="lines+markers",
        opacity=_style.PALE if pale else 1,
        name=_style.legend_name(str(owner), name),
        line={"color": look.colour, "dash": dash, "width": 2.5},
        marker={"symbol": _style.symbol(shape, look.place, owner.source), "size": 11, "color": look.colour},
        text=[_hover(row, rate, _unit(row, unit)) for row, rate in drawn],
        hovertemplate="%{text}<extra>%{fullData.name}</extra>",
    )


def crosses(rows: Sequence[Row], amount: str, unit: str, *, dark: bool) -> list[go.Scatter]:
    """The invalid points as one trace of red crosses with their reasons; no trace when there are none."""
    drawn = pick.rates(filter(pick.is_invalid, rows), amount)
    if not drawn:
        return []
    trace = go.Scatter(
        x=[row["size"] for row, _ in drawn],
        y=[rate.middle for _, rate in drawn],
        mode="markers",
        name="invalid, not used",
        marker={"symbol": "x", "size": 13, "color": _style.look(dark).bad},
        text=[f"{_style.plain(str(pick.owner(row)))}<br>{_hover(row, rate, _unit(row, unit))}" for row, rate in drawn],
        hovertemplate="%{text}<extra>invalid</extra>",
    )
    return [trace]


def words(rows: Sequence[Row], amount: str, unit: str, size_name: str, *names: str) -> list[str]:
    """Sentences for each curve (one for each owner and texts in `names`): its best rate and its sizes."""
    return [
        _best_words(", ".join(str(part) for part in key if part), group, amount, unit, size_name)
        for key, group in pick.groups(rows, *names).items()
    ]


def _best_words(name: str, group: list[Row], amount: str, unit: str, size_name: str) -> str:
    best = pick.best(group, amount)
    if best is None:
        return f"{name}: nothing measured that can be used."
    row, rate = best
    sizes = [row["size"] for row, _ in pick.rates(filter(pick.is_usable, group), amount)]
    span = f", {_style.plural(len(sizes), 'size')} from {min(sizes)} to {max(sizes)}" if len(sizes) > 1 else ""
    return f"{name}: best {rate_words(rate.middle, _unit(row, unit))} at {size_name} = {row['size']}{span}."


def _unit(row: Row, unit: str) -> str:
    """FLOP/s unless the row's numbers are integers; images/s are what they are."""
    return pick.rate_unit(row["dtype"]) if unit == "FLOP/s" else unit


def _hover(row: Row, rate: Interval, unit: str) -> str:
    ran = pick.text(row, "arithmetic")
    lines = [
        f"<b>{rate_words(rate.middle, unit)}</b> at {row['size']}",
        f"95 % interval {rate_words(rate.low, unit)} to {rate_words(rate.high, unit)}",
        f"{units.seconds(row['median_s'])} per step",
        _style.plain(pick.text(row, "verdict") or "no verdict"),
    ]
    if ran and ran != row["dtype"]:
        lines.append(f"asked {_style.plain(row['dtype'])}, ran {_style.plain(ran)}")
    if pick.text(row, "reason"):
        lines.append(_style.wrapped(row["reason"]))
    return "<br>".join(lines)


def set_axes(fig: go.Figure, rows: Sequence[Row], amount: str, size_title: str, *, log: bool, top: float = 0) -> None:
    """A log2 axis of sizes, and a log or linear axis of rates that also shows `top`."""
    drawn = pick.rates(rows, amount)
    rates = [end for _, rate in drawn for end in rate] + ([top] if top else [])
    fig.update_xaxes(_style.log2_axis([row["size"] for row, _ in drawn], size_title))
    fig.update_yaxes(_style.log_axis(rates) if log else _style.linear_axis(rates))
