"""What holds for every test, and virtual environments for those that need a bare one."""

import subprocess
import sys

import pytest
from hypothesis import settings

from tests.share.fresh import Fresh

# Speed is shown by a benchmark: an example that is slow on a busy machine is no failure.
settings.register_profile("project", deadline=None)
settings.load_profile("project")


@pytest.fixture(scope="session")
def fresh(tmp_path_factory: pytest.TempPathFactory) -> Fresh:
    """Makes a virtual environment that sees nothing of this one."""
    made: dict[tuple[str, ...], str] = {}

    def make(*packages: str) -> str:
        if packages not in made:
            place = tmp_path_factory.mktemp("venv")
            subprocess.run([sys.executable, "-m", "venv", str(place)], check=True)
            python = str(place / ("Scripts" if sys.platform == "win32" else "bin") / "python")
            install = ["-m", "pip", "install", "--quiet", "--disable-pip-version-check", "--no-compile", *packages]
            subprocess.run([python, *install], check=True)
            made[packages] = python
        return made[packages]

    return make
