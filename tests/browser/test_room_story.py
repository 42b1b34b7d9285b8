"""A class and its machines: the file is downloaded, runs where only JAX is, and what it says is seen on the wall."""

import os
import re
import subprocess
from importlib.metadata import version
from pathlib import Path

import pytest
from playwright.sync_api import expect

from compute import results
from compute.share import bundle
from tests.browser.conftest import Serve, Visit
from tests.browser.test_board import NAME, PIN, room, send
from tests.browser.test_elsewhere import downloaded
from tests.browser.test_looks import PHONE
from tests.share.fresh import Fresh


@pytest.mark.alone
@pytest.mark.slow
@pytest.mark.timeout(600)
def test_a_class_brings_its_machines(serve: Serve, visit: Visit, fresh: Fresh, tmp_path: Path) -> None:
    server = serve()
    wall = visit(f"{server.url}/room")
    wall.get_by_label("Name").fill(NAME)
    wall.get_by_label("PIN for moderating").fill(PIN)
    wall.get_by_role("button", name="Open the board").click()
    wall.wait_for_url(re.compile(r"code=\w{6}"))
    code = re.findall(r"code=(\w{6})", wall.url)[0]

    # A student takes the file from the dashboard to a machine that has nothing but JAX.
    laptop = visit(server.url)
    laptop.get_by_text("Measure another machine").click()
    file = downloaded(laptop, bundle.NAME, tmp_path)
    python = fresh(f"jax=={version('jax')}")
    clean = {name: value for name, value in os.environ.items() if not name.startswith(("PYTHON", "MANY_HANDS"))}

    def there(*words: str) -> None:
        command = [python, str(file), "run", "--workload", "matmul", "--budget", "5", *words]
        ran = subprocess.run(command, cwd=tmp_path, capture_output=True, text=True, timeout=120, env=clean)
        assert ran.returncode == 0, ran.stdout + ran.stderr

    # Its CSV is sent by hand, from a phone; the next result goes by itself. The wall shows both, and nobody touches it.
    there("--label", "Anna", "--out", "anna.csv")
    content = (tmp_path / "anna.csv").read_bytes()
    assert not results.read(content).problems
    phone = visit(f"{server.url}/room?code={code}", size=PHONE)
    send(phone, "anna.csv", content)
    expect(room(wall, "This room has 1 machine")).to_be_visible()
    there("--label", "Ben", "--board", server.url, code)
    expect(room(wall, "This room has 2 machines")).to_be_visible()
