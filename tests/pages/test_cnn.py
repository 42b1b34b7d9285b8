import json

from compute.measure.runner import Snapshot
from tests.pages.state import page
from tests.pages.test_matmul import charts, words
from tests.samples import sample_row, sample_rows

CPU_ROWS = [row for row in sample_rows() if row["backend"] == "cpu"]
GPU_ROWS = [row for row in sample_rows() if row["backend"] == "gpu"]
FINISHED = Snapshot(run_id="1", state="finished", suite="quick", rows=tuple(CPU_ROWS))
NAME = "Example CPU, 2 cores (test data)"


def test_without_any_result_the_layers_are_explained_and_one_click_is_offered() -> None:
    with page("cnn") as app:
        assert not app.exception
        assert "small windows" in app.info[0].value
        assert not app.metric
        assert charts(app) == [["FLOP per image", "parameters"]]
        assert len(app.dataframe[0].value) == 11
        assert [link.proto.label for link in app.get("page_link")] == ["Measure this machine"]


def test_recorded_results_alone_are_shown_and_named_so() -> None:
    with page("cnn", recorded=GPU_ROWS) as app:
        assert not app.exception
        assert all("(recorded)" in name for name in charts(app)[0])
        assert "measured elsewhere" in words(app)


def test_full_it_answers_first_then_draws_the_network() -> None:
    with page("cnn", [FINISHED], GPU_ROWS) as app:
        assert not app.exception
        assert [(metric.label, metric.value) for metric in app.metric] == [
            ("AlexNet inference", "26.4"),
            ("AlexNet training", "8.80"),
            ("Arithmetic", "36.9 GFLOP/s"),
            ("Compile time", "300 ms"),
        ]
        alexnet, _ = charts(app)
        assert alexnet[0] == f"{NAME}, inference, fp32"
        assert len(alexnet) == 4
        alts = [chart.proto.alt for chart in app.get("plotly_chart")]
        assert "best 26.4 images/s at batch = 16" in alts[0]
        assert all(alts)
        assert "device ran out of memory" in " ".join(app.dataframe[1].value["Reason"])
        assert "batch 256 in fp32" in app.caption[0].value
        assert "so the number can be used" in words(app)


def test_the_lecture_words_are_explained() -> None:
    with page("cnn") as app:
        assert all(word in words(app) for word in ("convolutional layer", "max-pooling layer", "dense layer"))
        app.segmented_control(key="network").set_value("baseline").run()
        assert not app.exception
        assert "baseline model" in words(app)
        assert len(app.dataframe[0].value) == 6
        app.segmented_control(key="network").set_value("resnet50").run()
        assert not app.exception
        assert "stages of residual blocks" in words(app)
        assert len(app.dataframe[0].value) == 8
        for lines, count in (("Blocks", 20), ("Layers", 56)):
            app.segmented_control(key="lines").set_value(lines).run()
            assert len(app.dataframe[0].value) == count


def test_alone_and_linear() -> None:
    with page("cnn", [FINISHED], GPU_ROWS) as app:
        app.toggle(key="alone").set_value(True)
        app.toggle(key="linear").set_value(True)
        app.run()
        assert charts(app)[0] == [f"{NAME}, inference, fp32", f"{NAME}, training, fp32"]
        layout = json.loads(app.get("plotly_chart")[0].proto.spec)["layout"]
        assert layout["yaxis"]["type"] == "linear"


def test_a_run_going_on_and_a_failed_run() -> None:
    running = Snapshot(
        run_id="2", state="running", stage="measuring", done=20, total=31, rows=tuple(CPU_ROWS), started_at=1.7e9
    )
    with page("cnn", [running]) as app:
        assert not app.exception
        assert "of 31" in app.get("progress")[0].proto.text
        assert app.metric[0].value == "26.4"
    with page("cnn", [Snapshot(run_id="2", state="failed", error="The device was lost.")], GPU_ROWS) as app:
        assert not app.exception
        assert "device was lost" in app.error[0].value
        assert len(app.metric) == 4


def test_a_run_of_matmul_alone_leaves_the_page_with_its_layers() -> None:
    with page("cnn", [Snapshot(run_id="1", state="finished", rows=(sample_row(),))]) as app:
        assert not app.exception
        assert "small windows" in app.info[0].value


def test_text_from_a_file_stays_text() -> None:
    evil = "**x** <img src=x onerror=alert(1)> $z$"
    rows = [row | {"label": evil, "reason": evil} for row in CPU_ROWS]
    with page("cnn", [Snapshot(run_id="1", state="finished", rows=tuple(rows))]) as app:
        assert not app.exception
        assert not any(text.proto.allow_html for text in app.markdown)
        assert "<img" not in json.dumps([json.loads(chart.proto.spec) for chart in app.get("plotly_chart")])
