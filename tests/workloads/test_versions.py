"""What differs between versions and devices."""

from types import SimpleNamespace

import jax
import pytest

from compute.workloads import _versions


@pytest.mark.parametrize(
    ("capability", "compiles"), [("8.0", True), ("9.0", True), ("12.1", True), ("7.5", False), ("gfx90a", False)]
)
def test_kernels_are_compiled_for_nvidias_gpus_since_ampere(
    capability: str, compiles: bool, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(jax, "devices", lambda: [SimpleNamespace(compute_capability=capability)])
    assert _versions.compiles_kernels() is compiles


def test_a_cpu_compiles_none() -> None:
    assert not _versions.compiles_kernels()
