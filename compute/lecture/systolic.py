"""A systolic array: a grid of hands that each keep one weight, take a number from the left and a sum from above.

It multiplies a matrix x (rows, depth) by weights w (depth, columns). Weight w[k, n] stays in hand (k, n) for good. In
every beat a hand multiplies the number that comes from its left by its weight, adds the sum that comes from above,
gives the number on to its right and the sum on downwards. Number x[m, k] enters row k of the grid in beat m + k + 1
(the first is 1), so that it meets the sum of its own row m; y[m, n] leaves column n in beat m + n + depth.

Sources: H. T. Kung, "Why systolic architectures?", 1982; Jouppi and others, "In-datacenter performance analysis of a
tensor processing unit", 2017.

Memory accesses are counted in numbers read or written, however the memory is built.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

Matrix = npt.NDArray[np.int64]

EXAMPLE_X: Matrix = np.array([[1, 2, 3], [4, 5, 6], [7, 8, 9]])
EXAMPLE_W: Matrix = np.array([[2, 0, 1], [1, 3, 0], [0, 1, 2]])


@dataclass(frozen=True)
class Beat:
    """The array after one beat.

    `rows[k][n]` is the row m of x that hand (k, n) worked on in this beat, None where it had nothing to do; `numbers`
    and `sums` are what it holds then: its number, and its sum up to k. `done[m][n]` is y[m, n] where it has left the
    grid, else None. `reads`, `writes` and `multiply_adds` count memory accesses and work from the start, the loading of
    the weights included.
    """

    number: int
    rows: tuple[tuple[int | None, ...], ...]
    numbers: Matrix
    sums: Matrix
    done: tuple[tuple[int | None, ...], ...]
    reads: int
    writes: int
    multiply_adds: int

    @property
    def busy(self) -> int:
        """How many hands worked in this beat."""
        return sum(row is not None for line in self.rows for row in line)


def beats(x: Matrix, w: Matrix) -> list[Beat]:
    """The array in every beat, beginning with beat 0: weights in place, nothing flows yet.

    Raises:
        ValueError: the shapes do not fit each other.
    """
    if x.ndim != 2 or w.ndim != 2 or x.shape[1] != w.shape[0]:
        raise ValueError(f"cannot multiply {x.shape} by {w.shape}: expected (rows, depth) by (depth, columns)")
    return list(_flow(x, w))


def _flow(x: Matrix, w: Matrix) -> Iterator[Beat]:
    (height, depth), columns = x.shape, w.shape[1]
    numbers, sums = np.zeros_like(w), np.zeros_like(w)
    rows = np.full(w.shape, -1)  # the row of x whose number a hand holds, -1 for none
    done: list[list[int | None]] = [[None] * columns for _ in range(height)]
    reads, writes, work = w.size, 0, 0
    yield _beat(0, rows, numbers, sums, done, (reads, writes, work))
    for number in range(1, length(height, depth, columns) + 1):
        # Everything moves by one hand: numbers and their rows to the right, sums downwards.
        numbers, rows = np.roll(numbers, 1, axis=1), np.roll(rows, 1, axis=1)
        sums = np.roll(sums, 1, axis=0)
        sums[0] = 0
        for k in range(depth):
            m = number - 1 - k
            arrives = 0 <= m < height
            numbers[k, 0], rows[k, 0] = (x[m, k], m) if arrives else (0, -1)
            reads += arrives
        sums = sums + numbers * w
        work += int((rows >= 0).sum())
        for n, m in enumerate(rows[-1]):
            if m >= 0:
                done[m][n] = int(sums[-1, n])
                writes += 1
        yield _beat(number, rows, numbers, sums, done, (reads, writes, work))


def _beat(
    number: int, rows: Matrix, numbers: Matrix, sums: Matrix, done: list[list[int | None]], counts: tuple[int, int, int]
) -> Beat:
    worked = tuple(tuple(None if m < 0 else int(m) for m in line) for line in rows)
    return Beat(number, worked, numbers.copy(), sums.copy(), tuple(map(tuple, done)), *counts)


def length(height: int, depth: int, columns: int) -> int:
    """Beats from the first number that enters to the last sum that leaves."""
    return height + depth + columns - 2


@dataclass(frozen=True)
class Bill:
    """What a product of an n x n matrix with another costs: hands, beats, multiply-adds, memory accesses."""

    size: int

    @property
    def hands(self) -> int:
        """Hands in the grid, one for each weight; so many multiply-adds in a beat when all are busy."""
        return self.size**2

    @property
    def beats(self) -> int:
        """Beats of the grid; one hand alone needs one for each multiply-add."""
        return length(self.size, self.size, self.size)

    @property
    def multiply_adds(self) -> int:
        """Multiply-adds of the whole product."""
        return self.size**3

    @property
    def accesses(self) -> int:
        """Memory accesses of the grid: every weight and number is read once, every sum written once."""
        return 3 * self.size**2

    @property
    def naive_accesses(self) -> int:
        """Memory accesses of one hand: two numbers read for every multiply-add, every sum written once."""
        return naive_accesses(self.size, self.size, self.size)

    @property
    def saving(self) -> float:
        """How many times fewer accesses the grid makes."""
        return self.naive_accesses / self.accesses


def naive_accesses(height: int, depth: int, columns: int) -> int:
    """Two numbers read for every multiply-add; the sum stays in the hand and is written once."""
    return 2 * height * depth * columns + height * columns


def naive_accesses_after(multiply_adds: int, results: int) -> int:
    """Memory accesses of the naive way after so many multiply-adds and finished sums."""
    return 2 * multiply_adds + results
