"""How XLA fools a naive loop, and the net that catches it.

The work that is left is counted in the optimised program, where noise cannot reach it; one real measurement shows
that the count is what the clock sees.
"""

import re
from collections.abc import Callable
from dataclasses import replace
from random import Random
from typing import Any

import numpy as np
import pytest

from compute.measure import measurement as measurements
from compute.measure import timing, verdict
from compute.measure.measurement import FUSED_STEPS, Measurement
from compute.measure.timing import Effort
from compute.workloads import Case, Check, Program, cnn, matmul, workloads
from tests.measure import engine

WORK = re.compile(r" (?:dot|convolution)\(")
CALLED = re.compile(r"(?:calls|to_apply|body|condition)=%?([\w.\-]+)")
TRIPS = re.compile(r'known_trip_count":\{"n":"(\d+)"')


def products(compiled: Any) -> int:
    """Matrix products and convolutions that a compiled program executes, loops counted as often as they run."""
    bodies: dict[str, list[str]] = {}
    entry = ""
    for line in compiled.as_text().splitlines():
        start = re.match(r"(ENTRY )?%?([\w.\-]+) .*\{$", line)
        if start:
            current = bodies.setdefault(start[2], [])
            entry = start[2] if start[1] else entry
        elif line.startswith(" "):
            current.append(line)

    def executed(name: str) -> int:
        total = 0
        for line in bodies[name]:
            times = 1
            if " while(" in line:
                trips = TRIPS.search(line)
                assert trips, f"a loop without a known trip count: {line}"
                times = int(trips[1])
            total += len(WORK.findall(line)) + times * sum(map(executed, CALLED.findall(line)))
        return total

    return executed(entry)


def per_step(case: Case) -> int:
    """Products in one step: one a layer with weights; training two more each, but for the first layer, whose
    inputs are images that need no gradient."""
    if case.workload == "matmul":
        return 1
    model, task = cnn.split(case.variant)
    layers = sum(layer.parameters > 0 for layer in cnn.layers(model))
    return layers if task == "inference" else 3 * layers - 1


FUSED = [
    *(Case("matmul", "square", dtype, size, "fused") for dtype in matmul.DTYPES for size in (64, 256)),
    Case("cnn", "baseline inference", "fp32", 2, "fused"),
    Case("cnn", "baseline training", "fp32", 2, "fused"),
]


@pytest.mark.parametrize("case", FUSED, ids=lambda case: case.id)
def test_a_fused_loop_does_all_of_its_steps(case: Case) -> None:
    short, long = (products(engine.compiled_loop(case, steps)) for steps in (FUSED_STEPS, 2 * FUSED_STEPS))
    assert (short, long) == (FUSED_STEPS * per_step(case), 2 * FUSED_STEPS * per_step(case))


SINGLE = [
    *(Case("matmul", "square", dtype, 256) for dtype in matmul.DTYPES),
    *(Case("cnn", variant, "fp32", 2) for variant in cnn.WORKLOAD.variants),
    Case("cnn", "baseline inference", "fp32", 128),
    Case("cnn", "baseline inference", "bf16", 2),
]


@pytest.mark.parametrize("case", SINGLE, ids=lambda case: case.id)
def test_a_step_does_all_of_its_work(case: Case) -> None:
    assert products(engine.compiled_loop(case, 1)) == per_step(case)


def test_no_workload_escapes_these_tests() -> None:
    """Executions are never merged, so that a whole step is enough for the modes stream and call."""
    seen = {(case.workload, case.variant) for case in SINGLE}
    assert seen == {(name, variant) for name, workload in workloads().items() for variant in workload.variants}
    fused = {(c.workload, c.variant) for w in workloads().values() for c in w.cases("full", "cpu") if c.mode == "fused"}
    assert fused <= {(case.workload, case.variant) for case in FUSED}


@pytest.mark.parametrize("mode", ["stream", "call", "fused"])
def test_the_clock_agrees(mode: str) -> None:
    """T(2K)/T(K) at a size where work dominates. A busy neighbour may spoil a try, hardly three."""
    case = Case("matmul", "square", "fp32", 512 if mode != "fused" else 192, mode)
    ratios = []
    for _ in range(3):
        ratios.append(timing.doubling(timed(case).samples)[0])
        if 1.5 <= ratios[-1] <= 2.6:
            return
    pytest.fail(f"T(2K)/T(K) was {ratios}")


def timed(case: Case, pairs: int = 9) -> Measurement:
    measurement = Measurement(case, engine.device(), Effort(warm_s=0.02, batch_s=0.01, target=0, case_s=60))
    list(measurement.begin())
    for number in range(pairs):
        measurement.round(Random(number))
    return measurement


# The converse: programs that fall for a trap. Each "does" one product a step, and XLA or the program avoids it.
SIZE = 384
RIGHT = Check(error=0.0, limit=1.0, arithmetic="fp32", fingerprint=0.0)


def _factors() -> Any:
    return np.random.default_rng(0).standard_normal((2, SIZE, SIZE), dtype=np.float32)


def ignores_its_state(factors: Any, state: Any) -> Any:
    """The product does not depend on the state: computed once, before the loop."""
    return factors[0] @ factors[1]


def hides_behind_a_barrier(factors: Any, state: Any) -> Any:
    """The same behind an optimisation barrier, which CPUs drop."""
    return engine.device().jax.lax.optimization_barrier(factors[0]) @ factors[1]


def closes_over_its_inputs(factors: Any, state: Any) -> Any:
    """Arrays that are no arguments are constants: multiplied by the compiler, once for all."""
    one, other = _factors()
    return engine.device().jax.numpy.asarray(one) @ other


def throws_its_product_away(factors: Any, state: Any) -> Any:
    """Only the last product is ever seen, and it does not depend on those before."""
    total, _ = state
    return total + 1, factors[0] @ factors[1]


def remembers_its_answer(factors: Any, state: Any) -> Any:
    """Works in the first step only, and answers from memory afterwards."""
    jax = engine.device().jax
    first, answer = state
    return first * 0, jax.lax.cond(first[0, 0] != 0, lambda: factors[0] @ factors[1], lambda: answer)


TRAPS: list[tuple[Callable[[Any, Any], Any], Callable[[], Any]]] = [
    (ignores_its_state, lambda: _factors()[0]),
    (hides_behind_a_barrier, lambda: _factors()[0]),
    (throws_its_product_away, lambda: (np.zeros((1, 1), np.float32), _factors()[0])),
    (remembers_its_answer, lambda: (np.ones((1, 1), np.float32), _factors()[0])),
]


def measure_program(program: Program, mode: str, monkeypatch: pytest.MonkeyPatch) -> Measurement:
    """Nine pairs of a program that stands in for the matrix product."""
    workload = replace(workloads()["matmul"], build=lambda case, backend: program)
    monkeypatch.setattr(measurements, "workloads", lambda: {"matmul": workload})
    return timed(Case("matmul", "square", "fp32", SIZE, mode))


def trap(step: Callable[[Any, Any], Any], start: Callable[[], Any]) -> Program:
    """The step as a program whose answer nobody doubts."""
    put = engine.device().jax.device_put

    def check(compiled: Any, fixed: Any, state: Any) -> tuple[Check, Any]:
        return RIGHT, compiled(fixed, state)

    return Program(step=step, fixed=lambda: put(tuple(_factors())), state=lambda _: put(start()), check=check)


@pytest.mark.parametrize(("step", "start"), TRAPS, ids=[step.__name__ for step, _ in TRAPS])
def test_work_that_was_not_done_is_found_out(
    step: Callable[[Any, Any], Any], start: Callable[[], Any], monkeypatch: pytest.MonkeyPatch
) -> None:
    judged = []
    for _ in range(3):
        row = measure_program(trap(step, start), "fused", monkeypatch).row("measured", "")
        judged.append((row["verdict"], row["reason"]))
        if row["verdict"] == "invalid":
            assert "some of the work was not done every time" in row["reason"]
            assert row["doubling"] < 1.8
            return
    pytest.fail(f"it was believed: {judged}")


@pytest.mark.parametrize(
    ("step", "left"),
    [(ignores_its_state, 1), (hides_behind_a_barrier, 1), (closes_over_its_inputs, 0)],
    ids=["ignores its state", "hides behind a barrier", "closes over its inputs"],
)
def test_counting_finds_out_what_is_left(step: Callable[[Any, Any], Any], left: int) -> None:
    """A folded product leaves a copy a loop, which doubles as it should: only the count and the peak see that."""
    loop = Measurement(Case("matmul", "square", "fp32", SIZE, "fused"), engine.device(), engine.BRIEF)
    loop._program = trap(step, lambda: _factors()[0])
    loop._load()
    assert products(loop._compile_loop(FUSED_STEPS)[0]) == left


def test_an_honest_program_is_believed(monkeypatch: pytest.MonkeyPatch) -> None:
    """The same net lets the chain of products through."""
    chain = trap(lambda factors, x: x @ factors[1] * (1 / np.sqrt(SIZE)), lambda: _factors()[0])
    for _ in range(3):
        measurement = measure_program(chain, "fused", monkeypatch)
        if measurement.row("measured", "")["verdict"] != "invalid":
            return
    pytest.fail("an honest program was called invalid")


def test_zeros_have_no_fingerprint(monkeypatch: pytest.MonkeyPatch) -> None:
    """Zeros run faster than data does on some chips; the relative error of a zero answer is not a number."""
    from compute.measure import arithmetic

    zeros = np.zeros((64, 64), np.float32)
    with np.errstate(invalid="ignore"):
        error = arithmetic.product_error(zeros, zeros, zeros)
    judged = verdict.judge(_doubling(2.0), Check(error, 1e-6, arithmetic.name_of(error, "fp32"), error), 1e9, None)
    assert judged.name == "invalid"


def test_not_waiting_is_found_out() -> None:
    """Batches that only enqueue take as long as the calls: far above any peak, and the doubling may look right."""
    judged = verdict.judge(_doubling(2.0), RIGHT, 8400e12, 67e12)
    assert judged.name == "invalid"
    assert judged.reason == "Faster than the chip can be: 125.37 times its dense peak."


def _doubling(ratio: float) -> timing.Samples:
    samples = timing.Samples()
    for _ in range(9):
        samples.add(1.0, ratio)
    return samples
