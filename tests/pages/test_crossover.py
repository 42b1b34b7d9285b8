"""The page of the crossover: empty, recorded, running, failed, full; and starting one."""

import json
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace
from types import SimpleNamespace
from typing import Any
from unittest.mock import patch

import pytest
from streamlit.testing.v1 import AppTest

from compute.compare import recorded
from compute.measure.crossover import PLACES, Record
from compute.measure.runner import Snapshot, Spec
from pages._shared import contest_panel
from tests.measure.synthetic import MACHINE, QUESTION, crossing_machine
from tests.pages.reading import charts, keys, words
from tests.pages.state import page

TIMES = tuple(
    {"event": "times", "place": place, "size": size, **vars(samples)}
    for place in PLACES
    for size, samples in crossing_machine().measured[place].items()
)
FULL = Snapshot(
    run_id="1", state="finished", suite="crossover", question=dict(QUESTION), machine=dict(MACHINE), times=TIMES,
    started_at=1.7e9,
)  # fmt: skip


@contextmanager
def opened(*runs: Snapshot, examples: list[Record] | None = None) -> Iterator[AppTest]:
    with patch.object(recorded, "crossovers", lambda: examples or []), page("crossover", runs) as app:
        yield app


def test_empty_it_teaches_and_offers_the_one_click() -> None:
    with opened() as app:
        assert not app.exception
        assert "Nothing is measured yet" in words(app)
        assert "many hands" in words(app)
        assert not app.metric
        assert not app.button(key="begin").disabled


def test_a_recorded_one_stands_behind_it_and_is_named_so() -> None:
    with opened(examples=[crossing_machine().record()]) as app:
        assert not app.exception
        assert "**recorded** on Example CPU, 2026\\-11\\-25" in app.info[0].value
        assert app.metric[0].value == "n = 80 to 96"
        assert len(charts(app)) == 1


def test_another_recorded_one_brings_its_own_curves_and_its_own_machine() -> None:
    first = crossing_machine().record()
    gpu = {**first.question["second"], "title": "JAX on GPU 0", "backend": "gpu", "device_kind": "Example GPU"}
    second = replace(first, question={**first.question, "second": gpu})
    with opened(examples=[first, second]) as app:
        assert [trace["name"] for trace in charts(app)[0]["data"]] == ["NumPy on all cores", "JAX on all cores"]
        app.selectbox(key="recorded").select_index(1).run()
        assert not app.exception
        assert [trace["name"] for trace in charts(app)[0]["data"]] == ["NumPy on all cores", "JAX on GPU 0"]
        assert "**recorded** on Example CPU and Example GPU" in app.info[0].value


def test_full_it_answers_first_then_draws_then_tells_the_numbers() -> None:
    with opened(FULL) as app:
        assert not app.exception
        assert [metric.label for metric in app.metric] == [
            "Overtakes", "With transfer", "With compiling", "With both", "Compiling has paid after",
        ]  # fmt: skip
        assert [trace["name"] for trace in charts(app)[0]["data"]] == ["NumPy on all cores", "JAX on all cores"]
        assert app.dataframe[0].value["n"].tolist()[0] == "16"
        assert "JAX starts a single thread" in words(app)
        assert "Measured here" in words(app)


def test_the_curves_can_be_charged_with_other_costs() -> None:
    with opened(FULL) as app:
        before = charts(app)[0]["layout"]["shapes"][0]["x0"]
        app.segmented_control(key="costs").set_value("With transfer").run()
        assert not app.exception
        assert (before, charts(app)[0]["layout"]["shapes"][0]["x0"]) == (80, 128)


def test_while_it_runs_the_curves_so_far_are_shown() -> None:
    running = replace(
        FULL, state="running", owner="dashboard", stage="measuring", case="n = 64", left_s=12.0, times=TIMES[:4]
    )
    with opened(running) as app:
        assert not app.exception
        text = app.get("progress")[0].proto.text
        assert "n \\= 64" in text
        assert "12 s left" in text
        assert keys(app) >= {"wait"}, "someone else is measuring"
        assert "begin" not in keys(app)


def test_before_the_first_sample_there_is_progress_alone() -> None:
    with opened(Snapshot(run_id="2", state="running", suite="crossover", started_at=1.7e9)) as app:
        assert not app.exception
        assert app.get("progress")
        assert not charts(app)


def test_another_run_in_progress_is_said_and_one_may_wait_in_line() -> None:
    other = Snapshot(run_id="2", state="running", suite="quick", owner="command line", started_at=1.7e9)
    with opened(other, FULL) as app:
        assert not app.exception
        assert "quick run started from the command line" in words(app)
        app.button(key="wait").click().run()
        assert "You are in line: your crossover run starts when this one ends" in words(app)
        app.button(key="leave").click().run()
        assert "You are in line" not in words(app)
        app.selectbox(key="second").set_value("numpy").run()
        assert app.button(key="wait").disabled, "both ways are the same"


def test_who_waits_in_line_gets_the_machine_next(use_runner: Any, open_page: Any) -> None:
    runner = use_runner("--then", "hang")
    other = runner.start(Spec(), owner="command line")
    app = open_page("crossover")
    app.selectbox(key="second").set_value("jax-one-core").run()
    app.button(key="wait").click().run()
    runner.cancel(other)
    app.run()
    assert "cancel" in keys(app)
    assert [run.suite for run in runner.runs()] == ["crossover", "quick"]
    deadline = time.monotonic() + 30
    while not (question := runner.snapshot().question):
        assert time.monotonic() < deadline
        time.sleep(0.05)
    assert question["second"]["way"] == "jax-one-core"


def test_the_curves_are_drawn_again_with_a_new_size_or_after_three_seconds(monkeypatch: pytest.MonkeyPatch) -> None:
    """Samples of both ways come all the time, and each new figure is blank for a moment."""
    both = [[told for told in TIMES if told["place"] == place] for place in PLACES]
    one_size = (both[0][0], both[1][0])
    more = (*one_size, both[0][0], both[1][0])
    seconds = iter([10.0, 11.0, 13.5, 14.0, 14.1])
    monkeypatch.setattr(contest_panel, "time", SimpleNamespace(monotonic=lambda: next(seconds)))
    monkeypatch.setattr(contest_panel, "st", SimpleNamespace(session_state={}))

    def drawn(times: tuple[Any, ...], run_id: str = "1") -> int:
        return len(contest_panel.calm(replace(FULL, run_id=run_id, state="running", times=times)).times)

    assert drawn(one_size) == 2
    assert drawn(more) == 2, "a second later, and no new size"
    assert drawn(more) == 4, "after three seconds"
    assert drawn((*more, both[0][1], both[1][1])) == 6, "a new size"
    assert drawn(one_size, run_id="2") == 2, "another run"


def test_a_failed_one_says_why_and_keeps_what_was_measured() -> None:
    failed = replace(FULL, state="failed", error="JAX finds no GPU 0 here.")
    with opened(failed) as app:
        assert not app.exception
        assert "JAX finds no GPU 0 here" in app.error[0].value
        assert app.metric[0].value == "n = 80 to 96"


def test_one_that_failed_at_once_leaves_the_one_before() -> None:
    failed = Snapshot(run_id="2", state="failed", suite="crossover", error="JAX finds no GPU 0 here.")
    with opened(failed, FULL) as app:
        assert not app.exception
        assert "Nothing was measured before that" in app.error[0].value
        assert app.metric[0].value == "n = 80 to 96"


def test_the_same_way_twice_cannot_be_started() -> None:
    with opened() as app:
        app.selectbox(key="second").set_value("numpy").run()
        assert app.button(key="begin").disabled
        assert "choose two different ones" in words(app)


def test_text_from_a_log_stays_text() -> None:
    evil = "**x** [y](http://example.org) <img src=x onerror=alert(1)> $z$ :red[w]"
    question = {**QUESTION, "title": evil, "size_name": evil, "first": {"title": evil}}
    with opened(replace(FULL, question=question, notes=(evil,))) as app:
        assert not app.exception
        assert not any("[y](http" in text.value for text in (*app.markdown, *app.caption))
        assert not any(text.proto.allow_html for text in app.markdown)
        assert "<img" not in json.dumps(charts(app))


def test_it_is_started_watched_and_done(use_runner: Any, open_page: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    runner = use_runner()
    app = open_page("crossover")
    app.button(key="begin").click().run()
    assert not app.exception
    deadline = time.monotonic() + 30
    while (now := runner.snapshot()).state == "running":
        assert time.monotonic() < deadline
        time.sleep(0.05)
    assert (now.state, now.suite, len(now.times)) == ("finished", "crossover", 6)
    app.run()
    assert not app.exception
    assert app.metric[0].value == "n = 32 to 64"
    assert "begin" in keys(app)
