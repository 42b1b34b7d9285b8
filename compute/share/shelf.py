"""The shelf: comparisons that somebody chose to keep on the server for a while, each under a hash of what it holds.

A comparison is a ZIP of one CSV per run, so whoever opens the link gets exactly what an upload of these files gives.
The hash is the link: nobody finds a comparison without it. Files stand in one folder, are written in one stroke, and
are deleted once they are KEPT_DAYS old.
"""

from __future__ import annotations

import contextlib
import hashlib
import os
import re
import tempfile
import time
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path

from compute import results
from compute.results import Row
from compute.share import archive

KEPT_DAYS = 30
MOST_COMPARISONS = 500
MOST_BYTES = 500_000_000
"""On the disk, all comparisons together."""

LARGEST_BYTES = 20_000_000
"""On the disk, one comparison; 50,000 rows take about 10 MB."""

DIGITS = 32
"""Hexadecimal digits of SHA-256 that name a comparison: 128 bits, which nobody guesses."""

_DATA = Path(__file__).resolve().parents[2] / "data"
_DAY_S = 86_400


class ShelfError(Exception):
    """Why a comparison cannot be kept or found; the message is a sentence for people."""


@dataclass(frozen=True)
class Kept:
    """A comparison on the shelf: its hash, and the day on which it is deleted."""

    hash: str
    until: datetime

    @property
    def day(self) -> str:
        """The day as people write it: "25 December 2026"."""
        return f"{self.until.day} {self.until:%B %Y}"


class Shelf:
    """Comparisons in a folder, which is made when the first one is kept."""

    def __init__(self, folder: Path, now: Callable[[], float] = time.time) -> None:
        self._folder = folder
        self._now = now

    def keep(self, rows: Iterable[Row]) -> Kept:
        """Keep rows, or keep them longer if they are here already. Raises ShelfError."""
        content = archive.pack(_by_run(rows))
        if len(content) > LARGEST_BYTES or archive.unpack(content, "").problems:
            raise ShelfError(
                f"This comparison is too large to be stored: at most {LARGEST_BYTES / 1e6:.0f} MB once it is packed, "
                f"and {archive.MAX_FILES} runs. Leave out some files, or send the CSV itself."
            )
        self.sweep()
        path = self._path(hashlib.sha256(content).hexdigest()[:DIGITS])
        try:
            if not path.exists():
                self._check_room(len(content))
                self._folder.mkdir(parents=True, exist_ok=True)
                _write(path, content)
            os.utime(path, (self._now(), self._now()))
        except OSError as error:
            reason = error.strerror or type(error).__name__
            raise ShelfError(
                f"The comparison could not be stored ({reason}). Nothing was kept; try again later."
            ) from None
        return Kept(path.stem, self._until(path))

    def find(self, hash: str) -> tuple[Kept, list[tuple[str, bytes]]]:
        """A comparison and its CSV files by name. Raises ShelfError when it is not there, or not any more."""
        if not re.fullmatch(f"[0-9a-f]{{{DIGITS}}}", hash):
            raise ShelfError(
                f"The link names {results.shown(hash)}, and a link to a comparison names {DIGITS} digits from 0 to f. "
                "Copy the whole link."
            )
        self.sweep()
        path = self._path(hash)
        try:
            content = path.read_bytes()
            kept = Kept(hash, self._until(path))
        except OSError:
            raise ShelfError(
                f"No comparison is stored under this link. Comparisons are deleted after {KEPT_DAYS} days: "
                "ask whoever sent it to share it again."
            ) from None
        unpacked = archive.unpack(content, path.name)
        if hashlib.sha256(content).hexdigest()[:DIGITS] != hash or unpacked.problems:
            raise ShelfError("The stored comparison is damaged. Ask whoever sent the link to share it again.")
        return kept, unpacked.files

    def sweep(self) -> None:
        """Delete what has been here for KEPT_DAYS."""
        for path in self._folder.glob("*"):  # also what a process left that was ended while it wrote
            with contextlib.suppress(OSError):
                if self._until(path).timestamp() <= self._now():
                    path.unlink()

    def _path(self, hash: str) -> Path:
        return self._folder / f"{hash}.zip"

    def _files(self) -> list[Path]:
        return list(self._folder.glob("*.zip"))

    def _until(self, path: Path) -> datetime:
        """When it is deleted: the file's own time is when it was kept last. Raises OSError."""
        return datetime.fromtimestamp(path.stat().st_mtime + KEPT_DAYS * _DAY_S, UTC)

    def _check_room(self, size: int) -> None:
        """Raises ShelfError when the shelf is full, OSError when it cannot be read."""
        files = self._files()
        if len(files) < MOST_COMPARISONS and sum(path.stat().st_size for path in files) + size <= MOST_BYTES:
            return
        next_day = min(map(self._until, files))
        raise ShelfError(
            f"The shelf is full: {len(files)} comparisons are stored. The next place is free on {next_day.day} "
            f"{next_day:%B %Y}; until then send the CSV itself."
        )


def shelf() -> Shelf:
    """The shelf of this server: `shared` in the folder named by $MANY_HANDS_STATE, or in data/."""
    return Shelf(Path(os.environ.get("MANY_HANDS_STATE") or _DATA) / "shared")


def _by_run(rows: Iterable[Row]) -> dict[str, str]:
    """One CSV for each run, by the name of its file."""
    runs: dict[str, list[Row]] = {}
    for row in rows:
        runs.setdefault(row["run_id"], []).append(row)
    return {f"{number:04d}.csv": results.to_csv(runs[run_id]) for number, run_id in enumerate(sorted(runs), start=1)}


def _write(path: Path, content: bytes) -> None:
    """All of it or nothing. Raises OSError."""
    handle, name = tempfile.mkstemp(dir=path.parent, suffix=".part")
    try:
        with os.fdopen(handle, "wb") as file:
            file.write(content)
            file.flush()
            os.fsync(file.fileno())
        Path(name).replace(path)
    except BaseException:
        Path(name).unlink(missing_ok=True)
        raise
