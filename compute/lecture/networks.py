"""A network drawn to scale: its layers as blocks, and how much of the work and of the parameters each one has.

Three scales, each the same for all layers of a network. In the blocks every number that a layer puts out is a cube of
one size: a picture of 27 x 27 with 192 channels is a box of 27 x 27 x 192, and a dense layer of 4,096 units a sheet as
high as the picture that comes in. Work and parameters are squares whose area is the amount.
"""

import math
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from compute import units
from compute.workloads.cnn import MODELS, Layer, layers

# Cabinet projection: what goes into the depth is drawn at half its length, at 45 degrees.
DEPTH = 0.5 * math.sqrt(0.5)
# The largest block is so many units high; a column is at least so many wide, for the words below it.
HIGH, NARROWEST = 100.0, 85.0
SHORT = {"convolution": "conv", "max-pooling": "pool", "dense": "dense"}


@dataclass(frozen=True)
class Shares:
    """Which part of a network's amounts its convolutions and its dense layers have, from 0 to 1."""

    convolution_work: float
    convolution_parameters: float
    dense_work: float
    dense_parameters: float


def shares(model: str) -> Shares:
    """Where the work and the parameters of a network sit. Raises KeyError for a model that is not in MODELS."""
    found = layers(model)
    return Shares(
        *(
            sum(getattr(layer, amount) for layer in found if layer.kind == kind)
            / sum(getattr(layer, amount) for layer in found)
            for kind in ("convolution", "dense")
            for amount in ("flops", "parameters")
        )
    )


def drawing(model: str) -> dict[str, Any]:
    """All that is drawn of a network: one column for the picture that comes in and for each layer.

    Raises KeyError for a model that is not in MODELS.
    """
    found = layers(model)
    side = MODELS[model].input_shape[0]
    shapes = [MODELS[model].input_shape, *(layer.shape for layer in found)]
    scale = HIGH / max(sum(_extent(shape, side)[1:]) for shape in shapes)
    boxes = [_box(shape, side, scale) for shape in shapes]
    work, parameters = ([getattr(layer, amount) for layer in found] for amount in ("flops", "parameters"))
    picture = {
        "name": "picture", "kind": "picture", "shape": _lines(shapes[0]), "box": boxes[0],
        "work": _square(0, work), "parameters": _square(0, parameters),
        "says": f"The picture that comes in: {_product(shapes[0])} numbers.",
    }  # fmt: skip
    columns = [
        {
            "name": _short(layer.name), "kind": layer.kind, "shape": _lines(layer.shape), "box": box,
            "work": _square(layer.flops, work), "parameters": _square(layer.parameters, parameters),
            "says": _says(layer, found),
        }
        for layer, box in zip(found, boxes[1:], strict=True)
    ]  # fmt: skip
    return {
        "title": MODELS[model].title,
        "columns": [picture, *columns],
        "work": units.si(sum(work), "FLOP"),
        "parameters": units.count(sum(parameters)),
        "statement": statement(model),
    }


def statement(model: str) -> list[list[str]]:
    """The point of the picture in words: pieces of text, each with the kind of layer that it stands for, or ""."""
    part = shares(model)
    return [
        ["Convolutions: ", ""],
        [f"{part.convolution_work:.0%} of the work".replace("%", " %"), "convolution"],
        ["Dense layers: ", ""],
        [f"{part.dense_parameters:.0%} of the parameters".replace("%", " %"), "dense"],
    ]


def _extent(shape: Sequence[int], side: int) -> tuple[float, float, float]:
    """Width and height of a block's front, and how far its depth reaches to the right and up; in numbers."""
    if len(shape) == 3:
        return shape[1], shape[0], shape[2] * DEPTH
    return shape[0] / side, min(shape[0], side), 0.0


def _box(shape: Sequence[int], side: int, scale: float) -> dict[str, Any]:
    """A block: the corners of its front, top and right faces, within a frame of the given width and height."""
    width, height, deep = (scale * length for length in _extent(shape, side))
    width = max(width, 2.0)
    top, right = deep, width + deep
    faces = {
        "front": [(0, top), (width, top), (width, top + height), (0, top + height)],
        "top": [(0, top), (deep, 0), (right, 0), (width, top)],
        "right": [(width, top), (right, 0), (right, height), (width, top + height)],
    }
    return {
        "width": round(right, 2),
        "height": round(height + deep, 2),
        "column": round(max(right, NARROWEST), 2),
        "faces": {name: " ".join(f"{x:.2f},{y:.2f}" for x, y in corners) for name, corners in faces.items()},
    }


def _square(amount: int, all_amounts: Sequence[int]) -> dict[str, Any]:
    """The side of a layer's square, 1 for the largest of the network, and its share in words."""
    return {
        "side": round(math.sqrt(amount / max(all_amounts)), 4),
        "share": _share(amount, sum(all_amounts)) if amount else "",
    }


def _share(amount: int, total: int) -> str:
    per_cent = 100 * amount / total
    return f"{per_cent:.0f} %" if per_cent >= 0.5 else "<1 %"


def _says(layer: Layer, found: Sequence[Layer]) -> str:
    """A layer in one sentence."""
    window = f", window {layer.window} × {layer.window}, stride {layer.stride}" if layer.window else ""
    puts_out = f"{layer.name.capitalize()}{window}: {_product(layer.shape)} numbers"
    if not layer.parameters:
        return f"{puts_out}. Nothing to learn."
    work, parameters = (sum(getattr(each, amount) for each in found) for amount in ("flops", "parameters"))
    return (
        f"{puts_out}, {units.si(layer.flops, 'FLOP')} ({_share(layer.flops, work)}), "
        f"{units.count(layer.parameters)} parameters ({_share(layer.parameters, parameters)})."
    )


def _product(shape: Sequence[int]) -> str:
    return " × ".join(f"{length:,}" for length in shape)


def _lines(shape: Sequence[int]) -> list[str]:
    """A shape in two short lines."""
    return [f"{shape[0]}×{shape[1]}", f"×{shape[2]}"] if len(shape) == 3 else [f"{shape[0]:,}", ""]


def _short(name: str) -> str:
    kind, _, number = name.partition(" ")
    return f"{SHORT.get(kind, kind)} {number}".strip()
