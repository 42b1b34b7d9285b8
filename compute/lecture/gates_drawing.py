"""Drawings of switches, of gates, and of the half and the full adder that are built of them."""

from __future__ import annotations

from collections.abc import Sequence

from compute.lecture import gates, svg
from compute.lecture.svg import Colours

# Half adder and full adder: what goes in, what comes out.
HALF, FULL = ("A", "B"), ("A", "B", "carry in")


# --- switches ------------------------------------------------------------------------------------------------


def switches(a: int, b: int, dark: bool) -> str:
    """Two circuits with a lamp: two switches one behind the other (AND) and side by side (OR)."""
    colour = svg.colours(dark)
    return svg.side_by_side(_in_series(a, b, colour), _in_parallel(a, b, colour))


def _in_series(a: int, b: int, colour: Colours) -> str:
    lit = a & b
    wires = [
        svg.wire([(60, 250), (60, 170), (135, 170)], 1, colour),
        svg.wire([(225, 170), (285, 170)], a, colour),
        svg.wire([(375, 170), (500, 170), (500, 200)], lit, colour),
        svg.wire([(500, 280), (500, 350), (60, 350), (60, 280)], lit, colour),
    ]
    levers = [_lever("a", "A", a, 135, 170, colour), _lever("b", "B", b, 285, 170, colour)]
    alt = f"Two switches one behind the other. A is {a}, B is {b}: the lamp is {_on(lit)}."
    return _circuit("one behind the other: AND", alt, lit, wires, levers, colour)


def _in_parallel(a: int, b: int, colour: Colours) -> str:
    lit = a | b
    wires = [
        svg.wire([(60, 250), (60, 170), (150, 170)], 1, colour),
        svg.wire([(150, 170), (150, 115), (205, 115)], 1, colour),
        svg.wire([(150, 170), (150, 245), (205, 245)], 1, colour),
        svg.wire([(295, 115), (370, 115), (370, 170)], a, colour),
        svg.wire([(295, 245), (370, 245), (370, 170)], b, colour),
        svg.wire([(370, 170), (500, 170), (500, 200)], lit, colour),
        svg.wire([(500, 280), (500, 350), (60, 350), (60, 280)], lit, colour),
    ]
    levers = [_lever("a", "A", a, 205, 115, colour), _lever("b", "B", b, 205, 245, colour)]
    alt = f"Two switches side by side. A is {a}, B is {b}: the lamp is {_on(lit)}."
    return _circuit("side by side: OR", alt, lit, wires, levers, colour)


def _circuit(title: str, alt: str, lit: int, wires: list[str], levers: list[str], colour: Colours) -> str:
    """A battery, a lamp, and what lies between them, under a title."""
    heading = svg.text(295, 40, title, 32, anchor="middle", weight=600)
    parts = [heading, *wires, _battery(60, 265, colour), _lamp(500, 240, lit, colour), *levers]
    return svg.picture(590, 400, alt, parts, pressed=True)


def _lever(name: str, label: str, on: int, x: float, y: float, colour: Colours) -> str:
    """A switch between two contacts, 90 wide: its lever lies flat when it is on."""
    end = (x + 90, y) if on else (x + 74, y - 46)
    parts = [
        svg.rect(x - 14, y - 62, 118, 84, fill="transparent", r=12),
        svg.line([(x, y), end], colour.on if on else colour.ink, 9),
        svg.circle(x, y, 9, fill=colour.ink),
        svg.circle(x + 90, y, 9, fill=colour.ink),
        svg.text(x + 6, y - 30, label, 32, weight=700),
    ]
    return svg.switch(name, f"Switch {label}", on, "".join(parts))


def _battery(x: float, y: float, colour: Colours) -> str:
    return (
        svg.line([(x - 26, y - 14), (x + 26, y - 14)], colour.ink, 5)
        + svg.line([(x - 14, y + 14), (x + 14, y + 14)], colour.ink, 9)
        + svg.text(x + 40, y + 10, "battery", svg.LABEL)
    )


def _lamp(x: float, y: float, lit: int, colour: Colours) -> str:
    rays = ""
    if lit:
        ends = ((56, 0), (40, 40), (-56, 0), (-40, 40), (40, -40), (-40, -40))
        rays = "".join(svg.line([(x + dx * 0.9, y + dy * 0.9), (x + dx * 1.25, y + dy * 1.25)], colour.on, 6)
                       for dx, dy in ends)  # fmt: skip
    glass = svg.circle(x, y, 38, fill=colour.on if lit else "none", stroke=colour.ink, stroke_width=4)
    stroke = colour.on_ink if lit else colour.ink
    cross = "".join(svg.line([(x - 26, y - dy), (x + 26, y + dy)], stroke, 4) for dy in (26, -26))
    return rays + glass + cross


def _on(value: int) -> str:
    return "on" if value else "off"


# --- four gates ----------------------------------------------------------------------------------------------


def four_gates(a: int, b: int, dark: bool) -> str:
    """The four gates with the same two inputs, each above its truth table."""
    colour = svg.colours(dark)
    return svg.side_by_side(*(_gate_and_table(kind, a, b, colour) for kind in ("OR", "AND", "XOR", "NAND")))


def _gate_and_table(kind: str, a: int, b: int, colour: Colours) -> str:
    out = gates.GATES[kind](a, b)
    parts = [
        svg.text(140, 34, kind, 36, anchor="middle", weight=700),
        svg.text(140, 66, gates.MEANING[kind], svg.LABEL, anchor="middle"),
        svg.wire([(38, 105), (110, 105)], a, colour),
        svg.wire([(38, 165), (110, 165)], b, colour),
        svg.wire([(180, 135), (240, 135)], out, colour),
        _symbol(kind, 95, 90, 90, colour),
        svg.switch("a", f"A of {kind}", a, svg.bit(32, 105, a, colour)),
        svg.switch("b", f"B of {kind}", b, svg.bit(32, 165, b, colour)),
        svg.bit(248, 135, out, colour),
    ]
    rows = [(one, two, gates.GATES[kind](one, two)) for one in (0, 1) for two in (0, 1)]
    parts.append(_truth_table(("A", "B", kind), rows, 2 * a + b, 15, 206, (70, 70, 110), 40, colour))
    alt = f"{kind} of A = {a} and B = {b} is {out}: {gates.MEANING[kind]}."
    return svg.picture(280, 412, alt, parts, pressed=True)


def _symbol(kind: str, x: float, y: float, size: float, colour: Colours) -> str:
    """The gate's sign in the American shape, `size` wide and high."""
    s = size
    look = {"fill": colour.paper, "stroke": colour.ink, "stroke_width": 4, "stroke_linejoin": "round"}
    if kind in ("AND", "NAND"):
        body = svg.path(f"M{x} {y} h{s * 0.45} a{s / 2} {s / 2} 0 0 1 0 {s} h{-s * 0.45} z", **look)
    else:
        body = svg.path(
            f"M{x} {y} q{s * 0.65} 0 {s * 0.95} {s / 2} q{-s * 0.3} {s / 2} {-s * 0.95} {s / 2} "
            f"q{s * 0.3} {-s / 2} 0 {-s} z", **look,
        )  # fmt: skip
    if kind == "XOR":
        body += svg.path(f"M{x - 13} {y} q{s * 0.3} {s / 2} 0 {s}", **{**look, "fill": "none"})
    if kind == "NAND":
        body += svg.circle(x + s * 0.95 + 9, y + s / 2, 9, **look)
    return body


def _truth_table(
    heads: Sequence[str], rows: Sequence[Sequence[object]], now: int, x: float, y: float, widths: Sequence[float],
    height: float, colour: Colours,
) -> str:  # fmt: skip
    """A table of bits; the row that holds now stands out."""
    middles = [x + sum(widths[:place]) + widths[place] / 2 for place in range(len(widths))]
    wide = sum(widths)
    parts = [
        svg.text(middle, y + height * 0.72, head, svg.LABEL, anchor="middle", weight=600)
        for middle, head in zip(middles, heads, strict=True)
    ]
    parts.append(svg.line([(x, y + height), (x + wide, y + height)], colour.faint, 2))
    for number, row in enumerate(rows):
        top = y + height * (number + 1)
        chosen = number == now
        if chosen:
            parts.append(svg.rect(x, top + 2, wide, height - 3, fill=colour.on, r=6))
        parts += [
            svg.text(middle, top + height * 0.76, value, svg.BODY, anchor="middle", weight=700 if chosen else 400,
                     fill=colour.on_ink if chosen else "currentColor")
            for middle, value in zip(middles, row, strict=True)
        ]  # fmt: skip
    return "".join(parts)


# --- half adder, full adder ----------------------------------------------------------------------------------


def half_adder(a: int, b: int, dark: bool) -> str:
    """An XOR and an AND that add two bits, beside all that they can be asked."""
    colour = svg.colours(dark)
    total, carry = a ^ b, a & b
    parts = [
        svg.wire([(60, 110), (300, 110)], a, colour),
        svg.wire([(60, 170), (300, 170)], b, colour),
        svg.wire([(130, 110), (130, 270), (300, 270)], a, colour),
        svg.wire([(190, 170), (190, 330), (300, 330)], b, colour),
        svg.circle(130, 110, 7, fill=colour.on if a else colour.faint),
        svg.circle(190, 170, 7, fill=colour.on if b else colour.faint),
        svg.wire([(370, 140), (470, 140)], total, colour),
        svg.wire([(370, 300), (470, 300)], carry, colour),
        _named("XOR", 290, 95, 90, colour),
        _named("AND", 290, 255, 90, colour),
        *_input("a", "A", 56, 110, a, colour),
        *_input("b", "B", 56, 170, b, colour),
        svg.bit(480, 140, total, colour),
        svg.text(516, 150, "sum"),
        svg.bit(480, 300, carry, colour),
        svg.text(516, 310, "carry"),
    ]
    alt = f"A half adder of 2 gates: {a} + {b} gives sum {total} and carry {carry}."
    circuit = svg.picture(620, 400, alt, parts, pressed=True)
    rows = [(one, two, one & two, one ^ two) for one in (0, 1) for two in (0, 1)]
    table = [
        _truth_table((*HALF, "carry", "sum"), rows, 2 * a + b, 40, 70, (90, 90, 130, 110), 50, colour),
        svg.text(250, 372, f"{a} + {b} = {2 * carry + total}", 44, anchor="middle", weight=700),
    ]
    return svg.side_by_side(circuit, svg.picture(500, 400, f"All sums of two bits. {a} + {b} = {a + b}.", table))


def full_adder(a: int, b: int, c: int, dark: bool) -> str:
    """Two half adders and an OR that add three bits, beside all that they can be asked."""
    colour = svg.colours(dark)
    first, carry_1 = a ^ b, a & b
    total, carry_2 = first ^ c, first & c
    carry = carry_1 | carry_2
    parts = [
        svg.wire([(60, 60), (160, 60)], a, colour),
        svg.wire([(60, 130), (160, 130)], b, colour),
        svg.wire([(70, 320), (285, 320), (285, 120), (320, 120)], c, colour),
        svg.wire([(260, 70), (320, 70)], first, colour),
        svg.wire([(210, 150), (210, 270), (425, 270)], carry_1, colour),
        svg.wire([(420, 80), (560, 80)], total, colour),
        svg.wire([(370, 150), (370, 222), (425, 222)], carry_2, colour),
        svg.wire([(492, 246), (560, 246)], carry, colour),
        _half_box(155, 40, colour),
        _half_box(315, 40, colour),
        _named("OR", 415, 206, 80, colour),
        *_input("a", "A", 56, 60, a, colour),
        *_input("b", "B", 56, 130, b, colour),
        *_input("c", "carry in", 70, 320, c, colour, below=True),
        svg.bit(566, 80, total, colour),
        svg.text(566, 140, "sum", anchor="middle"),
        svg.bit(566, 246, carry, colour),
        svg.text(566, 306, "carry out", anchor="middle"),
        svg.text(620, 396, f"{a} + {b} + {c} = {a + b + c}", 44, anchor="end", weight=700),
    ]
    alt = f"A full adder of two half adders and an OR, 5 gates: {a} + {b} + {c} gives sum {total} and carry {carry}."
    circuit = svg.picture(640, 412, alt, parts, pressed=True)
    rows = [(i >> 2, i >> 1 & 1, i & 1, int(i.bit_count() > 1), i.bit_count() & 1) for i in range(8)]
    now = 4 * a + 2 * b + c
    table = _truth_table((*FULL, "carry out", "sum"), rows, now, 10, 0, (60, 60, 130, 140, 95), 45, colour)
    said = f"All sums of three bits. {a} + {b} + {c} = {a + b + c}."
    return svg.side_by_side(circuit, svg.picture(500, 412, said, [table]))


def _input(name: str, label: str, x: float, y: float, on: int, colour: Colours, below: bool = False) -> tuple[str, str]:
    where = (x, y + 56, "middle") if below else (x - 34, y + 10, "end")
    words = svg.text(where[0], where[1], label, weight=700, anchor=where[2])
    return svg.switch(name, label, on, svg.bit(x, y, on, colour)), words


def _named(kind: str, x: float, y: float, size: float, colour: Colours) -> str:
    shift = 6 if kind == "AND" else 2
    name = svg.text(x + size * 0.45 + shift, y + size / 2 + 9, kind, svg.LABEL - 1, anchor="middle", weight=700)
    return _symbol(kind, x, y, size, colour) + name


def _half_box(x: float, y: float, colour: Colours) -> str:
    box = svg.rect(x, y, 110, 112, fill=colour.paper, stroke=colour.ink, stroke_width=4, r=12)
    words = (
        svg.text(x + 55, y + dy, word, svg.LABEL, anchor="middle", weight=600)
        for dy, word in ((50, "half"), (82, "adder"))
    )
    return box + "".join(words)
