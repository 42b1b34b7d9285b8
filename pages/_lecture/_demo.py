"""The demo of a step: one file in this folder with a function `draw(step)`. One that fails is a sentence."""

import logging
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from importlib import import_module
from pathlib import Path
from typing import Any

import streamlit as st

from compute.lecture.steps import Step
from pages._shared.text import plain

FAILED = "The demo of the step “{title}” does not work here ({error}). The lecture goes on without it."
MISSING = "The demo “{demo}” of the step “{title}” is not here. The lecture goes on without it."


def names() -> set[str]:
    """The demos that there are; a file that begins with _ is a helper of theirs."""
    return {path.stem for path in Path(__file__).parent.glob("[a-z]*.py")}


def draw(step: Step) -> None:
    """Draw the demo of a step, if it has one."""
    if not step.demo:
        return
    if step.demo not in names():
        st.warning(plain(MISSING.format(demo=step.demo, title=step.title)), icon=":material/extension_off:")
        return
    with _survived(step):
        import_module(f"pages._lecture.{step.demo}").draw(step)


def part(step: Step, function: Callable[..., None], *arguments: Any, run_every: float | None = None) -> None:
    """Draw a part of a demo that is drawn again by itself: a fragment, which may fail by itself, too."""
    st.fragment(_part, run_every=run_every)(step, function, arguments)


def _part(step: Step, function: Callable[..., None], arguments: tuple[Any, ...]) -> None:
    with _survived(step):
        function(*arguments)


@contextmanager
def _survived(step: Step) -> Iterator[None]:
    """Whatever goes wrong in a demo is one sentence on the stage; the whole of it stands in the server's log."""
    try:
        yield
    except Exception as error:
        logging.getLogger(__name__).exception("the demo %s failed", step.demo)
        words = FAILED.format(title=step.title, error=type(error).__name__)
        st.error(plain(words), icon=":material/extension_off:")
