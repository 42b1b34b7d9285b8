"""Gaming: a world of bodies that all attract each other, moved on by a fixed time step as a game does it.

Softened gravity between all pairs (Aarseth 1963), moved by the semi-implicit Euler method, which does not lose energy
(Hairer, Lubich, Wanner 2003, "Geometric numerical integration illustrated by the Störmer-Verlet method").
"""

from __future__ import annotations

from typing import Any

import numpy as np

from compute.workloads import Case, Check, Program, Workload

FRAMES_PER_S = 60
TIME_STEP = 1e-3  # in units where the whole mass, the constant of gravity and about the size of the world are one
SOFTENING = 0.05
# Energy relative to what there was after so many steps; where a body goes in one, relative to how far.
_STEPS, LIMIT = 16, 1e-4
_LOOKED_AT, _SAME_WAY = 64, 1e-4

SIZES = (1024, 2048, 4096, 8192)
SIZES_ON_ACCELERATOR = (4096, 16384, 32768, 65536)


def cases(suite: str, backend: str) -> list[Case]:
    """Most worlds that a processor can move 60 times a second lie between these sizes."""
    sizes = SIZES if backend == "cpu" else SIZES_ON_ACCELERATOR
    chosen = {"quick": sizes[1:2], "standard": sizes[-2::-1], "full": sizes[::-1]}[suite]
    return [Case("particles", "gravity", "fp32", size) for size in chosen]


def flops(case: Case) -> int:
    """FLOP of a step.

    A pair: three differences, five for the sum of their squares, one to soften it; the power -3/2 takes a root, a
    division and two products; the product with the other's place and with one adds up in eight. A body: its own place
    times the sum of its pulls, taken off (6), the mass (1, of one number), and the new speed and place (4 each way).
    """
    pair = 3 + 5 + 1 + 4 + 2 * 4
    return case.size * (case.size * pair + 3 * (2 + 1 + 4))


def moved_bytes(case: Case) -> int:
    """Places and speeds, three numbers each, read and written."""
    return 2 * 2 * 3 * 4 * case.size


def need_bytes(case: Case, backend: str) -> int:
    """The pulls of all pairs; places and speeds of two steps; in the check the energies of rows of pairs."""
    return 4 * case.size**2 + 4 * 40 * case.size + 8 * 12 * _LOOKED_AT * case.size


def build(case: Case, backend: str) -> Program:
    """Speeds first, from where the bodies are; then places, from the new speeds.

    A body is pulled by the sum over all others of their distance times w, which is two parts: w times where they are,
    a matrix product, and the sum of w times where it is itself.
    """
    import jax
    import jax.numpy as jnp

    def step(mass: Any, state: Any) -> Any:
        places, speeds = state
        weights = pulls(jnp, places, places)
        known = jnp.concatenate([places, jnp.ones((case.size, 1), places.dtype)], axis=1)
        total = jnp.matmul(weights, known, precision=jax.lax.Precision.HIGHEST)
        force = mass * (total[:, :3] - places * total[:, 3:])
        speeds = speeds + TIME_STEP * force
        return places + TIME_STEP * speeds, speeds

    @jax.jit
    def depths(places: Any) -> Any:
        def depth(place: Any) -> Any:
            return jnp.sum(1 / jnp.sqrt(squared(jnp, place[None], places)))

        return jax.lax.map(depth, places, batch_size=_LOOKED_AT)

    def energy(state: Any) -> float:
        """Of motion, and of every pair once; the sums of rows are added up in float64."""
        speeds = np.asarray(state[1], np.float64)
        below = np.asarray(depths(state[0]), np.float64).sum() - case.size / SOFTENING
        return float((speeds**2).sum() / 2 / case.size - below / 2 / case.size**2)

    def check(compiled: Any, mass: Any, state: Any) -> tuple[Check, Any]:
        before, whole = (np.asarray(part, np.float64) for part in state), energy(state)
        places, speeds = before
        after = compiled(mass, state)
        some = slice(0, case.size, max(1, case.size // _LOOKED_AT))
        expected = moved(places, speeds, some)[1] - speeds[some]
        found = np.asarray(after[1], np.float64)[some] - speeds[some]
        way = float(np.linalg.norm(found - expected) / np.linalg.norm(speeds[some]))
        if not way <= _SAME_WAY:
            return Check(way, _SAME_WAY, what="speed of the bodies"), after
        for _ in range(_STEPS - 1):
            after = compiled(mass, after)
        return Check(abs(energy(after) / whole - 1), LIMIT, what="energy of the world"), after

    return Program(
        step=step,
        fixed=lambda: jax.device_put(np.float32(1 / case.size)),
        state=lambda _: jax.device_put(tuple(part.astype(np.float32) for part in world(case.size))),
        check=check,
    )


def squared(xp: Any, these: Any, those: Any) -> Any:
    """(rows, columns): the squares of the softened distances between these bodies and those."""
    apart = [these[:, None, axis] - those[None, :, axis] for axis in range(3)]
    return apart[0] * apart[0] + apart[1] * apart[1] + apart[2] * apart[2] + SOFTENING**2


def pulls(xp: Any, these: Any, those: Any) -> Any:
    """(rows, columns): how strongly each of those bodies pulls at these, for a mass and a distance of one."""
    nearness = 1 / xp.sqrt(squared(xp, these, those))
    return nearness * nearness * nearness


def world(size: int, seed: int = 11) -> tuple[Any, Any]:
    """A flat disc of bodies that circle around its middle: (size, 3) places and speeds in float64."""
    generator = np.random.default_rng(seed)
    radius = np.sqrt(generator.uniform(0.02, 1.0, size))
    angle = generator.uniform(0, 2 * np.pi, size)
    places = np.stack([radius * np.cos(angle), radius * np.sin(angle), generator.normal(0, 0.03, size)], axis=1)
    around = np.sqrt(radius)  # as fast as the mass inside, radius², wants it
    speeds = np.stack([-around * np.sin(angle), around * np.cos(angle), generator.normal(0, 0.05, size)], axis=1)
    return places, speeds


def moved(places: Any, speeds: Any, some: slice = slice(None)) -> tuple[Any, Any]:
    """The same step in NumPy, for some of the bodies: their places and speeds after it."""
    weights = pulls(np, places[some], places)
    force = (weights @ places - places[some] * weights.sum(axis=1, keepdims=True)) / len(places)
    after = speeds[some] + TIME_STEP * force
    return places[some] + TIME_STEP * after, after


def later(size: int, steps: int) -> tuple[Any, Any]:
    """Where the bodies were at first and where they are some steps later by NumPy, for a page: (n, 3) each."""
    first, speeds = world(size)
    places = first
    for _ in range(steps):
        places, speeds = moved(places, speeds)
    return first, places


WORKLOAD = Workload(
    name="particles",
    title="Gaming",
    why="Every body of a game's world moves by the same rule in every frame, and within a frame none has to wait for "
    "another.",
    size_name="bodies",
    item_name="body step",
    variants={"gravity": "Gaming: bodies that attract each other"},
    dtypes=("fp32",),
    cases=cases,
    flops=flops,
    bytes=moved_bytes,
    items=lambda case: case.size,
    need_bytes=need_bytes,
    build=build,
)
