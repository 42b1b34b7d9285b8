"""Whether a measured number may be believed, and why not.

``steady``, ``noisy`` and ``unstable`` say how far the batches spread. ``invalid`` says that the number cannot be
what its label claims: it is kept and drawn as such, and never used in a cost.
"""

from __future__ import annotations

from dataclasses import dataclass
from statistics import median

from compute.measure import timing
from compute.measure.proof import Proof
from compute.workloads import Check

NOISY_SPREAD = 0.10
UNSTABLE_SPREAD = 0.25
DRIFT = 0.03
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
) -> Verdict:
    """Judge one measured case.

    Args:
        samples: its batches.
        check: what comparing its answer with an independent one said.
        flop_per_s: its rate.
        peak_flop_per_s: dense peak of the chip for this dtype; None when unknown.
        shortcut: by how much an exact algorithm may undercut the operations that the rate counts.
        proof: the products found in the compiled program; None when nobody counted.
    """
    of_peak = flop_per_s / peak_flop_per_s if peak_flop_per_s else 0.0
    impossible = _missing_work(proof) or _impossible(samples, check, of_peak, shortcut)
    if impossible:
        return Verdict("invalid", impossible)
    first, third = timing.quartiles(samples.all)
    spread = (third - first) / median(samples.all)
    remarks = _remarks(samples, spread, of_peak)
    if spread > UNSTABLE_SPREAD or _doubling_undecided(samples):
        return Verdict("unstable", remarks)
    if spread > NOISY_SPREAD or len(samples.all) < timing.ENOUGH_FOR_INTERVAL:
        return Verdict("noisy", remarks)
    return Verdict("steady", remarks)


def _missing_work(proof: Proof | None) -> str:
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


def _remarks(samples: timing.Samples, spread: float, of_peak: float) -> str:
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
    return " ".join(remarks)
