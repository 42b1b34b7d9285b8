"""The charts about money: what is drawn is what the rows hold, and their words say the same."""

import math
from typing import Any

import plotly.graph_objects as go
import pytest

from compute.charts import _style, buy_or_rent, credit_hours, priced_calls, time_and_money, usd_per_unit
from compute.money import azure, credits
from compute.money.answers import Limit
from compute.money.buying import Plan
from tests.money.board import JOB, UNKNOWN, board_of, guessed, row

SURE = row(2.0, 3.0, platform="Sure")
FAST = guessed(0.5, 8.0, platform="Fast", front=1.0, stale=True, age_days=120)
CHEAP = guessed(4.0, 1.5, platform="Cheap", front=2.0, kind="TPU", chip="Google TPU v5e (chip)")
FREE = row(30.0, 0.0, platform="Free", sessions=3.0, free=True, lane="free", basis="uploaded")
NOTHING = row(UNKNOWN, UNKNOWN, basis="", known="")
BOARD = board_of(SURE, FAST, CHEAP, FREE, NOTHING)
PLAN = Plan(1000.0, 500.0, 0.60, 0.20, 10.0)
VISION = next(service for service in azure.load() if service.id == "vision")


def named(figure: go.Figure) -> dict[str, Any]:
    return {trace.name: trace for trace in figure.data}


def notes(figure: go.Figure) -> list[str]:
    return [note.text for note in figure.layout.annotations]


# --- time and dollars ---


def test_offers_stand_at_their_time_and_dollars_and_free_ones_in_a_lane() -> None:
    drawn = named(time_and_money.build(BOARD))
    assert drawn["GPU, measured, recorded"].x == (2.0,)
    assert drawn["GPU, measured, recorded"].y == (3.0,)
    assert drawn["GPU, measured, uploaded"].x == (30.0,)
    assert drawn["GPU, measured, uploaded"].yaxis == "y2"


def test_kind_is_colour_and_source_is_fill() -> None:
    drawn = named(time_and_money.build(BOARD))
    gpu, tpu = drawn["GPU, estimate, with its range"].marker, drawn["TPU, estimate, with its range"].marker
    assert (gpu.color, tpu.color) == (_style.LIGHT.kinds["gpu"][0], _style.LIGHT.kinds["tpu"][0])
    measured, uploaded = drawn["GPU, measured, recorded"].marker, drawn["GPU, measured, uploaded"].marker
    assert (measured.symbol, uploaded.symbol, gpu.symbol) == ("circle", "circle-open", "circle-x-open")
    assert gpu.opacity < measured.opacity


def test_an_estimate_has_its_range_along_a_line_of_equal_price() -> None:
    span = named(time_and_money.build(BOARD))["range, TPU"]
    assert (span.x[:2], span.y[:2]) == ((2.0, 8.0), (0.75, 3.0))


def test_the_front_is_drawn_numbered_and_named() -> None:
    figure = time_and_money.build(BOARD)
    front = named(figure)["Pareto front: none is both faster and cheaper"]
    assert (front.x, front.y, front.line.shape) == ((0.5, 4.0), (8.0, 1.5), "hv")
    numbers = [note for note in figure.layout.annotations if note.text in ("<b>1</b>", "<b>2</b>")]
    assert [note.font.color for note in numbers] == [_style.LIGHT.amber, _style.LIGHT.accent]
    assert "fastest first: T4, Fast, about 30 min, about $8.0; TPU v5e, Cheap" in time_and_money.describe(BOARD)


def test_lines_of_equal_price_join_what_costs_the_same_for_an_hour() -> None:
    figure = time_and_money.build(BOARD)
    line = named(figure)["equal price of an hour"]
    for place in range(0, len(line.x), 3):
        prices = [line.y[place + end] / line.x[place + end] for end in (0, 1)]
        assert prices[0] == pytest.approx(prices[1])
    assert "$1/h" in notes(figure)


@pytest.mark.parametrize(("limit", "words"), [(Limit(usd=5.0), "budget $5"), (Limit(hours=3.0), "deadline")])
def test_the_limit_is_a_line(limit: Limit, words: str) -> None:
    figure = time_and_money.build(BOARD, limit)
    assert f"<b>{words}</b>" in notes(figure)
    assert sum(shape.type == "line" for shape in figure.layout.shapes) == 1
    assert str(limit) in time_and_money.describe(BOARD, limit)


def test_nothing_with_a_number_is_explained() -> None:
    figure = time_and_money.build(board_of(NOTHING))
    assert notes(figure) == ["No offer with a number for this job"]
    assert time_and_money.describe(board_of(NOTHING)).endswith("no offer with a number for this job.")


def test_only_free_offers_are_a_picture_too() -> None:
    assert "GPU, measured, uploaded" in named(time_and_money.build(board_of(FREE)))


@pytest.mark.parametrize("build", [time_and_money.build, lambda rows: usd_per_unit.build(rows, JOB)])
def test_the_same_rows_give_the_same_figure(build: Any) -> None:
    assert build(BOARD).to_json() == build(BOARD).to_json()


def test_names_from_a_file_stay_text() -> None:
    evil = "<a href='javascript:alert(1)'>x</a>"
    rows = board_of(SURE | {"offer": evil, "platform": evil, "rate_of": evil, "how": evil})
    for figure in (time_and_money.build(rows), usd_per_unit.build(rows, JOB)):
        assert "<a" not in figure.to_json().replace("\\u003c", "<")


# --- dollars for a unit ---


def test_bars_are_dollars_for_a_lot_with_estimates_hatched_and_called_so() -> None:
    bars = usd_per_unit.build(BOARD, JOB).data
    assert [bar.x[0] for bar in bars] == [1500.0, 3000.0, 8000.0]  # a million images are a thousand times the job
    assert [bar.marker.pattern.shape for bar in bars] == ["/", None, "/"]
    assert bars[0].error_x.array[0] == 1500.0
    words = usd_per_unit.describe(BOARD, JOB)
    assert words.startswith("Dollars for a million images: TPU v5e, Cheap about $1,500 (estimate); T4, Sure $3,000")


def test_an_offer_of_several_regions_has_one_bar_and_free_ones_none() -> None:
    twice = board_of(SURE, SURE | {"region": "elsewhere", "usd_per_lot": 9000.0}, FREE)
    assert [bar.x[0] for bar in usd_per_unit.build(twice, JOB).data] == [3000.0]
    nothing = board_of(FREE)
    assert notes(usd_per_unit.build(nothing, JOB)) == ["No paid offer with a number for this job"]
    assert "no paid offer" in usd_per_unit.describe(nothing, JOB)


# --- credit, buying, calls ---


def test_a_credit_is_bars_of_hours() -> None:
    bought = credits.for_each_machine(credits.hours(credits.Credit("Gift", 100.0), BOARD))
    bars = credit_hours.build(bought).data
    assert [bar.x[0] for bar in bars] == [100.0, 100.0]
    assert all(bar.error_x.array is None for bar in bars)
    assert credit_hours.describe(bought).startswith("Hours that it buys: T4, Sure 100 h, $1.00/h; ")
    assert notes(credit_hours.build(bought.head(0))) == ["Nothing that this buys"]
    assert credit_hours.describe(bought.head(0)) == "Hours that it buys: nothing."


def test_buying_and_renting_cross_where_they_are_equally_dear() -> None:
    figure = buy_or_rent.build(PLAN)
    cross = named(figure)["equally dear"]
    assert (cross.x[0], cross.y[0]) == (pytest.approx(200.0), pytest.approx(1200.0))
    assert named(figure)["buy"].y[0] == 1000.0
    assert "Equally dear at 200 hours a month." in buy_or_rent.describe(PLAN)


@pytest.mark.parametrize(
    ("plan", "words"),
    [(Plan(1e6, 500.0, 0.60, 0.20, 1.0), "renting stays cheaper"), (Plan(1.0, 500.0, 0.01, 0.20, 1.0), "never meet")],
)
def test_ways_that_do_not_meet_say_so(plan: Plan, words: str) -> None:
    assert "equally dear" not in named(buy_or_rent.build(plan))
    assert words in buy_or_rent.describe(plan)


def test_calls_and_machines_cross_where_they_cost_the_same() -> None:
    line = azure.own_machine_line(VISION, 1.0, 730.0, 1e6)
    figure = priced_calls.build(VISION, "T4", 1.0, 730.0, 1e6, line, "gpu")
    cross = figure.data[-1]
    assert (cross.x[0], cross.y[0]) == (735_000.0, 730.0)
    calls = named(figure)["Azure AI Vision, priced calls"]
    assert min(calls.x) > 5000  # what is free has no place on a log axis
    assert all(math.isfinite(usd) and usd > 0 for usd in calls.y)
    words = priced_calls.describe(VISION, "T4", 1.0, 730.0, 1e6, line)
    assert "1,000 images a month: free as priced calls" in words
    assert words.endswith("Equally dear at 735,000 a month.")


def test_calls_that_stay_cheaper_say_so() -> None:
    line = azure.own_machine_line(VISION, 1000.0, 730.0, 1.0)
    assert len(priced_calls.build(VISION, "T4", 1000.0, 730.0, 1.0, line).data) == 2
    assert priced_calls.describe(VISION, "T4", 1000.0, 730.0, 1.0, line).endswith("stay cheaper at any number.")


def test_on_a_wall_each_bar_has_its_name_in_one_line() -> None:
    rows = board_of(guessed(2.0, 3.0, chip="NVIDIA A100 SXM4 80GB", platform="Platform with a long name"))
    assert "<br>" in notes(usd_per_unit.build(rows, JOB))[0]
    [on_the_wall] = notes(usd_per_unit.build(rows, JOB, wide=True))
    assert on_the_wall == "A100 SXM4, Platform with a long name: <b>about $3,000 (estimate)</b>"
