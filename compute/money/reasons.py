"""How the costs of a job came about, in sentences: the path of the calculation, one click away from each number."""

from __future__ import annotations

from collections.abc import Hashable, Mapping
from typing import Any

from compute import units
from compute.money import prices
from compute.money.assumptions import load as load_assumptions
from compute.money.costs import cents
from compute.money.jobs import Job


def path(job: Job, row: Mapping[Hashable, Any], assumptions: Mapping[str, float] | None = None) -> list[str]:
    """The steps from the work to the hours, dollars and energy of one row of `costs.of_job`, a sentence for each.

    Give the same `assumptions` as to `costs.of_job`.
    """
    if row["missing"]:
        return [f"{_work_words(job)}: {job.counts}.", str(row["missing"])]
    lines = [
        f"{_work_words(job)}: {job.counts}.",
        f"One {row['chip'] or 'machine'} does {_rate_words(job, row['rate'])} "
        f"({_rate_words(job, row['rate_low'])} to {_rate_words(job, row['rate_high'])}), in {row['rate_dtype']}. "
        f"{row['how'][0].upper()}{row['how'][1:]}.",
    ]
    count = row["accelerator_count"]
    if count and count != 1:
        words = "taken to share the work without loss" if count > 1 else "taken to do as large a part of the work"
        lines.append(f"× {count:g} of it, {words}: {_rate_words(job, row['machine_rate'])}.")
    lines.append(f"{_work_words(job)} ÷ {_rate_words(job, row['machine_rate'])} ÷ 3600 = {_hours(row['hours'])}.")
    lines += [*_price_words(row, assumptions), *_bill_words(row, assumptions)]
    if row["session_hours"] == row["session_hours"] or row["week_hours"] == row["week_hours"]:
        lines.append(_calendar_words(row))
    if row["kwh"] == row["kwh"]:
        power = f"{row['watts']:,g} W of the accelerators × {_hours(row['hours'])}"
        lines.append(f"{power} ÷ 1000 = {row['kwh']:,.3g} kWh, without the rest of the machine.")
    return [*lines, f"Left out: {job.leaves_out}."]


def _work_words(job: Job) -> str:
    return units.si(job.quantity, job.unit) if job.amount == "flops" else f"{job.quantity:,.15g} {job.unit}"


def _rate_words(job: Job, rate: float) -> str:
    if job.amount == "flops":
        return units.si(rate, f"{job.unit}/s")
    return f"{rate:,.4g} {job.unit}/s" if rate < 1e4 else f"{rate:,.0f} {job.unit}/s"


def _hours(hours: float) -> str:
    return f"{hours:,.4g} h" if hours < 1e4 else f"{hours:,.0f} h"


def _price_words(row: Mapping[Hashable, Any], assumptions: Mapping[str, float] | None) -> list[str]:
    """The price of an hour, when it is put together of units."""
    if not row["unit"]:
        return []
    values = load_assumptions() if assumptions is None else assumptions
    price = values[prices.UNITS[row["unit"]]]
    listed = row["usd_per_hour_listed"]
    machine = f"${listed:g} for the machine + " if listed == listed else ""
    unit = f"{row['unit']}s" if row["unit"] == "compute unit" else row["unit"]
    return [
        f"An hour: {machine}{row['units_per_hour']:g} {unit} × ${price:g} (an assumption) = ${row['usd_per_hour']:.6g}."
    ]


def _bill_words(row: Mapping[Hashable, Any], assumptions: Mapping[str, float] | None) -> list[str]:
    """The dollars: hours times price, and the months of a subscription."""
    if row["billing"] == "subscription":
        values = load_assumptions() if assumptions is None else assumptions
        fee = row["usd_per_month"]
        if fee != fee:
            return ["The hour is part of a subscription whose price is unknown."]
        months, length = round(row["usd"] / fee) if fee else 0, values["hours_per_month"]
        sum_ = f"{months:g} × ${fee:g} = ${cents(row['usd']):,.2f}"
        return [f"Part of a subscription, which is paid for each month (of {length:g} h) begun: {sum_}."]
    if row["free"]:
        return ["An hour is free."]
    lines = [f"{_hours(row['hours'])} × ${row['usd_per_hour']:.6g} per hour = ${cents(row['usd']):,.2f}."]
    if row["usd_per_hour_spot"] == row["usd_per_hour_spot"]:
        spot = f"${row['usd_per_hour_spot']:g} as a spot machine = ${cents(row['usd_spot']):,.2f}"
        lines.append(f"{_hours(row['hours'])} × {spot}, if it is never taken away.")
    return lines


def _calendar_words(row: Mapping[Hashable, Any]) -> str:
    limits = []
    if row["session_hours"] == row["session_hours"]:
        words = (
            f"{row['sessions']:,.0f} session{'' if row['sessions'] == 1 else 's'} of at most {row['session_hours']:g} h"
        )
        limits.append(f"{words}, each going on from what the last one saved")
    if row["week_hours"] == row["week_hours"]:
        limits.append(f"{row['week_hours']:g} h a week: {_hours(row['calendar_hours'])} from start to end")
    return f"Limits: {'; '.join(limits)}."
