"""The birth certificate of a result, and the command that measures it again."""

import shlex

import pytest

from compute.__main__ import _parser
from compute.compare import certificate
from compute.results import frame
from tests.samples import sample_row, sample_rows


def facts(**changes: object) -> dict[str, str]:
    row = frame([sample_row(**changes)]).iloc[0].to_dict()
    return {name: words for part in certificate.of(row).values() for name, words in part}


def test_it_says_what_where_how_and_how_sure() -> None:
    found = facts(driver="1.2.3", process_spread=0.031)
    assert found["Rate"] == "215 GFLOP/s"
    assert found["Time of a step"] == "10.0 ms, 95 % between 9.90 ms and 10.1 ms"
    assert found["Driver"] == "1.2.3"
    assert found["JAX"] == "0.10.2"
    assert found["Timed"] == "12 batches of 4 and 8 steps"
    assert found["Stopped because"] == "converged"
    assert found["Verdict"] == "steady"
    assert found["Between processes"] == "3.1% of the median"
    assert found["Measured"] == "2025-01-31 12:00:00 UTC"


def test_what_a_row_does_not_say_is_left_out() -> None:
    skipped = next(row for row in sample_rows() if row["status"] == "skipped")
    row = frame([skipped]).iloc[0].to_dict()
    names = [name for part in certificate.of(row).values() for name, _ in part]
    assert "Rate" not in names
    assert "Driver" not in names
    assert ("Verdict", "skipped") in certificate.of(row)["Result"]


@pytest.mark.parametrize("mode", ["stream", "call"])
def test_the_command_is_one_that_the_command_line_takes(mode: str) -> None:
    size = {"stream": 1024, "call": 64}[mode]
    words = shlex.split(certificate.command(sample_row(case=f"matmul square fp32 {size}", mode=mode, processes=3)))
    options = _parser().parse_args(words[3:])
    assert (options.case, options.mode, options.suite) == ([f"matmul square fp32 {size}"], mode, "quick")
    assert (options.repeat, options.out) == (3, "again.csv")


@pytest.mark.parametrize("case", ["'; rm -rf ~", "$(reboot)", "matmul square fp32 1024 --out /etc/passwd", ""])
def test_a_stranger_s_case_is_no_command(case: str) -> None:
    assert certificate.command(sample_row(case=case)) == ""


def test_a_suite_that_nobody_has_becomes_the_full_one() -> None:
    assert "--suite full" in certificate.command(sample_row(suite="custom"))
