"""How the machine is while it is measured: clock, power, temperature, who else is there. Read ten times a second.

A thread of its own reads, and tells about one moment a second or fewer. On an accelerator the reading goes past Python
and the device's work; on a CPU it costs a fifth of a millisecond, so that is read once a second. What the machine does
not say is left out: nothing is made up, and nothing is ever set.
"""

from __future__ import annotations

import re
import statistics
import threading
import time
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

from compute.measure.conditions import cpu_busy_ticks, words_of
from compute.measure.nvml import Gpu

GPU_EVERY_S, CPU_EVERY_S = 0.1, 1.0
TELL_EVERY_S = 1.0
# From then on moments are told more and more rarely: a run of an hour has about a thousand.
_OFTEN_UNTIL_S = 300.0
# What the counter adds in less time than this is too coarse for an energy.
ENERGY_FROM_S = 5.0
_FREQUENCIES = Path("/sys/devices/system/cpu")
_CPUINFO = Path("/proc/cpuinfo")
_MHZ = re.compile(r"^cpu MHz\s*:\s*([\d.]+)", re.MULTILINE)

Reading = dict[str, Any]
Sensor = Callable[[], Reading]


def gpu_sensor(gpu: Gpu) -> Sensor:
    """Reads a GPU."""

    def read() -> Reading:
        reasons, processes = gpu.reasons(), gpu.processes()
        return _known(
            clock_mhz=gpu.clock_mhz(),
            power_w=gpu.power_w(),
            temperature_c=gpu.temperature_c(),
            throttle=None if reasons is None else words_of(reasons),
            others=None if processes is None else processes - 1,
        )

    return read


def cpu_sensor() -> Sensor:
    """Reads the CPU: its clock, and the share of its time, 0 to 1, in which it did anything since the last reading."""
    last = cpu_busy_ticks()

    def read() -> Reading:
        nonlocal last
        before, last = last, cpu_busy_ticks()
        busy = None
        if before and last and last[1] > before[1]:
            busy = (last[0] - before[0]) / (last[1] - before[1])
        return _known(clock_mhz=cpu_clock_mhz(), busy=busy)

    return read


def cpu_clock_mhz() -> float | None:
    """Mean clock of the cores; None where the system does not say. A virtual machine may only know its nominal one."""
    told = [_kilohertz(path) for path in _FREQUENCIES.glob("cpu[0-9]*/cpufreq/scaling_cur_freq")]
    if known := [value for value in told if value]:
        return statistics.mean(known) / 1000
    try:
        found = [float(value) for value in _MHZ.findall(_CPUINFO.read_text(errors="replace"))]
    except (OSError, ValueError):
        return None
    return statistics.mean(found) if found else None


def _kilohertz(path: Path) -> float | None:
    try:
        return float(path.read_text())
    except (OSError, ValueError):
        return None


def summary(readings: Sequence[Reading]) -> Reading:
    """Several readings as one: medians, every reason, the most others. What none of them knows is left out."""
    found: Reading = {}
    for name in ("clock_mhz", "power_w", "temperature_c", "busy"):
        if known := [reading[name] for reading in readings if name in reading]:
            found[name] = round(statistics.median(known), 4)
    if said := [reading["throttle"] for reading in readings if "throttle" in reading]:
        words = [word for one in said for word in one.split(", ") if word != "none"]
        found["throttle"] = ", ".join(dict.fromkeys(words)) or "none"
    if others := [reading["others"] for reading in readings if "others" in reading]:
        found["others"] = max(others)
    return found


class Telemetry:
    """Reads beside a run until it is ended.

    Args:
        sensor: gives one reading; None where there is nothing to read.
        tell: takes one event, of the name ``telemetry``, from a thread.
        every_s: seconds between two readings.
        energy_j: the counter of energy, where there is one.
    """

    def __init__(
        self, sensor: Sensor | None, tell: Callable[..., None], every_s: float = GPU_EVERY_S,
        energy_j: Callable[[], float | None] = lambda: None,
    ) -> None:  # fmt: skip
        self._sensor = sensor
        self._tell = tell
        self._every_s = every_s
        self._energy_j = energy_j
        self._over = threading.Event()
        self._began = time.monotonic()
        self._energy_before = energy_j()
        self._thread = threading.Thread(target=self._watch, name="telemetry", daemon=True)
        if sensor:
            self._thread.start()

    def end(self) -> dict[str, float]:
        """Stop reading. What the run took: ``energy_j``, if it was long enough and the device counts, else nothing."""
        self._over.set()
        if self._sensor:
            self._thread.join(timeout=2.0)
        after = self._energy_j()
        if self._energy_before is None or after is None or after < self._energy_before:
            return {}
        took = {"energy_j": round(after - self._energy_before, 1)}
        return took if time.monotonic() - self._began >= ENERGY_FROM_S else {}

    def _watch(self) -> None:
        assert self._sensor
        readings: list[Reading] = []
        told = time.monotonic()
        while not self._over.wait(self._every_s):
            readings.append(self._sensor())
            now = time.monotonic()
            pause = TELL_EVERY_S * max(1.0, (now - self._began) / _OFTEN_UNTIL_S)
            if now - told >= pause - self._every_s / 2:
                if moment := summary(readings):
                    self._tell("telemetry", **moment)
                readings, told = [], now


def beside(gpu: Gpu | None, backend: str, tell: Callable[..., None]) -> Telemetry:
    """The telemetry of the device that is measured: of its GPU, of the CPU, or none at all."""
    if gpu:
        return Telemetry(gpu_sensor(gpu), tell, energy_j=gpu.energy_j)
    return Telemetry(cpu_sensor() if backend == "cpu" else None, tell, CPU_EVERY_S)


def _known(**values: Any) -> Reading:
    return {name: value for name, value in values.items() if value is not None}
