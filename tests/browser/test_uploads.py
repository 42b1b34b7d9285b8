"""Files that people bring: each bad one gets its sentence, nothing in a file comes alive."""

from collections.abc import Callable
from typing import Any

import pytest
from playwright.sync_api import Page, expect

from compute.results import COLUMNS, Row, to_csv
from tests.browser.conftest import Serve, Visit
from tests.samples import GPU_RUN, sample_row, sample_rows
from tests.serving import Server

PNG = b"\x89PNG\r\n\x1a\n\x00\x00\x00\rIHDR" + bytes(range(256))
LABEL = '<img src=x onerror=alert(1)><a href="http://example.org">b</a> **c** =HYPERLINK("http://example.org")'


def theirs(change: Callable[[Row], Row] = lambda row: row) -> str:
    """The CSV of another machine, each row changed."""
    return to_csv(change(row) for row in sample_rows() if row["run_id"] == GPU_RUN)


def without(name: str) -> str:
    """A CSV of one row that lacks a column."""
    at = [column.name for column in COLUMNS].index(name)
    lines = [line.split(",") for line in to_csv([sample_row()]).splitlines()]
    return "\n".join(",".join([*cells[:at], *cells[at + 1 :]]) for cells in lines)


def milliseconds(row: Row) -> Row:
    return row | {name: row[name] * 1000 for name in row if name.endswith("_s") and "per" not in name and row[name]}


# Name -> content, and a piece of the sentence that it gets.
BAD: dict[str, tuple[bytes, str]] = {
    "empty.csv": (b"", "found nothing in empty.csv"),
    "picture.csv": (PNG, "found a PNG picture"),
    "utf16.csv": (theirs().encode("utf-16"), "text in UTF-16"),
    "semicolons.csv": (theirs().replace(".", ",").replace(",", ";").encode(), "cells separated by semicolons"),
    "no-median.csv": (without("median_s").encode(), "found no such column, expected the column median_s"),
    "milliseconds.csv": (theirs(milliseconds).encode(), "which looks like milliseconds"),
    "negative.csv": (theirs(lambda row: row | {"median_s": -1.0}).encode(), "found -1, expected a number from"),
    "not-a-number.csv": (theirs().replace(",0.001,", ",NaN,").encode(), "NaN"),
    "newer.csv": (theirs(lambda row: row | {"schema": "many-hands/9"}).encode(), "newer Many Hands: update this one"),
}


def bring(page: Page, name: str, content: bytes) -> None:
    """Upload one file."""
    file: Any = {"name": name, "mimeType": "text/csv", "buffer": content}
    uploader = page.get_by_test_id("stFileUploaderDropzoneInput")
    expect(uploader).to_have_count(1)  # while a page is drawn again there may be the old one beside the new one
    uploader.set_input_files(file)


@pytest.fixture(scope="module")
def server(serve: Serve) -> Server:
    return serve()


def test_bad_files_get_a_sentence_each(server: Server, visit: Visit) -> None:
    page = visit(f"{server.url}/compare")
    for name, (content, sentence) in BAD.items():
        bring(page, name, content)
        expect(page.get_by_role("alert").filter(has_text=sentence), name).to_have_count(1)
        page.get_by_role("button", name="Remove").click()
        expect(page.get_by_text(name)).to_have_count(0)
        expect(page.get_by_test_id("stException"), name).to_have_count(0)


def test_a_file_that_is_too_large_is_refused(server: Server, visit: Visit) -> None:
    page = visit(f"{server.url}/compare")
    bring(page, "large.csv", theirs().encode() * 600)
    expect(page.get_by_text("must be 5.0MB or smaller")).to_be_visible()


def test_good_rows_of_a_bad_file_are_kept_by_choice(server: Server, visit: Visit) -> None:
    bad = to_csv(
        row | ({"median_s": -1.0} if number == 0 else {})
        for number, row in enumerate(row for row in sample_rows() if row["run_id"] == GPU_RUN)
    )
    page = visit(f"{server.url}/compare")
    bring(page, "one-bad-row.csv", bad.encode())
    expect(page.get_by_text("1 problem, 21 rows good")).to_be_visible()
    expect(page.get_by_text("Example GPU")).to_have_count(0)
    page.get_by_text("Keep the 21 rows that are good").click()
    expect(page.get_by_role("button", name="Download all")).to_be_enabled()


def test_a_label_is_text_and_nothing_else(server: Server, visit: Visit) -> None:
    page = visit(f"{server.url}/compare")
    page.on("dialog", lambda dialog: pytest.fail(f"The label came alive: {dialog.message}"))
    rows = [row | {"label": LABEL if row["run_id"] == GPU_RUN else None} for row in sample_rows()]
    bring(page, "labelled.csv", to_csv(rows).encode())
    expect(page.get_by_text("44 rows, all good")).to_be_visible()
    beside = page.get_by_role("combobox", name="Beside it")
    expect(beside).to_have_count(1)  # while a page is drawn again there may be the old one beside the new one
    beside.click()
    page.get_by_role("option", name=f"Example GPU ({LABEL})").click()
    expect(page.locator(".js-plotly-plot .main-svg").first).to_be_visible()
    page.get_by_test_id("stSidebarNav").get_by_role("link", name="Matmul").click()
    expect(page.locator(".js-plotly-plot .legendtext", has_text="(<img src=x").first).to_be_visible()
    expect(page.locator("img[src='x'], a[href*='example.org']")).to_have_count(0)
