"""The product by JAX: the kernel is right wherever it runs, and still is one that Triton takes."""

import jax
import numpy as np
import pytest

from compute import machine
from compute.cuda import pallas, products
from compute.cuda.programs import BY_ID
from compute.measure.device import Device, start_jax


@pytest.fixture(scope="module")
def device() -> Device:
    return start_jax(machine.describe())


def test_the_interpreted_kernel_multiplies() -> None:
    a, b = products._matrices(256)
    found = np.asarray(pallas.multiply(jax.device_put(a), jax.device_put(b), jax.lax.Precision.HIGHEST, True))
    assert np.abs(found - a.astype(np.float64) @ b.astype(np.float64)).max() < 1e-5


@pytest.mark.parametrize("precision", [jax.lax.Precision.HIGHEST, jax.lax.Precision.DEFAULT])
def test_the_kernel_is_one_that_triton_takes(precision: jax.lax.Precision) -> None:
    a = jax.numpy.zeros((256, 256))
    traced = jax.jit(lambda a, b: pallas.multiply(a, b, precision, False)).trace(a, a)
    assert "triton" in traced.lower(lowering_platforms=("cuda",)).as_text()


def test_a_size_that_is_no_whole_number_of_tiles_is_a_sentence() -> None:
    a = jax.numpy.zeros((200, 200))
    with pytest.raises(ValueError, match="found n = 200, expected a multiple of 256"):
        pallas.multiply(a, a, jax.lax.Precision.HIGHEST, True)


@pytest.mark.parametrize("name", ["pallas", "xla"])
def test_a_product_is_timed_counted_and_checked(name: str, device: Device) -> None:
    found = products.measure(BY_ID[name], 256, device)
    assert found["flops"] == 2 * 256**3
    assert found["bytes"] == 3 * 256 * 256 * 4
    assert 0 < found["min_s"] <= found["median_s"] <= found["max_s"]
    assert found["max_error"] < BY_ID[name].limit


def test_a_single_wrong_number_is_far_beyond_the_limit() -> None:
    a, b = products._matrices(256)
    c = a @ b
    assert products._error(a, b, c) < 2e-5
    c[100, 7] = 0
    assert products._error(a, b, c) > 2e-3


def test_a_chain_of_products_stays_of_order_one() -> None:
    a, b = products._matrices(256)
    x = a
    for _ in range(50):
        x = x @ b
    assert 0.05 < np.std(x) / np.std(a) < 20
