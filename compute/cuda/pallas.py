"""The tiled product once more, in Python: Pallas compiles it for a GPU, or interprets it where there is none."""

from functools import partial
from typing import Any

import jax
import jax.numpy as jnp
from jax.experimental import pallas as pl
from jax.experimental.pallas import triton

ROWS, COLUMNS, DEPTH = 256, 64, 32
WARPS, STAGES = {jax.lax.Precision.HIGHEST: 8, jax.lax.Precision.DEFAULT: 4}, 3


def _tile(a: Any, b: Any, c: Any, *, precision: jax.lax.Precision) -> None:
    def add(k: Any, total: jax.Array) -> jax.Array:
        some = pl.ds(k * DEPTH, DEPTH)
        return total + jnp.dot(a[:, some], b[some, :], precision=precision)

    steps = a.shape[1] // DEPTH
    c[...] = jax.lax.fori_loop(0, steps, add, jnp.zeros((ROWS, COLUMNS), jnp.float32))


def multiply(a: jax.Array, b: jax.Array, precision: jax.lax.Precision, interpret: bool) -> jax.Array:
    """The product of two n x n matrices of float32; n is a multiple of 256.

    Raises:
        ValueError: n is not such a multiple.
    """
    n = len(a)
    if n % ROWS or n % COLUMNS or n % DEPTH:
        raise ValueError(f"The Pallas kernel multiplies whole tiles: found n = {n}, expected a multiple of {ROWS}.")
    return pl.pallas_call(
        partial(_tile, precision=precision),
        out_shape=jax.ShapeDtypeStruct((n, n), jnp.float32),
        grid=(n // ROWS, n // COLUMNS),
        in_specs=[
            pl.BlockSpec((ROWS, n), lambda row, column: (row, 0)),
            pl.BlockSpec((n, COLUMNS), lambda row, column: (0, column)),
        ],
        out_specs=pl.BlockSpec((ROWS, COLUMNS), lambda row, column: (row, column)),
        compiler_params=triton.CompilerParams(num_warps=WARPS[precision], num_stages=STAGES),
        interpret=interpret,
    )(a, b)
