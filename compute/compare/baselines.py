"""One machine against another: ratios with their confidence, what stays out, and files put together."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Any

import pandas as pd

from compute.compare.headlines import best, machine_name, machines, names, once, usable
from compute.measure.timing import ENOUGH_FOR_INTERVAL
from compute.results import COLUMN, Problem, Row, key, shown

__all__ = ["Merged", "best", "left_out", "machine_name", "machines", "merge", "names", "ratios"]

SAME = 0.03
"""A difference that nobody has to care about: an interval within 1/1.03 … 1.03 counts as the same."""

FEW_BATCHES = 2.0
"""A range of a few batches is no interval: neighbours on the same machine are known to double a time."""

ENOUGH_PROCESSES = 3
"""From so many fresh processes on each side, the processes are compared instead of the batches inside them."""

MATCH = ["workload", "variant", "dtype", "size", "mode", "params"]
"""Rows of two runs are compared when they agree in these."""

_RATIO_COLUMNS = ["machine", "run_id", "case", *MATCH, "baseline_s", "median_s"]
_RATIO_COLUMNS += ["ratio", "ratio_low", "ratio_high", "verdict", "note"]
_LEFT_OUT_COLUMNS = ["machine", "run_id", "case", "mode", "status", "verdict", "reason"]


def ratios(frame: pd.DataFrame, baseline: str) -> pd.DataFrame:
    """How many times as fast as the baseline each other run is, one row per case that both can show.

    `baseline` is a run_id; raises KeyError if the frame has no such run. `ratio` is the ratio of the rates,
    that is the baseline's median_s over this run's; above 1 is faster than the baseline. `ratio_low` and
    `ratio_high` are the worst that two intervals of time allow: low / high and high / low. `verdict` is same (they
    lie within ±3 %), faster, slower, or cannot tell (they hold 1 and more than ±3 %, or are unknown). No assumption is
    made on how times are distributed:

    - One process on either side: the 95 % interval of each median from order statistics (sign test; Conover,
      Practical Nonparametric Statistics, 3rd ed., 3.2; Hettmansperger and McKean, Robust Nonparametric Statistical
      Methods, ch. 1). For independent batches both hold their medians in at least 0.95² = 90 % of all cases, and the
      ratio lies between ratio_low and ratio_high then. Where the noise is about normal and alike, two such intervals
      that do not touch are a difference at about 99 %, so this is stricter than an interval made for the ratio (Price
      and Bonett 2002), on purpose: batches of one process share whatever that process was dealt.
    - At least three processes on each side: the range of the processes' medians. The ranges do not touch exactly when
      the rank-sum statistic of Wilcoxon, Mann and Whitney is at its extreme (Conover, 5.1): between equal machines
      that happens with a probability of 2 / C(m + n, n), 10 % for three against three, 0.8 % for five against five.

    An unstable timing counts with its quartiles. Where a row has fewer batches than an interval needs, the interval is
    doubled on both sides. `note` says on what the verdict rests where that is not the batches, and where the two did
    not run the same arithmetic. Only usable rows are compared; the others are in `left_out`.
    """
    frame = once(frame)
    _known(frame, baseline)
    rows = _bounded(frame[usable(frame)])
    ours = rows[rows["run_id"].eq(baseline)]
    others = rows[rows["run_id"].ne(baseline)]
    pairs = others.merge(ours, on=MATCH, suffixes=("", "_base"))
    pairs["machine"] = pairs["run_id"].map(names(frame))
    pairs["baseline_s"] = pairs["median_s_base"]
    pairs["ratio"] = pairs["median_s_base"] / pairs["median_s"]
    pairs["ratio_low"] = pairs["low_base"] / pairs["high"]
    pairs["ratio_high"] = pairs["high_base"] / pairs["low"]
    processes = pairs[["processes", "processes_base"]].min(axis=1, skipna=False)
    between = processes >= ENOUGH_PROCESSES
    pairs["ratio_low"] = pairs["ratio_low"].mask(between, pairs["process_low_s_base"] / pairs["process_high_s"])
    pairs["ratio_high"] = pairs["ratio_high"].mask(between, pairs["process_high_s_base"] / pairs["process_low_s"])
    batches = pairs[["batches", "batches_base"]].min(axis=1)
    few = (batches < ENOUGH_FOR_INTERVAL) & ~between
    pairs["ratio_low"] = pairs["ratio_low"].mask(few, pairs["ratio_low"] / FEW_BATCHES)
    pairs["ratio_high"] = pairs["ratio_high"].mask(few, pairs["ratio_high"] * FEW_BATCHES)
    pairs["verdict"] = [judge(low, high) for low, high in zip(pairs["ratio_low"], pairs["ratio_high"], strict=True)]
    rests = [_rests_on(*counts) for counts in zip(batches, few, processes, between, strict=True)]
    told = zip(rests, pairs["arithmetic"], pairs["arithmetic_base"], strict=True)
    pairs["note"] = ["; ".join(part for part in (rest, _mixed(ran, base)) if part) for rest, ran, base in told]
    return pairs[_RATIO_COLUMNS]


def judge(low: float, high: float) -> str:
    """same, faster, slower or cannot tell, from the interval of a ratio; NaN = the interval is unknown."""
    if low >= 1 / (1 + SAME) and high <= 1 + SAME:
        return "same"
    if low > 1:
        return "faster"
    if high < 1:
        return "slower"
    return "cannot tell"


def left_out(frame: pd.DataFrame, baseline: str) -> pd.DataFrame:
    """The rows that `ratios` does not compare, each with its reason.

    These are all skipped, failed and invalid rows, and the usable ones for which the baseline has no usable
    counterpart. Raises KeyError if the frame has no run with the id `baseline`.
    """
    frame = once(frame)
    _known(frame, baseline)
    good = usable(frame)
    cases = frame[MATCH].fillna({"params": ""})
    partners = cases[good & frame["run_id"].eq(baseline)].drop_duplicates()
    found = cases.merge(partners, on=MATCH, how="left", indicator="found")["found"]
    matched = pd.Series(found.eq("both").to_numpy(), index=frame.index)
    lonely = good & frame["run_id"].ne(baseline) & ~matched
    rows = frame[~good | lonely]
    reasons = [
        "The baseline has no usable result for this case." if alone else _reason(status, reason)
        for alone, status, reason in zip(lonely[rows.index], rows["status"], rows["reason"], strict=True)
    ]
    rows = rows.assign(machine=rows["run_id"].map(names(frame)), reason=reasons)
    return rows[_LEFT_OUT_COLUMNS].reset_index(drop=True)


def _known(frame: pd.DataFrame, baseline: str) -> None:
    if not frame["run_id"].eq(baseline).any():
        raise KeyError(f"no run {baseline!r} among the results")


def _bounded(rows: pd.DataFrame) -> pd.DataFrame:
    """The rows with `low` and `high`: the interval of the median, widened to the quartiles if unstable.

    An unstable timing moves by more than its interval says.
    """
    unstable = rows["verdict"].eq("unstable")
    low = rows["ci_low_s"].mask(unstable, rows[["ci_low_s", "q1_s"]].min(axis=1, skipna=False))
    high = rows["ci_high_s"].mask(unstable, rows[["ci_high_s", "q3_s"]].max(axis=1, skipna=False))
    return rows.assign(low=low, high=high, params=rows["params"].fillna("")).drop_duplicates(["run_id", *MATCH])


def _rests_on(batches: float, few: bool, processes: float, between: bool) -> str:
    """On what a verdict rests, where that is not an interval from batches."""
    if between:
        return f"from at least {processes:.0f} processes each"
    return f"only {batches:.0f} batches" if few else ""


def _mixed(ran: Any, base: Any) -> str:
    same = pd.isna(ran) or pd.isna(base) or ran == base
    return "" if same else f"ran in {ran}, the baseline in {base}"


def _reason(status: str, reason: Any) -> str:
    word = "Invalid" if status == "measured" else status.capitalize()
    return f"{word}." if pd.isna(reason) else f"{word}: {reason}"


# --- files put together -------------------------------------------------------------------------------------


@dataclass(frozen=True)
class Merged:
    """Rows of several files as one: how many were repeated, and which contradict each other."""

    rows: list[Row]
    repeated: int
    conflicts: list[Problem]


def merge(files: Iterable[tuple[str, Sequence[Row]]]) -> Merged:
    """Puts (name, rows) of several files together, in order.

    The first row of each (run, case, mode) stays. A repeated one is dropped, and reported if it differs in
    one of COLUMNS.
    """
    kept: dict[tuple[Any, ...], tuple[str, Row]] = {}
    repeated = 0
    conflicts: list[Problem] = []
    for name, rows in files:
        for row in rows:
            if key(row) not in kept:
                kept[key(row)] = name, row
                continue
            repeated += 1
            first, original = kept[key(row)]
            differing = [column for column in COLUMN if original.get(column) != row.get(column)]
            if differing:
                conflicts.append(_conflict(differing[0], first, original, name, row))
    return Merged([row for _, row in kept.values()], repeated, conflicts)


def _conflict(column: str, first: str, original: Row, second: str, row: Row) -> Problem:
    where = f"{shown(str(row['case']))} ({row['mode']}) in {shown(second)}"
    return Problem(
        None,
        column,
        f"{shown(str(row.get(column)))} for {where}",
        f"{shown(str(original.get(column)))}, as in {shown(first)}",
        f"The row of {shown(first)} is kept; leave that file out to use the other.",
    )
