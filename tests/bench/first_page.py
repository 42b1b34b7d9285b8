"""(a) The first page, against the smallest Streamlit app there is."""

import tempfile
import time
from pathlib import Path
from statistics import median

from playwright.sync_api import Browser

from tests.bench.report import Finding
from tests.browser.chromium import launched
from tests.serving import Start, door, serving

ROUNDS = 9
LIMIT = 1.25
ONE_LINE = 'import streamlit as st; st.title("Hello")\n'

# Milliseconds from the start of the navigation until the frame in which the title is painted ("title"), and until
# the script has ended after that ("page"). Looked for at every change of the document, in the document itself:
# a clock on this side of the wire would add its own delay to both.
WATCH = """
window.painted = {};
const afterPaint = name => requestAnimationFrame(() => setTimeout(() => window.painted[name] ??= performance.now()));
const watch = new MutationObserver(() => {
    const title = document.querySelector("h1");
    if (!title || !title.textContent.trim()) return;
    afterPaint("title");
    const app = document.querySelector("[data-testid=stApp]");
    if (app.dataset.testScriptState !== "notRunning") return;
    afterPaint("page");
    watch.disconnect();
});
watch.observe(document, {childList: true, subtree: true, attributes: true, characterData: true});
"""


def measure() -> list[Finding]:
    """Both apps in turn, each round with a fresh server and a fresh browser profile: ratios of the medians."""
    with tempfile.TemporaryDirectory() as folder, launched() as browser:
        hello = Path(folder) / "hello.py"
        hello.write_text(ONE_LINE)
        starts = {"ours": door, "one line": one_line(hello)}
        seconds: dict[tuple[str, str, str], list[float]] = {}
        for round_number in range(ROUNDS):
            for app in sorted(starts, reverse=bool(round_number % 2)):
                for (visit, moment), value in visits(browser, starts[app]).items():
                    seconds.setdefault((app, visit, moment), []).append(value)
    return findings({key: median(values) for key, values in seconds.items()})


def one_line(script: Path) -> Start:
    """Start the one-line app the way that app.py is started, with the same settings and theme."""
    return lambda settings: [str(script) if word == "app.py" else word for word in door(settings)]


def visits(browser: Browser, start: Start) -> dict[tuple[str, str], float]:
    """Seconds to (visit, moment): the first visitor of a fresh server, and the next one.

    ("start", "answers") is the start of that server until it answers, to a fifth of a second.
    """
    began = time.monotonic()
    with tempfile.TemporaryDirectory() as state, serving(Path(state), start) as server:
        answers_s = time.monotonic() - began
        return {("start", "answers"): answers_s} | {
            (visit, moment): milliseconds / 1000
            for visit in ("first", "second")
            for moment, milliseconds in painted(browser, server.url).items()
        }


def painted(browser: Browser, url: str) -> dict[str, float]:
    """Milliseconds until the title and the page are painted, for a visitor whose browser has never been there."""
    context = browser.new_context(viewport={"width": 1280, "height": 720})
    context.add_init_script(WATCH)
    page = context.new_page()
    page.goto(url)
    page.wait_for_function("window.painted.page")
    found: dict[str, float] = page.evaluate("window.painted")
    context.close()
    return found


def findings(medians: dict[tuple[str, str, str], float]) -> list[Finding]:
    """The times of both apps, then their ratios; the limit is for the first visit."""
    moments = {"title": "title painted", "page": "title painted and script ended"}
    starts = [
        Finding(f"{app}, start of the server until it answers", medians[app, "start", "answers"], "s")
        for app in ("one line", "ours")
    ]
    times = [
        Finding(f"{app}, {visit} visit, {words}", medians[app, visit, moment], "s")
        for app in ("one line", "ours")
        for visit in ("first", "second")
        for moment, words in moments.items()
    ]
    ratios = [
        Finding(
            f"ours / one line, {visit} visit, {words}",
            medians["ours", visit, moment] / medians["one line", visit, moment],
            "x",
            LIMIT if visit == "first" else None,
        )
        for visit in ("first", "second")
        for moment, words in moments.items()
    ]
    return starts + times + ratios
