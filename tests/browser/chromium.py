"""A real browser: the system's Chromium, driven by playwright."""

import shutil
from collections.abc import Iterator
from contextlib import contextmanager

from playwright.sync_api import Browser, sync_playwright

ARGUMENTS = [
    "--no-sandbox",
    "--disable-gpu",
    "--disable-quic",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
    "--disable-dev-shm-usage",
    "--force-color-profile=srgb",
    "--host-resolver-rules=MAP * ~NOTFOUND, EXCLUDE 127.0.0.1",  # nothing of a page comes from another machine
]
MISSING = (
    "The browser tests need Chromium, and there is none on the PATH. Install your system's package: "
    "`apt install chromium` (Debian), `apt install chromium-browser` (Ubuntu), `dnf install chromium` (Fedora)."
)


@contextmanager
def launched() -> Iterator[Browser]:
    """A running Chromium, closed at the end. Raises RuntimeError where none is installed."""
    program = shutil.which("chromium") or shutil.which("chromium-browser")
    if program is None:
        raise RuntimeError(MISSING)
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=program, args=ARGUMENTS)
        try:
            yield browser
        finally:
            browser.close()
