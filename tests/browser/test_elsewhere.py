"""Taking Many Hands to another machine, in a real browser."""

import subprocess
import sys
from pathlib import Path

from playwright.sync_api import Page, expect

from compute.share import bundle, notebook
from tests.browser.conftest import Serve, Visit


def downloaded(page: Page, name: str, folder: Path) -> Path:
    """The file behind a download button."""
    with page.expect_download() as download:
        page.get_by_role("button", name=f"Download {name}").click()
    path = folder / download.value.suggested_filename
    download.value.save_as(path)
    return path


def test_the_file_and_the_notebook_are_downloaded_and_the_file_runs(visit: Visit, serve: Serve, tmp_path: Path) -> None:
    page = visit(serve().url)
    # A file that is made on demand is asked for under a name that the next run of the script replaces.
    expect(page.get_by_test_id("stApp")).to_have_attribute("data-test-script-state", "notRunning")
    page.get_by_text("Measure another machine").click()
    file = downloaded(page, bundle.NAME, tmp_path)
    assert (file.name, file.read_bytes()) == (bundle.NAME, bundle.build())
    book = downloaded(page, notebook.NAME, tmp_path)
    assert (book.name, book.read_text()) == (notebook.NAME, notebook.build())
    ran = subprocess.run([sys.executable, str(file), "--help"], cwd=tmp_path, capture_output=True, text=True)
    assert "measure this machine" in ran.stdout
