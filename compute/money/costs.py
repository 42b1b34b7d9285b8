"""What one dollar buys: measured results times offers.

A result is one JAX device's work; an offer is a whole machine. So the price of the machine is divided by its
devices before it meets the result, and both prices stay in the table.

A result on an accelerator holds for every offer with the same chip. A result on a CPU says little about another
CPU; it is put beside CPU offers with the same number of vCPUs as an estimate, and so is a whole accelerator's
result beside an offer of a part of one. The column `basis` says which it is, `measured_on` on what machine.
Invalid results and cases that were not measured never become a cost.
"""

import pandas as pd

from compute import hardware
from compute.compare.headlines import names, once, usable
from compute.money import prices

HOUR_S = 3600

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
