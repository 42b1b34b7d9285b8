"""Assumptions as a page shows them: each with its source, to be changed within its bounds; a link keeps the changes."""

from collections.abc import Iterable
from typing import TYPE_CHECKING, Literal

import streamlit as st

from pages._shared.text import plain

if TYPE_CHECKING:
    from compute.money.assumptions import Assumption


def panel(rows: "Iterable[Assumption]") -> dict[str, float]:
    """Inputs for the assumptions, two beside each other, each over its source; what they hold now, by id."""
    rows = tuple(rows)
    values = {}
    columns = st.columns(2, gap="medium")
    for place, row in enumerate(rows):
        with columns[place % 2]:
            values[row.id] = field(row)
            st.caption(source(row))
    return values


def field(row: "Assumption", label: str = "", width: int | Literal["stretch"] = "stretch") -> float:
    """The input for one assumption; its name in the address is the assumption's id."""
    number = int if row.whole else float
    return st.number_input(
        label or f"{row.name[0].upper()}{row.name[1:]}, {row.unit}",
        min_value=number(row.low),
        max_value=number(row.high),
        value=number(row.value),
        step=number(1) if row.whole else 0.01,
        format="%d" if row.whole else "%g",
        key=row.id,
        bind="query-params",
        help=source(row) if label else None,
        width=width,
    )


def put_back(rows: "Iterable[Assumption]", *, disabled: bool) -> None:
    """A button that gives every assumption the value of the file again."""
    values = {row.id: int(row.value) if row.whole else row.value for row in rows}
    st.button(
        "Put all back",
        key="put-back",
        on_click=st.session_state.update,
        args=(values,),
        disabled=disabled,
        icon=":material/undo:",
    )


def source(row: "Assumption") -> str:
    """Where the value of the file comes from, and when it was read."""
    note = f"{plain(row.note)}. " if row.note else ""
    return f"Ours: {row.value:,g} {row.unit}. {note}[Source]({row.source_url}), {row.as_of}"
