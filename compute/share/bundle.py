"""One file that measures: `many-hands.pyz`, which any Python with JAX runs (standard library `zipapp`).

It holds what `run`, `devices`, `check` and `send` need, and nothing else. It is built from the files of this repository
in one order, with one time stamp and one compression, so that the same files give the same bytes.
"""

from __future__ import annotations

import ast
import importlib.metadata
import io
import os
import stat
import tokenize
import zipfile
from functools import cache
from pathlib import Path

NAME = "many-hands.pyz"
ROOT = Path(__file__).resolve().parents[2]

# What travels. Everything outside these is the dashboard's, and needs pandas or plotly.
_PARTS = (
    "compute/__init__.py",
    "compute/__main__.py",
    "compute/hardware.py",
    "compute/machine.py",
    "compute/results.py",
    "compute/terminal.py",
    "compute/units.py",
    "compute/compare/__init__.py",
    "compute/compare/answers.py",
    "compute/compare/crossings.py",
    "compute/compare/phases.py",
    "compute/compare/pick.py",
    "compute/compare/roofline.py",
    "compute/measure/*.py",
    "compute/share/__init__.py",
    "compute/share/live.py",
    "compute/share/picture.py",
    "compute/share/post.py",
    "compute/workloads/*.py",
    "data/hardware.csv",
    "LICENSE",
)
# Pure Python, so that a machine with JAX alone needs nothing else. It comes along with its license, and without its
# docstrings and comments, which are half of it.
_PACKAGE = "filelock"

_MAIN = """\
import sys

if sys.version_info < (3, 11):
    found = ".".join(map(str, sys.version_info[:2]))
    sys.exit("Many Hands needs Python 3.11 or newer, and this is " + found + ". Run it with another one: python3.12 …")

import runpy

runpy.run_module("compute", run_name="__main__")
"""
_SHEBANG = b"#!/usr/bin/env python3\n"
_WHEN = (1980, 1, 1, 0, 0, 0)  # the first moment that a ZIP can tell
_MODE = (stat.S_IFREG | 0o644) << 16


def contents() -> dict[str, bytes]:
    """The files of the bundle, in their order: name -> bytes.

    Raises FileNotFoundError for a part that is not there, importlib.metadata.PackageNotFoundError without filelock.
    """
    ours = {path.relative_to(ROOT).as_posix(): path.read_bytes() for part in _PARTS for path in _matching(part)}
    return {"__main__.py": _MAIN.encode()} | dict(sorted((ours | _package()).items()))


def _matching(part: str) -> list[Path]:
    found = sorted(ROOT.glob(part))
    if not found:
        raise FileNotFoundError(f"{part} is missing: the bundle cannot be made without it")
    return found


def _package() -> dict[str, bytes]:
    found: dict[str, bytes] = {}
    for file in importlib.metadata.files(_PACKAGE) or []:
        text = Path(str(file.locate()))
        if file.suffix == ".py":
            found[file.as_posix()] = _bare(text.read_text(encoding="utf-8")).encode()
        elif "license" in file.name.lower():
            found[f"{_PACKAGE}/{file.name}"] = text.read_bytes()
    return found


def _bare(source: str) -> str:
    """Python source without docstrings and comments; every statement stays in its line."""
    lines = source.splitlines()
    for token in tokenize.generate_tokens(io.StringIO(source).readline):
        if token.type == tokenize.COMMENT:
            row, column = token.start
            lines[row - 1] = lines[row - 1][:column].rstrip()
    for node in ast.walk(ast.parse(source)):
        if isinstance(node, _DOCUMENTED) and ast.get_docstring(node):
            text = node.body[0]
            height = (text.end_lineno or text.lineno) - text.lineno + 1
            lines[text.lineno - 1 : text.end_lineno] = [" " * text.col_offset + '""', *[""] * (height - 1)]
    return "\n".join(lines) + "\n"


_DOCUMENTED = (ast.Module, ast.ClassDef, ast.FunctionDef, ast.AsyncFunctionDef)


@cache
def build() -> bytes:
    """The bundle: a ZIP that Python runs, behind a line that lets a Unix shell run it. Raises as `contents`."""
    packed = io.BytesIO()
    packed.write(_SHEBANG)
    with zipfile.ZipFile(packed, "w", zipfile.ZIP_DEFLATED, compresslevel=9) as archive:
        for name, content in contents().items():
            entry = zipfile.ZipInfo(name, _WHEN)
            entry.compress_type = zipfile.ZIP_DEFLATED
            entry.create_system = 3  # Unix, wherever it is made
            entry.external_attr = _MODE
            archive.writestr(entry, content, compresslevel=9)
    return packed.getvalue()


def write(path: Path) -> int:
    """Write the bundle there, in one stroke and executable; returns its size in bytes. Raises OSError too."""
    content = build()
    fresh = path.with_name(f".{path.name}.{os.getpid()}")
    try:
        fresh.write_bytes(content)
        fresh.chmod(0o755)
        fresh.replace(path)
    except BaseException:
        fresh.unlink(missing_ok=True)
        raise
    return len(content)
