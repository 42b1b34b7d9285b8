"""The boards themselves: open, post, read, moderate, and delete when their time is over."""

from __future__ import annotations

import logging
import threading
from collections import Counter
from collections.abc import Callable, Iterator, Sequence
from contextlib import AbstractContextManager, contextmanager, nullcontext
from datetime import UTC, datetime, timedelta
from typing import Any

import sqlalchemy as sql

from compute import results
from compute.compare.headlines import machine_name
from compute.results import Row
from compute.share.board import checks, pins, tables
from compute.share.board.codes import LENGTH, new_code, read_code, spoken
from compute.share.board.nouns import MAX_BYTES, Board, BoardProblem, Post, Receipt, too_large
from compute.share.board.pace import Pace, Paces
from compute.share.board.ranking import why_apart
from compute.share.board.tables import BOARD, POST, RESULT
from compute.share.board.views import NOTHING, Snapshot, cells_of, newer, row_of

log = logging.getLogger(__name__)

MAX_BOARDS = 1_000
"""At one time."""
MAX_DAYS = 366
CODE_KEPT = timedelta(days=30)
"""So long after its end a code says that the board has ended; nothing else is left of it."""

# A whole lecture hall often has one address.
_SENDER = Pace(burst=300, interval_s=1 / 30)
_BOARD = Pace(burst=400, interval_s=1 / 40)
_OPENER = Pace(burst=20, interval_s=60)
_GUESSER = Pace(burst=5, interval_s=60)
_GUESSES = Pace(burst=20, interval_s=30)
"""Wrong PINs of one board, from wherever they come: 3,000 a day against a million PINs of six digits."""

_MANY = "Many questions and results came from your address."
_FRESH_S = 0.3
"""So long a revision is believed without asking the database, which another process may have changed."""
_SNAPSHOTS = 4
"""Boards whose rows are kept in memory."""


def _now() -> datetime:
    return datetime.now(UTC)


class Boards:
    """All boards in one database. Safe to use from many threads and from several processes.

    `url` is "sqlite:///file" or "postgresql://user:password@host/database"; `clock` gives the time in UTC. Every
    method raises BoardProblem: 404 no such board, 410 it has ended, 429 too often, 503 the database does not answer,
    507 its disk is full.
    """

    def __init__(self, url: str, clock: Callable[[], datetime] = _now) -> None:
        self._clock = clock
        self._engine = tables.engine(url)
        self._writer = self._engine.execution_options(writes=True)
        self._senders = Paces(_SENDER, self._now_s)
        self._posted = Paces(_BOARD, self._now_s)
        self._openers = Paces(_OPENER, self._now_s)
        self._guessers = Paces(_GUESSER, self._now_s)
        # SQLite has one writer; to wait in line here is fairer and quicker than its own sleeping and trying again.
        self._turn: AbstractContextManager[Any] = threading.Lock() if tables.file_of(self._engine) else nullcontext()
        self._mutex = threading.Lock()
        self._making = threading.Lock()
        self._made = False
        self._revisions: dict[str, tuple[int, float, float]] = {}  # code -> revision, ends, when it was read
        self._snapshots: dict[str, Snapshot] = {}
        self._building: dict[str, threading.Lock] = {}

    def close(self) -> None:
        """Gives the connections back."""
        self._engine.dispose()

    # --- boards

    def open(self, name: str, pin: str, ends_at: datetime, sender: str = "") -> Board:
        """A new board under a code of its own. Raises BoardProblem 400 for a bad name, PIN or date."""
        name = checks.plain_name(name)
        if not pins.SHORTEST <= len(pin.strip()) <= pins.LONGEST:
            raise BoardProblem(400, f"The PIN needs {pins.SHORTEST} to {pins.LONGEST} characters.")
        now = self._now_s()
        ends = ends_at.timestamp()
        if not now < ends <= now + MAX_DAYS * 86_400:
            raise BoardProblem(400, f"The end of a board lies in the future, at most {MAX_DAYS} days from now.")
        self._hold(self._openers, sender, "Many boards were opened from here.")
        self.sweep()
        values = {
            "name": name,
            "pin": pins.hashed(pin),
            "opened_s": now,
            "ends_s": ends,
            "closed": False,
            "revision": 0,
            "guesses_full_s": 0.0,
        }
        with self._writing() as database:
            running = sql.select(sql.func.count()).select_from(BOARD).where(BOARD.c.ends_s > now)
            if database.execute(running).scalar_one() >= MAX_BOARDS:
                raise BoardProblem(429, f"There are {MAX_BOARDS:,} boards already. Try again when some have ended.")
            code = self._free_code(database)
            database.execute(sql.insert(BOARD).values(values | {"code": code}))
        return self.find(code)

    def _free_code(self, database: sql.Connection) -> str:
        while True:
            code = new_code()
            if database.scalar(sql.select(BOARD.c.id).where(BOARD.c.code == code)) is None:
                return code

    def find(self, code: str) -> Board:
        """The board with this code, however it was typed."""
        return _board(self._found(code))

    def look(self, code: str, sender: str) -> tuple[Board, int]:
        """The board and its revision for somebody outside; counted, so that nobody tries all codes."""
        self._hold(self._senders, sender, _MANY)
        board = self._found(code)
        return _board(board), board.revision

    def sweep(self) -> int:
        """Deletes what boards whose time is over hold, and says how many. Their codes are kept for a month."""
        now = self._now_s()
        over = BOARD.c.ends_s <= now
        with self._writing() as database:
            swept = database.execute(
                sql.update(BOARD).where(over, BOARD.c.pin != "").values(name="", pin="", closed=True)
            ).rowcount
            ended = sql.select(BOARD.c.id).where(over)
            database.execute(sql.delete(POST).where(POST.c.board_id.in_(ended)))
            database.execute(sql.delete(BOARD).where(BOARD.c.ends_s <= now - CODE_KEPT.total_seconds()))
        self._forget()
        return swept

    def _forget(self) -> None:
        """What was deleted is in nobody's memory either, and not in the log that SQLite keeps beside its file."""
        with self._mutex:
            self._revisions.clear()
            self._snapshots.clear()
        with self._answering():
            tables.truncate_log(self._engine)

    # --- results

    def post(self, code: str, content: bytes, sender: str) -> Receipt:
        """Puts a CSV of results on a board; a row that is there already is not stored again.

        Raises BoardProblem also with 400 (no valid row), 403 (closed), 409 (full) and 413 (too large).
        """
        self._hold(self._senders, sender, _MANY)
        if len(content) > MAX_BYTES:
            raise too_large(len(content))
        board = self._found(code)
        self._hold(self._posted, board.code, "Many results came for this board.")
        checks.refuse_closed(board)
        reading = results.read(content, "the file")
        if not reading.rows:
            raise BoardProblem(400, f"Nothing was stored. {checks.first(reading.problems)}")
        left_out = checks.first(reading.problems) if reading.problems else None
        runs = _by_run(reading.rows)
        kinds: Counter[str] = Counter()
        with self._writing() as database:
            board = self._locked(database, board.id)
            checks.refuse_closed(board)
            for run_id, rows in runs.items():
                kinds += self._store(database, board, run_id, rows, left_out)
            if kinds["added"]:
                database.execute(sql.update(BOARD).where(BOARD.c.id == board.id).values(revision=board.revision + 1))
        self._changed(board.code)
        return Receipt(
            tuple(runs),
            kinds["added"],
            kinds["already"] + kinds["differing"],
            kinds["apart"],
            checks.sentence(board.name, kinds, left_out, len(reading.extra)),
        )

    def _store(
        self, database: sql.Connection, board: Any, run_id: str, rows: Sequence[Row], left_out: str | None
    ) -> Counter[str]:
        """Stores the new rows of one run; counts those that are added, apart, already there, and there but differing.

        The board's row is locked: nobody else adds to it meanwhile.
        """
        mine = (POST.c.board_id == board.id) & (POST.c.run_id == run_id)
        post = database.execute(sql.select(POST.c.id, POST.c.rows, POST.c.reason).where(mine)).one_or_none()
        there: dict[tuple[str, str], str] = {}
        if post:
            stored = sql.select(RESULT.c.case, RESULT.c.mode, RESULT.c.cells).where(RESULT.c.post_id == post.id)
            there = {(case, mode): cells for case, mode, cells in database.execute(stored)}
        new = [
            {"case": row["case"], "mode": row["mode"], "cells": cells_of(row), "apart": why_apart(row)}
            for row in rows
            if (row["case"], row["mode"]) not in there
        ]
        known = [
            there[row["case"], row["mode"]] == cells_of(row) for row in rows if (row["case"], row["mode"]) in there
        ]
        counted = Counter(
            added=len(new),
            apart=sum(1 for row in new if row["apart"]),
            already=sum(known),
            differing=len(known) - sum(known),
        )
        if not new:
            return counted
        reason = left_out or next((row["apart"] for row in new if row["apart"]), None)
        checks.refuse_full(database, board.id, len(new), new_run=post is None)
        values = {"revision": board.revision + 1, "reason": reason or (post.reason if post else None)}
        if post:
            post_id = post.id
            database.execute(
                sql.update(POST).where(POST.c.id == post_id).values(values | {"rows": post.rows + len(new)})
            )
        else:
            first = rows[0]
            values |= {"board_id": board.id, "run_id": run_id, "label": first["label"], "rows": len(new)}
            values |= {"machine": machine_name(first | {"label": None}), "received_s": self._now_s(), "hidden": False}
            post_id = database.execute(sql.insert(POST).values(values).returning(POST.c.id)).scalar_one()
        database.execute(sql.insert(RESULT), [{"post_id": post_id} | row for row in new])
        return counted

    # --- views

    def revision(self, code: str) -> int:
        """Grows with every change of the board. Cheap: many views may ask many times a second."""
        plain = read_code(code) or ""
        known = self._revisions.get(plain)
        now = self._now_s()
        if known and 0 <= now - known[2] < _FRESH_S and known[1] > now:
            return known[0]
        board = self._found(code)
        with self._mutex:
            self._revisions[board.code] = board.revision, board.ends_s, now
        revision: int = board.revision
        return revision

    def posts(self, code: str) -> list[Post]:
        """All posts in the order in which they came, hidden ones too."""
        board = self._found(code)
        with self._reading() as database:
            found = database.execute(sql.select(POST).where(POST.c.board_id == board.id).order_by(POST.c.id))
            return [_post(row) for row in found]

    def rows(self, code: str) -> list[Row]:
        """The visible rows that may be ranked. The same list until the board changes: not to be modified."""
        return self._snapshot(code).rows

    def apart(self, code: str) -> list[tuple[Row, str]]:
        """The visible rows that are never ranked, each with its reason. Not to be modified."""
        return self._snapshot(code).apart

    def _snapshot(self, code: str) -> Snapshot:
        """What the board shows now. Only posts that changed are read; of many views one reads, the others wait."""
        revision = self.revision(code)
        plain = read_code(code) or ""
        with self._mutex:
            building = self._building.setdefault(plain, threading.Lock())
        with building:
            seen = self._snapshots.get(plain, NOTHING)
            if seen.revision < revision:
                board = self._found(code)
                with self._reading() as database:
                    seen = newer(database, board.id, board.revision, seen)
            with self._mutex:
                self._snapshots.pop(plain, None)
                self._snapshots[plain] = seen
                for oldest in list(self._snapshots)[:-_SNAPSHOTS]:
                    del self._snapshots[oldest]
            return seen

    # --- moderation

    def moderator(self, code: str, pin: str, sender: str) -> Moderator:
        """Who knows the PIN may moderate. Raises BoardProblem 403, and 429 after too many wrong ones."""
        board = self._found(code)
        self._hold(self._guessers, sender, "Too many wrong PINs came from your address.")
        if wait := self._take_guess(board.id):
            self._guessers.give_back(sender)
            raise checks.too_often("Too many wrong PINs came for this board.", wait)
        if not pins.matches(pin, board.pin):
            raise BoardProblem(403, "This is not the board's PIN. Whoever opened the board has chosen it.")
        self._guessers.give_back(sender)
        back = sql.update(BOARD).where(BOARD.c.id == board.id)
        with self._writing() as database:
            database.execute(back.values(guesses_full_s=BOARD.c.guesses_full_s - _GUESSES.interval_s))
        return Moderator(self, board.id, board.code)

    def _take_guess(self, board_id: int) -> float:
        """0 if one more PIN may be tried, and then it is counted before it is looked at; else seconds to wait."""
        now = self._now_s()
        with self._writing() as database:
            full_at = self._locked(database, board_id).guesses_full_s
            if wait := _GUESSES.wait_s(full_at, now):
                return wait
            counted = sql.update(BOARD).where(BOARD.c.id == board_id)
            database.execute(counted.values(guesses_full_s=_GUESSES.after(full_at, now)))
            return 0.0

    # --- the database

    def _found(self, code: str) -> Any:
        """The board's own row."""
        plain = read_code(code)
        board = None
        if plain:
            with self._reading() as database:
                board = database.execute(sql.select(BOARD).where(BOARD.c.code == plain)).one_or_none()
        if board is None:
            typed = results.shown(code, 20)
            raise BoardProblem(
                404, f"There is no board {typed}. A code has {LENGTH} characters, such as {spoken('K7M4X2')}."
            )
        self._check_running(board)
        return board

    def _check_running(self, board: Any) -> None:
        if board.ends_s <= self._now_s():
            ended = f"{_time(board.ends_s):%Y-%m-%d at %H:%M} UTC"
            raise BoardProblem(410, f"The board {spoken(board.code)} ended on {ended}, and its results are deleted.")

    def _locked(self, database: sql.Connection, board_id: int) -> Any:
        """The board's row as it is now; nobody else changes the board until this transaction ends."""
        board = database.execute(sql.select(BOARD).where(BOARD.c.id == board_id).with_for_update()).one_or_none()
        if board is None:
            raise BoardProblem(410, "The board has ended, and its results are deleted.")
        self._check_running(board)
        return board

    def _changed(self, code: str) -> None:
        """The next look at the revision asks the database."""
        with self._mutex:
            self._revisions.pop(code, None)

    @contextmanager
    def _reading(self) -> Iterator[sql.Connection]:
        with self._answering():
            self._make_tables()
            with self._engine.begin() as database:
                yield database

    @contextmanager
    def _writing(self) -> Iterator[sql.Connection]:
        """A transaction: all of it is stored, or nothing."""
        with self._answering():
            self._make_tables()
            with self._turn, self._writer.begin() as database:
                yield database

    def _make_tables(self) -> None:
        with self._making:
            if not self._made:
                tables.create(self._engine)
                self._made = True

    @contextmanager
    def _answering(self) -> Iterator[None]:
        try:
            yield
        except (sql.exc.SQLAlchemyError, OSError) as error:
            log.warning("The board's database: %s", str(error).partition("\n")[0])
            self._made = self._made and not tables.missing(error)
            raise tables.problem(error) from error

    def _hold(self, paces: Paces, key: str, sentence: str) -> None:
        if wait := paces.take(key):
            raise checks.too_often(sentence, wait)

    def _now_s(self) -> float:
        return self._clock().timestamp()


class Moderator:
    """What the one who knows the PIN may do with a board."""

    def __init__(self, boards: Boards, board_id: int, code: str) -> None:
        self._boards = boards
        self._id = board_id
        self._code = code

    def hide(self, post_id: int) -> None:
        """Takes a post off every view; it can be shown again."""
        self._change(sql.update(POST).where(POST.c.id == post_id, POST.c.board_id == self._id).values(hidden=True))

    def show(self, post_id: int) -> None:
        """Shows a hidden post again."""
        self._change(sql.update(POST).where(POST.c.id == post_id, POST.c.board_id == self._id).values(hidden=False))

    def delete(self, post_id: int) -> None:
        """Deletes a post and its rows for good."""
        self._change(sql.delete(POST).where(POST.c.id == post_id, POST.c.board_id == self._id))
        self._boards._forget()

    def clear(self) -> None:
        """Deletes all posts and their rows for good."""
        self._change(sql.delete(POST).where(POST.c.board_id == self._id))
        self._boards._forget()

    def close(self) -> None:
        """Takes no more results; what is there stays until the board ends."""
        self._change(sql.update(BOARD).where(BOARD.c.id == self._id).values(closed=True))

    def export(self) -> str:
        """All rows as CSV: ranked, apart and hidden."""
        self._boards.find(self._code)
        every = (
            sql.select(RESULT.c.cells)
            .join(POST, POST.c.id == RESULT.c.post_id)
            .where(POST.c.board_id == self._id)
            .order_by(POST.c.id, RESULT.c.id)
        )
        with self._boards._reading() as database:
            return results.to_csv(row_of(cells) for cells in database.scalars(every))

    def _change(self, statement: Any) -> None:
        with self._boards._writing() as database:
            board = self._boards._locked(database, self._id)
            database.execute(statement)
            database.execute(sql.update(BOARD).where(BOARD.c.id == self._id).values(revision=board.revision + 1))
        self._boards._changed(self._code)


# --- from the tables ------------------------------------------------------------------------------------


def _by_run(rows: Sequence[Row]) -> dict[str, list[Row]]:
    runs: dict[str, list[Row]] = {}
    for row in rows:
        runs.setdefault(row["run_id"], []).append(row)
    return runs


def _board(row: Any) -> Board:
    return Board(row.code, row.name, _time(row.opened_s), _time(row.ends_s), row.closed)


def _post(row: Any) -> Post:
    received_at = _time(row.received_s)
    return Post(row.id, row.run_id, row.label, row.machine, received_at, row.rows, row.hidden, row.reason)


def _time(seconds: float) -> datetime:
    return datetime.fromtimestamp(seconds, UTC)
