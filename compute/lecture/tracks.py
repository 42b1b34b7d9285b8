"""The race as a picture: a track for each way, run in the time that it was measured to take, slowed for the eye."""

from __future__ import annotations

import math
from collections.abc import Sequence
from html import escape

from compute import units
from compute.charts._style import look
from compute.lecture import hands
from compute.lecture.race import SIZE, Lane

# In slow motion the second slowest arrives after about so long.
PLAY_S = 6.0

_STYLE = """
<style>
.race{{display:grid;grid-template-columns:max-content 1fr max-content;gap:max(.45em,2.2vh) .9em;
font-size:var(--said,1.25rem);line-height:1.15}}
.race .lane{{display:grid;grid-column:1/-1;grid-template-columns:subgrid;align-items:center}}
.race .track{{height:1.15em;border-radius:.25em;overflow:hidden;background:{grid}}}
.race .run{{height:100%;transform-origin:left;transform:scaleX(var(--stand))}}
.race .time{{text-align:right;font-weight:600;font-variant-numeric:tabular-nums}}
.race-said{{font-size:calc(.8*var(--said,1.25rem));line-height:1.3;margin:.7em 0 0}}
@media (max-width:900px){{.race{{grid-template-columns:1fr max-content;gap:.6em .5em}}
.race .lane{{row-gap:.2em}}.race .track{{order:1;grid-column:1/-1}}}}
@media (prefers-reduced-motion:no-preference){{
.race .run{{animation:race-{round} var(--takes) linear .4s both}}}}
@keyframes race-{round}{{from{{transform:scaleX(0)}}to{{transform:scaleX(1)}}}}
</style>
"""


def slow_motion(lanes: Sequence[Lane]) -> float:
    """How many times slower it is shown, a round number: the second slowest takes about `PLAY_S`, none is sped up."""
    second = sorted(lane.seconds for lane in lanes)[-2]
    rough = PLAY_S / second
    if rough <= 1:
        return 1.0
    power = 10.0 ** math.floor(math.log10(rough))
    return max(factor * power for factor in (1, 2, 5) if factor * power <= rough)


def describe(lanes: Sequence[Lane]) -> str:
    """The race in words."""
    told = ", ".join(f"{_who(lane, lanes)} {units.seconds(lane.seconds)}" for lane in lanes)
    return f"A race over the product of two matrices of {SIZE} x {SIZE} numbers: {told}."


def said(lanes: Sequence[Lane], pace: float) -> str:
    """The pace, when the slowest arrives, and what was checked."""
    arrives = units.duration(max(lane.seconds for lane in lanes) * pace)
    speed = "In real time" if pace == 1 else f"{units.count(pace)} times slower than real"
    return (
        f"{speed}: the slowest arrives after {arrives}. "
        f"✓ The same answer from all, checked to {100 * hands.limit(SIZE):.3f} %."
    )


def draw(lanes: Sequence[Lane], pace: float, *, dark: bool = False, round: int = 0) -> str:
    """The tracks, `pace` times slower than measured; another `round` runs them again.

    Where nothing must move, it shows the moment at which the second slowest arrives.
    """
    moment = sorted(lane.seconds for lane in lanes)[-2]
    tracks = "".join(_track(lane, lanes, pace, moment, dark) for lane in lanes)
    style = _STYLE.format(round=round, grid=look(dark).grid)
    return (
        f'<div class="race" role="img" aria-label="{escape(describe(lanes))}">{tracks}</div>'
        f'<p class="race-said">{escape(said(lanes, pace))}</p>{style}'
    )


def _track(lane: Lane, lanes: Sequence[Lane], pace: float, moment: float, dark: bool) -> str:
    colour = look(dark).kinds[lane.kind][0]
    stand = min(1.0, moment / lane.seconds)
    return (
        f'<div class="lane"><div class="who">{escape(_who(lane, lanes))}</div><div class="track"><div class="run" '
        f'style="background:{colour};--takes:{lane.seconds * pace:.6g}s;--stand:{stand:.6g}"></div></div>'
        f'<div class="time">{units.seconds(lane.seconds)} ✓</div></div>'
    )


def _who(lane: Lane, lanes: Sequence[Lane]) -> str:
    """The way; of another machine than the first one's, that machine."""
    return lane.title if lane.figure.machine == lanes[0].figure.machine else f"{lane.figure.machine}, recorded"
