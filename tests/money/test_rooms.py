"""Machines, racks, floor, power and price of a room, checked by hand."""

from collections.abc import Iterator, Mapping

import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st

from compute import hardware
from compute.hardware import Chip
from compute.money import assumptions, jobs, prices, rooms
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
    assert (room.machine, room.machines, room.racks) == ("server", 1, 1)
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


def test_by_hand_two_cards_under_a_desk() -> None:
    """2 x 450 W + 300 W = 1.2 kW, cooled by its own fans: 0.3 fuses, 1.2 heaters, 876 kWh a month."""
    room = rooms.room(chip("rtx-4090"), 2, ROUND.edited({"desktop_watts": 300}))
    assert (room.machine, room.machines, room.racks) == ("desktop", 1, 0)
    assert room.accelerator_watts == 900
    assert room.watts == room.watts_with_cooling == 1200
    assert room.fuses == pytest.approx(0.3)
    assert room.heaters == pytest.approx(1.2)
    assert room.kwh_per_month == pytest.approx(876)
    assert room.electricity_usd_per_month == pytest.approx(175.2)
    assert room.purchase_usd == 3200
    assert room.floor.area == pytest.approx(2.88)
    assert room.cores == 2 * 16384


def test_more_cards_than_a_desktop_holds_and_modules_need_servers() -> None:
    assert rooms.room(chip("rtx-4090"), 3, OURS).machine == "server"
    assert rooms.room(chip("rtx-4090"), 1, OURS.edited({"cards_per_desktop": 0})).machine == "server"
    assert rooms.room(chip("h100-sxm"), 1, OURS).machine == "server"


def test_a_team_by_hand() -> None:
    """3.6 million images at 100 a second are 10 hours; at 200 or 50 a second 5 or 20."""
    job = jobs.own("cnn", "alexnet training", 3.6e6)
    rates = pd.DataFrame(
        [{"accelerator": "t4", "rate": 100.0, "rate_low": 50.0, "rate_high": 200.0, "basis": "estimate", "how": "so"}]
    )
    assert rooms.team(job, chip("t4"), 1, rates) == rooms.Team(10, 5, 20, 36000.0, "estimate", "so")
    assert rooms.team(job, chip("l4"), 1, rates) is None


class Watched(Mapping[str, float]):
    """The assumptions, and which of them were looked at."""

    def __init__(self) -> None:
        self.asked: set[str] = set()

    def __getitem__(self, id: str) -> float:
        self.asked.add(id)
        return OURS[id]

    def __iter__(self) -> Iterator[str]:
        return iter(OURS)

    def __len__(self) -> int:
        return len(OURS)


def test_a_room_rests_on_the_assumptions_that_are_said_and_on_no_others() -> None:
    values = Watched()
    rooms.room(chip("rtx-4090"), 1, values)
    rooms.room(chip("h100-sxm"), 8, values, prices.load())
    assert values.asked == {row.id for row in rooms.assumed(OURS)}


def test_every_chip_but_cpus_can_be_asked_for() -> None:
    assert {chip.kind for chip in rooms.chips().values()} == {"gpu", "tpu", "npu", "ipu"}


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
    assert (found.usd_per_hour, found.stale) == (1, False)
    assert rooms.cloud(chip("h200"), 1, loaded({}), 730) is None


@pytest.mark.parametrize(("seconds", "hours", "count"), [(3600, 1, 1), (36000, 1, 10), (36001, 1, 11), (1, 100, 1)])
def test_accelerators_for_a_deadline(seconds: float, hours: float, count: int) -> None:
    assert rooms.accelerators_for(seconds, hours) == count


def test_impossible_questions_get_a_sentence() -> None:
    with pytest.raises(ValueError, match="a deadline of 0"):
        rooms.accelerators_for(1, 0)
    with pytest.raises(ValueError, match="a job of nan"):
        rooms.accelerators_for(float("nan"), 1)
    with pytest.raises(ValueError, match="Found 0 accelerators, expected 1 to 1,000,000"):
        rooms.room(chip("t4"), 0, OURS)


@given(st.integers(1, 20_000), st.integers(1, 20_000))
def test_more_accelerators_never_need_less(one: int, other: int) -> None:
    small, large = (rooms.room(chip("h100-sxm"), count, OURS) for count in sorted((one, other)))
    assert small.racks <= large.racks
    assert (small.watts or 0) <= (large.watts or 0)
