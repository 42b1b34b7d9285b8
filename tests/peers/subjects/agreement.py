"""Whether our networks and PyTorch's are the same: equal weights and images must give equal scores and gradients."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import numpy as np
import torch
from torch.nn import functional

from compute.workloads import Case, Program, workloads
from tests.peers.subjects.ours import device
from tests.peers.subjects.torch_networks import MODELS, folded

_IMAGES = 4


def scores_apart(model: str) -> float:
    """Relative Frobenius distance of the scores."""
    program = _program(model, "inference")
    weights = program.fixed()
    state = program.state(weights)
    images = _torchs(state[0])
    ours = np.array(_compiled(program)(weights, state)[1])
    network = folded(MODELS[model]())
    _load(network, weights)
    with torch.inference_mode():
        theirs = network(images).numpy()
    return _apart([ours], [theirs])


def gradients_apart(model: str) -> float:
    """Relative Frobenius distance of the gradients of all weights: the first step's velocity is the gradient."""
    program = _program(model, "training")
    images, labels = batch = program.fixed()
    state = program.state(batch)
    network = MODELS[model]().train()
    _load(network, state[0])
    velocity = _compiled(program)(batch, state)[1]
    functional.cross_entropy(network(_torchs(images)), torch.from_numpy(np.array(labels, np.int64))).backward()
    theirs = [parameter.grad.numpy() for parameter in network.parameters()]
    return _apart(list(_in_torchs_order(velocity)), theirs)


def _program(model: str, task: str) -> Program:
    return workloads()["cnn"].build(Case("cnn", f"{model} {task}", "fp32", _IMAGES), device().backend)


def _compiled(program: Program) -> Any:
    return device().jax.jit(program.step)


def _torchs(images: Any) -> Any:
    return torch.from_numpy(np.array(images, np.float32)).permute(0, 3, 1, 2).contiguous()


def _load(network: Any, weights: Any) -> None:
    for parameter, array in zip(network.parameters(), _in_torchs_order(weights), strict=True):
        if tuple(parameter.shape) != array.shape:
            raise ValueError(f"weights of shape {array.shape} where PyTorch has {tuple(parameter.shape)}")
        parameter.data.copy_(torch.from_numpy(array))


def _in_torchs_order(weights: Any) -> Iterator[Any]:
    """Our weights (or gradients) as PyTorch stores them, layer by layer in the order of the network.

    Kernels are HWIO here and OIHW there, and dense weights the transpose. The first dense layer reads pictures by
    height, width and channel here, by channel, height and width there.
    """
    channels = 0
    for leaf in device().jax.tree.leaves(weights):
        array = np.array(leaf, np.float32)
        if array.ndim == 4:
            channels = array.shape[3]
            array = array.transpose(3, 2, 0, 1)
        elif array.ndim == 2:
            inputs, units = array.shape
            side = round((inputs / channels) ** 0.5) if channels else 1
            if side > 1:
                array = array.reshape(side, side, channels, units).transpose(2, 0, 1, 3).reshape(inputs, units)
            array, channels = array.T, 0
        yield np.ascontiguousarray(array)


def _apart(ours: list[Any], theirs: list[Any]) -> float:
    difference = sum(float(np.square(one - other).sum()) for one, other in zip(ours, theirs, strict=True))
    return float((difference / sum(float(np.square(other).sum()) for other in theirs)) ** 0.5)
