"""Words from outside (labels, file names, device names) made safe to show."""

import re

_PUNCTUATION = re.compile(r"([!-/:-@\[-`{-~])")


def plain(words: object) -> str:
    """Text that Streamlit's Markdown shows as it is: no link, image, colour, icon or formula comes alive."""
    return _PUNCTUATION.sub(r"\\\1", " ".join(str(words).split()))
