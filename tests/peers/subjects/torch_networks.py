"""The networks of ``compute.workloads.cnn`` in PyTorch, written by hand, used and taught as an expert would."""

from __future__ import annotations

import contextlib
from collections.abc import Callable
from itertools import pairwise
from typing import Any

import torch
from torch import nn
from torch.nn import functional
from torch.nn.utils.fusion import fuse_conv_bn_eval

from compute.workloads import Case
from tests.peers.child import Subject, repeated
from tests.peers.subjects import torch_setup

INPUTS = {"baseline": (3, 32, 32), "alexnet": (3, 224, 224), "resnet50": (3, 224, 224)}
CLASSES = {"baseline": 10, "alexnet": 1000, "resnet50": 1000}
LEARNING_RATE = 1e-5
MOMENTUM = 0.9
release = torch_setup.release


def baseline() -> Any:
    """Two blocks of 3x3 convolution, ReLU and 2x2 max-pooling, then two dense layers."""
    return nn.Sequential(
        nn.Conv2d(3, 32, 3, padding=1), nn.ReLU(), nn.MaxPool2d(2),
        nn.Conv2d(32, 64, 3, padding=1), nn.ReLU(), nn.MaxPool2d(2),
        nn.Flatten(), nn.Linear(64 * 8 * 8, 128), nn.ReLU(), nn.Linear(128, 10),
    )  # fmt: skip


def alexnet() -> Any:
    """One tower (Krizhevsky 2014), without dropout."""
    return nn.Sequential(
        nn.Conv2d(3, 64, 11, stride=4, padding=2), nn.ReLU(), nn.MaxPool2d(3, 2),
        nn.Conv2d(64, 192, 5, padding=2), nn.ReLU(), nn.MaxPool2d(3, 2),
        nn.Conv2d(192, 384, 3, padding=1), nn.ReLU(),
        nn.Conv2d(384, 256, 3, padding=1), nn.ReLU(),
        nn.Conv2d(256, 256, 3, padding=1), nn.ReLU(), nn.MaxPool2d(3, 2),
        nn.Flatten(), nn.Linear(256 * 6 * 6, 4096), nn.ReLU(),
        nn.Linear(4096, 4096), nn.ReLU(), nn.Linear(4096, 1000),
    )  # fmt: skip


class Bottleneck(nn.Module):
    """1x1, 3x3, 1x1 convolutions around a shortcut; version 1.5 puts the stride into the 3x3."""

    def __init__(self, inputs: int, width: int, stride: int) -> None:
        super().__init__()
        self.shortcut = (
            nn.Sequential(nn.Conv2d(inputs, 4 * width, 1, stride, bias=False), nn.BatchNorm2d(4 * width))
            if stride != 1 or inputs != 4 * width
            else nn.Identity()
        )
        self.path = nn.Sequential(
            nn.Conv2d(inputs, width, 1, bias=False), nn.BatchNorm2d(width), nn.ReLU(inplace=True),
            nn.Conv2d(width, width, 3, stride, 1, bias=False), nn.BatchNorm2d(width), nn.ReLU(inplace=True),
            nn.Conv2d(width, 4 * width, 1, bias=False), nn.BatchNorm2d(4 * width),
        )  # fmt: skip

    def forward(self, values: Any) -> Any:
        return functional.relu(self.path(values) + self.shortcut(values), inplace=True)


def resnet50() -> Any:
    """ResNet-50 (He 2015), version 1.5."""
    blocks: list[Any] = []
    inputs = 64
    for stage, depth in enumerate((3, 4, 6, 3)):
        width = 64 * 2**stage
        for number in range(depth):
            blocks.append(Bottleneck(inputs, width, 2 if stage and not number else 1))
            inputs = 4 * width
    return nn.Sequential(
        nn.Conv2d(3, 64, 7, stride=2, padding=3, bias=False), nn.BatchNorm2d(64), nn.ReLU(inplace=True),
        nn.MaxPool2d(3, 2, 1), *blocks, nn.AdaptiveAvgPool2d(1), nn.Flatten(), nn.Linear(2048, 1000),
    )  # fmt: skip


MODELS: dict[str, Callable[[], Any]] = {"baseline": baseline, "alexnet": alexnet, "resnet50": resnet50}


def folded(model: Any) -> Any:
    """The model for inference, each batch normalisation folded into the convolution before it, as the engine does."""
    model.eval()
    for block in [module for module in model.modules() if isinstance(module, nn.Sequential)]:
        for at, (convolution, norm) in enumerate(pairwise(list(block))):
            if isinstance(norm, nn.BatchNorm2d):
                block[at], block[at + 1] = fuse_conv_bn_eval(convolution, norm), nn.Identity()
    return model


def prepare(case: Case, how: dict[str, Any]) -> Subject:
    """The model and task of the case.

    ``how``: ``backend`` cpu or gpu; ``layout`` contiguous or channels_last; ``compile`` for torch.compile; in bf16
    ``autocast`` keeps fp32 weights and narrows where PyTorch thinks it safe, without it everything is bf16.
    """
    device = torch_setup.start(how["backend"])
    torch.backends.cuda.matmul.allow_tf32 = torch.backends.cudnn.allow_tf32 = case.dtype == "tf32"
    torch.manual_seed(0)
    name, task = case.variant.split()
    pure = torch.bfloat16 if case.dtype == "bf16" and not how.get("autocast") else torch.float32
    layout = torch.channels_last if how["layout"] == "channels_last" else torch.contiguous_format
    model = MODELS[name]()
    model = (model if task == "training" else folded(model)).to(device, pure).to(memory_format=layout)
    images = torch.randn((case.size, *INPUTS[name]), device=device).to(pure).to(memory_format=layout)
    labels = torch.randint(CLASSES[name], (case.size,), device=device)
    make = _training if task == "training" else _inference
    step = make(model, images, labels, how)

    return repeated(step, lambda: torch_setup.wait(device))


def _inference(model: Any, images: Any, labels: Any, how: dict[str, Any]) -> Callable[[], None]:
    run = torch.compile(model) if how.get("compile") else model

    @torch.inference_mode()
    def step() -> None:
        with _narrowed(images, how):
            run(images)

    return step


def _training(model: Any, images: Any, labels: Any, how: dict[str, Any]) -> Callable[[], None]:
    def loss_of(images: Any, labels: Any) -> Any:
        return functional.cross_entropy(model(images).float(), labels)

    model.train()
    # On a CPU the fused update is slower than the one over lists of arrays, which is the default.
    fused = True if how["backend"] == "gpu" else None
    optimizer = torch.optim.SGD(model.parameters(), lr=LEARNING_RATE, momentum=MOMENTUM, fused=fused)
    run = torch.compile(loss_of) if how.get("compile") else loss_of

    def step() -> None:
        optimizer.zero_grad(set_to_none=True)
        with _narrowed(images, how):
            loss = run(images, labels)
        loss.backward()
        optimizer.step()

    return step


def _narrowed(images: Any, how: dict[str, Any]) -> Any:
    return torch.autocast(images.device.type, torch.bfloat16) if how.get("autocast") else contextlib.nullcontext()
