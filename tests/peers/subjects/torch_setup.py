"""What every PyTorch contender does first: as many threads as the engine uses, the device, and how to wait for it."""

from __future__ import annotations

import gc

import torch

from compute import machine


def start(backend: str) -> str:
    """The name of PyTorch's device for ``cpu`` or ``gpu``, its threads set."""
    torch.set_num_threads(max(1, int(machine.describe().cpu_count)))
    torch.backends.cudnn.benchmark = True
    return "cuda" if backend == "gpu" else "cpu"


def wait(device: str) -> None:
    """Until the device has done what it was asked."""
    if device == "cuda":
        torch.cuda.synchronize()


def release() -> None:
    """Give memory back that nobody uses any more."""
    gc.collect()
    if torch.cuda.is_available():
        torch.cuda.empty_cache()
