"""The board's HTTP door, at the real server and at both databases."""

import http.client
import json
import os
import socket
import time
import urllib.parse
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest

from compute import results
from compute.share import board as board_package
from compute.share import door, post
from compute.share.board import Board, BoardProblem, codes
from compute.share.board.store import Boards
from compute.share.shelf import KEPT_DAYS, Shelf
from tests.samples import sample_row, sample_rows
from tests.serving import Server, plain_script, serving
from tests.share.rooms import PIN

ALL = results.to_csv(sample_rows()).encode()
PATIENCE_S = 20.0


class Answer:
    """Status, headers and JSON of an answer."""

    def __init__(self, status: int, headers: http.client.HTTPMessage, body: bytes) -> None:
        self.status, self.headers, self.body = status, headers, body
        assert headers["content-type"] == "application/json"
        assert b"Traceback" not in body
        self.json: dict[str, Any] = json.loads(body) if body else {}


def ask(server: Server, method: str, path: str, body: Any = None, headers: dict[str, str] | None = None) -> Answer:
    connection = http.client.HTTPConnection(urllib.parse.urlsplit(server.url).netloc, timeout=PATIENCE_S)
    try:
        connection.request(method, path, body, headers or {})
        answer = connection.getresponse()
        return Answer(answer.status, answer.headers, answer.read())
    finally:
        connection.close()


@pytest.fixture
def served(tmp_path: Path, url: str) -> Iterator[Server]:
    """The dashboard with this database: named in the secrets, where it is not the default."""
    with serving(tmp_path, board=None if url.startswith("sqlite") else url) as server:
        yield server


@pytest.fixture
def room(served: Server, url: str) -> Iterator[tuple[Boards, Board]]:
    """A board in the dashboard's database, opened beside the server."""
    boards = Boards(url)
    yield boards, boards.open("Lecture 5", PIN, datetime.now(UTC) + timedelta(hours=1))
    boards.close()


@pytest.fixture(scope="module")
def state(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tmp_path_factory.mktemp("state")


@pytest.fixture(scope="module")
def standing(state: Path) -> Iterator[Server]:
    """One dashboard with a SQLite file for all tests that leave it as it was."""
    with serving(state) as server:
        yield server


@pytest.fixture
def lecture(standing: Server, state: Path) -> Iterator[tuple[Boards, Board]]:
    """A new board in its database."""
    boards = Boards(f"sqlite:///{state / 'board.sqlite'}")
    yield boards, boards.open("Lecture 5", PIN, datetime.now(UTC) + timedelta(hours=1))
    boards.close()


def test_results_are_posted_and_looked_at(served: Server, room: tuple[Boards, Board]) -> None:
    boards, board = room
    typed = f"{board.code[:3].lower()}-{board.code[3:]}"
    first = ask(served, "POST", f"/board/{typed}", ALL)
    assert first.status == 200
    assert {name: first.json[name] for name in ("added", "already", "apart")} == {"added": 44, "already": 0, "apart": 3}
    assert "44 results are new" in first.json["sentence"]
    again = ask(served, "POST", f"/board/{typed}", iter([ALL[:1000], ALL[1000:]]))  # in chunks, of no known length
    assert (again.status, again.json["added"], again.json["already"]) == (200, 0, 44)
    assert len(boards.rows(board.code)) == 41
    look = ask(served, "GET", f"/board/{board.code}")
    assert look.status == 200
    assert (look.json["name"], look.json["revision"], look.json["closed"]) == ("Lecture 5", 1, False)
    assert look.json["ends_at"] == board.ends_at.isoformat()
    assert "pin" not in look.json
    assert (ask(served, "HEAD", f"/board/{board.code}").status, look.headers["access-control-allow-origin"]) == (
        200,
        None,
    )
    boards.moderator(board.code, PIN, "a").close()
    closed = ask(served, "POST", f"/board/{board.code}", ALL)
    assert (closed.status, "closed" in closed.json["sentence"]) == (403, True)


def test_whatever_is_wrong_is_a_sentence(standing: Server, lecture: tuple[Boards, Board], state: Path) -> None:
    boards, board = lecture
    here = f"/board/{board.code}"
    cases = [
        (404, "There is no board", ("POST", "/board/NOSUCH", ALL)),
        (404, "There is no board", ("GET", "/board/%ff%F0%9F%A4%9A%E2%80%AE")),
        (404, "There is no board", ("GET", f"/board/{'x' * 2000}")),
        (400, "found nothing", ("POST", here)),
        (400, "a PNG picture", ("POST", here, b"\x89PNG\0\0")),
        (413, "at most 1 MB", ("POST", here, b"x" * 1_000_001)),
        (413, "at most 1 MB", ("POST", here, iter([b"x" * 100_000] * 11))),
        (405, "POST for results", ("PUT", here, ALL)),
        (405, "POST for results", ("DELETE", here)),
        (405, "POST for results", ("OPTIONS", here)),
        (403, "not for scripts", ("OPTIONS", here, None, {"Origin": "http://elsewhere.example"})),
        (403, "not for scripts", ("POST", here, ALL, {"Origin": "http://elsewhere.example"})),
    ]
    for status, words, (method, path, *more) in cases:
        answer = ask(standing, method, path, *more)  # type: ignore[arg-type]
        assert (answer.status, words in answer.json["sentence"]) == (status, True), answer.body
    label = ALL.replace(b"test data", "turned \u202e around".encode())
    assert ask(standing, "POST", here, label).status == 400
    assert boards.posts(board.code) == []
    assert "Traceback" not in (state / "server.log").read_text()


def test_a_gigabyte_is_refused_without_being_kept(standing: Server, lecture: tuple[Boards, Board]) -> None:
    before = memory_mib(standing.process.pid)
    address = urllib.parse.urlsplit(standing.url)
    with socket.create_connection((address.hostname or "", address.port or 0), timeout=PATIENCE_S) as connection:
        start = (
            f"POST /board/{lecture[1].code} HTTP/1.1\r\nHost: {address.netloc}\r\nContent-Length: 1000000000\r\n\r\n"
        )
        connection.sendall(start.encode())
        sent, answer = 0, b""
        connection.settimeout(0.01)
        while b"sentence" not in answer and sent < 1_000_000_000:
            sent += connection.send(b"x" * 65_536)
            try:
                answer += connection.recv(4096)
            except TimeoutError:
                continue
    assert answer.startswith(b"HTTP/1.1 413")
    assert b"1,000.0 MB" in answer
    assert sent < 100_000_000
    assert memory_mib(standing.process.pid) - before < 50


def memory_mib(pid: int) -> float:
    [line] = [line for line in Path(f"/proc/{pid}/status").read_text().splitlines() if line.startswith("VmHWM")]
    return int(line.split()[1]) / 1024


def test_a_gigabyte_from_a_patient_sender_is_dropped_as_it_comes(
    standing: Server, lecture: tuple[Boards, Board]
) -> None:
    """urllib sends the whole file before it reads the answer."""
    before = memory_mib(standing.process.pid)
    chunk = b"x" * 1_000_000
    size = {"Content-Length": str(200 * len(chunk))}
    answer = ask(standing, "POST", f"/board/{lecture[1].code}", (chunk for _ in range(200)), size)
    assert (answer.status, "200.0 MB" in answer.json["sentence"]) == (413, True)
    assert memory_mib(standing.process.pid) - before < 50


def test_a_sender_that_breaks_off_stores_nothing(standing: Server, lecture: tuple[Boards, Board], state: Path) -> None:
    boards, board = lecture
    address = urllib.parse.urlsplit(standing.url)
    with socket.create_connection((address.hostname or "", address.port or 0), timeout=PATIENCE_S) as connection:
        start = f"POST /board/{board.code} HTTP/1.1\r\nHost: {address.netloc}\r\nContent-Length: {len(ALL)}\r\n\r\n"
        connection.sendall(start.encode() + ALL[: len(ALL) // 2])
    assert ask(standing, "GET", f"/board/{board.code}").json["revision"] == 0
    assert boards.posts(board.code) == []
    assert "Traceback" not in (state / "server.log").read_text()


def test_a_database_that_is_gone_is_a_sentence_and_comes_back(
    served: Server, room: tuple[Boards, Board], url: str, request: pytest.FixtureRequest
) -> None:
    if url.startswith("sqlite"):
        database = Path(url.removeprefix("sqlite:///"))
        moved = database.with_name("elsewhere")
        database.rename(moved)
        database.mkdir()
    else:
        server = request.getfixturevalue("server")
        server.stop()
    path = f"/board/{room[1].code}"
    gone = ask(served, "POST", path, ALL)
    if url.startswith("sqlite"):
        database.rmdir()
        moved.rename(database)
    else:
        assert (gone.status, gone.headers["Retry-After"]) == (503, "6")
        assert "Try again in a moment" in gone.json["sentence"]
        server.start()
    back = ask(served, "POST", path, ALL)
    assert (back.status, back.json["added"] + back.json["already"]) == (200, 44)
    assert len(room[0].rows(room[1].code)) == 41


def test_what_the_command_line_sends_arrives(standing: Server, lecture: tuple[Boards, Board]) -> None:
    boards, board = lecture
    page = f"{standing.url}/room?code={board.code}"
    assert "44 results are new" in post.send(page, codes.spoken(board.code), ALL.decode())
    assert "nothing new" in post.send(standing.url, board.code, ALL.decode())
    assert len(boards.rows(board.code)) == 41
    with pytest.raises(post.NotSent, match="There is no board"):
        post.send(standing.url, "NOSUCH", ALL.decode())


@pytest.mark.parametrize("url", ["sqlite"], indirect=True)
def test_the_server_deletes_what_is_over_when_it_starts(url: str, tmp_path: Path) -> None:
    long_ago = time.time() - KEPT_DAYS * 86_400
    Shelf(tmp_path / "shared", lambda: long_ago).keep(sample_rows())
    boards = Boards(url)
    now = datetime.now(UTC)
    board = boards.open("Lecture 5", PIN, now + timedelta(seconds=2))
    boards.post(board.code, results.to_csv([sample_row(label="a very secret label")]).encode(), "a")
    boards.close()

    def secrets() -> list[Path]:
        return [file for file in tmp_path.glob("board.sqlite*") if b"very secret" in file.read_bytes()]

    assert secrets()
    time.sleep(max(0.0, (board.ends_at - datetime.now(UTC)).total_seconds()) + 0.1)
    with serving(tmp_path) as server:
        deadline = time.monotonic() + PATIENCE_S
        while kept := [*secrets(), *(tmp_path / "shared").iterdir()]:
            assert time.monotonic() < deadline, kept
            time.sleep(0.2)
        assert ask(server, "GET", f"/board/{board.code}").status == 410


def test_too_many_from_one_address_are_told_when_to_come_again(standing: Server) -> None:
    with ThreadPoolExecutor(16) as pool:
        answers = list(pool.map(lambda _: ask(standing, "GET", "/board/NOSUCH"), range(2000)))
    assert {answer.status for answer in answers} == {404, 429}
    late = next(answer for answer in answers if answer.status == 429)
    assert late.headers["Retry-After"] == "1"
    assert "Try again in 1 second" in late.json["sentence"]


def test_a_server_without_boards_makes_no_database(tmp_path: Path) -> None:
    with serving(tmp_path) as server:
        server.visit()
    assert not list(tmp_path.glob("board.sqlite*"))


def test_a_plain_script_has_no_door_but_its_pages(tmp_path: Path) -> None:
    with serving(tmp_path, plain_script) as server:
        connection = http.client.HTTPConnection(urllib.parse.urlsplit(server.url).netloc, timeout=PATIENCE_S)
        connection.request("GET", "/board/NOSUCH")
        answer = connection.getresponse()
        assert "json" not in answer.headers["content-type"]
        connection.close()
        assert server.visit()["page"]["title"] == "This machine"


def test_the_door_stands_under_the_path_of_the_dashboard() -> None:
    assert [route.path for route in (*door.routes(""), *door.routes("/lecture/"))] == [
        "/board/{code}",
        "/lecture/board/{code}",
    ]


def test_the_boards_are_where_the_configuration_says(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setenv("MANY_HANDS_STATE", str(tmp_path))
    monkeypatch.setattr(board_package, "_url", None)
    assert board_package.sweep() == 0
    assert board_package.boards() is board_package.boards()
    assert not os.listdir(tmp_path)
    with pytest.raises(BoardProblem):
        board_package.boards().find("NOSUCH")
    board_package.configure(f"sqlite:///{tmp_path / 'other.sqlite'}")
    assert board_package.sweep() == 0
    assert (tmp_path / "other.sqlite").exists()
    board_package.configure("nonsense")
    with pytest.raises(BoardProblem, match=r"connections\.board\.url"):
        board_package.boards()
