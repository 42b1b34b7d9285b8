"""Statistics of batches, when measuring stops, how long a batch is."""

import itertools
import statistics

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from compute.measure import timing
from compute.measure.timing import Effort, Samples, effort

POSITIVE = st.floats(1e-9, 1e3)


@pytest.mark.parametrize(
    ("n", "low", "high"),
    # 1-based ranks of the interval's ends, as in published tables of the sign test.
    [
        *((1, 1, 1), (2, 1, 2), (5, 1, 5), (6, 1, 6), (8, 1, 8), (9, 2, 8), (10, 2, 9), (12, 3, 10), (15, 4, 12)),
        *((20, 6, 15), (25, 8, 18), (30, 10, 21), (50, 18, 33), (100, 40, 61)),
    ],
)
def test_interval_ranks_are_those_of_the_table(n: int, low: int, high: int) -> None:
    values = list(range(n, 0, -1))  # 1 to n, unsorted
    assert timing.median_interval(values) == (low, high)


@pytest.mark.parametrize("n", [6, 10, 20, 51])
def test_interval_holds_the_true_median_at_least_95_times_in_100(n: int) -> None:
    """Of skewed noise, as timings have; 20,000 draws know the coverage to 0.2 %."""
    draws = np.random.default_rng(0).lognormal(0.0, 1.0, (20_000, n))  # its median is 1
    held = sum(low <= 1 <= high for low, high in map(timing.median_interval, draws.tolist()))
    assert 0.945 <= held / 20_000 <= 0.99


@given(st.lists(POSITIVE, min_size=1, max_size=60))
def test_interval_and_quartiles_surround_the_median(values: list[float]) -> None:
    middle = statistics.median(values)
    for low, high in (timing.median_interval(values), timing.quartiles(values)):
        assert min(values) <= low <= middle <= high <= max(values)


@given(st.lists(POSITIVE, min_size=1, max_size=40), st.randoms())
def test_order_does_not_change_the_interval(values: list[float], random: object) -> None:
    shuffled = sorted(values, key=lambda _: random.random())  # type: ignore[attr-defined]
    assert timing.median_interval(shuffled) == timing.median_interval(values)


def test_quartiles_by_hand() -> None:
    assert timing.quartiles([5.0]) == (5.0, 5.0)
    assert timing.quartiles([1, 2, 3, 4, 5]) == (2, 4)
    assert timing.quartiles([4, 3, 2, 1]) == (1.75, 3.25)


def test_drift_by_hand() -> None:
    assert timing.drift([1.0] * 5) == 0.0  # too few for two thirds of two
    assert timing.drift([1, 1, 9, 9, 1.5, 1.5]) == pytest.approx(0.5)
    assert timing.drift([2, 2, 2, 9, 9, 9, 1, 1, 1]) == pytest.approx(-0.5)
    assert timing.drift([1, 1, 50, 1, 1, 1, 1, 1, 1]) == 0.0  # one outlier is no drift


def samples(pairs: list[tuple[float, float]], steps: int = 1) -> Samples:
    found = Samples(steps)
    for single, double in pairs:
        found.add(single, double)
    return found


def test_a_pair_gives_two_times_per_step() -> None:
    found = samples([(3.0, 6.6)], steps=3)
    assert found.all == pytest.approx([1.0, 1.1])
    assert found.spent_s == pytest.approx(9.6)
    # the range is 0.1 wide around the median 1.05
    assert found.half_widths == pytest.approx([0.05 / 1.05])


def test_doubling_is_the_median_of_neighbours() -> None:
    assert timing.doubling(samples([(1, 2), (10, 20), (1, 1)])) == (2, 1, 2)
    # a machine that slows down threefold between pairs does not matter
    ratio, low, high = timing.doubling(samples([(scale, 2 * scale) for scale in (1, 3, 1, 3, 1, 3)]))
    assert (ratio, low, high) == (2, 2, 2)


@given(st.lists(POSITIVE, min_size=1, max_size=30), st.integers(1, 1000))
def test_honest_pairs_double(times: list[float], steps: int) -> None:
    assert timing.doubling(samples([(t, 2 * t) for t in times], steps))[0] == pytest.approx(2)


EFFORT = Effort(warm_s=0, batch_s=0.1, target=0.03, case_s=100.0)


def test_stops_when_the_interval_is_narrow_but_never_before_ten_batches() -> None:
    found = Samples()
    for pairs in range(1, 6):
        found.add(1.0, 2.0)
        assert timing.stop_reason(found, EFFORT) == ("converged" if pairs == 5 else "")


def test_stops_when_the_budget_is_spent_but_never_before_an_interval_exists() -> None:
    found = Samples()
    reasons = []
    for time in (1.0, 2.0, 3.0):
        found.add(50 * time, 200 * time)
        reasons.append(timing.stop_reason(found, EFFORT))
    assert reasons == ["", "", "budget"]


def test_stops_when_more_batches_no_longer_help() -> None:
    found = Samples()
    reasons = []
    for _ in range(24):
        found.add(1.0, 2 * 1.5)  # two values for ever: the interval stays as wide as it is
        reasons.append(timing.stop_reason(found, EFFORT))
    assert reasons == [""] * 23 + ["settled"]


def test_does_not_stop_while_the_interval_still_shrinks() -> None:
    found = samples([(1.0, 3.0)] * 24)
    assert timing.stop_reason(found, EFFORT) == "settled"
    found.half_widths[-8:] = [0.5, 0.45, 0.4, 0.35, 0.3, 0.25, 0.2, 0.15]
    assert timing.stop_reason(found, EFFORT) == ""


@pytest.mark.parametrize("backend", ["cpu", "gpu", "tpu"])
def test_efforts_grow_from_quick_to_full(backend: str) -> None:
    quick, standard, full = (effort(name, backend) for name in ("quick", "standard", "full"))
    assert quick.case_s < standard.case_s < full.case_s
    assert quick.batch_s < standard.batch_s
    assert quick.target > standard.target


def test_an_accelerator_needs_less_for_the_same_interval() -> None:
    for name in ("standard", "full"):
        cpu, gpu = effort(name, "cpu"), effort(name, "gpu")
        assert gpu.target == cpu.target
        assert gpu.batch_s < cpu.batch_s / 2
        fewest = gpu.warm_s + timing.ENOUGH_TO_STOP // 2 * 3 * gpu.batch_s
        assert fewest <= 0.9


@given(
    step_s=st.floats(1e-8, 30.0),
    call_s=st.floats(0.0, 1e-3),
    batch_s=st.sampled_from([0.02, 0.1, 0.5]),
)
def test_calibrated_batches_take_about_as_long_as_wanted(step_s: float, call_s: float, batch_s: float) -> None:
    def batch(steps: int) -> float:
        return call_s + steps * step_s

    steps = timing.calibrate(batch, batch_s)
    assert steps >= 1
    assert steps == 1 or 0.45 * batch_s <= batch(steps) <= 1.6 * batch_s


@given(step_s=st.floats(1e-8, 0.1), batch_s=st.sampled_from([0.02, 0.1, 0.5]))
def test_without_a_cost_per_call_the_length_is_met_to_one_step(step_s: float, batch_s: float) -> None:
    steps = timing.calibrate(lambda steps: steps * step_s, batch_s)
    assert abs(steps * step_s - batch_s) <= max(step_s, 1e-9)


def test_calibration_survives_a_clock_that_sees_nothing_at_first() -> None:
    tried: list[int] = []

    def batch(steps: int) -> float:
        tried.append(steps)
        return 0.0 if steps < 1000 else steps * 1e-5

    assert timing.calibrate(batch, 0.1) == 10_000
    assert all(later <= 16 * earlier for earlier, later in itertools.pairwise(tried))


def test_timed_gives_the_seconds_and_the_value(monkeypatch: pytest.MonkeyPatch) -> None:
    ticks = iter([10.0, 12.5])
    monkeypatch.setattr(timing, "perf_counter", lambda: next(ticks))
    assert timing.timed(lambda: "done") == (2.5, "done")
