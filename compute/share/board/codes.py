"""Codes of boards: short, read aloud and typed on a phone."""

import secrets
import unicodedata

LENGTH = 6
ALPHABET = "0123456789CDFGHJKMNPRTVWXY"
"""Nothing that looks like another character, and no A, E, I, O, U: no words either."""

_MEANT = str.maketrans("OQILBSZU", "0011852V")
"""What people read or type instead; each stands for the one of its look-alikes that a code may hold."""


def new_code() -> str:
    """A code that nobody can guess from the others."""
    return "".join(secrets.choice(ALPHABET) for _ in range(LENGTH))


def read_code(typed: str) -> str | None:
    """The code that was meant, or None. Case, spaces, dashes, dots and look-alikes are forgiven."""
    if len(typed) > 10 * LENGTH:
        return None
    plain = unicodedata.normalize("NFKC", typed).upper()
    code = "".join(c for c in plain if not c.isspace() and unicodedata.category(c) not in ("Pd", "Po", "Cf"))
    code = code.translate(_MEANT)
    return code if len(code) == LENGTH and all(c in ALPHABET for c in code) else None


def spoken(code: str) -> str:
    """The code as it is shown: K7M 4X2."""
    return f"{code[: LENGTH // 2]} {code[LENGTH // 2 :]}"
