"""The roofline's arithmetic, by hand: 20 GB/s and 200 GFLOP/s meet at 10 FLOP/B."""

from typing import Any

import pytest

from compute.compare import answers, roofline, tables
from compute.compare.roofline import Ceiling, Roof
from compute.results import Row
from tests.charts.frames import CPU, frame
from tests.samples import limit_rows, sample_row, sample_rows

ROWS = roofline.rows_of(frame(limit_rows()), CPU)
ROOF = roofline.roof(ROWS, "fp32")
POINTS = roofline.points(ROWS, ROOF)


def triad(elements: int, gb_per_s: float, **overrides: Any) -> Row:
    """A triad with its arrays in fp32."""
    moved = 12.0 * elements
    amounts = {"flops": 2.0 * elements, "bytes": moved, "median_s": moved / (gb_per_s * 1e9), "size": elements}
    named = {"workload": "bandwidth", "variant": "triad", "case": f"bandwidth triad fp32 {elements}"}
    return sample_row(**named | amounts | {"ci_low_s": None, "ci_high_s": None} | overrides)


def test_the_ridge_is_where_the_ceilings_meet() -> None:
    roof = Roof("fp32", Ceiling(measured=20e9), Ceiling(measured=200e9))
    assert roof.ridge == 10
    assert [roof.attainable(intensity) for intensity in (0.5, 5, 10, 100)] == [10e9, 100e9, 200e9, 200e9]


def test_an_unknown_ceiling_allows_no_statement() -> None:
    roof = Roof("fp32", Ceiling(), Ceiling(measured=200e9))
    assert roof.ridge is None
    assert roof.attainable(100) is None
    [point] = roofline.points([sample_row()], roof)
    assert (point.attainable, point.share, point.bound) == (None, None, "")


def test_the_measured_ceiling_counts_before_the_promised_one() -> None:
    assert Ceiling(measured=3e12, sheet=4e12).value == 3e12
    assert Ceiling(measured=3e12, sheet=4e12).share == 0.75
    assert Ceiling(sheet=4e12).value == 4e12
    assert Ceiling(sheet=4e12).share is None


def test_bandwidth_is_the_best_triad_that_no_cache_holds() -> None:
    # 2^16 and 2^24 elements are 0.75 and 192 MiB in three arrays: they may live in a cache, however fast.
    assert ROOF.bandwidth.measured == pytest.approx(20e9)
    assert ROOF.bandwidth.words == "triad of 67.1 million elements"
    small = roofline.roof([triad(2**16, 100)], "fp32")
    assert small.bandwidth.measured is None
    invalid = roofline.roof([triad(2**26, 500, verdict="invalid"), triad(2**27, 19)], "fp32")
    assert invalid.bandwidth.measured == pytest.approx(19e9)


def test_the_peak_is_the_best_product_of_all_mostly_the_winner_of_the_search() -> None:
    assert ROOF.peak.measured == pytest.approx(200e9)
    assert ROOF.peak.words == "n = 1536, NT, by search"
    assert roofline.roof([sample_row()], "fp32").peak.measured == pytest.approx(2 * 1024**3 / 0.01)
    assert roofline.roof([sample_row()], "bf16").peak.measured is None
    both = roofline.roof([*ROWS, sample_row(median_s=8e-3)], "fp32")
    assert both.peak.measured == pytest.approx(2 * 1024**3 / 8e-3)
    assert both.peak.words == "n = 1024"


def test_the_data_sheet_is_of_the_chip_that_the_row_names() -> None:
    sheet = roofline.roof([sample_row(backend="gpu", chip="h200")], "bf16")
    assert sheet.bandwidth.sheet == 4.8e12
    assert sheet.peak.sheet == pytest.approx(989.5e12)
    assert roofline.roof([sample_row(chip="no such chip")], "bf16").peak.sheet is None
    assert roofline.roof([sample_row(chip="epyc-7763")], "fp32").peak.sheet is None  # a rented CPU is a part of it


def test_a_dense_layer_crawls_at_batch_1_and_flies_at_256() -> None:
    """Batch 1: 2 FLOP for each weight of 4 bytes. Batch 256: 2 * 256 FLOP, and the images move, too."""
    dense = {point.row["size"]: point for point in POINTS if point.row["variant"] == "alexnet dense1"}
    assert sorted(dense) == [1, 8, 32, 256]  # 512 is invalid
    weights = 9216 * 4096
    assert dense[1].intensity == pytest.approx(2 * weights / (4 * (weights + 9216 + 4096)))
    assert dense[1].attainable == pytest.approx(20e9 * dense[1].intensity)
    assert dense[256].attainable == pytest.approx(200e9)
    assert [dense[batch].bound for batch in (1, 8, 32, 256)] == ["memory", "memory", "arithmetic", "arithmetic"]
    assert [point.share for point in dense.values()] == pytest.approx([0.8] * 4)


def test_a_case_faster_than_memory_could_feed_it_lives_in_a_cache() -> None:
    small = next(point for point in POINTS if point.row["workload"] == "bandwidth" and point.row["size"] == 2**16)
    assert small.share == pytest.approx(5)
    assert small.bound == "cache"


def test_what_was_not_asked_for_stands_under_the_roof_of_what_ran() -> None:
    assert roofline.dtypes(ROWS) == ["fp64", "fp32", "bf16", "fp16", "int8"]
    under_bf16 = roofline.points(ROWS, roofline.roof(ROWS, "bf16"))
    assert [point.row["dtype"] for point in under_bf16 if point.row["size"] == 1024] == ["default"]
    assert roofline.roof(ROWS, "bf16").peak.measured == pytest.approx(380e9)


def test_points_are_usable_and_in_the_order_of_their_intensity() -> None:
    places = [point.intensity for point in POINTS]
    assert places == sorted(places)
    assert all(point.row["verdict"] != "invalid" and point.row["status"] == "measured" for point in POINTS)
    assert roofline.intensity(sample_row(bytes=None)) is None
    assert roofline.intensity(sample_row(flops=0.0)) is None


def test_a_triad_under_two_roofs_counts_once() -> None:
    both = [roofline.points(ROWS, roofline.roof(ROWS, dtype)) for dtype in ("fp32", "bf16")]
    once = roofline.once(both)
    assert sum(point.row["workload"] == "bandwidth" for point in once) == 4
    assert len(once) == sum(map(len, both)) - 4


def test_machines_without_a_case_have_no_roof() -> None:
    assert list(roofline.owners(frame())) == ["Example CPU, 2 cores (test data)", "Example GPU (test data) (recorded)"]
    skipped = [row for row in sample_rows() if row["status"] != "measured"]
    assert roofline.owners(frame(skipped)) == {}


def test_the_answers_say_where_each_figure_comes_from() -> None:
    found = {answer.label: (answer.value, answer.detail) for answer in answers.under_the_roof(ROOF, POINTS)}
    assert found == {
        "Memory bandwidth": ("20.0 GB/s", "triad of 67.1 million elements"),
        "Peak, fp32": ("200 GFLOP/s", "n = 1536, NT, by search"),
        "Ridge point": ("10.0 FLOP/B", "both measured"),
        # Dense layers at batch 1 and 8.
        "Bound by memory": ("2 of 9", "cases in fp32"),
    }


def test_the_answers_without_a_triad() -> None:
    rows = [sample_row(backend="gpu", chip="h200", bytes=1e9)]
    roof = roofline.roof(rows, "fp32")
    found = {answer.label: (answer.value, answer.detail) for answer in answers.under_the_roof(roof, [])}
    assert found["Memory bandwidth"] == ("4,800 GB/s", "from the data sheet")
    assert found["Peak, fp32"] == ("215 GFLOP/s", "0% of the data sheet")
    assert found["Ridge point"][1] == "one of them measured"
    nothing = {answer.label: answer.value for answer in answers.under_the_roof(Roof("int8", Ceiling(), Ceiling()), [])}
    assert set(nothing.values()) == {"unknown"}


def test_the_table_says_what_sets_the_pace() -> None:
    table = tables.under_the_roof(POINTS)
    [first] = table[table["Case"] == "matmul alexnet dense1, 1"].to_dict("records")
    assert (first["FLOP/B"], first["Attainable"], first["% of it"]) == (0.5, 10.0, 80.0)
    assert first["Pace set by"] == "memory"
    assert list(table["FLOP/B"]) == sorted(table["FLOP/B"])
