"""The rungs of the ladder: each way to the same product, slowest arithmetic first, and the chip's peak above them."""

import pandas as pd

from compute.cuda.programs import KERNELS
from compute.cuda.record import Record
from compute.units import si

COLUMNS = ["name", "dtype", "flop_per_s", "low", "high", "source", "words"]


def rungs(record: Record, source: str) -> pd.DataFrame:
    """A row for each product that was measured and found right, and for each dtype's peak where the chip is known.

    `source` says where the record is from ("measured here" or "shipped"). `low` and `high` are the rates of the slowest
    and the fastest run, FLOP/s.
    """
    found = []
    for dtype in ("fp32", "tf32"):
        rows = [
            row for kernel in KERNELS if kernel.product and kernel.dtype == dtype and (row := record.row(kernel.id))
        ]
        for row in rows:
            if row.status == "measured" and not row.interpreted and row.flops and row.flop_per_s:
                assert row.min_s
                assert row.max_s
                ends = row.flops / row.max_s, row.flops / row.min_s
                words = si(row.flop_per_s, "FLOP/s")
                found.append([row.about.title, dtype, row.flop_per_s, *ends, source, words])
        peak = record.chip.peak(dtype) if record.chip else None
        if peak and any(rung[1] == dtype for rung in found):
            found.append(["Peak of the data sheet", dtype, peak, peak, peak, "published", si(peak, "FLOP/s")])
    return pd.DataFrame(found, columns=COLUMNS)
