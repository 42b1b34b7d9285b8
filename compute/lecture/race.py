"""The race: one matrix product by a plain loop, by NumPy, by JAX on one core, on all, and on an accelerator."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from statistics import median

from compute import results
from compute.compare import roofline
from compute.lecture import hands
from compute.lecture.live import RECORDED, Asked, Figure, machine_cores, machine_words
from compute.measure import ways
from compute.measure.runner import Snapshot, Spec

NAME = "race"
SIZE = 1024
MULTIPLY_ADDS = SIZE**3
FLOPS = 2 * MULTIPLY_ADDS
LIMIT_S = 45.0
ELSEWHERE = f"matmul square fp32 {SIZE}"


@dataclass(frozen=True)
class Race(Spec):
    """The product of two matrices of `size` x `size`, in every way that this machine has."""

    suite: str = NAME
    size: int = SIZE
    command = NAME

    def arguments(self) -> list[str]:
        """The command line for this of the worker."""
        return [f"--size={self.size}"]


def read(snapshot: Snapshot) -> dict[str, float]:
    """Seconds of the whole product by way, those of the CPU first. Raises ValueError where it was no race."""
    seconds = {
        str(told["way"]): median(told["steady_s"]) for told in snapshot.times if told.get("way") and told["steady_s"]
    }
    if hands.LOOP not in seconds or len(seconds) < 2:
        raise ValueError("The race needs the plain loop and one other way, and they were not both measured.")
    return seconds


ASKED = {NAME: Asked("The same product by one hand and by many", "s", LIMIT_S, Race, read)}


@dataclass(frozen=True)
class Lane:
    """One way in the race: its seconds, its kind of processor ("cpu", "gpu", "tpu"), and the figure it is from."""

    way: str
    title: str
    kind: str
    seconds: float
    figure: Figure


def lanes(figure: Figure, elsewhere: Figure | None = None) -> list[Lane]:
    """All ways of a race. One without an accelerator gets that of another machine, if there is one."""
    found = [_lane(way, seconds, figure) for way, seconds in figure.values.items()]
    if elsewhere and all(lane.kind == "cpu" for lane in found):
        found += [_lane(way, seconds, elsewhere) for way, seconds in elsewhere.values.items()]
    return found


def _lane(way: str, seconds: float, figure: Figure) -> Lane:
    kind = way.partition(":")[0]
    accelerated = kind in ways.ACCELERATORS
    return Lane(
        way, f"JAX on a {kind.upper()}" if accelerated else hands.title(way), kind if accelerated else "cpu",
        seconds, figure,
    )  # fmt: skip


def elsewhere(rows: Sequence[results.Row]) -> Figure | None:
    """The same product on the first GPU among recorded results, one call at a time; None if there is none.

    Its answer was checked in its own run, as strictly as here.
    """
    for row in rows:
        told = (row["case"], row["mode"], row["backend"], row["status"])
        if told == (ELSEWHERE, "call", "gpu", "measured") and (row["check_error"] or 1) <= hands.limit(SIZE):
            seconds, machine = {"gpu:0": row["median_s"]}, machine_words(row)
            return Figure(NAME, seconds, "s", machine, machine_cores(row), row["measured_at"], RECORDED)
    return None


def speed_up(lanes: Sequence[Lane]) -> float:
    """How many times faster than the plain loop the fastest way of the same machine is."""
    own = [lane.seconds for lane in lanes if lane.figure is lanes[0].figure]
    return own[0] / min(own)


def roof(lanes: Sequence[Lane], rows: Sequence[results.Row]) -> float | None:
    """How many times faster than the plain loop that machine could be: at its peak of arithmetic; None if unknown.

    The peak is that of the data sheet, or without one the best product that was ever measured on such a machine
    (`compute.compare.roofline`). Its results are among `rows`.
    """
    machine = lanes[0].figure.machine
    own = [row for row in rows if row["mode"] == "stream" and machine_words(row) == machine]
    peak = roofline.roof(own, "fp32").peak
    best = peak.sheet or peak.measured
    return lanes[0].seconds * best / FLOPS if best else None
