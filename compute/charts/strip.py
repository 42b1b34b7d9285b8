"""The strips: clock, power, temperature and use of the device while it was measured, one over the other."""

import pandas as pd
import plotly.graph_objects as go

from compute.charts import _style
from compute.compare import moments as telling

# column -> title, unit, and what one of it is in that unit.
STRIPS = {
    "clock_mhz": ("Clock", "GHz", 1e-3),
    "power_w": ("Power", "W", 1.0),
    "temperature_c": ("Temperature", "°C", 1.0),
    "busy": ("CPU in use", "%", 100.0),
}
STRIP_PX, HEAD_PX = 130, 60
# Moments further apart than this many times the usual distance are not joined: nobody knows what was between.
_GAP = 3.0


def build(moments: pd.DataFrame, *, dark: bool = False) -> go.Figure:
    """A strip for each thing that was told, over the seconds of the run; moments with a lowered clock are marked.

    `moments` is what `compute.compare.moments.frame` makes. What was not told has no strip, and a gap stays a gap.
    """
    shown = telling.channels(moments)
    fig = _style.figure("", height=HEAD_PX + STRIP_PX * max(len(shown), 1), dark=dark)
    if not shown:
        return _style.note(fig, "This machine tells nothing about itself", dark)
    colours = _style.look(dark)
    lowered = moments["throttle"].notna() & moments["throttle"].ne("none")
    height = 1 / len(shown)
    for place, name in enumerate(shown):
        title, unit, factor = STRIPS[name]
        axis = "y" if place == 0 else f"y{place + 1}"
        low = 1 - (place + 1) * height
        fig.add_trace(_line(moments, name, axis, colours.ink))
        marked = moments[lowered & moments[name].notna()]
        if not marked.empty:
            fig.add_trace(_marks(marked, name, axis, colours.bad, shown=place == 0))
        values = moments[name].dropna() * factor
        fig.layout[f"yaxis{'' if place == 0 else place + 1}"] = {
            "domain": [low + 0.06 * height, low + 0.78 * height],
            "range": _range(values.min(), values.max()),
            "nticks": 3,
            "gridcolor": colours.grid,
            "tickfont": {"size": _style.NOTE_PX, "color": colours.ink},
            "automargin": True,
            "zeroline": False,
        }
        fig.add_annotation(
            text=f"{title}, {unit}", x=0, xref="paper", xanchor="left", y=low + 0.98 * height, yref="paper",
            yanchor="top", showarrow=False, font={"size": _style.NOTE_PX, "color": colours.ink},
        )  # fmt: skip
    fig.update_xaxes(title={"text": "seconds since the run began"}, anchor="free", position=0)
    fig.update_layout(margin={"l": 8, "r": 16, "t": 8, "b": 8})
    return fig


def describe(moments: pd.DataFrame) -> str:
    """The range of each strip in words."""
    shown = telling.channels(moments)
    if not shown:
        return "This machine told nothing about its clock, power or temperature."
    sentences = [f"The device over {moments['at_s'].max():.0f} seconds of the run."]
    for name in shown:
        title, unit, factor = STRIPS[name]
        values = moments[name].dropna() * factor
        sentences.append(f"{title}: {values.min():.3g} to {values.max():.3g} {unit}, median {values.median():.3g}.")
    count = int((moments["throttle"].notna() & moments["throttle"].ne("none")).sum())
    return " ".join(sentences + ([f"Its clock was lowered at {count} of {len(moments)} moments."] if count else []))


def _line(moments: pd.DataFrame, name: str, axis: str, colour: str) -> go.Scatter:
    """One channel; where it was silent, and where moments are far apart, the line is broken."""
    title, unit, factor = STRIPS[name]
    distance = moments["at_s"].diff()
    gaps = moments.index[distance > _GAP * distance.median()]
    breaks = pd.DataFrame({"at_s": [moments["at_s"][at] - distance[at] / 2 for at in gaps]})
    drawn = pd.concat([moments[["at_s", name]], breaks]).sort_values("at_s")
    return go.Scatter(
        x=[round(float(at), 2) for at in drawn["at_s"]],
        y=[None if pd.isna(value) else float(value) * factor for value in drawn[name]],
        yaxis=axis,
        mode="lines",
        name=title,
        showlegend=False,
        line={"color": colour, "width": 2},
        hovertemplate=f"%{{y:.4g}} {unit} at %{{x:.0f}} s<extra>{title}</extra>",
    )


def _marks(marked: pd.DataFrame, name: str, axis: str, colour: str, *, shown: bool) -> go.Scatter:
    title, _, factor = STRIPS[name]
    return go.Scatter(
        x=list(marked["at_s"].round(2)),
        y=[float(value) * factor for value in marked[name]],
        yaxis=axis,
        mode="markers",
        name="clock lowered",
        showlegend=shown,
        legendgroup="lowered",
        marker={"symbol": "x", "size": 7, "color": colour},
        text=[_style.plain(words) for words in marked["throttle"]],
        hovertemplate=f"%{{text}}<extra>{title}</extra>",
    )


def _range(low: float, high: float) -> list[float]:
    """A little more than what was told, and never so little that noise fills the strip."""
    pad = max(0.15 * (high - low), 0.02 * abs(high), 0.5e-3)
    return [float(low - pad), float(high + pad)]
