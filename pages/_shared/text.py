"""Words from outside (labels, file names, device names) made safe to show."""

import re

_PUNCTUATION = re.compile(r"([!-/:-@\[-`{-~])")


def plain(words: object) -> str:
    """Text that Streamlit's Markdown shows as it is: no link, image, colour, icon or formula comes alive.

    What does not print is left out, such as the marks that turn the direction of writing around.
    """
    line = " ".join(str(words).split())
    return _PUNCTUATION.sub(r"\\\1", "".join(filter(str.isprintable, line)))
