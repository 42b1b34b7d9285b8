"""Random inputs, drawn with NumPy on the host and, where they are large, spread out on the device.

``jax.random`` would compile a generator for every shape (seconds), and zeros would run faster than real data
does on a GPU (up to 20 %), so neither is used. A :class:`Rows` or :class:`Kronecker` is a large matrix made of few
numbers: the host writes it out for a CPU; an accelerator does so itself, which spares its host seconds for each GiB.
"""

from __future__ import annotations

import math
from collections.abc import Callable
from typing import Any, NamedTuple

import numpy as np

# Made once and repeated from a moving start beyond this length; drawing more takes longer than measuring with it:
# eight times as many were a sixth of a full suite on an H100.
_POOL = 1 << 20


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


class Rows(NamedTuple):
    """A matrix whose rows, ``width`` long, are cut from one ``pool`` of numbers at their ``starts``."""

    pool: Any
    starts: Any
    width: int

    def each(self, function: Callable[[Any], Any]) -> Rows:
        """The matrix with a function of every element."""
        return self._replace(pool=function(self.pool))

    def host(self) -> Any:
        """The matrix as a NumPy array of its own."""
        return np.lib.stride_tricks.sliding_window_view(self.pool, self.width)[self.starts]

    def device(self, dtype: Any, sharding: Any = None) -> Any:
        """The matrix on the device, in another type; or on several, each of which makes its own part."""
        import jax

        def cut(pool: Any, starts: Any) -> Any:
            pool = pool.astype(dtype)
            return jax.vmap(lambda start: jax.lax.dynamic_slice(pool, (start,), (self.width,)))(starts)

        return jax.jit(cut, out_shardings=sharding)(self.pool, self.starts.astype(np.int32))


class Kronecker(NamedTuple):
    """The Kronecker product of two small matrices."""

    first: Any
    second: Any

    def host(self) -> Any:
        """The matrix as a NumPy array."""
        return np.kron(self.first, self.second)

    def device(self, dtype: Any, sharding: Any = None) -> Any:
        """The matrix on the device, in another type; or on several, each of which makes its own part."""
        import jax

        def product(first: Any, second: Any) -> Any:
            return jax.numpy.kron(first, second).astype(dtype)

        return jax.jit(product, out_shardings=sharding)(*self)


def rows(shape: tuple[int, int], seed: int, scale: float = 1.0, wide: bool = False) -> Rows:
    """A matrix of normal numbers like :func:`normal`'s; no number comes twice in a small one."""
    count, width = math.prod(shape), shape[1]
    if count <= _POOL:
        return Rows(normal((count,), seed, scale, wide), width * np.arange(shape[0]), width)
    pool = max(_POOL, 2 * width)
    starts = np.random.default_rng(seed).integers(pool - width, size=shape[0])
    return Rows(normal((pool,), seed, scale, wide), starts, width)


def orthogonal(n: int, seed: int, wide: bool = False) -> Kronecker:
    """A dense random orthogonal n x n matrix in float32 (``wide``: float64).

    The Kronecker product of two random orthogonal matrices is orthogonal; drawing it so takes O(n^2) instead of
    the O(n^3) of factorising an n x n matrix.
    """
    generator = np.random.default_rng(seed)
    small = _factor_near_root(n)
    first, second = (_haar(size, generator) for size in (small, n // small))
    return Kronecker(first, second) if wide else Kronecker(first.astype(np.float32), second.astype(np.float32))


def _factor_near_root(n: int) -> int:
    return next(size for size in range(math.isqrt(n), 0, -1) if n % size == 0)


def _haar(n: int, generator: Any) -> Any:
    """Uniformly distributed orthogonal matrix: QR of a normal matrix, signs fixed (Mezzadri 2007)."""
    q, r = np.linalg.qr(generator.standard_normal((n, n)))
    return q * np.sign(np.diagonal(r))
