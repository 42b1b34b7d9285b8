"""Files that people bring: each bad one gets its sentence, nothing in a file comes alive."""

import re
from base64 import b64encode
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from playwright.sync_api import Page, expect

from compute.results import COLUMNS, Row, to_csv
from compute.share.archive import pack
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


# Name -> content, and a piece of the sentence that it gets; all the others are in tests/test_results.py.
BAD: dict[str, tuple[bytes, str]] = {
    "picture.csv": (PNG, "found a PNG picture"),
    "semicolons.csv": (theirs().replace(".", ",").replace(",", ";").encode(), "cells separated by semicolons"),
    "no-median.csv": (without("median_s").encode(), "found no such column, expected the column median_s"),
    "milliseconds.csv": (theirs(milliseconds).encode(), "which looks like milliseconds"),
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


def test_a_file_of_a_gigabyte_is_refused_by_its_size(server: Server, visit: Visit, tmp_path: Path) -> None:
    large = tmp_path / "large.zip"
    with large.open("wb") as file:
        file.truncate(2**30)  # takes no room on the disk
    page = visit(f"{server.url}/compare")
    uploader = page.get_by_test_id("stFileUploaderDropzoneInput")
    expect(uploader).to_have_count(1)
    uploader.set_input_files(large)
    expect(page.get_by_text("must be 20.0MB or smaller")).to_be_visible()


def test_a_csv_that_is_too_large_for_one_gets_a_sentence(server: Server, visit: Visit) -> None:
    page = visit(f"{server.url}/compare")
    bring(page, "large.csv", theirs().encode() * 600)
    expect(page.get_by_role("alert").filter(has_text="expected at most 5 MB")).to_be_visible()


# What a browser does when a file is let go over the page.
DROP = """
(target, [name, base64]) => {
    const bytes = Uint8Array.from(atob(base64), (letter) => letter.charCodeAt(0));
    const transfer = new DataTransfer();
    transfer.items.add(new File([bytes], name, {type: "application/zip"}));
    for (const kind of ["dragenter", "dragover", "drop"])
        target.dispatchEvent(new DragEvent(kind, {dataTransfer: transfer, bubbles: true, cancelable: true}));
}
"""


def test_a_room_is_dropped_clicked_and_shared(server: Server, visit: Visit) -> None:
    page = visit(f"{server.url}/compare")
    files = {
        f"{seat}.csv": theirs(lambda row, seat=seat: row | {"run_id": f"room-{seat}", "label": f"seat {seat}"})  # type: ignore[misc]
        for seat in range(9)
    }
    dropzone = page.get_by_test_id("stFileUploaderDropzone")
    expect(dropzone).to_have_count(1)
    dropzone.evaluate(DROP, ["room.zip", b64encode(pack(files)).decode()])
    expect(page.get_by_text("9 files: 198 rows, all good.")).to_be_visible()

    # A click on a point opens its birth certificate, with the command that measures it again.
    point = page.locator(".js-plotly-plot .scatterlayer .point").first
    # While a page is drawn again, a point may be that of the chart before.
    expect(page.get_by_test_id("stApp")).to_have_attribute("data-test-script-state", "notRunning")
    point.scroll_into_view_if_needed()
    point.click(force=True)
    dialog = page.get_by_role("dialog")
    expect(dialog).to_contain_text("Device: Example GPU on gpu")
    expect(dialog).to_contain_text("python -m compute run --suite quick --case 'matmul square fp32")
    page.keyboard.press("Escape")
    expect(dialog).to_have_count(0)

    # What one shares, another sees: the same machines, on the same server.
    page.get_by_role("button", name="Share by link").click()
    page.get_by_role("button", name="Store it and make the link").click()
    expect(page.get_by_text("Stored on this server until")).to_be_visible()
    link = page.get_by_test_id("stCode").first.inner_text().strip()
    assert re.fullmatch(rf"{server.url}/compare\?.*shared=[0-9a-f]{{32}}.*", link)
    other = visit(link)
    expect(other.get_by_text("A shared comparison, stored on this server until")).to_be_visible()
    expect(other.get_by_text("9 files: 198 rows, all good.")).to_be_visible()
    expect(other.locator(".js-plotly-plot .main-svg").first).to_be_visible()


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
    # While a page is drawn again there may be the old box beside the new one, and an open one closes.
    expect(page.get_by_test_id("stApp")).to_have_attribute("data-test-script-state", "notRunning")
    expect(beside).to_have_count(1)
    beside.click()
    page.get_by_role("option", name=f"Example GPU ({LABEL})").click()
    expect(page.locator(".js-plotly-plot .main-svg").first).to_be_visible()
    page.get_by_test_id("stSidebarNav").get_by_role("link", name="Matmul").click()
    expect(page.locator(".js-plotly-plot .legendtext", has_text="(<img src=x").first).to_be_visible()
    expect(page.locator("img[src='x'], a[href*='example.org']")).to_have_count(0)
