"""The tables under the charts: the rows that are drawn, in units that people read and can sort by."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

from compute.compare import pick, roofline

if TYPE_CHECKING:
    import pandas as pd

    from compute.workloads.cnn import Layer


SIZE = {"matmul": "n", "cnn": "Batch"}
RATE = {"matmul": ("GFLOP/s", "flops", 1e9), "cnn": ("Images/s", "items", 1.0)}


def measured(frame: pd.DataFrame, workload: str, owner: pick.Owner) -> pd.DataFrame:
    """One machine's rows of a workload, also those without a time: a skipped case says why.

    Numbers have three significant digits.
    """
    import pandas as pd

    rows = pick.select(frame, workload=workload, machine=owner.machine, source=owner.source)
    table = pd.DataFrame([_line(row, workload) for row in rows])
    return table.drop(columns="Variant") if workload == "matmul" else table


def _line(row: pick.Row, workload: str) -> dict[str, Any]:
    rate_name, amount, unit = RATE[workload]
    rate, times = pick.rate(row, amount), pick.seconds(row)
    return {
        "Variant": row["variant"],
        "dtype": row["dtype"],
        SIZE[workload]: row["size"],
        "Mode": row["mode"],
        rate_name: _rounded(rate and rate.middle, unit),
        "95 % from": _rounded(rate and rate.low, unit),
        "to": _rounded(rate and rate.high, unit),
        "Verdict": pick.text(row, "verdict") or pick.text(row, "status"),
        "Ran as": pick.text(row, "arithmetic"),
        "ms per step": _rounded(times and times.middle, 1e-3),
        "ms to compile": _rounded(pick.number(row, "compile_s"), 1e-3),
        "Steps to pay back": _rounded(pick.steps_to_pay(row), 1),
        "Reason": pick.text(row, "reason"),
    }


def _rounded(value: float | None, unit: float) -> float | None:
    return None if value is None else float(f"{value / unit:.3g}")


def under_the_roof(points: Sequence[roofline.Point]) -> pd.DataFrame:
    """The cases under a roof: intensity, what it allows, what was measured, and what sets the pace."""
    import pandas as pd

    rate = _rate_name("matmul", [point.row for point in points])
    return pd.DataFrame(
        {
            "Case": f"{point.row['workload']} {pick.case_words(point.row)}",
            "dtype": point.row["dtype"],
            "FLOP/B": _rounded(point.intensity, 1),
            rate: _rounded(point.rate.middle, 1e9),
            "Attainable": _rounded(point.attainable, 1e9),
            "% of it": _rounded(point.share, 0.01),
            "Pace set by": point.bound,
            "Verdict": pick.text(point.row, "verdict"),
        }
        for point in points
    )


def _rate_name(workload: str, rows: Sequence[pick.Row]) -> str:
    """The heading of the rates: products of integers are no FLOP."""
    name = RATE[workload][0]
    integers = workload == "matmul" and any(row["dtype"] == "int8" for row in rows)
    return f"{name} (int8: GOP/s)" if integers else name


def layers(layers: Sequence[Layer]) -> pd.DataFrame:
    """A network's layers: output shape, parameters, FLOP, their shares, and FLOP per byte moved.

    Computed numbers have three significant digits.
    """
    import pandas as pd

    flops, parameters = sum(layer.flops for layer in layers), sum(layer.parameters for layer in layers)
    return pd.DataFrame(
        {
            "Layer": layer.name,
            "Output": " × ".join(map(str, layer.shape)),
            "Parameters": layer.parameters,
            "of all parameters, %": _rounded(100 * layer.parameters / parameters, 1),
            "MFLOP per image": _rounded(layer.flops, 1e6),
            "of all FLOP, %": _rounded(100 * layer.flops / flops, 1),
            "FLOP per byte": _rounded(layer.flops / layer.bytes, 1),
        }
        for layer in layers
    )


def of(frame: pd.DataFrame, workload: str, owner: pick.Owner) -> pd.DataFrame:
    """The rows of one workload that belong to one owner."""
    mine = frame["machine"].eq(owner.machine) & frame["source"].eq(owner.source)
    return frame[mine & frame["workload"].eq(workload)]


def dtypes(frame: pd.DataFrame) -> list[str]:
    """The dtypes in a frame, in the order in which they come."""
    return list(dict.fromkeys(frame["dtype"]))
