"""What a GPU tells: everything, a part, nothing, and what fails midway; from a library that is none."""

from typing import Any

import pytest

from compute.measure import nvml
from tests.measure.fake_nvml import library


def found(**answers: Any) -> nvml.Gpu:
    gpu = nvml.find("NVIDIA Example", library(**answers))
    assert gpu is not None
    return gpu


def everything(gpu: nvml.Gpu) -> list[Any]:
    return [
        gpu.clock_mhz(), gpu.power_w(), gpu.temperature_c(), gpu.energy_j(), gpu.reasons(), gpu.processes(),
    ]  # fmt: skip


def test_all_answers_in_our_units() -> None:
    assert everything(found()) == [1980.0, 696.5, 61.0, 5000.0, 4, 1]


def test_each_call_that_fails_is_unknown_alone() -> None:
    functions = [
        "nvmlDeviceGetClockInfo", "nvmlDeviceGetPowerUsage", "nvmlDeviceGetTemperature",
        "nvmlDeviceGetTotalEnergyConsumption", "nvmlDeviceGetCurrentClocksEventReasons",
        "nvmlDeviceGetComputeRunningProcesses_v3",
    ]  # fmt: skip
    for place, function in enumerate(functions):
        for options in ({function: None}, {"without": (function,)}):
            told = everything(found(**options))
            assert told[place] is None, function
            assert None not in told[:place] + told[place + 1 :], function


def test_what_fails_midway_was_known_before() -> None:
    gpu = found(nvmlDeviceGetPowerUsage=[100_000, None])
    assert [gpu.power_w(), gpu.power_w()] == [100.0, None]


def test_older_drivers_have_older_names() -> None:
    old = found(
        without=("nvmlDeviceGetCurrentClocksEventReasons", "nvmlDeviceGetComputeRunningProcesses_v3"),
        nvmlDeviceGetCurrentClocksThrottleReasons=0x20,
        nvmlDeviceGetComputeRunningProcesses_v2=2,
    )
    assert (old.reasons(), old.processes()) == (0x20, 2)


def test_a_container_that_hides_programs_does_not_say_how_many_there_are() -> None:
    assert found(nvmlDeviceGetComputeRunningProcesses_v3=0).processes() is None


def test_no_library_no_driver_and_another_gpu_are_no_gpu(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(nvml, "_LIBRARIES", ("libno-such-library.so",))
    assert nvml.find("NVIDIA Example") is None
    broken = library()
    broken.nvmlInit_v2 = lambda: 9  # NVML_ERROR_DRIVER_NOT_LOADED
    assert nvml.find("NVIDIA Example", broken) is None
    assert nvml.find("NVIDIA Example", library(name="NVIDIA Other")) is None
    assert nvml.find("NVIDIA Example", library(without=("nvmlDeviceGetHandleByIndex_v2",))) is None
    assert nvml.find("NVIDIA Example", library(without=("nvmlDeviceGetName",))) is None


@pytest.mark.parametrize(
    ("visible", "asked"),
    [("", "index 0"), ("2,3", "index 2"), ("GPU-12ab", "uuid GPU-12ab"), ("MIG-7", None)],
)
def test_the_gpu_is_the_first_that_jax_may_use(visible: str, asked: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("CUDA_VISIBLE_DEVICES", visible)
    driver = library()
    assert (nvml.find("NVIDIA Example", driver) is not None) == (asked is not None)
    assert driver.asked == (["init", asked] if asked else ["init"])
