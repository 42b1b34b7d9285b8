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

MATCH = ["workload", "variant", "dtype", "size", "mode", "params"]
"""Rows of two runs are compared when they agree in these."""

_RATIO_COLUMNS = ["machine", "run_id", "case", *MATCH, "baseline_s", "median_s"]
_RATIO_COLUMNS += ["ratio", "ratio_low", "ratio_high", "verdict", "note"]
_LEFT_OUT_COLUMNS = ["machine", "run_id", "case", "mode", "status", "verdict", "reason"]


def ratios(frame: pd.DataFrame, baseline: str) -> pd.DataFrame:
    """How many times as fast as the baseline each other run is, one row per case that both can show.

    `baseline` is a run_id; raises KeyError if the frame has no such run. `ratio` is the ratio of the rates,
    that is the baseline's median_s over this run's; above 1 is faster than the baseline. `ratio_low` and
    `ratio_high` are what the 95 % intervals of the two medians allow at worst (low / high and high / low),
    which is wider than a 95 % interval of the ratio. `verdict` is same (the interval lies within ±3 %),
    faster, slower, or cannot tell (the interval holds 1 and more than ±3 %, or is unknown). Where a row has fewer
    batches than an interval needs, the interval is doubled on both sides. `note` says so, and where the two did
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
    batches = pairs[["batches", "batches_base"]].min(axis=1)
    few = batches < ENOUGH_FOR_INTERVAL
    pairs["ratio_low"] = pairs["ratio_low"].mask(few, pairs["ratio_low"] / FEW_BATCHES)
    pairs["ratio_high"] = pairs["ratio_high"].mask(few, pairs["ratio_high"] * FEW_BATCHES)
    pairs["verdict"] = [judge(low, high) for low, high in zip(pairs["ratio_low"], pairs["ratio_high"], strict=True)]
    told = zip(pairs["arithmetic"], pairs["arithmetic_base"], batches, strict=True)
    pairs["note"] = [_note(ran, base, few) for ran, base, few in told]
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
    partners = set(_match_keys(frame[good & frame["run_id"].eq(baseline)]))
    matched = pd.Series([match in partners for match in _match_keys(frame)], index=frame.index, dtype=bool)
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


def _match_keys(rows: pd.DataFrame) -> list[tuple[Any, ...]]:
    return list(rows[MATCH].fillna({"params": ""}).itertuples(index=False, name=None))


def _note(ran: Any, base: Any, batches: float) -> str:
    notes = [f"only {batches:.0f} batches"] if batches < ENOUGH_FOR_INTERVAL else []
    if not (pd.isna(ran) or pd.isna(base) or ran == base):
        notes.append(f"ran in {ran}, the baseline in {base}")
    return "; ".join(notes)


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
