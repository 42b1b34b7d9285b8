"""A drawing whose pages follow each other: all of them are in the SVG, and the browser turns them."""

from __future__ import annotations

import html
from collections.abc import Sequence
from dataclasses import dataclass

WIDTH, HEIGHT = 720, 405


@dataclass(frozen=True)
class Picture:
    """A drawing for `st.html`, and the words that stand for it."""

    svg: str
    alt: str


def bind(name: str, pages: Sequence[str], alt: str, *, page_s: float, last_s: float = 0.0, ground: str = "") -> Picture:
    """A flipbook of SVG fragments, each `WIDTH` x `HEIGHT`, that shows every page for `page_s` seconds, over and over.

    The last page stays `last_s` longer, and it alone is shown to whoever wants no motion. `ground` lies below all
    pages. `name` keeps the rules of several flipbooks on one screen apart.
    """
    whole_s = len(pages) * page_s + last_s
    turned = "".join(
        f'<g class="page" style="animation-delay:{number * page_s - whole_s:.3f}s">{page}</g>'
        for number, page in enumerate(pages)
    )
    rules = _RULES.format(
        name=name, whole_s=f"{whole_s:.3f}", shown=f"{100 * page_s / whole_s:.3f}",
        last=f"{100 * (page_s + last_s) / whole_s:.3f}",
    )  # fmt: skip
    words = html.escape(alt, quote=True)
    svg = (
        f'<style>{rules}</style><svg class="flipbook {name}" viewBox="0 0 {WIDTH} {HEIGHT}" role="img" '
        f'aria-label="{words}">{ground}{turned}</svg>'
    )
    return Picture(svg, alt)


_RULES = """
.flipbook {{display: block; width: 100%; max-height: 62vh}}
.{name} .page {{visibility: hidden}}
.{name} .page:last-of-type {{visibility: visible}}
@media (prefers-reduced-motion: no-preference) {{
  .{name} .page {{animation: {name}-page {whole_s}s step-end infinite}}
  .{name} .page:last-of-type {{animation-name: {name}-last}}
  @keyframes {name}-page {{0% {{visibility: visible}} {shown}% {{visibility: hidden}} 100% {{visibility: hidden}}}}
  @keyframes {name}-last {{0% {{visibility: visible}} {last}% {{visibility: hidden}} 100% {{visibility: hidden}}}}
}}
"""
