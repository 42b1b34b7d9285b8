"""The CUDA programs as a figure: the same matrix product naive, tiled, by Pallas and by the library, in FLOP/s."""

from __future__ import annotations

from compute.cuda import programs, record, report, runs
from compute.cuda.programs import Kernel
from compute.cuda.record import Record
from compute.lecture.live import RECORDED, Asked, Figure
from compute.measure.runner import Snapshot

NAME = "cuda"
LIMIT_S = 120.0


def read(snapshot: Snapshot) -> dict[str, float]:
    """FLOP/s by kernel. Raises ValueError where no product was measured right on a GPU."""
    found = runs.of(snapshot)
    if not found or not (rates := _rates(found)):
        raise ValueError("No product was measured right on a GPU.")
    return rates


def _rates(found: Record) -> dict[str, float]:
    good = [row for row in found.rows if row.status == "measured" and row.about.product and not row.interpreted]
    return {row.kernel: row.flop_per_s for row in good if row.flop_per_s}


def shipped() -> Figure:
    """The recorded run. Raises KeyError where the project has none, and as `compute.cuda.record.shipped`."""
    found = record.shipped()
    if found is None:
        raise KeyError("No run of the CUDA programs is recorded.")
    return Figure(NAME, _rates(found), "FLOP/s", found.gpu, 1.0, found.measured_at, RECORDED)


ASKED = {
    NAME: Asked(
        "Our CUDA programs", "FLOP/s", LIMIT_S, runs.Kernels, read, shipped=shipped, by=lambda: runs.RUNNER
    )
}  # fmt: skip


def run(figure: Figure) -> Record | None:
    """All rows of the run that a figure is from; None where its log is gone."""
    return runs.newest_on_gpu() if figure.live else record.shipped()


def gains(found: Record) -> list[str]:
    """What tiles, the library and tensor cores bring, one sentence each."""
    return [f"{gain.label}: {gain.value} {gain.detail}." for gain in report.answers(found) if gain.label in _GAINS]


_GAINS = ("Tiles", "The library", "Tensor cores")


def first_step(kernel: Kernel) -> int:
    """Which explained step, from 1, comes to the kernel itself: a room need not see the includes first."""
    lines = kernel.source.splitlines()
    told = [step for step in programs.explained(kernel) if step.words]
    begins = ("__global__" in "".join(lines[step.first - 1 : step.last]) for step in told)
    return next((number for number, there in enumerate(begins, 1) if there), 1)
