"""Every chart: the figure holds what the frame holds, and its words say the same."""

import math
from typing import Any

import pandas as pd
import plotly.graph_objects as go
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from compute.charts import (
    _style,
    cnn_layers,
    cnn_throughput,
    compile_share,
    headline,
    matmul_curve,
    matmul_modes,
    ratios,
    roofline,
)
from compute.compare import baselines
from compute.workloads import cnn
from tests.charts.frames import CPU, GPU, frame
from tests.samples import CPU_RUN, limit_rows, sample_row, sample_rows

SQUARE: dict[str, Any] = {"workload": "matmul", "variant": "square", "dtype": "fp32"}
EVERY: dict[str, tuple[Any, dict[str, Any]]] = {
    "matmul_curve": (matmul_curve, {}),
    "matmul_modes": (matmul_modes, {"owner": CPU, "dtype": "fp32"}),
    "compile_share": (compile_share, {"owner": CPU, **SQUARE}),
    "cnn_throughput": (cnn_throughput, {"model": "alexnet"}),
    "roofline": (roofline, {"owner": CPU, "dtypes": ["fp32", "bf16"]}),
    "headline matmul": (headline, {"what": "matmul"}),
    "headline alexnet": (headline, {"what": "alexnet"}),
}


def traces(figure: go.Figure) -> dict[str, dict[str, Any]]:
    """The traces by their names in one line."""
    return {trace["name"].replace("<br>", " "): trace for trace in figure.to_dict()["data"]}


@pytest.mark.parametrize("name", EVERY)
def test_the_same_frame_gives_the_same_figure(name: str) -> None:
    chart, options = EVERY[name]
    assert chart.build(frame(), **options).to_json() == chart.build(frame(), **options).to_json()


@pytest.mark.parametrize("name", EVERY)
def test_nothing_to_show_is_explained(name: str) -> None:
    chart, options = EVERY[name]
    nothing = frame([])
    figure = chart.build(nothing, **options)
    assert not figure.data
    assert [note.text[:2] for note in figure.layout.annotations] == ["No"]
    assert chart.describe(nothing, **options)


@pytest.mark.parametrize("name", EVERY)
@settings(max_examples=12)
@given(chosen=st.lists(st.sampled_from(range(len(sample_rows()))), unique=True), dark=st.booleans())
def test_any_part_of_the_rows_builds(name: str, chosen: list[int], dark: bool) -> None:
    chart, options = EVERY[name]
    every = sample_rows()
    part = frame([every[place] for place in chosen])
    figure = chart.build(part, **options, dark=dark)
    assert go.Figure(figure.to_dict()) == figure
    words = chart.describe(part, **options)
    assert words
    assert "nan" not in words.split()


@pytest.mark.parametrize("name", EVERY)
def test_names_from_a_file_stay_text(name: str) -> None:
    evil = "<a href='javascript:alert(1)'>x</a>"
    chart, options = EVERY[name]
    rows = [row | {"label": evil, "reason": evil} for row in sample_rows()]
    owner = CPU._replace(machine=f"Example CPU, 2 cores ({evil})")
    options = options | ({"owner": owner} if "owner" in options else {})
    figure = chart.build(frame(rows), **options)
    assert figure.data
    assert "<a" not in figure.to_json().replace("\\u003c", "<")


# --- matmul curve -------------------------------------------------------------------------------------------


def test_the_curve_holds_the_rates_and_intervals_of_the_frame() -> None:
    curve = traces(matmul_curve.build(frame()))["Example CPU, 2 cores (test data), fp32"]
    rows = [
        row
        for row in sample_rows()
        if (row["backend"], row["dtype"], row["mode"]) == ("cpu", "fp32", "stream")
        and row["workload"] == "matmul"
        and row["verdict"] == "steady"
    ]
    assert list(curve["x"]) == [64, 512, 1024]
    assert list(curve["y"]) == pytest.approx([row["flop_per_s"] for row in rows])
    tops = [row["flops"] / row["ci_low_s"] - row["flop_per_s"] for row in rows]
    assert list(curve["error_y"]["array"]) == pytest.approx(tops)
    bottoms = [row["flop_per_s"] - row["flops"] / row["ci_high_s"] for row in rows]
    assert list(curve["error_y"]["arrayminus"]) == pytest.approx(bottoms)


def test_colour_says_the_kind_and_marker_and_dash_the_dtype() -> None:
    drawn = traces(matmul_curve.build(frame()))
    colours = {name: trace["line"]["color"] for name, trace in drawn.items() if "line" in trace}
    assert {colours[name] for name in colours if "CPU" in name} == {_style.LIGHT.kinds["cpu"][0]}
    assert {colours[name] for name in colours if "GPU" in name} == {_style.LIGHT.kinds["gpu"][0]}
    for dtype in ("fp32", "bf16", "fp16"):
        curve = drawn[f"Example GPU (test data) (recorded), {dtype}"]
        assert (curve["marker"]["symbol"], curve["line"]["dash"]) == _style.dtype_mark(dtype)


def test_an_invalid_point_is_a_red_cross_off_the_line_with_its_reason() -> None:
    figure = matmul_curve.build(frame())
    cross = traces(figure)["invalid, not used"]
    assert list(cross["x"]) == [2048]
    assert cross["marker"]["color"] == _style.LIGHT.bad
    assert "above 1.02 times the peak" in cross["text"][0]
    assert 2048 not in traces(figure)["Example CPU, 2 cores (test data), fp32"]["x"]


def test_a_peak_is_drawn_only_where_it_is_known() -> None:
    assert not [name for name in traces(matmul_curve.build(frame())) if name.startswith("peak")]
    rows = [sample_row(peak_flop_per_s=2e11), sample_row(size=512, case="matmul square fp32 512")]
    figure = matmul_curve.build(frame(rows))
    line = traces(figure)["peak fp32: 200 GFLOP/s"]
    assert list(line["y"]) == [2e11, 2e11]
    assert figure.layout.yaxis.range[1] > math.log10(2e11)


def test_of_peaks_at_one_height_only_the_first_is_written() -> None:
    peaks = {"one": 989.4e12, "other": 989.5e12, "third": 2e11}
    rows = [sample_row(run_id=name, cpu_model=name, peak_flop_per_s=peak) for name, peak in peaks.items()]
    lines = [trace for trace in matmul_curve.build(frame(rows)).data if trace.name.startswith("peak")]
    assert sorted((line.y[0], line.mode) for line in lines) == [
        (2e11, "lines+text"), (989.4e12, "lines+text"), (989.5e12, "lines"),
    ]  # fmt: skip


def test_modes_are_never_mixed_in_one_curve() -> None:
    for mode, sizes in (("call", [64]), ("fused", [64]), ("stream", [64, 512, 1024])):
        curve = traces(matmul_curve.build(frame(), mode=mode))["Example CPU, 2 cores (test data), fp32"]
        assert list(curve["x"]) == sizes
        assert mode in matmul_curve.describe(frame(), mode=mode)


def test_a_linear_axis_begins_at_zero() -> None:
    axis = matmul_curve.build(frame(), log=False).layout.yaxis
    assert axis.type == "linear"
    assert axis.range[0] == 0


def test_uploaded_points_are_outlined_and_recorded_ones_named_so() -> None:
    uploaded = traces(matmul_curve.build(frame(source="uploaded")))
    symbols = [trace["marker"]["symbol"] for name, trace in uploaded.items() if "(uploaded)" in name]
    assert len(symbols) == 6
    assert all("open" in symbol for symbol in symbols)
    assert "Example GPU (test data) (recorded), fp32" in traces(matmul_curve.build(frame()))


def test_the_machine_and_its_recorded_run_are_two_curves() -> None:
    here, recorded = frame([sample_row()]), frame([sample_row(median_s=0.02)], source="shipped")
    drawn = traces(matmul_curve.build(pd.concat([recorded, here])))
    first, second = drawn.values()
    assert first["name"] == "Example CPU, 2 cores (test data), fp32"
    assert first["line"]["color"] != second["line"]["color"]
    assert first["marker"]["symbol"] != second["marker"]["symbol"]


def test_a_case_measured_twice_counts_as_measured_last() -> None:
    slow = sample_row(run_id="first", measured_at="2025-01-01T00:00:00Z", median_s=0.04, ci_high_s=0.05)
    curve = traces(matmul_curve.build(frame([sample_row(), slow])))["Example CPU, 2 cores (test data), fp32"]
    assert list(curve["y"]) == pytest.approx([sample_row()["flop_per_s"]])


def test_the_curve_in_words() -> None:
    words = matmul_curve.describe(frame())
    assert "Example GPU (test data) (recorded), bf16: best 107 TFLOP/s at n = 64, 4 sizes from 64 to 2048." in words
    assert "1 case invalid" in words
    assert "1 case skipped: It needs 12 GiB, and 8 GiB are free." in words


def test_sizes_have_ticks_at_powers_of_two() -> None:
    assert list(matmul_curve.build(frame()).layout.xaxis.tickvals) == [64, 128, 256, 512, 1024, 2048]


# --- modes, compile, CNN ------------------------------------------------------------------------------------


def test_modes_show_time_per_product_where_a_call_still_matters() -> None:
    drawn = traces(matmul_modes.build(frame(), CPU, "fp32"))
    assert {name.split(":")[0]: list(trace["x"]) for name, trace in drawn.items()} == {
        "call": [64],
        "stream": [64],
        "fused": [64],
    }
    assert drawn["call: one call, one wait"]["y"][0] == 1e-4
    assert len({trace["line"]["dash"] for trace in drawn.values()}) == 3


def test_modes_in_words() -> None:
    words = matmul_modes.describe(frame(), GPU, "fp32")
    assert "call (one call, one wait): 100 µs at n = 64." in words
    assert "24.4 ns at n = 64 and 800 µs at n = 2048" in words


def test_compile_shows_each_stage_and_the_steady_time() -> None:
    drawn = traces(compile_share.build(frame(), CPU, **SQUARE))
    expected = {
        "trace, once": 0.01,
        "lower, once": 0.02,
        "compile, once": 0.3,
        "first call, once": 0.05,
        "each step after that": 0.01,
    }
    assert {name: trace["y"][-1] for name, trace in drawn.items()} == expected
    # 0.01 + 0.02 + 0.3 + 0.05 s of preparation is 38 steps of 0.01 s.
    assert "as long as 38 steps" in drawn["each step after that"]["text"][-1]


def test_compile_in_words_names_a_warm_cache() -> None:
    words = compile_share.describe(frame([sample_row(cache="warm")]), CPU, **SQUARE)
    assert "compiling took 300 ms with a warm compilation cache" in words
    assert "as long as 38 steps" in words


def test_cnn_curves_hold_images_per_second_and_training_is_dashed() -> None:
    drawn = traces(cnn_throughput.build(frame(), model="alexnet"))
    training = drawn["Example CPU, 2 cores (test data), training, fp32"]
    inference = drawn["Example CPU, 2 cores (test data), inference, fp32"]
    assert (training["line"]["dash"], inference["line"]["dash"]) == ("dash", "solid")
    assert list(inference["x"]) == [1, 16]
    assert list(inference["y"]) == pytest.approx([20.0, 16 / (0.05 * 16**0.9)])
    assert "1 case failed: The device ran out of memory." in cnn_throughput.describe(frame(), model="alexnet")


@pytest.mark.parametrize("model", ["baseline", "alexnet", "resnet50"])
def test_layer_shares_add_up(model: str) -> None:
    drawn = traces(cnn_layers.build(cnn.layers(model)))
    assert sum(drawn["FLOP per image"]["x"]) == pytest.approx(100)
    assert sum(drawn["parameters"]["x"]) == pytest.approx(100)
    assert list(drawn["parameters"]["y"]) == [layer.name for layer in cnn.layers(model)]
    assert drawn["parameters"]["marker"]["pattern"]["shape"]


def test_alexnet_in_words() -> None:
    words = cnn_layers.describe(cnn.layers("alexnet"))
    assert "Convolutional layers do 92% of the FLOP and hold 4% of the parameters." in words
    assert "Most parameters: dense 1 (62%)." in words


# --- roofline -----------------------------------------------------------------------------------------------


def test_each_case_stands_at_its_intensity_and_its_rate() -> None:
    drawn = traces(roofline.build(frame(limit_rows()), CPU, ["fp32"]))
    layers = drawn["layers as matrix products, fp32"]
    assert list(layers["x"]) == pytest.approx([0.499, 3.99, 15.9, 118], rel=0.01)
    assert list(layers["y"]) == pytest.approx([0.8 * min(20e9 * x, 200e9) for x in layers["x"]])
    assert list(layers["text"]) == ["alexnet dense1, batch 1", "8", "32", "256"]
    assert list(drawn["invalid, not used"]["y"]) == pytest.approx([160e9])
    assert "The answer is wrong." in drawn["invalid, not used"]["text"][0]


def test_the_roof_rises_with_memory_and_ends_level_at_the_peak() -> None:
    figure = roofline.build(frame(limit_rows()), CPU, ["fp32"])
    slope, level = (trace for trace in figure.to_dict()["data"] if trace["name"] == "roof, measured")
    assert [y / x for x, y in zip(slope["x"], slope["y"], strict=True)] == pytest.approx([20e9, 20e9])
    assert (slope["x"][1], slope["y"][1]) == pytest.approx((10, 200e9))
    assert (level["x"][0], *level["y"]) == pytest.approx((10, 200e9, 200e9))
    words = [note.text for note in figure.layout.annotations]
    assert words == [
        "<b>fp32</b> 200 GFLOP/s, measured",
        "<b>memory</b><br>20.0 GB/s<br>measured",
        "ridge 10.0 FLOP/B",
        "memory-bound ◂",
        "▸ compute-bound",
    ]


def test_a_promised_ceiling_is_dashed_and_each_dtype_has_its_own_marker() -> None:
    rows = [row | {"chip": "h200"} for row in sample_rows() if row["backend"] == "gpu"]
    figure = roofline.build(frame(rows), GPU, ["fp32", "bf16"])
    lines = [(trace["name"], trace["line"]["dash"]) for trace in figure.to_dict()["data"] if "roof" in trace["name"]]
    # One slope for both, from the data sheet alone: nobody ran a triad.
    assert lines == [("roof, data sheet", "dash")] * 3 + [("roof, measured", "solid")] * 2
    drawn = traces(figure)
    assert drawn["square matrix products, fp32"]["marker"]["symbol"] == "circle"
    assert drawn["square matrix products, bf16"]["marker"]["symbol"] == "square"
    assert "whole networks, fp32 B baseline, A alexnet" in drawn


def test_integers_are_no_flop_and_both_axes_are_logarithmic() -> None:
    figure = roofline.build(frame(limit_rows()), CPU, ["int8"])
    assert "<b>int8</b> 400 GOP/s, measured" in [note.text for note in figure.layout.annotations]
    assert (figure.layout.xaxis.type, figure.layout.yaxis.type) == ("log", "log")
    assert list(figure.layout.xaxis.ticktext) == ["0.1", "1", "10", "100", "1,000"]


def test_the_roofline_in_words() -> None:
    words = roofline.describe(frame(limit_rows()), CPU, ["fp32"])
    assert "Measured: memory 20.0 GB/s and fp32 200 GFLOP/s. Ridge at 10.0 FLOP/B." in words
    assert "2 of 9 cases in fp32 bound by memory; the best reaches 100% of" in words
    assert "1 case invalid" in words
    assert "no bandwidth to hold them against" in roofline.describe(frame(), CPU, ["fp32"])


# --- bars and ratios ----------------------------------------------------------------------------------------


def test_the_headline_is_the_best_rate_of_each_machine_fastest_first() -> None:
    figure = headline.build(frame(), "matmul")
    assert [(trace["name"], trace["x"][0]) for trace in figure.to_dict()["data"]] == [
        ("Example GPU (test data) (recorded)", pytest.approx(2 * 64**3 / (1e-4 / 16**3))),
        ("Example CPU, 2 cores (test data)", pytest.approx(2 * 64**3 / (1e-2 / 16**3))),
    ]
    assert figure.layout.annotations[0].text == "Example GPU (test data) (recorded)<br><b>21.5 TFLOP/s</b>"
    assert headline.describe(frame(), "matmul").startswith("Matrix product, fp32: Example GPU")


def test_ratios_hold_their_intervals_and_say_the_verdict_in_words() -> None:
    table = baselines.ratios(frame(), CPU_RUN)
    figure = ratios.build(table)
    one, *points = figure.to_dict()["data"]
    assert list(one["x"]) == [1, 1]
    assert [point["x"][0] for point in points] == pytest.approx(list(table["ratio"]))
    ends = [point["x"][0] + point["error_x"]["array"][0] for point in points]
    assert ends == pytest.approx(list(table["ratio_high"]))
    labels = [note.text for note in figure.layout.annotations]
    assert all(verdict in label for verdict, label in zip(table["verdict"], labels, strict=True))
    assert "faster in 18" in ratios.describe(table)


def test_a_ratio_without_an_interval_says_so() -> None:
    rows = [row | {"ci_low_s": None, "ci_high_s": None} for row in sample_rows()]
    figure = ratios.build(baselines.ratios(frame(rows), CPU_RUN))
    assert all("interval unknown" in trace.hovertemplate for trace in figure.data[1:])


def test_no_case_in_common_is_explained() -> None:
    nothing = baselines.ratios(frame([sample_row()]), CPU_RUN)
    assert ratios.build(nothing).layout.annotations[0].text == "No case in common with the baseline"
    assert ratios.describe(nothing) == "No case in common with the baseline."
