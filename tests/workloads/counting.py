"""Operations counted where they are written: in the traced program."""

from typing import Any

FLOP = ("add", "sub", "mul", "div", "sqrt")


def flop(jaxpr: Any, size: int) -> int:
    """How many floating-point operations of a jaxpr make an array of so many numbers."""
    total = 0
    for equation in jaxpr.eqns:
        made = equation.outvars[0].aval
        total += equation.primitive.name in FLOP and made.size == size and made.dtype.kind == "f"
        for value in equation.params.values():
            if hasattr(inner := getattr(value, "jaxpr", value), "eqns"):
                total += flop(inner, size)
    return total
