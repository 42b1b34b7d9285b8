"""The page Apartment in a real browser: to scale on the screen, and its address keeps what was asked."""

import re

from playwright.sync_api import expect

from tests.browser.conftest import Serve, Visit

# Pixels of a metre along x and along y, as plotly drew them.
METRES = """() => {
    const {xaxis, yaxis} = document.querySelector(".js-plotly-plot")._fullLayout;
    return [Math.abs(xaxis._m), Math.abs(yaxis._m)];
}"""


def test_the_plan_is_to_scale_and_the_address_keeps_the_question(serve: Serve, visit: Visit) -> None:
    page = visit(f"{serve().url}/apartment?number=100000&pue=1.1")
    verdict = page.get_by_role("heading", name="4,330 m²: you need 46 such apartments and 5,800 main fuses.")
    expect(verdict).to_be_visible()
    expect(page.locator(".js-plotly-plot .main-svg").first).to_be_visible()
    along, up = page.evaluate(METRES)
    assert abs(along / up - 1) < 0.01
    apartment = page.get_by_role("spinbutton", name="Apartment, m²")
    apartment.fill("1000")
    apartment.press("Enter")
    expect(page.get_by_role("heading", name="4,330 m²: you need 5 such apartments")).to_be_visible()
    page.wait_for_url(re.compile(r"number=100000.*apartment_m2=1000|apartment_m2=1000.*number=100000"))
    assert "pue=1.1" in page.url
