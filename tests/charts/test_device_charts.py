"""The charts of many devices: the ideal line, the efficiencies, the bandwidths, and their words."""

from typing import Any

import plotly.graph_objects as go
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from compute.charts import collectives, scaling
from compute.compare.pick import Owner
from tests.charts.frames import frame
from tests.samples import device_rows

MANY = Owner("Example GPU (test data)", "shipped")
EVERY: dict[str, tuple[Any, tuple[Any, ...]]] = {
    "strong": (scaling, (MANY, "strong")),
    "weak": (scaling, (MANY, "weak")),
    "bus": (collectives, (MANY, 4, "bus")),
    "algorithm": (collectives, (MANY, 2, "algorithm")),
}


def traces(figure: go.Figure) -> dict[str, Any]:
    return {trace.name: trace for trace in figure.data}


def test_efficiency_and_the_ideal() -> None:
    drawn = traces(scaling.build(frame(device_rows()), MANY, "strong"))
    assert list(drawn) == ["ideal", "product, bf16, n = 4,096"]
    assert list(drawn["ideal"].y) == [100, 100]
    curve = drawn["product, bf16, n = 4,096"]
    assert list(curve.x) == [1, 2, 4]
    assert list(curve.y) == pytest.approx([100, 95, 90])
    assert "<b>90%</b> on 4 devices" in curve.text[2]
    assert "3.6 times one device" in curve.text[2]


def test_a_job_on_one_device_alone_is_no_curve() -> None:
    alone = [row for row in device_rows() if row["devices"] == 1]
    assert not scaling.build(frame(alone), MANY, "strong").data
    assert scaling.describe(frame(alone), MANY, "strong").startswith("No strong scaling measured")


def test_bandwidth_against_the_message() -> None:
    figure = collectives.build(frame(device_rows()), MANY, 4)
    drawn = traces(figure)
    assert list(drawn) == ["all-reduce", "all-gather", "all-to-all"]
    assert list(drawn["all-reduce"].x) == [2**12, 2**20, 2**28]
    assert drawn["all-reduce"].y[2] == pytest.approx(1.5 * 2**28 / (1e-5 + 1.5 * 2**28 / 1e11))
    assert figure.layout.xaxis.ticktext[0] == "4 KiB"
    algorithm = traces(collectives.build(frame(device_rows()), MANY, 4, "algorithm"))
    assert drawn["all-reduce"].y[2] / algorithm["all-reduce"].y[2] == pytest.approx(1.5)


def test_the_words_say_what_is_drawn() -> None:
    assert "product, bf16, n = 4,096: 90% on 4 devices." in scaling.describe(frame(device_rows()), MANY, "strong")
    words = collectives.describe(frame(device_rows()), MANY, 4)
    assert words.startswith("Bus bandwidth of collectives between 4 devices on Example GPU")
    assert "all-reduce: best 99.8 GB/s with 256 MiB." in words


@pytest.mark.parametrize("name", EVERY)
def test_nothing_to_show_is_explained(name: str) -> None:
    chart, options = EVERY[name]
    figure = chart.build(frame([]), *options)
    assert not figure.data
    assert [note.text[:2] for note in figure.layout.annotations] == ["No"]
    assert chart.describe(frame([]), *options)


@pytest.mark.parametrize("name", EVERY)
@settings(max_examples=15)
@given(chosen=st.lists(st.sampled_from(range(len(device_rows()))), unique=True), dark=st.booleans())
def test_any_part_of_the_rows_builds_the_same_each_time(name: str, chosen: list[int], dark: bool) -> None:
    chart, options = EVERY[name]
    part = frame([device_rows()[place] for place in chosen])
    figure = chart.build(part, *options, dark=dark)
    assert chart.build(part, *options, dark=dark).to_json() == figure.to_json()
    assert chart.describe(part, *options)


@pytest.mark.parametrize("name", EVERY)
def test_names_from_a_file_stay_text(name: str) -> None:
    evil = "<a href='javascript:alert(1)'>x</a>"
    chart, options = EVERY[name]
    kinds = {"matmul_sharded": f"{evil} strong", "cnn_parallel": f"{evil} weak", "collectives": evil}
    rows = [row | {"variant": kinds[row["workload"]], "verdict": evil} for row in device_rows()]
    figure = chart.build(frame(rows), *options)
    assert figure.data
    assert "<a " not in figure.to_json()
