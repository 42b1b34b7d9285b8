"""Several people and one run: who sees it, who can end it, what a reload and a keyboard do.

A scripted worker measures, so that a run is as long or as short as a test needs it.
"""

import time

import pytest
from playwright.sync_api import Locator, Page, expect

from tests.browser.conftest import Serve, Visit
from tests.browser.processes import alive, children, command_line
from tests.serving import STOP_S, Server

ENDLESS = "--results 400 --delay 0.3"
TABS = 150  # the charts of a page have many buttons


@pytest.fixture(scope="module")
def endless(serve: Serve) -> Server:
    """A dashboard whose runs last longer than any test; each test ends the run that it started."""
    return serve(ENDLESS)


def measure(page: Page) -> Locator:
    return page.get_by_role("button", name="Measure this machine")


def cancel(page: Page) -> Locator:
    return page.get_by_role("button", name="Cancel")


def progress(page: Page) -> Locator:
    return page.get_by_test_id("stProgress")


def workers(server: Server) -> list[int]:
    return [pid for pid in children(server.process.pid) if "fake_worker.py" in command_line(pid)]


def end(page: Page) -> None:
    cancel(page).click()
    expect(measure(page)).to_be_visible()


def test_a_second_visitor_watches_and_cannot_cancel(endless: Server, visit: Visit) -> None:
    first, second = visit(endless.url), visit(endless.url)
    expect(measure(second)).to_be_visible()
    measure(first).click()
    expect(cancel(first)).to_be_visible()

    second.reload()
    expect(progress(second)).to_be_visible()
    expect(second.get_by_text("A quick run started from the dashboard")).to_be_visible()
    expect(second.get_by_role("button", name="Wait in line")).to_be_visible()
    expect(cancel(second)).to_have_count(0)
    expect(measure(second)).to_have_count(0)

    end(first)
    expect(measure(second)).to_be_visible()  # without a click of theirs


def test_who_waits_in_line_gets_the_machine_next(endless: Server, visit: Visit) -> None:
    first, second = visit(endless.url), visit(endless.url)
    measure(first).click()
    expect(cancel(first)).to_be_visible()
    second.reload()
    second.get_by_role("button", name="Wait in line").click()
    expect(second.get_by_text("You are in line")).to_be_visible()
    cancel(first).click()
    expect(cancel(second)).to_be_visible()
    end(second)


def test_a_double_click_starts_one_run(endless: Server, visit: Visit) -> None:
    page = visit(endless.url)
    measure(page).dblclick()
    expect(cancel(page)).to_be_visible()
    assert len(workers(endless)) == 1
    end(page)


def test_a_run_outlives_the_page_and_the_browser_but_not_the_server(serve: Serve, visit: Visit) -> None:
    server = serve(ENDLESS)
    starter = visit(server.url)
    measure(starter).click()
    expect(cancel(starter)).to_be_visible()
    (worker,) = workers(server)
    starter.reload()
    expect(progress(starter)).to_be_visible()
    expect(cancel(starter)).to_be_visible()  # still theirs
    starter.context.close()
    page = visit(server.url)
    expect(progress(page)).to_be_visible()
    assert workers(server) == [worker]
    server.process.terminate()
    server.process.wait(STOP_S)
    assert not alive(worker)


def test_keyboard_alone_starts_and_cancels_a_run(endless: Server, visit: Visit) -> None:
    page = visit(endless.url)
    expect(page.get_by_text("is what gets measured")).to_be_visible()  # the last thing that the page learns
    tab_to(page, "Measure this machine")
    page.keyboard.press("Enter")
    expect(cancel(page)).to_be_visible()
    tab_to(page, "Cancel")
    page.keyboard.press("Enter")
    expect(page.get_by_text("The run was cancelled")).to_be_visible()


def tab_to(page: Page, label: str) -> None:
    """Press Tab until the button with this label has the focus."""
    for _ in range(TABS):
        page.keyboard.press("Tab")
        if page.evaluate("document.activeElement.innerText").strip() == label:
            return
    raise AssertionError(f"{TABS} times Tab did not reach {label!r}")


def test_a_failed_run_is_explained_and_can_be_repeated(serve: Serve, visit: Visit) -> None:
    page = visit(serve("--results 2 --then kill").url)
    measure(page).click()
    alert = page.get_by_test_id("stAlertContentError")
    expect(alert.get_by_text("most likely because memory ran out")).to_be_visible()
    expect(page.get_by_text("2 results were kept")).to_be_visible()
    expect(measure(page)).to_be_enabled()


def test_charts_are_drawn_again_only_for_new_results(serve: Serve, visit: Visit) -> None:
    page = visit(serve("--results 3 --then hang").url)
    measure(page).click()
    plot = page.locator(".js-plotly-plot").first
    expect(plot.locator(".scatterlayer .point")).to_have_count(3)
    node = plot.element_handle()
    time.sleep(3)  # several beats of the page, none with a new result
    assert node.evaluate("node => node.isConnected")
    end(page)
