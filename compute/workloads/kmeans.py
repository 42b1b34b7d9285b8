"""Data mining: one step of k-means. Each point joins the nearest of the centres, each centre moves to its points.

Lloyd 1957/1982, "Least squares quantization in PCM", IEEE Transactions on Information Theory 28(2).
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np

from compute.workloads import Case, Check, Program, Workload, _tuning

DIMENSIONS, CLUSTERS = 4, 8
_SPREAD = 4.0  # of the true middles, where that of the points around each is 1
# Sums of many numbers in fp32 lose digits; a point between two centres may join either.
LIMIT = 1e-3
_AT_ONCE = 1 << 18  # points that NumPy takes at once
_PIECES = 8  # of the points, whose sums are scattered side by side

SIZES = tuple(2**k for k in range(14, 24, 2))
SIZES_ON_ACCELERATOR = tuple(2**k for k in range(18, 25, 2))
QUICK = {"cpu": 2**18}  # elsewhere:
QUICK_ON_ACCELERATOR = 2**22


def cases(suite: str, backend: str) -> list[Case]:
    """The largest sets first, which no cache holds."""
    sizes = SIZES if backend == "cpu" else SIZES_ON_ACCELERATOR
    quick = QUICK.get(backend, QUICK_ON_ACCELERATOR)
    chosen = {"quick": (quick,), "standard": sizes[-2::-1], "full": sizes[::-1]}[suite]
    return [Case("kmeans", "lloyd", "fp32", size) for size in chosen]


def flops(case: Case) -> int:
    """FLOP of a step.

    For each point and centre a subtraction for each dimension, of its product, which is another; for each point an
    addition to a sum for each dimension, and one to a count. Half the squares of the centres, and the divisions by the
    counts, are done once for each centre.
    """
    centres = CLUSTERS * (2 * DIMENSIONS + DIMENSIONS)
    return case.size * (CLUSTERS * 2 * DIMENSIONS + DIMENSIONS + 1) + centres


def moved_bytes(case: Case) -> int:
    """Every point read once, in bytes."""
    return 4 * DIMENSIONS * case.size


def need_bytes(case: Case, backend: str) -> int:
    """The points twice, as columns and as rows, their labels, and for products what says which point is where.

    On a CPU also the points that the check draws, and what it computes with.
    """
    points = moved_bytes(case)
    on_device = 2 * points + 8 * case.size
    if backend != "cpu":
        return on_device + 4 * CLUSTERS * case.size
    return on_device + points + 8 * 4 * (CLUSTERS + DIMENSIONS) * min(case.size, _AT_ONCE)


def build(case: Case, backend: str) -> Program:
    """The centres after a step are where the next one begins.

    The nearest centre has the least ``|c|²/2 - x·c``, which is half the squared distance less a part that is the same
    for all centres. The sums are scattered additions (formulation ``sums=columns``: of each coordinate in pieces, which
    several threads can do at once), or where many hands would wait for each other at the same sums (``sums=product``)
    a product with a matrix that has a one where a point belongs to a centre.
    """
    import jax
    import jax.numpy as jnp

    tuned = _tuning.find(case, backend)

    def step(points: Any, centres: Any) -> Any:
        labels = nearest(jnp, points, centres)
        sums, counts = add_up(points, labels)
        return jnp.where(counts[:, None] > 0, sums / jnp.maximum(counts, 1)[:, None], centres)

    def add_up(points: Any, labels: Any) -> Any:
        if tuned.formulation.get("sums") == "product":
            member = (labels == jnp.arange(CLUSTERS)[:, None]).astype(points.dtype)
            most = jax.lax.Precision.HIGHEST
            return jnp.matmul(member, points.T, precision=most), member.sum(axis=1)
        columns = (*points, jnp.ones(case.size, points.dtype))
        if tuned.formulation.get("sums") == "columns":
            sums = jnp.stack([sum(map(scattered, pieces(column), pieces(labels))) for column in columns], axis=1)
        else:
            sums = scattered(jnp.stack(columns, axis=1), labels)
        return sums[:, :-1], sums[:, -1]

    def scattered(rows: Any, labels: Any) -> Any:
        return jax.ops.segment_sum(rows, labels, CLUSTERS)

    def pieces(row: Any) -> list[Any]:
        return jnp.array_split(row, _PIECES)

    def check(compiled: Any, points: Any, centres: Any) -> tuple[Check, Any]:
        after = compiled(points, centres)
        expected = lloyd(draw(case.size), np.asarray(centres))
        error = np.linalg.norm(np.asarray(after) - expected) / np.linalg.norm(expected)
        return Check(float(error), LIMIT, what="centres"), after

    return Program(
        step=step,
        fixed=lambda: jax.device_put(draw(case.size)),
        state=lambda _: jax.device_put(draw(case.size)[:, :CLUSTERS].T.copy()),
        check=check,
        options=tuned.options,
        formulation=tuned.formulation,
    )


def nearest(xp: Any, points: Any, centres: Any) -> Any:
    """For each of (dimensions, n) points the number of its nearest centre; of equally near ones the first."""
    half_squares = (centres * centres).sum(axis=1) / 2
    for number in range(CLUSTERS):
        distance = half_squares[number]
        for axis in range(DIMENSIONS):
            distance = distance - points[axis] * centres[number, axis]
        if number == 0:
            least, label = distance, xp.zeros(points.shape[1], np.int32)
        else:
            nearer = distance < least
            least, label = xp.where(nearer, distance, least), xp.where(nearer, number, label)
    return label


def draw(size: int, seed: int = 7) -> Any:
    """(dimensions, n) points in fp32, normally distributed around as many middles as there are centres."""
    from compute.workloads import _random

    middles = _random.normal((CLUSTERS, DIMENSIONS), seed, _SPREAD)
    points = _random.normal((DIMENSIONS, size), seed + 1)
    points += middles.T[:, np.arange(size) % CLUSTERS]
    return points


def lloyd(points: Any, centres: Any, dtype: Any = np.float64) -> Any:
    """The same step in NumPy: the centres after it, (clusters, dimensions)."""
    sums, counts = np.zeros(centres.shape, dtype), np.zeros(len(centres), dtype)
    centres = centres.astype(dtype)
    for begin in range(0, points.shape[1], _AT_ONCE):
        piece = points[:, begin : begin + _AT_ONCE].astype(dtype, copy=False)
        distances = (centres * centres).sum(axis=1)[:, None] / 2 - centres @ piece
        member = (distances.argmin(axis=0) == np.arange(len(centres))[:, None]).astype(dtype)
        sums += member @ piece.T
        counts += member.sum(axis=1)
    return np.where(counts[:, None] > 0, sums / np.maximum(counts, 1)[:, None], centres)


def in_numpy(case: Case) -> Callable[[Any, Any], Any]:
    """A step in NumPy: the distances and the sums are products, piece by piece of the points."""
    return lambda points, centres: lloyd(points, centres, np.float32)


def found(size: int, steps: int) -> tuple[Any, Any, Any]:
    """What NumPy finds in some steps, for a page: (dimensions, n) points, (n,) labels, centres as rows."""
    points = draw(size)
    centres = points[:, :CLUSTERS].T
    for _ in range(steps):
        centres = lloyd(points, centres)
    return points, nearest(np, points, centres), centres


WORKLOAD = Workload(
    name="kmeans",
    title="Data mining",
    why="Every point looks for its nearest centre alone, so points can be dealt out to as many hands as there are; "
    "only the sums at the end bring them together.",
    size_name="points",
    item_name="point",
    variants={"lloyd": "Data mining: one step of k-means"},
    dtypes=("fp32",),
    cases=cases,
    flops=flops,
    bytes=moved_bytes,
    items=lambda case: case.size,
    need_bytes=need_bytes,
    build=build,
    numpy=in_numpy,
)
