"""Prices are complete, dated and sourced, and a file that is not is refused with a sentence per problem."""

import os
from datetime import date
from pathlib import Path

import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st

from compute import hardware
from compute.money import assumptions, prices
from tests.money.offers import GOOD, TODAY, written


def problems(text: str) -> list[str]:
    with pytest.raises(prices.PriceError) as caught:
        prices.parse(text, today=TODAY)
    return caught.value.problems


# Our own file


def test_our_prices_are_valid() -> None:
    offers = prices.load()
    assert len(offers) >= 192
    assert set(offers["status"]) == set(prices.STATUSES)
    assert {"Google Colab", "Kaggle", "Paperspace", "Azure"} <= set(offers["platform"])


def test_every_offer_has_a_source_and_a_date() -> None:
    offers = prices.load()
    assert offers["source_url"].str.startswith("https://").all()
    assert offers["as_of"].str.fullmatch(r"20\d\d-\d\d-\d\d").all()


def test_every_accelerator_is_a_known_chip() -> None:
    ids = set(prices.load()["accelerator"]) - {""}
    assert len(ids) > 30
    assert all(hardware.chip(id) is not None for id in ids)


def test_no_spot_price_is_above_the_plain_one() -> None:
    spot = prices.load().dropna(subset="usd_per_hour_spot")
    assert len(spot) > 20
    assert (spot["usd_per_hour_spot"] <= spot["usd_per_hour"]).all()


def test_zero_means_free_and_never_unknown() -> None:
    offers = prices.load()
    assert set(offers[offers["free"]]["billing"]) == {"free", "subscription"}
    assert offers.loc[offers["billing"].eq("subscription"), "usd_per_month"].gt(0).all()
    assert (offers["usd_per_hour_spot"] != 0).all()
    without = offers[offers["usd_per_hour"].isna()]
    assert not without["free"].any()
    assert set(without["status"]) == {"plan", "no-price", "retired"}


def test_every_status_is_kept_but_only_current_offers_can_be_taken() -> None:
    offers = prices.load()
    takeable = prices.current(offers)
    assert set(takeable["status"]) == {"current"}
    assert takeable["usd_per_hour"].notna().all()
    assert 0 < len(takeable) < len(offers)


def test_the_clouds_vm_and_accelerator_prices_stand_side_by_side() -> None:
    offers = prices.load().set_index("sku")
    p5 = offers.loc["p5.48xlarge"]
    assert p5["usd_per_hour"] == 55.04
    assert p5["usd_per_accelerator_hour"] == pytest.approx(6.88)
    assert pd.isna(offers.loc["c7i.xlarge"]["usd_per_accelerator_hour"])


# Units


def test_units_are_kept_and_their_price_can_be_changed(tmp_path: Path) -> None:
    """1.07 compute units at $0.0999 are $0.106893; at $0.083 they are $0.08881."""
    file = tmp_path / "prices.csv"
    colab = {"unit": "compute unit", "units_per_hour": "1.07", "usd_per_hour": "", "usd_per_hour_spot": ""}
    file.write_text(written(colab | {"billing": "compute-units"}), encoding="utf-8")
    offer = prices.load(file, TODAY).iloc[0]
    assert offer["usd_per_hour"] == 0.106893
    assert pd.isna(offer["usd_per_hour_listed"])
    assert offer["units_per_hour"] == 1.07
    edited = assumptions.load().edited({"usd_per_compute_unit": 0.083})
    assert prices.load(file, TODAY, edited).iloc[0]["usd_per_hour"] == pytest.approx(0.08881)


def test_dbus_come_on_top_of_the_machine(tmp_path: Path) -> None:
    """$0.752 for the machine + 1.5 DBU x $0.55 = $1.577."""
    file = tmp_path / "prices.csv"
    row = {"usd_per_hour": "0.752", "unit": "DBU", "units_per_hour": "1.5", "usd_per_hour_spot": ""}
    file.write_text(written(row), encoding="utf-8")
    offer = prices.load(file, TODAY).iloc[0]
    assert offer["usd_per_hour"] == 1.577
    assert offer["usd_per_hour_listed"] == 0.752


def test_the_price_is_told_per_machine_per_accelerator_and_per_virtual_cpu(tmp_path: Path) -> None:
    file = tmp_path / "prices.csv"
    file.write_text(written({}), encoding="utf-8")
    offer = prices.load(file, TODAY).iloc[0]
    assert (offer["usd_per_hour"], offer["usd_per_accelerator_hour"], offer["usd_per_vcpu_hour"]) == (1, 0.5, 0.125)


# Age


@pytest.mark.parametrize(
    ("today", "age", "stale"),
    [
        (date(2026, 11, 1), 0, False),
        (date(2027, 1, 30), 90, False),
        (date(2027, 1, 31), 91, True),
        (date(2020, 1, 1), 0, False),
    ],
)
def test_age(tmp_path: Path, today: date, age: int, stale: bool) -> None:
    file = tmp_path / "prices.csv"
    file.write_text(written({}), encoding="utf-8")
    offer = prices.load(file, today).iloc[0]
    assert offer["age_days"] == age
    assert offer["stale"] == stale


# The last good file


def test_a_broken_file_leaves_the_last_good_one_in_use(tmp_path: Path) -> None:
    file, shelf = tmp_path / "prices.csv", tmp_path / "runs" / "good.csv"
    file.write_text(written({"usd_per_hour": "1.50"}), encoding="utf-8")
    assert prices.load_or_last_good(file, shelf, TODAY).problems == ()
    file.write_text(written({"usd_per_hour": "-1"}), encoding="utf-8")
    found = prices.load_or_last_good(file, shelf, TODAY)
    assert list(found.offers["usd_per_hour"]) == [1.5]
    assert "row 2, column usd_per_hour: found '-1'" in found.problems[0]
    assert found.kept_from.endswith("Z")


@pytest.mark.parametrize("content", [b"", b"\xff\xfe", b"a,b\n1,2\n", None])
def test_without_any_good_file_there_are_no_offers_and_a_sentence(tmp_path: Path, content: bytes | None) -> None:
    file = tmp_path / "prices.csv"
    if content is not None:
        file.write_bytes(content)
    found = prices.load_or_last_good(file, tmp_path / "good.csv", TODAY)
    assert found.offers.empty
    assert list(found.offers.columns) == list(prices.load().columns)
    assert found.problems[0].startswith("prices.csv")
    assert found.kept_from == ""


@pytest.mark.skipif(not hasattr(os, "geteuid") or os.geteuid() == 0, reason="root may write everywhere")
def test_a_folder_that_nobody_may_write_to_costs_only_the_copy(tmp_path: Path) -> None:
    file, closed = tmp_path / "prices.csv", tmp_path / "closed"
    file.write_text(written({}), encoding="utf-8")
    closed.mkdir(mode=0o500)
    assert prices.load_or_last_good(file, closed / "good.csv", TODAY).problems == ()


# Bad files


@pytest.mark.parametrize(
    ("column", "found", "expected"),
    [
        ("usd_per_hour", "0,53", "decimal point"),
        ("usd_per_hour", "$0.53", "a number"),
        ("usd_per_hour", "-1", "from 0 up"),
        ("usd_per_hour", "nan", "a number"),
        ("usd_per_hour", "inf", "a number"),
        ("usd_per_hour", "0", "a blank if it is unknown"),
        ("usd_per_hour", "", "the status no-price"),
        ("usd_per_hour_spot", "0", "a blank if it is unknown"),
        ("usd_per_hour_spot", "1.01", "at most the plain price of 1.00"),
        ("accelerator", "t5", "an id from hardware.csv"),
        ("accelerator_count", "", "a number above 0"),
        ("accelerator_count", "0", "a number above 0"),
        ("usd_per_hour", "100000", "at most 10,000"),
        ("usd_per_hour", "cheap", "a number"),
        ("usd_per_hour_spot", "-0.1", "from 0 up"),
        ("currency", "EUR", "USD in every row"),
        ("currency", "", "USD in every row"),
        ("unit", "token", "one of (blank), compute unit, DBU"),
        ("units_per_hour", "2", "nothing is billed in units"),
        ("session_hours", "0", "hours above 0"),
        ("week_hours", "169", "168 of a week"),
        ("as_of", "2026-11-27", "a day that has been, at the latest 2026-11-26"),
        ("billing", "barter", "one of free"),
        ("status", "soon", "one of current"),
        ("as_of", "", "2026-11-22"),
        ("as_of", "01.11.2026", "2026-11-22"),
        ("as_of", "20261101", "2026-11-22"),
        ("source_url", "", "https address"),
        ("source_url", "javascript:alert(1)", "https address"),
        ("source_url", "https://[", "https address"),
        ("platform", " ", "a name"),
    ],
)
def test_a_problem_names_row_column_found_and_expected(column: str, found: str, expected: str) -> None:
    sentences = problems(written({"offer": "another"}, {column: found}))
    matching = [s for s in sentences if f"row 3, column {column}: found {found!r}, expected" in s]
    assert len(matching) == 1
    assert expected in matching[0]
    assert not any("row 2," in s for s in sentences)


def test_units_need_their_number() -> None:
    (sentence,) = problems(written({"unit": "DBU"}))
    assert "column units_per_hour: found '', expected a number above 0" in sentence


def test_a_clock_that_is_slow_does_not_make_our_facts_wrong() -> None:
    assert prices.parse(written({}), today=date(2020, 1, 1))


def test_an_accelerator_count_without_an_accelerator() -> None:
    (sentence,) = problems(written({"accelerator": ""}))
    assert "accelerator_count: found '2', expected 0" in sentence


def test_a_plan_has_no_price_per_hour() -> None:
    (sentence,) = problems(written({"status": "plan", "usd_per_hour_spot": ""}))
    assert "column usd_per_hour: found '1.00', expected a blank" in sentence


def test_all_problems_are_told_at_once() -> None:
    assert len(problems(written({"as_of": "yesterday"}, {"offer": "b", "vcpus": "many"}))) == 2


def test_a_duplicate_names_both_rows() -> None:
    (sentence,) = problems(written({}, {"usd_per_hour": "2.00"}))
    assert "row 3" in sentence
    assert "as row 2" in sentence


@pytest.mark.parametrize(
    ("header", "expected"),
    [
        ("", "missing platform"),
        (",".join(prices.COLUMNS[1:]), "missing platform"),
        (",".join([*prices.COLUMNS, "colour"]), "unknown colour"),
        (",".join(reversed(prices.COLUMNS)), "wrong order"),
    ],
)
def test_a_wrong_header(header: str, expected: str) -> None:
    (sentence,) = problems(header + "\n")
    assert "row 1" in sentence
    assert expected in sentence


def test_a_cell_too_many() -> None:
    (sentence,) = problems(written({}).rstrip("\n") + ",surplus\n")
    assert "surplus" in sentence


def test_a_row_that_ends_too_early() -> None:
    text = written({}).replace(",made up,current", "")
    assert any("column status: found ''" in sentence for sentence in problems(text))


def read_or_refused(text: str) -> tuple[list[dict[str, str]], list[str]]:
    """The rows and no sentence, or no row and at least one sentence."""
    try:
        return prices.parse(text, today=TODAY), []
    except prices.PriceError as refusal:
        return [], refusal.problems


@given(st.text(max_size=300))
def test_any_text_is_read_or_refused_with_sentences(text: str) -> None:
    rows, sentences = read_or_refused(",".join(prices.COLUMNS) + "\n" + text)
    assert all(sentence.startswith("prices.csv, row ") for sentence in sentences)
    assert all(set(row) == set(prices.COLUMNS) for row in rows)


@given(st.dictionaries(st.sampled_from(prices.COLUMNS), st.text(max_size=20)))
def test_any_cell_is_read_or_refused_with_sentences(cells: dict[str, str]) -> None:
    rows, sentences = read_or_refused(written(cells))
    assert bool(rows) != bool(sentences)
    assert sentences or rows == [GOOD | cells]
