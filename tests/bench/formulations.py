"""Every formulation and option set of one case, side by side: what `compute/workloads/_tuning.py` is chosen from.

`python -m tests.bench.formulations "cnn resnet50 training bf16 256"` times what the table has for the case, then the
plain formulation under each option set, then, for a network, each other formulation alone. `--how "stem=blocks"`
(repeatable, empty for the plain one) times those formulations instead, `--only table --only defaults` those option
sets. All take turns on the same inputs; a line has the compile time, the median rate, its quartiles and the ratio to
the first line. Other cases: `"sha256 headers uint32 4194304" --only table --how rounds=64`, `"matmul square fp64 4096"
--only table --only cublaslt`.
"""

from __future__ import annotations

import argparse
import os
import statistics
import sys
from collections.abc import Iterator
from dataclasses import dataclass, field
from functools import partial
from typing import Any
from unittest.mock import patch

from compute import machine
from compute.measure.device import first_line, start_jax
from compute.measure.timing import calibrate, quartiles, timed
from compute.measure.worker import environment
from compute.workloads import Case, _cnn_layers, _tuning, _versions, workloads

_FUSION = {**_tuning.NO_TRITON, "xla_gpu_experimental_enable_conv_fusion": True}
OPTIONS: dict[str, dict[str, dict[str, Any]]] = {
    "cpu": {"eigen convolutions": _tuning.EIGEN_CONVOLUTIONS, "eigen": _tuning.EIGEN, "defaults": {}},
    "gpu": {
        "defaults": {},
        "no triton": _tuning.NO_TRITON,
        "cublaslt": {**_tuning.NO_TRITON, "xla_gpu_enable_cublaslt": True},
        "untuned": {**_tuning.NO_TRITON, "xla_gpu_autotune_level": 0},
        **{f"fusion {plans}": {**_FUSION, "xla_gpu_cudnn_gemm_max_plans": plans} for plans in (1, 2, 3)},
    },
    "tpu": {"defaults": {}},
}


@dataclass
class Candidate:
    """One way to write and compile the step, and the seconds per step of each round."""

    name: str
    entry: _tuning.Entry
    compiled: Any = None
    compile_s: float = 0.0
    seconds: list[float] = field(default_factory=list)


def candidates(case: Case, backend: str, only: list[str], how: list[str]) -> Iterator[Candidate]:
    """What the command line asks for; see the top of this file."""
    table = _tuning.find(case, backend)
    options = {"table": dict(table.options), **OPTIONS[backend]}
    chosen = {name: options[name] for name in only} if only else options
    if how:
        formulations = [dict(pair.split("=") for pair in text.split(";") if pair) for text in how]
    else:
        formulations = [dict(table.formulation)]
    for name, values in chosen.items():
        for formulation in formulations:
            yield _candidate(case, backend, name, values, formulation)
    if how or case.workload != "cnn":
        return
    name, values = next(iter(chosen.items()))
    for key, forms in _cnn_layers.FORMULATIONS.items():
        for form in forms:
            if form != table.formulation.get(key, "plain"):
                yield _candidate(case, backend, name, values, {**table.formulation, key: form})


def _candidate(case: Case, backend: str, name: str, options: Any, formulation: dict[str, str]) -> Candidate:
    words = " ".join(f"{key}={form}" for key, form in formulation.items()) or "plain"
    entry = _tuning.Entry(case.workload, backend, "a candidate", options=options, formulation=formulation)
    return Candidate(f"{name}: {words}", entry)


def race(case: Case, only: list[str], how: list[str], rounds: int, batch_s: float) -> Iterator[Candidate]:
    """The candidates that could be compiled, timed in turns, the order turned round from round to round."""
    device = start_jax(machine.describe())
    jax = device.jax
    inputs: Any = None
    running: list[Candidate] = []
    for candidate in candidates(case, device.backend, only, how):
        with patch.object(_tuning, "find", return_value=candidate.entry):
            program = workloads()[case.workload].build(case, device.backend)
        with _versions.types(program.wide):
            if inputs is None:
                fixed = program.fixed()
                inputs = fixed, program.state(fixed)
            # A state that is handed over needlessly is copied to: a product cannot be written over its own factor.
            donated = (1,) if program.donate else ()
            lowered = jax.jit(program.step, donate_argnums=donated).lower(*inputs)
        try:
            compile_ = partial(lowered.compile, compiler_options=dict(candidate.entry.options))
            candidate.compile_s, candidate.compiled = timed(compile_)
        except Exception as error:  # one that this backend refuses must not end the others
            print(f"{candidate.name}: {first_line(error)}", flush=True)
            continue
        running.append(candidate)
    fixed, state = inputs

    def batch(candidate: Candidate, calls: int) -> float:
        nonlocal state

        def work() -> None:
            nonlocal state
            for _ in range(calls):
                state = candidate.compiled(fixed, state)
            jax.block_until_ready(state)

        return timed(work)[0]

    for candidate in running:
        batch(candidate, 1)
    calls = calibrate(lambda steps: batch(running[0], steps), batch_s)
    for number in range(rounds):
        for candidate in reversed(running) if number % 2 else running:
            candidate.seconds.append(batch(candidate, calls) / calls)
    yield from running


def named(text: str) -> Case:
    """The case of an id, as argparse wants it."""
    workload, *variant, dtype, size = text.split()
    if workload not in workloads() or not variant or not size.isdecimal():
        raise argparse.ArgumentTypeError(f"no case is named {text!r}: it is like 'matmul square fp32 1024'")
    return Case(workload, " ".join(variant), dtype, int(size))


def main() -> None:
    """Print one line a candidate."""
    parser = argparse.ArgumentParser("python -m tests.bench.formulations", description=__doc__)
    parser.add_argument("case", type=named, help="as the column `case` of a CSV names it, of any size")
    parser.add_argument("--only", action="append", default=[], help="an option set, `table` or by name")
    parser.add_argument("--how", action="append", default=[], help="a formulation, `key=form;key=form`")
    parser.add_argument("--rounds", type=int, default=7)
    parser.add_argument("--seconds", type=float, default=0.5, help="of one batch")
    asked = parser.parse_args()
    wanted = environment(os.environ)
    if wanted.items() - os.environ.items():  # the allocator reads it when a process starts
        os.execve(sys.executable, [sys.executable, "-m", "tests.bench.formulations", *sys.argv[1:]], wanted)
    case = asked.case
    workload = workloads()[case.workload]
    print(f"{case.id}: compile s, {workload.item_name}s/s (quartiles), ratio to the first", flush=True)
    first = None
    for candidate in race(case, asked.only, asked.how, asked.rounds, asked.seconds):
        median = statistics.median(candidate.seconds)
        first = first or median
        items = workload.items(case)
        low, high = (items / seconds for seconds in reversed(quartiles(candidate.seconds)))
        print(
            f"{candidate.compile_s:6.1f} {items / median:12.5g} ({low:.5g} to {high:.5g}) {first / median:6.3f}  "
            f"{candidate.name}",
            flush=True,
        )


if __name__ == "__main__":
    main()
