"""The networks in ONNX Runtime: the same graphs, exported from PyTorch, for inference on the CPU."""

from __future__ import annotations

import io
import warnings
from typing import Any

import numpy as np
import onnxruntime
import torch

from compute import machine
from compute.workloads import Case
from tests.peers.child import Subject, repeated
from tests.peers.subjects.torch_networks import CLASSES, INPUTS, MODELS, folded


def prepare(case: Case, how: dict[str, Any]) -> Subject:
    """Inference in fp32 from an array into an array, both there already."""
    name, _ = case.variant.split()
    images = np.random.default_rng(1).standard_normal((case.size, *INPUTS[name]), np.float32)
    settings = onnxruntime.SessionOptions()
    settings.intra_op_num_threads = max(1, int(machine.describe().cpu_count))
    session = onnxruntime.InferenceSession(_exported(name, images), settings, providers=["CPUExecutionProvider"])
    bound = session.io_binding()
    values = onnxruntime.OrtValue
    bound.bind_ortvalue_input("images", values.ortvalue_from_numpy(images))
    bound.bind_ortvalue_output("scores", values.ortvalue_from_shape_and_type((case.size, CLASSES[name]), np.float32))

    return repeated(lambda: session.run_with_iobinding(bound))


def _exported(name: str, images: Any) -> bytes:
    file = io.BytesIO()
    with warnings.catch_warnings(), torch.inference_mode():
        warnings.simplefilter("ignore")  # the exporter that needs no further package is called old
        torch.onnx.export(
            folded(MODELS[name]()), (torch.from_numpy(images),), file,
            input_names=["images"], output_names=["scores"], dynamo=False,
        )  # fmt: skip
    return file.getvalue()
