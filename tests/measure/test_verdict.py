"""Each way to a verdict, by hand."""

import math

import pytest

from compute.measure.timing import Samples
from compute.measure.verdict import judge
from compute.workloads import Check

RIGHT = Check(error=1e-7, limit=1e-6, arithmetic="fp32", fingerprint=1e-7)


def samples(pairs: list[tuple[float, float]]) -> Samples:
    found = Samples()
    for single, double in pairs:
        found.add(single, double)
    return found


def spread(relative: float, pairs: int = 8) -> Samples:
    """Pairs that double exactly; half of them take ``relative`` longer than the other half."""
    return samples([(t, 2 * t) for t in (1.0, 1 + relative) for _ in range(pairs // 2)][::-1])


STEADY = samples([(1.0, 2.0)] * 8)


def test_steady_needs_no_reason() -> None:
    assert judge(STEADY, RIGHT, 1e9, None) == judge(STEADY, RIGHT, 1e9, 1e9)
    verdict = judge(STEADY, RIGHT, 1e9, None)
    assert (verdict.name, verdict.reason) == ("steady", "")


@pytest.mark.parametrize(("relative", "name"), [(0.05, "steady"), (0.2, "noisy"), (0.5, "unstable")])
def test_spread_of_the_middle_half_decides(relative: float, name: str) -> None:
    verdict = judge(spread(relative), RIGHT, 1e9, None)
    assert verdict.name == name
    if name != "steady":
        percent = f"{relative / (1 + relative / 2):.0%}"
        assert f"The middle half of the batches spreads over {percent} of the median." in verdict.reason


def test_outliers_beyond_the_middle_half_are_forgiven() -> None:
    assert judge(samples([(1.0, 2.0)] * 9 + [(5.0, 10.0)]), RIGHT, 1e9, None).name == "steady"


def test_few_batches_are_noisy_and_say_so() -> None:
    verdict = judge(samples([(1.0, 2.0)] * 2), RIGHT, 1e9, None)
    assert verdict.name == "noisy"
    assert verdict.reason == "Only 4 batches fitted into the time: the interval is their range."


@pytest.mark.parametrize("error", [1.1e-6, 0.5, math.inf, math.nan])
def test_a_wrong_answer_is_invalid(error: float) -> None:
    verdict = judge(STEADY, Check(error, 1e-6, "wrong", error), 1e9, None)
    assert verdict.name == "invalid"
    assert verdict.reason.startswith("Not what the label says: the answer is off by")
    assert verdict.reason.endswith("the arithmetic that ran looks like wrong.")


def test_another_arithmetic_is_invalid_and_named() -> None:
    verdict = judge(STEADY, Check(2.9e-4, 3.2e-6, "tf32", 2.9e-4), 1e9, None)
    assert verdict.name == "invalid"
    assert "off by 2.9e-04, more than the 3.2e-06 that this label allows" in verdict.reason
    assert "tf32" in verdict.reason


def test_what_was_compared_is_said() -> None:
    check = Check(0.3, 0.05, "wrong", 1e-7, "gradient against a finite difference")
    assert "gradient against a finite difference" in judge(STEADY, check, 1e9, None).reason


def test_an_error_at_its_limit_is_allowed() -> None:
    assert judge(STEADY, Check(1e-6, 1e-6), 1e9, None).name == "steady"


@pytest.mark.parametrize(("rate", "name"), [(1.0, "steady"), (1.02, "steady"), (1.021, "invalid"), (57, "invalid")])
def test_nothing_is_faster_than_the_peak(rate: float, name: str) -> None:
    verdict = judge(STEADY, RIGHT, rate * 1e12, 1e12)
    assert verdict.name == name
    assert not verdict.reason or verdict.reason == f"Faster than the chip can be: {rate:.2f} times its dense peak."


def test_a_shorter_algorithm_may_pass_the_peak_and_says_so() -> None:
    """Winograd's convolutions need down to 1 / 2.25 of the multiplications that the layer counts."""
    assert judge(STEADY, RIGHT, 2.3 * 1e12, 1e12, shortcut=2.25).name == "invalid"
    verdict = judge(STEADY, RIGHT, 1.05 * 1e12, 1e12, shortcut=2.25)
    assert verdict.name == "steady"
    assert verdict.reason.startswith("1.05 times the dense peak: ")
    assert judge(STEADY, RIGHT, 1.01 * 1e12, 1e12, shortcut=2.25).reason == ""


def test_an_unknown_peak_forbids_nothing() -> None:
    assert judge(STEADY, RIGHT, 1e30, None).name == "steady"


@pytest.mark.parametrize("ratio", [1.0, 1.1, 1.7, 2.3, 4.0])
def test_twice_the_steps_must_take_twice_as_long(ratio: float) -> None:
    verdict = judge(samples([(1.0, ratio)] * 6), RIGHT, 1e9, None)
    assert verdict.name == "invalid"
    assert verdict.reason == (
        f"Twice the steps took {ratio:.2f} times as long, so some of the work was not done every time."
    )


@pytest.mark.parametrize("ratio", [1.81, 2.0, 2.19])
def test_about_twice_is_good_enough(ratio: float) -> None:
    assert judge(samples([(1.0, ratio)] * 6), RIGHT, 1e9, None).name in ("steady", "noisy")


@pytest.mark.parametrize("pairs", [1, 3, 5])
def test_too_few_pairs_off_the_ratio_are_unstable_only(pairs: int) -> None:
    verdict = judge(samples([(1.0, 1.2)] * pairs), RIGHT, 1e9, None)
    assert verdict.name == "unstable"
    assert "Twice the steps took 1.20 times as long, within the noise." in verdict.reason


def test_noise_that_reaches_into_the_band_is_no_proof() -> None:
    verdict = judge(samples([(1.0, 1.7)] * 5 + [(1.0, 2.0)] * 3), RIGHT, 1e9, None)
    assert verdict.name == "unstable"
    assert "1.70 times" in verdict.reason


def test_getting_slower_is_said_and_forgiven() -> None:
    verdict = judge(samples([(t, 2 * t) for t in (1.0, 1.0, 1.0, 1.02, 1.05, 1.05, 1.05)]), RIGHT, 1e9, None)
    assert verdict.name == "steady"
    assert verdict.reason == "It got 5% slower while it was measured: heat, or a neighbour."


def test_every_remark_is_made() -> None:
    found = samples([(1.0, 1.2), (2.0, 2.4)])
    reason = judge(found, RIGHT, 1e9, None).reason
    assert "Only 4 batches" in reason
    assert "middle half" in reason
    assert "1.20 times" in reason
