"""Convolutional networks: the lecture's baseline model, AlexNet and ResNet-50, used (inference) and taught (training).

FLOP are counted where the layers are described, in ``_cnn_models``. A training step counts three times the forward
pass: forward, gradient of the inputs, gradient of the weights.
"""

from __future__ import annotations

import math

from compute.workloads import Case, Program, Unsupported, Workload, _cnn_jax, _tuning
from compute.workloads._cnn_models import IMAGE, MODELS, Layer, Model, blocks, layers, stages

__all__ = ["MODELS", "WORKLOAD", "Layer", "Model", "blocks", "layers", "stages"]

TASKS = {"inference": "classify a batch", "training": "one training step on a batch"}
DTYPES = ("fp32", "tf32", "bf16", "fp16")
ITEM_BYTES = {"fp32": 4, "tf32": 4, "bf16": 2, "fp16": 2}


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
    """Batch sweeps, the sizes that everyone quotes first; they double until the memory ends."""
    sweeps = _CPU_BATCHES[suite] if backend == "cpu" else _ACCELERATOR_BATCHES[suite]
    longest = max(len(batches) for batches in sweeps.values())
    cases = [
        Case("cnn", variant, "fp32" if backend == "cpu" else "bf16", batches[at])
        for at in range(longest)
        for variant, batches in sweeps.items()
        if at < len(batches)
    ]
    if backend == "cpu":  # where all else is slower than fp32
        return cases
    return cases + [
        Case("cnn", variant, dtype, sweeps[variant][0])
        for dtype in ("fp16", "tf32", "fp32")
        for variant in sweeps
        if variant in _OTHER_DTYPES[suite]
    ]


_CPU_BATCHES: dict[str, dict[str, tuple[int, ...]]] = {
    "quick": {
        "baseline inference": (128, 32),
        "alexnet inference": (8, 1),
        "baseline training": (128,),
        "alexnet training": (8,),
    },
    "standard": {
        "baseline inference": (128, 32, 1, 8, 512),
        "alexnet inference": (8, 1, 32),
        "resnet50 inference": (8, 1),
        "baseline training": (128, 32, 8, 512),
        "alexnet training": (8, 32),
        "resnet50 training": (8,),
    },
    "full": {
        "baseline inference": (128, 32, 1, 8, 512, 2048),
        "alexnet inference": (8, 1, 32, 2, 4, 16, 64, 128),
        "resnet50 inference": (8, 1, 2, 4, 16, 32),
        "baseline training": (128, 32, 8, 512, 1, 2048),
        "alexnet training": (8, 32, 1, 2, 4, 16, 64),
        "resnet50 training": (8, 1, 2, 4, 16),
    },
}
_ACCELERATOR_BATCHES: dict[str, dict[str, tuple[int, ...]]] = {
    "quick": {
        "alexnet inference": (256, 1),
        "baseline inference": (4096, 128),
        "resnet50 inference": (256,),
        "alexnet training": (256,),
        "baseline training": (4096,),
        "resnet50 training": (256,),
    },
    "standard": {
        "baseline inference": (4096, 128, 1, 16384),
        "alexnet inference": (512, 32, 1, 1024),
        "resnet50 inference": (256, 1),
        "baseline training": (4096, 128, 16384),
        "alexnet training": (512, 32, 1024),
        "resnet50 training": (256,),
    },
    "full": {
        "baseline inference": (4096, 128, 1, 16384, 65536),
        "alexnet inference": (512, 32, 1, 128, 1024, 4096),
        "resnet50 inference": (256, 32, 1, 1024),
        "baseline training": (4096, 128, 16384, 65536),
        "alexnet training": (512, 32, 128, 1024, 4096),
        "resnet50 training": (256, 32, 1024),
    },
}

# What is also measured in the formats that one would rather not use; ResNet-50 takes long to compile.
_OTHER_DTYPES = {
    "quick": (),
    "standard": ("alexnet inference", "alexnet training"),
    "full": tuple(_ACCELERATOR_BATCHES["full"]),
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

    The check of a training step holds one more copy of the weights; making them takes the largest layer twice. A CPU
    widens what is narrower than fp32.
    """
    model, task = split(case.variant)
    item = 4 if backend == "cpu" else ITEM_BYTES[case.dtype]
    weights = 4 * parameters(model)
    largest = 4 * max(layer.parameters for layer in layers(model))
    images = case.size * math.prod(MODELS[model].input_shape)
    if task == "training":
        return 4 * weights + item * case.size * 2 * _activations(model)
    return weights + largest + item * (2 * images + case.size * 2 * _largest_activations(model))


def _activations(model: str) -> int:
    """Values that the layers of one image hand on, the input included."""
    return math.prod(MODELS[model].input_shape) + sum(math.prod(layer.shape) for layer in layers(model))


def _largest_activations(model: str) -> int:
    """Values that one layer takes and gives, for the layer with the most: what inference holds at once."""
    network = layers(model)
    sizes = {place: math.prod(layer.shape) for place, layer in enumerate(network)}
    sizes[IMAGE] = math.prod(MODELS[model].input_shape)
    added = [0 if layer.adds is None else sizes[layer.adds] for layer in network]
    return max(sizes[layer.source] + sizes[place] + added[place] for place, layer in enumerate(network))


def build(case: Case, backend: str) -> Program:
    """The network as a JAX program; see ``_cnn_jax``.

    Raises:
        Unsupported: this backend does not have the number format.
    """
    if case.dtype == "tf32" and backend != "gpu":
        raise Unsupported("TF32 is a number format of NVIDIA GPUs; this device has none.")
    return program(case, _tuning.find(case, backend))


def program(case: Case, tuned: _tuning.Entry) -> Program:
    """The network as a JAX program under the options and in the formulation of ``tuned``."""
    model, task = split(case.variant)
    make = _cnn_jax.training if task == "training" else _cnn_jax.inference
    return make(layers(model), MODELS[model].input_shape, case, tuned)


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
