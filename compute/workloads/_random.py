"""Random inputs, made with NumPy on the host.

``jax.random`` would compile a generator for every shape (seconds), and zeros would run faster than real data
does on a GPU (up to 20 %), so neither is used.
"""

from __future__ import annotations

import math
from typing import Any

import numpy as np

# Made once and repeated from a moving start beyond this length; drawing more takes longer than measuring with it.
_POOL = 1 << 23


def normal(shape: tuple[int, ...], seed: int, scale: float = 1.0, wide: bool = False) -> Any:
    """Standard normal float32 (``wide``: float64) numbers times ``scale``, the same for the same seed."""
    if wide:  # a float32 number would leave more than half of a float64's digits zero, which is less work to multiply
        fine = np.multiply(normal(shape, seed + 1), 2.0**-24, dtype=np.float64)
        return (normal(shape, seed) * (1 + fine)) * scale
    count = math.prod(shape)
    generator = np.random.default_rng(seed)
    pool = generator.standard_normal(min(count, _POOL), dtype=np.float32)
    if scale != 1.0:
        pool *= np.float32(scale)
    if count <= _POOL:
        return pool.reshape(shape)
    twice = np.concatenate([pool, pool])
    values = np.empty(count, np.float32)
    for begin in range(0, count, _POOL):
        piece = values[begin : begin + _POOL]
        start = int(generator.integers(_POOL))
        piece[:] = twice[start : start + len(piece)]
    return values.reshape(shape)


def orthogonal(n: int, seed: int, wide: bool = False) -> Any:
    """A dense random orthogonal n x n matrix in float32 (``wide``: float64).

    The Kronecker product of two random orthogonal matrices is orthogonal; drawing it so takes O(n^2) instead of
    the O(n^3) of factorising an n x n matrix.
    """
    generator = np.random.default_rng(seed)
    small = _factor_near_root(n)
    first, second = (_haar(size, generator) for size in (small, n // small))
    return np.kron(first, second) if wide else np.kron(first.astype(np.float32), second.astype(np.float32))


def _factor_near_root(n: int) -> int:
    return next(size for size in range(math.isqrt(n), 0, -1) if n % size == 0)


def _haar(n: int, generator: Any) -> Any:
    """Uniformly distributed orthogonal matrix: QR of a normal matrix, signs fixed (Mezzadri 2007)."""
    q, r = np.linalg.qr(generator.standard_normal((n, n)))
    return q * np.sign(np.diagonal(r))
