"""Gates, and what is built of them: adders and a multiplier, as networks of gates that really calculate.

A bit is 0 or 1. A network is a list of gates with two inputs each; the output of every gate is one more wire. The same
network is evaluated for one pair of numbers (Python ints) or for many at once (NumPy arrays of 0 and 1).
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from typing import Any

from compute.workloads import _cnn_models

BITS = 8
SUM_BITS = 32
"""Processors that multiply numbers of 8 bits add the products up in 32 bits, so that a long sum does not overflow."""

MANTISSA_BITS = 24
"""An fp32 number holds 24 digits (IEEE 754: 23 stored and a leading 1); a product multiplies those."""

GATES: dict[str, Callable[[Any, Any], Any]] = {
    "AND": lambda a, b: a & b,
    "OR": lambda a, b: a | b,
    "XOR": lambda a, b: a ^ b,
    "NAND": lambda a, b: 1 ^ (a & b),
}
MEANING = {
    "AND": "both",
    "OR": "one or both",
    "XOR": "one, not both",
    "NAND": "not both",
}

Wire = int


@dataclass(frozen=True)
class Gate:
    """What it does (a name in `GATES`) and the two wires that it listens to."""

    kind: str
    a: Wire
    b: Wire


@dataclass
class Network:
    """Gates in an order in which each only needs wires that are there already.

    Wires 0 to `inputs` - 1 carry the inputs; wire `inputs` + i is the output of gate i. `outputs` are the wires of the
    result, the lowest bit first.
    """

    inputs: int
    gates: list[Gate] = field(default_factory=list)
    outputs: list[Wire] = field(default_factory=list)

    def gate(self, kind: str, a: Wire, b: Wire) -> Wire:
        """Add a gate; gives its output wire."""
        self.gates.append(Gate(kind, a, b))
        return self.inputs + len(self.gates) - 1

    def half_adder(self, a: Wire, b: Wire) -> tuple[Wire, Wire]:
        """Add two bits: sum and carry."""
        return self.gate("XOR", a, b), self.gate("AND", a, b)

    def full_adder(self, a: Wire, b: Wire, carry: Wire) -> tuple[Wire, Wire]:
        """Add three bits by two half adders: sum and carry. At most one of the two carries, so OR joins them."""
        first, carry_1 = self.half_adder(a, b)
        total, carry_2 = self.half_adder(first, carry)
        return total, self.gate("OR", carry_1, carry_2)

    def add(self, a: Sequence[Wire], b: Sequence[Wire]) -> tuple[list[Wire], list[Wire]]:
        """Add two numbers, lowest bit first, place by place as on paper; one may be longer.

        Gives the sum's wires, one more than the longer number has, and the carry that leaves each place.
        """
        long, short = (a, b) if len(a) >= len(b) else (b, a)
        total, carry = self.half_adder(long[0], short[0])
        sums, carries = [total], [carry]
        for place in range(1, len(long)):
            if place < len(short):
                total, carry = self.full_adder(long[place], short[place], carry)
            else:
                total, carry = self.half_adder(long[place], carry)
            sums.append(total)
            carries.append(carry)
        return [*sums, carry], carries

    def multiply(self, a: Sequence[Wire], b: Sequence[Wire]) -> tuple[list[Wire], list[list[Wire]]]:
        """Multiply two numbers as on paper: a row of ANDs for each bit of `b`, and each row added to those before.

        Gives the product's wires, as many as both numbers have together, and the rows.
        """
        rows = [[self.gate("AND", bit, row_bit) for bit in a] for row_bit in b]
        product, rest = rows[0][:1], rows[0][1:]
        for row in rows[1:]:
            (lowest, *rest), _ = self.add(row, rest)
            product.append(lowest)
        return product + rest, rows


@dataclass(frozen=True)
class Adder:
    """A network that adds: its inputs are the bits of both numbers, and `carries` leave each place."""

    network: Network
    carries: tuple[Wire, ...]


@dataclass(frozen=True)
class Multiplier:
    """A network that multiplies: `rows` are the products with each bit of the second number."""

    network: Network
    rows: tuple[tuple[Wire, ...], ...]


def adder(bits: int = BITS) -> Adder:
    """A network that adds two numbers of so many bits, the carry rippling from place to place."""
    network = Network(2 * bits)
    network.outputs, carries = network.add(range(bits), range(bits, 2 * bits))
    return Adder(network, tuple(carries))


def multiplier(bits: int = BITS) -> Multiplier:
    """A network that multiplies two numbers of so many bits."""
    network = Network(2 * bits)
    network.outputs, rows = network.multiply(range(bits), range(bits, 2 * bits))
    return Multiplier(network, tuple(map(tuple, rows)))


def multiply_add(bits: int = BITS, sum_bits: int = SUM_BITS) -> Network:
    """A network for one multiply-add: the product of two numbers, added to a sum. Its inputs: both numbers, the sum."""
    network = Network(2 * bits + sum_bits)
    product, _ = network.multiply(range(bits), range(bits, 2 * bits))
    network.outputs, _ = network.add(range(2 * bits, network.inputs), product)
    return network


def evaluate(network: Network, inputs: Sequence[Any]) -> list[Any]:
    """The value of every wire, for inputs that are bits or arrays of bits of one shape.

    Raises:
        ValueError: another number of inputs than the network has.
    """
    if len(inputs) != network.inputs:
        raise ValueError(f"the network has {network.inputs} inputs, got {len(inputs)}")
    wires = list(inputs)
    for gate in network.gates:
        wires.append(GATES[gate.kind](wires[gate.a], wires[gate.b]))
    return wires


def settling(network: Network, inputs: Sequence[int]) -> list[int]:
    """When each wire changes for the last time, in gate delays, after all inputs switch from 0 to `inputs`.

    Every gate takes one delay. Inputs, and wires that never change, are settled at 0.
    """
    now = evaluate(network, [0] * network.inputs)
    settled = [0] * len(now)
    now[: network.inputs] = inputs
    moment = 0
    while True:
        moment += 1
        after = now[: network.inputs] + [GATES[gate.kind](now[gate.a], now[gate.b]) for gate in network.gates]
        changed = [wire for wire, value in enumerate(after) if value != now[wire]]
        if not changed:
            return settled
        for wire in changed:
            settled[wire] = moment
        now = after


def bits_of(number: Any, bits: int = BITS) -> list[Any]:
    """The bits of a whole number, or of an array of them, lowest first."""
    return [number >> place & 1 for place in range(bits)]


def number_of(bits: Sequence[Any]) -> Any:
    """The number that bits stand for, lowest first. Bits of arrays must be of a dtype that holds the number."""
    return sum(bit << place for place, bit in enumerate(bits))


def multiply_adds_per_picture(model: str = "alexnet") -> int:
    """How many multiply-adds one picture takes through a network of `cnn`: one is two FLOP."""
    return sum(layer.flops for layer in _cnn_models.layers(model)) // 2
