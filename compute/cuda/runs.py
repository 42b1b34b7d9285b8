"""Runs of the CUDA programs: started, watched and cancelled as every run, under the same lock, on a shelf of their own."""

import sys
from dataclasses import dataclass

from compute.cuda import record
from compute.cuda.record import Record
from compute.measure.runner import Runner, Snapshot, Spec

SIZE = 4096
SMALLEST, LARGEST, STEP = 128, 16384, 128
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
    """What a run has found so far; None before it knows its machine. Raises RecordError, OSError."""
    return record.of_log(RUNNER.log_path(snapshot.run_id)) if snapshot.run_id else None
