"""`python -m tests.peers`: holds the contests, prints every line as it comes, and the ratio table at the end."""

from __future__ import annotations

import argparse
import os
import time
from collections.abc import Iterator
from dataclasses import replace
from importlib.metadata import PackageNotFoundError, version
from pathlib import Path

from compute import machine
from tests.peers import cpu, gpu
from tests.peers.contest import Arena, Item
from tests.peers.report import Book, Finding, table

PLANS = {"cpu": cpu, "gpu": gpu}
PACKAGES = ("numpy", "jax", "jaxlib", "torch", "triton", "onnxruntime")
_EXPLAINED = """Every contender has its own process and is sampled in turn, in a new random order every round.
rate, best: median and best over the rounds. ours / it: median over the rounds of our rate over its rate in the same
round, for several contenders over the fastest of them in that round; 95 %: interval of that median."""


def main() -> None:
    """Hold what is asked for."""
    parser = argparse.ArgumentParser("python -m tests.peers", description=__doc__)
    parser.add_argument("--backend", choices=list(PLANS), default="cpu")
    parser.add_argument("--only", nargs="+", default=[], metavar="WORDS", help="contests whose name contains one")
    parser.add_argument("--seconds", type=float, help="start nothing more after this time")
    parser.add_argument("--batch", type=float, help="seconds of one batch; longer ones tell more apart")
    parser.add_argument("--out", type=Path, help="a CSV file that gets every line as it comes")
    parser.add_argument("--list", action="store_true", help="print the names and hold nothing")
    options = parser.parse_args()
    plan = PLANS[options.backend]
    effort = plan.EFFORT if options.batch is None else replace(plan.EFFORT, batch_s=options.batch)
    arena = Arena(plan.environment, effort, plan.FRESH)
    items = list(plan.plan(arena))
    for word in options.only:
        if not any(word.lower() in item.what.lower() for item in items):
            parser.error(f"nothing is called {word!r}: --list prints the names")
    items = [item for item in items if not options.only or any(w.lower() in item.what.lower() for w in options.only)]
    if options.list:
        print(*(item.what for item in items), sep="\n")
        return
    seconds = plan.SECONDS if options.seconds is None else options.seconds
    _say_where()
    book, begin = Book(options.out), time.monotonic()
    try:
        for item in items:
            for findings in _until(begin + seconds, item):
                book.add(*findings)
                elapsed = f"{time.monotonic() - begin:.0f} s"
                print(f"\n{findings[0].what}  ({elapsed})\n{table(findings, named=False)}", flush=True)
    finally:
        arena.close()
    book.add(*plan.closing(book.findings))
    print(f"\nThe ratio table\n{table(book.judged)}")


def _until(end: float, item: Item) -> Iterator[list[Finding]]:
    """The findings of an item; once the time is up, one that says so instead of the rest."""
    if time.monotonic() > end:
        yield [Finding(item.what, "", note="left out: the time is up")]
        return
    for findings in item.work():
        yield findings
        if time.monotonic() > end:
            yield [Finding(item.what, "", note="ended here: the time is up")]
            return


def _say_where() -> None:
    here = machine.describe()
    print(f"{here.cpu_model}, {here.cpu_count:g} usable cores, {here.memory_gib:.3g} GiB, Python {here.python}")
    print(", ".join(f"{package} {found}" for package in PACKAGES if (found := _version(package))))
    print(f"load before it: {os.getloadavg()[0]:.1f}\n{_EXPLAINED}", flush=True)


def _version(package: str) -> str:
    try:
        return version(package)
    except PackageNotFoundError:
        return ""


if __name__ == "__main__":
    main()
