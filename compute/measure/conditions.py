"""What disturbed the device while batches ran: CPU time that a hypervisor gave to others, clocks that were lowered.

Everything is read between batches, never inside one, and nothing is ever set. Where the system does not say, the
answer is None: unknown is not "undisturbed".
"""

from __future__ import annotations

import contextlib
import importlib
import os
from collections.abc import Iterator
from pathlib import Path
from typing import Any

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
    """The clocks of one NVIDIA GPU, as far as NVML tells about them."""

    def __init__(self, nvml: Any, handle: Any) -> None:
        # Named "throttle reasons" before NVML 12.
        self._reasons = getattr(nvml, "nvmlDeviceGetCurrentClocksEventReasons", None) or (
            nvml.nvmlDeviceGetCurrentClocksThrottleReasons
        )
        self._handle = handle

    def lowered_by(self) -> set[str] | None:
        """Why the clock is below what it could be, in words; None where NVML does not say."""
        try:
            bits = self._reasons(self._handle)
        except Exception:  # NVML has an error class for each way in which a driver cannot answer
            return None
        return {word for bit, word in _REASONS.items() if bits & bit}


def nvidia_clocks(device_kind: str) -> Clocks | None:
    """The clocks of the GPU that JAX uses first; None without the package pynvml, or where the GPU is not found."""
    try:
        nvml = importlib.import_module("pynvml")
        nvml.nvmlInit()
        first = os.environ.get("CUDA_VISIBLE_DEVICES", "").split(",")[0].strip()
        if first.startswith("GPU-"):
            handle = nvml.nvmlDeviceGetHandleByUUID(first)
        else:
            handle = nvml.nvmlDeviceGetHandleByIndex(int(first or 0))
        name = nvml.nvmlDeviceGetName(handle)
    except Exception:  # no package, no driver, or a spelling of a device that NVML does not know
        return None
    same = device_kind in (name if isinstance(name, str) else name.decode())
    return Clocks(nvml, handle) if same else None


class Conditions:
    """What was seen around the batches of one case."""

    def __init__(self, clocks: Clocks | None = None) -> None:
        self._clocks = clocks
        self._stolen = self._ticks = 0
        self._lowered: set[str] | None = None

    @contextlib.contextmanager
    def watched(self) -> Iterator[None]:
        """Around one batch: read what there is before and after it."""
        before = _cpu_ticks()
        yield
        lowered = self._clocks.lowered_by() if self._clocks else None
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


def _cpu_ticks() -> tuple[int, int] | None:
    """Ticks of all CPUs that were stolen, and all ticks (proc(5)); None on a system without /proc/stat."""
    try:
        with _STAT.open() as file:
            fields = [int(word) for word in file.readline().split()[1:]]
    except (OSError, ValueError):
        return None
    # user nice system idle iowait irq softirq steal; the guests' time after them is in user and nice already
    return (fields[7], sum(fields[:8])) if len(fields) >= 8 else None
