"""A drawing whose pages follow each other: all of them are in the SVG, and the browser turns them.

It is shown as an image, because `st.html` takes no SVG, and an image plays its own animations.
"""

from __future__ import annotations

import base64
import html
from collections.abc import Sequence
from dataclasses import dataclass

WIDTH, HEIGHT = 720, 405


@dataclass(frozen=True)
class Picture:
    """A drawing, and the words that stand for it."""

    svg: str
    alt: str

    def markup(self, ink: str) -> str:
        """HTML of the image; what is drawn in the colour of text takes `ink`."""
        drawn = self.svg.replace("<svg ", f'<svg color="{ink}" ', 1)
        data = base64.b64encode(drawn.encode()).decode()
        words = html.escape(self.alt, quote=True)
        return f'<img class="flipbook" src="data:image/svg+xml;base64,{data}" alt="{words}">'


def bind(pages: Sequence[str], alt: str, *, page_s: float, last_s: float = 0.0, ground: str = "") -> Picture:
    """A flipbook of SVG fragments, each `WIDTH` x `HEIGHT`, that shows every page for `page_s` seconds, over and over.

    The last page stays `last_s` longer, and it alone is shown to whoever wants no motion. `ground` lies below all
    pages.
    """
    whole_s = len(pages) * page_s + last_s
    turned = "".join(
        f'<g class="page" style="animation-delay:{number * page_s - whole_s:.3f}s">{page}</g>'
        for number, page in enumerate(pages)
    )
    rules = _RULES.format(
        whole_s=f"{whole_s:.3f}", shown=f"{100 * page_s / whole_s:.3f}",
        last=f"{100 * (page_s + last_s) / whole_s:.3f}",
    )  # fmt: skip
    box = f'xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {WIDTH} {HEIGHT}" font-family="system-ui, sans-serif"'
    svg = f"<svg {box}><style>{rules}</style>{ground}{turned}</svg>"
    return Picture(svg, alt)


_RULES = """
.page {{visibility: hidden}}
.page:last-of-type {{visibility: visible}}
@media (prefers-reduced-motion: no-preference) {{
  .page {{animation: page {whole_s}s step-end infinite}}
  .page:last-of-type {{animation-name: last}}
}}
@keyframes page {{0% {{visibility: visible}} {shown}% {{visibility: hidden}} 100% {{visibility: hidden}}}}
@keyframes last {{0% {{visibility: visible}} {last}% {{visibility: hidden}} 100% {{visibility: hidden}}}}
"""
