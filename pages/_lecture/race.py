"""One pair of hands, many pairs of hands: the idea as a picture, the race as it was measured, and the guess."""

import streamlit as st

from compute import results
from compute.lecture import live, many_hands, predict, race, tracks
from compute.lecture.steps import Step
from pages._lecture import _guess, _label, _live
from pages._shared import chart

IDEA, RACE, GUESS = "The idea", "The race", "Guess and measure"
REAL, SLOW = "Real time", "Slow motion"
QUESTION = "How many times faster than the loop is the fastest way here?"
UNIT = " ×"
BOUND = {
    True: "Possible: the arithmetic that this machine's processor can do at most, as its data sheet says or as the "
    "fastest product ever measured on it.",
    False: "What is possible here is not known: nobody has measured the peak of this machine yet.",
}


def draw(step: Step) -> None:
    """The three views; a click draws only these again."""
    st.fragment(_views)()


def _views() -> None:
    figure = _live.figure(race.NAME)
    with st.container(horizontal=True, vertical_alignment="bottom"):
        view = st.segmented_control(
            "View", [IDEA, RACE, GUESS], default=RACE, required=True, key="race-view", label_visibility="collapsed"
        )
        pace = SLOW
        if view == RACE:
            pace = st.segmented_control(
                "Pace", [REAL, SLOW], default=SLOW, required=True, key="race-pace", label_visibility="collapsed"
            )
        if view != GUESS:
            st.button("Play again", key="race-again", icon=":material/replay:", on_click=_again)
        else:
            guess = _guess.guess("race", QUESTION)
        if view != IDEA:
            _live.controls(race.NAME)
    if view == IDEA:
        st.html(many_hands.draw(dark=chart.dark(), round=_round()))
    elif view == RACE:
        _race(figure, pace)
    else:
        _prediction(figure, guess)


def _race(figure: live.Figure, pace: str) -> None:
    elsewhere = race.elsewhere(results.shipped())
    lanes = race.lanes(figure, elsewhere)
    slower = 1.0 if pace == REAL else tracks.slow_motion(lanes)
    st.html(tracks.draw(lanes, slower, dark=chart.dark(), round=_round()))
    _label.label(figure)


def _prediction(figure: live.Figure, guess: float | None) -> None:
    lanes = race.lanes(figure)
    roof = race.roof(lanes, results.shipped())
    told = predict.Prediction(race.speed_up(lanes), guess, roof, UNIT, BOUND[roof is not None])
    st.html(predict.draw(told, dark=chart.dark()))
    _label.label(figure)


def _round() -> int:
    played: int = st.session_state.get("race-round", 0)
    return played


def _again() -> None:
    st.session_state["race-round"] = _round() + 1
