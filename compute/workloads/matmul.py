"""Square matrix product: the purest measure of compute power, and what a network spends its time on."""

from __future__ import annotations

from typing import Any

from compute.workloads import Case, Check, Program, Workload

DTYPES = ("fp32", "bf16", "fp16")
ITEM_BYTES = {"fp32": 4, "bf16": 2, "fp16": 2}
# Half-octave steps: 2^k and 3*2^k, because matrix units like multiples of a power of two better than of sqrt(2).
SIZES = tuple(sorted([2**k for k in range(6, 15)] + [3 * 2**k for k in range(5, 13)]))
LARGEST = {"quick": 2048, "standard": 4096, "full": 8192}
LARGEST_ON_ACCELERATOR = {"quick": 8192, "standard": 16384, "full": 16384}
# Below this size a call costs more than its arithmetic, so that the three modes differ.
DISPATCH_BOUND = 512


def cases(suite: str, backend: str) -> list[Case]:
    """The curve in fp32 first, then the other dtypes, then the modes that show what a call costs."""
    largest = (LARGEST if backend == "cpu" else LARGEST_ON_ACCELERATOR)[suite]
    sizes = [size for size in SIZES if size <= largest]
    octaves = [size for size in sizes if size & (size - 1) == 0]
    if suite == "quick":
        curve = sizes if backend == "cpu" else octaves
        narrow = [size for size in octaves if size >= 256]
        return [
            *(_case("fp32", size) for size in curve),
            *(_case(dtype, size) for size in narrow for dtype in ("bf16", "fp16")),
            *(_case("fp32", size, mode) for size in (64, 256) for mode in ("call", "fused")),
        ]
    small = [size for size in sizes if size <= DISPATCH_BOUND]
    return [
        *(_case(dtype, size) for size in sizes for dtype in DTYPES),
        *(_case(dtype, size, mode) for dtype in DTYPES for size in small for mode in ("call", "fused")),
    ]


def _case(dtype: str, size: int, mode: str = "stream") -> Case:
    return Case("matmul", "square", dtype, size, mode)


def flops(case: Case) -> int:
    """n^2 dot products of n multiplications and n additions each: 2 n^3 FLOP."""
    return 2 * case.size**3


def moved_bytes(case: Case) -> int:
    """Two matrices read once and one written once: the least that must move, in bytes."""
    return 3 * case.size**2 * ITEM_BYTES[case.dtype]


def need_bytes(case: Case, backend: str) -> int:
    """Two factors, the result and the one before it on the device.

    On a CPU the float32 originals that the check draws come from the same memory. Types narrower than
    fp32 are widened there before they are multiplied.
    """
    on_device = 4 * case.size**2 * ITEM_BYTES[case.dtype]
    if backend != "cpu":
        return on_device
    widened = 0 if case.dtype == "fp32" else 3 * case.size**2 * 4
    return on_device + widened + 3 * case.size**2 * 4


def build(case: Case, backend: str) -> Program:
    """The chain ``x = x @ b`` with an orthogonal b, so that values stay of order one however long it runs.

    Every product needs the one before it, which is what keeps XLA from hoisting or merging them.
    """
    import jax

    from compute.measure import arithmetic
    from compute.workloads import _random, _tuning

    kind = arithmetic.kind(case.dtype)

    # Drawn again for the check rather than kept: O(n^2) twice costs less than the host memory.
    def left() -> Any:
        return _random.normal((case.size, case.size), seed=case.size + 1)

    def right() -> Any:
        return _random.orthogonal(case.size, seed=case.size)

    def step(b: Any, x: Any) -> Any:
        product = jax.lax.dot(x, b, precision=kind.precision, preferred_element_type=kind.accumulator)
        return product.astype(x.dtype)

    def check(compiled: Any, b: Any, x: Any) -> tuple[Check, Any]:
        error = arithmetic.product_error(left(), right(), compiled(b, x))
        return Check(error, kind.limit, arithmetic.name_of(error, case.dtype), error), x

    return Program(
        step=step,
        fixed=lambda: jax.device_put(right().astype(kind.storage)),
        state=lambda _: jax.device_put(left().astype(kind.storage)),
        check=check,
        options=_tuning.find(case, backend).options,
    )


WORKLOAD = Workload(
    name="matmul",
    title="Matrix product",
    why="Nearly all the work of a neural network is matrix products, so this rate bounds everything else.",
    size_name="n",
    item_name="matrix product",
    variants={"square": "n × n times n × n"},
    dtypes=DTYPES,
    cases=cases,
    flops=flops,
    bytes=moved_bytes,
    items=lambda case: 1,
    need_bytes=need_bytes,
    build=build,
)
