"""Which picture the window slides over: one of ours, or a file that someone brings."""

import streamlit as st

from compute.lecture import greys
from compute.lecture.greys import PICTURES, Grid
from compute.lecture.steps import Step

YOURS = "Yours"
# One picture for all demos: what someone brings stays when the step changes.
_BROUGHT, _PROBLEM = "lecture-brought-picture", "lecture-picture-problem"


def choose(demo: str, step: Step) -> tuple[str, Grid]:
    """The picture that is chosen, and its name; the widgets are drawn side by side where this is called."""
    key = f"{demo}-picture"
    first = step.options.get("picture", "Hand").capitalize()
    if first not in PICTURES:
        st.warning(f"The step asks for the picture “{first}”; there are {', '.join(PICTURES)}. Here is the hand.")
        first = "Hand"
    names = [*PICTURES, YOURS] if _BROUGHT in st.session_state else list(PICTURES)
    st.session_state.setdefault(key, first)
    name = st.selectbox("Picture", names, key=key, label_visibility="collapsed", width=150)
    with st.popover("Bring yours", icon=":material/add_photo_alternate:", key=f"{demo}-bring"):
        st.file_uploader(
            "A picture from your machine",
            type=greys.ENDINGS,
            max_upload_size=greys.LARGEST_MB,
            key=f"{demo}-file",
            on_change=_brought,
            args=(demo,),
            help=f"Its middle is shrunk to {greys.SIDE} x {greys.SIDE} greys. It is not kept.",
        )
        if problem := st.session_state.get(_PROBLEM):
            st.warning(problem)
    return name, st.session_state[_BROUGHT] if name == YOURS else PICTURES[name]()


def _brought(demo: str) -> None:
    """A file was chosen: from now on it is the picture, if it is one."""
    st.session_state.pop(_PROBLEM, None)
    file = st.session_state[f"{demo}-file"]
    if file is None:
        return
    try:
        st.session_state[_BROUGHT] = greys.decode(file.getvalue())
        st.session_state[f"{demo}-picture"] = YOURS
    except greys.BadPicture as bad:
        st.session_state[_PROBLEM] = str(bad)
