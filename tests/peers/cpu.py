"""What is compared on a CPU, with the targets of the ratio table."""

from __future__ import annotations

import dataclasses
import os
from collections.abc import Iterator, Sequence
from functools import partial

from compute import machine
from compute.measure.worker import environment as worker_environment
from compute.workloads import Case
from tests.peers import checks
from tests.peers.contest import Arena, Contest, Effort, Entry, Goal, Item, held
from tests.peers.report import Finding

EFFORT = Effort(batch_s=0.2, warm_s=0.5, rounds=9, rest_s=0.05)
SECONDS = float("inf")
FRESH = True  # the memory is small, and libraries load in two seconds
MODELS = {"baseline": "Baseline model", "alexnet": "AlexNet", "resnet50": "ResNet-50"}
_PEAK = "FMA peak"
_OF_PEAK = 0.85
_CPU = {"backend": "cpu"}


def environment(module: str) -> dict[str, str]:
    """The variables of a contender's process: the worker's for all, its allocator above all, and as many threads.

    What would choose another kernel or block size than OpenBLAS itself chooses is taken away.
    """
    threads = str(max(1, int(machine.describe().cpu_count)))
    names = ("OMP_NUM_THREADS", "OPENBLAS_NUM_THREADS", "MKL_NUM_THREADS")
    base = {name: value for name, value in os.environ.items() if name not in ("OPENBLAS_CORETYPE", "OPENBLAS_L2_SIZE")}
    return worker_environment(base) | dict.fromkeys(names, threads) | {"JAX_PLATFORMS": "cpu"}


def plan(arena: Arena) -> Iterator[Item]:
    """Everything, in the order of the table."""
    for model, title in MODELS.items():
        yield Item(f"same network {title}", partial(checks.same_network, arena, model, title))
    for contest in _contests():
        yield Item(contest.what, partial(held, arena, contest))
    product = Case("matmul", "square", "fp32", 1024, "call")
    yield Item("clocks torch", partial(checks.clocks, arena, "torch_product", product, backend="cpu"))
    yield Item("clocks jax", partial(checks.clocks, arena, "jax_product", product))
    yield Item("spread", partial(checks.spread_beside_timeit, arena, dataclasses.replace(product, mode="stream")))


def _contests() -> list[Contest]:
    return [
        *(_product(n) for n in (512, 1024, 2048, 4096)),
        *(_network("alexnet training", batch, (Goal(("torch",), 1.1),)) for batch in (8, 32)),
        *(
            _network("alexnet inference", batch, (Goal(("torch",), 1.05), Goal(("onnxruntime",), 0.85)))
            for batch in (1, 8, 32)
        ),
        *(_network(f"baseline {task}", 128, (Goal(("torch",), 1.0),)) for task in ("training", "inference")),
        *(_network(f"resnet50 {task}", 8, (Goal(("torch",), 1.0),)) for task in ("training", "inference")),
        *(_beside_numpy(case, unit) for case, unit in _JOBS),
        _triad(2**25),
    ]


_JOBS = (
    (Case("rendering", "spheres", "fp32", 480), "frames/s"),
    (Case("rendering", "spheres", "fp32", 1080), "frames/s"),
    (Case("kmeans", "lloyd", "fp32", 2**18), "points/s"),
    (Case("kmeans", "lloyd", "fp32", 2**20), "points/s"),
)


def _beside_numpy(case: Case, unit: str) -> Contest:
    entries = (Entry("ours", "ours", case), Entry("numpy", "numpy_jobs", case))
    return Contest(f"{case.workload} {case.size}", entries, (Goal(("numpy",), 10.0),), unit)


def _triad(elements: int) -> Contest:
    case = Case("bandwidth", "triad", "fp32", elements)
    entries = (
        Entry("ours", "ours", case),
        Entry("C STREAM", "stream", case, {"arrays": "apart"}),
        Entry("C in place", "stream", case, {"arrays": "place"}),
    )
    return Contest(f"triad {elements}", entries, (Goal(("C STREAM",), 0.95), Goal(("C in place",), 0.95)), "GB/s")


def _product(n: int) -> Contest:
    case = Case("matmul", "square", "fp32", n)
    entries = (
        Entry("ours", "ours", case),
        Entry("numpy", "blas", case),
        Entry("torch", "torch_products", case, _CPU | {"layout": "nn"}),
        Entry(_PEAK, "peak", case),
    )
    return Contest(f"matmul fp32 {n}", entries, (Goal(("numpy", "torch"), 0.97),), "GFLOP/s")


def _network(variant: str, batch: int, goals: tuple[Goal, ...]) -> Contest:
    case = Case("cnn", variant, "fp32", batch)
    model, task = variant.split()
    entries = [
        Entry("ours", "ours", case),
        Entry("torch contiguous", "torch_networks", case, _CPU | {"layout": "contiguous"}),
        Entry("torch channels_last", "torch_networks", case, _CPU | {"layout": "channels_last"}),
        Entry("torch.compile", "torch_networks", case, _CPU | {"layout": "channels_last", "compile": True}),
    ]
    if task == "inference":
        entries.append(Entry("onnxruntime", "onnx_networks", case))
    return Contest(f"{MODELS[model]} {task} {batch}", tuple(entries), goals, "images/s")


def closing(findings: Sequence[Finding]) -> list[Finding]:
    """The share of the measured peak at the best size, once products were compared with it."""
    shares = [finding for finding in findings if finding.contender == _PEAK and finding.ratio is not None]
    if not shares:
        return []
    best = max(shares, key=lambda finding: finding.ratio or 0.0)
    return [dataclasses.replace(best, contender=f"{_PEAK}, best size", target=_OF_PEAK)]
