"""What is compared on an NVIDIA GPU, most important first, with the targets of the ratio table."""

from __future__ import annotations

import os
from collections.abc import Iterator, Sequence
from functools import partial
from typing import Any

from compute.measure.worker import environment as worker_environment
from compute.workloads import Case
from tests.peers import checks
from tests.peers.contest import Arena, Contest, Effort, Entry, Goal, Item
from tests.peers.report import Finding

EFFORT = Effort(batch_s=0.06, warm_s=0.2, rounds=7, rest_s=0.0)
SECONDS = 360.0  # the last contest to start may take another minute
FRESH = False  # loading CUDA takes longer than most contests
BACKEND = "gpu"
SIZES = (2048, 4096, 8192, 16384)
CHAINS = (256, 1024)
HEADLINE = 8192
# The contenders share one card: at 512 ours and PyTorch's ResNet-50 together do not fit into 80 GB.
BATCHES = {"alexnet": (256, 512, 1024, 2048), "resnet50": (128, 256)}
TITLES = {"alexnet": "AlexNet", "resnet50": "ResNet-50"}
_SWEEP_ROUNDS = 3
# A product that takes less than a dispatch is also measured with many of them in one program, on both sides.
_FUSED_UP_TO = 4096
# Making and checking the inputs of a larger one takes seconds, so that only the layout that won before is tried.
_BOTH_LAYOUTS_UP_TO = 8192
_TARGETS = {"bf16": 0.99, "fp16": 0.99, "tf32": 0.99, "fp32": 0.99, "fp64": 0.99, "fp8_e4m3": 1.05, "int8": 1.05}
# Lambda's deeplearning-benchmark, v2: one H200, mixed precision, images/s (reference measurements, D2).
_LAMBDA_RESNET50 = 3079.0


def environment(module: str) -> dict[str, str]:
    """The variables of a contender's process: memory is taken as it is needed, because all share one device."""
    return worker_environment(os.environ) | {"XLA_PYTHON_CLIENT_PREALLOCATE": "false"}


def plan(arena: Arena) -> Iterator[Item]:
    """Everything; each dtype is one item, and each network and task."""
    for dtype in ("bf16", "fp8_e4m3", "int8"):
        yield Item(f"matmul {dtype}", partial(_products, arena, dtype))
    yield Item("AlexNet training bf16", partial(_network, arena, "alexnet", "training", 1.05))
    yield Item("ResNet-50 training bf16", partial(_network, arena, "resnet50", "training", 1.0))
    yield Item("AlexNet inference bf16", partial(_network, arena, "alexnet", "inference", 1.05))
    yield Item("chain bf16", partial(_chains, arena))
    for dtype in ("fp16", "tf32", "fp32", "fp64"):
        yield Item(f"matmul {dtype}", partial(_products, arena, dtype))
    bf16 = Case("matmul", "square", "bf16", HEADLINE)
    fp32 = Case("matmul", "square", "fp32", HEADLINE // 2)
    # fp32 draws little power: do_bench's writing to memory between two calls lets the GPU clock higher in bf16.
    for case in (fp32, bf16):
        yield Item("clocks torch", partial(checks.clocks, arena, "torch_product", case, backend=BACKEND))
    jax = Case("matmul", "square", "fp32", HEADLINE // 2, "call")
    yield Item("clocks jax", partial(checks.clocks, arena, "jax_product", jax))
    yield Item("spread", partial(checks.spread, arena, bf16))


def closing(findings: Sequence[Finding]) -> list[Finding]:
    """ResNet-50 against the published figure, once it was measured."""
    rates = [f.rate for f in findings if f.what.startswith("ResNet-50 training") and f.contender == "ours" and f.rate]
    if not rates:
        return []
    best, published = max(rates), _LAMBDA_RESNET50
    name = "published by Lambda for an H200"
    return [Finding("ResNet-50 training bf16", name, "images/s", published, published, best / published, target=1.0)]


def _products(arena: Arena, dtype: str) -> Iterator[list[Finding]]:
    """n x n products; in each contest both layouts of both sides, and for small ones the fused ways of both."""
    layouts: tuple[str, ...] = ("nn", "nt")
    for n in SIZES:
        entries = [_ours(dtype, n, layout) for layout in layouts]
        entries += [_torch(dtype, n, how) for how in _torchs(dtype)]
        if n <= _FUSED_UP_TO:
            entries += [_ours(dtype, n, layout, "fused") for layout in layouts]
            entries += [_torch(dtype, n, {**how, "graph": True}) for how in _torchs(dtype)]
        goal = Goal(("torch",), _TARGETS[dtype])
        findings = arena.hold(Contest(f"matmul {dtype} {n}", tuple(entries), (goal,), "TFLOP/s"))
        yield findings
        if n >= _BOTH_LAYOUTS_UP_TO and (winner := fastest(findings, "ours")):
            layouts = (winner.split()[-1],)


def _chains(arena: Arena) -> Iterator[list[Finding]]:
    """Products shorter than a dispatch: our fused loop against a CUDA graph of the same chain."""
    for n in CHAINS:
        entries = [_ours("bf16", n, layout, "fused") for layout in ("nn", "nt")]
        entries += [_torch("bf16", n, {**how, "graph": True}) for how in _torchs("bf16")]
        yield arena.hold(Contest(f"chain bf16 {n}", tuple(entries), (Goal(("torch",), 1.5),), "TFLOP/s"))


def _ours(dtype: str, n: int, layout: str, mode: str = "stream") -> Entry:
    params = "layout=nt" if layout == "nt" else ""
    return Entry(f"ours {mode} {layout}", "ours", Case("matmul", "square", dtype, n, mode, params))


def _torchs(dtype: str) -> list[dict[str, Any]]:
    if dtype.startswith("fp8"):  # cuBLAS takes fp8 in this layout only
        return [{"layout": "nt", "fast": fast} for fast in (True, False)]
    return [{"layout": layout} for layout in ("nn", "nt")]


def _torch(dtype: str, n: int, how: dict[str, Any]) -> Entry:
    words = ["torch", "graph" if how.get("graph") else "", how["layout"], "fast" if how.get("fast") else ""]
    name = " ".join(word for word in words if word)
    return Entry(name, "torch_products", Case("matmul", "square", dtype, n), {"backend": BACKEND, **how})


def _network(arena: Arena, model: str, task: str, target: float) -> Iterator[list[Finding]]:
    """Find each side's best batch, then hold the contest there; torch.compile takes PyTorch's best batch and way."""
    arena.close()  # what the contenders before it keep of the memory
    title = f"{TITLES[model]} {task} bf16"
    eager: dict[str, Any] = {"backend": BACKEND, "layout": "channels_last"}
    best = {"ours": BATCHES[model][0], "torch channels_last": BATCHES[model][0]}
    rates = dict.fromkeys(best, 0.0)
    for batch in BATCHES[model]:
        case = Case("cnn", f"{model} {task}", "bf16", batch)
        entries = (Entry("ours", "ours", case), Entry("torch channels_last", "torch_networks", case, eager))
        findings = arena.hold(Contest(f"{title}, batch {batch}", entries, (), "images/s"), _SWEEP_ROUNDS)
        yield findings
        for finding in findings:
            if (finding.rate or 0.0) > rates[finding.contender]:
                rates[finding.contender], best[finding.contender] = finding.rate or 0.0, batch
    ours = Case("cnn", f"{model} {task}", "bf16", best["ours"])
    theirs = Case("cnn", f"{model} {task}", "bf16", best["torch channels_last"])
    ways = {"torch channels_last": eager}
    if task == "training":
        ways["torch autocast channels_last"] = {**eager, "autocast": True}
    final = [Entry("ours", "ours", ours), *(Entry(name, "torch_networks", theirs, how) for name, how in ways.items())]
    findings = arena.hold(Contest(f"{title}, ways", tuple(final), (), "images/s"), _SWEEP_ROUNDS)
    yield findings
    way = fastest(findings, "torch") or "torch channels_last"
    how = {**ways[way], "compile": True}
    compiled = Entry(f"torch.compile{way.removeprefix('torch')}", "torch_networks", theirs, how)
    what = f"{title}, batch {ours.size} against {theirs.size}"
    yield arena.hold(Contest(what, (*final, compiled), (Goal(("torch.compile",), target),), "images/s"))


def fastest(findings: Sequence[Finding], beginning: str) -> str | None:
    """Name of the contender with the best median among those whose names begin so; None when none ran."""
    ran = [f for f in findings if f.rate is not None and f.contender.startswith(beginning)]
    named = [f for f in ran if not f.target]  # the line of a goal is no contender
    return max(named, key=lambda f: f.rate or 0.0).contender if named else None
