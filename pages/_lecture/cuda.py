"""A CUDA program line by line, and what it reaches: run here where there is a GPU, else as it was recorded."""

from dataclasses import replace

import streamlit as st

from compute.charts import cuda_ladder
from compute.cuda import ladder
from compute.cuda.listing import STAGE
from compute.lecture import cuda, on_stage
from compute.lecture.steps import Step
from pages._lecture import _live
from pages._lecture._demo import fragment
from pages._lecture._label import label
from pages._shared import chart, code_steps, data, spin_panel
from pages._shared.text import plain

READ, RUN = "Read it", "Run it"
ARITHMETIC = {"fp32": "fp32", "tf32": "Tensor cores, TF32"}
CHART_PX = 400
STYLE = """
<style>
.st-key-cuda [data-testid="stButtonGroup"] button p {font-size: clamp(20px, 1.6vw, 30px)}
.st-key-cuda .listing {padding: 4px 0}
.st-key-cuda .listing code {font-size: clamp(20px, 1.6vw, 30px); line-height: 1.3}
.st-key-cuda .listing p {font-size: clamp(28px, 2.2vw, 42px); line-height: 1.2; padding-block: 4px}
@media (max-width: 640px) {.st-key-cuda .listing code {font-size: 14px} .st-key-cuda .listing p {font-size: 20px}}
</style>
"""


@fragment
def draw(_: Step) -> None:
    """The code with its explanation, or the rates."""
    with st.container(key="cuda", gap="small"):
        st.html(STYLE)
        with st.container(horizontal=True):
            view = st.segmented_control(
                "View", [READ, RUN], default=READ, required=True, key="cuda-view", label_visibility="collapsed"
            )
            kernel = code_steps.choose("cuda-") if view == READ else None
            dtype = _arithmetic() if view == RUN else ""
        if kernel:
            code_steps.walk(kernel, "cuda-", STAGE, cuda.first_step(kernel))
        else:
            _rates(dtype)


def _arithmetic() -> str:
    dtype: str = st.segmented_control(
        "Arithmetic", list(ARITHMETIC), default="fp32", required=True, format_func=ARITHMETIC.__getitem__,
        key="cuda-arithmetic", label_visibility="collapsed",
    )  # fmt: skip
    return dtype


def _rates(dtype: str) -> None:
    """The same product in several ways, below the peak, and what each idea brings."""
    figure = _live.figure(cuda.NAME)
    left, right = st.columns([2, 3], gap="medium", vertical_alignment="center")
    if found := cuda.run(figure):
        rungs = ladder.rungs(found, data.HERE if figure.live else data.SHIPPED)
        rungs = rungs[rungs["dtype"] == dtype]
        with right:
            drawn = on_stage.enlarged(cuda_ladder.build(rungs, dark=chart.dark(), brief=True), CHART_PX)
            chart.show(drawn, cuda_ladder.describe(rungs), "cuda-rates")
        for gain in cuda.gains(found):
            left.markdown(plain(gain))
    problem = spin_panel.tools().problem
    with left:
        label(replace(figure, why=problem) if problem else figure)
        if not problem:
            _live.controls(cuda.NAME)
