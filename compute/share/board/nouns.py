"""What the board's storage and its callers speak of."""

from dataclasses import dataclass
from datetime import datetime

MAX_BYTES = 1_000_000
"""Of one post; a full run takes about a tenth."""


class BoardProblem(Exception):
    """What somebody cannot have. `str()` is a sentence for people, `status` the HTTP status.

    `retry_after_s`: seconds after which the same request may succeed; None = never, or nobody knows.
    """

    def __init__(self, status: int, sentence: str, retry_after_s: float | None = None) -> None:
        super().__init__(sentence)
        self.status = status
        self.retry_after_s = retry_after_s


@dataclass(frozen=True)
class Board:
    """A room of machines. Times are UTC; `closed` boards are seen but take no more results."""

    code: str
    name: str
    opened_at: datetime
    ends_at: datetime
    closed: bool


@dataclass(frozen=True)
class Receipt:
    """What became of a file: rows that are new, rows that were there already, and new ones that are never ranked."""

    run_ids: tuple[str, ...]
    added: int
    already: int
    apart: int
    sentence: str


@dataclass(frozen=True)
class Post:
    """One run on a board. `reason` says why some or all of its rows stand apart or were left out."""

    id: int
    run_id: str
    label: str | None
    machine: str
    received_at: datetime
    rows: int
    hidden: bool
    reason: str | None


def too_large(size: int) -> BoardProblem:
    """The refusal of a post of so many bytes."""
    return BoardProblem(
        413,
        f"The file has {size / 1e6:,.1f} MB or more; a board takes at most {MAX_BYTES / 1e6:.0f} MB at a time. "
        "Send one file for each run.",
    )
