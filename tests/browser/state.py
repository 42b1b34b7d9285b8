"""A state folder in which two machines were measured before the server starts."""

import json
from pathlib import Path
from typing import Any

from compute.results import Row
from tests.samples import device_rows, limit_rows, sample_rows

BEGAN = 1_738_324_800.0  # 31 January 2025, noon UTC


def remember_runs(state: Path) -> None:
    """Write the logs of the sample runs, as if they had been measured here one after the other."""
    runs: dict[str, list[Row]] = {}
    for row in [*sample_rows(), *limit_rows(), *device_rows()]:
        runs.setdefault(row["run_id"], []).append(row)
    (state / "runs").mkdir()
    for run_id, rows in runs.items():
        events: list[dict[str, Any]] = [
            {"event": "launched", "run_id": run_id, "owner": "dashboard", "suite": "quick", "label": ""},
            *({"event": "result", "row": row} for row in rows),
            {"event": "finished", "elapsed_s": 30.0, "measured": len(rows), "skipped": 0, "failed": 0},
        ]
        lines = [json.dumps(event | {"at": BEGAN + second}) for second, event in enumerate(events)]
        (state / "runs" / f"{run_id}.jsonl").write_text("\n".join(lines) + "\n")
