"""The five jobs at work, each drawn by the NumPy form of its workload: what the lecture shows beside their speeds."""

from __future__ import annotations

import base64
import io
import math
from functools import cache
from typing import Any

import numpy as np

from compute.lecture.flipbook import HEIGHT, WIDTH, Picture, bind
from compute.workloads import _cnn_models, _cnn_numpy, _tracer, kmeans, particles, rendering, sha256

# One per cluster; each reaches 3 to 1 on a white and on a black ground.
COLOURS = ("#B86E00", "#008F68", "#0072B2", "#AA4499", "#7A7A85", "#97730A", "#2E86B5", "#4B8B3B")
ACCENT = "#B5508A"

FRAMES, LINES = 12, 135
_POINTS, _SEARCHES = 240, 9
_BODIES, _MOMENTS, _STEPS = 220, 24, 5
_NONCES, _SIDE = 10, 16


def of(name: str) -> Picture:
    """The picture of a workload. Raises KeyError for one that is none of the five jobs."""
    return _PICTURES[name]()


@cache
def rendered() -> Picture:
    """The camera once around the spheres."""
    turns = [1.2 + 2 * math.pi * number / FRAMES for number in range(1, FRAMES + 1)]
    frames = [rendering.render(rendering.camera_at(turn), LINES, dtype=np.float32) for turn in turns]
    pages = [_image(_tracer.channels(frame), 0, 0, WIDTH, HEIGHT) for frame in frames]
    alt = "Four mirroring spheres with their shadows on a floor of tiles; the camera goes around them."
    return bind(pages, alt, page_s=0.15)


@cache
def seen_by_a_network() -> Picture:
    """A picture, and what 15 kernels of a network's first layer make of it, one after another."""
    lines = 130
    photograph = rendering.photograph(lines)[:, (_tracer.width(lines) - lines) // 2 :][:, :lines]
    maps = _feature_maps(photograph / 255.0)
    columns, side, gap, left = 4, 96, 6, 300
    places = [(left + (side + gap) * (at % columns), (side + gap) * (at // columns)) for at in range(maps.shape[-1])]
    ground = _image(photograph, 0, 60, 285, 285) + "".join(
        _image(np.repeat(maps[:, :, at, None], 3, axis=2), x, y, side, side) for at, (x, y) in enumerate(places)
    )
    mark = f'<rect x="{{x}}" y="{{y}}" width="{side}" height="{side}" fill="none" stroke="{ACCENT}" stroke-width="8"/>'
    pages = [mark.format(x=x, y=y) for x, y in places]
    alt = (
        f"The picture of the spheres, and beside it what {len(places)} kernels of the baseline model's first layer see "
        "in it: edges and areas. Their weights are random numbers, as in the measurement."
    )
    return bind(pages, alt, page_s=0.5, ground=ground)


def _feature_maps(picture: Any) -> Any:
    """(rows, columns, 16) bytes: the outputs of the first layer of the baseline model, with weights drawn at random."""
    layer = _cnn_models.layers("baseline")[0]
    weights = np.random.default_rng(4).normal(size=(layer.window, layer.window, 3, 16))
    weights -= weights.mean(axis=(0, 1, 2))  # so that a plain area stays dark
    maps = _cnn_numpy.forward([layer], [(weights, np.zeros(16))], [], picture[None])[0]
    return (255 * np.sqrt(maps / maps.max(axis=(0, 1)))).astype(np.uint8)  # as eyes see brightness


@cache
def clustered() -> Picture:
    """k-means at work: it begins badly, with eight centres in one cluster, and every step mends that."""
    points = kmeans.draw(_POINTS)
    centres = points[:, :: kmeans.CLUSTERS][:, : kmeans.CLUSTERS].T.astype(float)
    at = _onto(points[:2])
    pages = []
    for _ in range(_SEARCHES):
        labels = kmeans.nearest(np, points, centres)
        pages.append(_stars(at, labels, _onto(centres[:, :2].T, points[:2])))
        centres = kmeans.lloyd(points, centres)
    alt = (
        f"{_POINTS} points, each joined by a line to the nearest of eight centres. Step by step the centres move to "
        "the middle of their points."
    )
    return bind(pages, alt, page_s=0.9, last_s=2.0)


def _onto(places: Any, within: Any = None) -> Any:
    """(2, n) places in pixels of the drawing, so that all of `within` (or of themselves) fit."""
    within = places if within is None else within
    low, high = within.min(axis=1, keepdims=True), within.max(axis=1, keepdims=True)
    return 15 + (places - low) / (high - low) * (np.array([[WIDTH], [HEIGHT]]) - 30)


def _stars(points: Any, labels: Any, centres: Any) -> str:
    drawn = []
    for number, colour in enumerate(COLOURS):
        own, (x, y) = points[:, labels == number], centres[:, number]
        lines = "".join(f"M{x:.0f} {y:.0f}L{a:.0f} {b:.0f}" for a, b in own.T)
        drawn += [
            f'<path d="{lines}" stroke="{colour}" stroke-width="1.5" stroke-opacity=".55" fill="none"/>',
            _dots(own, colour, 9),
            f'<path d="M{x - 9:.0f} {y - 9:.0f}l18 18m0-18l-18 18" stroke="currentColor" stroke-width="5"/>',
        ]
    return "".join(drawn)


def _dots(places: Any, colour: str, size: float) -> str:
    """Dots as one path: a line of no length with round ends is a dot."""
    path = "".join(f"M{x:.1f} {y:.1f}h0" for x, y in places.T)
    return f'<path d="{path}" stroke="{colour}" stroke-width="{size}" stroke-linecap="round" fill="none"/>'


@cache
def tickets() -> Picture:
    """Some nonces of the first block and their hashes bit by bit; the last one is that which was found in 2009."""
    nonces = range(sha256.NONCE - _NONCES + 1, sha256.NONCE + 1)
    pages = [_ticket(nonce) for nonce in nonces]
    alt = (
        f"Hashes of {_NONCES} nonces as squares, dark for a one. Those before begin with a few zeros at most; the hash "
        f"of nonce {sha256.NONCE:,}, found in January 2009, begins with {_zeros(sha256.NONCE)} zeros."
    )
    return bind(pages, alt, page_s=0.6, last_s=4.0)


def _zeros(nonce: int) -> int:
    return 256 - int(sha256.block_hash(nonce), 16).bit_length()


def _ticket(nonce: int) -> str:
    bits, zeros, cell = int(sha256.block_hash(nonce), 16), _zeros(nonce), HEIGHT / _SIDE
    ones = [at for at in range(256) if bits >> (255 - at) & 1]
    squares = "".join(
        f"M{cell * (at % _SIDE):.1f} {cell * (at // _SIDE) + 2:.1f}h{cell - 3:.1f}v{cell - 3:.1f}h-{cell - 3:.1f}z"
        for at in ones
    )
    empty = "".join(
        f'<rect x="{cell * (at % _SIDE) + 2:.1f}" y="{cell * (at // _SIDE) + 4:.1f}" width="{cell - 7:.1f}" '
        f'height="{cell - 7:.1f}"/>'
        for at in range(zeros)
    )
    verdict = "found" if nonce == sha256.NONCE else "try the next"
    words = "".join(
        f'<text x="435" y="{y}" font-size="{size}" font-weight="{weight}">{said}</text>'
        for y, size, weight, said in (
            (60, 28, 400, "nonce"), (103, 34, 700, f"{nonce:,}"), (185, 28, 400, "zeros at the front"),
            (245, 56, 700, str(zeros)), (330, 34, 700, verdict),
        )
    )  # fmt: skip
    return (
        f'<path d="{squares}" fill="currentColor"/><g fill="none" stroke="{ACCENT}" stroke-width="4">{empty}</g>'
        f'<g fill="currentColor">{words}</g>'
    )


@cache
def world() -> Picture:
    """Bodies that attract each other, from above."""
    places, speeds = particles.world(_BODIES)
    pages = []
    for _ in range(_MOMENTS):
        for _ in range(_STEPS):
            places, speeds = particles.moved(places, speeds)
        at = np.array([[WIDTH / 2], [HEIGHT / 2]]) + places[:, :2].T * np.array([[WIDTH], [HEIGHT]]) / 2.4
        pages.append(_dots(at, ACCENT, 7))
    alt = f"{_BODIES} bodies that attract each other circle around their middle."
    return bind(pages, alt, page_s=0.1)


def _image(pixels: Any, x: float, y: float, width: float, height: float) -> str:
    """(rows, columns, 3) bytes as an image in a drawing."""
    from PIL import Image

    packed = io.BytesIO()
    Image.fromarray(pixels).save(packed, "JPEG", quality=82)
    data = base64.b64encode(packed.getvalue()).decode()
    return (
        f'<image x="{x}" y="{y}" width="{width}" height="{height}" preserveAspectRatio="none" '
        f'href="data:image/jpeg;base64,{data}"/>'
    )


_PICTURES = {
    "rendering": rendered, "cnn": seen_by_a_network, "kmeans": clustered, "sha256": tickets, "particles": world,
}  # fmt: skip
