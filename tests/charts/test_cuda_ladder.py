"""The ladder: every rung a bar, the peak hatched, the same in both themes and twice."""

import pytest

from compute.charts import _style, cuda_ladder
from compute.cuda import ladder
from tests.cuda.records import SECONDS, example

RUNGS = ladder.rungs(example(), "shipped")


def test_each_product_is_a_bar_of_its_rate_and_the_peaks_are_hatched() -> None:
    bars = {trace.name: trace for trace in cuda_ladder.build(RUNGS).data}
    assert len(bars) == len(SECONDS) + 2
    tiled = bars["Tiled (fp32, recorded)"]
    assert tiled.x[0] == pytest.approx(2 * 4096**3 / 0.0125)
    # From the slowest run, at 1.1 times the median's seconds, to the fastest, at 0.9 times.
    assert tiled.error_x.array[0] == pytest.approx(tiled.x[0] / 0.9 - tiled.x[0])
    assert tiled.error_x.arrayminus[0] == pytest.approx(tiled.x[0] - tiled.x[0] / 1.1)
    peak = bars["Peak of the data sheet (fp32)"]
    assert peak.x[0] == pytest.approx(66.9e12)
    assert peak.marker.pattern.shape
    assert not tiled.marker.pattern.shape


@pytest.mark.parametrize("dark", [False, True])
def test_it_is_green_and_the_same_each_time(dark: bool) -> None:
    figure = cuda_ladder.build(RUNGS, dark=dark)
    assert figure.to_json() == cuda_ladder.build(RUNGS, dark=dark).to_json()
    assert figure.data[0].marker.color == _style.look(dark).kinds["gpu"][0]


def test_words_stand_for_it() -> None:
    words = cuda_ladder.describe(RUNGS)
    assert "Naive (fp32, recorded): 6.87 TFLOP/s; Tiled (fp32, recorded): 11.0 TFLOP/s" in words
    assert "Peak of the data sheet (TF32, tensor cores): 494 TFLOP/s" in words


def test_without_a_rung_it_says_so() -> None:
    nothing = RUNGS.iloc[:0]
    assert not cuda_ladder.build(nothing).data
    assert cuda_ladder.describe(nothing) == "No product on a GPU yet."
