"""Collectives: how fast devices tell each other what they hold, alone, without any arithmetic around it.

Two bandwidths, as NVIDIA's NCCL tests define them (github.com/NVIDIA/nccl-tests, doc/PERFORMANCE.md). For a message
of S bytes and a time t the *algorithm bandwidth* is S / t. The *bus bandwidth* is S / t times the share of S that
each of n devices has to send at least, so that it can be held against the speed of a link whatever n is:
2 (n - 1) / n for an all-reduce, (n - 1) / n for the other three. S is what one device holds: its input of an
all-reduce, a reduce-scatter and an all-to-all, its output of an all-gather.
"""

from __future__ import annotations

import math
from typing import Any

import numpy as np

from compute.workloads import Case, Check, Program, Workload, _devices, _random

ITEM_BYTES = {"fp32": 4}
LIMIT = 1e-6
# How often each byte of a message has to pass a device's link, times n / (n - 1).
PASSES = {"all-reduce": 2, "all-gather": 1, "reduce-scatter": 1, "all-to-all": 1}

SIZES = tuple(4**k for k in range(6, 13))
SIZES_ON_ACCELERATOR = tuple(4**k for k in range(6, 16))
_EVERY_KIND_AT = {"cpu": 4**10}  # elsewhere:
_EVERY_KIND_AT_ON_ACCELERATOR = 4**13


def spread(suite: str, backend: str, counts: tuple[int, ...]) -> list[Case]:
    """Messages of all sizes between all devices, every kind of collective at one size; in full also between fewer."""
    counts = tuple(count for count in counts if count > 1)
    sizes = SIZES if backend == "cpu" else SIZES_ON_ACCELERATOR
    at = _EVERY_KIND_AT.get(backend, _EVERY_KIND_AT_ON_ACCELERATOR)
    chosen = {"quick": (at, sizes[0]), "standard": (at, *sizes[::-2]), "full": (at, *sizes[::-1])}[suite]
    return list(
        dict.fromkeys(
            Case("collectives", kind, "fp32", size, params=f"devices={count}")
            for count in (counts if suite == "full" else counts[-1:])
            for size in chosen
            for kind in (PASSES if suite != "quick" or size == at else ("all-reduce",))
        )
    )


def flops(case: Case) -> int:
    """The additions of a reduction, n - 1 for each element of the message; carrying numbers about is no arithmetic."""
    adds = case.devices - 1 if "reduce" in case.variant else 0
    return adds * (case.size // ITEM_BYTES[case.dtype])


def bus_bytes(case: Case) -> int:
    """What each device has to send at least, in bytes; divided by the time it is the bus bandwidth."""
    return case.size * PASSES[case.variant] * (case.devices - 1) // case.devices


def need_bytes(case: Case, backend: str) -> int:
    """Message, answer and what the runtime holds in between; a CPU also draws the originals, and checks in float64."""
    return 3 * case.size if backend != "cpu" else (3 * case.devices + 8) * case.size


def build(case: Case, backend: str) -> Program:
    """One collective by ``shard_map``; one element of the message is what the one before it brought.

    One changed element is enough to need the whole collective again, and costs no pass over memory.

    Raises:
        Unsupported: the message does not divide over the devices.
    """
    import jax
    import jax.numpy as jnp

    n = case.devices
    count = case.size // ITEM_BYTES[case.dtype]
    part = _devices.divide(case, count, "numbers")
    devices = _devices.Devices(case)
    sent = part if case.variant == "all-gather" else count
    received = part if case.variant == "reduce-scatter" else count

    def collect(x: Any) -> Any:
        if case.variant == "all-reduce":
            return jax.lax.psum(x, _devices.AXIS)
        if case.variant == "all-gather":
            return jax.lax.all_gather(x, _devices.AXIS, tiled=True)
        if case.variant == "reduce-scatter":
            return jax.lax.psum_scatter(x, _devices.AXIS, tiled=True)
        return jax.lax.all_to_all(x, _devices.AXIS, 0, 0, tiled=True)

    def step(x: Any, answer: Any) -> tuple[Any, Any]:
        x = x.at[0].set(jnp.clip(answer[0], -1, 1))
        return x, collect(x)

    def message() -> Any:
        return _random.rows((n, sent), seed=1)

    def state(_: Any) -> Any:
        flat = jax.jit(lambda rows: rows.ravel(), out_shardings=devices.cut)
        x = flat(message().device("float32", devices.cut))
        return x, jax.jit(lambda: jnp.zeros(n * received, jnp.float32), out_shardings=devices.cut)()

    def check(compiled: Any, _: Any, state: Any) -> tuple[Check, Any]:
        state = compiled(_, state)
        before = message().host().astype(np.float64)
        before[:, 0] = 0  # the answer before the first one
        wrong = total = 0.0
        for place, found in devices.parts(state[1]):
            expected = _expected(case.variant, before, place.start // received)
            wrong += float(np.square(np.asarray(found, np.float64) - expected).sum())
            total += float(np.square(expected).sum())
        return Check(math.sqrt(wrong / total), LIMIT), state

    mapped = devices.each(step, inputs=2, outputs=2)
    return Program(
        step=lambda _, state: mapped(*state),
        fixed=tuple,
        state=state,
        check=check,
        donate=True,
        collectives=(case.variant,),
    )


def _expected(kind: str, sent: Any, device: int) -> Any:
    """What a device must hold afterwards, given what each sent, one row for each device."""
    if kind == "all-reduce":
        return sent.sum(0)
    if kind == "all-gather":
        return sent.ravel()
    parts = sent.reshape(len(sent), len(sent), -1)  # from, to, numbers
    return parts[:, device].sum(0) if kind == "reduce-scatter" else parts[:, device].ravel()


WORKLOAD = Workload(
    name="collectives",
    title="Collectives",
    why="Devices that share a job wait for each other's results, so the links between them are part of every job.",
    size_name="bytes",
    item_name="byte",
    variants={
        "all-reduce": "everyone gets the sum",
        "all-gather": "everyone gets all parts",
        "reduce-scatter": "everyone gets a part of the sum",
        "all-to-all": "everyone gets a part from each",
    },
    dtypes=("fp32",),
    cases=lambda suite, backend: [],
    flops=flops,
    bytes=bus_bytes,
    items=lambda case: case.size,
    need_bytes=need_bytes,
    build=build,
    spread=spread,
)
