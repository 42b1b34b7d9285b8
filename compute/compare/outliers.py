"""Results to look at twice: what cannot be, what leaves its own curve, what is unlike other machines of its kind.

Nothing is removed because of this. An outlier may be a mistake, a busy machine, or the most interesting point.
"""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import pandas as pd

from compute import hardware
from compute.compare.headlines import names, once, usable
from compute.workloads import workloads

ABOVE_PEAK = 1.02
"""So far may a rate lie above the dense peak (DESIGN, 4): clocks and data sheets are rounded."""

FAR = 3.5
"""Robust standard deviations. Iglewicz and Hoaglin, How to Detect and Handle Outliers (ASQC Quality Press 1993), as in
the NIST/SEMATECH e-Handbook of Statistical Methods, 1.3.5.17: |0.6745 (x - median) / MAD| > 3.5."""

TO_SIGMA = 1.4826
"""Median absolute deviation times this estimates the standard deviation of normal noise: 1 / 0.6745."""

LEAST_SPREAD = 1.03
"""Machines of a kind that differ by less than this factor are alike: a smaller spread of others is taken as this."""

STEP = 2.0
"""A curve has real steps and dips where caches end and tiles do not fill; one that is larger than this on both sides is
not known from any machine here."""

ENOUGH_PEERS = 5
"""Machines of a kind, itself among them, from which a median and its spread mean something."""

KINDS = ("invalid", "above the peak", "off its curve", "unlike its kind")
COLUMNS = ["kind", "machine", "run_id", "case", "mode", "rate", "expected", "reason"]

_CURVE = ["run_id", "workload", "variant", "dtype", "mode", "params"]
_CASE = ["workload", "variant", "dtype", "size", "mode", "params"]
# The other columns of results would only be carried along.
_MADE_OF = [
    *("run_id", "label", "measured_at", "backend", "device_kind", "chip", "cpu_model", "cpu_count", "case", *_CASE),
    *("status", "verdict", "reason", "median_s", "flops", "flop_per_s", "items_per_s", "peak_flop_per_s"),
]


def outliers(frame: pd.DataFrame) -> pd.DataFrame:
    """One row for each thing that is odd about a result, the worst kind first: COLUMNS.

    `rate` is FLOP/s where a step has FLOP and items/s otherwise, `expected` what it was held against (the peak, a
    neighbour on the curve, the median of its kind), NaN where there is none. On logarithms of rates:

    - invalid: the row says so, with its own reason.
    - above the peak: more than ABOVE_PEAK times the dense peak of the row or of `data/hardware.csv`, times what an
      exact algorithm may save in this workload.
    - off its curve: more than STEP times the faster of its two neighbours in size, or less than the slower one by as
      much. A curve that rises, bends and levels off has no such point.
    - unlike its kind: against the median of the same case on machines of the same kind (the device, and for a CPU its
      model and cores). Odd when FAR robust deviations away (at least LEAST_SPREAD each). Needs ENOUGH_PEERS.
    """
    if frame.empty:
        return pd.DataFrame(columns=COLUMNS)
    frame = once(frame[_MADE_OF])
    rate = frame["flop_per_s"].where(frame["flops"].gt(0), frame["items_per_s"])
    rows = frame.assign(rate=rate, params=frame["params"].fillna(""), machine=frame["run_id"].map(names(frame)))
    good = rows[usable(rows) & rows["rate"].gt(0)].assign(log=lambda table: np.log(table["rate"]))
    found = [_invalid(rows), _above_peak(good), _off_curve(good), _unlike_kind(good)]
    odd = pd.concat([part for part in found if len(part)] or [found[0]])
    place = odd["kind"].map({kind: place for place, kind in enumerate(KINDS)})
    return odd.iloc[np.argsort(place, kind="stable")][COLUMNS].reset_index(drop=True)


def _invalid(rows: pd.DataFrame) -> pd.DataFrame:
    bad = rows[rows["status"].eq("measured") & rows["verdict"].eq("invalid")]
    reason = bad["reason"].fillna("Its file calls it invalid and does not say why.")
    return bad.assign(kind="invalid", expected=np.nan, reason=reason)


def _above_peak(rows: pd.DataFrame) -> pd.DataFrame:
    kinds = rows.groupby(["chip", "dtype"], dropna=False, sort=False).ngroup()
    chips = rows.loc[~kinds.duplicated(), ["chip", "dtype"]].itertuples(index=False)
    known = kinds.map(dict(enumerate(_peak(chip, dtype) for chip, dtype in chips))).astype("float64")
    peak = rows["peak_flop_per_s"].fillna(known).clip(upper=known.fillna(np.inf))
    shortcut = {name: workload.shortcut for name, workload in workloads().items()}
    saved = rows["workload"].map(shortcut).astype("float64").fillna(1.0)
    share = rows["flop_per_s"] / (peak * saved)
    bad = rows[share.gt(ABOVE_PEAK)]
    bad = bad.assign(kind="above the peak", expected=peak[bad.index])
    words = [
        f"{times:.2f} times the dense peak of the chip in {dtype}: something of the work was not done."
        for times, dtype in zip((rows["flop_per_s"] / peak)[bad.index], bad["dtype"], strict=True)
    ]
    return bad.assign(reason=words)


def _peak(chip: object, dtype: str) -> float:
    known = hardware.chip(chip) if isinstance(chip, str) else None
    peak = known.peak(dtype) if known else None
    return np.nan if peak is None else peak


def _off_curve(rows: pd.DataFrame) -> pd.DataFrame:
    points = rows[rows["size"].gt(0)].sort_values([*_CURVE, "size"]).drop_duplicates([*_CURVE, "size"])
    curve = points.groupby(_CURVE, sort=False)["rate"]
    beside = pd.DataFrame({"before": curve.shift(1), "after": curve.shift(-1)})
    high, low = beside.max(axis=1, skipna=False), beside.min(axis=1, skipna=False)
    expected = high.where(points["rate"].gt(high), low)
    odd = points["rate"].gt(STEP * high) | points["rate"].lt(low / STEP)
    bad = points[odd].assign(kind="off its curve", expected=expected[odd])
    words = [
        f"{_times(rate / expected)} the nearer of its two neighbours on the curve."
        for rate, expected in zip(bad["rate"], bad["expected"], strict=True)
    ]
    return bad.assign(reason=words)


def _unlike_kind(rows: pd.DataFrame) -> pd.DataFrame:
    on_cpu = rows["backend"].eq("cpu")
    host = rows["cpu_model"].fillna("") + " " + rows["cpu_count"].astype("str")
    together = [rows["backend"], rows["device_kind"].where(~on_cpu, host), *(rows[name] for name in _CASE)]
    peers = rows["log"].groupby(together, sort=False)
    count, middle = peers.transform("size"), peers.transform("median")
    away = (rows["log"] - middle).abs()
    spread = (TO_SIGMA * away.groupby(together, sort=False).transform("median")).clip(lower=np.log(LEAST_SPREAD))
    odd = count.ge(ENOUGH_PEERS) & away.gt(FAR * spread)
    bad = rows[odd].assign(kind="unlike its kind", expected=np.exp(middle[odd]))
    return bad.assign(reason=_unlike_words(bad, count[odd].tolist()))


def _unlike_words(bad: pd.DataFrame, counts: Sequence[int]) -> list[str]:
    return [
        f"{_times(rate / expected)} the median of the {count} machines of its kind."
        for rate, expected, count in zip(bad["rate"], bad["expected"], counts, strict=True)
    ]


def _times(ratio: float) -> str:
    """ "2.41 times" or "0.320 times"."""
    return f"{ratio:.3g} times"
