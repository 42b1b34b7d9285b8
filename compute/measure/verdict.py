"""Whether a measured number may be believed, and why not.

``steady``, ``noisy`` and ``unstable`` say how far the batches spread. ``invalid`` says that the number cannot be
what its label claims: it is kept and drawn as such, and never used in a cost.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from statistics import median
from typing import Any

from compute import units
from compute.measure import timing
from compute.measure.conditions import Conditions
from compute.measure.proof import Proof
from compute.workloads import Check

NOISY_SPREAD = 0.10
UNSTABLE_SPREAD = 0.25
DRIFT = 0.03
STEAL = 0.02
DOUBLING = (1.8, 2.2)
ABOVE_PEAK = 1.02


@dataclass(frozen=True)
class Verdict:
    """The verdict and, unless it is a plain ``steady``, the reason as a sentence."""

    name: str
    reason: str = ""


def judge(
    samples: timing.Samples,
    check: Check,
    flop_per_s: float,
    peak_flop_per_s: float | None,
    shortcut: float = 1.0,
    proof: Proof | None = None,
    conditions: Conditions | None = None,
) -> Verdict:
    """Judge one measured case.

    Args:
        samples: its batches.
        check: what comparing its answer with an independent one said.
        flop_per_s: its rate.
        peak_flop_per_s: dense peak of the chip for this dtype; None when unknown.
        shortcut: by how much an exact algorithm may undercut the operations that the rate counts.
        proof: the products found in the compiled program; None when nobody counted.
        conditions: what disturbed the device while the batches ran; None when nobody looked.
    """
    of_peak = flop_per_s / peak_flop_per_s if peak_flop_per_s else 0.0
    impossible = _missing_work(proof) or _impossible(samples, check, of_peak, shortcut)
    if impossible:
        return Verdict("invalid", impossible)
    first, third = timing.quartiles(samples.all)
    spread = (third - first) / median(samples.all)
    remarks = " ".join([*_remarks(samples, spread, of_peak), *_disturbances(conditions or Conditions())])
    if spread > UNSTABLE_SPREAD or _doubling_undecided(samples):
        return Verdict("unstable", remarks)
    if spread > NOISY_SPREAD or len(samples.all) < timing.ENOUGH_FOR_INTERVAL:
        return Verdict("noisy", remarks)
    return Verdict("steady", remarks)


def _missing_work(proof: Proof | None) -> str:
    if proof and proof.unshared:
        return "The compiled program holds nothing by which its devices share what they computed."
    if proof is None or not proof.missing:
        return ""
    return (
        f"The compiled program holds {proof.found} of the {proof.expected} matrix products and convolutions that one "
        "step asks for: the others were computed beforehand, merged or left out."
    )


def _impossible(samples: timing.Samples, check: Check, of_peak: float, shortcut: float) -> str:
    if not check.error <= check.limit:
        what = f"the {check.what} is off by {check.error:.1e}, more than the {check.limit:.1e} that this label allows"
        ran = f"; the arithmetic that ran looks like {check.arithmetic}" if check.arithmetic else ""
        return f"Not what the label says: {what}{ran}."
    if of_peak > ABOVE_PEAK * shortcut:
        return f"Faster than the chip can be: {of_peak:.2f} times its dense peak."
    ratio, low, high = timing.doubling(samples)
    enough = len(samples.single) >= timing.ENOUGH_FOR_INTERVAL
    if enough and (high < DOUBLING[0] or low > DOUBLING[1]):
        return f"Twice the steps took {ratio:.2f} times as long, so some of the work was not done every time."
    return ""


def _outside(ratio: float) -> bool:
    return not DOUBLING[0] <= ratio <= DOUBLING[1]


def _doubling_undecided(samples: timing.Samples) -> bool:
    """The ratio is off, but the noise reaches back into the band: not proof of missing work."""
    return _outside(timing.doubling(samples)[0])


def _remarks(samples: timing.Samples, spread: float, of_peak: float) -> list[str]:
    remarks = []
    if of_peak > ABOVE_PEAK:
        remarks.append(f"{of_peak:.2f} times the dense peak: an algorithm with fewer multiplications was used.")
    if len(samples.all) < timing.ENOUGH_FOR_INTERVAL:
        remarks.append(f"Only {len(samples.all)} batches fitted into the time: the interval is their range.")
    if spread > NOISY_SPREAD:
        remarks.append(f"The middle half of the batches spreads over {spread:.0%} of the median.")
    if _doubling_undecided(samples):
        remarks.append(f"Twice the steps took {timing.doubling(samples)[0]:.2f} times as long, within the noise.")
    slower = timing.drift(samples.all)
    if slower > DRIFT:
        remarks.append(f"It got {slower:.0%} slower while it was measured: heat, or a neighbour.")
    return remarks


def _disturbances(conditions: Conditions) -> list[str]:
    remarks = []
    if (conditions.steal or 0) > STEAL:
        remarks.append(f"The hypervisor gave {conditions.steal:.0%} of the CPU time to others while it was measured.")
    if conditions.throttle not in (None, "none"):
        remarks.append(f"The device lowered its clock while it was measured: {conditions.throttle}.")
    if conditions.others:
        who = "Another program" if conditions.others == 1 else f"{conditions.others} other programs"
        remarks.append(f"{who} used the GPU while it was measured.")
    return remarks


# --- a row's verdict in words -----------------------------------------------------------------------------------

_MEANINGS = {
    "steady": "Steady: the batches agree, so the number can be used.",
    "noisy": "Noisy: the batches disagree somewhat. The number is good for a rough comparison.",
    "unstable": "Unstable: the batches disagree so much that the number says little more than an order of magnitude.",
    "invalid": "Invalid: the number cannot be what its label claims. It is kept, and never used in a ratio or a cost.",
}
_STOPS = {
    "converged": "the interval of the median was narrow enough",
    "settled": "more batches no longer made the interval narrower",
    "budget": "the time for this case was over",
    "cancelled": "the run was cancelled",
}


def explain(row: Mapping[str, Any]) -> list[str]:
    """What a result row's verdict means and what it rests on: one plain sentence or two for each check.

    Args:
        row: a result, from a run or from a CSV, blank cells as None. What it does not say is left out.
    """
    if row.get("status") != "measured":
        return [sentence for sentence in (_plain(row.get("reason")),) if sentence]
    parts = (_meaning, _answer, _arithmetic, _work, _shared, _every_time, _peak, _timing, _quiet, _processes)
    return [sentence for part in parts if (sentence := part(row))]


def _plain(value: Any) -> str:
    return value if isinstance(value, str) else ""


def _known(row: Mapping[str, Any], *names: str) -> bool:
    """Whether the row has a number in each of these columns (NaN is a blank of a data frame)."""
    return all(isinstance(row.get(name), int | float) and row[name] == row[name] for name in names)


def _meaning(row: Mapping[str, Any]) -> str:
    return " ".join(text for text in (_MEANINGS.get(row.get("verdict") or ""), _plain(row.get("reason"))) if text)


def _answer(row: Mapping[str, Any]) -> str:
    if not _known(row, "check_error", "check_limit"):
        return ""
    error, limit = row["check_error"], row["check_limit"]
    passed = "Its answer is right" if error <= limit else "Its answer is wrong"
    return (
        f"{passed}: compared with one computed independently it is off by {error:.1e}, "
        f"and this label allows {limit:.1e} (relative errors)."
    )


def _arithmetic(row: Mapping[str, Any]) -> str:
    ran, asked = _plain(row.get("arithmetic")), _plain(row.get("dtype"))
    if not ran:
        return ""
    if asked == "default":
        said = f"Nothing was asked of the arithmetic: what one gets by default here is {ran}"
    elif asked == ran:
        said = f"The arithmetic that ran is the {ran} of the label"
    else:
        said = f"The label says {asked}, the arithmetic that ran is {ran}"
    if not _known(row, "fingerprint"):
        return f"{said}."
    return f"{said}: its error against float64, {row['fingerprint']:.1e}, is its fingerprint{_band(ran)}."


def _band(ran: str) -> str:
    """Between which errors the fingerprint of an arithmetic lies."""
    from compute.measure.arithmetic import BANDS  # imports NumPy, which nothing else here needs

    names, uppers = zip(*BANDS, strict=True)
    if ran not in names:
        return ""
    at = names.index(ran)
    lower = f"between {uppers[at - 1]:.0e} and" if at else "below"
    return f" ({ran} lies {lower} {uppers[at]:.0e})"


def _work(row: Mapping[str, Any]) -> str:
    if not _known(row, "products", "products_expected"):
        return ""
    found, expected = int(row["products"]), int(row["products_expected"])
    what = "matrix product or convolution" if expected == 1 else "matrix products and convolutions"
    if found == expected:
        return f"The compiled program holds {'the' if expected == 1 else f'all {expected}'} {what} of a step."
    counted = f"The compiled program holds {found} {what} for the {expected} of a step"
    if found > expected:
        return f"{counted}: the compiler split some."
    if row.get("verdict") == "invalid":
        return f"{counted}."
    return f"{counted}: a product with a vector may become multiplications and a sum, which is the same work."


def _shared(row: Mapping[str, Any]) -> str:
    if not _known(row, "devices", "collectives") or row["devices"] == 1:
        return ""
    count = int(row["collectives"])
    operations = f"{count} collective operation" + ("" if count == 1 else "s")
    return f"Its {int(row['devices'])} devices share what they compute: the compiled program holds {operations}."


def _every_time(row: Mapping[str, Any]) -> str:
    if not _known(row, "doubling"):
        return ""
    low, high = DOUBLING
    sure = "so every step is really run" if not _outside(row["doubling"]) else "which should not be"
    return f"Twice the steps took {row['doubling']:.2f} times as long ({low} to {high} is allowed), {sure}."


def _peak(row: Mapping[str, Any]) -> str:
    if not _known(row, "flop_per_s"):
        return ""
    if not _known(row, "peak_flop_per_s"):
        return "The peak of this chip for this label is not known, so the rate was not held against it."
    share, peak = row["flop_per_s"] / row["peak_flop_per_s"], units.si(row["peak_flop_per_s"], "FLOP/s")
    return f"It runs at {share:.1%} of the dense peak of the data sheet, {peak}; above {ABOVE_PEAK:.0%} is impossible."


def _timing(row: Mapping[str, Any]) -> str:
    if not _known(row, "batches", "steps", "median_s"):
        return ""
    said = f"{int(row['batches'])} batches of {int(row['steps'])} and {2 * int(row['steps'])} steps were timed"
    if stop := _STOPS.get(_plain(row.get("stop"))):
        said += f" until {stop}"
    if _known(row, "ci_low_s", "ci_high_s"):
        half_width = (row["ci_high_s"] - row["ci_low_s"]) / 2 / row["median_s"]
        said += f"; the 95 % interval of the median is ±{half_width:.1%} wide"
    return said + "."


def _quiet(row: Mapping[str, Any]) -> str:
    parts = []
    if _known(row, "drift"):
        slower = row["drift"] > DRIFT
        parts.append(f"it got {row['drift']:.0%} slower on the way" if slower else "it did not slow down on the way")
    if _known(row, "steal"):
        parts.append(f"the hypervisor gave {row['steal']:.1%} of the CPU time to others")
    if throttle := _plain(row.get("throttle")):
        parts.append("the clock was not lowered" if throttle == "none" else f"the clock was lowered ({throttle})")
    sentence = ", ".join(parts)
    return f"{sentence[0].upper()}{sentence[1:]}." if sentence else ""


def _processes(row: Mapping[str, Any]) -> str:
    if not _known(row, "processes"):
        return ""
    if row["processes"] <= 1 or not _known(row, "process_spread"):
        return "One process measured it: how much a fresh start would change the number is not known."
    return (
        f"{int(row['processes'])} fresh processes measured it one after another; "
        f"their medians lie within {row['process_spread']:.1%} of each other."
    )
