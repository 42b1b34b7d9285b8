"""Matrix product: the purest measure of compute power, and what a network spends its time on.

Square ones as a curve, the shapes that layers of networks have, and the best shape there is, found by a search.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Generator, Iterator
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any

from compute.workloads import Case, Check, Program, Workload, _tuning, _versions

if TYPE_CHECKING:
    from compute.measure.arithmetic import Kind
    from compute.workloads._random import Kronecker, Rows

    Source = Rows | Kronecker

DTYPES = ("fp64", "fp32", "tf32", "bf16", "fp16", "fp8_e4m3", "fp8_e5m2", "int8", "default")
ITEM_BYTES = {"fp64": 8, "bf16": 2, "fp16": 2, "fp8_e4m3": 1, "fp8_e5m2": 1, "int8": 1}  # the others: 4
OUTPUT_BYTES = {"fp8_e4m3": 2, "fp8_e5m2": 2, "int8": 4}  # the others: as their factors
NARROW = ("fp8_e4m3", "fp8_e5m2")


@dataclass(frozen=True)
class Shape:
    """(m x k) times (k x n)."""

    m: int
    k: int
    n: int

    @property
    def square(self) -> bool:
        """Whether a product has the shape of its factors."""
        return self.m == self.k == self.n


@dataclass(frozen=True)
class Layer:
    """A layer as a product: an image or token gives ``rows``, each of ``inputs`` values, and ``outputs`` come out."""

    title: str
    rows: int
    inputs: int
    outputs: int


LAYERS = {
    # One row for every place of the window: 27 x 27 places, windows of 5 x 5 x 64 values, 192 channels.
    "alexnet conv2": Layer("AlexNet, convolution 2 as a product", 27 * 27, 5 * 5 * 64, 192),
    "alexnet conv3": Layer("AlexNet, convolution 3 as a product", 13 * 13, 3 * 3 * 192, 384),
    "alexnet dense1": Layer("AlexNet, dense layer 1", 1, 9216, 4096),
    "alexnet dense2": Layer("AlexNet, dense layer 2", 1, 4096, 4096),
    # In units of the model's width: queries, keys and values together; up to four times the width; down again.
    "transformer attention": Layer("Transformer, projections of attention", 1, 1, 3),
    "transformer up": Layer("Transformer, up projection", 1, 1, 4),
    "transformer down": Layer("Transformer, down projection", 1, 4, 1),
}
WIDTH = 768  # of the smallest GPT-2 and of BERT; another one is a parameter, such as d=4096
# Shapes that the search for the peak tries, as powers of two of m, k and n: the same work, differently spread.
ASPECTS = ((0, 0, 0), (1, -2, 1), (-1, 2, -1), (2, -1, -1), (-1, -1, 2))
MOST_TRIED = 25
# Where values saturate: how many standard deviations the largest number is, and by how much a step stretches them.
_DEVIATIONS = 3.5
_GAIN = 1.01
SEARCH_BEGINS = {"cpu": 1024}  # elsewhere:
SEARCH_BEGINS_ON_ACCELERATOR = 8192
SEARCH_ENDS = {"cpu": 4096}  # elsewhere:
SEARCH_ENDS_ON_ACCELERATOR = 16384


# --- which cases ----------------------------------------------------------------------------------------------------

# Half-octave steps: 2^k and 3*2^k, because matrix units like multiples of a power of two better than of sqrt(2).
SIZES = tuple(sorted([2**k for k in range(6, 15)] + [3 * 2**k for k in range(5, 13)]))
OCTAVES = tuple(2**k for k in range(6, 15))
LARGEST = {"quick": 2048, "standard": 4096, "full": 8192}
LARGEST_ON_ACCELERATOR = {"quick": 8192, "standard": 16384, "full": 16384}


def cases(suite: str, backend: str) -> list[Case]:
    """The curve in fp32 first, then the other dtypes, layers and layouts, then the modes that show what a call costs.

    A dtype that a backend does not have stays in the list: its row says so.
    """
    return _on_cpu(suite) if backend == "cpu" else _on_accelerator(suite)


def _on_cpu(suite: str) -> list[Case]:
    sizes = _up_to(LARGEST[suite], SIZES)
    curve = _squares("fp32", sizes)
    if suite == "quick":
        return [
            *curve,
            *_squares("bf16", (256, 512, 1024, 2048)),
            *(case for dtype in ("fp16", "fp64", "int8", "default") for case in _squares(dtype, (1024,))),
            *_layers("fp32", {"alexnet dense1": (1, 64)}),
            *_modes("fp32", (64, 256)),
        ]
    narrow = _up_to(LARGEST[suite] // 2, OCTAVES)[2:]
    layers = {
        "alexnet dense1": (1, 8, 32, 256),
        "alexnet dense2": (32,),
        "alexnet conv2": (8,),
        "alexnet conv3": (8,),
        **{f"transformer {part}": (512,) for part in ("attention", "up", "down")},
    }
    cases = [
        *curve,
        *_squares("bf16", narrow),
        *_peaks(("fp32", "bf16")),
        *_layers("fp32", layers),
        *(case for dtype in ("fp64", "int8", "fp16") for case in _squares(dtype, narrow)),
        *(case for dtype in ("fp8_e4m3", "fp8_e5m2", "default", "tf32") for case in _squares(dtype, (1024,))),
        *_squares("fp32", (1024, 2048), "nt"),
        *_modes("fp32", (64, 128, 256, 512)),
        *_modes("bf16", (64, 256)),
    ]
    if suite == "standard":
        return cases
    more = {"alexnet dense1": (2, 4, 16, 64, 128), "transformer up": (1, 64)}
    return [*cases, *_peaks(("fp64", "int8")), *_layers("fp32", more), *_squares("default", (2048, 4096))]


def _on_accelerator(suite: str) -> list[Case]:
    octaves = _up_to(LARGEST_ON_ACCELERATOR[suite], OCTAVES)
    large = octaves[5:]  # from 2048 on: below, a call takes longer than its work
    if suite == "quick":
        return [
            *_squares("fp32", octaves),
            *_squares("bf16", large),
            *(case for dtype in ("tf32", "fp16", "default") for case in _squares(dtype, (4096,))),
            *(case for dtype in ("fp8_e4m3", "int8") for case in _squares(dtype, (4096,), "nt")),
            *_peaks(("bf16",)),
            *_layers("bf16", {"alexnet dense1": (1, 256)}),
            *_modes("bf16", (256, 1024)),
        ]
    layers = {
        "alexnet dense1": (1, 16, 256, 4096),
        "alexnet dense2": (256,),
        "alexnet conv2": (256,),
        "alexnet conv3": (256,),
        **{f"transformer {part}": (8192,) for part in ("attention", "up", "down")},
    }
    others = large if suite == "full" else large[1:]
    cases = [
        *_squares("fp32", octaves),
        *_squares("bf16", large),
        *_peaks(("bf16", "fp8_e4m3")),
        *(case for dtype in ("fp16", "tf32") for case in _squares(dtype, others)),
        *(case for dtype in (*NARROW, "int8") for case in _squares(dtype, others, "nt")),
        *_layers("bf16", layers),
        *(case for dtype in ("fp8_e4m3", "int8") for case in _squares(dtype, (8192,))),
        *_squares("bf16", (8192,), "nt"),
        *_squares("fp64", others[:-1]),
        *_squares("default", (1024, 8192)),
        *_modes("bf16", (64, 256, 1024)),
        *_fused(("bf16", "fp16", "tf32", "fp32"), 2048),
        *_fused(("fp8_e4m3", "int8"), 2048, "nt"),
    ]
    if suite == "standard":
        return cases
    return [
        *cases,
        *_fused_layers("bf16", {"alexnet dense1": (1, 16, 256)}),
        *_peaks(("fp32", "tf32", "fp16", "fp8_e5m2", "int8", "fp64")),
        *_layers("bf16", {f"transformer {part}": (8192,) for part in ("attention", "up", "down")}, "d=4096"),
        *_modes("fp32", (64, 256, 1024)),
    ]


def _up_to(largest: int, sizes: tuple[int, ...]) -> tuple[int, ...]:
    return tuple(size for size in sizes if size <= largest)


def _squares(dtype: str, sizes: tuple[int, ...], layout: str = "nn") -> Iterator[Case]:
    params = "" if layout == "nn" else f"layout={layout}"
    return (Case("matmul", "square", dtype, size, params=params) for size in sizes)


def _layers(dtype: str, sizes: dict[str, tuple[int, ...]], params: str = "") -> Iterator[Case]:
    return (Case("matmul", layer, dtype, size, params=params) for layer, few in sizes.items() for size in few)


def _peaks(dtypes: tuple[str, ...]) -> Iterator[Case]:
    return (Case("matmul", "peak", dtype, 0) for dtype in dtypes)


def _modes(dtype: str, sizes: tuple[int, ...]) -> Iterator[Case]:
    return (replace(case, mode=mode) for case in _squares(dtype, sizes) for mode in ("call", "fused"))


def _fused(dtypes: tuple[str, ...], size: int, layout: str = "nn") -> Iterator[Case]:
    return (replace(case, mode="fused") for dtype in dtypes for case in _squares(dtype, (size,), layout))


def _fused_layers(dtype: str, sizes: dict[str, tuple[int, ...]]) -> Iterator[Case]:
    return (replace(case, mode="fused") for case in _layers(dtype, sizes))


# --- amounts --------------------------------------------------------------------------------------------------------


def shape(case: Case) -> Shape:
    """Rows, inner dimension and columns of a case.

    Raises:
        KeyError: no such variant.
    """
    params = _params(case)
    if "m" in params:
        return Shape(int(params["m"]), int(params["k"]), int(params["n"]))
    if case.variant in ("square", "peak"):
        return Shape(case.size, case.size, case.size)
    layer = LAYERS[case.variant]
    unit = int(params.get("d", WIDTH)) if case.variant.startswith("transformer") else 1
    return Shape(case.size * layer.rows, layer.inputs * unit, layer.outputs * unit)


def _params(case: Case) -> dict[str, str]:
    return dict(part.split("=", 1) for part in case.params.split(";") if part)


def flops(case: Case) -> int:
    """m n dot products of k multiplications and k additions each: 2 m k n FLOP."""
    of = shape(case)
    return 2 * of.m * of.k * of.n


def moved_bytes(case: Case) -> int:
    """Two factors read once and the product written once: the least that must move, in bytes."""
    of, item = shape(case), _item_bytes(case)
    return item * (of.m * of.k + of.k * of.n) + _output_bytes(case) * of.m * of.n


def _item_bytes(case: Case) -> int:
    return ITEM_BYTES.get(case.dtype, 4)


def _output_bytes(case: Case) -> int:
    """A product that is the next factor is kept in its format."""
    item = _item_bytes(case)
    return item if _carries_product(case) else OUTPUT_BYTES.get(case.dtype, item)


def need_bytes(case: Case, backend: str) -> int:
    """Two factors, the result and the one before it on the device.

    On a CPU the originals that the check draws come from the same memory. Types narrower than fp32 are widened there
    before they are multiplied.
    """
    if case.variant == "peak" and not case.size:
        return need_bytes(replace(case, size=SEARCH_ENDS.get(backend, SEARCH_ENDS_ON_ACCELERATOR)), backend)
    of, item, output = shape(case), _item_bytes(case), _output_bytes(case)
    factors, result = of.m * of.k + of.k * of.n, of.m * of.n
    on_device = item * factors + 2 * output * result
    if backend != "cpu":
        return on_device
    widened = 0 if item >= 4 else 4 * (factors + result)
    return on_device + widened + max(4, item) * (factors + result)


# --- the program ----------------------------------------------------------------------------------------------------


def build(case: Case, backend: str) -> Program:
    """The product as a step that needs the one before it, which is what keeps XLA from hoisting or merging them."""
    from compute.measure import arithmetic

    arithmetic.refuse(case.dtype, backend)
    kind = arithmetic.kind(case.dtype, backend)
    entry = _tuning.find(case, backend)
    make = _product_chain if _carries_product(case) else _element_chain
    program = make(case, kind, backend)
    return replace(program, options=entry.options, formulation={**program.formulation, **entry.formulation})


def _carries_product(case: Case) -> bool:
    """Whether a product can be the next step's factor: it has the shape for it, and can be kept in the format.

    An integer product cannot: turning it into int8 is a pass over memory that takes a fifth of the time on a GPU.
    """
    return shape(case).square and case.dtype != "int8"


def _product_chain(case: Case, kind: Kind, backend: str) -> Program:
    """The chain ``x = x @ b`` with an orthogonal b, so that values stay of order one however long it runs.

    In fp8 both factors and the product are rounded so coarsely that the chain would drift by a thousandth a step.
    There values fill the format instead: b stretches by a hundredth, and what is too large saturates, which matrix
    units do while they write the product.
    """
    import jax
    import jax.numpy as jnp

    from compute.workloads import _random

    n = shape(case).n
    saturates = case.dtype in NARROW
    largest = float(jnp.finfo(kind.storage).max)
    spread = largest / _DEVIATIONS if saturates else 1.0
    # Entries of b of order one: those of an orthogonal matrix lie below the smallest normal fp8 number.
    stretch = math.sqrt(n) if saturates else 1.0
    gain = _GAIN / stretch if saturates else 1.0

    def left() -> Rows:
        drawn = _zero_first(_draw((n, n), n + 1, kind, spread))
        return drawn.each(lambda values: values.clip(-largest, largest)) if saturates else drawn

    def right() -> Source:
        first, second = _random.orthogonal(n, seed=n, wide=kind.wide)
        return _random.Kronecker(first * first.dtype.type(stretch), second)

    def step(b: Any, x: Any) -> Any:
        product = dot(x, b, case, kind)
        if saturates:
            product = jax.lax.clamp(-largest, product * gain, largest)
        return product.astype(kind.storage)

    def check(compiled: Any, b: Any, x: Any) -> tuple[Check, Any]:
        first = left().each(lambda values: values * values.dtype.type(gain))
        return _check(first, right(), compiled(b, x), case, kind, backend), x

    chain = Program(
        step=step,
        fixed=lambda: _put(right(), kind.right, kind, backend),
        state=lambda _: _put(left(), kind.storage, kind, backend),
        check=check,
        wide=kind.wide,
        formulation={"carry": "product"},
    )
    return _begun_anew(chain, kind) if case.mode == "fused" else chain


def _begun_anew(chain: Program, kind: Kind) -> Program:
    """The same chain from the same left factor in every call, but for one element that the call before decides.

    So both buffers can be donated and keep their place. A GPU runs a call as a CUDA graph, which takes 140 us to be
    told of new places on an H100, as long as 50 products of 256 x 256.
    """
    import jax.numpy as jnp

    def start(state: Any) -> Any:
        first, product = state
        first = first.at[0, 0].set(jnp.clip(product[0, 0], -1, 1))
        return first, first

    def step(b: Any, state: Any) -> Any:
        first, product = state
        return first, chain.step(b, product)

    def state(b: Any) -> Any:
        first = chain.state(b)
        with _types(kind):
            return first, jnp.zeros_like(first)

    def check(compiled: Any, b: Any, state: Any) -> tuple[Check, Any]:
        after = compiled(b, state)
        return chain.check(lambda *_: after[1], b, state)[0], after

    return replace(chain, start=start, step=step, state=state, check=check, donate=True)


def _element_chain(case: Case, kind: Kind, backend: str) -> Program:
    """The product alone, in its own shape; its first element, squeezed, becomes the first of the left factor.

    One changed element is enough to need the whole product again, and costs nothing beside it.
    """
    import jax.numpy as jnp

    of = shape(case)
    right_shape = (of.n, of.k) if _params(case).get("layout") == "nt" else (of.k, of.n)

    def squeezed(value: Any) -> Any:
        small = value % 101 if case.dtype == "int8" else jnp.clip(value, -1, 1)
        return small.astype(kind.storage)

    def step(b: Any, state: Any) -> Any:
        x, product = state
        x = x.at[0, 0].set(squeezed(product[0, 0]))
        return x, dot(x, b, case, kind).astype(kind.output)

    def left() -> Rows:
        return _zero_first(_draw((of.m, of.k), of.m + 1, kind))

    def right() -> Source:
        return _draw(right_shape, of.n, kind)

    def state(_: Any) -> Any:
        with _types(kind):
            return _put(left(), kind.storage, kind, backend), jnp.zeros((of.m, of.n), kind.output)

    def check(compiled: Any, b: Any, state: Any) -> tuple[Check, Any]:
        state = compiled(b, state)
        return _check(left(), right(), state[1], case, kind, backend), state

    return Program(
        step=step,
        fixed=lambda: _put(right(), kind.right, kind, backend),
        state=state,
        check=check,
        donate=True,
        wide=kind.wide,
        formulation={"carry": "element"},
    )


def dot(x: Any, b: Any, case: Case, kind: Kind) -> Any:
    """One product as its label and its layout ask for it."""
    import jax

    inner = 1 if _params(case).get("layout") == "nt" else 0
    dimensions = (((1,), (inner,)), ((), ()))
    return jax.lax.dot_general(x, b, dimensions, precision=kind.precision, preferred_element_type=kind.accumulator)


def _laid_out(right: Any, case: Case) -> Any:
    """The right factor as (k, n), however it is stored."""
    return right.T if _params(case).get("layout") == "nt" else right


def _draw(size: tuple[int, int], seed: int, kind: Kind, spread: float = 1.0) -> Rows:
    """Normal numbers of the spread; for int8 they fill the format, and the sums stay far below what int32 holds."""
    import numpy as np

    from compute.workloads import _random

    if kind.storage == np.int8:
        return _random.rows(size, seed, 32.0).each(lambda values: values.round().clip(-127, 127))
    return _random.rows(size, seed, spread, wide=kind.wide)


def _zero_first(drawn: Rows) -> Rows:
    """The first element as the empty product before the first step puts it there."""
    drawn.pool[drawn.starts[0]] = 0
    return drawn


def _check(left: Source, right: Source, product: Any, case: Case, kind: Kind, backend: str) -> Check:
    """The factors are drawn again rather than kept: that costs less than the memory."""
    import numpy as np

    from compute.measure import arithmetic

    exact = np.float64 if kind.wide else np.float32
    with _types(kind):
        first, second = (source.host() if backend == "cpu" else source.device(exact) for source in (left, right))
    # NVIDIA's and AMD's GPUs compute in float64, a TPU does not.
    error = arithmetic.product_error(first, _laid_out(second, case), product, on_device=backend == "gpu")
    return Check(error, kind.limit, arithmetic.name_of(error, case.dtype), error)


def _put(source: Source, dtype: Any, kind: Kind, backend: str) -> Any:
    import jax

    with _types(kind):
        return jax.device_put(source.host().astype(dtype)) if backend == "cpu" else source.device(dtype)


def _types(kind: Kind) -> Any:
    return _versions.types(kind.wide)


def in_numpy(case: Case) -> Callable[[Any, Any], Any]:
    """The chain of square products as NumPy does it: one call of its BLAS."""
    return lambda b, x: x @ b


# --- the search for the peak ------------------------------------------------------------------------------------------


def search(case: Case, backend: str) -> Generator[Case, float, None]:
    """Shapes and layouts to try for the peak, the next ones near the best so far; sent the rate of each in FLOP/s.

    A walk over three axes in turn, until none of them helps or 25 were tried: the size by octaves, the layout, the
    aspect (the same work in a wider, deeper, taller or flatter product). Half octaves come last.
    """
    rates: dict[Case, float] = {}
    most = need_bytes(case, backend)
    place = (SEARCH_BEGINS.get(backend, SEARCH_BEGINS_ON_ACCELERATOR), "nn", ASPECTS[0])
    best = 0.0

    def neighbours() -> Iterator[tuple[int, str, tuple[int, int, int]]]:
        size, layout, aspect = place
        yield from ((larger, layout, aspect) for larger in (2 * size, size // 2))
        yield size, "nt" if layout == "nn" else "nn", aspect
        yield from ((size, layout, other) for other in ASPECTS)
        yield from ((between, layout, aspect) for between in (size * 3 // 2, size * 3 // 4))

    todo = iter([place])
    while (trying := next(todo, None)) is not None and len(rates) < MOST_TRIED:
        candidate = _candidate(case, *trying)
        if candidate in rates or need_bytes(candidate, backend) > most or _awkward(shape(candidate)):
            continue
        rates[candidate] = yield candidate
        if rates[candidate] > best:
            place, best = trying, rates[candidate]
            todo = neighbours()


def _awkward(of: Shape) -> bool:
    """Whether matrix units would have to fill up a side with zeros."""
    return any(side % 16 for side in (of.m, of.k, of.n))


def _candidate(case: Case, size: int, layout: str, aspect: tuple[int, int, int]) -> Case:
    m, k, n = (int(size * 2.0**power) for power in aspect)
    params = f"m={m};k={k};n={n}" + (";layout=nt" if layout == "nt" else "")
    return replace(case, size=size, params=params)


WORKLOAD = Workload(
    name="matmul",
    title="Matrix product",
    why="Nearly all the work of a neural network is matrix products, so this rate bounds everything else.",
    size_name="n",
    item_name="matrix product",
    variants={
        "square": "n × n times n × n",
        "peak": "the fastest shape that a search finds",
        **{name: layer.title for name, layer in LAYERS.items()},
    },
    dtypes=DTYPES,
    cases=cases,
    flops=flops,
    bytes=moved_bytes,
    items=lambda case: 1,
    need_bytes=need_bytes,
    build=build,
    search=search,
    numpy=in_numpy,
)
