"""The three walls of the house, each looked at in a fresh interpreter."""

import subprocess
import sys
from pathlib import Path

from tests.serving import ROOT, serving

# MiB that the server may take after every page was visited. With a worker of the small defaults, which takes up to 480,
# it stays inside the 690 that Streamlit Community Cloud guarantees.
SERVER_MIB = 210

EVERY_MODULE = """
import importlib, pkgutil, sys
import compute
names = [module.name for module in pkgutil.walk_packages(compute.__path__, "compute.")]
for name in names:
    importlib.import_module(name)
assert len(names) > 25, names
found = sorted(name for name in sys.modules if name.partition(".")[0] == "streamlit")
sys.exit(f"streamlit is imported: {found}" if found else 0)
"""

# Forbids every import that a file of compute/ asks for, beyond what a notebook has. What JAX itself imports is
# its own business.
NOTEBOOK = """
import sys
from importlib.abc import MetaPathFinder
from pathlib import Path
ALLOWED = sys.stdlib_module_names | {"numpy", "jax", "jaxlib", "compute"}
OURS = str(Path.cwd() / "compute")

class Wall(MetaPathFinder):
    def find_spec(self, name, path=None, target=None):
        frame = sys._getframe(1)
        while frame and "importlib" in frame.f_code.co_filename:
            frame = frame.f_back
        asker = frame.f_code.co_filename if frame else ""
        if asker.startswith(OURS) and name.partition(".")[0] not in ALLOWED:
            raise ImportError(f"{asker} imports {name}, which a notebook may not have")

sys.meta_path.insert(0, Wall())
from compute.measure import worker
sys.exit(worker.main(sys.argv[1:]))
"""


def python(code: str, *arguments: str) -> subprocess.CompletedProcess[str]:
    """Run code in a fresh interpreter at the root of the repository."""
    return subprocess.run(
        [sys.executable, "-c", code, *arguments],
        cwd=ROOT, capture_output=True, text=True, timeout=120, stdin=subprocess.PIPE,
    )  # fmt: skip


def test_compute_never_imports_streamlit() -> None:
    ran = python(EVERY_MODULE)
    assert ran.returncode == 0, ran.stderr


def test_the_server_never_imports_jax_and_stays_small(tmp_path: Path) -> None:
    with serving(tmp_path) as server:
        titles = [entry["url_path"] for entry in server.visit()["pages"]]
        for page in titles:
            assert server.visit(page)["status"] == "ready"
        about = Path(f"/proc/{server.process.pid}")
        libraries, status = (about / "maps").read_text(), (about / "status").read_text()
    assert len(titles) == 14
    assert "jaxlib" not in libraries
    assert "pandas" in libraries, "the pages were not really drawn"
    [peak_kib] = [int(line.split()[1]) for line in status.splitlines() if line.startswith("VmHWM:")]
    assert peak_kib / 1024 <= SERVER_MIB


def test_the_worker_needs_only_what_a_notebook_has() -> None:
    code = NOTEBOOK.replace(
        "sys.exit(worker", "import threading; worker.end_with_parent = lambda: None; sys.exit(worker"
    )
    ran = python(code, "run", "--suite", "quick", "--budget", "4", "--run-id", "wall", "--cache", "off")
    assert ran.returncode == 0, ran.stderr
    assert '"event": "finished"' in ran.stdout


def test_the_cuda_worker_needs_only_what_a_notebook_has() -> None:
    code = NOTEBOOK.replace("compute.measure import worker", "compute.cuda import worker").replace(
        "sys.exit(worker", "worker.end_with_parent = lambda: None; sys.exit(worker"
    )
    ran = python(code, "run", "--run-id", "wall", "--size", "256")
    assert ran.returncode == 0, ran.stderr
    assert '"event": "finished"' in ran.stdout


CUDA_COMMAND = """
import sys
import compute.__main__
from compute.cuda import record, report, runs
heavy = {"pandas", "plotly", "streamlit", "jax"} & sys.modules.keys()
sys.exit(f"imported: {heavy}" if heavy else 0)
"""


def test_the_cuda_command_runs_where_there_is_no_dashboard() -> None:
    ran = python(CUDA_COMMAND)
    assert ran.returncode == 0, ran.stderr


def test_looking_for_devices_needs_only_what_a_notebook_has() -> None:
    ran = python(NOTEBOOK, "devices")
    assert ran.returncode == 0, ran.stderr


def test_the_wall_around_the_worker_can_fall(tmp_path: Path) -> None:
    """The test above would notice: the same wall stops a file of compute/ that imports pandas."""
    ran = python(NOTEBOOK.replace("from compute.measure import worker", "import compute.charts.headline"))
    assert ran.returncode != 0
    assert "which a notebook may not have" in ran.stderr
