"""Which results may be ranked. A file can be written by hand, so a verdict in it is not taken on trust."""

from __future__ import annotations

from functools import cache

from compute import hardware, units, workloads
from compute.compare.headlines import USABLE
from compute.measure.verdict import ABOVE_PEAK
from compute.results import Row


def why_apart(row: Row) -> str | None:
    """Why a valid row is shown apart and never ranked; None = it may be ranked."""
    if row["status"] != "measured":
        return f"{row['status'].capitalize()}: {row['reason']}"
    if row["verdict"] not in USABLE:
        return f"Invalid: {row['reason']}" if row["reason"] else "Invalid."
    return _unbelievable(row)


def _unbelievable(row: Row) -> str | None:
    """Faster than the data sheet of its chip allows, or, for a chip without one, than any chip that we know."""
    rate = row["flop_per_s"]
    if rate is None:
        return None
    chip = hardware.find(row["device_kind"], row["cpu_model"] or "")
    peak = chip.peak(row["arithmetic"] or row["dtype"]) if chip else None
    if rate <= (peak or _fastest()) * ABOVE_PEAK * _shortcut(row["workload"]):
        return None
    whose = f"the peak of {chip.name}" if chip and peak else "the peak of every chip that we know"
    return f"Unbelievable: {units.si(rate, 'FLOP/s')} is above {whose}, {units.si(peak or _fastest(), 'FLOP/s')}."


def _shortcut(workload: str) -> float:
    known = workloads.workloads().get(workload)
    return known.shortcut if known else 1.0


@cache
def _fastest() -> float:
    """FLOP/s."""
    dtypes = ("fp64", "fp32", "tf32", "bf16", "fp16", "fp8_e4m3", "int8")
    return max(chip.peak(dtype) or 0.0 for chip in hardware.chips() for dtype in dtypes)
