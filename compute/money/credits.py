"""Credits: so many dollars that hold for some platforms, and the hours that they buy there."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

import pandas as pd

from compute.money import azure, board, planner

STUDENT_USD = 100.0
"""Azure for Students; its terms and source stand in `data/prices.csv`, sku `student-credit`."""

COLAB_UNITS = 100.0
"""The smallest number of compute units that Colab sells."""


@dataclass(frozen=True)
class Credit:
    """`usd` to spend; on any platform where `platforms` is empty."""

    title: str
    usd: float
    platforms: tuple[str, ...] = ()


def credits(assumptions: Mapping[str, float], own_usd: float) -> dict[str, Credit]:
    """The credits to choose from, by their titles. A Colab unit has the price that is assumed."""
    found = (
        Credit(
            f"Azure for Students, ${STUDENT_USD:g}",
            STUDENT_USD,
            azure.PLATFORMS,
        ),
        Credit(f"{COLAB_UNITS:g} Colab units", COLAB_UNITS * assumptions["usd_per_compute_unit"], ("Google Colab",)),
        Credit("My own budget", own_usd),
    )
    return {credit.title: credit for credit in found}


def hours(credit: Credit, rows: pd.DataFrame) -> pd.DataFrame:
    """The offers that the credit can buy, the most hours first.

    `rows` is a frame of `board.together`. In the answer `hours` and `hours_spot` are those that the credit buys,
    `job_hours` those of the job, and `jobs` how many times the job fits.
    """
    there = rows[rows["platform"].isin(credit.platforms)] if credit.platforms else rows
    bought = planner.credit_hours(there.assign(job_hours=there["hours"]), credit.usd)
    return bought.assign(jobs=bought["hours"] / bought["job_hours"])


def for_each_machine(bought: pd.DataFrame) -> pd.DataFrame:
    """The most hours for each kind of machine, the most first: the offers of `hours`, without the dearer alike."""
    machines = [board.machine(row) for row in bought.to_dict("records")]
    return bought.assign(machine=machines).drop_duplicates("machine", ignore_index=True)
