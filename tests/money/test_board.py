"""The board: offers and what a job takes on each, in one frame; its numbers in words."""

from typing import Any

import pytest

from compute import results
from compute.money import board, costs, jobs, prices
from tests.money.board import UNKNOWN, guessed, row
from tests.money.offers import loaded
from tests.samples import sample_rows

ROWS = results.frame([entry | {"chip": "t4"} for entry in sample_rows() if entry["backend"] == "gpu"])
RESULTS = ROWS.assign(source="shipped")


def test_the_board_has_every_offer_and_orders_by_dollars() -> None:
    offers = loaded(
        {"usd_per_hour": "2", "usd_per_hour_spot": ""},
        {"usd_per_hour": "1", "accelerator_count": "1", "usd_per_hour_spot": ""},
        {"usd_per_hour": "5", "status": "retired", "usd_per_hour_spot": ""},
        {"accelerator": "tpu-v5e", "usd_per_hour": "0.5", "usd_per_hour_spot": ""},
    ).assign(chip="NVIDIA Tesla T4", kind="GPU", device_memory_gib=16.0, jax="yes")
    job = jobs.own("cnn", "alexnet training", 1e6)
    rows = board.together(offers, costs.of_job(job, offers, RESULTS), job)
    # Two T4 at twice the price are as cheap and twice as fast; what is gone or unknown comes last.
    assert rows["offer"].tolist()[:2] == ["offer 0", "offer 1"]
    assert rows["rank"].tolist()[:2] == [1.0, 2.0]
    assert rows["front"].tolist()[0] == 1.0
    assert rows["front"].isna().tolist()[1:] == [True, True, True]
    assert rows["usd_per_lot"].tolist()[0] == pytest.approx(rows["usd"].tolist()[0])
    by_offer = rows.set_index("offer")
    assert by_offer.loc["offer 2", "missing"] == "It is no longer offered."
    assert "Run on one" in str(by_offer.loc["offer 3", "missing"])
    assert by_offer.loc["offer 0", "known"] == "measured, recorded"


def test_a_filter_takes_rows_away_and_changes_no_number() -> None:
    offers = prices.load().assign(chip="x", kind="GPU", device_memory_gib=1.0, jax="yes")
    job = jobs.jobs()["classify"]
    table = costs.of_job(job, offers, RESULTS)
    whole = board.together(offers, table, job).set_index(list(prices.KEY))
    part = board.together(offers[offers["platform"].eq("Azure")], table, job).set_index(list(prices.KEY))
    assert len(part) == (prices.load()["platform"] == "Azure").sum()
    assert part["usd"].equals(whole.loc[part.index, "usd"])


@pytest.mark.parametrize(
    ("more", "words"),
    [
        ({}, "T4"),
        ({"accelerator_count": 8.0, "chip": "NVIDIA H200 SXM 141GB"}, "8 × H200 SXM 141GB"),
        ({"accelerator_count": 0.167, "chip": "NVIDIA A10"}, "0.17 × A10"),
        ({"chip": "Google TPU v5e (chip)"}, "TPU v5e"),
        ({"chip": "", "vcpus": 4.0}, "CPU with 4 vCPUs"),
        ({"chip": "", "vcpus": UNKNOWN}, "CPU"),
    ],
)
def test_a_machine_in_short(more: dict[str, Any], words: str) -> None:
    assert board.machine(row(1.0, 1.0, **more)) == words


def test_what_was_measured_is_said_to_the_cent_and_an_estimate_about() -> None:
    assert (board.dollars(row(1.0, 12.345)), board.dollars(guessed(1.0, 12.345))) == ("$12.35", "about $12")
    assert (board.time(row(1.51, 1.0)), board.time(guessed(1.51, 1.0))) == ("1 h 31 min", "about 1.5 h")
    assert board.dollars(guessed(1.0, 0.0)) == "free"


@pytest.mark.parametrize(
    ("hours", "words"),
    [
        (0.001, "3.6 s"),
        (0.0166, "1.0 min"),
        (0.5, "30 min"),
        (0.999, "1.0 h"),
        (47.0, "47 h"),
        (100.0, "4.2 days"),
        (UNKNOWN, "unknown"),
    ],
)
def test_rough_hours(hours: float, words: str) -> None:
    assert board.rough_hours(hours) == words


@pytest.mark.parametrize(
    ("usd", "words"), [(0.0, "free"), (0.000123, "$0.00012"), (0.996, "$1.0"), (1234.0, "$1,200"), (UNKNOWN, "unknown")]
)
def test_rough_dollars(usd: float, words: str) -> None:
    assert board.rough_dollars(usd) == words
