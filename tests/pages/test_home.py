"""The page This machine in every state of a run."""

import json
import time
from pathlib import Path
from typing import Any

import pytest
import streamlit as st
from streamlit.testing.v1 import AppTest

from compute import results
from compute.measure import runner
from compute.measure.runner import Runner, Snapshot
from compute.share import sheet
from pages._shared import run_panel
from pages._shared.data import Upload
from tests.pages.reading import charts, keys, words
from tests.samples import CPU_RUN, GPU_RUN, sample_rows

PATIENCE_S = 30.0


def until(page: AppTest, state: str) -> Snapshot:
    """Wait until the newest run is in this state and the page has seen it."""
    deadline = time.monotonic() + PATIENCE_S
    while (snapshot := runner.RUNNER.snapshot()).state != state:
        assert time.monotonic() < deadline, f"the run is {snapshot.state}, not {state}"
        time.sleep(0.05)
    page.run()
    assert not page.exception, page.exception
    return snapshot


def until_rows(count: int) -> None:
    """Wait until the run has so many results."""
    deadline = time.monotonic() + PATIENCE_S
    while len(runner.RUNNER.snapshot().rows) < count:
        assert time.monotonic() < deadline, "no results came"
        time.sleep(0.05)


def write_log(folder: Path, run_id: str, rows: list[results.Row], *end: dict[str, Any]) -> None:
    """A run that this machine remembers."""
    begin = {"event": "launched", "at": 1738328400.0, "run_id": run_id, "owner": "command line", "suite": "quick"}
    lines = [begin, *({"event": "result", "at": 1738328410.0, "row": row} for row in rows), *end]
    (folder / "runs").mkdir(exist_ok=True)
    (folder / "runs" / f"{run_id}.jsonl").write_text("".join(json.dumps(line) + "\n" for line in lines))


FINISHED = {"event": "finished", "at": 1738328430.0, "elapsed_s": 30, "measured": 3, "skipped": 0, "failed": 0}


def test_empty_page_teaches_and_offers_one_click(open_page: Any) -> None:
    page = open_page()
    assert page.title[0].value == "This machine"
    assert "Nothing is measured yet" in words(page)
    assert keys(page) == {"measure"}
    assert not charts(page)


def test_recorded_runs_are_charted_and_called_so(open_page: Any, ship: Any) -> None:
    ship(sample_rows())
    page = open_page()
    assert "recorded elsewhere" in words(page)
    # The bars of all machines, the matmul curve, and both networks.
    assert len(charts(page)) == 4
    assert "(recorded)" in json.dumps(charts(page)[0])
    assert "measure" in keys(page)


def test_an_uploaded_machine_is_charted_for_its_visitor_alone(open_page: Any, ship: Any) -> None:
    ship([row for row in sample_rows() if row["run_id"] == CPU_RUN])
    theirs = results.to_csv([row for row in sample_rows() if row["run_id"] == GPU_RUN])
    page = open_page()
    assert "Example GPU" not in json.dumps(charts(page))
    page.session_state["uploads"] = {"gpu": Upload("gpu.csv", sheet.read(theirs.encode()))}
    page.run()
    bars, *curves = charts(page)
    assert "Example GPU" in json.dumps(bars)
    assert all("Example GPU" in json.dumps(curve) for curve in curves)
    assert "Example GPU" not in json.dumps(charts(open_page()))


def test_running_mine_shows_progress_and_can_be_cancelled(open_page: Any, use_runner: Any) -> None:
    use_runner("--then", "hang", "--results", "3")
    page = open_page()
    page.button(key="measure").click().run()
    until_rows(3)
    page.run()
    assert "cancel" in keys(page)
    assert "measure" not in keys(page)
    [bar] = page.get("progress")
    assert "3 of 3 results" in bar.proto.text
    assert "left" in bar.proto.text
    assert len(charts(page)) == 3

    page.button(key="cancel").click().run()
    snapshot = until(page, "cancelled")
    assert len(snapshot.rows) == 3
    assert "The run was cancelled" in words(page)
    assert "3 results were kept" in words(page)
    assert "measure" in keys(page)


def test_a_click_that_another_one_interrupts_keeps_the_right_to_cancel(
    use_runner: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A callback ends where it uses the session while another click waits: here as soon as the run has begun."""
    use_runner("--then", "hang", "--results", "1")

    class Interrupted(Exception):
        pass

    class Session(dict[str, Any]):
        def pop(self, name: str, *default: Any) -> Any:
            if runner.RUNNER.snapshot().state == "running":
                raise Interrupted
            return super().pop(name, *default)

        __setitem__ = __getitem__ = get = pop

    monkeypatch.setattr(st, "session_state", session := Session())
    with pytest.raises(Interrupted):
        run_panel._start(runner.Spec())
    monkeypatch.setattr(st, "session_state", dict(session))
    assert run_panel.is_mine(runner.RUNNER.snapshot())


def test_a_reload_keeps_the_right_to_cancel_and_a_forged_address_gives_none(open_page: Any, use_runner: Any) -> None:
    use_runner("--then", "hang", "--results", "1")
    page = open_page()
    page.button(key="measure").click().run()
    until_rows(1)
    mine = page.query_params["ticket"]
    run_id, _, token = mine.rpartition(".")

    forged = open_page(ticket=f"{run_id}.{'0' * len(token)}")
    assert "cancel" not in keys(forged)
    assert "cancel" not in keys(open_page(ticket="nonsense"))

    reloaded = open_page(ticket=mine)
    reloaded.button(key="cancel").click().run()
    until(reloaded, "cancelled")
    assert "ticket" not in reloaded.query_params


def test_before_the_first_result_the_page_says_what_it_waits_for(open_page: Any, use_runner: Any) -> None:
    use_runner("--then", "hang", "--results", "0")
    page = open_page()
    page.button(key="measure").click().run()
    assert "The first result comes in a few seconds" in words(page)


def test_a_double_click_starts_one_run(open_page: Any, use_runner: Any) -> None:
    use_runner("--then", "hang")
    first, second = open_page(), open_page()
    first.button(key="measure").click().run()
    # The second page was drawn before the run began, as after a second click that was already under way.
    second.button(key="measure").click().run()
    first.run()
    assert len(runner.RUNNER.runs()) == 1
    assert "is measuring" in second.toast[0].value


def test_a_rerun_starts_and_stops_nothing(open_page: Any, use_runner: Any) -> None:
    use_runner("--then", "hang")
    page = open_page()
    page.button(key="measure").click().run()
    page.run()
    page.run()
    assert len(runner.RUNNER.runs()) == 1
    assert runner.RUNNER.snapshot().state == "running"


def test_someone_else_may_watch_and_wait_in_line_but_not_cancel(open_page: Any, use_runner: Any) -> None:
    use_runner("--then", "hang")
    owner, other = open_page(), open_page()
    owner.button(key="measure").click().run()
    until_rows(3)
    other.run()
    assert "cancel" not in keys(other)
    assert "is measuring" in words(other)
    assert charts(other)

    other.button(key="wait").click().run()
    assert "You are in line" in words(other)
    assert "leave" in keys(other)
    owner.button(key="cancel").click().run()
    other.run()
    assert len(runner.RUNNER.runs()) == 2
    assert runner.RUNNER.snapshot().state == "running"
    assert "cancel" in keys(other)
    owner.run()
    assert "cancel" not in keys(owner)


def test_who_leaves_the_line_starts_nothing(open_page: Any, use_runner: Any) -> None:
    use_runner("--then", "hang")
    owner, other = open_page(), open_page()
    owner.button(key="measure").click().run()
    other.run()
    other.button(key="wait").click().run()
    other.button(key="leave").click().run()
    owner.button(key="cancel").click().run()
    other.run()
    assert len(runner.RUNNER.runs()) == 1


def test_a_killed_worker_is_explained_and_its_results_are_kept(open_page: Any, use_runner: Any) -> None:
    use_runner("--then", "kill", "--results", "2")
    page = open_page()
    page.button(key="measure").click().run()
    until(page, "failed")
    assert "The run failed" in words(page)
    assert "memory ran out" in words(page)
    assert "2 results were kept" in words(page)
    assert "measure" in keys(page)
    assert charts(page)


def test_a_run_that_cannot_start_says_why(open_page: Any, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(runner, "RUNNER", Runner(tmp_path, [str(tmp_path / "no such program")]))
    page = open_page()
    page.button(key="measure").click().run()
    assert "The run could not be started" in words(page)
    assert "measure" in keys(page)


def test_an_interrupted_run_says_so(open_page: Any, tmp_path: Path) -> None:
    write_log(tmp_path, CPU_RUN, [])
    page = open_page()
    assert "The run was interrupted" in words(page)
    assert "Nothing was measured before that" in words(page)


def test_full_page_has_figures_charts_prices_and_the_csv(open_page: Any, tmp_path: Path, ship: Any) -> None:
    rows = [row for row in sample_rows() if row["run_id"] == CPU_RUN]
    write_log(tmp_path, CPU_RUN, rows, FINISHED)
    ship([row for row in sample_rows() if row["run_id"] == GPU_RUN])
    page = open_page()
    assert [metric.label for metric in page.metric] == ["Best rate", "AlexNet inference", "AlexNet training"]
    assert page.metric[0].value == "215 GFLOP/s"
    assert len(charts(page)) == 3
    assert "Example GPU" not in json.dumps(charts(page))
    assert page.dataframe
    assert "Measured here: quick suite" in words(page)
    assert "Download these results (CSV)" in [button.proto.label for button in page.get("download_button")]

    page.toggle(key="beside").set_value(True).run()
    assert len(charts(page)) == 4
    assert "Example GPU" in json.dumps(charts(page))


def test_the_same_run_gives_the_same_figures(open_page: Any, tmp_path: Path) -> None:
    write_log(tmp_path, CPU_RUN, [row for row in sample_rows() if row["run_id"] == CPU_RUN], FINISHED)
    page = open_page()
    before = [chart.proto.SerializeToString() for chart in page.get("plotly_chart")]
    page.run()
    assert before == [chart.proto.SerializeToString() for chart in page.get("plotly_chart")]


def test_a_label_cannot_bring_links_or_pictures_to_life(open_page: Any, use_runner: Any, tmp_path: Path) -> None:
    use_runner()
    bad = {"event": "failed", "at": 1.0, "case": None, "reason": "![x](https://example.com/x.png) <b>$x$</b>"}
    write_log(tmp_path, CPU_RUN, [], bad)
    page = open_page()
    [error] = page.error
    assert "![x]" not in error.value
    assert r"\!\[x\]\(https\:\/\/example\.com" in error.value


def test_devices_are_looked_up_only_after_the_page_was_painted(open_page: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    asked: list[int] = []
    known = {"machine": {"jax": "1.2.3"}, "devices": [{"kind": "Example GPU", "platform": "gpu"}] * 2, "note": ""}

    def devices() -> dict[str, Any]:
        asked.append(1)
        return known

    monkeypatch.setattr(runner.RUNNER, "devices", devices)
    page = open_page()
    assert not asked
    assert "Looking for accelerators" in words(page)
    page.run()
    assert asked
    assert "2 × **Example GPU**" in words(page)


@pytest.mark.parametrize(
    ("devices", "note", "said"),
    [
        ([{"kind": "cpu", "platform": "cpu"}], "", "No accelerator found"),
        ([{"kind": "cpu", "platform": "cpu"}], "The CUDA driver is too old.", "The CUDA driver is too old"),
        ([], "JAX is not installed.", "nothing can be measured yet"),
    ],
)
def test_the_card_says_what_jax_finds(
    devices: list[Any], note: str, said: str, open_page: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(runner.RUNNER, "devices", lambda: {"machine": {}, "devices": devices, "note": note})
    page = open_page()
    page.run()
    assert said in words(page).replace("\\", "")
