"""What more devices bring: rates against their number, and how much of what each could do is left.

Efficiency on d devices is the rate over d times the rate on one. In strong scaling, where all share one job, that is
the speed-up over d; in weak scaling, where each has as much to do as one had, it is the time of one over that of d.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from compute import units
from compute.compare import answers, pick
from compute.compare.pick import Interval, Owner, Row

if TYPE_CHECKING:
    import pandas as pd

SCALING = ("strong", "weak")
JOBS = {"matmul_sharded": "Product", "cnn_parallel": "Training"}
LINKS = "collectives"
# What counts as work, and its unit.
_WORK = {"matmul_sharded": ("flops", "FLOP/s"), "cnn_parallel": ("items", "images/s")}
_SIZE = {"matmul_sharded": "n", "cnn_parallel": "batch"}


@dataclass(frozen=True)
class Point:
    """A case on so many devices; ``efficiency`` is None where it was not measured on one device."""

    devices: int
    row: Row
    rate: Interval
    efficiency: Interval | None


@dataclass(frozen=True)
class Curve:
    """One job over numbers of devices: ``rate`` of its points in ``unit``, fewest devices first."""

    name: str
    scaling: str
    unit: str
    workload: str
    points: tuple[Point, ...]

    @property
    def last(self) -> Point:
        """The point with the most devices."""
        return self.points[-1]


def owners(frame: pd.DataFrame) -> dict[str, Owner]:
    """Everyone with a case on several devices, by the name to show."""
    found = pick.owners(frame[frame["workload"].isin([*JOBS, LINKS])])
    return {name: owner for name, owner in found.items() if rows_of(frame, owner)}


def rows_of(frame: pd.DataFrame, owner: Owner) -> list[Row]:
    """One machine's rows of what runs on several devices, also those without a time."""
    rows = pick.select(frame, machine=owner.machine, source=owner.source)
    return [row for row in rows if row["workload"] in (*JOBS, LINKS)]


def count(row: Row) -> int:
    """How many devices ran it."""
    return int(pick.number(row, "devices") or 1)


def simulated(rows: Iterable[Row]) -> bool:
    """Whether the devices are parts of one CPU, which share its cores."""
    return any(row["backend"] == "cpu" and count(row) > 1 and pick.number(row, "hosts") == 1 for row in rows)


def curves(rows: Iterable[Row], scaling: str = "") -> list[Curve]:
    """The jobs with a usable result, of one kind of scaling or of both, products first."""
    groups: dict[tuple[str, str, str, int], dict[int, Row]] = {}
    for row in rows:
        if row["workload"] in JOBS and _scaling(row).endswith(scaling) and pick.is_usable(row):
            key = (row["workload"], row["variant"], row["dtype"], row["size"])
            groups.setdefault(key, {})[count(row)] = row
    return [_curve(key, groups[key]) for key in sorted(groups, key=lambda key: list(JOBS).index(key[0]))]


def _scaling(row: Row) -> str:
    """The last word of the variant says it."""
    return pick.text(row, "variant").split()[-1]


def _curve(key: tuple[str, str, str, int], by_count: dict[int, Row]) -> Curve:
    workload, variant, dtype, size = key
    amount, unit = _WORK[workload]
    model, _, scaling = variant.rpartition(" ")
    name = f"{model or 'product'}, {dtype}, {_SIZE[workload]} = {size:,}"
    rates = {devices: rate for devices, row in sorted(by_count.items()) if (rate := pick.rate(row, amount))}
    one = rates.get(1)
    points = tuple(Point(d, by_count[d], rate, _efficiency(rate, one, d)) for d, rate in rates.items())
    return Curve(name, scaling, unit, workload, points)


def _efficiency(rate: Interval, one: Interval | None, devices: int) -> Interval | None:
    """Rate over d times that of one device; its interval is that of the rate, the other end of the division held."""
    return Interval(*(end / (devices * one.middle) for end in rate)) if one else None


# --- collectives ----------------------------------------------------------------------------------------------------


def messages(rows: Iterable[Row], devices: int) -> dict[str, list[Row]]:
    """The usable collectives between so many devices by kind, smallest message first."""
    found: dict[str, list[Row]] = {}
    for row in sorted(rows, key=lambda row: row["size"]):
        if row["workload"] == LINKS and count(row) == devices and pick.is_usable(row):
            found.setdefault(row["variant"], []).append(row)
    return found


def counts(rows: Iterable[Row]) -> list[int]:
    """The numbers of devices that collectives were measured between."""
    return sorted({count(row) for row in rows if row["workload"] == LINKS and pick.is_usable(row)})


BANDWIDTHS = {"bus": "bytes", "algorithm": "items"}
"""Bandwidth -> the column whose amount over the time it is."""


# --- answers and tables ---------------------------------------------------------------------------------------------


def figures(rows: Sequence[Row]) -> list[answers.Answer]:
    """The most devices used together, what product and training keep on them, and the fastest all-reduce."""
    return [_devices(rows), *(_kept(rows, workload, title) for workload, title in JOBS.items()), _all_reduce(rows)]


def _devices(rows: Sequence[Row]) -> answers.Answer:
    meaning = "The most devices that worked on one case together, and how many hosts they are in."
    most = max(rows, key=count, default=None)
    if most is None:
        return answers.Answer("Devices", units.UNKNOWN, "nothing measured", meaning)
    hosts = int(pick.number(most, "hosts") or 1)
    detail = f"{pick.text(most, 'device_kind')}, {hosts} host" + ("" if hosts == 1 else "s")
    return answers.Answer("Devices", str(count(most)), detail, meaning)


def _kept(rows: Sequence[Row], workload: str, title: str) -> answers.Answer:
    meaning = (
        "Efficiency: the rate on all devices over as many times the rate on one. 100 % is ideal: nobody waits for "
        "anybody."
    )
    found = [curve for curve in curves(rows) if curve.workload == workload and curve.last.efficiency]
    if not found:
        return answers.Answer(f"{title}, efficiency", units.UNKNOWN, "not measured on one and more", meaning)
    best = max(found, key=lambda curve: (curve.last.devices, _middle(curve.last.efficiency)))
    rate = answers.rate_words(best.last.rate.middle, best.unit)
    detail = f"{best.scaling}, {rate} on {best.last.devices}"
    return answers.Answer(f"{title}, efficiency", f"{_middle(best.last.efficiency):.0%}", detail, meaning)


def _middle(interval: Interval | None) -> float:
    return interval.middle if interval else 0.0


def _all_reduce(rows: Sequence[Row]) -> answers.Answer:
    meaning = (
        "How fast gradients are added up over all devices: the bus bandwidth, which can be held against the speed of "
        "one device's link."
    )
    found = [row for d in counts(rows)[-1:] for row in messages(rows, d).get("all-reduce", [])]
    best = pick.best(found, "bytes")
    if best is None:
        return answers.Answer("All-reduce", units.UNKNOWN, "not measured", meaning)
    row, rate = best
    detail = f"bus bandwidth, {message_words(row['size'])}"
    return answers.Answer("All-reduce", answers.bandwidth_words(rate.middle), detail, meaning)


def message_words(size: float) -> str:
    """A power of two of bytes: "4 KiB", "1 GiB"."""
    power = min(3, max(0, int(size).bit_length() - 1) // 10)
    return f"{size / 1024**power:,.3g} {('B', 'KiB', 'MiB', 'GiB')[power]}"


def table(rows: Sequence[Row]) -> pd.DataFrame:
    """The jobs over numbers of devices, also those without a time: a size that does not divide says so."""
    import pandas as pd

    measured = {id(point.row): (curve, point) for curve in curves(rows) for point in curve.points}
    lines = [_line(row, *measured.get(id(row), (None, None))) for row in rows if row["workload"] in JOBS]
    lines.sort(key=lambda line: (line["Job"], line["Scaling"], line["Size"], line["Devices"]))
    return pd.DataFrame(lines)


def _line(row: Row, curve: Curve | None, point: Point | None) -> dict[str, Any]:
    share = point.efficiency if point else None
    model, _, scaling = pick.text(row, "variant").rpartition(" ")
    return {
        "Job": f"{JOBS[row['workload']]} {model}".strip(),
        "Scaling": scaling,
        "dtype": row["dtype"],
        "Size": row["size"],
        "Devices": count(row),
        "Hosts": int(pick.number(row, "hosts") or 1),
        "Rate": answers.rate_words(point.rate.middle, curve.unit) if point and curve else "",
        "Over one": _rounded(share and share.middle * point.devices if point else None),
        "Efficiency, %": _rounded(share and 100 * share.middle),
        "Verdict": pick.text(row, "verdict") or pick.text(row, "status"),
        "Reason": pick.text(row, "reason"),
    }


def links(rows: Sequence[Row]) -> pd.DataFrame:
    """The collectives: message, time, and both bandwidths."""
    import pandas as pd

    return pd.DataFrame(
        {
            "Collective": row["variant"],
            "Devices": count(row),
            "Message": message_words(row["size"]),
            "µs": _rounded(times and times.middle * 1e6),
            "Algorithm, GB/s": _rounded(_giga(row, "items")),
            "Bus, GB/s": _rounded(_giga(row, "bytes")),
            "Verdict": pick.text(row, "verdict") or pick.text(row, "status"),
            "Reason": pick.text(row, "reason"),
        }
        for row in sorted(rows, key=lambda row: (row["variant"], count(row), row["size"]))
        if row["workload"] == LINKS
        for times in (pick.seconds(row),)
    )


def _giga(row: Row, amount: str) -> float | None:
    rate = pick.rate(row, amount)
    return rate.middle / answers.GIGA if rate else None


def _rounded(value: float | None) -> float | None:
    return None if value is None else float(f"{value:.3g}")
