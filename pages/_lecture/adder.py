"""An adder and a multiplier of gates whose bits one presses, and the way from a gate to a picture."""

import streamlit as st

from compute.lecture import adder_drawing, rates, svg
from compute.lecture.live import RECORDED, Figure
from compute.lecture.rates import Rate
from compute.lecture.steps import Step
from pages._lecture import _choose, _label, _picture
from pages._lecture._demo import fragment
from pages._shared import chart, data

ADD, MULTIPLY, PICTURE = VIEWS = ("Add", "Multiply", "One picture")
EXAMPLES = {"1 and 1": (1, 1), "77 and 58": (77, 58), "255 and 1": (255, 1)}
NONE = "No machine in view has taken pictures through AlexNet yet. Run “Standard” on the page This machine."


def draw(step: Step) -> None:
    """Draw the demo."""
    fragment(_drawn)()


def _drawn() -> None:
    for name, number in zip(("a", "b"), EXAMPLES["77 and 58"], strict=True):
        st.session_state.setdefault(f"adder-{name}", number)
    with _choose.large("adder"):
        view = _choose.one_of("adder", "What to look at", VIEWS)
        if view == PICTURE:
            rate = _rate()
        else:
            _examples()
    if view == PICTURE:
        _one_picture(rate)
    else:
        _numbers(view)


def _examples() -> None:
    for label, pair in EXAMPLES.items():
        st.button(label, key=f"adder-{label}", on_click=_set, args=pair)
    if st.session_state["adder-view"] == ADD:
        st.button("Again", key="adder-again", icon=":material/replay:", on_click=_again)


def _numbers(view: str) -> None:
    a, b = st.session_state["adder-a"], st.session_state["adder-b"]
    if view == ADD:
        drawing = adder_drawing.adder(a, b, st.session_state.get("adder-plays", 0), chart.dark())
        words = "Press a bit. The carry runs from right to left, one place after the other."
    else:
        drawing = adder_drawing.multiplier(a, b, chart.dark())
        words = "Press a bit. Each 1 in B writes down A, one place further left; adders do the rest."
    _picture.show("adder", drawing + svg.said(words), _press)


def _rate() -> Rate | None:
    found = _rates(data.view_version())
    if not found:
        return None
    named = {rate.machine: rate for rate in found}
    chosen = st.selectbox("Measured on", list(named), key="adder-machine", label_visibility="collapsed")
    return named[chosen]


# Every session that sees the same results sees the same rates.
@st.cache_data(max_entries=8, show_spinner=False)
def _rates(version: str) -> list[Rate]:
    return rates.pictures(data.results_in_view())


def _one_picture(rate: Rate | None) -> None:
    if rate is None:
        st.info(NONE)
        return
    _picture.show("adder", adder_drawing.one_picture(rate.per_s, rate.kind, chart.dark()))
    _label.label(Figure("alexnet", {"pictures": rate.per_s}, "1/s", rate.machine, rate.cores, rate.when, RECORDED))


def _press(name: str) -> None:
    """A press on bit "a3" turns the fourth bit of the first number over."""
    st.session_state[f"adder-{name[0]}"] ^= 1 << int(name[1])


def _set(a: int, b: int) -> None:
    st.session_state["adder-a"], st.session_state["adder-b"] = a, b


def _again() -> None:
    st.session_state["adder-plays"] = st.session_state.get("adder-plays", 0) + 1
