"""Amdahl's law, by hand; and its chart."""

from dataclasses import replace

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from compute.charts import amdahl as chart
from compute.lecture import amdahl
from tests.lecture.test_race import HERE


def test_by_hand() -> None:
    assert amdahl.speed_up(0.5, 2) == pytest.approx(4 / 3)
    assert amdahl.speed_up(0.95, 20) == pytest.approx(1 / (0.05 + 0.0475))
    assert amdahl.speed_up(1.0, 4096) == pytest.approx(4096)
    assert amdahl.speed_up(0.0, 4096) == 1
    assert amdahl.time(0.75, 4) == 0.25 + 0.1875
    assert amdahl.ceiling(0.95) == pytest.approx(20)
    assert amdahl.ceiling(1.0) is None


@settings(max_examples=60)
@given(st.floats(0, 1), st.sampled_from(amdahl.HANDS[1:]))
def test_the_law_turned_round_gives_the_share_back(share: float, hands: int) -> None:
    assert amdahl.share_of(amdahl.speed_up(share, hands), hands) == pytest.approx(share, abs=1e-9)


def test_in_words() -> None:
    assert amdahl.said(0.95, 64) == "64 hands: 15.4 times faster, and never more than 20."
    assert amdahl.said(1.0, 4096) == "4,096 hands: 4,096 times faster: each further hand helps."


def test_what_all_cores_gained_is_measured_in_the_race() -> None:
    found = amdahl.measured(HERE)
    assert found
    assert (found.hands, found.speed_up) == (2, 2)
    assert amdahl.measured(replace(HERE, cores=1)) is None
    assert amdahl.measured(replace(HERE, values={"loop": 1.0})) is None


def test_the_chart_holds_the_law_the_ceiling_and_what_was_measured() -> None:
    figure = chart.build(0.95, 64, amdahl.measured(HERE))
    everything, law, chosen, measured = figure.data
    assert list(everything.y) == list(amdahl.HANDS)
    assert law.y[6] == pytest.approx(15.42, abs=0.01)
    assert (chosen.x, chosen.y) == ((64,), (pytest.approx(15.42, abs=0.01),))
    assert (measured.x, measured.y) == ((2,), (2,))
    assert figure.layout.shapes[0].y0 == pytest.approx(20)
    ceiling, seen = figure.layout.annotations[0].text.split("<br>")
    assert "never more than 20 times" in ceiling
    assert "<b>2 times</b>, measured on 2 cores" in seen
    assert chart.build(0.95, 64).to_json() == chart.build(0.95, 64).to_json()


def test_without_a_rest_there_is_no_ceiling() -> None:
    assert not chart.build(1.0, 64).layout.shapes
    assert not chart.build(1.0, 64).layout.annotations
    assert "Measured: 2 times with 2 cores." in chart.describe(0.5, 4, amdahl.measured(HERE))
