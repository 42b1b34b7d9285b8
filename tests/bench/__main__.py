"""`python -m tests.bench [a] [b] [c] [d] [e] [l] [m] [r] [s] [w]`: measures the dashboard; no letter: all of it."""

import argparse
import os
from importlib import import_module
from importlib.metadata import version

from compute import machine
from tests.bench.report import table

PARTS = {
    "a": ("first_page", "First page painted in Chromium, medians"),
    "b": ("quick_suite", "Quick suite through the runner"),
    "c": ("memory", "Memory, every page and a quick run in Chromium"),
    "d": ("cancel", "Cancel, from the call until no process is left"),
    "e": ("against_timeit", "Our timing of a 1024 fp32 matmul against timeit, interleaved"),
    "l": ("lecture", "A step of the lecture turned in Chromium, medians"),
    "m": ("money", "What a job costs, medians of the slowest job"),
    "r": ("board", "A room of 300 machines and 15,000 rows while results come in, over HTTP on this machine"),
    "s": ("room", "A room of machines on the page Compare, medians"),
    "w": ("walls", "A new result on fifty open projector views of such a room"),
}
PACKAGES = ("streamlit", "plotly", "pandas", "numpy", "jax", "jaxlib", "playwright", "sqlalchemy", "psycopg")
# One process that wants a core is enough to spoil figures on a machine with two.
QUIET_LOAD = 0.5


def main() -> None:
    """Say where this is measured, then measure part by part."""
    parser = argparse.ArgumentParser("python -m tests.bench", description=__doc__)
    parser.add_argument("parts", nargs="*", metavar="part", help="; ".join(f"{k}: {v[1]}" for k, v in PARTS.items()))
    wanted = parser.parse_args().parts or list(PARTS)
    if unknown := set(wanted) - set(PARTS):
        parser.error(f"there is no part {', '.join(sorted(unknown))}: choose from {', '.join(PARTS)}")
    here = machine.describe()
    print(
        f"{here.cpu_model}, {here.cpu_count:g} usable cores, {here.memory_gib:.3g} GiB, {here.os}, Python {here.python}"
    )
    print(", ".join(f"{package} {version(package)}" for package in PACKAGES))
    for part in wanted:
        module, title = PARTS[part]
        load = os.getloadavg()[0]
        busy = f"  (load {load:.1f} before it: other programs are running)" if load > QUIET_LOAD else ""
        print(f"\n({part}) {title}{busy}", flush=True)
        print(table(import_module(f"tests.bench.{module}").measure()), flush=True)


if __name__ == "__main__":
    main()
