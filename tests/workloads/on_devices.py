"""A child process with eight simulated devices: measures what it is told briefly and prints the rows. Run by path.

on_devices.py CASES SABOTAGE, both JSON: lists of the fields of a case, and the collectives that answer wrongly.
"""

import json
import os
import sys
from dataclasses import replace
from pathlib import Path
from random import Random
from typing import Any

os.environ["XLA_FLAGS"] = "--xla_force_host_platform_device_count=8"
sys.path.insert(0, str(Path(__file__).resolve().parents[2]))

from compute.measure.measurement import Measurement
from compute.workloads import Case, Program, Unsupported, _devices, workloads
from tests.measure import engine


def measured(case: Case) -> dict[str, Any]:
    """The row of a case after six batches, or why there is none."""
    measurement = Measurement(case, engine.device(), engine.BRIEF)
    try:
        list(measurement.begin())
    except Unsupported as reason:
        return measurement.row("skipped", str(reason))
    for number in range(3):
        measurement.round(Random(number))
    return measurement.row("measured", "")


def one_wrong_part(case: Case) -> float:
    """The error that the check finds when a single device holds something else than it should."""
    import jax

    program, devices = engine.program(case), _devices.Devices(case)
    compiled = jax.jit(program.step)

    def spoil(part: Any) -> Any:
        last = jax.lax.axis_index(_devices.AXIS) == case.devices - 1
        return part + jax.numpy.where(last, 1, 0).astype(part.dtype)

    def sabotaged(fixed: Any, state: Any) -> Any:
        after = compiled(fixed, state)
        spoilt = devices.each(spoil, inputs=1)
        return (after[0], spoilt(after[1])) if isinstance(after, tuple) else spoilt(after)

    fixed = program.fixed()
    return program.check(sabotaged, fixed, program.state(fixed))[0].error


def without_sharing(case: Case) -> dict[str, Any]:
    """The row of a case whose devices keep to themselves what they compute."""
    import jax

    workload = workloads()[case.workload]

    def build(case: Case, backend: str) -> Program:
        alone = _devices.Devices(case).each(lambda b, x: x + b[0, 0], inputs=2)
        return replace(workload.build(case, backend), step=alone)

    measurement = Measurement(case, engine.device(), engine.BRIEF)
    measurement._workload = replace(workload, build=build)
    list(measurement.begin())
    measurement.round(Random(0))
    jax.block_until_ready(measurement._state)
    return measurement.row("measured", "")


def main() -> None:
    cases, spoilt, alone = ([Case(*fields) for fields in part] for part in json.loads(sys.argv[1]))
    found = {
        "devices": len(engine.device().devices),
        "counts": engine.device().counts,
        "rows": [measured(case) for case in cases],
        "spoilt": [one_wrong_part(case) for case in spoilt],
        "alone": [without_sharing(case) for case in alone],
    }
    print(json.dumps(found))


if __name__ == "__main__":
    main()
