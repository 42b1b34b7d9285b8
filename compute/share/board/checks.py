"""What a board refuses, what it says, and how much fits on it."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from typing import Any

import sqlalchemy as sql

from compute import results
from compute.share.board.nouns import BoardProblem
from compute.share.board.tables import POST

MAX_RUNS, MAX_ROWS = 1_000, 50_000
"""Of one board."""
MAX_NAME = 80


def too_often(sentence: str, wait_s: float) -> BoardProblem:
    """The refusal of what may happen again after so many seconds."""
    whole = max(1, round(wait_s + 0.5))
    return BoardProblem(429, f"{sentence} Try again in {whole} {'second' if whole == 1 else 'seconds'}.", wait_s)


def plain_name(name: str) -> str:
    """The name of a board without blanks around it. Raises BoardProblem 400."""
    name = name.strip()
    if not any(c.isprintable() and not c.isspace() for c in name):
        raise BoardProblem(400, "The board needs a name, such as “Lecture 5”.")
    if len(name) > MAX_NAME:
        raise BoardProblem(400, f"The name has {len(name):,} characters; at most {MAX_NAME} fit above the board.")
    if results.has_control(name):
        raise BoardProblem(
            400, "The name holds control characters or marks that turn the direction of writing around. Type it anew."
        )
    return name


def refuse_closed(board: Any) -> None:
    """Raises BoardProblem 403 for a board that takes no more results."""
    if board.closed:
        raise BoardProblem(403, f"The board “{board.name}” is closed: it takes no more results.")


def refuse_full(database: sql.Connection, board_id: int, more: int, *, new_run: bool) -> None:
    """Raises BoardProblem 409 when so many more rows do not fit on the board."""
    full = sql.select(sql.func.count(), sql.func.coalesce(sql.func.sum(POST.c.rows), 0))
    runs, rows = database.execute(full.where(POST.c.board_id == board_id)).one()
    if runs + new_run > MAX_RUNS or rows + more > MAX_ROWS:
        raise BoardProblem(
            409,
            f"The board is full: it holds {runs:,} runs with {rows:,} rows, and at most {MAX_RUNS:,} with {MAX_ROWS:,} "
            "fit. Nothing was stored; its moderator can delete some.",
        )


def first(problems: Sequence[results.Problem]) -> str:
    """The first of some problems, and how many more there are."""
    more = f" And {len(problems) - 1:,} more like this." if len(problems) > 1 else ""
    return f"{problems[0]}{more}"


def sentence(name: str, kinds: Counter[str], left_out: str | None, extra: int) -> str:
    """What became of a file, from what was counted: added, apart, already and differing."""
    parts = [f"{_rows(kinds['added'])} {'is' if kinds['added'] == 1 else 'are'} new on the board “{name}”."]
    if not kinds["added"]:
        parts = [f"There is nothing new for the board “{name}”."]
    if kinds["apart"]:
        parts.append(f"{kinds['apart']:,} of them stand apart, because they were not measured or are invalid.")
    if kinds["already"]:
        parts.append(f"{_rows(kinds['already'])} had arrived before.")
    if kinds["differing"]:
        parts.append(f"{_rows(kinds['differing'])} had arrived before with other values, which stay.")
    if left_out:
        parts.append(f"Left out: {left_out}")
    if extra:
        parts.append(f"Not stored: {extra:,} {'column' if extra == 1 else 'columns'} that the board does not know.")
    return " ".join(parts)


def _rows(count: int) -> str:
    return f"{count:,} {'result' if count == 1 else 'results'}"
