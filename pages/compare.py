"""Compare: bring results from elsewhere, pick a baseline, see which machine is faster and whether that is real."""

from functools import partial
from typing import TYPE_CHECKING, Any

import streamlit as st

from compute import results
from compute.charts import heat_map, machine_curves, rooflines
from compute.charts import ratios as ratio_chart
from compute.compare import answers, baselines, curves, outliers, pick, tables
from pages._shared import answers as figures
from pages._shared import certificate, chart, comparison, data, elsewhere, share_panel, upload_panel
from pages._shared.text import plain

if TYPE_CHECKING:
    import pandas as pd

NOTHING = """
Comparing needs two machines. Measure this one, or drop the CSV that another one made: on Colab, on Kaggle,
on a friend's laptop. A whole class? Drop all files at once, or a ZIP of them.
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
HOW_HEAT = """
Each cell is the geometric mean of the ratios of all cases that both machines have, in the mode *stream*: the only mean
of ratios that does not depend on which machine is the baseline (Fleming and Wallace, *How Not to Lie with Statistics*,
Communications of the ACM 29(3), 1986). A blank cell has no case in common. The triad is one of fp32 in every table.
"""
HOW_ODD = f"""
Nothing is removed because of this table. An odd result may be a mistake, a busy machine, or the best find of the day.

- **invalid**: the measurement itself says so, with its reason. Never used in a ratio or a cost.
- **above the peak**: more than {outliers.ABOVE_PEAK:g} times what the data sheet allows, though its file does not call
  it invalid.
- **off its curve**: more than {outliers.STEP:g} times the faster of its two neighbours in size, or less than the slower
  one by as much. Curves rise, bend and level off; they do not jump there and back.
- **unlike its kind**: with at least {outliers.ENOUGH_PEERS} machines of one kind, further than {outliers.FAR:g} robust
  standard deviations from their median for the same case, on logarithms (|0.6745 (x − median) / MAD| > 3.5: Iglewicz
  and Hoaglin, *How to Detect and Handle Outliers*, 1993; NIST/SEMATECH e-Handbook 1.3.5.17). Machines that lie within
  3 % count as alike.
"""
NO_COMMON_CASE = """
These two have no case in common that was measured on both. Run the same suite on both machines.
"""
CLICK = ":small[:material/ads_click: Click a point or a row: its birth certificate opens.]"
ODD_CLICK = ":small[:material/ads_click: Click a row: its birth certificate opens.]"
POINT_CLICK = ":small[:material/ads_click: Click a point: its birth certificate opens.]"
ROW_CLICK = ":small[:material/ads_click: Click a row: the birth certificate of its best matrix product opens.]"
ROOF_CLICK = f"{POINT_CLICK} :small[Left of a ridge memory holds a case back, right of it arithmetic.]"
EVERYONE = "every machine"
RATIOS, MACHINES, CURVES, ROOFLINE, HEAT, ODD = "Ratios", "Machines", "Curves", "Roofline", "Heat map", "Oddities"
# So many machines can be told apart by colour, marker and dash; the others stand behind them in grey.
COLOURED = 6
BEGIN_COLOURED = 4
TABLE_HEIGHT = 420

_number = st.column_config.NumberColumn
RATIO_COLUMNS: dict[str, Any] = {
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
MACHINE_COLUMNS: dict[str, Any] = {
    "machine": st.column_config.TextColumn("Machine", width=250, pinned=True),
    "fp32_tflop_per_s": _number("fp32, TFLOP/s", format="%.3g", help="Best matrix product that really ran in fp32."),
    "best_tflop_per_s": _number("Best, TFLOP/s", format="%.3g", help="Best matrix product of any dtype but int8."),
    "best_dtype": "in",
    "alexnet_inference_per_s": _number("AlexNet, images/s", format="%.3g"),
    "alexnet_training_per_s": _number("AlexNet training, images/s", format="%.3g"),
    "resnet50_training_per_s": _number("ResNet-50 training, images/s", format="%.3g"),
    "measured": _number("Measured"),
    "odd": _number("Odd", help="Results that the view Oddities points out."),
    "skipped": _number("Skipped"),
    "failed": _number("Failed"),
    "platform": "Platform",
    "measured_at": "Measured at (UTC)",
}
ODD_COLUMNS: dict[str, Any] = {
    "kind": "What",
    "machine": st.column_config.TextColumn("Machine", width="medium"),
    "case": st.column_config.TextColumn("Case", width="medium"),
    "mode": "Mode",
    "reason": st.column_config.TextColumn("Why", width="large"),
}


def clickable(table: "pd.DataFrame", columns: dict[str, Any], name: str, **options: Any) -> None:
    """A table whose rows open their birth certificates."""
    key = certificate.chart_key(name)
    st.dataframe(
        table, column_order=list(columns), column_config=columns, hide_index=True, key=key,
        selection_mode="single-row", on_select=partial(certificate.row_clicked, key, table), **options,
    )  # fmt: skip


def choose_baseline(names: dict[str, str]) -> str:
    """The machine that everything is a multiple of."""
    return st.selectbox(
        "Baseline: the machine that counts as 1",
        list(names),
        format_func=names.__getitem__,
        key=upload_panel.BASELINE,
        bind="query-params",
        persist_state="page",
    )


def choose_other(names: dict[str, str], baseline: str) -> str:
    """The machine beside the baseline, or EVERYONE. It begins with one that has cases in common with the baseline."""
    others = {run_id: name for run_id, name in names.items() if run_id != baseline}
    others |= {EVERYONE: EVERYONE} if len(others) > 1 else {}
    if st.session_state.get(upload_panel.OTHER) not in others:
        st.session_state.pop(upload_panel.OTHER, None)
    common = set(comparison.ratios(baseline)["run_id"])
    return st.selectbox(
        "Beside it",
        list(others),
        index=next((place for place, run_id in enumerate(others) if run_id in common), 0),
        format_func=others.__getitem__,
        key=upload_panel.OTHER,
        bind="query-params",
        persist_state="page",
    )


def coloured(names: dict[str, str]) -> list[str]:
    """The machines in colour: all where they are few, else a choice that begins with the pair and the fastest."""
    if len(names) <= COLOURED:
        return list(names)
    of_pair = [st.session_state.get(upload_panel.BASELINE), st.session_state.get(upload_panel.OTHER)]
    first = dict.fromkeys([*of_pair, *comparison.machines()["run_id"]])
    chosen: list[str] = st.multiselect(
        "In colour",
        list(names),
        default=[run_id for run_id in first if run_id in names][:BEGIN_COLOURED],
        format_func=names.__getitem__,
        max_selections=COLOURED,
        key="coloured",
    )
    return chosen


def ratios_view(names: dict[str, str]) -> None:
    """Which is faster, and is it real: verdicts, the picture, the numbers, what stays out."""
    left, right = st.columns(2)  # one under the other on a phone
    with left:
        baseline = choose_baseline(names)
    with right:
        other = choose_other(names, baseline)
    everyone = other == EVERYONE
    ratios = comparison.ratios(baseline) if everyone else comparison.ratios(baseline, other)
    kinds = ratios["workload"] + " " + ratios["variant"] + " " + ratios["dtype"]
    label, key, by = "Cases in the chart", "cases", "case"
    if everyone:
        kinds = ratios["case"] + ", " + ratios["mode"]
        label, key, by = "Case in the chart", "case", "machine"
    if ratios.empty:
        st.info(NO_COMMON_CASE, icon=":material/compare_arrows:")
        return
    counted = st.container(horizontal=True)
    choices = sorted(kinds.unique(), reverse=True)
    usual = next((place for place, kind in enumerate(choices) if kind.startswith("matmul square fp32")), 0)
    kind = st.selectbox(label, choices, index=usual, key=key, bind="query-params", persist_state="page")
    drawn = ratios[kinds == kind]
    if everyone:
        drawn = ratios = drawn.sort_values("ratio", ascending=False)
    verdicts = ratios["verdict"].value_counts()
    with counted:
        for verdict, (_, sign) in ratio_chart.VERDICTS.items():
            st.metric(f"{sign} {verdict}", f"{verdicts.get(verdict, 0)} of {len(ratios)}", border=True)
    chart.show(
        ratio_chart.build(drawn, by=by, dark=chart.dark()), ratio_chart.describe(drawn),
        "ratios", certificate.chart_key("ratios"), certificate.point_clicked,
    )  # fmt: skip
    st.markdown(CLICK)
    named = {"machine": MACHINE_COLUMNS["machine"]} if everyone else {}
    clickable(ratios, named | RATIO_COLUMNS, "ratios-table")
    frame = comparison.results()
    left_out = baselines.left_out(frame if everyone else frame[frame["run_id"].isin([baseline, other])], baseline)
    with st.expander(f"{len(left_out):,} results that are not compared", icon=":material/block:"):
        st.dataframe(left_out, hide_index=True)
    with st.expander("How two machines are compared", icon=":material/balance:"):
        st.markdown(HOW)


def machines_view() -> None:
    """A row for each machine."""
    table = comparison.machines()
    figures.show(answers.of_many(table, comparison.odd()))
    st.markdown(ROW_CLICK)
    clickable(table, MACHINE_COLUMNS, "machines-table", placeholder="")


def curves_view(names: dict[str, str]) -> None:
    """One curve of every machine over each other."""
    known = comparison.curves()
    if not known:
        st.info(
            "No machine has two sizes of the same work yet. Run a whole suite on one.", icon=":material/show_chart:"
        )
        return
    name = st.selectbox("Curve", list(known), key="curve", bind="query-params", persist_state="page")
    focus = coloured(names)
    chart.show(
        machine_curves.build(known[name], focus, dark=chart.dark()), machine_curves.describe(known[name], focus),
        "curves", certificate.chart_key("curves"), certificate.point_clicked,
    )  # fmt: skip
    st.markdown(POINT_CLICK)


def roofline_view(names: dict[str, str]) -> None:
    """Every machine's roof, and the measured cases of those in colour."""
    choices = tables.dtypes(tables.of_workload(comparison.results(), "matmul"))
    if not choices:
        st.info("No matrix product was measured, so there is no roof yet.", icon=":material/roofing:")
        return
    dtype = st.segmented_control(
        "Arithmetic", choices, default=pick.usual(choices), required=True, key="roof", bind="query-params"
    )
    runs = comparison.roofs(dtype)
    focus = coloured(names)
    chart.show(
        rooflines.build(runs, focus, dtype, dark=chart.dark()), rooflines.describe(runs, focus, dtype),
        "rooflines", certificate.chart_key("rooflines"), certificate.point_clicked,
    )  # fmt: skip
    st.markdown(ROOF_CLICK)
    if lacking := [names[run_id] for run_id in rooflines.without_roof(runs, focus, dtype)]:
        st.caption(
            f"No roof here, because its memory or its {plain(dtype)} was not measured and no data sheet is known: "
            f"{plain(', '.join(lacking))}."
        )


def heat_view(names: dict[str, str]) -> None:
    """Machine by kind of work."""
    every = comparison.ratios(choose_baseline(names))
    choices = curves.dtypes(every)
    if not choices:
        st.info(NO_COMMON_CASE, icon=":material/compare_arrows:")
        return
    dtype = st.segmented_control(
        "Arithmetic", choices, default=pick.usual(choices), required=True, key="heat", bind="query-params"
    )
    heat = curves.heat(every, dtype)
    chart.show(heat_map.build(heat, dark=chart.dark()), heat_map.describe(heat), "heat-map")
    with st.expander("How a cell is computed", icon=":material/functions:"):
        st.markdown(HOW_HEAT)


def odd_view() -> None:
    """What to look at twice, and why."""
    odd = comparison.odd()
    if odd.empty:
        st.success("Nothing odd: no result is invalid, above its peak, off its curve, or unlike its kind.")
    else:
        st.markdown(ODD_CLICK)
        clickable(odd, ODD_COLUMNS, "odd-table", height=TABLE_HEIGHT if len(odd) > 10 else "auto")
    with st.expander("What counts as odd", icon=":material/troubleshoot:", expanded=odd.empty):
        st.markdown(HOW_ODD)


def downloads() -> None:
    """Everything in view as one CSV, and an example to look at."""
    merged = data.merging()
    with st.container(horizontal=True):
        st.download_button(
            f"Download all {len(frame):,} rows as one CSV",
            lambda: results.to_csv(merged().rows),
            file_name="many-hands-merged.csv",
            mime="text/csv",
            on_click="ignore",
            icon=":material/download:",
            disabled=frame.empty,
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


share_panel.open_link()
upload_panel.panel()
frame = comparison.results()
names = comparison.names()
for conflict in data.conflicts():
    st.warning(str(conflict))
if len(names) < 2:
    st.info(NOTHING, title="One machine is not a comparison", icon=":material/compare_arrows:")
    elsewhere.ways()
    downloads()
    st.stop()

left, right = st.columns([4, 1])  # one under the other on a phone
with left:
    view = st.segmented_control(
        "View", [RATIOS, MACHINES, CURVES, ROOFLINE, HEAT, ODD], default=RATIOS, required=True, key="view",
        bind="query-params", label_visibility="collapsed", wrap=True,
    )  # fmt: skip
with right:
    share_panel.popover(frame)
if view == RATIOS:
    ratios_view(names)
elif view == MACHINES:
    machines_view()
elif view == CURVES:
    curves_view(names)
elif view == ROOFLINE:
    roofline_view(names)
elif view == HEAT:
    heat_view(names)
else:
    odd_view()
elsewhere.ways()
downloads()
certificate.open_chosen(frame)
