"""Buying an accelerator or renting one: how many hours of use a month make both equally dear."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property

import numpy as np
import pandas as pd

from compute.money import planner, prices

HOURS_IN_LONGEST_MONTH = 744
STEPS = 12


def rentals(offers: pd.DataFrame) -> pd.DataFrame:
    """The cheapest current paid hour of one whole accelerator for each chip, ordered by the chip's name.

    `offers` is a frame of `prices.load` with the column `chip`. An hour behind a subscription is not bought.
    """
    paid = prices.current(offers)
    paid = paid[(paid["usd_per_hour"] > 0) & (paid["accelerator_count"] >= 1) & paid["chip"].ne("")]
    cheapest = paid.sort_values("usd_per_accelerator_hour", kind="stable").drop_duplicates("accelerator")
    return cheapest.sort_values("chip", kind="stable", ignore_index=True)


@dataclass(frozen=True)
class Plan:
    """One accelerator bought and kept for `months`, beside the same rented by the hour.

    What an own machine needs besides (the rest of it, room, repair, interest) and what it can be sold for later are
    left out.
    """

    purchase_usd: float
    watts: float
    rent_usd_per_hour: float
    usd_per_kwh: float
    months: float

    @cached_property
    def break_even(self) -> planner.BreakEven:
        """The hours in all at which both are equally dear."""
        return planner.buy_or_rent(self.purchase_usd, self.watts, self.rent_usd_per_hour, self.usd_per_kwh)

    @property
    def hours_a_month(self) -> float | None:
        """From so many hours a month on, buying is cheaper; None where renting costs less than the electricity."""
        hours = self.break_even.hours
        return None if hours is None else hours / self.months

    @property
    def possible(self) -> bool:
        """Whether a month has so many hours."""
        return self.hours_a_month is not None and self.hours_a_month <= HOURS_IN_LONGEST_MONTH

    def buying(self, hours_a_month: float) -> float:
        """Dollars in all for buying it and using it so much."""
        return self.purchase_usd + self.break_even.own_usd_per_hour * hours_a_month * self.months

    def renting(self, hours_a_month: float) -> float:
        """Dollars in all for renting it so much."""
        return self.rent_usd_per_hour * hours_a_month * self.months

    def table(self) -> pd.DataFrame:
        """`hours_a_month` from none to all, with `buying_usd`, `renting_usd` and which of them is `cheaper`."""
        hours = [HOURS_IN_LONGEST_MONTH * step / STEPS for step in range(STEPS + 1)]
        both = pd.DataFrame(
            {
                "hours_a_month": hours,
                "buying_usd": [self.buying(each) for each in hours],
                "renting_usd": [self.renting(each) for each in hours],
            }
        )
        return both.assign(cheaper=np.where(both["buying_usd"] < both["renting_usd"], "buying", "renting"))
