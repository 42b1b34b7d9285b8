"""Where a rate comes from, in order, and what it is worth."""

from typing import Any

import pandas as pd
import pytest

from compute import hardware, results
from compute.money import assumptions, jobs, rates
from compute.money.jobs import Job
from tests.samples import sample_row, sample_rows

JOB = Job("test", "A test", "matmul", ("square", "peak"), 1e18, amount="flops", dtype="bf16")
IMAGES = Job("images", "A test", "cnn", ("resnet50 training",), 1e6)


def result(chip: str, flop_per_s: float, source: str = "uploaded", **more: Any) -> dict[str, Any]:
    """A matmul of 1 s a step in bf16, so compute-bound that only the peak counts."""
    times = dict.fromkeys(("median_s", "ci_low_s", "ci_high_s", "q1_s", "q3_s", "min_s"), 1.0)
    row = {
        "backend": "gpu",
        "device_kind": "Example GPU",
        "chip": chip,
        "dtype": "bf16",
        "bytes": 1.0,
        "source": source,
    }
    return row | times | {"flops": flop_per_s, "flop_per_s": flop_per_s, "items": 1.0, "items_per_s": 1.0} | more


def table(*rows: dict[str, Any], job: Job = JOB) -> pd.DataFrame:
    sources = [row["source"] for row in rows]
    frame = results.frame([sample_row(**row) for row in rows]).assign(source=sources)
    return rates.table(job, frame, assumptions.load())


def of(chip: str, *rows: dict[str, Any], job: Job = JOB) -> pd.Series:
    found = table(*rows, job=job)
    [row] = [row for _, row in found[found["accelerator"].eq(chip)].iterrows()]
    return row


def test_the_first_source_in_order_counts_even_if_it_is_slower() -> None:
    """An H200 has a published rate as well, 794.5 TFLOP/s."""
    rows = [
        result("h200", 6e14, "measured here", run_id="a"),
        result("h200", 7e14, "uploaded", run_id="b"),
        result("h200", 8e14, "shipped", run_id="c"),
    ]
    for expected, rate in (("measured here", 6e14), ("uploaded", 7e14), ("shipped", 8e14), ("published", 794.5e12)):
        row = of("h200", *rows)
        assert (row["basis"], row["rate"]) == (expected, rate)
        rows = rows[1:] or [result("t4", 1e13, dtype="fp32")]


def test_within_a_source_the_fastest_counts() -> None:
    assert of("h200", result("h200", 6e14, run_id="a"), result("h200", 7e14, run_id="b"))["rate"] == 7e14


def test_what_is_invalid_or_in_another_mode_never_counts() -> None:
    bad = [result("t4", 9e14, verdict="invalid", run_id="a"), result("t4", 9e14, mode="fused", run_id="b")]
    found = table(*bad)
    assert set(found["basis"]) == {"published"}


def test_a_published_rate_has_a_source_and_a_band() -> None:
    row = of("b200", result("t4", 1e13, dtype="fp32"))
    assert row["basis"] == "published"
    assert (row["rate_low"], row["rate_high"]) == (pytest.approx(1745e12 * 0.85), pytest.approx(1745e12 * 1.15))
    assert row["rate_source_url"].startswith("https://")
    assert "torch 2.7" in row["how"]


def test_by_hand_an_estimate() -> None:
    """An L4 allows 121 TFLOP/s in bf16. The H200 reached 494.75 of its 989.5, a half: 60.5, within a factor of 2.2."""
    row = of("l4", result("h200", 494.75e12))
    assert row["basis"] == "estimate"
    assert row["rate"] == pytest.approx(60.5e12)
    assert row["rate_low"] == pytest.approx(60.5e12 / 2.2)
    assert row["rate_high"] == pytest.approx(121e12)  # no more than the roofline
    assert "NVIDIA L4 allows 121 TFLOP/s in bf16, times 50%" in row["how"]
    assert "within a factor of 2.2" in row["how"]


def test_an_estimate_follows_the_bandwidth_where_that_is_the_limit() -> None:
    """At 10 FLOP/B an L4 with 300.1 GB/s allows 3.001 TFLOP/s, the H200 with 4800 GB/s 48. Half of it was reached."""
    row = of("l4", result("h200", 24e12, bytes=2.4e12))
    assert row["rate"] == pytest.approx(1.5005e12)


def test_an_estimate_comes_from_the_nearest_chip_of_the_same_kind() -> None:
    near, far = result("l40s", 0.5 * 362.05e12, run_id="a"), result("h200", 0.9 * 989.5e12, run_id="b")
    tpu = result("tpu-v5e", 0.99 * 197e12, backend="tpu", run_id="c")
    found = of("l4", near, far, tpu)
    assert found["rate"] == pytest.approx(0.5 * 121e12)
    trillium = hardware.chip("tpu-v6e")
    assert trillium is not None
    assert of("tpu-v6e", near, far, tpu)["rate"] == pytest.approx(0.99 * (trillium.peak("bf16") or 0))


def test_without_a_peak_or_a_result_of_the_kind_there_is_no_rate() -> None:
    found = set(table(result("h200", 5e14))["accelerator"])
    assert "l4" in found
    assert not found & {"t4", "a10g", "k80", "tpu-v5e", "bow-ipu", "trainium1"}


def test_fp16_stands_in_for_bf16_only_where_the_job_asks_for_no_dtype() -> None:
    any_dtype = Job("test", "A test", "matmul", ("square",), 1e18, amount="flops")
    row = of("v100-16gb", result("h200", 494.75e12), job=any_dtype)
    assert (row["rate_dtype"], row["rate"]) == ("fp16", pytest.approx(62.5e12))


def test_images_of_a_chip_that_shows_as_two_devices() -> None:
    """A TPU v3 chip is two JAX devices: 1000 images/s on one are 2000 on the chip."""
    times: dict[str, Any] = {"items": 1000.0, "items_per_s": 1000.0, "workload": "cnn", "variant": "resnet50 training"}
    row = of("tpu-v3", result("tpu-v3", 1e13, backend="tpu", **times), job=IMAGES)
    assert (row["rate"], row["basis"]) == (2000, "uploaded")
    assert "one of 2 devices of a chip" in row["how"]


def test_another_workload_says_nothing() -> None:
    assert table(result("h200", 5e14), job=IMAGES)["basis"].eq("published").all()


def test_no_results_at_all() -> None:
    frame = results.frame([]).assign(source=pd.Series([], dtype="str"))
    found = rates.table(JOB, frame, assumptions.load())
    assert set(found["basis"]) == {"published"}
    own = Job("x", "x", "bandwidth", ("triad",), 1e9)
    assert rates.table(own, frame, assumptions.load()).empty


def test_the_few_results_that_speak_give_the_same_rates_as_all() -> None:
    frame = results.frame([*results.shipped(), *sample_rows()])
    everything = frame.assign(source=["shipped", "uploaded"] * (len(frame) // 2) + ["shipped"] * (len(frame) % 2))
    few = rates.speaking(everything)
    assert len(few) < len(everything) / 2
    for job in jobs.jobs().values():
        for dtype in ("", "bf16"):
            wanted = job.in_dtype(dtype)
            values = assumptions.load()
            pd.testing.assert_frame_equal(rates.table(wanted, few, values), rates.table(wanted, everything, values))
