"""The birth certificate of a result: what was measured, where, how, how sure it is, and how to measure it again."""

from __future__ import annotations

import shlex
from collections.abc import Mapping
from typing import Any

from compute import units
from compute.compare import pick
from compute.compare.answers import rate_words
from compute.measure import suite

Fact = tuple[str, str]
"""What it is, and the words for it."""


def of(row: Mapping[Any, Any]) -> dict[str, list[Fact]]:
    """The facts under their headings; what the row does not say is left out."""
    parts = {"Result": _result(row), "Machine": _machine(row), "Software": _software(row), "Method": _method(row)}
    return {heading: [(name, words) for name, words in facts if words] for heading, facts in parts.items()}


def command(row: Mapping[Any, Any]) -> str:
    """The command that measures exactly this case again; "" for a case that no suite here has.

    Nothing of the row gets into the command but names that this version knows itself.
    """
    try:
        case = suite.named(pick.text(row, "case"), pick.text(row, "mode"))
    except ValueError:
        return ""
    name = pick.text(row, "suite")
    words = ["--suite", name if name in suite.BUDGETS_S else "full", "--case", case.id]
    words += ["--mode", case.mode] if case.mode != "stream" else []
    processes = pick.number(row, "processes") or 1
    words += ["--repeat", str(int(processes))] if processes > 1 else []
    return f"python -m compute run {shlex.join(words)} --out again.csv"


def _result(row: Mapping[Any, Any]) -> list[Fact]:
    times = pick.seconds(row)
    facts = [("Case", f"{pick.text(row, 'case')}, mode {pick.text(row, 'mode')}")]
    facts.append(("Verdict", pick.text(row, "verdict") or pick.text(row, "status")))
    if found := pick.rate(row, "flops"):
        facts.append(("Rate", rate_words(found.middle, pick.rate_unit(pick.text(row, "dtype")))))
    if row["workload"] == "cnn" and (found := pick.rate(row, "items")):
        facts.append(("Images", rate_words(found.middle, "images/s")))
    if times:
        between = f", 95 % between {units.seconds(times.low)} and {units.seconds(times.high)}"
        facts.append(("Time of a step", units.seconds(times.middle) + (between if times.high > times.low else "")))
    return [*facts, ("Spread", _spread(row)), ("Between processes", _share(row, "process_spread"))]


def _spread(row: Mapping[Any, Any]) -> str:
    low, high, median = (pick.number(row, name) for name in ("q1_s", "q3_s", "median_s"))
    if low is None or high is None or not median:
        return ""
    return f"the middle half of the batches within {(high - low) / median:.1%} of the median"


def _share(row: Mapping[Any, Any], name: str) -> str:
    share = pick.number(row, name)
    return "" if share is None else f"{share:.1%} of the median"


def _machine(row: Mapping[Any, Any]) -> list[Fact]:
    cores, memory, device_memory = (pick.number(row, name) for name in ("cpu_count", "memory_gib", "device_memory_gib"))
    devices = pick.number(row, "device_count") or 1
    many = f"{devices:.0f} × " if devices > 1 else ""
    return [
        ("Device", f"{many}{pick.text(row, 'device_kind')} on {pick.text(row, 'backend')}"),
        ("Device memory", "" if device_memory is None else f"{device_memory:.3g} GiB"),
        ("Driver", pick.text(row, "driver")),
        ("CPU", pick.text(row, "cpu_model") + ("" if cores is None else f", {cores:g} usable")),
        ("Memory", "" if memory is None else f"{memory:.3g} GiB"),
        ("Platform", pick.text(row, "platform")),
        ("Machine type", pick.text(row, "machine_type")),
        ("Label", pick.text(row, "label")),
    ]


def _software(row: Mapping[Any, Any]) -> list[Fact]:
    return [
        ("JAX", pick.text(row, "jax")),
        ("jaxlib", pick.text(row, "jaxlib")),
        ("Python", pick.text(row, "python")),
        ("System", pick.text(row, "os")),
        ("XLA options", pick.text(row, "options")),
        ("Written as", pick.text(row, "formulation")),
    ]


def _method(row: Mapping[Any, Any]) -> list[Fact]:
    batches, steps = pick.number(row, "batches"), pick.number(row, "steps")
    timed = f"{batches:.0f} batches of {steps:.0f} and {2 * steps:.0f} steps" if batches and steps else ""
    return [
        ("Measured", pick.text(row, "measured_at").replace("T", " ").replace("Z", " UTC")),
        ("Run", f"{pick.text(row, 'run_id')}, suite {pick.text(row, 'suite')}"),
        ("Timed", timed),
        ("Stopped because", pick.text(row, "stop")),
        ("Compiled in", units.seconds(pick.number(row, "compile_s")) if pick.number(row, "compile_s") else ""),
        ("Compilation cache", pick.text(row, "cache")),
    ]
