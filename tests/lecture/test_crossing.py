"""The crossover as a figure and as a sentence."""

from dataclasses import replace

import pytest

from compute.lecture import crossing
from compute.measure.crossover import STEADY, Question
from compute.measure.runner import Snapshot
from tests.measure.synthetic import Machine, crossing_machine, linear


def ways(second: dict[str, object]) -> dict[str, object]:
    return {"first": {"title": "a", "backend": "cpu", "cores": 1}, "second": {"title": "b", **second}}


CPU = ways({"backend": "cpu", "cores": 2})


def test_values_are_the_sizes_from_which_many_hands_are_known_to_be_faster() -> None:
    assert crossing.values(crossing_machine().record())["Calls alone"] == 96


def test_names_for_a_room() -> None:
    record = crossing.named(replace(crossing_machine().record(), question=CPU))
    assert [record.question[place]["title"] for place in ("first", "second")] == ["One core", "All 2 cores"]
    gpu = ways({"backend": "gpu", "device_kind": "Example GPU"})
    record = crossing.named(replace(record, question=gpu))
    assert record.question["second"]["title"] == "The GPU"
    assert crossing.said(record, STEADY) == (
        "Up to 80 x 80, one core wins: sharing out costs more than it saves. From 96 x 96 on, the GPU wins."
    )


@pytest.mark.parametrize(
    ("first", "second", "said"),
    [
        (linear(0, 1e-6), linear(0, 2e-6), "Up to 128 x 128, one core stays ahead: sharing out costs too much."),
        (linear(0, 2e-6), linear(0, 1e-6), "From matrices of 64 x 64 on, all 2 cores win."),
    ],
)
def test_without_a_crossing_one_side_wins(first: object, second: object, said: str) -> None:
    machine = Machine(first, second)  # type: ignore[arg-type]
    for size in (64, 128):
        machine.measure(size)
    record = crossing.named(machine.record(question=CPU))
    assert crossing.said(record, STEADY) == said


def test_never_faster_is_a_figure_and_nothing_measured_is_none() -> None:
    with pytest.raises(ValueError, match="No size was measured"):
        crossing.read(Snapshot())
    machine = Machine(linear(0, 1e-6), linear(0, 2e-6))
    machine.measure(64)
    times = tuple(
        {"place": place, "size": size, **vars(found)}
        for place, samples in machine.measured.items()
        for size, found in samples.items()
    )
    assert crossing.read(Snapshot(times=times)) == {"Largest size": 64}


def test_transfer_and_compiling_are_asked_apart() -> None:
    record = crossing_machine().record()
    compiled = {size: replace(found, once_s=[10.0] * 3) for size, found in record.measured["second"].items()}
    record = replace(record, question=CPU, measured={**record.measured, "second": compiled})
    assert set(crossing.values(record)) == {"Calls alone", "With transfer", "Largest size"}
    assert "one core stays ahead" in crossing.said(crossing.named(record), Question(False, True))
