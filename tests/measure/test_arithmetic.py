"""Fingerprints: products computed in each number format on purpose, told apart by their error."""

import itertools
import re
from typing import Any

import ml_dtypes
import numpy as np
import pytest

from compute.measure import arithmetic
from compute.workloads import Unsupported


def inputs(n: int, seed: int = 0) -> tuple[Any, Any]:
    generator = np.random.default_rng([seed, n])
    left, right = generator.standard_normal((2, n, n), dtype=np.float32)
    return left, right


def through(dtype: Any) -> Any:
    """Rounds both factors to a format and multiplies with a wide accumulator, as matrix units do."""
    return lambda left, right: left.astype(dtype).astype(np.float32) @ right.astype(dtype).astype(np.float32)


def as_tf32(values: Any) -> Any:
    """float32 rounded to the ten explicit significant bits of TF32."""
    bits = values.view(np.uint32)
    return ((bits + np.uint32(0x1000)) & np.uint32(0xFFFFE000)).view(np.float32)


def three_bf16_passes(left: Any, right: Any) -> Any:
    """Each factor as a sum of two bf16 numbers, without the product of the two small ones."""

    def parts(values: Any) -> tuple[Any, Any]:
        high = values.astype(ml_dtypes.bfloat16).astype(np.float32)
        return high, (values - high).astype(ml_dtypes.bfloat16).astype(np.float32)

    (left_high, left_low), (right_high, right_low) = parts(left), parts(right)
    return left_high @ right_high + left_high @ right_low + left_low @ right_high


RECIPES = {
    "fp64": lambda left, right: left.astype(np.float64) @ right.astype(np.float64),
    "fp32": lambda left, right: left @ right,
    "bf16x3": three_bf16_passes,
    "tf32": lambda left, right: as_tf32(left) @ as_tf32(right),
    "bf16": through(ml_dtypes.bfloat16),
    "fp8_e4m3": through(ml_dtypes.float8_e4m3fn),
    "fp8_e5m2": through(ml_dtypes.float8_e5m2),
}


@pytest.mark.parametrize("n", [64, 96, 128, 256, 512, 768, 1024])
@pytest.mark.parametrize("name", RECIPES)
def test_each_arithmetic_falls_into_its_band(name: str, n: int) -> None:
    left, right = inputs(n)
    error = arithmetic.product_error(left, right, RECIPES[name](left, right))
    assert arithmetic.name_of(error, "fp32") == name


@pytest.mark.parametrize("n", [64, 1024])
def test_fp16_shares_a_band_with_tf32_and_is_told_by_its_label(n: int) -> None:
    left, right = inputs(n)
    error = arithmetic.product_error(left, right, through(np.float16)(left, right))
    assert arithmetic.name_of(error, "fp16") == "fp16"
    assert arithmetic.name_of(error, "fp32") == "tf32"


@pytest.mark.parametrize("n", [64, 1024])
def test_rounding_the_product_as_well_stays_in_the_band(n: int) -> None:
    """The engine stores bf16 and fp16 products in their own format."""
    left, right = inputs(n)
    for dtype, label in ((ml_dtypes.bfloat16, "bf16"), (np.float16, "fp16")):
        product = through(dtype)(left, right).astype(dtype)
        assert arithmetic.name_of(arithmetic.product_error(left, right, product), label) == label


def test_bands_are_in_order_and_apart() -> None:
    limits = [upper for _, upper in arithmetic.BANDS]
    assert all(later > 3 * earlier for earlier, later in itertools.pairwise(limits))
    assert [name for name, _ in arithmetic.BANDS] == list(RECIPES)


@pytest.mark.parametrize("error", [0.21, 1.0, float("inf"), float("nan")])
def test_nothing_else_has_a_name(error: float) -> None:
    assert arithmetic.name_of(error, "fp32") == "wrong"


def test_kinds_allow_what_their_label_says() -> None:
    limits = dict(arithmetic.BANDS)
    for label in arithmetic.DTYPES:
        band = {"fp16": "tf32", "default": "bf16"}.get(label, label)  # by default a TPU multiplies in bf16
        assert arithmetic.kind(label).limit == limits.get(band, 0.0)


def test_every_product_is_added_up_in_a_wide_format() -> None:
    wide = {label: np.dtype(arithmetic.kind(label).accumulator).name for label in arithmetic.DTYPES}
    assert wide == {**dict.fromkeys(arithmetic.DTYPES, "float32"), "fp64": "float64", "int8": "int32"}


def e4m3(values: Any) -> Any:
    return values.astype(ml_dtypes.float8_e4m3fn).astype(np.float32)


def e5m2(values: Any) -> Any:
    return values.astype(ml_dtypes.float8_e5m2).astype(np.float32)


@pytest.mark.parametrize("n", [96, 512, 768, 1024])
@pytest.mark.parametrize(
    ("label", "product"),
    [
        ("fp8_e4m3", lambda left, right: (e4m3(left) @ e4m3(right)).astype(ml_dtypes.bfloat16)),
        ("fp8_e4m3", lambda left, right: e4m3(e4m3(left) @ e4m3(right))),
        ("fp8_e5m2", lambda left, right: (e5m2(left) @ e4m3(right)).astype(ml_dtypes.bfloat16)),
        ("fp8_e5m2", lambda left, right: e5m2(e5m2(left) @ e4m3(right))),
    ],
    ids=["e4m3 kept in bf16", "e4m3 kept in e4m3", "e5m2 x e4m3 kept in bf16", "e5m2 x e4m3 kept in e5m2"],
)
def test_fp8_as_the_engine_computes_it_falls_into_its_band(label: str, product: Any, n: int) -> None:
    left, right = inputs(n)
    error = arithmetic.product_error(left, right, product(left, right))
    assert arithmetic.name_of(error, label) == label


@pytest.mark.parametrize("shape", [(300, 200, 100), (700, 600, 800)])
def test_integers_are_exact_and_one_wrong_unit_is_found(shape: tuple[int, int, int]) -> None:
    m, k, n = shape
    generator = np.random.default_rng(3)
    left = generator.integers(-7, 8, (m, k)).astype(np.float32)
    right = generator.integers(-7, 8, (k, n)).astype(np.float32)
    product = (left.astype(np.int64) @ right.astype(np.int64)).astype(np.int32)
    assert arithmetic.product_error(left, right, product) == 0
    assert arithmetic.name_of(0.0, "int8") == "int8"
    product[m // 2, n // 3] += 1
    error = arithmetic.product_error(left, right, product)
    assert 0 < error < 1e-4
    assert arithmetic.name_of(error, "int8") == "wrong"


@pytest.mark.parametrize("label", ["fp64", "fp32"])
def test_an_error_of_zero_is_the_finest_format(label: str) -> None:
    """Two libraries may round alike at small sizes."""
    assert arithmetic.name_of(0.0, label) == "fp64"


@pytest.mark.parametrize("seed", range(5))
def test_few_rows_are_judged_by_more_vectors(seed: int) -> None:
    generator = np.random.default_rng(seed)
    left = generator.standard_normal((1, 2000), dtype=np.float32)
    right = generator.standard_normal((2000, 1000), dtype=np.float32)
    product = (e5m2(left) @ e4m3(right)).astype(ml_dtypes.bfloat16)
    expected = left.astype(np.float64) @ right.astype(np.float64)
    whole = np.linalg.norm(product - expected) / np.linalg.norm(expected)
    assert arithmetic.product_error(left, right, product) == pytest.approx(whole, rel=0.15)


@pytest.mark.parametrize(
    ("dtype", "backend", "sentence"),
    [
        ("tf32", "cpu", "Skipped: TF32 is a format of NVIDIA's matrix units, and this runs on a CPU."),
        ("tf32", "tpu", "Skipped: TF32 is a format of NVIDIA's matrix units, and this runs on a TPU."),
        ("fp64", "tpu", "Skipped: a TPU has no 64-bit floating-point units."),
    ],
)
def test_what_a_backend_cannot_do_is_said(dtype: str, backend: str, sentence: str) -> None:
    with pytest.raises(Unsupported, match=re.escape(sentence)):
        arithmetic.refuse(dtype, backend)


def test_the_others_are_left_to_the_device() -> None:
    for dtype in arithmetic.DTYPES:
        arithmetic.refuse(dtype, "gpu")
    for dtype in set(arithmetic.DTYPES) - {"tf32"}:
        arithmetic.refuse(dtype, "cpu")


def test_an_unknown_label_is_an_error_that_names_the_known_ones() -> None:
    with pytest.raises(ValueError, match=r"fp7.*fp64, fp32, tf32, bf16, fp16"):
        arithmetic.kind("fp7")


@pytest.mark.parametrize("n", [513, 768, 1024])
@pytest.mark.parametrize("name", ["fp32", "tf32", "bf16", "fp8_e5m2"])
def test_the_projection_estimates_the_whole_error(name: str, n: int) -> None:
    left, right = inputs(n, seed=1)
    product = RECIPES[name](left, right)
    expected = left.astype(np.float64) @ right.astype(np.float64)
    whole = np.linalg.norm(product - expected) / np.linalg.norm(expected)
    assert arithmetic.product_error(left, right, product) == pytest.approx(whole, rel=0.2)


@pytest.mark.parametrize("n", [256, 1024])
def test_wrong_products_are_wrong(n: int) -> None:
    left, right = inputs(n)
    right_answer = left @ right
    half = right_answer.copy()
    half[: n // 2] = 0
    for product in (right_answer.T, right @ left, np.zeros_like(right_answer), half, np.full((n, n), np.nan)):
        assert arithmetic.name_of(arithmetic.product_error(left, right, product), "fp32") == "wrong"


@pytest.mark.parametrize("n", [256, 1024])
@pytest.mark.parametrize("label", ["fp32", "bf16", "fp16"])
def test_a_block_left_out_is_more_than_any_label_allows(n: int, label: str) -> None:
    left, right = inputs(n)
    product = left @ right
    product[:32, -32:] = 0
    assert arithmetic.product_error(left, right, product) > arithmetic.kind(label).limit


@pytest.mark.parametrize("n", [256, 1024])
def test_one_wrong_element_is_more_than_fp32_allows(n: int) -> None:
    left, right = inputs(n)
    product = left @ right
    product[n // 3, n // 5] += np.sqrt(n)  # one standard deviation
    assert arithmetic.product_error(left, right, product) > arithmetic.kind("fp32").limit


def test_products_that_are_not_square() -> None:
    generator = np.random.default_rng(2)
    left = generator.standard_normal((40, 700), dtype=np.float32)
    right = generator.standard_normal((700, 30), dtype=np.float32)
    assert arithmetic.name_of(arithmetic.product_error(left, right, left @ right), "fp32") == "fp32"


def test_a_device_projects_as_the_host_does() -> None:
    import jax.numpy as jnp

    generator = np.random.default_rng(4)
    left, right = (generator.standard_normal((700, 600), dtype=np.float32) for _ in range(2))
    product = through(np.float16)(left, right.T)
    here = arithmetic.product_error(left, right.T, product)
    there = arithmetic.product_error(jnp.asarray(left), jnp.asarray(right.T), jnp.asarray(product), on_device=True)
    assert there == pytest.approx(here, rel=1e-9)
