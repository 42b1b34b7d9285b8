"""The page Azure: the ladder, the arithmetic of a Databricks hour, and priced calls beside a machine."""

from typing import Any

import pytest

from tests.pages.reading import charts, words
from tests.pages.test_costs import alt, on_a_t4


def test_without_results_one_machine_is_taken_to_be_enough(open_page: Any) -> None:
    page = open_page("azure")
    assert "taken to be enough" in words(page)
    assert page.metric[0].label == "Own machine cheaper from"
    assert page.metric[3].value == "unknown"
    assert len(charts(page)) == 1


def test_it_answers_first_and_says_how_fast_the_machine_is(open_page: Any, ship: Any) -> None:
    ship(on_a_t4())
    page = open_page("azure")
    assert (page.metric[1].value, page.metric[2].value) == ("$383.98", "$1.00")
    assert page.metric[3].value != "unknown"
    assert "How fast the machine is, shipped: cnn alexnet inference" in words(page).replace("\\", "")
    assert "Equally dear at" in alt(page)


def test_the_ladder_and_a_databricks_hour_are_shown(open_page: Any) -> None:
    page = open_page("azure")
    told = words(page)
    for rung in ("Rent a machine", "Rent a managed notebook", "Rent a finished model"):
        assert rung in told
    hour = page.dataframe[0].value.set_index("sku").loc["Standard_NC4as_T4_v3"]
    assert hour["usd_databricks"] == pytest.approx(hour["databricks_usd"] + hour["dbu"] * hour["usd_per_dbu"])
    page.number_input(key="usd_per_dbu").set_value(1.0).run()
    dearer = page.dataframe[0].value.set_index("sku").loc["Standard_NC4as_T4_v3"]
    assert dearer["usd_databricks"] == pytest.approx(0.526 + 1.0)


def test_what_has_no_price_is_blank(open_page: Any) -> None:
    services = open_page("azure").dataframe[1].value.set_index("service")
    assert services.loc["Azure Custom Vision", "price"] == ""
    assert services.loc["Azure AI Vision", "price"].startswith("$1.00 for 1,000 images; from 1,000,000 on $0.65")


def test_service_and_machine_are_a_link(open_page: Any) -> None:
    page = open_page("azure", service="Azure AI Speech: write down what is said, while it is said")
    assert page.metric[2].value == "$1.00"
    assert "Azure AI Speech" in alt(page)
    assert not open_page("azure", service="none", machine="none").exception
