"""What is said about a room, checked by hand."""

import pytest

from compute.money import assumptions, jobs, prices, room_answers, rooms
from tests.money.offers import loaded

OURS = assumptions.load()


def room(id: str, number: int, **edits: float) -> rooms.Room:
    return rooms.room(rooms.chips()[id], number, OURS.edited(edits), loaded({"accelerator": "h100-sxm"}))


@pytest.mark.parametrize(
    ("id", "number", "edits", "words"),
    [
        ("rtx-4090", 1, {}, "A desk is enough, and the main fuse holds."),
        ("h100-sxm", 8, {}, "2.00 m² are enough, and the main fuse holds."),
        # 100 x 700 W x 1.82 x 1.58 = 201 kW; the fuse carries 24.15 kW.
        ("h100-sxm", 100, {}, "7.99 m² are enough, but you need 9 main fuses."),
        # 450 m² over 94 m²; 20.1 MW over 24.15 kW.
        ("h100-sxm", 10_000, {}, "450 m²: you need 5 such apartments and 834 main fuses."),
        (
            "h100-sxm",
            8,
            {"apartment_m2": 8, "rack_width_m": 1.2, "cold_aisle_m": 3, "hot_aisle_m": 3},
            "8.64 m²: you need 2 such apartments, and the main fuse holds.",
        ),
        # 700 W x 3.29 = 2,303 W are 1.001 fuses of 230 V x 10 A.
        (
            "h100-sxm",
            1,
            {"fuse_amperes": 10, "fuse_phases": 1, "server_watts_factor": 3.29, "pue": 1},
            "2.00 m² are enough, but you need 2 main fuses.",
        ),
        # 46.01 apartments and 8,335.07 fuses: no more exact than what is shown of them.
        ("h100-sxm", 100_000, {}, "4,330 m²: you need 46 such apartments and 8,340 main fuses."),
        ("tpu-v5e", 8, {}, "2.00 m² are enough. Whether the main fuse holds is unknown."),
    ],
)
def test_the_verdict(id: str, number: int, edits: dict[str, float], words: str) -> None:
    assert room_answers.verdict(room(id, number, **edits)) == words


def test_what_stands_there() -> None:
    assert room_answers.of_what(room("h100-sxm", 100)) == (
        "100 × NVIDIA H100 SXM5 80GB with 1.69 million cores, in 13 servers in 4 racks"
    )
    assert room_answers.of_what(room("rtx-4090", 1)) == (
        "1 × NVIDIA GeForce RTX 4090 with 16,384 cores, in 1 desktop under a desk"
    )


def test_the_figures_of_a_hundred_h100() -> None:
    """2.4 m x 3.33 m = 7.99 m²; 127.4 kW are 84.9 heaters of 1.5 kW; 201 kW x 730 h = 147,000 kWh at $0.19."""
    found = room("h100-sxm", 100)
    assert [(answer.label, answer.value, answer.detail) for answer in room_answers.figures(found)] == [
        ("Floor", "7.99 m²", "8.5 % of your apartment"),
        ("Machines", "13 servers", "in 4 racks"),
        ("Power", "201 kW", "8.34 main fuses"),
        ("Heat", "84.9 heaters", "127 kW, day and night"),
    ]
    # 50 machines of two at $1 for 730 hours.
    assert [(answer.label, answer.value, answer.detail) for answer in room_answers.money(found)] == [
        ("To buy", "$3.00 million", "the chips alone, price of 2026-11-25"),
        ("Electricity, a month", "$27,900", "147,000 kWh"),
        ("In the cloud, a month", "$36,500", "Example Cloud, price of 2026-11-01"),
    ]
    assert room_answers.missing(found) == []
    assert [words for words, _ in room_answers.sources(found)] == [
        "data of the chip", "price to buy, 2026-11-25", "offer 0, 2026-11-01",
    ]  # fmt: skip


def test_what_is_unknown_has_no_number_and_says_what_is_missing() -> None:
    found = room("tpu-v5e", 8)
    values = {answer.label: answer.value for answer in [*room_answers.figures(found), *room_answers.money(found)]}
    known = {label for label, value in values.items() if value != "unknown"}
    assert known == {"Floor", "Machines"}
    power, purchase, cloud = room_answers.missing(found)
    assert "`tdp_watts`" in power
    assert "`tpu-v5e`" in purchase
    assert "rents out Google TPU v5e (chip)" in cloud
    assert [what for what, _, _ in room_answers.steps_of(found, OURS)] == [
        "Machines", "Racks", "Layout", "Floor", "Apartments", "Main fuse",
    ]  # fmt: skip


def test_each_number_is_computed_in_sight() -> None:
    assert room_answers.steps_of(room("h100-sxm", 100), OURS) == [
        ("Machines", "100 ÷ 8 in a server", "13 servers"),
        ("Racks", "13 servers ÷ 4 in a rack", "4 racks"),
        ("Layout", "1 row, aisles are 64% of the floor", "2.40 m × 3.33 m"),
        ("Floor", "2.40 m × 3.33 m", "7.99 m²"),
        ("Apartments", "7.99 m² ÷ 94.0 m²", "0.09"),
        ("Main fuse", "3 × 230 V × 35 A", "24.2 kW"),
        ("Power of the accelerators", "100 × 700 W", "70.0 kW"),
        ("… of the servers", "70.0 kW × 1.82", "127 kW"),
        ("… with cooling", "127 kW × 1.58", "201 kW"),
        ("Main fuses", "201 kW ÷ 24.2 kW", "8.34"),
        ("Heaters", "127 kW ÷ 1,500 W", "84.9"),
        ("Energy in a month", "201 kW × 730 h × 1 of full power", "147,000 kWh"),
        ("Electricity in a month", "147,000 kWh × $0.19", "$27,900"),
        ("To buy", "100 × $30,000", "$3.00 million"),
        ("Cloud in a month", "50 machines × $1.00 × 730 h", "$36,500"),
    ]


def test_a_desktop_is_computed_without_servers_and_cooling() -> None:
    found = room_answers.steps_of(room("rtx-4090", 1), OURS)
    assert found[0] == ("Machines", "1 of at most 2 cards", "1 desktop")
    assert ("… of the desktop, cooled by its own fans", "450 W + 325 W", "775 W") in found
    assert not {"Racks", "… with cooling"} & {what for what, _, _ in found}


def test_a_team_in_words() -> None:
    team = rooms.Team(10, 5, 20, 36000.0, "estimate", "estimated: so and so")
    words = room_answers.of_team(team, jobs.jobs()["classify"], "T4", 1)
    assert words == (
        "Classify one million images with AlexNet: one T4 takes 10 h. To be done in 1 h it takes 10 (between 5 and "
        "20), if they share the work without loss. Speed: estimated: so and so."
    )


def test_very_large_and_very_small_numbers_stay_short() -> None:
    found = rooms.room(rooms.chips()["h100-sxm"], 1_000_000, OURS, prices.load())
    assert all(len(answer.value) <= 18 for answer in [*room_answers.figures(found), *room_answers.money(found)])
    assert room_answers.usd(2_700_000_000) == "$2.70 billion"
    assert room_answers.area(42_762) == "42,800 m²"
    full = room("h100-sxm", 128, apartment_m2=8, rack_width_m=0.6, cold_aisle_m=1.22)
    assert full.apartments == pytest.approx(0.999)
    assert room_answers.figures(full)[0].detail == "100 % of your apartment"
    tiny = room("rtx-4090", 1, apartment_m2=1000, desk_width_m=0.6, desk_depth_m=0.4, seat_m=0.5)
    assert room_answers.figures(tiny)[0].detail == "under 0.1 % of your apartment"
