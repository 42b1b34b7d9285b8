"""The best offer for a budget or a deadline, the front that nothing beats, and what a credit buys."""

from typing import Any

import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st

from compute.money import planner, purchases
from tests.money.offers import loaded


def rows(*cells: tuple[float, float, str]) -> pd.DataFrame:
    """A table of (hours, dollars, basis); the hours may be off by half."""
    frame = pd.DataFrame(cells, columns=["hours", "usd", "basis"])
    frame = frame.assign(
        calendar_hours=frame["hours"], hours_high=1.5 * frame["hours"], usd_per_hour=frame["usd"] / frame["hours"]
    )
    return frame.assign(name=[f"offer {number}" for number in range(len(frame))])


TABLE = rows(
    (1, 30, "estimate"), (2, 10, "shipped"), (4, 4, "published"), (8, 6, "shipped"), (float("nan"), float("nan"), ""),
)  # fmt: skip


def named(row: Any) -> str | None:
    return None if row is None else str(row["name"])


def test_a_budget_takes_the_fastest_inside_it() -> None:
    choice = planner.within_budget(TABLE, 10)
    assert (named(choice.best), named(choice.measured), choice.fitting, choice.known) == ("offer 1", "offer 1", 3, 4)
    assert not choice.estimated
    assert not choice.sure  # half as much again would be $15
    assert planner.within_budget(TABLE, 15).sure


def test_a_deadline_takes_the_cheapest_inside_it_and_names_the_measured_one() -> None:
    choice = planner.within_deadline(TABLE, 5)
    assert (named(choice.best), named(choice.measured)) == ("offer 2", "offer 1")
    assert choice.estimated
    assert not choice.sure
    assert planner.within_deadline(TABLE, 6).sure


def test_nothing_fits() -> None:
    choice = planner.within_budget(TABLE, 1)
    assert (choice.best, choice.measured, choice.fitting, choice.estimated, choice.sure) == (
        None,
        None,
        0,
        False,
        False,
    )


def test_an_estimate_never_stands_before_a_measurement_unsaid() -> None:
    ranked = planner.ranking(TABLE)
    assert list(ranked["name"]) == ["offer 2", "offer 3", "offer 1", "offer 0"]
    assert list(ranked["rank"]) == [1, 2, 3, 4]
    assert list(ranked["ahead_by_estimate"]) == [True, False, False, False]


def test_by_hand_the_front() -> None:
    assert list(planner.pareto(TABLE)) == [True, True, True, False, False]
    twins = rows((1, 5, "shipped"), (1, 5, "shipped"), (1, 6, "shipped"), (2, 5, "shipped"))
    assert list(planner.pareto(twins)) == [True, True, False, False]
    assert planner.pareto(TABLE.iloc[4:]).tolist() == [False]


@given(st.lists(st.tuples(st.integers(1, 9), st.integers(1, 9)), min_size=1, max_size=40))
def test_the_front_is_never_dominated_and_everything_else_is(points: list[tuple[int, int]]) -> None:
    table = rows(*[(float(hours), float(usd), "shipped") for hours, usd in points])
    front = planner.pareto(table)
    assert front.any()
    for place, (hours, usd) in enumerate(points):
        better = [(h, u) for h, u in points if h <= hours and u <= usd and (h, u) != (hours, usd)]
        assert bool(front.iloc[place]) == (not better)


def test_price_lines_are_decades() -> None:
    assert planner.price_lines(rows((1, 0.5, ""), (1, 30, ""))) == [0.1, 1.0, 10.0, 100.0]
    assert planner.price_lines(rows((1, 0, ""))) == []


def test_a_credit_buys_hours() -> None:
    """$100 are 100 h at $1 and 400 h of spot at $0.25; free hours and those of a subscription are not bought."""
    free = {"usd_per_hour": "0", "usd_per_hour_spot": "", "billing": "free"}
    offers = loaded({}, {"usd_per_hour": "4.00"}, free, free | {"billing": "subscription", "usd_per_month": "8"})
    table = planner.credit_hours(offers, 100)
    assert list(table["hours"]) == [100, 25]
    assert list(table["hours_spot"]) == [400, 400]


def test_by_hand_buying_and_renting() -> None:
    """1000 W at $0.20 are $0.20 an hour. $1600 are saved at $0.80 an hour in 2000 h, 250 days of 8 h."""
    even = planner.buy_or_rent(1600, 1000, 1.00, 0.20, hours_per_day=8)
    assert even.own_usd_per_hour == pytest.approx(0.2)
    assert even.hours == pytest.approx(2000)
    assert even.days == pytest.approx(250)
    with_cooling = planner.buy_or_rent(1600, 1000, 1.00, 0.20, overhead=2)
    assert with_cooling.own_usd_per_hour == pytest.approx(0.4)
    assert planner.buy_or_rent(1600, 1000, 0.10, 0.20).hours is None


def test_only_what_has_a_source_has_a_price_to_buy() -> None:
    assert purchases.load()["h100-sxm"].usd == 30000
    assert "tpu-v5e" not in purchases.load()
