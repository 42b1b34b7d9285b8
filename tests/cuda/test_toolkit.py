import shutil
import sys
from pathlib import Path

import pytest

from compute.cuda import toolkit
from tests.cuda import fakes


def look(folder: Path) -> toolkit.Toolkit:
    return toolkit.look({"PATH": f"{folder}:/usr/bin:/bin"})


@pytest.fixture(autouse=True)
def no_other_nvcc(monkeypatch: pytest.MonkeyPatch) -> None:
    """The machine that runs the tests may have a compiler of its own where toolkits and wheels put it."""
    found = shutil.which
    monkeypatch.setattr(
        shutil, "which", lambda name, path=None: None if "/cuda" in str(path) else found(name, path=path)
    )
    monkeypatch.setattr(sys, "path", [])


def test_both_are_found_and_fit(tmp_path: Path) -> None:
    fakes.put(tmp_path, then=fakes.compiles())
    found = look(tmp_path)
    assert found.gpu == toolkit.Gpu("NVIDIA H200", "9.0", "580.95", "")
    assert found.compiler
    assert (found.compiler.version, found.compiler.architectures) == ("13.0", (75, 90))
    assert found.problem == ""
    assert toolkit.flag(found.gpu) == "-arch=sm_90"


def test_a_machine_with_neither_says_both(tmp_path: Path) -> None:
    found = toolkit.look({"PATH": str(tmp_path)})
    assert "nvidia-smi was not found" in found.problem
    assert "nvcc, the compiler of CUDA, was not found" in found.problem


def test_the_compiler_is_found_in_cuda_home(tmp_path: Path) -> None:
    fakes.put(tmp_path, then=fakes.compiles())
    (tmp_path / "home" / "bin").mkdir(parents=True)
    (tmp_path / "nvcc").rename(tmp_path / "home" / "bin" / "nvcc")
    found = toolkit.look({"PATH": f"{tmp_path}:/usr/bin:/bin", "CUDA_HOME": str(tmp_path / "home")})
    assert found.compiler
    assert found.problem == ""


def test_the_compiler_is_found_in_the_wheels(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    fakes.put(tmp_path, then=fakes.compiles())
    wheel = tmp_path / "nvidia" / "cu13" / "bin"
    wheel.mkdir(parents=True)
    (tmp_path / "nvcc").rename(wheel / "nvcc")
    assert look(tmp_path).compiler is None
    monkeypatch.setattr(sys, "path", [str(tmp_path)])
    found = look(tmp_path)
    assert found.compiler
    assert found.compiler.path == (wheel / "nvcc").resolve()


def test_a_compiler_older_than_the_gpu_is_a_sentence(tmp_path: Path) -> None:
    fakes.put(tmp_path, then=fakes.compiles(), version="11.2", known="compute_35\\ncompute_86\\n")
    assert look(tmp_path).problem == (
        "nvcc 11.2 is older than this GPU: NVIDIA H200 has compute capability 9.0, and it knows none above 8.6. "
        "Install a newer CUDA toolkit."
    )


def test_a_gpu_that_the_compiler_has_left_behind_is_a_sentence(tmp_path: Path) -> None:
    fakes.put(tmp_path, then=fakes.compiles(), gpu="Tesla P100-PCIE-16GB, 6.0, 550.54, 0")
    assert "which it has left behind" in look(tmp_path).problem


def test_a_busy_gpu_is_said_and_still_used(tmp_path: Path) -> None:
    fakes.put(tmp_path, then=fakes.compiles(), apps="1200\\n800\\n")
    found = look(tmp_path)
    assert found.problem == ""
    assert found.gpu
    assert found.gpu.busy.startswith("Other programs use this GPU (2 and hold 2000 MiB of its memory)")


def test_load_without_a_visible_program_is_said_too(tmp_path: Path) -> None:
    fakes.put(tmp_path, then=fakes.compiles(), gpu="NVIDIA H200, 9.0, 580.95, 97")
    found = look(tmp_path)
    assert found.gpu
    assert found.gpu.busy.startswith("This GPU is busy with something else (97 %)")


@pytest.mark.parametrize("answer", ["No devices were found", "NVIDIA H200, [N/A], 580, 0", ""])
def test_an_answer_that_names_no_gpu_is_said(tmp_path: Path, answer: str) -> None:
    fakes.put(tmp_path, then=fakes.compiles(), gpu=answer)
    found = look(tmp_path)
    assert found.gpu is None
    assert f"It said: {answer or 'nothing'}" in found.problem


def test_an_nvidia_smi_that_hangs_is_given_up(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    fakes.put(tmp_path, then=fakes.compiles())
    (tmp_path / "nvidia-smi").write_text("#!/bin/sh\nexec sleep 60\n")
    monkeypatch.setattr(toolkit, "PATIENCE_S", 0.5)
    assert "no answer within" in look(tmp_path).problem
