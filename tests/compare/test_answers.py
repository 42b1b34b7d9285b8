import pytest

from compute.compare import answers, pick, tables
from compute.compare.pick import Owner
from tests.charts.frames import CPU, GPU, frame
from tests.samples import sample_row, sample_rows


def by_label(figures: list[answers.Answer]) -> dict[str, tuple[str, str]]:
    return {figure.label: (figure.value, figure.detail) for figure in figures}


def test_matmul_of_the_example_cpu() -> None:
    # 2 * 64^3 FLOP in 0.01 s / 16^3; (2e-6 s of 1e-4 s) of a call is arithmetic; 0.38 s of preparation over that.
    assert by_label(answers.matmul(frame(), CPU)) == {
        "Best rate": ("215 GFLOP/s", "fp32, n = 64"),
        "Share of the peak": ("unknown", "no data sheet peak"),
        "Python tax": ("98%", "of one call, fp32, n = 64"),
        "Compile time": ("300 ms", "paid after 156,000 products"),
    }


def test_share_of_the_peak() -> None:
    rows = [sample_row(peak_flop_per_s=4.294967296e11)]
    assert by_label(answers.matmul(frame(rows), CPU))["Share of the peak"] == ("50%", "of 429 GFLOP/s in fp32")


def test_an_invalid_result_is_never_the_best() -> None:
    rows = [sample_row(), sample_row(size=512, case="matmul square fp32 512", median_s=1e-9, verdict="invalid")]
    assert by_label(answers.matmul(frame(rows), CPU))["Best rate"][1] == "fp32, n = 1024"


def test_one_machine_speaks_for_itself_only() -> None:
    assert by_label(answers.matmul(frame(), GPU))["Best rate"] == ("107 TFLOP/s", "bf16, n = 64")
    assert by_label(answers.matmul(frame(source="uploaded"), CPU))["Best rate"][0] == "unknown"


def test_a_call_that_is_not_slower_costs_no_tax() -> None:
    rows = [sample_row(mode="call", median_s=0.01), sample_row(mode="fused", median_s=0.011)]
    assert by_label(answers.matmul(frame(rows), CPU))["Python tax"][0] == "0%"


def test_cnn_says_the_batch_and_why_nothing_was_measured() -> None:
    rows = [row for row in sample_rows() if row["variant"] != "alexnet training" or row["status"] == "failed"]
    assert by_label(answers.cnn(frame(rows), CPU)) == {
        "Baseline inference": ("2,640", "images/s, fp32, batch 16"),
        "Baseline training": ("880", "images/s, fp32, batch 16"),
        "AlexNet inference": ("26.4", "images/s, fp32, batch 16"),
        "AlexNet training": ("unknown", "failed"),
    }


def test_the_fingerprint_tells_what_ran() -> None:
    rows = [sample_row(arithmetic="tf32"), sample_row(dtype="bf16", case="b", arithmetic="bf16")]
    found = answers.arithmetic(frame(rows), CPU)
    assert [(str(ran), ran.kept) for ran in found] == [
        ("asked fp32, ran tf32", False),
        ("asked bf16, ran bf16", True),
    ]


@pytest.mark.parametrize(
    ("value", "text"),
    [(1, "1.00"), (9.996, "10.0"), (99.96, "100"), (8733.6, "8,730"), (1.2e6, "1,200,000"), (0.5, "0.500")],
)
def test_plain_numbers_have_three_digits(value: float, text: str) -> None:
    assert answers.plain_number(value) == text


def test_steps_are_counted_from_one() -> None:
    assert [answers.steps_words(steps) for steps in (0.2, 1.4, 38.4, 155_648)] == [
        "1 step",
        "1 step",
        "38 steps",
        "156,000 steps",
    ]


def test_this_machine_comes_first_and_recorded_runs_last() -> None:
    both = frame(sample_rows()[::-1])
    assert list(pick.owners(both, "matmul").values()) == [CPU, GPU]
    assert list(pick.owners(both, "matmul")) == [CPU.machine, f"{GPU.machine} (recorded)"]
    assert pick.owners(both, "none such") == {}


def test_a_missing_interval_is_the_median() -> None:
    assert pick.seconds(sample_row(ci_low_s=None, ci_high_s=None)) == (0.01, 0.01, 0.01)
    assert pick.rate(sample_row(), "items") == pytest.approx((100, 100 / 1.01, 100 / 0.99))
    assert pick.rate(sample_row(items=None), "items") is None
    assert pick.seconds(sample_row(status="failed")) is None


def test_preparation_in_steps_needs_all_its_parts() -> None:
    assert pick.steps_to_pay(sample_row()) == pytest.approx(38)
    assert pick.steps_to_pay(sample_row(lower_s=None)) is None


def test_the_table_holds_skipped_rows_with_their_reason() -> None:
    table = tables.measured(frame(), "matmul", CPU)
    assert len(table) == 13
    skipped = table[table["Verdict"] == "skipped"].iloc[0]
    assert skipped["Reason"] == "It needs 12 GiB, and 8 GiB are free."
    assert skipped[["GFLOP/s", "ms per step"]].isna().all()
    measured = table[(table["n"] == 1024) & (table["dtype"] == "fp32")].iloc[0]
    assert (measured["GFLOP/s"], measured["ms per step"], measured["ms to compile"]) == (215, 10, 300)


def test_the_table_of_a_cnn_names_its_variants() -> None:
    table = tables.measured(frame(), "cnn", GPU)
    assert list(table["Variant"].unique()) == [
        "baseline inference",
        "baseline training",
        "alexnet inference",
        "alexnet training",
    ]
    assert table["Images/s"].max() == 132_000


def test_the_layers_table_of_alexnet() -> None:
    from compute.workloads.cnn import layers

    table = tables.layers(layers("alexnet"))
    first = table.iloc[0]
    assert (first["Layer"], first["Output"], first["Parameters"]) == ("convolution 1", "55 × 55 × 64", 23296)
    assert table["of all FLOP, %"].sum() == pytest.approx(100, abs=0.2)


def test_rows_of_one_owner() -> None:
    own = tables.of(frame(), "cnn", GPU)
    assert set(own["machine"]) == {GPU.machine}
    assert set(own["workload"]) == {"cnn"}
    assert tables.dtypes(tables.of(frame(), "matmul", CPU)) == ["fp32", "bf16", "fp16"]
    assert tables.of(frame(), "cnn", Owner("nobody", "shipped")).empty
