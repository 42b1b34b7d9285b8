"""What a crossover says, in words: from which size on the second way is faster, and when its compiling has paid."""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import NamedTuple

from compute import units
from compute.compare.answers import Answer
from compute.measure import crossover
from compute.measure.crossover import FIRST, PLACES, QUESTIONS, SECOND, STEADY, Paid, Question, Record, Times

LABELS = {
    Question(transfer=False, compile=False): "Overtakes",
    Question(transfer=True, compile=False): "With transfer",
    Question(transfer=False, compile=True): "With compiling",
    Question(transfer=True, compile=True): "With both",
}
MEANINGS = {
    Question(transfer=False, compile=False): "The data is where it is needed, and the program is compiled: what each "
    "further call costs.",
    Question(transfer=True, compile=False): "Each call brings its inputs from the host and its answer back.",
    Question(transfer=False, compile=True): "A single call, ever: it pays for tracing, lowering and compiling alone.",
    Question(transfer=True, compile=True): "A single call, ever, on data from the host: it pays for everything.",
}
CHOICES = {question: words.replace("Overtakes", "Calls alone") for question, words in LABELS.items()}


@dataclass(frozen=True)
class Point:
    """A size of a curve: the seconds of each way, and who is faster ("" where nobody can tell)."""

    size: int
    first: Times
    second: Times
    lead: str


class Said(NamedTuple):
    """An answer: its figure, a few words beside it, and the sentence that stands for both."""

    value: str
    brief: str
    sentence: str


def title(record: Record, place: str) -> str:
    """The name of a way."""
    way = record.question.get(place)
    return str(way.get("title") or way.get("way")) if isinstance(way, dict) else place


def job(record: Record) -> str:
    """What is done: "Matrix product, square, fp32"."""
    words = [record.question.get(name) for name in ("title", "variant", "dtype")]
    return ", ".join(str(word) for word in words if word)


def versus(record: Record) -> str:
    """Who is compared: "NumPy on all cores against JAX on one core"."""
    return f"{title(record, FIRST)} against {title(record, SECOND)}"


def where(record: Record) -> str:
    """The processors that took part: "AMD EPYC", "AMD EPYC and NVIDIA H200"."""
    ways = (record.question[place] for place in PLACES)
    chips = [str(way.get("device_kind") or "an accelerator") for way in ways if way.get("backend") not in (None, "cpu")]
    return " and ".join(dict.fromkeys([str(record.machine.get("cpu_model") or "another machine"), *chips]))


def size_name(record: Record) -> str:
    """What the sizes count."""
    return str(record.question.get("size_name") or "size")


def points(record: Record, question: Question) -> list[Point]:
    """Both curves at the sizes that both ways were measured at."""
    found = []
    for size in record.sizes:
        first, second = (question.cost(record.measured[place][size]) for place in (FIRST, SECOND))
        lead = crossover.faster(record.measured, size, question)
        if first and second and lead is not None:
            found.append(Point(size, first, second, lead))
    return found


def answers(record: Record) -> list[Answer]:
    """The four answers, with and without transfer and compiling, and after how many calls compiling has paid."""
    return [*(_answer(record, question) for question in QUESTIONS), _paid(record)]


def said(record: Record, question: Question) -> Said:
    """One answer."""
    found = crossover.answer(record.measured, question)
    first, second, name = title(record, FIRST), title(record, SECOND), size_name(record)
    if found.smallest is None:
        return Said("unknown", "not measured yet", "Nothing is measured yet.")
    if not found.winner:
        everywhere = f"from {name} = {found.smallest} to {found.largest}"
        return Said("cannot tell", "intervals overlap", f"The intervals of both overlap {everywhere}.")
    decided = f"decided from {found.low} to {found.high}"
    if not found.changes and found.winner == FIRST:
        return Said(f"not up to {name} = {found.largest}", decided, _alone(first, found, name))
    if not found.changes:
        value = "at every size" if found.low == found.smallest else f"{name} = {found.low} at the latest"
        return Said(value, decided, _alone(second, found, name))
    before, after = (first, second) if found.winner == SECOND else (second, first)
    why = "where the intervals overlap" if found.unclear else "and nothing between them is measured"
    words = f"Before {found.low}, {before} is faster; from {found.high} on {after} is. Nobody can tell between, {why}."
    brief = "nobody can tell between"
    if found.changes > 1:
        brief = f"the lead changes {found.changes} times"
        words += f" The lead changes {found.changes} times: see the curves."
    between = f"{name} = {found.low} to {found.high}"
    return Said(between if found.winner == SECOND else f"only below {name} = {found.high}", brief, words)


def sentence(record: Record, question: Question) -> str:
    """One answer as a sentence that stands alone."""
    answer = said(record, question)
    return f"{LABELS[question]}: {answer.value}. {answer.sentence}"


def _answer(record: Record, question: Question) -> Answer:
    answer = said(record, question)
    return Answer(LABELS[question], answer.value, answer.brief, MEANINGS[question])


def _alone(who: str, found: crossover.Answer, name: str) -> str:
    """Nobody overtakes: where the one is known to be faster, and where that cannot be told."""
    told = f"{who} is faster at every size that decides, {name} = {found.low} to {found.high}."
    return told + (f" Too close to tell at {_listed(found.unclear)}." if found.unclear else "")


def _listed(sizes: tuple[int, ...]) -> str:
    return ", ".join(map(str, sizes[:6])) + (" and more" if len(sizes) > 6 else "")


def _paid(record: Record) -> Answer:
    label = "Compiling has paid after"
    meaning = (
        "Calls after which the time that compiling took is won back: the difference of the compile times over what "
        "each call saves, at the largest size where the second way is known to be faster."
    )
    ahead = [point.size for point in points(record, STEADY) if point.lead == SECOND]
    found = crossover.paid_after(record.measured, max(ahead)) if ahead else None
    if found is None:
        return Answer(label, "never", "at no size known to be faster", meaning)
    at = f"at {size_name(record)} = {max(ahead)}: {calls_interval(found)}"
    return Answer(label, calls_words(found.calls), at, meaning)


def calls_words(calls: float) -> str:
    """ "1 call", "23 calls"."""
    whole = math.ceil(calls)
    return f"{units.count(whole)} call" + ("" if whole == 1 else "s")


def calls_interval(paid: Paid) -> str:
    """Between which numbers of calls it lies."""
    if math.isinf(paid.high):
        return f"{calls_words(paid.low)} or more, without an upper end"
    low, high = math.ceil(paid.low), math.ceil(paid.high)
    return f"exactly {calls_words(low)}" if low == high else f"between {units.count(low)} and {calls_words(high)}"


def table(record: Record) -> list[dict[str, str]]:
    """A line for each size: both times, with transfer, what compiling takes, and the calls that pay for it."""
    trip = Question(transfer=True, compile=False)
    trips = {point.size: point for point in points(record, trip)}
    lines = []
    for point in points(record, STEADY):
        compiling = crossover.once(record.measured[SECOND][point.size])
        paid = crossover.paid_after(record.measured, point.size)
        lines.append(
            {
                size_name(record): str(point.size),
                title(record, FIRST): _time(point.first),
                title(record, SECOND): _time(point.second),
                "with transfer": _time(trips[point.size].second) if point.size in trips else units.UNKNOWN,
                "compiling": _time(compiling) if compiling.middle else "none",
                "faster": title(record, point.lead) if point.lead else "cannot tell",
                "paid after": calls_words(paid.calls) if paid and point.lead == SECOND else "",
            }
        )
    return lines


def _time(times: Times) -> str:
    return f"{units.seconds(times.middle)} ({units.seconds(times.low)} to {units.seconds(times.high)})"


def lines(record: Record) -> list[str]:
    """The summary for a terminal."""
    told = [f"{job(record)}: {versus(record)}.", ""]
    told += [sentence(record, question) for question in QUESTIONS]
    paid = _paid(record)
    return [*told, f"{paid.label}: {paid.value} ({paid.detail}).", *(f"! {note}" for note in record.notes)]
