"""The demo of a step: one file in this folder with a function `draw(step)`. One that fails is a sentence."""

import logging
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from functools import wraps
from importlib import import_module
from pathlib import Path
from typing import ParamSpec

import streamlit as st

from compute.lecture.steps import Step
from pages._shared.text import plain

FAILED = "The demo of the step “{title}” does not work here ({error}). The lecture goes on without it."
MISSING = "The demo “{demo}” of the step “{title}” is not here. The lecture goes on without it."

# Under which the session holds the title of the step whose demo is on the screen.
_TITLE = "lecture step"
_P = ParamSpec("_P")


def names() -> set[str]:
    """The demos that there are; a file that begins with _ is a helper of theirs."""
    return {path.stem for path in Path(__file__).parent.glob("[a-z]*.py")}


def draw(step: Step) -> None:
    """Draw the demo of a step, if it has one."""
    if not step.demo:
        return
    st.session_state[_TITLE] = step.title
    if step.demo not in names():
        st.warning(plain(MISSING.format(demo=step.demo, title=step.title)), icon=":material/extension_off:")
        return
    with _survived():
        import_module(f"pages._lecture.{step.demo}").draw(step)


@st.cache_resource(show_spinner=False)
def load_all() -> None:
    """Load the demos beside the first step, so that no later one waits for what it imports."""
    threading.Thread(target=_load_all, daemon=True).start()


def _load_all() -> None:
    for name in sorted(names()):
        # One that cannot be loaded says so where it would stand.
        with suppress(Exception):
            import_module(f"pages._lecture.{name}")


def fragment(function: Callable[_P, None], run_every: float | None = None) -> Callable[_P, None]:
    """A part of a demo that is drawn again by itself, like `st.fragment`; here it may also fail by itself."""

    @wraps(function)
    def guarded(*args: _P.args, **kwargs: _P.kwargs) -> None:
        with _survived():
            function(*args, **kwargs)

    return st.fragment(guarded, run_every=run_every)


@contextmanager
def _survived() -> Iterator[None]:
    """Whatever goes wrong in a demo is one sentence on the stage; the whole of it stands in the server's log."""
    try:
        yield
    except Exception as error:
        title = st.session_state.get(_TITLE, "")
        logging.getLogger(__name__).exception("the demo of the step %r failed", title)
        st.error(plain(FAILED.format(title=title, error=type(error).__name__)), icon=":material/extension_off:")
