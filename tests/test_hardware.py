"""Chips are found by name or not at all, and their figures are what the sources say."""

import subprocess
import sys

import pytest
from hypothesis import given
from hypothesis import strategies as st

from compute import hardware

DTYPES = ["fp64", "fp32", "tf32", "bf16", "fp16", "fp8_e4m3", "fp8_e5m2", "int8"]
HEADER = hardware.DATA.read_text(encoding="utf-8").splitlines()[0]


def test_every_accelerator_is_found_by_each_of_its_device_kinds() -> None:
    accelerators = [chip for chip in hardware.chips() if chip.kind != "cpu" and chip.jax_device_kind]
    assert len(accelerators) > 30
    for chip in accelerators:
        for kind in chip.jax_device_kind.split(";"):
            assert hardware.find(kind) is chip


@pytest.mark.parametrize(
    ("kind", "id"),
    [
        ("NVIDIA H100 80GB HBM3", "h100-sxm"),
        ("NVIDIA H100 NVL", "h100-nvl"),
        ("NVIDIA H100 PCIe", "h100-pcie"),
        ("A100-SXM4-40GB", "a100-40gb"),  # older drivers leave the maker out
        ("nvidia a10g", "a10g"),
        ("TPU v5 lite", "tpu-v5e"),
        ("TPU v5e", "tpu-v5e"),
        ("TPU v5", "tpu-v5p"),
    ],
)
def test_the_most_specific_name_wins(kind: str, id: str) -> None:
    found = hardware.find(kind)
    assert found is not None
    assert found.id == id


@pytest.mark.parametrize(
    "kind",
    [
        "NVIDIA A100X",
        "NVIDIA L40",
        "NVIDIA H200 NVL",
        "NVIDIA H100 80GB HBM3 MIG 1g.10gb",
        "NVIDIA A10-4Q",
        "NVIDIA GeForce RTX 3090 Ti",
        "NVIDIA GeForce RTX 4090 Laptop GPU",
        "NVIDIA",
        "TPU",
        "",
    ],
)
def test_a_device_that_only_sounds_alike_stays_unknown(kind: str) -> None:
    assert hardware.find(kind) is None


@pytest.mark.parametrize(
    ("model", "id"),
    [
        ("Intel(R) Xeon(R) Platinum 8370C CPU @ 2.80GHz", "xeon-8370c"),
        ("Intel(R) Xeon(R) CPU E5-2673 v4 @ 2.30GHz", "xeon-e5-2673v4"),
        ("AMD EPYC 7763 64-Core Processor", "epyc-7763"),
        ("AMD EPYC 9V74 80-Core Processor", "epyc-9v74"),
        ("11th Gen Intel(R) Core(TM) i7-1165G7 @ 2.80GHz", "core-i7-1165g7"),
        ("Apple M1", "apple-m1"),
    ],
)
def test_cpu_is_found_by_model_name(model: str, id: str) -> None:
    found = hardware.find("cpu", model)
    assert found is not None
    assert found.id == id


@pytest.mark.parametrize(
    "model",
    [
        "",
        "AMD EPYC",
        "Intel(R) Xeon(R) CPU @ 2.20GHz",
        "Intel(R) Xeon(R) Processor",
        "Apple M1 Pro",
        "AMD Ryzen 7 5800X3D 8-Core Processor",
    ],
)
def test_a_masked_or_other_cpu_stays_unknown(model: str) -> None:
    assert hardware.find("cpu", model) is None


def test_cpu_model_is_ignored_on_an_accelerator() -> None:
    assert hardware.find("NVIDIA H999", "AMD EPYC 7763 64-Core Processor") is None


def known(id: str) -> hardware.Chip:
    chip = hardware.chip(id)
    assert chip is not None
    return chip


def test_peaks_are_flop_per_second() -> None:
    h200 = known("h200")
    assert h200.peak("bf16") == 989.5e12
    assert h200.peak("fp32") == pytest.approx(66.9e12)
    assert h200.peak("fp8_e4m3") == h200.peak("fp8_e5m2") == 1979e12


def test_fp64_peak_counts_the_tensor_cores() -> None:
    assert known("a100-40gb").peak("fp64") == 19.5e12
    assert known("t4").peak("fp64") == pytest.approx(0.2544e12)


def test_peak_is_per_jax_device() -> None:
    """JAX shows each core of a TPU v2 or v3 as a device: half a chip."""
    assert known("tpu-v2").peak("bf16") == 23e12
    assert known("tpu-v3").peak("bf16") == 61.5e12
    assert known("tpu-v4").peak("bf16") == 275e12


@pytest.mark.parametrize("dtype", ["bf16", "tf32", "default", "complex64"])
def test_an_unknown_peak_is_none(dtype: str) -> None:
    assert known("t4").peak(dtype) is None


def test_a_cpu_has_no_hard_peak() -> None:
    """Its figures come from the base clock; a laptop in turbo would pass them and look broken."""
    cpu = known("core-i5-8250u")
    assert cpu.fp32_tflops == 0.205
    assert [cpu.peak(dtype) for dtype in DTYPES] == [None] * len(DTYPES)


def test_unknown_id() -> None:
    assert hardware.chip("abacus") is None


@given(st.text(max_size=40), st.text(max_size=40))
def test_any_text_gives_a_chip_or_none(kind: str, model: str) -> None:
    found = hardware.find(kind, model)
    assert found is None or found in hardware.chips()


@pytest.mark.parametrize("value", ["-1", "0", "nan", "inf", "12 GB", "1,5"])
def test_a_bad_number_is_named_with_row_and_column(value: str) -> None:
    cells = [""] * len(HEADER.split(","))
    cells[HEADER.split(",").index("memory_gib")] = f'"{value}"'
    with pytest.raises(ValueError, match=r"row 2, column memory_gib"):
        hardware.parse([HEADER, ",".join(cells)])


def test_a_wrong_header_is_refused() -> None:
    with pytest.raises(ValueError, match="expected the columns"):
        hardware.parse(["id,name", "t4,T4"])


def test_needs_only_the_standard_library() -> None:
    code = "import sys, compute.hardware; print(*{'numpy', 'pandas', 'streamlit', 'jax'} & set(sys.modules))"
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout.strip() == ""
