"""What a run's telemetry says: a frame of its moments, and sentences about them."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import TYPE_CHECKING, Any

from compute import units
from compute.compare import pick

if TYPE_CHECKING:
    import pandas as pd

NUMBERS = ("clock_mhz", "power_w", "temperature_c", "busy", "others")
COLUMNS = ("at_s", *NUMBERS, "throttle")


def frame(telemetry: Iterable[Mapping[str, Any]], began: float) -> pd.DataFrame:
    """A row for each moment: seconds since the run began, and what was told then; blank where nothing was.

    Args:
        telemetry: the events of a run.
        began: Unix seconds.
    """
    import pandas as pd

    rows = []
    for event in telemetry:
        at = pick.number(event, "at")
        if at is None:
            continue
        known = {name: pick.number(event, name) for name in NUMBERS}
        rows.append({"at_s": at - began, **known, "throttle": pick.text(event, "throttle") or None})
    return pd.DataFrame(rows, columns=list(COLUMNS))


def channels(moments: pd.DataFrame) -> list[str]:
    """What was told at all, of what a strip can show."""
    return [name for name in NUMBERS[:4] if moments[name].notna().any()]


def sentences(moments: pd.DataFrame, energy_j: float | None, elapsed_s: float) -> list[str]:
    """What stands out: who else was there, why the clock was lowered, and the energy of the run."""
    said = []
    if (moments["others"] > 0).any():
        said.append("**The GPU was busy with another program**: what was measured then shared it.")
    words = [word for cell in moments["throttle"].dropna() for word in cell.split(", ") if word != "none"]
    if words:
        said.append(f"The clock was lowered: {', '.join(dict.fromkeys(words))}.")
    if energy_j is not None and elapsed_s > 0:
        power = units.si(energy_j / elapsed_s, "W")
        said.append(f"The device took {units.si(energy_j, 'J')} in {units.duration(elapsed_s)}: {power} on average.")
    return said
