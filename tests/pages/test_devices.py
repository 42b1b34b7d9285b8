import json

import pytest
from streamlit.testing.v1 import AppTest

from compute.measure.runner import Snapshot
from tests.pages.state import page
from tests.samples import device_rows, sample_row, sample_rows

RUN = Snapshot(run_id="1", state="finished", suite="standard", rows=tuple(device_rows()))


def charts(app: AppTest) -> list[list[str]]:
    """Names of the traces of each chart."""
    specs = [json.loads(chart.proto.spec) for chart in app.get("plotly_chart")]
    return [[trace["name"] for trace in spec["data"]] for spec in specs]


def words(app: AppTest) -> str:
    kinds = ("markdown", "info", "error", "warning", "code")
    return " ".join(element.value for kind in kinds for element in getattr(app, kind))


def test_without_several_devices_the_page_teaches_and_says_how_to_simulate_them() -> None:
    one = Snapshot(run_id="1", state="finished", rows=tuple(sample_rows()))
    with page("devices", [one]) as app:
        assert not app.exception
        assert "sharding" in app.info[0].value
        assert "share the same cores" in words(app).replace("\n", " ")
        assert "--xla_force_host_platform_device_count=8 python -m compute run" in app.code[0].value
        assert [expander.label for expander in app.expander] == ["Many hosts"]
        assert "--coordinator 10.0.0.1:1234 --processes 2 --process-id 1" in app.code[1].value
        assert not app.metric
        assert [link.proto.label for link in app.get("page_link")] == ["Measure this machine"]


def test_full_it_answers_first_then_draws_then_tells_how() -> None:
    with page("devices", [RUN]) as app:
        assert not app.exception
        assert [metric.label for metric in app.metric] == [
            "Devices",
            "Product, efficiency",
            "Training, efficiency",
            "All-reduce",
        ]
        assert [metric.value for metric in app.metric] == ["4", "90%", "96%", "99.8 GB/s"]
        strong, weak, links = charts(app)
        assert strong == ["ideal", "product, bf16, n = 4,096"]
        assert weak == ["ideal", "alexnet, bf16, batch = 128"]
        assert links == ["all-reduce", "all-gather", "all-to-all"]
        assert all(chart.proto.alt for chart in app.get("plotly_chart"))
        assert [len(table.value) for table in app.dataframe] == [8, 18]
        assert "NCCL" in words(app)
        assert "simulated" not in words(app)


def test_devices_and_bandwidth_can_be_chosen() -> None:
    with page("devices", [RUN]) as app:
        app.segmented_control(key="devices").set_value(2)
        app.segmented_control(key="bandwidth").set_value("algorithm").run()
        assert not app.exception
        assert app.get("plotly_chart")[2].proto.alt.startswith("Algorithm bandwidth of collectives between 2 devices")


def test_simulated_devices_are_called_so() -> None:
    case = {"workload": "matmul_sharded", "variant": "strong", "params": "devices=8", "devices": 8}
    with page("devices", [Snapshot(run_id="1", state="finished", rows=(sample_row(**case),))]) as app:
        assert not app.exception
        assert "share its cores" in app.warning[0].value
        assert app.metric[0].value == "8"


def test_a_size_that_does_not_divide_is_told() -> None:
    skipped = [row for row in device_rows() if row["status"] == "skipped"]
    with page("devices", [Snapshot(run_id="1", state="finished", rows=tuple(skipped))]) as app:
        assert not app.exception
        assert "do not divide" in app.dataframe[0].value["Reason"][0]
        app.selectbox(key="result").set_value(f"{skipped[0]['case']}, stream").run()
        assert "do not divide over 2 devices" in words(app)


@pytest.mark.parametrize("workload", ["collectives", "cnn_parallel"])
def test_one_workload_alone_is_enough(workload: str) -> None:
    rows = tuple(row for row in device_rows() if row["workload"] == workload)
    with page("devices", [Snapshot(run_id="1", state="finished", rows=rows)]) as app:
        assert not app.exception


def test_text_from_a_file_stays_text() -> None:
    evil = "**x** [y](http://example.org) <img src=x onerror=alert(1)> $z$ :red[w]"
    rows = [row | {"label": evil, "device_kind": evil, "reason": evil} for row in device_rows()]
    with page("devices", [Snapshot(run_id="1", state="finished", rows=tuple(rows))]) as app:
        assert not app.exception
        assert not any(text.proto.allow_html for text in app.markdown)
        assert "<img" not in json.dumps([json.loads(chart.proto.spec) for chart in app.get("plotly_chart")])
