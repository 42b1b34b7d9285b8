"""The runner against a scripted worker: every way a run can start, go on and end."""

import errno
import json
import os
import signal
import subprocess
import sys
import tempfile
import threading
import time
from collections.abc import Callable, Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from filelock import FileLock
from hypothesis import given, settings
from hypothesis import strategies as st

from compute.measure import log as logs
from compute.measure import runner as runners
from compute.measure.child import explain
from compute.measure.runner import ROOT, Busy, Crossing, NotStarted, Runner, Snapshot, Spec, Ticket

FAKE = str(Path(__file__).with_name("fake_worker.py"))
PATIENCE_S = 30.0  # only a broken runner needs it


def wait_for(condition: Callable[[], Any]) -> Any:
    """Poll until `condition` gives something true, and give that back."""
    deadline = time.monotonic() + PATIENCE_S
    while not (found := condition()):
        assert time.monotonic() < deadline, "it did not happen"
        time.sleep(0.02)
    return found


def alive(pid: int) -> bool:
    """Whether a process runs; one that is dead but not collected does not count."""
    try:
        return "\nState:\tZ" not in Path(f"/proc/{pid}/status").read_text()
    except OSError:
        return False


def command(*options: str) -> list[str]:
    return [sys.executable, FAKE, *options]


def child_pid(runner: Runner) -> int:
    assert runner._run is not None
    assert runner._run.child is not None
    return runner._run.child.pid


def over(runner: Runner, ticket: Ticket) -> Snapshot:
    """The run's last snapshot, once it has ended."""
    return wait_for(lambda: (s := runner.snapshot(ticket.run_id)).state != "running" and s)


def lock_is_free(runner: Runner) -> bool:
    return not runner._lock_is_held()


@pytest.fixture
def make(tmp_path: Path) -> Iterator[Callable[..., Runner]]:
    """Makes runners that share one state directory, as processes of one machine do, and stops them at the end."""
    made = []

    def one(*options: str, **more: Any) -> Runner:
        made.append(Runner(tmp_path, command(*options), **more))
        return made[-1]

    yield one
    for runner in made:
        runner.stop()


Make = Callable[..., Runner]


# --- a run that goes well ---


def test_before_the_first_run_everything_is_idle(make: Make) -> None:
    runner = make()
    assert runner.snapshot() == Snapshot()
    assert runner.snapshot("20250101-000000-000-abcd").state == "idle"
    assert runner.runs() == []
    runner.stop()


def test_a_run_tells_its_progress_and_finishes(make: Make) -> None:
    runner = make("--results", "3", "--delay", "0.1")
    ticket = runner.start(Spec(label="my laptop"), "dashboard")
    first = wait_for(lambda: (s := runner.snapshot()).rows and s)
    assert (first.run_id, first.state, first.owner, first.suite) == (
        ticket.run_id,
        "running",
        "dashboard",
        "quick",
    )
    assert first.stage == "measuring"
    assert first.case.startswith("matmul square fp32")
    assert first.total == first.planned == 3
    assert first.machine["device_kind"] == "Example CPU"
    assert 0 < first.left_s <= 10
    last = over(runner, ticket)
    assert last.state == "finished"
    assert last.label == "my laptop"
    assert [row["case"] for row in last.rows] == [f"matmul square fp32 {n}" for n in (64, 128, 192)]
    assert last.version > first.version
    assert last.left_s is None
    assert last.error == ""
    assert abs(last.started_at - time.time()) < PATIENCE_S
    assert runner.snapshot() == last == runner.runs()[0]
    assert wait_for(lambda: lock_is_free(runner))


def test_the_worker_is_told_what_to_run(make: Make) -> None:
    spec = Spec("full", ("matmul", "cnn"), 2.5, "--out", "Kaggle")
    assert spec.arguments() == [
        "--suite", "full", "--workload", "matmul", "--workload", "cnn", "--budget", "2.5", "--label=--out",
        "--platform=Kaggle",
    ]  # fmt: skip
    runner = make("--results", "1")
    assert over(runner, runner.start(spec, "dashboard")).suite == "full"


def test_a_crossover_is_a_run_like_any_other(make: Make) -> None:
    wanted = Crossing("matmul", "numpy", "jax", 12.0)
    assert wanted.arguments() == [
        "--workload=matmul", "--variant=", "--dtype=fp32", "--first=numpy", "--second=jax", "--seconds=12.0",
    ]  # fmt: skip
    runner = make("--delay", "0.05")
    ticket = runner.start(wanted, "dashboard")
    with pytest.raises(Busy, match="A crossover run started from the dashboard"):
        make().start(Spec(), "command line")
    last = over(runner, ticket)
    assert (last.state, last.suite, last.rows, len(last.times)) == ("finished", "crossover", (), 6)
    record = last.crossover()
    assert record.sizes == [16, 32, 64]
    assert record.question["second"]["title"] == "jax"
    assert record.machine["device_kind"] == "Example CPU"


def test_a_crossover_is_cancelled_like_any_other(make: Make) -> None:
    runner = make("--delay", "60")
    ticket = runner.start(Crossing("matmul", "numpy", "jax"), "dashboard")
    wait_for(lambda: runner.snapshot(ticket.run_id).times)
    begin = time.monotonic()
    assert runner.cancel(ticket)
    assert time.monotonic() - begin < 2
    assert runner.snapshot(ticket.run_id).times, "what was measured is kept"


def test_telemetry_and_energy_are_kept_over_all_processes(tmp_path: Path) -> None:
    path = tmp_path / "1.jsonl"
    told = [
        {"event": "launched", "at": 1.0, "repeat": 2},
        {"event": "telemetry", "at": 2.0, "power_w": 100.0, "process": 1},
        {"event": "finished", "at": 3.0, "energy_j": 700.5, "process": 1},
        {"event": "telemetry", "at": 4.0, "busy": 0.5, "process": 2},
        {"event": "finished", "at": 5.0, "energy_j": 300.0, "process": 2},
    ]
    path.write_text("".join(json.dumps(event) + "\n" for event in told))
    log = logs.Log(path)
    log.refresh()
    seen = log.snapshot(running=False)
    assert [moment.get("power_w") for moment in seen.telemetry] == [100.0, None]
    assert seen.energy_j == 1000.5
    path.write_text(json.dumps({"event": "finished", "at": 3.0}) + "\n")
    log.refresh()
    assert (log.snapshot(running=False).energy_j, log.snapshot(running=False).telemetry) == (None, ())


def test_texts_reach_the_worker_on_one_line_or_not_at_all(make: Make) -> None:
    """A NUL, which no system hands to a process, is a blank like any other control character."""
    spec = Spec(label="my\0lap\ntop\u202e", platform="  ", machine_type="Standard_B2s")
    assert spec.arguments() == ["--suite", "quick", "--label=my lap top", "--machine-type=Standard_B2s"]
    runner = make("--results", "1")
    assert over(runner, runner.start(spec, "dashboard")).label == "my lap top"
    assert Spec(label="\0\n").arguments() == ["--suite", "quick"]


def test_the_worker_finds_this_code_before_anything_else(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PYTHONPATH", "/their/packages")
    assert runners._environment()["PYTHONPATH"] == os.pathsep.join([str(ROOT), "/their/packages"])
    monkeypatch.delenv("PYTHONPATH")
    assert runners._environment()["PYTHONPATH"] == str(ROOT)


def test_where_runs_are_kept(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.delenv("MANY_HANDS_STATE", raising=False)
    monkeypatch.chdir(tmp_path)
    assert Runner().runs_dir == ROOT / "data" / "runs"
    monkeypatch.setattr(runners, "BUNDLED", True)
    assert Runner().runs_dir == tmp_path / "many-hands-runs"
    monkeypatch.setenv("MANY_HANDS_STATE", "/state")
    assert Runner().runs_dir == Path("/state/runs")


def test_a_run_completes_with_nobody_watching(make: Make) -> None:
    """The browser that started it was closed: no snapshot is asked for until the run is over."""
    runner = make("--results", "5", "--delay", "0.02")
    ticket = runner.start(Spec(), "dashboard")
    run = runner._run
    assert run is not None
    assert run.over.wait(PATIENCE_S)
    assert runner.snapshot(ticket.run_id).state == "finished"
    assert len(runner.snapshot().rows) == 5


def test_one_run_after_another(make: Make) -> None:
    runner = make("--results", "1")
    tickets = []
    for _ in range(3):
        tickets.append(runner.start(Spec(), "dashboard"))
        over(runner, tickets[-1])  # its log has ended; its process may still be there
    assert [s.run_id for s in runner.runs()] == [t.run_id for t in reversed(tickets)]
    assert {s.state for s in runner.runs()} == {"finished"}


def test_noise_on_stdout_is_no_event_and_explains_a_failure(make: Make) -> None:
    runner = make("--garbage", "--results", "2", "--then", "silence")
    last = over(runner, runner.start(Spec(), "dashboard"))
    assert last.state == "failed"
    assert "without saying that it had finished" in last.error
    assert len(last.rows) == 2
    lines = runner.log_path(last.run_id).read_bytes().splitlines()
    assert all(isinstance(json.loads(line)["event"], str) for line in lines)


def test_a_refined_row_replaces_the_first(tmp_path: Path) -> None:
    (tmp_path / "runs").mkdir()
    row = {"run_id": "r", "case": "c", "mode": "stream"}
    events = [{"event": "result", "at": 1.0, "row": row | {"median_s": value}} for value in (2.0, 1.0)]
    (tmp_path / "runs" / "r.jsonl").write_text("".join(json.dumps(event) + "\n" for event in events))
    assert Runner(tmp_path).snapshot().rows == (row | {"median_s": 1.0},)


def test_only_the_newest_fifty_runs_are_kept(make: Make) -> None:
    runner = make("--results", "1")
    runner.runs_dir.mkdir(parents=True)
    for number in range(60):
        runner.log_path(f"20200101-000000-{number:03d}-aaaa").touch()
    ticket = runner.start(Spec(), "dashboard")
    kept = [s.run_id for s in runner.runs()]
    assert len(kept) == 50
    assert kept[0] == ticket.run_id
    assert kept[-1] == "20200101-000000-011-aaaa"


# --- several processes ---


def test_a_repeated_run_measures_in_fresh_processes_and_tells_one_row_a_case(make: Make, tmp_path: Path) -> None:
    runner = make("--results", "2", "--starts", str(tmp_path / "starts"))
    ticket = runner.start(Spec(repeat=3), "command line")
    last = over(runner, ticket)
    assert (last.state, last.process, last.processes, last.planned) == ("finished", 3, 3, 2)
    assert len(set((tmp_path / "starts").read_text().split())) == 3
    for row in last.rows:
        assert row["median_s"] == pytest.approx(0.02)
        assert (row["processes"], row["process_low_s"], row["process_high_s"]) == (3, 0.01, 0.03)
        assert row["process_spread"] == pytest.approx(1.0)
    events = [json.loads(line) for line in runner.log_path(ticket.run_id).read_text().splitlines()]
    kept = [(event["process"], event["row"]["median_s"]) for event in events if event["event"] == "result"]
    assert kept == [(1, 0.01), (1, 0.01), (2, 0.02), (2, 0.02), (3, 0.03), (3, 0.03)]
    assert wait_for(lambda: lock_is_free(runner))


def test_progress_and_time_left_count_all_processes(make: Make, tmp_path: Path) -> None:
    """Each announces a budget of 30 s and says 10 s before its end that it is at its second case of two."""
    runner = make("--results", "2", "--starts", str(tmp_path / "starts"), "--well", "1", "--then", "hang")
    runner.start(Spec(repeat=3), "dashboard")
    seen = wait_for(lambda: (s := runner.snapshot()).process == 2 and s.done == 3 and s)
    assert (seen.total, seen.processes, len(seen.rows)) == (6, 3, 2)
    assert 30 < seen.left_s <= 40
    assert str(Busy(seen)).endswith("is measuring (3 of 6 cases, process 2 of 3). Wait or watch.")


def test_a_child_that_dies_in_the_second_process_leaves_the_rows_of_the_first(make: Make, tmp_path: Path) -> None:
    runner = make("--results", "2", "--starts", str(tmp_path / "starts"), "--well", "1", "--then", "kill")
    last = over(runner, runner.start(Spec(repeat=3), "dashboard"))
    assert last.state == "failed"
    assert last.error.startswith("Process 2 of 3: The system ended the measuring process (signal 9)")
    assert [row["processes"] for row in last.rows] == [2, 2]
    assert len((tmp_path / "starts").read_text().split()) == 2
    assert wait_for(lambda: lock_is_free(runner))


@pytest.mark.parametrize("how", ["kill", "report", "silence", "error"])
def test_a_process_that_does_not_finish_is_the_last(make: Make, tmp_path: Path, how: str) -> None:
    runner = make("--results", "1", "--starts", str(tmp_path / "starts"), "--then", how)
    last = over(runner, runner.start(Spec(repeat=2), "dashboard"))
    assert (last.state, len(last.rows)) == ("failed", 1)
    assert wait_for(lambda: lock_is_free(runner))
    assert len((tmp_path / "starts").read_text().split()) == 1


def test_cancel_in_the_second_process_starts_no_third(make: Make, tmp_path: Path) -> None:
    runner = make("--results", "2", "--starts", str(tmp_path / "starts"), "--well", "1", "--then", "hang")
    ticket = runner.start(Spec(repeat=3), "dashboard")
    wait_for(lambda: (s := runner.snapshot()).process == 2 and len(s.rows) == 2)
    begin = time.monotonic()
    assert runner.cancel(ticket)
    assert time.monotonic() - begin < 2
    last = runner.snapshot(ticket.run_id)
    assert (last.state, len(last.rows)) == ("cancelled", 2)
    assert lock_is_free(runner)
    assert len((tmp_path / "starts").read_text().split()) == 2


def test_cancel_between_two_processes_starts_no_other(make: Make, monkeypatch: pytest.MonkeyPatch) -> None:
    """Somebody cancels at the very moment at which the first process has ended."""
    runner = make("--results", "1")
    original = runner._goes_on

    def goes_on(run: Any) -> bool:
        run.ending = "cancelled"
        return original(run)

    monkeypatch.setattr(runner, "_goes_on", goes_on)
    last = over(runner, runner.start(Spec(repeat=2), "dashboard"))
    assert (last.state, len(last.rows)) == ("cancelled", 1)


def test_a_second_process_that_cannot_be_started_fails_the_run(make: Make, monkeypatch: pytest.MonkeyPatch) -> None:
    runner = make("--results", "1")
    ticket = runner.start(Spec(repeat=2), "dashboard")
    monkeypatch.setattr(runner, "_command", [str(runner.runs_dir / "no python")])
    last = over(runner, ticket)
    assert last.state == "failed"
    assert last.error.startswith("Process 2 of 2: The run could not be started: no such file or directory")
    assert len(last.rows) == 1


def test_a_server_that_dies_in_the_second_process_leaves_the_rows(make: Make, tmp_path: Path) -> None:
    starts = tmp_path / "starts"
    words = command("--results", "2", "--starts", str(starts), "--well", "1", "--then", "hang")
    server = subprocess.Popen(
        [sys.executable, "-c", SERVER.replace("Spec()", "Spec(repeat=3)"), str(tmp_path), *words],
        stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True, cwd=ROOT,
    )  # fmt: skip
    run_id, _ = read(server).split()
    runner = make()
    wait_for(lambda: (s := runner.snapshot(run_id)).process == 2 and s.done == 3)
    server.kill()
    server.communicate()
    last = wait_for(lambda: (s := runner.snapshot(run_id)).state == "interrupted" and s)
    assert (len(last.rows), last.error) == (2, logs.INTERRUPTED)
    wait_for(lambda: not any(alive(int(pid)) for pid in starts.read_text().split()))
    assert len(starts.read_text().split()) == 2


# --- one at a time ---


def test_a_second_start_is_refused_with_a_sentence(make: Make) -> None:
    runner, other = make("--results", "2", "--then", "hang"), make()
    ticket = runner.start(Spec("standard"), "command line")
    wait_for(lambda: len(runner.snapshot().rows) == 2)
    for second in (runner, other):
        with pytest.raises(Busy) as refused:
            second.start(Spec(), "dashboard")
        assert refused.value.snapshot.run_id == ticket.run_id
        started = time.strftime("%H:%M", time.localtime(refused.value.snapshot.started_at))
        assert str(refused.value) == (
            f"A standard run started from the command line at {started} is measuring (1 of 2 cases). Wait or watch."
        )


def test_another_process_can_watch_but_not_cancel(make: Make) -> None:
    runner, other = make("--results", "2", "--then", "hang"), make()
    ticket = runner.start(Spec(), "command line")
    seen = wait_for(lambda: len((s := other.snapshot()).rows) == 2 and s)
    assert (seen.state, seen.run_id, seen.owner) == ("running", ticket.run_id, "command line")
    assert other.snapshot(ticket.run_id).state == "running"
    assert other.runs()[0].state == "running"
    assert not other.cancel(ticket)
    assert not runner.cancel(replace(ticket, token="guessed"))
    assert runner.snapshot().state == "running"


def test_a_run_kept_elsewhere_is_seen_through_the_lock(make: Make, tmp_path: Path) -> None:
    """Two checkouts of one machine share the lock, not the folder of the logs."""
    runner, other = make("--then", "hang"), Runner(tmp_path / "other checkout")
    other._lock_path = runner._lock_path  # type: ignore[method-assign]
    ticket = runner.start(Spec(), "dashboard")
    assert wait_for(lambda: len((s := other.snapshot()).rows) == 3 and s).run_id == ticket.run_id
    assert other.snapshot(ticket.run_id).state == "running"
    with pytest.raises(Busy):
        other.start(Spec(), "dashboard")


RACE = """
import sys
from pathlib import Path
from compute.measure.runner import Busy, Runner, Spec
runner = Runner(Path(sys.argv[1]), sys.argv[2:])
print("ready", flush=True)
sys.stdin.readline()
try:
    ticket = runner.start(Spec(), "command line")
    print("won", ticket.run_id, flush=True)
except Busy as busy:
    print("busy", busy, flush=True)
sys.stdin.readline()
runner.stop()
"""


def test_of_processes_that_race_for_the_lock_exactly_one_wins(tmp_path: Path) -> None:
    for attempt in range(5):
        state = tmp_path / str(attempt)
        racers = [
            subprocess.Popen(
                [sys.executable, "-c", RACE, str(state), *command("--then", "hang")],
                stdin=subprocess.PIPE,
                stdout=subprocess.PIPE,
                text=True,
                cwd=ROOT,
            )
            for _ in range(2)
        ]
        try:
            assert [read(racer) for racer in racers] == ["ready", "ready"]
            for racer in racers:
                go_on(racer)
            told = sorted(read(racer) for racer in racers)
            assert told[0].startswith("busy A quick run started from the command line at ")
            assert told[1].startswith("won ")
            assert len(list((state / "runs").iterdir())) == 1
            for racer in racers:
                go_on(racer)
                assert racer.wait(PATIENCE_S) == 0
        finally:
            for racer in racers:
                racer.kill()
                racer.communicate()


def read(process: "subprocess.Popen[str]") -> str:
    assert process.stdout is not None
    return process.stdout.readline().strip()


def go_on(process: "subprocess.Popen[str]") -> None:
    assert process.stdin is not None
    process.stdin.write("\n")
    process.stdin.flush()


def test_of_threads_that_race_exactly_one_wins(make: Make) -> None:
    runners_ = [make("--then", "hang") for _ in range(2)] * 4
    won: list[Ticket] = []
    lost: list[Busy] = []

    def race(runner: Runner) -> None:
        try:
            won.append(runner.start(Spec(), "dashboard"))
        except Busy as busy:
            lost.append(busy)

    threads = [threading.Thread(target=race, args=(runner,)) for runner in runners_]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(PATIENCE_S)
    assert (len(won), len(lost)) == (1, 7)


def test_the_winner_is_named_even_if_it_is_slow_to_say_who_it_is(make: Make, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(runners, "NOTE_WAIT_S", PATIENCE_S)
    runner = make()
    path = runner.log_path("20250101-000000-000-slow")
    path.parent.mkdir(parents=True)
    path.write_text('{"event": "launched", "at": 5, "owner": "command line", "suite": "full"}\n')
    note = json.dumps({"run_id": path.stem, "log": str(path)})
    winner = FileLock(runner._lock_path(), thread_local=False)
    winner.acquire()
    threading.Timer(0.4, lambda: runner._holder_path().write_text(note)).start()
    with pytest.raises(Busy, match="A full run started from the command line"):
        runner.start(Spec(), "dashboard")
    winner.release()


def test_a_winner_that_never_says_who_it_is(make: Make, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(runners, "NOTE_WAIT_S", 0.1)
    runner = make()
    with FileLock(runner._lock_path()), pytest.raises(Busy, match="Another run is being measured") as refused:
        runner.start(Spec(), "dashboard")
    assert refused.value.snapshot.state == "running"


def test_a_start_waits_out_somebody_who_only_looks(make: Make, monkeypatch: pytest.MonkeyPatch) -> None:
    """To find out whether a note is stale one has to take the lock for a moment; a start must not lose to that."""
    monkeypatch.setattr(runners, "LOCK_WAIT_S", PATIENCE_S)
    runner = make("--results", "1")
    looking = FileLock(runner._lock_path(), thread_local=False)
    looking.acquire()
    threading.Timer(0.2, looking.release).start()
    assert over(runner, runner.start(Spec(), "dashboard")).state == "finished"


def test_a_stale_note_beside_the_lock_is_ignored(make: Make) -> None:
    runner = make("--results", "1")
    path = runner.log_path("20200101-000000-000-dead")
    path.parent.mkdir(parents=True)
    path.write_text('{"event": "launched", "at": 5.0, "owner": "dashboard"}\n')
    runner._holder_path().write_text(json.dumps({"run_id": path.stem, "log": str(path), "pid": 1}))
    assert runner.snapshot().state == "interrupted"
    assert not runner._holder_path().exists()
    assert over(runner, runner.start(Spec(), "dashboard")).state == "finished"


@pytest.mark.parametrize(
    "note", [b"", b"\xff", b"[]", b'{"log": 3, "run_id": 3}', b'{"log": "/dev/zero", "run_id": "zero"}']
)
def test_a_broken_note_beside_the_lock_is_ignored(make: Make, note: bytes) -> None:
    runner = make("--results", "1")
    runner._holder_path().write_bytes(note)
    assert runner.snapshot() == Snapshot()
    assert over(runner, runner.start(Spec(), "dashboard")).state == "finished"


# --- cancelling ---


@pytest.mark.parametrize("manners", [[], ["--ignore-sigterm"]])
def test_cancel_is_quick_and_leaves_nothing_behind(make: Make, tmp_path: Path, manners: list[str]) -> None:
    note = tmp_path / "grandchild"
    runner = make("--results", "2", "--then", "hang", "--grandchild", str(note), *manners)
    ticket = runner.start(Spec(), "dashboard")
    wait_for(lambda: len(runner.snapshot().rows) == 2)
    pids = [child_pid(runner), int(note.read_text())]
    assert all(alive(pid) for pid in pids)
    begin = time.monotonic()
    assert runner.cancel(ticket)
    while any(alive(pid) for pid in pids):  # on a busy machine the system needs a moment to end what was killed
        assert time.monotonic() - begin < 2
    assert time.monotonic() - begin < 2
    assert lock_is_free(runner)
    assert not runner._holder_path().exists()
    last = runner.snapshot()
    assert (last.state, len(last.rows), last.error) == ("cancelled", 2, "")
    assert not runner.cancel(ticket)


def test_cancel_does_not_wait_for_a_process_that_escaped(make: Make, tmp_path: Path) -> None:
    """It left the process group and holds the pipes open, which the worker never does."""
    note = tmp_path / "grandchild"
    runner = make("--results", "1", "--then", "hang", "--grandchild", str(note), "--escape", "--ignore-sigterm")
    ticket = runner.start(Spec(), "dashboard")
    wait_for(lambda: runner.snapshot().rows)
    try:
        begin = time.monotonic()
        assert runner.cancel(ticket)
        assert time.monotonic() - begin < 2
        assert lock_is_free(runner)
    finally:
        os.kill(int(note.read_text()), signal.SIGKILL)


def test_what_a_child_leaves_running_is_ended(make: Make, tmp_path: Path) -> None:
    note = tmp_path / "grandchild"
    runner = make("--results", "1", "--grandchild", str(note))
    assert over(runner, runner.start(Spec(), "dashboard")).state == "finished"
    wait_for(lambda: not alive(int(note.read_text())))


def test_cancel_without_process_groups(make: Make, monkeypatch: pytest.MonkeyPatch) -> None:
    """As on Windows: the child itself is ended."""
    monkeypatch.delattr(os, "killpg")
    runner = make("--results", "1", "--then", "hang", "--ignore-sigterm")
    ticket = runner.start(Spec(), "dashboard")
    wait_for(lambda: runner.snapshot().rows)
    pid = child_pid(runner)
    assert runner.cancel(ticket)
    assert not alive(pid)


def test_cancel_right_after_the_start(make: Make) -> None:
    runner = make("--then", "hang")
    ticket = runner.start(Spec(), "dashboard")
    assert runner.cancel(ticket)
    assert runner.snapshot().state == "cancelled"
    assert lock_is_free(runner)


def test_a_run_that_is_over_cannot_be_cancelled(make: Make) -> None:
    runner = make("--results", "1")
    ticket = runner.start(Spec(), "dashboard")
    over(runner, ticket)
    assert not runner.cancel(ticket)
    assert runner.snapshot(ticket.run_id).state == "finished"


def test_stop_ends_the_run_as_interrupted(make: Make) -> None:
    runner = make("--results", "2", "--then", "hang")
    ticket = runner.start(Spec(), "dashboard")
    wait_for(lambda: len(runner.snapshot().rows) == 2)
    pid = child_pid(runner)
    runner.stop()
    assert not alive(pid)
    last = Runner(runner.runs_dir.parent).snapshot(ticket.run_id)
    assert (last.state, len(last.rows), last.error) == ("interrupted", 2, logs.INTERRUPTED)


# --- a child that dies ---


@pytest.mark.parametrize(
    ("options", "sentence"),
    [
        (["--then", "kill"], "memory ran out"),
        (["--then", "segfault"], "SIGSEGV"),
        (["--then", "error"], "exit status 1. Its last words: RuntimeError: the device is on fire"),
        (["--then", "report"], "The device was lost."),
        (["--then", "silence", "--stderr", "so long\n"], "Its last words: so long"),
        (["--then", "memory", "--address-space-mib", "400"], "ran out of memory"),
    ],
)
def test_a_child_that_dies_fails_the_run_and_keeps_its_rows(make: Make, options: list[str], sentence: str) -> None:
    runner = make("--results", "2", *options)
    last = over(runner, runner.start(Spec(), "dashboard"))
    assert last.state == "failed"
    assert sentence in last.error
    assert "Traceback" not in last.error
    assert len(last.rows) == 2
    assert wait_for(lambda: lock_is_free(runner))
    assert over(runner, runner.start(Spec(), "dashboard")).state == "failed"  # the runner goes on


def test_a_child_killed_from_outside(make: Make) -> None:
    runner = make("--results", "2", "--then", "hang")
    ticket = runner.start(Spec(), "dashboard")
    wait_for(lambda: len(runner.snapshot().rows) == 2)
    os.kill(child_pid(runner), signal.SIGKILL)
    last = over(runner, ticket)
    assert last.state == "failed"
    assert "signal 9" in last.error
    assert len(last.rows) == 2


def test_a_child_that_cannot_import_what_it_needs(make: Make) -> None:
    runner = make("--import-error")
    last = over(runner, runner.start(Spec(), "dashboard"))
    assert last.state == "failed"
    assert "'no_such_package_anywhere' is not installed" in last.error
    assert "python -m pip install" in last.error
    assert last.rows == ()


def test_a_program_that_does_not_exist(tmp_path: Path) -> None:
    runner = Runner(tmp_path, [str(tmp_path / "no python")])
    with pytest.raises(NotStarted, match="could not be started: no such file or directory"):
        runner.start(Spec(), "dashboard")
    assert runner.snapshot() == Snapshot()
    assert lock_is_free(runner)


def memory_cgroup(name: str) -> Path | None:
    """A new memory cgroup of 64 MiB without swap, or None where this user cannot make one."""
    for root, limit in (("memory", "memory.limit_in_bytes"), ("", "memory.max")):
        group = Path("/sys/fs/cgroup") / root / name
        try:
            group.mkdir()
        except OSError:
            continue
        try:
            (group / limit).write_text(str(64 << 20))
            return group
        except OSError:
            group.rmdir()
    return None


def test_a_child_that_the_system_kills_for_its_memory(tmp_path: Path) -> None:
    """The real thing: a memory cgroup ends the child with signal 9 while it takes more and more."""
    if (group := memory_cgroup(f"many-hands-test-{os.getpid()}")) is None:
        pytest.skip("no memory cgroup can be made here")
    enter = f'echo $$ > {group}/cgroup.procs && exec "$@"'
    runner = Runner(tmp_path, ["sh", "-c", enter, "sh", *command("--results", "2", "--then", "memory")])
    try:
        last = over(runner, runner.start(Spec(), "dashboard"))
        assert last.state == "failed"
        assert "memory" in last.error
        assert len(last.rows) == 2
    finally:
        runner.stop()
        wait_for(lambda: not (group / "cgroup.procs").read_text().strip())
        group.rmdir()


@pytest.mark.parametrize(
    ("status", "tail", "sentence"),
    [
        (-9, [], "memory ran out"),
        (-6, ["terminate called after throwing an instance of 'std::bad_alloc'"], "ran out of memory"),
        (1, ["jaxlib.XlaRuntimeError: RESOURCE_EXHAUSTED: Out of memory"], "ran out of memory"),
        (
            1,
            ["ValueError: first", "----", "JAX has removed its internal frames"],
            "Its last words: ValueError: first",
        ),
        (-15, [], "signal 15 (SIGTERM)."),
        (-250, [], "signal 250 (unknown)."),
        (1, ["ModuleNotFoundError: No module named 'jax'"], "the Python package 'jax' is not installed"),
        (7, [], "stopped with exit status 7."),
    ],
)
def test_the_end_of_a_child_in_plain_language(status: int, tail: list[str], sentence: str) -> None:
    assert sentence in explain(status, tail)


# --- a server that dies ---

SERVER = """
import sys
from pathlib import Path
from compute.measure.runner import Runner, Spec
runner = Runner(Path(sys.argv[1]), sys.argv[2:])
ticket = runner.start(Spec(), "dashboard")
print(ticket.run_id, runner._run.child.pid, flush=True)
sys.stdin.readline()
"""


def test_a_server_restart_in_the_middle_of_a_run(make: Make, tmp_path: Path) -> None:
    server = subprocess.Popen(
        [sys.executable, "-c", SERVER, str(tmp_path), *command("--results", "2", "--then", "hang")],
        stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True, cwd=ROOT,
    )  # fmt: skip
    run_id, pid = read(server).split()
    runner = make("--results", "1")
    wait_for(lambda: len(runner.snapshot(run_id).rows) == 2)
    assert runner.snapshot().state == "running"
    server.kill()
    server.communicate()
    wait_for(lambda: not alive(int(pid)))
    last = runner.snapshot()
    assert (last.run_id, last.state, len(last.rows)) == (run_id, "interrupted", 2)
    assert last.error == logs.INTERRUPTED
    assert over(runner, runner.start(Spec(), "dashboard")).state == "finished"
    assert [s.state for s in runner.runs()] == ["finished", "interrupted"]


# --- a state directory that fails ---


def test_a_state_directory_that_cannot_be_made(tmp_path: Path) -> None:
    (tmp_path / "file").touch()
    runner = Runner(tmp_path / "file" / "state", command())
    with pytest.raises(NotStarted, match="Set MANY_HANDS_STATE to a folder that you may write to"):
        runner.start(Spec(), "dashboard")
    assert runner.snapshot() == Snapshot()


def test_a_runs_folder_that_is_a_file(make: Make, tmp_path: Path) -> None:
    (tmp_path / "runs").touch()
    runner = make()
    with pytest.raises(NotStarted, match=str(tmp_path / "runs")):
        runner.start(Spec(), "dashboard")
    assert lock_is_free(runner)


def full_after(lines: int) -> type[logs.Writer]:
    """A log on a disk that has room for so many lines."""

    class Full(logs.Writer):
        left = lines

        def append(self, event: logs.Event) -> None:
            if self.left == 0:
                raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))
            self.left -= 1
            super().append(event)

    return Full


def test_a_disk_that_is_full_at_the_start(make: Make, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(runners, "Writer", full_after(0))
    runner = make()
    with pytest.raises(NotStarted, match=r"the disk is full.*Free some space"):
        runner.start(Spec(), "dashboard")
    assert lock_is_free(runner)
    assert runner.runs() == []


def test_a_disk_that_fills_up_in_the_middle(make: Make, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(runners, "Writer", full_after(4))  # launched, started, progress, result
    runner = make("--results", "3", "--then", "hang")
    last = over(runner, runner.start(Spec(), "dashboard"))
    assert last.state == "failed"
    assert last.error == "The run was stopped because its log could not be written: the disk is full."
    assert len(last.rows) == 1
    assert wait_for(lambda: lock_is_free(runner))


@pytest.mark.skipif(not Path("/dev/full").exists(), reason="needs /dev/full")
def test_a_line_that_does_not_fit_leaves_no_half_line(tmp_path: Path) -> None:
    writer = logs.Writer(tmp_path / "log")
    writer.append({"event": "launched"})
    whole = (tmp_path / "log").read_bytes()
    import resource

    before = resource.getrlimit(resource.RLIMIT_FSIZE)
    ignored = signal.signal(signal.SIGXFSZ, signal.SIG_IGN)
    resource.setrlimit(resource.RLIMIT_FSIZE, (len(whole) + 10, before[1]))
    try:
        with pytest.raises(OSError, match="too large"):
            writer.append({"event": "result", "row": {"case": "x" * 100}})
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, before)
        signal.signal(signal.SIGXFSZ, ignored)
    assert (tmp_path / "log").read_bytes() == whole
    writer.append({"event": "failed", "case": None, "reason": "full"})
    writer.close()
    assert len((tmp_path / "log").read_bytes().splitlines()) == 2


# --- reading logs ---


def test_a_log_is_read_only_where_it_is_new(tmp_path: Path) -> None:
    path = tmp_path / "r.jsonl"
    log = logs.Log(path)
    parsed = []
    original = logs.parse

    def note(line: bytes) -> logs.Event | None:
        parsed.append(line)
        return original(line)

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(logs, "parse", note)
        with path.open("ab", buffering=0) as file:
            for line in (
                b'{"event": "started", "suite": "full"}\n',
                b'{"event": "prog',
                b'ress", "done": 1}\n',
            ):
                file.write(line)
                log.refresh()
                log.refresh()
    assert [line for line in parsed if line] == [
        b'{"event": "started", "suite": "full"}',
        b'{"event": "progress", "done": 1}',
    ]
    assert (log.snapshot(True).suite, log.snapshot(True).done) == ("full", 1)


def test_a_log_that_was_replaced_is_read_again(tmp_path: Path) -> None:
    path = tmp_path / "r.jsonl"
    path.write_text('{"event": "finished", "at": 1, "note": "a long line"}\n')
    log = logs.Log(path)
    log.refresh()
    assert log.ended
    path.write_text('{"event": "started"}\n')
    log.refresh()
    assert not log.ended


def test_an_id_that_is_a_path_reaches_no_file(make: Make, tmp_path: Path) -> None:
    runner = make()
    (tmp_path / "secret.jsonl").write_text('{"event": "started", "suite": "secret"}\n')
    runner.runs_dir.mkdir()
    for run_id in ("../secret", str(tmp_path / "secret"), "", "\0"):
        assert runner.snapshot(run_id) == Snapshot(run_id=run_id)


values = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=5) | st.just(10**400),
    lambda inner: st.lists(inner, max_size=2) | st.dictionaries(st.text(max_size=5), inner, max_size=2),
    max_leaves=4,
)
fields = st.sampled_from(
    [
        "at",
        "run_id",
        "suite",
        "owner",
        "label",
        "machine",
        "cases",
        "stage",
        "case",
        "mode",
        "done",
        "total",
        "elapsed_s",
        "left_s",
        "row",
        "reason",
        "process",
        "repeat",
        "budget_s",
    ]
)
rows = st.dictionaries(
    st.sampled_from(["run_id", "case", "mode", "status", "median_s", "stop", "verdict", "flops", "throttle", "reason"]),
    values | st.just("measured") | st.floats(min_value=1e-300, allow_infinity=False),
)
events = st.builds(
    lambda name, rest: json.dumps({"event": name} | rest).encode() + b"\n",
    st.sampled_from(["launched", "started", "progress", "result", "failed", "finished", "cancelled", "other"]),
    st.dictionaries(fields, values | rows, max_size=6),
)


@settings(max_examples=50)
@given(st.lists(events | st.binary(max_size=30), max_size=8))
def test_no_bytes_in_a_log_make_a_snapshot_raise(pieces: list[bytes]) -> None:
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "runs" / "r.jsonl"
        path.parent.mkdir()
        runner = Runner(Path(folder))
        for number in range(len(pieces) + 1):
            path.write_bytes(b"".join(pieces[:number]))
            snapshot = runner.snapshot()
        assert runner.runs() == [snapshot] == [Runner(Path(folder)).snapshot("r")]
        assert snapshot.state in ("interrupted", "finished", "failed", "cancelled")
        json.dumps(snapshot.rows, allow_nan=False).encode()
        repr(snapshot).encode()


def test_deep_and_huge_lines_are_no_events() -> None:
    assert logs.parse(b"[" * 100_000) is None
    assert logs.parse(b'{"event": "x", "at": ' + b"9" * 5000 + b"}") is None
    assert logs.parse(b'{"event": "x", "at": NaN}') == {"event": "x", "at": None}


# --- devices ---


def test_devices_are_looked_up_once_in_the_background(make: Make) -> None:
    runner = make()
    assert runner.devices() is None
    found = wait_for(runner.devices)
    assert found["note"] == ""
    assert found["machine"]["device_kind"] == "Example CPU"
    assert found["devices"] == [{"kind": "Example CPU", "platform": "cpu", "memory_gib": 8.0}]
    assert runner.devices() is found


@pytest.mark.parametrize(
    ("options", "sentence"),
    [
        (["--import-error"], "is not installed"),
        (["--then", "segfault"], "SIGSEGV"),
        (["--then", "silence"], "without saying that it had finished"),
    ],
)
def test_devices_that_cannot_be_found_are_a_note(make: Make, options: list[str], sentence: str) -> None:
    runner = make(*options)
    runner.devices()
    found = wait_for(runner.devices)
    assert sentence in found["note"]
    assert (found["machine"], found["devices"]) == ({}, [])


def test_devices_that_do_not_answer(make: Make, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(runners, "DEVICES_S", 1.0)
    runner = make("--then", "hang", "--ignore-sigterm")
    runner.devices()
    assert runner._look is not None
    pid = runner._look.pid
    assert "did not answer within 1 seconds" in wait_for(runner.devices)["note"]
    assert not alive(pid)


def test_devices_are_not_looked_up_during_a_run(make: Make) -> None:
    runner = make("--then", "hang")
    runner.start(Spec(), "dashboard")
    found = wait_for(runner.devices)
    assert found["devices"] == [{"kind": "Example CPU", "platform": "cpu", "memory_gib": None}]
    assert runner._look is None


def test_stop_also_ends_the_look_at_the_devices(make: Make) -> None:
    runner = make("--then", "hang")
    runner.devices()
    assert runner._look is not None
    pid = runner._look.pid
    runner.stop()
    wait_for(lambda: not alive(pid))


# --- where things are ---


def test_the_lock_is_one_for_the_machine_unless_told_otherwise(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.delenv("MANY_HANDS_STATE", raising=False)
    runner = Runner()
    assert runner._lock_path() == Path(tempfile.gettempdir()) / "many-hands.lock"
    assert runner.runs_dir == ROOT / "data" / "runs"
    monkeypatch.setenv("MANY_HANDS_STATE", str(tmp_path))
    assert runner._lock_path() == tmp_path / "many-hands.lock"
    assert runner.runs_dir == tmp_path / "runs"
