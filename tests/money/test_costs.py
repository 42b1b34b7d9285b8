"""What one dollar buys, checked by hand, and what must never become a cost."""

from decimal import ROUND_HALF_UP, Decimal
from typing import Any

import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from compute import results
from compute.money import assumptions, costs, jobs, planner, prices, reasons
from compute.money.jobs import Job
from tests.money.offers import CPU, loaded
from tests.samples import sample_row, sample_rows

OFFER = {"accelerator_count": "4", "vcpus": "16", "usd_per_hour": "8.00", "usd_per_hour_spot": "", "memory_gib": ""}
CPU_OFFER = CPU | {"vcpus": "2", "usd_per_hour": "0.10"}


def make_offers(*rows: dict[str, str]) -> pd.DataFrame:
    """Offers, each given as what differs from four T4 for $8 an hour; their names tell them apart."""
    return loaded(*(OFFER | row for row in rows))


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


@settings(max_examples=20)
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


# What a job costs

JOB = Job("test", "A test", "matmul", ("square",), 3600e12, amount="flops", counts="3600e12 FLOP")


def of_job(job: Job, offers: pd.DataFrame, *rows: dict[str, Any], source: str = "uploaded") -> pd.DataFrame:
    return costs.of_job(job, offers, make_results(*rows).assign(source=source))


def test_by_hand_an_hour_of_one_teraflop_shared_by_four() -> None:
    """3600 TFLOP at 1 TFLOP/s are an hour for one T4, a quarter of one for four at $8: $2. 4 x 70 W are 0.07 kWh."""
    row = only(of_job(JOB, make_offers({"usd_per_hour_spot": "2.00"}), on_chip("t4", ci_low_s=0.8, ci_high_s=1.25)))
    assert (row["hours"], row["hours_low"], row["hours_high"]) == (0.25, pytest.approx(0.2), pytest.approx(0.3125))
    assert (row["usd"], row["usd_low"], row["usd_high"]) == (2, pytest.approx(1.6), pytest.approx(2.5))
    assert row["usd_spot"] == 0.5
    assert (row["kwh"], row["watts"]) == (pytest.approx(0.07), 280)
    assert (row["basis"], row["lane"], row["missing"], row["shared"]) == ("uploaded", "paid", "", True)
    assert row["usd_per_unit"] == pytest.approx(2 / 3600e12)


@pytest.mark.parametrize(("hours", "usd", "paid"), [("97.2", "0.533", "51.81"), ("9.06", "0.967", "8.76")])
def test_the_best_slide_we_know(hours: str, usd: str, paid: str) -> None:
    """DAWNBench: cheaper by the hour, six times as dear for the job. Its hours are rounded to three digits."""
    job = Job("x", "x", "matmul", ("square",), float(hours) * 3600e12, amount="flops")
    row = only(of_job(job, make_offers({"accelerator_count": "1", "usd_per_hour": usd}), on_chip("t4")))
    assert costs.cents(row["usd"]) == float(paid)


def test_limits_become_sessions_and_weeks() -> None:
    """70 h in sessions of 12 h and 30 h a week: six sessions; two full weeks, then ten hours."""
    limits = {"session_hours": "12", "week_hours": "30", "accelerator_count": "1"}
    job = Job("x", "x", "matmul", ("square",), 70 * 3600e12, amount="flops")
    free = limits | {"usd_per_hour": "0", "billing": "free", "usd_per_hour_spot": ""}
    row = only(of_job(job, make_offers(free), on_chip("t4")))
    assert (row["hours"], row["sessions"], row["calendar_hours"]) == (70, 6, 2 * 168 + 10)
    assert (row["usd"], row["lane"]) == (0, "free")


@pytest.mark.parametrize(("hours", "week", "calendar"), [(30, 30, 30), (30.5, 30, 168.5), (12, None, 12), (1, 168, 1)])
def test_the_calendar(hours: float, week: float | None, calendar: float) -> None:
    found = costs.calendar_hours(np.array([float(hours)]), np.array([week], dtype="float64"))
    assert found[0] == calendar


def test_an_hour_in_a_subscription_costs_the_months_begun() -> None:
    """800 h are two months begun of 730 h: 2 x $39."""
    offer = {"billing": "subscription", "usd_per_hour": "0", "usd_per_month": "39", "accelerator_count": "1"}
    job = Job("x", "x", "matmul", ("square",), 800 * 3600e12, amount="flops")
    table = of_job(job, make_offers(offer), on_chip("t4"))
    assert (only(table)["usd"], only(table)["lane"]) == (78, "subscription")
    assert "2 × $39 = $78.00" in " ".join(reasons.path(job, only(table).to_dict()))


def test_a_part_of_an_accelerator_is_an_estimate_with_a_range() -> None:
    row = only(of_job(JOB, make_offers({"accelerator_count": "0.5"}), on_chip("t4")))
    assert row["basis"] == "estimate"
    assert row["hours"] == 2
    assert row["hours_low"] < 1 < 4 < row["hours_high"]


def test_a_cpu_speaks_for_others_of_its_size_and_for_the_very_machine() -> None:
    """Measured on Google Colab, which has one machine of two CPUs here: an estimate elsewhere, none for four CPUs."""
    colab = CPU_OFFER | {"platform": "Google Colab"}
    offers = make_offers(colab, CPU_OFFER, CPU_OFFER | {"vcpus": "4"})
    table = of_job(JOB, offers, {"platform": "Google Colab"})
    assert list(table["basis"]) == ["uploaded", "estimate", ""]
    last = table.iloc[2]
    assert "with 4 virtual CPUs. Run there: python -m compute run --workload matmul" in last["missing"]
    assert pd.isna(last["usd"])
    two_shapes = make_offers(colab | {"memory_gib": "8"}, colab | {"memory_gib": "16"})
    assert set(of_job(JOB, two_shapes, {"platform": "Google Colab"})["basis"]) == {"estimate"}


def test_without_a_result_there_is_no_number_and_a_way_to_get_one() -> None:
    table = of_job(JOB, make_offers({"accelerator": "tpu-v5e"}), on_chip("t4"))
    row = only(table)
    assert pd.isna(row["hours"])
    assert row["basis"] == ""
    assert row["missing"].startswith("No result of a Google TPU v5e (chip), and no estimate")
    assert reasons.path(JOB, row.to_dict())[-1] == row["missing"]


def test_an_offer_that_nobody_can_take_is_not_there() -> None:
    assert of_job(JOB, make_offers({"status": "retired"}), on_chip("t4")).empty


def test_the_path_shows_every_step() -> None:
    units = {"unit": "compute unit", "units_per_hour": "2", "usd_per_hour": "", "billing": "compute-units"}
    table = of_job(JOB, make_offers(units | {"session_hours": "12"}), on_chip("t4"))
    text = "\n".join(reasons.path(JOB, only(table).to_dict()))
    for words in (
        "3.60 PFLOP: 3600e12 FLOP.",
        "One NVIDIA Tesla T4 does 1.00 TFLOP/s",
        "× 4 of it, taken to share the work without loss: 4.00 TFLOP/s.",
        "3.60 PFLOP ÷ 4.00 TFLOP/s ÷ 3600 = 0.25 h.",
        "An hour: 2 compute units × $0.0999 (an assumption) = $0.1998.",
        "0.25 h × $0.1998 per hour = $0.05.",
        "1 session of at most 12 h",
        "280 W of the accelerators × 0.25 h ÷ 1000 = 0.07 kWh",
        "Left out: ",
    ):
        assert words in text


def test_our_own_offers_and_results() -> None:
    frame = results.frame(results.shipped()).assign(source="shipped")
    for job in jobs.jobs().values():
        table = costs.of_job(job, prices.load(), frame)
        assert list(table.columns) == list(costs.JOB_COLUMNS)
        assert len(table) == len(prices.current(prices.load()))
        assert (table["missing"].eq("") == table["hours"].notna()).all()
        assert table["basis"].isin(["shipped", "published", "estimate", ""]).all()
        known = table[table["hours"].notna()]
        assert len(known) > 100
        assert (known["hours_low"] <= known["hours"]).all()
        assert (known["hours"] <= known["hours_high"]).all()
        assert (known["usd"] >= 0).all()
        for row in table.to_dict("records"):
            assert reasons.path(job, row)


PRICE = st.decimals("0.001", "1000", places=4)
HOURS = st.decimals("0.01", "5000", places=3)


@given(hours=HOURS, price=PRICE)
def test_money_is_exact_to_the_cent(hours: Decimal, price: Decimal) -> None:
    exact = (hours * price).quantize(Decimal("0.01"), ROUND_HALF_UP)
    assert Decimal(f"{costs.cents(float(hours) * float(price)):.2f}") == exact


@settings(max_examples=10)
@given(st.lists(st.tuples(HOURS, PRICE), min_size=1, max_size=20))
def test_cost_grows_with_hours_and_is_never_negative(pairs: list[tuple[Decimal, Decimal]]) -> None:
    base = [{"accelerator_count": "1", "usd_per_hour": str(price)} for _, price in pairs]
    offers = make_offers(*base)
    few, many = (
        of_job(Job("x", "x", "matmul", ("square",), amount * 3600e12, amount="flops"), offers, on_chip("t4"))
        for amount in (float(min(pairs)[0]), float(max(pairs)[0]) * 1.5)
    )
    assert (few["usd"] >= 0).all()
    assert (few["hours"] < many["hours"]).all()
    assert (few["usd"] < many["usd"]).all()
    assert (few["kwh"] < many["kwh"]).all()


@given(st.floats(0.01, 10), st.floats(0.01, 1000))
def test_units_there_and_back(usd_per_unit: float, units_per_hour: float) -> None:
    values = {**assumptions.load(), "usd_per_compute_unit": usd_per_unit}
    row = {"unit": "compute unit", "units_per_hour": repr(units_per_hour), "usd_per_hour": "", "usd_per_hour_spot": ""}
    offer = loaded(row, assumptions=values).iloc[0]
    assert offer["usd_per_hour"] / usd_per_unit == pytest.approx(units_per_hour, rel=1e-6)
    bought = planner.credit_hours(loaded(row, assumptions=values), 100).iloc[0]
    assert bought["hours"] * offer["usd_per_hour"] == pytest.approx(100)
