"""A room of machines: what they are together, who is how fast in what, and how alike equal ones are.

The rows are those of a board that may be ranked. Of a machine only what counts takes part: usable results of the mode
stream that ran in the arithmetic they are labelled with.
"""

from __future__ import annotations

import operator
from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, TypeAlias

from compute import hardware, units
from compute.compare import pick
from compute.compare.answers import bandwidth_words, rate_words
from compute.compare.headlines import machine_name
from compute.compare.roofline import BEYOND_CACHES_BYTES
from compute.workloads import workloads

if TYPE_CHECKING:
    import pandas as pd

    from compute.results import Row

SUMMED = ("fp32", "bf16")
"""The arithmetics in which a room is summed up: the first that at least half as many machines have as any other."""

# workload -> the column with the amount per step, and the unit of the rate; any other is counted in FLOP.
RATES = {"cnn": ("items", "images/s"), "bandwidth": ("bytes", "B/s")}

Rate: TypeAlias = "tuple[Row, pick.Interval]"
"""A result, and its rate with both ends of the 95 % interval."""

_COLUMNS = ("place", "device", "label", "backend", "device_kind", "rate", "low", "high", "within", "verdict", "case")


@dataclass(frozen=True)
class Machine:
    """One machine of the room: its rows, its name without a label, the label or "".

    In each race it has what counts (`rates`), and the fastest of that (`best`).
    """

    rows: Sequence[Row]
    device: str
    label: str
    backend: str
    cores: float | None
    rates: Mapping[Race, Sequence[Rate]]
    best: Mapping[Race, Rate]

    @property
    def accelerated(self) -> bool:
        """True when an accelerator was measured, and not the processor."""
        return self.backend != "cpu"


@dataclass(frozen=True, order=True)
class Race:
    """What machines are ranked in: each by its best size."""

    workload: str
    variant: str
    dtype: str

    @property
    def amount(self) -> str:
        """The column with the amount per step that the rate counts."""
        return RATES.get(self.workload, ("flops", ""))[0]

    @property
    def unit(self) -> str:
        """The unit of the rate."""
        return RATES.get(self.workload, ("", pick.rate_unit(self.dtype)))[1]

    def __str__(self) -> str:
        """The race as people say it: "Matrix product, fp32", "AlexNet, inference, bf16", "Memory bandwidth, fp32"."""
        known = workloads().get(self.workload)
        if known is None:
            return f"{self.workload} {self.variant}, {self.dtype}"
        title = known.variants.get(self.variant, self.variant)
        if self.workload == "cnn":
            return f"{title}, {self.dtype}"
        usual = self.variant in ("square", "triad")
        return f"{known.title}, {self.dtype}" if usual else f"{known.title}, {title}, {self.dtype}"


@dataclass(frozen=True)
class Together:
    """A room summed up: FLOP/s in `dtype` of the `counted` machines that have it, and the chip that this makes.

    `chip` is the one whose dense peak is the nearest below the sum, or the smallest one when all are above it;
    `times` is the sum over that peak.
    """

    machines: int
    cores: float
    accelerators: int
    dtype: str
    flop_per_s: float
    counted: int
    chip: hardware.Chip | None
    times: float


@dataclass(frozen=True)
class Spread:
    """How far machines of one name differ: the fastest over the slowest, and the noise inside one of them.

    `within` is the median of their spreads between the quartiles of the time, over the median; None is unknown.
    """

    device: str
    machines: int
    ratio: float
    within: float | None


def machines(rows: Iterable[Row], before: Iterable[Machine] = ()) -> list[Machine]:
    """The machines behind the rows, in the order in which they come.

    A run is a machine. Runs with the same label on the same kind of machine are one machine, so that whoever measures
    again does not count twice; nothing in a row says more than that about whose it is.

    `before` are the machines of the same room at another time: one whose rows are still the same is taken as it is.
    """
    groups: dict[tuple[Any, ...], list[Row]] = {}
    for row in rows:
        groups.setdefault(_identity(row), []).append(row)
    known = {id(machine.rows[0]): machine for machine in before}
    return [_known(own, known.get(id(own[0]))) or _machine(own) for own in groups.values()]


def races(room: Iterable[Machine]) -> dict[Race, int]:
    """What machines can be ranked in, with the number of machines that have it.

    Matrix products come first, and fp32 before other arithmetics; what less than half as many machines have as the
    commonest race comes last.
    """
    counted = Counter(race for machine in room for race in machine.rates)
    most = max(counted.values(), default=0)
    return dict(sorted(counted.items(), key=lambda pair: (2 * pair[1] < most, *_rank(pair[0]))))


def sizes(room: Iterable[Machine], race: Race) -> list[int]:
    """The sizes in which a race was run, ascending."""
    return sorted({row["size"] for machine in room for row, _ in machine.rates.get(race, ())})


def ranking(room: Iterable[Machine], race: Race, size: int | None = None) -> pd.DataFrame:
    """The machines that have a rate in the race, fastest first; each by its best size, or by one that is given.

    Columns: `place` from 1, `device` and `label`, `backend` and `device_kind`, `rate` with the `low` and `high` end of
    its 95 % interval in the race's unit, `within` (quartiles of the time, their distance over the median; NaN =
    unknown), `verdict`, and `case`.
    """
    import pandas as pd

    best = [(machine, found) for machine in room if (found := _best(machine, race, size))]
    best.sort(key=lambda pair: -pair[1][1].middle)
    lines = [
        (
            *(place, machine.device, machine.label, machine.backend, row["device_kind"], *rate),
            *(_within(row), row["verdict"], pick.case_words(row)),
        )
        for place, (machine, (row, rate)) in enumerate(best, start=1)
    ]
    return pd.DataFrame(lines, columns=list(_COLUMNS)).astype({"within": "float64"})


def places(ranking: pd.DataFrame, race: Race) -> pd.DataFrame:
    """The ranking as a table for people: who is the label, or the machine where there is none."""
    return ranking.assign(
        who=ranking["label"].where(ranking["label"].ne(""), ranking["device"]),
        rate=[words(rate, race.unit) for rate in ranking["rate"]],
    )[["place", "rate", "who", "verdict", "device"]].set_axis(["Place", "Rate", "Who", "Verdict", "Machine"], axis=1)


def apart(rows: Iterable[tuple[Row, str]]) -> pd.DataFrame:
    """What is never ranked as a table for people: invalid results first, then those that were not measured."""
    import pandas as pd

    lines = [
        (
            *(machine_name({**row, "label": None}), pick.text(row, "label")),
            *(f"{row['case']}, {row['mode']}", reason),
        )
        for row, reason in sorted(rows, key=lambda pair: not pick.is_invalid(pair[0]))
    ]
    return pd.DataFrame(lines, columns=["Machine", "Label", "Case", "Why"])


def together(room: Sequence[Machine]) -> Together:
    """The room summed up: each machine counts with its best matrix product, all in one arithmetic."""
    best = {dtype: [rate for machine in room if (rate := _product(machine, dtype))] for dtype in SUMMED}
    most = max(map(len, best.values()))
    dtype = next(name for name in SUMMED if 2 * len(best[name]) >= most)
    total = sum(best[dtype])
    chip, peak = _nearest(total, dtype)
    return Together(
        machines=len(room),
        cores=sum(machine.cores or 0 for machine in room),
        accelerators=sum(machine.accelerated for machine in room),
        dtype=dtype,
        flop_per_s=total,
        counted=len(best[dtype]),
        chip=chip if total else None,
        times=total / peak if peak else 0.0,
    )


def spread(ranking: pd.DataFrame) -> Spread | None:
    """How far the machines of the commonest name differ; None while no two have one name."""
    counts = ranking["device"].value_counts()
    common = counts[counts.eq(counts.max()) & counts.gt(1)].index
    if common.empty:
        return None
    device = next(name for name in ranking["device"] if name in common)
    own = ranking[ranking["device"].eq(device)]
    within = own["within"].median()
    known = None if within != within else float(within)
    return Spread(device, len(own), float(own["rate"].max() / own["rate"].min()), known)


def words(rate: float, unit: str) -> str:
    """A rate of a race with its unit."""
    return bandwidth_words(rate) if unit == "B/s" else rate_words(rate, unit)


def sentence(room: Together) -> str:
    """What the room is: "This room has 3 machines, 14 CPU cores and 9.10 TFLOP/s: together you are one …"."""
    parts = [_plural(room.machines, "machine")]
    if room.cores:
        parts.append(f"{room.cores:,g} CPU core" + ("" if room.cores == 1 else "s"))
    if room.accelerators:
        parts.append(_plural(room.accelerators, "accelerator"))
    if room.chip is None:
        return f"This room has {_listed(parts)}. Nobody has sent a matrix product in {' or '.join(SUMMED)} yet."
    parts.append(units.si(room.flop_per_s, "FLOP/s"))
    return f"This room has {_listed(parts)}: together you are {_so_many(room.times)} {room.chip.name}."


def basis(room: Together) -> str:
    """On what the sentence rests: what was summed, and what the chip is compared by. "" while nothing was."""
    if room.chip is None:
        return ""
    who = "every machine's" if room.counted == room.machines else f"{room.counted} of {room.machines} machines'"
    peak = units.si(room.flop_per_s / room.times, "FLOP/s")
    beside = "nearest below the sum" if room.times >= 1 else "smallest there is"
    return (
        f"The sum of {who} best matrix product in {room.dtype}, as measured. On its data sheet the {room.chip.name} "
        f"has a peak of {peak} in {room.dtype}, the {beside}. No program reaches all of a peak, and one chip needs no "
        "network between its hands."
    )


def noise(spread: Spread | None) -> str:
    """The spread as a lesson: how far equal machines differ, beside how far one differs from itself."""
    if spread is None:
        return "As soon as two machines of one name are here, this says how far equal machines differ."
    said = (
        f"{spread.machines} machines call themselves {spread.device}, and the fastest is "
        f"{_times(spread.ratio)} as fast as the slowest."
    )
    if spread.within is None:
        return said
    inside = f"Inside one of them the middle half of the timings lies within {_percent(spread.within)}"
    if spread.ratio - 1 > 2 * spread.within:
        return (
            f"{said} {inside}: that is not noise of the clock. Heat, power limits, neighbours on the same host and "
            "versions make equal machines unequal, so one machine never speaks for its kind."
        )
    return f"{said} {inside}: they differ about as much as each differs from itself, so their order means nothing."


# --- rows -------------------------------------------------------------------------------------------------------------


def _identity(row: Row) -> tuple[Any, ...]:
    if row["label"] is None or not (label := pick.text(row, "label")):
        return (row["run_id"],)
    return (label, *(row.get(name) for name in ("platform", "backend", "device_kind", "cpu_model", "cpu_count")))


def _known(rows: list[Row], machine: Machine | None) -> Machine | None:
    """The machine if its rows are these very ones."""
    same = machine and len(machine.rows) == len(rows) and all(map(operator.is_, machine.rows, rows))
    return machine if same else None


def _machine(rows: list[Row]) -> Machine:
    first = rows[0]
    rates: dict[Race, list[Rate]] = {}
    for row in filter(_counts, rows):
        race = _race(row)
        if rate := pick.rate(row, race.amount):
            rates.setdefault(race, []).append((row, rate))
    return Machine(
        rows=rows,
        device=machine_name({**first, "label": None}),
        label=pick.text(first, "label"),
        backend=first["backend"],
        cores=pick.number(first, "cpu_count"),
        rates=rates,
        best={race: _fastest(own) for race, own in rates.items()},
    )


def _counts(row: Row) -> bool:
    """A usable result of the mode stream in the arithmetic that it is labelled with.

    A triad counts only where it moves more than any cache holds.
    """
    as_asked = row["arithmetic"] in (None, "", row["dtype"]) or row["dtype"] == "default"
    beyond = row["workload"] != "bandwidth" or (row["bytes"] or 0) >= BEYOND_CACHES_BYTES
    return row["mode"] == "stream" and as_asked and beyond and pick.is_usable(row)


def _race(row: Row) -> Race:
    """The race of a row: the shape that a search found runs with the squares, because both ask for the best rate."""
    variant = "square" if row["workload"] == "matmul" and row["variant"] == "peak" else row["variant"]
    return Race(row["workload"], variant, row["dtype"])


def _rank(race: Race) -> tuple[Any, ...]:
    """Where a race stands among those that as many machines have."""
    workload = (*("matmul", "cnn", "bandwidth"), race.workload).index(race.workload)
    return workload, race.variant != "square", race.dtype != "fp32", race


def _best(machine: Machine, race: Race, size: int | None) -> Rate | None:
    """The fastest in the race, or the fastest of one size."""
    if size is None:
        return machine.best.get(race)
    rates = [pair for pair in machine.rates.get(race, ()) if pair[0]["size"] == size]
    return _fastest(rates) if rates else None


def _fastest(rates: Sequence[Rate]) -> Rate:
    return max(rates, key=lambda pair: pair[1].middle)


def _product(machine: Machine, dtype: str) -> float | None:
    found = machine.best.get(Race("matmul", "square", dtype))
    return found[1].middle if found else None


def _within(row: Row) -> float | None:
    first, third, median = (pick.number(row, name) for name in ("q1_s", "q3_s", "median_s"))
    return (third - first) / median if first and third and median else None


def _nearest(flop_per_s: float, dtype: str) -> tuple[hardware.Chip | None, float]:
    """The chip with the greatest peak that is not above the rate, else the smallest; with the peak of all of it."""
    peaks = [(chip, peak * (chip.jax_devices or 1)) for chip in hardware.chips() if (peak := chip.peak(dtype))]
    if not peaks:
        return None, 0.0
    below = [pair for pair in peaks if pair[1] <= flop_per_s]
    return max(below, key=lambda pair: pair[1]) if below else min(peaks, key=lambda pair: pair[1])


# --- words ------------------------------------------------------------------------------------------------------------


def _so_many(times: float) -> str:
    """ "one", "3", or "12 % of one"."""
    if times < 1:
        return f"{_percent(times)} of one"
    return "one" if times < 2 else f"{int(times):,}"


def _times(ratio: float) -> str:
    return f"{ratio:.3g} times"


def _percent(share: float) -> str:
    if share < 1e-3:
        return "under 0.1 %"
    return f"{100 * share:.0f} %" if share >= 0.1 else f"{100 * share:.2g} %"


def _plural(count: int, noun: str) -> str:
    return f"{count:,} {noun}" + ("" if count == 1 else "s")


def _listed(parts: Sequence[str]) -> str:
    return " and ".join(filter(None, [", ".join(parts[:-1]), parts[-1]]))
