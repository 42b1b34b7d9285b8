"""The five jobs as figures: how fast this machine does each of them, and a GPU beside it."""

from __future__ import annotations

from functools import cache, partial

from compute.compare import answers, jobs
from compute.compare.jobs import JOBS, SERIAL, Job
from compute.compare.pick import Row
from compute.lecture import live
from compute.lecture.live import RECORDED, Asked, Figure
from compute.measure.runner import Snapshot, Spec
from compute.results import shipped

NAMES = tuple(name for name in JOBS if JOBS[name] is not SERIAL)
BUDGET_S, LIMIT_S = 8.0, 30.0
RATE = "rate"


def figure_name(name: str) -> str:
    """The figure of a job: what it is called among those of the lecture."""
    return f"five_jobs-{name}"


def read(job: Job, snapshot: Snapshot) -> dict[str, float]:
    """The rate of a run in the job's unit. Raises ValueError where it has no usable result."""
    found = jobs.standing(snapshot.rows, job)
    if found is None:
        why = next((str(row["reason"]) for row in snapshot.rows if row.get("reason")), "")
        raise ValueError(f"{job.title} was not measured right. {why}".strip())
    return {RATE: found.figure.middle}


@cache
def recorded(name: str, backend: str = "cpu") -> Figure:
    """The job on the machine of this kind that is fastest in it among the results that come with the project.

    Raises KeyError where none of them was measured in it.
    """
    job = JOBS[name]
    by_run: dict[str, list[Row]] = {}
    for row in shipped():
        if row["workload"] == name and row["backend"] == backend:
            by_run.setdefault(row["run_id"], []).append(row)
    found = [standing for own in by_run.values() if (standing := jobs.standing(own, job))]
    if not found:
        raise KeyError(f"No recorded machine with a {backend} was measured in the job {name}.")
    best = max(found, key=lambda standing: standing.figure.middle)
    return Figure(
        figure_name(name), {RATE: best.figure.middle}, job.unit, live.machine_words(best.row),
        live.machine_cores(best.row), best.row["measured_at"], RECORDED,
    )  # fmt: skip


def _asked(name: str) -> Asked:
    job = JOBS[name]
    spec = Spec(workloads=(name,), budget_s=BUDGET_S)
    return Asked(job.title, job.unit, LIMIT_S, lambda: spec, partial(read, job), shipped=partial(recorded, name))


ASKED = {figure_name(name): _asked(name) for name in NAMES}


def words(figure: Figure) -> str:
    """The rate for people: "66.5 frames/s, 1080 lines"."""
    return f"{jobs.amount_words(figure.values[RATE])} {figure.unit}"


def compared(figure: Figure, other: Figure) -> str:
    """The other's rate, and how many times as fast as the first it is: "14,900 frames/s, 549 times as fast"."""
    times = answers.plain_number(other.values[RATE] / figure.values[RATE])
    unit = other.unit.partition(",")[0]
    return f"{jobs.amount_words(other.values[RATE])} {unit}, {times} times as fast"
