"""(r) The board under load: posts at a steady pace and 50 open views, with SQLite and with PostgreSQL."""

import http.client
import json
import tempfile
import threading
import time
import urllib.parse
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path
from statistics import median, quantiles

from compute import results
from compute.share.board.store import Boards
from tests.bench.report import Finding
from tests.postgres import postgres
from tests.samples import sample_row
from tests.serving import Server, serving

MACHINES, ROWS_EACH = 300, 50
POSTS_PER_S, SECONDS = 20, 60
NEW_RUNS = POSTS_PER_S * SECONDS // 2  # the other half sends a run again, as after an answer that was lost
VIEWS, LOOK_S = 50, 1.0
POST_LIMIT_S, VIEW_LIMIT_S = 0.1, 2.0
SENDERS = 40
TIMEOUT_S = 30.0


@dataclass(frozen=True)
class Sent:
    """One post: seconds from when it was due to its answer, when that came, and what it said."""

    took_s: float
    at_s: float
    status: int
    added: int


def measure() -> list[Finding]:
    """The same load on both databases."""
    with tempfile.TemporaryDirectory() as folder, serving(Path(folder)) as server:
        findings = under_load("SQLite", server, f"sqlite:///{Path(folder) / 'board.sqlite'}")
    with (
        tempfile.TemporaryDirectory() as folder,
        postgres() as database,
        serving(Path(folder), board=database.url) as server,
    ):
        return findings + under_load("PostgreSQL", server, database.url)


def under_load(name: str, server: Server, url: str) -> list[Finding]:
    """One room, filled, then posted to while views look on."""
    boards = Boards(url)
    code = boards.open("Bench", "271828", datetime.now(UTC) + timedelta(hours=1)).code
    for number in range(MACHINES):
        boards.post(code, run(f"machine {number}"), f"sender {number}")
    before = boards.revision(code)
    first_s, again_s = reading(url, code, boards)
    due = [f"new {number // 2}" for number in range(2 * NEW_RUNS)]
    with views(server, code) as seen:
        sent = post_all(server, code, due)
        time.sleep(2 * LOOK_S)
    stored = boards.posts(code)
    rows = len(boards.rows(code))
    boards.close()
    expected = (MACHINES + 1 + NEW_RUNS) * ROWS_EACH
    lost = NEW_RUNS * ROWS_EACH - sum(post.added for post in sent)
    took = [post.took_s for post in sent]
    delays = appeared(before + 1, sent, seen)
    return [
        Finding(
            f"{name}: median answer to a post, {POSTS_PER_S} a second for {SECONDS} s", median(took), "s", POST_LIMIT_S
        ),
        Finding(f"{name}: 99 of 100 answers", quantiles(took, n=100)[98], "s"),
        Finding(f"{name}: slowest answer", max(took), "s"),
        Finding(f"{name}: posts that were refused", sum(post.status != 200 for post in sent), "", 0),
        Finding(f"{name}: rows lost, of {expected:,}", max(lost, expected - rows), "", 0),
        Finding(f"{name}: rows doubled", max(0, rows - expected, sum(post.rows for post in stored) - expected), "", 0),
        Finding(f"{name}: a result is seen by all of {VIEWS} views, median", median(delays), "s"),
        Finding(f"{name}: a result is seen by all of {VIEWS} views, slowest", max(delays), "s", VIEW_LIMIT_S),
        Finding(f"{name}: a view reads {MACHINES * ROWS_EACH:,} rows for the first time", first_s, "s"),
        Finding(f"{name}: a view reads what one more post has changed", again_s, "s"),
    ]


def run(run_id: str) -> bytes:
    """The file of one machine."""
    rows = [sample_row(run_id=run_id, case=f"matmul square fp32 {n}", size=n) for n in range(1, ROWS_EACH + 1)]
    return results.to_csv(rows).encode()


def reading(url: str, code: str, boards: Boards) -> tuple[float, float]:
    """Seconds for all rows in a process that has none yet, and for the rows after one more post."""
    fresh = Boards(url)
    start = time.perf_counter()
    fresh.rows(code)
    first = time.perf_counter() - start
    boards.post(code, run("one more"), "sender")
    time.sleep(1)  # what a process knows of the revision is that old at most
    start = time.perf_counter()
    rows = fresh.rows(code)
    again = time.perf_counter() - start
    fresh.close()
    if len(rows) != (MACHINES + 1) * ROWS_EACH:
        raise RuntimeError(f"the view has {len(rows)} rows")
    return first, again


# --- senders


def post_all(server: Server, code: str, due: list[str]) -> list[Sent]:
    """Posts the runs at their pace, each by a connection of its own, whether or not earlier ones were answered."""
    start = time.monotonic() + 0.5
    with ThreadPoolExecutor(SENDERS) as pool:
        waiting = [
            pool.submit(post, server, code, run(run_id), start + number / POSTS_PER_S, number)
            for number, run_id in enumerate(due)
        ]
        return [sent.result() for sent in waiting]


def post(server: Server, code: str, content: bytes, due_s: float, number: int) -> Sent:
    """One post at its time."""
    time.sleep(max(0.0, due_s - time.monotonic()))
    status, answer = ask(server, "POST", f"/board/{code}", content, f"10.1.{number // 250}.{number % 250}")
    now = time.monotonic()
    return Sent(now - due_s, now, status, answer.get("added", 0))


def ask(server: Server, method: str, path: str, body: bytes | None, address: str) -> tuple[int, dict]:
    """One request over a connection of its own. A reverse proxy on this machine would tell the sender's address so."""
    connection = http.client.HTTPConnection(urllib.parse.urlsplit(server.url).netloc, timeout=TIMEOUT_S)
    try:
        connection.request(method, path, body, {"X-Forwarded-For": address})
        answer = connection.getresponse()
        return answer.status, json.loads(answer.read())
    finally:
        connection.close()


# --- views


@contextmanager
def views(server: Server, code: str) -> Iterator[list[list[tuple[float, int]]]]:
    """Views that ask for the revision once a second: for each, when it saw which."""
    over = threading.Event()
    seen: list[list[tuple[float, int]]] = [[] for _ in range(VIEWS)]

    def look(number: int) -> None:
        over.wait(number * LOOK_S / VIEWS)
        while not over.is_set():
            status, answer = ask(server, "GET", f"/board/{code}", None, f"10.2.0.{number}")
            if status == 200:
                seen[number].append((time.monotonic(), answer["revision"]))
            over.wait(LOOK_S)

    threads = [threading.Thread(target=look, args=(number,)) for number in range(VIEWS)]
    for thread in threads:
        thread.start()
    try:
        yield seen
    finally:
        over.set()
        for thread in threads:
            thread.join()


def appeared(before: int, sent: list[Sent], seen: list[list[tuple[float, int]]]) -> list[float]:
    """For each post that added something: seconds from its answer until the last view knew of it.

    Each raises the revision by one, so the n-th answer says that the revision is `before` + n or more.
    """
    answered = sorted(post.at_s for post in sent if post.added)
    delays = []
    for number, at_s in enumerate(answered, start=1):
        last = max(next(when for when, revision in view if revision >= before + number) for view in seen)
        delays.append(max(0.0, last - at_s))
    return delays
