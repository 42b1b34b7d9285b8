"""The drawing of the networks against amounts counted by hand."""

import math
import subprocess
import sys

import pytest

from compute.lecture.networks import drawing, shares, statement

# By hand: AlexNet's dense layers are 9216 x 4096 + 4096, 4096 x 4096 + 4096, 4096 x 1000 + 1000.
DENSE = 9216 * 4096 + 4096 + 4096 * 4096 + 4096 + 4096 * 1000 + 1000
DENSE_FLOPS = 2 * (9216 * 4096 + 4096 * 4096 + 4096 * 1000)
PARAMETERS, FLOPS = 61_100_840, 1_428_376_960


def corners(points: str) -> list[tuple[float, ...]]:
    return [tuple(map(float, point.split(","))) for point in points.split()]


def test_where_the_work_and_the_parameters_of_alexnet_sit() -> None:
    part = shares("alexnet")
    assert part.dense_parameters == pytest.approx(DENSE / PARAMETERS)
    assert part.convolution_work == pytest.approx(1 - DENSE_FLOPS / FLOPS)
    assert part.dense_parameters + part.convolution_parameters == pytest.approx(1)
    assert "".join(text for text, _ in statement("alexnet")) == (
        "Convolutions: 92 % of the workDense layers: 96 % of the parameters"
    )


def test_one_column_for_the_picture_and_each_layer_with_its_shape() -> None:
    drawn = drawing("alexnet")
    assert [column["name"] for column in drawn["columns"]] == [
        "picture", "conv 1", "pool 1", "conv 2", "pool 2", "conv 3", "conv 4", "conv 5", "pool 3",
        "dense 1", "dense 2", "dense 3",
    ]  # fmt: skip
    assert drawn["columns"][3]["shape"] == ["27×27", "×192"]
    assert drawn["columns"][9]["shape"] == ["4,096", ""]
    assert drawn["columns"][3]["says"] == (
        "Convolution 2, window 5 × 5, stride 1: 27 × 27 × 192 numbers, 448 MFLOP (31 %), 307,392 parameters (1 %)."
    )
    assert drawn["columns"][2]["says"].endswith("Nothing to learn.")
    assert (drawn["work"], drawn["parameters"]) == ("1.43 GFLOP", "61.1 million")


@pytest.mark.parametrize("model", ["baseline", "alexnet"])
def test_squares_have_areas_in_proportion(model: str) -> None:
    from compute.workloads.cnn import layers

    drawn = drawing(model)["columns"][1:]
    for amount, name in (("flops", "work"), ("parameters", "parameters")):
        areas = [column[name]["side"] ** 2 for column in drawn]
        amounts = [getattr(layer, amount) for layer in layers(model)]
        assert max(areas) == 1
        assert areas == pytest.approx([each / max(amounts) for each in amounts], abs=2e-4)


def test_blocks_are_to_scale() -> None:
    columns = drawing("alexnet")["columns"]
    picture, first, dense = columns[0]["box"], columns[1]["box"], columns[9]["box"]
    (_, top), (_, _), (_, bottom), _ = corners(picture["faces"]["front"])
    scale = (bottom - top) / 224
    front = corners(first["faces"]["front"])
    assert front[1][0] - front[0][0] == pytest.approx(55 * scale, abs=0.02)
    # Depth: half of 64 channels, at 45 degrees.
    assert first["width"] - (front[1][0] - front[0][0]) == pytest.approx(64 * scale * math.sqrt(0.5) / 2, abs=0.02)
    # A sheet of 4,096 cubes, as high as the picture.
    assert dense["height"] == pytest.approx(224 * scale, abs=0.02)
    assert dense["height"] * dense["width"] == pytest.approx(4096 * scale**2, rel=0.01)
    assert max(column["box"]["height"] for column in columns) == pytest.approx(100, abs=0.1)


def test_an_unknown_network_is_refused() -> None:
    with pytest.raises(KeyError):
        drawing("zlexnet")


def test_drawing_needs_no_jax() -> None:
    code = (
        "import sys; from compute.lecture import networks; networks.drawing('alexnet'); sys.exit('jax' in sys.modules)"
    )
    assert subprocess.run([sys.executable, "-c", code], check=False).returncode == 0
