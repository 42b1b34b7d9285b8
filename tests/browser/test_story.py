"""The whole story on the real worker: measure, watch, look elsewhere, take the CSV home, compare, cancel."""

import re
import time
from collections.abc import Iterable
from pathlib import Path
from typing import Any

import pytest
from playwright.sync_api import Page, expect

from compute import results
from tests.browser.conftest import Serve, Visit
from tests.browser.processes import alive, children, command_line
from tests.samples import GPU_RUN, sample_rows
from tests.serving import Server

# The quick suite takes half a minute on a quiet machine with two cores.
QUICK_MS = 120_000
FIRST_POINT_MS = 40_000
CANCEL_S = 2.0


def go(page: Page, title: str) -> None:
    """Change the page through the menu."""
    page.get_by_test_id("stSidebarNav").get_by_role("link", name=title).click()
    expect(page.get_by_role("heading", level=1)).to_have_text(title)


def workers(server: Server) -> list[int]:
    return [pid for pid in children(server.process.pid) if "compute.measure.worker run" in command_line(pid)]


def download(page: Page, button: str, folder: Path) -> Path:
    """Press a download button once the page stands still, and keep the file under the name that it suggests."""
    expect(page.get_by_test_id("stApp")).to_have_attribute("data-test-script-state", "notRunning")
    with page.expect_download() as began:
        page.get_by_role("button", name=button).click()
    kept = folder / began.value.suggested_filename
    began.value.save_as(kept)
    return kept


def upload(page: Page, *files: Path) -> None:
    uploader = page.get_by_test_id("stFileUploaderDropzoneInput")
    expect(uploader).to_have_count(1)
    uploader.set_input_files(files)


@pytest.mark.alone
@pytest.mark.slow
def test_the_whole_story(serve: Serve, visit: Visit, tmp_path: Path) -> None:
    server = serve()
    page = visit(server.url)
    measure = page.get_by_role("button", name="Measure this machine")
    cancel = page.get_by_role("button", name="Cancel")

    # The first point arrives while they watch.
    measure.click()
    expect(page.get_by_text("The first result comes in a few seconds")).to_be_visible()  # instead of recorded charts
    expect(page.locator(".scatterlayer .point").first).to_be_visible(timeout=FIRST_POINT_MS)
    expect(cancel).to_be_visible()

    # They look at another page and come back; the run goes on.
    go(page, "Matmul")
    expect(page.get_by_test_id("stProgress")).to_be_visible()
    expect(page.locator(".js-line").first).to_be_visible()
    go(page, "This machine")
    expect(cancel).to_be_visible()
    assert len(workers(server)) == 1

    # It ends by itself, and what is on the screen is what the CSV holds.
    expect(measure).to_be_visible(timeout=QUICK_MS)
    ends = time.monotonic() + CANCEL_S  # its last word comes before it has let go of its memory
    while workers(server) and time.monotonic() < ends:
        time.sleep(0.05)
    assert not workers(server)
    for chart in ("Matrix product: rate", "Baseline model: images", "AlexNet: images"):
        expect(page.get_by_text(chart)).to_be_visible()
    expect(page.locator(".js-plotly-plot").nth(2)).to_be_visible()  # more where the system tells its load or its power
    ours = download(page, "Download these results (CSV)", tmp_path)
    reading = results.read(ours.read_bytes(), ours.name)
    assert not reading.problems
    assert {row["workload"] for row in reading.rows} >= {"bandwidth", "matmul", "cnn", "rendering", "serial"}
    assert all(row["status"] == "measured" or row["reason"] for row in reading.rows)
    run_id = reading.rows[0]["run_id"]

    # They upload it next to another machine's, and compare.
    theirs = tmp_path / "their-machine.csv"
    theirs.write_text(results.to_csv(row for row in sample_rows() if row["run_id"] == GPU_RUN))
    go(page, "Compare")
    upload(page, ours, theirs)
    expect(page.get_by_text(f"{ours.name}: {len(reading.rows)} rows, all good.")).to_be_visible()
    expect(page.get_by_text(re.compile(r"their-machine.csv: \d+ rows, all good"))).to_be_visible()
    beside = page.get_by_role("combobox", name="Beside it")  # what they brought is taken without being asked for
    # While a page is drawn again there is the old box beside the new one.
    expect(page.get_by_test_id("stApp")).to_have_attribute("data-test-script-state", "notRunning")
    expect(beside).to_have_value(re.compile("Example GPU"))
    expect(page.locator(".js-plotly-plot .main-svg").first).to_be_visible()
    verdicts = page.get_by_test_id("stMetricValue")
    expect(verdicts).to_have_count(4)
    counted = [re.fullmatch(r"(\d+) of (\d+)", words) for words in verdicts.all_inner_texts()]
    assert all(counted)
    gpu_rows = [row for row in sample_rows() if row["run_id"] == GPU_RUN]
    shared = cases(reading.rows) & cases(gpu_rows)  # fewer on a busy machine, where the suite has time for less
    assert sum(int(match[1]) for match in counted if match) == int(counted[0][2]) == len(shared) > 0  # type: ignore[index]
    merged = results.read(download(page, "as one CSV", tmp_path).read_bytes())
    assert not merged.problems
    assert {run_id, GPU_RUN} <= {row["run_id"] for row in merged.rows}

    # A second run, cancelled: gone in two seconds, nothing left behind, the first one's results still there.
    go(page, "This machine")
    measure.click()
    expect(cancel).to_be_visible()
    (worker,) = workers(server)
    began = time.monotonic()
    cancel.click()
    while alive(worker):
        assert time.monotonic() - began < CANCEL_S
        time.sleep(0.02)
    expect(measure).to_be_visible()
    expect(page.get_by_text("The run was cancelled")).to_be_visible()
    assert not workers(server)
    expect(page.locator(".js-plotly-plot .main-svg").first).to_be_visible()


def cases(rows: Iterable[results.Row]) -> set[tuple[Any, ...]]:
    """The cases with a time that may be compared."""
    measured = [row for row in rows if row["status"] == "measured" and row["verdict"] != "invalid"]
    return {tuple(row[name] for name in ("workload", "variant", "dtype", "size", "mode")) for row in measured}
