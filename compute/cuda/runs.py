"""Runs of the CUDA programs: started, watched and cancelled like every run, under the same lock, kept apart."""

import contextlib
import sys
from dataclasses import dataclass

from compute.cuda import record
from compute.cuda.record import Record, RecordError
from compute.measure import runner
from compute.measure.runner import Runner, Snapshot, Spec

SIZE = 4096
SMALLEST, LARGEST, STEP = 256, 16384, 256
WORKER = (sys.executable, "-P", "-m", "compute.cuda.worker")


@dataclass(frozen=True)
class Kernels(Spec):
    """All kernels with n x n matrices."""

    suite: str = "cuda"
    size: int = SIZE

    def arguments(self) -> list[str]:
        """The command line for this of the worker."""
        return ["--size", str(self.size)]


RUNNER = Runner(command=WORKER, shelf="cuda")


def size_problem(size: int) -> str:
    """Why matrices of this size are not multiplied; "" where they are."""
    if SMALLEST <= size <= LARGEST and size % STEP == 0:
        return ""
    return f"Found the size {size}, expected a multiple of {STEP} from {SMALLEST} to {LARGEST}, such as {SIZE}."


def of(snapshot: Snapshot) -> Record | None:
    """What a run has found so far; None before it knows its machine, and for a run of another kind.

    Raises RecordError where its log is damaged.
    """
    path = RUNNER.log_path(snapshot.run_id)
    return record.of_log(path) if snapshot.run_id and path.is_file() else None


def newest_on_gpu() -> Record | None:
    """The newest run of this machine that timed a product on a GPU; None without one. A damaged log is no run."""
    for snapshot in RUNNER.runs():
        with contextlib.suppress(RecordError):
            found = of(snapshot)
            if found and found.gpu and any(row.median_s and not row.interpreted for row in found.rows):
                return found
    return None


def stop() -> None:
    """End whatever this process has started, runs of suites among it, because it is closing."""
    for one in (runner.RUNNER, RUNNER):
        one.stop()
