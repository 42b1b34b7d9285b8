"""Each way to a verdict, by hand."""

import math
from typing import Any

import pytest

from compute.measure.conditions import Conditions
from compute.measure.proof import Proof
from compute.measure.timing import Samples
from compute.measure.verdict import explain, judge
from compute.workloads import Check
from tests.samples import sample_row

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


def test_devices_that_share_nothing_are_invalid() -> None:
    verdict = judge(STEADY, RIGHT, 1e9, None, proof=Proof(1, 1, 1, collectives=0))
    assert verdict.name == "invalid"
    assert "nothing by which its devices share" in verdict.reason
    assert judge(STEADY, RIGHT, 1e9, None, proof=Proof(1, 1, 1, collectives=2)).name == "steady"


def test_what_devices_share_is_told() -> None:
    said = " ".join(explain(sample_row(devices=4, collectives=1)))
    assert "Its 4 devices share what they compute: the compiled program holds 1 collective operation." in said
    assert "devices share" not in " ".join(explain(sample_row()))


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


# --- what disturbed it --------------------------------------------------------------------------------------


class Disturbed(Conditions):
    """Conditions as they were seen."""

    def __init__(self, steal: float | None, throttle: str | None, others: int | None = None) -> None:
        self._seen = steal, throttle
        self._others = others

    @property
    def steal(self) -> float | None:
        return self._seen[0]

    @property
    def throttle(self) -> str | None:
        return self._seen[1]


def test_stolen_time_and_lowered_clocks_are_remarks() -> None:
    judged = judge(STEADY, RIGHT, 1e9, None, conditions=Disturbed(0.05, "power limit"))
    assert (judged.name, judged.reason) == (
        "steady",
        "The hypervisor gave 5% of the CPU time to others while it was measured. "
        "The device lowered its clock while it was measured: power limit.",
    )


@pytest.mark.parametrize(("others", "who"), [(1, "Another program"), (3, "3 other programs")])
def test_a_gpu_that_others_use_is_a_remark(others: int, who: str) -> None:
    judged = judge(STEADY, RIGHT, 1e9, None, conditions=Disturbed(None, None, others))
    assert judged.reason == f"{who} used the GPU while it was measured."
    assert judge(STEADY, RIGHT, 1e9, None, conditions=Disturbed(None, None, 0)).reason == ""


@pytest.mark.parametrize(("steal", "throttle"), [(0.02, "none"), (0.0, None), (None, None)])
def test_what_is_undisturbed_or_unknown_is_no_remark(steal: float | None, throttle: str | None) -> None:
    assert judge(STEADY, RIGHT, 1e9, None, conditions=Disturbed(steal, throttle)).reason == ""


# --- missing work -------------------------------------------------------------------------------------------


def test_a_program_without_its_products_is_invalid() -> None:
    judged = judge(STEADY, RIGHT, 1e9, None, proof=Proof(found=3, expected=4, required=4))
    assert judged.name == "invalid"
    assert judged.reason.startswith("The compiled program holds 3 of the 4 matrix products and convolutions")


@pytest.mark.parametrize(
    "proof", [Proof(4, 4, 4), Proof(5, 4, 4), Proof(3, 4, 3), Proof(0, 4, None)], ids=["all", "more", "vector", "loop"]
)
def test_a_count_that_proves_nothing_is_not_held_against_it(proof: Proof) -> None:
    assert judge(STEADY, RIGHT, 1e9, None, proof=proof) == judge(STEADY, RIGHT, 1e9, None)


# --- in words -----------------------------------------------------------------------------------------------

PROVEN = {
    "products": 1, "products_expected": 1, "doubling": 2.0, "steal": 0.004, "throttle": "none", "fingerprint": 2.9e-7,
    "arithmetic": "fp32", "check_error": 2.9e-7, "check_limit": 3.2e-6, "peak_flop_per_s": 1e12, "flop_per_s": 5e11,
}  # fmt: skip


def test_a_steady_row_tells_what_it_rests_on() -> None:
    assert explain(sample_row(**PROVEN)) == [
        "Steady: the batches agree, so the number can be used.",
        "Its answer is right: compared with one computed independently it is off by 2.9e-07, and this label allows "
        "3.2e-06 (relative errors).",
        "The arithmetic that ran is the fp32 of the label: its error against float64, 2.9e-07, is its fingerprint "
        "(fp32 lies between 1e-11 and 3e-06).",
        "The compiled program holds the matrix product or convolution of a step.",
        "Twice the steps took 2.00 times as long (1.8 to 2.2 is allowed), so every step is really run.",
        "It runs at 50.0% of the dense peak of the data sheet, 1.00 TFLOP/s; above 102% is impossible.",
        "12 batches of 4 and 8 steps were timed until the interval of the median was narrow enough; the 95 % interval "
        "of the median is ±1.0% wide.",
        "It did not slow down on the way, the hypervisor gave 0.4% of the CPU time to others, the clock was not "
        "lowered.",
        "One process measured it: how much a fresh start would change the number is not known.",
    ]


def test_an_invalid_row_says_why() -> None:
    told = explain(
        sample_row(verdict="invalid", reason="Faster than the chip can be.", products=0, products_expected=2)
    )
    assert told[0].startswith("Invalid: ")
    assert told[0].endswith("Faster than the chip can be.")
    assert "The compiled program holds 0 matrix products and convolutions for the 2 of a step." in told


def test_a_row_that_was_not_measured_gives_its_reason() -> None:
    row = sample_row(status="skipped", reason="This CPU has no fp8.", verdict=None, median_s=None, flop_per_s=None)
    assert explain(row) == ["This CPU has no fp8."]


@pytest.mark.parametrize(
    ("changes", "sentence"),
    [
        ({"dtype": "default", "arithmetic": "tf32"}, "what one gets by default here is tf32."),
        ({"dtype": "fp32", "arithmetic": "tf32"}, "The label says fp32, the arithmetic that ran is tf32."),
        ({"products": 3, "products_expected": 4}, "a product with a vector may become multiplications and a sum"),
        ({"products": 5, "products_expected": 4}, "the compiler split some."),
        ({"processes": 3, "process_spread": 0.012}, "their medians lie within 1.2% of each other."),
        ({"throttle": "power limit"}, "the clock was lowered (power limit)."),
        ({"drift": 0.08}, "It got 8% slower on the way"),
        ({"stop": "budget"}, "until the time for this case was over"),
        ({"doubling": 1.5}, "which should not be."),
        ({"check_error": 1.0}, "Its answer is wrong"),
        ({"peak_flop_per_s": None}, "is not known, so the rate was not held against it."),
    ],
)
def test_what_a_row_tells(changes: dict[str, Any], sentence: str) -> None:
    told = explain(sample_row(**(PROVEN | {"fingerprint": None} | changes)))
    assert any(sentence in part for part in told), told


def test_nothing_is_made_up_for_a_row_that_says_little() -> None:
    row = {"status": "measured", "verdict": "steady"}
    assert explain(row) == ["Steady: the batches agree, so the number can be used."]
    assert explain(row | dict.fromkeys(PROVEN, math.nan) | {"reason": math.nan}) == explain(row)
