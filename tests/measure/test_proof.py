# ruff: noqa: E501
"""Counting products: in programs as they are written, and in what compilers made of them (recorded, shortened)."""

from typing import Any

import numpy as np
import pytest

from compute.measure import proof
from compute.measure.proof import Found, Proof
from tests.measure import engine

ONES = np.ones((4, 4), np.float32)

# XLA 0.10 on a CPU: the product stands in the computation of a library fusion.
YNNPACK = """
%fused_computation (param_0: f32[64,64], param_1: f32[64,64]) -> f32[64,64] {
  %param_0 = f32[64,64]{1,0} parameter(0)
  %param_1 = f32[64,64]{1,0} parameter(1)
  ROOT %dot_general.0 = f32[64,64]{1,0} dot(%param_0, %param_1), lhs_contracting_dims={1}, rhs_contracting_dims={0}, metadata={op_name="jit(step)/dot_general" stack_frame_id=2}
}

ENTRY %main.1 (b.1: f32[64,64], x.1: f32[64,64]) -> f32[64,64] {
  %b.1 = f32[64,64]{1,0} parameter(0), metadata={op_name="b"}
  %x.1 = f32[64,64]{1,0} parameter(1), metadata={op_name="x"}
  ROOT %ynn_fusion = f32[64,64]{1,0} fusion(%x.1, %b.1), kind=kCustom, calls=%fused_computation, metadata={op_name="jit(step)/dot_general" stack_frame_id=2}, backend_config={"fusion_config":{"kind":"__ynn_fusion"}}
}
"""
# JAX 0.11 on an H200: cuBLAS in a loop of eight trips, two products each.
CUBLAS_LOOP = """
%region_0.1 (arg.1: (s32[], bf16[256,256], bf16[256,256])) -> (s32[], bf16[256,256], bf16[256,256]) {
  %custom-call.8 = (bf16[256,256]{1,0}, s8[33554432]{0}) custom-call(%get-tuple-element.19, %get-tuple-element.23), custom_call_target="__cublas$lt$matmul", metadata={op_name="jit(f)/while/body/dot_general"}, backend_config={"gemm_backend_config":{"beta":0}}
  %custom-call.9 = (f8e4m3fn[256,256]{1,0}, s8[33554432]{0}) custom-call(%get-tuple-element.14, %get-tuple-element.23), custom_call_target="__cublas$lt$matmul$f8", metadata={op_name="jit(f)/while/body/dot_general"}
}

%region_1.2 (arg.2: (s32[], bf16[256,256], bf16[256,256])) -> pred[] {
  ROOT %compare.1 = pred[] compare(%get-tuple-element.2, %constant.3), direction=LT
}

ENTRY %main.2 (x: bf16[256,256], b: bf16[256,256]) -> bf16[256,256] {
  %while.5 = (s32[], bf16[256,256]{1,0}, bf16[256,256]{1,0}) while(%tuple), condition=%region_1.2, body=%region_0.1, metadata={op_name="jit(f)/while"}, backend_config={"known_init_step":{"init":"0","step":"1"},"known_trip_count":{"n":"8"}}
}
"""
# The convolutions of a training step on an H200, and a weight that is only put into another order.
CUDNN = """
ENTRY %main.3 (x: bf16[8,55,55,64]) -> bf16[8,55,55,64] {
  %conv.1 = (bf16[8,55,55,64]{3,2,1,0}, u8[131]{0}) custom-call(%x, %w, %b), window={size=11x11 stride=4x4 pad=2_2x2_2}, dim_labels=b01f_o01i->b01f, custom_call_target="__cudnn$convBiasActivationForward", metadata={op_name="jit(step)/jvp()/conv_general_dilated"}
  %conv.2 = (bf16[8,27,27,64]{3,2,1,0}, u8[0]{0}) custom-call(%x, %w), window={size=5x5}, custom_call_target="__cudnn$convBackwardInput"
  %conv.3 = (bf16[64,5,5,64]{3,2,1,0}, u8[0]{0}) custom-call(%x, %w), window={size=5x5}, custom_call_target="__cudnn$convBackwardFilter"
  %reordered = s8[64,5,5,64]{3,2,1,0} custom-call(%w), custom_call_target="__cudnn$convReorderFilter"
  %nop.1 = () custom-call(%x), custom_call_target="__nop"
}
"""
# A product of one image with dense weights: the gradient of the weights became a multiplication, twice copied.
OUTER = """
%fused_computation.1 (param_0: f32[10], param_1: f32[128]) -> f32[10,128] {
  ROOT %multiply.6 = f32[10,128]{1,0} multiply(%broadcast.58, %broadcast.57), metadata={op_name="jit(step)/transpose(jvp())/dot_general" stack_frame_id=26}
}

%fused_computation.2 (param_0: f32[10], param_1: f32[128]) -> f32[10,128] {
  %multiply.7 = f32[10,128]{1,0} multiply(%broadcast.58, %broadcast.57), metadata={op_name="jit(step)/transpose(jvp())/dot_general" stack_frame_id=26}
  ROOT %multiply.8 = f32[10,128]{1,0} multiply(%multiply.7, %broadcast.59), metadata={op_name="jit(step)/mul"}
}

ENTRY %main.4 (w: f32[10,128]) -> f32[10,128] {
  %fusion.1 = f32[10,128]{1,0} fusion(%a, %b), kind=kLoop, calls=%fused_computation.1
  %fusion.2 = f32[10,128]{1,0} fusion(%a, %b), kind=kLoop, calls=%fused_computation.2
}
"""
BRANCHES = """
%first (p: f32[4,4]) -> f32[4,4] {
  ROOT %dot.1 = f32[4,4]{1,0} dot(%p, %p), lhs_contracting_dims={1}, rhs_contracting_dims={0}
}

%second (p: f32[4,4]) -> f32[4,4] {
  ROOT %convolution.1 = f32[4,4]{1,0} convolution(%p, %p), dim_labels=bf_io->bf
}

ENTRY %main.5 (x: f32[4,4]) -> f32[4,4] {
  ROOT %conditional.1 = f32[4,4]{1,0} conditional(%i, %x, %x), branch_computations={%first, %second}, metadata={op_name="a dot( in a name {"}
}
"""
UNKNOWN_TRIPS = CUBLAS_LOOP.replace(',"known_trip_count":{"n":"8"}', "")


@pytest.mark.parametrize(
    ("hlo", "found"),
    [
        (YNNPACK, Found(products=1)),
        (CUBLAS_LOOP, Found(products=16)),
        (CUDNN, Found(products=3)),
        (OUTER, Found(multiplied=2)),
        (BRANCHES, Found(products=2)),
        (UNKNOWN_TRIPS, Found(products=2, exact=False)),
        ("", Found()),
    ],
    ids=["a CPU's library", "a loop of cuBLAS", "cuDNN", "an outer product", "branches", "unknown trips", "nothing"],
)
def test_products_of_recorded_programs(hlo: str, found: Found) -> None:
    assert proof.optimised(hlo) == found


def traced(function: Any, *arguments: Any) -> Any:
    return engine.device().jax.jit(function).trace(*arguments).jaxpr


def loop(x: Any) -> Any:
    return engine.device().jax.lax.fori_loop(0, 5, lambda i, y: y @ x, x)


def branch(x: Any) -> Any:
    return engine.device().jax.lax.cond(x[0, 0] > 0, lambda: x @ x, lambda: x)


def convolution(x: Any) -> Any:
    lax = engine.device().jax.lax
    image, kernel = x.reshape(1, 1, 4, 4), x[:2, :2].reshape(1, 1, 2, 2)
    return lax.conv_general_dilated(image, kernel, (1, 1), "SAME")


@pytest.mark.parametrize(
    ("function", "total", "reducible"),
    [
        (lambda x: x @ x @ x, 2, 0),
        (lambda x: x @ x[0], 1, 1),
        (lambda x: x[:, :1] @ x[:1], 1, 1),
        (lambda x: x + x, 0, 0),
        (loop, 5, 0),
        (branch, 1, 0),
        (convolution, 1, 1),  # one channel: a sum over a window is no product of matrices
    ],
    ids=["two", "with a vector", "outer", "none", "a loop", "a branch", "a convolution of one channel"],
)
def test_products_of_a_program_as_it_is_written(function: Any, total: int, reducible: int) -> None:
    assert proof.written(traced(function, ONES)) == (total, reducible)


def test_products_inside_functions_that_are_called_count() -> None:
    jax = engine.device().jax
    inner = jax.jit(lambda x: jax.checkpoint(lambda y: y @ y)(x) @ x)
    assert proof.written(traced(lambda x: inner(x) @ x, ONES)) == (3, 0)


def test_a_gradient_does_two_more() -> None:
    jax = engine.device().jax
    gradient = jax.grad(lambda w, x: (x @ w).sum(), argnums=(0, 1))
    assert proof.written(traced(lambda w, x: jax.value_and_grad(lambda w: ((x @ w) ** 2).sum())(w), ONES, ONES)) == (
        2,
        0,
    )
    assert proof.written(traced(gradient, ONES, ONES))[0] >= 2


def test_a_program_that_keeps_all_its_products_is_proven() -> None:
    assert proof.prove(traced(lambda x: x @ x, ONES), YNNPACK) == Proof(found=1, expected=1, required=1)


def test_a_folded_product_is_missing() -> None:
    found = proof.prove(traced(lambda x: x @ x, ONES), "ENTRY %main (x: f32[4,4]) -> f32[4,4] {\n}\n")
    assert found == Proof(found=0, expected=1, required=1)
    assert found.missing


def test_a_loop_is_counted_per_step() -> None:
    assert proof.prove(traced(loop, ONES), YNNPACK, steps=5) == Proof(found=0, expected=1, required=1)


def test_a_product_with_a_vector_may_become_a_multiplication() -> None:
    """However often the compiler copied it, it is one; and where it is not recognised, nothing is missing."""
    outer = traced(lambda x: x[:, :1] @ x[:1], ONES)
    assert proof.prove(outer, OUTER) == Proof(found=1, expected=1, required=0)
    assert not proof.prove(outer, "").missing


BETWEEN_DEVICES = """
ENTRY %main.6 (x: f32[4]) -> f32[4] {
  %all-reduce-start.1 = f32[4]{0} all-reduce-start(%x), channel_id=1, replica_groups={{0,1}}, to_apply=%add
  %all-reduce-done.1 = f32[4]{0} all-reduce-done(%all-reduce-start.1)
  %all-gather.1 = f32[8]{0} all-gather(%all-reduce-done.1), dimensions={0}, metadata={op_name="jit(f)/reduce-scatter"}
  ROOT %all-to-all.2 = f32[8]{0} all-to-all(%all-gather.1), dimensions={0}
}
"""


def test_operations_between_devices_are_counted_once_however_they_are_started() -> None:
    assert proof.shared(BETWEEN_DEVICES) == {"all-reduce": 1, "all-gather": 1, "all-to-all": 1}


@pytest.mark.parametrize(
    ("wanted", "count", "unshared"),
    [((), None, False), (("all-reduce",), 1, False), (("all-gather", "all-to-all"), 2, False),
     (("reduce-scatter",), 0, True)],
)  # fmt: skip
def test_devices_must_share_what_they_compute(wanted: tuple[str, ...], count: int | None, unshared: bool) -> None:
    found = proof.prove(traced(lambda x: x, ONES), BETWEEN_DEVICES, 1, wanted)
    assert (found.collectives, found.unshared) == (count, unshared)


def test_a_loop_that_does_not_say_how_often_it_runs_is_not_judged() -> None:
    found = proof.prove(traced(loop, ONES), UNKNOWN_TRIPS)
    assert found == Proof(found=2, expected=5, required=None)
    assert not found.missing
