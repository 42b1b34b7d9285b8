"""Buying or renting, and what credits buy: by hand."""

import pytest

from compute.money import assumptions, buying, credits
from tests.money.board import board_of, row
from tests.money.offers import CPU, loaded


def test_both_ways_cost_the_same_where_they_cross() -> None:
    """1000 dollars and 0.10 an hour against 0.60: 2000 hours, 200 in each of 10 months."""
    plan = buying.Plan(1000.0, 500.0, 0.60, 0.20, 10.0)
    assert plan.hours_a_month == pytest.approx(200.0)
    assert plan.buying(200.0) == pytest.approx(plan.renting(200.0)) == pytest.approx(1200.0)
    table = plan.table()
    assert table["hours_a_month"].iloc[[0, -1]].tolist() == [0, 744]
    assert table["cheaper"].tolist() == ["renting"] * 4 + ["buying"] * 9


def test_the_cheapest_whole_accelerator_is_rented() -> None:
    offers = loaded(
        {"usd_per_hour": "3", "accelerator_count": "2"},
        {"usd_per_hour": "2", "accelerator_count": "1"},
        {"usd_per_hour": "0.3", "accelerator_count": "0.5"},
        {"usd_per_hour": "0.3", **CPU},
    ).assign(chip=["T4", "T4", "T4", ""])
    assert buying.rentals(offers)["usd_per_accelerator_hour"].tolist() == [1.5]


def test_a_credit_holds_on_its_platforms_and_counts_jobs() -> None:
    known = credits.credits(assumptions.load(), 7.0)
    student, colab, own = known.values()
    assert (student.usd, own.usd) == (100.0, 7.0)
    assert colab.usd == pytest.approx(9.99)
    rows = board_of(row(5.0, 10.0, platform="Azure", usd_per_hour=2.0), row(5.0, 10.0, platform="Google Colab"))
    bought = credits.hours(student, rows)
    assert bought[["platform", "hours", "job_hours", "jobs"]].values.tolist() == [["Azure", 50.0, 5.0, 10.0]]
    assert len(credits.hours(own, rows)) == 2
