"""The page of the five jobs in each of its states."""

import json

from compute.measure.runner import Snapshot
from tests.pages.reading import charts, words
from tests.pages.state import page
from tests.samples import job_rows, sample_row, sample_rows

ROWS = [*job_rows(), *sample_rows()]
HERE = tuple(row for row in ROWS if row["backend"] == "cpu" and row["cpu_count"] == 2)
ELSEWHERE = [row for row in ROWS if row["backend"] == "gpu" or row["cpu_count"] == 1]
FINISHED = Snapshot(run_id="1", state="finished", suite="quick", rows=HERE)
TITLES = ["Rendering", "Deep learning", "Data mining", "Crypto mining", "Gaming", "Serial chain"]


def test_without_any_result_every_job_is_explained_and_pictured_and_one_click_is_offered() -> None:
    with page("jobs") as app:
        assert not app.exception
        assert "thousands of simple hands" in app.info[0].value
        assert [title.value for title in app.subheader] == TITLES
        assert not app.metric
        assert len(charts(app)) == 3  # clusters, zero bits, bodies
        assert len(app.get("image")) == 1  # a rendered frame
        assert "This mines nothing" in words(app)
        labels = [link.proto.label for link in app.get("page_link")]
        assert labels == ["Measure this machine", "The networks, layer by layer"]


def test_full_it_answers_first_and_shows_every_job() -> None:
    with page("jobs", [FINISHED], ELSEWHERE) as app:
        assert not app.exception
        assert [(metric.label, metric.value) for metric in app.metric] == [
            ("Rendering", "18.0"),
            ("Data mining", "47.2 M"),
            ("Crypto mining", "2.95 M"),
            ("Gaming", "2,750"),
            ("Serial chain", "328 M"),
        ]
        assert [title.value for title in app.subheader] == [
            "Faster than one core", "Under the roof", *TITLES, "The numbers",
        ]  # fmt: skip
        assert len(charts(app)) == 2 + 6 + 3
        assert all(chart.proto.alt for chart in app.get("plotly_chart"))
        assert "left of the ridge, where memory sets the pace" in words(app)
        assert app.dataframe[0].value["Job"].tolist() == TITLES
        assert "so the number can be used" in words(app)


def test_recorded_results_alone_are_shown_and_named_so() -> None:
    with page("jobs", recorded=ELSEWHERE) as app:
        assert not app.exception
        assert "measured elsewhere" in words(app)
        assert "(recorded)" in json.dumps(charts(app))


def test_without_a_run_on_one_core_it_says_how_to_make_one() -> None:
    with page("jobs", [FINISHED]) as app:
        assert not app.exception
        assert "taskset -c 0" in app.info[0].value


def test_another_machine_can_be_chosen() -> None:
    with page("jobs", [FINISHED], ELSEWHERE) as app:
        app.selectbox(key="machine").set_value("Example GPU (test data) (recorded)").run()
        assert not app.exception
        assert app.metric[0].value == "1,000"


def test_a_run_going_on_and_a_failed_run() -> None:
    running = Snapshot(run_id="2", state="running", stage="measuring", done=20, total=45, rows=HERE, started_at=1.7e9)
    with page("jobs", [running]) as app:
        assert not app.exception
        assert "of 45" in app.get("progress")[0].proto.text
    with page("jobs", [Snapshot(run_id="2", state="failed", error="The device was lost.")], ELSEWHERE) as app:
        assert not app.exception
        assert "device was lost" in app.error[0].value


def test_a_run_of_matmul_alone_leaves_the_page_with_its_pictures() -> None:
    with page("jobs", [Snapshot(run_id="1", state="finished", rows=(sample_row(),))]) as app:
        assert not app.exception
        assert "No job measured yet" in words(app)


def test_text_from_a_file_stays_text() -> None:
    evil = "**x** <img src=x onerror=alert(1)> $z$"
    rows = tuple(row | {"label": evil, "reason": evil} for row in HERE)
    with page("jobs", [Snapshot(run_id="1", state="finished", rows=rows)]) as app:
        assert not app.exception
        assert not any(text.proto.allow_html for text in app.markdown)
        assert "<img" not in json.dumps(charts(app))
