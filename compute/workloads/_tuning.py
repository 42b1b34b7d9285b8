"""XLA options and formulations that pay, each with the measurement that says so.

The mathematics of a case never depends on this table, only how fast it runs. The first entry that fits a case is
used alone; what no entry fits runs with XLA's defaults and the plain formulation.
"""

from __future__ import annotations

import sys
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from compute.workloads import Case

# XLA's CPU backend hands products and convolutions to YNNPACK; with "" its Eigen kernels run instead.
_LIBRARY = "xla_cpu_experimental_ynn_fusion_type"
EIGEN = {_LIBRARY: ""}
ONEDNN = {
    **EIGEN,
    "xla_cpu_use_onednn": True,
    # Only for products that stand alone: several that are added up end the process, batched ones never end.
    "xla_cpu_experimental_onednn_fusion_type": "LIBRARY_FUSION_TYPE_INDIVIDUAL_DOT",
}
EIGEN_CONVOLUTIONS = {_LIBRARY: "LIBRARY_FUSION_TYPE_INDIVIDUAL_DOT"}
# On GPUs: cuBLAS for products, without trying Triton's kernels; cuDNN's graphs for convolutions.
NO_TRITON = {"xla_gpu_enable_triton_gemm": False}
_CUDNN_GRAPHS = {**NO_TRITON, "xla_gpu_experimental_enable_conv_fusion": True}
# Small products of one input stay apart (ResNet-50's first shortcut), so that the count of products proves the work.
_UNMERGED = {"xla_gpu_dot_merger_threshold_mb": 0}


@dataclass(frozen=True)
class Entry:
    """How to compile and write some cases, and why so.

    It fits a case of ``workload`` on ``backend`` whose variant has all of the words in ``variant`` (a model, a task,
    both), whose dtype and mode are listed (empty: any), and whose size lies in ``sizes``, both ends included.
    """

    workload: str
    backend: str
    why: str
    variant: str = ""
    dtypes: tuple[str, ...] = ()
    modes: tuple[str, ...] = ()
    sizes: tuple[int, int] = (0, sys.maxsize)
    options: Mapping[str, Any] = field(default_factory=dict)
    formulation: Mapping[str, str] = field(default_factory=dict)

    def fits(self, case: Case, backend: str) -> bool:
        """Whether this entry speaks about the case on this backend."""
        return (
            (self.workload, self.backend) == (case.workload, backend)
            and set(self.variant.split()) <= set(case.variant.split())
            and case.dtype in (self.dtypes or (case.dtype,))
            and case.mode in (self.modes or (case.mode,))
            and self.sizes[0] <= case.size <= self.sizes[1]
        )


ENTRIES = (
    Entry(
        workload="matmul",
        backend="cpu",
        modes=("fused",),
        options=EIGEN,
        why="Inside a loop Eigen's product beats YNNPACK's from 128 to 512, by up to a third (reference, CPU 5).",
    ),
    *(
        Entry(
            workload="matmul",
            backend="cpu",
            variant=variant,
            dtypes=("fp32", "default"),
            sizes=(1024, sys.maxsize),
            options=ONEDNN,
            why="On 2 cores of an EPYC with AVX2 oneDNN has 1.06 of YNNPACK's rate at 2048 and 1.10 at 4096.",
        )
        for variant in ("square", "peak")
    ),
    *(
        Entry(
            workload="matmul",
            backend="cpu",
            variant=f"alexnet {layer}",
            sizes=(0, 64),
            options=EIGEN,
            why="Eigen multiplies few rows 1.6 times as fast as YNNPACK, and long windows 1.3 times.",
        )
        for layer in ("dense1", "dense2", "conv2", "conv3")
    ),
    Entry(
        workload="matmul",
        backend="gpu",
        options=NO_TRITON,
        why="Autotuning Triton kernels takes 0.5 to 27 s a shape, and cuBLAS was as fast or faster in every product "
        "tried on an H200 (reference, measurement F3).",
    ),
    Entry(
        workload="cnn",
        backend="cpu",
        variant="training",
        options=EIGEN_CONVOLUTIONS,
        formulation={"sums": "halves"},
        why="YNNPACK's convolutions make weight gradients 1.3 to 19 times slower than Eigen's; its products are fine. "
        "Sums by halves train ResNet-50 at batch 8 a third faster (2 cores of an EPYC with AVX2), AlexNet by 2 %.",
    ),
    Entry(
        workload="cnn",
        backend="cpu",
        variant="baseline inference",
        sizes=(2, 127),
        options=EIGEN,
        why="Eigen for the dense layers' few rows; at 32 YNNPACK has 0.70 of its rate, at 1 it has 1.18.",
    ),
    Entry(
        workload="cnn",
        backend="cpu",
        variant="baseline inference",
        sizes=(128, sys.maxsize),
        formulation={"pool": "window"},
        why="With three input channels YNNPACK is faster, and with XLA's own pooling: 8.7 k images/s at 128, with "
        "slices 3.4 k, with Eigen 5.4 k.",
    ),
    *(
        Entry(
            workload="cnn",
            backend="cpu",
            variant=f"{model} inference",
            options=EIGEN,
            why="Eigen for convolutions, and for the dense layers' few rows.",
        )
        for model in ("alexnet", "resnet50")
    ),
    Entry(
        workload="cnn",
        backend="gpu",
        variant="resnet50 inference",
        options={**NO_TRITON, **_UNMERGED},
        formulation={"stem": "blocks", "pointwise": "product"},
        why="On an H100, bf16 256: 33.5 k images/s, with cuDNN's graphs 23.6 k, and plain 22.1 k.",
    ),
    Entry(
        workload="cnn",
        backend="gpu",
        variant="resnet50 training",
        options={**_CUDNN_GRAPHS, **_UNMERGED, "xla_gpu_cudnn_gemm_max_plans": 1},
        formulation={"stem": "blocks", "pointwise": "product"},
        why="On an H100, bf16 256: products for 1x1 convolutions are 17 % faster, the stem in blocks 2 % more. Trying "
        "all of cuDNN's algorithms gains another 7 % and takes nearly twice as long to compile.",
    ),
    Entry(
        workload="cnn",
        backend="gpu",
        variant="alexnet",
        options={**_CUDNN_GRAPHS, "xla_gpu_cudnn_gemm_max_plans": 2},
        formulation={"stem": "blocks"},
        why="As below; the stem in blocks gains half in training (bf16 512 on an H100) and 3 % in fp32.",
    ),
    Entry(
        workload="cnn",
        backend="gpu",
        options={**_CUDNN_GRAPHS, "xla_gpu_cudnn_gemm_max_plans": 2},
        why="On an H200, AlexNet training bf16 512: with cuDNN's graphs and its first few plans instead of all its "
        "algorithms tried, it compiles in 1.9 s instead of 16.5 and runs as fast (54.7 k images/s to 54.2 k); "
        "inference gains 3 %, the baseline model's 29 %.",
    ),
    Entry(
        workload="kmeans",
        backend="cpu",
        formulation={"sums": "columns"},
        why="XLA's scattered additions are a loop of one thread. Of each coordinate in 8 pieces they run side by side "
        "on all cores: 1.2 to 2.2 times the points/s from 2^14 to 2^22 points (2 cores of an EPYC).",
    ),
    Entry(
        workload="sha256",
        backend="gpu",
        formulation={"kernel": "pallas"},
        why="XLA's loop writes 24 words a nonce to memory after each turn. On an H100 it does 1.25 GH/s with 16 rounds "
        "a turn, 1.9 with 32, and compiles for minutes with 64; the kernel does 5.4.",
    ),
    *(
        Entry(
            workload="kmeans",
            backend=backend,
            formulation={"sums": "product"},
            why="Thousands of hands that add to the same eight sums wait for each other; a matrix product does not: "
            "5.6 times the points/s on an H100 (2^22 points).",
        )
        for backend in ("gpu", "tpu")
    ),
)


def find(case: Case, backend: str) -> Entry:
    """The entry for a case; one without options or formulation where the table has none."""
    plain = Entry(case.workload, backend, why="XLA's defaults.")
    return next((entry for entry in ENTRIES if entry.fits(case, backend)), plain)
