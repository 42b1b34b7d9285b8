"""What differs between the versions of JAX that a machine may bring, 0.4.35 and later: all of it is here."""

from __future__ import annotations

import contextlib
import importlib
import inspect
import re
from collections.abc import Mapping
from typing import Any


def types(wide: bool = True) -> Any:
    """A context in which JAX has 64-bit types, or with ``wide`` false the types that it has anyway."""
    if not wide:
        return contextlib.nullcontext()
    import jax

    if hasattr(jax, "enable_x64"):  # since 0.8
        return jax.enable_x64(True)
    return importlib.import_module("jax.experimental").enable_x64(True)


def shard_map(function: Any, mesh: Any, inputs: Any, outputs: Any) -> Any:
    """A function of what each device of a mesh holds, as a function of whole arrays; partition specs say how cut."""
    import jax

    mapped = getattr(jax, "shard_map", None)  # since 0.6
    if mapped is None:
        mapped = importlib.import_module("jax.experimental.shard_map").shard_map
    return mapped(function, mesh=mesh, in_specs=inputs, out_specs=outputs)


def compiles_kernels() -> bool:
    """Whether Pallas compiles kernels for the first device: NVIDIA's since Ampere, by Triton."""
    import jax

    capability = getattr(jax.devices()[0], "compute_capability", "")
    return bool(re.fullmatch(r"([89]|\d\d)\.\d", capability))


def kernel_params() -> Any:
    """What tells ``pallas_call`` that Triton is to compile the kernel for a GPU."""
    triton = importlib.import_module("jax.experimental.pallas.triton")
    params = getattr(triton, "CompilerParams", None) or triton.TritonCompilerParams  # the latter before 0.7
    return params()


def coordination_client() -> Any:
    """The client of the coordination service that ``jax.distributed.initialize`` started; JAX has no public name."""
    return importlib.import_module("jax._src.distributed").global_state.client


def heartbeat(jax: Any, seconds: int) -> dict[str, int]:
    """The argument by which ``jax.distributed.initialize`` learns when a process is gone; none before it had one."""
    name = "heartbeat_timeout_seconds"  # since 0.7
    return {name: seconds} if name in inspect.signature(jax.distributed.initialize).parameters else {}


def compile_with(lowered: Any, options: Mapping[str, Any]) -> tuple[Any, dict[str, Any]]:
    """Compile with XLA's options, or without them where this version does not know one; says which are in force.

    Raises:
        Exception: whatever XLA raises for a program that it cannot compile.
    """
    try:
        return lowered.compile(compiler_options=dict(options)), dict(options)
    except Exception as error:
        if not options or "option" not in str(error).lower():
            raise
        return lowered.compile(), {}
