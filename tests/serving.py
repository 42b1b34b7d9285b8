"""The real server for tests: started on a free port, asked over HTTP, and ended by its process id."""

import json
import os
import socket
import subprocess
import sys
import time
import urllib.request
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

ROOT = Path(__file__).resolve().parent.parent

Start = Callable[[dict[str, str | int | bool]], list[str]]
"""Makes the command line of a server from its settings."""


def door(settings: dict[str, str | int | bool]) -> list[str]:
    """Start app.py as the app that it holds, as `make run` does."""
    flags = [f"--{name}={str(value).lower()}" for name, value in settings.items()]
    return ["-m", "streamlit", "run", "app.py", *flags]


def plain_script(settings: dict[str, str | int | bool]) -> list[str]:
    """Start app.py as a script like any other, as a host may do that does not look for an app in it."""
    options = {name.replace(".", "_"): value for name, value in settings.items()}
    return [
        "-c",
        "from streamlit.web import bootstrap\n"
        f"bootstrap.load_config_options({options!r})\n"
        f"bootstrap.run('app.py', False, [], {options!r})",
    ]


START_S, STOP_S = 60.0, 20.0


@dataclass
class Server:
    """A running server: its process and its address."""

    process: subprocess.Popen[bytes]
    url: str

    def visit(self, page: str = "", **more: Any) -> dict[str, Any]:
        """What a first visit of a new session to `page` gets, as the server's agent API tells it."""
        return self.ask({"page": page, **more} if page else more)

    def ask(self, body: dict[str, Any]) -> dict[str, Any]:
        """One interaction through the agent API."""
        request = urllib.request.Request(
            f"{self.url}/_stcore/agent/interact", json.dumps(body).encode(), {"Content-Type": "application/json"}
        )
        with urllib.request.urlopen(request, timeout=START_S) as answer:
            found: dict[str, Any] = json.load(answer)
        return found


@contextmanager
def serving(state: Path, start: Start = door, board: str | None = None) -> Iterator[Server]:
    """A server of its own process, with its runs in `state`. It is ended at the end, as Ctrl-C would.

    `board` is the address of the board's database for its secrets; None = the file in `state`.
    """
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    settings: dict[str, str | int | bool] = {
        "server.port": port,
        "server.address": "127.0.0.1",
        "server.headless": True,
        "server.fileWatcherType": "none",
        "server.enableAgentApi": True,
        "browser.gatherUsageStats": False,
    }
    environment = {**os.environ, "MANY_HANDS_STATE": str(state)}
    if board:
        secrets = state / "home" / ".streamlit" / "secrets.toml"
        secrets.parent.mkdir(parents=True)
        secrets.write_text(f'[connections.board]\nurl = "{board}"\n')
        environment["HOME"] = str(state / "home")
    with (state / "server.log").open("wb") as log:
        process = subprocess.Popen(
            [sys.executable, *start(settings)],
            cwd=ROOT,
            env=environment,
            stdout=log,
            stderr=subprocess.STDOUT,
        )
    try:
        server = Server(process, f"http://127.0.0.1:{port}")
        _await(server, state / "server.log")
        yield server
    finally:
        process.terminate()
        process.wait(STOP_S)


def _await(server: Server, log: Path) -> None:
    """Wait until the server answers; fail early, with its last words, if it ends."""
    deadline = time.monotonic() + START_S
    while server.process.poll() is None and time.monotonic() < deadline:
        try:
            with urllib.request.urlopen(f"{server.url}/_stcore/health", timeout=2) as answer:
                if answer.read() == b"ok":
                    return
        except OSError:
            time.sleep(0.2)
    raise AssertionError(f"the server did not start: {log.read_text(errors='replace')[-2000:]}")
