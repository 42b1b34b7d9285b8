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
from collections.abc import Iterator, Mapping
from dataclasses import dataclass

import pandas as pd

from compute import hardware, units
from compute.compare.headlines import machine_name, once, usable
from compute.compare.pick import rate_unit
from compute.hardware import Chip
from compute.money import published
from compute.money.jobs import Job

BASES = ("measured here", "uploaded", "shipped", "published", "estimate")
MEASURED = BASES[:3]
"""The bases that rest on a measurement which this project can check."""

PUBLISHED_BAND = 0.15
"""What others measured is taken to hold within ±15 %: software and its versions are worth that much."""

COLUMNS = (
    "accelerator",
    "vcpus",
    "platform",
    "rate",
    "rate_low",
    "rate_high",
    "rate_dtype",
    "basis",
    "rate_of",
    "rate_as_of",
    "rate_source_url",
    "how",
)
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
    on_chips = rows[rows["backend"].ne("cpu") & rows["chip"].notna()]
    found = pd.DataFrame([*_on_accelerators(job, on_chips), *_published(job)], columns=list(COLUMNS))
    known = _first(found, ["accelerator"])
    spread = assumptions["estimate_spread"]
    have = set(known["accelerator"])
    references = _references(job, on_chips)
    others = [chip for chip in hardware.chips() if chip.id not in have]
    estimates = [row for chip in others for row in _estimate(job, chip, references, spread)]
    on_cpus = pd.DataFrame(_on_cpus(rows[rows["backend"].eq("cpu")], spread), columns=list(COLUMNS))
    parts = [known, pd.DataFrame(estimates, columns=list(COLUMNS)), _first(on_cpus, ["vcpus", "platform"])]
    parts = [part for part in parts if len(part)]
    return pd.concat(parts, ignore_index=True) if parts else found


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


def _first(rows: pd.DataFrame, keys: list[str]) -> pd.DataFrame:
    """For each key the row with the first basis in order, and the highest rate of those."""
    ranked = rows.assign(_rank=rows["basis"].map({basis: rank for rank, basis in enumerate(BASES)}))
    ranked = ranked.sort_values(["_rank", "rate"], ascending=[True, False], kind="stable")
    return ranked.drop_duplicates(keys).drop(columns="_rank")


# --- what was measured ---


def _measured(job: Job, results: pd.DataFrame) -> pd.DataFrame:
    """The usable results that speak for the job: the fastest of each source, chip or CPU, platform and dtype.

    With the rate per second of one JAX device and its bounds by the 95 % interval of the median.
    """
    rows = results.loc[results["workload"].eq(job.workload), [*_NEEDED]]
    rows = rows[rows["variant"].isin(job.variants) & rows["mode"].eq("stream") & rows[job.rate_column].gt(0)]
    rows = rows[rows["dtype"].eq(job.dtype)] if job.dtype else rows[rows["dtype"].ne("int8")]
    rows = once(rows[usable(rows)])
    keys = ["source", "backend", "chip", "cpu_count", "platform", "dtype"]
    rows = rows.sort_values(job.rate_column, ascending=False, kind="stable").drop_duplicates(keys)
    rate = rows[job.rate_column]
    return rows.assign(
        device_rate=rate,
        device_rate_low=(rate * rows["median_s"] / rows["ci_high_s"]).fillna(rate),
        device_rate_high=(rate * rows["median_s"] / rows["ci_low_s"]).fillna(rate),
        day=rows["measured_at"].str[:10],
    )


def _on_accelerators(job: Job, rows: pd.DataFrame) -> Iterator[tuple[object, ...]]:
    """Rates of whole chips: a chip that shows as two JAX devices does twice what one of them does."""
    for row in rows.to_dict("records"):
        chip = hardware.chip(row["chip"])
        if chip is None or chip.jax_devices is None:
            continue
        name, share = (
            machine_name(row),
            f", one of {chip.jax_devices} devices of a chip" if chip.jax_devices > 1 else "",
        )
        how = f"{row['source']}: {row['case']} on {name}{share}, {row['day']}"
        rates = (row[column] * chip.jax_devices for column in ("device_rate", "device_rate_low", "device_rate_high"))
        yield (chip.id, math.nan, "", *rates, row["dtype"], row["source"], name, row["day"], "", how)


def _on_cpus(rows: pd.DataFrame, spread: float) -> list[tuple[object, ...]]:
    """Rates of CPU machines: measured on the platform itself, and an estimate for all others of that size."""
    found: list[tuple[object, ...]] = []
    for row in rows[rows["cpu_count"].notna()].to_dict("records"):
        rate, name = row["device_rate"], machine_name(row)
        how = f"{row['source']}: {row['case']} on {name}, {row['day']}"
        bounds = row["device_rate_low"], row["device_rate_high"]
        end = (row["dtype"], row["source"], name, row["day"], "", how)
        found.append(("", row["cpu_count"], row["platform"], rate, *bounds, *end))
        how = f"estimated from {name}, another CPU of as many cores, within a factor of {spread:g}; {how}"
        end = (row["dtype"], "estimate", name, row["day"], "", how)
        found.append(("", row["cpu_count"], "", rate, rate / spread, rate * spread, *end))
    return found


# --- what others published ---


def _published(job: Job) -> Iterator[tuple[object, ...]]:
    rows = published.load()
    rows = rows[rows["workload"].eq(job.workload) & rows["variant"].isin(job.variants) & rows["chip"].ne("")]
    rows = rows[rows["dtype"].eq(job.dtype)] if job.dtype else rows
    for row in rows[rows[job.rate_column].notna()].to_dict("records"):
        rate = row[job.rate_column]
        how = f"published: {row['device']}, {row['dtype']}, {row['software']}, read {row['as_of']}; {row['note']}"
        bounds = rate * (1 - PUBLISHED_BAND), rate * (1 + PUBLISHED_BAND)
        end = (row["dtype"], "published", row["device"], row["as_of"], row["source_url"], how.removesuffix("; "))
        yield (row["chip"], math.nan, "", rate, *bounds, *end)


# --- what is estimated ---


def _references(job: Job, rows: pd.DataFrame) -> list[Reference]:
    """The results on chips with a known roofline, each with the share of it that was reached."""
    found = []
    for row in rows.to_dict("records"):
        chip = hardware.chip(row["chip"])
        intensity = row["flops"] / row["bytes"] if row["bytes"] and row["bytes"] > 0 else None
        limit = _attainable(chip, row["dtype"], intensity) if chip else None
        if chip and limit and row["flop_per_s"] > 0:
            flops = 1.0 if job.amount == "flops" else row["flops"] / row["items"]
            share = row["flop_per_s"] / limit
            found.append(Reference(chip, row["dtype"], intensity, share, flops, machine_name(row), row["day"]))
    return found


def _estimate(job: Job, chip: Chip, references: list[Reference], spread: float) -> Iterator[tuple[object, ...]]:
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
    yield (chip.id, math.nan, "", rate, *bounds, dtype, "estimate", reference.machine, reference.as_of, "", how)


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


def _highest(chip: Chip) -> float | None:
    known = [peak for dtype in _PEAKS if (peak := chip.peak(dtype))]
    return max(known, default=None)
