"""What browser tests share: Chromium, servers with a state of their own, and visitors who notice every error."""

import re
from collections.abc import Callable, Iterator
from contextlib import ExitStack
from pathlib import Path
from typing import Any

import pytest
from playwright.sync_api import Browser, Page, Request, expect

from tests.browser.chromium import launched
from tests.serving import Server, Start, door, serving

HERE = Path(__file__).parent
OUTSIDE = re.compile(r"(?!http://127\.0\.0\.1|data:|blob:|about:)")
WIDE = (1280, 720)
# A page is drawn in two or three seconds; only a broken one needs more.
PATIENCE_MS = 20_000

expect.set_options(timeout=PATIENCE_MS)

Visit = Callable[..., Page]
Serve = Callable[..., Server]


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Every test in this folder is one of the browser."""
    for item in items:
        if HERE in item.path.parents:
            item.add_marker(pytest.mark.browser)


# One browser for each file, and not for the session: playwright keeps an event loop in the main thread, which
# would be in the way of the tests of other folders.
@pytest.fixture(scope="module")
def browser() -> Iterator[Browser]:
    with launched() as browser:
        yield browser


@pytest.fixture(scope="module")
def serve(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Serve]:
    """Starts servers: `serve()` the dashboard, `serve("--delay 1")` one that measures with the scripted worker.

    Each has a state and a cache of compiled programs of its own, and lasts until the end of the test file.
    """
    with ExitStack() as servers:

        def start(worker: str | None = None, state: Path | None = None) -> Server:
            state = state or tmp_path_factory.mktemp("state")
            with pytest.MonkeyPatch.context() as patch:
                patch.setenv("XDG_CACHE_HOME", str(state / "cache"))
                return servers.enter_context(serving(state, door if worker is None else scripted(worker)))

        yield start


def scripted(worker: str) -> Start:
    """Start the dashboard with the scripted worker in place of the real one."""
    return lambda settings: [str(HERE / "scripted.py"), worker, *door(settings)]


@pytest.fixture(scope="module")
def tabs(browser: Browser) -> list[Page]:
    """Tabs that nobody is using. In a new one Chromium compiles all scripts of a page again, which takes seconds."""
    return []


@pytest.fixture
def visit(browser: Browser, tabs: list[Page]) -> Iterator[Visit]:
    """Opens a page as a new visitor. At the end of the test nobody has seen an exception or left the machine.

    A visitor may get the tab of one who is gone: nothing of them is kept there, but compiled scripts.
    """
    visitors: list[Page] = []
    troubles: list[str] = []

    # Chromium itself refuses what is outside (chromium.py). A route would, too, but it stops every single request.
    def note(request: Request) -> None:
        if OUTSIDE.match(request.url):
            troubles.append(f"asked for {request.url}")

    def complain(error: Any) -> None:
        troubles.append(str(error))

    def open_page(url: str, *, size: tuple[int, int] = WIDE, scheme: Any = "light") -> Page:
        page = tabs.pop() if tabs else new_tab(browser)
        visitors.append(page)
        page.set_viewport_size({"width": size[0], "height": size[1]})
        page.emulate_media(color_scheme=scheme)
        page.context.on("request", note)
        page.on("pageerror", complain)
        page.goto(url)
        return page

    yield open_page
    for page in visitors:
        if not page.is_closed():
            expect(page.get_by_test_id("stException")).to_have_count(0)
            page.evaluate("localStorage.clear(); sessionStorage.clear()")
            page.context.clear_cookies()
            page.goto("about:blank")
            page.remove_listener("pageerror", complain)
            page.context.remove_listener("request", note)
            tabs.append(page)
    assert not troubles


def new_tab(browser: Browser) -> Page:
    """A tab that shares nothing with the others."""
    context = browser.new_context(locale="en-US", reduced_motion="reduce", accept_downloads=True)
    context.set_default_timeout(PATIENCE_MS)
    return context.new_page()
