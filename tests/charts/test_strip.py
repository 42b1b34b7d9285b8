"""The strips of telemetry."""

import pytest

from compute.charts import strip
from compute.compare import moments

CPU = [{"at": 100.0 + second, "clock_mhz": 2400.0 + second, "busy": 0.5} for second in range(10)]
GPU = [
    {"at": 100.0 + second, "power_w": 690.0, "throttle": "power limit" if second > 6 else "none", "clock_mhz": 1500.0}
    for second in range(10)
]


def test_a_strip_for_each_thing_told_and_none_for_what_was_not() -> None:
    figure = strip.build(moments.frame(CPU, 100.0))
    assert [trace.name for trace in figure.data] == ["Clock", "CPU in use"]
    assert list(figure.data[0].y)[:2] == pytest.approx([2.4, 2.401])
    assert set(figure.data[1].y) == {50.0}
    assert [note.text for note in figure.layout.annotations] == ["Clock, GHz", "CPU in use, %"]


def test_a_lowered_clock_is_marked_with_its_reason() -> None:
    figure = strip.build(moments.frame(GPU, 100.0))
    marks = [trace for trace in figure.data if trace.mode == "markers"]
    assert len(marks) == 2
    assert list(marks[0].x) == [7.0, 8.0, 9.0]
    assert set(marks[0].text) == {"power limit"}
    assert [trace.showlegend for trace in marks] == [True, False]
    assert "lowered at 3 of 10 moments" in strip.describe(moments.frame(GPU, 100.0))


def test_what_nobody_knows_is_not_joined() -> None:
    silent = [CPU[0], {"at": 101.0, "busy": 0.5}, CPU[2], *[row | {"at": row["at"] + 60} for row in CPU[3:]]]
    clock = strip.build(moments.frame(silent, 100.0)).data[0]
    assert list(clock.y)[:4] == [2.4, None, 2.402, None]
    assert clock.x[3] == 32.5, "the break lies between the moments"


def test_nothing_told_is_said() -> None:
    nothing = moments.frame([], 0.0)
    assert strip.build(nothing).layout.annotations[0].text == "This machine tells nothing about itself"
    assert "told nothing" in strip.describe(nothing)


def test_the_words_hold_the_ranges() -> None:
    assert "Clock: 2.4 to 2.41 GHz, median 2.4" in strip.describe(moments.frame(CPU, 100.0))


def test_light_and_dark_are_the_same_but_for_colours() -> None:
    light, dark = (strip.build(moments.frame(GPU, 100.0), dark=dark) for dark in (False, True))
    assert [trace.y for trace in light.data] == [trace.y for trace in dark.data]
    assert light.data[0].line.color != dark.data[0].line.color
