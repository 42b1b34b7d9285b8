"""The tables under the charts: the rows that are drawn, in units that people read and can sort by."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

from compute import units
from compute.compare import headlines, pick, roofline

if TYPE_CHECKING:
    import pandas as pd

    from compute.workloads.cnn import Layer


VARIANT = {"matmul": "Shape", "cnn": "Variant"}
SIZE = {"matmul": "Size", "cnn": "Batch"}
RATE = {"matmul": ("GFLOP/s", "flops", 1e9), "cnn": ("Images/s", "items", 1.0)}


def measured(frame: pd.DataFrame, workload: str, owner: pick.Owner) -> pd.DataFrame:
    """One machine's rows of a workload, also those without a time: a skipped case says why.

    Numbers have three significant digits. A column that is blank in every row is left out.
    """
    import pandas as pd

    rows = pick.select(frame, workload=workload, machine=owner.machine, source=owner.source)
    rate_name = _rate_name(workload, rows)
    table = pd.DataFrame([_line(row, workload, rate_name) for row in rows])
    blank = [name for name in ("Layout", *_DETAILS) if table[name].replace("", None).isna().all()]
    return table.drop(columns=blank)


_DETAILS = ("Between processes, %", "Cache", "XLA options", "Written as", "Reason")


def _line(row: pick.Row, workload: str, rate_name: str) -> dict[str, Any]:
    _, amount, unit = RATE[workload]
    rate, times = pick.rate(row, amount), pick.seconds(row)
    return {
        VARIANT[workload]: row["variant"],
        "dtype": row["dtype"],
        SIZE[workload]: row["size"],
        "Layout": pick.layout(row) if workload == "matmul" else "",
        "Mode": row["mode"],
        rate_name: _rounded(rate and rate.middle, unit),
        "95 % from": _rounded(rate and rate.low, unit),
        "to": _rounded(rate and rate.high, unit),
        "Between processes, %": _rounded(pick.number(row, "process_spread"), 0.01),
        "Verdict": pick.text(row, "verdict") or pick.text(row, "status"),
        "Ran as": pick.text(row, "arithmetic"),
        "ms per step": _rounded(times and times.middle, 1e-3),
        "ms to compile": _rounded(pick.number(row, "compile_s"), 1e-3),
        "Compile share, %": _rounded(pick.compile_share(row), 0.01),
        "Steps to pay back": _rounded(pick.steps_to_pay(row), 1),
        "Cache": pick.text(row, "cache"),
        "XLA options": pick.text(row, "options"),
        "Written as": pick.text(row, "formulation"),
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


def machines(frame: pd.DataFrame, odd: pd.DataFrame) -> pd.DataFrame:
    """One line for each run, the fastest first: its headline figures, how its cases ended, and what is odd.

    `frame` names each run (`compute.compare.curves.each_run`), `odd` is what `compute.compare.outliers` found. `case`
    and `mode` name the result that stands for the run: its best matrix product, or its first result without one.
    """
    import pandas as pd

    frame = frame[list(headlines.MADE_OF)]
    table = headlines.machines(frame)
    best = headlines.best(frame)
    best = best[best["workload"].eq("matmul")].sort_values("flop_per_s", ascending=False, kind="stable")
    key = ["run_id", "case", "mode"]
    stands = pd.concat([best[key], frame[key]]).drop_duplicates("run_id")
    table = table.merge(stands, on="run_id")
    table = table.assign(
        fp32_tflop_per_s=table["fp32_flop_per_s"] / 1e12,
        best_tflop_per_s=table["best_flop_per_s"] / 1e12,
        odd=table["run_id"].map(odd["run_id"].value_counts()).fillna(0).astype(int),
        measured_at=table["measured_at"].str.slice(0, 16).str.replace("T", " "),
    )
    return table.sort_values("fp32_flop_per_s", ascending=False, kind="stable", na_position="last", ignore_index=True)


NOT_HERE = "not on this chip"


def arithmetics(frame: pd.DataFrame, owner: pick.Owner) -> pd.DataFrame:
    """One line for each dtype that matmul was asked for: whether the chip has it, its best rate, and what really ran.

    `Here` is "yes", NOT_HERE where the chip cannot do it, or that no result is usable. A column that is blank in every
    line is left out.
    """
    import pandas as pd

    rows = pick.select(frame, workload="matmul", mode="stream", machine=owner.machine, source=owner.source)
    by_dtype = {dtype: [row for row in rows if row["dtype"] == dtype] for dtype in pick.in_order(map(_dtype, rows))}
    return pd.DataFrame([_arithmetic(dtype, own) for dtype, own in by_dtype.items()]).dropna(axis="columns", how="all")


def _dtype(row: pick.Row) -> str:
    return str(row["dtype"])


def _arithmetic(dtype: str, rows: Sequence[pick.Row]) -> dict[str, Any]:
    best = pick.best(rows, "flops")
    if best is None:
        here = NOT_HERE if any(map(pick.is_unsupported, rows)) else "no usable result"
        return {"dtype": dtype, "Here": here}
    row, rate = best
    peak = pick.number(row, "peak_flop_per_s")
    return {
        "dtype": dtype,
        "Here": "yes",
        "Best rate": units.si(rate.middle, pick.rate_unit(dtype)),
        "% of the data sheet": _rounded(peak and rate.middle / peak, 0.01),
        "Ran as": pick.text(row, "arithmetic"),
        "Best shape": pick.case_words(row),
        "Found by": _found_by(row),
        "Verdict": pick.text(row, "verdict"),
    }


def not_measured(frame: pd.DataFrame) -> list[str]:
    """Why cases have no time, a sentence for each reason with the cases that it holds for."""
    cases: dict[str, list[str]] = {}
    for row in pick.select(frame):
        if pick.text(row, "status") in ("skipped", "failed"):
            named = f"{pick.case_words(row)} in {row['dtype']}"
            cases.setdefault(pick.text(row, "reason") or "no reason given", []).append(named)
    return [f"{', '.join(named)}: {reason}" for reason, named in cases.items()]


def without_rate(frame: pd.DataFrame, arithmetics: pd.DataFrame) -> pd.DataFrame:
    """The rows of the dtypes that have no rate in a table of `arithmetics`."""
    if arithmetics.empty:
        return frame.head(0)
    return frame[frame["dtype"].isin(arithmetics.loc[arithmetics["Here"].ne("yes"), "dtype"])]


def _found_by(row: pick.Row) -> str:
    """How the best shape was come by: a search says how many it tried."""
    if row["variant"] != "peak":
        return "sweep"
    tried = pick.param(row, "tried")
    return f"search of {tried} shapes" if tried else "search"


def of(frame: pd.DataFrame, workload: str, owner: pick.Owner) -> pd.DataFrame:
    """The rows of one workload that belong to one owner."""
    mine = frame["machine"].eq(owner.machine) & frame["source"].eq(owner.source)
    return frame[mine & frame["workload"].eq(workload)]


def of_workload(frame: pd.DataFrame, workload: str) -> pd.DataFrame:
    """The rows of one workload, whoever's they are."""
    return frame[frame["workload"].eq(workload)]


def usable_squares(frame: pd.DataFrame) -> pd.DataFrame:
    """The rows of square matrix products that may be used."""
    return frame[frame["variant"].eq("square") & headlines.usable(frame)]


def families(frame: pd.DataFrame) -> list[str]:
    """The families of matrix products in a frame: "square", "layers", "peak", as far as they are there."""
    found = {pick.family(row) for row in frame[["variant"]].to_dict("records")}
    return [family for family in ("square", "layers", "peak") if family in found]


def dtypes(frame: pd.DataFrame) -> list[str]:
    """The dtypes in a frame, in the order of `pick.DTYPES`."""
    return pick.in_order(frame["dtype"])
