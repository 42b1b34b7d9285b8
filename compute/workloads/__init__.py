"""What can be run. One file here is one workload; this file finds them.

A workload module defines ``WORKLOAD``, a :class:`Workload`. Nothing in this package imports JAX when it is
imported, because pages read titles, layers and FLOP counts from here and the Streamlit server never loads JAX:
``build`` imports it when the worker asks for a program.
"""

from __future__ import annotations

import importlib
import pkgutil
from collections.abc import Callable, Generator, Mapping
from dataclasses import dataclass, field
from functools import lru_cache
from typing import Any

MODES = {
    "stream": "many calls, one wait",
    "call": "one call, one wait",
    "fused": "many steps inside one compiled loop",
}
SUITES = ("quick", "standard", "full")


class Unsupported(Exception):
    """This chip or backend cannot run a case; the message is a sentence that says so, for the row's ``reason``."""


@dataclass(frozen=True, order=True)
class Case:
    """A workload with its parameters.

    ``size`` is the number that a sweep varies: n of an n x n matrix, images per batch of a network.
    ``params`` holds anything else as ``key=value;…``. Size 0 stands for the best that the workload's search finds.
    """

    workload: str
    variant: str
    dtype: str
    size: int
    mode: str = "stream"
    params: str = ""

    @property
    def id(self) -> str:
        """Name of the case for people and files, without the mode: ``matmul square fp32 1024``."""
        words = [self.workload, self.variant, self.dtype, str(self.size or ""), self.params]
        return " ".join(word for word in words if word)

    @property
    def devices(self) -> int:
        """How many devices run it: its parameter ``devices``, or one."""
        parameters = dict(part.split("=", 1) for part in self.params.split(";") if part)
        return int(parameters.get("devices", 1))


@dataclass(frozen=True)
class Check:
    """What comparing a program's answer with an independent one said.

    ``error`` and ``limit`` are relative; ``fingerprint`` is the relative error against float64 that tells
    which ``arithmetic`` ran (blank where the comparison cannot tell); ``what`` was compared.
    """

    error: float
    limit: float
    arithmetic: str = ""
    fingerprint: float | None = None
    what: str = "answer"


@dataclass(frozen=True)
class Program:
    """A case made runnable.

    ``step(fixed, state) -> state`` is a pure JAX function whose output feeds its next call, so that no
    repetition can be hoisted, merged or dropped. ``fixed()`` and ``state(fixed)`` put the inputs on the device.
    With ``donate`` the state's buffers are handed to the step and reused for its output.
    ``check(compiled, fixed, state)`` runs the compiled step, compares its answers with independent ones, and
    returns the check with a state to go on from. ``options`` are XLA's, ``formulation`` is how the same mathematics
    was written for this backend (layout, padding, …); both end up in the row. A ``wide`` program has 64-bit types,
    which JAX must be told while it traces it. ``start(state)``, where there is one, is how every call begins before its
    first step. A step that is not to be ``compiled`` runs in Python as it is, because what it measures is a call of
    JAX's own. A program on several devices names the
    ``collectives``, in XLA's words, of which its optimised form must hold at least one: how its devices tell each other
    what they computed.
    """

    step: Callable[[Any, Any], Any]
    fixed: Callable[[], Any]
    state: Callable[[Any], Any]
    check: Callable[[Callable[[Any, Any], Any], Any, Any], tuple[Check, Any]]
    donate: bool = False
    options: Mapping[str, Any] = field(default_factory=dict)
    formulation: Mapping[str, str] = field(default_factory=dict)
    wide: bool = False
    start: Callable[[Any], Any] | None = None
    compiled: bool = True
    collectives: tuple[str, ...] = ()


@dataclass(frozen=True)
class Workload:
    """What a workload module offers; amounts are per step.

    ``cases(suite, backend)`` lists the cases worth measuring, most important first. ``need_bytes`` is the memory
    that the case takes on the device at its peak, inputs and temporaries included, without the process itself.
    ``build`` makes the program, and raises :class:`Unsupported` for a case that this backend cannot run.
    ``search(case, backend)`` yields cases to try in place of one of size 0, and is sent the rate of each in FLOP/s.
    ``shortcut`` is by how much an exact algorithm may undercut the operations that ``flops`` counts.
    ``spread(suite, backend, counts)`` lists cases for these numbers of devices, the parameter ``devices`` of each case;
    a suite asks for them where there is more than one device.
    ``numpy(case)``, where there is one, is the program's step in NumPy, for the same inputs as arrays of the host.
    """

    name: str
    title: str
    why: str
    size_name: str
    item_name: str
    variants: Mapping[str, str]
    dtypes: tuple[str, ...]
    cases: Callable[[str, str], list[Case]]
    flops: Callable[[Case], int]
    bytes: Callable[[Case], int]
    items: Callable[[Case], int]
    need_bytes: Callable[[Case, str], int]
    build: Callable[[Case, str], Program]
    search: Callable[[Case, str], Generator[Case, float, None]] | None = None
    shortcut: float = 1.0
    numpy: Callable[[Case], Callable[[Any, Any], Any]] | None = None
    spread: Callable[[str, str, tuple[int, ...]], list[Case]] | None = None


@lru_cache(maxsize=1)
def workloads() -> dict[str, Workload]:
    """All workloads by name, in alphabetical order of their files.

    Raises:
        TypeError: a module in this folder has no ``WORKLOAD``.
    """
    found: dict[str, Workload] = {}
    for module_info in pkgutil.iter_modules(__path__):
        if module_info.name.startswith("_"):
            continue
        workload = getattr(importlib.import_module(f"{__name__}.{module_info.name}"), "WORKLOAD", None)
        if not isinstance(workload, Workload):
            raise TypeError(f"compute/workloads/{module_info.name}.py defines no WORKLOAD")
        found[workload.name] = workload
    return found
