"""The child process that compiles and runs our CUDA programs, and then the same product by JAX.

It speaks as `compute.measure.worker` does, with one event of its own: "kernel", with a row of `compute.cuda.record`.
The CUDA programs run first, each in a process of its own: JAX takes most of a GPU's memory when it starts.
"""

from __future__ import annotations

import argparse
import json
import shutil
import signal
import subprocess
import sys
import tempfile
import time
from dataclasses import asdict
from importlib.metadata import PackageNotFoundError, version
from pathlib import Path
from typing import Any

from compute import hardware, machine
from compute.cuda import programs, toolkit
from compute.cuda.programs import KERNELS, Kernel
from compute.cuda.record import Row, judged
from compute.measure.child import end_with_parent
from compute.measure.device import first_line, start_jax, utc_now
from compute.measure.worker import Reporter

COMPILE_S = 120.0
RUN_S = 60.0
_SAID_CHARACTERS = 4000


class Failed(Exception):
    """A program could not be compiled or run: a sentence, and what the compiler or the program said."""

    def __init__(self, sentence: str, said: str = "") -> None:
        super().__init__(sentence)
        self.said = said.strip()[:_SAID_CHARACTERS]


class Run:
    """Every kernel once, in the order of `KERNELS`."""

    def __init__(self, size: int, reporter: Reporter) -> None:
        self._size = size
        self._reporter = reporter
        self._tools = toolkit.look()
        gpu = self._tools.gpu
        self._chip = hardware.find(gpu.name) if gpu else None
        self._done = 0

    def go(self) -> None:
        """Run everything and report it."""
        self._reporter.event(
            "started",
            suite="cuda",
            machine=self._facts(),
            cases=[{"id": kernel.id, "mode": "call"} for kernel in KERNELS],
            budget_s=None,
        )
        with tempfile.TemporaryDirectory(prefix="many-hands-cuda-") as folder:
            for kernel in KERNELS:
                if kernel.cuda:
                    self._report(self._cuda(kernel, Path(folder)))
        self._products()
        self._reporter.event("finished", elapsed_s=round(self._reporter.elapsed_s, 3))

    def _facts(self) -> dict[str, Any]:
        gpu, compiler = self._tools.gpu, self._tools.compiler
        return {
            "measured_at": utc_now(),
            "size": self._size,
            "gpu": gpu.name if gpu else "",
            "capability": gpu.capability if gpu else "",
            "driver": gpu.driver if gpu else "",
            "nvcc": compiler.version if compiler else "",
            "jax": _version("jax"),
            "note": gpu.busy if gpu else "",
            "sources": {kernel.id: programs.digest(kernel) for kernel in KERNELS if kernel.file},
        }

    def _report(self, row: Row) -> None:
        self._done += 1
        self._reporter.event("kernel", row=asdict(judged(row, self._chip)))

    def _progress(self, stage: str, kernel: Kernel) -> None:
        self._reporter.event(
            "progress", stage=stage, case=f"{kernel.title} {kernel.dtype}", mode="call", done=self._done,
            total=len(KERNELS), elapsed_s=round(self._reporter.elapsed_s, 3), left_s=None,
        )  # fmt: skip

    # -- our CUDA programs

    def _cuda(self, kernel: Kernel, folder: Path) -> Row:
        n = kernel.size or self._size
        if self._tools.problem:
            return Row(kernel.id, n, "skipped", self._tools.problem)
        try:
            self._progress("compiling", kernel)
            begin = time.perf_counter()
            program = self._compiled(kernel, folder)
            compile_s = time.perf_counter() - begin
            self._progress("measuring", kernel)
            return Row(kernel.id, n, "measured", compile_s=compile_s, **_run(program, kernel, n))
        except Failed as failure:
            return Row(kernel.id, n, "failed", str(failure), failure.said)

    def _compiled(self, kernel: Kernel, folder: Path) -> Path:
        """The program, compiled from a copy of our source. Raises Failed with the compiler's text."""
        gpu, compiler = self._tools.gpu, self._tools.compiler
        assert gpu
        assert compiler
        source, program = folder / Path(kernel.file).name, folder / kernel.id
        shutil.copyfile(programs.ROOT / kernel.file, source)
        command = [str(compiler.path), *programs.FLAGS, toolkit.flag(gpu), source.name, "-o", program.name]
        status, said = _finish(command, folder, COMPILE_S)
        if status is None:
            raise Failed(f"nvcc did not finish within {COMPILE_S:.0f} seconds and was ended.", said)
        if status or not program.exists():
            raise Failed("nvcc could not compile it.", said)
        return program

    # -- the same product by JAX

    def _products(self) -> None:
        kernels = [kernel for kernel in KERNELS if not kernel.cuda]
        self._progress("starting JAX", kernels[0])
        from compute.cuda import products

        device = start_jax(machine.describe())
        for kernel in kernels:
            if device.backend != "gpu" and not (products.interpreted(kernel, device) and kernel.dtype == "fp32"):
                self._report(Row(kernel.id, self._size, "skipped", device.note or "JAX finds no GPU here."))
                continue
            interpreted = products.interpreted(kernel, device)
            n = products.INTERPRETED_SIZE if interpreted else self._size
            self._progress("measuring", kernel)
            try:
                found = products.measure(kernel, n, device)
                self._report(Row(kernel.id, n, "measured", interpreted=interpreted, **found))
            except Exception as error:  # whatever JAX raises for one of them, the others go on
                sentence = f"It failed. JAX said: {first_line(error) or type(error).__name__}"
                self._report(Row(kernel.id, n, "failed", sentence))


def _run(program: Path, kernel: Kernel, n: int) -> dict[str, Any]:
    """The columns of a row that a program's line fills. Raises Failed."""
    status, said = _finish([str(program), str(n)], program.parent, RUN_S)
    if status is None:
        raise Failed(f"The program did not finish within {RUN_S:.0f} seconds and was ended.", said)
    if status:
        raise Failed(f"The program stopped with exit status {status}.", said)
    try:
        told = json.loads(said.strip().splitlines()[-1])
        if (told["name"], told["n"]) != (kernel.id, n):
            raise ValueError
        return {name: told[name] for name in _COLUMNS}
    except (ValueError, TypeError, LookupError):
        raise Failed("The program did not print the line of JSON that was expected.", said) from None


_COLUMNS = ("median_s", "min_s", "max_s", "runs", "flops", "bytes", "max_error")


def _finish(command: list[str], folder: Path, patience_s: float) -> tuple[int | None, str]:
    """Exit status, None where it took too long, and all that was said. Raises Failed where it cannot be started.

    The output goes to a file: a pipe would wait for whatever the program started, too.
    """
    with tempfile.TemporaryFile() as output:
        try:
            ran = subprocess.run(
                command, cwd=folder, stdin=subprocess.DEVNULL, stdout=output, stderr=subprocess.STDOUT,
                timeout=patience_s, env=toolkit.child_environment(),
            )  # fmt: skip
            status = ran.returncode
        except subprocess.TimeoutExpired:
            status = None
        except OSError as error:
            raise Failed(f"{Path(command[0]).name} could not be started: {error.strerror or error}.") from None
        output.seek(0)
        return status, output.read().decode("utf-8", "replace")


def _version(package: str) -> str:
    try:
        return version(package)
    except PackageNotFoundError:
        return ""


def main(arguments: list[str] | None = None) -> int:
    """Entry point; returns the exit status."""
    parser = argparse.ArgumentParser(prog="python -m compute.cuda.worker", description=__doc__)
    commands = parser.add_subparsers(dest="command", required=True)
    run = commands.add_parser("run", help="compile and run everything, and print events")
    run.add_argument("--run-id", required=True)
    run.add_argument("--size", type=int, required=True)
    options = parser.parse_args(arguments)
    end_with_parent()
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(1))  # so that the compiled programs are tidied away
    Run(options.size, Reporter()).go()
    return 0


if __name__ == "__main__":
    sys.exit(main())
