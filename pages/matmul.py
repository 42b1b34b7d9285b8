"""Matmul: rate against size, the three modes, the arithmetic that really ran, and the compile time."""

import streamlit as st

from compute.charts import compile_share, matmul_curve, matmul_modes
from compute.compare import answers, pick, tables
from compute.workloads import MODES, workloads
from pages._shared import answers as figures
from pages._shared import chart, data, watch
from pages._shared.text import plain

NOTHING = """
A matrix product is rows times columns: n × n numbers, each the sum of n products. Nearly all the work of a neural
network is of this kind, so its rate bounds everything else. Measure this machine, and the curve appears here.
"""
HOW = """
- **Work.** n² results, each from n multiplications and n additions: **2n³ FLOP**. Rate = 2n³ / median time.
- **No shortcuts.** Each product needs the one before it, so that the compiler can drop or merge none of them.
- **Time.** Batches of products long enough for the clock, repeated until the 95 % confidence interval of the median
  is narrow, the noise has settled, or the time is used up. The thin bars on the points are that interval.
- **Checked.** Each result is compared with float64. The size of the error, the *fingerprint*, tells which arithmetic
  really ran.
- **Invalid** is what cannot be right: faster than the data sheet's peak, a wrong answer, or twice the work in other
  than twice the time. It is shown as a red cross and used nowhere.
"""
MODES_MEAN = """
**call** waits for each product. **stream** hands many over and waits once. **fused** loops inside one compiled program,
without Python. Where the lines part, Python and the handing over take the time: the *Python tax*.
"""
ONCE = """
JAX **traces** the Python function, **lowers** it to XLA's language and **compiles** it: once for each shape. Grey is
what happens once, the coloured line is every product after that.
"""

frame = data.results_in_view()
owners = pick.owners(frame, "matmul")
watch.notice(measured_here=any(owner.source == data.HERE for owner in owners.values()))
if not owners:
    st.info(NOTHING, title="No matrix product measured yet", icon=":material/grid_on:")
    st.stop()

with st.container(horizontal=True, vertical_alignment="bottom"):
    name = st.selectbox("Machine", list(owners), key="machine", bind="query-params")
    mode = st.segmented_control(
        "Mode", list(MODES), default="stream", required=True, key="mode", bind="query-params",
        help=" ".join(f"**{mode}**: {words}." for mode, words in MODES.items()),
    )  # fmt: skip
    alone = st.toggle("This machine alone", key="alone", bind="query-params")
    linear = st.toggle("Linear axis", key="linear", bind="query-params")
owner = owners[name]
own = tables.of(frame, "matmul", owner)

figures.show(answers.matmul(frame, owner))
with st.container(horizontal=True):
    for ran in answers.arithmetic(frame, owner):
        # Not st.badge: it escapes brackets once more, which would let them through.
        st.markdown(f":{'green' if ran.kept else 'orange'}-badge[:material/fingerprint: {plain(ran)}]")

drawn = own if alone else frame
st.subheader("Rate against size", anchor=False)
chart.show(
    matmul_curve.build(drawn, mode=mode, log=not linear, dark=chart.dark()),
    matmul_curve.describe(drawn, mode=mode),
    "matmul-rate",
)

dtypes = tables.dtypes(own)
dtype = st.segmented_control(
    "dtype", dtypes, default=dtypes[0], required=True, format_func=plain, key="dtype", bind="query-params"
)
left, right = st.columns(2, gap="medium")
with left:
    st.subheader("The Python tax", anchor=False)
    chart.show(
        matmul_modes.build(own, owner, dtype, dark=chart.dark()),
        matmul_modes.describe(own, owner, dtype),
        "matmul-modes",
    )
    st.markdown(MODES_MEAN)
with right:
    st.subheader("What happens once", anchor=False)
    wanted = {"workload": "matmul", "variant": "square", "dtype": dtype}
    chart.show(
        compile_share.build(own, owner, **wanted, dark=chart.dark()),
        compile_share.describe(own, owner, **wanted),
        "matmul-compile",
    )
    st.markdown(ONCE)

st.subheader("The numbers", anchor=False)
st.dataframe(tables.measured(own, "matmul", owner), hide_index=True)
with st.expander("How it was measured", icon=":material/timer:"):
    st.markdown(HOW)
    st.markdown(workloads()["matmul"].why)
