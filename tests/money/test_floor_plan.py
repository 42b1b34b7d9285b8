"""The room and the apartment as rectangles."""

from itertools import combinations
from typing import Any

import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from compute.money import assumptions, floor_plan, rooms

OURS = assumptions.load()


def plan(id: str, number: int, **edits: float) -> pd.DataFrame:
    return floor_plan.table(rooms.room(rooms.chips()[id], number, OURS.edited(edits)))


def overlap(one: Any, other: Any) -> bool:
    across = one.x_m < other.x_m + other.width_m - 1e-9 and other.x_m < one.x_m + one.width_m - 1e-9
    along = one.y_m < other.y_m + other.depth_m - 1e-9 and other.y_m < one.y_m + one.depth_m - 1e-9
    return bool(across and along)


def test_eight_modules_by_hand() -> None:
    """One rack of 0.6 x 1.2 m between a cold aisle of 1.22 m and a hot one of 0.91 m."""
    found = plan("h100-sxm", 8)
    assert tuple(found.columns) == floor_plan.COLUMNS
    machines = found[found["where"] == "machines"].set_index("what")
    assert list(machines.index) == ["machines", "cold aisle", "hot aisle", "rack"]
    assert machines.loc["machines", "depth_m"] == pytest.approx(3.33)
    assert machines.loc["machines", "watts"] == pytest.approx(8 * 700 * 1.82 * 1.58)
    rack = machines.loc["rack"]
    assert tuple(rack[["x_m", "y_m", "width_m", "depth_m", "count"]]) == (0, 1.22, 0.6, 1.2, 1)
    assert set(found["kind"]) == {"gpu"}


def test_the_apartment_has_its_area_and_its_fuse() -> None:
    found = plan("t4", 1, apartment_m2=50).set_index("what").loc["apartment"]
    assert found["width_m"] * found["depth_m"] == pytest.approx(50)
    assert found["watts"] == 3 * 230 * 35


def test_one_card_is_a_desktop_under_a_desk() -> None:
    found = plan("t4", 1)
    machines = found[found["where"] == "machines"].set_index("what")
    assert list(machines.index) == ["machines", "seat", "desk", "chair", "desktop"]
    desk, desktop, chair = (machines.loc[what] for what in ("desk", "desktop", "chair"))
    assert overlap(desk, desktop)
    assert not overlap(desk, chair)


def test_very_many_racks_become_rows() -> None:
    few, many = plan("h100-sxm", 32 * floor_plan.MOST_RACKS), plan("h100-sxm", 1_000_000)
    assert (few["what"] == "rack").sum() == floor_plan.MOST_RACKS
    rows = many[many["what"] == "row of racks"]
    assert len(rows) < 200
    assert rows["count"].sum() == 31_250
    assert (rows["width_m"] / rows["count"]).tolist() == pytest.approx([0.6] * len(rows))


def test_unknown_watts_are_no_number() -> None:
    found = plan("tpu-v5e", 8).set_index("what")
    assert bool(found["watts"].isna()["machines"])


@settings(max_examples=40)
@given(st.integers(8, 1000), st.sampled_from([1, 2, 8, 500]))
def test_everything_lies_in_its_room_and_no_furniture_on_other(area: int, number: int) -> None:
    found = plan("rtx-4090", number, apartment_m2=area)
    for _, part in found.groupby("where"):
        outline = part.iloc[0]
        assert (part[["x_m", "y_m"]] >= -1e-9).all(axis=None)
        assert (part["x_m"] + part["width_m"] <= outline["width_m"] + 1e-9).all()
        assert (part["y_m"] + part["depth_m"] <= outline["depth_m"] + 1e-9).all()
    furniture = found[found["where"] == "apartment"].iloc[1:]
    assert not any(overlap(one, other) for (_, one), (_, other) in combinations(furniture.iterrows(), 2))
