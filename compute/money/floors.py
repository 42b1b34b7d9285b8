"""Where machines stand: racks in rows with aisles, or a desktop under a desk. Lengths are in metres.

A floor keeps its rows and not its racks, so that one for a million accelerators is as quick as one for eight.
"""

from __future__ import annotations

import math
from collections.abc import Iterator, Mapping
from dataclasses import dataclass


@dataclass(frozen=True)
class Place:
    """A rack or a desk: its near left corner, and the machines in it."""

    x: float
    y: float
    machines: int


@dataclass(frozen=True)
class Row:
    """Racks side by side along the width, from x = 0 on, with their near side at `y`."""

    y: float
    places: int


@dataclass(frozen=True)
class Aisle:
    """A strip across the whole width that stays free: "cold", "hot" or, before a desk, "seat"."""

    kind: str
    y: float
    depth: float


@dataclass(frozen=True)
class Floor:
    """A room drawn to scale, with its near left corner at 0, 0.

    Rows of racks run along the width. Before the first row, and then between two fronts, is a cold aisle; between two
    backs, and after a last back, a hot one. All places, racks or one desk (`what`), have one width and depth; each
    holds `per_place` of the `machines`, the last one the rest.
    """

    what: str
    width: float
    depth: float
    place_width: float
    place_depth: float
    rows: tuple[Row, ...]
    aisles: tuple[Aisle, ...]
    machines: int
    per_place: int

    @property
    def area(self) -> float:
        """Square metres."""
        return self.width * self.depth

    @property
    def count(self) -> int:
        """How many racks or desks."""
        return sum(row.places for row in self.rows)

    @property
    def aisle_share(self) -> float:
        """The part of the floor on which nothing stands, between 0 and 1."""
        return 1 - self.count * self.place_width * self.place_depth / self.area

    def places(self) -> Iterator[Place]:
        """Each rack or desk, row by row."""
        left = self.machines
        for row in self.rows:
            for column in range(row.places):
                yield Place(column * self.place_width, row.y, min(self.per_place, left))
                left -= self.per_place


def racks(servers: int, assumptions: Mapping[str, float]) -> Floor:
    """Racks for so many servers, in as many rows as make the room most like a square."""
    by_height = assumptions["rack_units_per_rack"] // assumptions["rack_units_per_server"]
    per_rack = max(int(min(by_height, assumptions["servers_per_rack"])), 1)
    count = steps(servers, per_rack)
    # No rack is wider than a row with its aisle is deep, so a square has at most as many rows as racks in a row.
    longest = (steps(count, rows) for rows in range(1, math.isqrt(count) + 2))
    per_row = min(longest, key=lambda length: max(_size(count, length, assumptions)))
    width, depth = _size(count, per_row, assumptions)
    rows, aisles = _rows(count, per_row, assumptions)
    return Floor(
        "rack", width, depth, assumptions["rack_width_m"], assumptions["rack_depth_m"], rows, aisles, servers, per_rack
    )


def desk(assumptions: Mapping[str, float]) -> Floor:
    """A desk with a desktop computer under it, and room for the chair."""
    width, depth, seat = (assumptions[name] for name in ("desk_width_m", "desk_depth_m", "seat_m"))
    return Floor("desk", width, seat + depth, width, depth, (Row(seat, 1),), (Aisle("seat", 0.0, seat),), 1, 1)


def steps(amount: float, step: float) -> int:
    """How many whole steps hold the amount. What is within a billionth of a whole number is that number."""
    return math.ceil(round(amount / step, 9))


def _size(racks: int, per_row: int, assumptions: Mapping[str, float]) -> tuple[float, float]:
    """Width and depth of the room for so many racks."""
    rows = steps(racks, per_row)
    hot, cold = (rows + 1) // 2, rows // 2 + 1
    depth = rows * assumptions["rack_depth_m"] + cold * assumptions["cold_aisle_m"] + hot * assumptions["hot_aisle_m"]
    return per_row * assumptions["rack_width_m"], depth


def _rows(racks: int, per_row: int, assumptions: Mapping[str, float]) -> tuple[tuple[Row, ...], tuple[Aisle, ...]]:
    """Rows front to front over a cold aisle, back to back over a hot one."""
    aisles = [Aisle("cold", 0.0, assumptions["cold_aisle_m"])]
    rows: list[Row] = []
    for number in range(steps(racks, per_row)):
        y = aisles[-1].y + aisles[-1].depth
        rows.append(Row(y, min(per_row, racks - number * per_row)))
        kind = "cold" if number % 2 else "hot"
        aisles.append(Aisle(kind, y + assumptions["rack_depth_m"], assumptions[f"{kind}_aisle_m"]))
    return tuple(rows), tuple(aisles)
