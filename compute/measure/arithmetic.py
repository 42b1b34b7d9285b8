"""Number formats: what a label asks of JAX, and the fingerprint that says which arithmetic really ran.

A label such as ``fp32`` is not what hardware does by default (TF32 on recent NVIDIA GPUs, one bf16 pass on a
TPU), so every label fixes storage, precision and accumulator, and the error of the answer against float64 tells
what was used: the errors of the formats lie about six times apart, whatever the size of the matrices.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np

# Relative Frobenius error of a product of N(0, 1) matrices against float64 (reference measurements, B2): the upper
# end of each band is about the geometric mean of the neighbours' errors. fp32 was seen from 1.4e-7 (n = 64) to
# 2.3e-6 (n = 16384 on an H200), three bf16 passes at 4.4e-6.
BANDS = (
    ("fp64", 1e-11),
    ("fp32", 3.2e-6),
    ("bf16x3", 3.5e-5),
    ("tf32", 8e-4),
    ("bf16", 1e-2),
    ("fp8_e4m3", 5.3e-2),
    ("fp8_e5m2", 2e-1),
)
# fp16 keeps as many significant bits as TF32, so the error alone cannot tell them apart: the storage does.
_SAME_BITS = {("tf32", "fp16"): "fp16"}
_CHECK_ALL_UP_TO = 512
_VECTORS = 8
_ROWS_AT_ONCE = 2048


@dataclass(frozen=True)
class Kind:
    """How a label is computed: storage and accumulator (NumPy dtypes), JAX precision, largest error allowed."""

    storage: Any
    accumulator: Any
    precision: Any
    limit: float


def kind(dtype: str) -> Kind:
    """How to compute under the label ``dtype``.

    Raises:
        ValueError: the label is unknown.
    """
    import jax
    import jax.numpy as jnp

    kinds = {
        "fp32": Kind(jnp.float32, jnp.float32, jax.lax.Precision.HIGHEST, _band("fp32")),
        "bf16": Kind(jnp.bfloat16, jnp.float32, jax.lax.Precision.DEFAULT, _band("bf16")),
        "fp16": Kind(jnp.float16, jnp.float32, jax.lax.Precision.DEFAULT, _band("tf32")),
    }
    if dtype not in kinds:
        raise ValueError(f"Unknown dtype {dtype!r}: expected one of {', '.join(kinds)}.")
    return kinds[dtype]


def _band(name: str) -> float:
    return dict(BANDS)[name]


def name_of(error: float, dtype: str) -> str:
    """Name of the arithmetic whose band holds this relative error; ``wrong`` when none does.

    Args:
        error: relative Frobenius error against float64.
        dtype: the label asked for, which settles the two formats that share a band.
    """
    for name, upper in BANDS:
        if error <= upper:
            return _SAME_BITS.get((name, dtype), name)
    return "wrong"


def product_error(left: Any, right: Any, product: Any) -> float:
    """Relative Frobenius error of ``product`` as ``left @ right``, computed in float64.

    All of it for small matrices. For large ones a random projection in O(n^2): a matrix E of independent errors
    and random normal vectors R satisfy E|ER|^2 = |E|^2 |R|^2 / n, so the ratio of the projections estimates the
    ratio of the norms, and a wrong product survives with probability zero (Freivalds 1977).

    Args:
        left: (m, k) float32 on the host.
        right: (k, n) float32 on the host.
        product: (m, n) in any dtype, on the host or a device.
    """
    answer = np.asarray(product)
    if max(left.shape + right.shape) <= _CHECK_ALL_UP_TO:
        expected = left.astype(np.float64) @ right.astype(np.float64)
        return _relative(answer.astype(np.float64), expected)
    vectors = np.random.default_rng(0).standard_normal((right.shape[1], _VECTORS))
    return _relative(_times(answer, vectors), _times(left, _times(right, vectors)))


def _times(matrix: Any, vectors: Any) -> Any:
    """``matrix @ vectors`` in float64 without a float64 copy of the whole matrix."""
    begins = range(0, matrix.shape[0], _ROWS_AT_ONCE)
    return np.concatenate([matrix[at : at + _ROWS_AT_ONCE].astype(np.float64) @ vectors for at in begins])


def _relative(got: Any, expected: Any) -> float:
    return float(np.linalg.norm(got - expected) / np.linalg.norm(expected))
