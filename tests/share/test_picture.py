"""The picture in the notebook: every point where it belongs, every word safe."""

import xml.etree.ElementTree as ET
from typing import Any

import pytest

from compute import results
from compute.charts import _style
from compute.share import picture
from tests.samples import CPU_RUN, sample_row, sample_rows

ROWS = [row for row in sample_rows() if row["run_id"] == CPU_RUN]


def parsed(rows: list[results.Row]) -> ET.Element:
    """The picture as XML, which is stricter than any browser."""
    return ET.fromstring(picture.draw(rows))


def of(root: ET.Element, name: str, **attributes: str) -> list[ET.Element]:
    found = root.iter(f"{{http://www.w3.org/2000/svg}}{name}")
    return [one for one in found if all(one.get(key) == value for key, value in attributes.items())]


def test_no_rows_are_no_picture() -> None:
    assert picture.draw([]) == ""
    assert picture.describe([]) == "No matrix product is measured yet."
    assert picture.draw([row for row in ROWS if row["workload"] == "cnn"]) == ""


def test_only_square_products_in_stream_are_drawn() -> None:
    found = picture.curves([*ROWS, sample_row(dtype="int8"), sample_row(dtype="tf32", params="layout=nt")])
    assert {dtype: [point.size for point in points] for dtype, points in found.items()} == {
        "fp32": [64, 512, 1024, 2048],
        "bf16": [64, 512, 1024],
        "fp16": [64, 512, 1024],
    }


def test_points_stand_where_their_numbers_say() -> None:
    """n = 64 and 1024 are the ends of the axis; 2.147 GFLOP in 0.01 s are 214.7 GFLOP/s, between 100 G and 1 T."""
    small = dict.fromkeys(("median_s", "ci_low_s", "ci_high_s"), 2.0 * 64**3 / 1e11)
    root = parsed([sample_row(size=64, flops=2.0 * 64**3, **small), sample_row()])
    left, right = of(root, "circle", r="5")[:2]
    assert float(left.get("cx", 0)) == picture._LEFT
    assert float(right.get("cx", 0)) == picture._RIGHT
    assert float(left.get("cy", 0)) == pytest.approx(picture._BOTTOM, abs=0.06)
    share = 0.33193  # log10(2.147483648)
    height = picture._BOTTOM - share * (picture._BOTTOM - picture._TOP)
    assert float(right.get("cy", 0)) == pytest.approx(height, abs=0.1)


def test_the_interval_is_drawn_and_the_invalid_is_a_cross_off_the_line() -> None:
    root = parsed([sample_row(ci_low_s=0.005, ci_high_s=0.02)])
    whiskers = [line.get("points", "") for line in of(root, "polyline", stroke=picture.COLOURS["cpu"])]
    (x1, low), (x2, high) = (map(float, end.split(",")) for end in whiskers[1].split())
    assert x1 == x2
    assert low - high == pytest.approx(0.60206 * (picture._BOTTOM - picture._TOP), abs=0.2)  # a factor of 4
    crossed = parsed(ROWS)
    assert len(of(crossed, "polyline", stroke=picture.BAD)) == 2
    line = next(line for line in of(crossed, "polyline") if line.get("stroke") == picture.COLOURS["cpu"])
    assert len(line.get("points", "").split()) == 3


def test_it_says_what_it_shows() -> None:
    root = parsed(ROWS)
    said = root.get("aria-label", "")
    assert said == of(root, "title")[0].text == picture.describe(ROWS)
    assert "fp32 reaches 215 GFLOP/s at n = 64; bf16 reaches 107 GFLOP/s" in said
    words = [text.text or "" for text in of(root, "text")]
    assert {"fp32", "bf16", "fp16", "up to 215 GFLOP/s", "64", "2,048"} <= set(words)


def test_only_invalid_points_are_said_to_be() -> None:
    rows = [sample_row(verdict="invalid", reason="The answer is wrong.")]
    assert picture.describe(rows) == "No matrix product is measured yet."
    assert "invalid (crosses)" in [text.text for text in of(parsed(rows), "text")]


def test_a_label_from_a_file_stays_text() -> None:
    evil = '"><script>alert(1)</script>'
    root = parsed([sample_row(dtype=evil)])
    assert not of(root, "script")
    assert evil in [text.text for text in of(root, "text")]


@pytest.mark.parametrize("backend", ["cpu", "gpu", "tpu", "other"])
def test_the_colour_is_the_dashboards(backend: str) -> None:
    assert picture.COLOURS[backend] == _style.LIGHT.kinds[backend][0]


@pytest.mark.parametrize("change", [{"median_s": None}, {"flops": None}, {"size": 0}, {"ci_high_s": float("inf")}])
def test_a_row_that_lacks_something_is_left_out_or_drawn_without(change: dict[str, Any]) -> None:
    picture.draw([sample_row(**change), sample_row()])
    assert len(picture.curves([sample_row(**change)]).get("fp32", [])) == (1 if "ci_high_s" in change else 0)
