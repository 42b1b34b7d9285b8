"""A quick suite on a machine with 690 MB for the dashboard and the worker together.

Where this process may make a memory cgroup, the kernel enforces the limit. Elsewhere the worker is told that so
much is left, and its size is watched.
"""

import json
import os
import signal
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pytest

from compute import results
from compute.measure import worker

ROOT = Path(__file__).resolve().parents[2]
LIMIT_BYTES = 690 * 10**6
SERVER_BYTES = 200 * 2**20  # what the dashboard may take at most
BUDGET_S = 12.0
SERVER = f"held = b'x' * {SERVER_BYTES}; print('ready', flush=True); input()"
WORKER = ("run", "--suite", "quick", "--budget", str(BUDGET_S), "--run-id", "small", "--cache", "off")
TOLD = """
import sys
from compute import machine
from compute.measure import worker
machine.memory_available_gib = lambda root=None: {left} / 2**30
sys.exit(worker.main(sys.argv[1:]))
"""


class Group:
    """A memory cgroup of our own, version 1 or 2."""

    def __init__(self, folder: Path, limit: str, events: str, killed: str) -> None:
        self.folder, self._events, self._killed = folder, events, killed
        folder.mkdir()
        try:
            (folder / limit).write_text(str(LIMIT_BYTES))
            swap = folder / "memory.swap.max"
            if swap.exists():
                swap.write_text("0")
        except OSError:
            folder.rmdir()
            raise

    def command(self, *arguments: str) -> list[str]:
        """The Python command that moves into the group before it starts."""
        return ["sh", "-c", f'echo $$ > {self.folder}/cgroup.procs && exec "$0" "$@"', sys.executable, *arguments]

    @property
    def kills(self) -> int:
        """How often the kernel ended a process of the group because memory ran out."""
        lines = (self.folder / self._events).read_text().splitlines()
        return next(int(line.split()[1]) for line in lines if line.split()[0] == self._killed)


@contextmanager
def memory_group() -> Iterator[Group | None]:
    """A cgroup limited to LIMIT_BYTES, or None where this process may not make one."""
    name = f"many-hands-test-{os.getpid()}"
    kinds = [
        (Path("/sys/fs/cgroup/memory") / name, "memory.limit_in_bytes", "memory.oom_control", "oom_kill"),
        (Path("/sys/fs/cgroup") / name, "memory.max", "memory.events", "oom_kill"),
    ]
    for folder, limit, events, killed in kinds:
        try:
            group = Group(folder, limit, events, killed)
        except OSError:
            continue
        try:
            yield group
        finally:
            _remove(folder)
        return
    yield None


def _remove(folder: Path) -> None:
    """The kernel needs a moment to take a dead process out of its group."""
    for _ in range(50):
        try:
            return folder.rmdir()
        except OSError:
            time.sleep(0.1)
    return folder.rmdir()


@contextmanager
def child(command: list[str]) -> Iterator[subprocess.Popen[str]]:
    process = subprocess.Popen(
        command,
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        text=True,
        cwd=ROOT,
        env=worker.environment(os.environ | {"JAX_PLATFORMS": "cpu"}),
    )
    try:
        yield process
    finally:
        process.kill()
        process.communicate()


def resident_bytes(pid: int) -> int:
    """What a process holds in memory that is its own, without files that the kernel can drop."""
    try:
        status = Path(f"/proc/{pid}/status").read_text()
    except OSError:
        return 0
    return sum(int(line.split()[1]) * 1024 for line in status.splitlines() if line.startswith(("RssAnon", "RssShmem")))


def run_to_the_end(process: subprocess.Popen[str]) -> tuple[list[dict[str, Any]], int]:
    """All events, and the most memory that the process was seen to hold."""
    assert process.stdout is not None
    found, most = [], 0
    for line in process.stdout:
        found.append(json.loads(line))
        most = max(most, resident_bytes(process.pid))
    process.wait(timeout=30)
    return found, most


@pytest.mark.slow
@pytest.mark.skipif(not sys.platform.startswith("linux"), reason="reads /proc")
def test_a_quick_suite_survives_on_690_mb() -> None:
    with memory_group() as group:
        inside = group.command if group else lambda *arguments: [sys.executable, *arguments]
        told = TOLD.format(left=LIMIT_BYTES - SERVER_BYTES - 60 * 10**6)  # what imports take before it asks
        starting = ("-m", "compute.measure.worker") if group else ("-c", told)
        with child(inside("-c", SERVER)) as server, child(inside(*starting, *WORKER)) as measuring:
            assert server.stdout is not None
            assert server.stdout.readline() == "ready\n"
            found, most = run_to_the_end(measuring)
            assert measuring.returncode == 0, f"ended by {signal.strsignal(-measuring.returncode)}"
            assert server.poll() is None
        assert group is None or group.kills == 0
    assert most + SERVER_BYTES < LIMIT_BYTES, f"the worker took {most / 10**6:.0f} MB"
    latest = results.latest([event["row"] for event in found if event["event"] == "result"])
    assert found[-1]["event"] == "finished"
    assert found[-1]["failed"] == 0
    skipped = {row["variant"]: row["reason"] for row in latest if row["status"] == "skipped"}
    assert "GiB of memory" in skipped["alexnet training"]
    measured = {row["workload"] for row in latest if row["status"] == "measured"}
    assert measured >= {"cnn", "matmul"}  # and of the others what is small enough
