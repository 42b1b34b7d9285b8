"""The tiny machine: step through a program that adds two vectors, or write another one."""

import streamlit as st

from compute.lecture import cpu_drawing, tiny_cpu
from compute.lecture.steps import Step
from compute.lecture.tiny_cpu import BadProgram, Run
from pages._lecture import _choose, _picture
from pages._lecture._demo import fragment
from pages._shared import chart
from pages._shared.text import plain

DATA = " ".join(map(str, tiny_cpu.VECTORS))
HELP = "\n".join(f"- `{name}`: {words}" for name, (_, words) in tiny_cpu.INSTRUCTIONS.items())


def draw(step: Step) -> None:
    """Draw the demo."""
    fragment(_drawn)()


def _drawn() -> None:
    for key, value in (("program", tiny_cpu.VECTOR_SUM), ("data", DATA), ("place", 0)):
        st.session_state.setdefault(f"tiny_cpu-{key}-kept", value)
    run, troubles = _run()
    with _choose.large("tiny_cpu"):
        _steps(run)
        _editor(troubles)
    if run is None:
        _say(troubles)
        return
    place = min(st.session_state["tiny_cpu-place-kept"], len(run.moments) - 1)
    _picture.show("tiny_cpu", cpu_drawing.machine(run, place, chart.dark()))


def _run() -> tuple[Run | None, list[str]]:
    """The run of the program as it stands in the editor, or what is wrong with it."""
    kept = st.session_state
    try:
        program = tiny_cpu.parse(kept["tiny_cpu-program-kept"])
        memory = tiny_cpu.parse_memory(kept["tiny_cpu-data-kept"])
    except BadProgram as bad:
        return None, list(map(str, bad.problems))
    except ValueError as bad:
        return None, [str(bad)]
    return tiny_cpu.run(program, memory), []


def _steps(run: Run | None) -> None:
    last = len(run.moments) - 1 if run else 0
    at = st.session_state["tiny_cpu-place-kept"]
    for label, icon, place in (
        ("Start over", "first_page", 0),
        ("Back", "arrow_back", at - 1),
        ("Step", "arrow_forward", at + 1),
        ("Next line", "double_arrow", tiny_cpu.next_line(at)),
        ("To the end", "last_page", last),
    ):
        st.button(
            label, key=f"tiny_cpu-{label}", icon=f":material/{icon}:", on_click=_go, args=(min(place, last),),
            disabled=not 0 <= place <= last + 2 or min(place, last) == at,
            type="primary" if label == "Step" else "secondary",
        )  # fmt: skip


def _go(place: int) -> None:
    st.session_state["tiny_cpu-place-kept"] = place


def _editor(troubles: list[str]) -> None:
    with (
        st.popover("Program", icon=":material/edit:", width="content"),
        st.container(key="tiny_cpu-editor-large"),
    ):
        _say(troubles)
        st.text_area(
            "Program, one instruction a line", st.session_state["tiny_cpu-program-kept"], height=330,
            key="tiny_cpu-program", on_change=_edited, max_chars=2000,
        )  # fmt: skip
        st.text_input(
            "Memory, from place 0 on", st.session_state["tiny_cpu-data-kept"], key="tiny_cpu-data", on_change=_edited,
            max_chars=200,
        )  # fmt: skip
        st.button("Put the vectors back", key="tiny_cpu-restore", on_click=_restore)
        st.markdown(HELP)


def _edited() -> None:
    for name in ("program", "data"):
        st.session_state[f"tiny_cpu-{name}-kept"] = st.session_state[f"tiny_cpu-{name}"]
    _go(0)


def _restore() -> None:
    st.session_state["tiny_cpu-program"], st.session_state["tiny_cpu-data"] = tiny_cpu.VECTOR_SUM, DATA
    _edited()


def _say(troubles: list[str]) -> None:
    if troubles:
        st.error("  \n".join(map(plain, troubles[:6])), title="The program cannot run yet")
