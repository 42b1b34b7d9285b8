"""Transfer and dispatch: what they move, that a CPU is said to have none, and that a step need not be compiled."""

from dataclasses import replace
from random import Random

import numpy as np
import pytest

from compute.measure import measurement as measurements
from compute.measure.measurement import Measurement
from compute.workloads import Case, Unsupported, transfer, workloads
from tests.measure import engine

WAYS = tuple(transfer.WORKLOAD.variants)


def moving(way: str) -> Case:
    return Case("transfer", way, "fp32", 1000, "call")


def test_amounts() -> None:
    assert transfer.moved_bytes(moving("to device")) == 4000
    assert transfer.moved_bytes(moving("there and back")) == 8000


def test_a_cpu_says_that_it_has_nothing_to_transfer() -> None:
    with pytest.raises(Unsupported, match="on a CPU the host's memory is the device's"):
        engine.program(moving("to device"))


@pytest.mark.parametrize("way", WAYS)
def test_what_arrives_is_what_was_sent(way: str) -> None:
    program = transfer.build(moving(way), "gpu")
    fixed = program.fixed()
    check, after = program.check(program.step, fixed, program.state(fixed))
    assert check.error == check.limit == 0
    assert isinstance(after, np.ndarray) == (way == "there and back")
    check, _ = program.check(lambda fixed, state: program.step(fixed, state) + 1, fixed, program.state(fixed))
    assert check.error == 1


@pytest.mark.parametrize("way", WAYS)
def test_a_step_that_is_not_compiled_is_timed_as_it_is(way: str, monkeypatch: pytest.MonkeyPatch) -> None:
    workload = replace(transfer.WORKLOAD, build=lambda case, backend: transfer.build(case, "gpu"))
    monkeypatch.setattr(measurements, "workloads", lambda: {"transfer": workload})
    measurement = Measurement(moving(way), engine.device(), engine.BRIEF)
    assert list(measurement.begin()) == ["compiling", "checking", "measuring"]
    measurement.round(Random(0))
    row = measurement.row("measured", "")
    assert row["median_s"] > 0
    assert {row.get(name) for name in ("compile_s", "trace_s", "cache", "options", "products")} == {None}


def test_a_dispatch_is_checked() -> None:
    case = Case("dispatch", "one number", "fp32", 1, "call")
    program, compiled = engine.program(case), engine.compiled_loop(case, 1)
    one = program.fixed()
    check, after = program.check(compiled, one, program.state(one))
    assert check.error == check.limit == 0
    assert np.asarray(after).tolist() == [0.75]
    check, _ = program.check(lambda one, numbers: numbers, one, program.state(one))
    assert not check.error <= check.limit
    assert workloads()["dispatch"].flops(case) == 0
