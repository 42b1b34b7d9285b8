"""The board: a room of machines. Results come by upload or over HTTP, and everybody's view shows them.

`boards()` are the dashboard's own. They are in `data/board.sqlite` (in the folder named by $MANY_HANDS_STATE where
that is set) unless `configure` was given the address of another database.
"""

import os
import threading
from pathlib import Path

from compute.share.board.nouns import Board, BoardProblem, Post, Receipt
from compute.share.board.store import MAX_BYTES, Boards, Moderator, too_large

__all__ = [
    "MAX_BYTES",
    "Board",
    "BoardProblem",
    "Boards",
    "Moderator",
    "Post",
    "Receipt",
    "boards",
    "configure",
    "too_large",
]

_DATA = Path(__file__).resolve().parents[3] / "data"

_mutex = threading.Lock()
_url: str | None = None
_open: dict[str, Boards] = {}


def configure(url: str | None) -> None:
    """Where the boards are: the secret connections.board.url; None = in the file. May be called at any time."""
    global _url
    _url = url


def boards() -> Boards:
    """The dashboard's boards, one for the whole process. Raises BoardProblem 503 if the secret is no address."""
    url = _url or f"sqlite:///{Path(os.environ.get('MANY_HANDS_STATE') or _DATA) / 'board.sqlite'}"
    with _mutex:
        if url not in _open:
            _open[url] = Boards(url)
        return _open[url]
