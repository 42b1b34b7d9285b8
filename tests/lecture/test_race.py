"""The race: its values, its lanes, how much faster, and what is possible; and one that is really run, small."""

import json
import os
import subprocess
import sys
from dataclasses import replace

import pytest

from compute.lecture import hands, race
from compute.lecture.live import Figure
from compute.measure.runner import ROOT, Snapshot
from tests.samples import sample_row

HERE = Figure(
    "race", {"loop": 100.0, "numpy": 0.02, "jax-one-core": 0.05, "jax-all-cores": 0.025}, "s", "Example CPU, 2 cores",
    2.0, "2026-11-25T20:00:00Z", "RECORDED",
)  # fmt: skip
GPU = replace(HERE, values={"gpu:0": 1e-4}, machine="Example GPU")


def told(**seconds: list[float]) -> Snapshot:
    return Snapshot(times=tuple({"way": way.replace("_", "-"), "steady_s": s} for way, s in seconds.items()))


def test_the_values_are_the_medians_in_the_order_of_the_hands() -> None:
    assert race.read(told(loop=[3.0, 1.0, 2.0], jax_one_core=[0.5])) == {"loop": 2.0, "jax-one-core": 0.5}


@pytest.mark.parametrize("snapshot", [Snapshot(), told(loop=[1.0]), told(numpy=[1.0], jax=[1.0]), told(loop=[], a=[1])])
def test_without_the_loop_and_another_it_is_no_race(snapshot: Snapshot) -> None:
    with pytest.raises(ValueError, match="plain loop and one other way"):
        race.read(snapshot)


def test_a_machine_without_a_gpu_gets_a_recorded_one_in_a_lane_of_its_own() -> None:
    titles = [(lane.title, lane.kind, lane.figure.machine) for lane in race.lanes(HERE, GPU)]
    assert titles[0] == ("Plain Python loop", "cpu", "Example CPU, 2 cores")
    assert titles[-1] == ("JAX on a GPU", "gpu", "Example GPU")
    assert len(titles) == 5
    both = replace(HERE, values={**HERE.values, "gpu:0": 2e-4})
    assert [lane.seconds for lane in race.lanes(both, GPU)] == [100.0, 0.02, 0.05, 0.025, 2e-4]


def test_faster_than_the_loop_by_what_the_same_machine_did() -> None:
    assert race.speed_up(race.lanes(HERE, GPU)) == pytest.approx(5000)


def test_the_recorded_gpu_is_the_same_product_one_call_at_a_time() -> None:
    row = sample_row(backend="gpu", device_kind="Example GPU", case=race.ELSEWHERE, mode="call", median_s=2e-4)
    found = race.elsewhere([row | {"mode": "stream"}, row | {"check_error": 1e-3}, row])
    assert found
    assert (found.values, found.machine) == ({"gpu:0": 2e-4}, "Example GPU")
    assert race.elsewhere([row | {"backend": "cpu"}]) is None


def test_what_is_possible_is_the_best_product_of_such_a_machine() -> None:
    row = sample_row(flop_per_s=2e11, flops=race.FLOPS, median_s=race.FLOPS / 2e11)
    mine = replace(HERE, machine="Example CPU, 2 cores")
    # 2^31 FLOP at 200 GFLOP/s take 10.7 ms; the loop takes 100 s.
    assert race.roof(race.lanes(mine), [row]) == pytest.approx(100 / (2**31 / 2e11), rel=1e-3)
    assert race.roof(race.lanes(replace(mine, machine="Another")), [row]) is None


def test_a_small_race_is_run_and_every_answer_checked() -> None:
    command = [sys.executable, "-P", "-m", "compute.lecture.worker", "race", "--run-id", "x", "--size", "32"]
    # Its standard input stays open: the end of it would tell it that we are gone.
    environment = os.environ | {"PYTHONPATH": str(ROOT)}
    with subprocess.Popen(command, env=environment, stdin=subprocess.PIPE, stdout=subprocess.PIPE) as process:
        assert process.stdout
        events = [json.loads(line) for line in process.stdout]
    assert events[-1]["event"] == "finished"
    times = {event["way"]: event for event in events if event["event"] == "times"}
    assert list(times)[:2] == ["loop", "numpy"]
    assert "jax-all-cores" in times
    assert all(event["off"] <= hands.limit(32) for event in times.values())
    started = next(event for event in events if event["event"] == "started")
    assert started["machine"]["cpu_count"] >= 1
