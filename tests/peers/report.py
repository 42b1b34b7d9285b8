"""What a contest found: ratios of paired rounds, the lines that are printed, the CSV that is kept."""

from __future__ import annotations

import csv
from collections.abc import Sequence
from dataclasses import asdict, dataclass, fields
from pathlib import Path
from statistics import median

from compute.measure.timing import median_interval


@dataclass(frozen=True)
class Finding:
    """One line of the table; a figure that is unknown is None.

    ``rate`` and ``best`` are the contender's median and best over the rounds, in ``unit``. ``ratio`` is the median over
    the rounds of ours / the contender in the same round, ``low`` and ``high`` are its 95 % interval, and
    ``best_ratio`` is our best round over the contender's best. A line with a ``target`` says whether the ratio is
    ``at least`` or ``at most`` that, or ``within`` that of one; ``note`` says what else there is to say, a failure
    above all.
    """

    what: str
    contender: str
    unit: str = ""
    rate: float | None = None
    best: float | None = None
    ratio: float | None = None
    low: float | None = None
    high: float | None = None
    best_ratio: float | None = None
    rounds: int = 0
    target: float | None = None
    bound: str = "at least"
    note: str = ""

    @property
    def verdict(self) -> str:
        """``reached`` or ``MISSED``; blank where there is no target or no ratio."""
        if self.target is None or self.ratio is None:
            return ""
        reached = {
            "at least": self.ratio >= self.target,
            "at most": self.ratio <= self.target,
            "within": abs(self.ratio - 1) <= self.target,
        }
        return "reached" if reached[self.bound] else "MISSED"


def compared(
    what: str,
    contender: str,
    unit: str,
    ours: Sequence[float],
    theirs: Sequence[Sequence[float]],
    target: float | None = None,
    note: str = "",
) -> Finding:
    """Ours against the fastest of some contenders in each round.

    Args:
        what: the contest.
        contender: what the line calls them.
        unit: of the rates.
        ours: our rate in each round.
        theirs: the rates of each of them in the same rounds.
        target: what the ratio must at least be.
        note: anything to add.
    """
    fastest = [max(rates) for rates in zip(*theirs, strict=True)]
    ratios = [one / other for one, other in zip(ours, fastest, strict=True)]
    low, high = median_interval(ratios)
    return Finding(
        what, contender, unit, median(fastest), max(fastest),
        median(ratios), low, high, max(ours) / max(fastest), len(ratios), target, note=note,
    )  # fmt: skip


HEADINGS = ("", "rate", "best", "", "ours / it", "95 %", "best/best", "")


def table(findings: Sequence[Finding], named: bool = True) -> str:
    """The findings with their columns under each other; ``named`` puts the contest before the contender."""
    rows = [HEADINGS, *(_cells(finding, named) for finding in findings)]
    widths = [max(len(row[column]) for row in rows) for column in range(len(HEADINGS))]
    return "\n".join(_line(row, widths) for row in rows)


def _cells(finding: Finding, named: bool) -> tuple[str, ...]:
    name = f"{finding.what}: {finding.contender}" if named else finding.contender
    interval = "" if finding.low is None or finding.high is None else f"{finding.low:.3f} to {finding.high:.3f}"
    judged = ""
    if finding.target is not None:
        judged = f"{finding.bound} {finding.target:g}: {finding.verdict or 'not known'}"
    last = ". ".join(part for part in (judged, finding.note) if part)
    return (
        name, _figure(finding.rate), _figure(finding.best), finding.unit,
        _ratio(finding.ratio), interval, _ratio(finding.best_ratio), last,
    )  # fmt: skip


def _figure(value: float | None) -> str:
    if value is None:
        return ""
    return f"{value:,.0f}" if value >= 1000 else f"{value:.4g}"


def _ratio(value: float | None) -> str:
    return "" if value is None else f"{value:.3f}" if value >= 0.001 else f"{value:.1e}"


def _line(row: Sequence[str], widths: Sequence[int]) -> str:
    """One line: words to the left (columns 0, 3 and the last), figures to the right."""
    padded = [
        f"{cell:<{width}}" if column in (0, 3, len(row) - 1) else f"{cell:>{width}}"
        for column, (cell, width) in enumerate(zip(row, widths, strict=True))
    ]
    return ("  " + "  ".join(padded)).rstrip()


class Book:
    """The findings so far; with a file, also in there after every one, so that a killed run keeps its lines."""

    def __init__(self, path: Path | None = None) -> None:
        self.findings: list[Finding] = []
        self._path = path
        self._names = [*(field.name for field in fields(Finding)), "verdict"]
        if path:
            with path.open("w", newline="") as file:
                csv.writer(file).writerow(self._names)

    def add(self, *findings: Finding) -> None:
        """Keep them."""
        self.findings += findings
        if self._path:
            with self._path.open("a", newline="") as file:
                rows = csv.DictWriter(file, self._names)
                rows.writerows({**asdict(finding), "verdict": finding.verdict} for finding in findings)

    @property
    def judged(self) -> list[Finding]:
        """The findings with a target: the ratio table."""
        return [finding for finding in self.findings if finding.target is not None]
