"""The ray tracer: rays followed by hand, its count against the traced program, and what its check notices."""

import math

import numpy as np
import pytest

from compute.workloads import Case, _tracer, rendering
from tests.measure import engine
from tests.workloads import counting

CASE = Case("rendering", "spheres", "fp32", 36)
BALL = np.array([0.0, 0.0, 0.0, 1.0])
FAR = _tracer._FAR


def test_sizes_are_what_screens_have() -> None:
    assert [_tracer.width(lines) for lines in rendering.SIZES] == [854, 1280, 1920, 2560, 3840]


@pytest.mark.parametrize(
    ("start", "ray", "distance"),
    [
        ((0.0, 0.0, 5.0), (0.0, 0.0, -1.0), 4.0),
        ((0.0, 0.6, 5.0), (0.0, 0.0, -1.0), 5 - 0.8),  # 0.6² + 0.8² = 1
        ((0.0, 0.0, 5.0), (0.0, 0.0, 1.0), FAR),  # it lies behind
        ((0.0, 1.1, 5.0), (0.0, 0.0, -1.0), FAR),
        ((0.0, 1.001, 0.0), (0.0, 1.0, 0.0), FAR),  # a ray that leaves it does not meet it again
    ],
)
def test_the_way_to_a_sphere(start: _tracer.Vector, ray: _tracer.Vector, distance: float) -> None:
    assert float(_tracer._distance(np, BALL, start, ray)) == pytest.approx(distance)


def test_a_mirror_turns_only_what_stands_on_it() -> None:
    assert _tracer._mirror((0.6, -0.8, 0.0), (0.0, 1.0, 0.0)) == (0.6, 0.8, 0.0)


@pytest.mark.parametrize(("x", "red"), [(0.5, 0.85), (1.5, 0.25), (-0.5, 0.25)])
def test_the_floor_has_light_and_dark_tiles(x: float, red: float) -> None:
    floor = _tracer._meet(np, _tracer.SPHERES, (np.array(x), np.array(9.0), np.array(10.5)), _down())
    assert bool(floor.met)
    assert [float(part) for part in floor.above] == pytest.approx([x, 1e-3, 10.5])
    assert float(floor.colour[0]) == red
    assert float(floor.mirrors) == _tracer._FLOOR_MIRRORS


def test_a_ray_from_above_meets_the_top_of_a_sphere() -> None:
    x, y, z, radius, *_, mirrors = _tracer.SPHERES[1]
    top = _tracer._meet(np, _tracer.SPHERES, (np.array(x), np.array(9.0), np.array(z)), _down())
    assert [float(part) for part in top.above] == pytest.approx([x, y + radius + 1e-3, z])
    assert [float(part) for part in top.normal] == pytest.approx([0, 1, 0])
    assert float(top.mirrors) == mirrors


def test_a_sphere_throws_a_shadow_away_from_the_sun() -> None:
    sun = _tracer._SUN
    assert math.hypot(*sun) == pytest.approx(1, abs=1e-4)
    x, y, z, *_ = _tracer.SPHERES[1]
    shaded = np.array([x, y, z]) - y / sun[1] * np.array(sun)  # on the floor behind its middle
    bright = (np.array(20.0), np.array(0.0), np.array(20.0))
    tone = (np.array(1.0),) * 3
    up = (np.array(0.0), np.array(1.0), np.array(0.0))
    places = ((shaded[0], shaded[1], shaded[2]), bright)
    lights = [float(_tracer._lit(np, _tracer.SPHERES, _tracer.Surface(True, at, up, tone, 0))[0]) for at in places]
    assert lights == pytest.approx([0.25, 0.25 + 0.75 * sun[1]])


def _down() -> _tracer.Vector:
    return np.array(0.0), np.array(-1.0), np.array(0.0)


def test_a_colour_is_packed_into_three_bytes() -> None:
    packed = _tracer._pack(np, (np.array([1.0]), np.array([0.25]), np.array([0.0])))
    assert list(packed) == [0xFF8000]  # the root of a quarter is a half: 127.5 and a half
    assert _tracer.channels(packed).tolist() == [[255, 128, 0]]


def test_the_count_is_that_of_the_traced_program() -> None:
    import jax

    program = engine.program(CASE)
    fixed = program.fixed()
    traced = jax.make_jaxpr(program.step)(fixed, program.state(fixed)).jaxpr
    pixels = 36 * 64
    assert pixels * counting.flop(traced, pixels) == rendering.WORKLOAD.flops(CASE)
    # 4 spheres: 11 for the ray; 1 + 4 * 9 + 21 to the first surface, 1 + 4 * 18 + 21 to the second; 12 for the mirror;
    # 4 * 18 + 10 for the light on each, 6 for the sky behind each; 9 to mix, 9 to pack
    assert rendering.WORKLOAD.flops(CASE) == pixels * (11 + 58 + 94 + 12 + 2 * (82 + 6) + 9 + 9)
    assert rendering.WORKLOAD.bytes(CASE) == 4 * pixels
    assert rendering.WORKLOAD.items(CASE) == 1


def test_the_check_passes_and_the_camera_moves() -> None:
    program, compiled = engine.program(CASE), engine.compiled_loop(CASE, 1)
    fixed = program.fixed()
    check, first = program.check(compiled, fixed, program.state(fixed))
    assert check.error <= check.limit
    camera, picture = (np.array(part) for part in first)
    second = compiled(fixed, first)
    assert np.linalg.norm(second[0] - camera) == pytest.approx(0.02, rel=0.01)
    assert (np.asarray(second[1]) != picture).mean() > 0.1


def test_a_picture_decides_where_the_next_one_is_seen_from() -> None:
    program, compiled = engine.program(CASE), engine.compiled_loop(CASE, 1)
    fixed = program.fixed()
    cameras = []
    for first_pixel in (0, 0xFFFFFF):
        camera, picture = program.state(fixed)
        cameras.append(np.asarray(compiled(fixed, (camera, picture.at[0, 0].set(first_pixel)))[0]))
    assert (cameras[0] != cameras[1]).any()


def test_a_wrong_colour_is_found() -> None:
    camera = rendering.camera_at(1.2)
    picture = rendering.render(camera, 36, dtype=np.float32)
    assert rendering.wrong_share(picture, camera) <= rendering.LIMIT
    picture[10:12] ^= 0x400000
    assert rendering.wrong_share(picture, camera) > rendering.LIMIT
    assert rendering.wrong_share(picture, rendering.camera_at(1.25)) > rendering.LIMIT


def test_a_photograph_is_the_picture_in_bands() -> None:
    whole = _tracer.channels(rendering.render(rendering.camera_at(1.2), 50))
    assert (rendering.photograph(50) == whole).all()


def test_numpy_takes_the_steps_that_the_program_takes() -> None:
    program, compiled = engine.program(CASE), engine.compiled_loop(CASE, 1)
    fixed = program.fixed()
    by_numpy = rendering.in_numpy(CASE)
    ours, theirs = [np.array(part) for part in program.state(fixed)], program.state(fixed)
    for _ in range(3):
        ours, theirs = by_numpy(np.asarray(fixed), ours), compiled(fixed, theirs)
    np.testing.assert_allclose(ours[0], theirs[0], rtol=1e-5)
    assert ours[0].dtype == np.float32
    assert rendering.wrong_share(ours[1], np.asarray(theirs[0], np.float64)) <= rendering.LIMIT
