"""The device that JAX runs on: starting JAX, what it finds, how much memory is free, what a call costs."""

from __future__ import annotations

import errno
import hashlib
import logging
import os
import re
import statistics
from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from functools import cached_property
from pathlib import Path
from time import perf_counter
from typing import Any

from compute import hardware, machine
from compute.measure import together
from compute.measure.conditions import Clocks
from compute.measure.nvml import Gpu, find
from compute.measure.suite import GIB, PROCESS_BYTES, counts
from compute.workloads._versions import compile_with

_NOTHING: Mapping[str, Any] = {}
_CACHE_HITS = "/jax/compilation_cache/cache_hits"
_ACCELERATOR_SIGNS = {
    "an NVIDIA GPU": ("/dev/nvidia0", "/proc/driver/nvidia/version"),
    "a TPU": ("/dev/accel0", "/dev/vfio/0"),
}


@dataclass(frozen=True)
class Compiled:
    """A program that can run: ``options`` are those of XLA in force, ``cache`` its state before this was compiled."""

    run: Any
    options: Mapping[str, Any]
    compile_s: float
    cache: str


class Device:
    """The first device that JAX finds here, the machine around it, and the processes that measure in step with it."""

    def __init__(
        self, jax: Any, host: machine.Machine, cache: str, note: str, team: together.Alone | None = None
    ) -> None:
        self.team = team or together.Alone()
        self.jax = jax
        self.host = host
        self.cache = cache
        self.note = note
        self.devices = jax.devices()
        self.first = jax.local_devices()[0]
        self.backend = {"cuda": "gpu", "rocm": "gpu"}.get(jax.default_backend(), jax.default_backend())
        self.events: Counter[str] = Counter()
        self.programs: dict[tuple[str, ...], Compiled] = {}
        jax.monitoring.register_event_listener(lambda event, **_: self.events.update([event]))

    @cached_property
    def chip(self) -> hardware.Chip | None:
        """The chip in data/hardware.csv, or None when it is not known."""
        return hardware.find(self.first.device_kind, self.host.cpu_model)

    @property
    def counts(self) -> tuple[int, ...]:
        """Numbers of devices that cases are spread over."""
        return counts(len(self.jax.local_devices()), len(self.devices))

    @cached_property
    def gpu(self) -> Gpu | None:
        """What tells the clock, the power and the temperature of an NVIDIA GPU; None where nothing does."""
        return find(self.first.device_kind) if self.backend == "gpu" else None

    @property
    def clocks(self) -> Clocks | None:
        """What tells why the device lowers its clock; None where nothing does."""
        return Clocks(self.gpu) if self.gpu else None

    @cached_property
    def dispatch_s(self) -> float:
        """Seconds that the smallest possible call takes, waiting included: the median of fifty."""
        tiny = self.jax.jit(lambda x: x + 1)
        value = tiny(self.jax.device_put(0.0)).block_until_ready()
        times = []
        for _ in range(50):
            begin = perf_counter()
            tiny(value).block_until_ready()
            times.append(perf_counter() - begin)
        return statistics.median(times)

    def memory_limit(self) -> float | None:
        """Bytes of device memory that JAX may use; None when it does not say (a CPU)."""
        stats = self._memory_stats()
        return stats.get("bytes_limit")

    def memory_free(self) -> float:
        """Bytes free for arrays: of the device, or of the host less what the process itself still takes."""
        stats = self._memory_stats()
        if stats.get("bytes_limit"):
            return float(stats["bytes_limit"] - stats.get("bytes_in_use", 0))
        return machine.memory_available_gib() * GIB - PROCESS_BYTES

    def _memory_stats(self) -> dict[str, Any]:
        try:
            return self.first.memory_stats() or {}
        except Exception:  # a backend without this optional call
            return {}

    def compile(self, lowered: Any, options: Mapping[str, Any]) -> Compiled:
        """Compile a lowered program with XLA's ``options``; the same program is compiled once in a process.

        A case in the modes stream and call is one program: compiled again, it would be found in the persistent cache
        (``warm``) because this very process put it there.

        Raises:
            Exception: whatever XLA raises for a program that it cannot compile.
        """
        text = lowered.as_text().encode()
        program = (hashlib.sha256(text).hexdigest(), *(f"{name}={value}" for name, value in options.items()))
        if program not in self.programs:
            hits = self.events[_CACHE_HITS]
            begin = perf_counter()
            run, in_force = compile_with(lowered, options)
            compile_s = perf_counter() - begin
            found = "warm" if self.events[_CACHE_HITS] > hits else "cold"
            cache = "off" if self.cache == "off" else found
            self.programs[program] = Compiled(run, in_force, compile_s, cache)
        return self.programs[program]

    def row_facts(self) -> dict[str, Any]:
        """The columns of a result row that describe the machine."""
        limit = self.memory_limit()
        return {
            "platform": self.host.platform,
            "os": self.host.os,
            "python": self.host.python,
            "jax": self.jax.__version__,
            "jaxlib": _version("jaxlib"),
            "backend": self.backend if self.backend in ("cpu", "gpu", "tpu") else "other",
            "device_kind": self.first.device_kind,
            "device_count": len(self.devices),
            "chip": self.chip.id if self.chip else None,
            "driver": _driver(self.backend),
            "cpu_model": self.host.cpu_model,
            "cpu_count": self.host.cpu_count,
            "memory_gib": round(self.host.memory_gib, 3),
            "device_memory_gib": round(limit / GIB, 3) if limit else None,
        }

    def facts(self) -> dict[str, Any]:
        """``row_facts`` with a note about anything that is not as it should be."""
        return {**self.row_facts(), "note": self.note}

    def listing(self) -> dict[str, Any]:
        """What ``devices`` prints."""
        found = [{"kind": d.device_kind, "platform": d.platform, "memory_gib": None} for d in self.devices]
        for device, entry in zip(self.devices, found, strict=True):
            limit = (device.memory_stats() or {}).get("bytes_limit") if device.platform != "cpu" else None
            entry["memory_gib"] = round(limit / GIB, 3) if limit else None
        return {"machine": self.facts(), "devices": found, "note": self.note}


def start_jax(
    host: machine.Machine, cache: str = "off", place: together.Place | None = None, asked: Mapping[str, Any] = _NOTHING
) -> Device:
    """Import and configure JAX; a broken accelerator is said in the note, and the CPU still works.

    Args:
        host: the machine, for its facts.
        cache: folder of the persistent compilation cache, or ``off``.
        place: where to meet other processes that measure in step; None to measure alone.
        asked: what these must have been asked for as well.

    Raises:
        together.Parted: they cannot measure together.
    """
    import jax

    # Handing each small operation to another thread costs more than the operation (reference, CPU 5).
    _configure(jax, "jax_cpu_enable_async_dispatch", False)
    notes = []
    if cache != "off":
        cache, note = _use_cache(jax, cache)
        notes.append(note)
    team = None
    if place:
        # They have a handler for the signal that ends us, and would only take note of it.
        _configure(jax, "jax_enable_preemption_service", False)
        if "JAX_CPU_COLLECTIVES_IMPLEMENTATION" not in os.environ:
            _configure(jax, "jax_cpu_collectives_implementation", "gloo")  # the default since 0.6
        team = together.join(jax, place, asked)
    notes.append(_find_devices(jax) or (_unused_accelerator() if jax.default_backend() == "cpu" else ""))
    if team:
        together.settle(team, jax.local_device_count(), jax.local_devices()[0].device_kind)
    return Device(jax, host, cache, " ".join(note for note in notes if note), team)


def _find_devices(jax: Any) -> str:
    """Let JAX look for devices, and settle for the CPU where that fails; a sentence if so, else ""."""
    logger, heard = logging.getLogger("jax._src.xla_bridge"), _Heard(logging.ERROR)
    logger.addHandler(heard)  # a plugin that fails to load is only logged, and JAX goes on without it
    try:
        jax.devices()
    except Exception as error:  # whatever a broken driver or plugin raises
        heard.said.append(first_line(error))
        jax.config.update("jax_platforms", "cpu")
    finally:
        logger.removeHandler(heard)
    if not heard.said or jax.default_backend() != "cpu":
        return ""
    return f"JAX could not start the accelerator, so the CPU is measured. {_because(heard.said[0])}"


def _because(said: str) -> str:
    asked = os.environ.get("JAX_PLATFORMS")
    if said:
        return f"It said: {said}"
    return f"JAX_PLATFORMS={asked} asks for one that it does not find." if asked else "It did not say why."


class _Heard(logging.Handler):
    """Keeps the first line of each error that is logged."""

    def __init__(self, level: int) -> None:
        super().__init__(level)
        self.said: list[str] = []

    def emit(self, record: logging.LogRecord) -> None:
        error = record.exc_info[1] if record.exc_info else None
        self.said.append(first_line(error) if error else record.getMessage())


def _use_cache(jax: Any, folder: str) -> tuple[str, str]:
    """The folder of the compiled programs that fit this process, or "off"; and a sentence if it is that.

    XLA cuts a program for a CPU into so many parts as it has threads, and knows it again without that number: what was
    compiled on one core would run on one core ever after.
    """
    folder = str(Path(folder) / f"threads-{os.environ.get('NPROC') or machine.schedulable_cpus()}")
    try:
        Path(folder).mkdir(parents=True, exist_ok=True)
        if not os.access(folder, os.W_OK):
            raise PermissionError(errno.EACCES, os.strerror(errno.EACCES))
    except OSError as error:
        return "off", f"Compiled programs are not kept: {error.strerror or error} for the cache folder."
    _configure(jax, "jax_compilation_cache_dir", folder)
    _configure(jax, "jax_persistent_cache_min_compile_time_secs", 0)
    _configure(jax, "jax_persistent_cache_min_entry_size_bytes", -1)
    return folder, ""


def _configure(jax: Any, name: str, value: Any) -> None:
    """Set an option that this version of JAX may not have: each of these is a help, none a must."""
    if hasattr(jax.config, name) or name in getattr(jax.config, "values", {}):
        jax.config.update(name, value)


def _unused_accelerator() -> str:
    for name, signs in _ACCELERATOR_SIGNS.items():
        if any(Path(sign).exists() for sign in signs):
            return f"There is {name} here that JAX does not use, so the CPU is measured. {_ADVICE[name]}"
    return ""


_ADVICE = {
    "an NVIDIA GPU": "Install its support with: pip install 'jax[cuda13]' (or 'jax[cuda12]' for older GPUs).",
    "a TPU": "Install its support with: pip install 'jax[tpu]'.",
}


def _driver(backend: str, root: Path = machine.ROOT) -> str | None:
    """Version of what stands between JAX and the device: the kernel's module of a GPU, libtpu; None if unknown."""
    if backend == "tpu":
        return f"libtpu {version}" if (version := _version("libtpu")) else None
    if backend != "gpu":
        return None
    nvidia = re.search(r"\s(\d+\.\d+(?:\.\d+)?)\s", _read(root / "proc/driver/nvidia/version"))
    return nvidia[1] if nvidia else _read(root / "sys/module/amdgpu/version").strip() or None


def _read(path: Path) -> str:
    try:
        return path.read_text(encoding="utf-8", errors="replace")
    except OSError:
        return ""


def _version(package: str) -> str:
    from importlib.metadata import PackageNotFoundError, version

    try:
        return version(package)
    except PackageNotFoundError:
        return ""


def first_line(error: BaseException) -> str:
    """What an error says first, at most 300 characters; empty where it says nothing."""
    lines = str(error).strip().splitlines()
    return lines[0][:300] if lines else ""


def utc_now() -> str:
    """Now as ISO 8601 with seconds, in UTC: ``2026-11-22T20:35:01Z``."""
    return datetime.now(UTC).strftime("%Y-%m-%dT%H:%M:%SZ")
