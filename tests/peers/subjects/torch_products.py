"""PyTorch's matrix product: MKL and oneDNN on a CPU, cuBLAS on an NVIDIA GPU."""

from __future__ import annotations

import math
from collections.abc import Callable
from typing import Any

import torch

from compute.workloads import Case
from tests.peers.child import Subject, repeated
from tests.peers.subjects import torch_setup

_GRAPH_STEPS = 64
_STORAGE = {
    "fp64": torch.float64,
    "fp32": torch.float32,
    "tf32": torch.float32,
    "bf16": torch.bfloat16,
    "fp16": torch.float16,
    "fp8_e4m3": torch.float8_e4m3fn,
}
release = torch_setup.release


def prepare(case: Case, how: dict[str, Any]) -> Subject:
    """The chain ``x = x @ b`` between two arrays that are there already; fp8 and int8 repeat one product.

    Values are distributed as the engine's: what they are decides how much power a GPU draws, and so how fast it runs.

    ``how``: ``backend`` cpu or gpu; ``layout`` nn, or nt where b is the transpose of a row-major array; ``graph`` to
    replay 64 products as one CUDA graph; ``fast`` for fp8's fast accumulation.
    """
    device = torch_setup.start(how["backend"])
    torch.backends.cuda.matmul.allow_tf32 = case.dtype == "tf32"
    products, restart = _products(case, device, how)
    call, per_call = (_graph(products).replay, _GRAPH_STEPS) if how.get("graph") else (products, 2)
    return repeated(call, lambda: torch_setup.wait(device), restart, per_call)


def _products(case: Case, device: str, how: dict[str, Any]) -> tuple[Callable[[], None], Callable[[], None]]:
    """Two products in a row, and what puts the inputs back."""
    n = case.size
    generator = torch.Generator(device).manual_seed(n)
    drawn = torch.float64 if case.dtype == "fp64" else torch.float32
    first = torch.randn((n, n), generator=generator, device=device, dtype=drawn)
    right = _orthogonal(n, device, generator, drawn)
    if case.dtype == "int8":
        return _int8_products(first, right, how), lambda: None
    if case.dtype.startswith("fp8"):
        return _fp8_products(first, right, _STORAGE[case.dtype], how), lambda: None
    start = first.to(_STORAGE[case.dtype])
    right = _laid_out(right.to(start.dtype), how)
    x, y = start.clone(), torch.empty_like(start)

    def products() -> None:
        torch.mm(x, right, out=y)
        torch.mm(y, right, out=x)

    def restart() -> None:
        x.copy_(start)

    return products, restart


def _int8_products(left: Any, right: Any, how: dict[str, Any]) -> Callable[[], None]:
    a, b = ((2 * torch.randn_like(one)).round().clamp(-7, 7).to(torch.int8) for one in (left, right))
    b = _laid_out(b, how)
    product = torch.empty((len(a), len(a)), dtype=torch.int32, device=a.device)

    def products() -> None:
        torch._int_mm(a, b, out=product)
        torch._int_mm(a, b, out=product)

    return products


def _fp8_products(left: Any, right: Any, storage: Any, how: dict[str, Any]) -> Callable[[], None]:
    """cuBLAS takes fp8 in one layout only: the left row-major, the right column-major."""
    largest = torch.finfo(storage).max
    a = (left * largest / 3.5).clamp(-largest, largest).to(storage)
    b = (right * len(right) ** 0.5).to(storage).t().contiguous().t()
    one = torch.ones((), device=a.device)
    back = torch.full((), len(right) ** -0.5, device=a.device)

    def products() -> None:
        for _ in range(2):
            torch._scaled_mm(a, b, scale_a=one, scale_b=back, out_dtype=torch.bfloat16, use_fast_accum=how["fast"])

    return products


def _laid_out(right: Any, how: dict[str, Any]) -> Any:
    return right.t().contiguous().t() if how["layout"] == "nt" else right.contiguous()


def _orthogonal(n: int, device: str, generator: Any, drawn: torch.dtype) -> Any:
    """Like ``compute.workloads._random.orthogonal``, made on the device: values of the same distribution.

    ``drawn`` has as many bits as the product's: the last 29 of an fp64 number made from an fp32 one are zeros, which
    let a GPU at its power limit multiply 7 % faster.
    """
    small = next(size for size in range(math.isqrt(n), 0, -1) if n % size == 0)
    sizes = (small, n // small)
    first, second = (torch.randn((size, size), generator=generator, device=device, dtype=drawn) for size in sizes)
    return torch.kron(torch.linalg.qr(first)[0], torch.linalg.qr(second)[0])


def _graph(products: Callable[[], None]) -> Any:
    side = torch.cuda.Stream()
    side.wait_stream(torch.cuda.current_stream())
    with torch.cuda.stream(side):
        for _ in range(3):
            products()
    torch.cuda.current_stream().wait_stream(side)
    graph = torch.cuda.CUDAGraph()
    with torch.cuda.graph(graph):
        for _ in range(_GRAPH_STEPS // 2):
            products()
    return graph
