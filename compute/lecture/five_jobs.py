"""The five jobs as figures: how fast this machine does each of them, and a GPU beside it."""

from __future__ import annotations

from collections.abc import Sequence
from functools import partial

from compute.compare import answers, jobs
from compute.compare.jobs import JOBS, SERIAL, Job
from compute.compare.pick import Row
from compute.lecture.live import RECORDED, Asked, Figure, machine_words
from compute.measure.runner import Snapshot, Spec

NAMES = tuple(name for name in JOBS if JOBS[name] is not SERIAL)
BUDGET_S, LIMIT_S = 8.0, 30.0
RATE = "rate"


def figure_name(name: str) -> str:
    """The figure of a job: what it is called among those of the lecture."""
    return f"job-{name}"


def read(job: Job, snapshot: Snapshot) -> dict[str, float]:
    """The rate of a run in the job's unit. Raises ValueError where it has no usable result."""
    found = jobs.standing(snapshot.rows, job)
    if found is None:
        why = next((str(row["reason"]) for row in snapshot.rows if row.get("reason")), "")
        raise ValueError(f"{job.title} was not measured right. {why}".strip())
    return {RATE: found.figure.middle}


def _asked(name: str) -> Asked:
    job = JOBS[name]
    spec = Spec(workloads=(name,), budget_s=BUDGET_S)
    return Asked(job.title, job.unit, LIMIT_S, lambda: spec, partial(read, job))


ASKED = {figure_name(name): _asked(name) for name in NAMES}


def on_a_gpu(name: str, rows: Sequence[Row]) -> Figure | None:
    """The job on the GPU that is fastest in it among recorded results; None if there is none."""
    job = JOBS[name]
    by_run: dict[str, list[Row]] = {}
    for row in rows:
        if row["workload"] == name and row["backend"] == "gpu":
            by_run.setdefault(row["run_id"], []).append(row)
    found = [standing for own in by_run.values() if (standing := jobs.standing(own, job))]
    if not found:
        return None
    best = max(found, key=lambda standing: standing.figure.middle)
    values = {RATE: best.figure.middle}
    return Figure(
        figure_name(name), values, job.unit, machine_words(best.row), best.row["measured_at"], RECORDED
    )  # fmt: skip


def words(figure: Figure) -> str:
    """The rate for people: "66.5 frames/s, 1080 lines"."""
    return f"{jobs.amount_words(figure.values[RATE])} {figure.unit}"


def times_as_fast(figure: Figure, other: Figure) -> str:
    """How many times as fast as the first the other is: "320 times as fast"."""
    return f"{answers.plain_number(other.values[RATE] / figure.values[RATE])} times as fast"
