"""The pages about money in Chromium: choose, look, click a row, follow a link, take the CSV home."""

import csv
import re
from pathlib import Path
from urllib.parse import quote_plus

from playwright.sync_api import Page, expect

from tests.browser.conftest import Serve, Visit
from tests.browser.test_story import download


def test_a_job_is_chosen_looked_at_and_taken_home(serve: Serve, visit: Visit, tmp_path: Path) -> None:
    server = serve()
    page = visit(f"{server.url}/costs")
    metrics = page.get_by_test_id("stMetricValue")
    expect(metrics).to_have_count(4)
    expect(page.locator(".js-plotly-plot .main-svg").first).to_be_visible()
    expect(page.get_by_text("Of those measured").first).to_be_visible()
    expect(page.locator(".js-plotly-plot").get_by_text("free", exact=True)).to_be_visible()

    # Another job is in the address, and the address alone shows the same.
    before = metrics.first.inner_text()
    choose(page, "Job", "Classify one million images")
    expect(metrics.first).not_to_have_text(before)
    expect(page).to_have_url(re.compile("job=Classify"))
    answer = metrics.first.inner_text()
    page.goto(page.url)
    expect(metrics.first).to_have_text(answer)

    rows = list(csv.DictReader(download(page, "Download this table", tmp_path).read_text().splitlines()))
    assert len(rows) > 100
    assert {"usd", "known", "as_of", "old", "missing"} <= set(rows[0])
    assert all(row["usd"] or row["missing"] for row in rows)

    # The other views by their links.
    for view, words in (
        ("Dollars per unit", "Dollars for a million images"),
        ("What a credit buys", "Hours that it buys"),
        ("Buy or rent", "hours of use in a month"),
    ):
        page.goto(f"{server.url}/costs?view={quote_plus(view)}")
        expect(page.locator(".js-plotly-plot").get_by_text(words)).to_be_visible()

    page.goto(f"{server.url}/azure")
    expect(page.get_by_text("Rent a finished model")).to_be_visible()
    expect(page.locator(".js-plotly-plot").get_by_text("images a month")).to_be_visible()


def choose(page: Page, label: str, option: str) -> None:
    """Take an option from a select box."""
    box = page.get_by_role("combobox", name=label)
    expect(box).to_have_count(1)  # while a page is drawn again there may be the old one beside the new one
    box.click()
    page.get_by_role("option", name=option).first.click()
