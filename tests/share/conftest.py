"""What the tests of sharing stand on: the board's two databases, both real."""

from collections.abc import Callable, Iterator
from datetime import timedelta
from pathlib import Path

import psycopg
import pytest

from compute.share.board import Board
from compute.share.board.store import Boards
from tests.postgres import Postgres, postgres
from tests.share.rooms import PIN, START, Clock


@pytest.fixture
def clock() -> Clock:
    return Clock()


@pytest.fixture(scope="module")
def server() -> Iterator[Postgres]:
    with postgres() as server:
        yield server


@pytest.fixture(params=["sqlite", "postgresql"])
def url(request: pytest.FixtureRequest, tmp_path: Path) -> str:
    """An empty database."""
    if request.param == "sqlite":
        return f"sqlite:///{tmp_path / 'board.sqlite'}"
    url: str = request.getfixturevalue("server").url
    with psycopg.connect(url) as connection:
        connection.execute("DROP TABLE IF EXISTS hands_result, hands_post, hands_board")
    return url


@pytest.fixture
def connect(url: str, clock: Clock) -> Iterator[Callable[[], Boards]]:
    """Makes another process's view of the same database."""
    made: list[Boards] = []

    def connect() -> Boards:
        made.append(Boards(url, clock))
        return made[-1]

    yield connect
    for boards in made:
        boards.close()


@pytest.fixture
def boards(connect: Callable[[], Boards]) -> Boards:
    return connect()


@pytest.fixture
def board(boards: Boards) -> Board:
    return boards.open("Lecture 5", PIN, START + timedelta(hours=4))
