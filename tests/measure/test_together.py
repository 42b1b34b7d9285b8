"""Several processes in step: what they tell each other, how they meet, and real ones on this machine's loopback."""

import json
import os
import signal
import socket
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

from compute import results
from compute.measure import together, worker
from compute.measure.child import explain
from compute.measure.together import Alone, Parted, Place, Together

ROOT = Path(__file__).resolve().parents[2]
PATIENCE_S = 100


class Service:
    """Stands for JAX's coordination service: keys that can be waited for, and barriers of ``processes``."""

    def __init__(self, processes: int) -> None:
        self._keys: dict[str, str] = {}
        self._changed = threading.Condition()
        self._processes = processes
        self._barriers: dict[str, threading.Barrier] = {}

    def key_value_set(self, key: str, value: str) -> None:
        with self._changed:
            assert key not in self._keys, f"{key} was said twice"
            self._keys[key] = value
            self._changed.notify_all()

    def blocking_key_value_get(self, key: str, timeout_ms: int) -> str:
        with self._changed:
            if not self._changed.wait_for(lambda: key in self._keys, timeout_ms / 1000):
                raise RuntimeError(f"DEADLINE_EXCEEDED: {key}\nmore")
            return self._keys[key]

    def wait_at_barrier(self, key: str, timeout_ms: int) -> None:
        with self._changed:
            barrier = self._barriers.setdefault(key, threading.Barrier(self._processes))
        barrier.wait(timeout_ms / 1000)

    def shutdown(self) -> None:
        self.wait_at_barrier("shutdown", 1000 * PATIENCE_S)


def in_step(work: Callable[[Together], Any], processes: int = 3) -> list[Any]:
    """What the work returns in each process, or the Parted that it raises."""
    service = Service(processes)
    found: list[Any] = [None] * processes

    def run(index: int) -> None:
        try:
            found[index] = work(Together(service, index, processes))
        except Parted as parted:
            found[index] = parted

    threads = [threading.Thread(target=run, args=(index,)) for index in range(processes)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(PATIENCE_S)
    return found


# --- what they tell each other ---


def test_process_0_decides() -> None:
    assert (
        in_step(lambda team: [team.agree(f"from {team.index}"), team.agree(team.index + 0.5)]) == [["from 0", 0.5]] * 3
    )


def test_the_worst_of_all_counts() -> None:
    assert in_step(lambda team: team.worst([0.1, 0.3, 0.2][team.index])) == [0.3] * 3


def test_what_fails_in_one_process_failed_in_all() -> None:
    def work(team: Together) -> list[str]:
        if team.index != 2:  # the one that fails has not asked as much before
            team.agree("measuring")
        return [team.failure("out of memory" if team.index == 2 else ""), team.failure(""), team.agree("go on")]

    assert in_step(work) == [["out of memory", "", "go on"]] * 3


def test_nobody_goes_on_before_everybody_is_there() -> None:
    came: list[int] = []

    def work(team: Together) -> int:
        time.sleep(0.05 * team.index)
        came.append(team.index)
        team.meet()
        return len(came)

    assert in_step(work) == [3] * 3


def test_one_that_does_not_answer_ends_the_run_with_a_sentence(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(together, "AFTER_A_FAILURE_S", 0.05)
    found = in_step(lambda team: team.failure("it broke") if team.index == 0 else None)
    assert str(found[0]) == f"{together.GONE} JAX said: DEADLINE_EXCEEDED: many-hands/1/1/1"


def test_alone_one_agrees_with_oneself() -> None:
    alone = Alone()
    assert (alone.agree("x"), alone.worst(0.5), alone.failure(""), alone.processes, alone.hosts) == ("x", 0.5, "", 1, 1)
    alone.meet()


def test_hosts_are_counted_by_their_names(monkeypatch: pytest.MonkeyPatch) -> None:
    names = threading.local()
    monkeypatch.setattr(socket, "gethostname", lambda: names.own)

    def work(team: Together) -> int:
        names.own = f"host {team.index // 2}"
        together.settle(team, 4, "Example GPU")
        return team.hosts

    assert in_step(work, 4) == [2] * 4


def test_unequal_devices_are_a_sentence() -> None:
    found = in_step(lambda team: together.settle(team, 8 if team.index < 2 else 4, "Example GPU"))
    assert {str(parted) for parted in found} == {
        "The processes do not fit together: process 0 has devices = 8, process 2 has 4. Give all of them the same."
    }


def test_those_that_do_not_fit_leave_together(monkeypatch: pytest.MonkeyPatch) -> None:
    """Else process 0 takes the service with it, and JAX aborts the others before they have said why."""
    waited: list[int] = []

    def leave(self: Service) -> None:
        waited.append(1)
        self.wait_at_barrier("shutdown", 1000 * PATIENCE_S)
        raise RuntimeError("UNAVAILABLE: Socket closed")  # says nothing of why the run ended

    monkeypatch.setattr(Service, "shutdown", leave, raising=False)
    found = in_step(lambda team: together.settle(team, team.index, "Example GPU"), 3)
    assert [str(parted).partition(":")[0] for parted in found] == ["The processes do not fit together"] * 3
    assert len(waited) == 3


# --- how they meet ---


@pytest.mark.parametrize(
    ("place", "environment", "number"),
    [
        (Place("a:1", 4, 3), {"SLURM_PROCID": "1"}, 3),
        (Place(), {"SLURM_PROCID": "2"}, 2),
        (Place(), {"OMPI_COMM_WORLD_RANK": "1"}, 1),
        (Place(), {"JOB_COMPLETION_INDEX": "5"}, 5),
        (Place(), {"SLURM_PROCID": "many"}, 0),
        (Place(), {}, 0),
    ],
)
def test_which_process_this_is(place: Place, environment: dict[str, str], number: int) -> None:
    assert together.process_id(place, environment) == number


def test_a_place_as_the_workers_words() -> None:
    assert Place("a:1", 2, 0).arguments() == ["--distributed", "--coordinator=a:1", "--processes=2", "--process-id=0"]
    assert Place().arguments() == ["--distributed"]


@pytest.fixture
def port() -> int:
    """A port that nobody uses."""
    with socket.socket() as found:
        found.bind(("", 0))
        return int(found.getsockname()[1])


@pytest.mark.parametrize("address", ["1234", "host", "host:", "host:port", ":1234", "host:70000", "host:0"])
def test_an_address_without_host_or_port_is_a_sentence(address: str) -> None:
    with pytest.raises(Parted, match=r"^Found the coordinator '.*', expected HOST:PORT"):
        together._look(Place(address, 2, 0))


def test_an_unknown_host_is_a_sentence() -> None:
    with pytest.raises(Parted, match=r"^The coordinator's host nowhere\.invalid is not known here"):
        together._look(Place("nowhere.invalid:1234", 2, 1))


def test_a_port_in_use_is_a_sentence() -> None:
    with socket.create_server(("", 0)) as taken:
        number = taken.getsockname()[1]
        with pytest.raises(Parted, match=rf"^Port {number} cannot be used here: .*Choose another --coordinator"):
            together._look(Place(f"127.0.0.1:{number}", 2, 0))
        together._look(Place(f"127.0.0.1:{number}", 2, 1))  # the others only want to be answered


def test_a_coordinator_that_is_not_there_is_a_sentence(port: int, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(together, "JOIN_S", 0.2)
    monkeypatch.setattr(together, "_RETRY_S", 0.05)
    with pytest.raises(
        Parted, match=rf"^Nobody answered at 127\.0\.0\.1:{port} for 0\.2 s .*Is process 0 started there"
    ):
        together._look(Place(f"127.0.0.1:{port}", 2, 1))


FATAL = (
    "F1125 23:11:43.282512 5439 client.h:80] Terminating process because the JAX distributed service detected fatal "
    "errors. This most likely indicates that another task died. absl::Status: "
)


@pytest.mark.parametrize(
    ("status", "sentence"),
    [
        ("UNAVAILABLE: The tasks have crashed.", together.GONE),
        ("DEADLINE_EXCEEDED: Deadline Exceeded\n\nRPC: /xla.coordination.CoordinationService/RegisterTask",
         together.NOT_TOGETHER),
    ],
)  # fmt: skip
def test_the_last_words_of_a_process_that_jax_ended_are_explained(status: str, sentence: str) -> None:
    words = [*(FATAL + status).splitlines(), "*** Check failure stack trace: ***", "    @ 0x7f abort"]
    assert explain(-signal.SIGABRT, words) == sentence


# --- real processes ---

Launch = Callable[..., "subprocess.Popen[str]"]


@pytest.fixture
def launch(tmp_path: Path, port: int) -> Iterator[Launch]:
    """Starts a process of a run by its number, by the command line or by a line of Python; killed at the end."""
    started: list[subprocess.Popen[str]] = []

    def one(number: int, processes: int, *options: str, devices: int = 1, code: str = "") -> "subprocess.Popen[str]":
        place = Place(f"127.0.0.1:{port}", processes, number)
        front = ["-c", code, "run", "--run-id", "x", "--cache", "off"] if code else ["-m", "compute", "run"]
        env = {"JAX_PLATFORMS": "cpu", "XLA_FLAGS": f"--xla_force_host_platform_device_count={devices}"}
        state = {"MANY_HANDS_STATE": str(tmp_path / "state"), "XDG_CACHE_HOME": str(tmp_path / "cache")}
        child = subprocess.Popen(
            [sys.executable, *front, *place.arguments(), *options],
            cwd=ROOT, env=worker.environment(os.environ | env | state), text=True,
            stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=subprocess.STDOUT,
        )  # fmt: skip
        started.append(child)
        return child

    yield one
    for child in started:
        child.kill()
        child.communicate()


def ended(child: "subprocess.Popen[str]") -> tuple[int, str]:
    """Exit status and all that it printed."""
    assert child.stdout is not None
    said = child.stdout.read()  # not communicate: a worker ends when its standard input does
    return child.wait(PATIENCE_S), said


def test_processes_measure_in_step_and_process_0_has_the_rows(launch: Launch, tmp_path: Path) -> None:
    processes = 4
    cases = (
        "collectives all-reduce fp32 4096",
        "collectives all-to-all fp32 1048576",
        "matmul_sharded strong fp32 1024",
    )
    words = [word for case in cases for word in ("--case", f"{case} devices={processes}")]
    words += ["--case", "matmul_sharded strong fp32 1024 devices=1", "--budget", "60", "--out", str(tmp_path / "r.csv")]
    children = [launch(number, processes, *words) for number in range(processes)]
    said = [ended(child) for child in children]
    assert [status for status, _ in said] == [0] * processes, said
    for number in range(1, processes):
        assert f"This was process {number}. The results are with process 0." in said[number][1]
    reading = results.read((tmp_path / "r.csv").read_bytes())
    assert not reading.problems
    assert [row["status"] for row in reading.rows] == ["measured"] * 4
    for row in reading.rows:
        own = row["devices"] == 1
        assert (row["hosts"], row["host_processes"], row["device_count"]) == (1, 1 if own else processes, processes)
        assert row["check_error"] <= row["check_limit"]
        assert row["collectives"] == (None if own else 1)
        assert row["batches"] >= 6
    logs = list((tmp_path / "state" / "runs").glob("*.jsonl"))
    assert len(logs) == 1  # the others leave none


def test_a_process_that_dies_ends_the_run_and_the_rows_are_kept(launch: Launch, tmp_path: Path) -> None:
    words = ["--suite", "full", "--workload", "collectives", "--out", str(tmp_path / "r.csv")]
    first, second = (launch(number, 2, *words) for number in range(2))
    assert first.stdout is not None
    for line in first.stdout:
        if line.startswith("[3/"):
            break
    second.kill()  # with it goes its worker, whose standard input ends
    began = time.monotonic()
    status, said = ended(first)
    assert time.monotonic() - began < 30
    assert status == 1
    assert together.GONE in said
    assert len(results.read((tmp_path / "r.csv").read_bytes()).rows) >= 3


def test_unequal_devices_on_real_processes(launch: Launch) -> None:
    children = [launch(number, 2, "--workload", "collectives", devices=number + 1) for number in range(2)]
    for child in children:
        status, said = ended(child)
        assert status == 1
        assert "process 0 has devices = 1, process 1 has 2." in said


OURS = "import sys; from compute.measure import worker; worker.main(sys.argv[1:])"
OLDER = f"import jax; jax.__version__ = '0.0.1'; {OURS}"


@pytest.mark.parametrize(
    ("code", "options", "sentence"),
    [
        (OLDER, (), "process 0 has JAX = 0."),
        (OURS, ("--suite", "full"), "process 0 has suite = quick, process 1 has full."),
    ],
    ids=["another version", "another suite"],
)
def test_processes_that_do_not_fit_say_so(code: str, options: tuple[str, ...], sentence: str, launch: Launch) -> None:
    for child in [launch(0, 2, code=OURS), launch(1, 2, *options, code=code)]:
        status, said = ended(child)
        events = [json.loads(line) for line in said.splitlines() if line.startswith("{")]
        assert (status, events[-1]["event"]) == (1, "failed")
        assert events[-1]["reason"].startswith("The processes do not fit together: ")
        assert sentence in events[-1]["reason"]


def test_without_a_cluster_one_is_told_how_to_say_it(tmp_path: Path) -> None:
    clean = {name: value for name, value in os.environ.items() if not name.startswith(("SLURM", "OMPI", "JAX"))}
    ran = subprocess.run(
        [sys.executable, "-m", "compute", "run", "--distributed"], cwd=ROOT, capture_output=True, text=True,
        env=clean | {"JAX_PLATFORMS": "cpu", "MANY_HANDS_STATE": str(tmp_path)}, timeout=PATIENCE_S,
    )  # fmt: skip
    assert ran.returncode == 1
    assert "JAX finds no cluster here" in ran.stderr
    assert "--coordinator HOST:PORT --processes N --process-id I" in ran.stderr
