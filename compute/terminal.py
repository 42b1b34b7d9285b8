"""What the command line draws: progress, tables, and text that is safe to print."""

import os
import shutil
import time
from collections.abc import Sequence
from typing import TextIO

from compute.compare.answers import bandwidth_words
from compute.compare.pick import rate_unit
from compute.measure.log import Snapshot
from compute.results import Row, key
from compute.units import duration, seconds, si

BAR_CHARACTERS = 20
SIGN_OF_LIFE_S = 30.0


def plain(text: str) -> str:
    """One line without control characters: nothing in a message may move the cursor."""
    return " ".join("".join(c if c.isprintable() else " " for c in text).split())


def table(header: Sequence[str], rows: Sequence[Sequence[str]]) -> list[str]:
    """Lines of a table; the first two columns are text, the others are numbers and stand to the right."""
    cells = [list(header), *(list(row) for row in rows)]
    widths = [max(len(row[column]) for row in cells) for column in range(len(header))]
    lines = [
        "  ".join(
            cell.ljust(width) if column < 2 else cell.rjust(width)
            for column, (cell, width) in enumerate(zip(row, widths, strict=True))
        ).rstrip()
        for row in cells
    ]
    return [lines[0], "  ".join("-" * width for width in widths), *lines[1:]]


def outcome(row: Row) -> str:
    """What became of a case, in a few words: "21.3 ms, 101 GFLOP/s, steady" or "skipped"."""
    if row.get("status") != "measured":
        return str(row.get("status"))
    return f"{seconds(row.get('median_s'))}, {_rate(row)}, {row.get('verdict')}"


def _rate(row: Row) -> str:
    """What a case is measured by: GB/s where what is moved is measured, FLOP/s (OP/s for integers), or items/s."""
    if row["workload"] in ("bandwidth", "collectives", "transfer"):
        return bandwidth_words(row["bytes"] / row["median_s"])
    if not row.get("flops"):
        return si(row.get("items_per_s"), "/s")
    return si(row.get("flop_per_s"), rate_unit(row["dtype"]))


class Bar:
    """Progress on a terminal: one line that is drawn over and over."""

    def __init__(self, screen: TextIO) -> None:
        self._screen = screen
        self._drawn = ""

    def show(self, snapshot: Snapshot) -> None:
        """Draw the state of the run over the last one."""
        width = shutil.get_terminal_size().columns - 1
        line = progress_line(snapshot)[:width]
        if line != self._drawn:
            self._screen.write("\r" + line.ljust(min(width, len(self._drawn))))
            self._screen.flush()
            self._drawn = line

    def end(self) -> None:
        """Take the line away."""
        self._screen.write("\r" + " " * len(self._drawn) + "\r")
        self._screen.flush()


class Lines:
    """Progress in a file or a notebook: a line for each result, and now and then a sign of life."""

    def __init__(self, screen: TextIO) -> None:
        self._screen = screen
        self._told: set[object] = set()
        self._stage = ""
        self._process = 1
        self._spoke_at = time.monotonic()

    def show(self, snapshot: Snapshot) -> None:
        """Tell the results that are new."""
        for row in snapshot.rows:
            if key(row) not in self._told:
                self._told.add(key(row))
                number = f"{len(self._told)}/{max(snapshot.planned, len(self._told))}"
                self._say(f"[{number}] {row['case']}, {row['mode']}: {outcome(row)}")
        if snapshot.process != self._process:
            self._process = snapshot.process
            self._say(f"process {snapshot.process} of {snapshot.processes} ...")
        if snapshot.stage != self._stage and snapshot.stage in ("starting", "refining"):
            self._say(f"{snapshot.stage} ...")
        elif time.monotonic() - self._spoke_at > SIGN_OF_LIFE_S:
            self._say(progress_line(snapshot))
        self._stage = snapshot.stage

    def end(self) -> None:
        """Nothing is left to be said."""

    def _say(self, text: str) -> None:
        self._screen.write(plain(text) + "\n")
        self._screen.flush()
        self._spoke_at = time.monotonic()


def display(screen: TextIO) -> Bar | Lines:
    """A bar for a terminal that can draw one, lines for everything else."""
    return Bar(screen) if screen.isatty() and os.environ.get("TERM") != "dumb" else Lines(screen)


def progress_line(snapshot: Snapshot) -> str:
    """The state of a run in one line."""
    filled = round(_share(snapshot) * BAR_CHARACTERS)
    parts = [f"[{'#' * filled}{'.' * (BAR_CHARACTERS - filled)}]"]
    if snapshot.total:
        parts.append(f"{snapshot.done}/{snapshot.total}")
    if snapshot.processes > 1:
        parts.append(f"process {snapshot.process} of {snapshot.processes}")
    parts.append(" ".join(word for word in (snapshot.stage, snapshot.case) if word))
    left = "" if snapshot.left_s is None else f", about {duration(snapshot.left_s)} left"
    parts.append(f"({duration(snapshot.elapsed_s)}{left})")
    return plain(" ".join(parts))


def _share(snapshot: Snapshot) -> float:
    """How much of the run is over, 0 to 1: by its time where that is known, else by its cases."""
    if snapshot.left_s is not None and snapshot.elapsed_s > 0:
        return snapshot.elapsed_s / (snapshot.elapsed_s + snapshot.left_s)
    return min(1.0, snapshot.done / snapshot.total) if snapshot.total else 0.0


def summary(snapshot: Snapshot) -> list[str]:
    """The lines that close a run: a table of what was measured, then every reason, then the sum."""
    rows = snapshot.rows
    measured = [row for row in rows if row.get("status") == "measured"]
    lines = []
    if measured:
        header: tuple[str, ...] = ("case", "mode", "time per step", "rate", "items per second", "verdict")
        cells = [_cells(row) for row in measured]
        if any((row.get("processes") or 1) > 1 for row in measured):
            header += ("spread within", "between processes")
            cells = [(*line, *_spreads(row)) for line, row in zip(cells, measured, strict=True)]
        lines += ["", *table(header, cells)]
    for word in ("skipped", "failed"):
        lines += _reasons(word, [row for row in rows if row.get("status") == word])
    lines += _reasons("invalid", [row for row in measured if row.get("verdict") == "invalid"])
    if unstable := sum(row.get("verdict") == "unstable" for row in measured):
        lines += ["", f"Read the unstable results with care ({unstable}): their column `reason` says why."]
    counts = {word: sum(row.get("status") == word for row in rows) for word in ("measured", "skipped", "failed")}
    sums = ", ".join(f"{count} {word}" for word, count in counts.items())
    return [*lines, "", f"{sums} in {duration(snapshot.elapsed_s)}."]


def _cells(row: Row) -> tuple[str, ...]:
    return (
        plain(row["case"]),
        row["mode"],
        seconds(row.get("median_s")),
        _rate(row),
        si(row.get("items_per_s"), "/s"),
        str(row.get("verdict")),
    )


def _spreads(row: Row) -> tuple[str, str]:
    """The middle half of the batches, and the range of the processes' medians, as shares of the median."""
    first, third, between = row.get("q1_s"), row.get("q3_s"), row.get("process_spread")
    within = "unknown" if first is None or third is None else f"{(third - first) / row['median_s']:.1%}"
    return within, "unknown" if between is None else f"{between:.1%}"


def _reasons(word: str, rows: Sequence[Row]) -> list[str]:
    if not rows:
        return []
    return [
        "",
        f"{word}:",
        *(f"  {plain(row['case'])}, {row['mode']}: {plain(row.get('reason') or '')}" for row in rows),
    ]
