"""One mistake: three bars, wrong, right and the line."""

from dataclasses import replace

import pytest

from compute.charts import _style, gallery
from compute.lecture.gallery import MISTAKES, Line, Row
from tests.lecture.test_gallery import example

RECORD = example()


def test_wrong_and_right_stand_beside_the_line() -> None:
    wrong, right, line = gallery.build(RECORD, "no_synchronisation").data
    assert [trace.x[0] for trace in (wrong, right, line)] == [9e12, 8e10, 1e11]
    assert wrong.marker.color == _style.LIGHT.bad
    assert right.marker.color == _style.LIGHT.kinds["cpu"][0]
    assert line.marker.color == _style.LIGHT.accent
    assert line.name == "Line, best seen here"
    assert not line.marker.pattern.shape


def test_the_axis_is_logarithmic_and_the_interval_is_drawn() -> None:
    figure = gallery.build(RECORD, "one_sample")
    assert figure.layout.xaxis.type == "log"
    assert figure.data[0].error_x.array[0] == pytest.approx(3e10)
    assert figure.data[0].error_x.arrayminus[0] == pytest.approx(5e10)


def test_a_line_of_the_data_sheet_is_hatched() -> None:
    known = replace(RECORD, machine={"backend": "gpu"}, lines={"fp32": Line(5e13, "data sheet")})
    _, right, line = gallery.build(known, "hoisted_loop").data
    assert line.marker.pattern.shape
    assert right.marker.color == _style.LIGHT.kinds["gpu"][0]


def test_an_exact_answer_is_a_stub_that_says_so() -> None:
    figure = gallery.build(RECORD, "int8_overflow")
    assert figure.data[1].x[0] == pytest.approx(0.05)
    assert "● Right: <b>exact</b>" in figure.layout.annotations[1].text
    assert figure.layout.title.text == "Largest error: less is better"


@pytest.mark.parametrize("dark", [False, True])
@pytest.mark.parametrize("mistake", [mistake.id for mistake in MISTAKES])
def test_it_is_the_same_each_time(mistake: str, dark: bool) -> None:
    assert gallery.build(RECORD, mistake, dark=dark).to_json() == gallery.build(RECORD, mistake, dark=dark).to_json()


def test_words_stand_for_it() -> None:
    assert gallery.describe(RECORD, "compile_time_included") == (
        "Compile time included: 63 × too slow (wrong 1.00 GFLOP/s, right 63.0 GFLOP/s, "
        "line 100 GFLOP/s (best seen here))."
    )


def test_without_figures_it_says_so() -> None:
    nothing = replace(RECORD, rows=())
    assert not gallery.build(nothing, "one_sample").data
    assert gallery.describe(nothing, "one_sample") == "One sample: not made here yet."
    failed = example(one_sample=Row("one_sample", "It failed."))
    assert not gallery.build(failed, "one_sample").data
    assert gallery.describe(failed, "one_sample") == "One sample: failed."
