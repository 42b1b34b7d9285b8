"""The chart of a crossing."""

import pytest

from compute.charts import _style, crossing
from compute.measure.crossover import STEADY, Question
from tests.measure.synthetic import QUESTION, Machine, crossing_machine, linear


def test_both_curves_hold_the_medians_and_the_band_is_the_crossing() -> None:
    record = crossing_machine().record()
    figure = crossing.build(record, STEADY)
    first, second = figure.data
    assert (first.name, second.name) == ("NumPy on all cores", "JAX on all cores")
    assert list(first.x) == record.sizes
    assert first.y[0] == pytest.approx(42e-6, rel=0.02)
    assert second.y[-1] == pytest.approx(612e-6, rel=0.02)
    assert (figure.layout.xaxis.type, figure.layout.yaxis.type) == ("log", "log")
    [band] = figure.layout.shapes
    assert (band.x0, band.x1) == (80, 96)
    assert "n = 80 and 96" in figure.layout.annotations[0].text
    assert all(above >= 0 for above in first.error_y.array)


def test_two_ways_of_one_processor_differ_in_shade_marker_and_dash() -> None:
    for dark in (False, True):
        first, second = crossing.build(crossing_machine().record(), STEADY, dark=dark).data
        assert (first.line.color, second.line.color) == tuple(_style.look(dark).kinds["cpu"][:2])
        assert first.marker.symbol != second.marker.symbol
        assert first.line.dash != second.line.dash


def test_without_a_crossing_there_is_no_band() -> None:
    machine = Machine(linear(0, 1e-6), linear(0, 2e-6))
    machine.measure(64)
    machine.measure(128)
    figure = crossing.build(machine.record(), STEADY)
    assert not figure.layout.shapes
    assert not figure.layout.annotations


def test_nothing_measured_is_said() -> None:
    record = Machine(linear(0, 1), linear(0, 1)).record()
    assert crossing.build(record, STEADY).layout.annotations[0].text == "Nothing measured yet"
    assert "nothing is measured yet" in crossing.describe(record, STEADY)


def test_the_words_tell_the_ends_and_the_crossing() -> None:
    words = crossing.describe(crossing_machine().record(), Question(transfer=True, compile=False))
    assert "At n = 16: 41" in words or "At n = 16: 42" in words
    assert "At n = 512" in words
    assert "With transfer: n = 128 to 256." in words


def test_the_same_record_gives_the_same_figure_and_names_stay_text() -> None:
    record = crossing_machine().record()
    assert crossing.build(record, STEADY) == crossing.build(record, STEADY)
    evil = {**QUESTION, "first": {"title": "<a href='x'>y</a>"}, "size_name": "<b>n"}
    text = crossing.build(crossing_machine().record(question=evil), STEADY).to_json().replace("\\u003c", "<")
    assert "<a" not in text
    assert "<b>n" not in text


def test_a_log_without_a_question_is_drawn_as_well() -> None:
    figure = crossing.build(crossing_machine().record(question={}), STEADY)
    assert [trace.name for trace in figure.data] == ["first", "second"]
