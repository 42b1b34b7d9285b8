"""The networks of ``cnn``, described layer by layer: shapes, parameters, FLOP and bytes. Needs nothing but Python.

FLOP are counted where the layers are described: a multiply-add is two, and only convolutions and dense layers count
(bias, batch normalisation, ReLU, additions, pooling and softmax are under one per cent).
"""

from __future__ import annotations

import math
from collections import Counter
from dataclasses import dataclass, replace
from itertools import count, groupby
from typing import Any

IMAGE = -1  # as the source of a layer: the image itself
WEIGHTED = ("convolution", "dense")


@dataclass(frozen=True)
class Layer:
    """One layer: its output shape (height, width, channels) or (units,), and its amounts for one image.

    ``window`` and ``stride`` are those of a convolution or pooling. ``source`` is the place in the network of the
    layer whose output comes in. After it, in this order: batch normalisation where ``normalised``, the output of the
    layer at ``adds`` on top, ReLU where ``relu``. ``block`` names the residual block that the layer belongs to.
    ``flops`` is the forward pass; ``bytes`` is what it must at least read and write in fp32, weights included.
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
    source: int = IMAGE
    normalised: bool = False
    adds: int | None = None
    relu: bool = False
    block: str = ""


@dataclass(frozen=True)
class Model:
    """A network: its input (height, width, channels), and its plan.

    The plan has one entry (kind, width, window, stride, padding) a layer, in order. A ``bottleneck`` is a residual
    block of width w: convolutions 1x1 to w channels, of the entry's window to w, 1x1 to 4 w, added to the block's
    input, which a 1x1 convolution brings to the same shape where it has another (He 2015, figure 5 and option B).
    """

    title: str
    input_shape: tuple[int, int, int]
    plan: tuple[tuple[str, int, int, int, int], ...]
    normalised: bool = False  # batch normalisation instead of a bias after every convolution (Ioffe and Szegedy 2015)


def _stage(width: int, blocks: int, stride: int) -> tuple[tuple[str, int, int, int, int], ...]:
    """Residual blocks of one width; the first strides."""
    return (("bottleneck", width, 3, stride, 1), *[("bottleneck", width, 3, 1, 1)] * (blocks - 1))


# The model of the lecture: two blocks of 3x3 convolution, ReLU and 2x2 max-pooling, then two dense layers.
# AlexNet as one tower (Krizhevsky 2014, "One weird trick"), the variant that today's frameworks ship.
# ResNet-50 (He 2015) with the stride in the 3x3 convolution of a block ("v1.5"), the variant that everyone quotes.
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
    "resnet50": Model(
        "ResNet-50",
        (224, 224, 3),
        (
            ("convolution", 64, 7, 2, 3),
            ("max-pooling", 0, 3, 2, 1),
            *_stage(64, blocks=3, stride=1),
            *_stage(128, blocks=4, stride=2),
            *_stage(256, blocks=6, stride=2),
            *_stage(512, blocks=3, stride=2),
            ("average-pooling", 0, 7, 1, 0),
            ("dense", 1000, 0, 0, 0),
        ),
        normalised=True,
    ),
}


def layers(model: str) -> list[Layer]:
    """The layers of a model, by its name in ``MODELS``, with their amounts for one image.

    Raises:
        KeyError: no such model.
    """
    return described(MODELS[model])


def described(model: Model) -> list[Layer]:
    """The layers that the plan of ``model`` asks for."""
    plan = _Plan(model)
    for kind, width, window, stride, padding in model.plan:
        if kind == "bottleneck":
            plan.bottleneck(width, window, stride, padding)
        else:
            plan.add(kind, width, window, stride, padding)
    *others, last = plan.layers
    return [*others, replace(last, relu=False)]


class _Plan:
    """Layers added one after another."""

    def __init__(self, model: Model) -> None:
        self.layers: list[Layer] = []
        self._model = model
        self._counts: Counter[str] = Counter()

    def add(self, kind: str, width: int, window: int, stride: int = 1, padding: int = 0, **more: Any) -> int:
        """Add a layer on the output of the one before, or of ``more["source"]``; returns its place."""
        more.setdefault("source", len(self.layers) - 1)
        if "name" not in more:
            self._counts[kind] += 1
            more["name"] = f"{kind} {self._counts[kind]}"
        shape = self._shape(more["source"])
        read = math.prod(shape) + (math.prod(self._shape(more["adds"])) if "adds" in more else 0)
        if kind == "dense":
            shape, weights = (width,), math.prod(shape) * width
            flops = 2 * weights
        else:
            side = (shape[0] + 2 * padding - window) // stride + 1
            weights = window * window * shape[2] * width
            flops = 2 * side * side * weights
            shape = (side, side, width or shape[2])
        normalised = self._model.normalised and kind == "convolution"
        parameters = weights + (2 * width if normalised else width)  # scale and shift, or a bias
        self.layers.append(
            Layer(
                kind=kind, shape=shape, parameters=parameters, flops=flops,
                bytes=4 * (read + parameters + math.prod(shape)),
                window=window, stride=stride, padding=padding, normalised=normalised,
                **{"relu": kind in WEIGHTED, **more},
            )
        )  # fmt: skip
        return len(self.layers) - 1

    def bottleneck(self, width: int, window: int, stride: int, padding: int) -> None:
        """Add a residual block; its last ReLU comes after the addition."""
        self._counts["block"] += 1
        block = f"block {self._counts['block']}"
        start = added = len(self.layers) - 1

        def convolution(name: str, width: int, window: int, stride: int = 1, padding: int = 0, **more: Any) -> int:
            name = f"{block} {name}"
            return self.add("convolution", width, window, stride, padding, name=name, block=block, **more)

        if stride != 1 or self._shape(start)[2] != 4 * width:
            added = convolution("shortcut", 4 * width, 1, stride, source=start, relu=False)
        convolution("convolution 1", width, 1, source=start)
        convolution("convolution 2", width, window, stride, padding)
        convolution("convolution 3", 4 * width, 1, adds=added)

    def _shape(self, place: int) -> tuple[int, ...]:
        return self._model.input_shape if place == IMAGE else self.layers[place].shape


def blocks(layers: list[Layer]) -> list[Layer]:
    """The network in fewer lines: each residual block as one layer, amounts added; other layers as they are."""
    found: list[Layer] = []
    for block, members in groupby(layers, key=lambda layer: layer.block):
        together = list(members)
        found += [_together(block, together)] if block else together
    return found


def stages(layers: list[Layer]) -> list[Layer]:
    """The network in fewer lines still: neighbouring residual blocks of one output shape as one layer."""
    found: list[Layer] = []
    counts = count(1)
    for (in_block, _), members in groupby(blocks(layers), key=lambda layer: (bool(layer.block), layer.shape)):
        together = list(members)
        found += [_together(f"stage {next(counts)}, {len(together)} blocks", together)] if in_block else together
    return found


def _together(name: str, layers: list[Layer]) -> Layer:
    """Several layers as one."""
    parameters, flops, moved = (
        sum(getattr(layer, amount) for layer in layers) for amount in ("parameters", "flops", "bytes")
    )
    return Layer(name, "convolution", layers[-1].shape, parameters, flops, moved, block=name)
