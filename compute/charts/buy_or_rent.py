"""Buying or renting: what each costs in all, against the hours of use in a month."""

import plotly.graph_objects as go

from compute import units
from compute.charts import _style
from compute.money.buying import HOURS_IN_LONGEST_MONTH, Plan

TITLE = "Dollars in all"
WAYS = {"buying_usd": ("buy", "solid"), "renting_usd": ("rent", "dash")}


def build(plan: Plan, kind: str = "gpu", *, dark: bool = False) -> go.Figure:
    """Two straight lines, and where they cross; `kind` of machine gives the colour."""
    colours, table = _style.look(dark), plan.table()
    fig = _style.figure(TITLE, height=420, dark=dark)
    shades = colours.kinds.get(kind.lower(), colours.kinds["other"])
    for shade, (column, (name, dash)) in enumerate(WAYS.items()):
        fig.add_trace(
            go.Scatter(
                x=table["hours_a_month"].tolist(), y=table[column].tolist(), mode="lines", name=name,
                line={"color": shades[shade], "dash": dash, "width": 3},
                hovertemplate="%{x:.0f} h a month: $%{y:,.0f}<extra>" + name + "</extra>",
            )
        )  # fmt: skip
    if plan.possible and plan.hours_a_month is not None:
        usd = plan.renting(plan.hours_a_month)
        fig.add_trace(
            go.Scatter(
                x=[plan.hours_a_month], y=[usd], mode="markers", name="equally dear", hoverinfo="skip",
                marker={"symbol": "circle", "size": 14, "color": colours.accent},
            )
        )  # fmt: skip
        late = plan.hours_a_month > HOURS_IN_LONGEST_MONTH / 2
        fig.add_annotation(
            text=f"<b>{units.count(plan.hours_a_month)} h a month</b>", x=plan.hours_a_month, y=usd, showarrow=False,
            xanchor="right" if late else "left", yanchor="bottom" if late else "top", xshift=-10 if late else 10,
            font={"size": _style.TITLE_PX, "color": colours.accent},
        )  # fmt: skip
    fig.update_xaxes(
        range=[0, HOURS_IN_LONGEST_MONTH], tickvals=[0, 186, 372, 558, 744], title={"text": "hours of use in a month"}
    )
    axis = _style.linear_axis([*table["buying_usd"], *table["renting_usd"]])
    fig.update_yaxes(axis | {"ticktext": [_style.dollar_tick(tick) if tick else "$0" for tick in axis["tickvals"]]})
    return _style.with_room_for_legend(fig)


def describe(plan: Plan) -> str:
    """What both cost with no use and with all hours, and where they meet."""
    most = HOURS_IN_LONGEST_MONTH
    sentences = [
        f"{TITLE} over {plan.months:g} months. Buying: {units.money(plan.buying(0))} unused, "
        f"{units.money(plan.buying(most))} with all {most} hours of each month; renting: nothing unused, "
        f"{units.money(plan.renting(most))}."
    ]
    if plan.hours_a_month is None:
        sentences.append("They never meet: renting costs less than the electricity alone.")
    elif plan.possible:
        sentences.append(f"Equally dear at {units.count(plan.hours_a_month)} hours a month.")
    else:
        sentences.append("They do not meet within a month's hours: renting stays cheaper.")
    return " ".join(sentences)
