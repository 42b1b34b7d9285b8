"""Whether the compiled program still does the work that was asked for: matrix products and convolutions, counted.

XLA folds what does not change, merges what is equal and drops what nobody reads, and a clock only notices the part
that costs time. So the products of the program as it was written (its jaxpr) are compared with those that are left
in the optimised program (its HLO). A compiler may honestly turn a convolution into a product, which counts the same,
and a product with a vector, or of length one, into multiplications and a sum: those are counted by the name of the
operation that they come from, and never held against it. Where a loop does not say how often it runs, the count is
what was found, and nothing is judged.

A program on several devices must also hold what its devices tell each other: without a collective each would have
worked for itself.
"""

from __future__ import annotations

import math
import re
from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Any


@dataclass(frozen=True)
class Proof:
    """Products and convolutions of one step: found in the optimised program, and expected, as it was written.

    ``required`` is the fewest that an honest compiler leaves; None where the count cannot be relied upon.
    ``collectives`` is how many of the operations between devices there are that it must have; None on one device.
    """

    found: int
    expected: int
    required: int | None
    collectives: int | None = None

    @property
    def unshared(self) -> bool:
        """Whether the devices of a program on several of them never tell each other what they computed."""
        return self.collectives == 0

    @property
    def missing(self) -> bool:
        """Whether work that a step must do is not in the program that was timed."""
        return self.required is not None and self.found < self.required


def prove(jaxpr: Any, hlo: str, steps: int = 1, collectives: Sequence[str] = ()) -> Proof:
    """Compare a program as it was written with what the compiler made of it.

    Args:
        jaxpr: the traced program (``jax.jit(f).trace(…).jaxpr``), which does ``steps`` equal steps.
        hlo: text of the optimised program (``compiled.as_text()``).
        steps: how many steps one call does; the proof is per step, rounded down.
        collectives: names of operations between devices, of which it must hold one; none for a program on one device.
    """
    expected, reducible = written(jaxpr)
    found = optimised(hlo)
    total = found.products + min(reducible, max(found.multiplied, found.summed))
    required = (expected - reducible) // steps if found.exact else None
    between = sum(shared(hlo)[name] for name in collectives) if collectives else None
    return Proof(total // steps, expected // steps, required, between)


# --- the program as it was written -----------------------------------------------------------------------------


def written(jaxpr: Any) -> tuple[int, int]:
    """How many products and convolutions a jaxpr does, and how many of them may become multiplications and sums.

    Loops with a fixed length count as often as they run, all branches of a conditional count.
    """
    total = reducible = 0
    for equation in getattr(jaxpr, "jaxpr", jaxpr).eqns:
        name, params = equation.primitive.name, equation.params
        if name in ("dot_general", "conv_general_dilated"):
            total += 1
            reducible += 1 in (_dot_shape if name == "dot_general" else _convolution_shape)(equation)
            continue
        times = params["length"] if name == "scan" else 1
        for inner in _inner(params):
            more, less = written(inner)
            total, reducible = total + times * more, reducible + times * less
    return total, reducible


def _inner(params: Any) -> Iterator[Any]:
    """The jaxprs among an operation's parameters: bodies of loops, branches, functions that are called."""
    for value in params.values():
        for item in value if isinstance(value, tuple | list) else (value,):
            if hasattr(getattr(item, "jaxpr", item), "eqns"):
                yield item


def _dot_shape(equation: Any) -> tuple[int, int, int]:
    """Rows, columns and length of the sums (m, n, k) of a product."""
    left, right = (operand.aval.shape for operand in equation.invars)
    (left_sums, right_sums), (left_batch, right_batch) = equation.params["dimension_numbers"]
    return (
        math.prod(size for at, size in enumerate(left) if at not in (*left_sums, *left_batch)),
        math.prod(size for at, size in enumerate(right) if at not in (*right_sums, *right_batch)),
        math.prod(left[at] for at in left_sums),
    )


def _convolution_shape(equation: Any) -> tuple[int, int, int]:
    """The same of a convolution: m outputs (images x places), n channels in a group, k = window x inputs."""
    params, output = equation.params, equation.outvars[0].aval.shape
    kernel, names = equation.invars[1].aval.shape, params["dimension_numbers"]
    channels = output[names.out_spec[1]]
    groups = params["feature_group_count"] * params["batch_group_count"]
    return math.prod(output) // channels, channels // groups, math.prod(kernel) // kernel[names.rhs_spec[0]]


# --- the program as the compiler left it ---------------------------------------------------------------------------

_START = re.compile(r"(ENTRY )?%?([\w.\-]+) .*\{$")
_METADATA = re.compile(r'metadata=\{(?:[^{}"]|"[^"]*")*\}')
# Fusions of every kind (loops, Triton, cuDNN, YNNPACK, oneDNN) hold their products in the computation they call.
_PRODUCT = re.compile(r" (?:dot|convolution|ragged-dot)\(")
# Calls of cuBLAS, cuDNN and oneDNN name the operation; putting weights into another order is none.
_LIBRARY = re.compile(r'custom_call_target="(?![^"]*reorder)[^"]*(?:gemm|matmul|conv(?!ert)|dot)', re.IGNORECASE)
_CALLED = re.compile(r"(?:calls|to_apply|body|condition|true_computation|false_computation)=%?([\w.\-]+)")
_CALLED_LIST = re.compile(r"(?:branch_computations|called_computations|calls)=\{([^}]*)\}")
_TRIPS = re.compile(r'known_trip_count\\?":\{\\?"n\\?":\\?"(\d+)')
_OF_A_PRODUCT = re.compile(r'op_name="[^"]*(?:dot_general|conv_general_dilated)"')


@dataclass(frozen=True)
class Found:
    """What an optimised program executes; ``exact`` is false where a loop does not say how often it runs.

    ``multiplied`` and ``summed`` are element-wise operations that come from a product: one of each for a product that
    was rewritten, more where the compiler copied it into several fusions.
    """

    products: int = 0
    multiplied: int = 0
    summed: int = 0
    exact: bool = True

    def plus(self, other: Found, times: int = 1) -> Found:
        """This, and the other so many times."""
        return Found(
            self.products + times * other.products,
            self.multiplied + times * other.multiplied,
            self.summed + times * other.summed,
            self.exact and other.exact,
        )


def optimised(hlo: str) -> Found:
    """Count in the text of an optimised HLO module; loops count as often as they run."""
    bodies: dict[str, list[str]] = {}
    entry = ""
    for line in hlo.splitlines():
        if start := _START.match(line):
            current = bodies.setdefault(start[2], [])
            entry = start[2] if start[1] else entry
        elif line.startswith(" ") and bodies:
            current.append(line)
    known: dict[str, Found] = {}

    def executed(name: str) -> Found:
        if name not in known:
            total = Found()
            for line in bodies.get(name, ()):
                own, called, trips = _read(line)
                inner = Found()
                for callee in called:
                    inner = inner.plus(executed(callee))
                unknown = trips == 0 and inner != Found()
                total = total.plus(own).plus(inner, max(1, trips)).plus(Found(exact=not unknown))
            known[name] = total
        return known[name]

    return executed(entry)


_COLLECTIVE = re.compile(
    r" (all-reduce|all-gather|reduce-scatter|all-to-all|collective-permute|collective-broadcast)(?:-start)?\("
)


def shared(hlo: str) -> Counter[str]:
    """How often each operation between devices stands in an optimised program, by XLA's names."""
    return Counter(_COLLECTIVE.findall(hlo))


def _read(line: str) -> tuple[Found, list[str], int]:
    """What one instruction does itself, what it calls, and how often (0: a loop that does not say)."""
    bare = _METADATA.sub("", line)
    own = Found()
    if _PRODUCT.search(bare) or _LIBRARY.search(bare):
        own = Found(products=1)
    elif _OF_A_PRODUCT.search(line):
        own = Found(multiplied=int(" multiply(" in bare), summed=int(" reduce(" in bare))
    lists = [name.strip(" %") for names in _CALLED_LIST.findall(bare) for name in names.split(",")]
    trips = 1
    if " while(" in bare:
        known = _TRIPS.search(bare)
        trips = int(known[1]) if known else 0
    return own, [*_CALLED.findall(bare), *lists], trips
