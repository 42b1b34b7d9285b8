"""The CUDA programs as a figure: read from a run's log, recorded in the project's own file, run by their own runner."""

import json
from dataclasses import asdict
from pathlib import Path

import pytest

from compute.cuda import record, runs
from compute.cuda.programs import BY_ID, explained
from compute.lecture import cuda, live
from compute.measure.runner import NotStarted, Runner, Snapshot
from tests.cuda.records import example, timed


def logged(folder: Path, monkeypatch: pytest.MonkeyPatch, found: record.Record) -> Snapshot:
    """The snapshot of a finished run whose log holds this record."""
    runner = Runner(folder)
    monkeypatch.setattr(runs, "RUNNER", runner)
    facts = {name: getattr(found, name) for name in (*record.FACTS, "sources")}
    events = [{"event": "started", "machine": facts}]
    events += [{"event": "kernel", "row": asdict(row)} for row in found.rows]
    runner.log_path("1").parent.mkdir(parents=True, exist_ok=True)
    runner.log_path("1").write_text("".join(json.dumps(event) + "\n" for event in events))
    return Snapshot(run_id="1", state="finished", suite="cuda", machine=facts)


def test_a_run_gives_the_rate_of_every_product(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    rows = timed("matmul_naive", 0.02), timed("xla", 0.004), timed("vector_add", 2e-4)
    snapshot = logged(tmp_path, monkeypatch, example(*rows))
    assert cuda.read(snapshot) == {
        "matmul_naive": pytest.approx(2 * 4096**3 / 0.02), "xla": pytest.approx(2 * 4096**3 / 0.004),
    }  # fmt: skip
    assert live.machine_words(snapshot.machine) == "NVIDIA H200"


def test_without_a_gpu_there_is_no_figure(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    alone = example(timed("pallas", 0.01, interpreted=True), gpu="")
    with pytest.raises(ValueError, match="No product was measured right on a GPU"):
        cuda.read(logged(tmp_path, monkeypatch, alone))


def test_the_recorded_run_stands_behind_it() -> None:
    figure = live.recorded(cuda.NAME, "It is broken.")
    shipped = record.shipped()
    assert shipped
    assert (figure.machine, figure.when, figure.why) == (shipped.gpu, shipped.measured_at, "It is broken.")
    assert cuda.run(figure) == shipped
    assert list(figure.values) == ["matmul_naive", "matmul_tiled", "pallas", "xla", "pallas_tf32", "xla_tf32"]
    assert cuda.gains(shipped)[0] == "Tiles: 1.47 × as fast as naive."
    assert len(cuda.gains(shipped)) == 3


def test_it_is_asked_of_the_runner_that_can_do_it(monkeypatch: pytest.MonkeyPatch) -> None:
    class Refuses:
        def start(self, wanted: object, owner: str) -> None:
            raise NotStarted(f"{type(wanted).__name__} for {owner}: not now.")

    monkeypatch.setattr(runs, "RUNNER", Refuses())
    attempt = live.begin(cuda.NAME)
    assert attempt.why == "Kernels for lecture: not now."
    found = live.look(attempt)
    assert isinstance(found, live.Figure)
    assert found.why == attempt.why


def test_a_room_begins_at_the_kernel() -> None:
    for id in ("vector_add", "matmul_naive", "matmul_tiled"):
        kernel = BY_ID[id]
        step = [step for step in explained(kernel) if step.words][cuda.first_step(kernel) - 1]
        assert "__global__" in kernel.source.splitlines()[step.first - 1]
    assert cuda.first_step(BY_ID["pallas"]) == 1
