"""Ways that only say how long they would take: for tests of the crossover."""

import random
from collections.abc import Callable, Mapping
from typing import Any

from compute.measure.crossover import PLACES, Record, Samples, record

Law = Callable[[int], float]
SAMPLES = 9


def samples(seconds: float, noise: float, chance: random.Random, count: int = SAMPLES) -> list[float]:
    """Times that spread evenly over so large a share of themselves."""
    return [seconds * (1 + noise * chance.uniform(-1, 1)) for _ in range(count)]


class Machine:
    """Two laws of time, with noise; remembers what was measured."""

    def __init__(self, first: Law, second: Law, noise: float = 0.0, once_s: float = 0.0, trip_s: float = 0.0) -> None:
        self._laws = {"first": first, "second": second}
        self._noise, self._once_s, self._trip_s = noise, once_s, trip_s
        self._chance = random.Random(1)
        self.measured: dict[str, dict[int, Samples]] = {place: {} for place in PLACES}

    def told(self, place: str, size: int) -> dict[str, Any]:
        """What the process of a way says; only the second compiles and moves."""
        call, second = self._laws[place](size), place == "second"
        return {
            "steady_s": samples(call, self._noise, self._chance),
            "trip_s": samples(call + (self._trip_s if second else 0), self._noise, self._chance),
            "once_s": samples(self._once_s, self._noise, self._chance, 3) if second and self._once_s else [],
        }

    def measure(self, size: int) -> None:
        for place in PLACES:
            self.measured[place].setdefault(size, Samples()).add(self.told(place, size))

    def record(self, **changes: Any) -> Record:
        """What it measured, as a record of a CPU."""
        times = [
            {"place": place, "size": size, **vars(found)}
            for place in PLACES
            for size, found in self.measured[place].items()
        ]
        return record(**({"question": QUESTION, "machine": MACHINE, "measured_at": DATE, "told": times} | changes))


def linear(start_s: float, each_s: float) -> Law:
    """A job that needs a start, and then so many seconds a size."""
    return lambda size: start_s + each_s * size


DATE = "2026-11-25T22:00:00Z"
MACHINE: Mapping[str, Any] = {"cpu_model": "Example CPU", "cpu_count": 2.0}
QUESTION: Mapping[str, Any] = {
    "workload": "matmul",
    "variant": "square",
    "dtype": "fp32",
    "title": "Matrix product",
    "size_name": "n",
    "first": {"way": "numpy", "title": "NumPy on all cores", "backend": "cpu"},
    "second": {"way": "jax-all-cores", "title": "JAX on all cores", "backend": "cpu"},
}


def crossing_machine() -> Machine:
    """The second way needs 90 us to start and saves 1 us a size: it overtakes at 90, with transfer at 190."""
    machine = Machine(linear(10e-6, 2e-6), linear(100e-6, 1e-6), 0.01, once_s=0.01, trip_s=100e-6)
    for size in (16, 32, 64, 80, 96, 128, 256, 512):
        machine.measure(size)
    return machine
