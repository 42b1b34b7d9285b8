"""The demo gallery: empty, running, done, cancelled, failed, refused; by a script of its own."""

import json
import sys
import time
from collections.abc import Callable, Iterator
from html import unescape
from pathlib import Path
from typing import Any

import pytest
from streamlit.testing.v1 import AppTest

from compute.lecture import gallery
from compute.lecture.gallery import MISTAKES
from compute.measure.runner import Runner
from tests.lecture.test_gallery import EXHIBIT, STARTED, log
from tests.pages.conftest import FAKE_WORKER
from tests.pages.reading import charts

PATIENCE_S = 60
Shelf = Callable[..., Runner]


def _gallery() -> None:
    from compute.lecture.steps import Step
    from pages._lecture import gallery

    gallery.draw(Step("gallery", "Eight ways to measure wrongly", 6, "", "gallery"))


@pytest.fixture
def shelf(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Shelf]:
    """A runner whose child prints these events, and then waits unless it is told to end."""
    made: list[Runner] = []

    def use(*events: dict[str, Any], then: str = "import time; time.sleep(60)") -> Runner:
        told = "".join(json.dumps(event) + "\n" for event in events)
        code = f"import sys; sys.stdout.write({told!r}); sys.stdout.flush(); {then}"
        made.append(Runner(tmp_path, [sys.executable, "-c", code], shelf="gallery"))
        monkeypatch.setattr(gallery, "RUNNER", made[-1])
        return made[-1]

    yield use
    for runner in made:
        runner.stop()


def opened() -> AppTest:
    app = AppTest.from_function(_gallery, default_timeout=PATIENCE_S).run()
    assert not app.exception, app.exception
    return app


def html(app: AppTest) -> str:
    assert not app.exception, app.exception
    return "\n".join(part.proto.body for part in app.get("html"))


def wait_for(app: AppTest, ready: Callable[[], bool]) -> AppTest:
    deadline = time.monotonic() + PATIENCE_S
    while not ready():
        assert time.monotonic() < deadline
        time.sleep(0.05)
    return app.run()


def test_empty_it_teaches_and_offers_the_one_next_click(shelf: Shelf) -> None:
    shelf()
    app = opened()
    assert all(mistake.short in html(app) for mistake in MISTAKES)
    assert not {"LIVE", "RECORDED"} & set(html(app).split(">"))
    assert [(button.key, button.label, button.disabled) for button in app.button] == [
        ("gallery-run", "Make all eight now", False)
    ]
    assert not app.get("plotly_chart")


@pytest.mark.parametrize("number", range(1, 9))
def test_each_mistake_has_its_words_and_its_code_before_it_is_made(shelf: Shelf, number: int) -> None:
    shelf()
    app = opened()
    app.pills(key="gallery-view").set_value(str(number)).run()
    mistake = MISTAKES[number - 1]
    assert f"{number} {mistake.title}" in html(app)
    assert [code.value for code in app.code] == [gallery.code(mistake.id)]
    assert "Not made here yet." in html(app)


def test_rows_appear_as_they_come_and_the_one_who_started_it_can_cancel(shelf: Shelf) -> None:
    progress = {"event": "progress", "stage": "measuring", "case": "constants_folded", "done": 4, "total": 8}
    line = {"event": "line", "dtype": "fp32", "flop_per_s": 1e11, "source": "measured"}
    runner = shelf(STARTED, line, EXHIBIT, progress)
    app = opened()
    app.button(key="gallery-run").click().run()
    wait_for(app, lambda: runner.snapshot().done == 4)
    assert html(app).count('class="wrong" style') == 1
    assert "20 × what is possible" in html(app)
    assert html(app).count('class="verdict">…<') == 7
    [bar] = app.get("progress")
    assert bar.proto.text.replace("\\", "") == "Constants folded, 4 of 8 done"
    assert bar.proto.value == 50
    app.button(key="gallery-cancel").click().run()
    assert runner.snapshot().state == "cancelled"
    assert "The run was cancelled. Run it again for the rest." in html(app)
    assert "20 × what is possible" in html(app)
    assert "LIVE" in html(app)
    assert not app.get("progress")


def test_a_run_that_is_done_is_live_and_each_mistake_has_its_bars(shelf: Shelf) -> None:
    line = {"event": "line", "dtype": "fp32", "flop_per_s": 1e11, "source": "measured"}
    runner = shelf(STARTED, line, EXHIBIT, {"event": "finished"}, then="pass")
    app = opened()
    app.button(key="gallery-run").click().run()
    wait_for(app, lambda: runner.snapshot().state == "finished")
    assert "LIVE" in html(app)
    assert "⚠" not in html(app)
    app.pills(key="gallery-view").set_value("4").run()
    assert "Left in the compiled program: 1 of 20 products." in html(app)
    [chart] = charts(app)
    assert [trace["name"] for trace in chart["data"]] == ["✕ Wrong", "● Right", "Line, best seen here"]
    assert app.get("plotly_chart")[0].proto.alt.startswith("Hoisted loop: 20 × what is possible")


def test_a_run_of_another_day_is_not_called_live(shelf: Shelf) -> None:
    runner = shelf()
    runner.runs_dir.mkdir(parents=True)
    (runner.runs_dir / "20261101-200000-000-aaaa.jsonl").write_bytes(
        log({**STARTED, "at": 1793563200.0}, EXHIBIT, {"event": "finished", "at": 1793563210.0})
    )
    app = opened()
    assert "RECORDED" in html(app)
    assert gallery.EARLIER in html(app)


@pytest.mark.parametrize(
    ("then", "words"),
    [
        ("raise MemoryError", "The run ended early. The measuring process ran out of memory."),
        ("import os; os.kill(os.getpid(), 9)", "The run ended early. The system ended the measuring process"),
    ],
)
def test_a_run_that_fails_says_so_in_a_sentence(shelf: Shelf, then: str, words: str) -> None:
    runner = shelf(then=then)
    app = opened()
    app.button(key="gallery-run").click().run()
    wait_for(app, lambda: runner.snapshot().state == "failed")
    assert words in html(app)
    assert not app.button(key="gallery-run").disabled


def test_while_somebody_else_measures_it_says_who_and_waits(shelf: Shelf, tmp_path: Path) -> None:
    from compute.measure.runner import Spec

    shelf()
    other = Runner(tmp_path, [sys.executable, str(FAKE_WORKER), "--then", "hang"])
    ticket = other.start(Spec(), "dashboard")
    try:
        app = opened()
        assert "A quick run started from the dashboard" in html(app)
        assert app.button(key="gallery-run").disabled
    finally:
        other.cancel(ticket)
    app.run()
    assert not app.button(key="gallery-run").disabled


def test_a_run_that_cannot_be_started_says_why(shelf: Shelf, monkeypatch: pytest.MonkeyPatch) -> None:
    runner = shelf()
    monkeypatch.setattr(runner, "_command", ["/no/such/program"])
    app = opened()
    app.button(key="gallery-run").click().run()
    assert "The run could not be started: no such file or directory" in html(app)


def test_a_damaged_log_is_a_sentence(shelf: Shelf) -> None:
    runner = shelf()
    runner.runs_dir.mkdir(parents=True)
    (runner.runs_dir / "20261125-200000-000-aaaa.jsonl").write_bytes(log({"event": "started", "machine": 3}))
    app = opened()
    assert "The log of the run is damaged: machine: expected its facts, found '3'." in unescape(html(app))
