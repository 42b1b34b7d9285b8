"""Contenders that need no library of a peer: the triad in C, and our jobs in NumPy."""

import shutil
import subprocess

import pytest

from compute.workloads import Case
from tests.peers.subjects import numpy_jobs
from tests.peers.subjects.peak import compiled

needs_compiler = pytest.mark.skipif(not shutil.which("cc"), reason="there is no C compiler")


@needs_compiler
@pytest.mark.parametrize(("arrays", "first"), [("apart", "2.0"), ("place", "2.0")])
def test_the_triad_in_c_computes_it(arrays: str, first: str) -> None:
    """b is 1 and c begins with 2: b + c / 2 is 2, however often."""
    said = subprocess.run([compiled("stream.c", "-fopenmp"), "100000", arrays], capture_output=True, text=True)
    assert said.returncode == 0, said.stderr
    seconds, found = said.stdout.split()
    assert found == f"first={first}"
    # 1.2 MB in no more than a second and no less than a tenth of what any cache needs
    assert 1e-7 < float(seconds.removeprefix("seconds=")) < 1


@needs_compiler
def test_the_triad_in_c_refuses_what_it_does_not_know() -> None:
    assert subprocess.run([compiled("stream.c", "-fopenmp")]).returncode == 1


@pytest.mark.parametrize("case", [Case("rendering", "spheres", "fp32", 36), Case("kmeans", "lloyd", "fp32", 100)])
def test_the_jobs_run_in_numpy(case: Case) -> None:
    assert numpy_jobs.prepare(case, {}).batch(2) > 0
