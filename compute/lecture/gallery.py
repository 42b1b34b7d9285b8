"""The wrong-way gallery: eight classic mistakes of benchmarking, what each is, and what a run of them found here.

The mistakes themselves are in `wrong_ways`, made by the child process `gallery_worker`. This file knows their words,
starts the child, reads its log, and says what the figures mean. It never imports JAX.
"""

from __future__ import annotations

import ast
import sys
import textwrap
import time
from collections.abc import Iterator
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Any

from compute.compare.pick import Interval
from compute.lecture import live
from compute.measure.arithmetic import BANDS
from compute.measure.log import parse
from compute.measure.runner import Runner, Snapshot, Spec
from compute.terminal import plain, table
from compute.units import count, si

WORKER = (sys.executable, "-P", "-m", "compute.lecture.gallery_worker")
SECONDS = 0.8
_WAYS = Path(__file__).with_name("wrong_ways.py")

# A rate that is off by less than this is nothing that anybody would notice.
_NOTICED = 1.05
# What is faster than the line was not measured right (as in compute.measure.verdict).
_ABOVE_LINE = 1.02
# Beyond all that is counted here; larger numbers could not be divided.
_LARGEST = 1e30

RATE, ERROR, UNITS = "FLOP/s", "relative error", "units"


@dataclass(frozen=True)
class Mistake:
    """One mistake: its name, what happens in a line, why it is one, what to do instead, and where it does no harm.

    `unit` is that of its figures: FLOP/s, the relative error of a product, or by how much its worst element is off.
    """

    id: str
    title: str
    short: str
    why: str
    instead: str
    spared: str
    unit: str = RATE


MISTAKES = (
    Mistake(
        "no_synchronisation",
        "No synchronisation",
        "The clock stops before the work is done.",
        "JAX puts the work on a list and returns at once. This clock stops before the work is done: what it timed is "
        "the order, not the product.",
        "call block_until_ready() before the clock stops.",
        "This device waited by itself.",
    ),
    Mistake(
        "compile_time_included",
        "Compile time included",
        "The translator’s time counts as the worker’s.",
        "The first call also translates the function into machine code. That is paid once, and is taken here for the "
        "speed of every call.",
        "call it once to warm up, then start the clock.",
        "Compiling took no longer than noise.",
    ),
    Mistake(
        "zeros_for_data",
        "Zeros for data",
        "Nothing is less work than something.",
        "A transistor takes power when it switches, and zeros switch almost nothing. A GPU at its power limit is "
        "faster on zeros than on any real data.",
        "measure with random numbers.",
        "No power limit holds this device back, so zeros take as long as other numbers.",
    ),
    Mistake(
        "hoisted_loop",
        "Hoisted loop",
        "Twenty times the same is done once.",
        "Every round computes the same a @ b. The compiler sees that, does it once before the loop, and nineteen of "
        "twenty products are counted and never done.",
        "let each round need the result of the one before.",
        "This compiler left the product in the loop.",
    ),
    Mistake(
        "constants_folded",
        "Constants folded",
        "The compiler knows the answer beforehand.",
        "a and b are no arguments, so to the compiler they are constants. It multiplies them itself, and the program "
        "that is timed only hands out the answer.",
        "pass the data as arguments.",
        "This compiler left the product to the program.",
    ),
    Mistake(
        "default_precision",
        "Default precision as fp32",
        "Stored with 24 bits, multiplied with fewer.",
        "The numbers are stored in fp32. Many GPUs and TPUs still multiply them with fewer digits unless told "
        "otherwise: fast, and not what the label says.",
        'ask with precision="highest", and check the error.',
        "Left to itself, this device multiplies fp32 in fp32.",
        ERROR,
    ),
    Mistake(
        "one_sample",
        "One sample",
        "One glance at a busy machine.",
        "A machine does other things, too. One timing may catch a good moment or a bad one, and nothing in it says "
        "which.",
        "take many, and report their median and its interval.",
        "This machine was quiet: one sample would have done.",
    ),
    Mistake(
        "int8_overflow",
        "int8 overflow",
        "The counter runs over.",
        "An int8 holds −128 to 127, and JAX keeps int8 times int8 in int8. The sums are far larger and wrap around, "
        "like an old mileage counter.",
        "add up with preferred_element_type=jnp.int32.",
        "This version of JAX widens the sums by itself.",
        UNITS,
    ),
)
BY_ID = {mistake.id: mistake for mistake in MISTAKES}

# The largest error that the rounding of fp32 explains, and the distance below which an integer is the right one.
_LIMITS = {ERROR: dict(BANDS)["fp32"], UNITS: 0.5}
_LIMIT_NAMES = {ERROR: "fp32 rounding", UNITS: "half a unit"}
_SOURCES = {"data sheet": "data sheet", "measured": "best seen here"}


def code(mistake: str) -> str:
    """The lines that make a mistake, as `wrong_ways` runs them: the body of its function without the docstring."""
    return _bodies()[mistake]


@cache
def _bodies() -> dict[str, str]:
    text = _WAYS.read_text(encoding="utf-8")
    lines = text.splitlines()
    functions = [node for node in ast.parse(text).body if isinstance(node, ast.FunctionDef)]
    return {
        function.name: textwrap.dedent("\n".join(lines[_first_line(function) : function.end_lineno])).strip("\n")
        for function in functions
    }


def _first_line(function: ast.FunctionDef) -> int:
    """Number of the lines before the code: those up to the docstring's last."""
    return function.body[0].end_lineno or 0


# --- running it ---


@dataclass(frozen=True)
class Gallery(Spec):
    """All eight mistakes; a figure takes about `seconds`, and the sizes are divided by `shrink`."""

    suite: str = "gallery"
    seconds: float = SECONDS
    shrink: int = 1

    def arguments(self) -> list[str]:
        """The command line for this of the worker."""
        return [f"--seconds={self.seconds}", f"--shrink={self.shrink}"]


RUNNER = Runner(command=WORKER, shelf="gallery")


def share(snapshot: Snapshot) -> float:
    """How much of a run is over, from 0 to 1."""
    return min(snapshot.done / len(MISTAKES), 1.0)


def ending(snapshot: Snapshot) -> str:
    """How a run ended that did not end well, and what to do; "" for any other."""
    if snapshot.state == "cancelled":
        return "The run was cancelled. Run it again for the rest."
    if snapshot.state in ("failed", "interrupted"):
        return f"The run ended early. {snapshot.error} Run it again."
    return ""


# --- what it found ---


class RecordError(ValueError):
    """The log of a run that cannot be read; the message is a sentence for people."""


@dataclass(frozen=True)
class Line:
    """What physics allows: FLOP/s of a dtype by the data sheet or as seen here, or the largest honest error."""

    value: float
    source: str


@dataclass(frozen=True)
class Row:
    """What became of one mistake; `wrong` and `right` in its unit, None where it failed, for `reason`.

    `products` of `expected` are left in the compiled program, `arithmetic` is what really ran, `share` is how many of
    the answers are wrong, `samples` how many times were taken.
    """

    mistake: str
    reason: str = ""
    n: int = 0
    dtype: str = ""
    wrong: Interval | None = None
    right: Interval | None = None
    products: int | None = None
    expected: int | None = None
    arithmetic: str = ""
    share: float | None = None
    samples: int | None = None

    @property
    def about(self) -> Mistake:
        """The mistake that it is a row of."""
        return BY_ID[self.mistake]


@dataclass(frozen=True)
class Record:
    """One run: the machine it was on, the lines of its dtypes, and its rows, in the order of `MISTAKES`."""

    machine: dict[str, Any]
    lines: dict[str, Line]
    rows: tuple[Row, ...]

    @property
    def device(self) -> str:
        """The device in a few words."""
        return live.machine_words(self.machine)

    @property
    def kind(self) -> str:
        """The kind of machine, as everywhere: cpu, gpu, tpu or other."""
        return str(self.machine.get("backend") or "other")

    def line(self, row: Row) -> Line | None:
        """The line that a row is drawn against; None while there is none."""
        unit = row.about.unit
        return self.lines.get(row.dtype) if unit == RATE else Line(_LIMITS[unit], _LIMIT_NAMES[unit])

    def row(self, mistake: str) -> Row | None:
        """The row of a mistake, or None while there is none."""
        return next((row for row in self.rows if row.mistake == mistake), None)


def of(snapshot: Snapshot) -> Record | None:
    """What a run of the gallery has found so far; None before it knows its machine, and for a run of another kind.

    Raises RecordError where its log is damaged.
    """
    path = RUNNER.log_path(snapshot.run_id)
    return record(path.read_bytes()) if snapshot.run_id and path.is_file() else None


def record(log: bytes) -> Record | None:
    """The record in the text of a log; lines that are no events are passed over. Raises RecordError."""
    machine, lines, rows = None, {}, {}
    for event in filter(None, map(parse, log.split(b"\n"))):
        if event["event"] == "started":
            machine = event.get("machine")
            _see(isinstance(machine, dict), "machine", "its facts", machine)
        elif event["event"] == "line":
            _see(_above_zero(event.get("flop_per_s")), "line", "a rate above 0", event.get("flop_per_s"))
            _see(event.get("source") in tuple(_SOURCES), "line", "its source", event.get("source"))
            lines[str(event.get("dtype"))] = Line(event["flop_per_s"], _SOURCES[event["source"]])
        elif event["event"] == "exhibit":
            row = _row(event.get("row"))
            rows[row.mistake] = row
    if machine is None:
        return None
    return Record(machine, lines, tuple(rows[mistake.id] for mistake in MISTAKES if mistake.id in rows))


def _row(told: Any) -> Row:
    _see(isinstance(told, dict) and told.get("mistake") in tuple(BY_ID), "row", "a mistake of the gallery", told)
    name = told["mistake"]
    if told.get("reason"):
        return Row(name, str(told["reason"]))
    known = {field: told[field] for field in Row.__dataclass_fields__ if field in told}
    for which in ("wrong", "right"):
        figures = told.get(which)
        good = isinstance(figures, list) and len(figures) == 3 and all(_from_zero(figure) for figure in figures)
        _see(good, f"{name}, {which}", "three numbers from 0 on", figures)
        middle, low, high = figures
        _see(low <= middle <= high, f"{name}, {which}", "a value inside its interval", figures)
        _see(BY_ID[name].unit != RATE or low > 0, f"{name}, {which}", "rates above 0", figures)
        known[which] = Interval(middle, low, high)
    for which in ("products", "expected", "samples", "share"):
        _see(known.get(which) is None or _from_zero(known[which]), f"{name}, {which}", "a number", known.get(which))
    for which in ("dtype", "arithmetic"):
        _see(isinstance(known.get(which, ""), str), f"{name}, {which}", "text", known.get(which))
    _see(_above_zero(known.get("n")), f"{name}, n", "a number above 0", known.get("n"))
    return Row(**known)


def _see(good: bool, where: str, expected: str, found: object) -> None:
    if not good:
        raise RecordError(f"The log of the run is damaged: {where}: expected {expected}, found {str(found)[:80]!r}.")


def _from_zero(value: object) -> bool:
    return isinstance(value, int | float) and not isinstance(value, bool) and 0 <= value < _LARGEST


def _above_zero(value: object) -> bool:
    return _from_zero(value) and value != 0


def shown() -> tuple[Snapshot, Record | None]:
    """The run to look at and what it has found: the one that goes on, or else the newest that found anything.

    Raises RecordError where its log is damaged.
    """
    for snapshot in RUNNER.runs():
        found = of(snapshot)
        if snapshot.state == "running" or (found and found.rows):
            return snapshot, found
    return Snapshot(), None


def newest() -> Snapshot:
    """The newest run of the gallery on this machine; an empty one without any."""
    return next(iter(RUNNER.runs()), Snapshot())


# What was measured before this process began was not measured just now.
_BEGAN = time.time()
EARLIER = "Measured here, earlier."


def badge(record: Record, snapshot: Snapshot) -> live.Figure:
    """Where the figures of a run come from, for its label: always from this machine, and live since we were started."""
    fresh = snapshot.started_at >= _BEGAN
    source, why = (live.LIVE, "") if fresh else (live.RECORDED, EARLIER)
    return live.Figure(
        "gallery", {}, "", record.device, live.machine_cores(record.machine), snapshot.began, source, why
    )


# --- what it means ---


def bites(record: Record, row: Row) -> bool | None:
    """Whether the mistake gives a wrong figure on this device, beyond noise; None where it failed."""
    wrong, right, line = row.wrong, row.right, record.line(row)
    if wrong is None or right is None:
        return None
    if row.about.unit != RATE:
        return line is not None and wrong.middle > line.value
    if row.mistake == "one_sample":
        return _apart(wrong.high, right.middle) or _apart(wrong.low, right.middle)
    disjoint = wrong.low > right.high or wrong.high < right.low
    return disjoint and _apart(wrong.middle, right.middle)


def _apart(one: float, other: float) -> bool:
    return max(one, other) / min(one, other) >= _NOTICED


def verdict(record: Record, row: Row) -> str:
    """What the mistake did here in a few words."""
    wrong, right, line = row.wrong, row.right, record.line(row)
    if wrong is None or right is None:
        return "Failed"
    if not bites(record, row):
        return "Does not bite here"
    if row.about.unit == ERROR and line:
        return f"{_times(wrong.middle / line.value)} what fp32 explains"
    if row.about.unit == UNITS:
        return f"Off by up to {count(wrong.middle)}"
    if row.mistake == "one_sample":
        return f"{_share(wrong.low / right.middle)} to {_share(wrong.high / right.middle)} of the median"
    if line and wrong.middle > _ABOVE_LINE * line.value:
        return f"{_times(wrong.middle / line.value)} what is possible"
    if wrong.middle > right.middle:
        return f"{_times(wrong.middle / right.middle)} the right figure"
    return f"{_times(right.middle / wrong.middle)} too slow"


def _times(ratio: float) -> str:
    """A ratio in two digits: "1.2 ×", "63 ×", "3,200 ×"."""
    return f"{ratio:.1f} ×" if ratio < 9.95 else f"{float(f'{ratio:.1e}'):,.0f} ×"


def _share(ratio: float) -> str:
    return f"{100 * ratio:,.0f} %"


def evidence(record: Record, row: Row) -> str:
    """What proves it, or why it does no harm here, in a sentence; "" where the figures say all."""
    if row.reason:
        return row.reason
    if not bites(record, row):
        return row.about.spared
    if row.products is not None and row.expected is not None:
        products = "product" if row.expected == 1 else "products"
        return f"Left in the compiled program: {row.products} of {row.expected} {products}."
    if row.arithmetic:
        return f"By its error, the arithmetic that ran was {row.arithmetic}."
    if row.share is not None:
        return f"{100 * row.share:.1f} % of the answers are wrong."
    if row.mistake == "one_sample" and row.samples and row.wrong:
        ends = f"from {si(row.wrong.low, RATE)} to {si(row.wrong.high, RATE)}"
        return f"It is the first of {row.samples} samples, which ran {ends}."
    return ""


def words(row: Row, value: float) -> str:
    """A figure of a row for people: a rate, an error, or by how many units the worst answer is off."""
    if row.about.unit == RATE:
        return si(value, RATE)
    if value == 0:
        return "exact"
    return f"error {value:.1e}" if row.about.unit == ERROR else f"off by {count(value) if value >= 1 else value}"


def told(record: Record, row: Row) -> str:
    """A row in words, for those who do not see it."""
    line = record.line(row)
    if row.wrong is None or row.right is None:
        return f"{row.about.title}: failed"
    figures = f"wrong {words(row, row.wrong.middle)}, right {words(row, row.right.middle)}"
    against = f", line {words(row, line.value)} ({line.source})" if line else ""
    return f"{row.about.title}: {verdict(record, row)} ({figures}{against})"


def lines(record: Record) -> list[str]:
    """What the command line prints: the machine, a table, and below it what proves each."""
    note = record.machine.get("note")
    out = ["", plain(f"{record.device}, JAX {record.machine.get('jax') or 'unknown'}")]
    out += [plain(str(note))] if note else []
    header = ("mistake", "what it did", "wrong", "right", "line")
    out += ["", *table(header, [tuple(_cells(record, row)) for row in record.rows]), ""]
    for row in record.rows:
        if said := evidence(record, row):
            out.append(plain(f"{row.about.title}: {said}"))
    return out


def _cells(record: Record, row: Row) -> Iterator[str]:
    line = record.line(row)
    yield row.about.title
    yield verdict(record, row)
    for figure in (row.wrong, row.right):
        yield words(row, figure.middle) if figure else "none"
    yield f"{words(row, line.value)}, {line.source}" if line else "none"


def places(figure: Interval, line: Line) -> Interval:
    """A figure and the ends of its interval as so many times the line."""
    return Interval(*(value / line.value for value in figure))
