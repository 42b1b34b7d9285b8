"""Eight classic mistakes, written as people write them, each followed by the right way to do the same.

The gallery shows the body of a wrong way as it stands here, so these are the very lines that are run. JAX is imported
here and in the child process alone: the dashboard reads this file as text.
"""

# ruff: noqa: RET504  (a name for the answer reads better in a hall)

from time import perf_counter
from typing import Any

import jax
import jax.numpy as jnp

REPEATS = 20
"""Products in a loop."""


def seconds_of(product: Any, a: Any, b: Any) -> float:
    """The right way to time one product: wait for the answer."""
    begin = perf_counter()
    product(a, b).block_until_ready()
    return perf_counter() - begin


def no_synchronisation(product: Any, a: Any, b: Any) -> float:
    """Seconds of one product, which has hardly begun."""
    begin = perf_counter()
    product(a, b)
    return perf_counter() - begin


def compile_time_included(a: Any, b: Any) -> float:
    """Seconds of one product and of the compiler."""
    product = jax.jit(lambda a, b: a @ b)
    begin = perf_counter()
    product(a, b).block_until_ready()
    return perf_counter() - begin


def zeros_for_data(product: Any, n: int, dtype: Any) -> float:
    """Seconds of one product of nothing."""
    a = b = jnp.zeros((n, n), dtype)
    return several(product, a, b)


def several(product: Any, a: Any, b: Any, calls: int = 5) -> float:
    """Seconds of one of so many products in a row: the right way to keep a device busy. One wait."""
    begin = perf_counter()
    answers = [product(a, b) for _ in range(calls)]
    jax.block_until_ready(answers)
    return (perf_counter() - begin) / calls


def hoisted_loop(a: Any, b: Any) -> Any:
    """Twenty products, as it seems."""
    return jax.lax.fori_loop(0, REPEATS, lambda i, total: total + a @ b, a)


def chained_loop(a: Any, b: Any) -> Any:
    """Twenty products: each needs the one before it."""
    return jax.lax.fori_loop(0, REPEATS, lambda i, x: x @ b, a)


def constants_folded(a: Any, b: Any) -> Any:
    """A product that takes no arguments."""
    product = jax.jit(lambda: a @ b)
    return product


def multiply(a: Any, b: Any) -> Any:
    """The product, to be jitted: its factors are arguments."""
    return a @ b


def default_precision(a: Any, b: Any) -> Any:
    """The product of fp32 numbers, in whatever arithmetic the device prefers."""
    product = jnp.matmul(a, b)  # fp32?
    return product


def asked_for_fp32(a: Any, b: Any) -> Any:
    """The product of fp32 numbers in fp32."""
    return jnp.matmul(a, b, precision="highest")


def one_sample(product: Any, a: Any, b: Any) -> float:
    """Seconds of one product, timed well, once."""
    seconds = seconds_of(product, a, b)
    return seconds


def int8_overflow(a: Any, b: Any) -> Any:
    """The product of int8 matrices, kept in int8."""
    product = jnp.matmul(a, b)  # all int8
    return product


def summed_in_int32(a: Any, b: Any) -> Any:
    """The product of int8 matrices, added up in int32."""
    return jnp.matmul(a, b, preferred_element_type=jnp.int32)
