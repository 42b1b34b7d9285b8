"""Matrix product over several devices: each holds a band of rows of both factors and gathers the rest of the right one.

*Strong* scaling gives the same product to more devices; *weak* scaling gives each device as much as one had before.
"""

from __future__ import annotations

from dataclasses import replace
from typing import Any

from compute.workloads import Case, Check, Program, Workload, _devices, _random, _tuning, matmul

DTYPES = ("fp32", "tf32", "bf16", "fp16")

_CPU_SIZES: dict[str, dict[str, tuple[int, ...]]] = {
    "quick": {"strong": (1024,)},
    "standard": {"strong": (2048, 1024), "weak": (512,)},
    "full": {"strong": (2048, 1024, 4096), "weak": (512, 1024)},
}
_ACCELERATOR_SIZES: dict[str, dict[str, tuple[int, ...]]] = {
    "quick": {"strong": (16384,)},
    "standard": {"strong": (32768, 16384), "weak": (8192,)},
    "full": {"strong": (32768, 16384, 8192), "weak": (8192, 4096, 16384)},
}


def spread(suite: str, backend: str, counts: tuple[int, ...]) -> list[Case]:
    """One device first, which is what the others are compared with."""
    sizes = (_CPU_SIZES if backend == "cpu" else _ACCELERATOR_SIZES)[suite]
    return _devices.cases("matmul_sharded", backend, sizes, counts)


def shape(case: Case) -> matmul.Shape:
    """Rows, inner dimension and columns; in weak scaling ``size`` is how many rows each device multiplies."""
    rows = case.size * (case.devices if case.variant == "weak" else 1)
    return matmul.Shape(rows, case.size, case.size)


def flops(case: Case) -> int:
    """2 m k n FLOP, over all devices."""
    of = shape(case)
    return 2 * of.m * of.k * of.n


def moved_bytes(case: Case) -> int:
    """Two factors read once and the product written once, over all devices, in bytes."""
    of, item = shape(case), matmul.ITEM_BYTES.get(case.dtype, 4)
    return item * (of.m * of.k + of.k * of.n + of.m * of.n)


def need_bytes(case: Case, backend: str) -> int:
    """On each device its bands of the factors, the whole right factor, the product and the one before it.

    The check draws the right factor and a band of the left one anew. The devices of a CPU share one memory, which
    also widens what is narrower than fp32.
    """
    of = shape(case)
    rows, inner = -(-of.m // case.devices), -(-of.k // case.devices)
    item = 4 if backend == "cpu" else matmul.ITEM_BYTES.get(case.dtype, 4)
    each = item * (3 * rows * of.n + inner * of.n + of.k * of.n)
    checked = 4 * (rows * of.k + of.k * of.n)
    return case.devices * each + 2 * checked if backend == "cpu" else each + checked


def build(case: Case, backend: str) -> Program:
    """The chain ``x = x @ b`` with an orthogonal b, as ``matmul`` has it, by ``shard_map``.

    Before it multiplies, a device gathers the bands of b that the others hold: one all-gather a step, which moves
    (d - 1) / d of b to each of d devices.

    Raises:
        Unsupported: the sides do not divide over the devices, or the backend does not have the number format.
    """
    import jax

    from compute.measure import arithmetic

    arithmetic.refuse(case.dtype, backend)
    kind = arithmetic.kind(case.dtype, backend)
    of = shape(case)
    _devices.divide(case, of.k, "rows of a matrix")
    devices = _devices.Devices(case)
    left = _random.rows((of.m, of.k), of.k + 1)
    right = _random.orthogonal(of.k, seed=of.k)

    def multiply(b: Any, x: Any) -> Any:
        whole = jax.lax.all_gather(b, _devices.AXIS, tiled=True)
        return matmul.dot(x, whole, case, kind).astype(kind.storage)

    def check(compiled: Any, b: Any, x: Any) -> tuple[Check, Any]:
        product = compiled(b, x)
        factor = right.host() if backend == "cpu" else right.device("float32")
        error = 0.0
        for rows, part in devices.parts(product):
            band = left._replace(starts=left.starts[rows])
            own = band.host() if backend == "cpu" else band.device("float32")
            error = max(error, arithmetic.product_error(own, factor, part, on_device=backend == "gpu"))
        return Check(error, kind.limit, arithmetic.name_of(error, case.dtype), error), x

    return Program(
        step=devices.each(multiply, inputs=2),
        fixed=lambda: right.device(kind.storage, devices.cut),
        state=lambda _: left.device(kind.storage, devices.cut),
        check=check,
        options=_tuning.find(replace(case, workload="matmul", variant="square"), backend).options,
        collectives=("all-gather", "collective-permute") if case.devices > 1 else (),
    )


WORKLOAD = Workload(
    name="matmul_sharded",
    title="Sharded matrix product",
    why="A product that is too large or too slow for one device is cut into bands, and the devices must then talk.",
    size_name="n",
    item_name="matrix product",
    variants={"strong": "the same n × n product for all", "weak": "n rows for each device"},
    dtypes=DTYPES,
    cases=lambda suite, backend: [],
    flops=flops,
    bytes=moved_bytes,
    items=lambda case: 1,
    need_bytes=need_bytes,
    build=build,
    spread=spread,
)
