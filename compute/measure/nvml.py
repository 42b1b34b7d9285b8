"""What one NVIDIA GPU tells about itself, asked of the driver's own library through ctypes. Nothing is ever set.

Each question has an answer or None: a driver too old, a GPU without the sensor, a call that fails midway. The names and
numbers are those of nvml.h (NVIDIA Management Library, version 12).
"""

from __future__ import annotations

import contextlib
import ctypes
import os
from typing import Any

_LIBRARIES = ("libnvidia-ml.so.1", "libnvidia-ml.so", "nvml.dll")
_OK, _TOO_SMALL = 0, 7
_CLOCK_SM, _CORE_TEMPERATURE = 1, 0
_NAME_BYTES = 96
_MOST_PROCESSES = 64


class _Process(ctypes.Structure):
    """nvmlProcessInfo_v2_t, which the functions _v2 and _v3 fill in."""

    _fields_ = (
        ("pid", ctypes.c_uint),
        ("used_bytes", ctypes.c_ulonglong),
        ("gpu_instance", ctypes.c_uint),
        ("compute_instance", ctypes.c_uint),
    )


def find(device_kind: str, library: Any = None) -> Gpu | None:
    """The GPU that JAX uses first; None without the library, or where that is another GPU than JAX says.

    Args:
        device_kind: what JAX calls it.
        library: stands for the driver's own in tests.
    """
    library = library or _library()
    if library is None or _call(library, ("nvmlInit_v2",)) is None:
        return None
    handle = ctypes.c_void_p()
    first = os.environ.get("CUDA_VISIBLE_DEVICES", "").split(",")[0].strip()
    if first.startswith("GPU-"):
        asked = _call(library, ("nvmlDeviceGetHandleByUUID",), first.encode(), ctypes.byref(handle))
    elif first.isdecimal() or not first:
        asked = _call(library, ("nvmlDeviceGetHandleByIndex_v2",), ctypes.c_uint(int(first or 0)), ctypes.byref(handle))
    else:  # a part of a GPU, or a spelling that we do not know
        return None
    gpu = Gpu(library, handle)
    return gpu if asked is not None and device_kind in gpu.name() else None


class Gpu:
    """One GPU of the library."""

    def __init__(self, library: Any, handle: Any) -> None:
        self._library = library
        self._handle = handle

    def name(self) -> str:
        """Its name, "" where it does not say."""
        text = ctypes.create_string_buffer(_NAME_BYTES)
        asked = _call(self._library, ("nvmlDeviceGetName",), self._handle, text, ctypes.c_uint(_NAME_BYTES))
        return "" if asked is None else text.value.decode("utf-8", "replace")

    def clock_mhz(self) -> float | None:
        """Clock of the multiprocessors, now."""
        return self._number(("nvmlDeviceGetClockInfo",), ctypes.c_uint(), ctypes.c_uint(_CLOCK_SM))

    def power_w(self) -> float | None:
        """Power that it draws: what the sensor saw last (averaged over up to a second on some GPUs)."""
        milliwatts = self._number(("nvmlDeviceGetPowerUsage",), ctypes.c_uint())
        return None if milliwatts is None else milliwatts / 1000

    def temperature_c(self) -> float | None:
        """Temperature of the chip, in degrees Celsius."""
        return self._number(("nvmlDeviceGetTemperature",), ctypes.c_uint(), ctypes.c_uint(_CORE_TEMPERATURE))

    def energy_j(self) -> float | None:
        """Energy since the driver was loaded, in joules: only differences mean something."""
        millijoules = self._number(("nvmlDeviceGetTotalEnergyConsumption",), ctypes.c_ulonglong())
        return None if millijoules is None else millijoules / 1000

    def reasons(self) -> int | None:
        """The bits of why the clock is below what it could be (named "throttle reasons" before NVML 12)."""
        names = ("nvmlDeviceGetCurrentClocksEventReasons", "nvmlDeviceGetCurrentClocksThrottleReasons")
        bits = self._number(names, ctypes.c_ulonglong())
        return None if bits is None else int(bits)

    def processes(self) -> int | None:
        """How many programs compute on it, ours among them; None where it shows none at all, as in some containers."""
        count = ctypes.c_uint(_MOST_PROCESSES)
        found = (_Process * _MOST_PROCESSES)()
        names = ("nvmlDeviceGetComputeRunningProcesses_v3", "nvmlDeviceGetComputeRunningProcesses_v2")
        asked = _call(self._library, names, self._handle, ctypes.byref(count), found, also=_TOO_SMALL)
        return None if asked is None else count.value or None

    def _number(self, names: tuple[str, ...], into: Any, *arguments: Any) -> float | None:
        asked = _call(self._library, names, self._handle, *arguments, ctypes.byref(into))
        return None if asked is None else float(into.value)


def _call(library: Any, names: tuple[str, ...], *arguments: Any, also: int = _OK) -> int | None:
    """The status of the first of these functions that the library has; None for a failure, or when it has none."""
    for name in names:
        with contextlib.suppress(AttributeError):  # a driver older than the function
            status = int(getattr(library, name)(*arguments))
            return status if status in (_OK, also) else None
    return None


def _library() -> Any:
    for name in _LIBRARIES:
        with contextlib.suppress(OSError):
            return ctypes.CDLL(name)
    return None
