"""CNN: images per second of three networks, and where the time of a network could go."""

from typing import Any

import streamlit as st

from compute.charts import cnn_layers, cnn_throughput
from compute.compare import answers, pick, tables
from compute.workloads import cnn
from pages._shared import answers as figures
from pages._shared import chart, data, results_table, watch
from pages._shared.text import plain

NOTHING = """
A convolutional network looks at a picture through small windows. Measure this machine, and this page shows how many
pictures a second it classifies, and how many it learns from.
"""
MODELS_MEAN = {
    "baseline": """
The lecture's **baseline model**: the small network to beat before trying anything larger. Two blocks of a
convolutional layer and a max-pooling layer, then two dense layers, for pictures of 32 × 32 pixels in 10 classes.
""",
    "alexnet": """
**AlexNet** won the ImageNet contest of 2012 on two gaming GPUs and started the rush to GPUs. This is its one-tower
variant: five convolutional layers, three max-pooling layers, three dense layers, for pictures of 224 × 224 pixels in
1000 classes.
""",
    "resnet50": """
**ResNet-50** (2015) is what everyone quotes: 49 convolutional layers in four stages of residual blocks, whose shortcuts
made networks this deep learn at all, and one dense layer, for the same pictures as AlexNet. Six times the work of
AlexNet with less than half its parameters.
""",
}
LAYERS_MEAN = """
- A **convolutional layer** slides small windows of weights over the picture and adds up what lies under them. The same
  few weights serve every place, so it has **few parameters and much work**: it wants a fast processor.
- A **max-pooling layer** keeps the largest number of each small window. It has no parameters and next to no arithmetic,
  but it reads and writes the whole picture: it wants fast memory.
- A **dense layer** connects everything with everything. Each weight is used once per picture, so it has **many
  parameters and little work**. A larger batch uses each weight for many pictures once it is read.
- **FLOP per byte** tells the two apart: high means the processor sets the pace, low means the memory does.
"""
HOW = """
- **Images per second** = images per batch / median time of one step. **Inference** classifies a batch; **training**
  also finds out how to change each weight (softmax cross-entropy, gradient descent with momentum 0.9) and counts three
  times the FLOP.
- **FLOP** are counted by hand for each layer: a multiply-add is two; only convolutional and dense layers count.
- **Checked** against an independent forward pass in NumPy, and the gradient against finite differences.
- The input is random numbers that already lie on the device: reading and decoding pictures is not measured.
- The thin bars on the points are the 95 % confidence interval of the median. Batches grow until they do not fit into
  the memory: those are skipped, with the reason.
- **Written as** and **XLA options**: the same mathematics can be written in several ways (the order of the axes, how
  max-pooling is expressed, padded channels), and compilers differ in what they make of each. Which way and which
  options suit a processor was measured; tests hold the answer equal. The table says what was in force.
"""


frame = data.results_in_view()
owners = pick.owners(frame, "cnn")
watch.notice(measured_here=any(owner.source == data.HERE for owner in owners.values()))
with st.container(horizontal=True, vertical_alignment="bottom"):
    if owners:
        owner = owners[st.selectbox("Machine", list(owners), key="machine", bind="query-params")]
    model = st.segmented_control(
        "Network", list(cnn.MODELS), default="alexnet", required=True, key="network", bind="query-params",
        format_func=lambda model: cnn.MODELS[model].title,
    )  # fmt: skip
    if owners:
        alone = st.toggle("This machine alone", key="alone", bind="query-params")
        linear = st.toggle("Linear axis", key="linear", bind="query-params")
title = cnn.MODELS[model].title
if owners:
    own = tables.of(frame, "cnn", owner)
    drawn = own if alone else tables.of_workload(frame, "cnn")
    figures.show(answers.cnn(frame, owner, model, title))
    st.subheader(f"{title}: images per second", anchor=False)
    all_dtypes = tables.dtypes(drawn)
    dtypes = st.pills(
        "dtypes", all_dtypes, default=pick.beginning(all_dtypes), selection_mode="multi",
        format_func=plain, key="dtypes", bind="query-params", help="None chosen is all of them.",
    )  # fmt: skip
    chosen: Any = {"model": model, "dtypes": dtypes}
    figure = cnn_throughput.build(drawn, **chosen, log=not linear, dark=chart.dark())
    chart.show(figure, cnn_throughput.describe(drawn, **chosen), f"cnn-{model}")
    results_table.left_out(tables.not_measured(own[own["variant"].str.startswith(f"{model} ")]))
else:
    st.info(NOTHING, title="No network measured yet", icon=":material/photo_library:")

st.subheader("Where the time could go", anchor=False)
every = cnn.layers(model)
stages = cnn.stages(every)
left, right = st.columns(2, gap="medium")
with left:
    chart.show(cnn_layers.build(stages, dark=chart.dark()), cnn_layers.describe(stages), f"layers-{model}")
with right:
    st.markdown(MODELS_MEAN[model])
    st.markdown(LAYERS_MEAN)
lines = {"Stages": stages, "Blocks": cnn.blocks(every), "Layers": every}
if len(stages) < len(every):
    detail = st.segmented_control(
        "One line for each of its", list(lines), default="Stages", required=True, key="lines", bind="query-params"
    )
else:
    detail = "Layers"
whole = st.column_config.NumberColumn(format="localized")
st.dataframe(tables.layers(lines[detail]), hide_index=True, height="content", column_config={"Parameters": whole})

if owners:
    st.subheader("The numbers", anchor=False)
    results_table.numbers(own, "cnn", owner)
with st.expander("How it was measured", icon=":material/timer:"):
    st.markdown(HOW)
