"""Several processes that measure the same cases in step, on one host or on many, by JAX's distributed runtime.

Process 0 decides what depends on a clock: how many steps make a batch, whether that was enough, what no longer fits
into the time. The others hear it through the key-value store of JAX's coordination service, and not through the
devices, which have their own work to do. The service also notices when a process is gone.
"""

from __future__ import annotations

import json
import os
import socket
import time
from collections.abc import Mapping
from contextlib import suppress
from dataclasses import dataclass
from importlib.metadata import version
from typing import Any

from compute.workloads import _versions

JOIN_S = 60
"""How long the processes may take to find each other."""
HEARTBEAT_S = 10
"""A process that was not heard of for so long is gone."""
GONE = "Another process of this run is gone or has failed, so the run ended."
NOT_TOGETHER = (
    "The processes of this run did not come together. Start all of them within a minute, with the same --coordinator "
    "and --processes."
)
PATIENCE_S = 600.0
# One that has failed waits only so long for the others, which may wait for it in a collective.
AFTER_A_FAILURE_S = 15.0
_RETRY_S = 0.5
_PREFIX = "many-hands"
# Which process this is, as the launchers say it to those that they start.
_PROCESS_IDS = ("SLURM_PROCID", "OMPI_COMM_WORLD_RANK", "JOB_COMPLETION_INDEX")


class Parted(Exception):
    """The processes cannot begin or go on together; the message is a sentence for people."""


@dataclass(frozen=True)
class Place:
    """Where the processes meet: the address of process 0, how many they are, and which one this is.

    Blank is what JAX finds by itself under Slurm, Open MPI, Kubernetes and on Cloud TPU.
    """

    coordinator: str = ""
    processes: int | None = None
    process_id: int | None = None

    def arguments(self) -> list[str]:
        """The command line for this of one worker."""
        words = ["--distributed"] + ([f"--coordinator={self.coordinator}"] if self.coordinator else [])
        numbers = {"processes": self.processes, "process-id": self.process_id}
        return words + [f"--{name}={number}" for name, number in numbers.items() if number is not None]


def process_id(place: Place, environment: Mapping[str, str] = os.environ) -> int:
    """Which process this is, as far as one can tell without JAX; 0 where nobody says."""
    if place.process_id is not None:
        return place.process_id
    told = (environment.get(name, "") for name in _PROCESS_IDS)
    return next((int(text) for text in told if text.isdecimal()), 0)


class Alone:
    """One process, which agrees with itself; :class:`Together` is several."""

    index = 0
    processes = 1
    hosts = 1

    def agree(self, value: Any) -> Any:
        """What process 0 says; any value that JSON can hold."""
        return value

    def worst(self, value: float) -> float:
        """The largest value of all processes."""
        return value

    def meet(self) -> None:
        """Wait until every process is here."""

    def failure(self, reason: str) -> str:
        """Why a case failed here or in another process; "" where it did in none. Asked once at the end of each case."""
        return reason


class Together(Alone):
    """This process among the others.

    Every method raises :class:`Parted` when one of them is gone or does not come.
    """

    def __init__(self, client: Any, index: int, processes: int) -> None:
        self.index = index
        self.processes = processes
        self._client = client
        self._case = self._said = 0

    def agree(self, value: Any, patience_s: float = PATIENCE_S) -> Any:
        key = self._next_key()
        if self.index == 0:
            self._set(key, value)
            return value
        return self._get(key, patience_s)

    def gather(self, value: Any, patience_s: float = PATIENCE_S) -> list[Any]:
        """What each process says, in their order, for process 0; the others get an empty list."""
        key = self._next_key()
        self._set(f"{key}/{self.index}", value)
        return [self._get(f"{key}/{other}", patience_s) for other in range(self.processes)] if self.index == 0 else []

    def worst(self, value: float) -> float:
        return float(self.agree(max(self.gather(value), default=value)))

    def meet(self) -> None:
        key = self._next_key()
        self._asked(lambda: self._client.wait_at_barrier(key, int(1000 * PATIENCE_S)))

    def failure(self, reason: str) -> str:
        # One that has failed asked less than the others on its way here.
        self._case, self._said = self._case + 1, 0
        patience_s = AFTER_A_FAILURE_S if reason else PATIENCE_S
        reasons = self.gather(reason, patience_s)
        return str(self.agree(next(filter(None, reasons), ""), patience_s))

    def part(self) -> None:
        """Leave the service, all at once: it goes with process 0, and JAX aborts a process whose service is gone."""
        with suppress(Exception):  # whatever it raises where another process did not wait to leave
            self._client.shutdown()

    def _next_key(self) -> str:
        """All processes ask in the same order, so that they count alike."""
        self._said += 1
        return f"{_PREFIX}/{self._case}/{self._said}"

    def _set(self, key: str, value: Any) -> None:
        self._asked(lambda: self._client.key_value_set(key, json.dumps(value)))

    def _get(self, key: str, patience_s: float) -> Any:
        return json.loads(self._asked(lambda: self._client.blocking_key_value_get(key, int(1000 * patience_s))))

    def _asked(self, question: Any) -> Any:
        try:
            return question()
        except Exception as error:  # whatever the coordination service raises for a process that does not answer
            raise Parted(gone(error)) from error


def gone(error: BaseException) -> str:
    """The sentence for a run that lost a process, from what JAX said."""
    return f"{GONE} JAX said: {_first_line(error)}"


# --- finding each other -----------------------------------------------------------------------------------------------


def join(jax: Any, place: Place, asked: Mapping[str, Any]) -> Together:
    """Find the other processes, and make sure that all of them are the same version and were asked for the same.

    Call it before JAX looks for devices.

    Raises:
        Parted: no cluster, no coordinator, a port in use, too few processes, or ones that do not fit together.
    """
    if place.coordinator:
        _look(place)
    try:
        jax.distributed.initialize(
            place.coordinator or None, place.processes, place.process_id,
            initialization_timeout=JOIN_S, **_versions.heartbeat(jax, HEARTBEAT_S),
        )  # fmt: skip
    except Exception as error:  # ValueError without a cluster; whatever the coordination service raises
        raise Parted(_not_joined(place, error)) from error
    team = Together(_versions.coordination_client(), jax.process_index(), jax.process_count())
    _compare(team, {"JAX": jax.__version__, "jaxlib": version("jaxlib"), **asked})
    return team


def settle(team: Together, devices: int, kind: str) -> None:
    """Make sure that every process has as many devices of the same kind, and count the hosts.

    Raises:
        Parted: they do not.
    """
    _compare(team, {"devices": devices, "kind of device": kind})
    names = team.gather(socket.gethostname())
    team.hosts = int(team.agree(len(set(names))))


def _compare(team: Together, ours: Mapping[str, Any]) -> None:
    difference = team.agree(_difference(team.gather(dict(ours))))
    if difference:
        team.part()
        raise Parted(difference)


def _difference(told: list[dict[str, Any]]) -> str:
    """What a process has otherwise than process 0, as a sentence; "" where all are alike."""
    for number, other in enumerate(told):
        for name, expected in told[0].items():
            if other.get(name) != expected:
                return (
                    f"The processes do not fit together: process 0 has {name} = {expected}, process {number} has "
                    f"{other.get(name)}. Give all of them the same."
                )
    return ""


def _look(place: Place) -> None:
    """Try the address ourselves: what JAX says of one that does not work helps nobody.

    Raises:
        Parted: it is no address, its port is taken (process 0), or nobody answers there (the others).
    """
    host, _, port = place.coordinator.rpartition(":")
    if not host or not port.isdecimal() or not 0 < int(port) < 65536:
        raise Parted(f"Found the coordinator {place.coordinator!r}, expected HOST:PORT such as 10.0.0.1:1234.")
    try:
        socket.getaddrinfo(host, int(port))
    except OSError as error:
        sentence = f"The coordinator's host {host} is not known here ({error.strerror}). Check --coordinator."
        raise Parted(sentence) from None
    if place.process_id == 0:
        _must_be_free(int(port))
    else:
        _must_answer(host, int(port))


def _must_be_free(port: int) -> None:
    with socket.socket() as tried:
        tried.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            tried.bind(("", port))
        except OSError as error:
            raise Parted(f"Port {port} cannot be used here: {error.strerror}. Choose another --coordinator.") from None


def _must_answer(host: str, port: int) -> None:
    deadline = time.monotonic() + JOIN_S
    while True:
        try:
            socket.create_connection((host, port), timeout=JOIN_S).close()
            return
        except OSError as error:
            if time.monotonic() > deadline:
                raise Parted(
                    f"Nobody answered at {host}:{port} for {JOIN_S} s ({error.strerror or error}). Is process 0 "
                    "started there, and may this machine reach it?"
                ) from None
            time.sleep(_RETRY_S)


def _not_joined(place: Place, error: Exception) -> str:
    said = _first_line(error)
    if isinstance(error, ValueError) and not place.coordinator:
        return (
            "JAX finds no cluster here (Slurm, Open MPI, Kubernetes, Cloud TPU). Say where the processes meet: "
            f"--coordinator HOST:PORT --processes N --process-id I. It said: {said}"
        )
    return f"{NOT_TOGETHER} JAX said: {said}"


def _first_line(error: BaseException) -> str:
    lines = str(error).strip().splitlines()
    return lines[0][:200] if lines else type(error).__name__
