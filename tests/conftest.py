"""What holds for every test, and virtual environments for those that need a bare one."""

import subprocess
import sys

import pytest
from hypothesis import settings

from tests.share.fresh import Fresh

# Speed is shown by a benchmark: an example that is slow on a busy machine is no failure.
settings.register_profile("project", deadline=None, max_examples=50)
settings.load_profile("project")


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """The files with a slow test come first: of two processes none waits at the end for the other's last file."""
    slow = {item.path for item in items if item.get_closest_marker("slow")}
    items.sort(key=lambda item: item.path not in slow)


@pytest.fixture(scope="session")
def fresh(tmp_path_factory: pytest.TempPathFactory) -> Fresh:
    """Makes a virtual environment that sees nothing of this one."""
    made: dict[tuple[str, ...], str] = {}

    def make(*packages: str) -> str:
        if packages not in made:
            place = tmp_path_factory.mktemp("venv")
            # Without a pip of its own, which would take longer than the packages: ours installs into it.
            subprocess.run([sys.executable, "-m", "venv", "--without-pip", str(place)], check=True)
            python = str(place / ("Scripts" if sys.platform == "win32" else "bin") / "python")
            pip = [sys.executable, "-m", "pip", "--python", python, "--disable-pip-version-check"]
            subprocess.run([*pip, "install", "--quiet", "--no-compile", *packages], check=True)
            made[packages] = python
        return made[packages]

    return make
