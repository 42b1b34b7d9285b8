"""Virtual environments of tests: made once for each set of packages."""

import subprocess
import sys

import pytest

from tests.share.fresh import Fresh


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
