"""The page Costs: the job and its limit, the four views, the filters, the CSV, and what a bad price file does."""

import csv
import io
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pandas as pd
import pytest
import streamlit as st

from compute.money import prices
from pages._shared import offers
from tests.money.offers import written
from tests.pages.reading import charts, words
from tests.samples import GPU_RUN, sample_rows


def on_a_t4() -> list[dict[str, Any]]:
    """Results of a machine that several platforms rent out."""
    return [row | {"chip": "t4"} for row in sample_rows() if row["run_id"] == GPU_RUN]


def shown(page: Any) -> pd.DataFrame:
    """The table of offers."""
    table: pd.DataFrame = page.dataframe[0].value
    return table


def alt(page: Any) -> str:
    [chart] = page.get("plotly_chart")
    words: str = chart.proto.alt
    return words


@pytest.fixture
def price_file(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Callable[[str], None]:
    """Puts another price file in the place of ours."""
    path = tmp_path / "prices.csv"
    monkeypatch.setenv("MANY_HANDS_STATE", str(tmp_path))
    monkeypatch.setattr(prices.load_or_last_good, "__defaults__", (path, None, None, None))

    def put(text: str) -> None:
        path.write_text(text, encoding="utf-8")
        st.cache_data.clear()

    return put


def test_without_a_result_or_figure_the_page_says_what_to_run(open_page: Any) -> None:
    page = open_page("costs")
    assert not charts(page)
    assert "No number without a measurement" in words(page)
    assert page.code[0].value == "python -m compute run --workload cnn"
    assert [metric.value for metric in page.metric] == ["no offer"] * 4
    assert len(shown(page)) == (prices.load()["status"] == "current").sum()  # the prices are there all the same


def test_full_it_answers_first_then_draws_then_tells_how(open_page: Any, ship: Any) -> None:
    ship(on_a_t4())
    page = open_page("costs")
    labels = [metric.label.partition(",")[0] for metric in page.metric]
    assert labels == ["Fastest for at most $1", "Cheapest", "Fastest", "Free: 0 dollars"]
    assert alt(page).startswith("Time against dollars for ")
    assert "On the Pareto front, fastest first" in alt(page)
    assert "is only an estimate" in words(page)
    assert "1. " in words(page)
    assert "Counted: 90 times 1" in words(page).replace("\\", "")
    labels = [expander.label for expander in page.expander]
    assert any("offers without a number" in label for label in labels)
    assert page.dataframe[1].value["usd"].tolist() == [51.8, 8.76]


def test_a_job_of_ones_own_and_a_deadline(open_page: Any, ship: Any) -> None:
    ship(on_a_t4())
    page = open_page(
        "costs", job="A job of your own", own="Baseline model, training", items="5000", limit="Deadline", hours="2"
    )
    assert page.metric[0].label == "Cheapest within 2 h"
    assert "5,000 images of baseline training" in words(page).replace("\\", "")


def test_the_path_of_a_calculation_is_told_for_any_offer(open_page: Any, ship: Any) -> None:
    ship(on_a_t4())
    page = open_page("costs")
    box = page.selectbox(key="path")
    box.select(next(name for name in box.options if name.startswith("Azure NC T4 v3 NC4as"))).run()
    told = words(page).replace("\\", "")
    assert "÷ 3600 =" in told
    assert "× $0.526 per hour = $" in told
    assert "Left out: loading and preparing the data" in told


@pytest.mark.parametrize(
    ("view", "first"),
    [
        ("Dollars per unit", "Dollars for a million images"),
        ("What a credit buys", "Hours that it buys"),
        ("Buy or rent", "Dollars in all over 36 months"),
    ],
)
def test_every_view_has_a_link(open_page: Any, ship: Any, view: str, first: str) -> None:
    ship(on_a_t4())
    page = open_page("costs", view=view)
    assert alt(page).startswith(first)


def test_a_view_without_a_job_does_not_forget_it(open_page: Any, ship: Any) -> None:
    ship(on_a_t4())
    page = open_page("costs")
    page.selectbox(key="job").select("Classify one million images with AlexNet").run()
    page.segmented_control(key="view").set_value("Buy or rent").run()
    assert not [box for box in page.selectbox if box.key == "job"]
    page.segmented_control(key="view").set_value("Time and dollars").run()
    assert page.selectbox(key="job").value.startswith("Classify")


def test_a_credit_buys_hours_on_its_platforms_only(open_page: Any, ship: Any) -> None:
    ship(on_a_t4())
    page = open_page("costs", view="What a credit buys")
    assert set(shown(page)["platform"]) == {"Azure", "Azure Machine Learning", "Azure Databricks"}
    page.selectbox(key="credit").select("100 Colab units").run()
    assert set(shown(page)["platform"]) == {"Google Colab"}
    # A dearer unit buys as many hours of Colab: the units are what is counted.
    before = shown(page)["hours"].tolist()
    page.number_input(key="usd_per_compute_unit").set_value(0.2).run()
    assert shown(page)["hours"].tolist() == pytest.approx(before)
    page.selectbox(key="credit").select("My own budget").run()
    page.number_input(key="credit_usd").set_value(50.0).run()
    assert page.metric[0].value == "$50.00"


def test_buying_asks_for_what_is_not_on_file(open_page: Any) -> None:
    page = open_page("costs", view="Buy or rent", chip="NVIDIA L4")
    assert "it is not on file" in words(page)
    page.number_input(key="buy_l4").set_value(2500.0).run()
    assert not page.exception
    assert page.metric[0].label == "Buying is cheaper from"
    assert "Buying: $2,500 unused" in alt(page)


def test_the_price_of_a_colab_unit_is_an_assumption_that_changes_the_bill(open_page: Any, ship: Any) -> None:
    ship(on_a_t4())
    page = open_page("costs", platforms="Google Colab")
    colab = shown(page).set_index("offer")["usd_per_hour"]
    page.number_input(key="usd_per_compute_unit").set_value(0.1998).run()
    dearer = shown(page).set_index("offer")["usd_per_hour"]
    paid = colab[colab > 0].index
    assert dearer[paid].tolist() == pytest.approx((2 * colab[paid]).tolist())


def test_filters_are_a_link(open_page: Any) -> None:
    page = open_page("costs", kinds="TPU", price="Free")
    table = shown(page)
    assert len(table) > 0
    assert set(table["kind"]) == {"TPU"}
    assert (table["usd_per_hour"] == 0).all()


def test_a_broken_link_is_the_page_without_filters(open_page: Any) -> None:
    bad = {"kinds": "abacus", "memory": "-3", "price": "[]", "platforms": "../etc/passwd", "job": "x", "usd": "-1"}
    page = open_page("costs", view="nothing", credit="gold", **bad)
    assert len(shown(page)) == (prices.load()["status"] == "current").sum()


def test_filters_that_nothing_passes_say_so(open_page: Any) -> None:
    assert "No offer fits all of the filters" in words(open_page("costs", kinds="IPU"))


def test_old_offers_can_be_seen_and_are_no_number(open_page: Any, ship: Any) -> None:
    ship(on_a_t4())
    page = open_page("costs", current="false")
    table = shown(page)
    assert len(table) == len(prices.load())
    gone = table[table["status"] == "retired"]
    assert gone["usd"].isna().all()
    assert set(gone["missing"]) == {"It is no longer offered."}


@pytest.mark.parametrize(
    ("choice", "kept"),
    [
        (([], [], 0, float("inf"), False), ["a", "b", "c"]),
        ((["X"], [], 0, float("inf"), False), ["a", "c"]),
        (([], ["GPU"], 0, float("inf"), False), ["a", "b"]),
        # What is unknown passes only a filter that asks for nothing.
        (([], [], 16, float("inf"), False), ["a"]),
        (([], [], 0, 1.0, False), ["a"]),
        (([], [], 0, float("inf"), True), ["a", "b"]),
        (([], [], 0, float("inf"), False, True), ["a"]),
    ],
)
def test_choose(choice: Any, kept: list[str]) -> None:
    unknown = float("nan")
    table = pd.DataFrame(
        {
            "sku": ["a", "b", "c"],
            "platform": ["X", "Y", "X"],
            "kind": ["GPU", "GPU", "CPU"],
            "device_memory_gib": [16.0, unknown, 8.0],
            "usd_per_hour": [0.5, 2.0, unknown],
            "status": ["current", "current", "retired"],
            "jax": ["CUDA 12", "", "no"],
        }
    )
    assert offers.choose(table, *choice)["sku"].tolist() == kept


def test_the_csv_holds_what_is_shown_and_runs_nothing() -> None:
    table = pd.DataFrame({"offer": ["=HYPERLINK(1)", "T4"], "usd_per_hour": [0.5, float("nan")], "hidden": [1, 2]})
    rows = list(csv.reader(io.StringIO(offers.to_csv(table, ("usd_per_hour", "offer")))))
    assert rows == [["usd_per_hour", "offer"], ["0.5", "'=HYPERLINK(1)"], ["", "T4"]]


def test_old_prices_are_labelled_with_their_age_and_estimates_as_such(open_page: Any, ship: Any) -> None:
    ship(on_a_t4())
    table = shown(open_page("costs"))
    old = table["age_days"] > prices.STALE_DAYS
    assert [list(label) for label in table["old"]] == [
        [f"{days} days"] if stale else [] for days, stale in zip(table["age_days"], old, strict=True)
    ]
    assert {label for cell in table["known"] for label in cell} == {"estimate", "measured, recorded"}


def test_a_bad_price_file_is_told_and_the_last_good_one_shown(open_page: Any, price_file: Any) -> None:
    price_file(written({}))
    assert len(shown(open_page("costs"))) == 1
    price_file(written({"usd_per_hour": "-1"}, {"sku": "b", "as_of": "tomorrow"}))
    page = open_page("costs")
    assert len(shown(page)) == 1
    assert page.warning[0].proto.title == "The price file is not good"
    told = page.warning[0].value.replace("\\", "")
    assert "Shown are the prices of the last good file, of 20" in told
    assert "row 2, column usd_per_hour: found '-1'" in told
    assert "column as_of: found 'tomorrow'" in told


def test_without_any_good_price_file_every_page_says_so(open_page: Any, price_file: Any) -> None:
    price_file("")
    for name, view in (("costs", "Time and dollars"), ("costs", "Buy or rent"), ("azure", ""), ("home", "")):
        page = open_page(name, **({"view": view} if view else {}))
        assert "There is no earlier good file" in words(page), name
