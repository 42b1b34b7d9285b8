"""Telemetry as a frame and in words."""

from typing import Any

from hypothesis import given
from hypothesis import strategies as st

from compute.compare import moments

GPU = [
    {"event": "telemetry", "at": 101.0, "clock_mhz": 1980.0, "power_w": 500.0, "throttle": "none", "others": 0},
    {"event": "telemetry", "at": 102.0, "clock_mhz": 1700.0, "throttle": "power limit, heat", "others": 0},
    {"event": "telemetry", "at": 103.0, "clock_mhz": 1650.0, "power_w": 700.0, "throttle": "heat", "others": 1},
]


def test_each_moment_is_a_row_and_what_was_not_told_is_blank() -> None:
    told = moments.frame(GPU, 100.0)
    assert told["at_s"].tolist() == [1.0, 2.0, 3.0]
    assert told["clock_mhz"].tolist() == [1980.0, 1700.0, 1650.0]
    assert told["power_w"].isna().tolist() == [False, True, False]
    assert told["temperature_c"].isna().all()
    assert moments.channels(told) == ["clock_mhz", "power_w"]


def test_what_stands_out_is_said() -> None:
    said = moments.sentences(moments.frame(GPU, 100.0), 30_000.0, 60.0)
    assert "busy with another program" in said[0]
    assert said[1] == "The clock was lowered: power limit, heat."
    assert said[2] == "The device took 30.0 kJ in 1 min: 500 W on average."


def test_where_nothing_stands_out_nothing_is_said() -> None:
    assert moments.sentences(moments.frame(GPU[:1], 100.0), None, 60.0) == []
    assert moments.sentences(moments.frame([], 100.0), None, 0.0) == []


@given(
    st.lists(st.dictionaries(st.sampled_from(["at", *moments.COLUMNS]), st.one_of(st.none(), st.floats(), st.text())))
)
def test_whatever_a_log_holds_is_read(told: list[dict[str, Any]]) -> None:
    frame = moments.frame(told, 0.0)
    assert list(frame.columns) == list(moments.COLUMNS)
    moments.sentences(frame, 1.0, 1.0)
