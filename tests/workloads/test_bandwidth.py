"""STREAM: its steps, their amounts, their checks, and that they work in place."""

import numpy as np
import pytest

from compute.workloads import SUITES, Case, bandwidth
from tests.measure import engine


def triad(size: int) -> Case:
    return Case("bandwidth", "triad", "fp32", size)


def test_amounts() -> None:
    assert bandwidth.flops(triad(1000)) == 2 * 1000
    assert bandwidth.moved_bytes(triad(1000)) == (2 + 1) * 1000 * 4  # two arrays read, one written
    assert bandwidth.WORKLOAD.items(triad(1000)) == 1000
    assert bandwidth.need_bytes(triad(1000), "gpu") == 2 * 1000 * 4


@pytest.mark.parametrize(
    ("kernel", "flop", "arrays", "held"), [("copy", 0, 2, 2), ("scale", 1, 2, 1), ("add", 1, 3, 2), ("triad", 2, 3, 2)]
)
def test_amounts_of_all_four(kernel: str, flop: int, arrays: int, held: int) -> None:
    case = Case("bandwidth", kernel, "fp32", 1000)
    assert bandwidth.flops(case) == 1000 * flop
    assert bandwidth.moved_bytes(case) == 1000 * arrays * 4
    assert bandwidth.need_bytes(case, "gpu") == 1000 * held * 4


@pytest.mark.parametrize(
    ("kernel", "expected"), [("copy", [9, 2]), ("scale", [-9, -8]), ("add", [-8, -6]), ("triad", [5.5, 6])]
)
def test_a_step_by_hand(kernel: str, expected: list[float]) -> None:
    program = engine.program(Case("bandwidth", kernel, "fp32", 2))
    b, x = np.array([1, 2], np.float32), np.array([9, 8], np.float32)
    after = program.step(np.array([-1], np.float32) if kernel == "scale" else b, engine.device().jax.numpy.asarray(x))
    assert np.asarray(after).tolist() == expected  # a copy keeps the first element


@pytest.mark.parametrize("kernel", bandwidth.KERNELS)
@pytest.mark.parametrize("size", [1000, bandwidth._AT_ONCE + 7])
def test_the_check_passes(kernel: str, size: int) -> None:
    case = Case("bandwidth", kernel, "fp32", size)
    program, compiled = engine.program(case), engine.compiled_loop(case, 1)
    b = program.fixed()
    check, after = program.check(compiled, b, program.state(b))
    assert check.error <= check.limit
    assert after.shape == (size,)


@pytest.mark.parametrize("kernel", bandwidth.KERNELS)
@pytest.mark.parametrize("place", [1, bandwidth._AT_ONCE - 1, bandwidth._AT_ONCE + 6])
def test_one_wrong_element_is_found(kernel: str, place: int) -> None:
    program = engine.program(Case("bandwidth", kernel, "fp32", bandwidth._AT_ONCE + 7))
    b = program.fixed()
    wrong = np.array(bandwidth.computed(kernel, np.array(b), np.array(program.state(b))))
    wrong[place] += 1
    check, _ = program.check(lambda b, x: wrong, b, program.state(b))
    assert not check.error <= check.limit


@pytest.mark.parametrize("kernel", bandwidth.KERNELS)
def test_the_new_array_takes_the_place_of_the_old_one(kernel: str) -> None:
    case = Case("bandwidth", kernel, "fp32", 4096)
    compiled = engine.compiled_loop(case, 1)
    asked = compiled.memory_analysis()
    assert asked.alias_size_in_bytes == 4096 * 4
    assert asked.temp_size_in_bytes == 0
    program = engine.program(case)
    b = program.fixed()
    x = compiled(b, program.state(b))  # the very first one may have NumPy's memory, which is not JAX's to write to
    where = x.unsafe_buffer_pointer()
    after = compiled(b, x)
    assert x.is_deleted()
    assert after.unsafe_buffer_pointer() == where


@pytest.mark.parametrize("kernel", ["add", "scale"])
def test_two_steps_bring_back_what_was(kernel: str) -> None:
    case = Case("bandwidth", kernel, "fp32", 1000)
    program, compiled = engine.program(case), engine.compiled_loop(case, 1)
    b = program.fixed()
    before = np.array(program.state(b))
    np.testing.assert_allclose(compiled(b, compiled(b, program.state(b))), before, atol=1e-6)


def test_values_of_the_triad_stay_of_order_one() -> None:
    program, compiled = engine.program(triad(1000)), engine.compiled_loop(triad(1000), 1)
    b = program.fixed()
    x = program.state(b)
    for _ in range(200):
        x = compiled(b, x)
    np.testing.assert_allclose(np.asarray(x), 2 * np.asarray(b), rtol=1e-5)


@pytest.mark.parametrize("backend", ["cpu", "gpu"])
def test_sizes_go_from_caches_to_memory_and_the_largest_come_first(backend: str) -> None:
    for suite in SUITES:
        every = bandwidth.cases(suite, backend)
        assert {case.variant for case in every[:4]} == ({"triad"} if suite == "quick" else set(bandwidth.KERNELS))
        sizes = [case.size for case in every]
        assert sizes == sorted(sizes, reverse=True) or sizes[1:4] == [sizes[4]] * 3  # the other three beside it
        assert 3 * 4 * sizes[0] > (200e6 if suite == "quick" else 800e6)  # beyond the last-level cache
        assert {case.mode for case in bandwidth.cases(suite, backend)} == {"stream"}
