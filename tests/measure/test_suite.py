"""Which cases a suite measures, in which order, and what is skipped."""

import re
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

import compute.workloads as registry
from compute.measure import suite
from compute.workloads import SUITES, Case, workloads

GIB = 2**30
PLENTY = 1024.0 * GIB


@pytest.mark.parametrize("backend", ["cpu", "gpu", "tpu"])
@pytest.mark.parametrize("name", SUITES)
def test_no_case_twice_and_every_case_known(name: str, backend: str) -> None:
    plan = suite.plan(name, backend, PLENTY)
    assert not plan.skipped
    assert len(set(plan.cases)) == len(plan.cases)
    for case in plan.cases:
        workload = workloads()[case.workload]
        assert case.variant in workload.variants
        assert case.dtype in workload.dtypes
        assert case.mode in registry.MODES
        assert case.size > 0 or workload.search


@pytest.mark.parametrize("backend", ["cpu", "gpu"])
def test_longer_suites_hold_more(backend: str) -> None:
    quick, standard, full = (set(suite.plan(name, backend, PLENTY).cases) for name in SUITES)
    assert 15 <= len(quick) <= 45  # something of everything, in half a minute
    assert len(quick) < len(standard) < len(full)
    assert standard <= full


@pytest.mark.parametrize("backend", ["cpu", "gpu"])
@pytest.mark.parametrize("name", SUITES)
def test_every_workload_has_points_early(name: str, backend: str) -> None:
    cases = suite.plan(name, backend, PLENTY).cases
    alone = [workload for workload in workloads().values() if not workload.spread]
    assert {case.workload for case in cases[: len(alone)]} == {workload.name for workload in alone}
    most = cases[: len(cases) * 3 // 4]
    for workload in alone if name != "quick" else ():
        assert {case.variant for case in most if case.workload == workload.name} == set(workload.variants)


@pytest.mark.parametrize("name", SUITES)
def test_merging_keeps_each_workload_in_its_own_order(name: str) -> None:
    cases = suite.plan(name, "cpu", PLENTY).cases
    for workload in workloads().values():
        assert [case for case in cases if case.workload == workload.name] == workload.cases(name, "cpu")


@pytest.mark.parametrize("backend", ["cpu", "gpu", "tpu"])
@pytest.mark.parametrize("name", SUITES)
def test_several_devices_add_what_runs_on_them(name: str, backend: str) -> None:
    one, several = (suite.plan(name, backend, PLENTY, counts=counts).cases for counts in ((1,), (1, 2, 4)))
    new = [case for case in several if case not in one]
    assert [case for case in several if case in one] == list(one)
    assert len(set(several)) == len(several)
    assert {case.workload for case in new} == {work.name for work in workloads().values() if work.spread}
    assert {case.devices for case in new} == {1, 2, 4}
    for case in new:
        assert case.variant in workloads()[case.workload].variants
        assert case.dtype in workloads()[case.workload].dtypes


@pytest.mark.parametrize(
    ("here", "everywhere", "counts"),
    [
        (1, 1, (1,)),
        (2, 2, (1, 2)),
        (8, 8, (1, 2, 4, 8)),
        (6, 6, (1, 2, 4, 6)),
        (1, 4, (1, 4)),
        (4, 8, (1, 2, 4, 8)),
        (3, 6, (1, 2, 3, 6)),
    ],
)
def test_numbers_of_devices_double_up_to_all_of_them(here: int, everywhere: int, counts: tuple[int, ...]) -> None:
    assert suite.counts(here, everywhere) == counts


def test_only_the_wanted_workloads() -> None:
    assert {case.workload for case in suite.plan("quick", "cpu", PLENTY, ("cnn",)).cases} == {"cnn"}


@pytest.mark.parametrize(
    ("name", "only", "sentence"),
    [
        ("fast", (), "There is no suite 'fast': choose quick, standard, full."),
        ("quick", ("matmul", "rnn"), "There is no workload 'rnn': choose bandwidth, "),
    ],
)
def test_unknown_names_are_errors_that_list_the_known_ones(name: str, only: tuple[str, ...], sentence: str) -> None:
    with pytest.raises(ValueError, match=re.escape(sentence)):
        suite.plan(name, "cpu", PLENTY, only)


def test_what_does_not_fit_is_skipped_with_both_numbers() -> None:
    plan = suite.plan("quick", "cpu", 0.5 * GIB)
    reasons = {case.id: reason for case, reason in plan.skipped}
    # 4 copies of 61,100,840 weights and 2 of the 733,032 values of each of 8 images, 4 bytes each: 1,024,527,488
    assert reasons["cnn alexnet training fp32 8"] == (
        "Skipped: it needs 0.95 GiB of memory and 0.50 GiB are free beside the process itself."
    )
    assert Case("matmul", "square", "fp32", 1024) in plan.cases


def test_without_memory_everything_is_skipped_and_nothing_is_negative() -> None:
    plan = suite.plan("quick", "cpu", -1.0 * GIB)
    assert not plan.cases
    assert all("and 0.00 GiB are free" in reason for _, reason in plan.skipped)


@given(st.sampled_from(SUITES), st.floats(0, 64 * GIB))
def test_every_case_is_planned_or_skipped_by_what_it_needs(name: str, memory: float) -> None:
    plan = suite.plan(name, "cpu", memory)
    every = suite.plan(name, "cpu", PLENTY).cases
    assert {*plan.cases, *(case for case, _ in plan.skipped)} == set(every)
    for case in every:
        assert (case in plan.cases) == (workloads()[case.workload].need_bytes(case, "cpu") <= memory)


def test_budgets() -> None:
    assert {name: suite.BUDGETS_S[name] for name in SUITES} == suite.BUDGETS_S
    assert suite.BUDGETS_S["quick"] is not None
    assert suite.BUDGETS_S["quick"] <= 30
    assert suite.BUDGETS_S["standard"] is not None
    assert suite.BUDGETS_S["standard"] <= 300
    assert suite.BUDGETS_S["full"] is None


NEW_WORKLOAD = """
from compute.workloads import Case, Workload

WORKLOAD = Workload(
    name="sorting",
    title="Sorting",
    why="To see that one file is enough.",
    size_name="n",
    item_name="list",
    variants={"random": "random order"},
    dtypes=("fp32",),
    cases=lambda suite, backend: [Case("sorting", "random", "fp32", 1000)],
    flops=lambda case: case.size,
    bytes=lambda case: 8 * case.size,
    items=lambda case: 1,
    need_bytes=lambda case, backend: 8 * case.size,
    build=lambda case, backend: None,
)
"""


@pytest.fixture
def drop_in(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Path]:
    """A folder that counts as part of compute/workloads."""
    monkeypatch.setattr(registry, "__path__", [*registry.__path__, str(tmp_path)])
    known = set(sys.modules)
    workloads.cache_clear()
    yield tmp_path
    workloads.cache_clear()
    for name in set(sys.modules) - known:
        if name.startswith("compute.workloads."):
            del sys.modules[name]


def test_one_file_makes_a_workload(drop_in: Path) -> None:
    (drop_in / "sorting.py").write_text(NEW_WORKLOAD)
    assert workloads()["sorting"].title == "Sorting"
    new = Case("sorting", "random", "fp32", 1000)
    assert new in suite.plan("quick", "cpu", PLENTY).cases[: len(workloads())]
    assert new.id == "sorting random fp32 1000"


def test_a_file_with_a_leading_underscore_is_no_workload(drop_in: Path) -> None:
    (drop_in / "_sorting.py").write_text(NEW_WORKLOAD)
    assert "sorting" not in workloads()


def test_a_file_without_a_workload_is_named(drop_in: Path) -> None:
    (drop_in / "empty_file.py").write_text("")
    with pytest.raises(TypeError, match=r"compute/workloads/empty_file\.py defines no WORKLOAD"):
        workloads()


def test_a_case_is_named_without_its_mode() -> None:
    assert Case("matmul", "square", "fp32", 64, "call").id == "matmul square fp32 64"
    assert Case("matmul", "square", "fp32", 64, params="k=3").id == "matmul square fp32 64 k=3"
    assert Case("matmul", "peak", "bf16", 0).id == "matmul peak bf16"


def test_every_case_of_a_suite_is_known_by_its_name() -> None:
    for name in suite.BUDGETS_S:
        for case in suite.plan(name, "cpu", PLENTY, counts=(1, 2, 6)).cases:
            assert suite.named(case.id, case.mode) == case


def test_a_case_that_no_suite_has_is_refused() -> None:
    with pytest.raises(ValueError, match="There is no case 'matmul square fp32 7': name it as the column"):
        suite.named("matmul square fp32 7")
    with pytest.raises(ValueError, match=r"not measured in the mode fused, only in stream"):
        suite.named("bandwidth triad fp32 67108864", "fused")


def test_given_cases_take_the_place_of_the_suites_own() -> None:
    case = suite.named("matmul square fp32 1024")
    assert suite.plan("quick", "cpu", PLENTY, cases=[case]).cases == (case,)
    assert suite.plan("quick", "cpu", 1.0, cases=[case]).skipped[0][0] == case
