"""What disturbed a measurement: stolen time and lowered clocks, read from stand-ins."""

from pathlib import Path
from typing import Any

import pytest

from compute.measure import conditions, nvml
from compute.measure.conditions import Clocks, Conditions
from tests.measure.fake_nvml import library


@pytest.fixture
def stat(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A /proc/stat that the test writes."""
    path = tmp_path / "stat"
    monkeypatch.setattr(conditions, "_STAT", path)
    return path


def ticks(stolen: int, idle: int) -> str:
    return f"cpu  10 0 0 {idle} 0 0 0 {stolen} 7 7\ncpu0 1 2 3\n"


def test_steal_is_a_share_of_all_ticks_while_batches_ran(stat: Path) -> None:
    seen = Conditions()
    for before, after in (((5, 100), (15, 190)), ((50, 200), (50, 300))):  # what happened in between does not count
        stat.write_text(ticks(*before))
        with seen.watched():
            stat.write_text(ticks(*after))
    assert seen.steal == pytest.approx(10 / 200)


def test_no_batches_and_no_counter_are_unknown(stat: Path) -> None:
    seen = Conditions()
    assert seen.steal is None
    for text in (None, "cpu 1 2 3\n", "nonsense x\n", ""):
        if text is not None:
            stat.write_text(text)
        with seen.watched():
            pass
    assert (seen.steal, seen.throttle) == (None, None)


def seen_with(**answers: Any) -> Conditions:
    """The conditions of a case around three batches, on a GPU that answers so."""
    gpu = nvml.find("NVIDIA Example", library(**answers))
    assert gpu is not None
    seen = Conditions(Clocks(gpu))
    for _ in range(3):
        with seen.watched():
            pass
    return seen


def throttled(*bits: int | None) -> str | None:
    return seen_with(nvmlDeviceGetCurrentClocksEventReasons=list(bits)).throttle


def test_reasons_of_all_batches_are_told_once() -> None:
    assert throttled(0x4, 0x1, 0x24) == "power limit, heat"


def test_an_idle_clock_is_not_a_lowered_one() -> None:
    assert throttled(0x1, 0x0) == "none"


def test_a_driver_that_does_not_say_is_unknown() -> None:
    assert throttled(None) is None
    assert throttled(None, 0x4) == "power limit"


def test_other_programs_on_the_gpu_are_counted_and_ours_is_none_of_them() -> None:
    assert seen_with().others == 0
    assert seen_with(nvmlDeviceGetComputeRunningProcesses_v3=3).others == 2
    assert seen_with(nvmlDeviceGetComputeRunningProcesses_v3=None).others is None
    assert Conditions().others is None
