"""What the views of a board show, read once for all of them, and only what has changed."""

from __future__ import annotations

import json
import sys
from dataclasses import dataclass, field

import sqlalchemy as sql

from compute.results import COLUMN, Row
from compute.share.board.tables import POST, RESULT


@dataclass
class Kept:
    """The rows of one post, as they were at its revision."""

    revision: int
    ranked: list[Row] = field(default_factory=list)
    apart: list[tuple[Row, str]] = field(default_factory=list)


@dataclass(frozen=True)
class Snapshot:
    """All that a view of a board shows, at one revision."""

    revision: int
    kept: dict[int, Kept]
    rows: list[Row]
    apart: list[tuple[Row, str]]


NOTHING = Snapshot(-1, {}, [], [])


def newer(database: sql.Connection, board_id: int, revision: int, seen: Snapshot) -> Snapshot:
    """What the board shows now. `revision` was read before: what comes in between is read again the next time."""
    mine = POST.c.board_id == board_id
    posts = sql.select(POST.c.id, POST.c.revision, POST.c.hidden).where(mine).order_by(POST.c.id)
    new = (
        sql.select(RESULT.c.post_id, RESULT.c.apart, RESULT.c.cells)
        .join(POST, POST.c.id == RESULT.c.post_id)
        .where(mine, POST.c.revision > seen.revision)
        .order_by(RESULT.c.id)
    )
    listed = database.execute(posts).all()
    found = database.execute(new).all()
    fresh = {post.id: Kept(post.revision) for post in listed if post.revision > seen.revision}
    for post_id, apart, cells in found:
        if post_id in fresh:
            row = row_of(cells)
            fresh[post_id].apart.append((row, apart)) if apart else fresh[post_id].ranked.append(row)
    kept = {post.id: fresh.get(post.id) or seen.kept[post.id] for post in listed}
    shown = [kept[post.id] for post in listed if not post.hidden]
    return Snapshot(
        revision,
        kept,
        [row for post in shown for row in post.ranked],
        [row for post in shown for row in post.apart],
    )


def cells_of(row: Row) -> str:
    """The filled cells; columns that are not ours are not stored, because nobody knows what is in them."""
    return json.dumps({name: row[name] for name in COLUMN if row[name] is not None}, separators=(",", ":"))


def row_of(cells: str) -> Row:
    """The way back. Texts repeat from row to row and are kept once."""
    filled = {name: sys.intern(value) if type(value) is str else value for name, value in json.loads(cells).items()}
    return dict.fromkeys(COLUMN) | filled
