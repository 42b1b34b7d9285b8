"""What disturbed a measurement: stolen time and lowered clocks, read from stand-ins."""

import sys
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest

from compute.measure import conditions
from compute.measure.conditions import Clocks, Conditions, nvidia_clocks


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


def nvml(*bits: int | Exception, name: Any = "NVIDIA Example", old: bool = False) -> Any:
    """A stand-in for pynvml that gives these reasons one after another."""
    answers = iter(bits)

    def reasons(handle: str) -> int:
        answer = next(answers)
        if isinstance(answer, Exception):
            raise answer
        return answer

    called = "nvmlDeviceGetCurrentClocksThrottleReasons" if old else "nvmlDeviceGetCurrentClocksEventReasons"
    return SimpleNamespace(
        nvmlInit=lambda: None,
        nvmlDeviceGetHandleByIndex=lambda index: f"index {index}",
        nvmlDeviceGetHandleByUUID=lambda uuid: f"uuid {uuid}",
        nvmlDeviceGetName=lambda handle: name,
        **{called: reasons},
    )


def throttled(*bits: int | Exception, old: bool = False) -> str | None:
    seen = Conditions(Clocks(nvml(*bits, old=old), "a handle"))
    for _ in bits:
        with seen.watched():
            pass
    return seen.throttle


@pytest.mark.parametrize("old", [False, True])
def test_reasons_of_all_batches_are_told_once(old: bool) -> None:
    assert throttled(0x4, 0x1, 0x24, old=old) == "power limit, heat"


def test_an_idle_clock_is_not_a_lowered_one() -> None:
    assert throttled(0x1, 0x0) == "none"


def test_a_driver_that_does_not_say_is_unknown() -> None:
    assert throttled(RuntimeError("not supported")) is None
    assert throttled(RuntimeError("not supported"), 0x4) == "power limit"


@pytest.mark.parametrize(("visible", "handle"), [("", "index 0"), ("2,3", "index 2"), ("GPU-12ab", "uuid GPU-12ab")])
def test_the_gpu_is_the_first_that_jax_may_use(visible: str, handle: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "pynvml", nvml(name=b"NVIDIA Example"))
    monkeypatch.setenv("CUDA_VISIBLE_DEVICES", visible)
    found = nvidia_clocks("NVIDIA Example")
    assert found is not None
    assert found._handle == handle


def test_another_gpu_than_the_one_measured_says_nothing(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "pynvml", nvml(name="NVIDIA Other"))
    assert nvidia_clocks("NVIDIA Example") is None
    monkeypatch.setitem(sys.modules, "pynvml", None)  # not installed
    assert nvidia_clocks("NVIDIA Example") is None
