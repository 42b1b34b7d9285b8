"""Charts of many machines: curves over each other, roofs over each other, the heat map, one case of everyone."""

from typing import Any

import pytest

from compute import results
from compute.charts import heat_map, machine_curves, ratios, rooflines
from compute.compare import baselines, curves, roofline
from tests.samples import CPU_RUN, GPU_RUN, limit_rows, sample_rows


def room(count: int = 4) -> Any:
    """The two example machines so many times, each run a little slower than the one before."""
    rows = []
    for number in range(count):
        for row in sample_rows():
            times = {
                name: row[name] * 1.1**number for name in row if name.endswith("_s") and "per" not in name and row[name]
            }
            rows.append(row | times | {"run_id": f"{row['run_id']}{number}", "label": f"seat {number}"})
    return curves.each_run(results.frame(rows).assign(source="uploaded", machine=""))


FRAME = room()
CURVE = curves.curves(FRAME)["Matrix product, fp32"]


def test_machines_in_colour_stand_before_the_others_in_grey() -> None:
    figure = machine_curves.build(CURVE, [f"{CPU_RUN}0", f"{GPU_RUN}0"])
    assert [trace.name for trace in figure.data] == [
        "6 other machines", "Example CPU, 2 cores (seat 0) (uploaded)", "Example GPU (seat 0) (uploaded)",
    ]  # fmt: skip
    grey, cpu, gpu = figure.data
    assert cpu.line.color != gpu.line.color
    assert (cpu.line.dash, gpu.line.dash) == ("solid", "dash")
    assert cpu.marker.symbol.endswith("-open")
    assert list(cpu.customdata[0]) == [f"{CPU_RUN}0", "matmul square fp32 64", "stream"]
    assert len(grey.x) == 3 * (3 + 1) + 3 * (4 + 1)


def test_the_words_of_a_curve_name_the_fastest_and_those_in_colour() -> None:
    words = machine_curves.describe(CURVE, [f"{CPU_RUN}0"])
    assert "8 machines against size. Fastest: Example GPU (seat 0) (uploaded), 21.5 TFLOP/s at" in words
    assert "Example CPU, 2 cores (seat 0) (uploaded), 215 GFLOP/s at" in words


def test_images_are_curves_too_and_nothing_is_said_as_such() -> None:
    figure = machine_curves.build(curves.curves(FRAME)["alexnet training, fp32"], [])
    assert figure.layout.title.text == "Images per second"
    assert machine_curves.describe(CURVE.head(0), []) == "Nothing measured that has a curve."
    assert "Nothing measured" in machine_curves.build(CURVE.head(0), []).layout.annotations[0].text


def test_every_roof_is_drawn_and_only_those_in_colour_have_points() -> None:
    rows = [row | {"run_id": run} for run in ("a", "b") for row in limit_rows()]
    frame = curves.each_run(results.frame(rows).assign(source="uploaded", machine=""))
    runs = roofline.runs(frame, "fp32")
    figure = rooflines.build(runs, ["a"], "fp32")
    grey, roof, cases = figure.data
    assert grey.name == "1 other roof"
    # 20 GB/s and 200 GFLOP/s meet at 10 FLOP/B.
    assert list(roof.x)[1] == pytest.approx(10)
    assert list(roof.y)[1:] == pytest.approx([200e9, 200e9])
    assert all(key[0] == "a" for key in cases.customdata)
    assert "memory 20.0 GB/s, 200 GFLOP/s, ridge 10.0 FLOP/B" in rooflines.describe(runs, ["a"], "fp32")
    assert rooflines.without_roof(runs, ["a"], "fp32") == []


def test_a_machine_without_a_roof_is_named() -> None:
    runs = roofline.runs(FRAME, "fp32")
    assert rooflines.without_roof(runs, [f"{CPU_RUN}0"], "fp32") == [f"{CPU_RUN}0"]
    assert "No machine whose memory" in rooflines.build(runs, [], "fp32").layout.annotations[0].text


def test_the_heat_map_writes_its_values_and_leaves_the_unmeasured_blank() -> None:
    table = curves.heat(baselines.ratios(FRAME, f"{CPU_RUN}0"), "fp32")
    table = table[~(table["run_id"].eq(f"{CPU_RUN}1") & table["group"].eq("alexnet training"))]
    figure = heat_map.build(table)
    [cells] = figure.data
    names = [note.text for note in figure.layout.annotations]
    assert names[0] == "Example GPU (seat 0)"
    slow = names.index("Example CPU, 2 cores (seat 1)")
    assert cells.text[slow][0] == "0.91"  # 1 / 1.1
    assert (cells.text[slow][-1], cells.z[slow][-1]) == ("", None)
    assert "alexnet training: fastest Example GPU (seat 0) 50 ×" in heat_map.describe(table)


def test_colour_is_that_of_the_logarithm_alike_for_twice_and_half() -> None:
    table = curves.heat(baselines.ratios(FRAME, f"{CPU_RUN}0"), "fp32").head(2).assign(ratio=[2.0, 0.5])
    [cells] = heat_map.build(table, dark=True).data
    assert sorted(value for row in cells.z for value in row if value is not None) == [-1.0, 1.0]
    assert (cells.zmin, cells.zmax) == (-1.0, 1.0)


def test_no_case_in_common_is_said() -> None:
    assert heat_map.describe(curves.heat(baselines.ratios(FRAME, f"{CPU_RUN}0"), "int8")) == (
        "No case in common with the baseline."
    )


def test_one_case_of_everyone_is_named_by_machine() -> None:
    table = baselines.ratios(FRAME, f"{CPU_RUN}0")
    table = table[table["case"].eq("matmul square fp32 64") & table["mode"].eq("stream")]
    figure = ratios.build(table, by="machine")
    assert figure.layout.annotations[0].text.startswith("Example GPU (seat 0): <b>")


@pytest.mark.parametrize("dark", [False, True])
def test_identical_input_gives_an_identical_figure(dark: bool) -> None:
    heat = curves.heat(baselines.ratios(FRAME, f"{CPU_RUN}0"), "fp32")
    for build in (
        lambda: machine_curves.build(CURVE, [f"{CPU_RUN}0"], dark=dark),
        lambda: rooflines.build(roofline.runs(FRAME, "fp32"), [f"{CPU_RUN}0"], "fp32", dark=dark),
        lambda: heat_map.build(heat, dark=dark),
    ):
        assert build().to_json() == build().to_json()
