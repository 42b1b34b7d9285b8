"""Looking at other processes through /proc (Linux): children, memory, whether they still run."""

import re
from pathlib import Path


def alive(pid: int) -> bool:
    """Whether it runs; one that is dead but not collected does not count."""
    return _field(pid, "State", r"[^ZX]") is not None


def children(pid: int) -> list[int]:
    """The ids of its children, whichever thread started them."""
    try:
        lists = [task.joinpath("children").read_text() for task in Path(f"/proc/{pid}/task").iterdir()]
    except OSError:
        return []
    return [int(child) for child in " ".join(lists).split()]


def command_line(pid: int) -> str:
    """Its command line, "" when it is gone."""
    try:
        return Path(f"/proc/{pid}/cmdline").read_text().replace("\0", " ").strip()
    except OSError:
        return ""


def memory_mib(pid: int) -> float | None:
    """MiB of memory that it occupies now."""
    return _mib(pid, "VmRSS")


def peak_memory_mib(pid: int) -> float | None:
    """MiB of memory that it occupied at most since it started."""
    return _mib(pid, "VmHWM")


def _mib(pid: int, name: str) -> float | None:
    kib = _field(pid, name, r"\d+")
    return int(kib) / 1024 if kib else None


def _field(pid: int, name: str, value: str) -> str | None:
    try:
        found = re.search(rf"^{name}:\s+({value})", Path(f"/proc/{pid}/status").read_text(), re.MULTILINE)
    except OSError:
        return None
    return found[1] if found else None
