"""Several processes told as one row, by hand."""

import math
from typing import Any

import pytest

from compute import results
from compute.measure.repeat import merge
from compute.results import Row
from tests.samples import sample_row


def process(median: float, **more: Any) -> Row:
    """The row of a process: an interval of ±1 %, quartiles of ±2 %."""
    times = {"median_s": median, "ci_low_s": 0.99 * median, "ci_high_s": 1.01 * median, "min_s": 0.97 * median}
    times |= {"q1_s": 0.98 * median, "q3_s": 1.02 * median}
    row = sample_row(**times, flops=2e9, items=1.0)
    return row | {"flop_per_s": 2e9 / median, "items_per_s": 1 / median} | more


THREE = [process(0.010), process(0.012), process(0.011)]


def test_the_median_of_the_medians_and_the_hull_of_the_intervals() -> None:
    row = merge(THREE)
    assert row["median_s"] == 0.011
    assert (row["ci_low_s"], row["ci_high_s"]) == (0.99 * 0.010, 1.01 * 0.012)
    assert (row["q1_s"], row["q3_s"], row["min_s"]) == (0.98 * 0.011, 1.02 * 0.011, 0.97 * 0.010)
    assert (row["processes"], row["process_low_s"], row["process_high_s"]) == (3, 0.010, 0.012)
    assert row["process_spread"] == pytest.approx(0.002 / 0.011)
    assert (row["flop_per_s"], row["items_per_s"]) == (2e9 / 0.011, 1 / 0.011)
    assert row["batches"] == 36


def test_a_merged_row_is_a_valid_result() -> None:
    reading = results.read(results.to_csv([merge(THREE)]).encode())
    assert [str(problem) for problem in reading.problems] == []
    assert reading.rows[0]["processes"] == 3


def test_one_process_says_nothing_of_the_spread_between() -> None:
    row = merge(THREE[:1])
    assert row == THREE[0]
    assert (row["processes"], row["process_spread"]) == (1, None)


@pytest.mark.parametrize(
    ("name", "told", "worst"),
    [
        ("verdict", ("steady", "unstable", "noisy"), "unstable"),
        ("verdict", ("steady", "invalid", "noisy"), "invalid"),
        ("stop", ("converged", "budget", "settled"), "budget"),
        ("drift", (0.01, 0.05, -0.02), 0.05),
        ("steal", (0.0, None, 0.1), 0.1),
        ("check_error", (1e-7, 3e-7, 2e-7), 3e-7),
        ("products", (4, 3, 4), 3),
        ("throttle", ("none", "power limit", "power limit, heat"), "power limit, heat"),
        ("throttle", ("none", None, "none"), "none"),
        ("throttle", (None, None, None), None),
        ("compile_s", (9.0, 0.1, 0.2), 0.2),
        ("cache", ("cold", "warm", "warm"), "cold"),
    ],
)
def test_what_one_figure_says_of_all(name: str, told: tuple[Any, ...], worst: Any) -> None:
    assert merge([process(0.01, **{name: value}) for value in told])[name] == worst


def test_reasons_are_joined_without_repetition() -> None:
    told = ("It got slower.", None, "It got slower.", "Only 4 batches.")
    row = merge([process(0.01, reason=reason) for reason in told])
    assert row["reason"] == "It got slower. Only 4 batches."
    assert merge(THREE)["reason"] is None


def test_a_row_that_is_still_being_measured_does_not_spoil_the_others() -> None:
    row = merge([THREE[0], process(0.05, stop=None, verdict="noisy", batches=2)])
    assert (row["median_s"], row["verdict"], row["processes"]) == (0.010, "steady", 1)
    both = merge([process(0.01, stop=None), process(0.02, stop=None)])
    assert (both["median_s"], both["stop"], both["processes"]) == (0.015, None, 2)


def test_a_process_that_could_not_measure_it_is_told() -> None:
    failed = process(0.01, status="failed", reason="Out of memory.", median_s=None, flop_per_s=None)
    row = merge([THREE[0], failed])
    assert (row["status"], row["processes"]) == ("measured", 1)
    assert row["reason"] == "1 of 2 processes have no timing: Out of memory."
    assert merge([failed, failed]) == failed


def test_winners_of_a_search_that_differ_are_compared_by_their_rate() -> None:
    """The second did eight times the work in four times the time: twice the rate."""
    first = process(0.01, size=1024)
    second = process(0.04, size=2048, flops=1.6e10, flop_per_s=4e11)
    row = merge([first, second])
    assert (row["size"], row["flops"]) == (1024, 2e9)
    assert (row["process_low_s"], row["process_high_s"], row["median_s"]) == (0.005, 0.01, 0.0075)
    assert row["flop_per_s"] == pytest.approx(2e9 / 0.0075)
    assert "The processes found different winners (1024, 2048)" in row["reason"]


def test_the_same_winner_of_two_searches_is_one_winner() -> None:
    same = [process(0.01, params="layout=nt;tried=25"), process(0.02, params="layout=nt;tried=19")]
    assert merge(same)["reason"] is None
    assert "1024 layout=nn, 1024 layout=nt" in merge([process(0.01, params="layout=nn;tried=9"), *same])["reason"]


@pytest.mark.parametrize("nonsense", ["text", True, None, math.inf, -1, 0, 10**300])
def test_nonsense_in_a_log_raises_nothing(nonsense: Any) -> None:
    for name in ("median_s", "flops", "items", "stop", "verdict", "throttle", "reason", "batches", "status"):
        merge([process(0.01, **{name: nonsense}), process(0.01)])
        merge([process(0.01), process(0.01, **{name: nonsense})])
