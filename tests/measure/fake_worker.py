"""A worker that measures nothing: it speaks the protocol and misbehaves as told. Run by path, never imported.

fake_worker.py [--results N] [--delay SECONDS] [--then HOW] [--ignore-sigterm] [--grandchild FILE] run …

With --starts FILE it counts its starts there: the n-th process of a run measures n times 10 ms a step, and the first
--well of them finish, whatever --then says.
"""

import argparse
import importlib
import json
import os
import signal
import subprocess
import sys
import threading
import time
from pathlib import Path
from typing import Any

sys.path.insert(0, str(Path(__file__).resolve().parents[2]))

from tests.samples import sample_row

MACHINE = {"platform": "Local", "backend": "cpu", "device_kind": "Example CPU", "device_count": 1, "note": ""}


def say(event: str, **fields: Any) -> None:
    print(json.dumps({"event": event, "at": time.time(), **fields}), flush=True)


def end_with_parent() -> None:
    def wait() -> None:
        while os.read(0, 4096):  # not sys.stdin: a thread waiting in that makes the interpreter abort at its end
            pass
        os._exit(0)

    threading.Thread(target=wait, daemon=True).start()


def eat_memory() -> None:
    eaten = []
    while True:
        eaten.append(bytearray(64 << 20))


def finish(how: str, measured: int) -> int:
    if how == "kill":
        os.kill(os.getpid(), signal.SIGKILL)
    elif how == "segfault":
        os.kill(os.getpid(), signal.SIGSEGV)
    elif how == "memory":
        eat_memory()
    elif how == "hang":
        while True:
            time.sleep(60)
    elif how == "silence":
        return 0
    elif how == "report":
        say("failed", case=None, reason="The device was lost.")
        return 1
    elif how == "error":
        raise RuntimeError("the device is on fire")
    say("finished", elapsed_s=0.1, measured=measured, skipped=0, failed=0)
    return 0


def run(options: argparse.Namespace, run_id: str, suite: str) -> int:
    cases = [f"matmul square fp32 {64 * number}" for number in range(1, options.results + 1)]
    announced = [*cases, *["matmul square fp32 1"] * options.missing]
    planned = [{"id": case, "mode": "stream"} for case in announced]
    say("started", run_id=run_id, suite=suite, machine=MACHINE, cases=planned, budget_s=30)
    for number, case in enumerate(cases):
        counts = {"done": number, "total": len(cases), "elapsed_s": 0.1, "left_s": 10.0}
        say("progress", stage="measuring", case=case, mode="stream", **counts)
        if options.garbage:
            noise = b"W0000 noise from a library\n\xff\xfe{\n[1, 2\n{}\n\n" + b"x" * 3_000_000 + b"\n"
            sys.stdout.buffer.write(noise)
        row = sample_row(run_id=run_id, suite=suite, case=case, size=64 * (number + 1))
        row |= {
            name: options.start * row[name] for name in ("median_s", "ci_low_s", "ci_high_s", "q1_s", "q3_s", "min_s")
        }
        row |= {name: row[name] / options.start for name in ("flop_per_s", "items_per_s")}
        if number < options.failed:
            blank = {name: None for name, value in row.items() if isinstance(value, float)} | {"verdict": None}
            row |= blank | {"status": "failed", "reason": "The device said no."}
        say("result", row=row)
        time.sleep(options.delay)
    return finish("finish" if options.start <= options.well else options.then, options.results)


def cross(options: argparse.Namespace, words: list[str]) -> int:
    """A crossover between 32 and 64, as if it had been measured."""
    told = dict(word.removeprefix("--").partition("=")[::2] for word in words if "=" in word)
    ways = {place: {"way": told[place], "title": told[place], "backend": "cpu"} for place in ("first", "second")}
    question = {"workload": told["workload"], "title": "Matrix product", "size_name": "n", **ways}
    say("started", suite="crossover", machine=MACHINE, cases=[], budget_s=30, question=question)
    for size in (16, 32, 64):
        for place, each, start in (("first", 2e-6, 0.0), ("second", 1e-6, 50e-6)):
            say("progress", stage="measuring", case=f"n = {size}", mode="call", done=0, total=0, left_s=9.0)
            seconds = [start + each * size] * 9
            say("times", place=place, size=size, steady_s=seconds, trip_s=seconds, once_s=[])
            time.sleep(options.delay)
    return finish(options.then, 0)


def race(options: argparse.Namespace) -> int:
    """A race that NumPy and many cores win, as if it had been run."""
    ways = {"loop": 10.0, "numpy": 0.01, "jax-one-core": 0.02, "jax-all-cores": 0.01}
    machine = {**MACHINE, "cpu_model": "Example CPU", "cpu_count": 2.0}
    say("started", suite="race", machine=machine, cases=[], budget_s=None)
    for done, (way, seconds) in enumerate(ways.items()):
        say("progress", stage="measuring", case=way, mode="call", done=done, total=len(ways), left_s=None)
        say("times", way=way, steady_s=[seconds] * 9)
        time.sleep(options.delay)
    return finish(options.then, 0)


def main() -> int:
    parser = argparse.ArgumentParser()
    parser.add_argument("--results", type=int, default=3)
    parser.add_argument("--delay", type=float, default=0.0)
    parser.add_argument("--failed", type=int, default=0, help="so many of the results are failures")
    parser.add_argument("--missing", type=int, default=0, help="so many announced cases get no result")
    parser.add_argument("--then", default="finish")
    parser.add_argument("--garbage", action="store_true")
    parser.add_argument("--ignore-sigterm", action="store_true")
    parser.add_argument("--stdin-deaf", action="store_true")
    parser.add_argument("--grandchild", type=Path, help="start a process of its own and write its id here")
    parser.add_argument("--escape", action="store_true", help="the process of its own leaves the group")
    parser.add_argument("--import-error", action="store_true")
    parser.add_argument("--stderr", default="")
    parser.add_argument("--starts", type=Path, help="the file in which starts are counted")
    parser.add_argument("--well", type=int, default=0, help="so many starts finish well")
    parser.add_argument("--address-space-mib", type=int, default=0)
    parser.add_argument("words", nargs=argparse.REMAINDER)
    options = parser.parse_args()
    options.start = 1
    if options.starts:
        with options.starts.open("a+") as starts:
            starts.write(f"{os.getpid()}\n")
            starts.seek(0)
            options.start = len(starts.readlines())
    if options.import_error:
        importlib.import_module("no_such_package_anywhere")
    if options.ignore_sigterm:
        signal.signal(signal.SIGTERM, signal.SIG_IGN)
    if not options.stdin_deaf:
        end_with_parent()
    if options.address_space_mib:
        import resource

        limit = options.address_space_mib << 20
        resource.setrlimit(resource.RLIMIT_AS, (limit, limit))
    if options.grandchild:
        sleep = [sys.executable, "-c", "import time; time.sleep(600)"]
        child = subprocess.Popen(sleep, start_new_session=options.escape)
        options.grandchild.write_text(str(child.pid))
    sys.stderr.write(options.stderr)
    command, *rest = options.words
    if command == "devices":
        print("a banner of some library")
        if options.then == "hang":
            finish("hang", 0)
        if options.then == "finish":
            device = {"kind": "Example CPU", "platform": "cpu", "memory_gib": 8.0}
            print(json.dumps({"machine": MACHINE, "devices": [device], "note": ""}))
        return 0 if options.then == "finish" else finish(options.then, 0)
    if command == "zeros":
        say("started", suite="zeros", machine=MACHINE, cases=[], budget_s=24)
        for data, power_w in (("random", 700.0), ("zeros", 420.0)):
            say("phase", data=data, case="matmul square bf16 8192", flop_per_s=7e14, power_w=power_w)
        return finish(options.then, 0)
    if command == "gallery":
        say("started", suite="gallery", machine=MACHINE)
        return finish(options.then, 0)
    if command == "race":
        return race(options)
    if command == "crossover":
        return cross(options, rest)
    words = argparse.ArgumentParser()
    words.add_argument("--run-id")
    words.add_argument("--suite")
    words.add_argument("--workload", action="append")
    words.add_argument("--case", action="append")
    words.add_argument("--mode")
    words.add_argument("--budget", type=float)
    words.add_argument("--label")
    words.add_argument("--platform")
    words.add_argument("--machine-type")
    told = words.parse_args(rest)
    return run(options, told.run_id, told.suite)


if __name__ == "__main__":
    sys.exit(main())
