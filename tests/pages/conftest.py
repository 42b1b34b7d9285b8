"""The pages without a browser: AppTest, a runner of its own for each test, and a worker that measures nothing."""

import sys
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
import streamlit as st
from streamlit.testing.v1 import AppTest

from compute import results
from compute.lecture import gallery, live
from compute.measure import runner
from compute.measure.runner import Runner
from tests.pages.state import visit

ROOT = Path(__file__).resolve().parents[2]
FAKE_WORKER = ROOT / "tests" / "measure" / "fake_worker.py"

OpenPage = Callable[..., AppTest]
UseRunner = Callable[..., Runner]
Ship = Callable[[list[results.Row]], None]


@pytest.fixture
def use_runner(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[UseRunner]:
    """Puts runners with a fake worker behind the pages and the lecture; its options say how the worker behaves."""
    made: list[Runner] = []

    def use(*options: str) -> Runner:
        command = [sys.executable, str(FAKE_WORKER), *options]
        made.append(Runner(tmp_path, [*command, "gallery"], shelf="gallery"))
        made.append(Runner(tmp_path, command, shelf="lecture"))
        made.append(Runner(tmp_path, command))
        monkeypatch.setattr(gallery, "RUNNER", made[-3])
        monkeypatch.setattr(live, "RUNNER", made[-2])
        monkeypatch.setattr(live, "_NEWEST", {})
        monkeypatch.setattr(runner, "RUNNER", made[-1])
        return made[-1]

    yield use
    for one in made:
        one.stop()


@pytest.fixture
def ship(monkeypatch: pytest.MonkeyPatch) -> Ship:
    """Says what the recorded runs are."""
    return lambda rows: monkeypatch.setattr(results, "shipped", lambda: rows)


@pytest.fixture(autouse=True)
def nothing_yet(use_runner: UseRunner, ship: Ship) -> None:
    """A test begins on a machine where nothing was measured, with a project that ships nothing."""
    st.cache_data.clear()
    st.cache_resource.clear()
    use_runner()
    ship([])


@pytest.fixture
def open_page() -> OpenPage:
    """Opens a page in a new session, as a visitor's browser does."""

    def open_(name: str = "home", **query: str) -> AppTest:
        page = visit(name, **query)
        assert not page.exception, page.exception
        return page

    return open_
