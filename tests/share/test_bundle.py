"""The one file: the same bytes each time, small, and able to measure where only Python, NumPy and JAX are."""

import ast
import io
import json
import os
import shutil
import socket
import subprocess
import sys
import zipfile
from collections.abc import Iterator
from pathlib import Path

import pytest

from compute import __main__ as cli
from compute import results
from compute.share import bundle
from tests.share.fresh import Fresh

MOST_BYTES = 300_000


@pytest.fixture(scope="module")
def pyz(tmp_path_factory: pytest.TempPathFactory) -> Path:
    path = tmp_path_factory.mktemp("bundle") / bundle.NAME
    bundle.write(path)
    return path


def entries(content: bytes) -> Iterator[tuple[str, bytes]]:
    with zipfile.ZipFile(io.BytesIO(content)) as archive:
        assert archive.testzip() is None
        for entry in archive.infolist():
            yield entry.filename, archive.read(entry)


# --- the bytes ---


def test_it_is_small_and_holds_what_it_says() -> None:
    assert len(bundle.build()) < MOST_BYTES
    assert dict(entries(bundle.build())) == bundle.contents()


def test_it_is_the_same_bytes_in_another_process_another_folder_and_at_another_time(tmp_path: Path) -> None:
    copy = tmp_path / "elsewhere"
    for part in ("compute", "data"):
        shutil.copytree(bundle.ROOT / part, copy / part, ignore=shutil.ignore_patterns("__pycache__", "runs"))
    shutil.copy(bundle.ROOT / "LICENSE", copy)
    for path in copy.rglob("*.py"):
        os.utime(path, (1e9, 1e9))
        path.chmod(0o600)
    ran = subprocess.run(
        [sys.executable, "-m", "compute", "bundle", str(tmp_path / "other.pyz")],
        cwd=copy, capture_output=True, text=True, env={**os.environ, "PYTHONHASHSEED": "7", "TZ": "Asia/Tokyo"},
    )  # fmt: skip
    assert ran.returncode == 0, ran.stderr
    assert (tmp_path / "other.pyz").read_bytes() == bundle.build()


def test_nothing_of_this_machine_is_in_it() -> None:
    names = [str(bundle.ROOT), str(Path.home()), socket.gethostname()]
    for name, content in bundle.contents().items():
        assert not any(word.encode() in content for word in names if len(word) > 5), name


def test_what_others_wrote_keeps_its_license_and_loses_only_words() -> None:
    held = bundle.contents()
    assert b"MIT License" in held["filelock/LICENSE"]
    source = (
        '# one\ndef f(x):  # two\n    """Three\n    lines."""\n    return "# no comment"\n\n\nclass C:\n    "Four."\n'
    )
    bare = bundle._bare(source)
    assert bare == '\ndef f(x):\n    ""\n\n    return "# no comment"\n\n\nclass C:\n    ""\n'
    for name, content in held.items():
        if name.endswith(".py"):
            ast.parse(content)


def test_a_part_that_is_missing_is_told(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(bundle, "_PARTS", ("compute/no_such_*.py",))
    with pytest.raises(FileNotFoundError, match="no_such_"):
        bundle.contents()


def test_the_command_writes_it_and_says_how_to_run_it(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    path = tmp_path / "hands.pyz"
    path.write_text("something older")
    assert cli.main(["bundle", str(path)]) == 0
    assert path.read_bytes() == bundle.build()
    assert path.stat().st_mode & 0o111
    assert "python hands.pyz run" in capsys.readouterr().out
    assert [file.name for file in tmp_path.iterdir()] == ["hands.pyz"]


def test_a_place_that_cannot_be_written_is_told(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert cli.main(["bundle", str(tmp_path / "no" / "hands.pyz")]) == 2
    assert "could not be written: No such file or directory" in capsys.readouterr().err


# --- the program, with what this environment has ---


def run(pyz: Path, *words: str, cwd: Path, **env: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [sys.executable, str(pyz), *words],
        cwd=cwd, capture_output=True, text=True, timeout=120, env={**os.environ, **env},
    )  # fmt: skip


def test_its_help_speaks_of_itself_and_of_what_it_can(pyz: Path, tmp_path: Path) -> None:
    told = run(pyz, "--help", cwd=tmp_path)
    assert told.returncode == 0
    assert f"usage: python {bundle.NAME}" in told.stdout
    assert "prices" not in told.stdout
    assert f"python {bundle.NAME} run --suite standard" in run(pyz, "run", "--help", cwd=tmp_path).stdout
    assert "python -m compute" not in run(pyz, "check", "--help", cwd=tmp_path).stdout
    assert run(pyz, "docs", cwd=tmp_path).returncode == 2


def test_it_checks_a_file(pyz: Path, tmp_path: Path) -> None:
    shipped = next(results.SHIPPED.glob("*.csv"))
    told = run(pyz, "check", str(shipped), cwd=tmp_path)
    assert (told.returncode, told.stderr) == (0, "")
    assert "is valid" in told.stdout


def test_an_old_python_is_told_in_its_own_language() -> None:
    """The first lines must be understood by a Python that cannot read the rest."""
    first = bundle.contents()["__main__.py"].decode()
    ast.parse(first, feature_version=(3, 7))
    old = first.replace("sys.version_info < (3, 11)", "True")
    ran = subprocess.run([sys.executable, "-c", old], capture_output=True, text=True)
    assert ran.returncode == 1
    assert ran.stderr.startswith("Many Hands needs Python 3.11 or newer, and this is 3.")


# --- the program, where only JAX and NumPy are ---


# The oldest that we promise, where this Python has it. The newest is in tests/browser/test_room_story.py.
OLDEST = "0.4.35" if sys.version_info < (3, 14) else "0.7.1"


@pytest.mark.alone
@pytest.mark.slow
@pytest.mark.timeout(600)
def test_a_machine_with_nothing_but_jax_measures_itself(pyz: Path, tmp_path: Path, fresh: Fresh) -> None:
    """A new virtual environment, the bundle, and a folder that would lead a careless import astray."""
    python = fresh(f"jax=={OLDEST}")
    (tmp_path / "jax.py").write_text("raise RuntimeError('this is not JAX')")
    (tmp_path / "compute").mkdir()
    state = {"XDG_CACHE_HOME": str(tmp_path / "cache"), "TMPDIR": str(tmp_path)}

    def there(*words: str) -> subprocess.CompletedProcess[str]:
        clean = {name: value for name, value in os.environ.items() if not name.startswith(("PYTHON", "MANY_HANDS"))}
        return subprocess.run(
            [python, str(pyz), *words], cwd=tmp_path, capture_output=True, text=True, timeout=300, env=clean | state
        )  # fmt: skip

    seen = there("devices", "--json")
    assert seen.returncode == 0, seen.stderr
    assert json.loads(seen.stdout)["devices"][0]["platform"] == "cpu"

    ran = there("run", "--budget", "12", "--out", "r.csv", "--label", "Anna's\x07 laptop")
    assert ran.returncode == 0, ran.stdout + ran.stderr
    assert "Written to r.csv." in ran.stdout
    reading = results.read((tmp_path / "r.csv").read_bytes())
    assert reading.problems == []
    measured = [row for row in reading.rows if row["status"] == "measured"]
    assert {row["workload"] for row in measured} >= {"bandwidth", "cnn", "matmul"}  # and as many as there was time for
    assert {row["status"] for row in reading.rows} <= {"measured", "skipped"}
    assert all(row["verdict"] != "invalid" for row in measured)
    assert {(row["label"], row["jax"]) for row in measured} == {("Anna's  laptop", OLDEST)}
    assert [path.suffix for path in (tmp_path / "many-hands-runs").iterdir()] == [".jsonl"]
    text = (tmp_path / "r.csv").read_text()
    assert not any(word in text for word in (str(tmp_path), str(Path.home()), socket.gethostname()))

    again = there("run", "--budget", "3", "--workload", "matmul", "--repeat", "2", "--out", "-")
    assert again.returncode == 0, again.stderr
    assert any(row["processes"] == 2 for row in results.read(again.stdout.encode()).rows)
