"""A step as it is seen: on the stage, on the page, and on a phone that follows."""

from collections.abc import Callable
from pathlib import Path

import streamlit as st

from compute.lecture.steps import Lecture, Step
from pages._lecture import _controls, _demo
from pages._shared.text import plain

HERE = Path(__file__).resolve().parent

COLUMNS = 2
"""Of the overview: in two, twenty steps fit on one screen with their whole titles."""

Turn = Callable[[str], None]
"""Goes to the step with this name; "" is the overview of all steps."""


def bare() -> None:
    """Take menu and toolbar out of the way."""
    st.html(HERE / "_bare.css")


def large() -> None:
    """Letters for the last row, for what is drawn in a container with the key "stage"."""
    st.html(HERE / "_stage.css")


def content(step: Step) -> None:
    """The text and the demo."""
    with st.container(key=f"lecture-step-{step.name}"):
        with st.container(key="lecture-text"):
            st.markdown(step.text)
        _demo.draw(step)


def buttons(lecture: Lecture, step: Step, turn: Turn) -> None:
    """Back, the overview, next. Keys press the first and the last."""
    back, after = lecture.beside(step, -1), lecture.beside(step, 1)
    _button("Back", _controls.BACK, "arrow_back", turn, back)
    st.button(
        f"{lecture.number(step)} / {len(lecture.steps)}", key="lecture-all", help="All steps", on_click=turn, args=("",)
    )
    _button("Next", _controls.NEXT, "arrow_forward", turn, after)


def _button(label: str, key: str, icon: str, turn: Turn, to: Step | None) -> None:
    st.button(
        label,
        key=key,
        icon=f":material/{icon}:",
        help=to.title if to else None,
        disabled=to is None,
        on_click=turn,
        args=(to.name if to else "",),
    )


def overview(lecture: Lecture, turn: Turn) -> None:
    """All steps, column by column, each a button."""
    rows = -(-len(lecture.steps) // COLUMNS)
    for place, column in enumerate(st.columns(COLUMNS)):
        with column, st.container(gap="xxsmall"):
            for step in lecture.steps[place * rows : (place + 1) * rows]:
                st.button(
                    f"{lecture.number(step)}\\. {step.title}",
                    key=f"lecture-to-{step.name}",
                    help=f"{step.minutes:g} minutes",
                    type="tertiary",
                    on_click=turn,
                    args=(step.name,),
                )


def problems(lecture: Lecture) -> None:
    """What is wrong in the files, each by file and line, behind a button; nothing while all is right."""
    count = len(lecture.problems)
    if count:
        label = f":orange[{count} {'problem' if count == 1 else 'problems'} in data/lecture]"
        with st.popover(label, icon=":material/report:", type="tertiary", key="lecture-problems"):
            st.markdown("\n".join(f"- {plain(problem)}" for problem in lecture.problems))
