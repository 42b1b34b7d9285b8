"""How XLA fools a naive loop, and the net that catches it.

The work that is left is counted in the optimised program, where noise cannot reach it; one real measurement shows
that the count is what the clock sees. The traps are set on every backend that JAX is told to use: the CPU, and with
JAX_PLATFORMS=cuda,cpu the GPU as well.
"""

from collections.abc import Callable
from dataclasses import replace
from random import Random
from typing import Any

import numpy as np
import pytest

from compute.measure import measurement as measurements
from compute.measure import proof, timing, verdict
from compute.measure.measurement import FUSED_STEPS, Measurement
from compute.measure.timing import Effort
from compute.workloads import Case, Check, Program, bandwidth, cnn, matmul, workloads
from tests.measure import engine

by_the_clock = pytest.mark.alone
"""A neighbour takes the time that a doubling is judged by."""


def per_step(case: Case) -> int:
    """Products in one step: one a layer with weights; training two more each, but for the first layer, whose
    inputs are images that need no gradient."""
    if case.workload != "cnn":
        return int(case.workload in ("matmul", "particles"))
    model, task = cnn.split(case.variant)
    layers = sum(layer.parameters > 0 for layer in cnn.layers(model))
    return layers if task == "inference" else 3 * layers - 1


DTYPES = tuple(dtype for dtype in matmul.DTYPES if dtype != "tf32")  # what a CPU can multiply
FUSED = [
    *(Case("matmul", "square", dtype, size, "fused") for dtype in DTYPES for size in (64, 256)),
    *(Case("matmul", "alexnet dense2", dtype, 4, "fused") for dtype in ("fp32", "bf16", "fp8_e4m3")),
    Case("cnn", "baseline inference", "fp32", 2, "fused"),
    Case("cnn", "baseline training", "fp32", 2, "fused"),
]


@pytest.mark.parametrize("case", FUSED, ids=lambda case: case.id)
def test_a_fused_loop_does_all_of_its_steps(case: Case) -> None:
    loops = [engine.outlined_loop(case, steps).as_text() for steps in (FUSED_STEPS, 2 * FUSED_STEPS)]
    short, long = (proof.optimised(loop).products for loop in loops)
    assert (short, long) == (FUSED_STEPS * per_step(case), 2 * FUSED_STEPS * per_step(case))


SINGLE = [
    *(Case("matmul", "square", dtype, 256) for dtype in DTYPES),
    *(Case("matmul", layer, "fp32", 2) for layer in matmul.LAYERS),
    Case("matmul", "peak", "fp32", 128, params="m=256;k=32;n=128;layout=nt"),
    *(Case("bandwidth", kernel, "fp32", 4096) for kernel in bandwidth.KERNELS),
    Case("dispatch", "one number", "fp32", 1),
    Case("kmeans", "lloyd", "fp32", 1000),
    Case("particles", "gravity", "fp32", 64),
    Case("rendering", "spheres", "fp32", 36),
    Case("serial", "chain", "uint32", 128),
    Case("sha256", "headers", "uint32", 256),
    *(Case("cnn", variant, "fp32", 2) for variant in cnn.WORKLOAD.variants),
    Case("cnn", "baseline inference", "fp32", 128),
    Case("cnn", "baseline inference", "bf16", 2),
]


@pytest.mark.parametrize("case", SINGLE, ids=lambda case: case.id)
def test_a_step_does_all_of_its_work(case: Case) -> None:
    assert proof.optimised(engine.outlined_loop(case, 1).as_text()).products == per_step(case)


def test_no_workload_escapes_these_tests() -> None:
    """Executions are never merged, so that a whole step is enough for the modes stream and call."""
    seen = {(case.workload, case.variant) for case in SINGLE}
    uncompiled = {("transfer", variant) for variant in workloads()["transfer"].variants}  # calls of JAX's own
    alone = [workload for workload in workloads().values() if not workload.spread]  # others: test_on_devices.py
    assert seen == {(workload.name, variant) for workload in alone for variant in workload.variants} - uncompiled
    fused = {(c.workload, c.variant) for w in workloads().values() for c in w.cases("full", "cpu") if c.mode == "fused"}
    assert fused <= {(case.workload, case.variant) for case in FUSED}


@by_the_clock
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


@by_the_clock
@pytest.mark.parametrize(("step", "start"), TRAPS, ids=[step.__name__ for step, _ in TRAPS])
def test_work_that_was_not_done_is_found_out_by_the_clock(
    step: Callable[[Any, Any], Any], start: Callable[[], Any], monkeypatch: pytest.MonkeyPatch
) -> None:
    judged = []
    for _ in range(3):
        measurement = measure_program(trap(step, start), "fused", monkeypatch)
        judged.append(verdict.judge(measurement.samples, RIGHT, 1.0, None))
        if judged[-1].name == "invalid":
            assert "some of the work was not done every time" in judged[-1].reason
            assert measurement.row("measured", "")["verdict"] == "invalid"
            return
    pytest.fail(f"it was believed: {judged}")


@by_the_clock
def test_a_folded_closure_is_found_out_by_counting(monkeypatch: pytest.MonkeyPatch) -> None:
    """A copy a step is left, which takes twice as long when it is done twice: the clock alone believes it."""
    measurement = measure_program(trap(closes_over_its_inputs, lambda: _factors()[0]), "stream", monkeypatch)
    row = measurement.row("measured", "")
    assert (row["verdict"], row["products"], row["products_expected"]) == ("invalid", 0, 1)
    assert row["reason"] == (
        "The compiled program holds 0 of the 1 matrix products and convolutions that one step asks for: "
        "the others were computed beforehand, merged or left out."
    )


@by_the_clock
def test_an_honest_program_is_believed(monkeypatch: pytest.MonkeyPatch) -> None:
    """The same net lets the chain of products through."""
    chain = trap(lambda factors, x: x @ factors[1] * (1 / np.sqrt(SIZE)), lambda: _factors()[0])
    for _ in range(3):
        measurement = measure_program(chain, "fused", monkeypatch)
        if measurement.row("measured", "")["verdict"] != "invalid":
            return
    pytest.fail("an honest program was called invalid")


# The loops of the reference measurements (B2), twenty repetitions each.
REPEATS = 20
Loop = Callable[[Any, Any, Any], Any]
"""(jax, a, b) -> the answer, of 20 products or convolutions."""


def merged(jax: Any, a: Any, b: Any) -> Any:
    return sum(a @ b for _ in range(REPEATS))


def overwritten(jax: Any, a: Any, b: Any) -> Any:
    return jax.lax.fori_loop(0, REPEATS, lambda i, c: a @ b, a)


def accumulated(jax: Any, a: Any, b: Any) -> Any:
    return jax.lax.fori_loop(0, REPEATS, lambda i, c: c + a @ b, a)


def unread(jax: Any, a: Any, b: Any) -> Any:
    return jax.lax.scan(lambda c, _: (c + 1, a @ b), a[0, 0], None, length=REPEATS)[0]


def closed_over(jax: Any, a: Any, b: Any) -> Any:
    one, other = (jax.numpy.asarray(factor) for factor in _factors())
    return jax.lax.fori_loop(0, REPEATS, lambda i, c: c + one @ other, a)


def tied_to_the_counter(jax: Any, a: Any, b: Any) -> Any:
    return jax.lax.fori_loop(0, REPEATS, lambda i, c: (a + i * 0) @ b, a)


def invariant_convolution(jax: Any, a: Any, b: Any) -> Any:
    image, kernel = a.reshape(1, SIZE // 8, SIZE, 8), b[:3, :192].reshape(3, 3, 8, 8)

    def convolve(x: Any) -> Any:
        return jax.lax.conv_general_dilated(x, kernel, (1, 1), "SAME", dimension_numbers=("NHWC", "HWIO", "NHWC"))

    return jax.lax.fori_loop(0, REPEATS, lambda i, c: c + convolve(image), image)


def behind_a_barrier(jax: Any, a: Any, b: Any) -> Any:
    return jax.lax.fori_loop(0, REPEATS, lambda i, c: c + jax.lax.optimization_barrier(a) @ b, a)


def behind_a_barrier_with_the_counter(jax: Any, a: Any, b: Any) -> Any:
    return jax.lax.fori_loop(0, REPEATS, lambda i, c: c + jax.lax.optimization_barrier((a, i))[0] @ b, a)


def behind_a_barrier_and_overwritten(jax: Any, a: Any, b: Any) -> Any:
    return jax.lax.fori_loop(0, REPEATS, lambda i, c: jax.lax.optimization_barrier((a, c))[0] @ b, a)


def chained(jax: Any, a: Any, b: Any) -> Any:
    return jax.lax.fori_loop(0, REPEATS, lambda i, x: x @ b, a)


def perturbed(jax: Any, a: Any, b: Any) -> Any:
    return jax.lax.fori_loop(0, REPEATS, lambda i, c: a.at[0, 0].add(c[0, 0] * 1e-9) @ b, a)


def over_distinct_inputs(jax: Any, a: Any, b: Any) -> Any:
    several = jax.numpy.stack([a * number for number in range(1, REPEATS + 1)])
    return jax.lax.scan(lambda c, x: (c + x @ b, None), a, several)[0]


FOOLED: list[Loop] = [
    *(merged, overwritten, accumulated, unread, closed_over, tied_to_the_counter, invariant_convolution),
]
"""Any compiler worth its name sees through these."""

BARRIERS: list[Loop] = [behind_a_barrier, behind_a_barrier_with_the_counter, behind_a_barrier_and_overwritten]
"""Kept by some backends. Where the products are gone, the count says so; where they are there, they are counted."""

HONEST: list[Loop] = [chained, perturbed, over_distinct_inputs]


def counted(loop: Loop, platform: str) -> proof.Proof:
    """The proof of one of these loops on the first device of a platform."""
    jax = engine.device().jax
    with jax.default_device(jax.devices(platform)[0]):
        traced = jax.jit(lambda a, b: loop(jax, a, b)).trace(*map(jax.numpy.asarray, _factors()))
        return proof.prove(traced.jaxpr, traced.lower().compile().as_text())


@pytest.fixture(params=engine.PLATFORMS)
def platform(request: pytest.FixtureRequest) -> str:
    return str(request.param)


@pytest.mark.parametrize("loop", FOOLED, ids=lambda loop: loop.__name__)
def test_a_loop_that_is_seen_through_misses_products(loop: Loop, platform: str) -> None:
    found = counted(loop, platform)
    assert found.missing
    assert (found.expected, found.found <= 1) == (REPEATS, True)


@pytest.mark.parametrize("loop", BARRIERS, ids=lambda loop: loop.__name__)
def test_a_barrier_is_not_relied_upon(loop: Loop, platform: str) -> None:
    found = counted(loop, platform)
    assert found.found in (1, REPEATS)
    assert found.missing == (found.found == 1)
    if platform == "cpu":
        assert found.missing


@pytest.mark.parametrize("loop", HONEST, ids=lambda loop: loop.__name__)
def test_an_honest_loop_misses_nothing(loop: Loop, platform: str) -> None:
    found = counted(loop, platform)
    assert not found.missing
    assert (found.found, found.expected) == (REPEATS, REPEATS)


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
