"""The Azure ladder: a machine, a managed notebook, a finished model. Who manages what, what is billed, who is cheaper.

Read from `data/azure_services.csv`. A priced call gets cheaper by steps: each row of a service is one step.
"""

from __future__ import annotations

from collections.abc import Hashable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from decimal import ROUND_CEILING, Decimal
from functools import cache
from pathlib import Path
from typing import Any

import pandas as pd

from compute.money import facts, prices

DATA = Path(__file__).resolve().parent.parent.parent / "data" / "azure_services.csv"
COLUMNS = (
    "id",
    "rung",
    "service",
    "what",
    "you_manage",
    "they_manage",
    "billed",
    "unit",
    "units",
    "from_units",
    "usd",
    "free_units_per_month",
    "variant",
    "region",
    "as_of",
    "source_url",
    "note",
)
RUNGS = {
    "machine": "Rent a machine",
    "notebook": "Rent a managed notebook",
    "model": "Rent a finished model",
}
MOST_MACHINES = 1000

MACHINES, NOTEBOOK, DATABRICKS = PLATFORMS = ("Azure", "Azure Machine Learning", "Azure Databricks")
"""The platforms of `data/prices.csv` that belong to the ladder."""


@dataclass(frozen=True)
class Step:
    """From the `first` unit of a month on, `units` of them cost `usd`."""

    first: int
    units: int
    usd: Decimal


@dataclass(frozen=True)
class Service:
    """One way to have it. `steps` is empty where no price was found, or where the price is that of a machine.

    `unit` is what is billed (image, text, hour of sound, hour), `free_units` so many of them a month cost nothing.
    `variant` is the form of our workload `cnn` that does about the same, "" for none.
    """

    id: str
    rung: str
    service: str
    what: str
    you_manage: str
    they_manage: str
    billed: str
    unit: str
    steps: tuple[Step, ...]
    free_units: int
    variant: str
    region: str
    as_of: str
    source_url: str
    note: str

    @property
    def plural(self) -> str:
        """ "images", "hours of sound"."""
        first, *rest = self.unit.split(" ", 1)
        return " ".join([f"{first}s", *rest])

    def usd(self, units: float) -> Decimal | None:
        """What so many units cost in a month, exactly; None without a price. Raises ValueError below 0."""
        if units < 0:
            raise ValueError(f"found {units:g} {self.unit}s, expected 0 or more")
        if not self.steps:
            return None
        billed = max(Decimal(str(units)) - self.free_units, Decimal(0))
        ends = [Decimal(step.first) for step in self.steps[1:]] + [billed]
        parts = zip(self.steps, ends, strict=True)
        return sum(
            (max(min(billed, end) - step.first, Decimal(0)) * step.usd / step.units for step, end in parts), Decimal(0)
        )

    def units_for(self, usd: Decimal) -> Decimal:
        """So many units cost so much in a month. Raises ValueError without a price."""
        if not self.steps:
            raise ValueError(f"{self.service} has no price here")
        rest, units = usd, Decimal(self.free_units)
        for step, following in zip(self.steps, [*self.steps[1:], None], strict=True):
            price = step.usd / step.units
            if following is None or rest <= (following.first - step.first) * price:
                return units + rest / price
            rest -= (following.first - step.first) * price
            units += following.first - step.first
        raise AssertionError("the last step has no end")


@dataclass(frozen=True)
class Line:
    """The calls a month at which a machine of one's own costs the same as priced calls.

    `calls` is None when the calls stay cheaper at any number. `machines` are needed for so many.
    """

    calls: Decimal | None
    machines: int
    usd_per_month: Decimal


@cache
def load(path: Path = DATA) -> tuple[Service, ...]:
    """All services, in the order of the file: the ladder from below. Read once. Raises `facts.FactError`."""
    return parse(path.read_text(encoding="utf-8-sig"), path.name)


def parse(text: str, name: str = "azure_services.csv", now: date | None = None) -> tuple[Service, ...]:
    """Services from CSV text. Raises `facts.FactError` with a sentence for each problem."""

    def faults(row: facts.Cells) -> Iterator[facts.Fault]:
        yield from facts.missing(row, "id", "service", "what", "you_manage", "they_manage", "billed", "unit")
        yield from facts.not_one_of(row, "rung", tuple(RUNGS))
        yield from facts.unsourced(row, now)
        for column in ("units", "from_units", "free_units_per_month"):
            if not row[column].isdecimal() or (column == "units" and int(row[column]) == 0):
                yield column, row[column], "a whole number" + (" above 0" if column == "units" else "")
        if row["usd"] and (not facts.is_amount(row["usd"]) or float(row["usd"]) == 0):
            yield "usd", row["usd"], "a price above 0, or a blank if none was found"

    rows = facts.read(text, name, COLUMNS, faults, ("id", "from_units"))
    groups: dict[str, list[dict[str, str]]] = {}
    for row in rows:
        groups.setdefault(row["id"], []).append(row)
    for id, group in groups.items():
        starts = [int(row["from_units"]) for row in group]
        if starts[0] != 0 or starts != sorted(starts):
            raise facts.FactError([f"{name}: the steps of {id} start at {starts}, expected 0 and then more each time."])
    return tuple(_service(group) for group in groups.values())


def ladder() -> dict[str, list[Service]]:
    """The services of each rung, by the words of the rung."""
    return {words: [service for service in load() if service.rung == rung] for rung, words in RUNGS.items()}


def own_machine_line(
    service: Service, usd_per_hour: float, hours_per_month: float, calls_per_hour: float | None = None
) -> Line:
    """From how many calls a month a machine of one's own, rented around the clock, is cheaper than priced calls.

    `calls_per_hour` is what one machine can do (`Job` rate x 3600); None when unknown: then one machine is taken to
    be enough. Raises ValueError without a price of the service.
    """
    month = Decimal(str(usd_per_hour)) * Decimal(str(hours_per_month))
    if calls_per_hour is None:
        return Line(service.units_for(month), 1, month)
    capacity = Decimal(str(calls_per_hour)) * Decimal(str(hours_per_month))
    for machines in range(1, MOST_MACHINES + 1):
        calls = service.units_for(machines * month)
        if calls <= machines * capacity:
            return Line(calls, machines, machines * month)
    return Line(None, MOST_MACHINES, MOST_MACHINES * month)


def compare(
    service: Service, calls: Sequence[float], usd_per_hour: float, hours_per_month: float, calls_per_hour: float | None
) -> list[Mapping[str, Decimal | float | None]]:
    """For each number of calls a month what they cost, and what enough machines around the clock cost."""
    month = Decimal(str(usd_per_hour)) * Decimal(str(hours_per_month))
    capacity = None if calls_per_hour is None else Decimal(str(calls_per_hour)) * Decimal(str(hours_per_month))
    return [
        {"calls": number, "service_usd": service.usd(number), "machines_usd": month * _machines(number, capacity)}
        for number in calls
    ]


def _machines(calls: float, capacity: Decimal | None) -> int:
    if capacity is None:
        return 1
    return max(int((Decimal(str(calls)) / capacity).to_integral_value(ROUND_CEILING)), 1)


def _service(rows: Sequence[Mapping[str, str]]) -> Service:
    first = rows[0]
    steps = tuple(Step(int(row["from_units"]), int(row["units"]), Decimal(row["usd"])) for row in rows if row["usd"])
    words = {column: first[column] for column in COLUMNS[:8]}
    end = {column: first[column] for column in ("variant", "region", "as_of", "source_url", "note")}
    return Service(**words, **end, steps=steps, free_units=int(first["free_units_per_month"]))


def machines(offers: pd.DataFrame) -> pd.DataFrame:
    """The machines that Azure rents by the hour today, the cheapest first; `offers` is a frame of `prices.load`."""
    found = prices.current(offers)
    return found[found["platform"].eq(MACHINES) & found["usd_per_hour"].gt(0)].sort_values(
        "usd_per_hour", kind="stable", ignore_index=True
    )


def same_machine(offers: pd.DataFrame, usd_per_dbu: float) -> pd.DataFrame:
    """Each machine that can be had as a managed notebook, too: an hour of it bare, in Azure ML and in Databricks.

    `usd_bare`, `usd_ml` and `usd_databricks` (NaN where there is none) with the arithmetic of the last:
    `databricks_usd` for the machine + `dbu` x `usd_per_dbu`.
    """
    found = prices.current(offers)
    parts = {platform: found[found["platform"].eq(platform)].set_index("sku") for platform in PLATFORMS}
    ml, databricks = parts[NOTEBOOK]["usd_per_hour"], parts[DATABRICKS]
    skus = [sku for sku in parts[MACHINES].index if sku in ml.index or sku in databricks.index]
    bare = parts[MACHINES].loc[skus]
    return pd.DataFrame(
        {
            "sku": skus,
            "usd_bare": bare["usd_per_hour"].to_numpy(),
            "usd_ml": ml.reindex(skus).to_numpy(),
            "databricks_usd": databricks["usd_per_hour_listed"].reindex(skus).to_numpy(),
            "dbu": databricks["units_per_hour"].reindex(skus).to_numpy(),
            "usd_per_dbu": databricks["units_per_hour"].reindex(skus).notna().map({True: usd_per_dbu}).to_numpy(),
            "usd_databricks": databricks["usd_per_hour"].reindex(skus).to_numpy(),
            "as_of": bare["as_of"].to_numpy(),
            "age_days": bare["age_days"].to_numpy(),
            "stale": bare["stale"].to_numpy(),
            "source_url": bare["source_url"].to_numpy(),
        }
    )


def price_list(now: date) -> pd.DataFrame:
    """The finished models with their prices in words, blank where none was found; `stale` as of `now`."""
    rows = [
        {
            "service": service.service,
            "what": service.what,
            "price": _price_words(service),
            "free": f"{service.free_units:,} {service.plural}" if service.free_units else "",
            "as_of": service.as_of,
            "source_url": service.source_url,
            "note": service.note,
            "stale": facts.age_days(service.as_of, now) > facts.STALE_DAYS,
        }
        for service in load()
        if service.rung == "model"
    ]
    return pd.DataFrame(rows)


def calls_per_hour(row: Mapping[Hashable, Any] | None) -> float | None:
    """Calls that a machine answers in an hour, by a row of `costs.of_job` for one call; None where unknown."""
    if row is None or row["machine_rate"] != row["machine_rate"]:
        return None
    return float(row["machine_rate"]) * 3600


def _price_words(service: Service) -> str:
    """ "$1.00 for 1,000 images; from 1,000,000 on $0.65"."""
    words = [
        f"from {step.first:,} on ${step.usd:.2f}" if step.first else f"${step.usd:.2f} for {_amount(step, service)}"
        for step in service.steps
    ]
    return "; ".join(words)


def _amount(step: Step, service: Service) -> str:
    return f"1 {service.unit}" if step.units == 1 else f"{step.units:,} {service.plural}"
