"""Machines, racks, floor, power and price of a room, checked by hand."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from compute import hardware
from compute.hardware import Chip
from compute.money import assumptions, prices, rooms
from tests.money.offers import loaded

OURS = assumptions.load()
ROUND = OURS.edited(
    {
        "rack_width_m": 0.5, "rack_depth_m": 1.0, "cold_aisle_m": 1.0, "hot_aisle_m": 1.0, "apartment_m2": 10.0,
        "server_watts_factor": 2.0, "pue": 1.5, "usd_per_kwh": 0.2, "heater_watts": 1000.0, "fuse_amperes": 20.0,
        "fuse_volts": 200.0, "fuse_phases": 1.0,
    }
)  # fmt: skip


def chip(id: str) -> Chip:
    found = hardware.chip(id)
    assert found is not None
    return found


def test_by_hand_eight_h100() -> None:
    """8 x 700 W x 2 = 11.2 kW; 16.8 kW with cooling, 4.2 fuses of 4 kW; 11.2 heaters; 12,264 kWh a month."""
    room = rooms.room(chip("h100-sxm"), 8, ROUND)
    assert (room.servers, room.racks) == (1, 1)
    assert room.accelerator_watts == 5600
    assert room.watts == 11200
    assert room.watts_with_cooling == pytest.approx(16800)
    assert room.fuse_watts == 4000
    assert room.fuses == pytest.approx(4.2)
    assert room.heaters == pytest.approx(11.2)
    assert room.kwh_per_month == pytest.approx(12264)
    assert room.electricity_usd_per_month == pytest.approx(2452.8)
    assert room.purchase_usd == 240_000
    assert (room.floor.width, room.floor.depth, room.floor.area) == (0.5, 3, 1.5)
    assert room.apartments == pytest.approx(0.15)
    assert room.floor.aisle_share == pytest.approx(2 / 3)
    assert room.cloud is None


def test_by_hand_two_rows_back_to_back() -> None:
    """Sixteen racks: two rows of eight, 4 m wide; cold, rack, hot, rack, cold are 5 m."""
    floor = rooms.floor(64, ROUND)
    assert len(floor.racks) == 16
    assert (floor.width, floor.depth) == (4, 5)
    assert list(floor.cold_aisles) == [(0, 1), (4, 5)]
    assert list(floor.hot_aisles) == [(2, 3)]
    assert {rack.servers for rack in floor.racks} == {4}


def test_what_is_unknown_stays_unknown() -> None:
    room = rooms.room(chip("tpu-v5e"), 4, OURS, prices.load())
    unknown = (room.watts, room.fuses, room.heaters, room.kwh_per_month, room.purchase_usd)
    assert all(value is None for value in unknown)
    assert room.cloud is not None


def test_the_cloud_is_the_cheapest_offer_for_so_many() -> None:
    """Four T4: two machines of two at $1 beat one of eight at $3 and four of one at $0.60. Colab gives but one."""
    colab = {"accelerator_count": "1", "usd_per_hour": "0.01", "billing": "compute-units", "usd_per_hour_spot": ""}
    big = {"accelerator_count": "8", "usd_per_hour": "3"}
    single = {"accelerator_count": "1", "usd_per_hour": "0.60"}
    found = rooms.cloud(chip("t4"), 4, loaded(colab, big, {}, single), 730)
    assert found is not None
    assert (found.offer, found.machines, found.usd_per_month) == ("offer 2", 2, 1460)
    assert rooms.cloud(chip("h200"), 1, loaded({}), 730) is None


@pytest.mark.parametrize(("seconds", "hours", "count"), [(3600, 1, 1), (36000, 1, 10), (36001, 1, 11), (1, 100, 1)])
def test_accelerators_for_a_deadline(seconds: float, hours: float, count: int) -> None:
    assert rooms.accelerators_for(seconds, hours) == count


def test_impossible_questions_get_a_sentence() -> None:
    with pytest.raises(ValueError, match="a deadline of 0"):
        rooms.accelerators_for(1, 0)
    with pytest.raises(ValueError, match="a job of nan"):
        rooms.accelerators_for(float("nan"), 1)
    with pytest.raises(ValueError, match="expected 1 or more"):
        rooms.room(chip("t4"), 0, OURS)


@given(st.integers(1, 5000))
def test_a_room_holds_every_server_and_no_rack_stands_on_another(servers: int) -> None:
    floor = rooms.floor(servers, OURS)
    assert sum(rack.servers for rack in floor.racks) == servers
    assert all(rack.servers >= 1 for rack in floor.racks)
    places = {(round(rack.x, 6), round(rack.y, 6)) for rack in floor.racks}
    assert len(places) == len(floor.racks)
    assert all(0 <= rack.x <= floor.width - floor.rack_width + 1e-9 for rack in floor.racks)
    assert all(0 <= rack.y <= floor.depth - floor.rack_depth + 1e-9 for rack in floor.racks)
    lanes = sorted((*floor.cold_aisles, *floor.hot_aisles))
    assert lanes[0][0] == 0
    assert lanes[-1][1] == pytest.approx(floor.depth)
    assert 0 < floor.aisle_share < 1


@given(st.integers(1, 20_000), st.integers(1, 20_000))
def test_more_accelerators_never_need_less(one: int, other: int) -> None:
    small, large = (rooms.room(chip("h100-sxm"), count, OURS) for count in sorted((one, other)))
    assert small.racks <= large.racks
    assert (small.watts or 0) <= (large.watts or 0)
