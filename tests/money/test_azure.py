"""The Azure ladder: steps of a price, and from how many calls a machine of one's own is cheaper."""

from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from compute.money import azure

SERVICES = {service.id: service for service in azure.load()}
VISION = SERVICES["vision"]


def test_the_ladder_has_three_rungs_and_says_who_manages_what() -> None:
    ladder = azure.ladder()
    assert [len(services) for services in ladder.values()] == [1, 2, 5]
    assert all(service.you_manage and service.they_manage and service.billed for service in azure.load())


def test_by_hand_the_steps_of_vision() -> None:
    """5,000 images are free; then a million at $1.00 and the rest at $0.65 per thousand."""
    assert VISION.usd(5000) == 0
    assert VISION.usd(6000) == Decimal("1.00")
    assert VISION.usd(1_005_000) == Decimal("1000.00")
    assert VISION.usd(2_005_000) == Decimal("1650.00")
    assert VISION.usd(11_005_000) == 1000 + 9 * 650 + 600
    with pytest.raises(ValueError, match="expected 0 or more"):
        VISION.usd(-1)


def test_without_a_source_there_is_no_price() -> None:
    assert SERVICES["custom-vision"].usd(1000) is None
    with pytest.raises(ValueError, match="no price"):
        SERVICES["custom-vision"].units_for(Decimal(1))


def test_by_hand_a_machine_against_calls() -> None:
    """A T4 at $0.526 for 730 h is $383.98: as much as 383,980 paid images and the 5,000 free ones."""
    line = azure.own_machine_line(VISION, 0.526, 730, calls_per_hour=1e6)
    assert (line.calls, line.machines, line.usd_per_month) == (Decimal(388_980), 1, Decimal("383.98"))
    assert azure.own_machine_line(VISION, 0.526, 730).calls == 388_980


def test_a_slow_machine_needs_company_or_never_wins() -> None:
    """400 images an hour are 292,000 a month, too few for $383.98 however many machines do it.

    0.53 hours of sound in an hour are 386.9 a month, less than the 388.98 that pay for one machine. Two do 773.8, and
    772.96 pay for them.
    """
    assert azure.own_machine_line(VISION, 0.526, 730, calls_per_hour=400).calls is None
    flat = SERVICES["speech"]  # $1 an hour of sound, 5 h free
    line = azure.own_machine_line(flat, 0.526, 730, calls_per_hour=0.53)
    assert (line.calls, line.machines) == (Decimal("772.96"), 2)


def test_both_ways_for_some_numbers_of_calls() -> None:
    table = azure.compare(VISION, [0, 388_980, 1_000_000], 0.526, 730, calls_per_hour=1000)
    assert [row["service_usd"] for row in table] == [0, Decimal("383.98"), Decimal("995.00")]
    assert [row["machines_usd"] for row in table] == [Decimal("383.98"), Decimal("383.98"), 2 * Decimal("383.98")]


@given(st.integers(0, 10**9), st.sampled_from(["vision", "language", "speech", "speech-batch"]))
def test_units_there_and_back(units: int, id: str) -> None:
    service = SERVICES[id]
    usd = service.usd(units)
    assert usd is not None
    assert usd >= 0
    assert service.units_for(usd) == max(units, service.free_units)


@given(st.integers(0, 10**9), st.integers(1, 10**6))
def test_more_calls_never_cost_less(units: int, more: int) -> None:
    less, dearer = VISION.usd(units), VISION.usd(units + more)
    assert less is not None
    assert dearer is not None
    assert less <= dearer
