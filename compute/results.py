"""The result row: its columns, its CSV, its validation.

A result is one row for one (run, case, mode); a file of results is a CSV in long form, header first.
`COLUMNS` is the one place that says what a column holds; `data/README.md` is generated from it. Writing is
exact: what `to_csv` writes, `read` gives back. Reading is strict and kind: nothing in a file can raise or
run, and whatever is wrong becomes a `Problem`: where, what was found, what was expected, what to do.

Only the standard library is needed, except by `frame` and `from_frame`, which import pandas themselves.
"""

from __future__ import annotations

import csv
import difflib
import io
import itertools
import math
import re
from collections.abc import Callable, Container, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from operator import itemgetter
from pathlib import Path
from typing import TYPE_CHECKING, Any, Literal, NamedTuple

if TYPE_CHECKING:
    import pandas

VERSION = 4
SCHEMA = f"many-hands/{VERSION}"
SHIPPED = Path(__file__).resolve().parent.parent / "data" / "results"

MAX_BYTES = 5_000_000
MAX_ROWS = 50_000
MAX_CELLS = 200
MAX_DETAILS = 20
"""How many problems of one kind in one column are told one by one; the others are counted."""

Row = dict[str, Any]
"""One result. Blank is None; text and times are str, an integer is int, a number is float."""


@dataclass(frozen=True)
class Column:
    """What one column holds. `high` of a text column is its greatest length in characters."""

    name: str
    type: Literal["text", "integer", "number", "time"]
    unit: str
    meaning: str
    low: float | None = None
    high: float | None = None
    choices: tuple[str, ...] = ()
    required: bool = False

    def bounds(self) -> str:
        """The allowed values in words, such as "0 to 1,000,000" or "call, stream or fused"."""
        if self.choices:
            return _listed(self.choices)
        if self.type == "time":
            return "UTC, ends in Z"
        if self.type == "text":
            return f"at most {_plain_number(self.high)} characters"
        return f"{_plain_number(self.low)} to {_plain_number(self.high)}"


def _listed(words: Sequence[str]) -> str:
    return words[0] if len(words) == 1 else f"{', '.join(words[:-1])} or {words[-1]}"


def _plain_number(value: float | None) -> str:
    """A bound for people: 50,000 or 1e21."""
    if value is None:
        return "any"
    if value == int(value) and abs(value) < 1e7:
        return f"{int(value):,}"
    return f"{value:g}".replace("e+", "e")


def _text(name: str, meaning: str, *, required: bool = False, length: int = 200) -> Column:
    return Column(name, "text", "", meaning, high=length, required=required)


def _choice(name: str, meaning: str, choices: str, *, required: bool = False) -> Column:
    return Column(name, "text", "", meaning, high=200, choices=tuple(choices.split()), required=required)


def _number(name: str, unit: str, meaning: str, low: float, high: float) -> Column:
    return Column(name, "number", unit, meaning, low, high)


def _integer(name: str, unit: str, meaning: str, low: float, high: float, *, required: bool = False) -> Column:
    return Column(name, "integer", unit, meaning, low, high, required=required)


def _step_time(name: str, meaning: str) -> Column:
    return _number(name, "s", meaning, 1e-10, 1e6)


def _stage_time(name: str, meaning: str) -> Column:
    return _number(name, "s", meaning, 0, 1e6)


def _gib(name: str, meaning: str) -> Column:
    return _number(name, "GiB", meaning, 0, 1e6)


COLUMNS: tuple[Column, ...] = (
    _text("schema", f"format of the row; this version writes `{SCHEMA}`", required=True),
    _text("run_id", "identity of the run; the same for every row of one run", required=True),
    _choice("suite", "which cases the run was asked for", "quick standard full custom", required=True),
    _text("label", "a name that the person gave to the run"),
    Column("measured_at", "time", "", "when the result was taken (ISO 8601)", required=True),
    # the machine
    _text(
        "platform",
        "where the machine stands: Local, Google Colab, Kaggle, Paperspace, Azure, …",
        required=True,
    ),
    _text(
        "machine_type",
        "the cloud's name for the machine, such as `Standard_NC4as_T4_v3`: `sku` in `prices.csv`; blank = unknown",
    ),
    _text("os", "operating system"),
    _text("python", "version of Python"),
    _text("jax", "version of JAX"),
    _text("jaxlib", "version of jaxlib"),
    _choice("backend", "what JAX ran on", "cpu gpu tpu other", required=True),
    _text("device_kind", "name of the device as JAX gives it", required=True),
    _integer("device_count", "devices", "devices that JAX saw, over all hosts of the run", 1, 1e6),
    _text("chip", "id of the chip in `hardware.csv`; blank = unknown"),
    _text("driver", "version of the accelerator's driver"),
    _text("cpu_model", "name of the host's CPU"),
    _number("cpu_count", "CPUs", "usable CPUs, after affinity and container quota; may be 0.5", 0.01, 1e5),
    _gib("memory_gib", "usable memory of the host"),
    _gib("device_memory_gib", "memory of the device"),
    # the case
    _text("case", "the case's id, such as `matmul square fp32 1024`", required=True),
    _text("workload", "what was run: matmul, cnn, rendering, …", required=True),
    _text("variant", "which form of the workload, such as `square` or `alexnet training`", required=True),
    _text("dtype", "fp64, fp32, tf32, bf16, fp16, fp8_e4m3, fp8_e5m2, int8, uint32, default, …", required=True),
    _integer(
        "size",
        "",
        "size of the case: n of a matmul, images per batch of a CNN, points, nonces, lines of a picture, …",
        0,
        1e12,
        required=True,
    ),
    _choice(
        "mode",
        "one call and wait (call), many calls and one wait (stream), a loop inside one program (fused)",
        "call stream fused",
        required=True,
    ),
    _text("params", "other parameters, `key=value;…`", length=500),
    _integer("devices", "devices", "devices that ran the case together", 1, 1e6),
    _integer("hosts", "hosts", "hosts that these devices are in", 1, 1e6),
    _integer("host_processes", "processes", "processes that ran the case together, over all of these hosts", 1, 1e6),
    _text("options", "XLA options in force, `key=value;…`", length=2000),
    _text("formulation", "how the program was written for this backend, `key=value;…`", length=500),
    _choice("cache", "state of the compilation cache", "cold warm off"),
    _number(
        "flops",
        "FLOP",
        "operations per step, counted by hand: on floating-point numbers, or on integers if `dtype` is int8 or uint32",
        0,
        1e24,
    ),
    _number("bytes", "B", "bytes that a step has to move at least", 0, 1e21),
    _number(
        "items",
        "items",
        "things done per step: images, matrix products, frames, points, hashed headers, moved bodies, …",
        0,
        1e15,
    ),
    _gib("need_gib", "memory that the case said it needs before it started"),
    # the outcome
    _choice("status", "what became of the case", "measured skipped failed", required=True),
    _choice("verdict", "how far the timing can be trusted", "steady noisy unstable invalid"),
    _text("reason", "why it was skipped, failed, or is not steady", length=2000),
    # the timing
    _step_time("median_s", "median time of one step; of several processes, the median of their medians"),
    _step_time(
        "ci_low_s",
        "lower end of the 95 % confidence interval of the median; of several processes, the lowest of theirs",
    ),
    _step_time(
        "ci_high_s",
        "upper end of the 95 % confidence interval of the median; of several processes, the highest of theirs",
    ),
    _step_time("q1_s", "first quartile of the time of one step"),
    _step_time("q3_s", "third quartile of the time of one step"),
    _step_time("min_s", "shortest time of one step"),
    _integer("steps", "steps", "steps per batch, K", 1, 1e12),
    _integer("batches", "batches", "batches that were timed", 1, 1e9),
    _choice("stop", "what ended the timing", "converged settled budget cancelled"),
    _number("drift", "", "time of the last third of the batches over the first third, minus 1", -1, 1e6),
    _number("doubling", "", "T(2K)/T(K); near 2 when every step is really run", 0, 1e6),
    _integer("processes", "processes", "fresh processes that measured the case one after another", 1, 1e4),
    _step_time("process_low_s", "lowest median of a process; blank = only one process"),
    _step_time("process_high_s", "highest median of a process; blank = only one process"),
    _number("process_spread", "", "spread between the processes: (process_high_s - process_low_s) / median_s", 0, 1e6),
    _number("steal", "", "share of CPU time that the hypervisor gave to others while batches ran", 0, 1),
    _text("throttle", "why the device lowered its clock while batches ran, or `none`; blank = it does not say"),
    _stage_time("trace_s", "time to trace the program"),
    _stage_time("lower_s", "time to lower it"),
    _stage_time("compile_s", "time to compile it"),
    _stage_time("first_call_s", "time of the first call"),
    _number("flop_per_s", "FLOP/s", "flops / median_s; OP/s where `dtype` is int8 or uint32", 0, 1e21),
    _number("items_per_s", "items/s", "items / median_s", 0, 1e21),
    # the proof
    _text("arithmetic", "which arithmetic really ran, read from the fingerprint: fp32, tf32, bf16, …"),
    _number("fingerprint", "", "relative error against float64, which gives the arithmetic away", 0, 1e300),
    _number("check_error", "", "relative error of the result against an independent one", 0, 1e300),
    _number("check_limit", "", "greatest error that passes the check", 0, 1e300),
    _integer("products", "", "matrix products and convolutions in the optimised program of one step", 0, 1e9),
    _integer("products_expected", "", "matrix products and convolutions in the program as it was written", 0, 1e9),
    _integer(
        "collectives", "", "operations between devices in the optimised program of one step; blank = one device", 0, 1e9
    ),
    _number(
        "peak_flop_per_s",
        "FLOP/s",
        "dense peak of the data sheet for the dtype, of all devices; blank = unknown",
        1,
        1e21,
    ),
    _gib("peak_memory_gib", "greatest memory of the measuring process so far"),
)

COLUMN: Mapping[str, Column] = {column.name: column for column in COLUMNS}

Migration = Callable[[dict[str, str]], dict[str, str]]

_NEW_IN_2 = (
    *("formulation", "products", "products_expected", "steal", "throttle"),
    *("processes", "process_low_s", "process_high_s", "process_spread"),
)


def _from_1(cells: dict[str, str]) -> dict[str, str]:
    """Version 2 says more; what nobody wrote down then is blank."""
    return dict.fromkeys(_NEW_IN_2, "") | cells


def _from_2(cells: dict[str, str]) -> dict[str, str]:
    """Version 3 may name the type of a rented machine."""
    return {"machine_type": ""} | cells


def _from_3(cells: dict[str, str]) -> dict[str, str]:
    """Version 4 knows cases on several devices; before, each ran on one."""
    return {"devices": "1", "hosts": "1", "host_processes": "1", "collectives": ""} | cells


MIGRATIONS: dict[int, Migration] = {1: _from_1, 2: _from_2, 3: _from_3}
"""Version -> what turns the raw cells (name -> text) of a row of that version into the next version's."""


# --- rows -----------------------------------------------------------------------------------------------


def key(row: Mapping[str, Any]) -> tuple[Any, Any, Any]:
    """What makes a row one of a kind: (run_id, case, mode)."""
    return row["run_id"], row["case"], row["mode"]


def latest(rows: Iterable[Row]) -> list[Row]:
    """The last row of each key, in the order in which the keys first came.

    The worker sends a row again when it has measured it better.
    """
    newest: dict[tuple[Any, Any, Any], Row] = {}
    for row in rows:
        newest[key(row)] = row
    return list(newest.values())


def extra_names(rows: Iterable[Mapping[str, Any]]) -> list[str]:
    """Names in the rows that are no column of ours, in the order in which they first come."""
    kinds = dict.fromkeys(map(tuple, rows))  # most rows have the same names
    return [name for name in dict.fromkeys(name for names in kinds for name in names) if name not in COLUMN]


def frame(rows: Sequence[Row]) -> pandas.DataFrame:
    """The rows as a DataFrame: all COLUMNS in order, then the extra ones; NaN for blank.

    Numbers are float64; integers are int64 where the column is required and float64 where it may be blank;
    text is str. Times stay ISO text, so that the way back is exact; `pandas.to_datetime` reads them.
    """
    import pandas as pd

    names = [*COLUMN, *extra_names(rows)]
    columns = zip(names, _columns(rows, names), strict=True)
    return pd.DataFrame({name: pd.Series(cells, dtype=_dtype(COLUMN.get(name)), name=name) for name, cells in columns})


def _columns(rows: Sequence[Row], names: Sequence[str]) -> list[Sequence[Any]]:
    """The cells of the rows by column; None for a name that a row does not have."""
    try:
        if rows:
            return list(zip(*map(itemgetter(*names), rows), strict=True))  # all rows at once: most have all names
    except KeyError:
        pass
    return [[row.get(name) for row in rows] for name in names]


def _dtype(column: Column | None) -> str:
    if column is None or column.type in ("text", "time"):
        return "str"
    return "int64" if column.type == "integer" and column.required else "float64"


def from_frame(table: pandas.DataFrame) -> list[Row]:
    """The way back from `frame`: rows with None for blank."""
    columns = {}
    for name in table.columns:
        column = COLUMN.get(name)
        whole = column is not None and column.type == "integer"
        filled = table[name].notna()
        values = table[name].astype(object).where(filled, None).tolist()
        columns[name] = [int(value) if whole and value is not None else value for value in values]
    return [dict(zip(columns, cells, strict=True)) for cells in zip(*columns.values(), strict=True)]


def documentation() -> str:
    """The columns as a Markdown table, for `data/README.md`."""
    head = ["| column | type | unit | always filled | bounds | meaning |", "|---|---|---|---|---|---|"]
    body = [
        f"| `{c.name}` | {c.type} | {c.unit} | {'yes' if c.required else ''} | {c.bounds()} | {c.meaning} |"
        for c in COLUMNS
    ]
    return "\n".join([*head, *body]) + "\n"


def shipped(folder: Path = SHIPPED) -> list[Row]:
    """The results that come with the project: every CSV of `data/results/`, in the order of the file names.

    Raises ValueError that names the file and its first problem.
    """
    rows: list[Row] = []
    for path in sorted(folder.glob("*.csv")):
        reading = read(path.read_bytes(), path.name)
        if reading.problems:
            raise ValueError(f"{path.name}: {reading.problems[0]}")
        rows += reading.rows
    return rows


# --- text that is safe in a spreadsheet -----------------------------------------------------------------

# Controls, line and paragraph separators, and the marks that turn the direction of writing around.
_CONTROL = re.compile("[\x00-\x1f\x7f-\x9f\u2028\u2029\u202a-\u202e\u2066-\u2069\ud800-\udfff]")
# What spreadsheets take for a formula, also behind blanks and in full width.
_FORMULA = re.compile(r"[\s']*[=+\-@＝＋－＠]")


def has_control(text: str) -> bool:
    """Whether the text holds controls, line ends, or marks that turn the direction of writing around."""
    return not text.isprintable() and _CONTROL.search(text) is not None  # what is printable is no control


def _safe(text: str) -> str:
    """The text with a ' before whatever a spreadsheet would run.

    A spreadsheet that separates by semicolons starts a new cell after each, so each part is made safe.
    """
    return ";".join("'" + part if _FORMULA.match(part) else part for part in text.split(";"))


def _unsafe(text: str) -> str:
    """Undoes `_safe` exactly."""
    if "'" not in text:
        return text
    parts = text.split(";")
    return ";".join(part[1:] if part.startswith("'") and _FORMULA.match(part[1:]) else part for part in parts)


# --- writing --------------------------------------------------------------------------------------------


def to_csv(rows: Iterable[Row]) -> str:
    """The rows as CSV: header first, all COLUMNS in order, then the extra ones.

    None and numbers that are not finite become blank. Control characters in text become blanks and overlong
    text is cut, so that a good row can always be read back. Raises ValueError if a number column holds text.
    """
    rows = list(rows)
    columns = [*COLUMNS, *(_text(name, "", length=2000) for name in extra_names(rows))]
    out = io.StringIO()
    writer = csv.writer(out, lineterminator="\n")
    writer.writerow([_written(_text(c.name, ""), c.name) for c in columns])
    writer.writerows([_written(column, row.get(column.name)) for column in columns] for row in rows)
    return out.getvalue()


def _written(column: Column, value: Any) -> str:
    """One value as the text of its cell."""
    if value is None:
        return ""
    if column.type in ("text", "time"):
        return _safe(_clean(str(value), int(column.high or 200)))
    number = float(value)
    if not math.isfinite(number):
        return ""
    if number == int(number) and abs(number) < 1e15:
        return str(int(number))
    return repr(number)


def one_line(text: str) -> str:
    """The text without control characters, line breaks and marks that turn the direction of writing around."""
    return _CONTROL.sub(" ", text).strip()


def _clean(text: str, length: int) -> str:
    text = _CONTROL.sub(" ", text)
    return text if len(text) <= length else text[: length - 1] + "…"


# --- reading --------------------------------------------------------------------------------------------


@dataclass(frozen=True)
class Problem:
    """One thing that is wrong with a file.

    `row` is the line of the file, from 1 (the header), and None for the whole file. `found` is shortened,
    holds no control character, and keeps what came from the file between backticks: safe to show.
    """

    row: int | None
    column: str | None
    found: str
    expected: str
    advice: str

    def __str__(self) -> str:
        places = [f"row {self.row}" if self.row else "", f"column {self.column}" if self.column else ""]
        place = ", ".join(part for part in places if part) or "file"
        return f"{place[0].upper()}{place[1:]}: found {self.found}, expected {self.expected}. {self.advice}"


@dataclass(frozen=True)
class Reading:
    """What a file held: the good rows, what is wrong with the others, and the names of the extra columns."""

    rows: list[Row]
    problems: list[Problem]
    extra: tuple[str, ...]


def read(data: bytes, name: str = "file") -> Reading:
    """Reads and checks a CSV of results. Never raises because of what is in it.

    `rows` has only the good ones: a row with any problem is left out, and the problem is in `problems`.
    """
    report = _Report()
    try:
        text = _decoded(data, name)
        header, records = _table(text, name, report)
        rows, extra = _rows(header, records, report)
    except _Refused as refused:
        return Reading([], [*report.problems(), refused.problem], ())
    return Reading(rows, report.problems(), extra)


class _Refused(Exception):
    """The file cannot be read at all."""

    def __init__(self, found: str, expected: str, advice: str, row: int | None = None, column: str | None = None):
        self.problem = Problem(row, column, found, expected, advice)


class _Fault(NamedTuple):
    """What is wrong with one cell; `kind` in the plural, for counting."""

    kind: str
    expected: str
    advice: str


class _Report:
    """Collects problems: the first of each kind and column one by one, the others as a count."""

    def __init__(self) -> None:
        self._details: list[Problem] = []
        self._counts: dict[tuple[str, str | None], int] = {}

    def add(self, row: int | None, column: str | None, found: str, fault: _Fault) -> None:
        place = fault.kind, column
        self._counts[place] = self._counts.get(place, 0) + 1
        if self._counts[place] <= MAX_DETAILS:
            self._details.append(Problem(row, column, found, fault.expected, fault.advice))

    def problems(self) -> list[Problem]:
        details = sorted(self._details, key=lambda problem: problem.row or 0)
        rest = [
            Problem(None, column, f"{count - MAX_DETAILS:,} more {kind}", "none", "Mend them like those above.")
            for (kind, column), count in self._counts.items()
            if count > MAX_DETAILS
        ]
        return details + rest


def shown(text: str, length: int = 60) -> str:
    """Text from a file, short and harmless: between backticks, with escapes for what does not print."""
    short = text if len(text) <= length else text[: length - 1] + "…"
    printable = "".join(c if c.isprintable() else f"\\u{ord(c):04x}" for c in short)
    return "`" + printable.replace("`", "'") + "`" if text else "nothing"


# the file

_SIGNATURES = (
    (b"\x89PNG", "a PNG picture"),
    (b"\xff\xd8\xff", "a JPEG picture"),
    (b"GIF8", "a GIF picture"),
    (b"%PDF", "a PDF document"),
    (b"PK\x03\x04", "a ZIP archive or an Excel workbook"),
    (b"\xd0\xcf\x11\xe0", "an old Excel workbook"),
    (b"\x1f\x8b", "a gzip archive"),
)
_A_RESULTS_FILE = "a CSV of Many Hands results"
_SAVE_AS_UTF8 = "In the spreadsheet, save as “CSV UTF-8 (comma delimited)”, then upload again."
_EXPORT_AGAIN = "Take the CSV that Many Hands wrote, as it is."


def _decoded(data: bytes, name: str) -> str:
    """The text of the file, without its byte order mark."""
    if len(data) > MAX_BYTES:
        rows = max(data.count(b"\n") - 1, 0)
        found = f"{shown(name)} with {len(data) / 1e6:,.1f} MB in about {rows:,} rows"
        raise _Refused(found, f"at most {MAX_BYTES / 1e6:.0f} MB", "Split the file, for example one file per run.")
    for signature, what in _SIGNATURES:
        if data.startswith(signature):
            raise _Refused(f"{what} named {shown(name)}", _A_RESULTS_FILE, _EXPORT_AGAIN)
    if _is_utf16(data):
        raise _Refused("text in UTF-16", "text in UTF-8", _SAVE_AS_UTF8, row=1)
    if b"\0" in data:
        raise _Refused(f"binary data in {shown(name)}", _A_RESULTS_FILE, _EXPORT_AGAIN)
    try:
        text = data.decode("utf-8").lstrip("\ufeff")
    except UnicodeDecodeError as error:
        row = data.count(b"\n", 0, error.start) + 1
        raise _Refused(f"the byte 0x{data[error.start]:02X}", "text in UTF-8", _SAVE_AS_UTF8, row=row) from None
    if not text.strip():
        raise _Refused(f"nothing in {shown(name)}", _A_RESULTS_FILE, _EXPORT_AGAIN)
    return text


def _is_utf16(data: bytes) -> bool:
    """UTF-16 with its mark, or Latin text in UTF-16 without: every second byte is 0."""
    start = data[:400]
    half = len(start) // 2
    mostly = max(start[0::2].count(0), start[1::2].count(0)) > 0.9 * half
    return data.startswith((b"\xff\xfe", b"\xfe\xff")) or (half >= 8 and mostly and start.count(0) <= half + 1)


# the table

Record = tuple[int, list[str]]
"""The line on which it starts, and its cells."""

_BROKEN_QUOTES = _Fault(
    "cells with a lone quotation mark",
    "cells that end on their line",
    "Close or remove the quotation mark. The rows after it were not read.",
)


def _table(text: str, name: str, report: _Report) -> tuple[list[str], list[Record]]:
    """The names of the columns and the records under them, each as long as the header."""
    _check_separator(text)
    records = _records(text, report)
    if not records:
        raise _Refused(f"no rows in {shown(name)}", _A_RESULTS_FILE, _EXPORT_AGAIN)
    line, cells = records[0]
    header = _header(line, cells)
    if len(records) == 1:
        report.add(None, None, "a header without rows", _Fault("", "at least one result", _EXPORT_AGAIN))
    return header, list(_fitting(header, records[1:], text, report))


def _check_separator(text: str) -> None:
    """Raises _Refused if the header falls into our names at another mark than the comma."""
    start = re.split(r"[\r\n]", text.lstrip(), maxsplit=1)[0][:20_000]
    ours = {mark: len(COLUMN.keys() & {part.strip(' "') for part in start.split(mark)}) for mark in ",;\t"}
    for mark, word in ((";", "semicolons"), ("\t", "tabs")):
        if ours[mark] > ours[","]:
            advice = f"Decimal commas must be points as well. {_SAVE_AS_UTF8}"
            raise _Refused(f"cells separated by {word}", "cells separated by commas", advice, row=1)


def _records(text: str, report: _Report) -> list[Record]:
    """All records that are not blank. Line ends may be LF, CR LF or CR."""
    reader = csv.reader(io.StringIO(text, newline=""), strict=True)
    records: list[Record] = []
    line = 1
    try:
        for cells in reader:
            if any(cells):
                records.append((line, cells))
            if len(records) > MAX_ROWS + 1:
                rows = max(text.count("\n"), text.count("\r")) - 1
                advice = "Split the file, for example one file per run."
                raise _Refused(f"about {rows:,} rows", f"at most {MAX_ROWS:,} rows", advice)
            line = reader.line_num + 1
    except csv.Error:
        report.add(line, None, "a lone quotation mark", _BROKEN_QUOTES)
    return records


def _header(line: int, cells: list[str]) -> list[str]:
    """The names in the header; raises _Refused if they are not ours."""
    names = [_unsafe(cell.strip()) for cell in cells]
    if len(names) > MAX_CELLS:
        advice = "Remove the columns that are not from Many Hands."
        raise _Refused(f"{len(names):,} columns", f"at most {MAX_CELLS}", advice, row=line)
    if len(COLUMN.keys() & names) < len(COLUMN) / 4:
        found = f"a header that starts with {shown(','.join(cells))}"
        raise _Refused(found, f"the header {shown(','.join(COLUMN))}", _EXPORT_AGAIN, row=line)
    for name in names:
        if name and names.count(name) > 1:
            found = f"the column {names.count(name)} times"
            raise _Refused(found, "each column once", "Remove the copies.", row=line, column=_column_name(name))
    return names


def _column_name(name: str) -> str:
    """A column's name as a problem may show it: our own as it is, a stranger's made harmless."""
    return name if name in COLUMN else shown(name)


def _fitting(header: list[str], records: list[Record], text: str, report: _Report) -> Iterator[Record]:
    """The records that have one cell for each column. Blank cells at the end may be too many."""
    whole = text.endswith(("\n", "\r"))
    for number, (line, cells) in enumerate(records, start=1):
        if len(cells) < len(header):
            found = f"{len(cells)} cells"
            if number == len(records) and not whole:
                found = f"a last line that breaks off in cell {len(cells)}"
            advice = "The file was cut off or cells were deleted: take the complete file."
            column = _column_name(header[len(cells)]) if header[len(cells)] else None
            report.add(line, column, found, _Fault("rows that are too short", f"{len(header)} cells", advice))
        elif any(cells[len(header) :]):
            advice = "Decimal commas must be points, and text with a comma needs quotation marks around it."
            fault = _Fault("rows that are too long", f"{len(header)} cells", advice)
            report.add(line, _column_name(header[-1]) if header[-1] else None, f"{len(cells)} cells", fault)
        else:
            yield line, cells[: len(header)]


# the rows


def _rows(header: list[str], records: list[Record], report: _Report) -> tuple[list[Row], tuple[str, ...]]:
    """The good rows of the records, and the names of the extra columns."""
    _check_nameless(header, records, report)
    rows: list[Row] = []
    first_line: dict[tuple[Any, Any, Any], int] = {}
    named: set[tuple[str, ...]] = set()
    extra: dict[str, None] = {}
    cells_of: dict[str, Cells] = {}
    for names, lines, texts in _migrated(header, records, report):
        if names not in named:
            named.add(names)
            _check_missing(names, report)
            extra |= dict.fromkeys(name for name in names if name not in COLUMN)
            cells_of |= {name: cells_of.get(name) or Cells(column_of(name)) for name in [*COLUMN, *extra]}
        for line, row in _valued(lines, dict(zip(names, texts, strict=True)), cells_of, report):
            if key(row) in first_line:
                found = f"the same run, case and mode as row {first_line[key(row)]}"
                advice = "Remove one of the two rows."
                fault = _Fault("repeated rows", "each case and mode once per run", advice)
                report.add(line, "case", found, fault)
                continue
            first_line[key(row)] = line
            rows.append(row)
    return rows, tuple(extra)


def _check_nameless(header: list[str], records: list[Record], report: _Report) -> None:
    """Cells under no name cannot be kept; blank ones are what a spreadsheet adds."""
    fault = _Fault("cells under no name", "a name above each cell", "Name the column or empty its cells.")
    for place in (place for place, name in enumerate(header) if not name):
        for line, cells in records:
            if cells[place]:
                report.add(line, None, f"{shown(cells[place])} in cell {place + 1}", fault)


def _check_missing(names: tuple[str, ...], report: _Report) -> None:
    """Reports the columns that are not there; raises _Refused when rows cannot do without."""
    missing = [column for column in COLUMNS if column.name not in names]
    strangers = [name for name in names if name not in COLUMN]
    for column in missing:
        near = difflib.get_close_matches(column.name, strangers, n=1, cutoff=0.75)
        found = f"the column {shown(near[0])} instead" if near else "no such column"
        unit = f" in {column.unit}" if column.unit else ""
        advice = f"Name it {column.name} and give its values{unit}." if near else _EXPORT_AGAIN
        if column.required:
            raise _Refused(found, f"the column {column.name}", advice, row=1, column=column.name)
        report.add(1, column.name, found, _Fault("missing columns", f"the column {column.name}", advice))


Block = tuple[tuple[str, ...], list[int], list[tuple[str, ...]]]
"""Names of columns, the lines of some records, and the texts in each of these columns."""


def _migrated(header: list[str], records: list[Record], report: _Report) -> Iterator[Block]:
    """The records in this version's schema, as blocks of columns: column by column they are read much faster."""
    newer: dict[str, list[int]] = {}
    place = header.index("schema") if "schema" in header else None
    for schema, together in itertools.groupby(
        records, lambda record: SCHEMA if place is None else record[1][place].strip()
    ):
        block = list(together)
        version = _version(schema)
        if version > VERSION:
            newer.setdefault(schema, []).extend(line for line, _ in block)
        elif version != VERSION and version not in MIGRATIONS:
            advice = "Measure again with this version."
            for line, _ in block:
                report.add(line, "schema", shown(schema), _Fault("rows of an unknown schema", f"`{SCHEMA}`", advice))
        else:
            yield from _blocks(header, block, version)
    for schema, lines in newer.items():
        found = f"{shown(schema)} in {len(lines):,} {'row' if len(lines) == 1 else 'rows'}"
        advice = "The file comes from a newer Many Hands: update this one."
        report.add(lines[0], "schema", found, _Fault("newer schemas", f"`{SCHEMA}` or older", advice))


def _blocks(header: list[str], records: list[Record], version: int) -> Iterator[Block]:
    """The records of one version, brought to this one; a column without a name is left out."""
    if version == VERSION:
        columns = dict(zip(header, zip(*(cells for _, cells in records), strict=True), strict=True))
        columns.pop("", None)
        yield tuple(columns), [line for line, _ in records], list(columns.values())
        return
    raws = [dict(zip(header, cells, strict=True)) for _, cells in records]
    for step in range(version, VERSION):
        raws = [MIGRATIONS[step](raw) for raw in raws]
    now = {"schema": SCHEMA} if "schema" in header else {}
    migrated = [(line, [*(raw | now).items()]) for (line, _), raw in zip(records, raws, strict=True)]
    for names, together in itertools.groupby(migrated, lambda pair: [name for name, _ in pair[1]]):
        same = [(line, [text for _, text in cells]) for line, cells in together]
        yield from _blocks(names, same, VERSION)


def _version(schema: str) -> int:
    """The version in a schema; 0, which never was one, where it names none."""
    match = re.fullmatch(r"many-hands/([0-9]{1,6})", schema)
    return int(match[1]) if match else 0


def column_of(name: str) -> Column:
    """The column of this name; one of text where it is no column of ours."""
    return COLUMN.get(name) or _text(name, "an extra column", length=2000)


def _valued(
    lines: list[int], texts: Mapping[str, Sequence[str]], cells_of: Mapping[str, Cells], report: _Report
) -> Iterator[tuple[int, Row]]:
    """The good rows with their lines; what is wrong with the others is in the report."""
    blank = [""] * len(lines)
    values = {name: cells.values_of(texts.get(name, blank)) for name, cells in cells_of.items()}
    bad: set[int] = set()
    for name, column in values.items():
        if cells_of[name].faulty:
            for place, value in enumerate(column):
                if type(value) is _Fault:
                    report.add(lines[place], _column_name(name), shown(texts[name][place]), value)
                    bad.add(place)
    for place, (name, found, fault) in [*contradictions(values, bad)]:
        report.add(lines[place], name, found, fault)
        bad.add(place)
    names = [*values]
    for place, (line, cells) in enumerate(zip(lines, zip(*values.values(), strict=True), strict=True)):
        if place not in bad:
            yield line, dict(zip(names, cells, strict=False))  # as long as one another


# the cells


class Cells(dict[str, Any]):
    """The text of a cell -> its value or its _Fault, remembered, because most cells repeat."""

    def __init__(self, column: Column) -> None:
        super().__init__()
        self._column = column
        self.faulty = False
        """Whether any cell so far was a fault."""

    def __missing__(self, text: str) -> Any:
        self[text] = value = _value(self._column, text)
        self.faulty = self.faulty or type(value) is _Fault
        return value

    def values_of(self, texts: Sequence[str]) -> list[Any]:
        """The value or the fault of each cell of a column."""
        numbers = _good_numbers(self._column, texts) if self._column.type == "number" else None
        return [*map(self.__getitem__, texts)] if numbers is None else numbers


_NUMERALS = re.compile("[0-9.eE+-]*")


def _good_numbers(column: Column, texts: Sequence[str]) -> list[float | None] | None:
    """The numbers of a column that is good from top to bottom, much faster than cell by cell; None where it is not."""
    together = "".join(texts)
    if column.required or not _NUMERALS.fullmatch(together):
        return None
    if not together:
        return [None] * len(texts)
    try:
        known: list[float] = [*map(float, filter(None, texts))]
    except ValueError:
        return None
    filled = iter(known)
    values: list[float | None] = [next(filled) if text else None for text in texts]
    low, high = column.low or 0, column.high or math.inf
    return values if not known or (low <= min(known) and max(known) <= high) else None


_NUMBER = re.compile(r"[+-]?(?:[0-9]+\.?[0-9]*|\.[0-9]+)(?:[eE][+-]?[0-9]+)?")
_DECIMAL_COMMA = re.compile(r"[+-]?[0-9.]*,[0-9]*(?:[eE][+-]?[0-9]+)?")


def _value(column: Column, text: str) -> Any:
    """The value in a cell, None for blank, or a _Fault."""
    if not text or (column.type != "text" and not text.strip()):
        return _Fault("blank cells", "a value", "This column is always filled.") if column.required else None
    if column.type == "text":
        return _text_value(column, text)
    if column.type == "time":
        return _time_value(text.strip())
    return _number_value(column, text.strip())


def _text_value(column: Column, text: str) -> str | _Fault:
    text = _unsafe(text)
    if column.choices and text not in column.choices:
        return _Fault("unknown words", column.bounds(), "Use one of these words.")
    if has_control(text):
        advice = "Remove line breaks, control characters and marks that turn the direction of writing around."
        return _Fault("control characters", "text on one line", advice)
    if column.high is not None and len(text) > column.high:
        return _Fault("overlong texts", column.bounds(), "Shorten it.")
    return text


def _time_value(text: str) -> str | _Fault:
    fault = _Fault("bad times", "a time in UTC such as 2025-01-31T12:00:00Z", "Write the time like this.")
    if not re.fullmatch(r"[0-9]{4}-[0-9]{2}-[0-9]{2}T[0-9]{2}:[0-9]{2}:[0-9]{2}(?:\.[0-9]{1,6})?Z", text):
        return fault
    try:
        year = datetime.fromisoformat(text).year
    except ValueError:
        return fault
    return text if 2020 <= year <= 2100 else fault


def _number_value(column: Column, text: str) -> float | int | _Fault:
    low, high = column.low or 0, column.high or math.inf
    if not _NUMBER.fullmatch(text):
        if _DECIMAL_COMMA.fullmatch(text):
            return _Fault("decimal commas", f"{_number_word(column)} with a decimal point", "Write 0.5, not 0,5.")
        advice = "Leave the cell blank if the value is unknown."
        return _Fault("cells that are not numbers", _expected_number(column), advice)
    value = float(text)
    if not low <= value <= high:
        return _Fault("values out of bounds", _expected_number(column), "Check the value and its unit.")
    if column.type == "number":
        return value
    if value != int(value):
        return _Fault("broken numbers", _expected_number(column), "Write it without a fraction.")
    return int(text) if text.isdecimal() else int(value)


def _number_word(column: Column) -> str:
    return "a whole number" if column.type == "integer" else "a number"


def _expected_number(column: Column) -> str:
    return f"{_number_word(column)} from {column.bounds()}{' ' + column.unit if column.unit else ''}"


# what cells of one row say of each other

Contradiction = tuple[str, str, _Fault]
"""Column, found, fault."""

_TOLERANCE = 0.01
"""A rate may differ from amount / median_s by this much, as a spreadsheet rounds."""

_LOWER_TIMES = ("ci_low_s", "q1_s", "min_s", "process_low_s")
_UPPER_TIMES = ("ci_high_s", "q3_s", "process_high_s")
_WRONG_UNITS = (
    (1e-3, "median_s", "milliseconds", "Divide all times of the row by 1000."),
    (1e-6, "median_s", "microseconds", "Divide all times of the row by 1,000,000."),
    (1e-9, "median_s", "nanoseconds", "Divide all times of the row by 1,000,000,000."),
    (1e3, "", "thousands", "Multiply it by 1000."),
    (1e6, "", "millions (MFLOP/s)", "Multiply it by 1,000,000."),
    (1e9, "", "billions (GFLOP/s)", "Multiply it by 1,000,000,000."),
    (1e12, "", "trillions (TFLOP/s)", "Multiply it by 1e12."),
)
"""(amount / median_s) / rate, where the wrong unit stands ("" = the rate), its name, what to do."""


RELATED = (
    *("status", "verdict", "median_s", "ci_low_s", "q1_s", "min_s", "ci_high_s", "q3_s", "process_low_s"),
    *("process_high_s", "flops", "flop_per_s", "items", "items_per_s", "check_error", "check_limit", "reason"),
)
"""The columns that have to go together."""


def contradictions(
    values: Mapping[str, Sequence[Any]], passed_over: Container[int] = ()
) -> Iterator[tuple[int, Contradiction]]:
    """What does not go together in rows whose cells are each good by themselves, with the place of the row.

    `values` are columns by name, of which some rows may be passed over.
    """
    for place, coherent in enumerate(_coherent(values)):
        if not coherent and place not in passed_over:
            row = {name: values[name][place] for name in RELATED}
            yield from ((place, contradiction) for contradiction in _contradictions(row))


def _coherent(values: Mapping[str, Sequence[Any]]) -> Iterator[bool]:
    """Whether each row is measured and surely without contradiction, so that only the others are looked at closely.

    Column by column, because nearly all rows are, and a room's files have 50,000 of them.
    """
    for row in zip(*(values[name] for name in RELATED), strict=True):
        status, verdict, median, low, q1, least, high, q3, fastest, slowest, *amounts, error, limit, _ = row
        flops, flop_rate, items, item_rate = amounts
        try:
            below, above = median * (1 + 1e-6), median * (1 - 1e-6)
            yield (
                status == "measured"
                and verdict is not None
                and (low <= below and q1 <= below and least <= below and high >= above and q3 >= above)
                and (fastest is None or fastest <= below)
                and (slowest is None or slowest >= above)
                and abs(flop_rate * median - flops) <= _TOLERANCE * flops
                and abs(item_rate * median - items) <= _TOLERANCE * items
                and error <= limit
            )
        except TypeError:  # a blank or a fault among them
            yield False


def _contradictions(row: Row) -> Iterator[Contradiction]:
    """What does not go together in a row whose cells are each good by themselves."""
    if row["status"] == "measured":
        yield from _blank_when_measured(row)
        if row["median_s"] is not None:
            yield from _out_of_order(row)
            yield from _wrong_rates(row)
        yield from _unmarked_invalid(row)
    else:
        yield from _filled_when_not_measured(row)


def _blank_when_measured(row: Row) -> Iterator[Contradiction]:
    for column in ("verdict", "median_s"):
        if row[column] is None:
            advice = "Give the value, or make the status failed and give the reason."
            yield column, "nothing", _Fault("blank cells", "a value, as the status is measured", advice)
    if (row["ci_low_s"] is None) != (row["ci_high_s"] is None):
        column = "ci_low_s" if row["ci_low_s"] is None else "ci_high_s"
        yield column, "nothing", _Fault("half intervals", "both ends or none", "Give both ends or none.")


def _filled_when_not_measured(row: Row) -> Iterator[Contradiction]:
    if row["reason"] is None:
        fault = _Fault("missing reasons", f"a sentence, as the status is {row['status']}", "Say why.")
        yield "reason", "nothing", fault
    for column in ("median_s", "flop_per_s", "items_per_s"):
        if row[column] is not None:
            expected = f"nothing, as the status is {row['status']}"
            yield (
                column,
                f"`{row[column]}`",
                _Fault("values without a measurement", expected, "Empty the cell."),
            )


def _out_of_order(row: Row) -> Iterator[Contradiction]:
    """ci_low, q1, min, process_low <= median <= ci_high, q3, process_high, with room for rounding."""
    median = row["median_s"]
    slack = 1e-6 * median
    for column in (*_LOWER_TIMES, *_UPPER_TIMES):
        value = row[column]
        upper = column in _UPPER_TIMES
        if value is not None and (value < median - slack if upper else value > median + slack):
            word = "at least" if upper else "at most"
            advice = "Check that all times of the row are in seconds."
            yield (
                column,
                f"`{value!r}`",
                _Fault("times out of order", f"{word} median_s, {median!r} s", advice),
            )


def _wrong_rates(row: Row) -> Iterator[Contradiction]:
    """Rates are amount / median_s. The first that is not is told, with the unit that explains it."""
    for amount, rate in (("flops", "flop_per_s"), ("items", "items_per_s")):
        if row[amount] is None and row[rate] is None:
            continue
        if row[amount] is None or row[rate] is None:
            blank = amount if row[amount] is None else rate
            expected = f"a value, as {rate} = {amount} / median_s"
            yield blank, "nothing", _Fault("blank cells", expected, "Fill the cell, or empty both.")
            return
        expected_rate = row[amount] / row["median_s"]
        if abs(row[rate] - expected_rate) > _TOLERANCE * expected_rate:
            yield _wrong_rate(row, rate, expected_rate)
            return


def _wrong_rate(row: Row, rate: str, expected: float) -> Contradiction:
    for factor, place, unit, advice in _WRONG_UNITS:
        if row[rate] and math.isclose(expected / row[rate], factor, rel_tol=2 * _TOLERANCE):
            column = place or rate
            found = f"`{row[column]!r}`, which looks like {unit}"
            right = "seconds" if column == "median_s" else COLUMN[column].unit
            return column, found, _Fault("wrong units", f"a value in {right}", advice)
    advice = f"Check {rate}, median_s and their units."
    return rate, f"`{row[rate]!r}`", _Fault("wrong rates", f"{expected:.4g}, from median_s", advice)


def _unmarked_invalid(row: Row) -> Iterator[Contradiction]:
    """A wrong answer is invalid, whoever says otherwise."""
    error, limit = row["check_error"], row["check_limit"]
    if row["verdict"] not in (None, "invalid") and error is not None and limit is not None and error > limit:
        expected = f"invalid, as check_error {error:.3g} is above check_limit {limit:.3g}"
        fault = _Fault("wrong verdicts", expected, "A result that failed its check cannot be used.")
        yield "verdict", f"`{row['verdict']}`", fault
