"""The page Costs: its table, its filters, its CSV, and what a dollar buys."""

import csv
import io
from typing import Any

import pandas as pd
import pytest

from compute.money import prices
from pages._shared import offers
from tests.pages.reading import charts, words
from tests.samples import GPU_RUN, sample_rows


def shown(page: Any) -> pd.DataFrame:
    """The table of offers."""
    table: pd.DataFrame = page.dataframe[0].value
    return table


def on_a_t4() -> list[dict[str, Any]]:
    """Results of a machine that several platforms rent out."""
    return [row | {"chip": "t4"} for row in sample_rows() if row["run_id"] == GPU_RUN]


def test_the_table_begins_with_what_the_lecture_platforms_rent_out_today(open_page: Any) -> None:
    page = open_page("costs")
    table = shown(page)
    current = prices.load().query("status == 'current'")
    assert len(table) == current["platform"].isin(offers.LECTURE).sum()
    assert set(table["platform"]) == set(offers.LECTURE)
    assert f"{len(table)} offers" in words(page)
    assert [metric.label for metric in page.metric][:2] == ["Cheapest paid hour", "Free accelerators"]


def test_without_results_the_chart_says_what_is_missing(open_page: Any) -> None:
    page = open_page("costs")
    assert not charts(page)
    assert "There is no result yet" in words(page)


def test_results_become_a_chart_of_what_a_dollar_buys(open_page: Any, ship: Any) -> None:
    ship(on_a_t4())
    page = open_page("costs")
    assert len(charts(page)) == 1
    [chart] = page.get("plotly_chart")
    assert chart.proto.alt.startswith("FLOP for one dollar")
    page.selectbox(key="bought").select("AlexNet training").run()
    assert page.get("plotly_chart")[0].proto.alt.startswith("Images for one dollar")


def test_filters_are_a_link(open_page: Any) -> None:
    page = open_page("costs", kinds="TPU", price="Free")
    page.run()
    table = shown(page)
    assert len(table) > 0
    assert set(table["kind"]) == {"TPU"}
    assert (table["usd_per_hour"] == 0).all()


def test_a_broken_link_is_the_page_without_filters(open_page: Any) -> None:
    page = open_page("costs", kinds="abacus", memory="-3", price="[]", platforms="../etc/passwd")
    assert len(shown(page)) == len(shown(open_page("costs")))


def test_filters_that_nothing_passes_say_so(open_page: Any) -> None:
    page = open_page("costs", kinds="IPU")
    assert "No offer fits all of this" in words(page)


def test_all_platforms_and_old_offers_can_be_seen(open_page: Any) -> None:
    page = open_page("costs")
    page.multiselect(key="platforms").set_value([]).run()
    page.toggle(key="current").set_value(False).run()
    assert len(shown(page)) == len(prices.load())


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
        }
    )
    assert offers.choose(table, *choice)["sku"].tolist() == kept


def test_the_csv_holds_what_is_shown_and_runs_nothing() -> None:
    table = pd.DataFrame({"offer": ["=HYPERLINK(1)", "T4"], "usd_per_hour": [0.5, float("nan")], "hidden": [1, 2]})
    rows = list(csv.reader(io.StringIO(offers.to_csv(table, ("usd_per_hour", "offer")))))
    assert rows == [["usd_per_hour", "offer"], ["0.5", "'=HYPERLINK(1)"], ["", "T4"]]


def test_old_prices_are_amber(open_page: Any) -> None:
    page = open_page("costs")
    stale = page.dataframe[0].proto.arrow_data.styler.styles
    assert stale.count(offers.AMBER[False].split(";")[0]) > 0
