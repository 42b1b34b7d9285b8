"""The roofline: what memory and arithmetic allow at each intensity, and how near each case comes.

Intensity is FLOP per byte moved. A case of intensity I can run at most at min(bandwidth x I, peak); the two meet at
the ridge. Left of it memory sets the pace, right of it the arithmetic (Williams, Waterman, Patterson: "Roofline: An
Insightful Visual Performance Model for Multicore Architectures", Communications of the ACM 52(4), 2009).
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

from compute import hardware
from compute.compare import pick
from compute.compare.pick import Interval, Row

if TYPE_CHECKING:
    import pandas as pd

BEYOND_CACHES_BYTES = 384 * 2**20
"""A triad that moves less may live in a cache. It moves three arrays and holds two, so this is 256 MiB of arrays.
STREAM asks for four times the last-level cache (McCalpin 1995): 50 MiB on an H200, 32 MiB on one die of a server's
CPU."""


@dataclass(frozen=True)
class Ceiling:
    """One limit, in B/s or FLOP/s: as measured, and as the data sheet promises it; None is unknown.

    `words` says with which case it was measured.
    """

    measured: float | None = None
    sheet: float | None = None
    words: str = ""

    @property
    def value(self) -> float | None:
        """What cases are held against: the measured limit, or the data sheet's where none was measured."""
        return self.sheet if self.measured is None else self.measured

    @property
    def share(self) -> float | None:
        """Measured over promised; None unless both are known."""
        return self.measured / self.sheet if self.measured and self.sheet else None


@dataclass(frozen=True)
class Roof:
    """The two ceilings of one machine in one arithmetic."""

    dtype: str
    bandwidth: Ceiling
    peak: Ceiling

    @property
    def ridge(self) -> float | None:
        """The intensity in FLOP/B at which memory and arithmetic take equally long; None while one is unknown."""
        return ridge(self.bandwidth.value, self.peak.value)

    def attainable(self, intensity: float) -> float | None:
        """The most FLOP/s at this intensity; None while a ceiling is unknown."""
        bandwidth, peak = self.bandwidth.value, self.peak.value
        return None if bandwidth is None or peak is None else min(bandwidth * intensity, peak)


@dataclass(frozen=True)
class Point:
    """A usable measured case under its roof; `share` is its rate over the attainable one.

    `bound` is "memory", "arithmetic", or "cache" for a case left of the ridge that is faster than main memory could
    feed it; "" while a ceiling is unknown.
    """

    row: Row
    intensity: float
    rate: Interval
    attainable: float | None
    share: float | None
    bound: str


def ridge(bandwidth: float | None, peak: float | None) -> float | None:
    """Peak over bandwidth, in FLOP/B; None while one of them is unknown."""
    return None if bandwidth is None or peak is None else peak / bandwidth


def owners(frame: pd.DataFrame) -> dict[str, pick.Owner]:
    """Everyone with a case that has a place under a roof, by the name to show."""
    return {name: owner for name, owner in pick.owners(frame).items() if dtypes(rows_of(frame, owner))}


def rows_of(frame: pd.DataFrame, owner: pick.Owner) -> list[Row]:
    """One machine's rows in the mode stream, smallest first; without those of several devices, whose roof is higher."""
    rows = pick.select(frame, mode="stream", machine=owner.machine, source=owner.source)
    return [row for row in rows if not pick.param(row, "devices")]


_NEEDED = (
    "run_id", "machine", "source", "measured_at", "backend", "device_kind", "chip", "case", "workload", "variant",
    "dtype", "size", "mode", "params", "status", "verdict", "median_s", "ci_low_s", "ci_high_s", "flops", "bytes",
    "items", "arithmetic",
)  # fmt: skip


def runs(frame: pd.DataFrame, dtype: str) -> dict[str, list[Row]]:
    """The rows of each run, by its run_id, that its roof and its points in one arithmetic are made of.

    `frame` holds each result once. Only the columns that these need: of many machines the others would only be carried
    along.
    """
    rows = frame[frame["mode"].eq("stream") & frame["status"].eq("measured")]
    rows = rows[rows["dtype"].isin([dtype, "default"]) | rows["workload"].eq("bandwidth")]
    found: dict[str, list[Row]] = {}
    for row in pick.records(rows[list(_NEEDED)]):
        found.setdefault(row["run_id"], []).append(row)
    return found


def dtypes(rows: Iterable[Row]) -> list[str]:
    """The arithmetics that have a point, in the order of `pick.DTYPES`."""
    found = {arithmetic(row) for row in rows if row["workload"] != "bandwidth" and pick.is_usable(row)} - {""}
    return pick.in_order(found)


def arithmetic(row: Row) -> str:
    """The arithmetic whose roof a row stands under: what it is labelled with, or what ran where nothing was asked."""
    return pick.text(row, "arithmetic") if row["dtype"] == "default" else pick.text(row, "dtype")


def intensity(row: Row) -> float | None:
    """FLOP per byte that a step moves at least; None where one of them is blank or 0."""
    flops, moved = pick.number(row, "flops"), pick.number(row, "bytes")
    return flops / moved if flops and moved else None


def roof(rows: Sequence[Row], dtype: str) -> Roof:
    """The ceilings of one machine's rows: the best triad beyond the caches, the best matrix product in `dtype`.

    Mostly the winner of the peak search is that product; where a sweep met a better one, that is what was reached.
    """
    chip = next((found for row in rows if (found := hardware.chip(pick.text(row, "chip")))), None)
    triads = [row for row in rows if row["variant"] == "triad" and (row["bytes"] or 0) >= BEYOND_CACHES_BYTES]
    products = [row for row in rows if row["workload"] == "matmul" and row["dtype"] == dtype]
    return Roof(
        dtype,
        _ceiling(pick.best(triads, "bytes"), chip.bandwidth() if chip else None),
        _ceiling(pick.best(products, "flops"), chip.peak(dtype) if chip else None),
    )


def points(rows: Iterable[Row], roof_: Roof) -> list[Point]:
    """Every usable case under the roof, lowest intensity first."""
    found = []
    for row, rate in pick.rates(filter(pick.is_usable, rows), "flops"):
        at = intensity(row)
        if at is not None and (row["workload"] == "bandwidth" or arithmetic(row) == roof_.dtype):
            limit = roof_.attainable(at)
            share = rate.middle / limit if limit else None
            found.append(Point(row, at, rate, limit, share, _bound(roof_, at, rate)))
    return sorted(found, key=lambda point: point.intensity)


def cases(points_: Iterable[Point]) -> list[Point]:
    """The points without those of STREAM, which are the ceiling itself."""
    return [point for point in points_ if point.row["workload"] != "bandwidth"]


def once(points_of_each: Iterable[Iterable[Point]]) -> list[Point]:
    """The points under several roofs in one list; a triad, which stands under each of them, counts once."""
    found = {(point.row["case"], point.row["mode"]): point for points in points_of_each for point in points}
    return sorted(found.values(), key=lambda point: point.intensity)


def _ceiling(best: tuple[Row, Interval] | None, sheet: float | None) -> Ceiling:
    if best is None:
        return Ceiling(sheet=sheet)
    row, rate = best
    searched = ", by search" if pick.text(row, "variant") == "peak" else ""
    return Ceiling(rate.middle, sheet, pick.case_words(row) + searched)


def _bound(roof_: Roof, at: float, rate: Interval) -> str:
    bandwidth, meeting = roof_.bandwidth.value, roof_.ridge
    if bandwidth is None or meeting is None:
        return ""
    if at >= meeting:
        return "arithmetic"
    return "cache" if rate.low > bandwidth * at else "memory"
