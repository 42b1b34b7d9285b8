"""The systolic array in one beat, what a large one saves, and memory beside each core."""

from __future__ import annotations

from collections.abc import Sequence

from compute import hardware, units
from compute.hardware import Chip
from compute.lecture import svg, systolic
from compute.lecture.svg import Colours
from compute.lecture.systolic import Beat, Bill, Matrix

# Where the grid of hands stands, how large a hand is, how far apart they are.
LEFT, TOP, WIDTH, DEPTH, ACROSS, DOWN = 262, 44, 118, 84, 158, 112
QUEUE = 48


# --- step by step --------------------------------------------------------------------------------------------


def array(x: Matrix, w: Matrix, place: int, dark: bool) -> str:
    """The grid in one beat, with what waits on its left and what has left it; beside it the trips to memory."""
    colour = svg.colours(dark)
    found = systolic.beats(x, w)
    now, last = found[place], found[-1]
    naive = systolic.naive_accesses_after(now.multiply_adds, now.writes)
    whole = systolic.naive_accesses(x.shape[0], x.shape[1], w.shape[1])
    return svg.side_by_side(_grid(x, w, now, colour), _counts(now, naive, whole, last.number, colour)) + svg.said(
        _words(now, last)
    )


def _words(now: Beat, last: Beat) -> str:
    if now.number == 0:
        return "Each hand keeps one weight. Press Step: the first number comes in from the left."
    if now.number == last.number:
        return f"Done: every number came from memory once. {last.multiply_adds} multiply-adds in {last.number} beats."
    return "Each hand: number × weight + sum from above. Numbers go right, sums go down."


def _grid(x: Matrix, w: Matrix, now: Beat, colour: Colours) -> str:
    depth, columns = w.shape
    parts = [
        svg.text(LEFT - 12, 28, "numbers wait", svg.LABEL, anchor="end"),
        svg.text(LEFT + 1.5 * ACROSS - 20, 28, "weights stay", svg.LABEL, anchor="middle", fill=colour.tpu, weight=700),
    ]
    for k in range(depth):
        y = TOP + DOWN * k
        parts += _queue(x, k, now.number, y + DEPTH / 2, colour)
        for n in range(columns):
            left = LEFT + ACROSS * n
            parts += [
                _arrow(left - 34, y + DEPTH / 2, left - 6, y + DEPTH / 2, colour),
                _arrow(left + WIDTH / 2, y + DEPTH + 2, left + WIDTH / 2, y + DOWN - 4, colour),
                _hand(left, y, w[k, n], now, k, n, colour),
            ]
    for n in range(columns):
        m = now.rows[-1][n]
        if m is not None:
            middle, y = LEFT + ACROSS * n + WIDTH / 2, TOP + DOWN * depth - 4
            parts.append(svg.rect(middle - 36, y, 72, 42, fill=colour.tpu, r=21))
            parts.append(svg.text(middle, y + 31, now.sums[-1, n], 30, anchor="middle", weight=700, fill=colour.paper))
    alt = f"Systolic array of {depth} by {columns} hands in beat {now.number}: {now.busy} of {w.size} work."
    return svg.picture(LEFT + ACROSS * columns - 20, 422, alt, parts)


def _queue(x: Matrix, k: int, beat: int, y: float, colour: Colours) -> list[str]:
    """The numbers that still have to enter row k, the next one nearest."""
    return [
        svg.text(LEFT - 56 - QUEUE * (m + k - beat), y + 10, x[m, k], 30, anchor="middle", weight=700)
        for m in range(x.shape[0])
        if m + k >= beat and m + k - beat < 5
    ]


def _hand(x: float, y: float, weight: int, now: Beat, k: int, n: int, colour: Colours) -> str:
    """One hand: its weight for good; its number and its sum when it works."""
    works = now.rows[k][n] is not None
    parts = [svg.rect(x, y, WIDTH, DEPTH, fill=colour.paper, stroke=colour.tpu, stroke_width=6 if works else 2)]
    if works:
        parts.append(svg.rect(x, y, WIDTH, DEPTH, fill=colour.tpu, opacity=0.16))
    middle = x + WIDTH / 2
    parts.append(svg.text(middle + 30 * works, y + 35, weight, 30, anchor="middle", weight=700, fill=colour.tpu))
    if works:
        parts.append(svg.text(middle - 16, y + 35, f"{now.numbers[k, n]} ×", anchor="middle"))
        parts.append(svg.text(middle, y + 72, now.sums[k, n], 34, anchor="middle", weight=700))
    return "".join(parts)


def _arrow(x1: float, y1: float, x2: float, y2: float, colour: Colours) -> str:
    across = x2 - x1 > abs(y2 - y1)
    head = [(x2 - 9, y2 - 7), (x2, y2), (x2 - 9, y2 + 7)] if across else [(x2 - 7, y2 - 9), (x2, y2), (x2 + 7, y2 - 9)]
    return svg.line([(x1, y1), (x2, y2)], colour.faint, 3) + svg.line(head, colour.faint, 3)


def _counts(now: Beat, naive: int, whole: int, beats: int, colour: Colours) -> str:
    """Beat, hands at work, memory accesses of the grid and of one hand for the same work, and the product so far."""
    accesses = now.reads + now.writes
    parts = [
        svg.text(0, 30, f"Beat {now.number} of {beats}", 32, weight=700),
        svg.text(440, 30, f"{now.busy} of {len(now.rows) * len(now.rows[0])} hands work", svg.LABEL, anchor="end"),
        svg.text(0, 84, "Trips to memory so far", weight=600),
        *_bar(98, "this grid", accesses, whole, colour.tpu),
        *_bar(152, "one by one", naive, whole, colour.faint),
        svg.text(0, 244, "Finished sums", weight=600),
    ]
    for m, row in enumerate(now.done):
        for n, value in enumerate(row):
            x, y = 90 * n, 258 + 54 * m
            ready = value is not None
            parts.append(
                svg.rect(x, y, 82, 46, stroke=colour.tpu if ready else colour.faint, stroke_width=4 if ready else 2)
            )
            parts.append(svg.text(x + 41, y + 33, value if ready else "", 30, anchor="middle", weight=700))
    alt = (
        f"Beat {now.number} of {beats}. Trips to memory so far: {accesses} in this grid, {naive} one by one. "
        f"{now.writes} sums are finished."
    )
    return svg.picture(444, 422, alt, parts)


def _bar(y: float, words: str, value: int, most: int, fill: str) -> tuple[str, ...]:
    """A bar to scale with its name before it and its value behind it."""
    length = 246 * value / most
    return (
        svg.text(0, y + 32, words, svg.LABEL),
        svg.rect(130, y + 4, length, 40, fill=fill, r=3),
        svg.text(140 + length, y + 34, value, svg.BODY, weight=700),
    )


TPU_GRIDS = "A TPU v5e has four grids of 128 × 128 hands, a v6e two of 256 × 256."
"""From docs.cloud.google.com/tpu/docs: system-architecture-tpu-vm, v5e and v6e."""


# --- a large grid --------------------------------------------------------------------------------------------


def large(size: int, dark: bool) -> str:
    """A grid of size x size hands to scale, and what it saves: bars of memory accesses and of beats."""
    colour = svg.colours(dark)
    bill = Bill(size)
    step = 340 / size
    cell = svg.rect(step * 0.1, step * 0.1, step * 0.8, step * 0.8, fill=colour.tpu, r=step * 0.15)
    pattern = svg.element(
        "pattern", cell, id="hands", width=step, height=step, patternUnits="userSpaceOnUse", x=4, y=4,
    )  # fmt: skip
    grid = svg.picture(
        348, 400, f"{bill.hands:,} hands in a grid.",
        [svg.element("defs", pattern), svg.rect(4, 4, 340, 340, fill="url(#hands)", r=0),
         svg.text(174, 384, f"{bill.hands:,} hands", 32, anchor="middle", weight=700)],
    )  # fmt: skip
    parts = [
        svg.text(0, 34, f"Two matrices of {size} × {size}", 32, weight=700),
        svg.text(0, 92, "Trips to memory", weight=600),
        *_wide_bar(104, "this grid", bill.accesses, bill.naive_accesses, colour.tpu),
        *_wide_bar(150, "one by one", bill.naive_accesses, bill.naive_accesses, colour.faint),
        svg.text(0, 240, "Beats", weight=600),
        *_wide_bar(252, "this grid", bill.beats, bill.multiply_adds, colour.tpu),
        *_wide_bar(298, "one hand", bill.multiply_adds, bill.multiply_adds, colour.faint),
        svg.text(0, 388, f"{bill.saving:.0f} times fewer trips", 40, weight=700, fill=colour.tpu),
    ]
    alt = (
        f"Product of two matrices of {size} by {size}: {bill.accesses:,} memory accesses instead of "
        f"{bill.naive_accesses:,}, {bill.beats:,} beats instead of {bill.multiply_adds:,}."
    )
    return svg.side_by_side(grid, svg.picture(780, 400, alt, parts)) + svg.said(TPU_GRIDS)


def _wide_bar(y: float, words: str, value: int, most: int, fill: str) -> tuple[str, ...]:
    length = 440 * value / most
    return (
        svg.text(0, y + 30, words),
        svg.rect(150, y + 2, max(length, 2), 38, fill=fill, r=3),
        svg.text(162 + length, y + 31, units.count(value), svg.BODY, weight=700),
    )


# --- memory beside each core ---------------------------------------------------------------------------------

CORES = (6, 3)
TRIP_S = 4.0


def near_memory(dark: bool) -> str:
    """A GPU's cores before one large memory, and an IPU's cores with a small memory each.

    The dots run at speeds to scale: the GPU's memory gives them `TRIP_S` seconds.
    """
    colour = svg.colours(dark)
    gpu, ipu = (_known(id) for id in ("h200", "gc200"))
    assert gpu.memory_gb_per_s is not None
    assert ipu.memory_gb_per_s is not None
    times = ipu.memory_gb_per_s / gpu.memory_gb_per_s
    far = _far("GPU: one large memory", gpu, colour)
    near = _near("IPU: memory beside each core", ipu, TRIP_S / times, colour)
    words = f"The dots move to scale: the IPU's memory is {times:.0f} times as fast, and far smaller."
    return svg.side_by_side(far, near) + svg.said(words)


def _known(id: str) -> Chip:
    chip = hardware.chip(id)
    if chip is None:
        raise LookupError(f"there is no chip {id} in {hardware.DATA.name}")
    return chip


def _far(title: str, chip: Chip, colour: Colours) -> str:
    parts = [_head(title), svg.rect(20, 60, 540, 74, stroke=colour.gpu, stroke_width=4, r=12)]
    parts.append(svg.text(290, 107, f"memory, {chip.memory_gib:g} GiB", anchor="middle", weight=700))
    for x, y in _places(210):
        parts.append(svg.rect(x, y, 70, 34, fill=colour.gpu))
        parts.append(_dot(x + 35, y + 17, 0, 113 - y, TRIP_S, colour))
    return svg.picture(580, 376, f"{title}: {_figures(chip)}.", [*parts, _foot(chip)])


def _near(title: str, chip: Chip, seconds: float, colour: Colours) -> str:
    parts = [_head(title)]
    for x, y in _places(66, 86):
        parts.append(svg.rect(x, y, 70, 34, fill=colour.ipu))
        parts.append(svg.rect(x, y + 38, 70, 30, stroke=colour.ipu, stroke_width=4))
        parts.append(_dot(x + 35, y + 17, 0, 36, seconds, colour))
    return svg.picture(580, 376, f"{title}: {_figures(chip)}.", [*parts, _foot(chip)])


def _head(title: str) -> str:
    return svg.text(290, 34, title, 32, anchor="middle", weight=700)


def _foot(chip: Chip) -> str:
    return svg.text(290, 362, _figures(chip), anchor="middle")


def _figures(chip: Chip) -> str:
    assert chip.memory_gb_per_s is not None
    bandwidth = units.si(chip.memory_gb_per_s * 1e9, "B/s")
    return f"{chip.id.upper()}: {bandwidth} from {chip.memory_gib:g} GiB"


def _places(top: float, down: float = 42) -> Sequence[tuple[float, float]]:
    across, rows = CORES
    return [(20 + 94 * column, top + down * row) for row in range(rows) for column in range(across)]


def _dot(x: float, y: float, dx: float, dy: float, seconds: float, colour: Colours) -> str:
    """A dot that comes from (dx, dy) away, again and again."""
    style = f"--dx:{dx:g}px;--dy:{dy:g}px;--lasts:{seconds:.2f}s"
    return svg.circle(x, y, 8, fill=colour.on, stroke=colour.on_ink, stroke_width=2, class_="trip", style=style)
