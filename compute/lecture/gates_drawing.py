"""Drawings of switches, gates and what is built of them; each knows how to say what it shows."""

from __future__ import annotations

from collections.abc import Sequence

from compute import units
from compute.lecture import gates, svg
from compute.lecture.svg import Colours

DELAY_S = 0.16
"""How long a gate delay lasts in the drawing. A real one takes some picoseconds."""

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
        _wire([(60, 250), (60, 170), (135, 170)], 1, colour),
        _wire([(225, 170), (285, 170)], a, colour),
        _wire([(375, 170), (500, 170), (500, 200)], lit, colour),
        _wire([(500, 280), (500, 350), (60, 350), (60, 280)], lit, colour),
    ]
    levers = [_lever("a", "A", a, 135, 170, colour), _lever("b", "B", b, 285, 170, colour)]
    title = svg.text(295, 40, "one behind the other: AND", 32, anchor="middle", weight=600)
    alt = f"Two switches one behind the other. A is {a}, B is {b}: the lamp is {_on(lit)}."
    parts = [title, *wires, _battery(60, 265, colour), _lamp(500, 240, lit, colour), *levers]
    return svg.picture(590, 400, alt, parts, pressed=True)


def _in_parallel(a: int, b: int, colour: Colours) -> str:
    lit = a | b
    wires = [
        _wire([(60, 250), (60, 170), (150, 170)], 1, colour),
        _wire([(150, 170), (150, 115), (205, 115)], 1, colour),
        _wire([(150, 170), (150, 245), (205, 245)], 1, colour),
        _wire([(295, 115), (370, 115), (370, 170)], a, colour),
        _wire([(295, 245), (370, 245), (370, 170)], b, colour),
        _wire([(370, 170), (500, 170), (500, 200)], lit, colour),
        _wire([(500, 280), (500, 350), (60, 350), (60, 280)], lit, colour),
    ]
    levers = [_lever("a", "A", a, 205, 115, colour), _lever("b", "B", b, 205, 245, colour)]
    title = svg.text(295, 40, "side by side: OR", 32, anchor="middle", weight=600)
    alt = f"Two switches side by side. A is {a}, B is {b}: the lamp is {_on(lit)}."
    parts = [title, *wires, _battery(60, 265, colour), _lamp(500, 240, lit, colour), *levers]
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
    cross = svg.line([(x - 26, y - 26), (x + 26, y + 26)], stroke, 4) + svg.line([(x - 26, y + 26), (x + 26, y - 26)], stroke, 4)
    return rays + glass + cross


def _wire(points: Sequence[tuple[float, float]], on: int, colour: Colours) -> str:
    """A wire: thick and orange when it carries a 1, thin and grey when it carries a 0."""
    return svg.line(points, colour.on if on else colour.faint, 8 if on else 3)


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
        _wire([(38, 105), (110, 105)], a, colour),
        _wire([(38, 165), (110, 165)], b, colour),
        _wire([(180, 135), (240, 135)], out, colour),
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
        _wire([(60, 110), (300, 110)], a, colour),
        _wire([(60, 170), (300, 170)], b, colour),
        _wire([(130, 110), (130, 270), (300, 270)], a, colour),
        _wire([(190, 170), (190, 330), (300, 330)], b, colour),
        svg.circle(130, 110, 7, fill=colour.on if a else colour.faint),
        svg.circle(190, 170, 7, fill=colour.on if b else colour.faint),
        _wire([(370, 140), (470, 140)], total, colour),
        _wire([(370, 300), (470, 300)], carry, colour),
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
        _wire([(60, 60), (160, 60)], a, colour),
        _wire([(60, 130), (160, 130)], b, colour),
        _wire([(70, 320), (285, 320), (285, 120), (320, 120)], c, colour),
        _wire([(260, 70), (320, 70)], first, colour),
        _wire([(210, 150), (210, 270), (425, 270)], carry_1, colour),
        _wire([(420, 80), (560, 80)], total, colour),
        _wire([(370, 150), (370, 222), (425, 222)], carry_2, colour),
        _wire([(492, 246), (560, 246)], carry, colour),
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
    name = svg.text(x + size * 0.45 + shift, y + size / 2 + 9, kind, svg.LABEL - 2, anchor="middle", weight=700)
    return _symbol(kind, x, y, size, colour) + name


def _half_box(x: float, y: float, colour: Colours) -> str:
    box = svg.rect(x, y, 110, 112, fill=colour.paper, stroke=colour.ink, stroke_width=4, r=12)
    words = (svg.text(x + 55, y + dy, word, svg.LABEL, anchor="middle", weight=600) for dy, word in ((50, "half"), (82, "adder")))
    return box + "".join(words)


# --- the adder of 8 bits -------------------------------------------------------------------------------------


def adder(a: int, b: int, again: int, dark: bool) -> str:
    """Two numbers of 8 bits, an adder under each pair, the carry running from right to left.

    A new number `again` plays the carry once more.
    """
    colour = svg.colours(dark)
    built = gates.adder()
    inputs = gates.bits_of(a) + gates.bits_of(b)
    wires, settled = gates.evaluate(built.network, inputs), gates.settling(built.network, inputs)
    slowest = max(settled)
    carries = [wires[wire] for wire in built.carries]
    parts: list[str] = [
        svg.text(6, 58, "A", 32, weight=700), svg.text(156, 58, a, 32, weight=700, anchor="end"),
        svg.text(6, 124, "B", 32, weight=700), svg.text(156, 124, b, 32, weight=700, anchor="end"),
        svg.text(156, 372, a + b, 32, weight=700, anchor="end"), svg.text(6, 372, "sum", 32, weight=700),
    ]  # fmt: skip
    for place in range(gates.BITS):
        x = _column(place)
        value = 1 << place
        out = built.network.outputs[place]
        parts += [
            svg.text(x, 24, value, 22, anchor="middle"),
            svg.switch(f"a{place}", f"A, bit {value}", inputs[place], svg.bit(x, 50, inputs[place], colour, 22)),
            svg.switch(f"b{place}", f"B, bit {value}", inputs[8 + place], svg.bit(x, 114, inputs[8 + place], colour, 22)),
            _wire([(x, 140), (x, 176)], inputs[place] | inputs[8 + place], colour),
            svg.rect(x - 26, 178, 52, 92, fill=colour.paper, stroke=colour.ink, stroke_width=3),
            svg.text(x, 234, "full" if place else "half", 24, anchor="middle", weight=600),
            svg.later(_wire([(x, 272), (x, 340)], wires[out], colour), settled[out] * DELAY_S),
            svg.later(svg.bit(x, 362, wires[out], colour, 22), settled[out] * DELAY_S),
            svg.later(_carry(place, carries[place], colour), settled[built.carries[place]] * DELAY_S),
        ]  # fmt: skip
    last = built.network.outputs[-1]
    x = _column(gates.BITS)
    parts.append(svg.later(svg.bit(x, 362, wires[last], colour, 22), settled[last] * DELAY_S))
    parts.append(svg.element("desc", f"played {again}"))
    alt = (
        f"8-bit adder: {a} + {b} = {a + b}. {_ones(carries)} to the left. "
        f"All gates are at rest after {slowest} gate delays."
    )
    circuit = svg.picture(800, 396, alt, parts, pressed=True)
    count = len(built.network.gates)
    facts = [
        (f"{a} + {b}", f"= {a + b}"),
        (f"{count} gates", "1 half adder, 7 full"),
        (f"{slowest} {'delay' if slowest == 1 else 'delays'}", "until all gates rest"),
    ]
    return svg.side_by_side(circuit, _facts(facts))


def _column(place: int) -> float:
    return 768 - 72 * place


def _carry(place: int, on: int, colour: Colours) -> str:
    """The wire that takes the carry of a place to the next one on the left, or down to the sum's last bit."""
    x = _column(place)
    if place == gates.BITS - 1:
        return _wire([(x - 28, 224), (x - 72, 224), (x - 72, 340)], on, colour)
    name = svg.text(x - 36, 212, "1", 22, anchor="middle", weight=700) if on else ""
    return _wire([(x - 29, 224), (x - 43, 224)], on, colour) + name


def _ones(carries: Sequence[int]) -> str:
    count = sum(carries)
    return "No place carries" if count == 0 else "1 place carries" if count == 1 else f"{count} places carry"


# --- the multiplier of 8 bits --------------------------------------------------------------------------------


def multiplier(a: int, b: int, dark: bool) -> str:
    """Two numbers of 8 bits multiplied as on paper: a row of ANDs for each bit of B, each one place further left."""
    colour = svg.colours(dark)
    built = gates.multiplier()
    inputs = gates.bits_of(a) + gates.bits_of(b)
    wires = gates.evaluate(built.network, inputs)
    parts = [svg.text(376, 39, "A", 30, weight=700, anchor="end"), svg.text(774, 66, "B", 30, weight=700, anchor="middle")]
    for place in range(gates.BITS):
        value = 1 << place
        x = _place(place)
        parts.append(svg.switch(f"a{place}", f"A, bit {value}", inputs[place], svg.bit(x, 28, inputs[place], colour, 20)))
    for row in range(gates.BITS):
        y = 112 + 33 * row - 33
        on = inputs[8 + row]
        parts.append(svg.switch(f"b{row}", f"B, bit {1 << row}", on, _row_bit(774, y + 24, on, colour)))
        if on:
            parts.append(svg.rect(_place(row + 7) - 20, y - 2, 7 * 44 + 40, 31, fill=colour.on, r=6, opacity=0.3))
        parts += [
            svg.text(_place(row + place), y + 23, wires[wire], svg.LABEL, anchor="middle", mono=True,
                     weight=700 if wires[wire] else 400, opacity=None if on else 0.75)
            for place, wire in enumerate(built.rows[row])
        ]  # fmt: skip
    parts.append(svg.line([(26, 346), (740, 346)], colour.ink, 3))
    parts += [
        svg.bit(_place(place), 372, wires[wire], colour, 19) for place, wire in enumerate(built.network.outputs)
    ]
    alt = f"8-bit multiplier: {a} × {b} = {a * b}. One row for each bit of B; {_rows(b)} of them are not zero."
    count = len(built.network.gates)
    facts = [
        (f"{a} × {b}", f"= {a * b:,}"),
        (f"{count} gates", "64 AND, 7 adders"),
        (f"{count / len(gates.adder().network.gates):.1f} times", "the gates of one adder"),
    ]
    return svg.side_by_side(svg.picture(800, 396, alt, parts, pressed=True), _facts(facts))


def _place(place: int) -> float:
    return 714 - 44 * place


def _row_bit(x: float, y: float, on: int, colour: Colours) -> str:
    fill, ink = (colour.on, colour.on_ink) if on else ("none", "currentColor")
    box = svg.rect(x - 24, y - 25, 48, 30, fill=fill, stroke=colour.cpu if on else colour.faint, stroke_width=2, r=8)
    return box + svg.text(x, y - 1, on, 24, fill=ink, anchor="middle", weight=700)


def _rows(b: int) -> str:
    return f"{b.bit_count()} of 8"


def _facts(facts: Sequence[tuple[str, str]]) -> str:
    """Figures with what they mean, one below the other."""
    parts = []
    for number, (figure, meaning) in enumerate(facts):
        y = 60 + 126 * number
        parts += [svg.text(20, y, figure, 44, weight=700), svg.text(20, y + 42, meaning, svg.BODY)]
    return svg.picture(360, 396, ". ".join(f"{figure} {meaning}" for figure, meaning in facts), parts)


# --- one picture ---------------------------------------------------------------------------------------------


def one_picture(rate: float, kind: str, dark: bool) -> str:
    """From gates to pictures a second: `rate` is what a machine of this kind was measured to take through AlexNet."""
    colour = svg.colours(dark)
    each = len(gates.multiply_add().gates)
    work = gates.multiply_adds_per_picture()
    cards = [
        (f"{each}", "gates for one", "multiply-add", f"{gates.BITS}-bit numbers"),
        (units.count(work).replace(" million", " M"), "multiply-adds for one", "picture through AlexNet", _by_hand(work)),
        (units.si(rate, "", 3), "pictures a second,", "measured", f"{units.count(rate * work)} multiply-adds"),
    ]
    drawn = [_card(*card, getattr(colour, kind, colour.faint)) for card in cards]
    return svg.said(_growth()) + svg.side_by_side(*drawn) + svg.said(_decisions(rate * work * each))


def _growth() -> str:
    """The running count of gates."""
    half, full = gates.Network(2), gates.Network(3)
    half.half_adder(0, 1)
    full.full_adder(0, 1, 2)
    built = {
        "half adder": half,
        "full adder": full,
        "adder": gates.adder().network,
        "multiplier": gates.multiplier().network,
        "multiply-add": gates.multiply_add(),
    }
    return "Gates: " + " → ".join(f"{name} {len(network.gates)}" for name, network in built.items())


def _decisions(each_second: float) -> str:
    """The whole chain in one figure, and what it leaves out."""
    product = len(gates.multiplier(gates.MANTISSA_BITS).network.gates)
    return (
        f"That is {units.count(each_second)} gate decisions every second, with whole numbers of {gates.BITS} bits. "
        f"With fractions (fp32) it is more: the product in one takes {product:,} gates."
    )


def _card(figure: str, first: str, second: str, more: str, edge: str) -> str:
    parts = [
        svg.rect(6, 6, 378, 248, stroke=edge, stroke_width=4, r=18),
        svg.text(195, 86, figure, 66, anchor="middle", weight=700),
        svg.text(195, 132, first, svg.BODY, anchor="middle"),
        svg.text(195, 166, second, svg.BODY, anchor="middle"),
        svg.text(195, 226, more, svg.LABEL, anchor="middle"),
    ]
    return svg.picture(390, 260, f"{figure} {first} {second}. {more}.", parts)


HAND_S = 10
"""Seconds that a person with paper and pencil is given for one multiply-add; an assumption."""


def _by_hand(work: int) -> str:
    return f"by hand: {work * HAND_S / (365.25 * 86_400):.0f} years"
