"""The notebook: current, well-formed, and executed for real in a kernel."""

import json
import re
from html.parser import HTMLParser
from pathlib import Path
from typing import Any

import nbformat
import pytest
from nbclient import NotebookClient

from compute import __main__ as cli
from compute import results
from compute.share import bundle, notebook
from tests.share.board import says, serving
from tests.share.test_bundle import entries


def cells(text: str) -> dict[str, dict[str, Any]]:
    return {cell["id"]: cell for cell in json.loads(text)["cells"]}


def source(cell: dict[str, Any]) -> str:
    return "".join(cell["source"])


# --- what it is ---


def test_the_shipped_one_is_current() -> None:
    """If this fails, run: python -m compute notebook."""
    shipped = notebook.SHIPPED.read_text(encoding="utf-8")
    # The files are compared, not their compressed bytes: another build of zlib may pack the same files differently.
    assert dict(entries(notebook.program(shipped))) == bundle.contents(), "run: python -m compute notebook"
    ours, theirs = cells(notebook.build()), cells(shipped)
    for both in (ours, theirs):
        both["program"]["source"] = re.sub(r'(?s)""".*"""', "", source(both["program"]))
    assert ours == theirs


def test_it_is_well_formed_and_empty_of_outputs() -> None:
    made = nbformat.reads(notebook.build(), as_version=4)
    nbformat.validate(made)
    assert not any(cell.get("outputs") for cell in made.cells)
    assert notebook.program(notebook.build()) == bundle.build()


def test_the_settings_are_a_form_and_begin_with_nothing_sent() -> None:
    form = source(cells(notebook.build())[notebook.SETTINGS])
    assert form.startswith("#@title")
    settings: dict[str, Any] = {}
    exec(form, settings)
    assert (settings["suite"], settings["label"], settings["budget_s"]) == ("quick", "", None)
    assert (settings["board_url"], settings["board_code"]) == ("", "")
    assert json.loads(re.findall(r"suite = .*#@param (\[.*\])", form)[0]) == ["quick", "standard", "full"]


def test_no_line_is_too_long_for_an_editor() -> None:
    assert max(len(line) for cell in cells(notebook.build()).values() for line in cell["source"]) <= 1001


def test_a_notebook_without_a_program_is_told() -> None:
    with pytest.raises(ValueError, match="no cell"):
        notebook.program(json.dumps({"cells": []}))


def test_the_command_writes_it(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    path = tmp_path / "n.ipynb"
    assert cli.main(["notebook", str(path)]) == 0
    assert path.read_text() == notebook.build()
    assert cli.main(["notebook", str(tmp_path / "no" / "n.ipynb")]) == 2
    assert "could not be written" in capsys.readouterr().err


# --- what it does ---


def execute(folder: Path, monkeypatch: pytest.MonkeyPatch, **settings: Any) -> list[str]:
    """Run all cells of the shipped notebook in a fresh kernel in this folder; returns the HTML it showed."""
    monkeypatch.setenv("MANY_HANDS_STATE", str(folder / "state"))
    monkeypatch.delenv("PYTHONPATH", raising=False)
    made = nbformat.read(notebook.SHIPPED, as_version=4)
    [form] = [cell for cell in made.cells if cell["id"] == notebook.SETTINGS]
    form.source += "".join(f"\n{name} = {value!r}" for name, value in settings.items())
    client = NotebookClient(made, timeout=300, kernel_name="python3", resources={"metadata": {"path": str(folder)}})
    client.execute()
    outputs = [output for cell in made.cells for output in cell.get("outputs", [])]
    assert not [output for output in outputs if output.output_type == "error" or output.get("name") == "stderr"]
    return [output.data["text/html"] for output in outputs if "text/html" in output.get("data", {})]


class Words(HTMLParser):
    """The text of HTML, and whether every element that was opened is closed."""

    def __init__(self, text: str) -> None:
        super().__init__()
        self.open: list[str] = []
        self.words = ""
        self.feed(text)

    def handle_starttag(self, tag: str, attrs: Any) -> None:
        self.open.append(tag)

    def handle_endtag(self, tag: str) -> None:
        assert self.open.pop() == tag

    def handle_startendtag(self, tag: str, attrs: Any) -> None:
        pass

    def handle_data(self, data: str) -> None:
        self.words += data


@pytest.mark.alone
@pytest.mark.slow
@pytest.mark.timeout(300)
def test_run_all_measures_draws_saves_and_sends(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    with serving(says(200, {"sentence": "The board has them.", "added": 9})) as board:
        shown = execute(tmp_path, monkeypatch, budget_s=12, label="room 5", board_url=board.url, board_code="ABC123")
    [path] = tmp_path.glob("many-hands-*.csv")
    reading = results.read(path.read_bytes())
    assert reading.problems == []
    assert {row["label"] for row in reading.rows} == {"room 5"}
    measured = [row for row in reading.rows if row["status"] == "measured"]
    assert len(measured) > 5
    assert all(row["verdict"] != "invalid" for row in measured)

    page = "\n".join(shown)
    words = Words(page).words
    assert '<svg xmlns="http://www.w3.org/2000/svg"' in page
    assert re.search("Matrix products of n × n numbers, rate against n: .*fp32 reaches", words)
    assert "measured" in words
    assert "The board has them." in words
    assert f"href='{path.name}'" in page
    assert [(where, body.decode()) for where, _, body in board.posts] == [("/board/ABC123", path.read_text())]
    assert (tmp_path / bundle.NAME).read_bytes() == bundle.build()


@pytest.mark.alone
@pytest.mark.slow
def test_half_a_board_is_told_before_anything_is_measured(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    shown = execute(tmp_path, monkeypatch, board_code="ABC123")
    assert "expected the dashboard's address" in Words("\n".join(shown)).words
    assert not list(tmp_path.glob("*.csv"))
    assert not (tmp_path / "state").exists()
