"""What one dollar buys, and what a job costs: results times offers.

A result is one JAX device's work; an offer is a whole machine. So the price of the machine is divided by its
devices before it meets the result, and both prices stay in the table.

A result on an accelerator holds for every offer with the same chip. A result on a CPU says little about another
CPU; it is put beside CPU offers with the same number of vCPUs as an estimate, and so is a whole accelerator's
result beside an offer of a part of one. The column `basis` says which it is, `measured_on` on what machine.
Invalid results and cases that were not measured never become a cost.
"""

import math
from collections import Counter
from collections.abc import Iterator, Mapping
from typing import Any, TypeAlias

import numpy as np
import numpy.typing as npt
import pandas as pd

from compute import hardware
from compute.compare.headlines import names, once, usable
from compute.money import prices, rates
from compute.money.assumptions import load as load_assumptions
from compute.money.jobs import Job

HOUR_S = 3600
Numbers: TypeAlias = npt.NDArray[Any]
Columns: TypeAlias = Mapping[str, Numbers]

OFFER_COLUMNS = (
    "platform",
    "offer",
    "sku",
    "region",
    "accelerator",
    "accelerator_count",
    "vcpus",
    "usd_per_hour",
    "usd_per_accelerator_hour",
    "free",
    "billing",
    "limits",
    "as_of",
    "age_days",
    "stale",
    "source_url",
)
RESULT_COLUMNS = (
    "run_id",
    "measured_on",
    "measured_platform",
    "backend",
    "case",
    "workload",
    "variant",
    "dtype",
    "size",
    "mode",
    "verdict",
    "flop_per_s",
    "items_per_s",
)
COST_COLUMNS = (
    "basis",
    "usd_per_device_hour",
    "flop_per_usd",
    "flop_per_usd_low",
    "flop_per_usd_high",
    "items_per_usd",
    "items_per_usd_low",
    "items_per_usd_high",
    "usd_per_eflop",
    "usd_per_million_items",
)
COLUMNS = (*OFFER_COLUMNS, *RESULT_COLUMNS, *COST_COLUMNS)

_MATCH_COLUMNS = ("chip", "cpu_count")
_BOUND_COLUMNS = ("flop_per_s_low", "flop_per_s_high", "items_per_s_low", "items_per_s_high")


def per_dollar(results: pd.DataFrame, offers: pd.DataFrame) -> pd.DataFrame:
    """One row for every usable result and every current offer that it speaks for, with COLUMNS.

    `results` is a frame of `compute.results.frame`, `offers` one of `prices.load`. For one figure per machine
    and workload, give the best results only (`compute.compare.headlines.best`). Of the computed columns:

    - `basis`: "measured" on the same chip, or "estimate".
    - `usd_per_device_hour`: price of the part of the machine that JAX shows as one device; all of it on a CPU.
    - `flop_per_usd` = flop_per_s x 3600 / usd_per_device_hour, and `items_per_usd` likewise (images for a CNN);
      `_low` and `_high` follow the 95 % confidence interval of the median. NaN where the offer is free: a
      dollar would buy without end.
    - `usd_per_eflop` (dollars for 10^18 FLOP) and `usd_per_million_items`; 0 where the offer is free.
    """
    rows = _usable(results)
    current = prices.current(offers)
    pairs = pd.concat([_on_accelerators(rows, current), _on_cpus(rows, current)], ignore_index=True)
    rent = pairs["usd_per_device_hour"]
    paid = rent.where(rent > 0)
    for amount in ("flop", "items"):
        for suffix in ("", "_low", "_high"):
            pairs[f"{amount}_per_usd{suffix}"] = pairs[f"{amount}_per_s{suffix}"] * HOUR_S / paid
    pairs["usd_per_eflop"] = rent / (pairs["flop_per_s"] * HOUR_S) * 1e18
    pairs["usd_per_million_items"] = rent / (pairs["items_per_s"] * HOUR_S) * 1e6
    return pairs[list(COLUMNS)]


def _usable(results: pd.DataFrame) -> pd.DataFrame:
    """Results that may become a cost, with the rates at both ends of the confidence interval.

    A workload without FLOP or without items has no such rate: NaN, not 0.
    """
    rows = once(results[usable(results)])
    rows["measured_on"] = rows["run_id"].map(names(results)).astype("str")
    rows["measured_platform"] = rows["platform"]
    for amount in ("flop", "items"):
        rate = rows[f"{amount}_per_s"].where(rows[f"{amount}_per_s"] > 0)
        rows[f"{amount}_per_s"] = rate
        rows[f"{amount}_per_s_low"] = rate * rows["median_s"] / rows["ci_high_s"]
        rows[f"{amount}_per_s_high"] = rate * rows["median_s"] / rows["ci_low_s"]
    return rows[[*RESULT_COLUMNS, *_MATCH_COLUMNS, *_BOUND_COLUMNS]]


def _on_accelerators(rows: pd.DataFrame, offers: pd.DataFrame) -> pd.DataFrame:
    """Pairs of a result and an offer of the same chip."""
    results = rows[(rows["backend"] != "cpu") & rows["chip"].notna()]
    pairs = offers[offers["accelerator"] != ""].merge(results, left_on="accelerator", right_on="chip")
    devices = pairs["accelerator"].map(_jax_devices).astype("float64")
    pairs["usd_per_device_hour"] = pairs["usd_per_accelerator_hour"] / devices
    pairs["basis"] = (pairs["accelerator_count"] >= 1).map({True: "measured", False: "estimate"})
    return pairs


def _on_cpus(rows: pd.DataFrame, offers: pd.DataFrame) -> pd.DataFrame:
    """Pairs of a CPU result and an offer without accelerator that has as many vCPUs."""
    results = rows[(rows["backend"] == "cpu") & rows["cpu_count"].notna()]
    pairs = offers[offers["accelerator"] == ""].merge(results, left_on="vcpus", right_on="cpu_count")
    pairs["usd_per_device_hour"] = pairs["usd_per_hour"]
    pairs["basis"] = "estimate"
    return pairs


def _jax_devices(accelerator: str) -> float:
    """JAX devices on one such chip; NaN, and so no cost, if that is not known."""
    chip = hardware.chip(accelerator)
    return float("nan") if chip is None or chip.jax_devices is None else float(chip.jax_devices)


# --- what a job costs ---

WEEK_HOURS = 168

RATES = ("rate", "rate_low", "rate_high")
RATE_TEXTS = ("rate_dtype", "basis", "rate_of", "rate_as_of", "rate_source_url", "how")
_RATE_KEYS = ("accelerator", "platform", "vcpus")

JOB_OFFER_COLUMNS = (
    "platform",
    "offer",
    "sku",
    "region",
    "currency",
    "accelerator",
    "accelerator_count",
    "vcpus",
    "memory_gib",
    "usd_per_hour",
    "usd_per_hour_spot",
    "usd_per_hour_listed",
    "usd_per_accelerator_hour",
    "usd_per_vcpu_hour",
    "unit",
    "units_per_hour",
    "usd_per_month",
    "billing",
    "free",
    "session_hours",
    "week_hours",
    "limits",
    "as_of",
    "age_days",
    "stale",
    "source_url",
)
JOB_RATE_COLUMNS = (
    "basis",
    "rate_dtype",
    "rate",
    "rate_low",
    "rate_high",
    "machine_rate",
    "shared",
    "rate_of",
    "rate_as_of",
    "rate_source_url",
    "how",
)
JOB_COST_COLUMNS = (
    "hours",
    "hours_low",
    "hours_high",
    "usd",
    "usd_low",
    "usd_high",
    "usd_spot",
    "usd_per_unit",
    "sessions",
    "calendar_hours",
    "kwh",
    "watts",
    "lane",
    "missing",
)
JOB_COLUMNS = ("chip", "kind", *JOB_OFFER_COLUMNS, *JOB_RATE_COLUMNS, *JOB_COST_COLUMNS)
LANES = ("paid", "subscription", "free")


def of_job(
    job: Job, offers: pd.DataFrame, results: pd.DataFrame, assumptions: Mapping[str, float] | None = None
) -> pd.DataFrame:
    """What the job takes on every current offer: one row each, in their order, with JOB_COLUMNS.

    `offers` is a frame of `prices.load`, `results` one of `compute.results.frame` with a column `source` (one of
    `rates.MEASURED`). Give the same `assumptions` as to `prices.load`. Of the columns:

    - `chip` is the accelerator's name, "" for none; `kind` is cpu, gpu, tpu, …
    - `rate` is what one accelerator does per second (a CPU: the machine), `machine_rate` the whole machine, which
      takes it that several accelerators share the work without loss (`shared` is True then). `basis` (one of
      `rates.BASES`) says where the rate comes from, `how` in a sentence; "" where there is none. A part of an
      accelerator is always an estimate.
    - `hours` = quantity / machine_rate / 3600; `hours_low` and `hours_high` by the bounds of the rate.
    - `usd` = hours x usd_per_hour, and the months begun x usd_per_month where a subscription stands behind the
      hour; to the cent with `cents`. `usd_spot` if the machine is never taken away. `usd_per_unit` is usd for one
      unit of the job's work.
    - `sessions` and `calendar_hours`: under the limits of the offer, starting again at once after each session
      and waiting for the next week when the week's hours are used up. The job has to save its state in between.
    - `kwh` from the accelerators' design power (`watts`) over `hours`, without the rest of the machine.
    - `lane`: free offers are looked at apart, subscriptions too.
    - `missing`: why there is no number, and what to run to get one; "" where there is one.

    NaN is unknown, never 0.
    """
    values = load_assumptions() if assumptions is None else assumptions
    current = prices.current(offers)
    # Arrays, and one frame at the end: each step on a column of a frame costs more than all of its arithmetic.
    of = {name: current[name].to_numpy() for name in JOB_OFFER_COLUMNS}
    chips = {id: hardware.chip(id) for id in set(of["accelerator"])}
    watts = {id: chip.tdp_watts if chip and chip.tdp_watts else math.nan for id, chip in chips.items()}
    found: dict[str, Any] = _rates_of(of, rates.table(job, results, values), values["estimate_spread"])
    for end, rate in (("", "machine_rate"), ("_low", "machine_rate_high"), ("_high", "machine_rate_low")):
        found[f"hours{end}"] = job.quantity / found[rate] / HOUR_S
        found[f"usd{end}"] = _bill(of, found[f"hours{end}"], values["hours_per_month"])
    hours = found["hours"]
    found |= {
        "chip": [chip.name if (chip := chips[id]) else "" for id in of["accelerator"]],
        "kind": [chip.kind if (chip := chips[id]) else "cpu" for id in of["accelerator"]],
        "watts": np.array([watts[id] for id in of["accelerator"]], float) * found["count"],
        "usd_spot": hours * of["usd_per_hour_spot"],
        "usd_per_unit": found["usd"] / job.quantity,
        "sessions": np.where(
            np.isnan(of["session_hours"]) & ~np.isnan(hours), 1.0, _steps(hours / of["session_hours"])
        ),
        "calendar_hours": calendar_hours(hours, of["week_hours"]),
        "lane": np.where(of["free"], of["billing"], "paid"),
    }
    found["kwh"] = found["watts"] * hours / 1000
    found["missing"] = list(_missing(job, of, found))
    ours = [name for name in JOB_COLUMNS if name not in of]
    both = pd.concat([current[list(JOB_OFFER_COLUMNS)], pd.DataFrame({name: found[name] for name in ours})], axis=1)
    return both[list(JOB_COLUMNS)]


def calendar_hours(hours: Numbers, week_hours: Numbers) -> Numbers:
    """Hours from the start to the end when each week gives only so many: 70 of 30 are two weeks and ten hours.

    NaN hours a week: there is no such limit.
    """
    waits = np.maximum(_steps(hours / week_hours) - 1, 0) * (WEEK_HOURS - week_hours)
    return np.where(np.isnan(waits), 0.0, waits) + hours


def cents(usd: float | pd.Series) -> pd.Series | float:
    """Dollars to the cent, half a cent up, as a person would round the decimal numbers.

    A binary fraction may lie a hair below the half: what is within a millionth of a cent counts as the half. Exact up
    to ten million dollars.
    """
    series = pd.Series(usd, dtype="float64")
    rounded = ((series * 100).round(6) + 0.5).floordiv(1) / 100
    return rounded if isinstance(usd, pd.Series) else float(rounded.iloc[0])


def _rates_of(of: Columns, known: pd.DataFrame, spread: float) -> dict[str, Any]:
    """For each offer the rate of its accelerator, or of a CPU machine of its size, and that of the whole machine.

    `count` is the number of accelerators, 1 on a CPU machine. Of a part of one the rate is an estimate.
    """
    places = _places(of, known)
    found: dict[str, Any] = {}
    for name in RATE_TEXTS:
        found[name] = np.array([*known[name].tolist(), ""], dtype=object)[places]
    count = found["count"] = np.where(of["accelerator"] == "", 1.0, of["accelerator_count"])
    part = (places >= 0) & (count < 1)
    found["basis"][part] = "estimate"
    found["how"][part] = [f"a part of one, within a factor of {spread:g}: {how}" for how in found["how"][part]]
    rate, low, high = (np.append(known[name].to_numpy("float64"), np.nan)[places] for name in RATES)
    found |= {
        "rate": rate,
        "rate_low": np.where(part, low / spread, low),
        "rate_high": np.where(part, high * spread, high),
    }
    found |= {f"machine_{name}": found[name] * count for name in RATES}
    found["shared"] = count > 1
    return found


def _places(of: Columns, known: pd.DataFrame) -> Numbers:
    """For each offer the row of `known` that speaks for it; -1 for none.

    On a CPU: what was measured on the platform itself where it has one machine of that size, else any of that size.
    """
    chips: dict[str, int] = {}
    cpus: dict[tuple[str, float], int] = {}
    for row, (chip, platform, vcpus) in enumerate(zip(*(known[c].tolist() for c in _RATE_KEYS), strict=True)):
        if chip:
            chips[chip] = row
        else:
            cpus[platform, vcpus] = row
    shapes = _shapes(of)

    def place(chip: str, platform: str, vcpus: float) -> int:
        if chip:
            return chips.get(chip, -1)
        there = cpus.get((platform, vcpus), -1) if shapes[platform, vcpus] == 1 else -1
        return there if there >= 0 else cpus.get(("", vcpus), -1)

    return np.array([place(*keys) for keys in zip(*(of[c].tolist() for c in _RATE_KEYS), strict=True)], dtype=int)


def _shapes(of: Columns) -> Counter[tuple[str, float]]:
    """How many CPU machines, told apart by their memory, each platform has of each number of virtual CPUs."""
    keys = zip(*(of[name].tolist() for name in (*_RATE_KEYS, "memory_gib")), strict=True)
    found = {
        (platform, cpus, -1 if math.isnan(memory) else memory) for chip, platform, cpus, memory in keys if not chip
    }
    return Counter((platform, cpus) for platform, cpus, _ in found if not math.isnan(cpus))


def _bill(of: Columns, hours: Numbers, hours_per_month: float) -> Numbers:
    """Dollars for so many hours; with the months begun where a subscription stands behind them."""
    months = _steps(calendar_hours(hours, of["week_hours"]) / hours_per_month)
    return hours * of["usd_per_hour"] + np.where(of["billing"] == "subscription", months * of["usd_per_month"], 0.0)


def _steps(ratio: Numbers) -> Numbers:
    """How many whole steps hold so much, at least one. What is within a billionth of a whole number is that number."""
    return np.maximum(np.ceil(np.round(ratio, 9)), 1.0)


def _missing(job: Job, of: Columns, found: Mapping[str, Any]) -> Iterator[str]:
    """Why an offer has no number, and what to run to get one; "" where it has one."""
    command = f"python -m compute run --workload {job.workload}"
    dtype = f" in {job.dtype}" if job.dtype else ""
    needs = f"{dtype}, and no estimate: that needs its peak in hardware.csv and a result of another "
    for hours, vcpus, chip, kind in zip(found["hours"], of["vcpus"], found["chip"], found["kind"], strict=True):
        if not math.isnan(hours):
            yield ""
        elif chip:
            yield f"No result of a {chip}{needs}{kind.upper()}. Run on one: {command}"
        else:
            size = "" if math.isnan(vcpus) else f" with {vcpus:g} virtual CPUs"
            yield f"No result of a CPU{size}{dtype}. Run there: {command}"
