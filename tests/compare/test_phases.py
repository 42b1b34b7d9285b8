"""Zeros against random numbers in words."""

from compute.compare import phases

TOLD = [
    {"data": "random", "flop_per_s": 680e12, "power_w": 698.0, "clock_mhz": 1500.0, "energy_j": 4188.0},
    {"data": "zeros", "flop_per_s": 816e12, "power_w": 349.0, "clock_mhz": 1980.0},
    {"data": "random", "flop_per_s": 680e12, "power_w": 698.0, "clock_mhz": 1500.0},
]


def test_the_differences_are_told_with_both_figures() -> None:
    power, rate, clock = phases.answers(TOLD)
    assert (power.value, power.detail) == ("-50% on zeros", "349 W on zeros, 698 W on random numbers")
    assert (rate.value, rate.detail) == ("+20% on zeros", "816 TFLOP/s on zeros, 680 TFLOP/s on random numbers")
    assert clock.detail == "1.98 GHz on zeros, 1.50 GHz on random numbers"


def test_before_both_are_measured_there_is_no_answer() -> None:
    assert phases.answers(TOLD[:1]) == []
    assert phases.answers([]) == []


def test_what_was_not_told_is_unknown() -> None:
    assert [line["energy"] for line in phases.table(TOLD)] == ["4.19 kJ", "unknown", "unknown"]
    assert phases.lines(TOLD)[0] == "random, 680 TFLOP/s, 698 W, 1.50 GHz, 4.19 kJ"
