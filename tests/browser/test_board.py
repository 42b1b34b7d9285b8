"""A board with two browsers: what a phone sends, the wall shows by itself."""

import re
import time
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from playwright.sync_api import Page, expect

from compute import results
from compute.share.board.store import Boards
from tests.browser.conftest import WIDE, Serve, Visit
from tests.browser.test_looks import CUT_OFF, PHONE, WIDTHS, contrast
from tests.samples import CPU_RUN, GPU_RUN, sample_rows
from tests.serving import Server

PIN, NAME = "246810", "Deep learning, lecture 5"
SEEN_MS = 2_000
STILL_S = 4


@pytest.fixture(scope="module")
def state(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tmp_path_factory.mktemp("boards")


@pytest.fixture(scope="module")
def server(serve: Serve, state: Path) -> Server:
    return serve(state=state)


def csv(run: str, **changes: Any) -> bytes:
    return results.to_csv(row | changes for row in sample_rows() if row["run_id"] == run).encode()


def send(phone: Page, name: str, content: bytes) -> None:
    """Upload a file to the board, and wait for what became of it."""
    file: Any = {"name": name, "mimeType": "text/csv", "buffer": content}
    uploader = phone.get_by_test_id("stFileUploaderDropzoneInput")
    expect(uploader).to_have_count(1)
    uploader.set_input_files(file)
    expect(phone.get_by_test_id("stAlert").filter(has_text=name)).to_be_visible()


def room(page: Page, words: str) -> Any:
    return page.get_by_role("heading", name=words)


@pytest.mark.alone
@pytest.mark.slow
def test_what_a_phone_sends_is_seen_on_the_wall(server: Server, state: Path, visit: Visit) -> None:
    # A lecturer opens a board.
    wall = visit(f"{server.url}/room")
    wall.get_by_label("Name").fill(NAME)
    wall.get_by_label("PIN for moderating").fill(PIN)
    wall.get_by_role("button", name="Open the board").click()
    wall.wait_for_url(re.compile(r"code=\w{6}"))
    code = re.findall(r"code=(\w{6})", wall.url)[0]
    assert PIN not in wall.url
    expect(wall.get_by_role("heading", level=1)).to_have_text(f"{code[:3]} {code[3:]}")
    expect(wall.get_by_role("img", name=f"QR code of {server.url}/room?code={code}")).to_be_visible()
    expect(wall.get_by_text("An empty room")).to_be_visible()

    # A student follows the link on a phone; a bad file gets a sentence, a good one is on the wall at once.
    phone = visit(f"{server.url}/room?code={code.lower()}", size=PHONE)
    send(phone, "bad.csv", b"a,b\n1,2\n")
    expect(phone.get_by_text("Nothing was stored")).to_be_visible()
    send(phone, "cpu.csv", csv(CPU_RUN))
    expect(room(wall, "This room has 1 machine, 2 CPU cores")).to_be_visible(timeout=SEEN_MS)
    expect(room(phone, "This room has 1 machine")).to_be_visible()

    # While nobody sends anything the wall stands still; then it changes by itself.
    plot = wall.locator(".js-plotly-plot")
    expect(plot.locator(".scatterlayer .point")).to_have_count(1)
    node = plot.element_handle()
    time.sleep(STILL_S)
    assert node.evaluate("node => node.isConnected")
    send(phone, "gpu.csv", csv(GPU_RUN, label="Anna"))
    expect(room(wall, "This room has 2 machines, 10 CPU cores, 1 accelerator")).to_be_visible(timeout=SEEN_MS)
    expect(plot.last.locator(".scatterlayer .point")).to_have_count(2)

    # A post is hidden, by another process even: it is gone from the phone, too.
    boards = Boards(f"sqlite:///{state / 'board.sqlite'}")
    boards.moderator(code, PIN, "test").hide(boards.posts(code)[1].id)
    boards.close()
    expect(room(phone, "This room has 1 machine,")).to_be_visible()

    # The lecturer, who need not say the PIN again, closes the board: that is asked for, then nothing can be sent.
    wall.get_by_text("Moderate this board").click()
    wall.get_by_role("button", name="Close the board").click()
    wall.get_by_role("dialog").get_by_role("button", name="Close it").click()
    expect(wall.get_by_role("dialog")).to_have_count(0)
    expect(phone.get_by_text("This board is closed")).to_be_visible()


@pytest.mark.parametrize(("size", "scheme"), [(WIDE, "light"), (PHONE, "dark")], ids=["projector", "phone"])
def test_a_room_is_drawn_whole(server: Server, state: Path, visit: Visit, size: tuple[int, int], scheme: str) -> None:
    boards = Boards(f"sqlite:///{state / 'board.sqlite'}")
    code = boards.open(NAME, PIN, datetime.now(UTC) + timedelta(days=1)).code
    for number in range(30):
        name = {"cpu_model": f"Example CPU {number % 9}", "cpu_count": 8.0}
        boards.post(code, csv(CPU_RUN, run_id=f"run-{number}", label=f"Student {number}", **name), "test")
    boards.close()
    page = visit(server.url, size=size, scheme=scheme)
    for view in ("", "&screen=projector"):
        page.goto(f"{server.url}/room?code={code}{view}")
        expect(room(page, "This room has 30 machines")).to_be_visible()
        expect(page.locator(".js-plotly-plot .main-svg").first).to_be_visible()
        expect(page.locator(".js-plotly-plot .scatterlayer .point")).to_have_count(30)
        assert max(page.evaluate(WIDTHS)) <= 0
        assert page.evaluate(CUT_OFF) == []
        assert contrast(page, ".js-plotly-plot .xtick text") >= 4.5
    if size == WIDE:
        places = page.get_by_test_id("stDataFrame").first.bounding_box()
        assert places
        assert places["y"] + 100 < size[1], "the leaders are not on the projector's first screen"
