"""A contender's own process, seen from the outside: it is asked in JSON lines and answers in JSON lines.

Its own process gives it its own allocator and its own threads; between two questions it does nothing.
"""

from __future__ import annotations

import contextlib
import json
import os
import select
import signal
import subprocess
import sys
import tempfile
import time
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from compute.measure.child import explain

ROOT = Path(__file__).parents[2]
_READY_S = 120.0


class Failed(Exception):
    """A contender could not do what it was asked; says why in its first line."""


class Process:
    """A child process that runs one module of ``tests.peers.subjects``."""

    def __init__(self, module: str, environment: Mapping[str, str]) -> None:
        # What it and its libraries print, for its last words.
        self._said = tempfile.TemporaryFile()  # noqa: SIM115 - closed with the process
        self._process = subprocess.Popen(
            [sys.executable, "-m", "tests.peers.child", module],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=self._said,
            env=dict(environment),
            cwd=ROOT,
            start_new_session=True,  # a compiler's helpers end with it
        )
        self._unread = b""
        self._unready: str | None = None  # why it cannot be asked; blank once it can, None before it said

    def ask(self, order: str, timeout_s: float, **fields: Any) -> Any:
        """What it answers to one order. Raises Failed when it cannot, or not in time."""
        assert self._process.stdin
        self.wait_until_ready()
        try:
            self._process.stdin.write(json.dumps({"order": order, **fields}).encode() + b"\n")
            self._process.stdin.flush()
        except OSError as error:
            raise Failed(self._last_words()) from error
        return self._answer(timeout_s)

    def wait_until_ready(self) -> None:
        """Wait until its libraries are imported. Raises Failed when they cannot be."""
        if self._unready is None:
            try:
                self._answer(_READY_S)
                self._unready = ""
            except Failed as failed:
                self._unready = str(failed)
        if self._unready:
            raise Failed(self._unready)

    def close(self) -> None:
        """End it and whatever it started."""
        with contextlib.suppress(ProcessLookupError, PermissionError):
            os.killpg(self._process.pid, signal.SIGKILL)
        self._process.wait()
        for pipe in (self._process.stdin, self._process.stdout, self._said):
            with contextlib.suppress(OSError):
                if pipe:
                    pipe.close()

    def _answer(self, timeout_s: float) -> Any:
        answer = json.loads(self._line(timeout_s))
        if "failed" in answer:
            raise Failed(answer["failed"])
        return answer["value"]

    def _line(self, timeout_s: float) -> bytes:
        assert self._process.stdout
        pipe = self._process.stdout.fileno()
        until = time.monotonic() + timeout_s
        while b"\n" not in self._unread:
            if not select.select([pipe], [], [], max(0.0, until - time.monotonic()))[0]:
                self.close()
                raise Failed(f"no answer within {timeout_s:.0f} s")
            piece = os.read(pipe, 1 << 16)
            if not piece:
                raise Failed(self._last_words())
            self._unread += piece
        line, _, self._unread = self._unread.partition(b"\n")
        return line

    def _last_words(self) -> str:
        status = self._process.wait()
        self._said.seek(0)
        return explain(status, self._said.read().decode("utf-8", "replace").splitlines()[-40:])
