import contextlib
import csv
import io
import json
from dataclasses import asdict, replace
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from compute import hardware
from compute.cuda import ladder, programs, record, report
from compute.cuda.record import RecordError, Row
from tests.cuda.records import example, timed

H200 = hardware.chip("h200")


def test_a_record_comes_back_from_its_file_as_it_was() -> None:
    assert record.read(record.to_json(example()).encode()) == example()


def test_the_table_has_a_line_for_each_kernel_with_its_rates() -> None:
    rows = list(csv.DictReader(io.StringIO(record.to_csv(example()))))
    assert [row["kernel"] for row in rows] == [row.kernel for row in example().rows]
    assert float(rows[1]["flop_per_s"]) == pytest.approx(2 * 4096**3 / 0.02)
    assert float(rows[0]["byte_per_s"]) == pytest.approx(12 * 2**26 / 2e-4)
    assert rows[1]["gpu"] == "NVIDIA H200"


def test_the_recorded_run_is_of_the_programs_as_they_are() -> None:
    """Whoever changes a program runs it again: a recorded figure belongs to the code that is shown beside it."""
    shipped = record.shipped()
    assert shipped
    assert shipped.sources == {kernel.id: programs.digest(kernel) for kernel in programs.KERNELS if kernel.file}
    assert {row.kernel for row in shipped.rows} == {kernel.id for kernel in programs.KERNELS}
    assert not record.failures(shipped.rows)
    assert (shipped.gpu, shipped.chip and shipped.chip.id) == ("NVIDIA H100 80GB HBM3", "h100-sxm")


def changed(**fields: Any) -> bytes:
    return json.dumps({"schema": record.SCHEMA, **asdict(example()), **fields}).encode()


def with_row(**cells: Any) -> bytes:
    return changed(rows=[asdict(example().rows[1]) | cells])


@pytest.mark.parametrize(
    ("content", "told"),
    [
        (b"\xff", "not JSON in UTF-8"),
        (b"[1]", "schema: expected 'many-hands-cuda/1', found"),
        (changed(schema="many-hands-cuda/9"), "found 'many-hands-cuda/9'"),
        (json.dumps({"schema": record.SCHEMA}).encode(), "rows, size, sources not found"),
        (changed(size="4096"), "size: expected a whole number, found '4096'"),
        (changed(gpu=7), "gpu: expected text, found 7"),
        (changed(measured_at="yesterday"), "measured_at: expected a time such as"),
        (changed(sources=[]), "sources: expected the digest"),
        (changed(rows={}), "rows: expected a list"),
        (changed(rows=[asdict(example().rows[1])] * 2), "each kernel once"),
        (with_row(kernel="cutlass"), "Row 1, kernel: expected one of vector_add"),
        (with_row(status="great"), "Row 1, status"),
        (with_row(n=0), "Row 1, n: expected a whole number above 0, found '0'"),
        (with_row(median_s=float("nan")), "Row 1, median_s: expected a number above 0, found 'nan'"),
        (with_row(median_s=-1), "Row 1, median_s"),
        (with_row(median_s=0.5), "a time from min_s to max_s"),
        (with_row(runs=True), "Row 1, runs"),
        (with_row(max_error=None), "Row 1, max_error"),
        (with_row(status="failed", reason=""), "Row 1, reason: expected a sentence"),
        (with_row(interpreted=1), "Row 1, interpreted"),
        (with_row(colour="green"), "Row 1: expected the columns"),
        (b" " * (2 << 20), "expected at most"),
    ],
)
def test_what_is_wrong_is_named(content: bytes, told: str) -> None:
    with pytest.raises(RecordError) as refused:
        record.read(content)
    assert told in str(refused.value)


@given(st.binary(max_size=400))
def test_any_bytes_are_read_or_refused(content: bytes) -> None:
    with pytest.raises(RecordError):
        record.read(content)


JSON = st.recursive(
    st.none() | st.booleans() | st.floats() | st.text(max_size=5),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=5), inner, max_size=3),
    max_leaves=6,
)


@given(st.sampled_from([*asdict(example()), *asdict(example().rows[0])]), JSON)
def test_any_value_in_any_place_is_read_or_refused(name: str, value: Any) -> None:
    content = changed(**{name: value}) if name in asdict(example()) else with_row(**{name: value})
    with contextlib.suppress(RecordError):
        read = record.read(content)
        assert record.read(record.to_json(read).encode()) == read


def test_a_wrong_answer_and_a_rate_beyond_the_peak_are_invalid() -> None:
    good = timed("matmul_tiled", 0.0125)
    assert record.judged(good, H200) == good
    wrong = record.judged(replace(good, max_error=3e-4), H200)
    assert (wrong.status, wrong.reason) == (
        "invalid",
        "Its answer is wrong: the error is 3.0e-04, and 2e-05 can be explained.",
    )
    assert record.judged(replace(good, max_error=float("nan")), H200).status == "invalid"
    # 2 * 4096^3 FLOP in 2 ms are 68.7 TFLOP/s: 1.03 times the 66.9 of the data sheet.
    fast = timed("xla", 0.002)
    assert "faster than the chip's maker" in record.judged(fast, H200).reason
    assert record.judged(fast, None) == fast
    assert record.judged(timed("xla_tf32", 0.002), H200).status == "measured"


def test_the_sum_must_be_exact() -> None:
    row = example().rows[0]
    assert record.judged(row, H200) == row
    assert record.judged(replace(row, max_error=1e-7), H200).status == "invalid"


# --- what is said of it


def test_rates_and_shares_by_hand() -> None:
    good = example()
    assert good.rows[1].flop_per_s == pytest.approx(6.87e12, rel=1e-3)
    assert report.rate(good.rows[1]) == "6.87 TFLOP/s"
    assert report.rate(good.rows[0]) == "4,027 GB/s"
    assert report.share_of_peak(good, good.rows[0]) == pytest.approx(4026.5 / 4800, rel=1e-3)
    assert report.share_of_peak(example(gpu="NVIDIA X"), good.rows[1]) is None
    assert [(figure.label, figure.value) for figure in report.answers(good)] == [
        ("Tiles", "1.60 ×"),
        ("The library", "5.00 ×"),
        ("Vector sum", "4,027 GB/s"),
    ]


def test_tiles_are_counted_by_hand() -> None:
    why = report.why_tiles(example())
    assert "0.25 FLOP per byte" in why
    assert "8 FLOP per byte, 32 times as much" in why
    assert why.endswith("It is 1.60 times as fast and not 32, because caches serve the naive kernel, too.")
    assert "times as fast and not" not in report.why_tiles(None)
    assert f"constexpr int TILE = {report.TILE};" in programs.BY_ID["matmul_tiled"].source


def test_the_ladder_leaves_out_what_is_wrong_interpreted_or_no_product() -> None:
    rows = (
        example().rows[0],
        timed("matmul_naive", 0.02),
        replace(timed("matmul_tiled", 0.01), status="invalid", reason="wrong"),
        timed("pallas", 0.01, interpreted=True),
        Row("xla", 4096, "failed", "It failed."),
    )
    rungs = ladder.rungs(example(*rows), "shipped")
    assert list(rungs["name"]) == ["Naive", "Peak of the data sheet"]
    assert list(rungs["source"]) == ["shipped", "published"]
    assert rungs["flop_per_s"][1] == pytest.approx(66.9e12)
    assert rungs["low"][0] == pytest.approx(2 * 4096**3 / 0.022)
    assert list(ladder.rungs(example(*rows, gpu="NVIDIA X"), "shipped")["name"]) == ["Naive"]


def test_lines_for_a_terminal_hold_the_text_of_a_compiler_and_no_control_characters() -> None:
    row = Row("matmul_naive", 4096, "failed", "nvcc could not compile it.", "x.cu(3): error\x1b[31m\none more")
    said = report.lines(example(row, timed("xla", 0.0025)))
    assert "matmul_naive, failed: nvcc could not compile it." in said
    assert "  x.cu(3): error [31m" in said
    assert any(line.startswith("xla") and "82.2%" in line for line in said)
