"""Which results may be ranked."""

from __future__ import annotations

from compute.compare.headlines import USABLE
from compute.results import Row


def why_apart(row: Row) -> str | None:
    """Why a valid row is shown apart and never ranked; None = it may be ranked."""
    if row["status"] != "measured":
        return f"{row['status'].capitalize()}: {row['reason']}"
    if row["verdict"] not in USABLE:
        return f"Invalid: {row['reason']}" if row["reason"] else "Invalid."
    return None
