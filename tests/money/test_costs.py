"""What one dollar buys, checked by hand, and what must never become a cost."""

import csv
import io
import tempfile
from datetime import date
from pathlib import Path
from typing import Any

import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st

from compute import results
from compute.money import costs, prices
from tests.samples import sample_row, sample_rows

OFFER = {
    "platform": "Example Cloud",
    "offer": "Example offer",
    "sku": "x",
    "accelerator": "t4",
    "accelerator_count": "4",
    "vcpus": "16",
    "usd_per_hour": "8.00",
    "billing": "pay-as-you-go",
    "as_of": "2026-11-01",
    "source_url": "https://example.org/prices",
    "status": "current",
}
CPU_OFFER = {"accelerator": "", "accelerator_count": "0", "vcpus": "2", "usd_per_hour": "0.10"}


def make_offers(*rows: dict[str, str]) -> pd.DataFrame:
    """Offers, each given as what differs from OFFER; their names tell them apart."""
    file = io.StringIO()
    writer = csv.DictWriter(file, prices.COLUMNS, restval="")
    writer.writeheader()
    writer.writerows(OFFER | {"offer": f"offer {number}"} | row for number, row in enumerate(rows))
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "prices.csv"
        path.write_text(file.getvalue(), encoding="utf-8")
        return prices.load(path, date(2026, 11, 22))


def make_results(*rows: dict[str, Any]) -> pd.DataFrame:
    return results.frame([sample_row(**row) for row in rows])


def on_chip(chip: str, flop_per_s: float = 1e12, **more: Any) -> dict[str, Any]:
    """A result of 1 s a step on an accelerator."""
    times = dict.fromkeys(("median_s", "ci_low_s", "ci_high_s", "q1_s", "q3_s", "min_s"), 1.0)
    rates = {"flops": flop_per_s, "flop_per_s": flop_per_s, "items": 500.0, "items_per_s": 500.0}
    return {"backend": "gpu", "device_kind": "Example GPU", "chip": chip, **times, **rates, **more}


def only(table: pd.DataFrame) -> pd.Series:
    assert len(table) == 1
    return table.iloc[0]


def test_by_hand_one_accelerator_of_four() -> None:
    """$8 an hour for four T4 is $2 for one. 1 TFLOP/s is 3.6e15 FLOP an hour: 1.8e15 FLOP for a dollar."""
    row = only(costs.per_dollar(make_results(on_chip("t4")), make_offers({})))
    assert row["usd_per_hour"] == 8
    assert row["usd_per_accelerator_hour"] == row["usd_per_device_hour"] == 2
    assert row["flop_per_usd"] == pytest.approx(1.8e15)
    assert row["usd_per_eflop"] == pytest.approx(1e18 / 1.8e15)
    # 500 images a second are 1.8 million an hour for $2.
    assert row["items_per_usd"] == pytest.approx(900_000)
    assert row["usd_per_million_items"] == pytest.approx(1 / 0.9)
    assert row["basis"] == "measured"
    assert not row["free"]


def test_by_hand_a_jax_device_that_is_half_a_chip() -> None:
    """A TPU v2 chip at $1.20 shows as two devices: $0.60 for the device that was measured."""
    offers = make_offers({"accelerator": "tpu-v2", "accelerator_count": "1", "usd_per_hour": "1.20"})
    row = only(costs.per_dollar(make_results(on_chip("tpu-v2", 10e12, backend="tpu")), offers))
    assert row["usd_per_accelerator_hour"] == pytest.approx(1.2)
    assert row["usd_per_device_hour"] == pytest.approx(0.6)
    assert row["flop_per_usd"] == pytest.approx(10e12 * 3600 / 0.6)


def test_the_interval_of_the_median_becomes_an_interval_of_the_cost() -> None:
    """A step of 0.9 s instead of 1 s buys 1/0.9 as much, one of 1.25 s buys 0.8 of it."""
    frame = make_results(on_chip("t4", ci_low_s=0.9, ci_high_s=1.25))
    row = only(costs.per_dollar(frame, make_offers({})))
    assert row["flop_per_usd_low"] == pytest.approx(1.8e15 * 0.8)
    assert row["flop_per_usd_high"] == pytest.approx(1.8e15 / 0.9)
    assert row["items_per_usd_low"] == pytest.approx(900_000 * 0.8)


def test_a_cpu_result_is_an_estimate_for_offers_with_as_many_vcpus() -> None:
    """The sample CPU has two cores and a label; $0.10 an hour is for the whole machine."""
    offers = make_offers(CPU_OFFER, CPU_OFFER | {"vcpus": "4"}, CPU_OFFER | {"vcpus": ""})
    row = only(costs.per_dollar(make_results({}), offers))
    assert row["offer"] == "offer 0"
    assert row["basis"] == "estimate"
    assert row["measured_on"] == "Example CPU, 2 cores (test data)"
    assert row["measured_platform"] == "Local"
    assert row["platform"] == "Example Cloud"
    assert pd.isna(row["usd_per_accelerator_hour"])
    assert row["flop_per_usd"] == pytest.approx(row["flop_per_s"] * 3600 / 0.10)


def test_a_cpu_result_says_nothing_about_an_accelerator_and_the_other_way_round() -> None:
    offers = make_offers({"vcpus": "2"}, CPU_OFFER)
    cpu = costs.per_dollar(make_results({"chip": "epyc-7763"}), offers)
    gpu = costs.per_dollar(make_results(on_chip("t4", cpu_count=2.0)), offers)
    assert list(cpu["offer"]) == ["offer 1"]
    assert list(gpu["offer"]) == ["offer 0"]


def test_a_part_of_an_accelerator_is_an_estimate() -> None:
    offers = make_offers({"accelerator_count": "0.5", "usd_per_hour": "1.00"})
    row = only(costs.per_dollar(make_results(on_chip("t4")), offers))
    assert row["basis"] == "estimate"
    assert row["usd_per_device_hour"] == 2


def test_free_is_free_and_nothing_is_divided_by_zero() -> None:
    offers = make_offers({"usd_per_hour": "0", "billing": "free"})
    row = only(costs.per_dollar(make_results(on_chip("t4")), offers))
    assert row["free"]
    assert row["usd_per_eflop"] == row["usd_per_million_items"] == 0
    assert row[[name for name in costs.COST_COLUMNS if "_per_usd" in name]].isna().all()


@pytest.mark.parametrize(
    "unusable",
    [
        {"verdict": "invalid", "reason": "faster than the peak"},
        {"status": "skipped", "reason": "no memory", "median_s": None, "flop_per_s": None},
        {"status": "failed", "reason": "crashed", "median_s": None, "flop_per_s": None},
    ],
)
def test_what_was_not_measured_well_is_never_a_cost(unusable: dict[str, Any]) -> None:
    frame = make_results(on_chip("t4") | unusable, on_chip("t4", case="another", verdict="unstable"))
    row = only(costs.per_dollar(frame, make_offers({})))
    assert row["case"] == "another"


@pytest.mark.parametrize("status", ["retired", "restricted", "no-price", "plan"])
def test_an_offer_that_cannot_be_taken_is_no_cost(status: str) -> None:
    price = "" if status in ("plan", "no-price") else "8.00"
    offers = make_offers({"status": status, "usd_per_hour": price})
    assert costs.per_dollar(make_results(on_chip("t4")), offers).empty


@pytest.mark.parametrize("chip", [None, "t5"])
def test_an_unknown_chip_matches_nothing(chip: str | None) -> None:
    offers = make_offers({}, CPU_OFFER)
    assert costs.per_dollar(make_results(on_chip("t4") | {"chip": chip}), offers).empty


def test_a_workload_without_items_has_no_price_per_item() -> None:
    frame = make_results(on_chip("t4", items=None, items_per_s=None))
    row = only(costs.per_dollar(frame, make_offers({})))
    assert row["flop_per_usd"] == pytest.approx(1.8e15)
    assert pd.isna(row["items_per_usd"])
    assert pd.isna(row["usd_per_million_items"])


def test_a_run_uploaded_twice_counts_once() -> None:
    assert len(costs.per_dollar(make_results(on_chip("t4"), on_chip("t4")), make_offers({}))) == 1


@pytest.mark.parametrize(("rows", "offers"), [([], [{}]), ([{}], []), ([], [])])
def test_nothing_in_gives_an_empty_table_with_all_columns(
    rows: list[dict[str, Any]], offers: list[dict[str, str]]
) -> None:
    table = costs.per_dollar(make_results(*rows), make_offers(*offers))
    assert table.empty
    assert list(table.columns) == list(costs.COLUMNS)


def test_the_input_stays_as_it_is() -> None:
    frame, offers = make_results(on_chip("t4")), make_offers({}, CPU_OFFER)
    before = frame.copy(), offers.copy()
    costs.per_dollar(frame, offers)
    pd.testing.assert_frame_equal(frame, before[0])
    pd.testing.assert_frame_equal(offers, before[1])


def test_our_own_offers_with_a_set_of_results() -> None:
    rows = [row | {"chip": "t4"} if row["backend"] == "gpu" else row for row in sample_rows()]
    table = costs.per_dollar(results.frame(rows), prices.load())
    assert {"Google Colab", "Kaggle", "Azure"} <= set(table["platform"])
    assert set(table["basis"]) == {"measured", "estimate"}
    assert set(table[table["basis"] == "measured"]["accelerator"]) == {"t4"}
    assert set(table[table["basis"] == "estimate"]["vcpus"]) == {2}
    assert "invalid" not in set(table["verdict"])


@given(
    price=st.floats(0.001, 1000),
    count=st.sampled_from([0.25, 1, 2, 8, 16]),
    rate=st.floats(1e6, 1e18),
)
def test_dollars_and_work_are_two_sides_of_one_coin(price: float, count: float, rate: float) -> None:
    offers = make_offers({"usd_per_hour": repr(price), "accelerator_count": repr(count)})
    row = only(costs.per_dollar(make_results(on_chip("t4", rate)), offers))
    assert row["flop_per_usd"] * row["usd_per_eflop"] == pytest.approx(1e18)
    # An hour of the whole machine buys what all its accelerators do in an hour.
    assert row["flop_per_usd"] * row["usd_per_hour"] == pytest.approx(rate * 3600 * count)
