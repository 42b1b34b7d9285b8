import pytest

from compute.compare import answers, pick, tables
from compute.compare.pick import Owner
from tests.charts.frames import CPU, GPU, frame
from tests.samples import limit_rows, sample_row, sample_rows


def by_label(figures: list[answers.Answer]) -> dict[str, tuple[str, str]]:
    return {figure.label: (figure.value, figure.detail) for figure in figures}


def test_matmul_of_the_example_cpu() -> None:
    # 2 * 64^3 FLOP in 0.01 s / 16^3; (2e-6 s of 1e-4 s) of a call is arithmetic; 0.38 s of preparation over that.
    assert by_label(answers.matmul(frame(), CPU)) == {
        "Best rate": ("215 GFLOP/s", "fp32, n = 64"),
        "Share of the peak": ("unknown", "no data sheet peak"),
        "Python tax": ("98%", "of one call, fp32, n = 64"),
        "Compile time": ("300 ms", "paid after 156,000 products, cold"),
    }


def test_share_of_the_peak() -> None:
    rows = [sample_row(peak_flop_per_s=4.294967296e11)]
    assert by_label(answers.matmul(frame(rows), CPU))["Share of the peak"] == ("50%", "of 429 GFLOP/s in fp32")


def test_an_invalid_result_is_never_the_best() -> None:
    rows = [sample_row(), sample_row(size=512, case="matmul square fp32 512", median_s=1e-9, verdict="invalid")]
    assert by_label(answers.matmul(frame(rows), CPU))["Best rate"][1] == "fp32, n = 1024"


def test_operations_on_integers_are_never_the_best_rate() -> None:
    rows = limit_rows()
    assert by_label(answers.matmul(frame(rows), CPU))["Best rate"] == ("380 GFLOP/s", "bf16, n = 2048")
    [only] = [row for row in rows if row["case"] == "matmul peak int8 0"]
    assert by_label(answers.matmul(frame([only]), CPU))["Best rate"][0] == "unknown"


def test_the_python_tax_is_that_of_squares() -> None:
    """A layer's product of the same size and dtype is another product."""
    layer = {"variant": "alexnet dense1", "case": "matmul alexnet dense1 fp32 1024"}
    rows = [sample_row(mode="call"), sample_row(mode="fused", median_s=1e-9, **layer)]
    assert by_label(answers.matmul(frame(rows), CPU))["Python tax"][0] == "unknown"


def test_one_machine_speaks_for_itself_only() -> None:
    assert by_label(answers.matmul(frame(), GPU))["Best rate"] == ("107 TFLOP/s", "bf16, n = 64")
    assert by_label(answers.matmul(frame(source="uploaded"), CPU))["Best rate"][0] == "unknown"


def test_a_call_that_is_not_slower_costs_no_tax() -> None:
    rows = [sample_row(mode="call", median_s=0.01), sample_row(mode="fused", median_s=0.011)]
    assert by_label(answers.matmul(frame(rows), CPU))["Python tax"][0] == "0%"


def test_cnn_says_the_batch_and_why_nothing_was_measured() -> None:
    rows = [row for row in sample_rows() if row["variant"] != "alexnet training" or row["status"] == "failed"]
    # 1.4 GFLOP for an image at 26.4 images/s are 36.9 GFLOP/s, of the 215 GFLOP/s of the best product.
    assert by_label(answers.cnn(frame(rows), CPU, "alexnet", "AlexNet")) == {
        "AlexNet inference": ("26.4", "images/s, fp32, batch 16"),
        "AlexNet training": ("unknown", "failed"),
        "Arithmetic": ("36.9 GFLOP/s", "17% of best product"),
        "Compile time": ("300 ms", "paid after 1 step, cold"),
    }
    nothing = by_label(answers.cnn(frame([sample_row()]), CPU, "alexnet", "AlexNet"))
    assert {value for value, _ in nothing.values()} == {"unknown"}


def test_the_fingerprint_tells_what_ran() -> None:
    rows = [
        sample_row(arithmetic="tf32"),
        sample_row(dtype="fp16", case="a", arithmetic="fp16"),
        sample_row(dtype="bf16", case="b", arithmetic="bf16"),
        sample_row(dtype="default", case="c", arithmetic="tf32"),
        sample_row(dtype="fp64", case="d", arithmetic="fp32", verdict="invalid"),
    ]
    found = answers.arithmetic(frame(rows), CPU)
    assert [(str(ran), ran.kept) for ran in found] == [
        ("bf16, fp16: ran as asked", True),
        ("asked fp32, ran tf32", False),
        ("asked for nothing, got tf32", True),
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
    measured = table[(table["Size"] == 1024) & (table["dtype"] == "fp32")].iloc[0]
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
    assert set(tables.of_workload(frame(), "cnn")["machine"]) == {CPU.machine, GPU.machine}
    assert tables.of(frame(), "cnn", Owner("nobody", "shipped")).empty


def test_the_table_names_layout_options_and_formulation_where_there_are_any() -> None:
    table = tables.measured(frame(limit_rows()), "matmul", CPU)
    assert "GFLOP/s (int8: GOP/s)" in table
    assert set(table["Layout"]) == {"NN", "NT"}
    assert "Written as" not in table
    networks = tables.measured(frame(limit_rows()), "cnn", CPU)
    assert "Layout" not in networks
    first = networks[networks["Verdict"] == "steady"].iloc[0]
    assert (first["Written as"], first["Cache"]) == ("layout=NHWC;pool=shifted", "cold")
    # 0.3 s of the 0.38 s before the first steady step.
    assert first["Compile share, %"] == 78.9
    several = [sample_row(processes=3, process_spread=0.012)]
    assert tables.measured(frame(several), "matmul", CPU)["Between processes, %"].tolist() == [1.2]


def test_every_arithmetic_says_what_the_chip_has_and_what_ran() -> None:
    table = tables.arithmetics(frame(sample_rows() + limit_rows()), CPU).set_index("dtype")
    assert list(table.index) == ["fp64", "fp32", "bf16", "fp16", "fp8_e4m3", "fp8_e5m2", "int8", "default"]
    assert table["Here"].tolist() == ["yes"] * 4 + [tables.NOT_HERE] * 2 + ["yes"] * 2
    assert "% of the data sheet" not in table
    missing = tables.without_rate(tables.of(frame(limit_rows()), "matmul", CPU), table.reset_index())
    assert tables.not_measured(missing)[0] == "n = 1024 in fp8_e4m3: This processor has no fp8_e4m3."
    assert len(missing) == 2
    told = table[["Best rate", "Best shape", "Found by", "Ran as"]]
    assert list(told.loc["int8"]) == ["400 GOP/s", "n = 2048, NT", "search of 21 shapes", "int8"]
    assert list(told.loc["default"]) == ["370 GFLOP/s", "n = 1024", "sweep", "bf16"]


def test_what_had_no_room_is_not_called_unsupported() -> None:
    rows = [sample_row(status="skipped", verdict=None, median_s=None, reason="Skipped: it needs 9 GiB of memory.")]
    assert tables.arithmetics(frame(rows), CPU)["Here"].tolist() == ["no usable result"]
    rows = [sample_row(peak_flop_per_s=4.294967296e11)]
    assert tables.arithmetics(frame(rows), CPU)["% of the data sheet"].tolist() == [50]


def test_cases_without_a_time_are_told_with_their_reason() -> None:
    cnn = tables.of(frame(limit_rows()), "cnn", CPU)
    assert tables.not_measured(cnn) == [
        "resnet50 inference, batch 8 in tf32: This processor has no tf32.",
        "resnet50 training, batch 512 in fp32: It needs 12 GiB, and 8 GiB are free.",
    ]
    assert tables.not_measured(frame([sample_row()])) == []


@pytest.mark.parametrize(
    ("row", "words"),
    [
        ({}, "n = 1024"),
        ({"params": "layout=nt"}, "n = 1024, NT"),
        ({"variant": "peak", "params": "m=512;k=512;n=512;tried=9", "size": 512}, "n = 512"),
        ({"variant": "peak", "params": "m=512;k=2048;n=512;layout=nt;tried=9"}, "512 × 2048 × 512, NT"),
        ({"variant": "transformer up", "params": "d=4096", "size": 8}, "transformer up, 8, d = 4096"),
        ({"workload": "cnn", "variant": "alexnet training", "size": 8}, "alexnet training, batch 8"),
        ({"workload": "bandwidth", "variant": "triad", "size": 2**26}, "triad of 67.1 million elements"),
    ],
)
def test_cases_as_people_say_them(row: dict[str, object], words: str) -> None:
    assert pick.case_words(sample_row(**row)) == words


def test_dtypes_have_an_order_and_a_beginning() -> None:
    assert pick.in_order(["int8", "new", "fp32", "fp64", "fp32"]) == ["fp64", "fp32", "int8", "new"]
    assert (pick.usual(["fp64", "fp32"]), pick.usual(["bf16", "int8"])) == ("fp32", "bf16")
    assert pick.beginning(["fp64", "fp32", "bf16"]) == ["fp32", "bf16"]


def test_compiling_is_a_part_of_what_happens_once() -> None:
    assert pick.compile_share(sample_row()) == pytest.approx(0.3 / 0.38)
    assert pick.compile_share(sample_row(first_call_s=None)) is None
    assert tables.families(frame(limit_rows())) == ["square", "layers", "peak"]
