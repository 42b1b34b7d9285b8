"""A stage for tests of pages: what the runner says and what was recorded, set by the test."""

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from unittest.mock import patch

from streamlit.testing.v1 import AppTest

from compute import results
from compute.measure import runner
from compute.results import Row

FRAME = Path(__file__).resolve().parents[2] / "pages" / "_frame.py"

# Seconds. The first page of a test process imports pandas and plotly.
PATIENCE_S = 60


@dataclass
class FakeRunner:
    """Stands for `compute.measure.runner.RUNNER`: knows its runs, newest first, and measures nothing."""

    snapshots: list[runner.Snapshot] = field(default_factory=list)

    def snapshot(self, run_id: str | None = None) -> runner.Snapshot:
        wanted = (run for run in self.snapshots if run_id in (None, run.run_id))
        return next(wanted, runner.Snapshot())

    def runs(self) -> list[runner.Snapshot]:
        return self.snapshots

    def holds(self, ticket: runner.Ticket) -> bool:
        return False

    def cancel(self, ticket: runner.Ticket) -> bool:
        return False

    def devices(self) -> None:
        return None


def visit(name: str, **query: str | list[str]) -> AppTest:
    """The page `name`.py in a new session, as a link to it opens it."""
    app = AppTest.from_file(FRAME, default_timeout=PATIENCE_S)
    for key, value in query.items():
        app.query_params[key] = value
    if name == "board":  # its address is not its name: AppTest learns that on another page
        app.switch_page("compare.py").run()
    return app.switch_page(f"{name}.py").run() if name != "home" else app.run()


@contextmanager
def page(name: str, runs: Sequence[runner.Snapshot] = (), recorded: Sequence[Row] = ()) -> Iterator[AppTest]:
    """The page `name`.py after its first run, with this machine's runs and the recorded results as given."""
    import streamlit as st

    st.cache_data.clear()
    st.cache_resource.clear()
    with (
        patch.object(runner, "RUNNER", FakeRunner(list(runs))),
        patch.object(results, "shipped", lambda: list(recorded)),
    ):
        yield visit(name)
    st.cache_data.clear()
    st.cache_resource.clear()
