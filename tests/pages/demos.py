"""Demos of the lecture, each by a script of its own."""

import time
from collections.abc import Callable

from streamlit.testing.v1 import AppTest

from compute.lecture import live
from tests.pages.state import PATIENCE_S


def opened(demo: Callable[[], None]) -> AppTest:
    """The demo that such a script draws."""
    app = AppTest.from_function(demo, default_timeout=PATIENCE_S).run()
    assert not app.exception, app.exception
    return app


def html(app: AppTest) -> str:
    """All of its own markup, badges among it."""
    return "\n".join(part.proto.body for part in app.get("html"))


def settled(app: AppTest, name: str) -> AppTest:
    """After the attempt to measure a figure has ended."""
    deadline = time.monotonic() + PATIENCE_S
    while isinstance(live.look(app.session_state["lecture attempts"][name]), live.Waiting):
        assert time.monotonic() < deadline
        time.sleep(0.05)
    app.run()
    assert not app.exception, app.exception
    return app
