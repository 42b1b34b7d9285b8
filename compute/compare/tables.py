"""The tables under the charts: the rows that are drawn, in units that people read and can sort by."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

from compute.compare import pick

if TYPE_CHECKING:
    import pandas as pd

    from compute.workloads.cnn import Layer


def measured(frame: pd.DataFrame, workload: str, owner: pick.Owner) -> pd.DataFrame:
    """One machine's rows of a workload, also those without a time: a skipped case says why."""
    import pandas as pd

    amount = {"matmul": ("Rate, GFLOP/s", "flops", 1e9), "cnn": ("Images per second", "items", 1.0)}[workload]
    size_name = {"matmul": "n", "cnn": "Batch"}[workload]
    rows = pick.select(frame, workload=workload, machine=owner.machine, source=owner.source)
    return pd.DataFrame([_line(row, size_name, *amount) for row in rows])


def _line(row: pick.Row, size_name: str, rate_name: str, amount: str, unit: float) -> dict[str, Any]:
    rate, times = pick.rate(row, amount), pick.seconds(row)
    compiled = pick.number(row, "compile_s")
    return {
        "Variant": row["variant"],
        "dtype": row["dtype"],
        size_name: row["size"],
        "Mode": row["mode"],
        rate_name: rate.middle / unit if rate else None,
        "from": rate.low / unit if rate else None,
        "to": rate.high / unit if rate else None,
        "Time per step, ms": times.middle * 1e3 if times else None,
        "Compile, ms": compiled * 1e3 if compiled is not None else None,
        "Steps to pay it": pick.steps_to_pay(row),
        "Verdict": pick.text(row, "verdict") or pick.text(row, "status"),
        "Ran as": pick.text(row, "arithmetic"),
        "Reason": pick.text(row, "reason"),
    }


def layers(layers: Sequence[Layer]) -> pd.DataFrame:
    """A network's layers: output shape, parameters, FLOP, their shares, and FLOP per byte moved."""
    import pandas as pd

    flops, parameters = sum(layer.flops for layer in layers), sum(layer.parameters for layer in layers)
    return pd.DataFrame(
        {
            "Layer": layer.name,
            "Output": " × ".join(map(str, layer.shape)),
            "Parameters": layer.parameters,
            "of all parameters, %": 100 * layer.parameters / parameters,
            "MFLOP per image": layer.flops / 1e6,
            "of all FLOP, %": 100 * layer.flops / flops,
            "FLOP per byte": layer.flops / layer.bytes,
        }
        for layer in layers
    )
