"""The matrix product: its step, its inputs, its check."""

from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from compute.workloads import Case, _random, matmul
from tests.measure import engine


def square(dtype: str, size: int) -> Case:
    return Case("matmul", "square", dtype, size)


@pytest.mark.parametrize("dtype", matmul.DTYPES)
@pytest.mark.parametrize("size", [96, 768])
def test_the_check_passes_and_names_the_arithmetic(dtype: str, size: int) -> None:
    program, compiled = engine.program(square(dtype, size)), engine.compiled_loop(square(dtype, size), 1)
    fixed = program.fixed()
    check, _ = program.check(compiled, fixed, program.state(fixed))
    assert check.error <= check.limit
    assert check.arithmetic == dtype
    assert check.fingerprint == check.error


@pytest.mark.parametrize("dtype", matmul.DTYPES)
def test_the_check_finds_wrong_products(dtype: str) -> None:
    program = engine.program(square(dtype, 96))
    b = program.fixed()
    x = program.state(b)
    for wrong in (lambda b, x: x, lambda b, x: b @ x, lambda b, x: (x @ b) * 0, lambda b, x: x @ b * 1.1):
        check, _ = program.check(wrong, b, x)
        assert not check.error <= check.limit


@pytest.mark.parametrize("dtype", matmul.DTYPES)
def test_values_stay_of_order_one_over_thousands_of_steps(dtype: str) -> None:
    jax = engine.device().jax
    program = engine.program(square(dtype, 64))
    b = program.fixed()
    x = program.state(b)
    many = jax.jit(lambda b, x: jax.lax.fori_loop(0, 2000, lambda _, state: program.step(b, state), x))
    after = many(b, x)
    assert (after.shape, after.dtype) == (x.shape, x.dtype)
    assert 0.5 < np.sqrt(np.mean(np.square(np.asarray(after, np.float64)))) < 2


@pytest.mark.parametrize("dtype", matmul.DTYPES)
def test_a_step_hands_on_what_it_was_given(dtype: str) -> None:
    program, compiled = engine.program(square(dtype, 64)), engine.compiled_loop(square(dtype, 64), 1)
    b = program.fixed()
    x = program.state(b)
    for _ in range(3):
        after = compiled(b, x)
        assert (after.shape, after.dtype) == (x.shape, x.dtype)
        assert not np.array_equal(np.asarray(after, np.float32), np.asarray(x, np.float32))
        x = after


@given(st.integers(1, 200), st.integers(0, 1000))
@settings(max_examples=40, deadline=None)
def test_orthogonal_matrices_are_orthogonal(n: int, seed: int) -> None:
    matrix = _random.orthogonal(n, seed)
    assert matrix.shape == (n, n)
    assert matrix.dtype == np.float32
    np.testing.assert_allclose(matrix @ matrix.T, np.eye(n), atol=1e-5)


def test_large_random_arrays_repeat_no_row(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(_random, "_POOL", 1000)
    values: Any = _random.normal((100, 100), seed=7, scale=2.0)
    assert values.dtype == np.float32
    assert len({row.tobytes() for row in values}) == 100
    assert np.std(values) == pytest.approx(2.0, rel=0.1)
    np.testing.assert_array_equal(values, _random.normal((100, 100), seed=7, scale=2.0))


def test_the_quick_suite_is_smaller_than_the_others() -> None:
    for backend in ("cpu", "gpu"):
        sets = [set(matmul.cases(suite, backend)) for suite in ("quick", "standard", "full")]
        assert len(sets[0]) < len(sets[1]) <= len(sets[2])
        assert all(len(found) == len(matmul.cases(suite, backend)) for suite, found in zip(LARGEST, sets, strict=True))
        assert sets[1] <= sets[2]


LARGEST = matmul.LARGEST


@pytest.mark.parametrize(("suite", "largest"), [("quick", 2048), ("standard", 4096), ("full", 8192)])
def test_largest_sizes_on_a_cpu(suite: str, largest: int) -> None:
    assert max(case.size for case in matmul.cases(suite, "cpu")) == largest
