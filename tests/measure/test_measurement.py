"""One case on its way from a name to a result row."""

import copy
import itertools
import random
from collections.abc import Generator
from dataclasses import replace
from types import SimpleNamespace
from typing import Any

import numpy as np
import pytest

from compute import hardware, results
from compute.measure import conditions
from compute.measure import device as devices
from compute.measure import measurement as measurements
from compute.measure.measurement import FUSED_STEPS, Measurement
from compute.measure.timing import Effort
from compute.workloads import MODES, Case, Unsupported, workloads
from tests.measure import engine
from tests.samples import sample_row

TINY = Case("matmul", "square", "fp32", 64)


def measured(case: Case, rounds: int = 3) -> tuple[Measurement, list[str]]:
    measurement = Measurement(case, engine.device(), engine.BRIEF)
    stages = list(measurement.begin())
    for number in range(rounds):
        measurement.round(random.Random(number))
    return measurement, stages


def whole_row(measurement: Measurement, status: str = "measured", reason: str = "") -> dict[str, Any]:
    """The row with what the worker adds to it."""
    identity = {"schema": results.SCHEMA, "run_id": "r", "suite": "quick", "label": None}
    return identity | engine.device().row_facts() | measurement.row(status, reason)


def problems(row: dict[str, Any]) -> list[str]:
    return [str(problem) for problem in results.read(results.to_csv([row]).encode()).problems]


@pytest.mark.parametrize("mode", MODES)
@pytest.mark.parametrize(
    ("variant", "dtype", "size"), [("square", "fp32", 64), ("baseline inference", "fp32", 1)], ids=["matmul", "cnn"]
)
def test_every_mode_gives_a_valid_row(variant: str, dtype: str, size: int, mode: str) -> None:
    case = Case("matmul" if variant == "square" else "cnn", variant, dtype, size, mode)
    measurement, stages = measured(case)
    row = whole_row(measurement)
    assert stages == ["compiling", "checking", "measuring"]
    assert problems(row) == []
    assert (row["mode"], row["batches"]) == (mode, 6)
    assert row["check_error"] <= row["check_limit"]
    assert row["arithmetic"] == "fp32"
    assert row["flop_per_s"] == pytest.approx(row["flops"] / row["median_s"])
    assert row["items_per_s"] == pytest.approx(row["items"] / row["median_s"])
    assert all(row[name] > 0 for name in ("trace_s", "lower_s", "compile_s", "first_call_s", "peak_memory_gib"))
    assert row["steps"] % (FUSED_STEPS if mode == "fused" else 1) == 0
    assert row["cache"] == "off"


def test_how_the_program_was_written_is_in_the_row() -> None:
    measurement, _ = measured(TINY)
    assert measurement.row("measured", "")["formulation"] == "carry=product"
    assert measurement._program is not None
    measurement._program = replace(measurement._program, formulation={"layout": "nhwc", "padding": "8"})
    assert measurement.row("measured", "")["formulation"] == "layout=nhwc;padding=8"


def test_a_row_that_was_not_measured_has_a_reason_and_no_rate() -> None:
    row = whole_row(Measurement(TINY, engine.device(), engine.BRIEF), "skipped", "Skipped: no room.")
    assert problems(row) == []
    assert row["reason"] == "Skipped: no room."
    assert "flop_per_s" not in row
    assert row["flops"] == 2 * 64**3


def test_every_column_of_a_row_is_known() -> None:
    row = whole_row(measured(TINY)[0])
    assert set(row) <= {column.name for column in results.COLUMNS}
    assert set(sample_row()) == {column.name for column in results.COLUMNS}


class CountedStep:
    """Stands for a compiled program; counts its calls and how often it was waited for."""

    def __init__(self, monkeypatch: pytest.MonkeyPatch) -> None:
        self.calls = self.waits = 0
        monkeypatch.setattr(engine.device().jax, "block_until_ready", self.wait)

    def __call__(self, fixed: Any, state: Any) -> Any:
        self.calls += 1
        return state

    def wait(self, state: Any) -> Any:
        self.waits += 1
        return state


@pytest.mark.parametrize(
    ("mode", "doubled", "calls", "waits"),
    [
        ("stream", False, 5, 1),
        ("stream", True, 10, 1),
        ("call", False, 5, 5),
        ("call", True, 10, 10),
        ("fused", False, 5, 1),
        ("fused", True, 5, 1),
    ],
)
def test_how_often_a_mode_calls_and_waits(
    mode: str, doubled: bool, calls: int, waits: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    measurement = Measurement(Case("matmul", "square", "fp32", 64, mode), engine.device(), engine.BRIEF)
    measurement._program = engine.program(TINY)
    measurement._load()
    single, double = CountedStep(monkeypatch), CountedStep(monkeypatch)
    measurement._compiled = {1: single, FUSED_STEPS: single, 2 * FUSED_STEPS: double}
    measurement._batch(5, doubled)
    ran = double if mode == "fused" and doubled else single
    assert (ran.calls, double.waits) == (calls, waits)
    assert single.calls + double.calls == calls


def test_few_calls_are_under_way_where_a_cpus_devices_wait_for_each_other(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    case = Case("collectives", "all-reduce", "fp32", 4096, params="devices=2")
    measurement = Measurement(case, engine.device(), engine.BRIEF)
    measurement._program = engine.program(TINY)
    measurement._load()
    measurement._compiled = {1: (counted := CountedStep(monkeypatch))}
    measurement._batch(40)
    assert (counted.calls, counted.waits) == (40, 3)


def test_a_fused_case_keeps_the_facts_of_the_loop_that_is_timed(monkeypatch: pytest.MonkeyPatch) -> None:
    """It also compiles the single step, for the check, and the loop of twice the steps."""
    measurement = Measurement(Case("matmul", "square", "fp32", 64, "fused"), engine.device(), engine.BRIEF)
    monkeypatch.setattr(measurement, "_compile_loop", lambda steps: (None, {"compile_s": float(steps)}))
    measurement._compile()
    assert measurement._compile_facts == {"compile_s": FUSED_STEPS}


@pytest.mark.parametrize("mode", MODES)
def test_the_row_says_how_many_products_are_in_the_program(mode: str) -> None:
    measurement = Measurement(Case("matmul", "square", "fp32", 64, mode), engine.device(), engine.BRIEF)
    list(measurement.begin())
    measurement.round(random.Random(0))
    row = measurement.row("measured", "")
    assert (row["products"], row["products_expected"]) == (1, 1)


def test_a_program_whose_text_the_backend_keeps_to_itself_is_not_counted(monkeypatch: pytest.MonkeyPatch) -> None:
    class Silent(CountedStep):
        def as_text(self) -> None:
            return None

    compiled = devices.Compiled(Silent(monkeypatch), {}, 0.1, "off")
    monkeypatch.setattr(engine.device(), "compile", lambda lowered, options: compiled)
    measurement = Measurement(TINY, engine.device(), engine.BRIEF)
    measurement._program = engine.program(TINY)
    measurement._load()
    measurement._compile()
    assert measurement._proof is None


def test_what_disturbed_the_batches_is_in_the_row_and_in_its_reason(monkeypatch: pytest.MonkeyPatch) -> None:
    stolen = iter(range(0, 1000, 10))
    monkeypatch.setattr(conditions, "_cpu_ticks", lambda: (at := next(stolen), 4 * at))
    measurement, _ = measured(TINY)
    row = measurement.row("measured", "")
    assert (row["steal"], row["throttle"]) == (0.25, None)
    assert "The hypervisor gave 25% of the CPU time to others while it was measured." in row["reason"]


def test_released_inputs_come_back_for_the_next_round() -> None:
    measurement, _ = measured(TINY, rounds=1)
    residences = [measurement.resident]
    resident_s = measurement.round_s()
    measurement.release()
    residences.append(measurement.resident)
    assert measurement.round_s() > resident_s  # putting them back takes time
    measurement.round(random.Random(0))
    assert [*residences, measurement.resident] == [True, False, True]
    assert len(measurement.samples.all) == 4


def test_the_same_inputs_are_drawn_again() -> None:
    program = engine.program(TINY)
    np.testing.assert_array_equal(program.fixed(), program.fixed())
    np.testing.assert_array_equal(program.state(None), program.state(None))


def test_rounds_end_with_a_reason() -> None:
    measurement, _ = measured(TINY, rounds=0)
    rounds = itertools.count()
    while not measurement.stop:
        measurement.round(random.Random(next(rounds)))
    assert measurement.stop in ("converged", "budget", "settled")
    assert measurement.row("measured", "")["stop"] == measurement.stop


def test_a_case_expects_the_rate_of_the_cases_before_it() -> None:
    done, _ = measured(Case("matmul", "square", "fp32", 256))
    done.samples.all[:] = [2 * 256**3 / 1e12]  # above what is guessed before anything is known
    effort = Effort(warm_s=0, batch_s=0.001, target=0.03, case_s=1)
    times = [Measurement(Case("matmul", "square", "fp32", n), engine.device(), effort) for n in (1024, 2048)]
    small, large = (measurement.shortest_s([done]) for measurement in times)
    compile_s = sum(done.compile_seconds())
    assert large - compile_s == pytest.approx(8 * (small - compile_s))  # 2 n^3 FLOP at the same rate
    assert small - compile_s == pytest.approx((3 + 6) * 2 * 1024**3 / done.flop_per_s)


def test_a_known_chip_is_not_taken_for_a_slow_one_before_anything_is_measured() -> None:
    """A product that fills an H100 for 0.1 s a step was skipped as one of ten minutes when it came first."""
    case = Case("matmul", "square", "bf16", 32768)
    unknown, known = copy.copy(engine.device()), copy.copy(engine.device())
    unknown.chip, known.chip = None, hardware.chip("h100-sxm")
    seconds = [Measurement(case, device, engine.BRIEF).shortest_s([]) for device in (unknown, known)]
    assert seconds[0] > 600
    assert seconds[1] == pytest.approx(0.5 + (3 + 6) * 2 * 32768**3 / (989.4e12 / 4), rel=0.01)


def test_the_first_step_on_inputs_put_back_is_not_timed(monkeypatch: pytest.MonkeyPatch) -> None:
    """It pays for fresh pages and cold caches: AlexNet's training step took twice as long as the next."""
    measurement, _ = measured(TINY)
    calls: list[int] = []
    batch = measurement._batch

    def counted(steps: int, doubled: bool = False) -> float:
        calls.append(steps)
        return batch(steps, doubled)

    monkeypatch.setattr(measurement, "_batch", counted)
    measurement.round(random.Random(0))
    assert len(calls) == 2
    measurement.release()
    measurement.round(random.Random(0))
    assert len(calls) == 5
    assert calls[2] == 1


def test_a_slow_start_does_not_make_the_next_case_look_endless() -> None:
    """A tiny product on a GPU runs at a millionth of its peak: AlexNet behind it would seem to take minutes."""
    done, _ = measured(TINY)
    done.samples.all[:] = [1.0]
    alexnet = Measurement(Case("cnn", "alexnet inference", "fp32", 8), engine.device(), engine.BRIEF)
    assert alexnet.shortest_s([done]) == pytest.approx(alexnet.shortest_s([]))


# --- a case that stands for the best that a search finds ------------------------------------------------------------

PEAK = Case("matmul", "peak", "fp32", 0)


def peak_of(rates: dict[int, float], monkeypatch: pytest.MonkeyPatch) -> Measurement:
    """A measurement whose search tries these sizes, each with the rate that is said for it; below 0 it fails."""

    def search(case: Case, backend: str) -> Generator[Case, float, None]:
        for size in rates:
            yield replace(case, size=size, params=f"m={size};k={size};n={size}")

    def try_out(measurement: Measurement, candidate: Case, must: bool) -> float:
        return rates[candidate.size]

    workload = replace(workloads()["matmul"], search=search)
    monkeypatch.setattr(measurements, "workloads", lambda: {"matmul": workload})
    monkeypatch.setattr(Measurement, "_try", try_out)
    return Measurement(PEAK, engine.device(), engine.BRIEF)


def test_the_winner_of_a_search_is_measured_afresh_under_the_name_that_was_asked(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(measurements, "_SEARCH_CASES", 1000)
    measurement = peak_of({64: 1e9, 128: 9e15, 96: 2e9}, monkeypatch)
    stages = list(measurement.begin())
    measurement.round(random.Random(0))
    row = whole_row(measurement)
    assert stages == ["searching", "compiling", "checking", "measuring"]
    assert problems(row) == []
    assert (row["case"], row["size"]) == ("matmul peak fp32", 128)
    assert row["params"] == "m=128;k=128;n=128;tried=3"
    assert row["flops"] == 2 * 128**3
    assert row["need_gib"] < 0.01  # of the winner, not of the largest that could have been tried
    assert row["flop_per_s"] < 9e12  # what was measured, not what the trial said


def test_a_search_ends_when_its_time_is_up(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(measurements, "_SEARCH_CASES", 0)
    measurement = peak_of({64: 1e9, 128: 2e9}, monkeypatch)
    list(measurement.begin())
    assert measurement.found.params == "m=64;k=64;n=64;tried=1"


def test_a_search_takes_time_that_is_planned_for() -> None:
    with_search, without = (
        Measurement(case, engine.device(), engine.BRIEF).shortest_s([])
        for case in (PEAK, Case("matmul", "square", "fp32", 1))
    )
    assert with_search - without == pytest.approx(4 * engine.BRIEF.case_s, rel=0.01)


def test_a_trial_times_the_case_and_one_that_fails_counts_nothing(monkeypatch: pytest.MonkeyPatch) -> None:
    measurement = Measurement(PEAK, engine.device(), engine.BRIEF)
    assert 1e7 < measurement._try(TINY, must=True) < 1e13
    skipped = replace(TINY, dtype="tf32")
    assert measurement._try(skipped, must=False) == 0
    with pytest.raises(Unsupported):
        measurement._try(skipped, must=True)


def test_a_peak_that_cannot_run_at_all_says_so() -> None:
    with pytest.raises(Unsupported, match="TF32"):
        list(Measurement(replace(PEAK, dtype="tf32"), engine.device(), engine.BRIEF).begin())


def test_a_real_search_on_this_machine() -> None:
    measurement = Measurement(PEAK, engine.device(), engine.BRIEF)
    list(measurement.begin())
    measurement.round(random.Random(0))
    assert problems(whole_row(measurement)) == []
    assert "tried=" in measurement.found.params


def test_what_one_gets_by_default_has_the_peak_of_what_ran(monkeypatch: pytest.MonkeyPatch) -> None:
    class Chip:
        """Knows only fp32."""

        id = "chip"

        def peak(self, dtype: str) -> float | None:
            return {"fp32": 1e18}.get(dtype)

    measurement, _ = measured(replace(TINY, dtype="default"))
    monkeypatch.setattr(measurement, "_device", SimpleNamespace(chip=Chip()))
    assert measurement._measured_columns()["peak_flop_per_s"] == 1e18
