"""Max-pooling against SciPy and by hand."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy import ndimage

from compute.lecture import pooling
from compute.lecture.pooling import losses, pool, sums

SMALL = np.array([[1, 2, 5, 0], [4, 3, 5, 6], [7, 8, 9, 0], [0, 0, 0, 0]])


@given(st.integers(2, 14), st.integers(2, 14), st.integers(1, 4), st.integers(1, 4), st.integers(0, 2**32 - 1))
@settings(max_examples=60, deadline=None)
def test_it_agrees_with_scipy(height: int, width: int, window: int, stride: int, seed: int) -> None:
    window = min(window, height, width)
    picture = np.random.default_rng(seed).integers(0, 10, (height, width))
    pooled = pool(picture, window, stride)
    # The filter's window has its upper left corner at the pixel; then every s-th is taken.
    largest = ndimage.maximum_filter(picture, window, origin=-(window // 2))
    expected = largest[: height - window + 1 : stride, : width - window + 1 : stride]
    assert np.array_equal(pooled.values, expected)
    assert pooled.kept.sum() <= pooled.values.size
    assert set(picture[pooled.kept]) == set(pooled.values.ravel())


def test_by_hand() -> None:
    pooled = pool(SMALL, 2, 2)
    assert pooled.values.tolist() == [[4, 6], [8, 9]]
    assert pooled.largest == (2, 3, 1, 0)
    assert np.argwhere(pooled.kept).tolist() == [[1, 0], [1, 3], [2, 1], [2, 2]]
    assert losses(SMALL, pooled) == "16 numbers become 4. 75 % of the pixels (red) leave no trace."


def test_with_ties_the_first_is_kept_and_what_does_not_fill_a_window_is_dropped() -> None:
    pooled = pool(SMALL, 3, 2)
    assert pooled.values.tolist() == [[9]]
    assert pool(np.full((2, 2), 5), 2, 1).largest == (0,)


def test_each_stop_is_written_out() -> None:
    assert sums(SMALL, 2, 2) == ("largest of 1, 2, 4, 3", "largest of 5, 0, 5, 6", "largest of 7, 8, 0, 0",
                                 "largest of 9, 0, 0, 0")  # fmt: skip


@pytest.mark.parametrize(("window", "stride"), [(0, 1), (2, 0), (5, 1)])
def test_what_does_not_fit_is_refused(window: int, stride: int) -> None:
    with pytest.raises(ValueError, match="does not fit"):
        pool(SMALL, window, stride)


def test_every_choice_of_the_demo_fits_every_picture() -> None:
    for window in pooling.WINDOWS:
        for stride in pooling.STRIDES:
            assert pool(np.zeros((20, 20), int), window, stride).values.shape == ((20 - window) // stride + 1,) * 2
