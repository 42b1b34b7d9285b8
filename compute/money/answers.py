"""What a page about money says first, and the short list of prices."""

from collections.abc import Hashable
from typing import Any

import pandas as pd

from compute import units
from compute.compare.answers import Answer
from compute.money import prices

PETA = 1e15


def answers(offers: pd.DataFrame, per_dollar: pd.DataFrame) -> list[Answer]:
    """The cheapest hour, the free ones, the most work for a dollar, and how old the prices are.

    `offers` is a frame of `prices.load` with the column `chip` (name of the accelerator, "" for none),
    `per_dollar` one of `costs.per_dollar`.
    """
    current = prices.current(offers)
    accelerated = current[current["chip"] != ""]
    return [_cheapest(accelerated), _free(accelerated), _most_work(per_dollar), _age(offers)]


def short_list(offers: pd.DataFrame, per_dollar: pd.DataFrame) -> pd.DataFrame:
    """The cheapest current offer of each platform and accelerator, free and paid apart, cheapest first.

    `machine` is the accelerator, or the number of CPUs. `pflop_per_usd` is what a dollar buys there in matmul
    (any dtype but int8), in 10^15 FLOP; NaN where nothing was measured on such a machine, and where the hour is free.
    """
    keys = ["platform", "sku", "region"]
    matmul = per_dollar[_products(per_dollar)]
    work = matmul.groupby(keys, as_index=False)["flop_per_usd"].max()
    current = prices.current(offers).merge(work, on=keys, how="left")
    current["pflop_per_usd"] = current["flop_per_usd"] / PETA
    current["machine"] = [_machine(row) for row in current.to_dict("records")]
    # An hour that costs nothing on top of a subscription is not free.
    current = current[~(current["free"] & current["billing"].eq("subscription"))]
    cheapest = current.sort_values(["usd_per_hour", "platform"], kind="stable")
    return cheapest.drop_duplicates(["platform", "accelerator", "free"]).reset_index(drop=True)


def _products(per_dollar: pd.DataFrame) -> pd.Series:
    """For each row whether its FLOP are those of a matrix product; operations on integers are no FLOP."""
    return per_dollar["workload"].eq("matmul") & per_dollar["dtype"].ne("int8")


def _machine(row: dict[Hashable, Any]) -> str:
    if row["chip"]:
        return str(row["chip"])
    return "CPU" if pd.isna(row["vcpus"]) else f"CPU, {row['vcpus']:g} vCPUs"


def _cheapest(accelerated: pd.DataFrame) -> Answer:
    meaning = "The lowest price of one hour on demand with at least one whole accelerator, among the offers shown."
    paid = accelerated[(accelerated["usd_per_hour"] > 0) & (accelerated["accelerator_count"] >= 1)]
    if paid.empty:
        return Answer("Cheapest paid hour", units.UNKNOWN, "no such offer", meaning)
    row = paid.nsmallest(1, "usd_per_hour").iloc[0]
    price = units.money(float(row["usd_per_hour"]))
    return Answer("Cheapest paid hour", price, f"{row['chip']}, {row['platform']}", meaning)


def _free(accelerated: pd.DataFrame) -> Answer:
    meaning = "Offers with an accelerator whose hour costs nothing. Each has limits: see the column Limits."
    free = accelerated[accelerated["billing"] == "free"]
    platforms = ", ".join(dict.fromkeys(free["platform"]))
    return Answer("Free accelerators", str(len(free)), platforms or "no such offer", meaning)


def _most_work(per_dollar: pd.DataFrame) -> Answer:
    meaning = (
        "The best matrix product rate that was measured on such a machine, times one hour, divided by the price. "
        "Only machines with results take part."
    )
    matmul = per_dollar[_products(per_dollar) & per_dollar["flop_per_usd"].notna()]
    if matmul.empty:
        return Answer("One dollar buys", units.UNKNOWN, "nothing measured on such a machine", meaning)
    row = matmul.nlargest(1, "flop_per_usd").iloc[0]
    work = units.si(float(row["flop_per_usd"]), "FLOP")
    return Answer("One dollar buys", work, f"{row['dtype']}, {row['platform']}", meaning)


def _age(offers: pd.DataFrame) -> Answer:
    meaning = f"How many prices were read more than {prices.STALE_DAYS} days ago: amber in the table."
    old = int(offers["stale"].sum())
    newest = offers["as_of"].max() if len(offers) else ""
    return Answer("Old prices", f"{old} of {len(offers)}", f"newest of {newest}", meaning)
