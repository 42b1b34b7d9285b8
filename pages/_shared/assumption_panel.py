"""Assumptions as a page shows them: each with its source, to be changed within its bounds; a link keeps the changes."""

import math
from collections.abc import Iterable
from typing import TYPE_CHECKING

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


def field(row: "Assumption", label: str = "", width: int | str = "stretch") -> float:
    """The input for one assumption; its name in the address is the assumption's id."""
    whole = all(number == math.floor(number) for number in (row.value, row.low, row.high)) and row.high > 1
    kind = int if whole else float
    return st.number_input(
        label or f"{row.name[0].upper()}{row.name[1:]}, {row.unit}",
        min_value=kind(row.low),
        max_value=kind(row.high),
        value=kind(row.value),
        step=kind(1) if whole else 0.01,
        format="%d" if whole else "%g",
        key=row.id,
        bind="query-params",
        help=source(row) if label else None,
        width=width,
    )


def reset(rows: "Iterable[Assumption]", disabled: bool) -> None:
    """A button that puts every assumption back to what the file says."""
    st.button(
        "Put all back", key="reset", on_click=_put_back, args=(tuple(rows),), disabled=disabled, icon=":material/undo:"
    )


def source(row: "Assumption") -> str:
    """Where the value of the file comes from, and when it was read."""
    note = f"{plain(row.note)}. " if row.note else ""
    return f"Ours: {row.value:,g} {row.unit}. {note}[Source]({row.source_url}), {row.as_of}"


def _put_back(rows: "tuple[Assumption, ...]") -> None:
    for row in rows:
        st.session_state.pop(row.id, None)
        st.query_params.pop(row.id, None)
