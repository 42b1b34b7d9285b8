"""The strips of a room: a dot for each machine, where its rate is."""

import math
from typing import Any

import pandas as pd
import plotly.graph_objects as go
import pytest

from compute.charts import _style, room_strip
from compute.compare import room
from tests.samples import sample_row

RACE = room.Race("matmul", "square", "fp32")
GPU = {"backend": "gpu", "device_kind": "Example GPU"}


def ranking(*machines: tuple[float, dict[str, Any]]) -> pd.DataFrame:
    """The ranking of machines, given as TFLOP/s and what differs from the example CPU."""
    rows = []
    for number, (tflops, changes) in enumerate(machines):
        median = 2 * 1024**3 / (tflops * 1e12)
        times = {"median_s": median, "ci_low_s": 0.99 * median, "ci_high_s": 1.01 * median}
        rows.append(sample_row(run_id=f"run-{number}", label=None) | times | changes)
    return room.ranking(room.machines(rows), RACE)


MIXED = ranking((1.0, {}), (2.0, {}), (4.0, {}), (20.0, GPU), (10.0, GPU | {"device_kind": "Other GPU"}))


def build(frame: pd.DataFrame, **options: Any) -> go.Figure:
    return room_strip.build(frame, unit="FLOP/s", **options)


def test_one_dot_for_each_machine_at_its_rate() -> None:
    figure = build(MIXED)
    dots = {trace.name: list(trace.x) for trace in figure.data}
    assert list(dots) == ["Example GPU", "Other GPU", "Example CPU, 2 cores"]  # the fastest median on top
    assert dots["Example CPU, 2 cores"] == pytest.approx([4e12, 2e12, 1e12])
    assert dots["Example GPU"] == pytest.approx([20e12])
    assert figure.layout.xaxis.type == "log"


def test_colour_and_shape_say_the_kind() -> None:
    markers = {trace.name: trace.marker for trace in build(MIXED).data}
    assert markers["Example GPU"].symbol == markers["Other GPU"].symbol == "diamond-open"
    assert markers["Example CPU, 2 cores"].symbol == "circle-open"
    assert markers["Example GPU"].color == _style.LIGHT.kinds["gpu"][0]
    assert markers["Example CPU, 2 cores"].color == _style.LIGHT.kinds["cpu"][0]


def test_the_median_is_marked_where_there_are_several() -> None:
    figure = build(MIXED)
    lines = [shape for shape in figure.layout.shapes if shape.visible]
    assert [line.x0 for line in lines] == [line.x1 for line in lines] == pytest.approx([2e12])
    words = [note.text for note in figure.layout.annotations]
    assert words[2] == "3 × Example CPU, 2 cores: <b>median 2.00 TFLOP/s</b>"
    assert words[0] == "Example GPU: <b>20.0 TFLOP/s</b>"


def test_dots_keep_to_their_strip_and_to_their_place() -> None:
    many = ranking(*((1 + number / 100, {}) for number in range(40)))
    heights = build(many).data[0].y
    assert len(set(heights)) == 40
    assert all(abs(height - room_strip.MIDDLE) <= room_strip.JITTER / 2 for height in heights)
    assert build(many).to_json() == build(many).to_json()


def test_rare_names_share_a_strip_for_their_kind() -> None:
    rare = [(1.0 + number, {"cpu_model": f"Rare {number}"}) for number in range(9)]
    figure = build(ranking(*rare, (20.0, GPU), (21.0, GPU), (30.0, GPU | {"device_kind": "Rare GPU"})))
    names = {trace.name: len(trace.x) for trace in figure.data}
    assert names == {"Example GPU": 2, "other GPUs": 1, "other processors": 9}


def test_everybody_is_drawn_and_there_are_not_too_many_strips() -> None:
    crowd = [(1.0 + number % 7, {"cpu_model": f"Model {number % 12}"}) for number in range(60)]
    figure = build(ranking(*crowd))
    assert sum(len(trace.x) for trace in figure.data) == 60
    assert len(figure.data) <= room_strip.MOST_STRIPS


def test_the_words_say_what_the_dots_do() -> None:
    assert room_strip.describe(MIXED, unit="FLOP/s") == (
        "5 machines, FLOP/s. Example GPU: 20.0 TFLOP/s. Other GPU: 10.0 TFLOP/s. "
        "Example CPU, 2 cores: 3 machines, median 2.00 TFLOP/s, from 1.00 TFLOP/s to 4.00 TFLOP/s."
    )


def test_an_empty_room_says_so() -> None:
    nobody = ranking()
    figure = build(nobody)
    assert not figure.data
    assert figure.layout.annotations[0].text == room_strip.describe(nobody, unit="FLOP/s")[:-1]


def test_names_from_a_file_stay_text() -> None:
    evil = "<a href='javascript:alert(1)'>x</a>"
    figure = build(ranking((1.0, {"label": evil}), (2.0, {"cpu_model": evil}), (3.0, GPU | {"device_kind": evil})))
    assert "<a" not in figure.to_json().replace("\\u003c", "<")


def test_light_and_dark_and_any_unit_build() -> None:
    for unit in ("FLOP/s", "OP/s", "B/s", "images/s"):
        figure = room_strip.build(MIXED, unit=unit, dark=True)
        assert go.Figure(figure.to_dict()) == figure
        assert all(math.isfinite(end) for end in figure.layout.xaxis.range)
