"""One pair of hands, many pairs of hands: the idea as a picture, the race as it was measured, and the guess."""

import streamlit as st

from compute.lecture import live, many_hands, predict, race, tracks
from compute.lecture.steps import Step
from pages._lecture import _guess, _label, _large, _live
from pages._lecture._demo import fragment
from pages._shared import chart, data

IDEA, RACE, GUESS = "The idea", "The race", "The guess"
# What a step's header may name as the first view: "view: guess".
VIEWS = {"idea": IDEA, "race": RACE, "guess": GUESS}
QUESTION = "How many times faster than the loop is the fastest way here?"
UNIT = " ×"
BOUND = {
    True: "Possible: by the peak of its data sheet, or the best product ever measured on such a machine.",
    False: "What is possible here is not known: nobody has measured the peak of this machine yet.",
}


def draw(step: Step) -> None:
    """The three views; a click draws only these again. The step's option `view` says which is the first."""
    fragment(_views)(VIEWS.get(step.options.get("view", ""), RACE))


def _views(first: str) -> None:
    figure = _live.figure(race.NAME)
    with st.container(horizontal=True, vertical_alignment="center"):
        view = st.segmented_control(
            "View", list(VIEWS.values()), default=first, required=True, key="race-view", label_visibility="collapsed"
        )
        slow = view == RACE and st.toggle("Slow motion", value=True, key="race-slow")
        guess = _guess.guess("race", QUESTION) if view == GUESS else None
        if view != GUESS:
            st.button("Again", key="race-again", icon=":material/replay:", on_click=_again)
        if view != IDEA:
            _live.controls(race.NAME)
    if view == IDEA:
        st.html(many_hands.draw(dark=chart.dark(), round=_round()))
    elif view == RACE:
        _race(figure, slow)
    else:
        _prediction(figure, guess)


def _race(figure: live.Figure, slow: bool) -> None:
    lanes = race.lanes(figure, race.elsewhere(data.shipped()))
    pace = tracks.slow_motion(lanes) if slow else 1.0
    st.html(tracks.draw(lanes, pace, dark=chart.dark(), round=_round()))
    _label.label(figure)


def _prediction(figure: live.Figure, guess: float | None) -> None:
    lanes = race.lanes(figure)
    roof = race.roof(lanes, data.shipped())
    told = predict.Prediction(race.speed_up(lanes), guess, roof, UNIT, BOUND[roof is not None])
    st.html(_large.words(QUESTION))
    st.html(predict.draw(told, dark=chart.dark()))
    _label.label(figure)


def _round() -> int:
    played: int = st.session_state.get("race-round", 0)
    return played


def _again() -> None:
    st.session_state["race-round"] = _round() + 1
