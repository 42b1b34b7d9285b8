"""What can be laid over each other: for each choice the points of every machine, and ratios summed up by workload."""

from __future__ import annotations

import numpy as np
import pandas as pd

from compute.compare import pick
from compute.compare.headlines import names, once, usable

HEAT_COLUMNS = ["machine", "run_id", "group", "ratio", "cases"]

# The columns of the heat map, in this order; others follow.
GROUPS = (
    "triad", "matmul", "matmul, best shape", "layers",
    "baseline inference", "baseline training", "alexnet inference", "alexnet training",
    "resnet50 inference", "resnet50 training",
)  # fmt: skip


def each_run(frame: pd.DataFrame) -> pd.DataFrame:
    """The results with a name of its own for each run, so that 30 machines of one kind are 30 machines."""
    frame = once(frame)
    return frame.assign(machine=frame["run_id"].map(names(frame)))


def curves(frame: pd.DataFrame) -> dict[str, pd.DataFrame]:
    """Usable rows of each curve by its name, squares in fp32 first: FLOP/s over n, and images/s over the batch.

    Mode stream, layout NN; only curves on which some machine has two sizes.
    """
    rows = frame[usable(frame) & frame["mode"].eq("stream")]
    squares = rows[rows["workload"].eq("matmul") & rows["variant"].eq("square") & rows["params"].isna()]
    networks = rows[rows["workload"].eq("cnn")]
    found = {
        f"Matrix product, {dtype}": squares[squares["dtype"].eq(dtype)] for dtype in pick.in_order(squares["dtype"])
    }
    for variant in _in_order(networks["variant"].unique()):
        own = networks[networks["variant"].eq(variant)]
        found |= {f"{variant}, {dtype}": own[own["dtype"].eq(dtype)] for dtype in pick.in_order(own["dtype"])}
    ordered = sorted(found.items(), key=lambda pair: pair[0] != "Matrix product, fp32")
    return {name: curve for name, curve in ordered if curve.groupby("run_id")["size"].nunique().gt(1).any()}


def dtypes(ratios: pd.DataFrame) -> list[str]:
    """The dtypes in which something is compared."""
    return pick.in_order(ratios["dtype"])


def heat(ratios: pd.DataFrame, dtype: str) -> pd.DataFrame:
    """How many times as fast as the baseline each machine is in each kind of work: HEAT_COLUMNS.

    `ratios` are those of `compute.compare.baselines.ratios`, mode stream counts. `ratio` is the geometric mean over the
    cases that both have, the only mean of ratios that does not depend on which machine is the baseline (Fleming and
    Wallace, How Not to Lie with Statistics, Communications of the ACM 29(3), 1986). `cases` says over how many. The
    triad is one of fp32 and stands beside every dtype.
    """
    rows = ratios[ratios["mode"].eq("stream")]
    rows = rows[rows["dtype"].eq(dtype) | rows["workload"].eq("bandwidth")]
    if rows.empty:
        return pd.DataFrame(columns=HEAT_COLUMNS)
    rows = rows.assign(group=[_group(*kind) for kind in zip(rows["workload"], rows["variant"], strict=True)])
    together = rows.assign(log=np.log(rows["ratio"])).groupby(["machine", "run_id", "group"], sort=False)["log"]
    table = together.agg(["mean", "size"]).reset_index()
    table = table.assign(ratio=np.exp(table["mean"]), cases=table["size"])
    order = {group: place for place, group in enumerate(_in_order(table["group"].unique()))}
    return table.sort_values("group", key=lambda groups: groups.map(order), kind="stable")[HEAT_COLUMNS]


def _group(workload: str, variant: str) -> str:
    if workload == "bandwidth":
        return "triad"
    if workload != "matmul":
        return variant
    return {"square": "matmul", "peak": "matmul, best shape"}.get(variant, "layers")


def _in_order(groups: np.ndarray) -> list[str]:
    known = {group: place for place, group in enumerate(GROUPS)}
    return sorted(map(str, groups), key=lambda group: (known.get(group, len(known)), group))
