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

_SOURCE = Path(__file__).parents[1] / "fma_peak.c"


def prepare(case: Case, how: dict[str, Any]) -> Subject:
    """As if the case's product ran at the peak of all threads: flop / peak is what it takes.

    Raises:
        FileNotFoundError: there is no C compiler.
    """
    compiler = shutil.which("cc") or shutil.which("gcc") or shutil.which("clang")
    if not compiler:
        raise FileNotFoundError("there is no C compiler (cc), so the peak cannot be measured")
    program = Path(tempfile.mkdtemp()) / "fma_peak"
    subprocess.run([compiler, "-O3", "-march=native", "-pthread", "-o", program, _SOURCE], check=True)

    def batch(calls: int) -> float:
        said = subprocess.run([program], stdout=subprocess.PIPE, text=True, check=True).stdout
        return calls * flops(case) / (1e9 * max(map(float, re.findall(r"gflops=([\d.]+)", said))))

    return Subject(batch, calls=1)
