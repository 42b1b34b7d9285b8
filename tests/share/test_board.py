"""The boards, in a real SQLite and a real PostgreSQL database."""

import sqlite3
import threading
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta
from pathlib import Path
from typing import Any

import psycopg
import pytest
import sqlalchemy as sql
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from compute import results
from compute.results import Row
from compute.share.board import Board, BoardProblem, checks, pins, store, tables, views
from compute.share.board.codes import new_code
from compute.share.board.store import Boards
from tests.postgres import Postgres
from tests.samples import CPU_RUN, GPU_RUN, sample_row, sample_rows
from tests.share.rooms import PIN, START, Clock

Connect = Callable[[], Boards]
ALL = results.to_csv(sample_rows()).encode()


def csv(*rows: Row) -> bytes:
    return results.to_csv(rows).encode()


def case(number: int, **overrides: Any) -> Row:
    return sample_row(case=f"matmul square fp32 {number}", **overrides)


def refused(status: int, call: Callable[..., Any], *arguments: Any) -> str:
    """The sentence with which a call is refused."""
    with pytest.raises(BoardProblem) as caught:
        call(*arguments)
    assert caught.value.status == status, caught.value
    return str(caught.value)


# --- boards


def test_a_board_is_found_by_its_code_however_it_is_typed(boards: Boards, board: Board) -> None:
    assert board == Board(board.code, "Lecture 5", START, START + timedelta(hours=4), closed=False)
    assert boards.find(f" {board.code[:3].lower()}-{board.code[3:].lower()} ") == board


def test_two_boards_may_have_one_name(boards: Boards, board: Board) -> None:
    other = boards.open("Lecture 5", "314159", board.ends_at)
    assert other.code != board.code
    boards.post(board.code, ALL, "a")
    assert [len(boards.posts(code)) for code in (board.code, other.code)] == [2, 0]
    assert "PIN" in refused(403, boards.moderator, other.code, PIN, "a")


@pytest.mark.parametrize(
    ("name", "pin", "hours", "words"),
    [
        ("  ", PIN, 1, "needs a name"),
        ("\u200b", PIN, 1, "needs a name"),
        ("x" * 81, PIN, 1, "81 characters"),
        ("Lecture\x07", PIN, 1, "control characters"),
        ("Lecture \u202e5", PIN, 1, "direction of writing"),
        ("Lecture", " 12345 ", 1, "6 to 64 characters"),
        ("Lecture", "1" * 65, 1, "6 to 64 characters"),
        ("Lecture", PIN, 0, "in the future"),
        ("Lecture", PIN, 24 * 367, "at most 366 days"),
    ],
)
def test_a_board_that_cannot_be_opened_says_why(boards: Boards, name: str, pin: str, hours: int, words: str) -> None:
    assert words in refused(400, boards.open, name, pin, START + timedelta(hours=hours))


def test_one_address_opens_only_so_many_boards(boards: Boards, clock: Clock) -> None:
    ends = START + timedelta(hours=1)
    for _ in range(20):
        boards.open("Lecture", PIN, ends, "a")
    assert "Try again in" in refused(429, boards.open, "Lecture", PIN, ends, "a")
    boards.open("Lecture", PIN, ends, "b")
    clock.go(minutes=2)
    boards.open("Lecture", PIN, ends, "a")


def test_there_is_an_end_to_the_number_of_boards(boards: Boards, board: Board, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(store, "MAX_BOARDS", 1)
    assert "1 boards already" in refused(429, boards.open, "Lecture", PIN, board.ends_at)


@pytest.mark.parametrize("code", ["", "K7M4X", "nope", "'; DROP TABLE hands_board", "\0", "\ud800", "x" * 10_000])
def test_a_wrong_code_gets_a_sentence(boards: Boards, code: str) -> None:
    sentence = refused(404, boards.find, code)
    assert "A code has 6 characters" in sentence
    assert len(sentence) < 200
    assert refused(404, boards.post, code, ALL, "a") == refused(404, boards.revision, code) == sentence
    assert refused(404, boards.rows, code) == refused(404, boards.moderator, code, PIN, "a") == sentence


def test_an_ended_board_is_gone_at_once_and_deleted_by_the_sweep(boards: Boards, board: Board, clock: Clock) -> None:
    boards.post(board.code, ALL, "a")
    assert len(boards.rows(board.code)) == 41
    assert boards.sweep() == 0
    clock.go(hours=4)
    for call, *more in ((boards.find,), (boards.revision,), (boards.rows,), (boards.post, ALL, "a")):
        assert "ended on 2026-11-25 at 14:00 UTC" in refused(410, call, board.code, *more)
    refused(410, boards.moderator, board.code, PIN, "a")
    assert boards.sweep() == 1
    with boards._reading() as database:
        counts = [database.scalar(sql.select(sql.func.count()).select_from(t)) for t in (tables.POST, tables.RESULT)]
        kept = database.execute(sql.select(tables.BOARD.c.name, tables.BOARD.c.pin)).one()
    assert (counts, tuple(kept)) == ([0, 0], ("", ""))
    assert boards.sweep() == 0
    refused(410, boards.find, board.code)
    clock.go(days=31)
    boards.sweep()
    refused(404, boards.find, board.code)


def test_what_the_sweep_deletes_is_in_no_file_any_more(tmp_path: Path, clock: Clock) -> None:
    boards = Boards(f"sqlite:///{tmp_path / 'board.sqlite'}", clock)
    board = boards.open("A secret name", PIN, START + timedelta(hours=1))
    boards.post(board.code, csv(case(1, label="a very secret label")), "a")
    clock.go(hours=1)
    assert any(b"very secret" in file.read_bytes() for file in tmp_path.iterdir())
    boards.sweep()
    assert not any(b"secret" in file.read_bytes() for file in tmp_path.iterdir())
    boards.close()


def test_what_a_moderator_deletes_is_in_no_file_any_more(tmp_path: Path, clock: Clock) -> None:
    boards = Boards(f"sqlite:///{tmp_path / 'board.sqlite'}", clock)
    board = boards.open("Lecture", PIN, START + timedelta(hours=1))
    boards.post(board.code, csv(case(1, label="a very secret label")), "a")
    assert len(boards.rows(board.code)) == 1
    boards.moderator(board.code, PIN, "a").clear()
    assert not any(b"secret" in file.read_bytes() for file in tmp_path.iterdir())
    boards.close()


def test_opening_a_board_sweeps_the_ended_ones(boards: Boards, board: Board, clock: Clock) -> None:
    boards.post(board.code, ALL, "a")
    clock.go(days=1)
    boards.open("Lecture 6", PIN, clock.now + timedelta(hours=1))
    assert boards.sweep() == 0


# --- posts


def test_a_post_is_stored_and_the_same_again_is_not(boards: Boards, board: Board) -> None:
    first = boards.post(board.code, ALL, "a")
    assert (first.run_ids, first.added, first.already, first.apart) == ((CPU_RUN, GPU_RUN), 44, 0, 3)
    assert first.sentence.startswith("44 results are new on the board “Lecture 5”. 3 of them stand apart")
    again = boards.post(board.code, ALL, "a")
    assert (again.added, again.already, again.apart) == (0, 44, 0)
    assert again.sentence == "There is nothing new for the board “Lecture 5”. 44 results had arrived before."
    assert [(post.run_id, post.rows) for post in boards.posts(board.code)] == [(CPU_RUN, 22), (GPU_RUN, 22)]
    assert len(boards.rows(board.code)) == 41


def test_a_second_post_of_a_run_adds_only_what_is_new(boards: Boards, board: Board) -> None:
    boards.post(board.code, csv(case(1), case(2)), "a")
    receipt = boards.post(board.code, csv(case(1), case(2), case(3)), "a")
    assert (receipt.added, receipt.already) == (1, 2)
    [post] = boards.posts(board.code)
    assert post.rows == 3
    assert [row["case"][-1] for row in boards.rows(board.code)] == ["1", "2", "3"]


def test_what_came_first_stays_and_the_sender_is_told(boards: Boards, board: Board) -> None:
    boards.post(board.code, csv(case(1)), "a")
    forged = case(1, label="other")
    receipt = boards.post(board.code, csv(forged), "b")
    assert (receipt.added, receipt.already) == (0, 1)
    assert "1 result had arrived before with other values, which stay." in receipt.sentence
    assert boards.rows(board.code)[0]["label"] == "test data"


def test_rows_come_back_as_they_were(boards: Boards, board: Board) -> None:
    boards.post(board.code, ALL, "a")
    blank = dict.fromkeys(results.COLUMN)
    there = boards.rows(board.code) + [row for row, _ in boards.apart(board.code)]
    expected = [blank | row for row in sample_rows()]
    assert sorted(there, key=results.key) == sorted(expected, key=results.key)


def test_of_many_senders_of_one_run_one_is_stored(connect: Connect, board: Board) -> None:
    """Eight processes, each with its own connections, send the same file at the same moment."""
    processes = [connect() for _ in range(8)]
    together = threading.Barrier(len(processes))

    def send(boards: Boards) -> int:
        together.wait()
        return boards.post(board.code, ALL, "a").added

    with ThreadPoolExecutor(len(processes)) as pool:
        added = list(pool.map(send, processes))
    assert sorted(added) == [0] * 7 + [44]
    assert len(processes[0].rows(board.code)) == 41


def test_the_database_itself_refuses_a_double(boards: Boards, board: Board) -> None:
    boards.post(board.code, csv(case(1)), "a")
    with boards._reading() as database:
        row = database.execute(sql.select(tables.RESULT)).one()._asdict()
    with pytest.raises(sql.exc.IntegrityError), boards._engine.begin() as database:
        database.execute(sql.insert(tables.RESULT).values(row | {"id": row["id"] + 1}))


def test_what_is_invalid_skipped_or_failed_stands_apart(boards: Boards, board: Board) -> None:
    boards.post(board.code, ALL, "a")
    assert [reason for _, reason in boards.apart(board.code)] == [
        "Skipped: It needs 12 GiB, and 8 GiB are free.",
        "Failed: The device ran out of memory.",
        "Invalid: 171.8 TFLOP/s is above 1.02 times the peak.",
    ]
    assert all(row["verdict"] == "steady" for row in boards.rows(board.code))


def rate(flop_per_s: float, **overrides: Any) -> Row:
    flops = 2.0 * 1024**3
    median = flops / flop_per_s
    times = dict.fromkeys(("median_s", "ci_low_s", "ci_high_s", "q1_s", "q3_s", "min_s"), median)
    return case(1, flops=flops, flop_per_s=flop_per_s, items=None, items_per_s=None, **times, **overrides)


@pytest.mark.parametrize(
    ("row", "words"),
    [
        (rate(5e15), "Unbelievable: 5.00 PFLOP/s is above the peak of every chip that we know"),
        (rate(70e12, device_kind="NVIDIA H200", backend="gpu"), "is above the peak of"),
        (rate(60e12, device_kind="NVIDIA H200", backend="gpu"), None),
        (rate(1e12), None),
    ],
)
def test_a_rate_above_what_a_chip_can_do_is_not_ranked(
    boards: Boards, board: Board, row: Row, words: str | None
) -> None:
    boards.post(board.code, csv(row), "a")
    apart = [reason for _, reason in boards.apart(board.code)]
    assert len(boards.rows(board.code)) == (words is None)
    assert (words is None and not apart) or (words is not None and words in apart[0])


def test_good_rows_of_a_file_are_kept_and_the_others_told(boards: Boards, board: Board) -> None:
    bad = csv(case(1), case(2)).replace(b"0.97", b"much", 1).replace(b"steady", b"certain", 1)
    receipt = boards.post(board.code, bad, "a")
    assert receipt.added == 1
    assert "Left out: Row 2, column verdict: found `certain`" in receipt.sentence
    [post] = boards.posts(board.code)
    assert post.reason is not None
    assert "`certain`" in post.reason


@pytest.mark.parametrize(
    "content",
    [b"", b"\0\0", b"PK\x03\x04", b"a,b\n1,2\n", "run_id;case\n".encode("utf-16"), csv(), csv(case(1, run_id=None))],
)
def test_a_file_without_a_good_row_is_refused_with_a_sentence(boards: Boards, board: Board, content: bytes) -> None:
    assert "found" in refused(400, boards.post, board.code, content, "a")
    assert boards.posts(board.code) == []
    assert boards.revision(board.code) == 0


def test_columns_that_are_not_ours_are_not_stored(boards: Boards, board: Board) -> None:
    receipt = boards.post(board.code, csv(case(1, host="ada-laptop")), "a")
    assert "Not stored: 1 column that the board does not know." in receipt.sentence
    assert "host" not in boards.rows(board.code)[0]
    assert "ada" not in boards.moderator(board.code, PIN, "a").export()


TURNED = "\u202a\u202b\u202c\u202d\u202e\u2066\u2067\u2068\u2069"


@pytest.mark.parametrize("mark", ["\x00", "\x07", "\x1b", "\x85", "\u2028", *TURNED])
def test_a_label_with_controls_or_turned_writing_is_refused(boards: Boards, board: Board, mark: str) -> None:
    content = csv(case(1, label="a label")).replace(b"a label", f"a{mark}label".encode())
    sentence = refused(400, boards.post, board.code, content, "a")
    assert sentence.isprintable()
    assert boards.posts(board.code) == []


@settings(max_examples=60, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(label=st.text(max_size=220), number=st.integers(0, 10**9))
def test_any_label_is_stored_as_it_is_or_refused(boards: Boards, board: Board, label: str, number: int) -> None:
    """What to_csv would mend goes in raw, quoted as CSV wants it."""
    quoted = '"' + label.replace('"', '""') + '"'
    raw = results.to_csv([case(number, label="HERE", run_id=f"run {number} {hash(label)}")])
    content = raw.replace("HERE", quoted).encode("utf-8", "surrogatepass")
    before = {post.id for post in boards.posts(board.code)}
    boards._senders._full_at_s.clear()
    boards._posted._full_at_s.clear()
    if results.has_control(results._unsafe(label)) or len(label) > 200 or "\0" in label:
        assert refused(400, boards.post, board.code, content, "a").isprintable()
        return
    boards.post(board.code, content, "a")
    for post in boards.posts(board.code):
        if post.id not in before:
            assert not results.has_control(post.label or "")
            assert (post.label or "") in (label, results._unsafe(label))


def test_a_post_that_is_too_large_is_refused(boards: Boards, board: Board) -> None:
    assert "at most 1 MB" in refused(413, boards.post, board.code, b"x" * 1_000_001, "a")


def test_a_full_board_says_so(boards: Boards, board: Board, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(checks, "MAX_ROWS", 45)
    boards.post(board.code, ALL, "a")
    assert "2 runs with 44 rows" in refused(409, boards.post, board.code, csv(case(1), case(2)), "a")
    assert boards.post(board.code, csv(case(1)), "a").added == 1
    monkeypatch.setattr(checks, "MAX_ROWS", 1000)
    monkeypatch.setattr(checks, "MAX_RUNS", 2)
    assert "The board is full" in refused(409, boards.post, board.code, csv(case(3, run_id="third")), "a")
    assert boards.post(board.code, csv(case(2)), "a").added == 1


def test_one_address_and_one_board_are_held_to_a_pace(boards: Boards, board: Board, clock: Clock) -> None:
    for _ in range(300):
        refused(400, boards.post, board.code, b"x", "a")
    with pytest.raises(BoardProblem) as caught:
        boards.post(board.code, b"x", "a")
    assert caught.value.status == 429
    assert caught.value.retry_after_s == pytest.approx(1 / 30, rel=0.01)
    for _ in range(100):
        refused(400, boards.post, board.code, b"x", "b")
    assert "for this board" in refused(429, boards.post, board.code, b"x", "c")
    clock.go(seconds=1)
    refused(400, boards.post, board.code, b"x", "a")


# --- views


def test_the_revision_grows_with_every_change_and_only_then(boards: Boards, board: Board) -> None:
    seen = [boards.revision(board.code)]

    def after(*call: Any) -> int:
        call[0](*call[1:])
        seen.append(boards.revision(board.code))
        return seen[-1] - seen[-2]

    moderator = boards.moderator(board.code, PIN, "a")
    assert after(boards.post, board.code, ALL, "a") > 0
    assert after(boards.post, board.code, ALL, "a") == 0
    first, second = (post.id for post in boards.posts(board.code))
    assert after(moderator.hide, first) > 0
    assert after(moderator.show, first) > 0
    assert after(moderator.delete, second) > 0
    assert after(moderator.clear) > 0
    assert after(moderator.close) > 0


def test_another_process_sees_a_change_within_a_moment(connect: Connect, board: Board, clock: Clock) -> None:
    here, there = connect(), connect()
    assert there.rows(board.code) == []
    here.post(board.code, csv(case(1)), "a")
    assert here.revision(board.code) == 1
    clock.go(seconds=0.5)
    assert there.revision(board.code) == 1
    assert len(there.rows(board.code)) == 1


def test_views_share_the_rows_until_the_board_changes(boards: Boards, board: Board) -> None:
    boards.post(board.code, ALL, "a")
    seen = boards.rows(board.code)
    assert boards.rows(board.code.lower()) is seen
    boards.post(board.code, csv(case(1)), "a")
    newer = boards.rows(board.code)
    assert len(newer) == len(seen) + 1
    assert newer[-1] is seen[-1]  # the other run's rows were not read again


def test_only_changed_posts_are_read_again(boards: Boards, board: Board, monkeypatch: pytest.MonkeyPatch) -> None:
    read: list[str] = []
    boards.post(board.code, ALL, "a")
    boards.rows(board.code)
    boards.post(board.code, csv(case(1, run_id="third")), "a")
    original = views.row_of

    def reading(cells: str) -> Row:
        read.append(cells)
        return original(cells)

    monkeypatch.setattr(views, "row_of", reading)
    boards.rows(board.code)
    assert len(read) == 1


# --- moderation


def test_hidden_is_not_shown_and_deleted_is_gone(boards: Boards, board: Board) -> None:
    boards.post(board.code, ALL, "a")
    moderator = boards.moderator(board.code, PIN, "a")
    cpu, gpu = boards.posts(board.code)
    moderator.hide(cpu.id)
    assert {row["run_id"] for row in boards.rows(board.code)} == {GPU_RUN}
    assert boards.apart(board.code) == []
    assert [post.hidden for post in boards.posts(board.code)] == [True, False]
    exported = results.read(moderator.export().encode())
    assert (len(exported.rows), exported.problems) == (44, [])
    moderator.show(cpu.id)
    assert len(boards.rows(board.code)) == 41
    moderator.delete(gpu.id)
    assert {row["run_id"] for row in boards.rows(board.code)} == {CPU_RUN}
    moderator.clear()
    assert boards.posts(board.code) == []
    assert boards.rows(board.code) == []
    assert boards.post(board.code, ALL, "a").added == 44


def test_a_closed_board_is_seen_but_takes_nothing(boards: Boards, board: Board) -> None:
    boards.post(board.code, csv(case(1)), "a")
    boards.moderator(board.code, PIN, "a").close()
    assert boards.find(board.code).closed
    assert "closed" in refused(403, boards.post, board.code, ALL, "a")
    assert len(boards.rows(board.code)) == 1


def test_a_moderator_has_only_the_own_board(boards: Boards, board: Board) -> None:
    other = boards.open("Other", PIN, board.ends_at)
    boards.post(board.code, csv(case(1)), "a")
    [post] = boards.posts(board.code)
    stranger = boards.moderator(other.code, PIN, "a")
    stranger.hide(post.id)
    stranger.delete(post.id)
    stranger.clear()
    assert len(boards.rows(board.code)) == 1


def test_a_moderator_of_an_ended_board_changes_nothing(boards: Boards, board: Board, clock: Clock) -> None:
    moderator = boards.moderator(board.code, PIN, "a")
    clock.go(days=1)
    refused(410, moderator.clear)
    refused(410, moderator.export)
    boards.sweep()
    refused(410, moderator.close)


def test_a_thousand_guesses_get_twenty_answers(
    connect: Connect, board: Board, clock: Clock, monkeypatch: pytest.MonkeyPatch
) -> None:
    """From a thousand addresses within a second; the server restarts in the middle."""
    looked: list[str] = []

    def wrong(pin: str, _: str) -> bool:
        looked.append(pin)
        return False

    monkeypatch.setattr(pins, "matches", wrong)
    statuses = []
    before, after = connect(), connect()
    for number in range(1000):
        with pytest.raises(BoardProblem) as caught:
            (before if number < 10 else after).moderator(board.code, f"{number:06}", f"address {number}")
        statuses.append(caught.value.status)
        clock.go(milliseconds=1)
    assert len(looked) == 20
    assert statuses == [403] * 20 + [429] * 980
    monkeypatch.undo()
    assert "for this board" in refused(429, connect().moderator, board.code, PIN, "lecturer")
    clock.go(seconds=30)
    assert connect().moderator(board.code, PIN, "lecturer")


def test_one_address_has_five_wrong_guesses(boards: Boards, board: Board, clock: Clock) -> None:
    for _ in range(5):
        refused(403, boards.moderator, board.code, "wrong", "a")
    assert "from your address" in refused(429, boards.moderator, board.code, PIN, "a")
    assert boards.moderator(board.code, PIN, "b")
    clock.go(minutes=1)
    assert boards.moderator(board.code, PIN, "a")


def test_the_right_pin_costs_no_guess(boards: Boards, board: Board) -> None:
    for _ in range(30):
        boards.moderator(board.code, PIN, "a")


def test_the_pin_is_not_in_the_database(boards: Boards, board: Board) -> None:
    with boards._reading() as database:
        stored = database.execute(sql.select(tables.BOARD)).one()
    assert PIN not in str(tuple(stored))


# --- the database fails


def test_postgresql_gone_in_the_middle_of_a_post(
    server: Postgres, clock: Clock, monkeypatch: pytest.MonkeyPatch
) -> None:
    boards = Boards(server.url, clock)
    board = boards.open("Lecture", PIN, START + timedelta(hours=1))
    stopped: list[bool] = []

    def gone(_: Row) -> None:
        if not stopped:
            server.stop()
            stopped.append(True)

    monkeypatch.setattr(store, "why_apart", gone)
    assert "Try again in a moment" in refused(503, boards.post, board.code, ALL, "a")
    refused(503, boards.post, board.code, ALL, "a")
    refused(503, boards.rows, board.code)
    monkeypatch.undo()
    server.start()
    assert boards.posts(board.code) == []
    assert boards.post(board.code, ALL, "a").added == 44
    assert len(boards.rows(board.code)) == 41
    boards.close()


def test_postgresql_gone_after_it_stored_but_before_it_said_so(
    server: Postgres, clock: Clock, monkeypatch: pytest.MonkeyPatch
) -> None:
    boards = Boards(server.url, clock)
    board = boards.open("Lecture", PIN, START + timedelta(hours=1))
    stopped: list[bool] = []

    @sql.event.listens_for(boards._engine, "commit")
    def stored(connection: sql.Connection) -> None:
        if connection.get_execution_options().get("writes") and not stopped:
            stopped.append(True)
            connection.connection.commit()
            server.stop()
            connection.exec_driver_sql("SELECT 1")  # notices it, as the answer to a commit that is lost

    refused(503, boards.post, board.code, ALL, "a")
    server.start()
    again = boards.post(board.code, ALL, "a")
    assert (again.added, again.already) == (0, 44)
    assert len(boards.rows(board.code)) == 41
    boards.close()


@pytest.fixture
def file(tmp_path: Path) -> Path:
    return tmp_path / "board.sqlite"


def test_a_full_disk_is_said_and_nothing_is_stored(file: Path, clock: Clock) -> None:
    boards = Boards(f"sqlite:///{file}", clock)
    board = boards.open("Lecture", PIN, START + timedelta(hours=1))
    limit = ["PRAGMA max_page_count=14"]

    @sql.event.listens_for(boards._engine, "begin")
    def small(connection: sql.Connection) -> None:
        connection.exec_driver_sql(limit[0])

    assert "disk of the board is full" in refused(507, boards.post, board.code, ALL, "a")
    assert boards.posts(board.code) == []
    limit[0] = "PRAGMA max_page_count=1000000"
    assert boards.post(board.code, ALL, "a").added == 44
    boards.close()


def test_a_full_disk_of_postgresql_is_told_the_same_way() -> None:
    error = sql.exc.OperationalError("INSERT", {}, psycopg.errors.DiskFull("could not extend file"))
    assert tables.problem(error).status == 507


def test_a_locked_file_is_a_sentence(file: Path, clock: Clock, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(tables, "WAIT_S", 0.1)
    boards = Boards(f"sqlite:///{file}", clock)
    board = boards.open("Lecture", PIN, START + timedelta(hours=1))
    other = sqlite3.connect(file, isolation_level=None)
    other.execute("BEGIN IMMEDIATE")
    assert "Try again" in refused(503, boards.post, board.code, ALL, "a")
    assert boards.find(board.code) == board
    other.execute("ROLLBACK")
    other.close()
    assert boards.post(board.code, ALL, "a").added == 44
    boards.close()


def test_a_file_that_is_no_database_or_cannot_be_made_is_a_sentence(file: Path, clock: Clock) -> None:
    file.write_text("no database, but long enough to be looked at" * 20)
    assert "does not answer" in refused(503, Boards(f"sqlite:///{file}", clock).find, new_code())
    assert "does not answer" in refused(503, Boards(f"sqlite:///{file / 'x' / 'y.sqlite'}", clock).find, new_code())


@pytest.mark.parametrize("url", ["", "nonsense", "mysql://user:secret@host/db", "sqlite://", "postgresql"])
def test_a_secret_that_is_no_address_is_a_sentence_without_it(url: str) -> None:
    sentence = refused(503, Boards, url)
    assert "connections.board.url" in sentence
    assert "secret@" not in sentence
