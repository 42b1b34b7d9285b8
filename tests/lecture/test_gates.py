"""Gates against truth tables, and adders and multipliers against Python's and NumPy's own arithmetic."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from compute.lecture import gates

PAIRS = np.indices((256, 256), dtype=np.int64).reshape(2, -1)


@pytest.mark.parametrize(
    ("kind", "answers"),
    [("AND", [0, 0, 0, 1]), ("OR", [0, 1, 1, 1]), ("XOR", [0, 1, 1, 0]), ("NAND", [1, 1, 1, 0])],
)
def test_a_gate_answers_as_its_truth_table_says(kind: str, answers: list[int]) -> None:
    assert [gates.GATES[kind](a, b) for a in (0, 1) for b in (0, 1)] == answers


def test_every_gate_has_a_meaning_in_words() -> None:
    assert gates.MEANING.keys() == gates.GATES.keys()


def test_a_half_adder_and_a_full_adder_count_their_ones() -> None:
    for a, b, c in np.ndindex(2, 2, 2):
        half, full = gates.Network(2), gates.Network(3)
        half.outputs, full.outputs = list(half.half_adder(0, 1)), list(full.full_adder(0, 1, 2))
        assert result(half, [a, b]) == a + b
        assert result(full, [a, b, c]) == a + b + c


def test_the_adder_adds_all_65536_pairs() -> None:
    assert (of_all_pairs(gates.adder().network) == PAIRS[0] + PAIRS[1]).all()


def test_the_multiplier_multiplies_all_65536_pairs() -> None:
    assert (of_all_pairs(gates.multiplier().network) == PAIRS[0] * PAIRS[1]).all()


@pytest.mark.parametrize(("a", "b"), [(0, 0), (1, 255), (77, 58), (255, 255), (170, 85)])
def test_one_pair_at_a_time_gives_the_same_on_every_wire_as_all_at_once(a: int, b: int) -> None:
    for network in (gates.adder().network, gates.multiplier().network):
        one = gates.evaluate(network, gates.bits_of(a) + gates.bits_of(b))
        everything = gates.evaluate(network, gates.bits_of(PAIRS[0]) + gates.bits_of(PAIRS[1]))
        assert one == [wire[256 * a + b] for wire in everything]


@given(st.integers(0, 255), st.integers(0, 255), st.integers(0, 2**32 - 1))
@settings(max_examples=50)
def test_the_multiply_add_multiplies_and_adds(a: int, b: int, total: int) -> None:
    network = gates.multiply_add()
    assert result(network, gates.bits_of(a) + gates.bits_of(b) + gates.bits_of(total, 32)) == a * b + total


@given(st.data(), st.integers(2, 6))
@settings(max_examples=50)
def test_other_widths_work_too(data: st.DataObject, bits: int) -> None:
    a, b = (data.draw(st.integers(0, 2**bits - 1)) for _ in range(2))
    inputs = gates.bits_of(a, bits) + gates.bits_of(b, bits)
    assert result(gates.adder(bits).network, inputs) == a + b
    assert result(gates.multiplier(bits).network, inputs) == a * b


def test_gates_are_counted_as_by_hand() -> None:
    # A half adder has 2 gates, a full adder 5. 8 bits: one half adder, seven full adders.
    assert len(gates.adder().network.gates) == 2 + 7 * 5
    # n² ANDs, n half adders and n (n - 2) full adders.
    assert len(gates.multiplier().network.gates) == 64 + 8 * 2 + 48 * 5 == 320
    # The 16 bits of the product meet 32: a half adder, 15 full adders, and the carry through 16 more places.
    assert len(gates.multiply_add().gates) == 320 + 2 + 15 * 5 + 16 * 2 == 429


def test_the_carry_takes_two_delays_a_place_when_it_runs_through_all() -> None:
    adder = gates.adder()
    settled = gates.settling(adder.network, gates.bits_of(255) + gates.bits_of(1))
    # The AND of place 0 after 1 delay; then in each place an AND and an OR.
    assert [settled[wire] for wire in adder.carries] == [1, 3, 5, 7, 9, 11, 13, 15]


def test_wires_settle_at_the_value_they_are_evaluated_to() -> None:
    quiet = gates.settling(gates.adder().network, [0] * 16)
    assert set(quiet) == {0}
    # 1 + 2: no carry anywhere, each sum after one or two XORs.
    settled = gates.settling(gates.adder().network, gates.bits_of(1) + gates.bits_of(2))
    assert max(settled) == 2


def test_a_wrong_number_of_inputs_is_refused() -> None:
    with pytest.raises(ValueError, match="16 inputs, got 2"):
        gates.evaluate(gates.adder().network, [0, 1])


def test_a_picture_takes_so_many_multiply_adds() -> None:
    # AlexNet as one tower, layer by layer: outputs x window x channels in; then the three dense layers.
    convolutions = (
        55 * 55 * 64 * 11 * 11 * 3 + 27 * 27 * 192 * 5 * 5 * 64 + 13 * 13 * 9 * (384 * 192 + 256 * 384 + 256 * 256)
    )
    dense = 9216 * 4096 + 4096 * 4096 + 4096 * 1000
    assert gates.multiply_adds_per_picture() == convolutions + dense


def of_all_pairs(network: gates.Network) -> np.ndarray:
    wires = gates.evaluate(network, gates.bits_of(PAIRS[0]) + gates.bits_of(PAIRS[1]))
    return np.asarray(gates.number_of([wires[wire] for wire in network.outputs]))


def result(network: gates.Network, inputs: list[int]) -> int:
    wires = gates.evaluate(network, inputs)
    return int(gates.number_of([wires[wire] for wire in network.outputs]))
