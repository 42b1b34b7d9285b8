"""Chips with their headline figures, drawn to scale as a table of bars. Unknown stays unknown."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from html import escape

from compute import hardware, units
from compute.hardware import Chip
from compute.lecture import svg

SHOWN = ("core-i5-8250u", "xeon-8480", "t4", "h200", "tpu-v6e", "gc200")
"""A laptop, a server, the GPU in Colab, one in a data centre, a TPU, an IPU."""

KINDS = {"cpu": "CPU", "gpu": "GPU", "tpu": "TPU", "ipu": "IPU", "npu": "NPU"}
HEADS = ("Peak", "Memory bandwidth", "Power")


@dataclass(frozen=True)
class Figure:
    """One headline figure in SI units, None where nobody knows it; `note` says of what it is one."""

    value: float | None
    unit: str
    note: str = ""

    def __str__(self) -> str:
        if self.value is None:
            return units.UNKNOWN
        # Watts are given to the digit, so they are written as given.
        return f"{self.value:g} W" if self.unit == "W" else f"{units.si(self.value, self.unit)} {self.note}".strip()


def shown(more: str = "") -> list[Chip]:
    """The chips of the table, with one more on top if it is not among them.

    Raises:
        LookupError: a chip is not in data/hardware.csv.
    """
    ids = SHOWN if not more or more in SHOWN else (more, *SHOWN)
    found = [hardware.chip(id) for id in ids]
    missing = [id for id, chip in zip(ids, found, strict=True) if chip is None]
    if missing:
        raise LookupError(f"there is no chip {missing[0]} in {hardware.DATA.name}")
    return [chip for chip in found if chip is not None]


def figures(chip: Chip) -> tuple[Figure, Figure, Figure]:
    """Peak in FLOP/s (the fastest of bf16, fp16 and fp32, dense), memory bandwidth in B/s, watts."""
    peaks = {"bf16": chip.bf16_tflops, "fp16": chip.fp16_tflops, "fp32": chip.fp32_tflops}
    known = {dtype: peak for dtype, peak in peaks.items() if peak is not None}
    dtype = max(known, key=known.__getitem__) if known else ""
    bandwidth = None if chip.memory_gb_per_s is None else chip.memory_gb_per_s * 1e9
    return (
        Figure(known[dtype] * 1e12 if dtype else None, "FLOP/s", dtype),
        Figure(bandwidth, "B/s"),
        Figure(chip.tdp_watts, "W"),
    )


def table(chips: Sequence[Chip], marked: str, dark: bool) -> str:
    """HTML: a row for each chip, its three figures as bars, each column to its own scale. `marked` is an id."""
    all_figures = [figures(chip) for chip in chips]
    most = [max((row[place].value or 0 for row in all_figures), default=0) for place in range(len(HEADS))]
    head = "".join(f'<span role="columnheader">{words}</span>' for words in ("Chip", *HEADS))
    rows = [_row(chip, row, most, chip.id == marked, dark) for chip, row in zip(chips, all_figures, strict=True)]
    return (
        f'<div class="chips" role="table" aria-label="{escape(alt(chips))}">'
        f'<div role="row" class="head">{head}</div>{"".join(rows)}</div>'
    )


def _row(chip: Chip, row: Sequence[Figure], most: Sequence[float], marked: bool, dark: bool) -> str:
    colour = getattr(svg.colours(dark), chip.kind, svg.colours(dark).faint)
    name = (
        f'<span role="rowheader"><b style="color:{colour}">{KINDS.get(chip.kind, chip.kind)}</b> '
        f"{escape(short(chip))}</span>"
    )
    cells = "".join(_cell(figure, top, head) for figure, top, head in zip(row, most, HEADS, strict=True))
    mark = ' class="marked"' if marked else ""
    return f'<div role="row"{mark} style="--kind:{colour}">{name}{cells}</div>'


def _cell(figure: Figure, most: float, head: str) -> str:
    bar = "" if figure.value is None else f'<i style="width:{100 * figure.value / most:.3f}%"></i>'
    return f'<span role="cell" data-head="{head}">{escape(str(figure))}{bar}</span>'


def short(chip: Chip) -> str:
    """A chip's name without its maker and without remarks in brackets: "H200 SXM 141GB"."""
    name = chip.name.partition(" (")[0]
    for maker in ("NVIDIA", "AMD", "Intel", "Google", "Graphcore", "Apple", "AWS", "Colossus", "GeForce", "Tesla"):
        name = name.removeprefix(f"{maker} ")
    return name


def alt(chips: Sequence[Chip]) -> str:
    """The table in words."""
    return ". ".join(f"{short(chip)}: " + ", ".join(map(str, figures(chip))) for chip in chips)
