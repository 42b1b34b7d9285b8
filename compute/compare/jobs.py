"""The five jobs that the lecture names, and one that no GPU is good for: how fast each machine does them."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

from compute import units
from compute.compare import answers, pick, roofline
from compute.compare.pick import Interval, Owner, Row
from compute.workloads import particles, rendering, workloads

if TYPE_CHECKING:
    import pandas as pd


@dataclass(frozen=True)
class Job:
    """A job as people know it.

    ``unit`` is what its figure counts, and ``at`` the size that is compared, 0 for the best of all.
    """

    workload: str
    variant: str
    title: str
    why: str
    unit: str
    at: int = 0


def _job(name: str, variant: str, unit: str, at: int = 0) -> Job:
    workload = workloads()[name]
    return Job(name, variant, workload.title, workload.why, unit, at)


JOBS = {
    job.workload: job
    for job in (
        _job("rendering", "spheres", f"frames/s, {rendering.HD} lines", rendering.HD),
        Job(
            "cnn",
            "alexnet inference",
            "Deep learning",
            "A network looks at many pictures with the same weights: large matrix products, in which every number that "
            "is fetched takes part in hundreds of multiplications.",
            "images/s, AlexNet",
        ),
        _job("kmeans", "lloyd", "points/s"),
        _job("sha256", "headers", "hashes/s"),
        _job("particles", "gravity", f"bodies at {particles.FRAMES_PER_S} frames/s"),
        _job("serial", "chain", "numbers/s"),
    )
}
SERIAL = JOBS["serial"]


@dataclass(frozen=True)
class Standing:
    """One machine's result in a job: the row that it rests on, and its figure in the job's unit."""

    job: Job
    row: Row
    figure: Interval

    @property
    def words(self) -> str:
        """ "1.9 M" or "66.5", with three significant digits."""
        return amount_words(self.figure.middle)


def amount_words(value: float) -> str:
    """A figure with its SI prefix from a million on: "1.90 M", "4,820", "66.5"."""
    return units.si(value, "").strip() if value >= 1e5 else answers.plain_number(value)


def owners(frame: pd.DataFrame) -> dict[str, Owner]:
    """Everyone with a usable result in a job, by the name to show."""
    return {name: owner for name, owner in pick.owners(frame).items() if standings(frame, owner)}


def standings(frame: pd.DataFrame, owner: Owner) -> list[Standing]:
    """One machine's results, in the order of JOBS; a job that it has no usable result in is left out."""
    rows = pick.select(frame, mode="stream", machine=owner.machine, source=owner.source)
    return [found for job in JOBS.values() if (found := standing(rows, job))]


def standing(rows: Sequence[Row], job: Job) -> Standing | None:
    """The result of a job among one machine's rows; None without a usable one."""
    own = [
        row
        for row in rows
        if (row["workload"], row["variant"]) == (job.workload, job.variant)
        and row["mode"] == "stream"
        and row["size"] == (job.at or row["size"])
        and pick.is_usable(row)
    ]
    if job.workload == "particles":
        return _bodies(own, job)
    best = pick.best(own, "items")
    return Standing(job, *best) if best else None


def _bodies(rows: Sequence[Row], job: Job) -> Standing | None:
    """How many bodies a machine moves in the time of a frame: every pair counts, so the time goes with their square.

    Judged by the world whose step takes a time that is nearest to that of a frame.
    """
    frame_s = 1 / particles.FRAMES_PER_S
    timed = [(row, times) for row in rows if (times := pick.seconds(row))]
    if not timed:
        return None
    row, times = min(timed, key=lambda pair: abs(math.log(pair[1].middle / frame_s)))
    ends = (times.middle, times.high, times.low)
    return Standing(job, row, Interval(*(row["size"] * math.sqrt(frame_s / seconds) for seconds in ends)))


def one_core(frame: pd.DataFrame, job: Job) -> Standing | None:
    """The newest result of a job on one core of a CPU; None where no run in view had only one."""
    rows = [row for row in pick.select(frame, workload=job.workload, backend="cpu") if row["cpu_count"] == 1]
    return standing(rows, job)


def speed_up(frame: pd.DataFrame, own: Standing) -> Interval | None:
    """By how much a machine does a job faster than one core, by operations a second; None where no core was measured.

    The interval is from the slow end of one to the fast end of the other.
    """
    core = one_core(frame, own.job)
    ours, theirs = pick.rate(own.row, "flops"), pick.rate(core.row, "flops") if core else None
    if not ours or not theirs:
        return None
    return Interval(ours.middle / theirs.middle, ours.low / theirs.high, ours.high / theirs.low)


def under_the_roof(frame: pd.DataFrame, owner: Owner) -> tuple[roofline.Roof, dict[str, roofline.Point]]:
    """The machine's roof in fp32, and by workload the points of its jobs that have a place there.

    Work on integers stands under the same memory; its own peak is on no data sheet, so it is held against none.
    """
    rows = roofline.rows_of(frame, owner)
    roof = roofline.roof(rows, "fp32")
    points = {}
    for job in JOBS.values():
        own = standing([row for row in rows if row["dtype"] in ("fp32", "uint32")], job)
        if own and job is not SERIAL:  # it moves nothing, so that no memory could hold it back
            points[job.workload] = _point(own.row, rows, roof)
    return roof, {name: point for name, point in points.items() if point}


def _point(row: Row, rows: Sequence[Row], roof: roofline.Roof) -> roofline.Point | None:
    under = roof if row["dtype"] == roof.dtype else roofline.roof(rows, row["dtype"])
    return next(iter(roofline.points([row], under)), None)


def place_words(point: roofline.Point, roof: roofline.Roof) -> str:
    """Where a job stands, as a sentence."""
    integer = point.row["dtype"] in pick.INTEGERS
    at = (
        f"{answers.plain_number(point.intensity)} {'operations' if integer else 'FLOP'} for each byte that it must move"
    )
    if integer:
        return f"{at}: far from what memory limits; the units for integers set the pace."
    if point.share is None or roof.ridge is None:
        return f"{at}; where the ridge lies was not measured on this machine."
    side = {
        "memory": "left of the ridge, where memory sets the pace",
        "cache": "left of the ridge, and its numbers lie in a cache",
        "arithmetic": "right of the ridge, where arithmetic sets the pace",
    }[point.bound]
    return f"{at}: {side}. It reaches {point.share:.0%} of what the roof allows there."


def answer(own: Standing | None, job: Job) -> answers.Answer:
    """The figure of a job for the top of a page."""
    if own is None:
        return answers.Answer(job.title, units.UNKNOWN, "not measured", job.why)
    return answers.Answer(job.title, own.words, job.unit, job.why)


def table(frame: pd.DataFrame, owner: Owner) -> pd.DataFrame:
    """One line for each job: its figure, its operations per second, what it is over one core, and its verdict."""
    import pandas as pd

    lines = []
    for own in standings(frame, owner):
        faster = speed_up(frame, own)
        lines.append(
            {
                "Job": own.job.title,
                "Figure": own.words,
                "of": own.job.unit,
                "Case": pick.case_words(own.row),
                "dtype": own.row["dtype"],
                "Operations": units.si(pick.number(own.row, "flop_per_s"), pick.rate_unit(own.row["dtype"])),
                "Over one core": None if faster is None else float(f"{faster.middle:.3g}"),
                "Verdict": pick.text(own.row, "verdict"),
            }
        )
    return pd.DataFrame(lines).dropna(axis="columns", how="all")
