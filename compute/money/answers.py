"""What a page about money says first, and the short list of prices."""

from __future__ import annotations

from collections.abc import Hashable, Iterable
from dataclasses import dataclass
from typing import Any

import pandas as pd

from compute import units
from compute.compare.answers import Answer
from compute.money import board, planner, prices
from compute.money.azure import Line, Service
from compute.money.buying import HOURS_IN_LONGEST_MONTH, Plan
from compute.money.credits import Credit
from compute.money.planner import Choice

PETA = 1e15


@dataclass(frozen=True)
class Limit:
    """The dollars that somebody has, or the hours until it has to be done."""

    usd: float | None = None
    hours: float | None = None

    def choice(self, rows: pd.DataFrame) -> Choice:
        """The fastest offer for the dollars, or the cheapest one within the hours."""
        if self.usd is not None:
            return planner.within_budget(rows, self.usd)
        return planner.within_deadline(rows, float("inf") if self.hours is None else self.hours)

    def __str__(self) -> str:
        if self.usd is not None:
            return f"for at most ${self.usd:,.10g}"
        return f"within {units.duration((self.hours or 0) * 3600)}"


@dataclass(frozen=True)
class Choices:
    """What there is to choose: the best offer under the limit, the cheapest and the fastest paid, the fastest free."""

    limit: Limit
    best: Choice
    cheapest: Choice
    fastest: Choice
    free: Choice


def choices(rows: pd.DataFrame, limit: Limit) -> Choices:
    """The choices among the offers of `compute.money.board.together`."""
    named = rows.loc[rows["usd"].notna(), [*board.WORDS]]
    paid, free, without = named[named["usd"] > 0], named[named["usd"].eq(0)], float("inf")
    return Choices(
        limit,
        best=limit.choice(named),
        cheapest=planner.within_deadline(paid, without),
        fastest=planner.within_budget(paid, without),
        free=planner.within_budget(free, 0.0),
    )


def for_job(found: Choices) -> list[Answer]:
    """The best offer under the limit, the cheapest, the fastest, and the fastest free one."""
    return [
        _under_limit(found.best.best, found.limit),
        _answer(
            _with("Cheapest", found.cheapest.best, "usd"),
            found.cheapest.best,
            "usd",
            "Where the job costs least, whenever it is done.",
        ),
        _answer(
            _with("Fastest", found.fastest.best, "time"),
            found.fastest.best,
            "time",
            "Where it is done first, whatever it costs.",
        ),
        _free(found.free.best),
    ]


def cautions(found: Choices) -> list[str]:
    """What has to be said about the answers of `for_job`: what rests on no measurement, and what is near the limit."""
    ways = {
        f"the best {found.limit}": found.best,
        "the cheapest": found.cheapest,
        "the fastest": found.fastest,
    }
    alike: dict[str, list[str]] = {}  # one machine may be the best in several ways: it is spoken of once
    for way, choice in ways.items():
        if choice.best is not None and choice.estimated:
            alike.setdefault(f"{board.name(choice.best)} {choice.best['sku']}", []).append(way)
    words = [_behind(" and ".join(same), ways[same[-1]]) for same in alike.values()]
    if found.best.best is not None and not found.best.sure:
        words.append(f"At the far end of its range, the best {found.limit} misses that limit.")
    return words


def old_prices(front: Iterable[board.Row]) -> str:
    """Which prices on the `board.front` are old, with their age; "" for none."""
    words = [f"{board.name(row)} ({row['age_days']} days)" for row in front if row["stale"]]
    if not words:
        return ""
    return f"Prices on the front that are older than {prices.STALE_DAYS} days: {'; '.join(dict.fromkeys(words))}."


def on_the_front(front: Iterable[board.Row]) -> list[str]:
    """The offers on the `board.front` in words, in the order of their numbers in the picture."""
    return [
        f"{board.name(row)}: {board.time(row)}, {board.dollars(row)}"
        + ("" if board.measured(row) else f" ({board.how_known(row)}, {board.dollars_range(row)})")
        for row in front
    ]


def buy_or_rent(plan: Plan) -> list[Answer]:
    """When buying has paid for itself, what an hour costs either way, and what is bought with the purchase price."""
    hours, own = plan.hours_a_month, plan.break_even.own_usd_per_hour
    if hours is None:
        value, detail = "never", "renting costs less than the electricity"
    elif plan.possible:
        value, detail = f"{units.count(hours)} h a month", f"{hours / HOURS_IN_LONGEST_MONTH:.0%} of all hours"
    else:
        value, detail = "not in this time", f"it would take {units.count(hours)} h a month"
    in_all = plan.break_even.hours
    return [
        Answer("Buying is cheaper from", value, detail, "Purchase price ÷ (rent − electricity) ÷ months."),
        Answer(
            "Hours in all",
            units.UNKNOWN if in_all is None else units.count(in_all),
            "" if in_all is None else f"{units.duration(in_all * 3600)} without a break",
            "So many hours of use make both ways equally dear.",
        ),
        Answer("An hour of one's own", units.money(own), "electricity alone", "Watts ÷ 1000 × price of a kWh."),
        Answer("An hour rented", units.money(plan.rent_usd_per_hour), "one accelerator", "The cheapest offer."),
    ]


def of_credit(machines: pd.DataFrame, credit: Credit) -> list[Answer]:
    """The credit, the most hours of a CPU and of a whole accelerator, and where most of the job fits into it.

    `machines` is a frame of `compute.money.credits.for_each_machine`.
    """
    whole = machines[machines["accelerator_count"] >= 1]
    return [
        Answer("Credit", units.money(credit.usd), ", ".join(credit.platforms) or "any platform", "To spend on hours."),
        _most_hours("Without accelerator", machines[machines["accelerator"].eq("")]),
        _most_hours("With an accelerator", whole),
        _most_jobs(machines),
    ]


def azure_ladder(
    service: Service, machine: str, usd_per_hour: float, calls_per_hour: float | None, line: Line
) -> list[Answer]:
    """From how many calls a month a machine is cheaper, what that machine costs, and what it can do."""
    if line.calls is None:
        value, detail = "never", "the calls stay cheaper at any number"
    else:
        value, detail = units.count(float(line.calls)), f"{service.plural} a month"
    many = f"{line.machines} × {machine}" if line.machines > 1 else machine
    month = Answer("Around the clock", units.money(float(line.usd_per_month)), f"a month, {many}", "Rent × hours.")
    could = Answer(
        "It could do",
        units.UNKNOWN if calls_per_hour is None else units.count(calls_per_hour),
        "no model of ours does the same" if calls_per_hour is None else f"{service.plural} an hour",
        "What one such machine does in an hour with a model of ours that does about the same.",
    )
    price = service.steps[0]
    return [
        Answer("Own machine cheaper from", value, detail, "Priced calls cost more than the machine from here on."),
        month,
        Answer(
            "A priced call",
            units.money(float(price.usd)),
            f"for {price.units:,} {service.plural if price.units > 1 else service.unit}",
            f"The first step; {service.free_units:,} a month are free.",
        ),
        could,
    ]


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


def fastest_products(results: pd.DataFrame) -> pd.DataFrame:
    """The fastest matrix product of each chip, and of each number of CPUs: all that `short_list` needs.

    Without this every result would meet every offer that it speaks for: with 500 runs and 20,000 offers, 23 GB.
    """
    products = results[_products(results)].sort_values("flop_per_s", ascending=False, kind="stable")
    return products.drop_duplicates(["backend", "chip", "cpu_count"])


def _products(table: pd.DataFrame) -> pd.Series:
    """For each row whether its FLOP are those of a matrix product; operations on integers are no FLOP."""
    return table["workload"].eq("matmul") & table["dtype"].ne("int8")


def _machine(row: dict[Hashable, Any]) -> str:
    if row["chip"]:
        return str(row["chip"])
    return "CPU" if pd.isna(row["vcpus"]) else f"CPU, {row['vcpus']:g} vCPUs"


def _under_limit(best: planner.Row | None, limit: Limit) -> Answer:
    if limit.usd is not None:
        label, what = f"Fastest {limit}", "time"
    else:
        label, what = f"Cheapest {limit}", "usd"
    return _answer(label, best, what, "Free offers and subscriptions take part. A filter counts here, too.")


def _answer(label: str, row: planner.Row | None, what: str, meaning: str) -> Answer:
    if row is None:
        return Answer(label, "no offer", "none fits, or none has a number", meaning)
    span = "" if board.measured(row) else f", {board.dollars_range(row)}"
    known = f"{board.name(row)}: {board.time(row)}, {board.dollars(row)} ({board.how_known(row)}{span})."
    value = board.dollars(row) if what == "usd" else board.time(row)
    return Answer(label, value, board.short_name(row), f"{meaning} {known}")


def _with(label: str, row: planner.Row | None, what: str) -> str:
    """The label with what goes with the answer: the time of the cheapest, the dollars of the fastest."""
    if row is None:
        return label
    return f"{label}, {'in ' + board.time(row, '≈') if what == 'usd' else 'for ' + board.dollars(row, about='≈')}"


def _most_hours(label: str, machines: pd.DataFrame) -> Answer:
    meaning = "The most hours that the credit buys of such a machine: credit ÷ price of an hour."
    if machines.empty:
        return Answer(label, "no offer", "nothing like it is sold there", meaning)
    row = machines.iloc[0]
    return Answer(
        label,
        f"{row['hours']:,.3g} h" if row["hours"] < 100 else f"{row['hours']:,.0f} h",
        f"{row['machine']}, {row['platform']}",
        meaning,
    )


def _most_jobs(machines: pd.DataFrame) -> Answer:
    meaning = "How many times the chosen job fits into the credit where it fits most often."
    known = machines[machines["jobs"].notna()]
    if known.empty:
        return Answer("The job", units.UNKNOWN, "no machine has a number for it", meaning)
    row = known.nlargest(1, "jobs").iloc[0].to_dict()
    digits = 3 if board.measured(row) else 2
    many = units.count(float(f"{row['jobs']:.{digits}g}")) if row["jobs"] >= 100 else f"{row['jobs']:.{digits}g}"
    jobs = many if board.measured(row) else f"about {many}"
    return Answer("The job fits in", f"{jobs} ×", f"{row['machine']}, {row['platform']}", meaning)


def _free(row: planner.Row | None) -> Answer:
    meaning = "The fastest of the offers whose hour costs nothing, under their limits: sessions, hours a week."
    if row is None:
        return Answer("Free", "no offer", "none among these has a number", meaning)
    return Answer("Free: 0 dollars, but", board.time(row), board.short_name(row), meaning)


def _behind(ways: str, choice: Choice) -> str:
    """That the best one rests on no measurement, and which measured one is the best."""
    assert choice.best is not None
    how = "only an estimate" if choice.best["basis"] == "estimate" else "a figure that others published"
    span = "" if choice.best["usd"] == 0 else f", {board.dollars_range(choice.best)}"
    first = f"{ways[0].upper()}{ways[1:]} ({board.name(choice.best)}) is {how}{span}."
    if choice.measured is None:
        return f"{first} No measured one is inside."
    row = choice.measured
    return f"{first} Of those measured: {board.name(row)}, {board.dollars(row)}, {board.time(row)}."
