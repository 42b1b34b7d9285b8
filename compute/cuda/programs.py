"""What is compared: our own CUDA programs, and the same product by JAX; their code, explained line by line.

Only these are ever compiled: files of `data/cuda/` that are named here.
"""

from __future__ import annotations

import csv
import hashlib
from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
FOLDER = ROOT / "data" / "cuda"
EXPLANATIONS = FOLDER / "explanations.csv"
COLUMNS = ["file", "first", "last", "words"]
FLAGS = ("-O3", "-std=c++17")

# Relative errors that the arithmetic can explain, with room: fp32 products come to about 2e-6 at n = 4096, and TF32,
# which keeps 10 bits of each factor, to 3e-4. A single wrong number of the result is beyond both.
LIMITS = {"fp32": 2e-5, "tf32": 2e-3}


@dataclass(frozen=True)
class Kernel:
    """One rung of the ladder. `file` is its source below the repository, "" for XLA, which writes its own."""

    id: str
    title: str
    file: str
    dtype: str
    limit: float
    size: int | None = None  # its own n, where it is not that of the matrices

    @property
    def cuda(self) -> bool:
        """Whether nvcc compiles it; the others are JAX's."""
        return self.file.endswith(".cu")

    @property
    def product(self) -> bool:
        """Whether it is the matrix product, which all but the vector sum are."""
        return self.size is None

    @property
    def source(self) -> str:
        """Its code. Raises OSError."""
        return (ROOT / self.file).read_text(encoding="utf-8")


# A sum of two floats is rounded once, by the GPU as by the CPU: the answers are equal.
_ADD = Kernel("vector_add", "Vector sum", "data/cuda/vector_add.cu", "fp32", 0.0, size=1 << 26)
_PALLAS = "compute/cuda/pallas.py"
KERNELS = (
    _ADD,
    Kernel("matmul_naive", "Naive", "data/cuda/matmul_naive.cu", "fp32", LIMITS["fp32"]),
    Kernel("matmul_tiled", "Tiled", "data/cuda/matmul_tiled.cu", "fp32", LIMITS["fp32"]),
    Kernel("pallas", "Pallas", _PALLAS, "fp32", LIMITS["fp32"]),
    Kernel("xla", "XLA with cuBLAS", "", "fp32", LIMITS["fp32"]),
    Kernel("pallas_tf32", "Pallas", _PALLAS, "tf32", LIMITS["tf32"]),
    Kernel("xla_tf32", "XLA with cuBLAS", "", "tf32", LIMITS["tf32"]),
)
BY_ID = {kernel.id: kernel for kernel in KERNELS}
SHOWN = ("vector_add", "matmul_naive", "matmul_tiled", "pallas")
"""The kernels with code to look at."""


@dataclass(frozen=True)
class Step:
    """Lines `first` to `last` (from 1, both included) of a file, and what they do. Empty words: nothing to say."""

    first: int
    last: int
    words: str


class ExplanationError(ValueError):
    """The explanations do not fit the code; the message is a sentence for people."""


def digest(kernel: Kernel) -> str:
    """SHA-256 of the source, which ties a recorded run to the code that ran."""
    return hashlib.sha256(kernel.source.encode()).hexdigest()


def explained(kernel: Kernel) -> list[Step]:
    """The steps through a kernel's code, in the order of its lines. Raises OSError, ExplanationError."""
    with EXPLANATIONS.open(encoding="utf-8", newline="") as file:
        steps = parse(file).get(Path(kernel.file).name, [])
    check(kernel.source, steps, Path(kernel.file).name)
    return steps


def parse(lines: Iterable[str]) -> dict[str, list[Step]]:
    """Steps of each file from CSV text with a header. Raises ExplanationError naming the row and the column."""
    reader = csv.DictReader(lines)
    if reader.fieldnames != COLUMNS:
        raise ExplanationError(f"{EXPLANATIONS.name}: expected the columns {COLUMNS}, found {reader.fieldnames}.")
    steps: dict[str, list[Step]] = {}
    for number, row in enumerate(reader, start=2):
        if None in row or None in row.values():
            raise ExplanationError(f"{EXPLANATIONS.name}, row {number}: expected {len(COLUMNS)} cells. Mend the row.")
        for column in ("first", "last"):
            if not row[column].isdecimal():
                raise ExplanationError(
                    f"{EXPLANATIONS.name}, row {number}, column {column}: expected the number of a line, "
                    f"found {row[column]!r}."
                )
        steps.setdefault(row["file"], []).append(Step(int(row["first"]), int(row["last"]), row["words"].strip()))
    return steps


def check(source: str, steps: list[Step], name: str) -> None:
    """See that the steps cover every line with code once and in order. Raises ExplanationError."""
    lines = source.splitlines()
    next_line = 1
    for step in steps:
        if not next_line <= step.first <= step.last <= len(lines):
            raise ExplanationError(
                f"{EXPLANATIONS.name}: lines {step.first} to {step.last} of {name} are out of order or not there; "
                f"expected lines from {next_line} to {len(lines)}."
            )
        _see_that_blank(lines, next_line, step.first, name)
        next_line = step.last + 1
    _see_that_blank(lines, next_line, len(lines) + 1, name)


def _see_that_blank(lines: list[str], first: int, end: int, name: str) -> None:
    for number in range(first, end):
        if lines[number - 1].strip():
            raise ExplanationError(f"{EXPLANATIONS.name}: line {number} of {name} has code and no explanation. Add it.")


def colab_cell(kernel: Kernel) -> str:
    """The cell that compiles and runs a CUDA program in a notebook with a GPU, whole, to copy."""
    name = kernel.id
    return (
        f"%%bash\ncat > {name}.cu <<'END'\n{kernel.source}END\n"
        f"nvcc {' '.join(FLAGS)} -arch=native {name}.cu -o {name} && ./{name}\n"
    )
