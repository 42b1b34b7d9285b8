"""Rows of racks and a desk, checked by hand; any number of racks fits on its floor."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from compute.money import assumptions, floors
from compute.money.floors import Aisle, Place, Row

OURS = assumptions.load()
ROUND = OURS.edited({"rack_width_m": 0.5, "rack_depth_m": 1.0, "cold_aisle_m": 1.0, "hot_aisle_m": 1.0})


def test_by_hand_two_rows_back_to_back() -> None:
    """Sixteen racks: two rows of eight, 4 m wide; cold, rack, hot, rack, cold are 5 m."""
    floor = floors.racks(64, ROUND)
    assert floor.count == 16
    assert (floor.width, floor.depth, floor.area) == (4, 5, 20)
    assert floor.rows == (Row(1, 8), Row(3, 8))
    assert floor.aisles == (Aisle("cold", 0, 1), Aisle("hot", 2, 1), Aisle("cold", 4, 1))
    assert floor.aisle_share == pytest.approx(1 - 16 * 0.5 / 20)
    assert {place.machines for place in floor.places()} == {4}


def test_the_last_row_and_the_last_rack_hold_the_rest() -> None:
    """Fifteen racks in rows of eight; the last of them holds 57 - 14 x 4 = 1 server."""
    floor = floors.racks(57, ROUND)
    assert floor.rows == (Row(1, 8), Row(3, 7))
    assert list(floor.places())[-1] == Place(3.0, 3, 1)


def test_a_rack_holds_what_its_height_and_its_power_allow() -> None:
    assert floors.racks(8, OURS).per_place == 4
    assert floors.racks(8, OURS.edited({"servers_per_rack": 40})).per_place == 5  # 42 units / 8
    assert floors.racks(8, OURS.edited({"rack_units_per_server": 48})).per_place == 1


def test_a_desk_and_its_chair() -> None:
    """1.6 m x (0.8 m + 1 m); 1.28 of 2.88 m² are desk."""
    floor = floors.desk(OURS)
    assert (floor.what, floor.width, floor.depth) == ("desk", 1.6, 1.8)
    assert floor.aisle_share == pytest.approx(1 - 1.28 / 2.88)
    assert list(floor.places()) == [Place(0, 1, 1)]


def test_a_floor_for_very_many_keeps_rows_and_not_racks() -> None:
    floor = floors.racks(125_000, OURS)
    assert floor.count == 31_250
    assert len(floor.rows) < 200
    assert floor.width == pytest.approx(floor.depth, rel=0.02)


@pytest.mark.parametrize(("amount", "step", "count"), [(8, 4, 2), (9, 4, 3), (0.3, 0.1, 3), (1, 8, 1)])
def test_steps_are_whole(amount: float, step: float, count: int) -> None:
    assert floors.steps(amount, step) == count


@given(st.integers(1, 5000), st.floats(0.4, 1.2), st.floats(0.6, 3))
def test_a_floor_holds_every_server_and_no_rack_stands_on_another(servers: int, width: float, aisle: float) -> None:
    floor = floors.racks(servers, OURS.edited({"rack_width_m": width, "cold_aisle_m": aisle}))
    places = list(floor.places())
    assert sum(place.machines for place in places) == servers
    assert all(place.machines >= 1 for place in places)
    assert len(places) == floor.count
    assert len({(round(place.x, 6), round(place.y, 6)) for place in places}) == floor.count
    assert all(0 <= place.x <= floor.width - floor.place_width + 1e-9 for place in places)
    strips = sorted(
        [(row.y, floor.place_depth) for row in floor.rows] + [(lane.y, lane.depth) for lane in floor.aisles]
    )
    ends = [0.0, *(y + depth for y, depth in strips)]
    assert [y for y, _ in strips] == pytest.approx(ends[:-1])
    assert floor.depth == pytest.approx(ends[-1])
    assert 0 < floor.aisle_share < 1
