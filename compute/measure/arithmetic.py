"""Number formats: what a label asks of JAX, and the fingerprint that says which arithmetic really ran.

A label such as ``fp32`` is not what hardware does by default (TF32 on recent NVIDIA GPUs, one bf16 pass on a
TPU), so every label fixes storage, precision and accumulator, and the error of the answer against float64 tells
what was used: the errors of the formats lie about six times apart, whatever the size of the matrices.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import Any

import numpy as np

from compute.workloads import Unsupported, _versions

# Relative Frobenius error of a product of N(0, 1) matrices against float64 (reference measurements, B2): the upper
# end of each band is about the geometric mean of the neighbours' errors. fp32 was seen from 1.4e-7
# (n = 64) to 2.3e-6 (n = 16384 on an H200), three bf16 passes at 4.4e-6; fp8 whose product is rounded to fp8 as well
# at 4.6e-2 (e4m3) and 7.9e-2 (e5m2 times e4m3).
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
# cuBLAS adds these up in fp32 whatever it writes; asked for fp32 and a conversion, XLA appends a pass over memory.
_WRITTEN_NARROW = ("bf16", "fp16")
_CHECK_ALL_UP_TO = 512
_VECTORS = 8
_PROJECTED = 512  # numbers at least to judge by, where a product has few rows
_ROWS_AT_ONCE = 2048
# Trying which kernel is the fastest takes 3.4 s a shape, for a product that runs once.
_ANY_KERNEL: dict[str, Any] = {"xla_gpu_autotune_level": 0, "xla_gpu_enable_triton_gemm": False}


@dataclass(frozen=True)
class Kind:
    """How a label is computed.

    ``storage`` and ``right`` are the formats of the left and the right factor, ``accumulator`` is the one that their
    products are added up in and ``output`` the one that the result is kept in (all NumPy dtypes); ``precision`` is
    JAX's; ``limit`` is the largest error allowed. ``wide`` says that JAX must have 64-bit types while it traces.
    """

    storage: Any
    right: Any
    accumulator: Any
    output: Any
    precision: Any
    limit: float
    wide: bool = False


# Everything a label can be; ``default`` is fp32 as JAX multiplies it when nobody asks for a precision.
DTYPES = ("fp64", "fp32", "tf32", "bf16", "fp16", "fp8_e4m3", "fp8_e5m2", "int8", "default")


def kind(dtype: str, backend: str = "cpu") -> Kind:
    """How to compute under the label ``dtype`` on a backend.

    fp8_e5m2 multiplies e5m2 by e4m3, as training does with gradients and weights: no matrix unit of NVIDIA's takes
    e5m2 on both sides (cuBLAS documentation, cublasLtMatmul).

    Raises:
        ValueError: the label is unknown.
    """
    import jax
    import jax.numpy as jnp

    one, most = jax.lax.Precision.DEFAULT, jax.lax.Precision.HIGHEST
    tf32 = jax.lax.DotAlgorithmPreset.TF32_TF32_F32
    f64, f32, f16, bf16 = jnp.float64, jnp.float32, jnp.float16, jnp.bfloat16
    e4m3, e5m2, i8, i32 = jnp.float8_e4m3fn, jnp.float8_e5m2, jnp.int8, jnp.int32
    kinds = {
        "fp64": Kind(f64, f64, f64, f64, most, _band("fp64"), wide=True),
        "fp32": Kind(f32, f32, f32, f32, most, _band("fp32")),
        "tf32": Kind(f32, f32, f32, f32, tf32, _band("tf32")),
        "bf16": Kind(bf16, bf16, f32, bf16, one, _band("bf16")),
        "fp16": Kind(f16, f16, f32, f16, one, _band("tf32")),
        "fp8_e4m3": Kind(e4m3, e4m3, f32, bf16, one, _band("fp8_e4m3")),
        "fp8_e5m2": Kind(e5m2, e4m3, f32, bf16, one, _band("fp8_e5m2")),
        "int8": Kind(i8, i8, i32, i32, one, 0.0),
        "default": Kind(f32, f32, f32, f32, one, _band("bf16")),
    }
    if dtype not in kinds:
        raise ValueError(f"Unknown dtype {dtype!r}: expected one of {', '.join(kinds)}.")
    if backend == "gpu" and dtype in _WRITTEN_NARROW:
        return replace(kinds[dtype], accumulator=kinds[dtype].output)
    return kinds[dtype]


def refuse(dtype: str, backend: str) -> None:
    """Say so where a backend cannot compute under a label at all.

    Raises:
        Unsupported: with the sentence for the row.
    """
    if dtype == "tf32" and backend != "gpu":
        raise Unsupported(f"Skipped: TF32 is a format of NVIDIA's matrix units, and this runs on a {backend.upper()}.")
    if dtype == "fp64" and backend == "tpu":
        raise Unsupported("Skipped: a TPU has no 64-bit floating-point units.")


def _band(name: str) -> float:
    return dict(BANDS)[name]


def name_of(error: float, dtype: str) -> str:
    """Name of the arithmetic whose band holds this relative error; ``wrong`` when none does.

    Args:
        error: relative Frobenius error against float64.
        dtype: the label asked for, which settles the two formats that share a band. Products of integers are exact.
    """
    if dtype == "int8":
        return "int8" if error == 0 else "wrong"
    for name, upper in BANDS:
        if error <= upper:
            return _SAME_BITS.get((name, dtype), name)
    return "wrong"


def product_error(left: Any, right: Any, product: Any, on_device: bool = False) -> float:
    """Relative Frobenius error of ``product`` as ``left @ right``, computed in float64.

    All of it for small matrices. For large ones a random projection in O(n^2): a matrix E of independent errors
    and random normal vectors R satisfy E|ER|^2 = |E|^2 |R|^2 / n, so the ratio of the projections estimates the
    ratio of the norms, and a wrong product survives with probability zero (Freivalds 1977). The numbers of R are
    rounded to small integers, so that for factors of small integers everything here is exact, and a right product of
    theirs has an error of zero.

    Args:
        left: (m, k) in the full precision of the label.
        right: (k, n) likewise.
        product: (m, n) in any dtype.
        on_device: all three lie on a device that computes in float64, so that it projects them itself.
    """
    if max(left.shape + right.shape) <= _CHECK_ALL_UP_TO:
        left, right, answer = (np.asarray(matrix).astype(np.float64) for matrix in (left, right, product))
        return _relative(answer, left @ right)
    count = max(_VECTORS, _PROJECTED // len(product))
    vectors = np.rint(8 * np.random.default_rng(0).standard_normal((right.shape[1], count)))
    times = _times_on_device if on_device else _times
    return _relative(times(product, vectors), times(left, times(right, vectors)))


def _times(matrix: Any, vectors: Any) -> Any:
    """``matrix @ vectors`` in float64 without a float64 copy of the whole matrix."""
    matrix = np.asarray(matrix)
    begins = range(0, matrix.shape[0], _ROWS_AT_ONCE)
    return np.concatenate([matrix[at : at + _ROWS_AT_ONCE].astype(np.float64) @ vectors for at in begins])


def _times_on_device(matrix: Any, vectors: Any) -> Any:
    """The same where the matrix lies, on a GPU."""
    import jax
    import jax.numpy as jnp

    def times(matrix: Any, vectors: Any) -> Any:
        return jax.lax.map(lambda row: row.astype(jnp.float64) @ vectors, matrix, batch_size=_ROWS_AT_ONCE)

    with _versions.types():
        compiled, _ = _versions.compile_with(jax.jit(times).lower(matrix, vectors), _ANY_KERNEL)
        return np.asarray(compiled(matrix, vectors))


def _relative(got: Any, expected: Any) -> float:
    return float(np.linalg.norm(got - expected) / np.linalg.norm(expected))
