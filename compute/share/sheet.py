"""A file of results as one table: read by whole columns where it is good from top to bottom, else with care.

`compute.results.read` tells cell by cell what is wrong with a file. Nearly all files of a room are good, and that a
file is good can be told ten times as fast from its columns, with Apache Arrow. Whatever leaves a doubt goes to the
careful reader, so that both ways give the same rows and the same problems.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from compute import results
from compute.results import COLUMN, Column, Problem, Row

if TYPE_CHECKING:
    import pandas as pd
    import pyarrow as pa


@dataclass(frozen=True)
class Sheet:
    """What a file held: the good rows as a table, and what is wrong with the others.

    The table has all COLUMNS in order, then the extra ones, in the types of `compute.results.frame`.
    """

    table: pa.Table
    problems: list[Problem]

    def __len__(self) -> int:
        """How many good rows there are."""
        return int(self.table.num_rows)


def read(data: bytes, name: str = "file") -> Sheet:
    """Reads and checks a CSV of results as `compute.results.read` does. Never raises because of what is in it."""
    try:
        return Sheet(_whole(data), [])
    except _DoubtError:
        reading = results.read(data, name)
        return of_rows(reading.rows, reading.problems)


def of_rows(rows: Sequence[Row], problems: Sequence[Problem] = ()) -> Sheet:
    """Rows that are valid already as a sheet."""
    import pyarrow as pa

    return Sheet(pa.Table.from_pandas(results.frame(rows), preserve_index=False), list(problems))


def frame(tables: Iterable[pa.Table]) -> pd.DataFrame:
    """The rows of all tables in one frame of `compute.results.frame`; at least one table."""
    import pyarrow as pa

    together = pa.concat_tables((table.replace_schema_metadata() for table in tables), promote_options="default")
    return together.combine_chunks().to_pandas()


def rows(table: pa.Table) -> list[Row]:
    """The rows of a table as `compute.results.read` gives them."""
    return results.from_frame(frame([table]))


# --- by whole columns -------------------------------------------------------------------------------------------------


class _DoubtError(Exception):
    """Something that the careful reader has to look at."""


def _whole(data: bytes) -> pa.Table:
    """The table of a file in which nothing is wrong; raises _DoubtError where that is not sure."""
    import pyarrow as pa

    if len(data) > results.MAX_BYTES:
        raise _DoubtError
    raw = _parsed(data, _names(data))
    if not 0 < raw.num_rows <= results.MAX_ROWS or raw["schema"].unique().to_pylist() != [results.SCHEMA]:
        raise _DoubtError
    ordered = [*COLUMN, *(name for name in raw.column_names if name not in COLUMN)]
    table = pa.table({name: _checked(results.column_of(name), raw[name].combine_chunks()) for name in ordered})
    keys = zip(*(table[name].to_pylist() for name in ("run_id", "case", "mode")), strict=True)
    if len(set(keys)) < len(table):
        raise _DoubtError
    if any(results.contradictions({name: table[name].to_pylist() for name in results.RELATED})):
        raise _DoubtError
    return table


_NAME = re.compile(r"[A-Za-z0-9_]+(?: [A-Za-z0-9_]+)*")


def _names(data: bytes) -> list[str]:
    """The names in the header: all of ours, each once, and others that are plain words."""
    first, _, _ = data.partition(b"\n")
    names = first.removesuffix(b"\r").decode("ascii", "replace").split(",")
    plain = all(map(_NAME.fullmatch, names))
    if not plain or len(set(names)) < len(names) or len(names) > results.MAX_CELLS or not COLUMN.keys() <= {*names}:
        raise _DoubtError
    return names


def _plainly_quoted(data: bytes) -> bool:
    """Whether quotation marks stand around whole cells on one line, doubled inside: all readers agree on these."""
    first, *others = data.split(b'"')
    inside, outside = others[::2], others[1::2]
    return (
        len(inside) == len(outside)
        and (not inside or first.endswith((b",", b"\n")))
        and not any(b"\n" in part or b"\r" in part for part in inside)
        and all(part.startswith((b",", b"\r", b"\n")) or not part for part in outside)
        and all(part.endswith((b",", b"\n")) or not part for part in outside[:-1])
    )


def _parsed(data: bytes, names: Sequence[str]) -> pa.Table:
    """The cells: texts as dictionaries of what occurs, numbers as float64, blank ones as null."""
    import pyarrow as pa
    from pyarrow import csv

    if not _plainly_quoted(data):
        raise _DoubtError
    words = pa.dictionary(pa.int32(), pa.string())
    types = {name: words if _is_text(results.column_of(name)) else pa.float64() for name in names}
    try:
        return csv.read_csv(
            pa.BufferReader(data),
            csv.ReadOptions(use_threads=False, block_size=len(data) + 1),
            csv.ParseOptions(),
            csv.ConvertOptions(column_types=types, null_values=[""], strings_can_be_null=False),
        )
    except pa.ArrowInvalid as error:  # another number of cells, text where a number should be, no UTF-8
        raise _DoubtError from error


def _is_text(column: Column) -> bool:
    return column.type in ("text", "time")


def _checked(column: Column, cells: pa.Array) -> pa.Array:
    """The values of a column."""
    return _texts(column, cells) if _is_text(column) else _numbers(column, cells)


def _texts(column: Column, cells: pa.DictionaryArray) -> pa.Array:
    import pyarrow as pa

    known = results.Cells(column)
    values = known.values_of(cells.dictionary.to_pylist())
    if known.faulty:
        raise _DoubtError
    return pa.array(values, pa.large_string()).take(cells.indices)


def _numbers(column: Column, cells: pa.DoubleArray) -> pa.Array:
    values = cells.drop_null().to_numpy()
    low, high = column.low or 0, column.high or np.inf
    good = (values >= low) & (values <= high)  # also finite: each column has bounds
    if column.type == "integer":
        good &= values == np.floor(values)
    if not good.all() or (column.required and cells.null_count):
        raise _DoubtError
    return cells.cast("int64") if column.required else cells
