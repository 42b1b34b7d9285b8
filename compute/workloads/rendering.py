"""Rendering: a picture of mirroring spheres with shadows, ray by ray; the camera moves on with every picture."""

from __future__ import annotations

import math
from collections.abc import Callable
from typing import Any

import numpy as np

from compute.workloads import Case, Check, Program, Workload, _tracer

SIZES = (480, 720, 1080, 1440, 2160)  # lines of a picture of 16 to 9; 2160 is 4K
HD = 1080
_TURN = 0.02  # how far the camera goes round for one picture, in radians
_BAND = 18  # lines
_LOOKED_AT = (90, 160)  # so many lines and columns of a picture are checked
# A colour may be one of 255 off by rounding. Where a ray grazes an edge, fp32 may land on its other side.
_SAME, LIMIT = 2, 0.005


def cases(suite: str, backend: str) -> list[Case]:
    """Full HD first, by which machines are compared."""
    smallest, largest = SIZES[0], SIZES[-1]
    others = {"quick": (), "standard": (smallest, largest), "full": tuple(sorted({*SIZES} - {HD}))}[suite]
    chosen = (HD, *others)
    return [Case("rendering", "spheres", "fp32", size) for size in chosen]


def moved_bytes(case: Case) -> int:
    """A picture of four bytes a pixel, written once."""
    return 4 * case.size * _tracer.width(case.size)


def need_bytes(case: Case, backend: str) -> int:
    """The picture, and at most twenty planes between the loops that a compiler makes of it; what the check needs."""
    return 21 * moved_bytes(case) + 64 * 8 * math.prod(_LOOKED_AT)


def build(case: Case, backend: str) -> Program:
    """A step turns the camera a little, by an amount that the picture before it decides in its last digits."""
    import jax
    import jax.numpy as jnp

    lines, columns = case.size, _tracer.width(case.size)

    def step(spheres: Any, state: Any) -> Any:
        camera = turned(jnp, *state)
        rows, places = (jnp.arange(count, dtype=np.float32) for count in (lines, columns))
        return camera, _tracer.frame(jnp, spheres, camera, rows[:, None], places[None, :], lines)

    def state(_: Any) -> Any:
        return jax.device_put((camera_at(1.2).astype(np.float32), np.zeros((lines, columns), np.uint32)))

    def check(compiled: Any, spheres: Any, state: Any) -> tuple[Check, Any]:
        after = compiled(spheres, state)
        return Check(wrong_share(np.asarray(after[1]), np.asarray(after[0], np.float64)), LIMIT, what="picture"), after

    return Program(
        step=step,
        fixed=lambda: jax.device_put(_tracer.SPHERES.astype(np.float32)),
        state=state,
        check=check,
        donate=True,
    )


def turned(xp: Any, camera: Any, picture: Any) -> Any:
    """Where the camera looks from next, after a picture."""
    angle = _TURN + 1e-12 * picture[0, 0].astype(np.float32)
    cosine, sine = xp.cos(angle), xp.sin(angle)
    camera = xp.stack([camera[0] * cosine - camera[1] * sine, camera[0] * sine + camera[1] * cosine])
    return camera / xp.sqrt(camera[0] * camera[0] + camera[1] * camera[1])


def in_numpy(case: Case) -> Callable[[Any, Any], Any]:
    """A step in NumPy, band after band."""

    def step(_: Any, state: Any) -> Any:
        camera = turned(np, *state)
        return camera, _in_bands(camera, case.size, np.float32)

    return step


def wrong_share(picture: Any, camera: Any) -> float:
    """The share of a small frame, pixels from all over the picture, whose colour is not NumPy's in float64."""
    rows, columns = (
        np.unique(np.linspace(0, size - 1, most).astype(int))
        for size, most in zip(picture.shape, _LOOKED_AT, strict=True)
    )
    expected = render(camera, len(picture), rows.astype(np.float64), columns.astype(np.float64))
    off = np.abs(_tracer.channels(picture[np.ix_(rows, columns)]).astype(int) - _tracer.channels(expected))
    return float((off.max(axis=-1) > _SAME).mean())


def render(camera: Any, lines: int, rows: Any = None, columns: Any = None, dtype: Any = np.float64) -> Any:
    """The same picture in NumPy, or some of its rows and columns: (rows, columns) of 0xRRGGBB."""
    rows = np.arange(lines) if rows is None else rows
    columns = np.arange(_tracer.width(lines)) if columns is None else columns
    spheres, camera, rows, columns = (np.asarray(a, dtype) for a in (_tracer.SPHERES, camera, rows, columns))
    return _tracer.frame(np, spheres, camera, rows[:, None], columns[None, :], lines)


def _in_bands(camera: Any, lines: int, dtype: Any) -> Any:
    """The whole picture, a band of lines at a time: some hundred planes of all pixels would fill a small server.

    It is faster, too, because the planes of a band lie in a cache.
    """
    bands = (np.arange(begin, min(begin + _BAND, lines)) for begin in range(0, lines, _BAND))
    return np.concatenate([render(camera, lines, rows=rows, dtype=dtype) for rows in bands])


def photograph(lines: int) -> Any:
    """The picture by NumPy, for a page: (lines, columns, 3) bytes."""
    return _tracer.channels(_in_bands(camera_at(1.2), lines, np.float64))


def camera_at(angle: float) -> Any:
    """The camera that looks at the spheres from an angle, in radians."""
    return np.array([math.cos(angle), math.sin(angle)])


WORKLOAD = Workload(
    name="rendering",
    title="Rendering",
    why="Every pixel follows its own ray and needs none of the others, so there is work for as many hands as pixels.",
    size_name="lines",
    item_name="frame",
    variants={"spheres": "Rendering: mirroring spheres with shadows"},
    dtypes=("fp32",),
    cases=cases,
    flops=lambda case: _tracer.frame_flops(case.size),
    bytes=moved_bytes,
    items=lambda case: 1,
    need_bytes=need_bytes,
    build=build,
    numpy=in_numpy,
)
