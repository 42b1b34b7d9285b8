"""(e) Our timing against timeit: the same compiled 1024 x 1024 fp32 product, in turns, in one process.

The process is one like the worker's, with the same environment: this file runs itself in it.
"""

import json
import os
import subprocess
import sys
import timeit
from statistics import median

from compute import machine
from compute.measure.device import start_jax
from compute.measure.measurement import Measurement
from compute.measure.timing import effort
from compute.measure.worker import environment
from compute.workloads import Case
from tests.bench.report import Finding

CASE = Case("matmul", "square", "fp32", 1024)
ROUNDS = 40
LIMIT = 0.03


def measure() -> list[Finding]:
    """Both medians and how far they are apart."""
    command = [sys.executable, "-m", "tests.bench.against_timeit"]
    answer = subprocess.run(command, env=environment(os.environ), stdout=subprocess.PIPE, check=True).stdout
    ours, theirs = json.loads(answer)
    return [
        Finding("our timing, one product", ours * 1e3, "ms"),
        Finding("timeit, one product", theirs * 1e3, "ms"),
        Finding("how far ours is from timeit's", abs(ours / theirs - 1), "of it", LIMIT),
    ]


def both() -> tuple[float, float]:
    """Median seconds of one product by our batches and by timeit; who is first alternates from round to round."""
    measurement = Measurement(CASE, start_jax(machine.describe()), effort("standard", "cpu"))
    for _ in measurement.begin():
        pass
    calls = measurement.samples.steps
    compiled, fixed, state = measurement._compiled[1], measurement._fixed, measurement._state
    timer = timeit.Timer(lambda: compiled(fixed, state).block_until_ready())
    clocks = {"ours": lambda: measurement._batch(calls), "timeit": lambda: timer.timeit(calls)}
    seconds: dict[str, list[float]] = {name: [] for name in clocks}
    for number in range(ROUNDS):
        for name in sorted(clocks, reverse=bool(number % 2)):
            seconds[name].append(clocks[name]() / calls)
    return median(seconds["ours"]), median(seconds["timeit"])


if __name__ == "__main__":
    print(json.dumps(both()))
