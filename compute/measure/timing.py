"""What the clock said: batches, their statistics, and when to stop.

A batch is K steps and one wait. Batches of K and of 2K steps alternate: if the second does not take about twice
the first, then some of the work was not done, however good the numbers look.
"""

from __future__ import annotations

import math
import statistics
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from functools import lru_cache
from time import perf_counter
from typing import Any

# Fewer batches than this cannot give a 95 % interval of the median at all: 1 - 2 * 0.5**5 is 94 %.
ENOUGH_FOR_INTERVAL = 6
ENOUGH_TO_STOP = 10
_SETTLED_WINDOW = 8
_SETTLED_CHANGE = 0.05


@dataclass(frozen=True)
class Effort:
    """How hard to try for one case: seconds of warm-up, of one batch and in all; half-width of the interval."""

    warm_s: float
    batch_s: float
    target: float
    case_s: float


_EFFORTS = {
    "quick": Effort(warm_s=0.05, batch_s=0.02, target=0.03, case_s=1.5),
    "standard": Effort(warm_s=0.3, batch_s=0.1, target=0.01, case_s=3.0),
    "full": Effort(warm_s=0.5, batch_s=0.1, target=0.01, case_s=5.0),
}


# An accelerator is quiet: on an H200 the middle half of a case's batches spread over 0.4 % (median of the 117 cases of
# a full suite), where two cores of a rented CPU show 10 % and more. So a third of the batch and of the warm-up will do.
_ACCELERATOR_EFFORTS = {
    "quick": Effort(warm_s=0.05, batch_s=0.02, target=0.03, case_s=0.7),
    "standard": Effort(warm_s=0.1, batch_s=0.03, target=0.01, case_s=1.0),
    "full": Effort(warm_s=0.15, batch_s=0.03, target=0.01, case_s=1.5),
}


def effort(suite: str, backend: str) -> Effort:
    """How hard a suite (``quick``, ``standard`` or ``full``) tries for one case on this backend."""
    return (_EFFORTS if backend == "cpu" else _ACCELERATOR_EFFORTS)[suite]


@dataclass
class Samples:
    """Seconds per step of every batch, in the order they were taken, and the same split by batch length."""

    steps: int = 1
    single: list[float] = field(default_factory=list)
    double: list[float] = field(default_factory=list)
    all: list[float] = field(default_factory=list)
    half_widths: list[float] = field(default_factory=list)
    spent_s: float = 0.0

    def add(self, single_s: float, double_s: float) -> None:
        """Add one pair: the seconds that a batch of K and one of 2K steps took."""
        self.single.append(single_s)
        self.double.append(double_s)
        self.all += [single_s / self.steps, double_s / (2 * self.steps)]
        self.spent_s += single_s + double_s
        low, high = median_interval(self.all)
        self.half_widths.append((high - low) / 2 / statistics.median(self.all))


def median_interval(values: Sequence[float]) -> tuple[float, float]:
    """95 % confidence interval of the median from order statistics, free of any assumption on the noise.

    With fewer than six values no such interval exists and the range is returned, which is narrower than it
    should be; :func:`compute.measure.verdict.judge` says so. Source: David and Nagaraja, Order Statistics, 7.1.
    """
    ordered = sorted(values)
    rank = _interval_rank(len(ordered))
    return ordered[rank], ordered[-1 - rank]


@lru_cache(maxsize=1024)
def _interval_rank(n: int) -> int:
    """Index r of the sorted values such that P(fewer than r + 1 of n lie below the median) <= 2.5 %."""
    tail, rank = 0.0, 0
    for below in range(n // 2):
        tail += math.comb(n, below) / 2**n
        if tail > 0.025:
            break
        rank = below
    return rank


def quartiles(values: Sequence[float]) -> tuple[float, float]:
    """First and third quartile; both the value itself when there is only one."""
    if len(values) < 2:
        return values[0], values[0]
    first, _, third = statistics.quantiles(values, n=4, method="inclusive")
    return first, third


def drift(values: Sequence[float]) -> float:
    """Median of the last third over that of the first third, minus one: above zero it got slower."""
    third = len(values) // 3
    if third < 2:
        return 0.0
    return statistics.median(values[-third:]) / statistics.median(values[:third]) - 1


def doubling(samples: Samples) -> tuple[float, float, float]:
    """T(2K) / T(K) from neighbouring batches: median of the pairs, and the pairs' interval."""
    ratios = [double / single for single, double in zip(samples.single, samples.double, strict=True)]
    return statistics.median(ratios), *median_interval(ratios)


def stop_reason(samples: Samples, effort: Effort) -> str:
    """Why measuring can end: ``converged``, ``settled`` (more batches no longer help), ``budget``, or ""."""
    widths = samples.half_widths
    if len(samples.all) >= ENOUGH_TO_STOP and widths[-1] <= effort.target:
        return "converged"
    if samples.spent_s >= effort.case_s and len(samples.all) >= ENOUGH_FOR_INTERVAL:
        return "budget"
    if len(widths) >= 3 * _SETTLED_WINDOW:
        window = widths[-_SETTLED_WINDOW:]
        if max(window) - min(window) <= _SETTLED_CHANGE * max(window):
            return "settled"
    return ""


def calibrate(batch: Callable[[int], float], batch_s: float) -> int:
    """Steps K so that one batch takes about ``batch_s`` seconds.

    Args:
        batch: runs that many steps, waits, and returns the seconds it took.
        batch_s: seconds wanted, at least 50 times what one dispatch costs.
    """
    steps = 1
    while True:
        seconds = batch(steps)
        if seconds >= batch_s / 2:
            return max(1, round(steps * batch_s / seconds))
        steps = min(max(2 * steps, round(steps * batch_s / max(seconds, 1e-9))), 16 * steps)


def timed(work: Callable[[], Any]) -> tuple[float, Any]:
    """Seconds that ``work`` took, and what it returned."""
    begin = perf_counter()
    value = work()
    return perf_counter() - begin, value
