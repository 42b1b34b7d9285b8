"""Files of facts: CSV, every row with its source and its date, refused with a sentence for each thing that is wrong.

A wrong fact on a page costs its reader money. So a file that breaks a rule is never shown in part.
"""

from __future__ import annotations

import csv
import io
import math
from collections.abc import Callable, Iterator, Mapping, Sequence
from datetime import UTC, date, datetime, timedelta
from urllib.parse import urlsplit

GATHERED = date(2026, 11, 25)
"""The day on which the facts that come with the project were gathered: a clock that shows an earlier one is wrong."""

STALE_DAYS = 90
"""A fact older than this many days is shown in amber."""

Cells = Mapping[str, str]
"""One row of a file as text."""

Fault = tuple[str, str, str]
"""A column, what was found in it and what was expected."""


class FactError(ValueError):
    """A file broke a rule; `problems` has one sentence for each, with its row and column."""

    def __init__(self, problems: list[str]) -> None:
        super().__init__("\n".join(problems))
        self.problems = problems


def read(
    text: str,
    name: str,
    columns: Sequence[str],
    faults: Callable[[Cells], Iterator[Fault]],
    key: Sequence[str],
) -> list[dict[str, str]]:
    """The rows of a CSV as text, after every rule was checked. Raises FactError.

    `name` is what the sentences call the file; row 1 is its header. `faults` tells all that is wrong with a row; no
    two rows may agree in all columns of `key`.
    """
    reader = csv.DictReader(io.StringIO(text, newline=""), restkey="", restval="")
    header = tuple(reader.fieldnames or ())
    if header != tuple(columns):
        raise FactError([_header_sentence(name, header, columns)])
    rows = list(reader)
    problems = [
        f"{name}, row {number}, column {column}: found {found!r}, expected {expected}."
        for number, row in enumerate(rows, start=2)
        for column, found, expected in _faults(row, faults)
    ]
    problems += _duplicates(name, rows, key)
    if problems:
        raise FactError(problems)
    return rows


def today() -> date:
    """The day it is, in UTC; never before the facts were gathered."""
    return max(datetime.now(UTC).date(), GATHERED)


def age_days(day: str, now: date) -> int:
    """Days from `day` (ISO) to `now`; 0 when the clock is slow."""
    return max((now - date.fromisoformat(day)).days, 0)


# --- rules for cells ---


def missing(row: Cells, *columns: str) -> Iterator[Fault]:
    """A name has to stand in each of the columns."""
    for column in columns:
        if not row[column].strip():
            yield column, row[column], "a name"


def not_numbers(row: Cells, *columns: str) -> Iterator[Fault]:
    """A number from 0 up or a blank has to stand in each of the columns."""
    for column in columns:
        if row[column] and not is_amount(row[column]):
            yield column, row[column], "a number from 0 up with a decimal point, or a blank for unknown"


def not_one_of(row: Cells, column: str, words: Sequence[str]) -> Iterator[Fault]:
    """One of the words has to stand in the column."""
    if row[column] not in words:
        yield column, row[column], f"one of {', '.join(word or '(blank)' for word in words)}"


def unsourced(row: Cells, now: date | None = None) -> Iterator[Fault]:
    """Every row says when it was read (`as_of`, not in the future) and where it can be checked (`source_url`)."""
    latest = max(now or today(), GATHERED) + timedelta(days=1)  # east of here it may already be tomorrow
    if not is_date(row["as_of"]):
        yield "as_of", row["as_of"], "the day it was read, such as 2026-11-22"
    elif date.fromisoformat(row["as_of"]) > latest:
        yield "as_of", row["as_of"], f"a day that has been, at the latest {latest}"
    if not is_link(row["source_url"]):
        yield "source_url", row["source_url"], "the https address where it can be checked"


def is_amount(text: str) -> bool:
    """True for a finite number from 0 up, as `float` reads it."""
    try:
        number = float(text)
    except ValueError:
        return False
    return math.isfinite(number) and number >= 0


def is_date(text: str) -> bool:
    """True for a day such as 2026-11-22."""
    try:
        return date.fromisoformat(text).isoformat() == text
    except ValueError:
        return False


def is_link(text: str) -> bool:
    """True for an https address."""
    try:
        parts = urlsplit(text)
    except ValueError:
        return False
    return parts.scheme == "https" and bool(parts.netloc)


def _header_sentence(name: str, header: tuple[str, ...], columns: Sequence[str]) -> str:
    lacking = [column for column in columns if column not in header]
    extra = [column for column in header if column not in columns]
    details = [f"missing {', '.join(lacking)}"] * bool(lacking) + [f"unknown {', '.join(extra)}"] * bool(extra)
    return f"{name}, row 1: expected the columns {', '.join(columns)}; {' and '.join(details) or 'wrong order'}."


def _faults(row: dict[str, str], faults: Callable[[Cells], Iterator[Fault]]) -> Iterator[Fault]:
    if "" in row:
        yield "the last", str(row[""]), "no cell beyond the header's"
    yield from faults(row)


def _duplicates(name: str, rows: list[dict[str, str]], key: Sequence[str]) -> Iterator[str]:
    seen: dict[tuple[str, ...], int] = {}
    words = " and ".join(", ".join(key).rsplit(", ", 1))
    for number, row in enumerate(rows, start=2):
        found = tuple(row[column] for column in key)
        if found in seen:
            yield f"{name}, row {number}: the same {words} as row {seen[found]}; keep one."
        seen.setdefault(found, number)
