"""The picture of the idea: the same 4,096 tiles laid by 1, 4, 64 and 4,096 hands, one tile a hand at each step.

HTML without SVG in it, which Streamlit would take out: the hands are the background of a box. Every state is computed
here; the browser only plays them, by CSS. Where it must not move, it shows the moment at which 64 hands are done.
"""

from __future__ import annotations

import math
from urllib.parse import quote

from compute import units
from compute.charts._style import look

SIDE = 64
TILES = SIDE**2
CREWS = (1, 4, 64, 4096)
STEP_S, DELAY_S = 0.06, 0.8
# The moment that stands still: in steps.
MOMENT = 64

HAND = (
    "<svg xmlns='http://www.w3.org/2000/svg' viewBox='8 4 96 96'><g stroke='{0}' stroke-linecap='round' fill='none'>"
    "<path d='M27 60V28M41 58V17M55 58V15M69 60V24' stroke-width='11'/><path d='M78 66 90 47' stroke-width='12'/>"
    "<path d='M27 60V72Q27 90 49 90Q66 90 74 76L78 66 69 58Z' stroke-width='11' fill='{0}' stroke-linejoin='round'/>"
    "</g></svg>"
)

_STYLE = """
<style>
.mh{{display:grid;grid-template-columns:repeat(4,1fr);gap:1rem;text-align:center;line-height:1.2}}
.mh figure{{margin:0}}
.mh .crew{{height:13vh;min-height:70px;aspect-ratio:1;margin:0 auto}}
.mh .tiles{{width:min(100%,31vh);aspect-ratio:1;margin:.7rem auto .4rem;position:relative;overflow:hidden;
background:{empty}}}
.mh .tiles div{{position:absolute;left:0;top:0;width:100%;transform-origin:0 0}}
.mh .rows{{height:100%}}
.mh .line{{height:100%}}
.mh .cells{{height:calc(100%/64);transform:scaleX(0)}}
.mh .grid{{height:100%;background-size:calc(100%/64) calc(100%/64);
background-image:linear-gradient(90deg,{paper} 20%,transparent 20%),linear-gradient({paper} 20%,transparent 20%)}}
.mh figcaption{{font-size:var(--said,1.25rem);font-weight:600}}
.mh small{{font-size:.8em;font-weight:400;display:block}}
@media (max-width:640px){{.mh{{grid-template-columns:repeat(2,1fr)}}}}
@media (prefers-reduced-motion:no-preference){{
.mh .rows{{animation:mh-rows-{round} var(--all) steps(var(--lines)) {delay}s both}}
.mh .line{{animation:mh-line-{round} var(--all) steps(64) {delay}s both}}
.mh .cells{{animation:mh-cells-{round} var(--row) steps(var(--cells)) {delay}s infinite both}}
}}
@keyframes mh-rows-{round}{{from{{transform:scaleY(0)}}to{{transform:scaleY(1)}}}}
@keyframes mh-line-{round}{{from{{transform:translateY(0)}}to{{transform:translateY(100%)}}}}
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
    style = _STYLE.format(round=round, delay=DELAY_S, empty=look(dark).grid, paper=look(dark).paper)
    return f'<div class="mh" role="img" aria-label="{describe()}">{figures}</div>{style}'


def _figure(hands: int, dark: bool) -> str:
    kind = "cpu" if hands < SIDE else "gpu"
    colour = look(dark).kinds[kind][0]
    words = f"{units.count(hands)} hand" + ("" if hands == 1 else "s")
    count = steps(hands)
    caption = f"{words}<small>{units.count(count)} step" + ("" if count == 1 else "s") + "</small>"
    return f"<figure>{_crew(hands, colour)}{_tiles(hands, colour)}<figcaption>{caption}</figcaption></figure>"


def _crew(hands: int, colour: str) -> str:
    """So many hands in a square."""
    size = f"{100 / math.isqrt(hands):.6g}%"
    picture = quote(HAND.format(colour))
    return f'<div class="crew" style="background:url(data:image/svg+xml,{picture}) 0 0/{size} {size}"></div>'


def _tiles(hands: int, colour: str) -> str:
    """The tiles: whole rows, and the row that is being laid. Several hands stand side by side in a row."""
    lines, cells = min(SIDE, steps(hands)), max(1, SIDE // hands)
    times = f"--all:{steps(hands) * STEP_S:.2f}s;--row:{SIDE / hands * STEP_S:.3f}s;--lines:{lines};--cells:{cells}"
    stand = f"background:{colour};transform:scaleY({done(hands, MOMENT) / TILES:.6g})"
    line = f'<div class="line"><div class="cells" style="background:{colour}"></div></div>' if hands < SIDE else ""
    rows = f'<div class="rows" style="{stand}"></div>'
    return f'<div class="tiles" style="{times}">{rows}{line}<div class="grid"></div></div>'
