"""The systolic array against NumPy: beat by beat, hand by hand, access by access."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from compute.lecture import systolic
from compute.lecture.systolic import Bill

sizes = st.tuples(st.integers(1, 6), st.integers(1, 6), st.integers(1, 6))


@given(sizes, st.integers(0, 2**32 - 1))
@settings(max_examples=60)
def test_every_hand_holds_in_every_beat_what_numpy_says(size: tuple[int, int, int], seed: int) -> None:
    height, depth, columns = size
    random = np.random.default_rng(seed)
    x, w = random.integers(-9, 10, (height, depth)), random.integers(-9, 10, (depth, columns))
    found = systolic.beats(x, w)
    assert [beat.number for beat in found] == list(range(height + depth + columns - 1))
    for beat in found:
        for k, n in np.ndindex(depth, columns):
            m = beat.number - 1 - k - n
            if beat.number and 0 <= m < height:
                assert beat.rows[k][n] == m
                assert beat.numbers[k, n] == x[m, k]
                assert beat.sums[k, n] == x[m, : k + 1] @ w[: k + 1, n]
            else:
                assert beat.rows[k][n] is None
        for m, n in np.ndindex(height, columns):
            left = beat.number >= m + n + depth
            assert beat.done[m][n] == ((x @ w)[m, n] if left else None)


@given(sizes)
@settings(max_examples=30)
def test_every_number_is_read_once_and_every_sum_written_once(size: tuple[int, int, int]) -> None:
    height, depth, columns = size
    last = systolic.beats(np.ones((height, depth), np.int64), np.ones((depth, columns), np.int64))[-1]
    assert last.reads == height * depth + depth * columns
    assert last.writes == height * columns
    assert last.multiply_adds == height * depth * columns


def test_the_example_by_hand() -> None:
    found = systolic.beats(systolic.EXAMPLE_X, systolic.EXAMPLE_W)
    assert len(found) == 8
    # Beat 1: x[0, 0] = 1 meets w[0, 0] = 2, alone.
    assert (found[1].busy, found[1].sums[0, 0]) == (1, 2)
    # The diagonals of a 3 x 3 grid: 1, 3, 6, then 7 of 9 hands at once, and back.
    assert [beat.busy for beat in found] == [0, 1, 3, 6, 7, 6, 3, 1]
    # 1*2 + 2*1 + 3*0 = 4, 1*0 + 2*3 + 3*1 = 9, 1*1 + 2*0 + 3*2 = 7, …
    assert found[-1].done == ((4, 9, 7), (13, 21, 16), (22, 33, 25))


def test_the_numbers_of_a_large_grid_by_hand() -> None:
    bill = Bill(128)
    assert bill.hands == 16_384
    assert bill.beats == 382
    assert bill.multiply_adds == 2_097_152
    assert bill.accesses == 49_152
    assert bill.naive_accesses == 4_210_688
    assert bill.saving == pytest.approx(85.67, abs=0.01)


def test_the_bill_is_what_the_array_counts() -> None:
    ones = np.ones((5, 5), np.int64)
    last = systolic.beats(ones, ones)[-1]
    assert (last.number, last.reads + last.writes, last.multiply_adds) == (
        Bill(5).beats, Bill(5).accesses, Bill(5).multiply_adds,
    )  # fmt: skip
    assert systolic.naive_accesses_after(last.multiply_adds, last.writes) == Bill(5).naive_accesses


def test_matrices_that_do_not_fit_are_refused() -> None:
    with pytest.raises(ValueError, match="cannot multiply"):
        systolic.beats(np.ones((2, 3), np.int64), np.ones((2, 3), np.int64))
