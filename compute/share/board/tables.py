"""The board's tables, and the engine that holds them: SQLite in a file, or PostgreSQL.

Times are seconds since 1970 in UTC, because SQLite has no time zones.
"""

from __future__ import annotations

import sqlite3
from pathlib import Path
from typing import Any

import sqlalchemy as sql
from sqlalchemy.schema import CreateIndex, CreateTable

from compute.share.board.nouns import BoardProblem

_ID = sql.BigInteger().with_variant(sql.Integer, "sqlite")
"""SQLite counts up by itself only in a column whose type is exactly INTEGER."""

META = sql.MetaData()

BOARD = sql.Table(
    "hands_board",
    META,
    sql.Column("id", _ID, primary_key=True),
    sql.Column("code", sql.String(16), nullable=False, unique=True),
    sql.Column("name", sql.Text, nullable=False),
    sql.Column("pin", sql.Text, nullable=False),
    sql.Column("opened_s", sql.Double, nullable=False),
    sql.Column("ends_s", sql.Double, nullable=False, index=True),
    sql.Column("closed", sql.Boolean, nullable=False),
    # Grows with every change; a post is read again when its own is newer than what was read.
    sql.Column("revision", sql.BigInteger, nullable=False),
    # Wrong PINs: when the bucket of guesses is full again. Stored, so that a restart gives no new guesses.
    sql.Column("guesses_full_s", sql.Double, nullable=False),
)

POST = sql.Table(
    "hands_post",
    META,
    sql.Column("id", _ID, primary_key=True),
    sql.Column("board_id", _ID, sql.ForeignKey(BOARD.c.id, ondelete="CASCADE"), nullable=False),
    sql.Column("run_id", sql.Text, nullable=False),
    sql.Column("label", sql.Text),
    sql.Column("machine", sql.Text, nullable=False),
    sql.Column("received_s", sql.Double, nullable=False),
    sql.Column("rows", sql.Integer, nullable=False),
    sql.Column("hidden", sql.Boolean, nullable=False),
    sql.Column("reason", sql.Text),
    sql.Column("revision", sql.BigInteger, nullable=False),
    sql.UniqueConstraint("board_id", "run_id"),
)

RESULT = sql.Table(
    "hands_result",
    META,
    sql.Column("id", _ID, primary_key=True),
    sql.Column("post_id", _ID, sql.ForeignKey(POST.c.id, ondelete="CASCADE"), nullable=False),
    sql.Column("case", sql.Text, nullable=False),
    sql.Column("mode", sql.Text, nullable=False),
    # Why the result is never ranked; NULL = it may be.
    sql.Column("apart", sql.Text),
    # The filled cells as a JSON object, so that a board outlives a new column.
    sql.Column("cells", sql.Text, nullable=False),
    sql.UniqueConstraint("post_id", "case", "mode"),
)

_LOCK = 0x6D616E79
"""PostgreSQL's advisory lock around making the tables: IF NOT EXISTS alone fails when two processes start at once."""

WAIT_S = 5
"""How long to wait for a connection, and for another writer."""


def engine(url: str) -> sql.Engine:
    """The engine for "sqlite:///file" or "postgresql://…". Connects to nothing yet. Raises BoardProblem."""
    try:
        parsed = sql.make_url(url)
    except sql.exc.ArgumentError:
        raise _bad_url("something else") from None
    name = parsed.drivername.partition("+")[0]
    if name == "sqlite":
        return _sqlite(parsed)
    if name in ("postgresql", "postgres"):
        return _postgresql(parsed.set(drivername="postgresql+psycopg"))
    raise _bad_url(f"a {name[:20]} address")


def _bad_url(found: str) -> BoardProblem:
    return BoardProblem(
        503,
        f"The board has no storage: connections.board.url in the secrets is {found}; it must start with postgresql:// "
        "or sqlite:///. Whoever runs this dashboard can mend that.",
    )


def _sqlite(url: sql.URL) -> sql.Engine:
    if not url.database or url.database == ":memory:":
        raise _bad_url("a SQLite database without a file")
    # isolation_level=None: the driver begins nothing by itself, so that a writer can ask for the lock at once.
    arguments = {"timeout": WAIT_S, "isolation_level": None}
    made = sql.create_engine(url, connect_args=arguments, pool_size=10, max_overflow=20, pool_timeout=WAIT_S)

    @sql.event.listens_for(made, "connect")
    def _prepare(connection: sqlite3.Connection, _: Any) -> None:
        for pragma in (
            "journal_mode=WAL",  # readers and the writer do not wait for each other
            "synchronous=NORMAL",  # safe against a crash of the server; a power cut may take the last moment
            "foreign_keys=ON",
            "secure_delete=ON",  # deleted is overwritten
            "journal_size_limit=4000000",
        ):
            connection.execute(f"PRAGMA {pragma}")

    @sql.event.listens_for(made, "begin")
    def _begin(connection: sql.Connection) -> None:
        writes = connection.get_execution_options().get("writes")
        connection.exec_driver_sql("BEGIN IMMEDIATE" if writes else "BEGIN")

    return made


def _postgresql(url: sql.URL) -> sql.Engine:
    # No prepared statements: poolers in front of hosted databases do not keep them. A server that has gone is noticed
    # before a connection is used again, and while it is used after ten seconds.
    arguments = {"connect_timeout": WAIT_S, "prepare_threshold": None, "tcp_user_timeout": 10_000}
    return sql.create_engine(
        url, connect_args=arguments, pool_size=10, max_overflow=10, pool_timeout=WAIT_S, pool_pre_ping=True
    )


def file_of(made: sql.Engine) -> Path | None:
    """The file of a SQLite database."""
    return Path(made.url.database) if made.dialect.name == "sqlite" and made.url.database else None


def create(made: sql.Engine) -> None:
    """Makes the tables that are not there yet."""
    if path := file_of(made):
        path.parent.mkdir(parents=True, exist_ok=True)
    with made.execution_options(writes=True).begin() as database:
        if made.dialect.name == "postgresql":
            database.execute(sql.select(sql.func.pg_advisory_xact_lock(_LOCK)))
        for table in META.sorted_tables:
            database.execute(CreateTable(table, if_not_exists=True))
            for index in table.indexes:
                database.execute(CreateIndex(index, if_not_exists=True))


def truncate_log(made: sql.Engine) -> None:
    """Writes SQLite's log into its file and empties it: deleted rows would stay readable in it."""
    if file_of(made):
        connection = made.raw_connection()
        try:
            connection.cursor().execute("PRAGMA wal_checkpoint(TRUNCATE)")
        finally:
            connection.close()


def missing(error: Exception) -> bool:
    """Whether there is no table: the database that has come back is a new one."""
    cause = getattr(error, "orig", None)
    return getattr(cause, "sqlstate", "") == "42P01" or str(cause).startswith("no such table")


def problem(error: Exception) -> BoardProblem:
    """What to tell the sender when the database refused or was gone; the cause is for the server's log."""
    cause = getattr(error, "orig", None)
    full = getattr(cause, "sqlite_errorcode", None) == sqlite3.SQLITE_FULL or getattr(cause, "sqlstate", "") == "53100"
    if full:
        return BoardProblem(
            507, "The disk of the board is full, so nothing was stored. Tell the lecturer; your file is still with you."
        )
    return BoardProblem(
        503,
        "The board's database does not answer. Try again in a moment: what has already arrived is not stored twice.",
        retry_after_s=5,
    )
