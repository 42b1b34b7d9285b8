"""The answers that stand first on a page, in words: what is best, how near to the peak, what Python costs."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

from compute import units
from compute.compare import pick, roofline

if TYPE_CHECKING:
    import pandas as pd

GIGA = 1e9


@dataclass(frozen=True)
class Answer:
    """One figure: what it is, the figure, what it belongs to, and what it means."""

    label: str
    value: str
    detail: str
    meaning: str


@dataclass(frozen=True)
class Arithmetic:
    """What was asked for and what the fingerprint says really ran."""

    asked: tuple[str, ...]
    ran: str = ""

    @property
    def kept(self) -> bool:
        """True when the machine did what it was asked, or was asked for nothing."""
        return not self.ran or self.asked == ("default",)

    def __str__(self) -> str:
        if self.asked == ("default",):
            return f"asked for nothing, got {self.ran}"
        asked = ", ".join(self.asked)
        return f"asked {asked}, ran {self.ran}" if self.ran else f"{asked}: ran as asked"


def matmul(frame: pd.DataFrame, owner: pick.Owner) -> list[Answer]:
    """Best rate, share of the peak, the Python tax and the compile time of one machine.

    Rates of int8 are no FLOP/s, so that none of them is the best.
    """
    rows = pick.select(frame, workload="matmul", machine=owner.machine, source=owner.source)
    best = pick.best([row for row in rows if row["mode"] == "stream" and row["dtype"] != "int8"], "flops")
    return [_best_rate(best), _share_of_peak(best), _python_tax(rows), _compile(best, "product")]


def cnn(frame: pd.DataFrame, owner: pick.Owner, model: str, title: str) -> list[Answer]:
    """Best images per second of a network on one machine, what that is in FLOP/s, and the compile time."""
    rows = pick.select(frame, workload="cnn", mode="stream", machine=owner.machine, source=owner.source)
    own = [row for row in rows if row["variant"].partition(" ")[0] == model]
    best = pick.best(own, "flops")
    return [
        *(_images(own, f"{model} {task}", f"{title} {task}") for task in ("inference", "training")),
        _in_flops(best, frame, owner),
        _compile(best, "step"),
    ]


def under_the_roof(roof: roofline.Roof, points: Sequence[roofline.Point]) -> list[Answer]:
    """Bandwidth and peak with their shares of the data sheet, the ridge, and how many cases memory holds back."""
    return [_bandwidth(roof), _peak(roof), _ridge(roof), _bound_by_memory(roof, points)]


def of_many(machines: pd.DataFrame, odd: pd.DataFrame) -> list[Answer]:
    """How many machines there are, the fastest of them, and how much is odd: `compute.compare.headlines.machines`."""
    kinds = machines["backend"].value_counts()
    together = ", ".join(f"{count} {str(kind).upper()}" for kind, count in kinds.items())
    meaning = "Each run counts as one machine: the same one measured twice is there twice."
    why = "Invalid, above the peak, off their curve, or unlike other machines of their kind. See the view Oddities."
    odd_rows, odd_machines = len(odd.drop_duplicates(["run_id", "case", "mode"])), odd["run_id"].nunique()
    return [
        Answer("Machines", str(len(machines)), together, meaning),
        _fastest(machines, "fp32_flop_per_s", "Fastest product, fp32", "FLOP/s"),
        _fastest(machines, "alexnet_training_per_s", "Fastest AlexNet training", "images/s"),
        Answer("Odd results", str(odd_rows), f"on {steps_words(odd_machines, 'machine')}" if odd_rows else "none", why),
    ]


def _fastest(machines: pd.DataFrame, column: str, label: str, unit: str) -> Answer:
    meaning = "The best of all machines in view, from the median time of many steps."
    known = machines[machines[column].notna()]
    if known.empty:
        return Answer(label, units.UNKNOWN, "not measured", meaning)
    first = known.nlargest(1, column).iloc[0]
    return Answer(label, rate_words(first[column], unit), first["machine"], meaning)


def arithmetic(frame: pd.DataFrame, owner: pick.Owner) -> list[Arithmetic]:
    """What one machine's matmuls ran in: all that did what they were asked, then each other pair of asked and ran."""
    rows = pick.select(frame, workload="matmul", machine=owner.machine, source=owner.source)
    pairs = dict.fromkeys((row["dtype"], pick.text(row, "arithmetic")) for row in rows if pick.is_usable(row))
    kept = pick.in_order(asked for asked, ran in pairs if asked == ran)
    others = [Arithmetic((asked,), ran) for asked, ran in pairs if ran not in ("", asked)]
    return ([Arithmetic(tuple(kept))] if kept else []) + others


def rate_words(value: float, unit: str) -> str:
    """A rate with three significant digits: SI prefixes for FLOP/s and OP/s, plain numbers for what people count."""
    return units.si(value, unit) if unit in ("FLOP/s", "OP/s") else f"{plain_number(value)} {unit}"


def bandwidth_words(value: float) -> str:
    """A bandwidth given in B/s: "4,800 GB/s"."""
    return f"{plain_number(value / GIGA)} GB/s"


def intensity_words(value: float) -> str:
    """An intensity: "7.10 FLOP/B"."""
    return f"{plain_number(value)} FLOP/B"


def plain_number(value: float) -> str:
    """A positive number with three significant digits and no prefix: 8,730 or 16.6."""
    rounded = float(f"{value:.3g}")
    return f"{rounded:,.{max(0, 2 - math.floor(math.log10(rounded)))}f}"


def steps_words(steps: float, noun: str = "step") -> str:
    """About how many steps: "1 step", "38 steps", "156,000 steps"."""
    count = max(1, round(float(f"{steps:.3g}")))
    return f"{units.count(count)} {noun}" + ("" if count == 1 else "s")


def _best_rate(best: tuple[pick.Row, pick.Interval] | None) -> Answer:
    meaning = "The highest rate of the curve, from the median time of many products. One multiply-add is 2 FLOP."
    if best is None:
        return Answer("Best rate", units.UNKNOWN, "nothing measured", meaning)
    row, rate = best
    return Answer("Best rate", units.si(rate.middle, "FLOP/s"), f"{row['dtype']}, {pick.case_words(row)}", meaning)


def _share_of_peak(best: tuple[pick.Row, pick.Interval] | None) -> Answer:
    meaning = "The dense peak is what the chip's data sheet promises for this dtype. Nobody reaches all of it."
    peak = pick.number(best[0], "peak_flop_per_s") if best else None
    if best is None or peak is None:
        return Answer("Share of the peak", units.UNKNOWN, "no data sheet peak", meaning)
    detail = f"of {units.si(peak, 'FLOP/s')} in {best[0]['dtype']}"
    return Answer("Share of the peak", f"{best[1].middle / peak:.0%}", detail, meaning)


def _python_tax(rows: list[pick.Row]) -> Answer:
    """How much of a single call is not the product: 1 - fused / call, at the smallest size that has both."""
    meaning = "How much of one call from Python is waiting and handing over, not multiplying, for small matrices."
    times: dict[tuple[str, int], dict[str, float]] = {}
    for row in rows:
        plain_square = row["variant"] == "square" and not pick.text(row, "params")
        if plain_square and (steady := pick.seconds(row)) and pick.is_usable(row):
            times.setdefault((row["dtype"], row["size"]), {})[row["mode"]] = steady.middle
    both = [(size, dtype) for (dtype, size), modes in times.items() if {"call", "fused"} <= modes.keys()]
    if not both:
        return Answer("Python tax", units.UNKNOWN, "needs call and fused", meaning)
    size, dtype = min(both, key=lambda pair: (pair[0], pair[1] != "fp32"))
    modes = times[dtype, size]
    share = max(0.0, 1 - modes["fused"] / modes["call"])
    return Answer("Python tax", f"{share:.0%}", f"of one call, {dtype}, n = {size}", meaning)


def _compile(best: tuple[pick.Row, pick.Interval] | None, noun: str) -> Answer:
    meaning = (
        f"Done once, before the first {noun}, at the size of the best rate. Paid is when the {noun}s have taken "
        "as long as all that was done once: trace, lower, compile and first call. Warm: the program lay in a cache; "
        "cold: it did not."
    )
    row = best[0] if best else {}
    compiled, steps = pick.number(row, "compile_s"), pick.steps_to_pay(row)
    if compiled is None or steps is None:
        return Answer("Compile time", units.UNKNOWN, "not measured", meaning)
    cache = pick.text(row, "cache")
    words = f"paid after {steps_words(steps, noun)}" + (f", {cache}" if cache else "")
    return Answer("Compile time", units.seconds(compiled), words, meaning)


def _in_flops(best: tuple[pick.Row, pick.Interval] | None, frame: pd.DataFrame, owner: pick.Owner) -> Answer:
    """The network's best rate, and its share of the best matrix product of that dtype on the same machine."""
    meaning = (
        "The network's arithmetic per second, and how much of the best matrix product in the same dtype that is. "
        "Above 100 % an algorithm with fewer multiplications was used (Winograd's)."
    )
    if best is None:
        return Answer("Arithmetic", units.UNKNOWN, "nothing measured", meaning)
    row, rate = best
    products = pick.select(
        frame, workload="matmul", dtype=row["dtype"], mode="stream", machine=owner.machine, source=owner.source
    )
    product = pick.best(products, "flops")
    share = f"{rate.middle / product[1].middle:.0%} of best product" if product else row["dtype"]
    return Answer("Arithmetic", units.si(rate.middle, "FLOP/s"), share, meaning)


def _images(rows: list[pick.Row], variant: str, title: str) -> Answer:
    meaning = "Images per second at the batch that was fastest, from the median time of many steps."
    best = pick.best([row for row in rows if row["variant"] == variant], "items")
    if best:
        row, rate = best
        detail = f"images/s, {row['dtype']}, batch {row['size']}"
        return Answer(title, plain_number(rate.middle), detail, meaning)
    reasons = [pick.text(row, "status") for row in rows if row["variant"] == variant]
    return Answer(title, units.UNKNOWN, reasons[0] if reasons else "not measured", meaning)


def _bandwidth(roof: roofline.Roof) -> Answer:
    meaning = (
        "How fast numbers come from main memory: the best triad x = b + s·x on arrays larger than any cache. Without a "
        "measurement, the data sheet's figure where there is one."
    )
    limit = roof.bandwidth
    if limit.measured is None:
        promised = units.UNKNOWN if limit.sheet is None else bandwidth_words(limit.sheet)
        return Answer("Memory bandwidth", promised, _origin(limit, "no triad measured"), meaning)
    return Answer("Memory bandwidth", bandwidth_words(limit.measured), _origin(limit), meaning)


def _peak(roof: roofline.Roof) -> Answer:
    meaning = (
        "How fast it multiplies and adds: the best matrix product of all shapes that were measured, the winner of the "
        "search among them."
    )
    limit, unit, label = roof.peak, pick.rate_unit(roof.dtype), f"Peak, {roof.dtype}"
    if limit.measured is None:
        promised = units.UNKNOWN if limit.sheet is None else units.si(limit.sheet, unit)
        return Answer(label, promised, _origin(limit, "nothing measured"), meaning)
    return Answer(label, units.si(limit.measured, unit), _origin(limit), meaning)


def _origin(limit: roofline.Ceiling, otherwise: str = "") -> str:
    """Where a ceiling's figure comes from: its share of the data sheet, else what it was measured with."""
    if limit.measured is None:
        return "from the data sheet" if limit.sheet else otherwise
    return f"{limit.share:.0%} of the data sheet" if limit.share else limit.words


def _ridge(roof: roofline.Roof) -> Answer:
    meaning = (
        "Peak over bandwidth: so much arithmetic a case must do with each byte that it moves to keep the units busy. "
        "With less, they wait for memory."
    )
    if roof.ridge is None:
        return Answer("Ridge point", units.UNKNOWN, "needs bandwidth and peak", meaning)
    measured = sum(limit.measured is not None for limit in (roof.peak, roof.bandwidth))
    detail = ("from the data sheet", "one of them measured", "both measured")[measured]
    return Answer("Ridge point", intensity_words(roof.ridge), detail, meaning)


def _bound_by_memory(roof: roofline.Roof, points: Sequence[roofline.Point]) -> Answer:
    meaning = (
        "Cases left of the ridge, where memory sets the pace. Those that are faster than main memory could feed them "
        "live in a cache and do not count."
    )
    bounds = [point.bound for point in roofline.cases(points)]
    if roof.ridge is None:
        return Answer("Bound by memory", units.UNKNOWN, f"{len(bounds)} cases, no ridge", meaning)
    cached = bounds.count("cache")
    detail = f"cases in {roof.dtype}" + (f"; {cached} more in a cache" if cached else "")
    return Answer("Bound by memory", f"{bounds.count('memory')} of {len(bounds)}", detail, meaning)
