"""A driver's library that answers what the test says: stands for ctypes' view of NVML."""

import ctypes
from collections.abc import Iterator
from itertools import chain, repeat
from types import SimpleNamespace
from typing import Any

FAILED = 999
ANSWERS: dict[str, Any] = {
    "nvmlDeviceGetClockInfo": 1980,
    "nvmlDeviceGetPowerUsage": 696_500,
    "nvmlDeviceGetTemperature": 61,
    "nvmlDeviceGetCurrentClocksEventReasons": 0x4,
    "nvmlDeviceGetTotalEnergyConsumption": 5_000_000,
    "nvmlDeviceGetComputeRunningProcesses_v3": 1,
}


def library(*, name: str = "NVIDIA Example", without: tuple[str, ...] = (), **answers: Any) -> Any:
    """A library; an answer is a number, None for a call that fails, or a list of those, the last one for ever.

    Functions `without` are not there at all. What was asked for stands in `asked`.
    """
    asked: list[str] = []
    functions: dict[str, Any] = {
        "nvmlInit_v2": lambda: _note(asked, "init"),
        "nvmlDeviceGetHandleByIndex_v2": lambda index, into: _note(asked, f"index {index.value}"),
        "nvmlDeviceGetHandleByUUID": lambda uuid, into: _note(asked, f"uuid {uuid.decode()}"),
        "nvmlDeviceGetName": lambda handle, text, size: _write(text, name),
    }
    functions |= {called: _number(answer) for called, answer in (ANSWERS | answers).items()}
    kept = {called: function for called, function in functions.items() if called not in without}
    return SimpleNamespace(asked=asked, **kept)


def _note(asked: list[str], words: str) -> int:
    asked.append(words)
    return 0


def _write(text: Any, name: str) -> int:
    text.value = name.encode()
    return 0


def _number(answer: Any) -> Any:
    given = answer if isinstance(answer, list) else [answer]
    answers: Iterator[Any] = chain(given, repeat(given[-1]))

    def function(handle: Any, *arguments: Any) -> int:
        value = next(answers)
        if value is None:
            return FAILED
        pointer: Any = next(one for one in arguments if type(one) is type(ctypes.byref(ctypes.c_int())))
        pointer._obj.value = value
        return 0

    return function
