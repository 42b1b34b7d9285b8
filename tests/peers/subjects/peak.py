"""The most multiply-adds that this processor does in a second, measured by a small program in C."""

from __future__ import annotations

import re
import shutil
import subprocess
import tempfile
from pathlib import Path
from typing import Any

from compute.workloads import Case
from compute.workloads.matmul import flops
from tests.peers.child import Subject

_SOURCES = Path(__file__).parents[1]


def prepare(case: Case, how: dict[str, Any]) -> Subject:
    """As if the case's product ran at the peak of all threads: flop / peak is what it takes.

    Raises:
        FileNotFoundError: there is no C compiler.
    """
    program = compiled("fma_peak.c", "-pthread")

    def batch(calls: int) -> float:
        said = subprocess.run([program], stdout=subprocess.PIPE, text=True, check=True).stdout
        return calls * flops(case) / (1e9 * max(map(float, re.findall(r"gflops=([\d.]+)", said))))

    return Subject(batch, calls=1)


def compiled(source: str, *options: str) -> Path:
    """A C file beside these contests as a program for this processor.

    Raises:
        FileNotFoundError: there is no C compiler.
    """
    compiler = shutil.which("cc") or shutil.which("gcc") or shutil.which("clang")
    if not compiler:
        raise FileNotFoundError(f"there is no C compiler (cc), so {source} cannot be measured")
    program = Path(tempfile.mkdtemp()) / Path(source).stem
    subprocess.run([compiler, "-O3", "-march=native", *options, "-o", program, _SOURCES / source], check=True)
    return program
