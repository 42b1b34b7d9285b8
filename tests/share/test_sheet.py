"""Files read by whole columns: the same rows and problems as the careful reader gives, whatever is in them."""

from __future__ import annotations

import string

import pandas as pd
import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from compute import results
from compute.results import COLUMN, COLUMNS, Column
from compute.share import sheet
from tests.samples import sample_row, sample_rows

ROWS = sample_rows()
CSV = results.to_csv(ROWS)


def check_same(data: bytes) -> sheet.Sheet:
    """Both readers agree on the rows, the problems and the frame."""
    ours, careful = sheet.read(data, "a.csv"), results.read(data, "a.csv")
    assert sheet.rows(ours.table) == careful.rows
    assert ours.problems == careful.problems
    assert len(ours) == len(careful.rows)
    pd.testing.assert_frame_equal(sheet.frame([ours.table]), results.frame(careful.rows))
    return ours


def is_quick(data: bytes) -> bool:
    """Whether the file is read by whole columns."""
    try:
        sheet._whole(data)
    except sheet._DoubtError:
        return False
    return True


def with_cell(column: str, text: str, row: int, csv: str = CSV) -> bytes:
    """The sample file with the raw text of one cell replaced; `row` counts the results from 0."""
    lines = [line.split(",") for line in csv.splitlines()]
    lines[row + 1][list(COLUMN).index(column)] = text
    return ("\n".join(map(",".join, lines)) + "\n").encode()


def test_a_good_file_is_read_by_whole_columns() -> None:
    rows = [row | {"room": "5", "note": None} for row in ROWS] + [sample_row(case="other")]
    rows[0] |= {"label": '=a "quoted", cell', "reason": "a, b"}
    data = results.to_csv(rows).encode()
    assert is_quick(data)
    assert sheet.rows(check_same(data).table)[0]["label"] == '=a "quoted", cell'


@pytest.mark.parametrize("change", ["\ufeff{}", "{}\n\n", "{}\r\n", "{},,\n", '"{}', "{}\0", " {}"])
def test_a_file_with_anything_unusual_is_read_with_care(change: str) -> None:
    check_same(change.format(CSV).encode())
    check_same(change.format(CSV.rstrip()).encode())
    check_same(change.format(CSV).replace("\n", "\r").encode())


@pytest.mark.parametrize("data", [b"", b"a,b\n1,2\n", CSV.partition("\n")[0].encode(), b"\xff" + CSV.encode()])
def test_what_is_no_file_of_results_is_refused_alike(data: bytes) -> None:
    assert len(check_same(data)) == 0


def test_older_files_and_files_without_a_column_are_read_with_care() -> None:
    check_same(CSV.replace(results.SCHEMA, "many-hands/1").encode())
    check_same(CSV.replace("driver", "drivel", 1).encode())


def test_a_repeated_or_contradictory_row_is_read_with_care() -> None:
    assert check_same(results.to_csv([*ROWS, ROWS[0]]).encode()).problems
    assert check_same(results.to_csv([sample_row(ci_low_s=5.0)]).encode()).problems


def test_tables_with_different_extra_columns_become_one_frame() -> None:
    first, second = sheet.of_rows([sample_row(room="5")]), sheet.of_rows([sample_row(case="b", seat="7")])
    rows = results.from_frame(sheet.frame([first.table, second.table]))
    assert rows == [sample_row(room="5") | {"seat": None}, sample_row(case="b") | {"room": None, "seat": "7"}]


NUMERALS = st.from_regex(
    r"[ +-]?([0-9]{0,20}\.?[0-9]{0,20}([eE][+-]?[0-9]{1,3})?|nan|inf|0x1|1_0|٣)[ \t]?", fullmatch=True
)
TEXTS = st.text(st.sampled_from(string.printable + "é\u202e\u2028'=;\"\0\ufeff\xa0"), max_size=12)


@settings(max_examples=60, deadline=None)
@given(column=st.sampled_from(COLUMNS), row=st.integers(0, len(ROWS) - 1), text=NUMERALS | TEXTS)
@example(column=COLUMN["flops"], row=0, text="NULL")
@example(column=COLUMN["label"], row=0, text="NA")
@example(column=COLUMN["label"], row=0, text='""')
@example(column=COLUMN["steps"], row=0, text='"1,5"')
def test_any_cell_is_read_alike(column: Column, row: int, text: str) -> None:
    check_same(with_cell(column.name, text, row))


@settings(max_examples=40, deadline=None)
@given(value=st.floats(1e-10, 1e6), name=st.sampled_from(["drift", "doubling", "compile_s", "steps"]))
def test_any_number_is_read_to_the_last_digit(value: float, name: str) -> None:
    check_same(with_cell(name, repr(value), 0))


@settings(max_examples=40, deadline=None)
@given(data=st.data())
def test_any_damage_is_read_alike(data: st.DataObject) -> None:
    raw = bytearray(CSV.encode())
    for _ in range(data.draw(st.integers(1, 3))):
        place = data.draw(st.integers(0, len(raw) - 1))
        raw[place : place + data.draw(st.integers(0, 2))] = data.draw(
            st.binary(max_size=2) | st.sampled_from([b'"', b",", b"\n", b"\r", b'""', b'","'])
        )
    check_same(bytes(raw))
