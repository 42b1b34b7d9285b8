"""The matrix product by JAX: XLA's own, and our Pallas kernel. Timed and checked as the CUDA programs do it.

Runs in the worker: only there is JAX.
"""

from __future__ import annotations

import math
import statistics
import time
from collections.abc import Mapping
from typing import Any

import numpy as np

from compute.cuda.programs import Kernel
from compute.measure import timing
from compute.measure.device import Device

RUNS = 11
BATCH_S = 0.05
# Interpreted, each of the kernel's steps is a call of NumPy's kind: small is enough to see that the answer is right.
INTERPRETED_SIZE = 256
# Without this XLA may take a Triton kernel of its own instead of cuBLAS, and searches for seconds.
_CUBLAS: Mapping[str, Any] = {"xla_gpu_enable_triton_gemm": False}


def interpreted(kernel: Kernel, device: Device) -> bool:
    """Whether this device only interprets the kernel: Pallas's way where it has no compiler for it."""
    return kernel.id.startswith("pallas") and device.backend != "gpu"


def measure(kernel: Kernel, n: int, device: Device) -> dict[str, Any]:
    """Compile the product of two n x n matrices, check it and time it: the columns of a row that this fills.

    Raises:
        Exception: whatever JAX raises for what it cannot compile or run.
    """
    jax = device.jax
    a, b = _matrices(n)
    x, fixed = jax.device_put(a), jax.device_put(b)
    begin = time.perf_counter()
    compiled = _compile(kernel, x, fixed, device)
    compile_s = time.perf_counter() - begin
    error = _error(a, b, np.asarray(compiled(x, fixed)))

    def batch(calls: int) -> float:
        """Seconds for so many products, each the factor of the next, and one wait."""
        begin, product = time.perf_counter(), x
        for _ in range(calls):
            product = compiled(product, fixed)
        jax.block_until_ready(product)
        return time.perf_counter() - begin

    calls = 1 if interpreted(kernel, device) else timing.calibrate(batch, BATCH_S)
    seconds = [batch(calls) / calls for _ in range(RUNS)]
    return {
        "median_s": statistics.median(seconds),
        "min_s": min(seconds),
        "max_s": max(seconds),
        "runs": RUNS,
        "flops": 2.0 * n**3,
        "bytes": 12.0 * n**2,
        "max_error": error,
        "compile_s": compile_s,
    }


def _matrices(n: int) -> tuple[np.ndarray, np.ndarray]:
    """Two random factors; the second has variance 1/n, so that a chain of products stays of order one."""
    random = np.random.default_rng(n)
    first, second = (random.uniform(-1, 1, (n, n)).astype(np.float32) for _ in range(2))
    return first, second * np.float32(math.sqrt(3 / n))


def _compile(kernel: Kernel, a: Any, b: Any, device: Device) -> Any:
    jax = device.jax
    precision = jax.lax.Precision.HIGHEST if kernel.dtype == "fp32" else jax.lax.Precision.DEFAULT
    if kernel.id.startswith("pallas"):
        from compute.cuda import pallas

        interpret = interpreted(kernel, device)
        return jax.jit(lambda a, b: pallas.multiply(a, b, precision, interpret)).lower(a, b).compile()
    lowered = jax.jit(lambda a, b: jax.numpy.dot(a, b, precision=precision)).lower(a, b)
    return device.compile(lowered, _CUBLAS if device.backend == "gpu" else {}).run


def _error(a: np.ndarray, b: np.ndarray, c: np.ndarray) -> float:
    """Largest error of C v against A (B v) in float64, relative to the largest value: the check costs O(n²)."""
    v = np.random.default_rng(0).uniform(-1, 1, len(a))
    expected = a.astype(np.float64) @ (b.astype(np.float64) @ v)
    return float(np.abs(c.astype(np.float64) @ v - expected).max() / np.abs(expected).max())
