"""The result row: exact writing, strict and kind reading."""

from __future__ import annotations

import csv
import io
import re
import string
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from compute import results
from compute.results import COLUMN, COLUMNS, MAX_DETAILS, Column, Reading, Row, read, to_csv
from tests.samples import sample_row, sample_rows

ROWS = sample_rows()
CSV = to_csv(ROWS)
LINES = CSV.splitlines()
RUN_TIMES = ("median_s", "ci_low_s", "ci_high_s", "q1_s", "q3_s", "min_s")


def table(text: str = CSV) -> list[list[str]]:
    return list(csv.reader(io.StringIO(text)))


def written(cells: list[list[str]]) -> bytes:
    out = io.StringIO()
    csv.writer(out, lineterminator="\n").writerows(cells)
    return out.getvalue().encode()


def with_cell(column: str, text: str, row: int = 2) -> bytes:
    """The sample file with one cell replaced; `row` is the line of the file."""
    cells = table()
    cells[row - 1][list(COLUMN).index(column)] = text
    return written(cells)


def only_problem(reading: Reading) -> results.Problem:
    assert len(reading.problems) == 1, [str(problem) for problem in reading.problems]
    return reading.problems[0]


# --- columns ------------------------------------------------------------------------------------------------


def test_the_samples_fill_exactly_the_columns() -> None:
    assert all(list(row) == list(COLUMN) for row in ROWS)
    assert len(COLUMN) == len(COLUMNS)


def test_the_documentation_has_one_line_per_column_with_unit_bounds_and_meaning() -> None:
    lines = results.documentation().splitlines()
    assert len(lines) == 2 + len(COLUMNS)
    assert len({line.count("|") for line in lines}) == 1
    assert "| `min_s` | number | s |  | 1e-10 to 1,000,000 | shortest time of one step |" in lines
    assert any(line.startswith("| `mode` | text |  | yes | call, stream or fused |") for line in lines)


@pytest.mark.parametrize("column", COLUMNS, ids=lambda column: column.name)
def test_a_name_that_ends_in_a_unit_has_that_unit(column: Column) -> None:
    for ending, unit in (("items_per_s", "items/s"), ("flop_per_s", "FLOP/s"), ("_s", "s"), ("_gib", "GiB")):
        if column.name.endswith(ending):
            assert column.unit == unit
            return


# --- rows ---------------------------------------------------------------------------------------------------


def test_latest_keeps_the_last_of_a_key_in_the_order_of_the_first() -> None:
    first, other, refined = sample_row(), sample_row(case="other"), sample_row(batches=99)
    assert results.latest([first, other, refined]) == [refined, other]
    assert results.latest([first, sample_row(mode="call")])[1]["mode"] == "call"


def test_frame_has_right_types_and_comes_back_exactly() -> None:
    rows = [ROWS[0] | {"room": "B12"}, *ROWS[1:]]
    frame = results.frame(rows)
    assert list(frame.columns) == [*COLUMN, "room"]
    assert str(frame["size"].dtype) == "int64"
    assert str(frame["median_s"].dtype) == "float64"
    assert str(frame["label"].dtype) == "str"
    assert frame["median_s"].isna().sum() == 2
    assert results.from_frame(frame) == [rows[0], *(row | {"room": None} for row in rows[1:])]


def test_an_empty_frame_has_all_columns_with_the_same_types() -> None:
    empty, full = results.frame([]), results.frame(ROWS)
    assert len(empty) == 0
    assert empty.dtypes.to_dict() == full.dtypes.to_dict()
    assert results.from_frame(empty) == []


def test_shipped_reads_each_file_and_names_a_bad_one(tmp_path: Path) -> None:
    (tmp_path / "a.csv").write_text(to_csv(ROWS[:2]))
    (tmp_path / "b.csv").write_text(to_csv(ROWS[2:3]))
    assert results.shipped(tmp_path) == ROWS[:3]
    (tmp_path / "c.csv").write_bytes(with_cell("median_s", "-1"))
    with pytest.raises(ValueError, match=r"c\.csv: Row 2, column median_s: found `-1`"):
        results.shipped(tmp_path)


def test_what_comes_with_the_project_is_valid() -> None:
    files = list(results.SHIPPED.glob("*.csv"))
    assert len({row["run_id"] for row in results.shipped()}) >= len(files)


def test_reading_and_writing_import_only_the_standard_library() -> None:
    code = (
        "import sys; from compute import results; results.read(results.to_csv([]).encode());"
        "print([m for m in ('pandas', 'numpy', 'streamlit', 'jax', 'plotly') if m in sys.modules])"
    )
    root = Path(results.__file__).parents[1]
    done = subprocess.run([sys.executable, "-c", code], cwd=root, capture_output=True, text=True, check=True)
    assert done.stdout.strip() == "[]"


# --- writing ------------------------------------------------------------------------------------------------


def test_the_samples_come_back_exactly() -> None:
    assert read(CSV.encode()) == Reading(ROWS, [], ())


def test_extra_columns_are_kept() -> None:
    rows = [sample_row(room="B12", team="=1+1"), sample_row(case="other", room=None, team="x")]
    reading = read(to_csv(rows).encode())
    assert reading.extra == ("room", "team")
    assert reading.rows == rows
    assert not reading.problems


def test_numbers_are_as_short_as_they_can_be() -> None:
    row = dict(zip(*table(to_csv([sample_row(compile_s=0.1, flops=2147483648.0)])), strict=True))
    assert row["compile_s"] == "0.1"
    assert row["flops"] == "2147483648"


def test_what_no_reader_would_accept_is_written_as_blank_or_cut() -> None:
    row = sample_row(
        check_error=float("nan"),
        drift=float("inf"),
        reason="first line\nsecond\x00line \ud800" + "x" * 5000,
    )
    back = read(to_csv([row]).encode()).rows[0]
    assert back["check_error"] is None
    assert back["drift"] is None
    assert back["reason"].startswith("first line second line  xxx")
    assert len(back["reason"]) == COLUMN["reason"].high


def test_text_in_a_number_column_is_a_mistake_of_the_caller() -> None:
    with pytest.raises(ValueError, match="could not convert"):
        to_csv([sample_row(median_s="=1+1")])


FORMULAS = [
    '=HYPERLINK("http://example.com";"click")',
    "+1+1",
    "-1+1",
    "@SUM(A1)",
    "  =1+1",
    "'=1+1",
    "''=1+1",
    "a;=cmd|'/c calc'!A0",
    "＝1+1",
    "-",
]


@pytest.mark.parametrize("text", FORMULAS)
def test_formulas_are_defused_in_the_file_and_exact_when_read(text: str) -> None:
    out = to_csv([sample_row(label=text)])
    cell = table(out)[1][list(COLUMN).index("label")]
    assert not any(re.match(r"\s*[=+\-@＝]", part) for part in cell.split(";"))
    assert read(out.encode()).rows[0]["label"] == text


@pytest.mark.parametrize("text", ["'quoted'", "it's", "a;b", "a,b", 'say "hi"', "<script>alert(1)</script>", "ÄÖ🖐"])
def test_harmless_text_is_written_as_it_is(text: str) -> None:
    out = to_csv([sample_row(label=text)])
    assert table(out)[1][list(COLUMN).index("label")] == text
    assert read(out.encode()).rows[0]["label"] == text


def test_a_formula_from_elsewhere_is_kept_as_plain_text() -> None:
    reading = read(with_cell("label", '=HYPERLINK("http://example.com")'))
    assert reading.rows[0]["label"] == '=HYPERLINK("http://example.com")'
    assert not reading.problems


# --- the whole file -----------------------------------------------------------------------------------------

REFUSED = {
    "empty": (b"", "nothing in", None),
    "blank lines": (b"\n\r\n \n", "nothing in", None),
    "only a byte order mark": (b"\xef\xbb\xbf", "nothing in", None),
    "a picture": (b"\x89PNG\r\n\x1a\n\x00\x00\x00\rIHDR", "a PNG picture named `upload.csv`", None),
    "an Excel workbook": (b"PK\x03\x04\x14\x00", "a ZIP archive or an Excel workbook", None),
    "binary": (bytes(range(256)) * 4, "binary data", None),
    "UTF-16 with its mark": (CSV.encode("utf-16"), "text in UTF-16", 1),
    "UTF-16 without": (CSV.encode("utf-16-le"), "text in UTF-16", 1),
    "Latin-1": (CSV.replace("test data", "Gerät").encode("latin-1"), "the byte 0xE4", 2),
    "semicolons": (CSV.replace(",", ";").encode(), "cells separated by semicolons", 1),
    "semicolons and decimal commas": (
        CSV.replace(",", ";").replace(".", ",").encode(),
        "cells separated by semicolons",
        1,
    ),
    "tabs": (CSV.replace(",", "\t").encode(), "cells separated by tabs", 1),
    "another table": (b"name,price\napple,1\n", "a header that starts with `name,price`", 1),
    "a web page": (b"<!DOCTYPE html>\n<html></html>\n", "a header that starts with `<!DOCTYPE html>`", 1),
    "too many columns": (
        (LINES[0] + "," + ",".join(map(str, range(500)))).encode(),
        f"{len(COLUMNS) + 500} columns",
        1,
    ),
}


@pytest.mark.parametrize("name", REFUSED)
def test_a_file_that_is_none_is_refused_with_one_sentence(name: str) -> None:
    data, found, row = REFUSED[name]
    reading = read(data, "upload.csv")
    assert reading.rows == []
    problem = only_problem(reading)
    assert problem.found.startswith(found)
    assert problem.row == row
    assert problem.expected
    assert problem.advice


@pytest.mark.parametrize(
    "data",
    [
        CSV.encode("utf-8-sig"),
        CSV.replace("\n", "\r\n").encode(),
        CSV.replace("\n", "\r").encode(),
        CSV.rstrip("\n").encode(),
        CSV.replace("\n", "\n\n").encode(),
        "\n".join(line + ",,," for line in LINES).encode(),
        written([list(reversed(cells)) for cells in table()]),
        written([[f" {name} " for name in table()[0]], *table()[1:]]),
        (CSV + "," * (len(COLUMNS) - 1) + "\n").encode(),
    ],
    ids=[
        "byte order mark",
        "CR LF",
        "CR",
        "no line end at the end",
        "blank lines",
        "commas at the end",
        "reordered columns",
        "blanks around the names",
        "a row of commas",
    ],
)
def test_what_spreadsheets_and_systems_change_does_no_harm(data: bytes) -> None:
    reading = read(data)
    assert [str(problem) for problem in reading.problems] == []
    assert [dict(sorted(row.items())) for row in reading.rows] == [dict(sorted(row.items())) for row in ROWS]


def test_a_header_alone_has_no_results() -> None:
    problem = only_problem(read((LINES[0] + "\n").encode()))
    assert problem.found == "a header without rows"


def test_200_000_rows_are_refused_before_any_is_checked(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(results, "_rows", lambda *_: pytest.fail("the rows were looked at"))
    small = (LINES[0] + "\n" + "a,b\n" * 200_000).encode()
    large = (LINES[0] + "\n" + (LINES[1] + "\n") * 200_000).encode()
    assert str(only_problem(read(small))).startswith("File: found about 200,000 rows, expected at most 50,000 rows.")
    assert "MB in about 200,000 rows, expected at most 5 MB" in str(only_problem(read(large)))


def test_8000_rows_come_back_as_they_were_written() -> None:
    rows = [sample_row(case=f"case {n}", first_call_s=0.05 + n * 1e-9) for n in range(8000)]
    assert read(to_csv(rows).encode()).rows == rows


def test_a_file_that_breaks_off_keeps_the_whole_rows() -> None:
    reading = read(CSV[:-200].encode())
    assert reading.rows == ROWS[:-1]
    problem = only_problem(reading)
    assert problem.row == len(LINES)
    assert "breaks off in cell" in problem.found


def test_a_lone_quotation_mark_names_its_row_and_keeps_the_rows_before() -> None:
    lines = [*LINES[:3], '"' + LINES[3], *LINES[4:]]
    reading = read("\n".join(lines).encode())
    assert reading.rows == ROWS[:2]
    assert only_problem(reading).row == 4


@pytest.mark.parametrize(("change", "found"), [(-1, f"{len(COLUMNS) - 1} cells"), (1, f"{len(COLUMNS) + 1} cells")])
def test_rows_with_too_few_or_too_many_cells(change: int, found: str) -> None:
    cells = table()
    cells[4] = cells[4][:-1] if change < 0 else [*cells[4], "7"]
    reading = read(written(cells))
    assert reading.rows == [*ROWS[:3], *ROWS[4:]]
    problem = only_problem(reading)
    assert (problem.row, problem.column, problem.found) == (5, COLUMNS[-1].name, found)


def test_a_repeated_row_is_named_with_the_row_it_repeats() -> None:
    reading = read((CSV + LINES[3] + "\n").encode())
    assert reading.rows == ROWS
    problem = only_problem(reading)
    assert (problem.row, problem.column) == (len(LINES) + 1, "case")
    assert problem.found == "the same run, case and mode as row 4"


# --- the header ---------------------------------------------------------------------------------------------


def without(column: str) -> bytes:
    place = list(COLUMN).index(column)
    return written([cells[:place] + cells[place + 1 :] for cells in table()])


def renamed(old: str, new: str) -> bytes:
    cells = table()
    cells[0][list(COLUMN).index(old)] = new
    return written(cells)


@pytest.mark.parametrize("column", [column for column in COLUMNS if column.required], ids=lambda c: c.name)
def test_without_a_necessary_column_nothing_is_read(column: Column) -> None:
    reading = read(without(column.name))
    problem = only_problem(reading)
    assert (problem.row, problem.column) == (1, column.name)
    assert reading.rows == []


def test_without_another_column_rows_are_kept_and_the_column_is_blank() -> None:
    reading = read(without("trace_s"))
    assert only_problem(reading).column == "trace_s"
    assert reading.rows == [row | {"trace_s": None} for row in ROWS]


def test_a_column_in_milliseconds_is_recognised_by_its_name() -> None:
    reading = read(renamed("median_s", "median_ms"))
    first = reading.problems[0]
    assert (first.row, first.column) == (1, "median_s")
    assert "`median_ms`" in first.found
    assert first.advice == "Name it median_s and give its values in s."
    assert reading.extra == ("median_ms",)


def test_a_column_that_comes_twice_is_refused() -> None:
    problem = only_problem(read(renamed("trace_s", "lower_s")))
    assert (problem.row, problem.column, problem.found) == (1, "lower_s", "the column 2 times")


def test_cells_without_a_name_are_reported() -> None:
    cells = [*([*row, ""] for row in table())]
    cells[2][-1] = "stray"
    reading = read(written(cells))
    problem = only_problem(reading)
    assert (problem.row, problem.found) == (3, f"`stray` in cell {len(COLUMNS) + 1}")
    assert reading.rows == ROWS


# --- schemas ------------------------------------------------------------------------------------------------


def test_rows_of_a_newer_schema_are_left_out_with_one_sentence() -> None:
    newer = CSV.replace(results.SCHEMA, "many-hands/5")
    problem = only_problem(read(newer.encode()))
    assert problem.found == f"`many-hands/5` in {len(ROWS)} rows"
    assert "update" in problem.advice
    assert read(with_cell("schema", "many-hands/5", row=3)).rows == [ROWS[0], *ROWS[2:]]


@pytest.mark.parametrize("schema", ["", "many-hands/0", "many-hands/x", "fewer-hands/1", "many-hands/1.5"])
def test_rows_of_an_unknown_schema_are_left_out(schema: str) -> None:
    reading = read(with_cell("schema", schema))
    assert (only_problem(reading).row, only_problem(reading).column) == (2, "schema")
    assert reading.rows == ROWS[1:]


def test_older_rows_are_migrated_step_by_step(monkeypatch: pytest.MonkeyPatch) -> None:
    """A version 0 that called the label `name`."""

    def from_0(cells: dict[str, str]) -> dict[str, str]:
        return {("label" if name == "name" else name): text for name, text in cells.items()}

    old = renamed("label", "name").decode().replace(results.SCHEMA, "many-hands/0")
    assert read(old.encode()).rows == []
    monkeypatch.setitem(results.MIGRATIONS, 0, from_0)
    reading = read(old.encode())
    assert not reading.problems
    assert [dict(sorted(row.items())) for row in reading.rows] == [dict(sorted(row.items())) for row in ROWS]
    assert reading.extra == ()


NEW_IN_4 = {"devices", "hosts", "host_processes", "collectives"}
NEW_IN_3 = {"machine_type"}
NEW_IN_2 = {"formulation", "products", "products_expected", "processes", "process_low_s", "process_high_s"}
NEW_IN_2 |= {"process_spread", "steal", "throttle"}


@pytest.mark.parametrize(
    ("version", "new"), [(1, NEW_IN_2 | NEW_IN_3 | NEW_IN_4), (2, NEW_IN_3 | NEW_IN_4), (3, NEW_IN_4)]
)
def test_older_rows_are_read_and_what_they_did_not_say_is_blank(version: int, new: set[str]) -> None:
    head, *body = table()
    kept = [at for at, name in enumerate(head) if name not in new]
    now, then = results.SCHEMA.encode(), f"many-hands/{version}".encode()
    reading = read(written([[row[at] for at in kept] for row in (head, *body)]).replace(now, then))
    assert not reading.problems
    alone = dict.fromkeys(("devices", "hosts", "host_processes"), 1)  # before version 4 nothing ran on more
    assert reading.rows == [row | dict.fromkeys(new) | alone for row in ROWS]


def test_one_line_of_text() -> None:
    assert results.one_line(" Anna\u202e\x00 of\nroom\t5 ") == "Anna   of room 5"


# --- cells --------------------------------------------------------------------------------------------------

BAD_CELLS = [
    ("median_s", "nan", "a number from"),
    ("median_s", "NaN", "a number from"),
    ("median_s", "inf", "a number from"),
    ("median_s", "-Infinity", "a number from"),
    ("median_s", "1e999", "a number from"),
    ("median_s", "-0.01", "a number from"),
    ("median_s", "0", "a number from"),
    ("median_s", "1e300", "a number from"),
    ("median_s", "0,01", "a number with a decimal point"),
    ("median_s", "1.234,5", "a number with a decimal point"),
    ("median_s", "1_0", "a number from"),
    ("median_s", "0x10", "a number from"),
    ("median_s", "１", "a number from"),
    ("median_s", "10 ms", "a number from"),
    ("median_s", "=1/100", "a number from"),
    ("flop_per_s", "1e30", "a number from"),
    ("size", "1024.5", "a whole number from"),
    ("size", "", "a value"),
    ("size", "-3", "a whole number from"),
    ("size", "9" * 5000, "a whole number from"),
    ("backend", "quantum", "cpu, gpu, tpu or other"),
    ("mode", "", "a value"),
    ("status", "done", "measured, skipped or failed"),
    ("measured_at", "31.01.2025 12:00", "a time in UTC"),
    ("measured_at", "2025-01-31T12:00:00+01:00", "a time in UTC"),
    ("measured_at", "2025-02-31T12:00:00Z", "a time in UTC"),
    ("measured_at", "0001-01-01T00:00:00Z", "a time in UTC"),
    ("label", "x" * 201, "at most 200 characters"),
    ("label", "two\nlines", "text on one line"),
    ("label", "bell\x07", "text on one line"),
    ("label", "\u202egnp.exe", "text on one line"),
]


@pytest.mark.parametrize(("column", "text", "expected"), BAD_CELLS)
def test_a_bad_cell_is_named_and_its_row_left_out(column: str, text: str, expected: str) -> None:
    reading = read(with_cell(column, text, row=3))
    assert reading.rows == [ROWS[0], *ROWS[2:]]
    problem = only_problem(reading)
    assert (problem.row, problem.column) == (3, column)
    assert problem.expected.startswith(expected)
    assert len(problem.found) < 100


@pytest.mark.parametrize(
    ("column", "text", "value"), [("size", "64.0", 64), ("size", " 64 ", 64), ("drift", "-.5e-3", -5e-4)]
)
def test_other_spellings_of_a_number_are_read(column: str, text: str, value: float) -> None:
    reading = read(with_cell(column, text))
    assert not reading.problems
    assert reading.rows[0] == ROWS[0] | {column: value}


def test_what_was_found_cannot_do_harm_when_shown() -> None:
    nasty = "`<img src=x onerror=alert(1)> ![x](http://example.com/y.png) \x1b[31m \u202e"
    found = only_problem(read(with_cell("backend", nasty))).found
    assert found.startswith("`'<img")
    assert found.endswith("`")
    assert found.count("`") == 2
    assert found.isprintable()


def test_many_problems_of_one_kind_are_counted() -> None:
    cells = table(to_csv([sample_row(case=f"case {n}") for n in range(500)]))
    place = list(COLUMN).index("backend")
    for row in cells[1:]:
        row[place] = "quantum"
    reading = read(written(cells))
    assert reading.rows == []
    assert [problem.row for problem in reading.problems[:-1]] == list(range(2, 2 + MAX_DETAILS))
    last = reading.problems[-1]
    assert (last.row, last.column, last.found) == (None, "backend", f"{500 - MAX_DETAILS} more unknown words")


# --- what cells of one row say of each other ----------------------------------------------------------------


def scaled(names: tuple[str, ...], factor: float) -> dict[str, Any]:
    row = sample_row()
    return {name: row[name] * factor for name in names}


CONTRADICTIONS = [
    (scaled(RUN_TIMES, 1e3), "median_s", "looks like milliseconds"),
    (scaled(RUN_TIMES, 1e6), "median_s", "looks like microseconds"),
    (scaled(("flop_per_s",), 1e-9), "flop_per_s", "looks like billions (GFLOP/s)"),
    (scaled(("flop_per_s",), 1e-12), "flop_per_s", "looks like trillions (TFLOP/s)"),
    (scaled(("flop_per_s",), 1.02), "flop_per_s", ""),
    (scaled(("items_per_s",), 2), "items_per_s", ""),
    ({"flop_per_s": None}, "flop_per_s", "nothing"),
    ({"items": None}, "items", "nothing"),
    (scaled(("ci_low_s",), 1e3), "ci_low_s", ""),
    (scaled(("ci_high_s",), 1e-3), "ci_high_s", ""),
    (scaled(("q1_s",), 2), "q1_s", ""),
    (scaled(("q3_s",), 0.5), "q3_s", ""),
    (scaled(("min_s",), 2), "min_s", ""),
    ({"ci_low_s": None}, "ci_low_s", "nothing"),
    ({"median_s": None}, "median_s", "nothing"),
    ({"verdict": None}, "verdict", "nothing"),
    ({"check_error": 1.0}, "verdict", "`steady`"),
    ({"status": "failed", "reason": None} | scaled(("flop_per_s",), 1), "reason", "nothing"),
    ({"status": "skipped", "reason": "Too large."}, "median_s", "`0.01`"),
]


@pytest.mark.parametrize(("changes", "column", "found"), CONTRADICTIONS)
def test_a_row_that_contradicts_itself_is_named(changes: dict[str, Any], column: str, found: str) -> None:
    reading = read(to_csv([sample_row(**changes)]).encode())
    assert reading.rows == []
    first = reading.problems[0]
    assert (first.row, first.column) == (2, column)
    assert found in first.found


@pytest.mark.parametrize(
    "changes",
    [
        scaled(("flop_per_s",), 1.005),
        {"ci_low_s": None, "ci_high_s": None},
        {"check_error": 1.0, "verdict": "invalid"},
        {"flops": None, "flop_per_s": None},
        {"flops": 0.0, "flop_per_s": 0.0},
    ],
)
def test_a_row_that_agrees_with_itself_is_read(changes: dict[str, Any]) -> None:
    row = sample_row(**changes)
    assert read(to_csv([row]).encode()) == Reading([row], [], ())


# --- properties ---------------------------------------------------------------------------------------------

KEPT = st.characters(
    exclude_categories=["Cc", "Cs", "Zl", "Zp"],
    exclude_characters="\u202a\u202b\u202c\u202d\u202e\u2066\u2067\u2068\u2069",
)
TEXT = st.text(KEPT | st.sampled_from("=+-@';,\"` "), min_size=1, max_size=40)
FREE_TEXTS = [c.name for c in COLUMNS if c.type == "text" and not c.choices and c.name not in ("schema", "reason")]
FREE_NUMBERS = [
    c for c in COLUMNS if c.name in ("drift", "doubling", "trace_s", "compile_s", "fingerprint", "memory_gib")
]


@st.composite
def rows(draw: st.DrawFn) -> Row:
    """A valid row with anything in it that a valid row may hold."""
    row = sample_row()
    for name in FREE_TEXTS:
        row[name] = draw(TEXT) if COLUMN[name].required else draw(st.none() | TEXT)
    for column in FREE_NUMBERS:
        assert column.low is not None
        row[column.name] = draw(st.none() | st.floats(column.low, column.high))
    median = draw(st.floats(1e-9, 1e3))
    row |= dict.fromkeys(RUN_TIMES, median)
    row["flops"] = draw(st.floats(1, 1e12))
    row |= {"flop_per_s": row["flops"] / median, "items_per_s": row["items"] / median}
    names = draw(st.lists(TEXT.filter(lambda name: name.strip() == name and name not in COLUMN), max_size=3))
    return row | {name: draw(st.none() | TEXT) for name in names}


@given(rows())
@settings(max_examples=150)
def test_any_row_comes_back_exactly(row: Row) -> None:
    reading = read(to_csv([row]).encode())
    assert [str(problem) for problem in reading.problems] == []
    assert reading.rows == [row]


@given(
    st.binary(max_size=300) | st.text(max_size=300).map(lambda text: (LINES[0] + "\n" + text).encode(errors="replace"))
)
@settings(max_examples=300)
def test_any_bytes_give_problems_and_never_raise(data: bytes) -> None:
    reading = read(data)
    assert reading.problems
    assert all(str(problem).isprintable() for problem in reading.problems)


@given(st.data())
@settings(max_examples=200)
def test_any_damage_to_the_bytes_never_raises(data: st.DataObject) -> None:
    good = "\n".join(LINES[:4]).encode()
    begin = data.draw(st.integers(0, len(good)))
    end = data.draw(st.integers(begin, min(len(good), begin + 40)))
    reading = read(good[:begin] + data.draw(st.binary(max_size=20)) + good[end:])
    assert len(reading.rows) <= 23
    assert all(str(problem).isprintable() for problem in reading.problems)


@given(
    st.sampled_from([column for column in COLUMNS if column.type != "text" or column.choices]),
    st.integers(2, 6),
    st.text(KEPT, max_size=12) | st.text(string.digits + "+-.,eE", max_size=8) | st.floats().map(repr),
)
@settings(max_examples=300)
def test_a_changed_cell_is_read_for_what_it_says_or_named(column: Column, row: int, text: str) -> None:
    reading = read(with_cell(column.name, text, row=row))
    if reading.problems:
        assert {problem.row for problem in reading.problems} == {row}
        assert all(problem.column in COLUMN for problem in reading.problems)
        assert reading.rows == [*ROWS[: row - 2], *ROWS[row - 1 :]]
        return
    value = reading.rows[row - 2][column.name]
    said = text.strip()
    assert value is None if not said else str(value) == said or value == float(said)
    assert reading.rows[row - 2] == ROWS[row - 2] | {column.name: value}


@given(st.integers(1, 5), st.integers(0, len(COLUMNS) - 1), st.sampled_from(["remove", "insert"]))
@settings(max_examples=100)
def test_a_cell_too_few_or_too_many_is_named(row: int, place: int, how: str) -> None:
    cells = table()[:6]
    if how == "remove":
        del cells[row - 1][place]
    else:
        cells[row - 1].insert(place, "7")
    reading = read(written(cells))
    assert reading.problems
    assert all(problem.row for problem in reading.problems)
    if row > 1:
        assert reading.rows == [*ROWS[: row - 2], *ROWS[row - 1 : 5]]


@given(st.integers(0, len(CSV)))
@settings(max_examples=100)
def test_a_file_cut_anywhere_keeps_only_whole_rows(length: int) -> None:
    """Only the last cell of the last row may be cut unseen, as nothing follows it."""
    reading = read(CSV[:length].encode())
    whole = reading.rows[:-1]
    assert whole == ROWS[: len(whole)]
    if reading.rows:
        last = COLUMNS[-1].name
        assert reading.rows[-1] | {last: None} == ROWS[len(whole)] | {last: None}


@given(st.permutations(range(len(COLUMNS))))
@settings(max_examples=20)
def test_the_order_of_columns_does_not_matter(order: list[int]) -> None:
    reading = read(written([[cells[place] for place in order] for cells in table()]))
    assert reading == Reading(ROWS, [], ())
