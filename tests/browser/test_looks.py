"""Every page, light and dark, on the projector and on a phone: drawn whole, and nothing sticks out."""

import re

import pytest
from playwright.sync_api import Page, expect

from compute.cuda import record
from tests.browser.conftest import WIDE, Serve, Visit
from tests.browser.state import remember_runs
from tests.serving import Server

PHONE = (390, 844)
# Path -> title, charts.
PAGES = {
    "": ("This machine", 3),
    "matmul": ("Matmul", 3),
    "cnn": ("CNN", 2),
    "jobs": ("Five jobs", 10),
    "cuda": ("CUDA", int(record.SHIPPED.exists())),
    "crossover": ("Crossover", 1),
    "roofline": ("Roofline", 1),
    "devices": ("Many devices", 3),
    "lecture": ("Lecture", 0),
    "costs": ("Costs", 1),
    "azure": ("Azure", 1),
    "apartment": ("Apartment", 1),
    "compare": ("Compare", 1),
    "room": ("The board", 0),
}
# [how far the document and its scrolling part reach, how far they may].
WIDTHS = """() => {
    const main = document.querySelector("[data-testid=stMain]");
    return [document.documentElement.scrollWidth - innerWidth, main.scrollWidth - main.clientWidth];
}"""

# Texts that stick out of the chart that they are in.
CUT_OFF = """() => [...document.querySelectorAll(".js-plotly-plot")].flatMap(plot => {
    const {left, right} = plot.getBoundingClientRect();
    const sticksOut = box => box.width > 0 && (box.left < left - 1 || box.right > right + 1);
    const texts = [...plot.querySelectorAll(".main-svg text")];
    return texts.filter(text => sticksOut(text.getBoundingClientRect())).map(text => text.textContent);
})"""


@pytest.fixture(scope="module")
def server(serve: Serve, tmp_path_factory: pytest.TempPathFactory) -> Server:
    state = tmp_path_factory.mktemp("measured")
    remember_runs(state)
    return serve(state=state)


@pytest.mark.slow
# Both sizes and both themes, each once: every page in all four would take minutes.
@pytest.mark.parametrize(("size", "scheme"), [(WIDE, "light"), (PHONE, "dark")], ids=["projector", "phone"])
def test_every_page_is_drawn_whole(server: Server, visit: Visit, size: tuple[int, int], scheme: str) -> None:
    page = visit(server.url, size=size, scheme=scheme)
    for path, (title, charts) in PAGES.items():
        # Through the menu: an address would start the whole app again, and those of pages are asked elsewhere.
        page.get_by_test_id("stSidebarNavLink").and_(page.locator(f"[href='{server.url}/{path}']")).dispatch_event(
            "click"
        )
        expect(page.get_by_role("heading", level=1)).to_have_text(title)
        expect(page).to_have_title(re.compile(title.removeprefix("The "), re.IGNORECASE))
        plots = page.locator(".js-plotly-plot")
        expect(plots).to_have_count(charts)
        for number in range(charts):
            expect(plots.nth(number).locator(".main-svg").first).to_be_visible()
        # What is drawn late would otherwise be measured too early.
        expect(page.get_by_test_id("stApp")).to_have_attribute("data-test-script-state", "notRunning")
        assert max(page.evaluate(WIDTHS)) <= 0, f"{path or 'home'} is wider than the screen"
        assert page.evaluate(CUT_OFF) == [], f"{path or 'home'}: words that a chart cuts off"
        if charts:
            assert contrast(page, ".js-plotly-plot .xtick text") >= 4.5, f"{path or 'home'}: {scheme} axis"


def contrast(page: Page, selector: str) -> float:
    """Contrast between the first text there and the page behind it, as WCAG 2.2 defines it: 1 to 21."""
    colours = (
        "node => [getComputedStyle(node).fill, getComputedStyle(document.querySelector('.stApp')).backgroundColor]"
    )
    text, ground = (luminance(colour) for colour in page.locator(selector).first.evaluate(colours))
    return (max(text, ground) + 0.05) / (min(text, ground) + 0.05)


def luminance(colour: str) -> float:
    """Relative luminance of "rgb(r, g, b)", 0 to 1 (WCAG 2.2)."""
    parts = [int(part) / 255 for part in re.findall(r"\d+", colour)[:3]]
    linear = [part / 12.92 if part <= 0.04045 else ((part + 0.055) / 1.055) ** 2.4 for part in parts]
    return 0.2126 * linear[0] + 0.7152 * linear[1] + 0.0722 * linear[2]
