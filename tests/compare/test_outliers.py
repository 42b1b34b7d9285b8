"""What is pointed out as odd, by hand-made machines."""

from typing import Any

import pytest

from compute import results
from compute.compare.outliers import KINDS, outliers
from tests.samples import sample_row, sample_rows


def timed(rate: float, size: int = 1024, **changes: Any) -> results.Row:
    """A square product at this rate in FLOP/s."""
    flops = 2.0 * size**3
    case = {"case": f"matmul square fp32 {size}", "size": size, "flops": flops, "flop_per_s": rate}
    return sample_row(**case, median_s=flops / rate, items_per_s=rate / flops, **changes)


def room(*rates: float) -> list[results.Row]:
    return [timed(rate, run_id=f"20250131-1200{number:02d}-a") for number, rate in enumerate(rates)]


def found(rows: list[results.Row]) -> list[tuple[str, str]]:
    odd = outliers(results.frame(rows))
    return list(zip(odd["kind"], odd["case"], strict=True))


def test_ordinary_results_are_not_odd() -> None:
    assert found([row for row in sample_rows() if row["verdict"] != "invalid"]) == []


def test_nothing_measured_is_not_odd() -> None:
    assert found([]) == []


def test_an_invalid_row_keeps_its_reason() -> None:
    odd = outliers(results.frame(sample_rows()))
    [line] = odd.to_dict("records")
    assert (line["kind"], line["reason"]) == ("invalid", "171.8 TFLOP/s is above 1.02 times the peak.")


def test_above_the_peak_of_the_row() -> None:
    assert found([timed(1.03e12, peak_flop_per_s=1e12)]) == [("above the peak", "matmul square fp32 1024")]
    assert found([timed(1.02e12, peak_flop_per_s=1e12)]) == []


def test_a_file_cannot_raise_the_peak_of_a_known_chip() -> None:
    odd = outliers(results.frame([timed(9e13, chip="h200", peak_flop_per_s=1e15)]))
    assert odd["reason"][0].startswith("1.35 times the dense peak of the chip in fp32")


def test_a_point_far_from_both_its_neighbours_is_off_its_curve() -> None:
    rates = {64: 1e9, 128: 8e9, 256: 5e10, 512: 1e10, 1024: 6e10}
    odd = outliers(results.frame([timed(rate, size) for size, rate in rates.items()]))
    assert list(zip(odd["kind"], odd["case"], strict=True)) == [
        ("off its curve", "matmul square fp32 256"),
        ("off its curve", "matmul square fp32 512"),
    ]
    assert odd["reason"][0] == "5 times the nearer of its two neighbours on the curve."
    assert odd["reason"][1] == "0.2 times the nearer of its two neighbours on the curve."


def test_a_curve_that_rises_and_levels_off_is_fine() -> None:
    assert found([timed(rate, size) for size, rate in ((64, 1e8), (128, 1e9), (256, 1e11), (512, 1e11))]) == []


def test_the_ends_of_a_curve_are_not_judged() -> None:
    assert found([timed(1e9, 64), timed(1e10, 128), timed(1e9, 256)]) == [("off its curve", "matmul square fp32 128")]


def test_one_of_six_alike_is_unlike_its_kind() -> None:
    odd = outliers(results.frame(room(1.0e11, 1.01e11, 0.99e11, 1.0e11, 1.02e11, 0.5e11)))
    [line] = odd.to_dict("records")
    assert (line["kind"], line["run_id"]) == ("unlike its kind", "20250131-120005-a")
    assert line["reason"] == "0.5 times the median of the 6 machines of its kind."
    assert line["expected"] == pytest.approx(1e11)


def test_four_machines_are_too_few_for_a_median() -> None:
    assert found(room(1e11, 1e11, 1e11, 0.5e11)) == []


def test_machines_that_differ_widely_make_nobody_odd() -> None:
    assert found(room(1e11, 2e11, 4e11, 0.5e11, 0.25e11, 8e11)) == []


def test_other_cores_are_another_kind() -> None:
    rows = room(1e11, 1e11, 1e11, 1e11, 1e11)
    assert found([*rows, timed(8e11, run_id="20250131-130000-a", cpu_count=16.0)]) == []


def test_the_worst_kind_comes_first() -> None:
    rows = [*sample_rows(), timed(2e12, 4096, peak_flop_per_s=1e12)]
    assert [KINDS.index(kind) for kind, _ in found(rows)] == [0, 1]
