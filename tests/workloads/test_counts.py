"""Amounts per layer and per step against numbers written out by hand."""

import itertools
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from compute.workloads import Case, cnn, matmul, workloads
from tests.measure import engine

# name, output shape, parameters (weights + biases), FLOP of the forward pass for one image (2 a multiply-add),
# bytes in fp32: 4 * (input values + parameters + output values).
BASELINE = [
    # 32*32*32 outputs of 3*3*3 products each
    ("convolution 1", (32, 32, 32), 3 * 3 * 3 * 32 + 32, 2 * 32 * 32 * 3 * 3 * 3 * 32, 4 * (3072 + 896 + 32768)),
    ("max-pooling 1", (16, 16, 32), 0, 0, 4 * (32768 + 8192)),
    # 16*16*64 outputs of 3*3*32 products each
    ("convolution 2", (16, 16, 64), 3 * 3 * 32 * 64 + 64, 2 * 16 * 16 * 3 * 3 * 32 * 64, 4 * (8192 + 18496 + 16384)),
    ("max-pooling 2", (8, 8, 64), 0, 0, 4 * (16384 + 4096)),
    # 8*8*64 = 4096 inputs
    ("dense 1", (128,), 4096 * 128 + 128, 2 * 4096 * 128, 4 * (4096 + 524416 + 128)),
    ("dense 2", (10,), 128 * 10 + 10, 2 * 128 * 10, 4 * (128 + 1290 + 10)),
]
ALEXNET = [
    # (224 + 2*2 - 11) // 4 + 1 = 55 places a side, 11*11*3 products each
    ("convolution 1", (55, 55, 64), 11 * 11 * 3 * 64 + 64, 55 * 55 * 64 * 11 * 11 * 3 * 2, 1_469_696),
    # (55 - 3) // 2 + 1 = 27; 4 * (55*55*64 + 27*27*64)
    ("max-pooling 1", (27, 27, 64), 0, 0, 4 * (193_600 + 46_656)),
    # 27 + 2*2 - 5 + 1 = 27
    ("convolution 2", (27, 27, 192), 5 * 5 * 64 * 192 + 192, 27 * 27 * 192 * 5 * 5 * 64 * 2, 1_976_064),
    # (27 - 3) // 2 + 1 = 13; 4 * (27*27*192 + 13*13*192)
    ("max-pooling 2", (13, 13, 192), 0, 0, 4 * (139_968 + 32_448)),
    ("convolution 3", (13, 13, 384), 3 * 3 * 192 * 384 + 384, 13 * 13 * 384 * 3 * 3 * 192 * 2, 3_045_120),
    ("convolution 4", (13, 13, 256), 3 * 3 * 384 * 256 + 256, 13 * 13 * 256 * 3 * 3 * 384 * 2, 3_972_608),
    ("convolution 5", (13, 13, 256), 3 * 3 * 256 * 256 + 256, 13 * 13 * 256 * 3 * 3 * 256 * 2, 2_706_432),
    # (13 - 3) // 2 + 1 = 6; 4 * (13*13*256 + 6*6*256)
    ("max-pooling 3", (6, 6, 256), 0, 0, 4 * (43_264 + 9_216)),
    # 6*6*256 = 9216 inputs; 4 * (9216 + 37_752_832 + 4096)
    ("dense 1", (4096,), 9216 * 4096 + 4096, 2 * 9216 * 4096, 151_064_576),
    ("dense 2", (4096,), 4096 * 4096 + 4096, 2 * 4096 * 4096, 4 * (4096 + 16_781_312 + 4096)),
    ("dense 3", (1000,), 4096 * 1000 + 1000, 2 * 4096 * 1000, 4 * (4096 + 4_097_000 + 1000)),
]

# A batch normalisation has a scale and a shift a channel in place of a bias.
RESNET_FIRST = [
    # (224 + 2*3 - 7) // 2 + 1 = 112
    ("convolution 1", (112, 112, 64), 7 * 7 * 3 * 64 + 128, 112 * 112 * 64 * 7 * 7 * 3 * 2, 3_851_520),
    # (112 + 2*1 - 3) // 2 + 1 = 56; 4 * (112*112*64 + 56*56*64)
    ("max-pooling 1", (56, 56, 64), 0, 0, 4 * (802_816 + 200_704)),
    ("block 1 shortcut", (56, 56, 256), 64 * 256 + 512, 56 * 56 * 64 * 256 * 2, 4 * (200_704 + 16_896 + 802_816)),
    ("block 1 convolution 1", (56, 56, 64), 64 * 64 + 128, 56 * 56 * 64 * 64 * 2, 4 * (200_704 + 4_224 + 200_704)),
    ("block 1 convolution 2", (56, 56, 64), 9 * 64 * 64 + 128, 56 * 56 * 9 * 64 * 64 * 2, 1_753_600),
    # it also reads the shortcut: 4 * (56*56*64 + 56*56*256 + 16_896 + 56*56*256)
    ("block 1 convolution 3", (56, 56, 256), 64 * 256 + 512, 56 * 56 * 64 * 256 * 2, 7_292_928),
    ("block 2 convolution 1", (56, 56, 64), 256 * 64 + 128, 56 * 56 * 256 * 64 * 2, 4 * (802_816 + 16_512 + 200_704)),
]
# Output; parameters; multiply-adds of the convolutions 1x1, 3x3, 1x1 and of the shortcut. The stride of a stage's first
# block is in its 3x3 convolution, so that the 1x1 before it still works on the larger picture.
STAGES = [
    (range(2, 4), (56, 56, 256), 70_400, 56 * 56 * (256 * 64 + 9 * 64 * 64 + 64 * 256)),
    (range(4, 5), (28, 28, 512), 379_392, 56 * 56 * 256 * 128 + 28 * 28 * (9 * 128 * 128 + 128 * 512 + 256 * 512)),
    (range(5, 8), (28, 28, 512), 280_064, 28 * 28 * (512 * 128 + 9 * 128 * 128 + 128 * 512)),
    (range(8, 9), (14, 14, 1024), 1_512_448, 28 * 28 * 512 * 256 + 14 * 14 * (9 * 256**2 + 256 * 1024 + 512 * 1024)),
    (range(9, 14), (14, 14, 1024), 1_117_184, 14 * 14 * (1024 * 256 + 9 * 256 * 256 + 256 * 1024)),
    (range(14, 15), (7, 7, 2048), 6_039_552, 14 * 14 * 1024 * 512 + 7 * 7 * (9 * 512**2 + 512 * 2048 + 1024 * 2048)),
    (range(15, 17), (7, 7, 2048), 4_462_592, 7 * 7 * (2048 * 512 + 9 * 512 * 512 + 512 * 2048)),
]


def test_the_first_layers_of_resnet_as_counted_by_hand() -> None:
    found = [(layer.name, layer.shape, layer.parameters, layer.flops, layer.bytes) for layer in cnn.layers("resnet50")]
    assert found[: len(RESNET_FIRST)] == RESNET_FIRST
    assert [layer[0] for layer in found[-2:]] == ["average-pooling 1", "dense 1"]
    assert len(found) == 1 + 1 + 16 * 3 + 4 + 1 + 1  # four shortcuts need a convolution


def test_the_blocks_of_resnet_as_counted_by_hand() -> None:
    found = {layer.name: layer for layer in cnn.blocks(cnn.layers("resnet50"))}
    for numbers, shape, parameters, products in STAGES:
        for number in numbers:
            block = found[f"block {number}"]
            assert (block.shape, block.parameters, block.flops) == (shape, parameters, 2 * products)
    # 64*256 + 64*64 + 9*64*64 + 64*256 weights, 2 * (256 + 64 + 64 + 256) scales and shifts
    assert (found["block 1"].parameters, len(found)) == (73_728 + 1_280, 2 + 16 + 2)
    assert sum(layer.flops for layer in found.values()) == cnn.forward_flops("resnet50")
    assert sum(layer.bytes for layer in found.values()) == sum(layer.bytes for layer in cnn.layers("resnet50"))


def test_the_stages_of_resnet_are_its_blocks_of_one_shape() -> None:
    found = cnn.stages(cnn.layers("resnet50"))
    assert [layer.name for layer in found] == [
        "convolution 1",
        "max-pooling 1",
        *(f"stage {number}, {blocks} blocks" for number, blocks in ((1, 3), (2, 4), (3, 6), (4, 3))),
        "average-pooling 1",
        "dense 1",
    ]
    assert [layer.shape for layer in found[2:6]] == [(56, 56, 256), (28, 28, 512), (14, 14, 1024), (7, 7, 2048)]
    assert sum(layer.flops for layer in found) == cnn.forward_flops("resnet50")
    assert sum(layer.parameters for layer in found) == cnn.parameters("resnet50")


def test_a_network_without_blocks_is_listed_layer_by_layer() -> None:
    assert cnn.blocks(cnn.layers("alexnet")) == cnn.stages(cnn.layers("alexnet")) == cnn.layers("alexnet")


def test_where_the_layers_of_a_block_take_their_input() -> None:
    network = cnn.layers("resnet50")
    places = {layer.name: place for place, layer in enumerate(network)}
    ends = [places[f"block {number} convolution 3"] for number in range(1, 17)]
    for number, start in enumerate([places["max-pooling 1"], *ends[:-1]], 1):
        block = [network[place] for place in places.values() if network[place].block == f"block {number}"]
        first, second, third = block[-3:]
        shortcut = places.get(f"block {number} shortcut", start)
        assert first.source == start
        assert [layer.relu for layer in (first, second, third)] == [True, True, True]
        assert (second.source, third.source) == (places[first.name], places[second.name])
        assert third.adds == shortcut
        if shortcut != start:
            assert (network[shortcut].source, network[shortcut].relu) == (start, False)
    assert not network[-1].relu


@pytest.mark.parametrize(("model", "expected"), [("baseline", BASELINE), ("alexnet", ALEXNET)])
def test_every_layer_as_counted_by_hand(model: str, expected: list[tuple[Any, ...]]) -> None:
    found = [(layer.name, layer.shape, layer.parameters, layer.flops, layer.bytes) for layer in cnn.layers(model)]
    assert found == expected


def test_totals() -> None:
    assert cnn.parameters("baseline") == 545_098
    # 1_769_472 + 9_437_184 + 1_048_576 + 2_560
    assert cnn.forward_flops("baseline") == 12_257_792
    assert cnn.parameters("alexnet") == 61_100_840
    # 140_553_600 + 447_897_600 + 224_280_576 + 299_040_768 + 199_360_512 + 75_497_472 + 33_554_432 + 8_192_000
    assert cnn.forward_flops("alexnet") == 1_428_376_960
    # as torchvision counts it: 25,557,032 parameters and 4.09 billion multiply-adds
    assert cnn.parameters("resnet50") == 25_557_032
    assert cnn.forward_flops("resnet50") == 2 * 4_089_184_256


def test_an_unknown_model_is_an_error() -> None:
    with pytest.raises(KeyError):
        cnn.layers("lenet")


def test_training_counts_three_forward_passes() -> None:
    assert cnn.flops(Case("cnn", "baseline inference", "fp32", 1)) == 12_257_792
    assert cnn.flops(Case("cnn", "baseline training", "fp32", 1)) == 3 * 12_257_792
    assert cnn.flops(Case("cnn", "alexnet training", "bf16", 8)) == 3 * 8 * 1_428_376_960


def test_bytes_that_a_network_moves() -> None:
    # values handed on, the input included: 3072 + 32768 + 8192 + 16384 + 4096 + 128 + 10 = 64_650
    assert cnn.moved_bytes(Case("cnn", "baseline inference", "fp32", 1)) == 4 * (545_098 + 2 * 64_650)
    assert cnn.moved_bytes(Case("cnn", "baseline inference", "bf16", 5)) == 2 * (545_098 + 2 * 64_650 * 5)
    assert cnn.moved_bytes(Case("cnn", "baseline training", "fp32", 2)) == 4 * (8 * 545_098 + 3 * 2 * 64_650 * 2)


def test_amounts_of_a_matrix_product() -> None:
    case = Case("matmul", "square", "fp32", 1000)
    assert matmul.flops(case) == 2_000_000_000
    assert matmul.moved_bytes(case) == 3 * 1000 * 1000 * 4
    assert matmul.moved_bytes(Case("matmul", "square", "bf16", 1000)) == 3 * 1000 * 1000 * 2
    assert matmul.WORKLOAD.items(case) == 1


# variant, size, params, (m, k, n)
SHAPES = [
    ("square", 100, "", (100, 100, 100)),
    ("square", 100, "layout=nt", (100, 100, 100)),
    ("alexnet conv2", 2, "", (2 * 729, 1600, 192)),
    ("alexnet conv3", 2, "", (2 * 169, 1728, 384)),
    ("alexnet dense1", 1, "", (1, 9216, 4096)),
    ("alexnet dense2", 256, "", (256, 4096, 4096)),
    ("transformer attention", 10, "", (10, 768, 2304)),
    ("transformer up", 10, "", (10, 768, 3072)),
    ("transformer down", 10, "", (10, 3072, 768)),
    ("transformer down", 10, "d=4096", (10, 16_384, 4096)),
    ("peak", 8192, "m=16384;k=2048;n=16384;layout=nt;tried=9", (16_384, 2048, 16_384)),
]


@pytest.mark.parametrize(("variant", "size", "params", "expected"), SHAPES)
def test_shapes_and_operations_of_products(
    variant: str, size: int, params: str, expected: tuple[int, int, int]
) -> None:
    case = Case("matmul", variant, "fp32", size, params=params)
    m, k, n = expected
    of = matmul.shape(case)
    assert (of.m, of.k, of.n) == expected
    assert matmul.flops(case) == 2 * m * k * n


@pytest.mark.parametrize("layer", ["convolution 2", "convolution 3", "dense 1", "dense 2"])
def test_layers_of_alexnet_do_the_work_of_the_network(layer: str) -> None:
    (of_network,) = [found for found in cnn.layers("alexnet") if found.name == layer]
    name = layer.replace("convolution ", "conv").replace("dense ", "dense")
    assert matmul.flops(Case("matmul", f"alexnet {name}", "fp32", 3)) == 3 * of_network.flops


@pytest.mark.parametrize(
    ("variant", "dtype", "size", "expected"),
    [
        ("square", "fp64", 100, 3 * 100 * 100 * 8),
        ("square", "default", 100, 3 * 100 * 100 * 4),
        ("square", "fp8_e4m3", 100, 3 * 100 * 100),  # the product is the next factor
        ("square", "int8", 100, (1 + 1 + 4) * 100 * 100),
        # 1 x 9216 times 9216 x 4096: nothing but the weights counts
        ("alexnet dense1", "fp32", 1, 4 * (9216 + 37_748_736 + 4096)),
        ("alexnet dense1", "fp8_e5m2", 1, 9216 + 37_748_736 + 2 * 4096),
        ("alexnet dense1", "int8", 256, 256 * 9216 + 37_748_736 + 4 * 256 * 4096),
    ],
)
def test_bytes_of_products(variant: str, dtype: str, size: int, expected: int) -> None:
    assert matmul.moved_bytes(Case("matmul", variant, dtype, size)) == expected


def test_a_dense_layer_does_more_with_each_byte_the_more_images_there_are() -> None:
    """Half an operation for each byte of fp32 weights at one image; at 256 the weights are shared."""
    one, many = (Case("matmul", "alexnet dense1", "fp32", images) for images in (1, 256))
    assert matmul.flops(one) / matmul.moved_bytes(one) == pytest.approx(0.5, rel=0.01)
    # 2 * 256 * 9216 * 4096 / (4 * (256 * 9216 + 9216 * 4096 + 256 * 4096)) = 117.5
    assert matmul.flops(many) / matmul.moved_bytes(many) == pytest.approx(117.5, rel=0.01)


def test_items_of_a_network_are_images() -> None:
    assert cnn.WORKLOAD.items(Case("cnn", "alexnet training", "fp32", 32)) == 32


def _every_kind() -> list[tuple[str, str, str, str]]:
    return [
        (name, variant, dtype, backend)
        for name, workload in workloads().items()
        if not workload.spread  # tests/workloads/test_devices.py
        for variant, dtype, backend in itertools.product(workload.variants, workload.dtypes, ("cpu", "gpu"))
    ]


@given(st.sampled_from(_every_kind()), st.integers(1, 20_000), st.integers(1, 20_000))
def test_amounts_grow_with_the_size(kind: tuple[str, str, str, str], one: int, other: int) -> None:
    name, variant, dtype, backend = kind
    workload = workloads()[name]
    small, large = (Case(name, variant, dtype, size) for size in sorted((one, one + other)))
    less, more = (
        (workload.need_bytes(case, backend), workload.bytes(case), workload.flops(case)) for case in (small, large)
    )
    assert all(one <= other for one, other in zip(less, more, strict=True))
    assert sum(less) < sum(more)  # a chain moves always as little, a copy computes nothing


@pytest.mark.parametrize(
    ("case", "least"),
    [
        # two factors and the product
        (Case("matmul", "square", "bf16", 2048), 3 * 2048 * 2048 * 2),
        # a left factor of 729 x 1600 for each image, a right one of 1600 x 192, a product of 729 x 192 for each image
        (Case("matmul", "alexnet conv2", "fp32", 3), 4 * (3 * 729 * 1600 + 1600 * 192 + 3 * 729 * 192)),
        # factors of one byte, a product of four
        (Case("matmul", "square", "int8", 1000), (1 + 1 + 4) * 1000 * 1000),
        # weights, images and scores
        (Case("cnn", "baseline inference", "fp32", 64), 4 * (545_098 + 64 * (3072 + 10))),
        # weights, their velocity and gradient, images, and every activation, which the gradient needs again
        (Case("cnn", "alexnet training", "fp32", 16), 4 * (3 * 61_100_840 + 16 * (150_528 + 193_600 + 46_656))),
    ],
    ids=lambda value: value.id if isinstance(value, Case) else "",
)
@pytest.mark.parametrize("backend", ["cpu", "gpu"])
def test_needed_memory_holds_at_least_what_goes_in_and_out(case: Case, least: int, backend: str) -> None:
    assert workloads()[case.workload].need_bytes(case, backend) >= least


@pytest.mark.parametrize(
    "case",
    [
        *(Case("matmul", "square", dtype, 512) for dtype in matmul.DTYPES if dtype != "tf32"),
        *(Case("matmul", "alexnet dense2", dtype, 64) for dtype in ("fp64", "fp32", "bf16", "fp8_e4m3", "int8")),
        *(Case("cnn", f"baseline {task}", dtype, 64) for task in cnn.TASKS for dtype in ("fp32", "bf16", "fp16")),
        *(Case("cnn", f"{model} {task}", "fp32", 8) for model in ("alexnet", "resnet50") for task in cnn.TASKS),
    ],
    ids=lambda case: case.id,
)
def test_needed_memory_covers_what_the_compiler_asks_for(case: Case) -> None:
    asked = engine.outlined_loop(case, 1).memory_analysis()
    total = (
        asked.argument_size_in_bytes + asked.output_size_in_bytes + asked.temp_size_in_bytes - asked.alias_size_in_bytes
    )
    assert total > 0
    assert workloads()[case.workload].need_bytes(case, "cpu") >= total
