"""One hand and many: the plain loop, the products, and what their answers are held against."""

import numpy as np
import pytest

from compute.lecture import hands


def test_the_plain_loop_multiplies() -> None:
    assert hands.plain_row([1.0, 2.0], [[3.0, 4.0], [5.0, 6.0]]) == [13.0, 16.0]
    first, second = hands.factors(16)
    rows = [hands.plain_row(row, second.tolist()) for row in first.tolist()]
    np.testing.assert_allclose(rows, first.astype(float) @ second.astype(float), atol=1e-12)


def test_every_way_gets_the_same_numbers() -> None:
    for one, other in zip(hands.factors(8), hands.factors(8), strict=True):
        np.testing.assert_array_equal(one, other)
        assert one.dtype == np.float32
        assert one.shape == (8, 8)


def test_the_loop_does_whole_rows_for_a_while_and_counts_them_up() -> None:
    told = hands.loop(16, seconds=10)
    assert told["rows"] == len(told["steady_s"]) == 16
    assert told["off"] < 1e-15
    assert hands.loop(16, seconds=0)["rows"] == 1


def test_a_product_is_sampled_and_checked() -> None:
    told = hands.by_numpy(32, 3)
    assert len(told["steady_s"]) >= 3
    assert sum(told["steady_s"]) >= hands.ENOUGH_S
    assert 0 < told["off"] < hands.limit(32)


def test_an_error_is_the_largest_difference_over_the_largest_sum_of_products() -> None:
    first, second = np.array([[1, 2], [3, 4]], np.float32), np.eye(2, dtype=np.float32)
    assert hands.error(np.array([[1.0, 2.5]]), first, second) == 0.5 / 2
    assert hands.error(np.array([[1.0, 2.0], [3.0, 4.0]]), first, second) == 0.0


def test_half_precision_would_not_pass_for_fp32() -> None:
    first, second = hands.factors(64)
    rough = (first.astype(np.float16) @ second.astype(np.float16)).astype(np.float32)
    assert hands.error(rough, first, second) > hands.limit(64)


def test_names() -> None:
    assert hands.title("loop") == "Plain Python loop"
    assert hands.title("jax-one-core") == "JAX on one core"
    with pytest.raises(ValueError, match="no way 'feet'"):
        hands.title("feet")
