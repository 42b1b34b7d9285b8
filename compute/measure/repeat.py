"""The rows of several fresh processes as one.

What a process does not change while it lives (where its memory lies, which kernels it chose, who its neighbours were)
no batch inside it can show. So a case measured in several processes is told as one row: the median of their medians,
and beside the spread within the processes the spread between them.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Sequence
from statistics import median
from typing import Any

from compute.results import Row

# From good to bad: what is said of all is the worst that is said of one.
_VERDICTS = ("steady", "noisy", "unstable", "invalid")
_STOPS = ("converged", "settled", "budget", "cancelled")
# How many shapes a search tried says nothing about which one it found.
_SEARCH = re.compile(r";?tried=\d+")
_TIMES = ("median_s", "ci_low_s", "ci_high_s", "q1_s", "q3_s", "min_s")
_MEDIANS = ("q1_s", "q3_s", "doubling", "trace_s", "lower_s", "compile_s", "first_call_s")
_LOWEST = ("ci_low_s", "min_s", "products")
_HIGHEST = ("ci_high_s", "drift", "check_error", "fingerprint", "steal", "peak_memory_gib")


def merge(rows: Sequence[Row]) -> Row:
    """One row for a case and mode that several processes of a run measured.

    ``median_s`` is the median of the processes' medians, and the interval is from the lowest to the highest end of
    theirs. Where the processes did different amounts of work (a search found different winners), their times are
    scaled to the work of the first.
    Whatever a single figure must stand for is the worst: verdict, reason to stop, error, drift, stolen time. Rows that
    are still being measured are left out while there are others. The cache is that of the first process.

    Args:
        rows: the processes' rows, in the order of the processes; at least one.
    """
    measured = [row for row in rows if row.get("status") == "measured" and (_number(row, "median_s") or 0) > 0]
    used = [row for row in measured if row.get("stop")] or measured
    if not used:
        return rows[0]
    merged = dict(used[-1])
    first = used[0]
    scaled = [_scaled(row, first) for row in used]
    merged |= {name: first.get(name) for name in ("size", "params", "flops", "bytes", "items", "need_gib", "cache")}
    for names, of in ((_MEDIANS, median), (_LOWEST, min), (_HIGHEST, max)):
        merged |= {name: _over(of, scaled, name) for name in names}
    medians = [row["median_s"] for row in scaled]
    merged["median_s"] = median(medians)
    merged["batches"] = _over(sum, used, "batches")
    merged["verdict"] = _worst(_VERDICTS, used, "verdict")
    merged["stop"] = _worst(_STOPS, used, "stop")
    merged["throttle"] = _throttle(used)
    merged["processes"] = len(used)
    if len(used) > 1:
        low, high = min(medians), max(medians)
        between = {"process_low_s": low, "process_high_s": high, "process_spread": (high - low) / merged["median_s"]}
        merged |= between
    for amount, rate in (("flops", "flop_per_s"), ("items", "items_per_s")):
        if (done := _number(merged, amount)) is not None:
            merged[rate] = done / merged["median_s"]
    missing = [row for row in rows if row not in measured]
    merged["reason"] = _reasons(used, missing)
    return merged


def _number(row: Row, name: str) -> float | int | None:
    """What a row says under a name, if it is a number: a log may hold anything."""
    value = row.get(name)
    return value if isinstance(value, int | float) else None


def _scaled(row: Row, base: Row) -> Row:
    """The row's times for the work of the base, at the row's own rate."""
    ours, theirs = _number(row, "flops"), _number(base, "flops")
    if not ours or not theirs or ours == theirs:
        return row
    return row | {name: time * theirs / ours for name in _TIMES if (time := _number(row, name)) is not None}


def _over(of: Callable[[list[Any]], Any], rows: Iterable[Row], name: str) -> Any:
    """A function of what the rows say under a name; None where none says anything."""
    values = [value for row in rows if (value := _number(row, name)) is not None]
    return of(values) if values else None


def _worst(order: tuple[str, ...], rows: Sequence[Row], name: str) -> str | None:
    """The worst word of the rows; None as soon as one says nothing."""
    words = [row.get(name) for row in rows]
    return max(words, key=order.index) if all(word in order for word in words) else None


def _throttle(rows: Sequence[Row]) -> str | None:
    """All reasons that any process saw, once each."""
    told = [row["throttle"] for row in rows if isinstance(row.get("throttle"), str)]
    reasons = dict.fromkeys(reason for text in told if text != "none" for reason in text.split(", "))
    return ", ".join(reasons) or ("none" if told else None)


def _reasons(used: Sequence[Row], missing: Sequence[Row]) -> str | None:
    """Every reason once, then which winners a search found, then how many processes have no timing and why."""
    told = [str(row["reason"]) for row in used if row.get("reason")]
    winners = [f"{row.get('size')} {_SEARCH.sub('', str(row.get('params') or ''))}".strip() for row in used]
    if len(set(winners)) > 1:
        told.append(
            f"The processes found different winners ({', '.join(winners)}); times are for the work of the first."
        )
    if missing:
        total = len(missing) + len(used)
        told.append(f"{len(missing)} of {total} processes have no timing: {missing[0].get('reason')}")
    return " ".join(dict.fromkeys(told)) or None
