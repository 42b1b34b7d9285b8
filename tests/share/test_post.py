"""Posting to a board, against a real HTTP server that answers as it is told."""

import json
import socket
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from compute import results
from compute.share import post
from tests.samples import sample_rows
from tests.share.board import Board, says, serving

CSV = results.to_csv(sample_rows())
TAKEN = {"sentence": "44 results of 2 runs are on the board.", "added": 44}


@pytest.fixture
def pauses() -> list[float]:
    return []


def send(board: Board, pauses: list[float], code: str = "ABC123") -> str:
    return post.send(board.url, code, CSV, pauses.append)


def refused(board: Board, pauses: list[float]) -> str:
    with pytest.raises(post.NotSent) as error:
        send(board, pauses)
    return str(error.value)


def test_the_csv_and_nothing_else_is_posted(pauses: list[float]) -> None:
    with serving(says(200, TAKEN)) as board:
        assert send(board, pauses, code=" abc 123 ") == TAKEN["sentence"]
    [(path, headers, body)] = board.posts
    assert (path, body.decode()) == ("/board/abc%20123", CSV)
    assert set(headers) == {"Accept-Encoding", "Content-Length", "Host", "User-Agent", "Content-Type", "Connection"}
    assert headers["User-Agent"] == "many-hands"
    assert pauses == []


@pytest.mark.parametrize("status", [400, 403, 404, 409, 410, 413])
@pytest.mark.parametrize("content", [{"sentence": "The board says\x1b[2J\nwhy."}, None, "no object", {"sentence": 5}])
def test_a_refusal_is_told_and_not_tried_again(status: int, content: object, pauses: list[float]) -> None:
    with serving(says(status, content)) as board:
        told = refused(board, pauses)
    own = isinstance(content, dict) and content["sentence"] != 5
    assert told == ("The board says [2J why." if own else post._MEANING[status])
    assert (len(board.posts), pauses) == (1, [])


def test_a_busy_board_is_given_the_time_that_it_asks_for(pauses: list[float]) -> None:
    with serving(says(429, None, Retry_After="7"), says(429, None, Retry_After="0"), says(200, TAKEN)) as board:
        assert send(board, pauses) == TAKEN["sentence"]
    assert pauses == [7, 2]
    assert {body for _, _, body in board.posts} == {CSV.encode()}


def test_a_board_that_asks_for_an_hour_is_told_of(pauses: list[float]) -> None:
    with serving(says(429, {"sentence": "Come back in an hour."}, Retry_After="3600")) as board:
        assert refused(board, pauses) == "Come back in an hour. Tried once."
    assert pauses == []


@pytest.mark.parametrize("when", ["Wed, 21 Oct 2026 07:28:00 GMT", "-5", "1e9", "soon"])
def test_a_wait_that_is_no_number_of_seconds_is_our_own(when: str, pauses: list[float]) -> None:
    with serving(says(503, None, Retry_After=when), says(200, TAKEN)) as board:
        assert send(board, pauses) == TAKEN["sentence"]
    assert pauses == [1]


@pytest.mark.parametrize("status", [408, 500, 502, 503, 504])
def test_a_server_in_trouble_is_tried_four_times(status: int, pauses: list[float]) -> None:
    with serving(says(status)) as board:
        assert refused(board, pauses) == f"The dashboard answered with HTTP status {status}. Tried 4 times."
    assert (len(board.posts), pauses) == (4, [1, 2, 4])


def test_a_lost_answer_is_asked_for_again(pauses: list[float]) -> None:
    with serving((0, {}, b""), says(200, TAKEN)) as board:
        assert send(board, pauses) == TAKEN["sentence"]
    assert (len(board.posts), pauses) == (2, [1])


def test_a_cut_answer_is_no_success(pauses: list[float]) -> None:
    whole = json.dumps(TAKEN).encode()
    with serving((200, {"Content-Length": str(len(whole))}, whole[:-9])) as board:
        assert refused(board, pauses) == "The connection broke before the dashboard had answered. Tried 4 times."
    assert len(board.posts) == 4


@pytest.mark.parametrize("content", [None, [], {"name": "Lecture", "revision": 3}, {"sentence": "Hello."}])
def test_something_else_that_answers_is_no_board(content: object, pauses: list[float]) -> None:
    with serving(says(200, content)) as board:
        assert "not a board" in refused(board, pauses)
    assert len(board.posts) == 1


@pytest.mark.parametrize("status", [301, 302, 303, 307, 308])
def test_a_detour_is_not_taken(status: int, pauses: list[float]) -> None:
    with serving(says(200, TAKEN)) as other, serving(says(status, None, Location=f"{other.url}/x\x07y")) as board:
        assert refused(board, pauses) == f"The dashboard is elsewhere: {other.url}/x y"
    assert (len(board.posts), other.posts) == (1, [])


def unused_port() -> int:
    with socket.socket() as one:
        one.bind(("127.0.0.1", 0))
        port: int = one.getsockname()[1]
    return port


def test_a_refused_connection(pauses: list[float]) -> None:
    with pytest.raises(post.NotSent, match="Nobody answers at that address") as error:
        post.send(f"http://127.0.0.1:{unused_port()}", "ABC123", CSV, pauses.append)
    assert str(error.value).endswith("Tried 4 times.")
    assert pauses == [1, 2, 4]


def test_an_unknown_name(monkeypatch: pytest.MonkeyPatch, pauses: list[float]) -> None:
    def unknown(*_: Any, **__: Any) -> None:
        raise socket.gaierror(socket.EAI_NONAME, "Name or service not known")

    monkeypatch.setattr(socket, "getaddrinfo", unknown)
    with pytest.raises(post.NotSent, match="No dashboard is known by that name"):
        post.send("http://board.invalid", "ABC123", CSV, pauses.append)


def test_a_silent_server(monkeypatch: pytest.MonkeyPatch, pauses: list[float]) -> None:
    monkeypatch.setattr(post, "TRY_S", 0.1)
    with socket.create_server(("127.0.0.1", 0)) as silent:
        url = f"http://127.0.0.1:{silent.getsockname()[1]}"
        with pytest.raises(post.NotSent, match="did not answer within"):
            post.send(url, "ABC123", CSV, pauses.append)


@pytest.mark.parametrize(
    ("url", "where"),
    [
        ("https://hands.example", "https://hands.example/board/ABC"),
        (" https://hands.example/ ", "https://hands.example/board/ABC"),
        ("http://10.0.0.7:8501", "http://10.0.0.7:8501/board/ABC"),
        ("https://example.org/lab/hands/", "https://example.org/lab/hands/board/ABC"),
        ("https://hands.example/room?code=ABC", "https://hands.example/board/ABC"),
        ("http://[::1]:8501/room/", "http://[::1]:8501/board/ABC"),
        ("http://hands.example/hörsaal", "http://hands.example/h%C3%B6rsaal/board/ABC"),
    ],
)
def test_what_people_copy_leads_to_the_board(url: str, where: str) -> None:
    assert post.address(url, "ABC") == where


@pytest.mark.parametrize(
    "url", ["", "hands.example", "localhost:8501", "file:///etc/passwd", "ftp://x", "http://", "http://a:b", "http://[",
            "http://hands.example/\n/x", "http://a:0", "http://a b", "http://anna:secret@hands.example"],
)  # fmt: skip
def test_what_is_no_address_is_told_before_anything_is_sent(url: str) -> None:
    with pytest.raises(post.NotSent, match="expected the dashboard's address"):
        post.address(url, "ABC")


def test_a_missing_code_is_told() -> None:
    with pytest.raises(post.NotSent, match="code is missing"):
        post.address("http://hands.example", "  ")


@given(code=st.text(min_size=1).filter(lambda text: bool(text.strip())))
def test_a_code_stays_one_part_of_the_path(code: str) -> None:
    assert post.address("http://hands.example", code).count("/") == 4


def test_a_code_that_is_not_text_and_a_name_that_is_too_long(pauses: list[float]) -> None:
    assert post.address("http://hands.example", "a\udce4") == "http://hands.example/board/a%3F"
    with pytest.raises(post.NotSent, match="No dashboard is known by that name"):
        post.send(f"http://{'a' * 70}.example", "ABC123", CSV, pauses.append)
