"""Roofline: what memory and arithmetic allow, and how near each measured case comes."""

import streamlit as st

from compute.charts import roofline as roof_chart
from compute.compare import answers, pick, roofline, tables
from pages._shared import answers as figures
from pages._shared import chart, data, results_table, watch
from pages._shared.text import plain

NOTHING = """
A processor is fast only while it has numbers to work on. This page shows for each case whether memory or arithmetic
holds it back. Measure this machine, and its roof appears here.
"""
NO_TRIAD = """
How fast its memory is was not measured on this machine: these results are older than that measurement, or their run
ended before it. Measure again: every suite now has a triad (this machine: page *This machine*; elsewhere:
`python -m compute run`).
"""
READ = """
- **Left of the ridge** a case does little arithmetic with each byte. It moves up only as fast as memory feeds it:
  **more reuse helps** (a larger batch, several layers in one program, a narrower dtype), a faster processor does not.
- **Right of the ridge** the units are busy. Only more arithmetic per second helps.
- **A dense layer at batch 1** reads every weight for one image: 0.5 FLOP per byte in fp32. **At batch 256** each weight
  that was read serves 256 images: the same layer moves to the right, and up.
- **Far below the roof** something else takes the time: a call from Python, a shape that fills few units.
"""
HOW = """
- **Intensity** = FLOP of a step ÷ bytes that it moves at least: each input read once, each output written once.
- **Bandwidth**: the best *triad* (x = b + s·x: two arrays read, one written) on arrays that no cache holds, as STREAM
  does it.
- **Peak**: the best matrix product of all that were measured, the winner of the search over 25 shapes among them.
- **Attainable** = the smaller of bandwidth × intensity and peak. The measured limits count, and the data sheet's where
  nothing was measured.
- A case left of the ridge may lie **above** the roof: what it works on fits into a cache, which is faster than memory.
- A network may lie above its peak: Winograd's algorithm needs fewer multiplications than are counted.
- Points are of the mode *stream*. Invalid results are red crosses and count nowhere.

The picture is from Williams, Waterman and Patterson, *Roofline: An Insightful Visual Performance Model for Multicore
Architectures*, Communications of the ACM 52(4), 2009. The triad is from McCalpin, *STREAM*, 1995.
"""

frame = data.results_in_view()
owners = roofline.owners(frame)
watch.notice(measured_here=any(owner.source == data.HERE for owner in owners.values()))
if not owners:
    st.info(NOTHING, title="Nothing has a place under the roof yet", icon=":material/roofing:")
    st.markdown(READ)
    st.stop()

with st.container(horizontal=True, vertical_alignment="bottom"):
    owner = owners[st.selectbox("Machine", list(owners), key="machine", bind="query-params")]
    rows = roofline.rows_of(frame, owner)
    choices = roofline.dtypes(rows)
    dtypes = st.pills(
        "dtypes", choices, default=[pick.usual(choices)], selection_mode="multi", format_func=plain,
        key="dtypes", bind="query-params",
    )  # fmt: skip
roofs = [roofline.roof(rows, dtype) for dtype in pick.in_order(dtypes or [pick.usual(choices)])]
points = [roofline.points(rows, roof) for roof in roofs]

figures.show(answers.under_the_roof(roofs[0], points[0]))
if roofs[0].bandwidth.measured is None:
    st.info(NO_TRIAD, icon=":material/memory:")
shown = [roof.dtype for roof in roofs]
chart.show(
    roof_chart.build(frame, owner, shown, dark=chart.dark()), roof_chart.describe(frame, owner, shown), "roofline"
)
st.markdown(READ)

st.subheader("The numbers", anchor=False)
once = roofline.once(points)
st.dataframe(tables.under_the_roof(once), hide_index=True)
results_table.explained([point.row for point in once])
with st.expander("How it was measured", icon=":material/timer:"):
    st.markdown(HOW)
