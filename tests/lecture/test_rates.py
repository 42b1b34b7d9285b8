"""Pictures a second of the machines in view."""

import pandas as pd

from compute import results
from compute.lecture import rates
from tests import samples


def rows(*machines: tuple[str, str, str, float, str]) -> pd.DataFrame:
    """Results of AlexNet: run, time, CPU model, images a second and source of each."""
    made = [
        samples.sample_row(
            run_id=run, measured_at=when, cpu_model=model, items_per_s=per_s, label=None, workload="cnn",
            variant="alexnet inference", case="alexnet inference fp32 8",
        )
        for run, when, model, per_s, _ in machines
    ]  # fmt: skip
    frame = results.frame(made)
    return frame.assign(source=[source for *_, source in machines])


def test_this_machine_comes_first_then_the_recorded_ones_by_their_speed() -> None:
    frame = rows(
        ("1", "2026-01-01T10:00:00Z", "Slow", 10.0, "shipped"),
        ("2", "2026-01-02T10:00:00Z", "Fast", 500.0, "shipped"),
        ("3", "2026-01-03T10:00:00Z", "Here", 70.0, "measured here"),
        ("4", "2026-01-04T10:00:00Z", "Here", 80.0, "measured here"),
        ("5", "2026-01-05T10:00:00Z", "Brought", 90.0, "uploaded"),
    )
    found = rates.pictures(frame)
    assert [(rate.per_s, rate.kind) for rate in found] == [(80.0, "cpu"), (10.0, "cpu"), (500.0, "cpu")]
    assert found[0].machine.startswith("Here")
    assert found[0].when == "2026-01-04T10:00:00Z"


def test_of_two_recorded_runs_of_one_machine_the_newer_counts() -> None:
    frame = rows(
        ("2", "2026-02-01T10:00:00Z", "One", 20.0, "shipped"),
        ("1", "2026-01-01T10:00:00Z", "One", 10.0, "shipped"),
    )
    assert [rate.per_s for rate in rates.pictures(frame)] == [20.0]


def test_without_a_result_of_alexnet_there_is_no_rate() -> None:
    frame = rows(("1", "2026-01-01T10:00:00Z", "One", 20.0, "shipped"))
    assert rates.pictures(frame.iloc[:0]) == []
    assert rates.pictures(frame.assign(variant="baseline inference")) == []
