"""Whether our networks and PyTorch's are the same: the same weights and images must give the same scores."""

from __future__ import annotations

from typing import Any

import numpy as np
import torch

from compute.workloads import Case, workloads
from tests.peers.subjects.ours import device
from tests.peers.subjects.torch_networks import MODELS


def scores_apart(model: str) -> float:
    """Relative Frobenius distance of the scores of two images."""
    case = Case("cnn", f"{model} inference", "fp32", 2)
    program = workloads()["cnn"].build(case, device().backend)
    weights = program.fixed()
    state = program.state(weights)
    images = np.array(state[0], np.float32)
    ours = np.array(device().jax.jit(program.step)(weights, state)[1])
    network = MODELS[model]().eval()
    _load(network, [np.array(part, np.float32) for part in device().jax.tree.leaves(weights)])
    with torch.inference_mode():
        theirs = network(torch.from_numpy(images).permute(0, 3, 1, 2).contiguous()).numpy()
    return float(np.linalg.norm(ours - theirs) / np.linalg.norm(theirs))


def _load(network: Any, arrays: list[Any]) -> None:
    """Our weights, layer by layer in the order of the network, into PyTorch's parameters.

    Kernels are HWIO here and OIHW there, dense weights the transpose, and the first dense layer reads the last
    pictures by height, width and channel here, by channel, height and width there.
    """
    remaining = iter(arrays)
    channels = 0
    for parameter in network.parameters():
        array = next(remaining)
        if array.ndim == 4:
            array, channels = array.transpose(3, 2, 0, 1), array.shape[3]
        elif array.ndim == 2:
            inputs, units = array.shape
            if channels and inputs != channels:
                side = int((inputs // channels) ** 0.5)
                array = array.reshape(side, side, channels, units).transpose(2, 0, 1, 3).reshape(inputs, units)
            array, channels = array.T, 0
        if tuple(parameter.shape) != array.shape:
            raise ValueError(f"weights of shape {array.shape} where PyTorch has {tuple(parameter.shape)}")
        parameter.data.copy_(torch.from_numpy(np.ascontiguousarray(array)))
    if next(remaining, None) is not None:
        raise ValueError("our network has more weights than PyTorch's")
