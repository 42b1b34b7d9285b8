"""(l) The lecture: from the key that turns a step until the next one is painted."""

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
    painted = {name: median(one["title"] for one in found) / 1000 for name, found in taken.items()}
    ended = {name: median(one["page"] for one in found) / 1000 for name, found in taken.items()}
    slowest = max(painted, key=lambda name: painted[name])
    latest = max(ended, key=lambda name: ended[name])
    return [
        Finding("key to title painted, median of all steps", median(painted.values()), "s"),
        Finding(f"key to title painted, slowest step ({slowest})", painted[slowest], "s", LIMIT_S),
        Finding("key to the end of the step's script, median of all steps", median(ended.values()), "s"),
        Finding(f"key to the end of the step's script, slowest step ({latest})", ended[latest], "s", LIMIT_S),
        Finding("key to title painted, the first time, slowest step", max(first.values()) / 1000, "s"),
    ]


def turn(page: Page, title: str) -> dict[str, float]:
    """Press Page Down and wait for the step with this title; then let it rest, so that nothing is left to draw."""
    found: dict[str, float] = page.evaluate(TURN, ["PageDown", title])
    page.wait_for_timeout(REST_MS)
    return found


def titles() -> dict[str, str]:
    """The title of each step, in order."""
    return {step.name: step.title for step in steps.read().steps}


def names() -> list[str]:
    """The names of the steps, in order."""
    return list(titles())
