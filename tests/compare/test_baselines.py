"""Ratios to a baseline, what stays out, and files put together."""

from __future__ import annotations

import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from compute import results
from compute.compare import baselines
from compute.results import Row, frame
from tests.samples import CPU_RUN, GPU_RUN, sample_row, sample_rows

ROWS = sample_rows()
FRAME = frame(ROWS)
OPPOSITE = {"faster": "slower", "slower": "faster", "same": "same", "cannot tell": "cannot tell"}


def timed(run_id: str, low: float | None, median: float, high: float | None, verdict: str = "steady") -> Row:
    return sample_row(run_id=run_id, ci_low_s=low, median_s=median, ci_high_s=high, verdict=verdict)


def compared(ours: Row, theirs: Row) -> pd.Series:
    """The one comparison of `theirs` against the baseline `ours`."""
    table = baselines.ratios(frame([ours, theirs]), ours["run_id"])
    assert len(table) == 1
    return table.iloc[0]


# --- ratios -------------------------------------------------------------------------------------------------


def test_too_few_batches_decide_nothing() -> None:
    """The range of five batches is narrower than a 95 % interval of the median: it may not be called a difference."""
    ours, theirs = sample_row(run_id="a", batches=12), sample_row(run_id="b", batches=12)
    slow = {name: 2 * theirs[name] for name in ("median_s", "ci_low_s", "ci_high_s", "q1_s", "q3_s", "min_s")}
    rates = {name: theirs[name] / 2 for name in ("flop_per_s", "items_per_s")}
    theirs |= slow | rates
    assert baselines.ratios(results.frame([ours, theirs]), "a")["verdict"].tolist() == ["slower"]
    compared = baselines.ratios(results.frame([ours, theirs | {"batches": 5}]), "a")
    assert compared["verdict"].tolist() == ["cannot tell"]
    assert compared["note"].tolist() == ["only 5 batches"]
    compared = baselines.ratios(results.frame([ours | {"batches": 2}, theirs]), "a")
    assert compared["note"].tolist() == ["only 2 batches"]


def test_few_batches_still_show_a_large_difference() -> None:
    ours, theirs = sample_row(run_id="a", batches=2), sample_row(run_id="b", batches=2)
    times = ("median_s", "ci_low_s", "ci_high_s", "q1_s", "q3_s", "min_s")
    theirs |= {name: 10 * theirs[name] for name in times}
    theirs |= {name: theirs[name] / 10 for name in ("flop_per_s", "items_per_s")}
    [row] = baselines.ratios(results.frame([ours, theirs]), "a").to_dict("records")
    assert row["verdict"] == "slower"
    assert row["ratio_high"] == pytest.approx(2 * ours["ci_high_s"] / theirs["ci_low_s"])


def test_a_ratio_by_hand() -> None:
    """2.0 s (1.9 to 2.1) against 1.0 s (0.9 to 1.2): 2 times as fast, between 1.9 / 1.2 and 2.1 / 0.9."""
    pair = compared(timed("a", 1.9, 2.0, 2.1), timed("b", 0.9, 1.0, 1.2))
    assert pair["ratio"] == pytest.approx(2.0)
    assert pair["ratio_low"] == pytest.approx(1.9 / 1.2)
    assert pair["ratio_high"] == pytest.approx(2.1 / 0.9)
    assert pair["verdict"] == "faster"
    assert (pair["run_id"], pair["baseline_s"], pair["median_s"]) == ("b", 2.0, 1.0)


@pytest.mark.parametrize(
    ("low", "high", "verdict"),
    [
        (1.01, 1.5, "faster"),
        (1.01, 1.02, "same"),
        (0.98, 1.02, "same"),
        (1 / 1.03, 1.03, "same"),
        (0.98, 1.04, "cannot tell"),
        (0.5, 2.0, "cannot tell"),
        (1.0, 1.5, "cannot tell"),
        (0.5, 0.99, "slower"),
        (float("nan"), 2.0, "cannot tell"),
        (float("nan"), float("nan"), "cannot tell"),
    ],
)
def test_the_verdict_of_an_interval(low: float, high: float, verdict: str) -> None:
    assert baselines.judge(low, high) == verdict


def repeated(run_id: str, low: float, median: float, high: float, processes: int = 3) -> Row:
    """A run of several processes whose medians go from low to high; the intervals inside them are wider."""
    between = {"processes": processes, "process_low_s": low, "process_high_s": high}
    return timed(run_id, 0.9 * low, median, 1.1 * high) | between


def test_processes_decide_where_both_have_three() -> None:
    """2.0 to 2.1 s against 1.8 to 1.9 s: the slowest process of one is faster than the fastest of the other."""
    pair = compared(repeated("a", 2.0, 2.05, 2.1), repeated("b", 1.8, 1.85, 1.9, processes=5))
    assert (pair["ratio_low"], pair["ratio_high"]) == (pytest.approx(2.0 / 1.9), pytest.approx(2.1 / 1.8))
    assert (pair["verdict"], pair["note"]) == ("faster", "from at least 3 processes each")


def test_ranges_of_processes_that_touch_decide_nothing() -> None:
    assert compared(repeated("a", 1.85, 2.0, 2.1), repeated("b", 1.8, 1.85, 1.9))["verdict"] == "cannot tell"


def test_two_processes_are_too_few_to_stand_for_themselves() -> None:
    """Their intervals, 1.8 to 2.31 s against 1.62 to 2.09 s, hold each other."""
    pair = compared(repeated("a", 2.0, 2.05, 2.1), repeated("b", 1.8, 1.85, 1.9, processes=2))
    assert (pair["verdict"], pair["note"]) == ("cannot tell", "")
    assert pair["ratio_low"] == pytest.approx(1.8 / 2.09)


def test_without_an_interval_nobody_can_tell() -> None:
    pair = compared(timed("a", None, 2.0, None), timed("b", 0.99, 1.0, 1.01))
    assert pair["ratio"] == 2.0
    assert pair["verdict"] == "cannot tell"


def test_an_unstable_timing_counts_with_its_quartiles() -> None:
    steady, slow = timed("a", 1.09, 1.1, 1.11), timed("b", 0.99, 1.0, 1.01) | {"q1_s": 0.7, "q3_s": 1.4}
    assert compared(steady, slow)["verdict"] == "faster"
    unstable = compared(steady, slow | {"verdict": "unstable"})
    assert unstable["ratio_low"] == pytest.approx(1.09 / 1.4)
    assert unstable["verdict"] == "cannot tell"


def test_rows_match_by_workload_variant_dtype_size_mode_and_params() -> None:
    ours = sample_row(run_id="a")
    for column, other in (
        ("workload", "cnn"),
        ("variant", "tall"),
        ("dtype", "bf16"),
        ("size", 512),
        ("mode", "call"),
        ("params", "k=64"),
    ):
        theirs = sample_row(run_id="b", **{column: other})
        assert baselines.ratios(frame([ours, theirs]), "a").empty, column
    assert compared(ours | {"params": "k=64"}, sample_row(run_id="b", params="k=64"))["verdict"] == "same"


def test_each_run_is_compared_with_the_baseline_only() -> None:
    third = sample_row(run_id="third")
    table = baselines.ratios(frame([*ROWS, third]), CPU_RUN)
    assert set(table["run_id"]) == {GPU_RUN, "third"}
    gpu = table[table["run_id"].eq(GPU_RUN) & table["workload"].eq("matmul") & table["dtype"].eq("fp32")]
    assert gpu.set_index(["size", "mode"])["ratio"].round(6).to_dict() == {
        (64, "stream"): 100.0,
        (512, "stream"): 100.0,
        (1024, "stream"): 100.0,
        (64, "call"): 1.0,
        (64, "fused"): 2.0,
    }


def test_other_arithmetic_is_noted() -> None:
    pair = compared(sample_row(run_id="a"), sample_row(run_id="b", arithmetic="tf32"))
    assert pair["note"] == "ran in tf32, the baseline in fp32"
    assert compared(sample_row(run_id="a"), sample_row(run_id="b", arithmetic=None))["note"] == ""


def test_a_run_in_the_frame_twice_counts_once() -> None:
    twice = pd.concat([FRAME, FRAME], ignore_index=True)
    pd.testing.assert_frame_equal(baselines.ratios(twice, CPU_RUN), baselines.ratios(FRAME, CPU_RUN))
    pd.testing.assert_frame_equal(baselines.left_out(twice, CPU_RUN), baselines.left_out(FRAME, CPU_RUN))


def test_an_unknown_baseline_is_an_error() -> None:
    with pytest.raises(KeyError, match="nobody"):
        baselines.ratios(FRAME, "nobody")
    with pytest.raises(KeyError, match="nobody"):
        baselines.left_out(FRAME, "nobody")


def test_a_baseline_alone_gives_an_empty_table_with_the_same_columns() -> None:
    alone = FRAME[FRAME["run_id"].eq(CPU_RUN)]
    table = baselines.ratios(alone, CPU_RUN)
    assert table.empty
    assert list(table.columns) == list(baselines.ratios(FRAME, CPU_RUN).columns)


# --- what stays out -----------------------------------------------------------------------------------------


def test_what_is_left_out_says_why() -> None:
    table = baselines.left_out(FRAME, CPU_RUN)
    cpu = table[table["run_id"].eq(CPU_RUN)]
    assert cpu["reason"].tolist() == [
        "Skipped: It needs 12 GiB, and 8 GiB are free.",
        "Failed: The device ran out of memory.",
        "Invalid: 171.8 TFLOP/s is above 1.02 times the peak.",
    ]
    gpu = table[table["run_id"].eq(GPU_RUN)]
    assert set(gpu["reason"]) == {"The baseline has no usable result for this case."}
    assert len(gpu) == 3


def test_an_invalid_row_without_a_reason_is_still_called_invalid() -> None:
    table = baselines.left_out(frame([sample_row(run_id="a", verdict="invalid", reason=None)]), "a")
    assert table["reason"].tolist() == ["Invalid."]


def test_nothing_is_left_out_where_all_is_usable_and_matched() -> None:
    assert baselines.left_out(frame([sample_row(run_id="a"), sample_row(run_id="b")]), "a").empty


# --- properties ---------------------------------------------------------------------------------------------

MEDIAN = st.floats(1e-6, 1e3)
WIDTH = st.floats(0, 0.5)
RUN = st.tuples(MEDIAN, WIDTH, WIDTH, st.sampled_from(["steady", "noisy", "unstable", "invalid"]))
NAMES = ["a", "b", "c"]


def row_of(name: str, run: tuple[float, float, float, str]) -> Row:
    median, below, above, verdict = run
    return timed(name, median * (1 - below), median, median * (1 + above), verdict) | {
        "q1_s": median * 0.7,
        "q3_s": median * 1.3,
    }


@given(RUN, RUN)
@settings(max_examples=12)
def test_turning_the_comparison_round_turns_the_ratio_and_the_verdict(
    one: tuple[float, float, float, str], other: tuple[float, float, float, str]
) -> None:
    table = frame([row_of("a", one), row_of("b", other)])
    there, back = baselines.ratios(table, "a"), baselines.ratios(table, "b")
    assert there.empty == back.empty == ("invalid" in (one[3], other[3]))
    for (_, forward), (_, backward) in zip(there.iterrows(), back.iterrows(), strict=True):
        assert forward["ratio"] == pytest.approx(1 / backward["ratio"])
        assert forward["ratio_low"] == pytest.approx(1 / backward["ratio_high"])
        assert forward["ratio_low"] <= forward["ratio"] * (1 + 1e-12)
        assert forward["ratio"] <= forward["ratio_high"] * (1 + 1e-12)


@given(st.floats(0.01, 100), st.floats(1, 2))
@settings(max_examples=200)
def test_the_verdict_of_the_turned_interval_is_the_opposite(low: float, width: float) -> None:
    high = low * width
    near_an_edge = any(abs(end * edge - 1) < 1e-9 for end in (low, high) for edge in (1, 1.03, 1 / 1.03))
    if not near_an_edge:
        assert baselines.judge(1 / high, 1 / low) == OPPOSITE[baselines.judge(low, high)]


@given(RUN)
@settings(max_examples=10)
def test_a_machine_against_itself_is_never_faster_or_slower(run: tuple[float, float, float, str]) -> None:
    table = baselines.ratios(frame([row_of("a", run), row_of("b", run)]), "a")
    assert set(table["verdict"]) <= {"same", "cannot tell"}


@given(st.lists(st.tuples(st.sampled_from(NAMES), st.sampled_from(ROWS)), min_size=1, max_size=25))
@settings(max_examples=20)
def test_each_row_is_compared_or_left_out_and_never_both(picked: list[tuple[str, Row]]) -> None:
    rows = [*results.latest(row | {"run_id": name} for name, row in picked)]
    baseline = rows[0]["run_id"]
    table = frame(rows)
    inside, outside = baselines.ratios(table, baseline), baselines.left_out(table, baseline)
    usable_ours = [row for row in rows if row["run_id"] == baseline and row["verdict"] not in (None, "invalid")]
    assert len(inside) + len(outside) + len(usable_ours) == len(rows)
    keys = ["run_id", "case", "mode"]
    assert pd.concat([inside[keys], outside[keys]]).duplicated().sum() == 0


# --- files put together -------------------------------------------------------------------------------------


def test_merging_keeps_each_result_once_in_order() -> None:
    merged = baselines.merge([("a.csv", ROWS[:5]), ("b.csv", ROWS[3:])])
    assert merged == baselines.Merged(ROWS, 2, [])


def test_a_contradiction_is_reported_and_the_first_stays() -> None:
    first, second = sample_row(compile_s=1.0), sample_row(compile_s=2.0, first_call_s=9.0)
    merged = baselines.merge([("a.csv", [first]), ("b.csv", [second])])
    assert merged.rows == [first]
    assert merged.repeated == 1
    assert [str(conflict) for conflict in merged.conflicts] == [
        "Column compile_s: found `2.0` for `matmul square fp32 1024` (stream) in `b.csv`, expected `1.0`, "
        "as in `a.csv`. The row of `a.csv` is kept; leave that file out to use the other."
    ]


def test_extra_columns_do_not_contradict() -> None:
    merged = baselines.merge([("a.csv", [sample_row(room="1")]), ("b.csv", [sample_row(room="2")])])
    assert (merged.repeated, merged.conflicts) == (1, [])
    assert merged.rows[0]["room"] == "1"


@given(st.lists(st.lists(st.sampled_from(ROWS), max_size=10), max_size=4))
@settings(max_examples=50)
def test_merging_never_loses_a_result_and_reads_back(files: list[list[Row]]) -> None:
    merged = baselines.merge((f"{n}.csv", rows) for n, rows in enumerate(files))
    everything = [row for rows in files for row in rows]
    assert {results.key(row) for row in merged.rows} == {results.key(row) for row in everything}
    assert len(merged.rows) + merged.repeated == len(everything)
    assert results.read(results.to_csv(merged.rows).encode()).rows == merged.rows
