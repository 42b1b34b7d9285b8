"""The figures and the names that stand for a machine."""

from __future__ import annotations

import math
from typing import Any

import pandas as pd
import pytest

from compute.compare import headlines
from compute.results import frame
from tests.samples import CPU_RUN, GPU_RUN, sample_row, sample_rows

FRAME = frame(sample_rows())


def machine(run_id: str) -> pd.Series:
    table = headlines.machines(FRAME)
    return table[table["run_id"].eq(run_id)].iloc[0]


def test_headline_figures_by_hand() -> None:
    """2 * 1024^3 FLOP in 0.01 s is 214.7 GFLOP/s; 16 images in 0.05 s * 16^0.9 are 26.4 images/s."""
    cpu = machine(CPU_RUN)
    assert cpu["fp32_flop_per_s"] == pytest.approx(2 * 1024**3 / 0.01)
    assert cpu["best_flop_per_s"] == cpu["fp32_flop_per_s"]
    assert cpu["alexnet_inference_per_s"] == pytest.approx(16 / (0.05 * 16**0.9))
    assert cpu["alexnet_training_per_s"] == pytest.approx(16 / (0.15 * 16**0.9))
    assert cpu["baseline_inference_per_s"] == pytest.approx(16 / (5e-4 * 16**0.9))
    assert cpu["baseline_training_per_s"] == pytest.approx(16 / (1.5e-3 * 16**0.9))


def test_the_best_of_any_dtype_names_the_dtype() -> None:
    gpu = machine(GPU_RUN)
    assert gpu["best_dtype"] in ("bf16", "fp16")
    assert gpu["best_flop_per_s"] == pytest.approx(2 * 1024**3 / 2e-5)
    assert gpu["fp32_flop_per_s"] == pytest.approx(2 * 1024**3 / 1e-4)


def test_cases_are_counted_by_how_they_ended() -> None:
    cpu = machine(CPU_RUN)
    assert cpu[["measured", "invalid", "skipped", "failed"]].tolist() == [19, 1, 1, 1]
    assert int(headlines.machines(FRAME)[["measured", "invalid", "skipped", "failed"]].to_numpy().sum()) == len(FRAME)


def test_a_run_without_a_usable_row_has_no_figures() -> None:
    rows = [sample_row(verdict="invalid"), sample_row(case="x", status="skipped", verdict=None, median_s=None)]
    figures = headlines.machines(frame(rows)).iloc[0]
    assert math.isnan(figures["fp32_flop_per_s"])
    assert math.isnan(figures["best_flop_per_s"])
    assert math.isnan(figures["alexnet_training_per_s"])
    assert pd.isna(figures["best_dtype"])
    assert figures["measured"] == 0


def test_tf32_is_not_shown_as_fp32() -> None:
    figures = headlines.machines(frame([sample_row(arithmetic="tf32")])).iloc[0]
    assert math.isnan(figures["fp32_flop_per_s"])
    assert figures["best_flop_per_s"] > 0


def test_default_layers_and_integers_are_not_shown_as_fp32_or_flop() -> None:
    rows = [
        sample_row(),
        sample_row(dtype="default", case="b", arithmetic="fp32", median_s=1e-3, flop_per_s=2e12),
        sample_row(variant="alexnet dense1", case="c", median_s=1e-3, flop_per_s=3e12),
        sample_row(dtype="int8", case="d", arithmetic="int8", median_s=1e-4, flop_per_s=9e12),
    ]
    figures = headlines.machines(frame(rows)).iloc[0]
    assert figures["fp32_flop_per_s"] == pytest.approx(2 * 1024**3 / 0.01)
    assert (figures["best_flop_per_s"], figures["best_dtype"]) == (3e12, "fp32")
    peak = sample_row(variant="peak", case="e", median_s=5e-3, flop_per_s=4e11)
    assert headlines.machines(frame([*rows, peak])).iloc[0]["fp32_flop_per_s"] == 4e11


def test_no_results_give_a_table_without_rows() -> None:
    empty = headlines.machines(frame([]))
    assert empty.empty
    assert list(empty.columns) == list(headlines.machines(FRAME).columns)


def test_the_best_row_of_each_kind_is_usable_and_in_one_mode() -> None:
    top = headlines.best(FRAME)
    assert headlines.usable(top).all()
    assert set(top["mode"]) == {"stream"}
    assert not top.duplicated(["run_id", "workload", "variant", "dtype"]).any()
    assert set(headlines.best(FRAME, "call")["size"]) == {64}


def test_work_without_flop_is_ranked_by_its_items() -> None:
    rows = [
        sample_row(case=f"copy {n}", workload="copy", size=n, flops=0.0, flop_per_s=0.0, items_per_s=float(rate))
        for n, rate in ((1, 5), (2, 9), (3, 7))
    ]
    assert headlines.best(frame(rows))["size"].tolist() == [2]


@pytest.mark.parametrize(
    ("facts", "name"),
    [
        ({"backend": "gpu", "device_kind": "NVIDIA H200"}, "NVIDIA H200"),
        ({"backend": "tpu", "device_kind": "TPU v5 lite", "label": "lab"}, "TPU v5 lite (lab)"),
        ({"backend": "gpu", "device_kind": None}, "Unknown device"),
        ({"backend": "cpu", "cpu_model": "AMD EPYC 7B12", "cpu_count": 2.0}, "AMD EPYC 7B12, 2 cores"),
        ({"backend": "cpu", "cpu_model": "AMD EPYC", "cpu_count": 0.5}, "AMD EPYC, 0.5 cores"),
        ({"backend": "cpu", "cpu_model": "Apple M2", "cpu_count": 1}, "Apple M2, 1 core"),
        (
            {"backend": "cpu", "cpu_model": "Intel(R) Xeon(R) CPU @ 2.20GHz", "cpu_count": 2.0},
            "Intel Xeon, 2 cores",
        ),
        (
            {"backend": "cpu", "cpu_model": "Intel(R) Core(TM) i7-8550U CPU @ 1.80GHz", "cpu_count": 8.0},
            "Intel Core i7-8550U, 8 cores",
        ),
        (
            {"backend": "cpu", "cpu_model": "AMD Ryzen 7 5800X 8-Core Processor", "cpu_count": 16.0},
            "AMD Ryzen 7 5800X, 16 cores",
        ),
        ({"backend": "cpu", "cpu_model": float("nan"), "cpu_count": float("nan")}, "CPU"),
    ],
)
def test_short_names(facts: dict[str, Any], name: str) -> None:
    assert headlines.machine_name(facts) == name


def test_names_are_made_unique_only_where_they_must() -> None:
    rows = [
        sample_row(run_id="a"),
        sample_row(run_id="b", measured_at="2025-02-01T09:30:00Z"),
        sample_row(run_id="c", label="other"),
    ]
    assert headlines.names(frame(rows)) == {
        "a": "Example CPU, 2 cores (test data), 2025-01-31 12:00",
        "b": "Example CPU, 2 cores (test data), 2025-02-01 09:30",
        "c": "Example CPU, 2 cores (other)",
    }
    same_minute = frame([sample_row(run_id="a"), sample_row(run_id="b")])
    assert headlines.names(same_minute)["b"] == "Example CPU, 2 cores (test data), b"


def test_rows_are_named_alike_wherever_a_part_of_the_name_is_blank() -> None:
    rows = [sample_row(label=None), sample_row(label="a"), sample_row(cpu_model=None), sample_row(label="a")]
    named = headlines.named(frame(rows))
    assert named["machine"].tolist() == [headlines.machine_name(row) for row in rows]
    assert headlines.named(frame([]))["machine"].dtype == named["machine"].dtype
