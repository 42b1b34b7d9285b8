"""Curves over each other, and ratios summed up by kind of work."""

import pytest

from compute import results
from compute.compare import baselines, curves
from compute.compare.curves import each_run, heat
from tests.samples import CPU_RUN, GPU_RUN, sample_row, sample_rows

FRAME = results.frame(sample_rows()).assign(source="uploaded", machine="")


def test_runs_of_one_machine_have_names_of_their_own() -> None:
    twins = [sample_row(run_id="a"), sample_row(run_id="b", measured_at="2025-02-01T12:00:00Z")]
    assert each_run(results.frame(twins))["machine"].nunique() == 2


def test_curves_begin_with_the_product_in_fp32_and_have_two_sizes_somewhere() -> None:
    found = curves.curves(FRAME)
    assert list(found)[:3] == ["Matrix product, fp32", "Matrix product, bf16", "Matrix product, fp16"]
    assert "alexnet training, fp32" in found
    squares = found["Matrix product, fp32"]
    assert set(squares["mode"]) == {"stream"}
    assert 32768 not in set(squares["size"])  # skipped
    assert curves.curves(FRAME[FRAME["size"].eq(1024)]) == {}
    assert curves.curves(FRAME.head(0)) == {}


def test_a_cell_is_the_geometric_mean_of_the_cases_in_common() -> None:
    rows = [
        sample_row(
            run_id=run, case=f"matmul square fp32 {size}", size=size, median_s=seconds, ci_low_s=None, ci_high_s=None
        )
        for run, times in (("a", (1.0, 1.0, 1.0)), ("b", (0.5, 0.125, None)))
        for size, seconds in zip((64, 128, 256), times, strict=True)
        if seconds
    ]
    [line] = heat(baselines.ratios(results.frame(rows), "a"), "fp32").to_dict("records")
    assert (line["group"], line["cases"]) == ("matmul", 2)
    assert line["ratio"] == pytest.approx(4.0)  # of 2 and 8


def test_the_columns_come_in_the_order_of_the_lecture() -> None:
    ratios = baselines.ratios(FRAME, CPU_RUN)
    assert list(heat(ratios, "fp32")["group"]) == [
        "matmul", "baseline inference", "baseline training", "alexnet inference", "alexnet training",
    ]  # fmt: skip
    assert set(heat(ratios, "fp32")["run_id"]) == {GPU_RUN}
    assert curves.dtypes(ratios) == ["fp32", "bf16", "fp16"]
    assert heat(ratios, "int8").empty
