"""(b) The quick suite through the runner: seconds from the start to the first result and to the last."""

import json
import os
import tempfile
import time
from pathlib import Path

from compute.measure.runner import Runner, Spec
from tests.bench.report import Finding

FIRST_S = 6.0
ALL_S = 30.0
POLL_S = 0.25


def measure() -> list[Finding]:
    """Once with no compiled programs on the disk, once with those of the first time."""
    found = []
    with tempfile.TemporaryDirectory() as folder:
        os.environ["XDG_CACHE_HOME"] = folder
        for cache in ("cold", "warm"):
            first, last, end = run(Path(folder) / cache)
            found += [
                Finding(f"{cache} cache: start to first result", first, "s", FIRST_S if cache == "cold" else None),
                Finding(f"{cache} cache: start to last result", last, "s"),
                Finding(f"{cache} cache: start to end of the run", end, "s", ALL_S),
            ]
    return found


def run(state: Path) -> tuple[float, float, float]:
    """Seconds from the start of a quick run to its first result, its last result, and its end.

    Raises RuntimeError, with the reason, when the run does not finish.
    """
    runner = Runner(state)
    began = time.time()
    ticket = runner.start(Spec("quick"), "command line")
    while (snapshot := runner.snapshot(ticket.run_id)).state == "running":
        time.sleep(POLL_S)
    if snapshot.state != "finished":
        raise RuntimeError(f"The quick run is {snapshot.state}: {snapshot.error}")
    events = [json.loads(line) for line in runner.log_path(ticket.run_id).read_text().splitlines()]
    results = [event["at"] - began for event in events if event["event"] == "result" and measured(event)]
    return results[0], results[-1], events[-1]["at"] - began


def measured(event: dict[str, dict[str, object]]) -> bool:
    """Whether it is a result with a figure; what does not fit is said first, and is no point on a chart."""
    return event["row"]["status"] == "measured"
