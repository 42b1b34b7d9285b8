"""Offers as a page shows them: which ones, in which columns, with old prices in amber."""

import math
from dataclasses import replace
from typing import TYPE_CHECKING, Any

import streamlit as st

from pages._shared.chart import dark
from pages._shared.text import plain

if TYPE_CHECKING:
    from collections.abc import Mapping

    import pandas as pd
    from pandas.io.formats.style import Styler

    from compute.money.prices import Loading

Edits = tuple[tuple[str, float], ...]
"""Assumptions that a person changed: ids and values."""

# The platforms of the lecture, which the first page shows; the file knows more.
LECTURE = ("Google Colab", "Kaggle", "Paperspace", "Azure")

# GiB; 0 asks for nothing.
MEMORY_GIB = (0, 8, 16, 24, 40, 80, 160, 320, 640)

# Words -> USD an hour costs at most.
PRICES = {
    "Any price": math.inf,
    "Free": 0.0,
    "At most $0.50": 0.5,
    "At most $1": 1.0,
    "At most $2": 2.0,
    "At most $5": 5.0,
    "At most $10": 10.0,
}

# Seconds after which the file is read again: prices age by the day.
REREAD_S = 3600

# Problems of a file that are told one by one.
MOST_PROBLEMS = 5

AGE = ("as_of", "age_days")
# Columns of coloured labels.
KNOWN_COLOURS = {
    "measured here": "green",
    "measured, uploaded": "green",
    "measured, recorded": "green",
    "published by others": "blue",
    "estimate": "gray",
}
LABELS = ("known", "old")
AMBER = {False: "background-color: #FFE3A3; color: #3b3b45", True: "background-color: #6B4A00; color: #FFE9C2"}


@st.cache_data(max_entries=8, ttl=REREAD_S, show_spinner=False)
def loading(edits: Edits = ()) -> "Loading":
    """All offers of `data/prices.csv`, or of the last good file with what is wrong now; five columns more.

    `chip` is the accelerator's name, `kind` CPU, GPU, …, `device_memory_gib` the memory that arrays live in (that of
    all accelerators, or the machine's own where there is none), `jax` whether JAX runs on it, as in
    `data/hardware.csv`, and `old` the age of a price that is too old, "" for others. `edits` are
    assumptions that a person changed.
    """
    from compute import hardware
    from compute.money import assumptions, prices

    found = prices.load_or_last_good(assumptions=assumptions.load().edited(dict(edits)))
    offers = found.offers
    chips = [hardware.chip(accelerator) if accelerator else None for accelerator in offers["accelerator"]]
    shown = offers.assign(
        chip=[chip.name if chip else "" for chip in chips],
        kind=[chip.kind.upper() if chip else "CPU" for chip in chips],
        device_memory_gib=offers["gpu_memory_gib"].where(offers["accelerator"] != "", offers["memory_gib"]),
        jax=[chip.jax if chip else "yes" for chip in chips],
        old=offers["age_days"].map("{} days".format).where(offers["stale"], ""),
    )
    return replace(found, offers=shown)


def load(edits: Edits = ()) -> "pd.DataFrame":
    """The offers of `loading`."""
    return loading(edits).offers


def notice(found: "Loading") -> None:
    """What is wrong with the price file, and what is shown instead; nothing while it is good."""
    if not found.problems:
        return
    if found.kept_from:
        instead = f"Shown are the prices of the last good file, of {found.kept_from}."
    else:
        instead = "There is no earlier good file, so no price is shown."
    listed = [f"- {plain(problem)}" for problem in found.problems[:MOST_PROBLEMS]]
    if len(found.problems) > MOST_PROBLEMS:
        listed.append(f"- and {len(found.problems) - MOST_PROBLEMS} more")
    st.warning("\n".join([instead, "", *listed]), title="The price file is not good", icon=":material/report:")


def filtered(offers: "pd.DataFrame") -> "pd.DataFrame":
    """The offers that pass the filters, which are drawn here and stand in the URL."""
    platforms = st.multiselect(
        "Platform", sorted(offers["platform"].unique()), placeholder="All platforms", key="platforms",
        bind="query-params",
    )  # fmt: skip
    kinds = st.pills("Kind", sorted(offers["kind"].unique()), selection_mode="multi", key="kinds", bind="query-params")
    with st.container(horizontal=True, vertical_alignment="bottom"):
        memory = st.selectbox(
            "Memory",
            MEMORY_GIB,
            format_func=lambda least: f"{least} GiB or more" if least else "Any memory",
            key="memory",
            bind="query-params",
            width=190,
            help="Of all accelerators of the machine together; for a CPU machine, its main memory.",
        )
        price = st.selectbox("Price of an hour", list(PRICES), key="price", bind="query-params", width=190)
    jax = st.toggle(
        "Only what works with JAX",
        key="jax",
        bind="query-params",
        help="Some older GPUs need JAX's wheels for CUDA 12, AMD's need those for ROCm: see the column JAX.",
    )
    current = st.toggle("Only what can be rented today", value=True, key="current", bind="query-params")
    return choose(offers, platforms, kinds, memory, PRICES[price], current, jax)


def choose(
    offers: "pd.DataFrame", platforms: list[str], kinds: list[str], memory_gib: float, usd: float, current: bool,
    jax: bool = False,
) -> "pd.DataFrame":  # fmt: skip
    """The offers of these platforms and kinds (none named: all), with that much memory, at most that dear.

    What is unknown passes only a filter that asks for nothing.
    """
    keep = offers["usd_per_hour"].le(usd) | (usd == math.inf)
    keep &= offers["device_memory_gib"].ge(memory_gib) | (memory_gib == 0)
    if platforms:
        keep &= offers["platform"].isin(platforms)
    if kinds:
        keep &= offers["kind"].isin(kinds)
    if current:
        keep &= offers["status"].eq("current")
    if jax:
        keep &= ~offers["jax"].isin(("no", ""))
    return offers[keep]


def table(
    offers: "pd.DataFrame", columns: tuple[str, ...], words: "Mapping[str, str] | None" = None, **options: Any
) -> Any:
    """The offers as a sortable table; `words` has other titles for some columns.

    What says how a number is known, and the age of an old price, are coloured labels: a style for each cell of so large
    a table would take most of the time of the page.
    """
    config = {name: column for name, column in _config().items() if name in columns}
    for name, title in (words or {}).items():
        config[name] = {**config[name], "label": title}
    shown = offers[list(columns)].copy()
    for name in set(LABELS) & set(columns):
        shown[name] = [[cell] if cell else [] for cell in shown[name].tolist()]
    return st.dataframe(
        shown,
        column_config=config,
        hide_index=True,
        placeholder="",
        **options,
    )


def amber(offers: "pd.DataFrame", columns: tuple[str, ...], **options: Any) -> None:
    """A short table of offers, with old prices in amber."""
    st.dataframe(
        aged(offers, list(columns)),
        column_order=columns,
        column_config={name: column for name, column in _config().items() if name in columns},
        hide_index=True,
        placeholder="",
        **options,
    )


def aged(table: "pd.DataFrame", columns: list[str]) -> "Styler":
    """The columns of any table with `stale`, their old prices in amber."""
    import pandas as pd

    def styled(shown: "pd.DataFrame") -> "pd.DataFrame":
        styles = pd.DataFrame("", index=shown.index, columns=shown.columns)
        styles.loc[table["stale"], [name for name in AGE if name in shown]] = AMBER[dark()]
        return styles

    return table[columns].style.apply(styled, axis=None)


def download(offers: "pd.DataFrame", columns: tuple[str, ...], file_name: str) -> None:
    """A button for exactly what `table` shows, and what its colours say."""
    from compute.money import prices

    with st.container(horizontal=True, vertical_alignment="center"):
        st.download_button(
            "Download this table (CSV)",
            lambda: to_csv(offers, columns),
            file_name=file_name,
            mime="text/csv",
            on_click="ignore",
            icon=":material/download:",
            key="download",
        )
        st.caption(f"Amber: a price older than {prices.STALE_DAYS} days. Look at its source first.")


def to_csv(offers: "pd.DataFrame", columns: tuple[str, ...]) -> str:
    """Exactly what the table shows, as CSV; a text that a spreadsheet would run as a formula is made harmless."""
    shown: str = offers[list(columns)].map(_harmless).to_csv(index=False)
    return shown


def _harmless(cell: object) -> object:
    return f"'{cell}" if isinstance(cell, str) and cell.startswith(("=", "+", "-", "@")) else cell


def _config() -> dict[str, Any]:
    column = st.column_config
    return {
        "rank": column.NumberColumn("Rank", format="%d", help="By dollars for the job; free offers count."),
        "front": column.NumberColumn("On the front", format="%d", help="Its number in the picture; 0: not on it."),
        "known": column.MultiselectColumn(
            "How known",
            options=list(KNOWN_COLOURS),
            color=list(KNOWN_COLOURS.values()),
            help="Where the speed comes from. The path is told below.",
        ),
        "old": column.MultiselectColumn("Old price", color="orange", help="Its age, if that is more than 90 days."),
        "usd": column.NumberColumn("$ for the job", format="$%.4g"),
        "usd_low": column.NumberColumn("$ from", format="$%.3g", help="By the range of the rate."),
        "usd_high": column.NumberColumn("$ to", format="$%.3g", help="By the range of the rate."),
        "usd_spot": column.NumberColumn("$ on spot", format="$%.4g", help="If it is never taken away."),
        "usd_per_lot": column.NumberColumn("$ per lot", format="$%.4g"),
        "hours": column.NumberColumn("Hours", format="%.3g"),
        "hours_spot": column.NumberColumn("Hours on spot", format="%.4g", help="If it is never taken away."),
        "calendar_hours": column.NumberColumn(
            "Hours to the end", format="%.3g", help="From start to end, with the waiting that the offer's limits make."
        ),
        "sessions": column.NumberColumn("Sessions", format="%d"),
        "jobs": column.NumberColumn("Jobs", format="%.3g", help="How many times the chosen job fits into it."),
        "kwh": column.NumberColumn("kWh", format="%.3g", help="Of the accelerators, without the rest of the machine."),
        "platform": column.TextColumn("Platform", width=108),
        "machine": column.TextColumn("Machine", width=136),
        "offer": column.TextColumn("Offer"),
        "chip": column.TextColumn("Accelerator"),
        "kind": column.TextColumn("Kind"),
        "accelerator_count": column.NumberColumn(
            "How many", help="Accelerators in the machine; a part of one is below 1."
        ),
        "vcpus": column.NumberColumn("vCPUs"),
        "memory_gib": column.NumberColumn("Memory, GiB"),
        "gpu_memory_gib": column.NumberColumn("Accelerator memory, GiB"),
        "usd_per_hour": column.NumberColumn(
            "$ per hour", format="$%.3f", width=84, help="For the whole machine. 0 is free; blank is unknown."
        ),
        "usd_per_accelerator_hour": column.NumberColumn("$ per accelerator and hour", format="$%.3f"),
        "usd_per_vcpu_hour": column.NumberColumn("$ per vCPU and hour", format="$%.3f"),
        "units_per_hour": column.NumberColumn(
            "Units per hour", help="Colab compute units or DBU; the price of one is an assumption."
        ),
        "usd_per_hour_spot": column.NumberColumn(
            "Spot, $ per hour", format="$%.3f", help="A cheaper price for a machine that may be taken away at any time."
        ),
        "billing": column.TextColumn("Billing"),
        "region": column.TextColumn("Region"),
        "as_of": column.TextColumn("Price of", help="The day on which the price was read at its source."),
        "age_days": column.NumberColumn(
            "Age, days", help="Amber: older than 90 days. Look at the source before you rely on it."
        ),
        "jax": column.TextColumn("JAX", help="Whether JAX runs on it, and with which wheels. Blank: unknown."),
        "currency": column.TextColumn("Currency"),
        "missing": column.TextColumn("Why there is no number", width="large"),
        "rate_source_url": column.LinkColumn("Source of the speed", display_text="open"),
        "source_url": column.LinkColumn("Source", display_text="open"),
        "limits": column.TextColumn("Limits", width="large"),
        "note": column.TextColumn("Note", width="large"),
        "status": column.TextColumn("Status"),
        "pflop_per_usd": column.NumberColumn(
            "PFLOP/$",
            width=78,
            format="%.3g",
            help="10^15 operations in matrix products. Blank where nothing was measured or the hour is free.",
        ),
    }
