"""The whole way, with a real worker and real JAX, and a compiler and a GPU that are scripts."""

import json
import os
import sys
import time
from pathlib import Path

import pytest

from compute import __main__ as command_line
from compute.cuda import programs, record, runs
from compute.cuda.record import Record
from compute.measure import runner
from compute.measure.runner import Busy, Runner, Snapshot
from compute.measure.worker import Reporter
from tests.cuda import fakes

FAKE_WORKER = Path(__file__).resolve().parents[1] / "measure" / "fake_worker.py"


@pytest.fixture
def state(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A folder for runs and lock, and the scripts' folder before all others in PATH."""
    monkeypatch.setenv("MANY_HANDS_STATE", str(tmp_path / "state"))
    monkeypatch.setenv("PATH", f"{tmp_path / 'bin'}{os.pathsep}{os.environ['PATH']}")
    monkeypatch.setenv("JAX_PLATFORMS", "cpu")
    monkeypatch.setenv("TMPDIR", str(tmp_path))
    return tmp_path


def finish(ticket: runner.Ticket, patience_s: float = 90) -> Snapshot:
    deadline = time.monotonic() + patience_s
    while (snapshot := runs.RUNNER.snapshot(ticket.run_id)).state == "running":
        assert time.monotonic() < deadline
        time.sleep(0.05)
    return snapshot


def spin(size: int = 256) -> Record:
    snapshot = finish(runs.RUNNER.start(runs.Kernels(size=size), "test"))
    assert (snapshot.state, snapshot.error) == ("finished", "")
    found = runs.of(snapshot)
    assert found
    return found


def statuses(found: Record) -> dict[str, str]:
    return {row.kernel: row.status for row in found.rows}


def test_everything_is_compiled_run_checked_and_recorded(state: Path) -> None:
    fakes.put(state / "bin", then=fakes.compiles(), apps="300\\n")
    found = spin()
    assert (found.gpu, found.capability, found.driver, found.nvcc) == ("NVIDIA H200", "9.0", "580.95", "13.0")
    assert found.note.startswith("Other programs use this GPU")
    assert statuses(found) == {
        "vector_add": "measured",
        "matmul_naive": "measured",
        "matmul_tiled": "measured",
        "pallas": "measured",
        "xla": "skipped",
        "pallas_tf32": "skipped",
        "xla_tf32": "skipped",
    }
    assert [row.n for row in found.rows[:3]] == [1 << 26, 256, 256]
    pallas = found.row("pallas")
    assert pallas
    assert pallas.interpreted
    assert pallas.n == 256
    assert 0 < (pallas.max_error or 0) < 2e-5
    assert found.sources["matmul_tiled"] == programs.digest(programs.BY_ID["matmul_tiled"])
    assert record.read(record.to_json(found).encode()) == found
    assert not list(state.glob("many-hands-cuda-*")), "the compiled programs were left behind"
    assert runs.newest_on_gpu() == found


def test_a_wrong_answer_is_kept_and_does_not_count(state: Path) -> None:
    fakes.put(state / "bin", then=fakes.compiles(error="0.5"))
    found = spin()
    assert statuses(found)["matmul_naive"] == "invalid"
    assert "Its answer is wrong" in found.rows[0].reason


def test_what_a_compiler_says_is_kept_as_it_is(state: Path) -> None:
    fakes.put(state / "bin", then=fakes.BROKEN)
    row = spin().rows[1]
    assert (row.status, row.reason) == ("failed", "nvcc could not compile it.")
    assert row.said == 'matmul.cu(18): error: expected a ";"'


def test_a_compiler_older_than_the_gpu_is_said_and_pallas_goes_on(state: Path) -> None:
    fakes.put(state / "bin", then=fakes.compiles(), version="11.2", known="compute_86\\n")
    found = spin()
    assert found.rows[0].reason.startswith("nvcc 11.2 is older than this GPU")
    assert statuses(found)["pallas"] == "measured"


@pytest.mark.parametrize("program", ["exit 7\n", "echo hello\n", 'echo \'{"name": "other"}\'\n'])
def test_a_program_that_stops_or_says_something_else_is_a_failure(state: Path, program: str) -> None:
    fakes.put(state / "bin", then=fakes.COMPILES.replace("{program}", f"#!/bin/sh\n{program}"))
    row = spin().rows[0]
    assert row.status == "failed"
    assert row.reason in (
        "The program stopped with exit status 7.",
        "The program did not print the line of JSON that was expected.",
    )


def test_a_compiler_that_hangs_is_given_up(state: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    from compute.cuda import worker

    fakes.put(state / "bin", then=fakes.HANGS)
    monkeypatch.setattr(worker, "COMPILE_S", 0.3)
    run = worker.Run(256, Reporter())
    begin = time.monotonic()
    row = run._cuda(programs.BY_ID["matmul_naive"], state)
    assert time.monotonic() - begin < 5
    assert (row.status, row.reason) == ("failed", "nvcc did not finish within 0 seconds and was ended.")


def test_cancel_ends_the_compiler_too_and_tidies_up(state: Path) -> None:
    fakes.put(state / "bin", then=f"echo $$ > {state}/pid\nexec sleep 60")
    ticket = runs.RUNNER.start(runs.Kernels(), "test")
    deadline = time.monotonic() + 30
    while not (state / "pid").is_file() or not (state / "pid").read_text().strip():
        assert time.monotonic() < deadline
        time.sleep(0.05)
    begin = time.monotonic()
    assert runs.RUNNER.cancel(ticket)
    assert time.monotonic() - begin < 2
    stat = Path(f"/proc/{(state / 'pid').read_text().strip()}/stat")
    assert not stat.exists() or stat.read_text().split()[2] == "Z"
    assert not list(state.glob("many-hands-cuda-*"))
    assert finish(ticket).state == "cancelled"


def test_there_is_one_run_at_a_time_of_both_kinds(state: Path) -> None:
    suites = Runner(command=[sys.executable, str(FAKE_WORKER), "--then", "hang"])
    ticket = suites.start(runner.Spec(), "dashboard")
    try:
        with pytest.raises(Busy, match="quick run started from the dashboard"):
            runs.RUNNER.start(runs.Kernels(), "test")
        assert runs.RUNNER.snapshot().run_id == ticket.run_id
        assert runs.of(runs.RUNNER.snapshot()) is None
    finally:
        suites.cancel(ticket)
    assert runs.RUNNER.snapshot().state == "idle", "the runs of suites are on another shelf"


def test_the_command_line_writes_what_it_found(state: Path, capsys: pytest.CaptureFixture[str]) -> None:
    fakes.put(state / "bin", then=fakes.compiles())
    out = state / "recorded.json"
    assert command_line.main(["cuda", "--size", "256", "--out", str(out)]) == command_line.OK
    assert record.read(out.read_bytes()).gpu == "NVIDIA H200"
    assert "matmul_tiled" in capsys.readouterr().out


def test_the_command_line_fails_where_a_program_does_and_says_what(
    state: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    fakes.put(state / "bin", then=fakes.BROKEN)
    out = state / "recorded.csv"
    assert command_line.main(["cuda", "--size", "256", "--out", str(out)]) == command_line.FAILED
    assert out.read_text().startswith("kernel,n,status")
    assert '  matmul.cu(18): error: expected a ";"' in capsys.readouterr().out


@pytest.mark.parametrize("size", ["128", "0", "32768", "-256"])
def test_a_size_that_does_not_fit_is_a_sentence(size: str, capsys: pytest.CaptureFixture[str]) -> None:
    assert command_line.main(["cuda", f"--size={size}"]) == command_line.UNUSABLE
    assert f"Found the size {size}, expected a multiple of 256 from 256 to 16384" in capsys.readouterr().err


def test_a_damaged_log_is_refused_in_a_sentence(state: Path) -> None:
    path = runs.RUNNER.log_path("20261125-200000-000-abcd")
    path.parent.mkdir(parents=True)
    path.write_text(json.dumps({"event": "started", "at": 1, "machine": {"gpu": 3}}) + "\n")
    with pytest.raises(record.RecordError):
        runs.of(runs.RUNNER.snapshot())
    assert runs.newest_on_gpu() is None
