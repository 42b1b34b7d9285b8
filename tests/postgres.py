"""A real PostgreSQL server for tests: on a free port, its data in a folder of its own, ended by its process id."""

import os
import pwd
import shutil
import signal
import socket
import subprocess
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import psycopg

MISSING = (
    "The tests of the board need PostgreSQL, and there is none here. Install your system's package: "
    "`apt install postgresql` (Debian, Ubuntu), `dnf install postgresql-server` (Fedora)."
)
START_S, STOP_S = 30.0, 20.0


class Postgres:
    """A server that can be stopped and started again, as an operator would, or as an accident does."""

    def __init__(self, programs: Path, folder: Path, port: int) -> None:
        self._programs, self._folder, self._port = programs, folder, port
        self._process: subprocess.Popen[bytes] | None = None
        self.url = f"postgresql://hands@127.0.0.1:{port}/postgres"

    def start(self) -> None:
        """Start it and wait until it answers."""
        with (self._folder / "server.log").open("ab") as log:
            self._process = subprocess.Popen(
                [
                    self._programs / "postgres",
                    *("-D", self._folder / "data", "-k", self._folder, "-p", str(self._port)),
                    *("-c", "listen_addresses=127.0.0.1"),
                ],
                stdout=log,
                stderr=log,
                cwd=self._folder,
                **_as_somebody(),
            )
        deadline = time.monotonic() + START_S
        while not self._answers():
            if self._process.poll() is not None or time.monotonic() > deadline:
                words = (self._folder / "server.log").read_text(errors="replace")[-2000:]
                raise RuntimeError(f"PostgreSQL did not start: {words}")
            time.sleep(0.1)

    def _answers(self) -> bool:
        try:
            psycopg.connect(self.url, connect_timeout=2).close()
        except psycopg.OperationalError:
            return False
        return True

    def stop(self) -> None:
        """End it at once, in the middle of whatever it does; it recovers at the next start."""
        if self._process:
            self._process.send_signal(signal.SIGQUIT)  # PostgreSQL's immediate shutdown
            self._process.wait(STOP_S)
            self._process = None


@contextmanager
def postgres() -> Iterator[Postgres]:
    """A running server with an empty database. Raises RuntimeError where PostgreSQL is not installed."""
    programs = _programs()
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    folder = Path(tempfile.mkdtemp(prefix="many-hands-postgres-"))
    if "user" in (owner := _as_somebody()):
        shutil.chown(folder, owner["user"])
    try:
        subprocess.run(
            [programs / "initdb", "-D", folder / "data", "-U", "hands", "-A", "trust", "-E", "UTF8", "--no-locale"],
            check=True,
            capture_output=True,
            cwd=folder,
            **owner,
        )
        server = Postgres(programs, folder, port)
        try:
            server.start()
            yield server
        finally:
            server.stop()
    finally:
        shutil.rmtree(folder)


def _programs() -> Path:
    """The folder of PostgreSQL's programs; Debian keeps them off the PATH."""
    on_path = shutil.which("initdb")
    found = [Path(on_path).resolve().parent] if on_path else []
    found += sorted(Path("/usr/lib/postgresql").glob("*/bin"), key=lambda path: int(path.parent.name), reverse=True)
    for folder in found:
        if (folder / "initdb").exists() and (folder / "postgres").exists():
            return folder
    raise RuntimeError(MISSING)


def _as_somebody() -> dict[str, Any]:
    """PostgreSQL refuses to run as root: there it runs as the user that its package has made."""
    if os.getuid():
        return {}
    try:
        return {"user": pwd.getpwnam("postgres").pw_name}
    except KeyError:
        raise RuntimeError(MISSING) from None
