"""The picture of the idea: the same 4,096 tiles laid by 1, 4, 64 and 4,096 hands, one tile a hand at each step.

HTML with SVG in it. Every state is computed here; the browser only plays them, by CSS. Where it must not move, it shows
the moment at which 64 hands are done.
"""

from __future__ import annotations

import math

from compute import units
from compute.charts._style import look

SIDE = 64
TILES = SIDE**2
CREWS = (1, 4, 64, 4096)
STEP_S, DELAY_S = 0.06, 0.8
# The moment that stands still: in steps.
MOMENT = 64

HAND = (
    '<path d="M27 60V28M41 58V17M55 58V15M69 60V24" stroke-width="11"/><path d="M78 66 90 47" stroke-width="12"/>'
    '<path d="M27 60V72Q27 90 49 90Q66 90 74 76L78 66 69 58Z" stroke-width="11" fill="{colour}" '
    'stroke-linejoin="round"/>'
)

_STYLE = """
<style>
.mh{{display:grid;grid-template-columns:repeat(4,1fr);gap:1rem;text-align:center;line-height:1.2}}
.mh figure{{margin:0}}
.mh svg{{display:block;margin:0 auto}}
.mh .crew{{height:11vh;min-height:60px}}
.mh .tiles{{width:min(100%,33vh);margin:.6rem auto}}
.mh figcaption{{font-size:clamp(28px,2.2vw,42px);font-weight:600}}
.mh small{{font-size:.8em;font-weight:400;display:block}}
@media (max-width:640px){{.mh{{grid-template-columns:repeat(2,1fr)}}.mh figcaption{{font-size:20px}}}}
@media (prefers-reduced-motion:no-preference){{
.mh .rows{{animation:mh-rows-{round} var(--all) steps(var(--lines)) {delay}s both}}
.mh .line{{animation:mh-line-{round} var(--all) steps(64) {delay}s both}}
.mh .cells{{animation:mh-cells-{round} var(--row) steps(var(--cells)) {delay}s infinite both}}
}}
@keyframes mh-rows-{round}{{from{{transform:scaleY(0)}}to{{transform:scaleY(1)}}}}
@keyframes mh-line-{round}{{from{{transform:translateY(0)}}to{{transform:translateY(64px)}}}}
@keyframes mh-cells-{round}{{from{{transform:scaleX(0)}}to{{transform:scaleX(1)}}}}
</style>
"""


def steps(hands: int) -> int:
    """How many steps so many hands need for all tiles."""
    return math.ceil(TILES / hands)


def done(hands: int, step: int) -> int:
    """How many tiles lie after a step."""
    return min(TILES, hands * step)


def describe() -> str:
    """The picture in words."""
    crews = ", ".join(f"{units.count(hands)} in {units.count(steps(hands))}" for hands in CREWS)
    return f"The same {units.count(TILES)} tiles, laid by more and more hands; hands and the steps they need: {crews}."


def draw(*, dark: bool = False, round: int = 0) -> str:
    """The picture; another `round` plays it again."""
    figures = "".join(_figure(hands, dark) for hands in CREWS)
    style = _STYLE.format(round=round, delay=DELAY_S)
    return f'<div class="mh" role="img" aria-label="{describe()}">{figures}</div>{style}'


def _figure(hands: int, dark: bool) -> str:
    kind = "cpu" if hands < SIDE else "gpu"
    colour = look(dark).kinds[kind][0]
    words = f"{units.count(hands)} hand" + ("" if hands == 1 else "s")
    count = steps(hands)
    caption = f"{words}<small>{units.count(count)} step" + ("" if count == 1 else "s") + "</small>"
    return f"<figure>{_crew(hands, colour)}{_tiles(hands, colour, dark)}<figcaption>{caption}</figcaption></figure>"


def _crew(hands: int, colour: str) -> str:
    """So many hands in a square."""
    size = 96 / math.isqrt(hands)
    name = f"mh-hand-{hands}"
    scale = f"scale({size / 96:.6g}) translate(-8 -4)"
    return (
        f'<svg class="crew" viewBox="0 0 96 96" aria-hidden="true"><defs><pattern id="{name}" width="{size:.6g}" '
        f'height="{size:.6g}" patternUnits="userSpaceOnUse"><g transform="{scale}" stroke="{colour}" fill="none" '
        f'stroke-linecap="round">{HAND.format(colour=colour)}</g></pattern></defs>'
        f'<rect width="96" height="96" fill="url(#{name})"/></svg>'
    )


def _tiles(hands: int, colour: str, dark: bool) -> str:
    """The tiles: whole rows, and the row that is being laid. Several hands stand side by side in a row."""
    lines = max(1, min(SIDE, steps(hands)))  # in so many strokes the rows appear
    now = done(hands, MOMENT)
    marks = (
        f'style="--all:{steps(hands) * STEP_S:.2f}s;--row:{SIDE / hands * STEP_S:.3f}s;--lines:{lines};'
        f'--cells:{max(1, SIDE // hands)}"'
    )
    rows = f'<rect class="rows" width="64" height="64" fill="{colour}" transform="scale(1 {now // SIDE / SIDE:.6g})"/>'
    line = '<g class="line"><rect class="cells" width="64" height="1" fill="{0}" transform="scale(0 1)"/></g>'
    grid = look(dark).paper
    name = f"mh-grid-{hands}"
    return (
        f'<svg class="tiles" viewBox="0 0 64 64" aria-hidden="true" {marks}><defs><pattern id="{name}" width="1" '
        f'height="1" patternUnits="userSpaceOnUse"><path d="M1 0V1H0" fill="none" stroke="{grid}" '
        f'stroke-width=".24"/></pattern></defs><rect width="64" height="64" fill="{look(dark).grid}"/>'
        f"{rows}{line.format(colour) if hands < SIDE else ''}"
        f'<rect width="64" height="64" fill="url(#{name})"/></svg>'
    )
