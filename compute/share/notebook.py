"""One notebook that measures where it is opened: Colab, Kaggle, anywhere. It carries the bundle inside it.

`python -m compute notebook` writes it; a test sees to it that the one in `data/` is current.
"""

from __future__ import annotations

import base64
import json
from pathlib import Path
from typing import Any

from compute.share import bundle

NAME = "many_hands.ipynb"
SHIPPED = Path(__file__).resolve().parents[2] / "data" / NAME
SETTINGS = "settings"
"""Id of the cell whose values a person, or a program, changes."""

_ABOUT = """\
# Many Hands: measure this machine

Choose **Run all**. In about half a minute you see how fast this machine multiplies matrices and runs neural networks, \
whatever it has: CPU, GPU or TPU. It uses the JAX that is installed here. The results are a CSV file: upload it on the \
dashboard's page **Compare**, beside other machines.

Nothing is sent anywhere, unless you fill in the address and the code of a board. The results hold no names of people, \
machines or folders."""

_SETTINGS = """\
#@title Settings (all may stay as they are)
suite = "quick"  #@param ["quick", "standard", "full"]
label = ""  #@param {type:"string"}
board_url = ""  #@param {type:"string"}
board_code = ""  #@param {type:"string"}
budget_s = None  # seconds to measure; None: as long as the suite takes"""

_PROGRAM = '''\
#@title The measuring program (a ZIP of Python files, as text)
import base64
import pathlib
import sys

if sys.version_info < (3, 11):
    raise SystemExit("Many Hands needs Python 3.11 or newer. Choose a newer runtime.")
program = pathlib.Path("{name}").resolve()
program.write_bytes(base64.b64decode("""
{text}
"""))
sys.path.insert(0, str(program))'''

_MEASURE = """\
#@title Measure
from compute.share import live

file = live.measure(suite, label, board_url, board_code, budget_s)"""

_LINE = 1000  # characters of the program's text in a line: few lines, none that an editor chokes on


def build() -> str:
    """The notebook as JSON (nbformat 4.5). Raises as `bundle.contents`."""
    encoded = base64.b64encode(bundle.build()).decode()
    text = "\n".join(encoded[at : at + _LINE] for at in range(0, len(encoded), _LINE))
    cells = [
        {"cell_type": "markdown", "id": "about", "metadata": {}, "source": _lines(_ABOUT)},
        _code(SETTINGS, _SETTINGS, tags=["parameters"]),
        _code("program", _PROGRAM.format(name=bundle.NAME, text=text), hidden=True),
        _code("measure", _MEASURE, hidden=True),
    ]
    metadata = {
        "kernelspec": {"display_name": "Python 3", "language": "python", "name": "python3"},
        "language_info": {"name": "python"},
    }
    return json.dumps({"cells": cells, "metadata": metadata, "nbformat": 4, "nbformat_minor": 5}, indent=1) + "\n"


def program(notebook: str) -> bytes:
    """The bundle that a notebook carries. Raises ValueError where it carries none."""
    for cell in json.loads(notebook)["cells"]:
        if cell["id"] == "program":
            return base64.b64decode("".join(cell["source"]).split('"""')[1])
    raise ValueError("the notebook has no cell 'program'")


def _code(name: str, source: str, *, tags: list[str] | None = None, hidden: bool = False) -> dict[str, Any]:
    """A code cell; a hidden one shows its title only, in Colab (cellView), Kaggle and JupyterLab each in its way."""
    metadata: dict[str, Any] = {"cellView": "form"}
    if tags:
        metadata["tags"] = tags
    if hidden:
        metadata |= {"_kg_hide-input": True, "jupyter": {"source_hidden": True}}
    return {
        "cell_type": "code",
        "execution_count": None,
        "id": name,
        "metadata": metadata,
        "outputs": [],
        "source": _lines(source),
    }


def _lines(source: str) -> list[str]:
    return source.splitlines(keepends=True)
