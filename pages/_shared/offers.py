"""Offers as a page shows them: which ones, in which columns, with old prices in amber."""

import math
from dataclasses import replace
from typing import TYPE_CHECKING, Any

import streamlit as st

from pages._shared.chart import dark

if TYPE_CHECKING:
    import pandas as pd

    from compute.money.prices import Loading

# The platforms of the lecture; the file knows more.
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

AMBER = {False: "background-color: #FFE3A3; color: #3b3b45", True: "background-color: #6B4A00; color: #FFE9C2"}


@st.cache_data(max_entries=1, ttl=REREAD_S, show_spinner=False)
def loading() -> "Loading":
    """All offers of `data/prices.csv`, or of the last good file with what is wrong now; three columns more.

    `chip` is the accelerator's name, `kind` CPU, GPU, …, and `device_memory_gib` the memory that arrays live in:
    that of all accelerators, or the machine's own where there is none.
    """
    from compute import hardware
    from compute.money import prices

    found = prices.load_or_last_good()
    offers = found.offers
    chips = [hardware.chip(accelerator) if accelerator else None for accelerator in offers["accelerator"]]
    shown = offers.assign(
        chip=[chip.name if chip else "" for chip in chips],
        kind=[chip.kind.upper() if chip else "CPU" for chip in chips],
        device_memory_gib=offers["gpu_memory_gib"].where(offers["accelerator"] != "", offers["memory_gib"]),
    )
    return replace(found, offers=shown)


def load() -> "pd.DataFrame":
    """The offers of `loading`."""
    return loading().offers


def filtered(offers: "pd.DataFrame") -> "pd.DataFrame":
    """The offers that pass the filters, which are drawn here and stand in the URL."""
    known = sorted(offers["platform"].unique())
    lecture = [platform for platform in LECTURE if platform in known]
    platforms = st.multiselect("Platform", known, default=lecture, key="platforms", bind="query-params")
    with st.container(horizontal=True, vertical_alignment="bottom"):
        kinds = st.pills(
            "Kind", sorted(offers["kind"].unique()), selection_mode="multi", key="kinds", bind="query-params"
        )
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
        current = st.toggle("Only what can be rented today", value=True, key="current", bind="query-params")
    return choose(offers, platforms, kinds, memory, PRICES[price], current)


def choose(
    offers: "pd.DataFrame", platforms: list[str], kinds: list[str], memory_gib: float, usd: float, current: bool
) -> "pd.DataFrame":
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
    return offers[keep]


def table(offers: "pd.DataFrame", columns: tuple[str, ...], **options: Any) -> None:
    """The offers as a sortable table; a price older than 90 days is amber and says its age."""
    import pandas as pd

    colour = AMBER[dark()]

    def amber(table: "pd.DataFrame") -> "pd.DataFrame":
        styles = pd.DataFrame("", index=table.index, columns=table.columns)
        styles.loc[table["stale"], [name for name in ("as_of", "age_days") if name in table]] = colour
        return styles

    st.dataframe(
        offers[[*columns, *(("stale",) if "stale" not in columns else ())]].style.apply(amber, axis=None),
        column_order=columns,
        column_config={name: column for name, column in _config().items() if name in columns},
        hide_index=True,
        placeholder="",
        **options,
    )


def to_csv(offers: "pd.DataFrame", columns: tuple[str, ...]) -> str:
    """Exactly what the table shows, as CSV; a text that a spreadsheet would run as a formula is made harmless."""
    shown: str = offers[list(columns)].map(_harmless).to_csv(index=False)
    return shown


def _harmless(cell: object) -> object:
    return f"'{cell}" if isinstance(cell, str) and cell.startswith(("=", "+", "-", "@")) else cell


def _config() -> dict[str, Any]:
    column = st.column_config
    return {
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
        "usd_per_hour_spot": column.NumberColumn(
            "Spot, $ per hour", format="$%.3f", help="A cheaper price for a machine that may be taken away at any time."
        ),
        "billing": column.TextColumn("Billing"),
        "region": column.TextColumn("Region"),
        "as_of": column.TextColumn("Price of", help="The day on which the price was read at its source."),
        "age_days": column.NumberColumn(
            "Age, days", help="Amber: older than 90 days. Look at the source before you rely on it."
        ),
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
