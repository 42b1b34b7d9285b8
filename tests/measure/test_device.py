"""Starting JAX where something is broken or missing: a sentence, and the CPU still works."""

import json
import os
import subprocess
import sys
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from compute import machine
from compute.measure import device as devices
from compute.measure.suite import PROCESS_BYTES
from compute.workloads._versions import compile_with
from tests.measure import engine

ROOT = Path(__file__).resolve().parents[2]
FAILS_TO_LOAD = """
def initialize():
    raise RuntimeError("the driver is too old")
"""
FAILS_TO_START = """
from jax._src import xla_bridge

def initialize():
    xla_bridge.register_backend_factory("imagined", make, priority=400, fail_quietly=False)

def make():
    raise RuntimeError("the driver is too old")
"""


def listing(**environ: str) -> Any:
    """What the command ``devices`` prints in this environment."""
    done = subprocess.run(
        [sys.executable, "-m", "compute.measure.worker", "devices"],
        capture_output=True,
        text=True,
        cwd=ROOT,
        env={name: value for name, value in os.environ.items() if name != "JAX_PLATFORMS"} | environ,
        timeout=120,
        check=True,
    )
    lines = done.stdout.splitlines()
    assert len(lines) == 1
    return json.loads(lines[0])


def plugin(folder: Path, code: str) -> str:
    """An import path with a JAX plugin as accelerators bring one."""
    home = folder / "jax_plugins" / "imagined"
    home.mkdir(parents=True)
    (home / "__init__.py").write_text(code)
    return f"{folder}{os.pathsep}{ROOT}"


def test_devices_are_listed_with_the_machine() -> None:
    found = listing(JAX_PLATFORMS="cpu")
    assert found["devices"] == [{"kind": "cpu", "platform": "cpu", "memory_gib": None}]
    here = machine.describe()
    facts = found["machine"]
    assert (facts["cpu_model"], facts["cpu_count"]) == (here.cpu_model, here.cpu_count)
    assert (facts["backend"], facts["device_kind"], facts["device_count"]) == ("cpu", "cpu", 1)
    assert facts["device_memory_gib"] is None
    assert facts["note"] == found["note"]


def test_an_accelerator_that_is_asked_for_but_not_there() -> None:
    found = listing(JAX_PLATFORMS="cuda")
    assert found["machine"]["backend"] == "cpu"
    assert found["note"].startswith("JAX could not start the accelerator, so the CPU is measured. ")
    assert "JAX_PLATFORMS=cuda" in found["note"]


@pytest.mark.parametrize("code", [FAILS_TO_LOAD, FAILS_TO_START], ids=["fails to load", "fails to start"])
def test_an_accelerator_whose_driver_is_broken(tmp_path: Path, code: str) -> None:
    found = listing(PYTHONPATH=plugin(tmp_path, code))
    assert found["devices"][0]["platform"] == "cpu"
    assert found["note"].startswith("JAX could not start the accelerator, so the CPU is measured. It said: ")
    assert "the driver is too old" in found["note"]


@pytest.mark.parametrize(
    ("name", "said"),
    [
        (
            "an NVIDIA GPU",
            "There is an NVIDIA GPU here that JAX does not use, so the CPU is measured. Install its support",
        ),
        ("a TPU", "There is a TPU here that JAX does not use, so the CPU is measured. Install its support"),
    ],
)
def test_an_accelerator_that_jax_does_not_support(
    name: str, said: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "sign").touch()
    signs = {known: (str(tmp_path / "no sign"),) for known in devices._ACCELERATOR_SIGNS}
    assert name in signs
    monkeypatch.setattr(devices, "_ACCELERATOR_SIGNS", signs | {name: (*signs[name], str(tmp_path / "sign"))})
    engine.device()
    note = devices.start_jax(machine.describe()).note
    assert note.startswith(said)
    assert "pip install 'jax[" in note


@pytest.fixture
def no_signs(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(devices, "_ACCELERATOR_SIGNS", {})


@pytest.mark.usefixtures("no_signs")
def test_a_plain_cpu_needs_no_note() -> None:
    engine.device()
    assert devices.start_jax(machine.describe()).note == ""


@pytest.mark.usefixtures("no_signs")
def test_a_cache_folder_that_cannot_be_made(tmp_path: Path) -> None:
    engine.device()
    (tmp_path / "file").touch()
    found = devices.start_jax(machine.describe(), cache=str(tmp_path / "file" / "cache"))
    assert found.cache == "off"
    assert found.note == "Compiled programs are not kept: Not a directory for the cache folder."


@pytest.mark.usefixtures("no_signs")
def test_a_cache_folder_that_cannot_be_written(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    engine.device()
    monkeypatch.setattr(os, "access", lambda path, mode: tmp_path not in Path(path).parents)
    found = devices.start_jax(machine.describe(), cache=str(tmp_path))
    assert found.cache == "off"
    assert found.note == "Compiled programs are not kept: Permission denied for the cache folder."


class FakeDevice:
    """A device with the memory statistics given, or one that fails to tell."""

    device_kind = "NVIDIA H200"

    def __init__(self, stats: Any) -> None:
        self._stats = stats

    def memory_stats(self) -> Any:
        if isinstance(self._stats, Exception):
            raise self._stats
        return self._stats


def on(stats: Any, monkeypatch: pytest.MonkeyPatch) -> devices.Device:
    found = devices.start_jax(machine.describe())
    monkeypatch.setattr(found, "first", FakeDevice(stats))
    return found


def test_free_memory_is_the_devices_own(monkeypatch: pytest.MonkeyPatch) -> None:
    found = on({"bytes_limit": 1000, "bytes_in_use": 300}, monkeypatch)
    assert (found.memory_limit(), found.memory_free()) == (1000, 700)
    assert found.chip is not None
    assert found.chip.id.startswith("h200")


@pytest.mark.parametrize("stats", [None, {}, NotImplementedError("no statistics")])
def test_free_memory_is_the_hosts_where_the_device_does_not_tell(stats: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(machine, "memory_available_gib", lambda: 2.0)
    found = on(stats, monkeypatch)
    assert found.memory_limit() is None
    assert found.memory_free() == 2 * 2**30 - PROCESS_BYTES


def test_a_dispatch_takes_microseconds() -> None:
    assert 1e-7 < engine.device().dispatch_s < 0.1


@pytest.mark.parametrize("version", ["570.86.15", "550.54"])
def test_driver_version(version: str, tmp_path: Path) -> None:
    text = f"NVRM version: NVIDIA UNIX Open Kernel Module for x86_64  {version}  Release Build  (dvs-builder)\n"
    (tmp_path / "proc/driver/nvidia").mkdir(parents=True)
    (tmp_path / "proc/driver/nvidia/version").write_text(text)
    assert devices._driver("gpu", tmp_path) == version
    assert devices._driver("cpu", tmp_path) is None


def test_drivers_of_other_makers(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / "sys/module/amdgpu").mkdir(parents=True)
    (tmp_path / "sys/module/amdgpu/version").write_text("6.10.5\n")
    assert devices._driver("gpu", tmp_path) == "6.10.5"
    monkeypatch.setattr(devices, "_version", {"libtpu": "0.0.17"}.__getitem__)
    assert devices._driver("tpu", tmp_path) == "libtpu 0.0.17"


def test_no_driver_is_unknown(tmp_path: Path) -> None:
    assert [devices._driver(backend, tmp_path) for backend in ("gpu", "tpu")] == [None, None]


def test_an_option_that_this_xla_does_not_know_is_left_out() -> None:
    jax = engine.device().jax
    lowered = jax.jit(lambda x: x + 1).lower(np.float32(1))
    compiled, options = compile_with(lowered, {"xla_no_such_option": True})
    assert options == {}
    assert float(compiled(np.float32(1))) == 2
    known = {"xla_cpu_enable_fast_math": False}
    assert compile_with(lowered, known)[1] == known


class Refusing:
    """A program that cannot be compiled, for a reason of its own."""

    def compile(self, compiler_options: Any = None) -> Any:
        raise RuntimeError("UNIMPLEMENTED: no such product on this chip")


def test_other_errors_of_the_compiler_are_not_hidden() -> None:
    with pytest.raises(RuntimeError, match="UNIMPLEMENTED"):
        compile_with(Refusing(), {"a": 1})


class Lowered:
    """A program of this text; counts how often it was compiled, and whether the cache of earlier runs had it."""

    def __init__(self, text: str, cached: bool = False) -> None:
        self.text = text
        self.cached = cached
        self.compiled = 0

    def as_text(self) -> str:
        return self.text

    def compile(self, compiler_options: Any = None) -> str:
        self.compiled += 1
        engine.device().events[devices._CACHE_HITS] += self.cached
        return f"{self.text}, compiled"


def test_the_same_program_is_compiled_once_and_stays_cold(monkeypatch: pytest.MonkeyPatch) -> None:
    """The modes call and stream are one program: the second did not find what an earlier run had left."""
    device = engine.device()
    monkeypatch.setattr(device, "cache", "some folder")
    monkeypatch.setattr(device, "programs", {})
    first, again, other, cached = Lowered("a"), Lowered("a", cached=True), Lowered("a"), Lowered("b", cached=True)
    assert device.compile(first, {}).cache == "cold"
    assert device.compile(again, {}) is device.compile(first, {})
    assert device.compile(other, {"xla_option": 1}).run == "a, compiled"
    assert device.compile(cached, {}).cache == "warm"
    assert [lowered.compiled for lowered in (first, again, other, cached)] == [1, 0, 1, 1]


def test_without_a_folder_the_cache_is_off(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(engine.device(), "programs", {})
    assert engine.device().compile(Lowered("a"), {}).cache == "off"
