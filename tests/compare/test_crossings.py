"""A crossover in words."""

from collections.abc import Callable
from pathlib import Path

import pytest

from compute.compare import crossings, recorded
from compute.measure.crossover import QUESTIONS, STEADY, Paid, Question
from tests.measure.synthetic import Machine, crossing_machine, linear

TRIP = Question(transfer=True, compile=False)


def measured(first: Callable[[int], float], second: Callable[[int], float], noise: float = 0.01) -> Machine:
    machine = Machine(first, second, noise)
    for size in (16, 64, 256):
        machine.measure(size)
    return machine


def test_the_four_answers_and_the_calls_that_pay() -> None:
    answers = crossings.answers(crossing_machine().record())
    assert [answer.label for answer in answers] == [
        "Overtakes", "With transfer", "With compiling", "With both", "Compiling has paid after",
    ]  # fmt: skip
    assert answers[0].value == "n = 80 to 96"
    assert answers[0].detail == "nobody can tell between"
    assert "Before 80, NumPy on all cores is faster; from 96 on JAX on all cores is." in crossings.sentence(
        crossing_machine().record(), STEADY
    )
    assert answers[1].value == "n = 128 to 256"
    assert answers[2].value == "not up to n = 512"
    assert answers[2].detail == "decided from 16 to 512"
    # At 512: 10 ms over 512 us - 90 us.
    assert 20 <= int(answers[4].value.split()[0]) <= 28
    assert answers[4].detail.startswith("at n = 512: between")


def test_one_that_is_always_faster_and_one_that_never_is() -> None:
    fast = crossings.answers(measured(linear(0, 2e-6), linear(0, 1e-6)).record())
    assert fast[0].value == "at every size"
    assert fast[4].value == "1 call"
    slow = crossings.answers(measured(linear(0, 1e-6), linear(0, 2e-6)).record())
    assert slow[0].value == "not up to n = 256"
    assert slow[4].value == "never"
    assert slow[4].detail == "at no size known to be faster"


def test_what_cannot_be_told_is_not_told() -> None:
    equal = measured(linear(1e-6, 1e-6), linear(1e-6, 1e-6), 0.1).record()
    assert crossings.answers(equal)[0].value == "cannot tell"
    assert "The intervals of both overlap from n = 16 to 256." in crossings.sentence(equal, STEADY)
    near = measured(linear(0, 1e-6), lambda n: 2e-6 * n if n < 100 else 1e-6 * n, 0.1).record()
    assert crossings.sentence(near, STEADY).endswith("Too close to tell at 256.")


def test_a_lead_that_begins_where_nobody_could_tell_is_said_so() -> None:
    near = measured(linear(0, 1e-6), lambda n: (0.5e-6 if n > 100 else 1e-6) * n, 0.1).record()
    [first, *_] = crossings.answers(near)
    assert first.value == "n = 256 at the latest"
    assert crossings.sentence(near, STEADY).endswith("Too close to tell at 16, 64.")


def test_a_second_way_that_is_only_better_when_small() -> None:
    record = measured(linear(100e-6, 1e-6), linear(0, 2e-6)).record()
    [first, *_] = crossings.answers(record)
    assert first.value == "only below n = 256"
    assert "Before 64, JAX on all cores is faster; from 256 on NumPy on all cores is." in crossings.sentence(
        record, STEADY
    )


def test_a_lead_that_changes_twice_is_said() -> None:
    [first, *_] = crossings.answers(measured(linear(0, 1e-6), lambda n: (2e-6 if n == 64 else 0.5e-6) * n).record())
    assert first.detail == "the lead changes 2 times"


def test_nothing_measured_is_unknown() -> None:
    record = Machine(linear(0, 1), linear(0, 1)).record()
    assert {answer.value for answer in crossings.answers(record)[:4]} == {"unknown"}
    assert crossings.points(record, STEADY) == []
    assert crossings.table(record) == []


def test_the_points_carry_the_costs_that_were_asked_for() -> None:
    record = crossing_machine().record()
    alone, trip = (crossings.points(record, question) for question in (STEADY, TRIP))
    assert [point.size for point in alone] == record.sizes
    assert alone[0].lead == "first"
    assert alone[-1].lead == "second"
    assert trip[0].second.middle - alone[0].second.middle == pytest.approx(100e-6, rel=0.05)


def test_the_table_has_a_line_for_each_size() -> None:
    lines = crossings.table(crossing_machine().record())
    assert [line["n"] for line in lines] == ["16", "32", "64", "80", "96", "128", "256", "512"]
    assert lines[0]["faster"] == "NumPy on all cores"
    assert lines[0]["paid after"] == ""
    assert lines[-1]["faster"] == "JAX on all cores"
    assert lines[-1]["paid after"].endswith(" calls")
    assert lines[-1]["compiling"].startswith("9.97 ms (")


@pytest.mark.parametrize(
    ("paid", "words"),
    [
        (Paid(1, 1, 1), "exactly 1 call"),
        (Paid(9.5, 8.2, 11.9), "between 9 and 12 calls"),
        (Paid(9.5, 2.5, float("inf")), "3 calls or more, without an upper end"),
    ],
)
def test_calls_are_whole(paid: Paid, words: str) -> None:
    assert crossings.calls_interval(paid) == words


def test_the_terminal_gets_every_answer_and_every_note() -> None:
    text = "\n".join(crossings.lines(crossing_machine().record(notes=("Sizes end below 1024.",))))
    assert text.startswith("Matrix product, square, fp32: NumPy on all cores against JAX on all cores.")
    assert "! Sizes end below 1024." in text
    assert all(words in text for words in crossings.LABELS.values())


def test_every_recorded_crossover_is_whole() -> None:
    records = recorded.crossovers()
    assert records
    for record in records:
        assert len(record.sizes) >= 6
        assert record.machine["cpu_model"]
        assert record.measured_at.endswith("Z")
        for question in QUESTIONS:
            assert crossings.sentence(record, question)


def test_a_broken_record_is_named(tmp_path: Path) -> None:
    (tmp_path / "bad.json").write_text('{"schema": "other"}')
    with pytest.raises(ValueError, match=r"bad.json: Found the schema 'other'"):
        recorded.crossovers(tmp_path)
    (tmp_path / "bad.json").write_text("{")
    with pytest.raises(ValueError, match=r"bad\.json"):
        recorded.crossovers(tmp_path)
