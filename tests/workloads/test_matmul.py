"""The matrix product: its step, its inputs, its check."""

import contextlib
import itertools
import random
from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from compute.measure.measurement import Measurement
from compute.workloads import Case, Unsupported, _random, matmul
from tests.measure import engine

# What a CPU can multiply: all but TF32.
DTYPES = tuple(dtype for dtype in matmul.DTYPES if dtype != "tf32")
LAYOUTS = ("", "layout=nt")


def square(dtype: str, size: int, params: str = "") -> Case:
    return Case("matmul", "square", dtype, size, params=params)


def in_numpy(values: Any) -> Any:
    """Values of any format in float64."""
    return np.asarray(values).astype(np.float64)


@pytest.mark.parametrize("params", LAYOUTS)
@pytest.mark.parametrize("dtype", DTYPES)
@pytest.mark.parametrize("size", [96, 768])
def test_the_check_passes_and_names_the_arithmetic(dtype: str, size: int, params: str) -> None:
    case = square(dtype, size, params)
    program, compiled = engine.program(case), engine.compiled_loop(case, 1)
    fixed = program.fixed()
    check, _ = program.check(compiled, fixed, program.state(fixed))
    assert check.error <= check.limit
    assert check.arithmetic == {"default": "fp32"}.get(dtype, dtype)
    assert check.fingerprint == check.error


SHAPES = [
    *(Case("matmul", layer, "fp32", 2) for layer in matmul.LAYERS),
    *(Case("matmul", "transformer up", dtype, 3, params=f"d=64;{params}") for dtype in DTYPES for params in LAYOUTS),
    Case("matmul", "transformer up", "bf16", 5, params="d=64"),
    Case("matmul", "peak", "fp32", 128, params="m=256;k=32;n=128;layout=nt;tried=7"),
]


@pytest.mark.parametrize("case", SHAPES, ids=lambda case: case.id)
def test_products_that_are_not_square_are_computed_and_checked_in_their_shape(case: Case) -> None:
    program, compiled, of = engine.program(case), engine.compiled_loop(case, 1), matmul.shape(case)
    fixed = program.fixed()
    check, state = program.check(compiled, fixed, program.state(fixed))
    assert check.error <= check.limit
    assert check.arithmetic == {"default": "fp32"}.get(case.dtype, case.dtype)
    assert (state[0].shape, state[1].shape) == ((of.m, of.k), (of.m, of.n))


@pytest.mark.parametrize("params", LAYOUTS)
@pytest.mark.parametrize("dtype", DTYPES)
def test_the_check_finds_wrong_products(dtype: str, params: str) -> None:
    case = square(dtype, 96, params)
    program, right = engine.program(case), engine.compiled_loop(case, 1)
    b = program.fixed()
    product = in_numpy(engine.device().jax.tree.leaves(right(b, program.state(b)))[-1])
    shifted = product + (np.arange(96) == 5) * np.std(product) * 3
    for wrong in (product * 0, product.T, product * 1.25, shifted):
        check, _ = program.check(_answering(wrong), b, program.state(b))
        assert not check.error <= check.limit


def _answering(product: Any) -> Any:
    """A step that does nothing and hands on this product in the form of the state it was given."""
    return lambda b, state: (state[0], product) if isinstance(state, tuple) else product


@pytest.mark.parametrize("dtype", DTYPES)
def test_values_stay_of_one_order_over_thousands_of_steps(dtype: str) -> None:
    jax = engine.device().jax
    program = engine.program(square(dtype, 64))
    b = program.fixed()
    x = program.state(b)
    with jax.enable_x64(True) if program.wide else contextlib.nullcontext():
        many = jax.jit(lambda b, x: jax.lax.fori_loop(0, 2000, lambda _, state: program.step(b, state), x))
        after = many(b, x)
    for one, other in zip(jax.tree.leaves(x), jax.tree.leaves(after), strict=True):
        assert (one.shape, one.dtype) == (other.shape, other.dtype)
    factors = [np.sqrt(np.mean(np.square(in_numpy(jax.tree.leaves(state)[0])))) for state in (x, after)]
    assert 0.5 < factors[1] / factors[0] < 2
    assert np.isfinite(in_numpy(jax.tree.leaves(after)[-1])).all()


@pytest.mark.parametrize("case", [square("fp8_e4m3", 256), square("fp8_e5m2", 256)], ids=lambda case: case.dtype)
def test_fp8_values_stay_random(case: Case) -> None:
    """A chain that saturates more than now and then would multiply constants, which some chips do faster."""
    jax = engine.device().jax
    program = engine.program(case)
    b = program.fixed()
    after = jax.jit(lambda b, x: jax.lax.fori_loop(0, 3000, lambda _, state: program.step(b, state), x))(
        b, program.state(b)
    )
    values = np.abs(in_numpy(after))
    assert np.mean(values == values.max()) < 0.1
    assert len(np.unique(values)) > 40


@pytest.mark.parametrize("dtype", DTYPES)
def test_a_step_hands_on_what_it_was_given(dtype: str) -> None:
    case = square(dtype, 64)
    jax = engine.device().jax
    program, compiled = engine.program(case), engine.compiled_loop(case, 1)
    b = program.fixed()
    state = program.state(b)
    products = []
    for _ in range(3):
        kinds = [(leaf.shape, leaf.dtype) for leaf in jax.tree.leaves(state)]
        state = compiled(b, state)
        assert kinds == [(leaf.shape, leaf.dtype) for leaf in jax.tree.leaves(state)]
        products.append(in_numpy(jax.tree.leaves(state)[-1]))
    assert not np.array_equal(products[0], products[1])
    assert not np.array_equal(products[1], products[2])


def test_64_bit_types_stay_with_the_case_that_asks_for_them() -> None:
    jax = engine.device().jax
    measurement = Measurement(square("fp64", 96), engine.device(), engine.BRIEF)
    list(measurement.begin())
    measurement.round(random.Random(0))
    assert measurement.row("measured", "")["arithmetic"] == "fp64"
    assert not jax.config.jax_enable_x64
    assert jax.numpy.ones(2).dtype == np.float32


def test_tf32_is_skipped_on_a_cpu_with_a_sentence() -> None:
    with pytest.raises(Unsupported, match="TF32"):
        matmul.build(square("tf32", 96), "cpu")


# --- the search -----------------------------------------------------------------------------------------------------


def tried(rate: Any, backend: str = "gpu", dtype: str = "bf16") -> list[Case]:
    """The cases that the search tries when a case has the rate that the function says."""
    search = matmul.search(Case("matmul", "peak", dtype, 0), backend)
    seen = [next(search)]
    with contextlib.suppress(StopIteration):
        while True:
            seen.append(search.send(rate(seen[-1])))
    return seen


def rate_with_a_peak_at(size: int, layout: str, aspect: tuple[int, int, int]) -> Any:
    """A smooth hill over the places of the search."""

    def rate(case: Case) -> float:
        of = matmul.shape(case)
        away = abs(np.log2(case.size / size)) + sum(
            abs(np.log2(side / case.size) - power) for side, power in zip((of.m, of.k, of.n), aspect, strict=True)
        )
        return 1e12 / (1 + away + (layout != ("nt" if "nt" in case.params else "nn")))

    return rate


@pytest.mark.parametrize("layout", ["nn", "nt"])
@pytest.mark.parametrize(
    ("size", "aspect"),
    [*itertools.product((2048, 8192), matmul.ASPECTS), (12288, (0, 0, 0)), (1536, (0, 0, 0)), (16384, (0, 0, 0))],
)
def test_the_search_finds_the_top_of_a_hill(size: int, layout: str, aspect: tuple[int, int, int]) -> None:
    rate = rate_with_a_peak_at(size, layout, aspect)
    seen = tried(rate)
    best = max(seen, key=rate)
    assert best.size == size
    assert ("nt" in best.params) == (layout == "nt")
    of = matmul.shape(best)
    assert (of.m, of.k, of.n) == tuple(int(size * 2.0**power) for power in aspect)


@pytest.mark.parametrize("backend", ["cpu", "gpu"])
@given(seed=st.integers(0, 1000))
@settings(max_examples=20)
def test_the_search_tries_at_most_25_cases_none_twice_and_none_too_large(backend: str, seed: int) -> None:
    generator = np.random.default_rng(seed)
    seen = tried(lambda case: generator.uniform(1, 2), backend)
    assert 4 <= len(seen) <= 25
    assert len(set(seen)) == len(seen)
    case = Case("matmul", "peak", "bf16", 0)
    assert max(matmul.need_bytes(one, backend) for one in seen) <= matmul.need_bytes(case, backend)
    assert all(matmul.shape(one).m % 16 == 0 for one in seen)


def test_nothing_that_runs_ends_the_search_at_once() -> None:
    assert len(tried(lambda case: 0.0)) == 1


@given(st.integers(1, 200), st.integers(0, 1000))
@settings(max_examples=40)
def test_orthogonal_matrices_are_orthogonal(n: int, seed: int) -> None:
    matrix = _random.orthogonal(n, seed).host()
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


@pytest.mark.parametrize("pool", [1000, 1 << 23], ids=["large", "small"])
def test_rows_are_cut_from_normal_numbers_and_repeat_none(pool: int, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(_random, "_POOL", pool)
    values = _random.rows((40, 100), seed=7, scale=2.0).host()
    assert (values.shape, values.dtype) == ((40, 100), np.float32)
    assert len({row.tobytes() for row in values}) == 40
    assert np.std(values) == pytest.approx(2.0, rel=0.1)


@pytest.mark.parametrize("source", [_random.rows((7, 5), 3), _random.orthogonal(12, 3)], ids=["rows", "Kronecker"])
@pytest.mark.parametrize("dtype", [np.float32, "bfloat16", "float8_e4m3fn"])
def test_a_device_writes_the_same_matrix_as_the_host(source: Any, dtype: Any) -> None:
    import jax.numpy as jnp

    dtype = jnp.dtype(dtype)
    np.testing.assert_array_equal(np.asarray(source.device(dtype)), source.host().astype(dtype))


def test_the_quick_suite_is_smaller_than_the_others() -> None:
    for backend in ("cpu", "gpu"):
        sets = [set(matmul.cases(suite, backend)) for suite in ("quick", "standard", "full")]
        assert len(sets[0]) < len(sets[1]) <= len(sets[2])
        assert all(len(found) == len(matmul.cases(suite, backend)) for suite, found in zip(LARGEST, sets, strict=True))
        assert sets[1] <= sets[2]


LARGEST = matmul.LARGEST


@pytest.mark.parametrize(("suite", "largest"), [("quick", 2048), ("standard", 4096), ("full", 8192)])
def test_largest_sizes_on_a_cpu(suite: str, largest: int) -> None:
    assert max(case.size for case in matmul.cases(suite, "cpu") if case.variant == "square") == largest


@pytest.mark.parametrize("backend", ["cpu", "gpu"])
def test_the_longer_suites_show_every_dtype_and_variant(backend: str) -> None:
    for suite in ("standard", "full"):
        cases = matmul.cases(suite, backend)
        assert {case.dtype for case in cases} == set(matmul.DTYPES)
        assert {case.variant for case in cases} == set(matmul.WORKLOAD.variants)
