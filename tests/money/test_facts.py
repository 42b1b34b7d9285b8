"""The files of facts beside the prices: ours are good, and a bad one is refused with a sentence per problem."""

import csv
import io
from collections.abc import Callable
from datetime import date
from typing import Any

import pytest

from compute import hardware
from compute.money import assumptions, azure, facts, published, purchases
from tests.money.offers import TODAY


def changed(module: Any, column: str, text: str) -> str:
    """The module's own file with one cell of its first row changed."""
    rows = list(csv.DictReader(module.DATA.read_text(encoding="utf-8").splitlines()))
    rows[0][column] = text
    file = io.StringIO()
    writer = csv.DictWriter(file, module.COLUMNS)
    writer.writeheader()
    writer.writerows(rows)
    return file.getvalue()


@pytest.mark.parametrize(
    ("module", "column", "found", "expected"),
    [
        (assumptions, "value", "-1", "numbers from 0 up"),
        (assumptions, "value", "9", "a value from low"),
        (assumptions, "group", "guesses", "one of prices"),
        (assumptions, "source_url", "", "the https address"),
        (assumptions, "as_of", "2026-12-24", "a day that has been"),
        (published, "chip", "h9000", "an id from hardware.csv"),
        (published, "value", "0", "a number above 0"),
        (published, "unit", "parsec", "one of TFLOP/s"),
        (published, "software", "", "a name"),
        (purchases, "accelerator", "abacus", "an id from hardware.csv"),
        (purchases, "usd", "0", "a price above 0"),
        (azure, "rung", "cellar", "one of machine"),
        (azure, "units", "0", "a whole number above 0"),
        (azure, "usd", "0", "a price above 0, or a blank"),
        (azure, "free_units_per_month", "-5", "a whole number"),
    ],
)
def test_a_problem_names_row_column_found_and_expected(module: Any, column: str, found: str, expected: str) -> None:
    with pytest.raises(facts.FactError) as caught:
        module.parse(changed(module, column, found), now=TODAY)
    [sentence] = [problem for problem in caught.value.problems if "row 2," in problem]
    assert sentence.startswith(f"{module.DATA.name}, row 2, column {column}: found {found!r}, expected {expected}")


@pytest.mark.parametrize("load", [assumptions.load, published.load, purchases.load, azure.load])
def test_our_own_files_are_good(load: Callable[[], Any]) -> None:
    assert len(load()) > 5


def test_an_age_is_never_negative() -> None:
    assert facts.age_days("2026-11-22", date(2026, 11, 1)) == 0
    assert facts.age_days("2026-11-01", date(2026, 11, 22)) == 21


# Assumptions


def test_an_assumption_can_be_changed_within_its_bounds() -> None:
    ours = assumptions.load()
    edited = ours.edited({"pue": 1.1}).edited({"usd_per_kwh": 0.4})
    assert (edited["pue"], edited["usd_per_kwh"], ours["pue"]) == (1.1, 0.4, 1.58)
    assert edited.changed == ("pue", "usd_per_kwh")
    assert ours.changed == ()
    assert len(edited) == len(edited.rows)


def test_what_is_counted_is_whole() -> None:
    """Servers, amperes and square metres are; prices, ratios and the share of full power are not."""
    whole = {row.id for row in assumptions.load().rows if row.whole}
    assert {"servers_per_rack", "fuse_amperes", "fuse_phases", "apartment_m2", "cards_per_desktop"} <= whole
    assert not whole & {"load", "pue", "usd_per_kwh", "seat_m", "server_watts_factor"}


@pytest.mark.parametrize(
    ("edit", "sentence"), [({"pue": 0.5}, "expected 1 to 3 x"), ({"luck": 1}, "no assumption 'luck'")]
)
def test_an_impossible_value_gets_a_sentence(edit: dict[str, float], sentence: str) -> None:
    with pytest.raises(assumptions.Impossible, match=sentence):
        assumptions.load().edited(edit)


# Published


def test_published_rates_are_below_the_peak() -> None:
    """A matrix product above the dense peak would have been counted with sparsity."""
    frame = published.load()
    rows = frame[frame["workload"].eq("matmul") & frame["chip"].ne("")]
    assert len(rows) >= 9
    for row in rows.to_dict("records"):
        chip = hardware.chip(row["chip"])
        assert chip is not None
        peak = chip.peak(row["dtype"])
        assert peak is not None
        assert row["flop_per_s"] <= peak * (chip.jax_devices or 1)


def test_the_bills_are_the_slide() -> None:
    bills = published.bills()
    assert list(bills["usd"]) == [51.80, 8.76]
    assert list(bills["hours"]) == [97.2, 9.06]
