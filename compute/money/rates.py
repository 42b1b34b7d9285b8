"""How fast each kind of machine does a job, and where that number comes from.

The first of these that is there counts, and every rate says which it is (`basis`):

1. measured on this machine, 2. an uploaded result, 3. a shipped result: the best usable row of such a chip;
4. a figure that somebody published (`data/published.csv`), taken as ±15 %;
5. an estimate: what the roofline of the chip allows, times the share of it that was measured on the nearest chip of the
   same kind, within a factor (`estimate_spread`) up and down. "Nearest" is the least difference in peak and bandwidth,
   as ratios. The roofline is min(bandwidth x intensity, peak), see `compute.compare.roofline`.

An unknown peak gives no estimate, and a chip of whose kind nothing was measured has no rate at all.

A result on a CPU says little about another one. It is an estimate for every CPU machine with as many virtual CPUs. It
counts as measured only on the platform where it was taken, and only where that platform has one such machine.
"""

from __future__ import annotations

import math
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from functools import cache
from typing import Any, NamedTuple

import pandas as pd

from compute import hardware, units
from compute.compare.headlines import USABLE, machine_name, usable
from compute.compare.pick import rate_unit
from compute.hardware import Chip
from compute.money import published
from compute.money.jobs import Job

BASES = ("measured here", "uploaded", "shipped", "published", "estimate")
MEASURED = BASES[:3]
"""The bases that rest on a measurement which this project can check."""

PUBLISHED_BAND = 0.15
"""What others measured is taken to hold within ±15 %: software and its versions are worth that much."""


class Rate(NamedTuple):
    """The rate of one kind of machine: a whole accelerator, or a CPU machine with so many `vcpus` on a platform."""

    accelerator: str
    vcpus: float
    platform: str
    rate: float
    rate_low: float
    rate_high: float
    rate_dtype: str
    basis: str
    rate_of: str
    rate_as_of: str
    rate_source_url: str
    how: str


COLUMNS = Rate._fields
Row = Mapping[Any, Any]
_NEEDED = (
    *("run_id", "case", "mode", "workload", "variant", "dtype", "source", "measured_at", "label"),
    *("backend", "chip", "device_kind", "cpu_model", "cpu_count", "platform"),
    *("status", "verdict", "median_s", "ci_low_s", "ci_high_s"),
    *("flops", "bytes", "items", "flop_per_s", "items_per_s"),
)
_PEAKS = ("fp16", "bf16", "tf32", "fp32")


@dataclass(frozen=True)
class Reference:
    """A result that efficiency is taken from: what share of its roofline a chip reached in a dtype.

    `flops_per_unit` is the FLOP behind one unit of the job's work (one image; 1 where FLOP are counted).
    """

    chip: Chip
    dtype: str
    intensity: float | None
    efficiency: float
    flops_per_unit: float
    machine: str
    as_of: str


def table(job: Job, results: pd.DataFrame, assumptions: Mapping[str, float]) -> pd.DataFrame:
    """One row for each kind of machine whose rate is known, with COLUMNS.

    `results` is a frame of `compute.results.frame` with a column `source`, one of MEASURED. A row is for a whole
    accelerator (`accelerator` is its id), or for a CPU machine with so many `vcpus` on `platform` ("" = on any). `rate`
    is in units of the job's work per second; `rate_low` and `rate_high` bound it. `rate_of` says on what it was
    measured, `how` in a sentence where it comes from.
    """
    rows = _measured(job, results)
    on_chips = [row for row in rows if row["backend"] != "cpu" and row["chip"]]
    on_cpus = [row for row in rows if row["backend"] == "cpu" and row["cpu_count"]]
    spread = assumptions["estimate_spread"]
    known = _first([*_on_accelerators(job, on_chips), *_published(job)])
    have = {rate.accelerator for rate in known}
    references = _references(job, on_chips)
    estimates = [
        rate for chip in hardware.chips() if chip.id not in have for rate in _estimate(job, chip, references, spread)
    ]
    return pd.DataFrame([*known, *estimates, *_first(_on_cpus(on_cpus, spread))], columns=list(COLUMNS))


def speaking(results: pd.DataFrame) -> pd.DataFrame:
    """The few results that `table` can use for any job: the same rates come from them as from all.

    Of each kind of machine and each workload, variant and dtype the row with the most FLOP/s, and the one with the
    most items/s.
    """
    rows = results[usable(results) & results["mode"].eq("stream")]
    keys = ["source", "backend", "chip", "cpu_count", "platform", "workload", "variant", "dtype"]
    best = [
        rows.sort_values(rate, ascending=False, kind="stable").drop_duplicates(keys)
        for rate in ("flop_per_s", "items_per_s")
    ]
    return rows.loc[best[0].index.union(best[1].index)]


def _first(rates: Iterable[Rate]) -> list[Rate]:
    """For each kind of machine the one with the first basis in order, and the highest rate of those."""
    first: dict[tuple[Any, ...], Rate] = {}
    for rate in sorted(rates, key=lambda rate: (BASES.index(rate.basis), -rate.rate)):
        first.setdefault((rate.accelerator, rate.platform, None if math.isnan(rate.vcpus) else rate.vcpus), rate)
    return list(first.values())


# --- what was measured ---


def _measured(job: Job, results: pd.DataFrame) -> list[Row]:
    """The usable results that speak for the job: the fastest of each source, chip or CPU, platform and dtype.

    With the rate per second of one JAX device and its bounds by the 95 % interval of the median. A blank is None.
    """
    rows = results[results["workload"].eq(job.workload) & results["variant"].isin(job.variants)]
    rates = rows[job.rate_column].tolist()
    found = rows.iloc[_fastest(job, rows, rates)][[*_NEEDED]].to_dict("records")
    cells: list[dict[Any, Any]]
    cells = [{name: None if cell != cell else cell for name, cell in row.items()} for row in found]
    return [row | _device_rates(row, row[job.rate_column]) | {"day": row["measured_at"][:10]} for row in cells]


def _fastest(job: Job, rows: pd.DataFrame, rates: list[float]) -> list[int]:
    """The places of those rows, the fastest first."""
    columns = ("run_id", "case", "mode", "status", "verdict", "median_s", "dtype")
    kinds = ("source", "backend", "chip", "cpu_count", "platform")
    fastest: dict[tuple[Any, ...], int] = {}
    seen = set()
    cells = zip(*(rows[name].tolist() for name in (*columns, *kinds)), strict=True)
    for place, (run, case, mode, status, verdict, median, dtype, *kind) in enumerate(cells):
        # As in `headlines.usable`. No comparison with a blank is true.
        if not (mode == "stream" and status == "measured" and verdict in USABLE and median > 0 and rates[place] > 0):
            continue
        if (dtype != job.dtype if job.dtype else dtype == "int8") or (run, case) in seen:
            continue
        seen.add((run, case))  # a run that was uploaded twice counts once
        key = (dtype, *(None if cell != cell else cell for cell in kind))
        if key not in fastest or rates[place] > rates[fastest[key]]:
            fastest[key] = place
    return sorted(fastest.values(), key=lambda place: (-rates[place], place))


def _device_rates(row: Row, rate: float) -> dict[Any, Any]:
    low, high = row["ci_high_s"], row["ci_low_s"]
    return {
        "device_rate": rate,
        "device_rate_low": rate * row["median_s"] / low if low else rate,
        "device_rate_high": rate * row["median_s"] / high if high else rate,
    }


def _on_accelerators(job: Job, rows: Iterable[Row]) -> Iterator[Rate]:
    """Rates of whole chips: a chip that shows as two JAX devices does twice what one of them does."""
    for row in rows:
        chip = hardware.chip(row["chip"])
        if chip is None or chip.jax_devices is None:
            continue
        name = machine_name(row)
        share = f", one of {chip.jax_devices} devices of a chip" if chip.jax_devices > 1 else ""
        how = f"{row['source']}: {row['case']} on {name}{share}, {row['day']}"
        rate, low, high = (row[f"device_rate{end}"] * chip.jax_devices for end in ("", "_low", "_high"))
        yield Rate(chip.id, math.nan, "", rate, low, high, row["dtype"], row["source"], name, row["day"], "", how)


def _on_cpus(rows: Iterable[Row], spread: float) -> Iterator[Rate]:
    """Rates of CPU machines: measured on the platform itself, and an estimate for all others of that size."""
    for row in rows:
        rate, name = row["device_rate"], machine_name(row)
        how = f"{row['source']}: {row['case']} on {name}, {row['day']}"
        bounds = row["device_rate_low"], row["device_rate_high"]
        end = (row["dtype"], row["source"], name, row["day"], "", how)
        yield Rate("", row["cpu_count"], row["platform"], rate, *bounds, *end)
        how = f"estimated from {name}, another CPU of as many cores, within a factor of {spread:g}; {how}"
        end = (row["dtype"], "estimate", name, row["day"], "", how)
        yield Rate("", row["cpu_count"], "", rate, rate / spread, rate * spread, *end)


# --- what others published ---


def _published(job: Job) -> Iterator[Rate]:
    rows = published.load()
    rows = rows[rows["workload"].eq(job.workload) & rows[job.rate_column].notna()]
    for row in rows.to_dict("records"):
        if row["variant"] not in job.variants or not row["chip"] or (job.dtype and row["dtype"] != job.dtype):
            continue
        rate = row[job.rate_column]
        how = f"published: {row['device']}, {row['dtype']}, {row['software']}, read {row['as_of']}; {row['note']}"
        bounds = rate * (1 - PUBLISHED_BAND), rate * (1 + PUBLISHED_BAND)
        end = (row["dtype"], "published", row["device"], row["as_of"], row["source_url"], how.removesuffix("; "))
        yield Rate(row["chip"], math.nan, "", rate, *bounds, *end)


# --- what is estimated ---


def _references(job: Job, rows: Iterable[Row]) -> list[Reference]:
    """The results on chips with a known roofline, each with the share of it that was reached."""
    found = []
    for row in rows:
        chip = hardware.chip(row["chip"])
        intensity = row["flops"] / row["bytes"] if row["bytes"] and row["bytes"] > 0 else None
        limit = _attainable(chip, row["dtype"], intensity) if chip else None
        if chip and limit and (row["flop_per_s"] or 0) > 0:
            flops = 1.0 if job.amount == "flops" else row["flops"] / row["items"]
            share = row["flop_per_s"] / limit
            found.append(Reference(chip, row["dtype"], intensity, share, flops, machine_name(row), row["day"]))
    return found


def _estimate(job: Job, chip: Chip, references: list[Reference], spread: float) -> Iterator[Rate]:
    """The estimate for a chip, from the nearest of its kind: in the dtype in which it is fastest. Nothing without.

    Where the job does not ask for a dtype, fp16 stands in for bf16 on a chip that has none.
    """
    alike = [reference for reference in references if reference.chip.kind == chip.kind]
    if not alike or chip.jax_devices is None:
        return
    nearest = min(alike, key=lambda reference: _distance(chip, reference.chip)).chip
    options = [
        (limit * reference.efficiency / reference.flops_per_unit, limit, dtype, reference)
        for reference in alike
        if reference.chip is nearest
        for dtype in (reference.dtype, *(("fp16",) if reference.dtype == "bf16" and not job.dtype else ()))
        if (limit := _attainable(chip, dtype, reference.intensity))
    ]
    if not options:
        return
    device_rate, limit, dtype, reference = max(options, key=lambda option: option[0])
    rate = device_rate * chip.jax_devices
    highest = max(1.0, reference.efficiency) / reference.efficiency  # no chip beats its roofline by luck
    allowed = f"{chip.name} allows {units.si(limit, rate_unit(dtype))} in {dtype}"
    share = f"{reference.efficiency:.0%}, the share that {reference.machine} reached in {reference.dtype}"
    how = f"estimated: {allowed}, times {share}; within a factor of {spread:g}"
    bounds = rate / spread, rate * min(spread, highest)
    yield Rate(chip.id, math.nan, "", rate, *bounds, dtype, "estimate", reference.machine, reference.as_of, "", how)


def _attainable(chip: Chip, dtype: str, intensity: float | None) -> float | None:
    """FLOP/s that one device of the chip allows; where its bandwidth or the intensity is unknown, its peak."""
    peak, bandwidth = chip.peak(dtype), chip.bandwidth()
    if peak is None or bandwidth is None or intensity is None:
        return peak
    return min(peak, bandwidth * intensity)


def _distance(chip: Chip, other: Chip) -> float:
    """How far apart two chips are: the logarithms of the ratios of their highest peaks and of their bandwidths."""
    pairs = [(_highest(chip), _highest(other)), (chip.bandwidth(), other.bandwidth())]
    return sum(abs(math.log(ours / theirs)) if ours and theirs else math.log(10) for ours, theirs in pairs)


@cache
def _highest(chip: Chip) -> float | None:
    known = [peak for dtype in _PEAKS if (peak := chip.peak(dtype))]
    return max(known, default=None)
