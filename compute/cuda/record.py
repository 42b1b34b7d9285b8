"""The rows of one run, and their file: what ran, how long it took, whether the answer was right, on what machine.

`data/cuda/recorded.json` is such a file from a machine with a GPU.
"""

from __future__ import annotations

import csv
import io
import json
import re
from collections.abc import Iterable, Mapping
from dataclasses import asdict, dataclass, fields
from pathlib import Path
from typing import Any

from compute import hardware
from compute.cuda.programs import BY_ID, FOLDER, Kernel
from compute.measure.log import parse

SCHEMA = "many-hands-cuda/1"
SHIPPED = FOLDER / "recorded.json"
STATUSES = ("measured", "invalid", "failed", "skipped")
# What is faster than its maker says possible was not measured right (as in compute.measure.verdict).
_ABOVE_PEAK = 1.02
_MOST_BYTES = 1 << 20
# Beyond all that is counted here; larger ones could not be divided.
_LARGEST = 1e30
_NUMBERS = ("median_s", "min_s", "max_s", "flops", "bytes")


class RecordError(ValueError):
    """A file that is no record of a run; the message is a sentence for people."""


@dataclass(frozen=True)
class Row:
    """One kernel. Seconds are those of one product (or sum); `said` is a compiler's or program's own text."""

    kernel: str
    n: int
    status: str
    reason: str = ""
    said: str = ""
    median_s: float | None = None
    min_s: float | None = None
    max_s: float | None = None
    runs: int | None = None
    flops: float | None = None
    bytes: float | None = None
    max_error: float | None = None
    compile_s: float | None = None
    interpreted: bool = False

    @property
    def about(self) -> Kernel:
        """What it is a row of."""
        return BY_ID[self.kernel]

    @property
    def flop_per_s(self) -> float | None:
        """Rate of arithmetic at the median time, FLOP/s."""
        return self.flops / self.median_s if self.flops and self.median_s else None

    @property
    def byte_per_s(self) -> float | None:
        """Bytes that must move at least, per second, at the median time."""
        return self.bytes / self.median_s if self.bytes and self.median_s else None


@dataclass(frozen=True)
class Record:
    """One run: when, on what, with which sources (SHA-256 by kernel), and its rows. `note` says what was unusual."""

    measured_at: str
    size: int
    gpu: str
    capability: str
    driver: str
    nvcc: str
    jax: str
    note: str
    sources: dict[str, str]
    rows: tuple[Row, ...]

    @property
    def chip(self) -> hardware.Chip | None:
        """The GPU in data/hardware.csv, or None."""
        return hardware.find(self.gpu) if self.gpu else None

    def row(self, kernel: str) -> Row | None:
        """The row of a kernel, or None."""
        return next((row for row in self.rows if row.kernel == kernel), None)


FACTS = tuple(field.name for field in fields(Record) if field.name not in ("rows", "sources"))


def judged(row: Row, chip: hardware.Chip | None) -> Row:
    """The row, `invalid` with its reason where the answer is wrong or the rate is beyond what the chip can do."""
    if row.status != "measured" or row.max_error is None:
        return row
    about = row.about
    peak = chip.peak(about.dtype) if chip and about.product else None
    reason = ""
    if not row.max_error <= about.limit:
        reason = f"Its answer is wrong: the error is {row.max_error:.1e}, and {about.limit:.0e} can be explained."
    elif peak and row.flop_per_s and row.flop_per_s > _ABOVE_PEAK * peak:
        reason = "It is faster than the chip's maker says possible, so the time cannot be right."
    return Row(**{**asdict(row), "status": "invalid", "reason": reason}) if reason else row


# --- files ---


def to_json(record: Record) -> str:
    """The file's text."""
    return json.dumps({"schema": SCHEMA, **asdict(record)}, indent=1, ensure_ascii=False) + "\n"


def to_csv(record: Record) -> str:
    """A table: a row for each kernel, its rates and the machine behind its own columns."""
    text = io.StringIO()
    own = [field.name for field in fields(Row)]
    writer = csv.DictWriter(text, [*own, "flop_per_s", "byte_per_s", *FACTS], lineterminator="\n")
    writer.writeheader()
    facts = {name: getattr(record, name) for name in FACTS}
    for row in record.rows:
        writer.writerow(asdict(row) | {"flop_per_s": row.flop_per_s, "byte_per_s": row.byte_per_s} | facts)
    return text.getvalue()


def shipped(path: Path = SHIPPED) -> Record | None:
    """The recorded run that comes with the project; None while there is none. Raises OSError, RecordError."""
    return read(path.read_bytes()) if path.is_file() else None


def read(content: bytes) -> Record:
    """A record from the bytes of its file. Raises RecordError naming what was found and what was expected."""
    if len(content) > _MOST_BYTES:
        raise RecordError(f"The file has {len(content)} bytes, expected at most {_MOST_BYTES}.")
    try:
        told = json.loads(content.decode("utf-8"))
    except (ValueError, RecursionError) as error:
        raise RecordError(f"The file is not JSON in UTF-8: {error}.") from None
    if not isinstance(told, dict) or told.get("schema") != SCHEMA:
        found = told.get("schema") if isinstance(told, dict) else told
        raise RecordError(f"schema: expected {SCHEMA!r}, found {found!r}.")
    return _record(told)


def of_log(path: Path) -> Record | None:
    """What the log of a run holds so far; None before it says what it runs on. Raises OSError, RecordError.

    A line that is no event of this kind is passed over, as everywhere in logs.
    """
    events = [event for line in path.read_bytes().split(b"\n") if (event := parse(line))]
    facts = [event["machine"] for event in events if event["event"] == "started" and "machine" in event]
    if not facts:
        return None
    if not isinstance(facts[0], dict):
        raise RecordError(f"{path.name}: expected the machine's facts, found {facts[0]!r}.")
    return _record({**facts[0], "rows": [event.get("row") for event in events if event["event"] == "kernel"]})


def _record(told: Mapping[str, Any]) -> Record:
    expected = {field.name for field in fields(Record)}
    if missing := sorted(expected - set(told)):
        raise RecordError(f"Expected the fields {', '.join(sorted(expected))}; {', '.join(missing)} not found.")
    for name in FACTS:
        wanted = int if name == "size" else str
        if not isinstance(told[name], wanted) or isinstance(told[name], bool):
            raise RecordError(
                f"{name}: expected {'a whole number' if wanted is int else 'text'}, found {told[name]!r}."
            )
    if not re.fullmatch(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\dZ", told["measured_at"]):
        raise RecordError(f"measured_at: expected a time such as 2026-11-25T20:00:00Z, found {told['measured_at']!r}.")
    sources, rows = told["sources"], told["rows"]
    if not isinstance(sources, dict) or not all(isinstance(value, str) for value in sources.values()):
        raise RecordError("sources: expected the digest of each source.")
    if not isinstance(rows, list):
        raise RecordError("rows: expected a list.")
    read_rows = tuple(_row(row, number) for number, row in enumerate(rows, start=1))
    if len({row.kernel for row in read_rows}) < len(read_rows):
        raise RecordError("rows: expected each kernel once.")
    return Record(**{name: told[name] for name in FACTS}, sources=dict(sources), rows=read_rows)


def _row(told: Any, number: int) -> Row:
    names = [field.name for field in fields(Row)]
    if not isinstance(told, dict) or set(told) - set(names) or not {"kernel", "n", "status"} <= set(told):
        raise RecordError(f"Row {number}: expected the columns {', '.join(names)}.")
    _see(told["kernel"] in tuple(BY_ID), number, "kernel", f"one of {', '.join(BY_ID)}", told["kernel"])
    _see(told["status"] in STATUSES, number, "status", f"one of {', '.join(STATUSES)}", told["status"])
    _see(_whole(told["n"]), number, "n", "a whole number above 0", told["n"])
    for name in ("reason", "said"):
        _see(isinstance(told.get(name, ""), str), number, name, "text", told.get(name))
    interpreted, compile_s = told.get("interpreted", False), told.get("compile_s")
    _see(isinstance(interpreted, bool), number, "interpreted", "true or false", interpreted)
    _see(compile_s is None or _above_zero(compile_s), number, "compile_s", "a number above 0, or null", compile_s)
    if told["status"] in ("measured", "invalid"):
        for name in _NUMBERS:
            _see(_above_zero(told.get(name)), number, name, "a number above 0", told.get(name))
        _see(_whole(told.get("runs")), number, "runs", "a whole number above 0", told.get("runs"))
        error = told.get("max_error")
        _see(error == 0 or _above_zero(error), number, "max_error", "a number from 0 on", error)
        ordered = told["min_s"] <= told["median_s"] <= told["max_s"]
        _see(ordered, number, "median_s", "a time from min_s to max_s", told["median_s"])
    else:
        _see(bool(told.get("reason")), number, "reason", "a sentence on why there is no time", told.get("reason"))
    return Row(**told)


def _see(good: bool, number: int, column: str, expected: str, found: object) -> None:
    if not good:
        raise RecordError(f"Row {number}, {column}: expected {expected}, found {str(found)[:80]!r}.")


def _whole(value: object) -> bool:
    return isinstance(value, int) and _above_zero(value)


def _above_zero(value: object) -> bool:
    return isinstance(value, int | float) and not isinstance(value, bool) and 0 < value < _LARGEST


def failures(rows: Iterable[Row]) -> list[Row]:
    """The rows that went wrong."""
    return [row for row in rows if row.status in ("failed", "invalid")]
