"""What it takes to compile and run CUDA here: a GPU (asked of nvidia-smi) and a compiler (nvcc) that knows it.

Nothing is set, only read. What is missing is said in a sentence.
"""

from __future__ import annotations

import os
import re
import shutil
import subprocess
import sys
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

PATIENCE_S = 20.0
BUSY_PERCENT = 5
_QUERY = "name,compute_cap,driver_version,utilization.gpu"


@dataclass(frozen=True)
class Gpu:
    """The first GPU: `capability` is NVIDIA's version of what it can do, "9.0"; `busy` who else uses it, or ""."""

    name: str
    capability: str
    driver: str
    busy: str


@dataclass(frozen=True)
class Compiler:
    """nvcc: its version ("13.0") and the architectures that it compiles for, such as 90 for capability 9.0."""

    path: Path
    version: str
    architectures: tuple[int, ...]


@dataclass(frozen=True)
class Toolkit:
    """What was found. `problem` says why our programs cannot be compiled and run here; "" where they can."""

    gpu: Gpu | None
    compiler: Compiler | None
    problem: str


def look(environ: Mapping[str, str] = os.environ) -> Toolkit:
    """Look for both. Takes as long as nvidia-smi and nvcc take to answer, 20 s each at most."""
    gpu, no_gpu = _gpu(environ)
    compiler, no_compiler = _compiler(environ)
    problem = " ".join(filter(None, (no_gpu, no_compiler)))
    if gpu and compiler:
        problem = _unsuited(gpu, compiler)
    return Toolkit(gpu, compiler, problem)


def flag(gpu: Gpu) -> str:
    """The option that makes nvcc compile for this GPU and no other."""
    return f"-arch=sm_{_architecture(gpu)}"


def child_environment(environ: Mapping[str, str] = os.environ) -> dict[str, str]:
    """The variables for a CUDA program: devices are counted as nvidia-smi counts them."""
    return {"CUDA_DEVICE_ORDER": "PCI_BUS_ID", **environ}


# --- the GPU ---


def _gpu(environ: Mapping[str, str]) -> tuple[Gpu | None, str]:
    program = shutil.which("nvidia-smi", path=environ.get("PATH"))
    if not program:
        return None, "There is no NVIDIA GPU here, or its driver is not installed: nvidia-smi was not found."
    which = environ.get("CUDA_VISIBLE_DEVICES", "").split(",")[0].strip() or "0"
    status, said = _ask(program, f"--query-gpu={_QUERY}", "--format=csv,noheader,nounits", "-i", which)
    cells = [cell.strip() for cell in said.splitlines()[0].split(",")] if status == 0 and said.strip() else []
    if len(cells) != 4 or not re.fullmatch(r"\d+\.\d+", cells[1]):
        return None, f"nvidia-smi does not tell about a GPU here. It said: {_first(said) or 'nothing'}"
    name, capability, driver, load = cells
    return Gpu(name, capability, driver, _busy(program, which, load)), ""


def _busy(program: str, which: str, load: str) -> str:
    """A sentence on other programs that use the GPU. Its processes are not always shown, its load is."""
    options = ("--query-compute-apps=used_memory", "--format=csv,noheader,nounits")
    status, said = _ask(program, *options, "-i", which)
    others = [line.strip() for line in said.splitlines() if line.strip()] if status == 0 else []
    if others:
        memory = sum(int(line) for line in others if line.isdecimal())
        held = f" and hold {memory} MiB of its memory" if memory else ""
        return (
            f"Other programs use this GPU ({len(others)}{held}): the times may be longer than those of the GPU alone."
        )
    if load.isdecimal() and int(load) > BUSY_PERCENT:
        return f"This GPU is busy with something else ({load} %): the times may be longer than those of the GPU alone."
    return ""


def _architecture(gpu: Gpu) -> int:
    return int(gpu.capability.replace(".", ""))


# --- the compiler ---


def _compiler(environ: Mapping[str, str]) -> tuple[Compiler | None, str]:
    path = _nvcc(environ)
    if path is None:
        return None, (
            "nvcc, the compiler of CUDA, was not found in PATH, CUDA_HOME or this Python's packages. Install the CUDA "
            "toolkit, or: pip install nvidia-cuda-nvcc nvidia-cuda-runtime nvidia-cuda-crt nvidia-nvvm"
        )
    status, said = _ask(str(path), "--version")
    version = re.search(r"release (\d+\.\d+)", said)
    if status != 0 or not version:
        return None, f"{path.name} was found and does not tell its version. It said: {_first(said) or 'nothing'}"
    _, known = _ask(str(path), "--list-gpu-arch")
    architectures = tuple(sorted({int(number) for number in re.findall(r"compute_(\d+)", known)}))
    return Compiler(path, version[1], architectures), ""


def _nvcc(environ: Mapping[str, str]) -> Path | None:
    homes = [environ[name] for name in ("CUDA_HOME", "CUDA_PATH") if environ.get(name)]
    folders = [*(Path(home) / "bin" for home in homes), Path("/usr/local/cuda/bin")]
    wheels = [bin for place in sys.path for bin in sorted(Path(place or ".").glob("nvidia/cu*/bin"), reverse=True)]
    for place in (environ.get("PATH", ""), *map(str, folders + wheels)):
        if found := shutil.which("nvcc", path=place):
            return Path(found).resolve()
    return None


def _unsuited(gpu: Gpu, compiler: Compiler) -> str:
    """Why this compiler cannot compile for this GPU; a compiler too old to list what it knows is left to try."""
    known, wanted = compiler.architectures, _architecture(gpu)
    if not known or wanted in known:
        return ""
    if wanted > max(known):
        return (
            f"nvcc {compiler.version} is older than this GPU: {gpu.name} has compute capability {gpu.capability}, and "
            f"it knows none above {max(known) // 10}.{max(known) % 10}. Install a newer CUDA toolkit."
        )
    return (
        f"nvcc {compiler.version} does not compile for this GPU: {gpu.name} has compute capability {gpu.capability}, "
        "which it has left behind. Install an older CUDA toolkit, such as 12.9."
    )


# --- asking ---


def _ask(program: str, *options: str) -> tuple[int, str]:
    """Exit status and all that a program said; 124 when it did not answer in time."""
    try:
        ran = subprocess.run(
            [program, *options],
            stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, timeout=PATIENCE_S,
            encoding="utf-8", errors="replace",
        )  # fmt: skip
    except subprocess.TimeoutExpired:
        return 124, f"no answer within {PATIENCE_S:.0f} seconds"
    except OSError as error:
        return 126, error.strerror or str(error)
    return ran.returncode, ran.stdout


def _first(said: str) -> str:
    lines = [line.strip() for line in said.splitlines() if line.strip()]
    return lines[0][:300] if lines else ""
