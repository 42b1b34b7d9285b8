"""The frame around every page, and the door when a host runs it as a plain script."""

from typing import Any

import pytest
from streamlit.testing.v1 import AppTest

from compute.measure import suite
from pages._shared import run_panel
from pages._shared.text import plain
from tests.pages.conftest import ROOT
from tests.pages.reading import words
from tests.pages.state import PATIENCE_S

PAGES = {
    "home": ("This machine", "What is it"),
    "matmul": ("Matmul", "How fast does it multiply"),
    "cnn": ("CNN", "How many images a second"),
    "cuda": ("CUDA", "How does one write for a GPU"),
    "crossover": ("Crossover", "From which size on"),
    "roofline": ("Roofline", "What holds it back"),
    "devices": ("Many devices", "What do more of them bring"),
    "lecture": ("Lecture", "What is compute power"),
    "costs": ("Costs", "What does a job cost"),
    "azure": ("Azure", "A machine, a notebook"),
    "apartment": ("Apartment", "How big should my apartment be"),
    "compare": ("Compare", "Which machine is faster"),
    "board": ("The board", "How fast are we all together"),
}


@pytest.mark.parametrize("name", PAGES)
def test_each_page_stands_in_the_frame(name: str, open_page: Any) -> None:
    page = open_page(name)
    title, question = PAGES[name]
    assert [title] == [heading.value for heading in page.title]
    assert question in words(page)


def test_the_door_run_as_a_script_shows_the_same_page() -> None:
    page = AppTest.from_file(str(ROOT / "app.py"), default_timeout=PATIENCE_S).run()
    assert not page.exception, page.exception
    assert page.title[0].value == "This machine"


def test_the_door_has_no_logic() -> None:
    assert len((ROOT / "app.py").read_text().splitlines()) < 40


def test_no_page_lets_html_through() -> None:
    for path in (ROOT / "pages").rglob("*.py"):
        assert "unsafe_allow" not in path.read_text(), path


def test_the_suites_on_screen_are_the_suites_there_are_and_take_as_long_as_said() -> None:
    assert list(run_panel.SUITES) == list(suite.BUDGETS_S)
    said = {"quick": 30.0, "standard": 300.0, "full": None}
    for name, seconds in suite.BUDGETS_S.items():
        limit = said[name]
        assert (seconds is None) == (limit is None)
        assert limit is None or seconds is None or 0.85 * limit <= seconds <= limit


def test_plain_words_stay_as_they_are_and_marks_lose_their_meaning() -> None:
    assert plain("NVIDIA H200") == "NVIDIA H200"
    assert plain("[a](b)\n:red[c] $d$") == r"\[a\]\(b\) \:red\[c\] \$d\$"
