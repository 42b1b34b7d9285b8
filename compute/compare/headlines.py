"""The figures that stand for a machine: its best usable result of each kind, one row per run."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Mapping
from typing import Any

import pandas as pd

USABLE = ("steady", "noisy", "unstable")
"""Verdicts of results that may be compared and priced; an invalid one never is."""

_PER_RUN = (
    "run_id",
    "suite",
    "label",
    "platform",
    "backend",
    "device_kind",
    "device_count",
    "chip",
    "cpu_model",
    "cpu_count",
    "memory_gib",
    "device_memory_gib",
    "jax",
)
MADE_OF = (
    *_PER_RUN,
    *("case", "mode", "workload", "variant", "dtype", "arithmetic", "status", "verdict", "measured_at"),
    *("median_s", "flops", "flop_per_s", "items_per_s"),
)
"""The columns of results that the headline figures are made of: the others would only be carried along."""

_CNN_RATES = {
    "baseline_inference_per_s": "baseline inference",
    "baseline_training_per_s": "baseline training",
    "alexnet_inference_per_s": "alexnet inference",
    "alexnet_training_per_s": "alexnet training",
    "resnet50_inference_per_s": "resnet50 inference",
    "resnet50_training_per_s": "resnet50 training",
}


def usable(frame: pd.DataFrame) -> pd.Series:
    """For each row whether it was measured and its number may be used."""
    return frame["status"].eq("measured") & frame["verdict"].isin(USABLE) & frame["median_s"].gt(0)


def once(frame: pd.DataFrame) -> pd.DataFrame:
    """The first row of each (run, case, mode): a run that was uploaded twice counts once."""
    return frame.drop_duplicates(["run_id", "case", "mode"], ignore_index=True)


def best(frame: pd.DataFrame, mode: str = "stream") -> pd.DataFrame:
    """The usable row with the highest rate for each run, workload, variant and dtype, in one mode.

    The rate is FLOP/s where a step has FLOP, else items/s.
    """
    rows = frame[usable(frame) & frame["mode"].eq(mode)]
    rate = rows["flop_per_s"].where(rows["flops"].gt(0), rows["items_per_s"])
    fastest = rows.assign(_rate=rate).sort_values("_rate", ascending=False, kind="stable")
    chosen = fastest.drop_duplicates(["run_id", "workload", "variant", "dtype"])
    return chosen.drop(columns="_rate").sort_index().reset_index(drop=True)


def machines(frame: pd.DataFrame) -> pd.DataFrame:
    """One row per run: what machine it was, its headline figures, and how its cases ended.

    Figures come from usable rows in stream mode and are NaN where there is none: `fp32_flop_per_s` (square
    and peak matmul whose arithmetic really was fp32, as asked), `best_flop_per_s` with `best_dtype` (matmul of any
    shape and dtype, but for int8, whose operations are no FLOP), and images/s of the CNNs
    (`alexnet_inference_per_s`, …). `measured` counts the usable rows; `invalid`, `skipped`
    and `failed` the others. `measured_at` is the time of the run's last row; `machine` is unique.
    """
    frame = once(frame[list(MADE_OF)])
    runs = frame.drop_duplicates("run_id").set_index("run_id", drop=False)[list(_PER_RUN)]
    runs.insert(0, "machine", pd.Series(names(frame), dtype="str").reindex(runs.index))
    latest = frame.groupby("run_id")["measured_at"].max()
    found = [runs.assign(measured_at=latest), _figures(best(frame), runs.index), _endings(frame, runs.index)]
    return pd.concat(found, axis="columns").reset_index(drop=True)


def _figures(top: pd.DataFrame, runs: pd.Index) -> pd.DataFrame:
    """Headline figures of each run from its best rows."""
    matmul = top[top["workload"].eq("matmul") & top["flop_per_s"].notna() & top["dtype"].ne("int8")]
    honest = matmul["dtype"].eq("fp32") & (matmul["arithmetic"].eq("fp32") | matmul["arithmetic"].isna())
    honest &= matmul["variant"].isin(["square", "peak"])
    fastest = matmul.sort_values("flop_per_s", ascending=False, kind="stable").drop_duplicates("run_id")
    fastest = fastest.set_index("run_id")
    cnn = top[top["workload"].eq("cnn")].groupby(["run_id", "variant"])["items_per_s"].max().unstack()
    figures = {
        "fp32_flop_per_s": matmul[honest].groupby("run_id")["flop_per_s"].max(),
        "best_flop_per_s": fastest["flop_per_s"],
        "best_dtype": fastest["dtype"],
    } | {column: cnn[variant] for column, variant in _CNN_RATES.items() if variant in cnn}
    table = pd.DataFrame(figures).reindex(index=runs, columns=[*list(figures)[:3], *_CNN_RATES])
    return table.astype(dict.fromkeys(_CNN_RATES, "float64"))


def _endings(frame: pd.DataFrame, runs: pd.Index) -> pd.DataFrame:
    good = usable(frame)
    endings = {
        "measured": good,
        "invalid": frame["status"].eq("measured") & ~good,
        "skipped": frame["status"].eq("skipped"),
        "failed": frame["status"].eq("failed"),
    }
    return pd.DataFrame(endings).groupby(frame["run_id"]).sum().reindex(runs).astype("int64")


# --- names --------------------------------------------------------------------------------------------------

_MARKS = re.compile(r"\((?:R|TM|C)\)", re.IGNORECASE)
_NOISE = re.compile(r"\bCPU\b(?=\s*\S)|@.*$|\b\d+-Core\b|\bProcessor\b", re.IGNORECASE)


def machine_name(row: Mapping[Any, Any]) -> str:
    """A short name for people: "NVIDIA H200" or "AMD EPYC 7B12, 2 cores", then the label in brackets."""
    on_cpu = _filled(row, "backend") == "cpu"
    name = _cpu_name(row) if on_cpu else str(_filled(row, "device_kind") or "Unknown device")
    label = _filled(row, "label")
    return f"{name} ({label})" if label else name


def _cpu_name(row: Mapping[Any, Any]) -> str:
    model = _MARKS.sub("", str(_filled(row, "cpu_model") or "CPU"))
    name = " ".join(_NOISE.sub("", model).split()) or "CPU"
    count = _filled(row, "cpu_count")
    if count is None:
        return name
    return f"{name}, {count:g} {'core' if count == 1 else 'cores'}"


def _filled(row: Mapping[Any, Any], column: str) -> Any:
    """The value, or None where the row or the frame has a blank."""
    value = row.get(column)
    return None if value is None or value != value else value


_NAMED_BY = ["backend", "device_kind", "cpu_model", "cpu_count", "label"]


def named(frame: pd.DataFrame) -> pd.DataFrame:
    """The frame with a column `machine`: the `machine_name` of each row."""
    kinds = frame.groupby(_NAMED_BY, dropna=False, sort=False).ngroup()
    first = frame.loc[~kinds.duplicated(), _NAMED_BY].to_dict("records")
    called = dict(enumerate(map(machine_name, first)))
    return frame.assign(machine=kinds.map(called).astype("str"))


def names(frame: pd.DataFrame) -> dict[str, str]:
    """run_id -> machine_name, made unique by the time of the run, and by its id if that is not enough."""
    first = frame.drop_duplicates("run_id")
    rows = {str(row["run_id"]): row for _, row in first.iterrows()}
    plain = {run_id: machine_name(row.to_dict()) for run_id, row in rows.items()}
    minute = {run_id: str(row["measured_at"])[:16].replace("T", " ") for run_id, row in rows.items()}
    dated = {run_id: f"{name}, {minute[run_id]}" for run_id, name in plain.items()}
    by_id = {run_id: f"{name}, {run_id}" for run_id, name in plain.items()}
    return {run_id: _first_unique(run_id, (plain, dated), by_id[run_id]) for run_id in plain}


def _first_unique(run_id: str, choices: tuple[dict[str, str], ...], otherwise: str) -> str:
    for choice in choices:
        if Counter(choice.values())[choice[run_id]] == 1:
            return choice[run_id]
    return otherwise
