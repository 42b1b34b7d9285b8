"""What must hold before ratios mean anything: the same networks, clocks that agree, figures that come again."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import astuple
from statistics import median
from typing import Any

from compute.measure.timing import median_interval
from compute.workloads import Case
from tests.peers.contest import Arena
from tests.peers.process import Failed
from tests.peers.report import Finding

TIMEOUT_S = 180.0
_SCORES_APART = 1e-4  # fp32 through fifty layers, summed in another order
_GRADIENTS_APART = 1e-2  # batch normalisation over few images magnifies that rounding
_CLOCKS_APART = 0.02
_CLOCK_ROUNDS = 12
_SPREAD = 0.02
_SPREAD_OF_TIMEIT = 0.5
_PROCESSES = 5


def same_network(arena: Arena, model: str, title: str) -> Iterator[list[Finding]]:
    """Our scores and gradients against PyTorch's for the same weights and images: their relative distance."""
    for function, limit in (("scores_apart", _SCORES_APART), ("gradients_apart", _GRADIENTS_APART)):
        what = f"same network, {title}, {function.removesuffix('_apart')}"
        try:
            apart = arena.call("agreement", function, TIMEOUT_S, model=model)
        except Failed as failed:
            yield [Finding(what, "torch", target=limit, bound="at most", note=f"failed: {failed}")]
        else:
            note = "relative distance"
            yield [Finding(what, "torch", ratio=apart, target=limit, bound="at most", note=note)]


def clocks(arena: Arena, function: str, case: Case, **arguments: Any) -> Iterator[list[Finding]]:
    """Our clock against others on one function of ``subjects.clocks``: the median ratio of paired rounds."""
    what = f"clocks, {function.replace('_', ' ')} {case.dtype} {case.size}"
    try:
        seconds = arena.call("clocks", function, TIMEOUT_S, case=astuple(case), rounds=_CLOCK_ROUNDS, **arguments)
    except Failed as failed:
        yield [Finding(what, "other clocks", target=_CLOCKS_APART, bound="within", note=f"failed: {failed}")]
    else:
        yield clock_findings(what, seconds)


def clock_findings(what: str, seconds: dict[str, list[float]]) -> list[Finding]:
    """A finding for each clock that is not ours, from seconds by clock and round."""
    return [_clock_finding(what, name, seconds["ours"], taken) for name, taken in seconds.items() if name != "ours"]


def _clock_finding(what: str, name: str, ours: list[float], theirs: list[float]) -> Finding:
    ratios = [one / other for one, other in zip(ours, theirs, strict=True)]
    low, high = median_interval(ratios)
    return Finding(
        what, name, "ms", 1e3 * median(theirs), 1e3 * min(theirs), median(ratios), low, high,
        min(ours) / min(theirs), len(ratios), _CLOCKS_APART, "within",
    )  # fmt: skip


def spread(arena: Arena, case: Case) -> Iterator[list[Finding]]:
    """The headline figure of the standard suite in fresh processes, one after the other: (high - low) / median."""
    what = f"spread over {_PROCESSES} processes, {case.id}"
    medians: list[float] = []
    try:
        for _ in range(_PROCESSES):
            medians.append(arena.call("ours", "headline_s", TIMEOUT_S, case=astuple(case)))
    except Failed as failed:
        yield [Finding(what, "ours", target=_SPREAD, bound="at most", note=f"failed: {failed}")]
    else:
        yield [spread_finding(what, medians)]


def spread_beside_timeit(arena: Arena, case: Case) -> Iterator[list[Finding]]:
    """The headline figure and a single timeit in fresh processes, in turns: how far each of them lies apart."""
    what = f"spread over {_PROCESSES} processes, {case.id}"
    seconds: dict[str, list[float]] = {"headline_s": [], "timeit_s": []}
    try:
        for _ in range(_PROCESSES):
            for function, taken in seconds.items():
                taken.append(arena.call("ours", function, TIMEOUT_S, case=astuple(case)))
    except Failed as failed:
        yield [Finding(what, "timeit", target=_SPREAD_OF_TIMEIT, bound="at most", note=f"failed: {failed}")]
    else:
        yield [spread_ratio(what, seconds["headline_s"], seconds["timeit_s"])]


def spread_ratio(what: str, ours: list[float], theirs: list[float]) -> Finding:
    """Our spread over the other's, from the medians of processes in seconds."""
    apart, other = (spread_finding(what, medians).ratio or 0.0 for medians in (ours, theirs))
    return Finding(
        what, "timeit", "ms", 1e3 * median(theirs), 1e3 * min(theirs), apart / other if other else None,
        rounds=len(theirs), target=_SPREAD_OF_TIMEIT, bound="at most",
        note=f"our spread / its: {100 * apart:.1f} % / {100 * other:.1f} %",
    )  # fmt: skip


def spread_finding(what: str, medians: list[float]) -> Finding:
    """How far the processes' medians, in seconds, lie apart."""
    middle = median(medians)
    apart = (max(medians) - min(medians)) / middle
    return Finding(
        what, "ours", "ms", 1e3 * middle, 1e3 * min(medians), apart,
        rounds=len(medians), target=_SPREAD, bound="at most", note="(highest - lowest) / median",
    )  # fmt: skip
