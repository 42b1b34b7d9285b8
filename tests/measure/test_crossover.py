"""Bisection to the crossing, with laws of time whose crossing is known."""

import json
import math
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from compute.measure import crossover
from compute.measure.crossover import QUESTIONS, STEADY, Question, Samples, Times
from tests.measure.synthetic import Machine, crossing_machine, linear

TRIP = Question(transfer=True, compile=False)
COMPILED = Question(transfer=False, compile=True)


def searched(machine: Machine, question: Question = STEADY, most: int = 60) -> crossover.Answer:
    """Powers of two from 16 to 4096 first, then whatever the search asks for."""
    for power in range(4, 13):
        machine.measure(2**power)
    for _ in range(most):
        if (size := crossover.next_size(machine.measured, question)) is None:
            break
        assert size not in machine.measured["first"], "it asks for what it knows"
        machine.measure(size)
    else:
        pytest.fail("the search does not end")
    return crossover.answer(machine.measured, question)


@given(crossing=st.integers(20, 3500).map(lambda size: size + 0.37))  # at a whole size both are equal
def test_without_noise_the_crossing_is_between_the_ends_and_they_are_near(crossing: float) -> None:
    found = searched(Machine(linear(0, 1e-6), linear(crossing * 0.5e-6, 0.5e-6)))
    assert (found.winner, found.changes) == ("second", 1)
    assert found.low is not None
    assert found.high is not None
    assert found.low <= crossing <= found.high
    assert found.high / found.low <= 1 + crossover.TOLERANCE + 1e-9


@given(crossing=st.floats(40, 2000), noise=st.floats(0.0, 0.3))
def test_noise_widens_what_cannot_be_told_and_the_crossing_stays_in_it(crossing: float, noise: float) -> None:
    found = searched(Machine(linear(0, 1e-6), linear(crossing * 0.5e-6, 0.5e-6), noise))
    if found.changes != 1:  # too noisy to see a crossing at all, or chance has turned one size around
        return
    assert found.low is not None
    assert found.high is not None
    # Medians of nine samples stray by less than the noise, and the two laws part by half the distance from the crossing
    slack = 1 + 2 * noise
    assert found.low / slack <= crossing <= found.high * slack


def test_a_little_noise_leaves_a_little_that_cannot_be_told() -> None:
    quiet = searched(Machine(linear(0, 1e-6), linear(100e-6, 0.5e-6)))
    noisy = searched(Machine(linear(0, 1e-6), linear(100e-6, 0.5e-6), 0.1))
    assert quiet.high
    assert quiet.low
    assert noisy.high
    assert noisy.low
    assert noisy.high / noisy.low > quiet.high / quiet.low
    assert noisy.low < 200 < noisy.high
    assert noisy.unclear


@pytest.mark.parametrize(
    ("first", "second", "winner"),
    [(linear(0, 1e-6), linear(0, 2e-6), "first"), (linear(0, 2e-6), linear(0, 1e-6), "second")],
)
def test_no_crossing_names_the_winner_and_asks_for_nothing(first: Any, second: Any, winner: str) -> None:
    found = searched(Machine(first, second, 0.01), most=1)
    assert (found.winner, found.changes, found.low, found.high) == (winner, 0, 16, 4096)


@pytest.mark.parametrize("crossing", [17, 3900])
def test_a_crossing_at_an_end_of_the_sizes_is_found(crossing: int) -> None:
    found = searched(Machine(linear(0, 1e-6), linear(crossing * 0.5e-6, 0.5e-6)))
    assert found.low is not None
    assert found.high is not None
    assert found.low <= crossing <= found.high


def test_the_same_law_twice_cannot_be_told_apart() -> None:
    found = searched(Machine(linear(1e-6, 1e-6), linear(1e-6, 1e-6), 0.05), most=1)
    assert found.winner == ""
    assert len(found.unclear) == 9


def test_where_small_sizes_are_equal_the_first_that_is_not_is_searched_for() -> None:
    """As with one core and all of them: a small product is the same program on both."""
    found = searched(Machine(linear(0, 1e-6), lambda size: 1e-6 * size * (0.5 if size > 300 else 1)))
    assert (found.winner, found.changes) == ("second", 0)
    assert found.low is not None
    assert 300 < found.low <= 300 * 1.125
    turned = searched(Machine(linear(0, 1e-6), lambda size: 1e-6 * size * (2 if size < 300 else 1)))
    assert (turned.winner, turned.changes) == ("first", 0)
    assert turned.high is not None
    assert 300 / 1.125 <= turned.high < 300


def test_the_lead_may_come_back() -> None:
    def humped(size: int) -> float:
        return 3e-6 * size if 100 < size < 1000 else 0.5e-6 * size

    found = searched(Machine(linear(0, 1e-6), humped))
    assert (found.winner, found.changes) == ("second", 2)
    assert found.low is not None
    assert found.high is not None
    assert found.low < 1000 <= found.high


def test_the_other_direction_is_told_as_well() -> None:
    found = searched(Machine(linear(100e-6, 1e-6), linear(0, 2e-6)))
    assert (found.winner, found.changes) == ("first", 1)
    assert found.low is not None
    assert found.low <= 100


def test_each_question_charges_its_own_costs() -> None:
    one = Samples(steady_s=[2.0] * 9, trip_s=[3.0] * 9, once_s=[10.0, 11.0, 12.0])
    costs = [question.cost(one) for question in QUESTIONS]
    assert costs == [Times(2, 2, 2), Times(3, 3, 3), Times(13, 12, 14), Times(14, 13, 15)]


def test_transfer_and_compiling_move_the_crossing() -> None:
    def machine() -> Machine:
        return Machine(linear(0, 1e-6), linear(50e-6, 0.5e-6), once_s=400e-6, trip_s=100e-6)

    highs = [searched(machine(), question).high or math.inf for question in (STEADY, TRIP, COMPILED)]
    # 50 / 0.5, (50 + 100) / 0.5, (50 + 400) / 0.5
    assert highs == sorted(highs)
    for high, crossing in zip(highs, (100, 300, 900), strict=True):
        assert crossing <= high <= 1.125 * crossing


def test_nothing_measured_has_no_answer() -> None:
    empty: dict[str, dict[int, Samples]] = {"first": {}, "second": {}}
    assert crossover.answer(empty, STEADY) == crossover.Answer()
    assert crossover.next_size(empty, STEADY) is None
    assert crossover.doubtful(empty, STEADY) == []


def test_half_a_size_counts_for_nothing() -> None:
    machine = crossing_machine()
    before = crossover.answer(machine.measured, STEADY)
    machine.measured["first"][1024] = Samples(steady_s=[1.0] * 9)
    machine.measured["second"][2048] = Samples(steady_s=[1.0] * 9)
    assert crossover.answer(machine.measured, STEADY) == before
    assert machine.record().sizes == [16, 32, 64, 80, 96, 128, 256, 512]


def test_doubtful_sizes_come_again_those_with_the_fewest_samples_first_until_enough() -> None:
    machine = Machine(linear(1e-6, 1e-6), linear(1e-6, 1e-6), 0.05)
    for size in (16, 32, 32):
        machine.measure(size)
    assert crossover.doubtful(machine.measured, STEADY) == [16, 32]
    for _ in range(10):
        machine.measure(16)
        machine.measure(32)
    assert crossover.doubtful(machine.measured, STEADY) == []


@pytest.mark.parametrize(("size", "rounded"), [(1, 1), (31.4, 31), (45.3, 46), (181.0, 184), (1448.2, 1472), (0.2, 1)])
def test_sizes_have_five_significant_bits(size: float, rounded: int) -> None:
    assert crossover.round_size(size) == rounded


@given(st.floats(1, 1e9))
def test_rounding_moves_a_size_by_a_thirtieth_at_most(size: float) -> None:
    assert crossover.round_size(size) == pytest.approx(size, rel=1 / 30, abs=0.5)


def test_compiling_is_paid_when_what_is_saved_is_what_it_took() -> None:
    machine = Machine(linear(0, 2e-6), linear(0, 1e-6), once_s=0.01)
    machine.measure(100)
    paid = crossover.paid_after(machine.measured, 100)
    assert paid is not None
    assert (paid.calls, paid.low, paid.high) == pytest.approx((100, 100, 100))  # 10 ms over 100 us


def test_what_is_never_faster_never_pays_and_what_compiles_nothing_has_paid_at_once() -> None:
    slow, free = (
        Machine(linear(0, 1e-6), linear(0, 2e-6), once_s=0.01),
        Machine(linear(0, 2e-6), linear(0, 1e-6)),
    )
    slow.measure(100)
    free.measure(100)
    assert crossover.paid_after(slow.measured, 100) is None
    assert crossover.paid_after(slow.measured, 999) is None
    assert crossover.paid_after(free.measured, 100) == crossover.Paid(1, 1, 1)


def test_overlapping_times_pay_after_nobody_knows_how_many_calls() -> None:
    measured = {
        "first": {64: Samples(steady_s=[1.0, 1.2, 1.4])},
        "second": {64: Samples(steady_s=[0.9, 1.1, 1.3], once_s=[5.0, 5.0])},
    }
    paid = crossover.paid_after(measured, 64)
    assert paid is not None
    assert paid.calls == pytest.approx(50)
    assert paid.high == math.inf


def test_a_record_comes_back_from_json_as_it_was() -> None:
    record = crossing_machine().record(notes=("Sizes end below 1024.",))
    assert crossover.from_json(json.loads(json.dumps(crossover.to_json(record)))) == record


@pytest.mark.parametrize("kept", [{}, {"schema": "other"}, {"schema": crossover.SCHEMA}])
def test_other_json_is_refused_in_a_sentence(kept: dict[str, Any]) -> None:
    with pytest.raises(ValueError, match=r"\.$"):
        crossover.from_json(kept)


@given(
    st.lists(
        st.dictionaries(
            st.sampled_from(["place", "size", "steady_s", "trip_s", "once_s"]),
            st.one_of(
                st.sampled_from(["first", "second"]), st.integers(-5, 10**20), st.none(), st.booleans(),
                st.lists(st.one_of(st.floats(), st.text(max_size=3), st.integers(-3, 3)), max_size=4),
            ),
        ),
        max_size=8,
    )
)  # fmt: skip
def test_whatever_a_log_holds_is_read(told: list[dict[str, Any]]) -> None:
    record = crossover.record({}, {}, "", told)
    for question in QUESTIONS:
        crossover.answer(record.measured, question)
        crossover.next_size(record.measured, question)
    for size in record.sizes:
        crossover.paid_after(record.measured, size)
