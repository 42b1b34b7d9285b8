"""A ray tracer for a few spheres on a floor of tiles, written once for NumPy and JAX: ``xp`` is one of them.

Everything is arithmetic on whole planes of pixels: a ray that misses is followed all the same and its colour is not
chosen, as a GPU does it. A vector is three planes (or numbers); y is up. The light is the sun: its rays are parallel.
FLOP are counted beside each function, for one ray: additions, subtractions, multiplications, divisions and square
roots. Comparing, choosing, rounding and changing a sign are none, nor is what is the same for a whole line or column.

Whitted 1980, "An improved illumination model for shaded display", with one reflection.
"""

from __future__ import annotations

import math
from typing import Any, NamedTuple

import numpy as np

Vector = tuple[Any, Any, Any]

# x, y, z, radius; red, green, blue; the share of light that it mirrors.
SPHERES = np.array(
    [
        [-1.1, 0.8, 0.3, 0.8, 0.85, 0.15, 0.20, 0.45],
        [0.9, 1.1, -0.5, 1.1, 0.95, 0.95, 0.95, 0.75],
        [0.5, 0.45, 1.4, 0.45, 0.10, 0.60, 0.40, 0.35],
        [-0.4, 0.3, 1.9, 0.3, 0.90, 0.65, 0.10, 0.35],
    ]
)
_TILES, _FLOOR_MIRRORS = ((0.85, 0.25), (0.85, 0.27), (0.82, 0.32)), 0.2  # light and dark in red, green, blue
_SKY = ((0.85, 0.25), (0.92, 0.45), (1.0, 0.80))  # at the horizon and overhead
_SUN: Vector = (0.504, 0.756, 0.4177)
_AMBIENT = 0.25
_OFF = 1e-3  # a ray that leaves a surface starts so far above it, lest it meets it again
_FAR = 60.0  # what is beyond lies in the mist
_DISTANCE, _HEIGHT, _LOOKS_AT = 5.5, 1.9, 0.7
_VIEW = 0.5  # half the height of the picture at distance one


class Surface(NamedTuple):
    """What rays meet first: whether anything at all, a place just above it, and what it is like there."""

    met: Any
    above: Vector
    normal: Vector
    colour: Vector
    mirrors: Any


def width(lines: int) -> int:
    """Columns of a picture of 16 to 9."""
    return 2 * round(lines * 8 / 9)


def frame_flops(lines: int) -> int:
    """FLOP of a picture. From the eye to a sphere's middle it is equally far for all pixels."""
    seen = _MEET_FLOPS - len(SPHERES) * _CENTRE_FLOPS
    pixel = _RAY_FLOPS + seen + _MIRROR_FLOPS + _MEET_FLOPS + 2 * (_LIT_FLOPS + _SKY_FLOPS) + _MIX_FLOPS + _PACK_FLOPS
    return lines * width(lines) * pixel


def frame(xp: Any, spheres: Any, camera: Any, rows: Any, columns: Any, lines: int) -> Any:
    """The picture as (rows, columns) numbers 0xRRGGBB in uint32.

    Args:
        xp: ``numpy`` or ``jax.numpy``.
        spheres: (n, 8), see SPHERES; its type is the arithmetic's.
        camera: (2,), cosine and sine of the angle from which it looks.
        rows: (rows, 1), which of the picture's lines, from above, in the type of the arithmetic.
        columns: (1, columns), which of its columns.
        lines: how many lines the whole picture has.
    """
    eye = (_DISTANCE * camera[0], _HEIGHT, _DISTANCE * camera[1])
    ray = _rays(xp, camera, rows, columns, lines)
    seen = _meet(xp, spheres, eye, ray)
    mirrored = _mirror(ray, seen.normal)
    behind = _meet(xp, spheres, seen.above, mirrored)
    reflection = _choose(xp, behind.met, _lit(xp, spheres, behind), _sky(xp, mirrored))
    own = _lit(xp, spheres, seen)
    mixed = _each(lambda mine, other: mine + seen.mirrors * (other - mine), own, reflection)
    return _pack(xp, _choose(xp, seen.met, mixed, _sky(xp, ray)))


_MIX_FLOPS = 3 * 3


def _rays(xp: Any, camera: Any, rows: Any, columns: Any, lines: int) -> Vector:
    """The directions, of length one, in which the camera looks through the pixels."""
    tilt = (_LOOKS_AT - _HEIGHT) / _DISTANCE
    across = (columns + (0.5 - width(lines) / 2)) * (2 * _VIEW / lines)
    up = ((lines / 2 - 0.5) - rows) * (2 * _VIEW / lines)
    length = math.hypot(1, tilt)
    ahead, y = (1 - tilt * up) / length, (tilt + up) / length
    x = across * camera[1] - ahead * camera[0]
    z = across * -camera[0] - ahead * camera[1]
    shorten = 1 / xp.sqrt(x * x + y * y + z * z)
    return x * shorten, y * shorten, z * shorten


_RAY_FLOPS = 2 + 4 + 2 + 3


def _meet(xp: Any, spheres: Any, start: Vector, ray: Vector) -> Surface:
    """The nearest surface on the way of rays."""
    falls = ray[1] < -1e-6
    nearest = xp.minimum(xp.where(falls, start[1] / xp.where(falls, -ray[1], 1.0), _FAR), _FAR)
    which = xp.where(nearest < _FAR, -1, -2)
    for number in range(len(SPHERES)):
        distance = _distance(xp, spheres[number], start, ray)
        nearer = distance < nearest
        nearest, which = xp.where(nearer, distance, nearest), xp.where(nearer, number, which)

    def of(column: int, floor: Any) -> Any:
        for number in range(len(SPHERES)):
            floor = xp.where(which == number, spheres[number, column], floor)
        return floor

    point = _each(lambda begin, way: begin + nearest * way, start, ray)
    outwards = 1 / of(3, 1.0)
    on_sphere = [(at - of(axis, 0.0)) * outwards for axis, at in enumerate(point)]
    normal = _choose(xp, which >= 0, on_sphere, (0.0, 1.0, 0.0))
    half = (xp.floor(point[0]) + xp.floor(point[2])) * 0.5
    light = xp.floor(half) == half
    colour = tuple(of(4 + channel, xp.where(light, *tones)) for channel, tones in enumerate(_TILES))
    above = _each(lambda at, up: at + _OFF * up, point, normal)
    return Surface(which > -2, above, normal, colour, of(7, _FLOOR_MIRRORS))


def _distance(xp: Any, sphere: Any, start: Vector, ray: Vector) -> Any:
    """How far it is to a sphere; _FAR for rays that miss it or begin on it."""
    centre = _each(lambda at, middle: at - middle, start, sphere[:3])
    closest = _dot(centre, ray)
    inside = closest * closest - (_dot(centre, centre) - sphere[3] * sphere[3])
    distance = -(closest + xp.sqrt(xp.maximum(inside, 0.0)))
    return xp.where((inside > 0) & (distance > 0), distance, _FAR)


_CENTRE_FLOPS = 3 + 5 + 1
_DISTANCE_FLOPS = _CENTRE_FLOPS + 5 + 2 + 2
_MEET_FLOPS = 1 + len(SPHERES) * _DISTANCE_FLOPS + 6 + 1 + 6 + 2 + 6


def _lit(xp: Any, spheres: Any, surface: Surface) -> Vector:
    """The colours of surfaces in the sun, or in the shadow where a sphere is in its way."""
    distances = [_distance(xp, spheres[number], surface.above, _SUN) for number in range(len(SPHERES))]
    shadow = distances[0] < _FAR
    for distance in distances[1:]:
        shadow = shadow | (distance < _FAR)
    sun = xp.where(shadow, 0.0, xp.maximum(_dot(surface.normal, _SUN), 0.0))
    brightness = _AMBIENT + (1 - _AMBIENT) * sun
    return _each(lambda tone: tone * brightness, surface.colour)


_LIT_FLOPS = len(SPHERES) * _DISTANCE_FLOPS + 5 + 2 + 3


def _mirror(ray: Vector, normal: Vector) -> Vector:
    """The directions in which rays leave a mirror."""
    twice = 2 * _dot(ray, normal)
    return _each(lambda way, up: way - twice * up, ray, normal)


_MIRROR_FLOPS = 6 + 6


def _sky(xp: Any, ray: Vector) -> Vector:
    """What is seen where nothing is."""
    height = xp.maximum(ray[1], 0.0)
    return _each(lambda tones: tones[0] + (tones[1] - tones[0]) * height, _SKY)


_SKY_FLOPS = 3 * 2


def _pack(xp: Any, colour: Vector) -> Any:
    """Colours as eyes see brightness (its square root), eight bits each."""
    red, green, blue = _each(lambda tone: (xp.sqrt(xp.minimum(tone, 1.0)) * 255 + 0.5).astype(xp.uint32), colour)
    return (red << 16) | (green << 8) | blue


_PACK_FLOPS = 3 * 3


def _dot(one: Any, other: Any) -> Any:
    return one[0] * other[0] + one[1] * other[1] + one[2] * other[2]


def _each(function: Any, *vectors: Any) -> Any:
    return tuple(function(*(vector[axis] for vector in vectors)) for axis in range(3))


def _choose(xp: Any, condition: Any, one: Any, other: Any) -> Any:
    return _each(lambda mine, yours: xp.where(condition, mine, yours), one, other)


def channels(picture: Any) -> Any:
    """A picture as (rows, columns, 3) bytes: red, green, blue."""
    return np.stack([(picture >> shift) & 255 for shift in (16, 8, 0)], axis=-1).astype(np.uint8)
