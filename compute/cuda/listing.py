"""Code to look at, a few lines at a time: the lines of a step stand out, and what they do stands below them."""

import html
import re
from typing import NamedTuple

from compute.cuda.programs import Step


class Window(NamedTuple):
    """How many lines are shown: before those of a step, after them, and at least in all."""

    before: int
    after: int
    least: int


PAGE, STAGE = Window(4, 5, 12), Window(1, 1, 7)

# The backslashes of a macro stand far to the right, below each other. Shown, they would wrap onto lines of their own.
_FAR_BACKSLASH = re.compile(r" +\\$")

# A long line goes on below its beginning, so that nothing is ever cut off: neither in a hall nor on a phone.
STYLE = """
<style>
.listing {border: 1px solid rgba(128, 128, 128, .35); border-radius: .5rem; padding: .6rem 0}
.listing code {display: block; font-family: ui-monospace, "Source Code Pro", monospace; font-size: 1.05rem;
  line-height: 1.6; white-space: pre-wrap; overflow-wrap: anywhere; padding: 0 .8rem 0 4rem; text-indent: -3.2rem;
  background: none; color: inherit; border-radius: 0; border-left: .35rem solid transparent}
.listing code.now {background: rgba(0, 143, 104, .16); border-left-color: #008F68; font-weight: 600}
.listing code i {display: inline-block; width: 3.2rem; text-indent: 0; font-style: normal; user-select: none}
.listing p {margin: 0; padding: .5rem 1rem .6rem 4rem; font-size: 1.35rem; font-weight: 600; line-height: 1.35;
  background: rgba(0, 143, 104, .16); border-left: .35rem solid #008F68}
@media (max-width: 640px) {
  .listing code {font-size: .85rem; padding-left: 2.4rem; text-indent: -2rem}
  .listing code i {width: 2rem}
  .listing p {font-size: 1.15rem; padding-left: .8rem}
}
</style>
"""


def window(lines: int, step: Step, shown: Window = PAGE) -> tuple[int, int]:
    """First and last line to show around a step of a file with so many lines."""
    first = max(1, step.first - shown.before)
    last = min(lines, max(step.last + shown.after, first + shown.least - 1))
    return max(1, min(first, last - shown.least + 1)), last


def markup(source: str, step: Step, shown: Window = PAGE) -> str:
    """HTML of the lines around a step, its words below its own lines, which a bar and weight mark. All is escaped."""
    lines = source.splitlines()
    first, last = window(len(lines), step, shown)
    parts = []
    for number in range(first, last + 1):
        mark = ' class="now"' if step.first <= number <= step.last else ""
        code = _FAR_BACKSLASH.sub(r" \\", lines[number - 1])
        parts.append(f"<code{mark}><i>{number}</i>{html.escape(code)}</code>")
        if number == step.last:
            parts.append(f'<p aria-live="polite">{html.escape(step.words)}</p>')
    return f'{STYLE}<div class="listing" role="region" aria-label="Code and its explanation">{"".join(parts)}</div>'
