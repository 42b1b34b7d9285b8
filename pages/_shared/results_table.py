"""Results as tables, and one of them explained: what its verdict means and rests on."""

from collections.abc import Sequence
from typing import TYPE_CHECKING

import streamlit as st

from compute.compare import pick, tables
from compute.measure import verdict
from pages._shared.chart import dark
from pages._shared.text import plain

if TYPE_CHECKING:
    import pandas as pd

GREY = {False: "background-color: #ececf0; color: #6b6b76", True: "background-color: #2a2a30; color: #a9a9b4"}


def numbers(frame: "pd.DataFrame", workload: str, owner: pick.Owner) -> None:
    """One machine's results of a workload, and any one of them in words."""
    st.dataframe(tables.measured(frame, workload, owner), hide_index=True)
    explained(pick.select(frame, workload=workload, machine=owner.machine, source=owner.source))


def explained(rows: "list[pick.Row]") -> None:
    """One result in words, chosen from all of them; at first the fastest."""
    names = {f"{row['case']}, {row['mode']}": row for row in rows}
    best = pick.best(rows, "flops")
    first = list(names.values()).index(best[0]) if best else 0
    with st.container(border=True):
        chosen = st.selectbox(
            "Why believe it? What the verdict of a result rests on", list(names), index=first, key="result",
            bind="query-params",
        )  # fmt: skip
        st.markdown("\n".join(f"- {plain(sentence)}" for sentence in verdict.explain(names[chosen])))


def left_out(sentences: Sequence[str]) -> None:
    """Why cases have no time; nothing when all have one."""
    if sentences:
        st.caption("Not measured here: " + " ".join(map(plain, sentences)))


def arithmetics(table: "pd.DataFrame") -> None:
    """What a chip can do in each dtype; what it cannot do is grey."""

    def grey(row: "pd.Series") -> list[str]:
        return [GREY[dark()] if row["Here"] == tables.NOT_HERE else ""] * len(row)

    st.dataframe(table.style.apply(grey, axis=1), hide_index=True, placeholder="")
