"""Rows of a board for tests: offers with what a made-up job takes on each, told by what differs from a plain one."""

from typing import Any

import pandas as pd

from compute.money.jobs import Job

UNKNOWN = float("nan")
JOB = Job("images", "A thousand images", "cnn", ("alexnet inference",), 1000.0, counts="a thousand images")
PLAIN: dict[str, Any] = {
    "platform": "Cloud", "offer": "machine", "sku": "", "region": "", "accelerator": "t4", "accelerator_count": 1.0,
    "chip": "NVIDIA Tesla T4", "kind": "GPU", "vcpus": 4.0, "status": "current", "billing": "pay-as-you-go",
    "usd_per_hour": 1.0, "usd_per_hour_spot": UNKNOWN, "free": False, "as_of": "2026-11-01", "age_days": 20,
    "stale": False,
}  # fmt: skip
MEASURED: dict[str, Any] = {
    "basis": "shipped", "known": "measured, recorded", "how": "shipped: a case", "rate_of": "a T4", "lane": "paid",
    "sessions": 1.0, "session_hours": UNKNOWN, "week_hours": UNKNOWN, "missing": "", "rank": 1.0, "front": UNKNOWN,
}  # fmt: skip


def row(hours: float, usd: float, spread: float = 1.0, **more: Any) -> dict[str, Any]:
    """An offer that takes so many hours and dollars, each within a factor of `spread`."""
    ends = {
        "hours_low": hours / spread,
        "hours_high": hours * spread,
        "usd_low": usd / spread,
        "usd_high": usd * spread,
    }
    lots = {
        f"usd_per_lot{end}": amount * 1000
        for end, amount in (("", usd), ("_low", usd / spread), ("_high", usd * spread))
    }
    work = {"hours": hours, "calendar_hours": hours, "usd": usd, **ends, **lots}
    return PLAIN | MEASURED | work | {"sku": f"{hours:g} h, ${usd:g}"} | more


def guessed(hours: float, usd: float, **more: Any) -> dict[str, Any]:
    """The same as an estimate within a factor of 2."""
    return row(hours, usd, 2.0, **{"basis": "estimate", "known": "estimate", **more})


def board_of(*rows: dict[str, Any]) -> pd.DataFrame:
    """The rows as a frame."""
    return pd.DataFrame(list(rows))
