"""The heat map: machines by kinds of work, each cell how many times as fast as the baseline."""

import math
from typing import Any

import pandas as pd
import plotly.graph_objects as go

from compute.charts import _style

ROW_PX, NAME_PX, HEAD_PX = 50, 22, 190
LEAST, MOST = 1.0, 8.0
"""Powers of two at which the colour is full: that of the greatest ratio, but from 2 times to 256 times."""

# Slower than the baseline, the same, faster: orange to blue can be told apart by everyone. One colour of text reaches
# AA contrast on all shades of a theme.
LIGHT = ((0.0, "#F29B2E"), (0.5, "#F4F4F6"), (1.0, "#6FB1E4"))
DARK = ((0.0, "#94500F"), (0.5, "#35353d"), (1.0, "#1C67A0"))
INK = {False: "#1b1b22", True: "#ffffff"}


def build(heat: pd.DataFrame, *, dark: bool = False) -> go.Figure:
    """A row for each machine of `compute.compare.curves.heat`, fastest first; the value stands in each cell.

    The colour is that of the ratio's logarithm. What was not measured on both machines is blank.
    """
    names = _names(heat)
    fig = _style.figure("Times as fast as the baseline", height=HEAD_PX + 8 + ROW_PX * max(len(names), 2), dark=dark)
    if heat.empty:
        return _style.note(fig, "No case in common with the baseline", dark)
    groups = list(dict.fromkeys(heat["group"]))
    cells = {(row["run_id"], row["group"]): row for row in heat.to_dict("records")}
    table = [[cells.get((run_id, group)) for group in groups] for run_id in names]
    full = min(max(LEAST, *heat["ratio"].map(math.log2).abs()), MOST)
    fig.add_trace(
        go.Heatmap(
            x=list(range(len(groups))),
            y=list(range(len(names))),
            z=[[_colour(cell) for cell in row] for row in table],
            text=[[_times(cell["ratio"]) if cell else "" for cell in row] for row in table],
            texttemplate="%{text}",
            textfont={"size": _style.NOTE_PX, "color": INK[dark]},
            customdata=[
                [_hover(name, group, cell) for group, cell in zip(groups, row, strict=True)]
                for name, row in zip(names.values(), table, strict=True)
            ],
            hovertemplate="%{customdata}<extra></extra>",
            hoverongaps=False,
            colorscale=DARK if dark else LIGHT,
            zmin=-full,
            zmax=full,
            showscale=False,
            xgap=2,
            ygap=NAME_PX,
        )
    )  # fmt: skip
    fig.update_layout(
        margin={"t": HEAD_PX}, annotations=[_name(name, place, dark) for place, name in enumerate(names.values())]
    )
    fig.update_xaxes(
        tickmode="array", tickvals=list(range(len(groups))), ticktext=[_style.plain(group) for group in groups],
        tickangle=-90, ticks="", automargin=False, showgrid=False, showline=False, side="top", fixedrange=True,
        tickfont={"size": _style.NOTE_PX},
    )  # fmt: skip
    fig.update_yaxes(
        range=[len(names) - 0.5, -0.9], showticklabels=False, ticks="", showgrid=False, showline=False, fixedrange=True
    )
    return fig


def describe(heat: pd.DataFrame) -> str:
    """The fastest and the slowest machine of each kind of work."""
    if heat.empty:
        return "No case in common with the baseline."
    words = []
    for group, rows in heat.groupby("group", sort=False):
        ranked = rows.sort_values("ratio").to_dict("records")
        slow, fast = ranked[0], ranked[-1]
        slowest = f", slowest {slow['machine']} {_times(slow['ratio'])} ×" if len(rows) > 1 else ""
        words.append(f"{group}: fastest {fast['machine']} {_times(fast['ratio'])} ×{slowest}.")
    return " ".join(["Speed as a multiple of the baseline's, by machine and kind of work.", *words])


def _names(heat: pd.DataFrame) -> dict[str, str]:
    """run_id -> machine, the fastest by the middle of its cells first."""
    order = heat.groupby("run_id")["ratio"].median().sort_values(ascending=False)
    machine = dict(zip(heat["run_id"], heat["machine"], strict=True))
    return {str(run_id): machine[run_id] for run_id in order.index}


def _colour(cell: dict[Any, Any] | None) -> float | None:
    return None if cell is None else math.log2(cell["ratio"])


def _name(name: str, place: int, dark: bool) -> dict[str, Any]:
    """The machine over its row, so that a long name takes no width from the cells."""
    return {
        "text": _style.plain(name, _style.PHONE_LETTERS + 5),
        "x": 0,
        "xref": "paper",
        "xanchor": "left",
        "y": place - 0.5 + NAME_PX / ROW_PX / 2,
        "yanchor": "bottom",
        "showarrow": False,
        "font": {"size": _style.NOTE_PX, "color": _style.look(dark).ink},
    }


def _hover(machine: str, group: str, cell: dict[Any, Any] | None) -> str:
    if cell is None:
        return ""
    cases = _style.plural(cell["cases"], "case")
    return f"<b>{_style.plain(machine)}</b><br>{_style.plain(group)}: {_times(cell['ratio'])} × over {cases}"


def _times(ratio: float) -> str:
    """ "0.32", "1.0", "12", "1,230": two digits, which is what a cell holds."""
    return f"{ratio:,.0f}" if ratio >= 10 else f"{float(f'{ratio:.2g}'):g}"
