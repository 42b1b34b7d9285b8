"""Predict, then measure: guess, bound and measurement on one log axis."""

from __future__ import annotations

import math
from dataclasses import dataclass
from html import escape

from compute import units
from compute.charts._style import look


@dataclass(frozen=True)
class Prediction:
    """What was guessed (None: nothing yet), what is possible at most (None: unknown), and what was measured.

    Before there is a guess, nothing else is shown: it would give the answer away. `unit` follows the numbers
    ("× faster"); `bound_words` say where the bound is from.
    """

    measured: float
    guess: float | None
    bound: float | None
    unit: str
    bound_words: str


UNGUESSED = (0, 6)
"""The ends of the axis before there is a guess, as powers of ten."""


def decades(prediction: Prediction) -> tuple[int, int]:
    """The ends of the axis, as powers of ten: around all three, at least two decades apart."""
    if prediction.guess is None:
        return UNGUESSED
    known = [value for value in (prediction.measured, prediction.guess, prediction.bound) if value]
    low, high = math.floor(math.log10(min(known))), math.ceil(math.log10(max(known)))
    return low, max(high, low + 2)


def place(value: float, ends: tuple[int, int]) -> float:
    """Where a value stands on the axis, 0 to 1."""
    return (math.log10(value) - ends[0]) / (ends[1] - ends[0])


def verdict(prediction: Prediction) -> str:
    """How good the guess was, and how much of what is possible was reached."""
    if prediction.guess is None:
        return "Guess first: then what was measured stands here, and what is possible."
    off = prediction.measured / prediction.guess
    side = "more" if off > 1 else "less"
    said = ["Well guessed." if 0.5 <= off <= 2 else f"{_number(max(off, 1 / off))} times {side} than guessed."]
    if prediction.bound:
        said.append(f"{100 * prediction.measured / prediction.bound:.0f} % of what is possible was reached.")
    return " ".join(said)


def describe(prediction: Prediction) -> str:
    """The axis in words."""
    told = [f"{who}: {words}" for who, words, _, _ in _rows(prediction)]
    return f"On a logarithmic axis: {'; '.join(told)}. {verdict(prediction)}".strip()


_STYLE = """
<style>
.axis{{display:grid;grid-template-columns:max-content 1fr;column-gap:1em;font-size:var(--said,1.25rem);
line-height:1.2;align-items:center}}
.axis .who{{text-align:right}}
.axis .line{{position:relative;height:2.2em;background:repeating-linear-gradient(90deg,{grid} 0 2px,
transparent 2px calc((100% - 2px)/{count}));border-bottom:2px solid {grid}}}
.axis .mark{{position:absolute;top:50%;width:.9em;height:.9em;transform:translate(-50%,-50%)}}
.axis .value{{position:absolute;top:50%;transform:translateY(-50%);white-space:nowrap;font-weight:600;
margin:0 .8em;padding:0 .15em;background:{paper}}}
.axis .ticks{{position:relative;height:1.6em;font-size:.8em;grid-column:2}}
.axis .ticks span{{position:absolute;white-space:nowrap;transform:translateX(-50%)}}
.axis .ticks span:first-child{{transform:none}}
.axis .ticks span:last-child{{transform:translateX(-100%)}}
.axis-said{{font-size:var(--said,1.25rem);margin:.2em 0 0;line-height:1.3}}
.axis-note{{font-size:calc(.75*var(--said,1.25rem));margin:.3em 0 0;line-height:1.3}}
@media (max-width:640px){{.axis{{grid-template-columns:1fr}}.axis .who{{text-align:left;margin-top:.5em}}
.axis .ticks{{grid-column:1}}.axis .ticks span:nth-child(even){{display:none}}}}
</style>
"""


def draw(prediction: Prediction, *, dark: bool = False) -> str:
    """The axis as HTML."""
    ends = decades(prediction)
    rows = "".join(_row(row, ends, dark) for row in _rows(prediction))
    ticks = "".join(
        f'<span style="left:{100 * place(10.0**power, ends):.4g}%">{10**power:,}</span>'
        for power in range(ends[0], ends[1] + 1)
    )
    style = _STYLE.format(grid=look(dark).faint if dark else "#c9c9d1", count=ends[1] - ends[0], paper=look(dark).paper)
    note = f'<p class="axis-note">{escape(prediction.bound_words)}</p>' if prediction.bound_words else ""
    return (
        f'<div class="axis" role="img" aria-label="{escape(describe(prediction))}">{rows}<div class="ticks">{ticks}'
        f'</div></div><p class="axis-said">{escape(verdict(prediction))}</p>{note}{style}'
    )


_Row = tuple[str, str, float | None, str]


def _rows(prediction: Prediction) -> list[_Row]:
    """Who, the words of the value, the value, its shape."""
    guessed = prediction.guess is not None
    told: list[tuple[str, float | None, str, str]] = [
        ("Guessed", prediction.guess, "ring", "no guess yet"),
        ("Measured", prediction.measured if guessed else None, "dot", "…"),
        ("Possible", prediction.bound if guessed else None, "bar", "unknown for this machine" if guessed else "…"),
    ]
    return [
        (who, f"{_number(value)}{prediction.unit}" if value else missing, value, shape)
        for who, value, shape, missing in told
    ]


def _row(row: _Row, ends: tuple[int, int], dark: bool) -> str:
    who, words, value, shape = row
    if value is None:
        return f'<div class="who">{who}</div><div class="line"><span class="value">{escape(words)}</span></div>'
    x = 100 * place(value, ends)
    side = f"right:{100 - x:.4g}%" if x > 55 else f"left:{x:.4g}%"
    return (
        f'<div class="who">{who}</div><div class="line"><span class="mark" style="left:{x:.4g}%;{_shape(shape, dark)}">'
        f'</span><span class="value" style="{side}">{escape(words)}</span></div>'
    )


def _shape(shape: str, dark: bool) -> str:
    colours = look(dark)
    if shape == "ring":
        return f"border:.2em solid {colours.ink};border-radius:50%"
    if shape == "dot":
        return f"background:{colours.kinds['cpu'][0]};border-radius:50%"
    return f"background:{colours.accent};width:.3em;height:1.7em"


def _number(value: float) -> str:
    """Two digits of a ratio are enough for a room: "9,300", "12 million", "1.5"."""
    if value < 10:
        return f"{value:.2g}"
    rounded = float(f"{value:.1e}")
    return units.count(rounded)
