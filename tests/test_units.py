"""Numbers for people must keep their value, their digits and their honesty about what is unknown."""

import math
import re

import pytest
from hypothesis import given
from hypothesis import strategies as st

from compute import units

UNKNOWNS = [None, math.nan, math.inf, -math.inf]


@pytest.mark.parametrize(
    ("value", "unit", "expected"),
    [
        (1.234e12, "FLOP/s", "1.23 TFLOP/s"),
        (999.9, "FLOP/s", "1.00 kFLOP/s"),
        (999.4, "FLOP/s", "999 FLOP/s"),
        (64, "image/s", "64.0 image/s"),
        (0, "FLOP/s", "0 FLOP/s"),
        (-1.5e-6, "s", "-1.50 µs"),
        (1e15, "FLOP", "1.00 PFLOP"),
        (5e30, "FLOP", "5,000,000 YFLOP"),
        (1.5e3, "", "1.50 k"),
    ],
)
def test_si(value: float, unit: str, expected: str) -> None:
    assert units.si(value, unit) == expected


def test_si_shows_no_more_digits_than_asked() -> None:
    assert units.si(1.234e12, "FLOP/s", digits=2) == "1.2 TFLOP/s"
    assert units.si(1.234e12, "FLOP/s", digits=1) == "1 TFLOP/s"


@pytest.mark.parametrize("unknown", UNKNOWNS)
def test_unknown_is_never_zero(unknown: float | None) -> None:
    texts = [
        units.si(unknown, "s"),
        units.seconds(unknown),
        units.duration(unknown),
        units.money(unknown),
        units.count(unknown),
        units.gib(unknown),
    ]
    assert texts == ["unknown"] * len(texts)


@given(st.floats(min_value=1e-17, max_value=1e26))
def test_si_can_be_read_back_within_three_digits(value: float) -> None:
    number, _, symbol = units.si(value, "").partition(" ")
    powers = dict(zip("afpnµmkMGTPEZY", [*range(-18, 0, 3), *range(3, 25, 3)], strict=True)) | {"": 0}
    assert float(number.replace(",", "")) * 10.0 ** powers[symbol] == pytest.approx(value, rel=0.0051)


@given(st.floats(min_value=1e-18, max_value=9.99e26))
def test_prefix_leaves_one_to_three_digits_before_the_point(value: float) -> None:
    factor, _ = units.prefix(value)
    assert 0.999 <= value / factor < 1000


@pytest.mark.parametrize(
    ("value", "expected"),
    [(0.0123, "12.3 ms"), (1.5, "1.50 s"), (1.23e-6, "1.23 µs"), (119, "119 s"), (125, "2 min 5 s")],
)
def test_seconds(value: float, expected: str) -> None:
    assert units.seconds(value) == expected


@pytest.mark.parametrize(
    ("value", "expected"),
    [
        (0, "0 s"),
        (0.2, "under 1 s"),
        (59.7, "1 min"),
        (125, "2 min 5 s"),
        (3599.6, "1 h"),
        (12000, "3 h 20 min"),
        (86399, "1 day"),
        (2 * 86400 + 3 * 3600, "2 days 3 h"),
    ],
)
def test_duration(value: float, expected: str) -> None:
    assert units.duration(value) == expected


def test_a_negative_duration_is_a_mistake() -> None:
    with pytest.raises(ValueError, match="negative"):
        units.duration(-1)


@given(st.floats(min_value=0.5, max_value=1e8))
def test_duration_can_be_read_back(value: float) -> None:
    sizes = {"s": 1, "min": 60, "h": 3600, "day": 86400, "days": 86400}
    parts = re.findall(r"(\d+) (\w+)", units.duration(value))
    assert 1 <= len(parts) <= 2
    total = sum(int(number) * sizes[unit] for number, unit in parts)
    assert abs(total - value) <= (0.5 if value < 3590 else 30 if value < 86300 else 1800)


@pytest.mark.parametrize(
    ("usd", "expected"),
    [
        (0, "free"),
        (0.53, "$0.53"),
        (0.1, "$0.10"),
        (0.1069, "$0.107"),
        (0.0021, "$0.0021"),
        (0.008, "$0.008"),
        (0.9996, "$1.00"),
        (3.673, "$3.67"),
        (98.32, "$98.32"),
        (1234.5, "$1,234"),
        (999.999, "$1,000"),
        (2.5e-7, "under $0.000001"),
        (-3, "-$3.00"),
    ],
)
def test_money(usd: float, expected: str) -> None:
    assert units.money(usd) == expected


@given(st.floats(min_value=1e-6, max_value=1e9))
def test_money_can_be_read_back(usd: float) -> None:
    assert float(units.money(usd).replace("$", "").replace(",", "")) == pytest.approx(usd, rel=0.0051)


@pytest.mark.parametrize(
    ("value", "expected"),
    [
        (0, "0"),
        (12345, "12,345"),
        (61_100_840, "61.1 million"),
        (999_999, "1.00 million"),
        (1.4e9, "1.40 billion"),
    ],
)
def test_count(value: float, expected: str) -> None:
    assert units.count(value) == expected


@pytest.mark.parametrize(
    ("value", "expected"),
    [
        (0, "0 B"),
        (512, "512 B"),
        (690 * 2**20, "690 MiB"),
        (1.5 * 2**30, "1.50 GiB"),
        (2**30 - 1, "1.00 GiB"),
        (2000 * 2**30, "2,000 GiB"),
    ],
)
def test_gib(value: float, expected: str) -> None:
    assert units.gib(value) == expected
