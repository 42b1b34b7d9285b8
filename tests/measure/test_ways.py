"""The ways: real answers at small sizes, one core that is one core, and what is not there."""

import json
import os
import subprocess
import sys

import numpy as np
import pytest

from compute.measure import ways
from compute.measure.ways import Unavailable, Way
from compute.workloads import Case, workloads
from tests.measure import engine
from tests.serving import ROOT

ABLE = [name for name, workload in workloads().items() if workload.numpy]


@pytest.mark.parametrize("way", ["numpy", "jax-all-cores"])
@pytest.mark.parametrize("name", ABLE)
def test_a_way_answers_with_as_many_samples_as_asked(name: str, way: str) -> None:
    case = Case(name, next(iter(workloads()[name].variants)), "fp32", 1)
    doing = Way(way, engine.device(), case)
    told = doing.answer(64, 3)
    assert len(told["steady_s"]) == len(told["trip_s"]) == 3
    assert all(0 < seconds < 1 for seconds in told["steady_s"] + told["trip_s"])
    assert len(told["once_s"]) in ((0,) if way == "numpy" else (2, 3)), "a third time where compiling is quick"
    assert doing.answer(64, 2)["once_s"] == [], "it is compiled once"


@pytest.mark.parametrize("name", ABLE)
def test_calls_and_trips_leave_the_answer_right(name: str) -> None:
    """A trip must not write into the host's arrays: that would change what the next one computes."""
    case = Case(name, next(iter(workloads()[name].variants)), "fp32", 1)
    doing, leaves = Way("jax-all-cores", engine.device(), case), engine.device().jax.tree.leaves
    doing.answer(64, 2)
    made = doing._made[64]
    host = doing._to_host(made.state)
    before = [part.copy() for part in leaves(host)]
    doing._trips(made, 3)
    assert all(map(np.array_equal, leaves(host), before))


def test_a_wrong_answer_is_not_timed(monkeypatch: pytest.MonkeyPatch) -> None:
    doing = Way("numpy", engine.device(), Case("matmul", "square", "fp32", 1))
    object.__setattr__(doing, "_workload", workloads()["matmul"])
    monkeypatch.setattr("compute.workloads.matmul.in_numpy", None)
    wrong = workloads()["matmul"].__class__(**{**vars(workloads()["matmul"]), "numpy": lambda case: lambda b, x: x})
    doing._workload = wrong
    with pytest.raises(Unavailable, match="size 64 is off by"):
        doing.answer(64, 1)


def test_what_does_not_fit_is_refused(monkeypatch: pytest.MonkeyPatch) -> None:
    doing = Way("numpy", engine.device(), Case("matmul", "square", "fp32", 1))
    with pytest.raises(Unavailable, match=r"needs [\d.]+ GiB"):
        doing.answer(2**20, 1)


def asked(way: str, lines: str = "") -> list[dict[str, object]]:
    words = ["--way", way, "--workload", "matmul", "--variant", "square", "--dtype", "fp32"]
    ran = subprocess.run(
        [sys.executable, "-m", "compute.measure.ways", *words],
        input=lines, cwd=ROOT, capture_output=True, text=True, timeout=120, env={**os.environ, **ways.environment(way)},
    )  # fmt: skip
    return [json.loads(line) for line in ran.stdout.splitlines()]


def test_one_core_is_one_core_and_a_size_that_fails_ends_nothing() -> None:
    hello, bad, good = asked("jax-one-core", '{"size": 1048576, "samples": 1}\n{"size": 32, "samples": 2}\n')
    assert (hello["cores"], hello["title"], hello["backend"]) == (1, "JAX on one core", "cpu")
    assert "GiB" in str(bad["error"])
    assert len(good["steady_s"]) == 2  # type: ignore[arg-type]


def test_an_accelerator_that_is_not_there_is_said() -> None:
    os.environ.setdefault("JAX_PLATFORMS", "cpu")
    [told] = asked("tpu:0")
    assert str(told["error"]).startswith("JAX finds no TPU 0 here.")


def test_a_system_without_affinity_has_no_single_core(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delattr(os, "sched_setaffinity")
    assert ways.take_cores("numpy") == os.cpu_count()
    with pytest.raises(Unavailable, match="cannot keep a process on one core"):
        ways.take_cores("jax-one-core")


def test_each_way_has_a_name() -> None:
    assert [ways.title(way) for way in ways.choices(["gpu:1"])] == [
        "NumPy on all cores", "JAX on one core", "JAX on all cores", "JAX on GPU 1",
    ]  # fmt: skip
    for nonsense in ("", "gpu", "gpu:", "gpu:x", "abacus"):
        with pytest.raises(ValueError, match="There is no way"):
            ways.title(nonsense)
