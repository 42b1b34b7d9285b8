"""(c) Memory of the server and of the worker, while a visitor opens every page and measures."""

import os
import tempfile
import time
from pathlib import Path

from playwright.sync_api import Page

from tests.bench.report import Finding
from tests.browser.chromium import launched
from tests.browser.processes import children, command_line, memory_mib, peak_memory_mib
from tests.serving import serving

PAGES = ("", "matmul", "cnn", "cuda", "roofline", "costs", "azure", "compare")
SERVER_MIB = 200.0
WORKER_MIB = 1.6 * 1024
FIRST_POINT_S = 6.0
POLL_S = 0.1
RUN_S = 120.0


def measure() -> list[Finding]:
    """Every page, a quick run with a cold cache, and every page again with its results."""
    with tempfile.TemporaryDirectory() as folder:
        os.environ["XDG_CACHE_HOME"] = folder
        with serving(Path(folder)) as server, launched() as browser:
            pid = server.process.pid
            page = browser.new_context(viewport={"width": 1280, "height": 720}).new_page()
            visit_all(page, server.url)
            before = memory_mib(pid) or 0.0
            page.goto(server.url)
            worker, first_point_s = measure_this_machine(page, pid)
            visit_all(page, server.url)
            return [
                Finding("server now, every page visited", before, "MiB"),
                Finding("server now, every page visited before and after a quick run", memory_mib(pid) or 0.0, "MiB"),
                Finding("server at its peak", peak_memory_mib(pid) or 0.0, "MiB", SERVER_MIB),
                Finding("worker at its peak, quick run", worker, "MiB", WORKER_MIB),
                Finding("click to first point on the screen, cold cache", first_point_s, "s", FIRST_POINT_S),
            ]


def visit_all(page: Page, url: str) -> None:
    """Open every page and wait until it is drawn."""
    for path in PAGES:
        page.goto(f"{url}/{path}")
        page.locator("h1").wait_for()
        page.locator("[data-testid=stApp][data-test-script-state=notRunning]").wait_for()


def measure_this_machine(page: Page, server: int) -> tuple[float, float]:
    """Press the button and wait for the end: MiB of the worker at its peak, seconds from click to first point.

    Raises RuntimeError when the run does not end, or was not seen.
    """
    button = page.get_by_role("button", name="Measure this machine")
    point = page.locator(".js-plotly-plot .scatterlayer .point").first
    button.click()
    began = time.monotonic()
    # It takes the place of the recorded machines, so that the next point is one of this run.
    page.get_by_text("The first result comes").wait_for()
    first_point_s, peak = 0.0, 0.0
    while not first_point_s or not button.is_visible():
        if time.monotonic() - began > RUN_S:
            raise RuntimeError("The quick run did not end.")
        workers = [child for child in children(server) if "compute.measure.worker run" in command_line(child)]
        peak = max([peak, *(peak_memory_mib(worker) or 0.0 for worker in workers)])
        if not first_point_s and point.is_visible():
            first_point_s = time.monotonic() - began
        time.sleep(POLL_S)
    if not peak:
        raise RuntimeError("The worker was not seen.")
    return peak, first_point_s
