"""A room of machines: sums, places and spreads, each checked by hand."""

from typing import Any

import pytest

from compute.compare import room
from compute.compare.room import Race
from compute.results import Row
from tests.samples import limit_rows, sample_row, sample_rows

SQUARE = Race("matmul", "square", "fp32")


def machine(number: int, tflops: float, **changes: Any) -> Row:
    """A row of another run: 1024 x 1024 fp32 at so many TFLOP/s; the quartiles are 2 % of the median apart."""
    median = 2 * 1024**3 / (tflops * 1e12)
    times = {"ci_low_s": 0.99, "ci_high_s": 1.01, "q1_s": 0.99, "q3_s": 1.01, "min_s": 0.97, "median_s": 1.0}
    row = sample_row(run_id=f"run-{number}", label=None, flop_per_s=tflops * 1e12, items_per_s=1 / median)
    return row | {name: factor * median for name, factor in times.items()} | changes


# --- machines ---------------------------------------------------------------------------------------------------------


def test_a_run_is_a_machine() -> None:
    found = room.machines(sample_rows())
    assert [(one.device, one.label, one.accelerated) for one in found] == [
        ("Example CPU, 2 cores", "test data", False),
        ("Example GPU", "test data", True),
    ]


def test_a_label_on_the_same_machine_counts_once() -> None:
    again = [machine(1, 0.1, label="Anna"), machine(2, 0.2, label="Anna")]
    assert len(room.machines(again)) == 1
    assert len(room.machines([again[0], again[1] | {"label": "Ben"}])) == 2
    assert len(room.machines([again[0], again[1] | {"cpu_count": 4.0}])) == 2
    assert len(room.machines([row | {"label": None} for row in again])) == 2
    assert room.ranking(room.machines(again), SQUARE)["rate"].tolist() == pytest.approx([0.2e12])


def test_a_machine_whose_rows_are_the_same_is_taken_as_it_was() -> None:
    anna, ben = machine(1, 1.0, label="Anna"), machine(2, 2.0, label="Ben")
    before = room.machines([anna, ben])
    again = machine(3, 4.0, label="Ben")
    carl = machine(4, 8.0, label="Carl")
    found = room.machines([anna, ben, again, carl], before)
    assert found == room.machines([anna, ben, again, carl])
    assert [one in map(id, before) for one in map(id, found)] == [True, False, False]
    changed = anna | {"verdict": "invalid"}
    assert room.machines([changed, ben], before) == room.machines([changed, ben])


@pytest.mark.parametrize(
    "changes",
    [
        {"verdict": "invalid"},
        {"status": "skipped", "median_s": None},
        {"mode": "call"},
        {"arithmetic": "tf32"},
    ],
)
def test_what_cannot_be_compared_counts_for_nothing(changes: dict[str, Any]) -> None:
    [found] = room.machines([machine(1, 1.0, **changes)])
    assert not found.rates


def test_a_triad_counts_only_beyond_the_caches() -> None:
    found = room.machines(limit_rows())
    race = Race("bandwidth", "triad", "fp32")
    assert room.sizes(found, race) == [2**26, 2**27]  # 805 MB and 1.6 GB; 2**24 elements are 201 MB
    assert room.ranking(found, race)["rate"].tolist() == pytest.approx([20e9])


# --- races ------------------------------------------------------------------------------------------------------------


def test_the_product_in_fp32_comes_first_unless_few_have_it() -> None:
    found = room.races(room.machines([*sample_rows(), machine(1, 1.0)]))
    assert next(iter(found)) == SQUARE
    assert found[SQUARE] == 3
    assert found[Race("cnn", "alexnet training", "fp32")] == 2
    bf16 = [machine(number, 1.0, dtype="bf16", arithmetic="bf16") for number in (1, 2, 3)]
    assert next(iter(room.races(room.machines([machine(4, 1.0), *bf16])))) == Race("matmul", "square", "bf16")
    assert next(iter(room.races(room.machines([machine(4, 1.0), *bf16[:2]])))) == SQUARE


@pytest.mark.parametrize(
    ("race", "words", "unit"),
    [
        (SQUARE, "Matrix product, fp32", "FLOP/s"),
        (Race("matmul", "square", "int8"), "Matrix product, int8", "OP/s"),
        (Race("cnn", "alexnet training", "bf16"), "AlexNet, training, bf16", "images/s"),
        (Race("bandwidth", "triad", "fp32"), "Memory bandwidth, fp32", "B/s"),
        (Race("sorting", "quick", "int8"), "sorting quick, int8", "OP/s"),
    ],
)
def test_a_race_has_a_name_and_a_unit(race: Race, words: str, unit: str) -> None:
    assert str(race) == words
    assert race.unit == unit


def test_the_shape_that_a_search_found_runs_with_the_squares() -> None:
    ranking = room.ranking(room.machines(limit_rows()), Race("matmul", "square", "int8"))
    assert ranking["rate"].tolist() == pytest.approx([400e9])  # the search; the best square has 380


# --- ranking ----------------------------------------------------------------------------------------------------------


def test_the_fastest_is_first_with_its_interval_and_its_own_noise() -> None:
    ranking = room.ranking(room.machines([machine(1, 1.0), machine(2, 4.0), machine(3, 2.0)]), SQUARE)
    assert ranking["place"].tolist() == [1, 2, 3]
    assert ranking["rate"].tolist() == pytest.approx([4e12, 2e12, 1e12])
    assert ranking["low"].tolist() == pytest.approx([4e12 / 1.01, 2e12 / 1.01, 1e12 / 1.01])
    assert ranking["within"].tolist() == pytest.approx([0.02] * 3)  # (1.01 - 0.99) / 1


def test_one_size_alone_can_be_ranked() -> None:
    found = room.machines(sample_rows())
    assert room.sizes(found, SQUARE) == [64, 512, 1024, 2048]
    assert len(room.ranking(found, SQUARE, 1024)) == 2
    assert len(room.ranking(found, SQUARE, 2048)) == 1  # the CPU's is invalid
    assert room.ranking(found, SQUARE, 4096).empty


def test_the_places_name_people_where_they_gave_a_name() -> None:
    rows = [machine(1, 1.0, label="Anna"), machine(2, 4.0)]
    table = room.places(room.ranking(room.machines(rows), SQUARE), SQUARE)
    assert table.to_dict("list") == {
        "Place": [1, 2],
        "Rate": ["4.00 TFLOP/s", "1.00 TFLOP/s"],
        "Who": ["Example CPU, 2 cores", "Anna"],
        "Verdict": ["steady", "steady"],
        "Machine": ["Example CPU, 2 cores"] * 2,
    }


def test_what_stands_apart_has_its_reason_and_invalid_results_come_first() -> None:
    skipped = machine(1, 1.0, status="skipped", median_s=None, case="b")
    table = room.apart([(skipped, "Skipped: no room."), (machine(2, 1.0, verdict="invalid", case="a"), "Invalid.")])
    assert table["Case"].tolist() == ["a, stream", "b, stream"]
    assert table["Why"].tolist() == ["Invalid.", "Skipped: no room."]


# --- the sum ----------------------------------------------------------------------------------------------------------


def test_the_sum_is_of_each_machines_best_product() -> None:
    # 2 x 1024^3 / 0.01 s = 0.2147 TFLOP/s and 2 x 2048^3 / 0.8 ms = 21.47 TFLOP/s: 21.69 together.
    # An A100 has 19.5 TFLOP/s in fp32; the next ones, an RTX A5000 and an L4, have 27.8 and 30.3.
    summed = room.together(room.machines(sample_rows()))
    assert (summed.machines, summed.cores, summed.accelerators, summed.counted) == (2, 10, 1, 2)
    assert summed.flop_per_s == pytest.approx(2.147483648e11 + 2.147483648e13)
    assert summed.chip
    assert summed.chip.fp32_tflops == 19.5
    assert summed.times == pytest.approx(21.689 / 19.5, rel=1e-4)
    assert room.sentence(summed) == (
        "This room has 2 machines, 10 CPU cores, 1 accelerator and 21.7 TFLOP/s: together you are one "
        "NVIDIA A100 SXM4 40GB."
    )
    assert "every machine's best matrix product in fp32" in room.basis(summed)
    assert "peak of 19.5 TFLOP/s in fp32, the nearest below the sum" in room.basis(summed)


def test_a_small_room_is_a_part_of_the_smallest_chip() -> None:
    # The Quadro M4000 has the lowest fp32 peak in the table, 2.573 TFLOP/s: 0.2573 is a tenth of it.
    summed = room.together(room.machines([machine(1, 0.2573, cpu_count=1.0)]))
    assert summed.times == pytest.approx(0.1)
    assert room.sentence(summed) == (
        "This room has 1 machine, 1 CPU core and 257 GFLOP/s: together you are 10 % of one NVIDIA Quadro M4000."
    )
    assert "the smallest there is" in room.basis(summed)


def test_a_room_beyond_every_chip_is_several() -> None:
    # Nothing in the table has more than the MI300X, 163.4 TFLOP/s in fp32: 3.5 of them are three and a half.
    summed = room.together(room.machines([machine(number, 163.4 / 2) for number in range(7)]))
    assert summed.times == pytest.approx(3.5)
    assert "together you are 3 AMD Instinct MI300X" in room.sentence(summed)


def test_only_one_arithmetic_is_summed() -> None:
    bf16 = [machine(number, 100.0, dtype="bf16", arithmetic="bf16") for number in (1, 2, 3)]
    summed = room.together(room.machines([*bf16, machine(4, 1.0)]))
    assert (summed.dtype, summed.counted, summed.machines) == ("bf16", 3, 4)
    assert summed.flop_per_s == pytest.approx(300e12)
    assert "3 of 4 machines'" in room.basis(summed)
    summed = room.together(room.machines([*bf16[:2], machine(4, 1.0)]))
    assert (summed.dtype, summed.counted) == ("fp32", 1)


def test_a_room_without_a_product_says_so() -> None:
    summed = room.together(room.machines([row for row in sample_rows() if row["workload"] == "cnn"]))
    assert room.sentence(summed).endswith("Nobody has sent a matrix product in fp32 or bf16 yet.")
    assert room.basis(summed) == ""


def test_unknown_cores_are_not_counted() -> None:
    summed = room.together(room.machines([machine(1, 1.0, cpu_count=None)]))
    assert "core" not in room.sentence(summed)


# --- the spread -------------------------------------------------------------------------------------------------------


def test_equal_machines_that_differ_by_more_than_their_noise() -> None:
    rows = [machine(1, 1.0), machine(2, 1.5), machine(3, 9.0, cpu_count=8.0)]
    found = room.spread(room.ranking(room.machines(rows), SQUARE))
    assert found
    assert (found.device, found.machines) == ("Example CPU, 2 cores", 2)
    assert found.ratio == pytest.approx(1.5)
    assert found.within == pytest.approx(0.02)
    assert room.noise(found).startswith(
        "2 machines call themselves Example CPU, 2 cores, and the fastest is 1.5 times as fast as the slowest. "
        "Inside one of them the middle half of the timings lies within 2 %: that is not noise"
    )


def test_equal_machines_that_differ_by_their_noise() -> None:
    found = room.spread(room.ranking(room.machines([machine(1, 1.0), machine(2, 1.02)]), SQUARE))
    assert "their order means nothing" in room.noise(found)


def test_noise_that_nobody_measured_is_not_told() -> None:
    rows = [machine(number, 1.0, q1_s=None, q3_s=None) for number in (1, 2)]
    found = room.spread(room.ranking(room.machines(rows), SQUARE))
    assert found
    assert found.within is None
    assert room.noise(found).endswith("1 times as fast as the slowest.")


def test_machines_of_different_names_have_no_spread() -> None:
    found = room.spread(room.ranking(room.machines(sample_rows()), SQUARE))
    assert found is None
    assert "two machines of one name" in room.noise(found)
    assert room.spread(room.ranking([], SQUARE)) is None
