"""A floor plan to scale: the machines' room and, beside it, the apartment."""

import math
from typing import Any

import pandas as pd
import plotly.graph_objects as go

from compute import units
from compute.charts import _style
from compute.compare.pick import Row
from compute.money.room_answers import area

LABEL_PX, NAME_PX = 22, 14
# Pixels: as high as a projector has room for; on a phone the width is what limits the drawing.
HEIGHT, PHONE_HEIGHT = 500, 400

MACHINES = ("rack", "row of racks", "desktop")
FURNITURE = ("desk", "chair", "bed", "kitchen", "bath", "sofa", "table")
# Furniture of this width has room for its name, if the whole drawing is at most so wide. Metres.
NAMED_FROM_M, NAMED_UP_TO_M = 1.3, 18

COLD, HOT = {False: "#CFE6F5", True: "#1D3C4F"}, {False: "#F6D9CF", True: "#4D2A22"}


def build(plan: pd.DataFrame, *, dark: bool = False, phone: bool = False) -> go.Figure:
    """The rectangles of `compute.money.floor_plan.table`, a metre as long along both axes.

    The machines stand at the left, the apartment at the right, both right under what is said of them. That begins at
    the left and at the right edge of the plan: it has room there, however small one of the two is.
    """
    fig = _style.figure("", height=PHONE_HEIGHT if phone else HEIGHT, dark=dark)
    if plan.empty:
        return _style.note(fig, "No room to draw", dark)
    colours = _style.look(dark)
    machines, apartment = (_outline(plan, where) for where in ("machines", "apartment"))
    wide, deep = machines["width_m"] + apartment["width_m"], max(machines["depth_m"], apartment["depth_m"])
    gap = 0.06 * max(wide, deep)
    right = {"machines": 0.0, "apartment": machines["width_m"] + gap}
    up = {outline["where"]: deep - outline["depth_m"] for outline in (machines, apartment)}
    rows = [
        row | {"x_m": row["x_m"] + right[row["where"]], "y_m": row["y_m"] + up[row["where"]]} for row in _rows(plan)
    ]
    accent = colours.kinds.get(machines["kind"], colours.kinds["other"])[0]
    wall = {"color": colours.ink, "width": 3}
    layers: tuple[tuple[str, tuple[str, ...], dict[str, Any]], ...] = (
        ("cold aisle", ("cold aisle",), {"fillcolor": COLD[dark], "line": {"width": 0}}),
        ("hot aisle", ("hot aisle",), {"line": {"width": 0}, "fillpattern": _hatched(HOT[dark], colours.faint)}),
        ("furniture", FURNITURE, {"fillcolor": colours.grid, "line": {"color": colours.faint, "width": 1}}),
        (_machine_name(rows), MACHINES, {"fillcolor": accent, "line": {"color": colours.paper, "width": _line(rows)}}),
        ("walls", ("apartment", "machines"), {"fillcolor": "rgba(0,0,0,0)", "line": wall}),
    )
    for name, whats, look in layers:
        chosen = [row for row in rows if row["what"] in whats]
        if chosen:
            fig.add_trace(_rectangles(chosen, name, look))
    fig.add_trace(_hover([row for row in rows if row["what"] in MACHINES]))
    for row in rows:
        if row["what"] in FURNITURE and row["width_m"] >= NAMED_FROM_M and wide + gap <= NAMED_UP_TO_M:
            _name(fig, row, colours)
    _label(fig, ["<b>Machines</b>", *_words(machines)], "left", 0.0, colours)
    _label(fig, ["<b>Your apartment</b>", *_words(apartment)], "right", wide + gap, colours)
    pad = 0.01 * max(wide, deep)
    fig.update_xaxes(range=[-pad, wide + gap + pad], constrain="domain", showgrid=False, ticksuffix=" m", nticks=6)
    fig.update_yaxes(
        range=[-pad, deep + pad], constrain="domain", constraintoward="top", visible=False, scaleanchor="x"
    )
    fig.update_layout(margin={"t": 3 * (LABEL_PX + 8), "b": 8}, dragmode=False)
    return fig


def describe(plan: pd.DataFrame) -> str:
    """The plan in words: both floors with their sizes, and what stands on the machines'."""
    if plan.empty:
        return "Floor plan: no room to draw."
    machines, apartment = (_outline(plan, where) for where in ("machines", "apartment"))
    counts = plan.loc[plan["what"].isin(MACHINES)].groupby("what", sort=False)["count"].agg(["size", "sum"])
    racks = int(counts["sum"].get("row of racks", counts["size"].get("rack", 0)))
    stands = f"{racks:,} {'rack' if racks == 1 else 'racks'}" if racks else "a desktop under a desk"
    return (
        f"Floor plan to scale. The machines: {stands} on {_size(machines)}, {', '.join(_words(machines))}. "
        f"Your apartment beside it: {_size(apartment)}, {', '.join(_words(apartment))}."
    )


def _rows(plan: pd.DataFrame) -> list[Row]:
    return [{str(name): value for name, value in row.items()} for row in plan.to_dict("records")]


def _outline(plan: pd.DataFrame, where: str) -> Row:
    """The row that holds the whole floor of the machines or of the apartment."""
    return next(row for row in _rows(plan) if row["what"] == where)


def _size(outline: Row) -> str:
    return f"{outline['width_m']:.1f} m × {outline['depth_m']:.1f} m"


def _words(outline: Row) -> tuple[str, str]:
    """The area, and what is drawn there or may be drawn there."""
    square = area(outline["width_m"] * outline["depth_m"])
    if not math.isfinite(outline["watts"]):
        return square, "watts unknown"
    power = units.si(outline["watts"], "W")
    return square, power if outline["where"] == "machines" else f"fuse {power}"


def _machine_name(rows: list[Row]) -> str:
    whats = [row["what"] for row in rows if row["what"] in MACHINES]
    return {"rack": "racks", "row of racks": "rows of racks", "desktop": "desktop"}[whats[0]]


def _line(rows: list[Row]) -> float:
    """Racks are told apart by a thin line while there are few enough of them to see it."""
    return 1.5 if sum(row["what"] in MACHINES for row in rows) <= 60 else 0.5


def _hatched(ground: str, lines: str) -> dict[str, Any]:
    return {"shape": "/", "fgcolor": lines, "bgcolor": ground, "solidity": 0.12, "size": 9}


def _rectangles(rows: list[Row], name: str, look: dict[str, Any]) -> go.Scatter:
    """All rectangles in one trace: thousands of shapes would take the browser seconds."""
    xs: list[float | None] = []
    ys: list[float | None] = []
    for row in rows:
        left, near = row["x_m"], row["y_m"]
        right, far = left + row["width_m"], near + row["depth_m"]
        xs += [left, right, right, left, left, None]
        ys += [near, near, far, far, near, None]
    shown = name not in ("walls", "furniture")
    return go.Scatter(x=xs, y=ys, mode="lines", fill="toself", name=name, showlegend=shown, hoverinfo="skip", **look)


def _hover(rows: list[Row]) -> go.Scatter:
    """What each rack holds, at its middle."""
    noun = {"rack": "server", "row of racks": "rack", "desktop": "desktop"}
    return go.Scatter(
        x=[row["x_m"] + row["width_m"] / 2 for row in rows],
        y=[row["y_m"] + row["depth_m"] / 2 for row in rows],
        mode="markers",
        marker={"opacity": 0, "size": 14},
        text=[f"{row['what']}: {_style.plural(row['count'], noun[row['what']])}" for row in rows],
        hovertemplate="%{text}<extra></extra>",
        showlegend=False,
        name="contents",
    )


def _name(fig: go.Figure, row: Row, colours: _style.Look) -> None:
    fig.add_annotation(
        x=row["x_m"] + row["width_m"] / 2,
        y=row["y_m"] + row["depth_m"] / 2,
        text=row["what"],
        showarrow=False,
        font={"size": NAME_PX, "color": colours.ink},
    )


def _label(fig: go.Figure, lines: list[str], side: str, x: float, colours: _style.Look) -> None:
    """Lines over the plan, from its left edge to the right or the other way round."""
    fig.add_annotation(
        x=x,
        y=1,
        yref="paper",
        xanchor=side,
        yanchor="bottom",
        text="<br>".join(lines),
        align=side,
        showarrow=False,
        font={"size": LABEL_PX, "color": colours.ink},
    )
