"""Measures every figure of the lecture and writes what the lecture shows where it cannot measure."""

from __future__ import annotations

import time
from collections.abc import Callable
from pathlib import Path

from compute import units
from compute.lecture import live
from compute.lecture.live import FILE, FOLDER, Figure, Waiting, stop

__all__ = ["FOLDER", "all_figures", "stop"]

POLL_S = 0.5


def all_figures(folder: Path, say: Callable[[str], None]) -> int:
    """Measure all figures whose record lies in this file, one after another, and write them into `folder`.

    Returns how many could not be measured.

    What could not be measured stays as it was there, and `say` gets the reason. Raises OSError.
    """
    file = folder / FILE.name
    before = live.read(file.read_text(encoding="utf-8")) if file.is_file() else {}
    found, failed = {}, 0
    for name, asked in live.asked().items():
        if asked.shipped:
            continue
        say(f"{asked.title} …")
        attempt = live.begin(name, owner="command line")
        while isinstance(now := live.outcome(attempt), Waiting):
            time.sleep(POLL_S)
        if isinstance(now, str):
            failed += 1
            say(f"  not measured: {now}")
        else:
            found[name] = now
            say("  " + ", ".join(f"{value}: {_words(now, value)}" for value in now.values))
    file.write_text(live.write((before | found).values()), encoding="utf-8", newline="\n")
    say(f"Written to {folder}: {len(found)} figures.")
    return failed


def _words(figure: Figure, name: str) -> str:
    return units.si(figure.values[name], figure.unit)
