"""Drawings of the adder and the multiplier of 8 bits, and of the way from a gate to a picture."""

from __future__ import annotations

from collections.abc import Sequence

from compute import units
from compute.lecture import gates, svg
from compute.lecture.svg import Colours

DELAY_S = 0.16
"""How long a gate delay lasts in the drawing. A real one takes some picoseconds."""


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
        of_a, of_b, out = inputs[place], inputs[gates.BITS + place], built.network.outputs[place]
        parts += [
            svg.text(x, 22, value, 30, anchor="middle"),
            svg.switch(f"a{place}", f"A, bit {value}", of_a, svg.bit(x, 50, of_a, colour, 22)),
            svg.switch(f"b{place}", f"B, bit {value}", of_b, svg.bit(x, 114, of_b, colour, 22)),
            svg.wire([(x, 140), (x, 176)], of_a | of_b, colour),
            svg.rect(x - 26, 178, 52, 92, fill=colour.paper, stroke=colour.ink, stroke_width=3),
            svg.text(x, 234, "full" if place else "half", 28, anchor="middle", weight=600),
            svg.later(svg.wire([(x, 272), (x, 340)], wires[out], colour), settled[out] * DELAY_S),
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
        return svg.wire([(x - 28, 224), (x - 72, 224), (x - 72, 340)], on, colour)
    name = svg.text(x - 36, 210, "1", 30, anchor="middle", weight=700) if on else ""
    return svg.wire([(x - 29, 224), (x - 43, 224)], on, colour) + name


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
    parts = [
        svg.text(376, 39, "A", 30, weight=700, anchor="end"),
        svg.text(774, 66, "B", 30, weight=700, anchor="middle"),
    ]
    for place in range(gates.BITS):
        value = 1 << place
        x = _place(place)
        parts.append(
            svg.switch(f"a{place}", f"A, bit {value}", inputs[place], svg.bit(x, 28, inputs[place], colour, 20))
        )
    for row in range(gates.BITS):
        y = 79 + 33 * row
        on = inputs[gates.BITS + row]
        parts.append(svg.switch(f"b{row}", f"B, bit {1 << row}", on, _row_bit(774, y + 24, on, colour)))
        if on:
            parts.append(svg.rect(_place(row + 7) - 20, y - 2, 7 * 44 + 40, 31, fill=colour.on, r=6, opacity=0.3))
        parts += [
            svg.text(_place(row + place), y + 23, wires[wire], svg.LABEL, anchor="middle", mono=True,
                     weight=700 if wires[wire] else 400, opacity=None if on else 0.75)
            for place, wire in enumerate(built.rows[row])
        ]  # fmt: skip
    parts.append(svg.line([(26, 346), (740, 346)], colour.ink, 3))
    parts += [svg.bit(_place(place), 372, wires[wire], colour, 19) for place, wire in enumerate(built.network.outputs)]
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
    return box + svg.text(x, y - 1, on, 25, fill=ink, anchor="middle", weight=700)


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
        (
            units.count(work).replace(" million", " M"),
            "multiply-adds for one",
            "picture through AlexNet",
            _by_hand(work),
        ),
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
