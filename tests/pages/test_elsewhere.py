"""The three ways to measure another machine, on the two pages that offer them."""

from typing import Any

import pytest

from compute.share import bundle, notebook
from tests.pages.reading import words


@pytest.mark.parametrize("name", ["home", "compare"])
def test_the_file_and_the_notebook_are_made_when_asked_for(
    open_page: Any, name: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    def made(*_: Any) -> bytes:
        raise AssertionError("made before anybody asked for it")

    monkeypatch.setattr(bundle, "build", made)
    monkeypatch.setattr(notebook, "build", made)
    page = open_page(name)
    labels = [button.proto.label for button in page.get("download_button")]
    assert {f"Download {bundle.NAME}", f"Download {notebook.NAME}"} <= set(labels)
    assert "Measure another machine" in [expander.label for expander in page.expander]
    said = words(page)
    assert f"python {bundle.NAME} run --out results.csv" in [code.value for code in page.code]
    assert "Run all" in said
    assert "Drop the CSV" in said
