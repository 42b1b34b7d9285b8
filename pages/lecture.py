"""The lecture: its steps on the stage, in the speaker's second window, on the phones of the room, and as a page."""

from dataclasses import replace

import streamlit as st

from compute.lecture import showings, steps
from compute.lecture.showings import NoShowing, Showing
from compute.lecture.steps import Lecture, Step
from pages._lecture import _controls, _demo, _screen, _share
from pages._lecture._share import FOLLOW, NOTES, SESSION
from pages._shared import reached
from pages._shared.text import plain

# In the address: which step, and whether it fills the wall.
STEP, SCREEN, PROJECTOR = "step", "screen", "projector"
# Under which the session of a stage holds the step that it shows.
SHOWN = "lecture shown"
# The speaker's window has to turn within a second of the stage; phones may take one.
NOTES_POLL_S, POLL_S = 0.5, 1.0
QR_PX = 300

WHAT = """
{count} steps, {minutes:g} minutes: each has one idea, something to do, and where it can a number measured **on this
very machine**. **Present** fills the wall. There the arrow keys and a clicker turn the steps, F fills the screen, and
the room follows on its phones. The words are in `data/lecture`, one file a step.
"""


def stage(lecture: Lecture) -> None:
    """A step on the whole wall, or all steps."""
    _screen.bare()
    _screen.large()
    showing, step = _meet(lecture)
    with st.container(key="stage", gap="small"):
        with st.container(key="stage-bar", horizontal=True, vertical_alignment="center", gap="small"):
            st.title(step.title if step else "The lecture", anchor=False, width="stretch")
            _controls.clock(lecture, step or lecture.steps[0], showing.elapsed_s)
            with st.container(key="stage-keys", horizontal=True, width="content", gap="xsmall"):
                if step:
                    _screen.buttons(lecture, step, _show)
                else:
                    _screen.problems(lecture)
                    st.button(
                        "Go on", key=_controls.NEXT, icon=":material/arrow_forward:", on_click=_show,
                        args=(showing.step,),
                    )  # fmt: skip
                _share_panel(showing)
        if step:
            _screen.content(step)
        else:
            _unknown()
            _screen.overview(lecture, _show)
    _controls.keys()
    _demo.load_all()
    st.fragment(_look_at_speaker, run_every=POLL_S)(showing)


def _share_panel(showing: Showing) -> None:
    with st.popover("Room and notes", icon=":material/qr_code_2:", key="lecture-share"):
        _share.invite(showing.code, QR_PX)
        reached.fields(_share.PAGE)
        st.link_button("Speaker's notes", _share.notes_link(showing.speaker), icon=":material/speaker_notes:")
        st.button("Leave the stage", key="lecture-leave", icon=":material/logout:", on_click=_leave)


def _meet(lecture: Lecture) -> tuple[Showing, Step | None]:
    """The showing of this stage and the step in the address (None: all of them), brought to one step.

    The window that has turned since this stage was drawn last is the one that is followed. Without a showing, or with
    one that is over, a new one begins.
    """
    step = _asked(lecture)
    try:
        showing = showings.spoken_for(st.query_params.get(SESSION, ""))
    except NoShowing:
        showing = showings.begin((step or lecture.steps[0]).name)
        st.query_params[SESSION] = showing.speaker
    if step and step.name != showing.step:
        if st.session_state.get(SHOWN) == step.name and (turned := lecture.find(showing.step)):
            step = turned
            _show(step.name)
        else:
            showings.turn(showing.speaker, step.name)
            showing = replace(showing, step=step.name)
    st.session_state[SHOWN] = step.name if step else ""
    return showing, step


def _look_at_speaker(shown: Showing) -> None:
    """Turn when the speaker's window has turned."""
    try:
        now = showings.find(shown.speaker)
    except NoShowing:  # deleted by hand: the next step begins another one
        return
    if now.step != shown.step:
        _show(now.step)
    if now != shown:
        st.rerun()


def _show(name: str) -> None:
    """Show a step on this screen, or all of them."""
    if name:
        st.query_params[STEP] = name
    else:
        st.query_params.pop(STEP, None)


def _leave() -> None:
    for name in (SCREEN, SESSION):
        st.query_params.pop(name, None)


def _present(name: str) -> None:
    """Begin a showing at a step."""
    st.query_params.from_dict({STEP: name, SCREEN: PROJECTOR, SESSION: showings.begin(name).speaker})


def _asked(lecture: Lecture) -> Step | None:
    """The step in the address; None = all of them."""
    return lecture.find(st.query_params.get(STEP, ""))


def _unknown() -> None:
    """Say so when the address asks for a step that there is not."""
    if name := st.query_params.get(STEP):
        st.info(f"There is no step “{plain(name[:40])}”. Choose one of these.", icon=":material/help:")


def notes(lecture: Lecture, code: str) -> None:
    """The speaker's second window: what to say, what comes next, the clock; it turns the stage, too."""
    _screen.bare()
    _screen.large()
    try:
        showing = showings.find(code)
    except NoShowing as problem:
        _no_showing(problem)
        return
    if not showings.is_speaker(code):
        st.info("This is the code of the room. Open the notes from the stage: Room and notes.", icon=":material/lock:")
        return
    step = lecture.find(showing.step) or lecture.steps[0]
    after = lecture.beside(step, 1)
    with st.container(key="notes", gap="small"):
        with st.container(horizontal=True, vertical_alignment="center"):
            st.title(f"{lecture.number(step)}. {step.title}", anchor=False, width="stretch")
            _controls.clock(lecture, step, showing.elapsed_s)
            _screen.buttons(lecture, step, _turn)
        st.markdown(
            f":material/schedule: **{step.minutes:g} minutes**. Next: **{after.title if after else 'the end'}**"
        )
        with st.container(key="notes-words"):
            for line in step.notes.splitlines() or ["There are no notes for this step."]:
                st.markdown(plain(line))
        with st.expander("What the room sees", expanded=True):
            st.markdown(step.text)
        with st.expander("All steps"):
            _screen.overview(lecture, _turn)
        st.button("Start the clock again", key="lecture-restart", icon=":material/restart_alt:", on_click=_restart)
    _controls.keys()
    st.fragment(_look, run_every=NOTES_POLL_S)(showing)


def _turn(name: str) -> None:
    """Turn the stage and all who follow; without a name nothing: the overview stands below."""
    if name:
        showings.turn(st.query_params[NOTES], name)


def _restart() -> None:
    showings.restart(st.query_params[NOTES])


def follow(lecture: Lecture, code: str) -> None:
    """A phone in the room: the step that the stage shows, to read and to touch."""
    _screen.bare()
    try:
        showing = showings.find(code)
    except NoShowing as problem:
        _no_showing(problem)
        return
    step = lecture.find(showing.step) or lecture.steps[0]
    with st.container(key="follow"):
        st.header(step.title, anchor=False)
        _screen.content(step)
        st.caption(f"Step {lecture.number(step)} of {len(lecture.steps)}. This screen turns with the lecture.")
    st.fragment(_look, run_every=POLL_S)(showing)


def _look(shown: Showing) -> None:
    """Draw this screen again when the showing is at another step, or over."""
    try:
        now = showings.find(shown.code)
    except NoShowing:
        st.rerun()
    if now != shown:
        st.rerun()


def _no_showing(problem: NoShowing) -> None:
    st.error(plain(problem), icon=":material/error:")
    st.button("Read the lecture by yourself", key="lecture-alone", on_click=st.query_params.clear)


def reading(lecture: Lecture) -> None:
    """The page: all steps, or one of them, for whoever reads by themselves."""
    step = _asked(lecture)
    if step is None:
        _unknown()
        st.markdown(WHAT.format(count=len(lecture.steps), minutes=lecture.minutes))
        with st.container(horizontal=True, vertical_alignment="bottom"):
            _present_button(lecture.steps[0])
            _join_form()
            _screen.problems(lecture)
        _screen.overview(lecture, _show)
        return
    with st.container(horizontal=True, vertical_alignment="center"):
        st.header(step.title, anchor=False, width="stretch")
        _screen.buttons(lecture, step, _show)
        _present_button(step)
    _screen.content(step)
    _controls.keys()


def _present_button(step: Step) -> None:
    st.button(
        "Present", key="lecture-present", type="primary", icon=":material/present_to_all:", on_click=_present,
        args=(step.name,),
    )  # fmt: skip


def _join_form() -> None:
    with st.form("lecture-join", border=False), st.container(horizontal=True, vertical_alignment="bottom"):
        st.text_input("Follow a lecture: its code", key="lecture-code", placeholder="K7M 4X2", width=240)
        st.form_submit_button("Follow", key="lecture-follow", on_click=_join)


def _join() -> None:
    if typed := st.session_state["lecture-code"].strip():
        st.query_params.from_dict({FOLLOW: typed})


def main() -> None:
    """What the address asks for."""
    lecture = steps.read(demos=_demo.names())
    asked = st.query_params
    if not lecture.steps:
        st.error("\n".join(f"- {plain(problem)}" for problem in lecture.problems), title="There is no lecture")
    elif NOTES in asked:
        notes(lecture, asked[NOTES])
    elif FOLLOW in asked:
        follow(lecture, asked[FOLLOW])
    elif asked.get(SCREEN) == PROJECTOR:
        stage(lecture)
    else:
        reading(lecture)


main()
