"""Arrays spread over several devices: which devices a case runs on, and what each of them holds.

JAX calls the devices together a mesh, and the way an array is cut over it a sharding. One axis is enough here: an
array is either cut into equal parts along its first dimension, or every device holds all of it.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from typing import Any

import numpy as np

from compute.workloads import Case, Unsupported, _versions

AXIS = "devices"


class Devices:
    """The devices of one case.

    Raises:
        Unsupported: there are fewer than the case asks for, or its processes cannot share them equally.
    """

    def __init__(self, case: Case) -> None:
        from jax.sharding import Mesh, NamedSharding, PartitionSpec

        self._cut, self._whole = PartitionSpec(AXIS), PartitionSpec()
        self.count = case.devices
        self.mesh = Mesh(np.array(_chosen(case.devices)), (AXIS,))
        self.cut = NamedSharding(self.mesh, self._cut)
        self.whole = NamedSharding(self.mesh, self._whole)

    def batch(self, values: Any) -> Any:
        """A NumPy array cut into as many parts as there are devices."""
        return self._put(values, self.cut)

    def copies(self, values: Any) -> Any:
        """A NumPy array, all of it on each device."""
        return self._put(values, self.whole)

    def _put(self, values: Any, sharding: Any) -> Any:
        # Not device_put: between several processes it would first ask all of them whether their values are equal.
        import jax

        values = np.asarray(values)
        return jax.make_array_from_callback(values.shape, sharding, lambda place: values[place])

    def as_copies(self, tree: Any) -> Any:
        """Inside a program: say of every array that all devices hold all of it."""
        import jax

        return jax.tree.map(lambda array: jax.lax.with_sharding_constraint(array, self.whole), tree)

    def host(self, array: Any, few: int) -> Any:
        """The first ``few`` entries as a NumPy array, wherever they lie."""
        import jax

        return np.asarray(jax.jit(lambda values: values[:few], out_shardings=self.whole)(array))

    def each(self, function: Callable[..., Any], inputs: int, outputs: int = 1) -> Callable[..., Any]:
        """A function of what one device holds, run by every device on its part; all arrays are cut."""
        cut = self._cut
        return _versions.shard_map(function, self.mesh, (cut,) * inputs, cut if outputs == 1 else (cut,) * outputs)

    def parts(self, array: Any) -> Iterator[tuple[slice, Any]]:
        """What the devices of this process hold of a cut array: the rows, and the array on that device."""
        for part in array.addressable_shards:
            rows = part.index[0]
            yield slice(rows.start or 0, len(array) if rows.stop is None else rows.stop), part.data


def cases(workload: str, backend: str, sizes: Mapping[str, tuple[int, ...]], counts: tuple[int, ...]) -> list[Case]:
    """Each size of each variant on each number of devices, in the arithmetic that one trains in there."""
    dtype = "fp32" if backend == "cpu" else "bf16"
    return [
        Case(workload, variant, dtype, size, params=f"devices={count}")
        for variant, some in sizes.items()
        for size in some
        for count in counts
    ]


def _chosen(count: int) -> list[Any]:
    """As many devices: of this process where it has enough, else all that there are."""
    import jax

    here, every = jax.local_devices(), jax.devices()
    if count <= len(here):
        return list(here[:count])
    if count == len(every):
        return list(every)
    raise Unsupported(f"Skipped: it needs {count} devices, and JAX finds {len(every)} here.")


def divide(case: Case, number: int, what: str) -> int:
    """The share of one device.

    Raises:
        Unsupported: the number does not divide over the devices of the case.
    """
    share, left = divmod(number, case.devices)
    if left:
        raise Unsupported(
            f"Skipped: {number:,} {what} do not divide over {case.devices} devices, {left:,} would be left over. "
            f"Choose a multiple of {case.devices}."
        )
    return share
