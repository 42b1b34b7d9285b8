"""(w) Fifty walls look at one board: how long a new result takes until the last of them shows it.

A wall is what a browser is to the server: a websocket that asks for the page, asks again for each fragment as often as
it was told, and reads what comes. Nothing is drawn, so that what is measured is the server.
"""

import asyncio
import http.client
import re
import tempfile
import time
import urllib.parse
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from datetime import UTC, datetime, timedelta
from itertools import chain
from pathlib import Path
from statistics import median

import websockets
from streamlit.proto.BackMsg_pb2 import BackMsg
from streamlit.proto.ForwardMsg_pb2 import ForwardMsg

from compute import results
from compute.share.board.store import Boards
from tests.bench.report import Finding
from tests.samples import sample_row
from tests.serving import serving

WALLS, MACHINES, ROWS_EACH = 50, 300, 50
POSTS, PAUSE_S = 12, 4.0
LIMIT_S, PATIENCE_S = 2.0, 60.0
MACHINES_SAID = re.compile(r"This room has (\d+) machines")


class Wall:
    """One open view of the board; `shows` is how many machines its sentence names, `since` is when that came."""

    def __init__(self, url: str, code: str) -> None:
        self._url = url
        self._query = f"code={code}&screen=projector"
        self._page = ""
        self._beats: set[str] = set()
        self.shows = 0
        self.since = 0.0

    async def look(self) -> None:
        """Keep the page open until cancelled. Whatever closes it is raised."""
        address = f"{self._url.replace('http', 'ws', 1)}/_stcore/stream"
        protocols = [websockets.Subprotocol("streamlit")]
        async with (
            websockets.connect(address, subprotocols=protocols, max_size=None) as socket,
            asyncio.TaskGroup() as beats,
        ):
            await socket.send(self._ask())
            while True:
                self._read(ForwardMsg.FromString(await socket.recv(decode=False)), socket, beats)

    def _ask(self, fragment: str = "") -> bytes:
        ask = BackMsg()
        state = ask.rerun_script
        state.query_string, state.page_name, state.page_script_hash = self._query, "room", self._page
        state.fragment_id, state.is_auto_rerun = fragment, bool(fragment)
        state.context_info.url = f"{self._url}/room"
        return ask.SerializeToString()

    def _read(self, message: ForwardMsg, socket: websockets.ClientConnection, beats: asyncio.TaskGroup) -> None:
        self._page = message.navigation.page_script_hash or self._page
        told = message.auto_rerun
        said = MACHINES_SAID.search(message.delta.new_element.heading.body)
        if told.fragment_id and told.fragment_id not in self._beats:
            self._beats.add(told.fragment_id)
            beats.create_task(self._beat(told.fragment_id, told.interval, socket))
        elif said and int(said[1]) != self.shows:
            self.shows, self.since = int(said[1]), time.monotonic()

    async def _beat(self, fragment: str, interval_s: float, socket: websockets.ClientConnection) -> None:
        while True:
            await asyncio.sleep(interval_s)
            await socket.send(self._ask(fragment))


def measure() -> list[Finding]:
    """From the answer to a post until each wall shows the machine."""
    with tempfile.TemporaryDirectory() as folder, serving(Path(folder)) as server:
        boards = Boards(f"sqlite:///{Path(folder) / 'board.sqlite'}")
        code = boards.open("Bench", "271828", datetime.now(UTC) + timedelta(hours=1)).code
        for number in range(MACHINES):
            boards.post(code, run(f"machine {number}"), f"sender {number}")
        boards.close()
        delays = asyncio.run(watched(server.url, code))
    last = [max(of_post) for of_post in delays]
    return [
        Finding(f"A result is on each of {WALLS} walls, median", median(chain.from_iterable(delays)), "s"),
        Finding(f"A result is on the last of {WALLS} walls, median of {POSTS} results", median(last), "s"),
        Finding(f"A result is on the last of {WALLS} walls, slowest", max(last), "s", LIMIT_S),
    ]


def run(run_id: str) -> bytes:
    """The file of one machine."""
    rows = [sample_row(run_id=run_id, case=f"matmul square fp32 {n}", size=n) for n in range(1, ROWS_EACH + 1)]
    return results.to_csv(row | {"label": None} for row in rows).encode()


async def watched(url: str, code: str) -> list[list[float]]:
    """For each of the posts, how many seconds later each wall showed it."""
    delays = []
    async with opened(url, code) as walls:
        for number in range(1, POSTS + 1):
            await asyncio.to_thread(post, url, code, run(f"new {number}"))
            answered = time.monotonic()
            await shown(walls, MACHINES + number)
            delays.append([wall.since - answered for wall in walls])
            await asyncio.sleep(PAUSE_S)
    return delays


@asynccontextmanager
async def opened(url: str, code: str) -> AsyncIterator[list[Wall]]:
    """The walls, when all of them show the room."""
    walls = [Wall(url, code) for _ in range(WALLS)]
    async with asyncio.TaskGroup() as group:
        looking = []
        for wall in walls:
            looking.append(group.create_task(wall.look()))
            await asyncio.sleep(0.1)  # people do not come at one moment, and their clocks do not tick as one
        await shown(walls, MACHINES)
        yield walls
        for view in looking:
            view.cancel()


async def shown(walls: list[Wall], machines: int) -> None:
    """Wait until every wall names so many machines. Raises RuntimeError after PATIENCE_S."""
    ends = time.monotonic() + PATIENCE_S
    while late := [wall.shows for wall in walls if wall.shows != machines]:
        if time.monotonic() > ends:
            raise RuntimeError(f"{len(late)} of {len(walls)} walls show {min(late)} machines and not {machines}")
        await asyncio.sleep(0.02)


def post(url: str, code: str, content: bytes) -> None:
    """One post through the door."""
    connection = http.client.HTTPConnection(urllib.parse.urlsplit(url).netloc, timeout=PATIENCE_S)
    connection.request("POST", f"/board/{code}", content)
    answer = connection.getresponse()
    if answer.status != 200:
        raise RuntimeError(f"the post was refused: {answer.read()!r}")
    connection.close()
