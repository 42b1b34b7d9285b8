"""The serial chain: its first numbers by hand, its count, and what its check notices."""

import numpy as np
import pytest

from compute.workloads import Case, serial
from tests.measure import engine

CASE = Case("serial", "chain", "uint32", 200)


@pytest.mark.parametrize(
    ("x", "following"),
    [
        (1, 3 << 5),  # 1 x 3
        (0x10000, 0x10000 << 5),  # 2^16 (2^17 + 1) = 2^33 + 2^16, of which 32 bits keep 2^16
        (0x80000000, 0x10),  # 2^31 (2^32 + 1) keeps 2^31, which five bits turn into 2^4
    ],
)
def test_the_next_number_by_hand(x: int, following: int) -> None:
    assert serial.walked(x, 1) == following
    assert serial.following(np.array([x], np.uint32)).tolist() == [following]


def test_amounts() -> None:
    assert serial.operations(CASE) == 4 * 200
    assert serial.WORKLOAD.bytes(CASE) == 8
    assert serial.WORKLOAD.items(CASE) == 200


@pytest.mark.parametrize("size", [64, 200])  # a whole number of turns, and some more
def test_the_check_passes_and_a_chain_goes_on(size: int) -> None:
    case = Case("serial", "chain", "uint32", size)
    program, compiled = engine.program(case), engine.compiled_loop(case, 1)
    nothing = program.fixed()
    check, after = program.check(compiled, nothing, program.state(nothing))
    assert check.error == check.limit == 0
    assert int(compiled(nothing, after)) == serial.walked(serial._FIRST, 2 * size)


def test_a_chain_that_is_one_short_is_found() -> None:
    program = engine.program(CASE)
    check, _ = program.check(lambda _, x: np.uint32(serial.walked(int(x), 199)), None, program.state(None))
    assert not check.error <= check.limit


def test_it_does_not_fall_into_a_short_circle() -> None:
    seen, x = set(), serial._FIRST
    for _ in range(10_000):
        x = serial.walked(x, 1)
        seen.add(x)
    assert len(seen) == 10_000
