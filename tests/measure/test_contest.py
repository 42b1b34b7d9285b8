"""The contest: which sizes are asked for, in turns, within the time; with ways that only say what they would take."""

import argparse
from typing import Any

import pytest

from compute.measure import contest, crossover
from compute.measure.contest import Contest, NoContest
from compute.workloads import Case
from tests.measure.synthetic import Machine, linear

CASE = Case("matmul", "square", "fp32", 0)


class Clock:
    """A reporter whose time passes only by what the ways say that they took."""

    def __init__(self) -> None:
        self.elapsed_s = 0.0
        self.events: list[dict[str, Any]] = []

    def event(self, name: str, **fields: Any) -> None:
        self.events.append({"event": name, **fields})

    def rest(self, seconds: float) -> None:
        self.elapsed_s += seconds


class Told:
    """A contender that says its times at once; above `most` it cannot do a size."""

    def __init__(self, place: str, machine: Machine, clock: Clock, most: int = 10**9) -> None:
        self._place, self._machine, self._clock, self._most = place, machine, clock, most

    def ask(self, size: int, samples: int) -> dict[str, Any]:
        if size > self._most:
            return {"error": "It needs more memory than there is."}
        told = self._machine.told(self._place, size)
        self._clock.elapsed_s += sum(map(sum, told.values())) * samples / len(told["steady_s"])
        return told | {"steady_s": told["steady_s"][:samples], "trip_s": told["trip_s"][:samples]}


def held(machine: Machine, seconds: float = 30.0, most: int = 10**9) -> Clock:
    """A whole contest."""
    clock = Clock()
    contenders = {place: Told(place, machine, clock, most) for place in ("first", "second")}
    Contest(CASE, contenders, seconds, clock, clock.rest).go()
    return clock


def found(clock: Clock) -> crossover.Answer:
    told = [event for event in clock.events if event["event"] == "times"]
    return crossover.answer(crossover.record({}, {}, "", told).measured, crossover.STEADY)


def test_it_finds_the_crossing_within_the_time() -> None:
    clock = held(Machine(lambda n: 1e-6 + 2e-11 * n**3, lambda n: 50e-6 + 1e-11 * n**3, 0.02, once_s=0.02))
    crossing = (49e-6 / 1e-11) ** (1 / 3)  # 170
    answer = found(clock)
    assert answer.low
    assert answer.high
    assert answer.low <= crossing <= answer.high
    assert answer.high / answer.low < 1.2
    assert clock.elapsed_s <= 31


def test_the_ways_take_turns() -> None:
    places = [event["place"] for event in held(Machine(linear(0, 1e-6), linear(0, 2e-6))).events if "place" in event]
    assert places[0::2] == ["first"] * (len(places) // 2)
    assert places[1::2] == ["second"] * (len(places) // 2)


def test_sizes_end_where_a_call_takes_too_long() -> None:
    clock = held(Machine(lambda n: 1e-9 * n**3, lambda n: 2e-9 * n**3), seconds=12.0)
    sizes = [event["size"] for event in clock.events if "size" in event]
    assert max(sizes) == 256  # 512 would take 0.27 s of the 0.2 s that a call may
    assert clock.elapsed_s < 13


def test_sizes_end_where_a_way_cannot_go_on_and_that_is_told() -> None:
    clock = held(Machine(linear(100e-6, 1e-6), linear(0, 3e-6), 0.01), most=200)
    notes = [event["text"] for event in clock.events if event["event"] == "note"]
    assert notes == ["Sizes end below 256. It needs more memory than there is."]
    answer = found(clock)
    assert answer.largest == 128
    assert answer.low
    assert answer.high
    assert answer.low <= 50 <= answer.high, "it goes on with the sizes that it can do"


def test_it_ends_before_its_time_when_all_is_told() -> None:
    clock = held(Machine(linear(0, 1e-6), linear(0, 5e-6)), seconds=60.0)
    assert clock.elapsed_s < 10


def test_progress_says_the_size_and_the_time_that_is_left() -> None:
    progress = [
        event for event in held(Machine(linear(0, 1e-6), linear(0, 2e-6))).events if event["event"] == "progress"
    ]
    assert progress[0]["case"] == "n = 16"
    assert 29 < progress[0]["left_s"] <= 30


@pytest.mark.parametrize(
    ("words", "said"),
    [
        (("nonsense",), "no version in NumPy"),
        (("cnn",), "no version in NumPy"),
        (("matmul", "round"), "There is no matmul 'round'"),
        (("matmul", "square", "bf16"), "fp32 or fp64"),
    ],
)
def test_a_job_that_cannot_be_compared_is_refused_in_a_sentence(words: tuple[str, ...], said: str) -> None:
    with pytest.raises(ValueError, match=said):
        contest.parse_case(*words)


def test_the_first_variant_is_taken() -> None:
    assert contest.parse_case("matmul") == CASE


def test_two_different_ways_that_exist_are_needed() -> None:
    contest.check_ways("numpy", "gpu:3")
    with pytest.raises(ValueError, match="choose two different"):
        contest.check_ways("numpy", "numpy")
    with pytest.raises(ValueError, match="There is no way 'abacus'"):
        contest.check_ways("numpy", "abacus")


def test_a_way_that_is_not_there_ends_it_with_a_sentence(monkeypatch: pytest.MonkeyPatch) -> None:
    class Absent:
        def __init__(self, name: str, words: object, variables: object) -> None:
            pass

        def hello(self) -> dict[str, Any]:
            raise NoContest("JAX finds no GPU 7 here.")

        def end(self) -> None:
            pass

    monkeypatch.setattr(contest, "contender", Absent)
    clock = Clock()
    options = argparse.Namespace(
        workload="matmul", variant="", dtype="fp32", first="numpy", second="gpu:7", seconds=1.0, run_id="1"
    )
    assert contest.run(options, clock) == 1
    assert clock.events == [{"event": "failed", "case": None, "reason": "JAX finds no GPU 7 here."}]
