"""Tiles of the Pallas kernel, side by side: what the constants of `compute/cuda/pallas.py` are chosen from.

`python -m tests.bench.pallas_tiles --dtype tf32 --depth 32` compiles the kernel for every tile below of that depth,
times them in turns beside XLA's own product, and prints a line for each: TFLOP/s and the ratio to XLA. It needs a GPU.
"""

from __future__ import annotations

import argparse
import itertools
import statistics
from collections.abc import Callable, Iterator, Sequence
from functools import partial
from typing import Any
from unittest.mock import patch

from compute import machine
from compute.cuda import pallas, products
from compute.cuda.programs import BY_ID
from compute.measure.device import Device, first_line, start_jax
from compute.measure.timing import calibrate, timed

SIDES = [(rows, columns) for rows in (64, 128, 256) for columns in (64, 128, 256) if rows * columns <= 128 * 256]
DEPTHS, WARPS, STAGES = (16, 32, 64), (4, 8), (2, 3, 4)
XLA = "XLA"
BATCH_S = 0.02

Product = Callable[..., Any]


def compiled(a: Any, b: Any, dtype: str, depths: Sequence[int], device: Device) -> Iterator[tuple[str, Product]]:
    """XLA's product of a and b, then the kernel for every tile that the GPU takes; what it refuses is printed."""
    suffix = "" if dtype == "fp32" else f"_{dtype}"
    yield XLA, _called(products._compile(BY_ID[f"xla{suffix}"], a, b, device), a, b, device)
    for (rows, columns), depth, warps, stages in itertools.product(SIDES, depths, WARPS, STAGES):
        name = f"{rows} x {columns}, depth {depth}, {warps} warps, {stages} stages"
        try:
            with patch.multiple(
                pallas, ROWS=rows, COLUMNS=columns, DEPTH=depth, WARPS=dict.fromkeys(pallas.WARPS, warps), STAGES=stages
            ):
                product = products._compile(BY_ID[f"pallas{suffix}"], a, b, device)
            yield name, _called(product, a, b, device)
        except Exception as error:  # too much shared memory, say: the others go on
            print(f"{name}: {first_line(error)}", flush=True)


def _called(product: Product, a: Any, b: Any, device: Device) -> Product:
    """The same, after its first call, which makes ready what it needs."""
    device.jax.block_until_ready(product(a, b))
    return product


def race(size: int, dtype: str, depths: Sequence[int], rounds: int) -> dict[str, list[float]]:
    """Seconds a product, of each round; all take turns on the same inputs."""
    device = start_jax(machine.describe())
    a, b = map(device.jax.device_put, products._matrices(size))
    running = dict(compiled(a, b, dtype, depths, device))

    def batch(product: Product, calls: int) -> float:
        def work() -> None:
            x = a
            for _ in range(calls):
                x = product(x, b)
            device.jax.block_until_ready(x)

        return timed(work)[0]

    calls = {name: calibrate(partial(batch, product), BATCH_S) for name, product in running.items()}
    seconds: dict[str, list[float]] = {name: [] for name in running}
    for _ in range(rounds):
        for name, product in running.items():
            seconds[name].append(batch(product, calls[name]) / calls[name])
    return seconds


def main() -> None:
    """Print one line a tile, the fastest first."""
    parser = argparse.ArgumentParser("python -m tests.bench.pallas_tiles", description=__doc__)
    parser.add_argument("--size", type=int, default=4096)
    parser.add_argument("--dtype", choices=("fp32", "tf32"), default="fp32")
    parser.add_argument("--depth", type=int, choices=DEPTHS, action="append", help="only this one; may be repeated")
    parser.add_argument("--best", type=int, default=25, help="lines to print")
    parser.add_argument("--rounds", type=int, default=5)
    asked = parser.parse_args()
    seconds = race(asked.size, asked.dtype, asked.depth or DEPTHS, asked.rounds)
    medians = {name: statistics.median(found) for name, found in seconds.items()}
    for name in sorted(medians, key=medians.__getitem__)[: asked.best]:
        rate = 2 * asked.size**3 / medians[name]
        print(f"{rate / 1e12:7.2f} TFLOP/s {medians[XLA] / medians[name]:6.3f}  {name}", flush=True)


if __name__ == "__main__":
    main()
