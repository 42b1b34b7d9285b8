import json

import pytest
from streamlit.testing.v1 import AppTest

from compute.measure.runner import Snapshot
from tests.pages.state import page, visit
from tests.samples import limit_rows, sample_row, sample_rows

CPU_ROWS = [row for row in sample_rows() if row["backend"] == "cpu"]
GPU_ROWS = [row for row in sample_rows() if row["backend"] == "gpu"]
FINISHED = Snapshot(run_id="1", state="finished", suite="quick", rows=tuple(CPU_ROWS))
NAME = "Example CPU, 2 cores (test data)"


def charts(app: AppTest) -> list[list[str]]:
    """Names of the traces of each chart, each in one line."""
    specs = [json.loads(chart.proto.spec) for chart in app.get("plotly_chart")]
    return [[trace["name"].replace("<br>", " ") for trace in spec["data"]] for spec in specs]


def words(app: AppTest) -> str:
    return " ".join(
        element.value for kind in ("markdown", "info", "error", "warning") for element in getattr(app, kind)
    )


def test_without_any_result_the_page_teaches_and_offers_the_next_click() -> None:
    with page("matmul") as app:
        assert not app.exception
        assert "rows times columns" in app.info[0].value
        assert not app.metric
        assert [link.proto.label for link in app.get("page_link")] == ["Measure this machine"]


def test_recorded_results_alone_are_shown_and_named_so() -> None:
    with page("matmul", recorded=GPU_ROWS) as app:
        assert not app.exception
        assert app.selectbox(key="machine").options == ["Example GPU (test data) (recorded)"]
        assert "measured elsewhere" in words(app)
        assert [link.proto.label for link in app.get("page_link")] == ["Measure this machine"]
        assert len(charts(app)) == 3


def test_full_it_answers_first_then_draws_then_tells_how() -> None:
    with page("matmul", [FINISHED], GPU_ROWS) as app:
        assert not app.exception
        assert [metric.label for metric in app.metric] == [
            "Best rate",
            "Share of the peak",
            "Python tax",
            "Compile time",
        ]
        assert app.metric[0].value == "215 GFLOP/s"
        rate, modes, once = charts(app)
        assert [name for name in rate if name.startswith(NAME)] == [f"{NAME}, fp32", f"{NAME}, bf16"]
        assert len([name for name in rate if "(recorded)" in name]) == 2
        assert modes[0].startswith("call")
        assert "compile, once" in once
        assert "2n³ FLOP" in words(app)
        assert len(app.dataframe[1].value) == len([row for row in CPU_ROWS if row["workload"] == "matmul"])
        assert not app.get("page_link")


def test_every_chart_has_its_words() -> None:
    with page("matmul", [FINISHED]) as app:
        alts = [chart.proto.alt for chart in app.get("plotly_chart")]
        assert "best 215 GFLOP/s at n = 64" in alts[0]
        assert all(alts)


@pytest.mark.parametrize("dark", [False, True])
def test_charts_follow_the_theme(dark: bool) -> None:
    with page("matmul", [FINISHED]) as app:
        app.context = {"theme": "dark" if dark else "light"}
        app.run()
        layout = json.loads(app.get("plotly_chart")[0].proto.spec)["layout"]
        assert layout["font"]["color"] == ("#d9d9e0" if dark else "#3b3b45")


def test_the_fingerprint_is_shown_and_another_arithmetic_stands_out() -> None:
    run = Snapshot(run_id="1", state="finished", rows=(sample_row(arithmetic="tf32"),))
    with page("matmul", [run]) as app:
        assert ":orange-badge[:material/fingerprint: asked fp32\\, ran tf32]" in words(app)


def test_layers_peaks_and_layouts_can_be_chosen() -> None:
    run = Snapshot(run_id="1", state="finished", rows=tuple(CPU_ROWS + limit_rows()))
    with page("matmul", [run], GPU_ROWS) as app:
        assert app.segmented_control(key="shapes").options == ["Squares", "Shapes of layers", "Peak search"]
        app.pills(key="dtypes").set_value(["int8"]).run()
        assert charts(app)[0] == [f"{NAME}, int8", f"{NAME}, int8, NT"]
        app.segmented_control(key="layout").set_value("NT").run()
        assert charts(app)[0] == [f"{NAME}, int8, NT"]
        app.segmented_control(key="shapes").set_value("peak").run()
        assert not app.exception
        assert charts(app)[0] == ["int8"]
        assert "400 GOP/s at n = 2048, NT" in app.get("plotly_chart")[0].proto.alt
        app.pills(key="dtypes").set_value([])
        app.segmented_control(key="shapes").set_value("layers").run()
        assert not app.exception
        assert charts(app)[0][0] == "alexnet dense1, 1, fp32"
        assert "A dense layer is one matrix product" in words(app)


def test_every_arithmetic_is_told_with_what_really_ran() -> None:
    run = Snapshot(run_id="1", state="finished", rows=tuple(CPU_ROWS + limit_rows()))
    with page("matmul", [run]) as app:
        table = app.dataframe[0].value.set_index("dtype")
        assert table.loc["fp8_e4m3", "Here"] == "not on this chip"
        assert table.loc["default", "Ran as"] == "bf16"
        assert "asked for nothing\\, got bf16" in words(app)
        assert "fp8_e4m3" not in app.segmented_control(key="dtype").options


def test_any_result_can_be_explained_in_words() -> None:
    with page("matmul", [FINISHED]) as app:
        assert "so the number can be used" in words(app)
        app.selectbox(key="result").set_value("matmul square fp32 2048, stream").run()
        assert "171\\.8 TFLOP" in words(app)
        assert "never used in a ratio" in words(app)
        app.selectbox(key="result").set_value("matmul square fp32 32768, stream").run()
        assert not app.exception
        assert "8 GiB are free" in words(app)


def test_mode_dtype_machine_and_axis_can_be_chosen() -> None:
    with page("matmul", [FINISHED], GPU_ROWS) as app:
        app.segmented_control(key="mode").set_value("fused")
        app.segmented_control(key="dtype").set_value("bf16")
        app.toggle(key="linear").set_value(True)
        app.toggle(key="alone").set_value(True)
        app.run()
        assert not app.exception
        assert charts(app)[0] == [f"{NAME}, fp32"]
        assert "bf16" in app.get("plotly_chart")[1].proto.alt
        layout = json.loads(app.get("plotly_chart")[0].proto.spec)["layout"]
        assert layout["yaxis"]["type"] == "linear"


def test_a_machine_without_the_chosen_dtype_shows_what_it_has() -> None:
    fp32 = [row for row in GPU_ROWS if row["dtype"] == "fp32"]
    with page("matmul", [FINISHED], fp32) as app:
        app.segmented_control(key="dtype").set_value("bf16").run()
        app.selectbox(key="machine").set_value("Example GPU (test data) (recorded)").run()
        assert not app.exception
        assert app.segmented_control(key="dtype").value == "fp32"
        assert app.metric[0].value == "21.5 TFLOP/s"


def test_a_link_names_machine_mode_and_dtype_and_bad_values_are_ignored() -> None:
    with page("matmul", [FINISHED], GPU_ROWS):
        fresh = visit("matmul", machine="Example GPU (test data) (recorded)", mode="call", dtype="fp999")
        assert not fresh.exception
        assert fresh.selectbox(key="machine").value == "Example GPU (test data) (recorded)"
        assert fresh.segmented_control(key="mode").value == "call"
        assert fresh.segmented_control(key="dtype").value == "fp32"


def test_while_a_run_is_going_on_progress_and_the_points_so_far_are_shown() -> None:
    running = Snapshot(
        run_id="2", state="running", owner="dashboard", suite="quick", stage="compiling", done=3, total=31,
        rows=tuple(CPU_ROWS[:3]), case="matmul square fp32 512", left_s=20.0, started_at=1.7e9,
    )  # fmt: skip
    with page("matmul", [running]) as app:
        assert not app.exception
        progress = app.get("progress")[0].proto
        assert "of 31" in progress.text
        assert charts(app)[0] == [f"{NAME}, fp32"]
        assert not app.get("page_link")


def test_a_run_without_any_row_yet_does_not_break_the_page() -> None:
    with page("matmul", [Snapshot(run_id="2", state="running", total=31, started_at=1.7e9)]) as app:
        assert not app.exception
        assert "rows times columns" in words(app)


def test_a_failed_run_is_explained_and_its_rows_are_kept() -> None:
    failed = Snapshot(run_id="2", state="failed", error="Memory ran out.", rows=tuple(CPU_ROWS[:3]))
    with page("matmul", [failed]) as app:
        assert not app.exception
        assert "Memory ran out" in app.error[0].value
        assert app.metric[0].value == "215 GFLOP/s"


def test_all_skipped_is_a_table_of_reasons() -> None:
    skipped = sample_row(
        status="skipped", reason="Skipped: it needs 9 GiB.", median_s=None, flop_per_s=None, verdict=None
    )
    with page("matmul", [Snapshot(run_id="1", state="finished", rows=(skipped,))]) as app:
        assert not app.exception
        assert app.metric[0].value == "unknown"
        assert app.dataframe[0].value["Here"].tolist() == ["no usable result"]
        assert app.dataframe[1].value["Reason"].tolist() == ["Skipped: it needs 9 GiB."]
        assert "it needs 9 GiB" in words(app)


def test_text_from_a_file_stays_text() -> None:
    evil = "**x** [y](http://example.org) <img src=x onerror=alert(1)> $z$ :red[w]"
    rows = [row | {"label": evil, "arithmetic": evil, "reason": evil} for row in CPU_ROWS]
    with page("matmul", [Snapshot(run_id="1", state="finished", rows=tuple(rows))]) as app:
        assert not app.exception
        badge = next(text.value for text in app.markdown if "asked" in text.value)
        assert "\\[y\\]\\(http" in badge
        assert not any(text.proto.allow_html for text in app.markdown)
        assert "<img" not in json.dumps([json.loads(chart.proto.spec) for chart in app.get("plotly_chart")])
