"""How big an apartment has to be for so many accelerators: machines, racks, floor, power, heat, price.

Every number that is not the chip's own comes from `data/assumptions.csv` and can be changed there or by the caller.
Lengths are in metres.
"""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import dataclass

import pandas as pd

from compute.hardware import Chip
from compute.money import prices, purchases


@dataclass(frozen=True)
class Rack:
    """A rack on the floor: its near left corner, and the servers in it. All racks have one width and depth."""

    x: float
    y: float
    servers: int


@dataclass(frozen=True)
class Floor:
    """A room drawn to scale, with its near left corner at 0, 0.

    Rows of racks run along the width. Before the first row, and then between two fronts, is a cold aisle; between two
    backs, and after a last back, a hot one. `aisle_share` is the part of the floor that no rack stands on.
    """

    width: float
    depth: float
    rack_width: float
    rack_depth: float
    racks: tuple[Rack, ...]
    cold_aisles: tuple[tuple[float, float], ...]
    hot_aisles: tuple[tuple[float, float], ...]

    @property
    def area(self) -> float:
        """Square metres."""
        return self.width * self.depth

    @property
    def aisle_share(self) -> float:
        """Between 0 and 1."""
        return 1 - len(self.racks) * self.rack_width * self.rack_depth / self.area


@dataclass(frozen=True)
class Cloud:
    """The same in the cloud: the cheapest current offer with the chip, rented around the clock."""

    platform: str
    offer: str
    region: str
    machines: int
    usd_per_month: float
    as_of: str
    source_url: str


@dataclass(frozen=True)
class Room:
    """What so many accelerators need. None is unknown: the chip's watts or price are not in our files.

    `watts` is what the servers draw, `watts_with_cooling` the room. `apartments` and `fuses` are how many apartments
    of the assumed size, and main fuses, that takes; `heaters` how many household heaters warm as much.
    """

    chip: Chip
    accelerators: int
    servers: int
    floor: Floor
    apartment_m2: float
    apartments: float
    accelerator_watts: float | None
    watts: float | None
    watts_with_cooling: float | None
    fuse_watts: float
    fuses: float | None
    heaters: float | None
    kwh_per_month: float | None
    electricity_usd_per_month: float | None
    purchase_usd: float | None
    cloud: Cloud | None

    @property
    def racks(self) -> int:
        """How many racks stand on the floor."""
        return len(self.floor.racks)


def accelerators_for(job_seconds: float, deadline_hours: float) -> int:
    """So many accelerators do within the deadline what one does in `job_seconds`, if they share it without loss.

    Raises ValueError, with a sentence, unless both are above 0.
    """
    for name, value in (("a job of", job_seconds), ("a deadline of", deadline_hours)):
        if not 0 < value < math.inf:
            raise ValueError(f"Found {name} {value:g}, expected more than 0.")
    return max(math.ceil(round(job_seconds / 3600 / deadline_hours, 9)), 1)


def room(chip: Chip, accelerators: int, assumptions: Mapping[str, float], offers: pd.DataFrame | None = None) -> Room:
    """Everything about a room for so many of a chip.

    `offers` is a frame of `prices.load`; without it there is no cloud.
    Raises ValueError, with a sentence, for a number below 1.
    """
    if accelerators < 1:
        raise ValueError(f"Found {accelerators} accelerators, expected 1 or more.")
    servers = _steps(accelerators, assumptions["accelerators_per_server"])
    plan = floor(servers, assumptions)
    fuse = assumptions["fuse_volts"] * assumptions["fuse_amperes"] * assumptions["fuse_phases"]
    own = None if chip.tdp_watts is None else chip.tdp_watts * accelerators
    watts = None if own is None else own * assumptions["server_watts_factor"]
    whole = None if watts is None else watts * assumptions["pue"]
    kwh = None if whole is None else whole * assumptions["load"] * assumptions["hours_per_month"] / 1000
    purchase = purchases.load().get(chip.id)
    return Room(
        chip=chip,
        accelerators=accelerators,
        servers=servers,
        floor=plan,
        apartment_m2=assumptions["apartment_m2"],
        apartments=plan.area / assumptions["apartment_m2"],
        accelerator_watts=own,
        watts=watts,
        watts_with_cooling=whole,
        fuse_watts=fuse,
        fuses=None if whole is None else whole / fuse,
        heaters=None if watts is None else watts / assumptions["heater_watts"],
        kwh_per_month=kwh,
        electricity_usd_per_month=None if kwh is None else kwh * assumptions["usd_per_kwh"],
        purchase_usd=purchase.usd * accelerators if purchase else None,
        cloud=None if offers is None else cloud(chip, accelerators, offers, assumptions["hours_per_month"]),
    )


def floor(servers: int, assumptions: Mapping[str, float]) -> Floor:
    """Racks for so many servers, in as many rows as make the room most like a square."""
    by_height = assumptions["rack_units_per_rack"] // assumptions["rack_units_per_server"]
    per_rack = max(int(min(by_height, assumptions["servers_per_rack"])), 1)
    racks = _steps(servers, per_rack)
    plans = [
        _laid_out(racks, servers, per_rack, rows, assumptions) for rows in range(1, _steps(math.sqrt(racks) + 1, 1) + 1)
    ]
    return min(plans, key=lambda plan: max(plan.width, plan.depth))


def cloud(chip: Chip, accelerators: int, offers: pd.DataFrame, hours_per_month: float) -> Cloud | None:
    """The cheapest current way to rent so many of the chip for a whole month; None when nobody offers it by the hour.

    Notebooks that are paid in units are one at a time for one person, so they are left out.
    """
    found = prices.current(offers)
    found = found[found["accelerator"].eq(chip.id) & found["billing"].eq("pay-as-you-go")]
    found = found[(found["usd_per_hour"] > 0) & (found["accelerator_count"] >= 1)]
    if found.empty:
        return None
    machines = (-(-accelerators // found["accelerator_count"])).astype("int64")
    found = found.assign(machines=machines, usd_per_month=machines * found["usd_per_hour"] * hours_per_month)
    row = found.sort_values("usd_per_month", kind="stable").iloc[0]
    return Cloud(
        platform=row["platform"],
        offer=row["offer"],
        region=row["region"],
        machines=int(row["machines"]),
        usd_per_month=float(row["usd_per_month"]),
        as_of=row["as_of"],
        source_url=row["source_url"],
    )


def _laid_out(racks: int, servers: int, per_rack: int, rows: int, assumptions: Mapping[str, float]) -> Floor:
    """So many rows: front to front over a cold aisle, back to back over a hot one."""
    width, depth = assumptions["rack_width_m"], assumptions["rack_depth_m"]
    aisles = {"cold": assumptions["cold_aisle_m"], "hot": assumptions["hot_aisle_m"]}
    per_row = _steps(racks, rows)
    lanes: dict[str, list[tuple[float, float]]] = {"cold": [(0.0, aisles["cold"])], "hot": []}
    places: list[Rack] = []
    y = aisles["cold"]
    for row in range(_steps(racks, per_row)):
        for column in range(min(per_row, racks - row * per_row)):
            left = servers - len(places) * per_rack
            places.append(Rack(column * width, y, min(per_rack, left)))
        kind = "cold" if row % 2 else "hot"
        lanes[kind].append((y + depth, y + depth + aisles[kind]))
        y += depth + aisles[kind]
    return Floor(per_row * width, y, width, depth, tuple(places), tuple(lanes["cold"]), tuple(lanes["hot"]))


def _steps(amount: float, step: float) -> int:
    """How many whole steps hold the amount."""
    return math.ceil(round(amount / step, 9))
