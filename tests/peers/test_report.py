"""The arithmetic and the words of the ratio table, by hand."""

import csv
from pathlib import Path

import pytest

from tests.peers.checks import clock_findings, spread_finding, spread_ratio
from tests.peers.report import Book, Finding, compared, table


def test_the_ratio_is_the_median_over_rounds_against_the_fastest_of_the_round() -> None:
    found = compared("contest", "best of two", "x/s", [10, 12, 9], [[8, 6, 9], [5, 8, 6]], target=1.3)
    # fastest: 8, 8, 9; ours over it: 1.25, 1.5, 1.0
    assert (found.ratio, found.low, found.high) == (1.25, 1.0, 1.5)
    assert (found.rate, found.best, found.rounds) == (8, 9, 3)
    assert found.best_ratio == pytest.approx(12 / 9)
    assert found.verdict == "MISSED"


def test_rounds_that_do_not_pair_up_are_no_ratio() -> None:
    with pytest.raises(ValueError, match="shorter"):
        compared("contest", "it", "x/s", [1.0, 2.0], [[1.0]])


@pytest.mark.parametrize(
    ("bound", "ratio", "verdict"),
    [
        ("at least", 1.05, "reached"),
        ("at least", 1.049, "MISSED"),
        ("at most", 1.05, "reached"),
        ("at most", 1.051, "MISSED"),
    ],
)
def test_a_target_is_reached_or_missed(bound: str, ratio: float, verdict: str) -> None:
    assert Finding("contest", "it", ratio=ratio, target=1.05, bound=bound).verdict == verdict


@pytest.mark.parametrize(
    ("ratio", "verdict"), [(0.99, "reached"), (1.01, "reached"), (0.97, "MISSED"), (1.03, "MISSED")]
)
def test_clocks_agree_on_both_sides(ratio: float, verdict: str) -> None:
    assert Finding("clocks", "it", ratio=ratio, target=0.02, bound="within").verdict == verdict


def test_without_a_target_or_a_ratio_there_is_no_verdict() -> None:
    assert Finding("contest", "it", ratio=1.0).verdict == ""
    assert Finding("contest", "it", target=1.0, note="failed: no such thing").verdict == ""


def test_the_table_says_what_is_known_and_what_failed() -> None:
    lines = table(
        [
            Finding("matmul", "torch", "GFLOP/s", 1234.5, 1300.0, 0.98, 0.97, 0.99, 1.0, 9, 0.97),
            Finding("matmul", "numpy", target=1.0, note="failed: ImportError: numpy"),
        ]
    ).splitlines()
    words = "matmul: torch 1,234 1,300 GFLOP/s 0.980 0.970 to 0.990 1.000 at least 0.97: reached"
    assert " ".join(lines[1].split()) == words
    assert lines[2].split(None, 2)[2] == "at least 1: not known. failed: ImportError: numpy"


def test_the_file_has_every_line_before_the_run_has_ended(tmp_path: Path) -> None:
    path = tmp_path / "peers.csv"
    book = Book(path)
    book.add(Finding("matmul", "torch", ratio=0.5, target=1.0), Finding("matmul", "numpy"))
    with path.open(newline="") as file:
        rows = list(csv.DictReader(file))
    assert [(row["contender"], row["ratio"], row["verdict"]) for row in rows] == [
        ("torch", "0.5", "MISSED"),
        ("numpy", "", ""),
    ]
    assert [finding.contender for finding in book.judged] == ["torch"]


def test_a_clock_is_judged_by_paired_rounds() -> None:
    [found] = clock_findings("clocks", {"ours": [1.0, 2.0, 4.0], "theirs": [1.0, 1.0, 4.0]})
    assert (found.contender, found.ratio, found.bound, found.verdict) == ("theirs", 1.0, "within", "reached")
    assert (found.rate, found.unit) == (1e3, "ms")


def test_the_spread_is_the_range_over_the_median() -> None:
    found = spread_finding("spread", [1.00, 1.01, 0.99])
    assert found.ratio == pytest.approx(0.02)
    assert spread_finding("spread", [1.00, 1.02, 0.99]).verdict == "MISSED"


def test_the_spread_beside_another_clocks_spread() -> None:
    found = spread_ratio("spread", [1.00, 1.01, 0.99], [1.00, 1.05, 0.95])
    assert found.ratio == pytest.approx(0.2)
    assert found.verdict == "reached"
    assert "2.0 % / 10.0 %" in found.note
    assert spread_ratio("spread", [1.00, 1.06, 1.0], [1.00, 1.05, 0.95]).verdict == "MISSED"
    assert spread_ratio("spread", [1.00, 1.01, 0.99], [1.0, 1.0, 1.0]).verdict == ""
