"""Convolutional networks: the lecture's baseline model and AlexNet, used (inference) and taught (training).

FLOP are counted where the layers are described: a multiply-add is two, only convolutions and dense layers count
(bias, ReLU, pooling and softmax are under one per cent), and a training step counts three times the forward
pass: forward, gradient of the inputs, gradient of the weights.
"""

from __future__ import annotations

import itertools
import math
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

from compute.workloads import Case, Program, Workload, _cnn_jax

TASKS = {"inference": "classify a batch", "training": "one training step on a batch"}
DTYPES = ("fp32", "bf16")
ITEM_BYTES = {"fp32": 4, "bf16": 2}


@dataclass(frozen=True)
class Layer:
    """One layer: its output shape (height, width, channels) or (units,), and its amounts for one image.

    ``window`` and ``stride`` are those of a convolution or max-pooling; ``flops`` is the forward pass;
    ``bytes`` is what it must at least read and write in fp32, weights included.
    """

    name: str
    kind: str
    shape: tuple[int, ...]
    parameters: int
    flops: int
    bytes: int
    window: int = 0
    stride: int = 1
    padding: int = 0


@dataclass(frozen=True)
class Model:
    """A network: its input (height, width, channels), and its layers in order."""

    title: str
    input_shape: tuple[int, int, int]
    plan: tuple[tuple[str, int, int, int, int], ...]  # kind, width, window, stride, padding


# The model of the lecture: two blocks of 3x3 convolution, ReLU and 2x2 max-pooling, then two dense layers.
# AlexNet as one tower (Krizhevsky 2014, "One weird trick"), the variant that today's frameworks ship.
MODELS = {
    "baseline": Model(
        "Baseline model",
        (32, 32, 3),
        (
            ("convolution", 32, 3, 1, 1),
            ("max-pooling", 0, 2, 2, 0),
            ("convolution", 64, 3, 1, 1),
            ("max-pooling", 0, 2, 2, 0),
            ("dense", 128, 0, 0, 0),
            ("dense", 10, 0, 0, 0),
        ),
    ),
    "alexnet": Model(
        "AlexNet",
        (224, 224, 3),
        (
            ("convolution", 64, 11, 4, 2),
            ("max-pooling", 0, 3, 2, 0),
            ("convolution", 192, 5, 1, 2),
            ("max-pooling", 0, 3, 2, 0),
            ("convolution", 384, 3, 1, 1),
            ("convolution", 256, 3, 1, 1),
            ("convolution", 256, 3, 1, 1),
            ("max-pooling", 0, 3, 2, 0),
            ("dense", 4096, 0, 0, 0),
            ("dense", 4096, 0, 0, 0),
            ("dense", 1000, 0, 0, 0),
        ),
    ),
}


def layers(model: str) -> list[Layer]:
    """The layers of ``baseline`` or ``alexnet``, with their amounts for one image.

    Raises:
        KeyError: no such model.
    """
    return list(_layers(MODELS[model]))


def _layers(model: Model) -> Iterator[Layer]:
    shape: tuple[int, ...] = model.input_shape
    counts: dict[str, int] = {}
    for kind, width, window, stride, padding in model.plan:
        counts[kind] = counts.get(kind, 0) + 1
        inputs = math.prod(shape)
        if kind == "dense":
            shape, weights, flops = (width,), inputs * width, 2 * inputs * width
        else:
            side = (shape[0] + 2 * padding - window) // stride + 1
            channels = width or shape[2]
            weights = window * window * shape[2] * width
            flops = 2 * side * side * weights
            shape = (side, side, channels)
        parameters = weights + width
        moved = 4 * (inputs + parameters + math.prod(shape))
        yield Layer(f"{kind} {counts[kind]}", kind, shape, parameters, flops, moved, window, stride, padding)


def parameters(model: str) -> int:
    """Number of weights and biases."""
    return sum(layer.parameters for layer in layers(model))


def forward_flops(model: str) -> int:
    """FLOP of the forward pass for one image."""
    return sum(layer.flops for layer in layers(model))


def split(variant: str) -> tuple[str, str]:
    """Model and task of a variant such as ``alexnet training``."""
    model, task = variant.split()
    return model, task


def cases(suite: str, backend: str) -> list[Case]:
    """Batch sweeps, the sizes that everyone quotes first."""
    # bf16 is slower than fp32 on CPUs without units for it, and what one would use on an accelerator.
    dtypes = ("fp32",) if backend == "cpu" else ("bf16",) if suite == "quick" else ("bf16", "fp32")
    sweeps = _CPU_BATCHES[suite] if backend == "cpu" else _ACCELERATOR_BATCHES[suite]
    longest = max(len(batches) for batches in sweeps.values())
    return [
        Case("cnn", variant, dtype, batches[at])
        for at in range(longest)
        for dtype in dtypes
        for variant, batches in sweeps.items()
        if at < len(batches)
    ]


_CPU_BATCHES = {
    "quick": {
        "baseline inference": (128, 32),
        "alexnet inference": (8, 1),
        "baseline training": (128,),
        "alexnet training": (8,),
    },
    "standard": {
        "baseline inference": (128, 32, 1, 8, 512),
        "alexnet inference": (8, 1, 32),
        "baseline training": (128, 32, 8, 512),
        "alexnet training": (8, 32),
    },
    "full": {
        "baseline inference": (128, 32, 1, 8, 512, 2048),
        "alexnet inference": (8, 1, 2, 4, 16, 32, 64, 128),
        "baseline training": (128, 32, 1, 8, 512, 2048),
        "alexnet training": (8, 1, 2, 4, 16, 32, 64),
    },
}
_ACCELERATOR_BATCHES = {
    "quick": {
        "alexnet inference": (256,),
        "baseline inference": (4096, 128),
        "alexnet training": (256,),
        "baseline training": (4096,),
    },
    "standard": {
        "baseline inference": (4096, 1, 128, 512, 1024, 16384),
        "alexnet inference": (256, 1, 32, 128, 512, 1024),
        "baseline training": (4096, 128, 512, 1024, 16384),
        "alexnet training": (256, 32, 128, 512, 1024),
    },
    "full": {
        "baseline inference": (4096, 1, 8, 32, 128, 512, 1024, 16384, 65536),
        "alexnet inference": (256, 1, 8, 32, 128, 512, 1024, 2048, 4096),
        "baseline training": (4096, 32, 128, 512, 1024, 16384, 65536),
        "alexnet training": (256, 1, 8, 32, 128, 512, 1024, 2048, 4096),
    },
}


def flops(case: Case) -> int:
    """Forward pass of a batch, three times that for a training step."""
    model, task = split(case.variant)
    return case.size * forward_flops(model) * (3 if task == "training" else 1)


def moved_bytes(case: Case) -> int:
    """The least that a step must move through memory, in bytes.

    Inference: every weight read once, every activation written once and read once. Training: activations three
    times that, weights eight times (read forward and backward, gradient written and read, weight and velocity
    read and written).
    """
    model, task = split(case.variant)
    training = task == "training"
    weights = parameters(model) * (8 if training else 1)
    activations = 2 * _activations(model) * case.size * (3 if training else 1)
    return ITEM_BYTES[case.dtype] * (weights + activations)


def need_bytes(case: Case, backend: str) -> int:
    """Weights (with their velocity and gradient in training), activations and as much again for temporaries.

    The check of a training step holds one more copy of the weights; making them takes the largest layer twice.
    """
    model, task = split(case.variant)
    weights = 4 * parameters(model)
    largest = 4 * max(layer.parameters for layer in layers(model))
    images = case.size * math.prod(MODELS[model].input_shape)
    if task == "training":
        return 4 * weights + 4 * case.size * 2 * _activations(model)
    return weights + largest + 4 * (2 * images + case.size * 2 * _largest_activations(model))


def _activations(model: str) -> int:
    """Values that the layers of one image hand on, the input included."""
    return math.prod(MODELS[model].input_shape) + sum(math.prod(layer.shape) for layer in layers(model))


def _largest_activations(model: str) -> int:
    """Values of the two neighbouring layers that are largest together: what inference holds at once."""
    sizes = [math.prod(MODELS[model].input_shape), *(math.prod(layer.shape) for layer in layers(model))]
    return max(first + second for first, second in itertools.pairwise(sizes))


def build(case: Case, backend: str) -> Program:
    """The network as a JAX program; see ``_cnn_jax``."""
    model, task = split(case.variant)
    make = _cnn_jax.training if task == "training" else _cnn_jax.inference
    return make(layers(model), MODELS[model].input_shape, case, backend, _options(case, backend))


def _options(case: Case, backend: str) -> dict[str, Any]:
    """XLA options per backend, chosen by measurement (reference measurements: CPU 1 and 3b, GPU F3)."""
    if backend == "gpu":
        return {"xla_gpu_enable_triton_gemm": False}  # autotuning costs 10 to 23 s a training step, for no gain
    if backend != "cpu":
        return {}
    model, task = split(case.variant)
    fusion = "xla_cpu_experimental_ynn_fusion_type"
    if task == "training":
        # YNNPACK's convolutions make weight gradients 1.3 to 19 times slower than Eigen's; its products are fine.
        return {fusion: "LIBRARY_FUSION_TYPE_INDIVIDUAL_DOT"}
    if model == "baseline" and case.size >= 128:
        return {}  # three input channels at large batches is the one convolution that YNNPACK does faster
    return {fusion: ""}  # Eigen for convolutions and for the dense layers' few rows


def title(variant: str) -> str:
    """``alexnet training`` as people say it: AlexNet, training."""
    model, task = split(variant)
    return f"{MODELS[model].title}, {task}"


WORKLOAD = Workload(
    name="cnn",
    title="Convolutional network",
    why="A real network mixes convolutions, pooling and dense layers, and shows how much of the peak it can use.",
    size_name="batch",
    item_name="image",
    variants={f"{model} {task}": title(f"{model} {task}") for model in MODELS for task in TASKS},
    dtypes=DTYPES,
    cases=cases,
    flops=flops,
    bytes=moved_bytes,
    items=lambda case: case.size,
    need_bytes=need_bytes,
    build=build,
    # Winograd's F(2x2, 3x3) needs 2.25 times fewer multiplications (Lavin and Gray 2015), and cuDNN uses it in fp32.
    shortcut=2.25,
)
