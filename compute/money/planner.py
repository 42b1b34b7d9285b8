"""Choosing: which offer for a budget or a deadline, what a credit buys, when buying is cheaper than renting."""

from __future__ import annotations

from collections.abc import Hashable
from dataclasses import dataclass
from typing import Any

import numpy as np
import pandas as pd

from compute.money import prices
from compute.money.rates import MEASURED

Row = dict[Hashable, Any]
"""One row of `compute.money.costs.of_job`."""


@dataclass(frozen=True)
class Choice:
    """The best offer under a limit, and the best one whose rate was measured, where that is another.

    `best` is None when no offer is inside the limit; `measured` when no measured one is. `fitting` of the `known`
    offers with a number are inside the limit. `sure` is False when the best one is outside of the limit at the far end
    of what its rate may be.
    """

    best: Row | None
    measured: Row | None
    fitting: int
    known: int
    sure: bool

    @property
    def estimated(self) -> bool:
        """Whether the best offer is ahead of every measured one by an estimate or a published figure only."""
        return self.best is not None and self.best["basis"] not in MEASURED


def within_budget(table: pd.DataFrame, usd: float) -> Choice:
    """The offer that is done first for at most so many dollars; of equals the cheapest.

    `table` is one of `costs.of_job`, or some of its rows.
    """
    return _choice(table, "usd", usd, ["calendar_hours", "usd"])


def within_deadline(table: pd.DataFrame, hours: float) -> Choice:
    """The cheapest offer that is done within so many hours from now; of equals the fastest."""
    return _choice(table, "calendar_hours", hours, ["usd", "calendar_hours"])


def _choice(table: pd.DataFrame, limited: str, limit: float, order: list[str]) -> Choice:
    of = {name: table[name].to_numpy("float64") for name in ("hours", "hours_high", "usd", "calendar_hours")}
    known = ~np.isnan(of["hours"]) & ~np.isnan(of["usd"])
    fits = np.flatnonzero(known & (of[limited] <= limit))
    fits = fits[np.lexsort([of[name][fits] for name in reversed(order)])]
    basis = table["basis"].tolist()
    best = next(iter(fits.tolist()), None)
    measured = next((place for place in fits.tolist() if basis[place] in MEASURED), None)
    # What was held against the limit grows with the hours, so at their far end it is as much more.
    sure = best is not None and of[limited][best] * of["hours_high"][best] / of["hours"][best] <= limit
    return Choice(_row(table, best), _row(table, measured), len(fits), int(known.sum()), bool(sure))


def _row(table: pd.DataFrame, place: int | None) -> Row | None:
    return None if place is None else table.iloc[place].to_dict()


def ranking(table: pd.DataFrame, by: str = "usd") -> pd.DataFrame:
    """The rows with a number in `by`, the least first, with two columns more.

    `rank` counts from 1. `ahead_by_estimate` is True for a row that stands before a measured one although its own
    rate was only estimated or published: whoever shows it has to say so.
    """
    ranked = table[table[by].notna()].sort_values([by, "hours"], kind="stable").reset_index(drop=True)
    measured = ranked["basis"].isin(MEASURED)
    behind = measured[::-1].cummax()[::-1]  # a measured row stands here or further down
    return ranked.assign(rank=np.arange(1, len(ranked) + 1), ahead_by_estimate=behind & ~measured)


def pareto(table: pd.DataFrame, time: str = "calendar_hours", money: str = "usd") -> pd.Series:
    """For each row whether no other one is both as fast and as cheap, and better in one of them.

    Rows without a number are never on the front. Rows that are equal in both stand on it together.
    """
    times, costs = table[time].to_numpy("float64"), table[money].to_numpy("float64")
    known = np.flatnonzero(~np.isnan(times) & ~np.isnan(costs))
    _, at = np.unique(times[known], return_inverse=True)  # the place of each row's time among all, fastest first
    cheapest = np.full(len(known) + 1, np.inf)  # of each time
    np.minimum.at(cheapest, at, costs[known])
    before = np.minimum.accumulate(np.append(np.inf, cheapest))  # the cheapest of all that are faster
    on_front = np.zeros(len(table), dtype=bool)
    on_front[known] = (costs[known] == cheapest[at]) & (costs[known] < before[at])
    return pd.Series(on_front, table.index)


def price_lines(table: pd.DataFrame) -> list[float]:
    """Dollars per hour at which to draw lines of equal price: one in each decade that paid offers reach."""
    paid = table.loc[table["usd_per_hour"] > 0, "usd_per_hour"]
    if paid.empty:
        return []
    lowest, highest = np.floor(np.log10([paid.min(), paid.max()])).astype(int)
    return [float(f"1e{power}") for power in range(lowest, highest + 2)]


def credit_hours(offers: pd.DataFrame, usd: float) -> pd.DataFrame:
    """The current paid offers with the hours that so many dollars buy, most first: `hours`, and `hours_spot`.

    `offers` is a frame of `prices.load`. An hour behind a subscription is not bought, so those are left out.
    """
    paid = prices.current(offers)
    paid = paid[paid["usd_per_hour"] > 0]
    bought = paid.assign(hours=usd / paid["usd_per_hour"], hours_spot=usd / paid["usd_per_hour_spot"])
    return bought.sort_values("hours", ascending=False, kind="stable", ignore_index=True)


@dataclass(frozen=True)
class BreakEven:
    """When buying has paid for itself.

    `own_usd_per_hour` is the electricity of an hour of one's own. `hours` of use make both ways equally dear; None
    when renting costs less than the electricity alone. `days` are those hours at so many a day.
    """

    own_usd_per_hour: float
    hours: float | None
    days: float | None


def buy_or_rent(
    purchase_usd: float,
    watts: float,
    rent_usd_per_hour: float,
    usd_per_kwh: float,
    overhead: float = 1.0,
    hours_per_day: float = 24.0,
) -> BreakEven:
    """Price and power of a machine of one's own against the rent of an equal one.

    `overhead` is the power of everything over the power of the machine (PUE; 1 at home). What an own machine costs
    besides (room, repair, interest) and what it can be sold for later are left out.
    """
    own = watts * overhead / 1000 * usd_per_kwh
    saved = rent_usd_per_hour - own
    hours = purchase_usd / saved if saved > 0 else None
    return BreakEven(own, hours, None if hours is None else hours / hours_per_day)
