"""A room beside the apartment as a table of rectangles, for the chart `floor_plan` and for whoever draws it otherwise.

Lengths are in metres; each of the two has its near left corner at 0, 0. The furniture has its true size, so that one
sees at a glance how large a rack is.
"""

from __future__ import annotations

import math
from collections.abc import Iterator

import pandas as pd

from compute.money.floors import Floor
from compute.money.rooms import Room

COLUMNS = ("where", "what", "x_m", "y_m", "width_m", "depth_m", "count", "watts", "kind")

MOST_RACKS = 600
"""More racks than this are drawn as whole rows: on a screen, one rack would be less than a pixel wide."""

APARTMENT_SHAPE = 1.3
"""Width over depth of the apartment. Only its area is an assumption."""

DESKTOP_M = (0.25, 0.5)
CHAIR_M = 0.55

Rectangle = tuple[str, float, float, float, float, int]
"""what, x, y, width, depth, and how many racks or machines it stands for."""


def table(room: Room) -> pd.DataFrame:
    """Rectangles in the order in which to draw them, with COLUMNS.

    `where` is "machines" or "apartment", and the first row of each (`what` is the same word) is its whole floor; there
    `watts` is what the machines draw with their cooling, and what the apartment's main fuse carries (NaN: unknown).
    The others are aisle and seat ("cold aisle", "hot aisle", "seat"), "rack" or "row of racks" (`count`: servers, or
    racks), "desk", "chair", "desktop", and furniture. `kind` is the chip's kind.
    """
    floor = room.floor
    drawn = room.watts_with_cooling
    size = apartment_size(room.apartment_m2)
    outlines = {
        "machines": (floor.width, floor.depth, math.nan if drawn is None else drawn),
        "apartment": (*size, room.fuse_watts),
    }
    inside = {"machines": _machines(floor), "apartment": _furniture(*size)}
    rows = []
    for where, (width, depth, watts) in outlines.items():
        rows.append((where, where, 0.0, 0.0, width, depth, 1, watts, room.chip.kind))
        rows += [(where, *rectangle, math.nan, room.chip.kind) for rectangle in inside[where]]
    return pd.DataFrame(rows, columns=list(COLUMNS))


def apartment_size(area: float) -> tuple[float, float]:
    """Width and depth of an apartment of so many square metres."""
    depth = math.sqrt(area / APARTMENT_SHAPE)
    return area / depth, depth


def _machines(floor: Floor) -> Iterator[Rectangle]:
    for aisle in floor.aisles:
        name = aisle.kind if aisle.kind == "seat" else f"{aisle.kind} aisle"
        yield name, 0.0, aisle.y, floor.width, aisle.depth, 1
    if floor.what == "desk":
        yield from _desk(floor)
    elif floor.count <= MOST_RACKS:
        for place in floor.places():
            yield "rack", place.x, place.y, floor.place_width, floor.place_depth, place.machines
    else:
        for row in floor.rows:
            yield "row of racks", 0.0, row.y, row.places * floor.place_width, floor.place_depth, row.places


def _desk(floor: Floor) -> Iterator[Rectangle]:
    """The desktop stands under the desk, at its right end; the chair stands before its middle."""
    top, side = floor.rows[0].y, 0.08
    width, depth = DESKTOP_M[0], min(DESKTOP_M[1], floor.place_depth - side)
    yield "desk", 0.0, top, floor.place_width, floor.place_depth, 1
    yield "chair", (floor.width - CHAIR_M) / 2, max(top - 0.1 - CHAIR_M, 0.0), CHAIR_M, min(CHAIR_M, top), 1
    yield "desktop", floor.width - side - width, top + side / 2, width, depth, floor.machines


def _furniture(width: float, depth: float) -> Iterator[Rectangle]:
    """A bed, and in larger apartments a kitchen, a bath, a sofa and a table, each along another wall."""
    area = width * depth
    yield "bed", 0.0, depth - 2.0, 1.4, 2.0, 1
    if area >= 20:
        yield "kitchen", width - 2.4, depth - 0.6, 2.4, 0.6, 1
    if area >= 30:
        yield "bath", width - 2.2, 0.0, 2.2, 1.8, 1
    if area >= 40:
        yield "sofa", 0.0, 0.0, 2.2, 0.9, 1
        yield "table", (width - 1.8) / 2, (depth - 0.9) / 2, 1.8, 0.9, 1
