"""The world of bodies: two of them by hand, its count against the traced program, and what its check notices."""

from typing import Any

import numpy as np
import pytest

from compute.workloads import Case, particles
from tests.measure import engine
from tests.workloads import counting

CASE = Case("particles", "gravity", "fp32", 128)


def test_amounts() -> None:
    assert particles.flops(CASE) == 128 * 128 * 21 + 128 * 21
    assert particles.moved_bytes(CASE) == 128 * (3 + 3) * 4 * 2
    assert particles.WORKLOAD.items(CASE) == 128


def test_a_pair_is_counted_as_it_is_traced() -> None:
    import jax

    places = particles.world(128)[0].astype(np.float32)
    traced = jax.make_jaxpr(lambda a: particles.pulls(jax.numpy, a, a))(places).jaxpr
    assert counting.flop(traced, 128 * 128) == 21 - 2 * 4  # the rest is a matrix product with four columns


def test_two_bodies_fall_towards_each_other() -> None:
    places, speeds = np.array([[0.0, 0, 0], [1.0, 0, 0]]), np.zeros((2, 3))
    after, faster = particles.moved(places, speeds)
    pull = 0.5 / (1 + 0.05**2) ** 1.5  # half the mass, at distance one
    assert faster[:, 0] == pytest.approx([1e-3 * pull, -1e-3 * pull])
    assert after[:, 0] == pytest.approx([1e-6 * pull, 1 - 1e-6 * pull])
    assert (faster[:, 1:] == 0).all()


def test_the_world_keeps_its_momentum_and_its_energy() -> None:
    places, speeds = particles.world(128)
    before = speeds.sum(axis=0)
    energies = [_energy(places, speeds)]
    for _ in range(100):
        places, speeds = particles.moved(places, speeds)
    energies.append(_energy(places, speeds))
    np.testing.assert_allclose(speeds.sum(axis=0), before, atol=1e-10)
    assert energies[1] == pytest.approx(energies[0], rel=1e-2)
    assert energies[0] < 0  # it holds together


def _energy(places: Any, speeds: Any) -> float:
    bodies = len(places)
    depth = sum(
        1 / np.sqrt(((places[one] - places[other]) ** 2).sum() + 0.05**2)
        for one in range(bodies)
        for other in range(one)
    )
    return float((speeds**2).sum() / 2 / bodies - depth / bodies**2)


def test_the_check_passes() -> None:
    program, compiled = engine.program(CASE), engine.compiled_loop(CASE, 1)
    mass = program.fixed()
    check, after = program.check(compiled, mass, program.state(mass))
    assert check.what == "energy of the world"
    assert check.error <= check.limit
    assert [part.shape for part in after] == [(128, 3), (128, 3)]


def test_a_force_that_is_a_little_off_is_found() -> None:
    program, compiled = engine.program(CASE), engine.compiled_loop(CASE, 1)
    mass = program.fixed()
    check, _ = program.check(lambda mass, state: compiled(mass * 1.5, state), mass, program.state(mass))
    assert check.what == "speed of the bodies"
    assert not check.error <= check.limit


def test_energy_that_comes_from_nowhere_is_found() -> None:
    program, compiled = engine.program(CASE), engine.compiled_loop(CASE, 1)
    mass = program.fixed()
    steps: list[int] = []

    def pushed(mass: Any, state: Any) -> Any:
        steps.append(1)
        places, speeds = compiled(mass, state)
        return places, speeds * (1 if len(steps) == 1 else 1.0002)

    check, _ = program.check(pushed, mass, program.state(mass))
    assert check.what == "energy of the world"
    assert not check.error <= check.limit
