"""One pair of hands, or many: a process that multiplies two matrices in one way, and tells how long that takes.

It reads a JSON object a line, ``{"size": 1024, "samples": 9}``, and writes one: the seconds of the whole product, how
many of its rows were really done, and how far its numbers are from the exact ones. Like `compute.measure.ways`, a
process is one way for good. The plain loop does whole rows for a while; all rows are the same work, so the time of the
product is that of a row times their number.
"""

from __future__ import annotations

import argparse
import json
import sys
import time
from collections.abc import Callable, Iterator
from typing import TYPE_CHECKING, Any

from compute.measure import ways
from compute.measure.ways import Unavailable

if TYPE_CHECKING:
    import numpy as np

LOOP = "loop"
LOOP_TITLE = "Plain Python loop"
LOOP_S = 1.5
# A fast way is sampled for at least this long.
ENOUGH_S = 0.3
SEED = 7


def title(way: str) -> str:
    """The name of a way for people. Raises ValueError for one that does not exist."""
    return LOOP_TITLE if way == LOOP else ways.title(way)


def factors(size: int) -> tuple[np.ndarray, np.ndarray]:
    """The two matrices, size x size, fp32, random normal: the same for every way."""
    import numpy as np

    random = np.random.default_rng(SEED)
    first, second = random.standard_normal((2, size, size), dtype=np.float32)
    return first, second


def limit(size: int) -> float:
    """How far an fp32 product may be from the exact one, as :func:`error` counts: n u, to first order.

    Source: Higham, Accuracy and Stability of Numerical Algorithms, section 3.5. u is half a unit in the last place.
    """
    return float(size * 2.0**-24)


def error(answer: np.ndarray, first: np.ndarray, second: np.ndarray) -> float:
    """The largest difference from the product in float64, over the largest sum of absolute products.

    `answer` has shape (rows, n) and holds the first rows of the product of two (n, n) matrices.
    """
    import numpy as np

    left, right = first[: len(answer)].astype(np.float64), second.astype(np.float64)
    off = np.abs(answer - left @ right).max()
    return float(off / (np.abs(left) @ np.abs(right)).max())


def plain_row(row: list[float], second: list[list[float]]) -> list[float]:
    """One row of a product, one multiply-add after the other: `row` has n numbers, `second` n rows of n."""
    size = len(row)
    answer = []
    for j in range(size):
        total = 0.0
        for k in range(size):
            total += row[k] * second[k][j]
        answer.append(total)
    return answer


def loop(size: int, seconds: float = LOOP_S) -> dict[str, Any]:
    """The plain loop: as many rows as `seconds` allow, at least one."""
    import numpy as np

    first, second = factors(size)
    left, right = first.tolist(), second.tolist()
    answer: list[list[float]] = []
    took: list[float] = []
    while not answer or (len(answer) < size and sum(took) < seconds):
        begin = time.perf_counter()
        answer.append(plain_row(left[len(answer)], right))
        took.append(time.perf_counter() - begin)
    whole = [size * each for each in took]
    return {"steady_s": whole, "rows": len(answer), "off": error(np.array(answer), first, second)}


def product(size: int, samples: int, multiply: Callable[[], Any], bring: Callable[[Any], np.ndarray]) -> dict[str, Any]:
    """A way that does the whole product at once: `multiply` waits for its answer, `bring` makes it NumPy's."""
    first, second = factors(size)
    off = error(bring(multiply()), first, second)
    took: list[float] = []
    while len(took) < samples or sum(took) < ENOUGH_S:
        begin = time.perf_counter()
        multiply()
        took.append(time.perf_counter() - begin)
    return {"steady_s": took, "rows": size, "off": off}


def by_numpy(size: int, samples: int) -> dict[str, Any]:
    """NumPy on all cores."""
    first, second = factors(size)
    return product(size, samples, lambda: first @ second, lambda answer: answer)


def by_jax(jax: Any, size: int, samples: int) -> dict[str, Any]:
    """JAX on its first device, in full fp32: a GPU left to itself would round the factors to TF32."""
    import numpy as np

    first, second = map(jax.device_put, factors(size))
    multiply = jax.jit(lambda one, other: jax.numpy.matmul(one, other, precision="highest"))
    return product(size, samples, lambda: multiply(first, second).block_until_ready(), np.asarray)


def answers(way: str, cores: int | None) -> Iterator[dict[str, Any]]:
    """What to print: who this is, then an answer for each line of standard input."""
    from compute import machine
    from compute.measure.device import Device

    device: Device | None = None
    facts: dict[str, Any] = dict(vars(machine.describe()), backend="cpu", device_kind="cpu")
    if way.startswith("jax") or way.partition(":")[0] in ways.ACCELERATORS:
        device = ways.start(way)
        facts = device.row_facts()
    yield {"way": way, "title": title(way), "cores": cores, **facts}
    for line in sys.stdin:
        asked = json.loads(line)
        size, samples = asked["size"], asked["samples"]
        if way == LOOP:
            told = loop(size)
        elif device is None:
            told = by_numpy(size, samples)
        else:
            told = by_jax(device.jax, size, samples)
        if not told["off"] <= limit(size):
            raise Unavailable(f"{title(way)}: the answer is off by {told['off']:.1e}; {limit(size):.1e} is allowed.")
        yield told


def main(arguments: list[str] | None = None) -> int:
    """Entry point; returns the exit status."""
    parser = argparse.ArgumentParser(prog="python -m compute.lecture.hands", description=__doc__)
    parser.add_argument("--way", required=True)
    options = parser.parse_args(arguments)
    return ways.tell(options.way, lambda cores: answers(options.way, cores))


if __name__ == "__main__":
    sys.exit(main())
