"""The board: a room of machines. Results come by upload or over HTTP, and everybody's view shows them.

`boards()` are the dashboard's own (`compute.share.board.store.Boards`). They are in `data/board.sqlite` (in the folder
named by $MANY_HANDS_STATE where that is set) unless `configure` was given the address of another database. The
database's library is not loaded before somebody asks for a board.
"""

from __future__ import annotations

import os
import threading
from pathlib import Path
from typing import TYPE_CHECKING

from compute.share.board.nouns import Board, BoardProblem, Post, Receipt

if TYPE_CHECKING:
    from compute.share.board.store import Boards

__all__ = ["Board", "BoardProblem", "Post", "Receipt", "boards", "configure", "sweep"]

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
    from compute.share.board.store import Boards

    url = _url or f"sqlite:///{_file()}"
    with _mutex:
        if url not in _open:
            _open[url] = Boards(url)
        return _open[url]


def sweep() -> int:
    """Deletes what ended boards hold, if there ever was a board here. The number of boards; raises BoardProblem."""
    return boards().sweep() if _url or _file().exists() else 0


def _file() -> Path:
    return Path(os.environ.get("MANY_HANDS_STATE") or _DATA) / "board.sqlite"
