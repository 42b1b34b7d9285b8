"""The figures that stand first on a page."""

from collections.abc import Sequence
from typing import TYPE_CHECKING

import streamlit as st

from compute.compare import answers, pick
from pages._shared.text import plain

if TYPE_CHECKING:
    import pandas as pd

# On a phone each box has a row of its own, and five of them push what follows below the screen.
TWO_IN_A_ROW = """
<style>
@media (max-width: 640px) {
  .st-key-two-in-a-row > * {flex: 1 1 40%; min-width: 40%}
  .st-key-two-in-a-row [data-testid="stMetric"] > div {padding: .5rem .6rem}
  .st-key-two-in-a-row [data-testid="stMetricValue"] {font-size: 1.3rem}
  .st-key-two-in-a-row [data-testid="stMetric"] * {white-space: normal; overflow: visible}
}
</style>
"""


def of_machine(frame: "pd.DataFrame") -> None:
    """The headline figures of a frame that holds one machine: its best product, and AlexNet."""
    owner = pick.owner(frame.iloc[0].to_dict())
    show([*answers.matmul(frame, owner)[:1], *answers.cnn(frame, owner, "alexnet", "AlexNet")[:2]])


def show(figures: Sequence[answers.Answer], *, beside: bool = False, many: bool = False) -> None:
    """Each figure in a box of its own; they wrap on a phone. What a figure means is behind its question mark.

    `beside` a chart, in a column, each box is as high as its words; in a row all are as high as the highest. Of `many`
    a phone shows two in a row; a page has one such row at most.
    """
    if many:
        st.html(TWO_IN_A_ROW)
    with st.container(horizontal=True, gap="small", key="two-in-a-row" if many else None):
        for answer in figures:
            st.metric(
                answer.label,
                answer.value,
                delta=plain(answer.detail),
                delta_color="off",
                delta_arrow="off",
                help=answer.meaning,
                border=True,
                height="content" if beside else "stretch",
            )
