"""Turns, judgement, and the processes of the contenders; no library of a peer is needed."""

import os
from random import Random

import pytest

from compute.workloads import Case
from tests.peers import cpu, gpu
from tests.peers.contest import Arena, Contest, Effort, Entry, Goal, amount, judge, take_turns
from tests.peers.process import Failed
from tests.peers.report import Finding

CASE = Case("matmul", "square", "fp32", 100)
BRIEF = Effort(batch_s=0.001, warm_s=0.0, rounds=2, rest_s=0.0)


def test_everybody_has_one_turn_a_round_in_changing_order() -> None:
    order: list[str] = []

    def sample(name: str) -> float:
        order.append(name)
        return float(len(order))

    samples, lost = take_turns(["a", "b", "c"], sample, 8, Random(0))
    rounds = [order[at : at + 3] for at in range(0, 24, 3)]
    assert all(sorted(names) == ["a", "b", "c"] for names in rounds)
    assert len({tuple(names) for names in rounds}) > 1
    assert {name: len(taken) for name, taken in samples.items()} == {"a": 8, "b": 8, "c": 8}
    assert lost == {}


def test_who_fails_once_is_out_and_the_others_go_on() -> None:
    calls: list[str] = []

    def sample(name: str) -> float:
        calls.append(name)
        if name == "b" and calls.count("b") == 2:
            raise Failed("out of memory")
        return 1.0

    samples, lost = take_turns(["a", "b"], sample, 5, Random(0))
    assert samples == {"a": [1.0] * 5}
    assert lost == {"b": "out of memory"}
    assert calls.count("b") == 2


def contest(*names: str, goals: tuple[Goal, ...] = ()) -> Contest:
    return Contest("contest", tuple(Entry(name, "blas", CASE) for name in names), goals, "GFLOP/s")


def by_name(findings: list[Finding]) -> dict[str, Finding]:
    return {finding.contender: finding for finding in findings}


def test_of_several_ways_of_ours_the_best_counts() -> None:
    goal = Goal(("torch",), 1.0)
    rates = {"ours nn": [4.0, 4.0, 9.0], "ours nt": [6.0, 6.0, 6.0], "torch": [3.0, 4.0, 6.0]}
    found = by_name(judge(contest(*rates, goals=(goal,)), rates, {"ours nn": "fp32"})[:3])
    assert found["torch"].ratio == 1.5  # 2, 1.5, 1
    assert (found["ours nn"].rate, found["ours nn"].ratio, found["ours nn"].note) == (4.0, None, "fp32")


def test_a_goal_names_who_met_it() -> None:
    goals = (Goal(("numpy", "torch"), 1.0), Goal(("onnxruntime",), 0.85))
    rates = {"ours": [2.0, 2.0], "numpy": [1.0, 4.0], "torch a": [2.0, 2.0], "onnxruntime": [2.0, 2.0]}
    *_, best, alone = judge(contest(*rates, goals=goals), rates, {})
    assert (best.contender, best.ratio, best.verdict) == ("best of numpy, torch", 0.75, "MISSED")
    assert best.note == "ours against numpy"
    assert (alone.contender, alone.verdict) == ("onnxruntime", "reached")


def test_a_goal_without_rivals_or_without_us_is_not_known() -> None:
    goal = Goal(("torch",), 1.0)
    *_, nobody = judge(contest("ours", "torch", goals=(goal,)), {"ours": [1.0]}, {"torch": "failed: no torch"})
    assert (nobody.verdict, nobody.note) == ("", "no rate of torch")
    *_, without_us = judge(contest("ours", "torch", goals=(goal,)), {"torch": [1.0]}, {})
    assert (without_us.verdict, without_us.note) == ("", "no rate of ours")


def test_what_a_step_does() -> None:
    assert amount(CASE, "GFLOP/s") == pytest.approx(2e-3)
    assert amount(Case("cnn", "alexnet training", "fp32", 8), "images/s") == 8
    assert amount(Case("bandwidth", "triad", "fp32", 10**9), "GB/s") == 12
    assert amount(Case("kmeans", "lloyd", "fp32", 500), "points/s") == 500


def test_processes_prepare_and_answer_and_one_that_cannot_says_why() -> None:
    arena = Arena(lambda module: os.environ, BRIEF, fresh=True)
    entries = (Entry("ours", "blas", CASE), Entry("numpy", "blas", CASE), Entry("nobody", "no_such_module", CASE))
    try:
        findings = arena.hold(Contest("contest", entries, (Goal(("numpy",), 0.0),), "GFLOP/s"))
    finally:
        arena.close()
    found = by_name(findings[:3])
    assert found["numpy"].rounds == 2
    assert (found["numpy"].ratio or 0) > 0
    assert found["nobody"].note.startswith("failed: ModuleNotFoundError: No module named 'tests.peers.subjects.no_such")
    assert findings[-1].verdict == "reached"


def test_openblas_chooses_for_itself_and_all_have_one_allocator(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("OPENBLAS_CORETYPE", "Haswell")
    ours, blas = cpu.environment("ours"), cpu.environment("blas")
    assert "OPENBLAS_CORETYPE" not in blas
    assert ours["GLIBC_TUNABLES"] == blas["GLIBC_TUNABLES"]


def test_the_best_share_of_the_peak_closes_the_table() -> None:
    shares = [Finding(f"matmul {n}", "FMA peak", ratio=ratio) for n, ratio in ((512, 0.7), (1024, 0.9), (2048, 0.8))]
    [best] = cpu.closing(shares)
    assert (best.what, best.ratio, best.target, best.verdict) == ("matmul 1024", 0.9, 0.85, "reached")
    assert cpu.closing([]) == []


def test_the_published_figure_closes_the_table_of_the_gpu() -> None:
    rates = [Finding("ResNet-50 training bf16, batch 256", "ours", rate=rate) for rate in (3000.0, 3100.0)]
    [found] = gpu.closing(rates)
    assert found.verdict == "reached"
    assert found.ratio == pytest.approx(3100 / 3079)
    assert gpu.closing([]) == []


def test_the_fastest_is_a_contender_and_no_goal() -> None:
    findings = [
        Finding("c", "torch nn", rate=1.0),
        Finding("c", "torch nt", rate=2.0),
        Finding("c", "best of torch", rate=3.0, target=1.0),
        Finding("c", "torch graph", note="failed: no"),
    ]
    assert gpu.fastest(findings, "torch") == "torch nt"
    assert gpu.fastest(findings, "ours") is None
