"""A child process that ends with its whole family and with its parent, and what its end means in plain language."""

import contextlib
import os
import re
import signal
import subprocess
import threading
import time
from collections import deque
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from typing import IO

from compute.measure.together import GONE, NOT_TOGETHER

LINE_BYTES = 1 << 20  # a longer line is no event; it is passed on in pieces, so that memory stays bounded
TAIL_LINES = 40
TAIL_CHARACTERS = 500
# To read what a dead child left in its pipes. It takes no time, unless a process that escaped holds them open.
READ_OUT_S = 5.0
READ_OUT_IN_A_HURRY_S = 0.5


class Child:
    """A running child process with its own process group.

    Each line of its standard output goes to `on_line` (from a thread). The last lines of its standard error
    are in `tail`. Its standard input stays open as long as this process lives: the end of it tells the child
    that its parent is gone. Raises OSError when the process cannot be started.
    """

    def __init__(
        self, command: Sequence[str], *, on_line: Callable[[bytes], None], env: Mapping[str, str], cwd: Path
    ) -> None:
        self.tail: deque[str] = deque(maxlen=TAIL_LINES)
        self._read_out_s = READ_OUT_S
        self._process = subprocess.Popen(
            command,
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            env=env,
            cwd=cwd,
            start_new_session=True,  # its own process group, out of reach of the terminal's Ctrl-C
        )
        self.pid = self._process.pid
        self._readers = [
            _reader(self._process.stdout, on_line),
            _reader(self._process.stderr, self.note),
        ]

    def note(self, line: bytes) -> None:
        """Remember a line as one of the child's last words."""
        self.tail.append(line.decode("utf-8", "replace").rstrip()[:TAIL_CHARACTERS])

    def wait(self, timeout_s: float | None = None) -> int | None:
        """Exit status once the child is gone and its output is read; None while it runs after `timeout_s`."""
        try:
            status = self._process.wait(timeout_s)
        except subprocess.TimeoutExpired:
            return None
        self.kill()  # whatever it started itself
        deadline = time.monotonic() + self._read_out_s
        for reader in self._readers:
            reader.join(max(0.0, deadline - time.monotonic()))
        with contextlib.suppress(OSError):
            if self._process.stdin:
                self._process.stdin.close()
        return status

    def end(self, grace_s: float = 1.0) -> None:
        """Ask the process group to end, and kill it when it has not after `grace_s`."""
        self._read_out_s = READ_OUT_IN_A_HURRY_S
        self._signal(kill=False)
        try:
            self._process.wait(grace_s)
        except subprocess.TimeoutExpired:
            self.kill()

    def kill(self) -> None:
        """End the process group at once."""
        self._signal(kill=True)

    def yield_priority(self) -> None:
        """Let everything else on the machine go first, where the system can do that."""
        if hasattr(os, "setpriority"):
            with contextlib.suppress(OSError):
                os.setpriority(os.PRIO_PGRP, self.pid, 10)

    def _signal(self, *, kill: bool) -> None:
        if hasattr(os, "killpg"):
            with contextlib.suppress(ProcessLookupError, PermissionError):
                os.killpg(self.pid, signal.SIGKILL if kill else signal.SIGTERM)
        elif self._process.poll() is None:  # no process groups here: the child itself is all there is to end
            self._process.kill()


def end_with_parent() -> None:
    """End this process when standard input closes; without it a killed dashboard would leave it measuring."""

    def wait() -> None:
        while os.read(0, 4096):  # not sys.stdin: its lock would be held when the interpreter ends
            pass
        os._exit(0)

    threading.Thread(target=wait, daemon=True).start()


def _reader(pipe: IO[bytes] | None, take: Callable[[bytes], None]) -> threading.Thread:
    def read() -> None:
        with contextlib.suppress(ValueError, OSError):  # the pipe was closed under us
            while pipe and (line := pipe.readline(LINE_BYTES)):
                take(line)

    thread = threading.Thread(target=read, name="child output", daemon=True)
    thread.start()
    return thread


_MEMORY = re.compile(r"MemoryError|RESOURCE_EXHAUSTED|out of memory|bad_alloc|cannot allocate memory", re.IGNORECASE)
_PARTED = "the JAX distributed service detected fatal errors"
_NO_MODULE = re.compile(r"No module named '([\w.]+)'")
_EXCEPTION = re.compile(r"^[\w.]*(Error|Exception|Exit|Interrupt|Fault)\b")
_CRASHES = {
    "SIGSEGV": "it touched memory that is not its own",
    "SIGABRT": "it gave up by itself",
    "SIGBUS": "it could not reach its memory",
    "SIGILL": "it met an instruction that this processor does not have",
    "SIGFPE": "a calculation was impossible",
}


def explain(status: int, tail: Sequence[str]) -> str:
    """Plain sentences about a child that ended with exit `status` without finishing, from its last words."""
    told = "\n".join(tail)
    if status == -getattr(signal, "SIGKILL", 9):
        return (
            "The system ended the measuring process (signal 9), most likely because memory ran out. "
            "Close other programs or choose a smaller suite."
        )
    if missing := _NO_MODULE.search(told):
        return (
            f"The measuring process could not start: the Python package {missing[1]!r} is not installed. "
            f"Install it with: python -m pip install {missing[1].partition('.')[0]}"
        )
    if _PARTED in told:  # JAX ends the process itself
        return NOT_TOGETHER if "RegisterTask" in told else GONE
    if _MEMORY.search(told):
        return "The measuring process ran out of memory. Close other programs or choose a smaller suite." + _words(tail)
    if status < 0:
        name = _signal_name(-status)
        why = f": {_CRASHES[name]}" if name in _CRASHES else ""
        return f"The measuring process was ended by signal {-status} ({name}){why}.{_words(tail)}"
    if status == 0:
        return f"The measuring process ended without saying that it had finished.{_words(tail)}"
    return f"The measuring process stopped with exit status {status}.{_words(tail)}"


def _signal_name(number: int) -> str:
    try:
        return signal.Signals(number).name
    except ValueError:
        return "unknown"


def _words(tail: Sequence[str]) -> str:
    """The line that says most: the last one that names an exception, else the last one."""
    lines = [line.strip() for line in tail if line.strip()]
    telling = [line for line in lines if _EXCEPTION.match(line)] or lines
    return f" Its last words: {telling[-1]}" if telling else ""
