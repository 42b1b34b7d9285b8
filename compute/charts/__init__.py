"""Charts: a DataFrame in, a plotly Figure out. One file is one chart.

Every chart file has two pure functions:

- `build(frame, ..., dark=False) -> go.Figure`: the picture; the same frame always gives the same figure.
- `describe(frame, ...) -> str`: its alternative text, computed from the same rows.

A frame is what `compute.results.frame` makes, with two columns more: `machine`, the name people read, and
`source`, one of "measured here", "uploaded" and "shipped". Colours and marks are decided
once, in `_style.py`; rows are picked by `compute.compare.pick`.
"""
