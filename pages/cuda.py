"""CUDA: our own programs line by line, compiled and run where that is possible, and the library beside them."""

import streamlit as st

from compute.charts import cuda_ladder
from compute.cuda import ladder, record, report, runs
from pages._shared import answers as figures
from pages._shared import chart, code_steps, data, run_panel, spin_panel
from pages._shared.text import plain

ABOUT = """
CUDA is C++ with one idea added: a function, the *kernel*, that thousands of threads run at once, each on its own
number. Step through the programs below, then see what they reach.
"""
NONE_RECORDED = """
No run on a GPU is recorded yet, so there are no figures to show. Compile and run the programs on a machine with a GPU:
`python -m compute cuda --out recorded.json`, or with the cell below.
"""
HOW = """
- **CUDA programs** are compiled with `nvcc -O3` for this GPU only, and time themselves with CUDA events: the median of
  11 runs after 2 to warm up. Copying to the GPU and back is not in that time.
- **XLA and Pallas** run chains of products, each the factor of the next, with one wait; the median of 11 chains.
- **Checked.** C x must equal A (B x) for a random vector x, calculated on the CPU in float64. fp32 may be off by 2e-5,
  TF32 by 2e-3. What is wrong, or faster than the data sheet allows, is shown and counts nowhere.
- **XLA** is made to call cuBLAS here and nothing else. **Pallas** is compiled by Triton.
- Only the files of `data/cuda` are ever compiled, never an upload.
"""

run_panel.take_turn(runs.RUNNER.snapshot())
snapshot = runs.RUNNER.snapshot()
try:
    shipped, damaged = record.shipped(), ""
except (OSError, record.RecordError) as error:
    shipped, damaged = None, str(error)
here = runs.newest_on_gpu()
shown = here or shipped

if shown:
    figures.show(report.answers(shown))
st.markdown(ABOUT)

st.subheader("Peek", anchor=False)
kernel = code_steps.choose()
code_steps.walk(kernel)
code_steps.whole(kernel)

st.subheader("Spin", anchor=False)
spin_panel.controls(snapshot)
spin_panel.progress(snapshot)
spin_panel.outcome(snapshot)
try:
    newest = runs.of(snapshot)
except record.RecordError as error:
    newest = None
    st.error(plain(error), title="The log of the newest run is damaged")
if newest:
    spin_panel.troubles(newest.rows)
    if sentence := report.interpreted(newest):
        st.success(plain(sentence), icon=":material/check_circle:")
if damaged:
    st.error(plain(damaged), title="The recorded run cannot be read")

if shown:
    st.markdown(plain(report.origin(shown, recorded=shown is shipped)))
    rungs = ladder.rungs(shown, data.HERE if shown is here else data.SHIPPED)
    chart.show(cuda_ladder.build(rungs, dark=chart.dark()), cuda_ladder.describe(rungs), "cuda-ladder")
    st.markdown(f"**Why tiles are faster.** {plain(report.why_tiles(shown))}")
    st.dataframe(report.rows(shown), hide_index=True)
elif not damaged:
    st.info(NONE_RECORDED, title="Nothing recorded yet", icon=":material/memory:")
    st.markdown(f"**Why tiles are faster.** {plain(report.why_tiles(None))}")
if spin_panel.tools().problem and kernel.cuda:
    spin_panel.elsewhere(kernel)
with st.expander("How it was measured", icon=":material/timer:"):
    st.markdown(HOW)
