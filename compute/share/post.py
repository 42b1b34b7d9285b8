"""Posts results to a board. Nothing else here uses the network, and nothing is sent unless somebody asks for it.

What travels is the CSV and nothing besides. The board knows a run by its id, so sending it again adds nothing: a try
whose answer was lost on the way is simply made once more.
"""

from __future__ import annotations

import http.client
import json
import socket
import ssl
import time
import urllib.error
import urllib.parse
import urllib.request
from collections.abc import Callable
from typing import Any

TRIES = 4
TRY_S = 15.0  # for one try to connect, and for each silence afterwards
PAUSES_S = (1.0, 2.0, 4.0)
LONGEST_PAUSE_S = 30.0  # a board that asks for more is told of instead of waited for
_AGAIN = frozenset({408, 429, 500, 502, 503, 504})
_ANSWER_BYTES = 65_536

# What an answer means where the board itself does not say it.
_MEANING = {
    400: "The board found something wrong with these results.",
    403: "The board does not let you post there.",
    404: "There is no such board: check the code.",
    409: "The board has other results under this run's id.",
    410: "That board has ended: ask for the code of a new one.",
    413: "The file is larger than the board takes: send one run at a time.",
    429: "The board has too much to do at this moment: wait a minute.",
}


class NotSent(Exception):
    """The board did not take the results; the message says why and what to do, for people."""


class _Later(Exception):
    """This try failed in a way that the next one may not. `pause_s` is how long the board wants us to wait."""

    def __init__(self, sentence: str, pause_s: float | None = None) -> None:
        super().__init__(sentence)
        self.pause_s = pause_s


def send(url: str, code: str, csv: str, pause: Callable[[float], Any] = time.sleep) -> str:
    """Post results to the board `code` of the dashboard at `url`; returns what the board says about them.

    Tries up to `TRIES` times where trying again can help. Raises NotSent.
    """
    target = address(url, code)
    for number in range(TRIES):
        try:
            return _once(target, csv.encode())
        except _Later as later:
            wait_s = PAUSES_S[number] if number < len(PAUSES_S) else None
            if wait_s is None or (later.pause_s or 0) > LONGEST_PAUSE_S:
                tried = "once" if number == 0 else f"{number + 1} times"
                raise NotSent(f"{later} Tried {tried}.") from later
            pause(max(wait_s, later.pause_s or 0))
    raise AssertionError("the last try returns or raises")


def address(url: str, code: str) -> str:
    """Where the board `code` takes results: what people copy, the page of the board itself too, leads there.

    Raises NotSent for what is no address or no code.
    """
    given = url.strip()
    try:
        parts = urllib.parse.urlsplit(given)
        usable = parts.scheme in ("http", "https") and bool(parts.hostname) and parts.port != 0
    except ValueError:
        usable = False
    if not usable or not given.isprintable() or " " in given or "@" in parts.netloc:
        raise NotSent(f"Found {given[:80]!r}, expected the dashboard's address, such as https://many-hands.example.")
    if not code.strip():
        raise NotSent("The board's code is missing. It stands on the board, beside the QR code.")
    folder = urllib.parse.quote(parts.path.rstrip("/").removesuffix("/room"), safe="/%")
    name = urllib.parse.quote(code.strip(), safe="", errors="replace")
    return f"{parts.scheme}://{parts.netloc}{folder}/board/{name}"


def _once(target: str, body: bytes) -> str:
    """One try. Raises NotSent, or _Later where another one may go better."""
    request = urllib.request.Request(
        target, body, {"Content-Type": "text/csv; charset=utf-8", "User-Agent": "many-hands"}, method="POST"
    )
    try:
        with urllib.request.build_opener(_NoDetour).open(request, timeout=TRY_S) as answer:
            content = answer.read(_ANSWER_BYTES)
            if answer.length and len(content) < _ANSWER_BYTES:
                raise http.client.IncompleteRead(content, answer.length)
            return _taken(content)
    except urllib.error.HTTPError as refusal:
        raise _refused(refusal) from refusal
    except (OSError, UnicodeError, http.client.HTTPException) as error:
        raise _lost(error) from error


def _taken(content: bytes) -> str:
    """What the board says after it took the results. Raises NotSent when it was no board that answered."""
    answer = _read(content)
    if "added" not in answer or not _sentence(answer):
        raise NotSent("Something answered at that address, but not a board: check the address.")
    return _sentence(answer)


def _refused(refusal: urllib.error.HTTPError) -> NotSent | _Later:
    """What an HTTP status means: the board's own sentence if it has one."""
    if 300 <= refusal.code < 400:
        return NotSent(f"The dashboard is elsewhere: {_plain(refusal.headers.get('Location', 'somewhere'))}")
    try:
        said = _sentence(_read(refusal.read(_ANSWER_BYTES)))
    except (OSError, http.client.HTTPException):
        said = ""
    sentence = said or _MEANING.get(refusal.code, f"The dashboard answered with HTTP status {refusal.code}.")
    if refusal.code not in _AGAIN:
        return NotSent(sentence)
    return _Later(sentence, _seconds(refusal.headers.get("Retry-After", "")))


def _lost(error: Exception) -> NotSent | _Later:
    """What a connection that failed means."""
    reason = error.reason if isinstance(error, urllib.error.URLError) else error
    if isinstance(reason, ssl.SSLCertVerificationError):
        return NotSent("The dashboard's certificate is not valid, so nothing was sent: check the address.")
    if isinstance(reason, socket.gaierror | UnicodeError):
        return _Later("No dashboard is known by that name: check the address, and whether this machine has a network.")
    if isinstance(reason, ConnectionRefusedError):
        return _Later("Nobody answers at that address: check it, and whether the dashboard runs.")
    if isinstance(reason, TimeoutError):
        return _Later(f"The dashboard did not answer within {TRY_S:.0f} seconds.")
    return _Later("The connection broke before the dashboard had answered.")


class _NoDetour(urllib.request.HTTPRedirectHandler):
    """A redirected post would arrive as a question without the results, and look like a success."""

    def redirect_request(self, *_: Any) -> None:
        return None


def _read(content: bytes) -> dict[str, Any]:
    """The JSON object in an answer; an empty one for anything else."""
    try:
        answer = json.loads(content)
    except (ValueError, RecursionError):
        return {}
    return answer if isinstance(answer, dict) else {}


def _sentence(answer: dict[str, Any]) -> str:
    said = answer.get("sentence")
    return _plain(said) if isinstance(said, str) else ""


def _plain(text: str) -> str:
    """One line that cannot move a cursor: what comes from a network is only shown."""
    return " ".join("".join(c if c.isprintable() else " " for c in text).split())[:500]


def _seconds(text: str) -> float | None:
    """Retry-After in seconds; None for its other form, a date, and for nonsense."""
    return float(text) if text.isdecimal() and len(text) < 7 else None
