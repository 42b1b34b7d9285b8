"""Picking rows out of a frame of results: what belongs together, and what may be used.

The frame is what `compute.results.frame` makes, with two columns more: `machine`, the name people read, and
`source`, one of `SOURCES`.
"""

from __future__ import annotations

import math
from collections.abc import Iterable, Mapping, Sequence
from typing import TYPE_CHECKING, Any, NamedTuple

from compute import units
from compute.workloads import workloads

if TYPE_CHECKING:
    import pandas as pd

Row = dict[str, Any]

# source -> the word for it behind a machine's name; what was measured here needs none.
SOURCES = {"measured here": "", "uploaded": "uploaded", "shipped": "recorded"}

# The labels of arithmetic, widest first; "default" asks for nothing.
DTYPES = ("fp64", "fp32", "tf32", "bf16", "fp16", "fp8_e4m3", "fp8_e5m2", "int8", "uint32", "default")
INTEGERS = ("int8", "uint32")
"""Those whose operations are no FLOP."""


# What a chart of many begins with: what every machine has, and what one would use on an accelerator.
BEGIN_WITH = ("fp32", "bf16")


class Owner(NamedTuple):
    """Whose numbers: a machine measured here and recorded earlier is two owners, never joined in a curve."""

    machine: str
    source: str

    def __str__(self) -> str:
        word = SOURCES.get(self.source, self.source)
        return f"{self.machine} ({word})" if word else self.machine


class Interval(NamedTuple):
    """A measured value and the ends of its 95 % confidence interval."""

    middle: float
    low: float
    high: float


def text(row: Mapping[Any, Any], name: str) -> str:
    """The text in a cell; "" when it is blank."""
    value = row.get(name)
    return value if isinstance(value, str) else ""


def number(row: Mapping[Any, Any], name: str) -> float | None:
    """The finite number in a cell; None when it is blank."""
    value = row.get(name)
    return float(value) if isinstance(value, int | float) and math.isfinite(value) else None


def in_order(dtypes: Iterable[str]) -> list[str]:
    """Each dtype once: those of `DTYPES` in its order, then any others as they come."""
    known = {dtype: place for place, dtype in enumerate(DTYPES)}
    return sorted(dict.fromkeys(dtypes), key=lambda dtype: known.get(dtype, len(known)))


def usual(dtypes: Sequence[str]) -> str:
    """The dtype to begin with: fp32 where it is there, because everyone has it; else the first."""
    return "fp32" if "fp32" in dtypes else dtypes[0]


def beginning(dtypes: Sequence[str]) -> list[str]:
    """Those of `BEGIN_WITH` that are there."""
    return [dtype for dtype in dtypes if dtype in BEGIN_WITH]


def rate_unit(dtype: str) -> str:
    """The unit of a rate of multiplications and additions: those of integers are no FLOP."""
    return "OP/s" if dtype in INTEGERS else "FLOP/s"


def param(row: Mapping[Any, Any], name: str) -> str:
    """A value of the column `params`, which holds `key=value;…`; "" where the case has none of that name."""
    pairs = (pair.partition("=") for pair in text(row, "params").split(";"))
    return next((value for key, _, value in pairs if key == name), "")


def layout(row: Mapping[Any, Any]) -> str:
    """How the factors of a product lie: "NT" sums over the last axis of both, "NN" over the first of the second."""
    return param(row, "layout").upper() or "NN"


def family(row: Mapping[Any, Any]) -> str:
    """What kind of matrix product a row is: "square", "peak" (found by the search), or "layers" for a layer's shape."""
    variant = text(row, "variant")
    return variant if variant in ("square", "peak") else "layers"


def case_words(row: Mapping[Any, Any]) -> str:
    """The case as people say it, without its workload and dtype: "n = 1024, NT" or "alexnet training, batch 32"."""
    variant, size = text(row, "variant"), row["size"]
    if row["workload"] == "cnn":
        return f"{variant}, batch {size}"
    if devices := param(row, "devices"):
        return f"{variant}, {units.count(size)} on {devices}"
    if row["workload"] == "bandwidth":
        return f"{variant} of {units.count(size)} elements"
    if row["workload"] != "matmul":
        return f"{variant}, {units.count(size)} {_size_name(text(row, 'workload'))}"
    width = param(row, "d")
    words = [_sides(row) or f"n = {size}"] if family(row) != "layers" else [variant, str(size)]
    return ", ".join(words + ([f"d = {width}"] if width else []) + (["NT"] if layout(row) == "NT" else []))


def _size_name(workload: str) -> str:
    """What the size of a workload counts; rows from elsewhere may name one that is not known here."""
    known = workloads().get(workload)
    return known.size_name if known else "in size"


def _sides(row: Mapping[Any, Any]) -> str:
    """Rows × inner dimension × columns of a product whose sides differ; "" for a square."""
    sides = [param(row, side) for side in ("m", "k", "n")]
    return " × ".join(sides) if all(sides) and len(set(sides)) > 1 else ""


def owner(row: Mapping[Any, Any]) -> Owner:
    """Whose row it is."""
    return Owner(text(row, "machine"), text(row, "source"))


def owners(frame: pd.DataFrame, workload: str = "") -> dict[str, Owner]:
    """Everyone with a row (of the workload), by the name to show; this machine first, recorded runs last."""
    return {str(found): found for found in map(owner, select(frame, workload=workload))}


def select(frame: pd.DataFrame, **wanted: str) -> list[Row]:
    """The rows in which each named column holds the wanted text; "" asks for nothing.

    A case that an owner measured more than once appears once, as measured last. Owners come in the order of
    `SOURCES`, so that this machine takes the first colour of its kind; within an owner sizes ascend.
    """
    for name, value in wanted.items():
        if value:
            frame = frame[frame[name] == value]
    rows = records(frame)
    first_seen = {row_owner: place for place, row_owner in reversed(list(enumerate(map(owner, rows))))}
    newest = {(owner(row), row["case"], row["mode"]): row for row in sorted(rows, key=_measured_at)}
    ranks = list(SOURCES)
    return sorted(
        newest.values(),
        key=lambda row: (ranks.index(owner(row).source), first_seen[owner(row)], row["size"]),
    )


def records(frame: pd.DataFrame) -> list[Row]:
    """The rows of a frame, several times as fast as its own `to_dict`, which asks Arrow for each text by itself."""
    columns = [frame[name].astype(object).tolist() for name in frame]
    names = [*map(str, frame)]
    return [dict(zip(names, cells, strict=True)) for cells in zip(*columns, strict=True)]


def _measured_at(row: Row) -> str:
    return text(row, "measured_at")


def groups(rows: Iterable[Row], *names: str) -> dict[tuple[Any, ...], list[Row]]:
    """Rows by their owner and the texts in the named columns, in the order in which they come."""
    found: dict[tuple[Any, ...], list[Row]] = {}
    for row in rows:
        found.setdefault((owner(row), *(text(row, name) for name in names)), []).append(row)
    return found


def is_usable(row: Mapping[Any, Any]) -> bool:
    """True when the row holds a time that may be used: measured, and not invalid."""
    return seconds(row) is not None and text(row, "verdict") != "invalid"


def is_invalid(row: Mapping[Any, Any]) -> bool:
    """True when something was measured that cannot be right: kept, drawn as such, never used."""
    return seconds(row) is not None and text(row, "verdict") == "invalid"


def seconds(row: Mapping[Any, Any]) -> Interval | None:
    """Seconds per step; a missing end of the interval is the median. None when nothing was measured."""
    median = number(row, "median_s") if text(row, "status") == "measured" else None
    if median is None:
        return None
    return Interval(median, number(row, "ci_low_s") or median, number(row, "ci_high_s") or median)


def rate(row: Mapping[Any, Any], amount: str) -> Interval | None:
    """Amount per second, where `amount` names the column with the amount per step: "flops" or "items".

    None when the amount or the time is blank.
    """
    done, times = number(row, amount), seconds(row)
    if not done or not times:
        return None
    return Interval(done / times.middle, done / times.high, done / times.low)


def rates(rows: Iterable[Row], amount: str) -> list[tuple[Row, Interval]]:
    """The rows that have a rate, each with it."""
    return [(row, found) for row in rows if (found := rate(row, amount))]


def best(rows: Iterable[Row], amount: str) -> tuple[Row, Interval] | None:
    """The usable row with the highest rate, and that rate; None when there is none."""
    found = rates(filter(is_usable, rows), amount)
    return max(found, key=lambda pair: pair[1].middle, default=None)


ONCE = ("trace_s", "lower_s", "compile_s", "first_call_s")


def once(row: Mapping[Any, Any]) -> float | None:
    """Seconds of all that happens once, before the first steady step (`ONCE`); None when a part is unknown."""
    parts = [value for name in ONCE if (value := number(row, name)) is not None]
    return sum(parts) if len(parts) == len(ONCE) else None


def compile_share(row: Mapping[Any, Any]) -> float | None:
    """Which part of all that happens once is compiling; None when that is unknown."""
    whole, compiled = once(row), number(row, "compile_s")
    return compiled / whole if whole and compiled is not None else None


def steps_to_pay(row: Mapping[Any, Any]) -> float | None:
    """Steps whose steady time equals all that happens once; None when a part is unknown."""
    whole, steady = once(row), seconds(row)
    return whole / steady.middle if steady and whole is not None else None


def is_unsupported(row: Mapping[Any, Any]) -> bool:
    """True when the chip or its backend cannot run the case; other skipped cases need more room or time."""
    return text(row, "status") == "skipped" and "it needs" not in text(row, "reason").lower()
