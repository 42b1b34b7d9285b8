"""Starts, watches and cancels runs: one at a time on a machine, each in a child process of its own.

The child prints JSON events; a thread appends them to `<state>/runs/<run id>.jsonl`, and everybody reads only
that. So a run survives page switches, reloads and closed browsers, and its finished rows survive every crash.

A file lock keeps runs apart. The process that started the run holds it while the run lasts, and the system
lets go of it when that process dies, however it dies. A small JSON file beside the lock says who holds it and
where the log is.
"""

import contextlib
import errno
import json
import os
import secrets
import sys
import tempfile
import threading
import time
from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING, Any, ClassVar, TypeAlias

from compute.measure.child import Child, explain
from compute.measure.log import Event, Log, Snapshot, Writer, parse
from compute.measure.together import Place
from compute.results import one_line

if TYPE_CHECKING:
    from filelock import BaseFileLock

__all__ = ["RUNNER", "Busy", "Crossing", "NotStarted", "Runner", "Snapshot", "Spec", "Ticket", "Wanted", "Zeros"]

ROOT = Path(__file__).resolve().parents[2]  # the repository, or the bundle: the one file that holds this package
BUNDLED = not ROOT.is_dir()
# -P: a file named jax.py in the folder where somebody happens to be is not JAX.
WORKER = (sys.executable, "-P", "-m", "compute.measure.worker")
KEPT_RUNS = 50
LOCK_WAIT_S = 0.25  # longer than the moment in which somebody only looks whether the lock is held
NOTE_WAIT_S = 1.0
TERM_S = 1.0
CANCEL_S = 2.0
DEVICES_S = 60.0


@dataclass(frozen=True)
class Spec:
    """What to run. An empty `workloads` means all of them; `budget_s` None leaves the time to the suite.

    With `cases`, only these are measured, in the mode `mode`, with the care of the suite.

    `repeat` measures all of it in so many fresh processes, one after another; the budget is that of each.

    With `place` the worker measures in step with the others that meet there, and process 0 writes the rows.
    """

    suite: str = "quick"
    workloads: tuple[str, ...] = ()
    budget_s: float | None = None
    label: str = ""
    platform: str = ""
    repeat: int = 1
    machine_type: str = ""
    cases: tuple[str, ...] = ()
    mode: str = "stream"
    place: Place | None = None
    command: ClassVar[str] = "run"

    def arguments(self) -> list[str]:
        """The command line for this of one worker."""
        words = ["--suite", self.suite]
        for workload in self.workloads:
            words += ["--workload", workload]
        words += [f"--case={case}" for case in self.cases]
        if self.cases:
            words += ["--mode", self.mode]
        if self.budget_s is not None:
            words += ["--budget", str(self.budget_s)]
        if self.place:
            words += self.place.arguments()
        texts = {"label": self.label, "platform": self.platform, "machine-type": self.machine_type}
        # One word each, so that a label that begins with a dash stays a label.
        return words + [f"--{name}={line}" for name, text in texts.items() if (line := one_line(text))]


@dataclass(frozen=True)
class Crossing:
    """Which two ways of doing a workload to compare, at how many sizes as `seconds` allow."""

    workload: str
    first: str
    second: str
    seconds: float = 30.0
    variant: str = ""
    dtype: str = "fp32"
    command: ClassVar[str] = "crossover"
    suite: ClassVar[str] = "crossover"
    label: ClassVar[str] = ""
    repeat: ClassVar[int] = 1

    def arguments(self) -> list[str]:
        """The command line for this of the worker."""
        told = vars(self)
        return [f"--{name}={told[name]}" for name in ("workload", "variant", "dtype", "first", "second", "seconds")]


@dataclass(frozen=True)
class Zeros:
    """Show the power that zeros take against that of random numbers, in turns for so many seconds."""

    seconds: float = 24.0
    command: ClassVar[str] = "zeros"
    suite: ClassVar[str] = "zeros"
    label: ClassVar[str] = ""
    repeat: ClassVar[int] = 1

    def arguments(self) -> list[str]:
        """The command line for this of the worker."""
        return [f"--seconds={self.seconds}"]


Wanted: TypeAlias = Spec | Crossing | Zeros


@dataclass(frozen=True)
class Ticket:
    """Proof of having started a run; only its holder can cancel it."""

    run_id: str
    token: str


class NotStarted(Exception):
    """The run could not be started; the message is a sentence for people."""


class Busy(NotStarted):
    """Another run is being measured on this machine: `snapshot` shows which."""

    def __init__(self, snapshot: Snapshot) -> None:
        self.snapshot = snapshot
        super().__init__(_busy_sentence(snapshot))


@dataclass
class _Run:
    """The run that this process is measuring."""

    ticket: Ticket
    spec: Wanted
    env: dict[str, str]
    about: dict[str, Any]  # what the file beside the lock says
    writer: Writer
    lock: "BaseFileLock"
    over: threading.Event
    child: Child | None = None
    process: int = 0  # the number of the child, from 1
    finished: bool = False  # whether that child has said that it measured everything
    ending: str = ""  # "cancelled" or "stopped" once somebody asked for it
    trouble: str = ""  # why the log could not be written


class Runner:
    """Starts runs with `command` (default: the worker) and keeps their logs in `state_dir`/runs.

    Without `state_dir`, the folder named by $MANY_HANDS_STATE holds runs and lock; without that, the runs are
    in data/runs of this repository (of a bundle: in many-hands-runs of the current folder, where they are found and
    deleted easily), the lock is in the system's temporary folder: one for the whole machine.

    A runner whose runs are of another kind keeps them on a `shelf`, a folder in that of the runs. The lock is the same.
    """

    def __init__(self, state_dir: Path | None = None, command: Sequence[str] = WORKER, shelf: str = "") -> None:
        self._state_dir = state_dir
        self._shelf = shelf
        self._command = list(command)
        self._mutex = threading.RLock()  # around everything below
        self._run: _Run | None = None
        self._logs: dict[Path, Log] = {}
        self._troubles: dict[str, str] = {}
        self._devices: dict[str, Any] | None = None
        self._look: Child | None = None

    # Where things are

    def _state(self) -> Path | None:
        named = os.environ.get("MANY_HANDS_STATE")
        return self._state_dir or (Path(named) if named else None)

    @property
    def runs_dir(self) -> Path:
        """The folder of the logs."""
        if state := self._state():
            return state / "runs" / self._shelf
        return (Path.cwd() / "many-hands-runs" if BUNDLED else ROOT / "data" / "runs") / self._shelf

    def log_path(self, run_id: str) -> Path:
        """Where the log of a run of this machine is kept."""
        return self.runs_dir / f"{run_id}.jsonl"

    def _lock_path(self) -> Path:
        return (self._state() or Path(tempfile.gettempdir())) / "many-hands.lock"

    def _holder_path(self) -> Path:
        return self._lock_path().with_suffix(".lock.json")

    # Starting

    def start(self, spec: Wanted, owner: str) -> Ticket:
        """Start a run for `owner` ("dashboard" or "command line") and return at once.

        Raises Busy when any process of this machine is measuring, NotStarted when the system does not let us.
        """
        env = _environment()  # before taking the lock: the first time it imports a lot
        self._wait_for_the_last_one()
        with self._mutex:
            if self._run:
                raise Busy(self.snapshot())
            lock = self._take_lock()
            try:
                self._run = self._launch(spec, owner, lock, env)
            except BaseException as error:
                self._let_go(lock)
                if isinstance(error, OSError | ValueError):
                    raise NotStarted(_cannot_start(error, self.runs_dir)) from error
                raise
            self._forget_old_runs()
            threading.Thread(target=self._watch, args=(self._run,), name="run", daemon=True).start()
            return self._run.ticket

    def _wait_for_the_last_one(self) -> None:
        """A run that has said its last word needs a moment until its process is gone."""
        run = self._run
        if run and self.snapshot(run.ticket.run_id).state != "running":
            run.over.wait(CANCEL_S)

    def _take_lock(self) -> "BaseFileLock":
        from filelock import FileLock, Timeout  # imported late: a page that measures nothing does without it

        path = self._lock_path()
        lock = FileLock(path, mode=0o666, thread_local=False)  # any user of the machine may take it
        try:
            path.parent.mkdir(parents=True, exist_ok=True)
            lock.acquire(timeout=LOCK_WAIT_S, poll_interval=0.02)
        except Timeout:
            raise Busy(self._winner()) from None
        except OSError as error:
            raise NotStarted(_cannot_start(error, path.parent)) from error
        return lock

    def _winner(self) -> Snapshot:
        """The run that holds the lock. Between taking it and saying so its process needs a moment."""
        deadline = time.monotonic() + NOTE_WAIT_S
        while not self._holder():
            if time.monotonic() > deadline:
                return Snapshot(state="running")
            time.sleep(0.05)
        return self.snapshot()

    def _launch(self, spec: Wanted, owner: str, lock: "BaseFileLock", env: dict[str, str]) -> _Run:
        now = time.time()
        run_id = _new_run_id(now)
        path = self.log_path(run_id)
        path.parent.mkdir(parents=True, exist_ok=True)
        about = {
            "run_id": run_id,
            "owner": owner,
            "pid": os.getpid(),
            "started_at": now,
            "log": str(path.resolve()),
        }
        ticket = Ticket(run_id, secrets.token_hex(16))
        run = _Run(ticket, spec, env, about, Writer(path), lock, threading.Event())
        try:
            launched = {"run_id": run_id, "owner": owner, "suite": spec.suite, "label": one_line(spec.label)}
            run.writer.append({"event": "launched", "at": now, **launched, "repeat": spec.repeat})
            self._write_holder(about)
            self._start_process(run)
        except BaseException:
            run.writer.close()
            path.unlink(missing_ok=True)  # nothing was run, so there is nothing to remember
            raise
        return run

    def _start_process(self, run: _Run) -> None:
        """Start the next process of the run. Raises OSError or ValueError."""
        run.process += 1
        run.finished = False
        run.child = Child(
            [*self._command, run.spec.command, "--run-id", run.ticket.run_id, *run.spec.arguments()],
            on_line=lambda line: self._take_line(run, line),
            env=run.env,
            cwd=_folder(),
        )

    def _write_holder(self, about: dict[str, Any]) -> None:
        """Say beside the lock who holds it, in one stroke: a reader sees all of it or nothing."""
        path = self._holder_path()
        fresh = path.with_name(f"{path.name}.{os.getpid()}")
        fresh.write_text(json.dumps(about))
        fresh.replace(path)

    def _let_go(self, lock: "BaseFileLock") -> None:
        with contextlib.suppress(OSError):
            self._holder_path().unlink(missing_ok=True)
        lock.release()

    def _forget_old_runs(self) -> None:
        for path in self._log_paths()[KEPT_RUNS:]:
            self._logs.pop(path, None)
            with contextlib.suppress(OSError):
                path.unlink()

    # While it runs (called from the threads of the child)

    def _take_line(self, run: _Run, line: bytes) -> None:
        event = parse(line)
        if event is None:
            if run.child:
                run.child.note(line)  # not an event: it may explain a failure
        elif not run.trouble:
            run.finished = run.finished or event["event"] == "finished"
            try:
                run.writer.append(event | {"process": run.process})
            except OSError as error:
                run.trouble = f"The run was stopped because its log could not be written: {_system(error)}."
        if run.trouble and run.child:
            run.child.kill()

    def _watch(self, run: _Run) -> None:
        assert run.child
        status = run.child.wait()
        while self._goes_on(run):
            status = run.child.wait()
        with self._mutex:
            self._write_end(run, status or 0, run.child.tail)
            run.writer.close()
            self._let_go(run.lock)
            self._run = None
        run.over.set()

    def _goes_on(self, run: _Run) -> bool:
        """Start the next process after one that finished; False when there is none to come."""
        with self._mutex:
            if run.process == run.spec.repeat or not run.finished or run.ending or run.trouble:
                return False
            try:
                self._start_process(run)
            except (OSError, ValueError) as error:
                run.trouble = _cannot_start(error, ROOT)
                return False
            return True

    def _write_end(self, run: _Run, status: int, tail: Sequence[str]) -> None:
        """Say in the log how the run ended, unless the child has or this process is closing (interrupted)."""
        log = self._log(self.log_path(run.ticket.run_id))
        if log.ended or run.ending == "stopped":
            return
        event: Event = {"event": "cancelled", "at": time.time()}
        if run.ending != "cancelled":
            event |= {"event": "failed", "case": None, "reason": _why(run, status, tail)}
        try:
            run.writer.append(event)
        except OSError:
            self._troubles[run.ticket.run_id] = _why(run, status, tail)

    # Ending

    def holds(self, ticket: Ticket) -> bool:
        """Whether this ticket is that of the run that this process is measuring."""
        with self._mutex:
            return self._run is not None and secrets.compare_digest(
                f"{ticket.run_id}.{ticket.token}".encode(),
                f"{self._run.ticket.run_id}.{self._run.ticket.token}".encode(),
            )

    def cancel(self, ticket: Ticket) -> bool:
        """End the run of this ticket and all its processes, in less than 2 s; its rows are kept.

        False if the ticket is of another run, or the run was over before.
        """
        with self._mutex:
            run = self._run
            if run is None or run.ticket != ticket:
                return False
            run.ending = run.ending or "cancelled"
        self._end(run)
        return self.snapshot(ticket.run_id).state == "cancelled"

    def stop(self) -> None:
        """End whatever this process has started, because it is closing. A run ends as interrupted."""
        with self._mutex:
            run, look = self._run, self._look
            if run:
                run.ending = run.ending or "stopped"
        if look:
            look.end(TERM_S)
        if run:
            self._end(run)

    @staticmethod
    def _end(run: _Run) -> None:
        assert run.child
        deadline = time.monotonic() + CANCEL_S
        run.child.end(TERM_S)
        run.over.wait(max(0.0, deadline - time.monotonic()))

    # Watching

    def snapshot(self, run_id: str | None = None) -> Snapshot:
        """The run with this id. Without one: the run that is going on, whoever started it, or the newest."""
        with self._mutex:
            holder = self._holder()
            if run_id is None:
                if holder:
                    return self._look_at(Path(holder["log"]), running=True)
                paths = self._log_paths()
                return self._look_at(paths[0], running=False) if paths else Snapshot()
            if holder and holder["run_id"] == run_id:
                return self._look_at(Path(holder["log"]), running=True)
            path = self.log_path(run_id)
            known = path in self._log_paths()  # also keeps an id that is a path from reaching other files
            return self._look_at(path, running=False) if known else Snapshot(run_id=run_id)

    def runs(self) -> list[Snapshot]:
        """All kept runs of this machine, newest first."""
        with self._mutex:
            holder = self._holder()
            live = Path(holder["log"]).name if holder else ""
            return [self._look_at(path, running=path.name == live) for path in self._log_paths()]

    def _look_at(self, path: Path, *, running: bool) -> Snapshot:
        snapshot = self._log(path).snapshot(running)
        trouble = self._troubles.get(snapshot.run_id)
        return replace(snapshot, state="failed", error=trouble) if trouble else snapshot

    def _log(self, path: Path) -> Log:
        log = self._logs.setdefault(path, Log(path))
        log.refresh()
        return log

    def _log_paths(self) -> list[Path]:
        """Newest first: an id begins with its time."""
        try:
            return sorted(self.runs_dir.glob("*.jsonl"), reverse=True)
        except OSError:
            return []

    def _holder(self) -> dict[str, Any] | None:
        """Who is measuring on this machine now, or None. A note left by a dead process does not count."""
        if self._run:
            return self._run.about
        try:
            about = json.loads(self._holder_path().read_bytes())
            log = Path(about["log"])
            valid = log.is_file() and log.suffix == ".jsonl" and log.stem == about["run_id"]
        except (OSError, ValueError, TypeError, KeyError, RecursionError):
            return None
        return about if valid and self._lock_is_held() else None

    def _lock_is_held(self) -> bool:
        from filelock import FileLock, Timeout

        lock = FileLock(self._lock_path(), mode=0o666, thread_local=False)
        try:
            lock.acquire(timeout=0)
        except Timeout:
            return True
        except OSError:
            return False
        self._let_go(lock)  # the note as well: nobody is alive to remove it
        return False

    # Looking at the machine

    def devices(self) -> dict[str, Any] | None:
        """The machine and the devices that JAX finds, or None while that is not known yet.

        The first call starts a child that looks, at low priority; while a run is being measured none is
        started, and the run's own description answers. "note" is empty, or a sentence on what went wrong.
        """
        with self._mutex:
            if self._devices is None and self._look is None:
                now = self.snapshot()
                if now.state == "running":
                    return _devices_of(now.machine) if now.machine else None
                self._devices = self._start_look()
            return self._devices

    def _start_look(self) -> dict[str, Any] | None:
        """Start the child that looks; the answer only when it could not be started."""
        lines: list[bytes] = []
        try:
            self._look = Child([*self._command, "devices"], on_line=lines.append, env=_environment(), cwd=_folder())
        except OSError as error:
            return _no_devices(_cannot_start(error, ROOT))
        self._look.yield_priority()
        threading.Thread(target=self._finish_look, args=(self._look, lines), name="devices", daemon=True).start()
        return None

    def _finish_look(self, look: Child, lines: list[bytes]) -> None:
        status = look.wait(DEVICES_S)
        if status is None:
            look.end(TERM_S)
            look.wait(TERM_S)
        found = _read_devices(lines)
        if found is None and status is None:
            found = _no_devices(f"JAX did not answer within {DEVICES_S:.0f} seconds when asked for its devices.")
        with self._mutex:
            self._devices = found or _no_devices(explain(status or 0, look.tail))
            self._look = None


def _why(run: _Run, status: int, tail: Sequence[str]) -> str:
    """Why the run failed, and in which of its processes."""
    which = f"Process {run.process} of {run.spec.repeat}: " if run.spec.repeat > 1 else ""
    return which + (run.trouble or explain(status, tail))


def _environment() -> dict[str, str]:
    """The worker's environment. Imported late: it takes what a page that measures nothing does without."""
    from compute.measure.worker import environment

    given = os.environ.get("PYTHONPATH")
    return environment(os.environ) | {"PYTHONPATH": os.pathsep.join([str(ROOT), *([given] if given else [])])}


def _folder() -> Path:
    """Where the worker runs: a process cannot stand in a bundle, so there it stays where it was started."""
    return Path.cwd() if BUNDLED else ROOT


def _new_run_id(now: float) -> str:
    """Sorts by time (UTC, to the millisecond) and is unlike any id of another machine."""
    moment = datetime.fromtimestamp(now, UTC)
    return f"{moment:%Y%m%d-%H%M%S}-{moment.microsecond // 1000:03d}-{secrets.token_hex(2)}"


def _busy_sentence(snapshot: Snapshot) -> str:
    if not snapshot.run_id:
        return "Another run is being measured on this machine. Wait until it has ended."
    started = datetime.fromtimestamp(snapshot.started_at, UTC).astimezone()
    suite = f"{snapshot.suite} run".strip()
    process = f", process {snapshot.process} of {snapshot.processes}" if snapshot.processes > 1 else ""
    cases = f" ({snapshot.done} of {snapshot.total} cases{process})" if snapshot.total else ""
    source = f" from the {snapshot.owner}" if snapshot.owner else ""
    return f"A {suite} started{source} at {started:%H:%M} is measuring{cases}. Wait or watch."


def _system(error: Exception) -> str:
    """What the system said, without its jargon."""
    if isinstance(error, OSError):
        return "the disk is full" if error.errno == errno.ENOSPC else (error.strerror or str(error)).lower()
    return str(error)


def _cannot_start(error: Exception, place: Path) -> str:
    where = getattr(error, "filename2", None) or getattr(error, "filename", None) or place
    advice = "Free some space, or set" if getattr(error, "errno", None) == errno.ENOSPC else "Set"
    return (
        f"The run could not be started: {_system(error)} ({where}). "
        f"{advice} MANY_HANDS_STATE to a folder that you may write to."
    )


def _devices_of(machine: dict[str, Any]) -> dict[str, Any]:
    """The answer of `devices`, from the description that a run begins with."""
    one = {
        "kind": machine.get("device_kind"),
        "platform": machine.get("backend"),
        "memory_gib": machine.get("device_memory_gib"),
    }
    return {
        "machine": machine,
        "devices": [one] * int(machine.get("device_count") or 0),
        "note": machine.get("note") or "",
    }


def _no_devices(note: str) -> dict[str, Any]:
    return {"machine": {}, "devices": [], "note": note}


def _read_devices(lines: Sequence[bytes]) -> dict[str, Any] | None:
    """The worker's answer: the last line that is one."""
    for line in reversed(lines):
        with contextlib.suppress(ValueError, RecursionError):
            found = json.loads(line)
            if isinstance(found, dict) and isinstance(found.get("machine"), dict):
                return _no_devices("") | found
    return None


RUNNER = Runner()
