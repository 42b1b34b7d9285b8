"""The real worker as a child process: its events, its rows, its end."""

import json
import os
import signal
import socket
import subprocess
import sys
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pytest

from compute import machine, results
from compute.measure import suite, worker
from compute.measure.measurement import Measurement
from compute.measure.privacy import anonymous
from compute.workloads import Case, Unsupported
from tests.measure import engine

# A neighbour takes the time that its suites have.
pytestmark = pytest.mark.alone

ROOT = Path(__file__).resolve().parents[2]
BUDGET_S = 6.0
Event = dict[str, Any]


@contextmanager
def started(*options: str) -> Iterator[subprocess.Popen[str]]:
    """The worker with these options; killed if it is still there at the end."""
    child = subprocess.Popen(
        [sys.executable, "-m", "compute.measure.worker", "run", *options],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
        cwd=ROOT,
        env=worker.environment(os.environ | {"JAX_PLATFORMS": "cpu"}),
    )
    try:
        yield child
    finally:
        child.kill()
        child.communicate()


def events(*options: str) -> list[Event]:
    """All events of a run that ends by itself."""
    with started(*options) as child:
        assert child.stdout is not None
        assert child.stderr is not None
        noise: list[str] = []
        reader = threading.Thread(target=lambda: noise.extend(child.stderr or ()), daemon=True)
        reader.start()
        found = [json.loads(line) for line in child.stdout]
        reader.join()
        assert child.wait(timeout=30) == 0, "".join(noise)
    return found


def named(found: list[Event], name: str) -> list[Event]:
    return [event for event in found if event["event"] == name]


def rows(found: list[Event]) -> list[results.Row]:
    return [event["row"] for event in named(found, "result")]


@pytest.fixture(scope="module")
def cache(tmp_path_factory: pytest.TempPathFactory) -> str:
    return str(tmp_path_factory.mktemp("cache"))


@pytest.fixture(scope="module")
def cold(cache: str) -> list[Event]:
    """A quick run of the matrix product with an empty compilation cache."""
    return events(
        *("--suite", "quick", "--workload", "matmul", "--budget", str(BUDGET_S)),
        *("--run-id", "20260101-000000-test", "--label", "a test", "--platform", "Test bench", "--cache", cache),
        *("--machine-type", "Standard_B2s"),
    )


def test_events_come_in_order(cold: list[Event]) -> None:
    names = [event["event"] for event in cold]
    assert names[:2] == ["progress", "started"]
    assert cold[0]["stage"] == "starting"
    assert names[-1] == "finished"
    assert names.count("started") == names.count("finished") == 1
    assert "failed" not in names
    times = [event["at"] for event in cold]
    assert times == sorted(times)


def test_what_the_cpu_tells_stands_beside_the_results(cold: list[Event]) -> None:
    moments = named(cold, "telemetry")
    assert moments, "this system has /proc/stat"
    for moment in moments:
        assert set(moment) <= {"event", "at", "clock_mhz", "busy"}, "nothing that a CPU does not tell"
        assert 0 <= moment["busy"] <= 1
    assert "energy_j" not in cold[-1]


def test_the_start_says_what_is_measured_where(cold: list[Event]) -> None:
    start = named(cold, "started")[0]
    assert (start["run_id"], start["suite"], start["budget_s"]) == ("20260101-000000-test", "quick", BUDGET_S)
    assert start["machine"]["platform"] == "Test bench"
    assert start["machine"]["backend"] == "cpu"
    expected = suite.plan("quick", "cpu", 2.0**40, ("matmul",)).cases
    announced = [(case["id"], case["mode"]) for case in start["cases"]]
    assert sorted(announced) == sorted((case.id, case.mode) for case in expected)


def test_every_announced_case_has_a_row_and_the_counts_agree(cold: list[Event]) -> None:
    announced = {(case["id"], case["mode"]) for case in named(cold, "started")[0]["cases"]}
    latest = results.latest(rows(cold))
    assert {(row["case"], row["mode"]) for row in latest} == announced
    end = named(cold, "finished")[0]
    counts = {status: sum(row["status"] == status for row in latest) for status in ("measured", "skipped", "failed")}
    assert counts == {status: end[status] for status in counts}
    assert counts["failed"] == 0
    assert counts["measured"] >= 5


def test_every_row_is_a_valid_result(cold: list[Event]) -> None:
    latest = results.latest(rows(cold))
    reading = results.read(results.to_csv(latest).encode())
    assert [str(problem) for problem in reading.problems] == []
    assert reading.rows == [{column.name: row.get(column.name) for column in results.COLUMNS} for row in latest]
    assert {(row["label"], row["machine_type"]) for row in latest} == {("a test", "Standard_B2s")}
    for row in latest:
        assert row["reason"] or row["status"] == "measured"
        # Also of the mode call, which runs the program that the mode stream has compiled.
        assert row.get("cache") == (None if row["status"] == "skipped" else "cold")


def test_stages_are_told_before_each_first_row(cold: list[Event]) -> None:
    first = next(at for at, event in enumerate(cold) if event["event"] == "result")
    stages = [event["stage"] for event in cold[:first] if event["event"] == "progress"]
    assert stages == ["starting", "compiling", "checking", "measuring"]
    progress = named(cold, "progress")[1:]
    assert all(0 <= event["done"] < event["total"] == len(named(cold, "started")[0]["cases"]) for event in progress)
    assert [event["elapsed_s"] for event in progress] == sorted(event["elapsed_s"] for event in progress)
    assert all(event["left_s"] <= BUDGET_S for event in progress)


def test_the_first_row_comes_early_and_the_last_about_in_time(cold: list[Event]) -> None:
    """Generous, because the machine may be busy: what is measured here is that the order is right."""
    begin, end = cold[0]["at"], cold[-1]["at"]
    assert named(cold, "result")[0]["at"] - begin < 0.6 * (end - begin)
    assert cold[-1]["elapsed_s"] < 2 * BUDGET_S


def test_a_second_run_finds_the_compiled_programs(cold: list[Event], cache: str) -> None:
    found = events("--workload", "matmul", "--budget", "3", "--run-id", "x", "--cache", cache)
    compiled_before = {(row["case"], row["mode"]) for row in rows(cold) if row["status"] == "measured"}
    again = [row for row in results.latest(rows(found)) if row["status"] == "measured"]
    both = [row for row in again if (row["case"], row["mode"]) in compiled_before]
    assert len(both) >= 3
    # XLA cannot store a program with oneDNN's products in it: it is compiled again, and its row says so.
    kept = [row for row in both if "onednn" not in (row["options"] or "")]
    assert {row["cache"] for row in kept} == {"warm"}


@pytest.mark.skipif(machine.schedulable_cpus() < 2, reason="needs a second core, and a system that can leave it out")
def test_a_program_compiled_on_one_core_is_not_taken_on_two(tmp_path: Path) -> None:
    """XLA cuts a CPU's program into so many parts as it has threads, when it compiles it."""
    all_cores = os.sched_getaffinity(0)

    def found(cores: set[int]) -> str:
        os.sched_setaffinity(0, cores)
        try:
            case = ("--case", "matmul square fp32 64", "--budget", "4")
            return str(rows(events(*case, "--run-id", "x", "--cache", str(tmp_path)))[0]["cache"])
        finally:
            os.sched_setaffinity(0, all_cores)

    assert [found({min(all_cores)}), found(all_cores), found(all_cores)] == ["cold", "cold", "warm"]


def wait_until_measuring(child: subprocess.Popen[str]) -> None:
    assert child.stdout is not None
    for line in child.stdout:
        if json.loads(line)["event"] == "result":
            return
    pytest.fail("the worker ended before its first row")


def test_it_ends_when_its_parent_is_gone() -> None:
    with started("--workload", "matmul", "--run-id", "x", "--cache", "off") as child:
        wait_until_measuring(child)
        assert child.stdin is not None
        child.stdin.close()
        closed = time.monotonic()
        child.wait(timeout=20)
        assert time.monotonic() - closed < 2
        child.stdin = None  # so that the clean-up does not flush a closed file


def test_it_dies_at_once_when_told_to() -> None:
    with started("--workload", "matmul", "--run-id", "x", "--cache", "off") as child:
        wait_until_measuring(child)
        child.send_signal(signal.SIGTERM)
        told = time.monotonic()
        assert child.wait(timeout=20) == -signal.SIGTERM
        assert time.monotonic() - told < 2


def test_an_unknown_workload_is_refused_with_the_names_that_exist() -> None:
    with started("--workload", "rnn", "--run-id", "x") as child:
        _, noise = child.communicate(timeout=60)
    assert child.returncode == 2
    assert "matmul" in noise
    assert "cnn" in noise


def test_the_environment_keeps_what_the_user_set() -> None:
    found = worker.environment({"GLIBC_TUNABLES": "glibc.malloc.check=1", "HOME": "/home/someone"})
    assert found["GLIBC_TUNABLES"] == "glibc.malloc.check=1"
    assert found["HOME"] == "/home/someone"
    assert found["PYTHONUNBUFFERED"] == "1"
    assert "arena_max=1" in worker.environment({})["GLIBC_TUNABLES"]


def test_the_cache_folder_follows_the_systems_habit(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("XDG_CACHE_HOME", "/somewhere")
    assert worker.default_cache() == str(Path("/somewhere/many-hands/xla"))
    monkeypatch.delenv("XDG_CACHE_HOME")
    monkeypatch.setenv("HOME", "/home/someone")
    assert worker.default_cache() == str(Path("/home/someone/.cache/many-hands/xla"))


@pytest.mark.parametrize(
    ("error", "said"),
    [
        (RuntimeError("RESOURCE_EXHAUSTED: no 3 GiB\nmore"), "Out of memory while running this case. JAX said: RES"),
        (MemoryError(), "Out of memory while running this case. JAX said: MemoryError"),
        (RuntimeError("UNIMPLEMENTED: dot"), "This device cannot run it. JAX said: UNIMPLEMENTED: dot"),
        (ValueError("bf16 is Not Supported"), "This device cannot run it. JAX said: bf16"),
        (ValueError("Unsupported precision"), "This device cannot run it. JAX said: Unsupported"),
        (TypeError("unsupported operand type(s) for +"), "It failed. JAX said: unsupported operand"),
        (Unsupported("No fp8 on this CPU."), "No fp8 on this CPU."),
        (ValueError(""), "It failed. JAX said: ValueError"),
    ],
)
def test_errors_become_sentences(error: Exception, said: str) -> None:
    sentence = worker._plain(error)
    assert sentence.startswith(said)
    assert "\n" not in sentence


def run_here(cases: tuple[Case, ...], budget_s: float, monkeypatch: pytest.MonkeyPatch) -> None:
    """A run of these cases in this process."""
    monkeypatch.setattr(suite, "plan", lambda *_: suite.Plan(cases, ()))
    options = worker._parser().parse_args(["run", "--run-id", "x", "--budget", str(budget_s)])
    worker.Run(engine.device(), options, worker.Reporter()).go()


def printed(capsys: pytest.CaptureFixture[str]) -> list[Event]:
    return [json.loads(line) for line in capsys.readouterr().out.splitlines()]


def test_a_case_that_fails_is_a_row_and_the_others_go_on(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    right = Measurement.begin

    def begin(measurement: Measurement) -> Iterator[str]:
        if measurement.case.size == 96:
            raise RuntimeError("RESOURCE_EXHAUSTED: out of memory\nTraceback")
        yield from right(measurement)

    monkeypatch.setattr(Measurement, "begin", begin)
    run_here(tuple(Case("matmul", "square", "fp32", size) for size in (64, 96, 128)), 20, monkeypatch)
    found = printed(capsys)
    latest = {row["size"]: row for row in results.latest(rows(found))}
    assert {size: row["status"] for size, row in latest.items()} == {64: "measured", 96: "failed", 128: "measured"}
    assert latest[96]["reason"] == (
        "Out of memory while running this case. JAX said: RESOURCE_EXHAUSTED: out of memory"
    )
    assert results.read(results.to_csv(list(latest.values())).encode()).problems == []
    assert [found[-1][name] for name in ("measured", "skipped", "failed")] == [2, 0, 1]


def test_a_reason_names_no_person_and_no_place(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    def begin(measurement: Measurement) -> Iterator[str]:
        yield "compiling"
        raise RuntimeError(f"INTERNAL: {Path.home()}/x.so on {socket.gethostname()} (10.1.2.3:80): cannot load")

    monkeypatch.setattr(Measurement, "begin", begin)
    run_here((Case("matmul", "square", "fp32", 64),), 20, monkeypatch)
    (row,) = rows(printed(capsys))
    host = "(a name)" if anonymous(socket.gethostname()) == "(a name)" else socket.gethostname()
    assert row["reason"] == f"It failed. JAX said: INTERNAL: (a path) on {host} ((an address)): cannot load"


def test_a_case_that_the_device_cannot_run_is_skipped(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    def begin(measurement: Measurement) -> Iterator[str]:
        yield "compiling"
        raise Unsupported("This CPU has no fp8 products.")

    monkeypatch.setattr(Measurement, "begin", begin)
    run_here((Case("matmul", "square", "fp32", 64),), 20, monkeypatch)
    (row,) = rows(printed(capsys))
    assert (row["status"], row["reason"]) == ("skipped", "This CPU has no fp8 products.")


def test_everything_is_measured_once_before_anything_is_refined(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    run_here(tuple(Case("matmul", "square", "fp32", size) for size in (64, 96, 128)), 20, monkeypatch)
    found = rows(printed(capsys))
    assert [(row["size"], row["batches"], row["stop"]) for row in found[:3]] == [(n, 2, None) for n in (64, 96, 128)]
    last = {row["size"]: row for row in found[3:]}
    assert {row["stop"] for row in last.values()} <= {"converged", "settled", "budget"}
    assert all(row["batches"] >= 6 for row in last.values())
    assert len(last) == 3


def test_a_case_that_takes_too_much_of_the_time_is_skipped(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    """2 * 16384^3 FLOP take minutes at the first guess of 20 GFLOP/s."""
    run_here((Case("matmul", "square", "fp32", 16384),), 20, monkeypatch)
    (row,) = rows(printed(capsys))
    assert row["status"] == "skipped"
    assert row["reason"].startswith("Skipped: it needs about ")
    assert row["reason"].endswith("Choose a longer suite or a larger budget to measure it.")


@pytest.mark.parametrize(("kept", "memory"), [([64, 96, 128], 2.0**40), ([], 0.0)], ids=["room", "no room"])
def test_inputs_make_room_for_the_next_case(kept: list[int], memory: float, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(suite, "plan", lambda *_: suite.Plan((), ()))
    run = worker.Run(engine.device(), worker._parser().parse_args(["run", "--run-id", "x"]), worker.Reporter())
    for size in (64, 96, 128):
        measurement = Measurement(Case("matmul", "square", "fp32", size), engine.device(), engine.BRIEF)
        list(measurement.begin())
        run._done.append(measurement)
    monkeypatch.setattr(engine.device(), "memory_free", lambda: memory)
    run._make_room(Measurement(Case("matmul", "square", "fp32", 192), engine.device(), engine.BRIEF))
    assert [measurement.case.size for measurement in run._done if measurement.resident] == kept
