"""Code to look at, a few lines at a time: the lines of a step stand out from those around them."""

import html

from compute.cuda.programs import Step

BEFORE, AFTER, LEAST = 4, 6, 14

STYLE = """
<style>
.listing {font-family: ui-monospace, "Source Code Pro", monospace; font-size: 1.05rem; line-height: 1.6;
  overflow-x: auto; border: 1px solid rgba(128, 128, 128, .35); border-radius: .5rem; padding: .6rem 0}
.listing div {white-space: pre; padding: 0 .8rem; min-width: max-content; border-left: .35rem solid transparent}
.listing .now {background: rgba(0, 143, 104, .16); border-left-color: #008F68; font-weight: 600}
.listing .other {opacity: .75}
.listing i {display: inline-block; width: 2.4em; font-style: normal; opacity: .8; user-select: none}
@media (max-width: 640px) {.listing {font-size: .8rem}}
</style>
"""


def window(lines: int, step: Step) -> tuple[int, int]:
    """First and last line to show around a step of a file with so many lines: a few before it, more after it."""
    first = max(1, step.first - BEFORE)
    last = min(lines, max(step.last + AFTER, first + LEAST - 1))
    return max(1, min(first, last - LEAST + 1)), last


def markup(source: str, step: Step) -> str:
    """HTML of the lines around a step; the step's own are marked by a bar, weight and background. All is escaped."""
    lines = source.splitlines()
    first, last = window(len(lines), step)
    shown = "".join(
        f'<div class="{"now" if step.first <= number <= step.last else "other"}"><i>{number}</i>'
        f"{html.escape(lines[number - 1])}</div>"
        for number in range(first, last + 1)
    )
    return f'{STYLE}<div class="listing" role="region" aria-label="Code" tabindex="0">{shown}</div>'
