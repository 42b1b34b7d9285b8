"""What runs on several devices: its amounts by hand, and on eight simulated devices its answers and its proof."""

import json
import subprocess
import sys
from dataclasses import astuple
from pathlib import Path
from typing import Any

import pytest

from compute.measure.worker import environment
from compute.workloads import Case, Unsupported, _devices, cnn, cnn_parallel, collectives, matmul_sharded, workloads

CHILD = Path(__file__).with_name("on_devices.py")
Row = dict[str, Any]


def product(scaling: str, size: int, devices: int, dtype: str = "fp32") -> Case:
    return Case("matmul_sharded", scaling, dtype, size, params=f"devices={devices}")


def training(scaling: str, size: int, devices: int, model: str = "baseline") -> Case:
    return Case("cnn_parallel", f"{model} {scaling}", "fp32", size, params=f"devices={devices}")


def collective(kind: str, size: int, devices: int) -> Case:
    return Case("collectives", kind, "fp32", size, params=f"devices={devices}")


# --- by hand ---


def test_amounts_of_a_product() -> None:
    strong, weak = product("strong", 64, 4), product("weak", 64, 4)
    assert matmul_sharded.flops(strong) == 2 * 64**3
    assert matmul_sharded.flops(weak) == 4 * 2 * 64**3
    assert matmul_sharded.moved_bytes(weak) == 4 * (256 * 64 + 64 * 64 + 256 * 64)
    # 16 rows of x, of the product and of the one before it, 16 rows of b, and all of b; the check: 16 rows and b
    assert matmul_sharded.need_bytes(strong, "gpu") == 4 * (3 * 16 * 64 + 16 * 64 + 64 * 64) + 4 * (16 * 64 + 64 * 64)


def test_amounts_of_training() -> None:
    strong, weak = training("strong", 64, 4), training("weak", 64, 4)
    assert (cnn_parallel.images(strong), cnn_parallel.images(weak)) == (64, 256)
    assert cnn_parallel.WORKLOAD.flops(weak) == cnn.flops(Case("cnn", "baseline training", "fp32", 256))
    alone = Case("cnn", "baseline training", "fp32", 64)
    assert cnn_parallel.need_bytes(weak, "gpu") == cnn.need_bytes(alone, "gpu")
    assert cnn_parallel.moved_bytes(weak) == 4 * cnn.moved_bytes(alone)


@pytest.mark.parametrize(
    ("kind", "passes"), [("all-reduce", 2), ("all-gather", 1), ("reduce-scatter", 1), ("all-to-all", 1)]
)
def test_bus_bytes_are_those_of_nccl_tests(kind: str, passes: int) -> None:
    """doc/PERFORMANCE.md: 2 (n - 1) / n of S for an all-reduce, (n - 1) / n of it for the others."""
    assert collectives.bus_bytes(collective(kind, 4096, 2)) == passes * 2048
    assert collectives.bus_bytes(collective(kind, 4096, 8)) == passes * 3584
    assert collectives.WORKLOAD.items(collective(kind, 4096, 8)) == 4096


def test_a_reduction_adds_and_carrying_about_does_not() -> None:
    assert collectives.flops(collective("all-reduce", 4096, 4)) == 3 * 1024
    assert collectives.flops(collective("reduce-scatter", 4096, 4)) == 3 * 1024
    assert collectives.flops(collective("all-to-all", 4096, 4)) == 0


def test_a_share_is_whole_or_a_sentence() -> None:
    assert _devices.divide(product("strong", 96, 4), 96, "rows") == 24
    with pytest.raises(Unsupported) as refused:
        _devices.divide(product("strong", 1023, 4), 1023, "rows")
    assert str(refused.value) == (
        "Skipped: 1,023 rows do not divide over 4 devices, 3 would be left over. Choose a multiple of 4."
    )


def test_a_case_says_how_many_devices_it_runs_on() -> None:
    assert product("weak", 64, 8).devices == 8
    assert product("weak", 64, 8).id == "matmul_sharded weak fp32 64 devices=8"
    assert Case("matmul", "peak", "fp32", 0).devices == 1
    assert Case("matmul", "square", "fp32", 64, params="layout=nt").devices == 1


# --- on eight simulated devices ---

MEASURED = [
    *(product(scaling, 64, devices) for scaling in ("strong", "weak") for devices in (1, 8)),
    product("strong", 1024, 4),
    product("strong", 128, 2, "bf16"),
    training("weak", 4, 2),
    training("strong", 16, 8),
    *(collective(kind, 4096, devices) for kind in collectives.PASSES for devices in (2, 8)),
]
REFUSED = [
    product("strong", 100, 8),
    training("strong", 12, 8),
    collective("all-to-all", 4096, 3),
    product("weak", 64, 16),
]
SPOILT = [product("strong", 64, 4), product("strong", 1024, 4), *(collective(k, 4096, 4) for k in collectives.PASSES)]


@pytest.fixture(scope="module")
def found() -> dict[str, Any]:
    lists = [[astuple(case) for case in cases] for cases in ([*MEASURED, *REFUSED], SPOILT, [product("strong", 64, 4)])]
    ran = subprocess.run(
        [sys.executable, str(CHILD), json.dumps(lists)],
        env=environment({"PATH": "", "JAX_PLATFORMS": "cpu"}), capture_output=True, text=True, timeout=150,
    )  # fmt: skip
    assert ran.returncode == 0, ran.stderr
    answer: dict[str, Any] = json.loads(ran.stdout)
    return answer


@pytest.fixture
def rows(found: dict[str, Any]) -> dict[str, Row]:
    return {row["case"]: row for row in found["rows"]}


@pytest.mark.slow
def test_eight_devices_are_found(found: dict[str, Any]) -> None:
    assert (found["devices"], found["counts"]) == (8, [1, 2, 4, 8])


@pytest.mark.parametrize("case", MEASURED, ids=lambda case: case.id)
def test_the_answer_is_right_and_the_collective_is_there(case: Case, rows: dict[str, Row]) -> None:
    row = rows[case.id]
    assert row["check_error"] <= row["check_limit"]
    assert row["devices"] == case.devices
    assert row["products"] == row["products_expected"]
    if case.devices == 1:
        assert row["collectives"] is None
    else:
        assert row["collectives"] >= 1
    # A busy machine may spoil the clock's part of the verdict, nothing else.
    assert row["verdict"] != "invalid" or "Twice the steps" in row["reason"]


@pytest.mark.parametrize(
    ("case", "sentence"),
    [
        (REFUSED[0], "100 rows of a matrix do not divide over 8 devices, 4 would be left over."),
        (REFUSED[1], "12 images do not divide over 8 devices, 4 would be left over."),
        (REFUSED[2], "1,024 numbers do not divide over 3 devices, 1 would be left over."),
        (REFUSED[3], "it needs 16 devices, and JAX finds 8 here."),
    ],
    ids=lambda value: value.id if isinstance(value, Case) else "",
)
def test_what_does_not_divide_is_a_row_with_a_sentence(case: Case, sentence: str, rows: dict[str, Row]) -> None:
    assert rows[case.id]["status"] == "skipped"
    assert rows[case.id]["reason"].startswith(f"Skipped: {sentence}")


def test_one_wrong_device_is_found(found: dict[str, Any]) -> None:
    for case, error in zip(SPOILT, found["spoilt"], strict=True):
        assert error > 1e-3, case.id


def test_devices_that_keep_to_themselves_are_found(found: dict[str, Any]) -> None:
    (row,) = found["alone"]
    assert row["collectives"] == 0
    assert row["verdict"] == "invalid"
    assert row["reason"] == "The compiled program holds nothing by which its devices share what they computed."


def test_no_spread_workload_escapes_these_tests() -> None:
    seen = {(case.workload, case.variant) for case in MEASURED}
    every = {(w.name, variant) for w in workloads().values() if w.spread for variant in w.variants}
    alexnet = {("cnn_parallel", f"alexnet {scaling}") for scaling in ("strong", "weak")}  # too slow for a test
    assert every - alexnet == seen
