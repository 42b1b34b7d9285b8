"""The floor plan: to scale, whatever stands on it, and quick."""

import math

import pandas as pd
import plotly.graph_objects as go
import pytest

from compute.charts import _style, floor_plan
from compute.money import assumptions, rooms
from compute.money import floor_plan as plans


def plan(id: str, number: int) -> pd.DataFrame:
    return plans.table(rooms.room(rooms.chips()[id], number, assumptions.load()))


def corners(trace: go.Scatter) -> list[tuple[float, float]]:
    return [(x, y) for x, y in zip(trace.x, trace.y, strict=True) if x is not None]


EVERY = [("rtx-4090", 1), ("h100-sxm", 1), ("h100-sxm", 100), ("tpu-v5e", 10), ("h100-sxm", 1_000_000)]


@pytest.mark.parametrize(("id", "number"), EVERY)
@pytest.mark.parametrize("dark", [False, True])
def test_a_metre_is_as_long_along_both_axes_and_all_is_in_sight(id: str, number: int, dark: bool) -> None:
    figure = floor_plan.build(plan(id, number), dark=dark)
    assert figure.layout.yaxis.scaleanchor == "x"
    (left, right), (low, high) = figure.layout.xaxis.range, figure.layout.yaxis.range
    drawn = [corner for trace in figure.data for corner in corners(trace)]
    assert all(left <= x <= right and low <= y <= high for x, y in drawn)
    assert figure.to_json() == floor_plan.build(plan(id, number), dark=dark).to_json()


def test_four_racks_stand_where_the_table_says_and_the_apartment_beside_them() -> None:
    found = plan("h100-sxm", 100)
    traces = {trace.name: trace for trace in floor_plan.build(found).data}
    racks = corners(traces["racks"])
    assert len(racks) == 4 * 5
    assert (min(x for x, _ in racks), max(x for x, _ in racks)) == pytest.approx((0, 2.4))
    apartment = corners(traces["walls"])[5:]
    wide, deep = max(x for x, _ in apartment) - min(x for x, _ in apartment), max(y for _, y in apartment)
    # The room is 3.33 m deep and ends where the apartment does.
    rise = deep - 3.33
    assert (min(y for _, y in racks), max(y for _, y in racks)) == pytest.approx((rise + 1.22, rise + 2.42))
    assert wide * deep == pytest.approx(94)
    assert min(x for x, _ in apartment) > 2.4
    assert traces["racks"].fillcolor == _style.LIGHT.kinds["gpu"][0]
    assert list(traces["contents"].text) == ["rack: 4 servers"] * 3 + ["rack: 1 server"]


def test_what_is_said_stands_over_both() -> None:
    figure = floor_plan.build(plan("h100-sxm", 100))
    labels = [note.text for note in figure.layout.annotations if "<b>" in note.text]
    assert labels == ["<b>Machines</b><br>7.99 m²<br>201 kW", "<b>Your apartment</b><br>94.0 m²<br>fuse 24.2 kW"]
    named = {note.text for note in figure.layout.annotations} - set(labels)
    assert named == {"bed", "kitchen", "bath", "sofa", "table"}
    far = floor_plan.build(plan("h100-sxm", 100_000))
    assert len(far.layout.annotations) == 2


def test_unknown_watts_are_said() -> None:
    figure = floor_plan.build(plan("tpu-v5e", 8))
    assert figure.layout.annotations[-2].text.endswith("watts unknown")
    assert {trace.name: trace for trace in figure.data}["racks"].fillcolor == _style.LIGHT.kinds["tpu"][0]


def test_a_million_chips_are_few_points() -> None:
    figure = floor_plan.build(plan("h100-sxm", 1_000_000))
    assert sum(len(trace.x) for trace in figure.data) < 3000
    assert "rows of racks" in {trace.name for trace in figure.data}


def test_colour_never_stands_alone() -> None:
    traces = {trace.name: trace for trace in floor_plan.build(plan("h100-sxm", 8)).data}
    assert traces["hot aisle"].fillpattern.shape == "/"
    assert {name for name, trace in traces.items() if trace.showlegend} == {"cold aisle", "hot aisle", "racks"}


@pytest.mark.parametrize(
    ("id", "number", "words"),
    [
        ("h100-sxm", 100, "The machines: 4 racks on 2.4 m × 3.3 m, 7.99 m², 201 kW."),
        ("h100-sxm", 8, "The machines: 1 rack on"),
        ("h100-sxm", 100_000, "The machines: 3,125 racks on"),
        ("rtx-4090", 1, "The machines: a desktop under a desk on 1.6 m × 1.8 m, 2.88 m², 775 W."),
        ("tpu-v5e", 8, "watts unknown"),
    ],
)
def test_the_plan_in_words(id: str, number: int, words: str) -> None:
    said = floor_plan.describe(plan(id, number))
    assert words in said
    assert said.endswith("Your apartment beside it: 11.1 m × 8.5 m, 94.0 m², fuse 24.2 kW.")


def test_nothing_to_draw_is_said() -> None:
    nothing = pd.DataFrame(columns=list(plans.COLUMNS))
    figure = floor_plan.build(nothing)
    assert not figure.data
    assert figure.layout.annotations[0].text == "No room to draw"
    assert floor_plan.describe(nothing) == "Floor plan: no room to draw."


def test_a_phone_gets_a_lower_picture() -> None:
    found = plan("t4", 1)
    assert floor_plan.build(found, phone=True).layout.height < floor_plan.build(found).layout.height
    assert math.isclose(floor_plan.build(found, phone=True).layout.yaxis.range[1], 8.5 + 0.14, abs_tol=0.05)
