"""Matmul: rate against size and shape, every arithmetic and what really ran, the three modes, the compile time."""

from typing import Any

import streamlit as st

from compute.charts import compile_share, matmul_curve, matmul_modes, matmul_shapes
from compute.compare import answers, pick, tables
from compute.measure import runner
from compute.workloads import MODES, workloads
from pages._shared import answers as figures
from pages._shared import chart, data, results_table, telemetry, watch, zeros_panel
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
what happens once, the coloured line is every product after that. With a **warm** cache the compiled program was found
on disk; **cold** means that it had to be made.
"""
LAYOUTS = {"NN": ("NN",), "NT": ("NT",), "both": ("NN", "NT")}
# Whether the arithmetic that ran is the one that was asked for.
BADGES = {True: "green", False: "orange"}
FAMILIES = {"square": "Squares", "layers": "Shapes of layers", "peak": "Peak search"}
FAMILIES_MEAN = {
    "square": "**NN** sums over the last axis of the first matrix and the first of the second. **NT** sums over the "
    "last axis of both, as both lie in memory; it is dotted and pale.",
    "layers": "A dense layer is one matrix product: images (or tokens) × inputs, times inputs × outputs. A convolution "
    "is one, too, with a row for each place of its window. The number behind the name is images or tokens.",
    "peak": "A search tries up to 25 shapes and layouts, the next ones near the best so far. Its winner was measured "
    "afresh, because the fastest of many tries owes some of its speed to luck.",
}

frame = data.results_in_view()
owners = pick.owners(frame, "matmul")
watch.notice(measured_here=any(owner.source == data.HERE for owner in owners.values()))
if not owners:
    st.info(NOTHING, title="No matrix product measured yet", icon=":material/grid_on:")
    st.stop()

with st.container(horizontal=True, vertical_alignment="bottom"):
    name = st.selectbox("Machine", list(owners), key="machine", bind="query-params")
    alone = st.toggle("This machine alone", key="alone", bind="query-params")
    linear = st.toggle("Linear axis", key="linear", bind="query-params")
owner = owners[name]
own = tables.of(frame, "matmul", owner)
drawn = own if alone else frame

figures.show(answers.matmul(frame, owner))
with st.container(horizontal=True):
    for ran in answers.arithmetic(frame, owner):
        # Not st.badge: it escapes brackets once more, which would let them through.
        st.markdown(f":{BADGES[ran.kept]}-badge[:material/fingerprint: {plain(ran)}]", width="content")

st.subheader("Rate against size", anchor=False)
with st.container(horizontal=True, vertical_alignment="bottom"):
    families = tables.families(own)
    family = st.segmented_control(
        "Shapes", families, default=families[0], required=True, format_func=FAMILIES.__getitem__, key="shapes",
        bind="query-params",
    )  # fmt: skip
    if family == "square":
        mode = st.segmented_control(
            "Mode", list(MODES), default="stream", required=True, key="mode", bind="query-params",
            help=" ".join(f"**{mode}**: {words}." for mode, words in MODES.items()),
        )  # fmt: skip
        layout = st.segmented_control(
            "Layout", list(LAYOUTS), default="both", required=True, key="layout", bind="query-params"
        )
all_dtypes = tables.dtypes(tables.of_workload(drawn, "matmul"))
dtypes = st.pills(
    "dtypes", all_dtypes, default=pick.beginning(all_dtypes), selection_mode="multi", format_func=plain, key="dtypes",
    bind="query-params", help="None chosen is all of them.",
)  # fmt: skip
if family == "square":
    chosen: Any = {"mode": mode, "dtypes": dtypes, "layouts": LAYOUTS[layout]}
    figure = matmul_curve.build(drawn, **chosen, log=not linear, dark=chart.dark())
    chart.show(figure, matmul_curve.describe(drawn, **chosen), "matmul-rate")
else:
    seen = own if family == "layers" else drawn
    figure = matmul_shapes.build(seen, family, dtypes=dtypes, dark=chart.dark())
    chart.show(figure, matmul_shapes.describe(seen, family, dtypes=dtypes), "matmul-shapes")
st.markdown(FAMILIES_MEAN[family])
if run := data.newest_run_of(own):
    telemetry.strips(run)
zeros_panel.demo(runner.RUNNER.snapshot(), measured_here=owner.source == data.HERE)

st.subheader("Every arithmetic", anchor=False)
arithmetics = tables.arithmetics(frame, owner)
results_table.arithmetics(arithmetics)
results_table.left_out(tables.not_measured(tables.without_rate(own, arithmetics)))

squares = tables.dtypes(tables.usable_squares(own))
if squares:
    dtype = st.segmented_control(
        "dtype", squares, default=pick.usual(squares), required=True, format_func=plain, key="dtype",
        bind="query-params",
    )  # fmt: skip
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
results_table.numbers(own, "matmul", owner)
with st.expander("How it was measured", icon=":material/timer:"):
    st.markdown(HOW)
    st.markdown(workloads()["matmul"].why)
