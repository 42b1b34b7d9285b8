"""Transfer: how fast numbers get from the host to the device and back, which work elsewhere has to pay for first.

A CPU's JAX works where the host's arrays are, so there is nothing to transfer, and its row says so.
"""

from __future__ import annotations

from typing import Any

import numpy as np

from compute.workloads import Case, Check, Program, Unsupported, Workload

SIZES = (2**10, 2**16, 2**20, 2**24, 2**26)
_WAYS = {"to device": 1, "there and back": 2}


def cases(suite: str, backend: str) -> list[Case]:
    """The largest arrays first; waiting for each, as a transfer that nobody waits for is not over."""
    ways = tuple(_WAYS)[-1:] if suite == "quick" else tuple(_WAYS)
    sizes = {"quick": SIZES[3:4], "standard": SIZES[3:0:-1], "full": SIZES[::-1]}[suite]
    if backend == "cpu":
        sizes = SIZES[:1]
    return [Case("transfer", way, "fp32", size, "call") for size in sizes for way in ways]


def moved_bytes(case: Case) -> int:
    """The array, once for each way."""
    return 4 * case.size * _WAYS[case.variant]


def build(case: Case, backend: str) -> Program:
    """JAX's own ``device_put``, and ``numpy.asarray`` for the way back. What comes back goes there next.

    Raises:
        Unsupported: host and device are one.
    """
    import jax

    from compute.workloads import _random

    if backend == "cpu":
        raise Unsupported("Skipped: on a CPU the host's memory is the device's, so there is nothing to transfer.")

    def there(numbers: Any, _: Any) -> Any:
        return jax.device_put(numbers)

    def there_and_back(_: Any, numbers: Any) -> Any:
        return np.asarray(jax.device_put(numbers))

    def drawn() -> Any:
        return _random.normal((case.size,), case.size)

    def check(transfer: Any, fixed: Any, state: Any) -> tuple[Check, Any]:
        after = transfer(fixed, state)
        return Check(float(np.mean(np.asarray(after) != drawn())), 0.0, what="share of wrong numbers"), after

    back = case.variant == "there and back"
    return Program(
        step=there_and_back if back else there,
        fixed=(lambda: None) if back else drawn,
        state=(lambda _: drawn()) if back else (lambda _: None),
        check=check,
        compiled=False,
    )


WORKLOAD = Workload(
    name="transfer",
    title="Transfer",
    why="What a device is to work on has to get there first, over a road that is far narrower than its own memory's.",
    size_name="elements",
    item_name="element",
    variants={way: f"Transfer: {way}" for way in _WAYS},
    dtypes=("fp32",),
    cases=cases,
    flops=lambda case: 0,
    bytes=moved_bytes,
    items=lambda case: case.size,
    need_bytes=lambda case, backend: 2 * 4 * case.size,
    build=build,
)
