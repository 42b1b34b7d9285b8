"""(d) Cancel: seconds from the call until no process is left, at different stages of a run."""

import os
import tempfile
import time
from pathlib import Path
from statistics import median

from compute.measure.runner import Runner, Spec
from tests.bench.report import Finding
from tests.browser.processes import alive, children

STAGES = ("starting", "compiling", "measuring")
TIMES = 5
LIMIT_S = 2.0
PATIENCE_S = 60.0


def measure() -> list[Finding]:
    """Five runs of the networks for each stage; compiled programs are never found, so that compiling takes long."""
    found = []
    for stage in STAGES:
        seconds = [cancelled_at(stage) for _ in range(TIMES)]
        found += [
            Finding(f"cancelled while {stage}, median of {TIMES}", median(seconds), "s", LIMIT_S),
            Finding(f"cancelled while {stage}, slowest of {TIMES}", max(seconds), "s", LIMIT_S),
        ]
    return found


def cancelled_at(stage: str) -> float:
    """Seconds that it takes to cancel a run which has just reached this stage."""
    with tempfile.TemporaryDirectory() as folder:
        os.environ["XDG_CACHE_HOME"] = folder
        runner = Runner(Path(folder))
        before = set(children(os.getpid()))
        ticket = runner.start(Spec("quick", workloads=("cnn",)), "command line")
        deadline = time.monotonic() + PATIENCE_S
        # The first event is the runner's own; from the second one on it is the worker that speaks.
        while (snapshot := runner.snapshot(ticket.run_id)).stage != stage or snapshot.version < 2:
            if snapshot.state != "running" or time.monotonic() > deadline:
                raise RuntimeError(f"The run was {snapshot.state} and did not reach the stage {stage!r}.")
            time.sleep(0.01)
        workers = set(children(os.getpid())) - before
        began = time.monotonic()
        if not runner.cancel(ticket):
            raise RuntimeError("The run was over before it was cancelled.")
        while any(map(alive, workers)):
            time.sleep(0.001)
        return time.monotonic() - began
