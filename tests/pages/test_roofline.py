import json

from compute.measure.runner import Snapshot
from tests.pages.state import page, visit
from tests.pages.test_matmul import charts, words
from tests.samples import limit_rows, sample_row, sample_rows

CPU_ROWS = [row for row in sample_rows() if row["backend"] == "cpu"]
GPU_ROWS = [row | {"chip": "h200"} for row in sample_rows() if row["backend"] == "gpu"]
FULL = Snapshot(run_id="1", state="finished", suite="full", rows=tuple(CPU_ROWS + limit_rows()))
OLD = "was not measured on this machine"


def test_without_any_result_the_page_teaches_and_offers_the_next_click() -> None:
    with page("roofline") as app:
        assert not app.exception
        assert "only while it has numbers to work on" in app.info[0].value
        assert "At batch 256" in words(app)
        assert not app.metric
        assert [link.proto.label for link in app.get("page_link")] == ["Measure this machine"]


def test_full_it_answers_first_then_draws_then_tells_how() -> None:
    with page("roofline", [FULL], GPU_ROWS) as app:
        assert not app.exception
        assert [(metric.label, metric.value) for metric in app.metric] == [
            ("Memory bandwidth", "20.0 GB/s"),
            ("Peak, fp32", "215 GFLOP/s"),
            ("Ridge point", "10.7 FLOP/B"),
            ("Bound by memory", "7 of 20"),
        ]
        [drawn] = charts(app)
        assert drawn[:2] == ["roof, measured", "roof, measured"]
        assert "layers as matrix products, fp32" in drawn
        assert "Ridge at 10.7 FLOP/B" in app.get("plotly_chart")[0].proto.alt
        assert OLD not in words(app)
        assert "Williams, Waterman and Patterson" in words(app)
        table = app.dataframe[0].value
        assert table[table["Case"] == "matmul alexnet dense1, 1"]["Pace set by"].tolist() == ["memory"]


def test_results_without_a_triad_say_so_and_show_the_data_sheet() -> None:
    with page("roofline", recorded=GPU_ROWS) as app:
        assert not app.exception
        assert OLD in words(app)
        assert "every suite now has a triad" in words(app)
        assert (app.metric[0].value, app.metric[2].value) != ("unknown", "unknown")
        assert "roof, data sheet" in charts(app)[0]
        assert "measured elsewhere" in words(app)


def test_a_machine_without_triad_and_data_sheet_shows_what_it_has() -> None:
    with page("roofline", recorded=CPU_ROWS) as app:
        assert not app.exception
        assert [metric.value for metric in app.metric] == ["unknown", "215 GFLOP/s", "unknown", "unknown"]
        assert OLD in words(app)
        assert app.dataframe[0].value["Attainable"].isna().all()


def test_machine_and_dtypes_can_be_chosen() -> None:
    with page("roofline", [FULL], GPU_ROWS) as app:
        app.pills(key="dtypes").set_value(["bf16", "int8"]).run()
        assert not app.exception
        assert app.metric[1].label == "Peak, bf16"
        assert {"square matrix products, bf16", "square matrix products, int8"} <= set(charts(app)[0])
        app.pills(key="dtypes").set_value([]).run()
        assert app.metric[1].label == "Peak, fp32"
        app.selectbox(key="machine").set_value("Example GPU (test data) (recorded)").run()
        assert not app.exception
        assert app.metric[1].value == "21.5 TFLOP/s"


def test_a_link_names_machine_and_dtypes_and_bad_values_are_ignored() -> None:
    with page("roofline", [FULL], GPU_ROWS):
        for asked, shown in ((["bf16"], ["bf16"]), (["fp999"], ["fp32"])):
            fresh = visit("roofline", machine="Example GPU (test data) (recorded)", dtypes=asked)
            assert not fresh.exception
            assert fresh.selectbox(key="machine").value == "Example GPU (test data) (recorded)"
            assert fresh.pills(key="dtypes").value == shown


def test_a_run_going_on_and_a_failed_run() -> None:
    running = Snapshot(run_id="2", state="running", done=3, total=31, rows=tuple(CPU_ROWS[:3]), started_at=1.7e9)
    with page("roofline", [running]) as app:
        assert not app.exception
        assert "of 31" in app.get("progress")[0].proto.text
        assert len(charts(app)) == 1
    failed = Snapshot(run_id="2", state="failed", error="Memory ran out.")
    with page("roofline", [failed], GPU_ROWS) as app:
        assert not app.exception
        assert "Memory ran out" in app.error[0].value
        assert len(app.metric) == 4


def test_all_skipped_is_like_nothing_measured() -> None:
    skipped = sample_row(status="skipped", reason="Too large.", median_s=None, flop_per_s=None, verdict=None)
    with page("roofline", [Snapshot(run_id="1", state="finished", rows=(skipped,))]) as app:
        assert not app.exception
        assert "only while it has numbers to work on" in app.info[0].value


def test_text_from_a_file_stays_text() -> None:
    evil = "**x** <img src=x onerror=alert(1)> $z$"
    rows = [row | {"label": evil, "reason": evil, "variant": evil} for row in CPU_ROWS]
    with page("roofline", [Snapshot(run_id="1", state="finished", rows=tuple(rows))]) as app:
        assert not app.exception
        assert not any(text.proto.allow_html for text in app.markdown)
        assert "<img" not in json.dumps([json.loads(chart.proto.spec) for chart in app.get("plotly_chart")])
