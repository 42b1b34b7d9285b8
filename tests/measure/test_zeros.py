"""Zeros against random numbers: the phases, on a device whose power is told by a library that is none."""

from types import SimpleNamespace
from typing import Any

import pytest

from compute.measure import nvml, zeros
from compute.workloads import Case
from tests.measure import engine
from tests.measure.fake_nvml import library
from tests.measure.test_contest import Clock

SMALL = Case("matmul", "square", "fp32", 64)


@pytest.fixture(autouse=True)
def short_batches(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(zeros, "_BATCH_S", 0.005)


def held(**answers: Any) -> tuple[int, list[dict[str, Any]]]:
    """The exit status and the events on a GPU that answers so."""
    real, gpu = engine.device(), nvml.find("NVIDIA Example", library(**answers))
    device: Any = SimpleNamespace(jax=real.jax, backend=real.backend, facts=real.facts, gpu=gpu)
    clock = Clock()
    status = zeros.run(device, 0.4, clock, SMALL)
    return status, clock.events


def test_the_phases_take_turns_and_tell_what_the_gpu_tells() -> None:
    status, events = held(nvmlDeviceGetTotalEnergyConsumption=[1000 * value for value in range(100)])
    assert status == 0
    phases = [event for event in events if event["event"] == "phase"]
    assert [phase["data"] for phase in phases] == ["random", "zeros", "random", "zeros"]
    for phase in phases:
        assert phase["flop_per_s"] > 0
        assert (phase["power_w"], phase["clock_mhz"], phase["energy_j"]) == (696.5, 1980.0, 1.0)
    assert [events[0]["event"], events[-1]["event"]] == ["started", "finished"]


def test_what_stops_being_told_is_left_out() -> None:
    status, events = held(nvmlDeviceGetPowerUsage=[700_000, None], nvmlDeviceGetClockInfo=None)
    assert status == 0
    for phase in (event for event in events if event["event"] == "phase"):
        assert not {"power_w", "clock_mhz", "energy_j"} & set(phase)


@pytest.mark.parametrize("gpu", [None, nvml.find("NVIDIA Example", library(nvmlDeviceGetPowerUsage=None))])
def test_without_power_it_says_why_not(gpu: Any) -> None:
    clock = Clock()
    assert zeros.run(SimpleNamespace(gpu=gpu), 1.0, clock) == 1  # type: ignore[arg-type]
    assert clock.events == [{"event": "failed", "case": None, "reason": zeros.NO_POWER}]


def test_zeros_are_zeros_and_stay_zeros() -> None:
    inputs, step = zeros._prepare(engine.device(), SMALL)
    fixed, state = inputs["zeros"]
    assert not step(fixed, step(fixed, state)).any()
    assert step(*inputs["random"]).any()
