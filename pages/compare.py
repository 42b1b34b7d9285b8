"""Compare: bring results from elsewhere, pick a baseline, see which machine is faster and whether that is real."""

from typing import Any

import streamlit as st

from compute import results
from compute.charts import ratios as ratio_chart
from compute.compare import baselines
from pages._shared import chart, data, elsewhere, upload_panel

NOTHING = """
Comparing needs two machines. Measure this one, or drop the CSV that another one made: on Colab, on Kaggle,
on a friend's laptop.
"""
HOW = """
**Ratio**: the baseline's median time ÷ this machine's median time of the same case. 2 is twice as fast, 0.5 half as
fast.
**From** and **to** are the worst that two intervals of time allow. Nothing is assumed about how times are distributed.

- **faster**, **slower**: the whole range from–to lies on one side of 1.
- **same**: all of it lies within ±3 % of 1.
- **cannot tell**: it holds 1 and is wider than that. Measure longer, or in more processes, to find out.

*One process a machine*: the two intervals are the 95 % intervals of the medians from order statistics (the sign test;
Conover, *Practical Nonparametric Statistics*, 3.2). Intervals that do not touch are a difference at 90 % at the very
least, and at about 99 % for ordinary noise; batches of one process are alike, so it is strict on purpose.
*Three or more processes a machine* (`--repeat 3`): the two intervals are the ranges of the processes' medians. That
they do not touch is the rank-sum test of Wilcoxon, Mann and Whitney (Conover, 5.1) at its extreme: between equal
machines it happens by chance in 10 % of all cases with three against three, in 0.8 % with five against five.

Cases that were skipped, that failed or that are invalid are never compared.
"""
NO_COMMON_CASE = """
These two have no case in common that was measured on both. Run the same suite on both machines.
"""
_number = st.column_config.NumberColumn
COLUMNS: dict[str, Any] = {
    "workload": "Workload",
    "variant": "Variant",
    "dtype": "dtype",
    "size": _number("Size"),
    "mode": "Mode",
    "ratio": _number("Ratio", format="%.3g ×", help="How many times as fast as the baseline."),
    "ratio_low": _number("from", format="%.3g ×"),
    "ratio_high": _number("to", format="%.3g ×"),
    "verdict": "Verdict",
    "note": "Note",
}

upload_panel.panel()
elsewhere.ways()
merged = baselines.merge(data.files_in_view())
for conflict in merged.conflicts:
    st.warning(str(conflict))
frame = data.results_in_view()
machines = baselines.names(frame)

with st.container(horizontal=True):
    st.download_button(
        f"Download all {len(merged.rows)} rows as one CSV",
        lambda: results.to_csv(merged.rows),
        file_name="many-hands-merged.csv",
        mime="text/csv",
        on_click="ignore",
        icon=":material/download:",
        disabled=not merged.rows,
        key="download",
    )
    st.download_button(
        "Download an example file",
        data.example,
        file_name="many-hands-example.csv",
        mime="text/csv",
        on_click="ignore",
        icon=":material/description:",
        key="example",
    )
if len(machines) < 2:
    st.info(NOTHING, title="One machine is not a comparison", icon=":material/compare_arrows:")
    st.stop()

left, right = st.columns(2)  # one under the other on a phone
with left:
    baseline = st.selectbox(
        "Baseline: the machine that counts as 1",
        list(machines),
        format_func=machines.__getitem__,
        key=upload_panel.BASELINE,
        bind="query-params",
    )
others = [run_id for run_id in machines if run_id != baseline]
if st.session_state.get(upload_panel.OTHER) not in others:
    st.session_state.pop(upload_panel.OTHER, None)
with right:
    other = st.selectbox(
        "Beside it",
        others,
        format_func=machines.__getitem__,
        key=upload_panel.OTHER,
        bind="query-params",
    )
ratios = baselines.ratios(frame, baseline)
ratios = ratios[ratios["run_id"] == other]
verdicts = ratios["verdict"].value_counts()
with st.container(horizontal=True):
    for verdict, (_, sign) in ratio_chart.VERDICTS.items():
        st.metric(f"{sign} {verdict}", f"{verdicts.get(verdict, 0)} of {len(ratios)}", border=True)

if ratios.empty:
    st.info(NO_COMMON_CASE, icon=":material/compare_arrows:")
else:
    kinds = ratios["workload"] + " " + ratios["variant"] + " " + ratios["dtype"]
    kind = st.selectbox("Cases in the chart", sorted(kinds.unique(), reverse=True), key="cases", bind="query-params")
    drawn = ratios[kinds == kind].merge(baselines.machines(frame)[["run_id", "backend", "device_kind"]], on="run_id")
    chart.show(ratio_chart.build(drawn, dark=chart.dark()), ratio_chart.describe(drawn), "ratios")
    st.dataframe(ratios, column_order=list(COLUMNS), column_config=COLUMNS, hide_index=True, key="ratios-table")
left_out = baselines.left_out(frame, baseline)
with st.expander(f"{len(left_out)} results that are not compared", icon=":material/block:"):
    st.dataframe(left_out, hide_index=True)
with st.expander("How two machines are compared", icon=":material/balance:"):
    st.markdown(HOW)
