"""(l) The lecture: from a key or a click until what follows is painted."""

import tempfile
import time
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
# Step -> what is pressed in its demo, and what is another picture then.
CLICKS = {
    "terms-convolution": (".player .on", ".player .count"),
    "terms-pooling": (".player .on", ".player .count"),
    "compute-power": ("[data-press=a]", ".drawing"),
    "adder": ("[data-press=a0]", ".drawing"),
    "cpu": (".st-key-tiny_cpu-Step button", ".drawing"),
    "tpu": (".st-key-systolic-Step button", ".drawing"),
}
CLICK_ROUNDS = 6
CLICK_LIMIT_S, CLICK_PATIENCE_MS = 0.1, 3000
NOTES_LIMIT_S = 1.0

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

# Milliseconds from a click until the frame in which `seen` looks otherwise; nothing if it never does. It is looked up
# in each frame, because some demos put a new element in the place of the old one.
CLICK = """([pressed, seen, selector, patience]) => new Promise(done => {
    const root = seen.getRootNode();
    const before = seen.innerHTML;
    const began = performance.now();
    const look = () => {
        const waited = performance.now() - began;
        if ((root.querySelector(selector)?.innerHTML ?? before) !== before)
            return setTimeout(() => done(performance.now() - began));
        if (waited > patience) return done(null);
        requestAnimationFrame(look);
    };
    pressed.dispatchEvent(new MouseEvent("click", {bubbles: true, composed: true}));
    requestAnimationFrame(look);
})"""


def measure() -> list[Finding]:
    """The steps turned, the demos clicked, and the speaker's window beside them."""
    with tempfile.TemporaryDirectory() as state, serving(Path(state)) as server, launched() as browser:
        page = browser.new_context(viewport={"width": 1280, "height": 720}).new_page()
        return [*turned(page, server.url), *clicked(page, server.url), followed(page, server.url)]


def turned(page: Page, url: str) -> list[Finding]:
    """All steps forwards, once to load what is loaded once, then in rounds: medians of each step."""
    taken: dict[str, list[dict[str, float]]] = {}
    first: dict[str, float] = {}
    for number in range(ROUNDS + 1):
        page.goto(f"{url}/lecture?step={names()[0]}&screen=projector")
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


def clicked(page: Page, url: str) -> list[Finding]:
    """A click in each demo: medians, without the first one, which may load something."""
    taken = {name: median(clicks(page, url, name)) / 1000 for name in CLICKS}
    slowest = max(taken, key=lambda name: taken[name])
    return [
        Finding("click in a demo to its answer painted, median of the demos", median(taken.values()), "s"),
        Finding(f"click in a demo to its answer painted, slowest demo ({slowest})", taken[slowest], "s", CLICK_LIMIT_S),
    ]


def clicks(page: Page, url: str, name: str) -> list[float]:
    """Milliseconds of each of some clicks in the demo of a step.

    Raises RuntimeError when one changes nothing.
    """
    page.goto(f"{url}/lecture?step={name}&screen=projector")
    press, selector = CLICKS[name]
    taken = []
    for _ in range(CLICK_ROUNDS + 1):
        page.locator(selector).first.wait_for()
        page.wait_for_timeout(REST_MS)
        handles = [page.locator(each).first.element_handle() for each in (press, selector)]
        found = page.evaluate(CLICK, [*handles, selector.split()[-1], CLICK_PATIENCE_MS])
        if found is None:
            raise RuntimeError(f"step {name}: {selector} did not change within {CLICK_PATIENCE_MS} ms of the click")
        taken.append(found)
    return taken[1:]


def followed(page: Page, url: str) -> Finding:
    """From the key on the stage until the speaker's window shows the step that it turned to."""
    page.goto(f"{url}/lecture?step={names()[0]}&screen=projector")
    page.get_by_role("button", name="Room and notes").click()
    link = page.get_by_role("link", name="Speaker's notes").get_attribute("href") or ""
    page.keyboard.press("Escape")
    notes = page.context.new_page()
    notes.goto(f"{url}/{link}")
    taken = []
    for title in list(titles().values())[1 : ROUNDS + 1]:
        notes.wait_for_timeout(2 * REST_MS)
        page.bring_to_front()
        began = time.perf_counter()
        page.keyboard.press("PageDown")
        notes.get_by_role("heading", level=1).filter(has_text=title).wait_for()
        taken.append(time.perf_counter() - began)
    return Finding("key on the stage to the step in the speaker's window", median(taken), "s", NOTES_LIMIT_S)


def titles() -> dict[str, str]:
    """The title of each step, in order."""
    return {step.name: step.title for step in steps.read().steps}


def names() -> list[str]:
    """The names of the steps, in order."""
    return list(titles())
