"""Known chips: what their makers say they can do, read from `data/hardware.csv`.

Peaks are dense: a figure that counts skipped zeros (sparsity) is not in the file. A blank is unknown and
stays unknown; nothing falls back to another chip's number. Needs only the standard library.
"""

import csv
import re
from collections.abc import Iterable
from dataclasses import dataclass, fields
from functools import cache
from importlib import resources
from pathlib import Path
from typing import cast

# A folder, or the inside of a bundle, whose paths do what is needed here of a folder's.
_HOUSE = cast(Path, resources.files("compute")).parent
DATA = _HOUSE / "data" / "hardware.csv"

# Words in a device kind that say who made it and nothing about which chip it is.
_VENDORS = frozenset({"nvidia", "amd", "google"})

JAX = ("yes", "CUDA 12", "ROCm", "no", "")
"""Whether JAX runs on a chip: as it comes, only with its wheels for CUDA 12 or ROCm, not at all, or unknown."""

# The column that holds the peak of each dtype. tf32 is a way to multiply fp32 numbers, so it has its own.
_PEAK_COLUMNS = {
    "fp64": ("fp64_tflops", "fp64_tensor_tflops"),
    "fp32": ("fp32_tflops",),
    "tf32": ("tf32_tflops",),
    "bf16": ("bf16_tflops",),
    "fp16": ("fp16_tflops",),
    "fp8_e4m3": ("fp8_tflops",),
    "fp8_e5m2": ("fp8_tflops",),
    "int8": ("int8_tops",),
}


@dataclass(frozen=True)
class Chip:
    """One row of `data/hardware.csv`; units are in the names, None is unknown."""

    id: str
    name: str
    vendor: str
    kind: str
    form: str
    year: int | None
    fp64_tflops: float | None
    fp64_tensor_tflops: float | None
    fp32_tflops: float | None
    tf32_tflops: float | None
    bf16_tflops: float | None
    fp16_tflops: float | None
    fp8_tflops: float | None
    int8_tops: float | None
    memory_gib: float | None
    memory_gb_per_s: float | None
    tdp_watts: float | None
    process_nm: float | None
    die_area_mm2: float | None
    transistors_billion: float | None
    cores: int | None
    jax_device_kind: str
    jax_devices: int | None
    jax: str
    source_url: str
    note: str

    def peak(self, dtype: str) -> float | None:
        """Dense peak of one JAX device in FLOP/s (OP/s for int8), or None when it is unknown.

        `dtype` is named as in results. Matrix products use tensor cores where there are any, so the larger of
        the two fp64 rates counts. A CPU has no peak here: its figures in the file are computed from the base
        clock, which turbo exceeds, for all cores of a chip of which a rented machine has few.
        """
        if self.kind == "cpu" or self.jax_devices is None:
            return None
        rates = [getattr(self, column) for column in _PEAK_COLUMNS.get(dtype, ())]
        known = [rate for rate in rates if rate is not None]
        return max(known) * 1e12 / self.jax_devices if known else None

    def bandwidth(self) -> float | None:
        """Bandwidth of one JAX device's memory in B/s, or None when unknown. A CPU has none here, as in `peak`."""
        if self.kind == "cpu" or self.jax_devices is None or self.memory_gb_per_s is None:
            return None
        return self.memory_gb_per_s * 1e9 / self.jax_devices


@cache
def chips() -> tuple[Chip, ...]:
    """All known chips, in the order of the file. Raises ValueError naming row and column of a bad value."""
    with DATA.open(encoding="utf-8", newline="") as file:
        return parse(file)


def parse(lines: Iterable[str]) -> tuple[Chip, ...]:
    """Chips from CSV text with a header. Raises ValueError naming row (1 is the header), column and value."""
    reader = csv.DictReader(lines)
    expected = [field.name for field in fields(Chip)]
    if reader.fieldnames != expected:
        raise ValueError(f"hardware.csv: expected the columns {expected}, found {reader.fieldnames}")
    return tuple(_chip(row, number) for number, row in enumerate(reader, start=2))


def chip(id: str) -> Chip | None:
    """The chip with this id, or None."""
    return _by_id().get(id)


def find(device_kind: str, cpu_model: str = "") -> Chip | None:
    """The chip behind a JAX device, or None when it is not known for certain.

    `device_kind` is what JAX says ("NVIDIA H200", "TPU v5 lite", "cpu"). It must name the chip whole, only
    the maker's name may come or go: "A100-SXM4-40GB" is found, but an "NVIDIA A100X", an "RTX 4090 Laptop
    GPU" and a slice of a GPU ("... MIG 1g.10gb") are not the devices they sound like and stay unknown.
    On a CPU the kind says nothing: there `cpu_model`, as the system tells it, must be the chip's own name.
    """
    if device_kind.strip().lower() == "cpu":
        return _by_cpu_name().get(_cpu_name(cpu_model))
    return _by_kind().get(_kind_words(device_kind))


def _chip(row: dict[str, str], number: int) -> Chip:
    """A Chip from a row of text; blank numbers become None."""
    values: dict[str, object] = {}
    for field in fields(Chip):
        text = row[field.name]
        if field.type is str:
            values[field.name] = text
            continue
        try:
            values[field.name] = None if text == "" else _positive(text, whole=field.type == int | None)
        except ValueError as error:
            raise ValueError(f"hardware.csv, row {number}, column {field.name}: {error}") from None
    if values["jax"] not in JAX:
        expected = ", ".join(word or "(blank)" for word in JAX)
        raise ValueError(f"hardware.csv, row {number}, column jax: expected one of {expected}, found {values['jax']!r}")
    return Chip(**values)  # type: ignore[arg-type]  # the loop fills each field with its own type


def _positive(text: str, whole: bool) -> float | int:
    number = int(text) if whole else float(text)
    if not 0 < number < float("inf"):
        raise ValueError(f"expected a number above 0 or a blank for unknown, found {text!r}")
    return number


@cache
def _by_id() -> dict[str, Chip]:
    return {chip.id: chip for chip in chips()}


@cache
def _by_kind() -> dict[tuple[str, ...], Chip]:
    kinds = {
        _kind_words(kind): chip for chip in chips() if chip.kind != "cpu" for kind in chip.jax_device_kind.split(";")
    }
    kinds.pop((), None)
    return kinds


def _kind_words(kind: str) -> tuple[str, ...]:
    """The words that say which chip it is: "NVIDIA A100-SXM4-40GB" gives a100, sxm4, 40gb."""
    return tuple(word for word in re.split(r"[\s_-]+", kind.strip().lower()) if word and word not in _VENDORS)


@cache
def _by_cpu_name() -> dict[str, Chip]:
    names = {_cpu_name(chip.name): chip for chip in chips() if chip.kind == "cpu"}
    names.pop("", None)
    return names


def _cpu_name(model: str) -> str:
    """The bare name of a CPU: "Intel(R) Xeon(R) Platinum 8370C CPU @ 2.80GHz" is "intel xeon platinum 8370c".

    A name without a model number, which clouds show to hide what they use ("Intel Xeon @ 2.20GHz" or
    "AMD EPYC"), is a family and no chip: it gives "".
    """
    name = model.lower().replace("(r)", " ").replace("(tm)", " ")
    name = re.sub(r"\(.*|,.*|@.*", " ", name)  # remarks and clock
    name = re.sub(r"\b\d+-core\b|\b\d+th gen\b|\bprocessor\b|\bcpu\b", " ", name)
    return " ".join(name.split()) if re.search(r"\d", name) else ""
