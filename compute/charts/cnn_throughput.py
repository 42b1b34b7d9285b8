"""The CNN chart: images per second against the batch for one network, training and inference."""

from collections.abc import Sequence

import pandas as pd
import plotly.graph_objects as go

from compute.charts import _curves, _style
from compute.compare import pick
from compute.compare.pick import Row

# A dashed line is training; the dtype is the marker.
DASHES = {"inference": "solid", "training": "dash"}


def build(
    frame: pd.DataFrame,
    *,
    model: str,
    dtypes: Sequence[str] = (),
    mode: str = "stream",
    log: bool = True,
    dark: bool = False,
) -> go.Figure:
    """Images per second against images per batch with 95 % confidence intervals.

    `model` is the first word of the variant, such as "alexnet"; `dtypes` says which, nothing is all of them. Invalid
    points are red crosses off the line; skipped and failed batches have no point (`describe` counts them).
    """
    rows = _select(frame, model, mode, dtypes)
    fig = _style.figure("Images per second", height=440, dark=dark)
    if not pick.rates(rows, "items"):
        return _style.note(fig, "Nothing measured yet", dark)
    looks = _style.machine_looks(rows, dark)
    usable = [row for row in rows if pick.is_usable(row)]
    for (owner, variant, dtype), points in pick.groups(usable, "variant", "dtype").items():
        task = variant.partition(" ")[2]
        fig.add_trace(
            _curves.line(
                points, "items", "images/s", owner=owner, name=f"{task}, {dtype}", look=looks[owner],
                shape=_style.dtype_mark(dtype)[0], dash=DASHES.get(task, "dot"),
            )
        )  # fmt: skip
    fig.add_traces(_curves.crosses(rows, "items", "images/s", dark=dark))
    _curves.set_axes(fig, rows, "items", "images per batch", log=log)
    return _style.with_room_for_legend(fig)


def describe(frame: pd.DataFrame, *, model: str, dtypes: Sequence[str] = (), mode: str = "stream") -> str:
    """In words: the best rate of each machine, task and dtype, and what was left out."""
    rows = _select(frame, model, mode, dtypes)
    if not rows:
        return f"No {model} network measured in the mode {mode}."
    return " ".join(
        [
            f"Images per second of the {model} network against images per batch, mode {mode}.",
            *_curves.words(rows, "items", "images/s", "batch", "variant", "dtype"),
            *_style.left_out(rows),
        ]
    )


def _select(frame: pd.DataFrame, model: str, mode: str, dtypes: Sequence[str]) -> list[Row]:
    rows = pick.select(frame, workload="cnn", mode=mode)
    rows = [row for row in rows if not dtypes or row["dtype"] in dtypes]
    return [row for row in rows if row["variant"].partition(" ")[0] == model]
