"""(l) The lecture: from the key that turns a step, or a click in a demo, until what follows is painted."""

import tempfile
from pathlib import Path
from statistics import median

from playwright.sync_api import Page

from compute.lecture import steps
from tests.bench.report import Finding
from tests.browser.chromium import launched
from tests.serving import serving

ROUNDS = 3
LIMIT_S = 0.4
# A chart is drawn twice, the second time in its right height, and nobody turns a step before it is there.
REST_MS = 1500
# Step -> what is pressed in its demo, and what changes then.
CLICKS = {
    "terms-convolution": (".player .on", ".player .count"),
    "terms-pooling": (".player .on", ".player .count"),
    "compute-power": ("[data-press=a]", ".drawing"),
    "adder": ("[data-press=a0]", ".drawing"),
    "cpu": (".st-key-tiny_cpu-Step button", ".drawing"),
    "tpu": (".st-key-systolic-Step button", ".drawing"),
}
CLICK_ROUNDS = 7
CLICK_LIMIT_S = 0.1

# Milliseconds from a key until the frame in which the next title is painted ("title"), and until the script has ended
# after that ("page"). In the document itself: a clock on this side of the wire would add its own delay.
TURN = """([key, title]) => new Promise(done => {
    const began = performance.now();
    const painted = {};
    const afterPaint = name => requestAnimationFrame(() => setTimeout(() => {
        painted[name] ??= performance.now() - began;
        if (name === "page") done(painted);
    }));
    const watch = new MutationObserver(() => {
        if (document.querySelector("h1")?.textContent.trim() !== title) return;
        afterPaint("title");
        if (document.querySelector("[data-testid=stApp]").dataset.testScriptState !== "notRunning") return;
        watch.disconnect();
        afterPaint("page");
    });
    watch.observe(document, {childList: true, subtree: true, attributes: true, characterData: true});
    document.dispatchEvent(new KeyboardEvent("keydown", {key, bubbles: true}));
})"""

# Milliseconds from a click until the frame in which something else is seen.
CLICK = """([pressed, seen]) => new Promise(done => {
    const before = seen.innerHTML;
    const began = performance.now();
    const watch = new MutationObserver(() => {
        if (seen.innerHTML === before) return;
        watch.disconnect();
        requestAnimationFrame(() => setTimeout(() => done(performance.now() - began)));
    });
    watch.observe(seen, {childList: true, subtree: true, attributes: true, characterData: true});
    pressed.dispatchEvent(new MouseEvent("click", {bubbles: true, composed: true}));
})"""


def measure() -> list[Finding]:
    """All steps forwards, once to load what is loaded once, then in rounds: medians of each step."""
    taken: dict[str, list[dict[str, float]]] = {}
    first: dict[str, float] = {}
    with tempfile.TemporaryDirectory() as state, serving(Path(state)) as server, launched() as browser:
        page = browser.new_page(viewport={"width": 1280, "height": 720})
        for number in range(ROUNDS + 1):
            page.goto(f"{server.url}/lecture?step={names()[0]}&screen=projector")
            page.get_by_role("timer").wait_for()
            page.wait_for_timeout(1000)
            for name, title in list(titles().items())[1:]:
                found = turn(page, title)
                if number:
                    taken.setdefault(name, []).append(found)
                else:
                    first[name] = found["title"]
        clicks = {name: median(clicked(page, server.url, name)) / 1000 for name in CLICKS}
    painted = {name: median(one["title"] for one in found) / 1000 for name, found in taken.items()}
    ended = {name: median(one["page"] for one in found) / 1000 for name, found in taken.items()}
    slowest = max(painted, key=lambda name: painted[name])
    latest = max(ended, key=lambda name: ended[name])
    slow = max(clicks, key=lambda name: clicks[name])
    return [
        Finding("key to title painted, median of all steps", median(painted.values()), "s"),
        Finding(f"key to title painted, slowest step ({slowest})", painted[slowest], "s", LIMIT_S),
        Finding("key to the end of the step's script, median of all steps", median(ended.values()), "s"),
        Finding(f"key to the end of the step's script, slowest step ({latest})", ended[latest], "s", LIMIT_S),
        Finding("key to title painted, the first time, slowest step", max(first.values()) / 1000, "s"),
        Finding("click in a demo to its answer painted, median of the demos", median(clicks.values()), "s"),
        Finding(f"click in a demo to its answer painted, slowest demo ({slow})", clicks[slow], "s", CLICK_LIMIT_S),
    ]


def turn(page: Page, title: str) -> dict[str, float]:
    """Press Page Down and wait for the step with this title; then let it rest, so that nothing is left to draw."""
    found: dict[str, float] = page.evaluate(TURN, ["PageDown", title])
    page.wait_for_timeout(REST_MS)
    return found


def clicked(page: Page, url: str, name: str) -> list[float]:
    """Milliseconds of each of some clicks in the demo of a step, but for the first, which may load something."""
    page.goto(f"{url}/lecture?step={name}&screen=projector")
    pressed, seen = (page.locator(selector).first for selector in CLICKS[name])
    taken = []
    for _ in range(CLICK_ROUNDS + 1):
        seen.wait_for()
        page.wait_for_timeout(REST_MS / 2)
        taken.append(page.evaluate(CLICK, [pressed.element_handle(), seen.element_handle()]))
    return taken[1:]


def titles() -> dict[str, str]:
    """The title of each step, in order."""
    return {step.name: step.title for step in steps.read().steps}


def names() -> list[str]:
    """The names of the steps, in order."""
    return list(titles())
