"""What disturbed the device while batches ran: CPU time that a hypervisor gave to others, clocks that were lowered.

Everything is read between batches, never inside one, and nothing is ever set. Where the system does not say, the
answer is None: unknown is not "undisturbed".
"""

from __future__ import annotations

import contextlib
from collections.abc import Iterator
from pathlib import Path

from compute.measure.nvml import Gpu

_STAT = Path("/proc/stat")
# The bits of NVML's clocks event reasons that lower a clock (nvml.h); being idle is none of them.
_REASONS = {
    0x02: "application clock setting",
    0x04: "power limit",
    0x08: "hardware slowdown",
    0x10: "synchronised boost",
    0x20: "heat",
    0x40: "heat, by hardware",
    0x80: "power brake",
    0x100: "display clock setting",
}


class Clocks:
    """The clocks of one NVIDIA GPU and who shares it, as far as NVML tells."""

    def __init__(self, gpu: Gpu) -> None:
        self._gpu = gpu

    def lowered_by(self) -> set[str] | None:
        """Why the clock is below what it could be, in words; None where NVML does not say."""
        bits = self._gpu.reasons()
        return None if bits is None else {word for bit, word in _REASONS.items() if bits & bit}

    def others(self) -> int | None:
        """How many other programs compute on it; None where NVML does not say."""
        programs = self._gpu.processes()
        return None if programs is None else programs - 1


class Conditions:
    """What was seen around the batches of one case."""

    def __init__(self, clocks: Clocks | None = None) -> None:
        self._clocks = clocks
        self._stolen = self._ticks = 0
        self._lowered: set[str] | None = None
        self._others: int | None = None

    @contextlib.contextmanager
    def watched(self) -> Iterator[None]:
        """Around one batch: read what there is before and after it."""
        before = _cpu_ticks()
        yield
        lowered = self._clocks.lowered_by() if self._clocks else None
        if self._clocks and self._others is None:  # once: the answer takes longer than the others
            self._others = self._clocks.others()
        if lowered is not None:
            self._lowered = (self._lowered or set()) | lowered
        after = _cpu_ticks()
        if before and after:
            self._stolen += after[0] - before[0]
            self._ticks += after[1] - before[1]

    @property
    def steal(self) -> float | None:
        """Share of the CPU time, 0 to 1, that the hypervisor gave to others; None where the system does not count."""
        return max(0, self._stolen) / self._ticks if self._ticks > 0 else None

    @property
    def throttle(self) -> str | None:
        """Why the device lowered its clock, ``none``, or None where it does not say."""
        if self._lowered is None:
            return None
        return ", ".join(word for word in _REASONS.values() if word in self._lowered) or "none"

    @property
    def others(self) -> int | None:
        """How many other programs computed on the device when its first batch had run; None where nothing says."""
        return self._others


def words_of(bits: int) -> str:
    """NVML's reasons for a lowered clock in words; ``none`` where there is none."""
    return ", ".join(word for bit, word in _REASONS.items() if bits & bit) or "none"


def cpu_busy_ticks() -> tuple[int, int] | None:
    """Ticks in which the CPUs did anything for us or others here, and all ticks; None without /proc/stat."""
    fields = _stat_fields()
    # user nice system idle iowait irq softirq steal
    return (sum(fields[:3]) + sum(fields[5:7]), sum(fields[:8])) if fields else None


def _cpu_ticks() -> tuple[int, int] | None:
    """Ticks of all CPUs that were stolen, and all ticks (proc(5)); None on a system without /proc/stat."""
    fields = _stat_fields()
    # user nice system idle iowait irq softirq steal; the guests' time after them is in user and nice already
    return (fields[7], sum(fields[:8])) if fields else None


def _stat_fields() -> list[int]:
    """The ticks of all CPUs together, in the order of proc(5); empty where the system does not count."""
    try:
        with _STAT.open() as file:
            fields = [int(word) for word in file.readline().split()[1:]]
    except (OSError, ValueError):
        return []
    return fields if len(fields) >= 8 else []
