"""The wall: where the marks stand on its axis, what it says, and what it shows before there are figures."""

import re
from dataclasses import replace

import pytest

from compute.lecture import gallery_wall
from compute.lecture.gallery import MISTAKES, Row
from tests.lecture.test_gallery import example
from tests.lecture.test_pictures import well_formed


def places(html: str, name: str) -> list[float]:
    """Where the marks of one kind stand, in per cent."""
    return [float(found) for found in re.findall(rf'class="{name}(?: exact)?" style="left:([\d.]+)%"', html)]


def test_every_figure_stands_by_its_line_on_one_axis() -> None:
    record = example()
    html = gallery_wall.draw(record)
    assert well_formed(html)
    low, high = gallery_wall.ends(record)
    # From the first mistake too slow, 1/100 of the line, to int8, 756,224 times half a unit.
    assert low == pytest.approx(-2.4)
    assert high == pytest.approx(5.8787 + 0.4, abs=1e-4)
    wrong, right, [line, *others] = places(html, "wrong"), places(html, "right"), places(html, "line")
    assert len(wrong) == len(right) == len(MISTAKES)
    assert set(others) == {line}
    assert line == pytest.approx(100 * 2.4 / (high - low), abs=0.01)
    assert wrong[0] == pytest.approx(100 * (1.9542 + 2.4) / (high - low), abs=0.01)  # 90 times the line
    assert wrong[1] == pytest.approx(100 * (-2 + 2.4) / (high - low), abs=0.01)
    assert right[-1] == 0.0
    assert 'class="right exact"' in html


def test_rows_appear_as_they_come() -> None:
    record = example()
    html = gallery_wall.draw(replace(record, rows=record.rows[:2]))
    assert len(places(html, "wrong")) == 2
    assert html.count('class="verdict">…<') == 6
    assert all(mistake.title in html for mistake in MISTAKES)


def test_words_stand_for_it() -> None:
    words = gallery_wall.describe(example())
    assert words.startswith("Eight mistakes of benchmarking, made on Example CPU, 2 cores: No synchronisation: 90 ×")
    assert "(wrong 9.00 TFLOP/s, right 80.0 GFLOP/s, line 100 GFLOP/s (best seen here))" in words
    assert words.endswith("(wrong off by 378,112, right exact, line off by 0.5 (half a unit)).")
    assert words.replace("&", "&amp;") in gallery_wall.draw(example())


def test_before_a_run_it_says_what_each_is_about() -> None:
    html = gallery_wall.draw(None)
    assert well_formed(html)
    assert all(mistake.title in html and mistake.short in html for mistake in MISTAKES)
    assert not places(html, "wrong")
    assert 'class="verdict"' not in html


def test_one_that_failed_has_no_marks_and_nothing_from_outside_comes_alive() -> None:
    record = example(hoisted_loop=Row("hoisted_loop", "It failed. JAX said: no."))
    record = replace(record, machine={"backend": "gpu", "device_kind": '"><script>'})
    html = gallery_wall.draw(record)
    assert len(places(html, "wrong")) == 7
    assert ">Failed<" in html
    assert "<script" not in html


@pytest.mark.parametrize("dark", [False, True])
def test_it_is_the_same_each_time(dark: bool) -> None:
    assert gallery_wall.draw(example(), dark=dark) == gallery_wall.draw(example(), dark=dark)
    assert gallery_wall.draw(example(), dark=True) != gallery_wall.draw(example())
