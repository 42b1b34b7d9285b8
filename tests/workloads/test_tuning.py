"""The table of options and formulations: which entry fits which case."""

import pytest

from compute.workloads import MODES, Case, _tuning, workloads
from compute.workloads._tuning import Entry

ENTRY = Entry(
    "cnn",
    "cpu",
    why="To see what fits.",
    variant="alexnet training",
    dtypes=("fp32", "tf32"),
    modes=("stream",),
    sizes=(8, 32),
)


@pytest.mark.parametrize(
    ("variant", "dtype", "size", "mode", "backend", "fits"),
    [
        ("alexnet training", "fp32", 8, "stream", "cpu", True),
        ("alexnet training", "tf32", 32, "stream", "cpu", True),
        ("alexnet inference", "fp32", 8, "stream", "cpu", False),
        ("alexnet training", "bf16", 8, "stream", "cpu", False),
        ("alexnet training", "fp32", 7, "stream", "cpu", False),
        ("alexnet training", "fp32", 33, "stream", "cpu", False),
        ("alexnet training", "fp32", 8, "call", "cpu", False),
        ("alexnet training", "fp32", 8, "stream", "gpu", False),
    ],
)
def test_an_entry_fits_where_all_of_its_conditions_hold(
    variant: str, dtype: str, size: int, mode: str, backend: str, fits: bool
) -> None:
    assert ENTRY.fits(Case("cnn", variant, dtype, size, mode), backend) is fits
    assert not ENTRY.fits(Case("matmul", variant, dtype, size, mode), backend)


def test_the_first_entry_that_fits_is_used_alone(monkeypatch: pytest.MonkeyPatch) -> None:
    general = Entry("cnn", "cpu", why="For the rest.", options={"a": 1})
    monkeypatch.setattr(_tuning, "ENTRIES", (ENTRY, general))
    assert _tuning.find(Case("cnn", "alexnet training", "fp32", 8), "cpu") is ENTRY
    assert _tuning.find(Case("cnn", "alexnet training", "fp32", 64), "cpu") is general


def test_what_no_entry_fits_runs_with_the_defaults() -> None:
    entry = _tuning.find(Case("matmul", "square", "fp32", 64), "an unknown backend")
    assert (entry.options, entry.formulation) == ({}, {})


def test_every_entry_has_a_reason_and_speaks_about_what_exists() -> None:
    for entry in _tuning.ENTRIES:
        workload = workloads()[entry.workload]
        assert entry.backend in ("cpu", "gpu", "tpu")
        assert entry.why.endswith((".", ")"))
        assert any(set(entry.variant.split()) <= set(variant.split()) for variant in workload.variants)
        assert set(entry.dtypes) <= set(workload.dtypes)
        assert set(entry.modes) <= set(MODES)
        assert entry.options or entry.formulation
