"""One job on every machine in view: bars of its figure, the fastest first."""

import pandas as pd
import plotly.graph_objects as go

from compute.charts import _bars, _style
from compute.compare import jobs, pick
from compute.compare.jobs import Job, Standing


def build(frame: pd.DataFrame, job: Job, *, dark: bool = False) -> go.Figure:
    """A bar for each machine with a usable result in the job, with its 95 % confidence interval."""
    found = _standings(frame, job)
    looks = _style.machine_looks([own.row for own in found], dark)
    bars = [
        _bars.Bar(
            str(pick.owner(own.row)),
            own.words,
            own.figure,
            looks[pick.owner(own.row)].colour,
            pick.owner(own.row).source,
            f"{_style.plain(pick.case_words(own.row))}, {_style.plain(own.row['dtype'])}, "
            f"{_style.plain(pick.text(own.row, 'verdict') or 'no verdict')}",
        )
        for own in found
    ]
    title = job.unit[0].upper() + job.unit[1:]
    return _bars.chart(title, bars, nothing="No machine in view was measured in this job", dark=dark)


def describe(frame: pd.DataFrame, job: Job) -> str:
    """The machines in words, the fastest first."""
    found = _standings(frame, job)
    if not found:
        return f"No machine was measured in this job: {job.title}."
    machines = "; ".join(f"{pick.owner(own.row)} {own.words}" for own in found)
    return f"{job.title}, {job.unit}, fastest first: {machines}."


def _standings(frame: pd.DataFrame, job: Job) -> list[Standing]:
    rows = pick.groups(pick.select(frame, workload=job.workload, mode="stream"))
    found = [own for group in rows.values() if (own := jobs.standing(group, job))]
    return sorted(found, key=lambda own: own.figure.middle, reverse=True)
