"""Telemetry beside a run: what sensors say, how it is thinned, and what is left out."""

import time
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from compute.measure import conditions, nvml, telemetry
from compute.measure.telemetry import Telemetry
from tests.measure.fake_nvml import library


class Heard:
    """Takes what is told."""

    def __init__(self) -> None:
        self.moments: list[dict[str, Any]] = []

    def __call__(self, name: str, **moment: Any) -> None:
        assert name == "telemetry"
        self.moments.append(moment)


def gpu(**answers: Any) -> nvml.Gpu:
    found = nvml.find("NVIDIA Example", library(**answers))
    assert found is not None
    return found


def test_a_gpu_tells_all_it_knows_and_leaves_out_the_rest() -> None:
    full = {"clock_mhz": 1980.0, "power_w": 696.5, "temperature_c": 61.0, "throttle": "power limit", "others": 0}
    assert telemetry.gpu_sensor(gpu())() == full
    less = gpu(nvmlDeviceGetPowerUsage=None, nvmlDeviceGetComputeRunningProcesses_v3=3)
    del full["power_w"]
    assert telemetry.gpu_sensor(less)() == full | {"others": 2}


def test_a_cpu_tells_its_clock_and_how_busy_it_is(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    stat = tmp_path / "stat"
    monkeypatch.setattr(conditions, "_STAT", stat)
    monkeypatch.setattr(telemetry, "_FREQUENCIES", tmp_path)
    for core, kilohertz in enumerate((2_000_000, 3_000_000)):
        folder = tmp_path / f"cpu{core}" / "cpufreq"
        folder.mkdir(parents=True)
        (folder / "scaling_cur_freq").write_text(f"{kilohertz}\n")
    stat.write_text("cpu  100 0 0 900 0 0 0 0 0 0\n")
    read = telemetry.cpu_sensor()
    stat.write_text("cpu  150 0 20 930 0 0 0 0 0 0\n")
    assert read() == {"clock_mhz": 2500.0, "busy": pytest.approx(70 / 100)}


def test_cpuinfo_tells_the_clock_where_no_governor_does(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(telemetry, "_FREQUENCIES", tmp_path)
    monkeypatch.setattr(telemetry, "_CPUINFO", tmp_path / "cpuinfo")
    (tmp_path / "cpuinfo").write_text("processor : 0\ncpu MHz\t\t: 2400.0\nprocessor : 1\ncpu MHz\t\t: 2600.0\n")
    assert telemetry.cpu_clock_mhz() == 2500.0
    (tmp_path / "cpuinfo").write_text("processor : 0\n")
    assert telemetry.cpu_clock_mhz() is None


def test_a_system_that_says_nothing_is_blank(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    for module, name in ((conditions, "_STAT"), (telemetry, "_FREQUENCIES"), (telemetry, "_CPUINFO")):
        monkeypatch.setattr(module, name, tmp_path / "nothing")
    heard = Heard()
    assert telemetry.cpu_sensor()() == {}
    beside = Telemetry(telemetry.cpu_sensor(), heard, 0.01)
    time.sleep(1.2)
    assert beside.end() == {}
    assert heard.moments == [], "nothing known is nothing told"


def test_moments_are_told_once_a_second_not_ten_times() -> None:
    heard, read = Heard(), 0

    def sensor() -> dict[str, Any]:
        nonlocal read
        read += 1
        return {"clock_mhz": 1000.0 + read}

    beside = Telemetry(sensor, heard, 0.05)
    time.sleep(2.4)
    beside.end()
    assert read > 20
    assert len(heard.moments) == 2
    first, second = (moment["clock_mhz"] for moment in heard.moments)
    assert second - first == pytest.approx(20, abs=4)
    time.sleep(0.2)
    assert len(heard.moments) == 2, "it has ended"


def test_a_gpu_that_stops_answering_midway_goes_on_blank() -> None:
    heard = Heard()
    failing = gpu(nvmlDeviceGetPowerUsage=[100_000] * 8 + [None])
    beside = Telemetry(telemetry.gpu_sensor(failing), heard, 0.1)
    time.sleep(2.4)
    beside.end()
    assert heard.moments[0]["power_w"] == 100.0
    assert "power_w" not in heard.moments[1]
    assert heard.moments[1]["clock_mhz"] == 1980.0


@pytest.mark.parametrize(
    ("counter", "long_enough", "took"),
    [
        ([5_000_000, 9_000_000], True, {"energy_j": 4000.0}),
        ([5_000_000, 9_000_000], False, {}),
        ([5_000_000, None], True, {}),
        (None, True, {}),
        ([5_000_000, 1_000_000], True, {}),  # the driver was loaded again
    ],
)
def test_energy_is_what_the_counter_gained_in_a_run_long_enough(
    counter: Any, long_enough: bool, took: dict[str, float], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(telemetry, "ENERGY_FROM_S", 0.0 if long_enough else 60.0)
    counting = gpu(nvmlDeviceGetTotalEnergyConsumption=counter)
    assert telemetry.beside(counting, "gpu", Heard()).end() == took


def test_an_accelerator_that_nothing_tells_about_has_no_thread() -> None:
    beside = telemetry.beside(None, "tpu", Heard())
    assert not beside._thread.is_alive()
    assert beside.end() == {}


def test_a_summary_is_medians_and_every_reason() -> None:
    readings = [
        {"power_w": 100.0, "throttle": "none", "others": 0},
        {"power_w": 700.0, "throttle": "power limit", "others": 1},
        {"power_w": 690.0, "throttle": "power limit, heat"},
    ]
    assert telemetry.summary(readings) == {"power_w": 690.0, "throttle": "power limit, heat", "others": 1}
    assert telemetry.summary([{"throttle": "none"}]) == {"throttle": "none"}
    assert telemetry.summary([]) == {}


@given(st.lists(st.dictionaries(st.sampled_from(["clock_mhz", "power_w", "busy"]), st.floats(0, 1e4))))
def test_a_summary_knows_what_any_reading_knows_and_stays_within_them(readings: list[dict[str, Any]]) -> None:
    found = telemetry.summary(readings)
    assert set(found) == {name for reading in readings for name in reading}
    for name, value in found.items():
        known = [reading[name] for reading in readings if name in reading]
        assert min(known) - 1e-4 <= value <= max(known) + 1e-4
