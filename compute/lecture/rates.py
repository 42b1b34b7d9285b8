"""How many pictures a second the machines in view were measured to take through AlexNet."""

from __future__ import annotations

from dataclasses import dataclass

import pandas as pd

from compute.compare import headlines

NETWORK = "alexnet_inference_per_s"


@dataclass(frozen=True)
class Rate:
    """Pictures a second of one machine at its best batch and dtype; `when` is UTC, ISO 8601."""

    machine: str
    kind: str
    cores: float
    per_s: float
    when: str


def pictures(frame: pd.DataFrame) -> list[Rate]:
    """One rate for each machine that has one: this machine's newest run first, then the recorded runs.

    `frame` is that of the results in view, with their `source`.
    """
    here = frame[frame["source"].eq("measured here")]
    recorded = frame[frame["source"].eq("shipped")]
    return [*_rates(here, newest_alone=True), *_rates(recorded)]


def _rates(frame: pd.DataFrame, newest_alone: bool = False) -> list[Rate]:
    if frame.empty:
        return []
    known = headlines.machines(frame).dropna(subset=NETWORK).sort_values("measured_at", kind="stable")
    if newest_alone:
        known = known.tail(1)
    return [
        Rate(
            machine=str(row["machine"]),
            kind=row["backend"] if row["backend"] in ("cpu", "gpu", "tpu") else "faint",
            cores=float(row["cpu_count"]),
            per_s=float(row[NETWORK]),
            when=str(row["measured_at"]),
        )
        for row in known.sort_values(NETWORK, kind="stable").to_dict("records")
    ]
