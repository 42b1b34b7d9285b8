"""Words for drawing: small functions that return pieces of SVG, and the pictures made of them.

All lengths are in the units of the picture, which are pixels where it is drawn at its full width. Text from outside is
escaped here, so that a drawing never has to think of it.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from html import escape

from compute.charts import _style

BODY, LABEL, BIG = 28, 26, 56
"""Sizes of text: what the last row reads, what stands inside of a grid, and a figure."""


@dataclass(frozen=True)
class Colours:
    """The colours of drawings in one theme: of the page, of what carries a 1 ("on"), and of the kinds of machines."""

    ink: str
    faint: str
    grid: str
    paper: str
    bad: str
    on: str
    on_ink: str
    cpu: str
    gpu: str
    tpu: str
    ipu: str


def colours(dark: bool) -> Colours:
    """The colours of the charts, as drawings use them."""
    look = _style.look(dark)
    cpu, gpu, tpu, ipu = (look.kinds[kind][0] for kind in ("cpu", "gpu", "tpu", "ipu"))
    # A 1 is orange, as the processor that is made of such bits. Words on it are dark in both themes.
    return Colours(
        look.ink, look.faint, look.grid, look.paper, look.bad, "#F0A830", "#171614", cpu, gpu, tpu, ipu
    )  # fmt: skip


def element(tag: str, content: str = "", /, **attributes: object) -> str:
    """An element; `stroke_width=2` is written stroke-width="2", `class_` class. An attribute of None is left out."""
    written = "".join(
        f' {name.rstrip("_").replace("_", "-")}="{escape(_number(value))}"'
        for name, value in attributes.items()
        if value is not None
    )
    return f"<{tag}{written}>{content}</{tag}>"


def text(
    x: float, y: float, words: object, size: int = BODY, *, fill: str = "currentColor", anchor: str = "start",
    weight: int = 400, mono: bool = False, **more: object,
) -> str:  # fmt: skip
    """One line of text; `y` is its base line, `anchor` start, middle or end."""
    family = "ui-monospace, 'Source Code Pro', monospace" if mono else None
    return element(
        "text", escape(str(words)), x=x, y=y, font_size=size, fill=fill, text_anchor=anchor, font_weight=weight,
        font_family=family, style="white-space:pre" if mono else None, **more,
    )  # fmt: skip


def rect(x: float, y: float, width: float, height: float, *, fill: str = "none", r: float = 8, **more: object) -> str:
    """A rectangle with round corners."""
    return element("rect", x=x, y=y, width=width, height=height, rx=r, fill=fill, **more)


def line(points: Iterable[tuple[float, float]], stroke: str, width: float = 4, **more: object) -> str:
    """A line through points."""
    path = " ".join(f"{_number(x)},{_number(y)}" for x, y in points)
    return element(
        "polyline", points=path, fill="none", stroke=stroke, stroke_width=width, stroke_linejoin="round",
        stroke_linecap="round", **more,
    )  # fmt: skip


def path(d: str, **more: object) -> str:
    """A path."""
    return element("path", d=d, **more)


def circle(x: float, y: float, r: float, **more: object) -> str:
    """A circle."""
    return element("circle", cx=x, cy=y, r=r, **more)


def later(content: str, seconds: float) -> str:
    """Something that appears after so many seconds, at once for whoever wants no motion."""
    return element("g", content, class_="later", style=f"--after:{seconds:.2f}s")


def switch(name: str, label: str, on: object, content: str) -> str:
    """Something to press, on or off, by mouse, finger, Enter or the space bar; `name` comes back when it is pressed."""
    return element(
        "g", content, data_press=name, role="switch", aria_checked="true" if on else "false", aria_label=label,
        tabindex=0,
    )  # fmt: skip


def bit(x: float, y: float, value: object, colour: Colours, r: float = 24) -> str:
    """A bit: a full disc for 1, a ring for 0, the digit inside."""
    fill, ink, edge = (colour.on, colour.on_ink, colour.cpu) if value else (colour.paper, "currentColor", colour.faint)
    disc = circle(x, y, r, fill=fill, stroke=edge, stroke_width=3)
    return disc + text(x, y + 10, 1 if value else 0, BODY, fill=ink, anchor="middle", weight=700)


def wire(points: Iterable[tuple[float, float]], on: object, colour: Colours) -> str:
    """A wire: thick and orange when it carries a 1, thin and grey when it carries a 0."""
    return line(points, colour.on if on else colour.faint, 8 if on else 3)


def picture(width: float, height: float, alt: str, content: Iterable[str], pressed: bool = False) -> str:
    """A picture with the words that stand for it. One with something to press in it is a group, not an image."""
    return element(
        "svg", element("title", escape(alt)) + "".join(content), viewBox=f"0 0 {_number(width)} {_number(height)}",
        role="group" if pressed else "img", aria_label=alt, style=f"--wide:{_number(width)}",
    )  # fmt: skip


def side_by_side(*pictures: str) -> str:
    """Pictures in a row on a wide screen, and one below the other on a phone."""
    return f'<div class="pictures">{"".join(pictures)}</div>'


def said(words: str) -> str:
    """A sentence below a picture, read out when it changes."""
    return f'<p class="said" aria-live="polite">{escape(words)}</p>'


def _number(value: object) -> str:
    return f"{value:.4g}" if isinstance(value, float) else str(value)
