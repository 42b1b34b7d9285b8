"""How many pictures a second the machines in view were measured to take through AlexNet."""

from __future__ import annotations

from dataclasses import dataclass

import pandas as pd

from compute.compare import headlines

NETWORK = "alexnet_inference_per_s"


@dataclass(frozen=True)
class Rate:
    """Pictures a second of one machine at its best batch and dtype.

    `kind` is the backend that ran it ("cpu", "gpu", "tpu"), `when` is UTC, ISO 8601.
    """

    machine: str
    kind: str
    cores: float
    per_s: float
    when: str


def pictures(frame: pd.DataFrame) -> list[Rate]:
    """One rate for each machine that has one: of this machine's newest run first, then of the recorded runs.

    `frame` is that of the results in view, with their `source`. Of two recorded runs of one machine the newer counts.
    """
    here = frame[frame["source"].eq("measured here")]
    recorded = frame[frame["source"].eq("shipped")]
    found = [*_rates(here)[-1:], *sorted(_rates(recorded), key=lambda rate: rate.per_s)]
    return list({rate.machine: rate for rate in reversed(found)}.values())[::-1]


def _rates(frame: pd.DataFrame) -> list[Rate]:
    """The rates of runs, oldest first."""
    if frame.empty:
        return []
    known = headlines.machines(frame).dropna(subset=NETWORK).sort_values("measured_at", kind="stable")
    newest = known.assign(machine=known.apply(headlines.machine_name, axis=1)).drop_duplicates("machine", keep="last")
    return [
        Rate(
            machine=str(row["machine"]),
            kind=str(row["backend"]),
            cores=float(row["cpu_count"]),
            per_s=float(row[NETWORK]),
            when=str(row["measured_at"]),
        )
        for row in newest.to_dict("records")
    ]
