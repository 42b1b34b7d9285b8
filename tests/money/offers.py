"""Offers for tests: a price file of a few rows, each told by what differs from a plain one."""

import csv
import io
import tempfile
from collections.abc import Mapping
from datetime import date
from pathlib import Path

import pandas as pd

from compute.money import prices

TODAY = date(2026, 11, 22)
GOOD = {
    "platform": "Example Cloud",
    "offer": "Example T4 x2",
    "sku": "t4-2",
    "accelerator": "t4",
    "accelerator_count": "2",
    "vcpus": "8",
    "memory_gib": "30",
    "gpu_memory_gib": "32",
    "usd_per_hour": "1.00",
    "usd_per_hour_spot": "0.25",
    "unit": "",
    "units_per_hour": "",
    "usd_per_month": "",
    "billing": "pay-as-you-go",
    "session_hours": "",
    "week_hours": "",
    "limits": "",
    "region": "nowhere-1",
    "currency": "USD",
    "as_of": "2026-11-01",
    "source_url": "https://example.org/prices",
    "note": "made up",
    "status": "current",
}
CPU = {"accelerator": "", "accelerator_count": "0", "gpu_memory_gib": ""}


def written(*rows: Mapping[str, str]) -> str:
    """A price file with these rows, each given as what differs from GOOD."""
    file = io.StringIO(newline="")
    writer = csv.DictWriter(file, prices.COLUMNS, lineterminator="\n")
    writer.writeheader()
    writer.writerows({**GOOD, **row} for row in rows)
    return file.getvalue()


def loaded(*rows: Mapping[str, str], assumptions: Mapping[str, float] | None = None) -> pd.DataFrame:
    """The same as a frame of offers; their names tell them apart."""
    named = [{"offer": f"offer {number}", "sku": f"sku {number}", **row} for number, row in enumerate(rows)]
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "prices.csv"
        path.write_text(written(*named), encoding="utf-8")
        return prices.load(path, TODAY, assumptions)
