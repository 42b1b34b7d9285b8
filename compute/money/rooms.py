"""How big an apartment has to be for so many accelerators: machines, racks, floor, power, heat, price.

Every number that is not the chip's own comes from `data/assumptions.csv` and can be changed there or by the caller.
Lengths are in metres.
"""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import dataclass

import pandas as pd

from compute import hardware
from compute.hardware import Chip
from compute.money import floors, prices, purchases
from compute.money.assumptions import Assumption, Assumptions
from compute.money.floors import Floor
from compute.money.jobs import Job
from compute.money.purchases import Purchase

MOST = 1_000_000
"""Accelerators; the largest machines of 2026 have a few hundred thousand."""


@dataclass(frozen=True)
class Cloud:
    """The same in the cloud: the cheapest current offer with the chip, rented around the clock.

    `stale` says that its price is older than `facts.STALE_DAYS`.
    """

    platform: str
    offer: str
    region: str
    machines: int
    usd_per_hour: float
    usd_per_month: float
    as_of: str
    stale: bool
    source_url: str


@dataclass(frozen=True)
class Room:
    """What so many accelerators need. None is unknown: the chip's watts or price are not in our files.

    `machine` is "desktop" (there is one, under a desk) or "server" (in racks). `watts` is what the machines draw,
    `watts_with_cooling` the room; a desktop is cooled by its own fans. `apartments` and `fuses` are how many apartments
    of the assumed size, and main fuses, that takes; `heaters` how many household heaters warm as much.
    """

    chip: Chip
    accelerators: int
    machine: str
    machines: int
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
    purchase: Purchase | None
    purchase_usd: float | None
    cloud: Cloud | None

    @property
    def racks(self) -> int:
        """How many racks stand on the floor."""
        return self.floor.count if self.floor.what == "rack" else 0

    @property
    def cores(self) -> int | None:
        """All cores of the accelerators, as their maker counts them."""
        return None if self.chip.cores is None else self.chip.cores * self.accelerators


@dataclass(frozen=True)
class Team:
    """How many of a chip do a job within a deadline, if they share it without loss.

    `low` and `high` are how many at the ends of what the rate may be; `alone_seconds` is what one of them takes.
    `basis` (one of `rates.BASES`) and `how` say where the rate comes from.
    """

    accelerators: int
    low: int
    high: int
    alone_seconds: float
    basis: str
    how: str


def accelerators_for(job_seconds: float, deadline_hours: float) -> int:
    """So many accelerators do within the deadline what one does in `job_seconds`, if they share it without loss.

    Raises ValueError, with a sentence, unless both are above 0.
    """
    for name, value in (("a job of", job_seconds), ("a deadline of", deadline_hours)):
        if not 0 < value < math.inf:
            raise ValueError(f"Found {name} {value:g}, expected more than 0.")
    return max(floors.steps(job_seconds / 3600, deadline_hours), 1)


def team(job: Job, chip: Chip, deadline_hours: float, rates: pd.DataFrame) -> Team | None:
    """How many of the chip do the job within the deadline; None where nobody knows how fast it is.

    `rates` is a frame of `rates.table` for the job. Raises ValueError as `accelerators_for`.
    """
    found = rates[rates["accelerator"].eq(chip.id)]
    if found.empty:
        return None
    row = found.iloc[0]
    count, low, high = (
        accelerators_for(job.quantity / row[rate], deadline_hours) for rate in ("rate", "rate_high", "rate_low")
    )
    return Team(count, low, high, float(job.quantity / row["rate"]), row["basis"], row["how"])


def chips() -> dict[str, Chip]:
    """The chips that a room can be asked for, by id: all but CPUs."""
    return {chip.id: chip for chip in hardware.chips() if chip.kind != "cpu"}


def assumed(assumptions: Assumptions) -> tuple[Assumption, ...]:
    """The assumptions that a room rests on."""
    groups = ("apartment", "rooms", "energy")
    rows = (row for row in assumptions.rows if row.group in groups or row.id == "hours_per_month")
    return tuple(sorted(rows, key=lambda row: (*groups, "prices").index(row.group)))


def room(chip: Chip, accelerators: int, assumptions: Mapping[str, float], offers: pd.DataFrame | None = None) -> Room:
    """Everything about a room for so many of a chip.

    As many cards as a desktop holds stand under a desk; more, and all modules, need servers in racks. `offers` is a
    frame of `prices.load`; without it there is no cloud. Raises ValueError, with a sentence, for a number below 1 or
    above MOST.
    """
    if not 1 <= accelerators <= MOST:
        raise ValueError(f"Found {accelerators:,} accelerators, expected 1 to {MOST:,}.")
    own = None if chip.tdp_watts is None else chip.tdp_watts * accelerators
    if chip.form == "card" and accelerators <= assumptions["cards_per_desktop"]:
        machine, machines, plan = "desktop", 1, floors.desk(assumptions)
        watts = whole = None if own is None else own + assumptions["desktop_watts"]
    else:
        machine, machines = "server", floors.steps(accelerators, assumptions["accelerators_per_server"])
        plan = floors.racks(machines, assumptions)
        watts = None if own is None else own * assumptions["server_watts_factor"]
        whole = None if watts is None else watts * assumptions["pue"]
    fuse = assumptions["fuse_volts"] * assumptions["fuse_amperes"] * assumptions["fuse_phases"]
    kwh = None if whole is None else whole * assumptions["load"] * assumptions["hours_per_month"] / 1000
    purchase = purchases.load().get(chip.id)
    return Room(
        chip=chip,
        accelerators=accelerators,
        machine=machine,
        machines=machines,
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
        purchase=purchase,
        purchase_usd=purchase.usd * accelerators if purchase else None,
        cloud=None if offers is None else cloud(chip, accelerators, offers, assumptions["hours_per_month"]),
    )


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
        usd_per_hour=float(row["usd_per_hour"]),
        usd_per_month=float(row["usd_per_month"]),
        as_of=row["as_of"],
        stale=bool(row["stale"]),
        source_url=row["source_url"],
    )
