"""What machine is this: platform, system, CPU, and how much of it this process may use.

A container often sees the whole host while its cgroup grants it a fraction. So the limits are read along the
process's own cgroup path, up to the root, in both versions of cgroups, and the tightest counts. Nothing here
tells who the user is, what the machine is called or where files lie. Needs only the standard library, and no
network but for `azure_vm_size`. `root` is the root of the file system; tests give a made-up one.
"""

import ctypes
import os
import platform as system
import re
import subprocess
import sys
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path

GIB = 2**30
ROOT = Path("/")

# Azure's instance metadata service: answered by the host of a virtual machine, never through a proxy. Documented at
# https://learn.microsoft.com/azure/virtual-machines/instance-metadata-service
AZURE_SIZE_URL = "http://169.254.169.254/metadata/instance/compute/vmSize?api-version=2021-02-01&format=text"
AZURE_PATIENCE_S = 0.2

# The constant that every Azure virtual machine carries as its chassis asset tag, documented for cloud-init.
_AZURE_ASSET_TAG = "7783-7084-3265-9085-8269-3286-77"

# Part numbers of ARM's server cores (implementer 0x41), which Linux shows instead of a name; from the
# kernel's arch/arm64/include/asm/cputype.h.
_ARM_CORES = {
    "0xd08": "ARM Cortex-A72",
    "0xd0c": "ARM Neoverse N1",
    "0xd40": "ARM Neoverse V1",
    "0xd49": "ARM Neoverse N2",
    "0xd4f": "ARM Neoverse V2",
}


@dataclass(frozen=True)
class Machine:
    """The machine as a process sees it.

    `cpu_count` is the number of CPUs it may use after affinity and quota and may be a fraction;
    `memory_gib` is the host memory it may use at most.
    """

    platform: str
    os: str
    python: str
    cpu_model: str
    cpu_count: float
    memory_gib: float


def describe(environ: Mapping[str, str] = os.environ, root: Path = ROOT, platform: str = "") -> Machine:
    """This machine. A given `platform` overrides the detected one."""
    return Machine(
        platform=platform.strip() or detect_platform(environ, root),
        os=_os_name(root),
        python=system.python_version(),
        cpu_model=_cpu_model(root),
        cpu_count=_cpu_count(root),
        memory_gib=_memory_gib(root),
    )


def detect_platform(environ: Mapping[str, str] = os.environ, root: Path = ROOT) -> str:
    """The platform's name as in `data/prices.csv`, or "Streamlit Community Cloud", or "Local".

    Kaggle is asked before Colab because its images are built on Colab's and may keep their variables.
    """
    return next((name for name, here in _PLATFORMS if here(environ, root)), "Local")


def memory_available_gib(root: Path = ROOT) -> float:
    """Host memory in GiB that a new process can take now without being killed.

    The least of what the system calls available and what each cgroup around this process leaves: its limit
    less its usage, where file cache that can be dropped (inactive_file) does not count as used.
    """
    left = [limit - used for limit, used in _cgroup_memory(root)]
    return max(0.0, min([_system_available_bytes(root), *left])) / GIB


def stands_on_azure(root: Path = ROOT) -> bool:
    """Whether this is a virtual machine of Azure's, whatever service rents it out."""
    return _on_azure({}, root)


def azure_vm_size(url: str = AZURE_SIZE_URL, patience_s: float = AZURE_PATIENCE_S) -> str:
    """The size of this Azure virtual machine, such as "Standard_NC4as_T4_v3"; "" where nobody says so in time.

    The one question here that goes over a network, if only to the machine's own host. The command line asks it, where
    `stands_on_azure`; nothing asks it when it is imported.
    """
    import threading

    found: list[str] = []
    asking = threading.Thread(target=lambda: found.append(_asked(url, patience_s)), daemon=True)
    asking.start()
    asking.join(patience_s)  # over all: a time-out of a connection counts each silence anew
    return next((size for size in found if re.fullmatch(r"\w[\w-]{0,59}", size, re.ASCII)), "")


def _asked(url: str, patience_s: float) -> str:
    import http.client
    import urllib.request

    request = urllib.request.Request(url, headers={"Metadata": "true"})
    try:
        direct = urllib.request.build_opener(urllib.request.ProxyHandler({}))
        with direct.open(request, timeout=patience_s) as answer:
            return str(answer.read(100).decode("ascii", "replace")).strip()
    except (OSError, http.client.HTTPException):
        return ""


# Platforms


def _on_kaggle(environ: Mapping[str, str], root: Path) -> bool:
    return "KAGGLE_KERNEL_RUN_TYPE" in environ or "KAGGLE_URL_BASE" in environ


def _on_colab(environ: Mapping[str, str], root: Path) -> bool:
    return "COLAB_RELEASE_TAG" in environ or "COLAB_GPU" in environ


def _on_paperspace(environ: Mapping[str, str], root: Path) -> bool:
    return any(name.startswith("PAPERSPACE_") for name in environ)


def _on_streamlit_cloud(environ: Mapping[str, str], root: Path) -> bool:
    """Community Cloud mounts the repository at /mount/src and installs into this environment."""
    return (root / "mount/src").is_dir() and (root / "home/adminuser/venv").is_dir()


def _on_azure_ml(environ: Mapping[str, str], root: Path) -> bool:
    """A job carries its run id; a compute instance says so in the name of its site."""
    return "AZUREML_RUN_ID" in environ or environ.get("APPSETTING_WEBSITE_SITE_NAME") == "AMLComputeInstance"


def _on_azure_databricks(environ: Mapping[str, str], root: Path) -> bool:
    return _on_databricks(environ, root) and _on_azure(environ, root)


def _on_databricks(environ: Mapping[str, str], root: Path) -> bool:
    return "DATABRICKS_RUNTIME_VERSION" in environ


def _on_azure(environ: Mapping[str, str], root: Path) -> bool:
    return _read(root / "sys/class/dmi/id/chassis_asset_tag").strip() == _AZURE_ASSET_TAG


_PLATFORMS: tuple[tuple[str, Callable[[Mapping[str, str], Path], bool]], ...] = (
    ("Kaggle", _on_kaggle),
    ("Google Colab", _on_colab),
    ("Paperspace", _on_paperspace),
    ("Streamlit Community Cloud", _on_streamlit_cloud),
    ("Azure Machine Learning", _on_azure_ml),
    ("Azure Databricks", _on_azure_databricks),
    ("Databricks", _on_databricks),
    ("Azure", _on_azure),
)


# System and CPU


def _os_name(root: Path) -> str:
    """The system with its version and without the build, which may carry a machine's name."""
    if sys.platform == "darwin":
        return f"macOS {system.mac_ver()[0]}".strip()
    elif sys.platform == "win32":  # noqa: RET505  # mypy follows platforms through elif only
        return f"Windows {system.release()}".strip()
    else:
        release = re.match(r"\d+\.\d+", system.release())
        kernel = f"{system.system()} {release[0]}" if release else system.system()
        name = re.search(r'^PRETTY_NAME="?([^"\n]+)', _read(root / "etc/os-release"), re.MULTILINE)
        return f"{name[1].strip()}, {kernel}" if name else kernel


def _cpu_model(root: Path) -> str:
    """The CPU's name as the system tells it, or its architecture where it has none."""
    if sys.platform == "darwin":
        name = _output("sysctl", "-n", "machdep.cpu.brand_string")
    elif sys.platform == "win32":
        name = _windows_cpu_name()
    else:
        name = _linux_cpu_name(_read(root / "proc/cpuinfo"))
    return " ".join(name.split()) or system.machine() or "unknown CPU"


def _linux_cpu_name(cpuinfo: str) -> str:
    """The name in /proc/cpuinfo, or for ARM the core's name by its part number; "" if it says neither."""
    fields = dict(re.findall(r"^([^:\n]+?)[ \t]*:[ \t]*(.*?)[ \t]*$", cpuinfo, re.MULTILINE))
    if fields.get("model name"):
        return fields["model name"]
    return _ARM_CORES.get(fields.get("CPU part", ""), "") if fields.get("CPU implementer") == "0x41" else ""


def _cpu_count(root: Path) -> float:
    """CPUs this process may use: those it may be scheduled on, cut by the tightest cgroup quota."""
    return min([float(schedulable_cpus()), *_cgroup_cpus(root)])


def schedulable_cpus() -> int:
    """CPUs that the system may run this process on, whatever share of their time it gets."""
    return len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count() or 1


# Memory


def _memory_gib(root: Path) -> float:
    return min([_system_total_bytes(root), *(limit for limit, _ in _cgroup_memory(root))]) / GIB


def _system_total_bytes(root: Path) -> float:
    total = _meminfo_bytes(root, "MemTotal")
    return _total_bytes_elsewhere() if total is None else total


def _system_available_bytes(root: Path) -> float:
    available = _meminfo_bytes(root, "MemAvailable")
    return _available_bytes_elsewhere() if available is None else available


def _total_bytes_elsewhere() -> float:
    """All memory, on a system without /proc/meminfo."""
    if sys.platform == "win32":
        return _windows_memory_bytes()[0]
    else:  # noqa: RET505  # mypy follows platforms through else only
        return float(os.sysconf("SC_PAGE_SIZE") * os.sysconf("SC_PHYS_PAGES"))


def _available_bytes_elsewhere() -> float:
    """Memory to be had, on a system without /proc/meminfo; all of it where the system does not tell."""
    if sys.platform == "win32":
        return _windows_memory_bytes()[1]
    else:  # noqa: RET505
        return _vm_stat_available_bytes(_output("vm_stat")) or _total_bytes_elsewhere()


def _meminfo_bytes(root: Path, name: str) -> float | None:
    found = re.search(rf"^{name}:\s*(\d+) kB", _read(root / "proc/meminfo"), re.MULTILINE)
    return float(found[1]) * 1024 if found else None


def _vm_stat_available_bytes(text: str) -> float:
    """Bytes that macOS can hand out: pages free, inactive or speculative in the output of `vm_stat`."""
    page = re.search(r"page size of (\d+) bytes", text)
    pages = re.findall(r"^Pages (?:free|inactive|speculative):\s*(\d+)", text, re.MULTILINE)
    return float(page[1]) * sum(map(int, pages)) if page else 0.0


# cgroups


def _cgroup_cpus(root: Path) -> Iterator[float]:
    """The CPU quota of each cgroup around this process that sets one, in CPUs."""
    for folder in _cgroup_folders(root, "", ("sys/fs/cgroup", "sys/fs/cgroup/unified")):
        quota, _, period = _read(folder / "cpu.max").strip().partition(" ")
        if quota.isdigit() and period.isdigit() and int(period) > 0:
            yield int(quota) / int(period)
    mounts = ("sys/fs/cgroup/cpu", "sys/fs/cgroup/cpu,cpuacct", "sys/fs/cgroup/cpuacct,cpu")
    for folder in _cgroup_folders(root, "cpu", mounts):
        quota_us, period_us = _number(folder / "cpu.cfs_quota_us"), _number(folder / "cpu.cfs_period_us")
        if quota_us and period_us and quota_us > 0:  # -1 says that there is no limit
            yield quota_us / period_us


def _cgroup_memory(root: Path) -> Iterator[tuple[float, float]]:
    """Limit and usage in bytes of each cgroup around this process that sets a memory limit.

    memory.high counts as a limit: above it the kernel slows a process down until it is of no use.
    """
    for folder in _cgroup_folders(root, "", ("sys/fs/cgroup", "sys/fs/cgroup/unified")):
        for limit in (_number(folder / "memory.max"), _number(folder / "memory.high")):
            if limit is not None:
                yield limit, _used_bytes(folder, "memory.current", "inactive_file")
    for folder in _cgroup_folders(root, "memory", ("sys/fs/cgroup/memory",)):
        limit = _number(folder / "memory.limit_in_bytes")
        if limit is not None:
            yield limit, _used_bytes(folder, "memory.usage_in_bytes", "total_inactive_file")


def _used_bytes(folder: Path, usage: str, cache: str) -> float:
    found = re.search(rf"^{cache} (\d+)$", _read(folder / "memory.stat"), re.MULTILINE)
    return max(0.0, (_number(folder / usage) or 0.0) - (float(found[1]) if found else 0.0))


def _cgroup_folders(root: Path, controller: str, mounts: tuple[str, ...]) -> Iterator[Path]:
    """Folders of this process's cgroup and of all above it; `controller` "" stands for version 2.

    Inside a container the path may be the host's and not exist; then only the mount itself is left, which is
    the container's own cgroup.
    """
    parts = _cgroup_path(root, controller)
    for mount in mounts:
        for depth in range(len(parts), -1, -1):
            folder = root.joinpath(mount, *parts[:depth])
            if folder.is_dir():
                yield folder


def _cgroup_path(root: Path, controller: str) -> list[str]:
    """Parts of the path in /proc/self/cgroup, whose lines are "number:controllers:path"."""
    for line in _read(root / "proc/self/cgroup").splitlines():
        _, _, rest = line.partition(":")
        controllers, _, path = rest.partition(":")
        if controller in controllers.split(","):
            return [part for part in path.split("/") if part not in ("", "..")]
    return []


# Reading


def _read(path: Path) -> str:
    """The text of a file, or "" if it is not there or not ours to read."""
    try:
        return path.read_text(encoding="utf-8", errors="replace")
    except OSError:
        return ""


def _number(path: Path) -> float | None:
    """The whole number in a file; None when it holds none, such as "max"."""
    text = _read(path).strip()
    return float(text) if re.fullmatch(r"-?\d+", text) else None


def _output(*command: str) -> str:
    """What a small system tool prints, or "" if it is missing or fails."""
    try:
        return subprocess.run(command, capture_output=True, text=True, timeout=5, check=True).stdout
    except (OSError, subprocess.SubprocessError):
        return ""


if sys.platform == "win32":
    import winreg

    class _MemoryStatus(ctypes.Structure):
        """MEMORYSTATUSEX: two 32-bit numbers (its own length, load), then seven 64-bit ones."""

        _fields_ = (("length", ctypes.c_uint32), ("load", ctypes.c_uint32), ("bytes", ctypes.c_uint64 * 7))

    def _windows_memory_bytes() -> tuple[float, float]:
        """Total and available memory as GlobalMemoryStatusEx tells them."""
        status = _MemoryStatus(length=ctypes.sizeof(_MemoryStatus))
        if not ctypes.windll.kernel32.GlobalMemoryStatusEx(ctypes.byref(status)):
            raise ctypes.WinError()
        return float(status.bytes[0]), float(status.bytes[1])

    def _windows_cpu_name() -> str:
        """The CPU's name from the registry."""
        path = r"HARDWARE\DESCRIPTION\System\CentralProcessor\0"
        with winreg.OpenKey(winreg.HKEY_LOCAL_MACHINE, path) as key:
            return str(winreg.QueryValueEx(key, "ProcessorNameString")[0])
