"""The triad: its step, its amounts, its check, and that it works in place."""

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


@pytest.mark.parametrize("size", [1000, bandwidth._AT_ONCE + 7])
def test_the_check_passes(size: int) -> None:
    program, compiled = engine.program(triad(size)), engine.compiled_loop(triad(size), 1)
    b = program.fixed()
    check, after = program.check(compiled, b, program.state(b))
    assert check.error <= check.limit
    assert after.shape == (size,)


@pytest.mark.parametrize("place", [0, bandwidth._AT_ONCE - 1, bandwidth._AT_ONCE + 6])
def test_one_wrong_element_is_found(place: int) -> None:
    program = engine.program(triad(bandwidth._AT_ONCE + 7))
    b = program.fixed()
    wrong = np.array(b) + bandwidth.SCALE * np.array(program.state(b))
    wrong[place] += 1
    check, _ = program.check(lambda b, x: wrong, b, program.state(b))
    assert not check.error <= check.limit


def test_the_new_array_takes_the_place_of_the_old_one() -> None:
    compiled = engine.compiled_loop(triad(4096), 1)
    asked = compiled.memory_analysis()
    assert asked.alias_size_in_bytes == 4096 * 4
    assert asked.temp_size_in_bytes == 0
    program = engine.program(triad(4096))
    b = program.fixed()
    x = compiled(b, program.state(b))  # the very first one may have NumPy's memory, which is not JAX's to write to
    where = x.unsafe_buffer_pointer()
    after = compiled(b, x)
    assert x.is_deleted()
    assert after.unsafe_buffer_pointer() == where


def test_values_stay_of_order_one() -> None:
    program, compiled = engine.program(triad(1000)), engine.compiled_loop(triad(1000), 1)
    b = program.fixed()
    x = program.state(b)
    for _ in range(200):
        x = compiled(b, x)
    np.testing.assert_allclose(np.asarray(x), 2 * np.asarray(b), rtol=1e-5)


@pytest.mark.parametrize("backend", ["cpu", "gpu"])
def test_sizes_go_from_caches_to_memory_and_the_largest_come_first(backend: str) -> None:
    for suite in SUITES:
        sizes = [case.size for case in bandwidth.cases(suite, backend)]
        assert sizes == sorted(sizes, reverse=True)
        assert 3 * 4 * sizes[0] > (200e6 if suite == "quick" else 800e6)  # beyond the last-level cache
        assert {case.mode for case in bandwidth.cases(suite, backend)} == {"stream"}
