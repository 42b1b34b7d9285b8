"""Text without whoever measured: what JAX or the system says about a failure may hold folders, names and addresses.

A row's `reason` travels to lecturers, boards and the public. What is replaced is said in its place, so that the
sentence still reads.
"""

from __future__ import annotations

import getpass
import ipaddress
import re
import socket
from collections.abc import Iterable
from functools import cache
from pathlib import Path

_URL = re.compile(r"\b[a-z][a-z0-9+.-]*://[^\s'\"<>)\]]+", re.IGNORECASE)
_EMAIL = re.compile(r"[\w.+-]+@[\w-]+(?:\.[\w-]+)*")
# From the root, from home, from a drive or a share. "images/s" and "jit(f)/dot" are none: they begin inside a word.
_PATH = re.compile(r"(?<![\w)\]}/\\.])(?:~?/(?=[\w.~+-])|[A-Za-z]:[\\/]|\\\\)[^\s'\"<>|:;,)\]}]*")
_IPV4 = re.compile(r"(?<![\d.])\d{1,3}(?:\.\d{1,3}){3}(?::\d+)?(?!\.?\d)")
_MAYBE_IPV6 = re.compile(r"(?<![\w:])[0-9A-Fa-f]*:[0-9A-Fa-f]*:[0-9A-Fa-f:.]*(?![\w:])")
# A name as short or as common as these is a word like any other.
_COMMON = frozenset(
    {"", "root", "user", "admin", "jovyan", "localhost", "ubuntu", "runner", "gpu", "cpu", "tpu", "jax"}
)
_SHORTEST = 3


def anonymous(text: str) -> str:
    """The text without paths, addresses of any kind, and the names of this machine and its user."""
    return without(text, _names())


def without(text: str, names: Iterable[str]) -> str:
    """The same with names that are given."""
    text = _URL.sub("(an address)", text)
    text = _EMAIL.sub("(an address)", text)
    text = _PATH.sub("(a path)", text)
    text = _IPV4.sub("(an address)", text)
    text = _MAYBE_IPV6.sub(_hidden, text)
    for name in names:
        text = re.sub(rf"(?<!\w){re.escape(name)}(?!\w)", "(a name)", text, flags=re.IGNORECASE)
    return text


def _hidden(found: re.Match[str]) -> str:
    """An address of IPv6 is hidden; a clock time is none."""
    try:
        ipaddress.ip_address(found[0])
    except ValueError:
        return found[0]
    return "(an address)"


@cache
def _names() -> tuple[str, ...]:
    """What this machine and its user are called, the longest first."""
    host = socket.gethostname()
    found = {host, host.partition(".")[0], _user(), _home()}
    return tuple(sorted((n for n in found if len(n) >= _SHORTEST and n.lower() not in _COMMON), key=len, reverse=True))


def _user() -> str:
    try:
        return getpass.getuser()
    except (OSError, KeyError, ImportError):  # a container's user may have no name at all
        return ""


def _home() -> str:
    try:
        return Path.home().name
    except RuntimeError:
        return ""
