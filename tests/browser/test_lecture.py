"""The lecture in a real browser: every step on every wall, keys, the speaker's window and a phone that follow."""

import pytest
from playwright.sync_api import Page, expect

from compute.lecture import steps
from tests.browser.conftest import WIDE, Serve, Visit
from tests.serving import Server

STEPS = steps.read().steps
PHONE = (390, 844)
# How far the stage sticks out: [to the right, downwards].
OVERFLOW = """() => {
    const main = document.querySelector("[data-testid=stMain]");
    return [Math.max(document.documentElement.scrollWidth - innerWidth, main.scrollWidth - main.clientWidth),
            main.scrollHeight - main.clientHeight];
}"""
# Words that are too small for the last row: below 28 px in what a step says, below 20 px in what its demo says.
SMALL = """() => [...document.querySelectorAll(".st-key-stage [data-testid=stMarkdownContainer] :is(p, li)")].filter(
    node => {
    const least = node.closest(".st-key-lecture-text") ? 28 : 20;
    return node.offsetParent && node.textContent.trim() && parseFloat(getComputedStyle(node).fontSize) < least;
    }).map(node => node.textContent)"""
# Words whose contrast with the ground behind them is too low (WCAG 2.2, AA: 4.5 to 1, or 3 for large ones), with that
# contrast. Drawings are not among them: their colours have tests of their own. What is disabled need not reach it.
PALE = """() => {
    const channels = colour => colour.match(/[\\d.]+/g).map(Number);
    const linear = c => c <= .04045 ? c / 12.92 : ((c + .055) / 1.055) ** 2.4;
    const luminance = rgb => [.2126, .7152, .0722].reduce((sum, share, at) => sum + share * linear(rgb[at] / 255), 0);
    const over = (top, under) => top.slice(0, 3).map((c, at) => c * (top[3] ?? 1) + under[at] * (1 - (top[3] ?? 1)));
    const ground = node => {
        if (!node) return [255, 255, 255];
        const own = channels(getComputedStyle(node).backgroundColor);
        return (own[3] ?? 1) === 1 ? own : over(own, ground(node.parentElement));
    };
    const words = document.createTreeWalker(document.querySelector(".st-key-stage"), NodeFilter.SHOW_TEXT);
    const pale = [];
    while (words.nextNode()) {
        const node = words.currentNode.parentElement, text = words.currentNode.textContent.trim();
        const elsewhere = "svg, style, script, :disabled, [aria-disabled=true], .js-plotly-plot, "
            + "[data-testid=stIconMaterial], [data-testid=stSliderThumbValue]";
        const style = getComputedStyle(node), px = parseFloat(style.fontSize);
        const least = px >= 24 || (px >= 18.66 && style.fontWeight >= 700) ? 3 : 4.5;
        const hidden = !node.checkVisibility({opacityProperty: true, visibilityProperty: true});
        if (!text || hidden || node.closest(elsewhere)) continue;
        const behind = ground(node), ink = over(channels(style.color), behind);
        const [dark, light] = [luminance(ink), luminance(behind)].sort((a, b) => a - b);
        const contrast = (light + .05) / (dark + .05);
        if (contrast < least) pale.push(`${text.slice(0, 40)}: ${contrast.toFixed(2)}`);
    }
    return pale;
}"""
# What can be pressed or filled in, and has no name for whoever cannot see it.
NAMELESS = """() => [...document.querySelectorAll(
    ".st-key-stage :is(button, input, select, textarea, a[href], [role=slider], [role=button])")].filter(node => {
        const labels = [...(node.labels ?? [])].map(label => label.textContent).join("");
        const ids = (node.getAttribute("aria-labelledby") ?? "").split(" ");
        const by = ids.map(id => document.getElementById(id)?.textContent);
        const name = [node.getAttribute("aria-label"), node.title, labels, node.textContent, ...by].join("").trim();
        return node.checkVisibility() && node.type !== "file" && !name;
    }).map(node => node.outerHTML.slice(0, 200))"""
ERRORS = """() => [...document.querySelectorAll("[data-testid=stException], [data-testid=stAlertContentError]")].map(
    node => node.textContent)"""


@pytest.fixture(scope="module")
def server(serve: Serve) -> Server:
    return serve()


def at(page: Page, title: str) -> None:
    """Wait until the stage shows a step, and all of it is drawn."""
    expect(page.get_by_role("heading", level=1)).to_have_text(title)
    expect(page.get_by_test_id("stApp")).to_have_attribute("data-test-script-state", "notRunning")
    expect(page.get_by_test_id("stSkeleton")).to_have_count(0)


def stage(visit: Visit, server: Server, name: str, **options: object) -> Page:
    page = visit(f"{server.url}/lecture?step={name}&screen=projector", **options)
    expect(page.get_by_role("timer")).to_be_visible()
    return page


@pytest.mark.parametrize(
    ("size", "scheme"), [(WIDE, "light"), ((1920, 1080), "dark"), ((1024, 768), "dark")], ids=["1280", "1920", "1024"]
)
def test_every_step_fits_on_the_wall(server: Server, visit: Visit, size: tuple[int, int], scheme: str) -> None:
    page = stage(visit, server, STEPS[0].name, size=size, scheme=scheme)
    troubles = {}
    for number, step in enumerate(STEPS):
        if number:
            page.keyboard.press("PageDown")
        at(page, step.title)
        sticks_out = page.evaluate(OVERFLOW)
        found = [page.evaluate(script) for script in (SMALL, ERRORS, PALE, NAMELESS)]
        if max(sticks_out) > 0 or any(found):
            troubles[step.name] = (sticks_out, *found)
    assert troubles == {}
    assert page.get_by_role("button", name="Next").is_disabled()


def test_keys_turn_the_steps_and_are_not_taken_from_what_is_typed(server: Server, visit: Visit) -> None:
    page = stage(visit, server, "apartment")
    at(page, title("apartment"))
    slider = page.get_by_role("slider").first
    slider.focus()
    before = slider.get_attribute("aria-valuetext") or slider.input_value()
    slider.press("ArrowRight")
    expect(page.get_by_role("heading", level=1)).to_have_text(title("apartment"))
    assert (slider.get_attribute("aria-valuetext") or slider.input_value()) != before
    page.get_by_role("heading", level=1).click()
    page.evaluate("document.activeElement.blur()")
    for key, name in (("ArrowRight", "cloud"), ("PageDown", "room"), ("PageUp", "cloud"), ("ArrowLeft", "apartment")):
        page.keyboard.press(key)
        at(page, title(name))
    page.goto(f"{server.url}/lecture?step=room&screen=projector")
    at(page, title("room"))
    code = page.get_by_label("Code of the board")
    code.fill("ab")
    for key in ("ArrowLeft", "PageUp", "f"):
        code.press(key)
    expect(code).to_have_value("afb")
    expect(page.get_by_role("heading", level=1)).to_have_text(title("room"))


def test_a_second_window_and_a_phone_follow(server: Server, visit: Visit) -> None:
    page = stage(visit, server, STEPS[0].name)
    at(page, STEPS[0].title)
    page.get_by_role("button", name="Room and notes").click()
    link = page.get_by_role("link", name="Speaker's notes").get_attribute("href") or ""
    page.keyboard.press("Escape")
    code = link.partition("notes=")[2]
    notes = visit(f"{server.url}/{link}")
    expect(notes.get_by_text(STEPS[0].notes.splitlines()[0])).to_be_visible()
    phone = visit(f"{server.url}/lecture?follow={code[:6]}", size=PHONE, scheme="dark")
    expect(phone.get_by_role("heading", level=2, name=STEPS[0].title)).to_be_visible()
    page.bring_to_front()
    page.keyboard.press("ArrowRight")
    at(page, STEPS[1].title)
    expect(notes.get_by_role("heading", level=1)).to_contain_text(STEPS[1].title)
    expect(phone.get_by_role("heading", level=2)).to_have_text(STEPS[1].title)
    notes.get_by_role("button", name="Next").click()
    at(page, STEPS[2].title)
    expect(phone.get_by_role("heading", level=2)).to_have_text(STEPS[2].title)
    assert page.url.startswith(f"{server.url}/lecture?step={STEPS[2].name}")
    assert max(phone.evaluate("[document.documentElement.scrollWidth - innerWidth]")) <= 0


def test_all_steps_on_one_screen(server: Server, visit: Visit) -> None:
    page = stage(visit, server, STEPS[4].name)
    at(page, STEPS[4].title)
    page.get_by_role("button", name=f"5 / {len(STEPS)}").click()
    at(page, "The lecture")
    assert max(page.evaluate(OVERFLOW)) <= 0
    page.get_by_role("button", name=STEPS[9].title).click()
    at(page, STEPS[9].title)


def title(name: str) -> str:
    """The title of the step with this name."""
    return next(step.title for step in STEPS if step.name == name)
